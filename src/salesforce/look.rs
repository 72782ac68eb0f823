//! The look itself: what is asked in which order, and how the answers become one picture. Uses `model` alone.

use crate::model::org::{Coverage, OrgPicture, Permitted};
use crate::model::{Clean, UserId};
use crate::salesforce::api::Api;
use crate::salesforce::composite::{self, Answer, Part};
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::pages::all_approvals;
use crate::salesforce::wire::{
    ConnectedApplicationRow, Limits, OauthTokenRow, OrganizationRow, OwnRightsRow, Page, People, UserLoginRow, UserRow,
};
use crate::salesforce::{mapping, soql};
use std::collections::BTreeSet;

/// With what the id of every user begins.
const USER_PREFIX: &str = "005";

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// WP Fusion's app, by its label.
    pub app: Clean,
    /// Users to be looked up beside those who hold an approval: whom sites name in `sf_id`.
    pub users: BTreeSet<UserId>,
}

/// What one look keeps for the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// Who held approvals. Whether they are frozen can only be asked by name, so it is known from the second look on.
    holders: BTreeSet<UserId>,
    /// Whether a list without anybody else's approvals was found to be no matter of rights.
    short_list_accepted: bool,
}

/// Looks once.
pub(super) async fn look(api: &mut Api<'_>, ask: &Ask, memory: Memory) -> Result<(OrgPicture, Memory), Error> {
    // A site may name anything in its `sf_id`, and one id of another kind would spoil the query for all.
    let asked: BTreeSet<_> = ask.users.iter().filter(|id| id.as_str().starts_with(USER_PREFIX)).cloned().collect();
    let users: Vec<_> = asked.iter().collect();
    let logins: Vec<_> = asked.union(&memory.holders).collect();
    let (request, more) = composite::Request::look(&ask.app, &users, &logins);

    let body = api.composite(&request).await?;
    let answer = Answer::read(&body, api.redactor)?;
    let organization = answer.part::<Page<OrganizationRow>>(Part::Organization)?;
    let app = answer.part::<Page<ConnectedApplicationRow>>(Part::App)?;
    let approvals = answer.part::<Page<OauthTokenRow>>(Part::Approvals)?;
    // The header's figure is exact, that of the limits up to five minutes old.
    let api_usage = match api.spent.usage {
        Some(usage) => Permitted::Yes(usage),
        None => map(answer.part::<Limits>(Part::Limits)?, mapping::api_usage),
    };
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
    let (approvals, memory) = doubt_short_list(api, approvals, memory).await?;

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
        organization,
        app: map(app, |page| page.records.into_iter().next().map(mapping::app)),
        users: mapping::users(holders, &asked, people),
        approvals: map(approvals, |rows| mapping::approvals(&org, &rows)),
        coverage,
        api_usage,
        clock_offset_s: api.http.clock_offset_s(),
    };
    Ok((picture, memory))
}

/// Takes what `answer` says of those whom `request` asked for. Logins that may not be read leave "frozen" unknown.
fn take_people(people: &mut People, request: &composite::Request, answer: &Answer<'_>) -> Result<(), Error> {
    if request.asks(Part::Users) {
        match answer.part::<Page<UserRow>>(Part::Users)? {
            Permitted::Yes(page) => people.users.extend(page.records),
            Permitted::No(refused) => people.users_refused = Some(refused),
        }
    }
    if request.asks(Part::Logins)
        && let Permitted::Yes(page) = answer.part::<Page<UserLoginRow>>(Part::Logins)?
    {
        people.logins.extend(page.records);
    }
    Ok(())
}

/// Without "Customize Application" Salesforce lists the asking user's own approvals and refuses nothing: all others
/// would seem to be gone. So a list with nobody else in it is believed only once the user's own rights were looked at;
/// that costs one call, and not again until others were listed.
async fn doubt_short_list(
    api: &mut Api<'_>,
    approvals: Permitted<Vec<OauthTokenRow>>,
    mut memory: Memory,
) -> Result<(Permitted<Vec<OauthTokenRow>>, Memory), Error> {
    let Permitted::Yes(rows) = approvals else { return Ok((approvals, memory)) };
    let own = api.session.identity.as_ref().map(|(_, user)| user);
    let others = rows.iter().any(|row| Some(&row.user_id) != own);
    let allowed = others || memory.short_list_accepted || may_list_all(api).await?;
    if !allowed {
        return Ok((Permitted::No(mapping::own_approvals_only(Part::Approvals.permission())), memory));
    }
    memory.short_list_accepted = !others;
    memory.holders = rows.iter().map(|row| row.user_id.clone()).collect();
    Ok((Permitted::Yes(rows), memory))
}

/// Whether the signed-in user may list everybody's approvals. An org that does not tell is given the benefit of the
/// doubt.
async fn may_list_all(api: &mut Api<'_>) -> Result<bool, Error> {
    match api.page::<OwnRightsRow>(&composite::query_path(soql::OWN_RIGHTS)).await {
        Ok(page) => Ok(page.records.first().is_none_or(|row| row.permissions_customize_application)),
        Err(error) if error.kind().is_refusal() || matches!(error.kind(), Kind::Malformed | Kind::NotFound) => Ok(true),
        Err(error) => Err(error),
    }
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
