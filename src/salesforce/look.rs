//! The look itself: what is asked in which order, and how the answers become one picture. Uses `model` alone.

use crate::model::org::{Coverage, OrgPicture, Permitted};
use crate::model::{ApiUsage, Clean, UserId};
use crate::salesforce::api::Api;
use crate::salesforce::changes::KnownApprovals;
use crate::salesforce::composite::{self, Answer, Part};
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::pages::all_approvals;
use crate::salesforce::wire::{
    ConnectedApplicationRow, FrozenRow, Limits, OauthTokenRow, OrganizationRow, OwnRightsRow, Page, People, UserRow,
};
use crate::salesforce::{mapping, soql};
use std::collections::BTreeSet;

/// With what the id of every user begins.
pub(super) const USER_PREFIX: &str = "005";

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// WP Fusion's app, by its label.
    pub app: Clean,
    /// Users to be looked up beside those who hold an approval: whom sites name in `sf_id`.
    pub users: BTreeSet<UserId>,
    /// Whether the last look, in whatever process, listed nobody else's approvals, or none for want of the right. It
    /// decides what is asked, not what is believed: a wrong `false` costs a call, a wrong `true` leaves "frozen" unknown
    /// for this look.
    pub short_list: bool,
    /// The approvals as the last look saw them, where that was all of them and not long ago: a list that is too long for
    /// one call is then not read again where nothing in it changed. None to read it whole.
    pub known: Option<KnownApprovals>,
}

/// Looks once. `short_list`: whether a list of nobody else's approvals is to be expected; given back is whether it came.
pub(super) async fn look(api: &mut Api<'_>, ask: &Ask, short_list: bool) -> Result<(OrgPicture, bool), Error> {
    // A site may name anything in its `sf_id`, and one id of another kind would spoil the query for all.
    let asked: BTreeSet<_> = ask.users.iter().filter(|id| id.as_str().starts_with(USER_PREFIX)).cloned().collect();
    let users: Vec<_> = asked.iter().collect();
    if let Some(picture) = changes(api, ask, &asked).await? {
        return Ok((picture, false));
    }
    let (request, more) = composite::Request::look(&ask.app, &users, short_list);

    let body = api.composite(&request).await?;
    let answer = Answer::read(&body, api.redactor)?;
    let organization = answer.part::<Page<OrganizationRow>>(Part::Organization)?;
    let app = answer.part::<Page<ConnectedApplicationRow>>(Part::App)?;
    let approvals = answer.part::<Page<OauthTokenRow>>(Part::Approvals)?;
    let api_usage = api_usage(api, &answer)?;
    let rights = request.asks(Part::Rights).then(|| answer.part::<Page<OwnRightsRow>>(Part::Rights));
    let mut people = People::default();
    take_people(&mut people, &request, &answer)?;
    for request in more {
        let body = api.composite(&request).await?;
        take_people(&mut people, &request, &Answer::read(&body, api.redactor)?)?;
    }
    let (approvals, coverage) = match approvals {
        Permitted::Yes(first) => {
            let (rows, coverage) = all_approvals(api, &ask.app, first).await?;
            (Permitted::Yes(rows), coverage)
        }
        Permitted::No(refused) => (Permitted::No(refused), Coverage::default()),
    };
    let (approvals, short_list) = match approvals {
        Permitted::Yes(rows) if is_short(api, &rows) => (doubt_short_list(api, rows, rights).await?, true),
        Permitted::Yes(rows) => (Permitted::Yes(rows), false),
        Permitted::No(refused) => (Permitted::No(refused), false),
    };

    let organization = match organization {
        Permitted::Yes(page) => {
            let row = page.records.into_iter().next().ok_or_else(|| missing(api, "Organization has no row"))?;
            Permitted::Yes(mapping::organization(row))
        }
        Permitted::No(refused) => Permitted::No(refused),
    };
    let org = organization.seen().map(|organization| &organization.id);
    let org = org.or(api.session.identity.as_ref().map(|(org, _)| org));
    let org = org.ok_or_else(|| missing(api, "nothing tells the org's id"))?.clone();
    let holders = approvals.seen().map(Vec::as_slice).unwrap_or_default();
    let picture = OrgPicture {
        organization: Some(organization),
        app: map(app, |page| page.records.into_iter().next().map(mapping::app)),
        users: mapping::users(holders, &asked, people),
        approvals: map(approvals, |rows| mapping::approvals(&org, &rows)),
        coverage,
        api_usage,
        clock_offset_s: api.http.clock_offset_s(),
        history: None,
    };
    Ok((picture, short_list))
}

/// The allocation: the header's figure is exact, that of the limits up to five minutes old.
fn api_usage(api: &Api<'_>, answer: &Answer<'_>) -> Result<Permitted<ApiUsage>, Error> {
    Ok(match api.spent.usage {
        Some(usage) => Permitted::Yes(usage),
        None => map(answer.part::<Limits>(Part::Limits)?, mapping::api_usage),
    })
}

/// Looks for what changed since the known list, in one call. Nothing where there is no such list, where it is of another
/// org, or where what changed does not add up: then the look has to be whole.
async fn changes(api: &mut Api<'_>, ask: &Ask, asked: &BTreeSet<UserId>) -> Result<Option<OrgPicture>, Error> {
    let here = api.session.identity.as_ref().map(|(org, _)| org);
    let Some(known) = ask.known.as_ref().filter(|known| here == Some(&known.org)) else { return Ok(None) };
    let Some(since) = known.newest() else { return Ok(None) };
    let users: Vec<_> = asked.iter().collect();
    let (request, more) = composite::Request::changes(&ask.app, since, &users);
    let body = api.composite(&request).await?;
    let answer = Answer::read(&body, api.redactor)?;
    let changed = answer.part::<Page<OauthTokenRow>>(Part::Changed)?;
    let counted = answer.part::<Page<serde_json::Value>>(Part::Count)?;
    let (Permitted::Yes(changed), Permitted::Yes(counted)) = (changed, counted) else { return Ok(None) };
    let Some(counted) = counted.total_size.filter(|_| changed.is_whole()) else { return Ok(None) };
    let Some(approvals) = known.merged(mapping::approvals(&known.org, &changed.records), counted) else {
        return Ok(None);
    };
    let app = answer.part::<Page<ConnectedApplicationRow>>(Part::App)?;
    let api_usage = api_usage(api, &answer)?;
    let mut people = People::default();
    take_people(&mut people, &request, &answer)?;
    for request in more {
        let body = api.composite(&request).await?;
        take_people(&mut people, &request, &Answer::read(&body, api.redactor)?)?;
    }
    Ok(Some(OrgPicture {
        organization: None,
        app: map(app, |page| page.records.into_iter().next().map(mapping::app)),
        users: mapping::users(&changed.records, asked, people),
        approvals: Permitted::Yes(approvals),
        coverage: Coverage { complete: true, counted: None },
        api_usage,
        clock_offset_s: api.http.clock_offset_s(),
        history: None,
    }))
}

/// Takes what `answer` says of those whom `request` asked for. Logins that may not be read leave "frozen" unknown of all.
fn take_people(people: &mut People, request: &composite::Request, answer: &Answer<'_>) -> Result<(), Error> {
    if request.asks(Part::Users) {
        match answer.part::<Page<UserRow>>(Part::Users)? {
            Permitted::Yes(page) => people.users.extend(page.records),
            Permitted::No(refused) => people.users_refused = Some(refused),
        }
    }
    if request.asks(Part::Frozen)
        && let Permitted::Yes(page) = answer.part::<Page<FrozenRow>>(Part::Frozen)?
    {
        people.frozen = Some(page);
    }
    Ok(())
}

/// Whether these are nobody's approvals but the signed-in user's own.
fn is_short(api: &Api<'_>, rows: &[OauthTokenRow]) -> bool {
    let own = api.session.identity.as_ref().map(|(_, user)| user);
    rows.iter().all(|row| Some(&row.user_id) == own)
}

/// Without "Customize Application" Salesforce lists the asking user's own approvals and refuses nothing: all others
/// would seem to be gone. So a short list is believed only where the user's own rights allow a long one. They came with
/// the list where a short one was to be expected; a list that has just become short costs one call more.
///
/// An org that does not tell is given the benefit of the doubt.
async fn doubt_short_list(
    api: &mut Api<'_>,
    rows: Vec<OauthTokenRow>,
    rights: Option<Result<Permitted<Page<OwnRightsRow>>, Error>>,
) -> Result<Permitted<Vec<OauthTokenRow>>, Error> {
    let rights = match rights {
        Some(told) => told,
        None => api.page(&composite::query_path(soql::OWN_RIGHTS)).await.map(Permitted::Yes),
    };
    let may_list_all = match rights {
        Ok(Permitted::Yes(page)) => page.records.first().is_none_or(|row| row.permissions_customize_application),
        Ok(Permitted::No(_)) => true,
        Err(error) if error.kind().is_refusal() || matches!(error.kind(), Kind::Malformed | Kind::NotFound) => true,
        Err(error) => return Err(error),
    };
    Ok(if may_list_all {
        Permitted::Yes(rows)
    } else {
        Permitted::No(mapping::own_approvals_only(Part::Approvals.permission()))
    })
}

fn map<T, U>(permitted: Permitted<T>, map: impl FnOnce(T) -> U) -> Permitted<U> {
    match permitted {
        Permitted::Yes(value) => Permitted::Yes(map(value)),
        Permitted::No(refused) => Permitted::No(refused),
    }
}

fn missing(api: &Api<'_>, what: &str) -> Error {
    Error::new(Kind::BadAnswer, api.redactor.redact(what))
}
