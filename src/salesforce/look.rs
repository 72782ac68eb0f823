//! The look itself: what is asked in which order, and how the answers become one picture. Uses `model` alone.

use crate::model::UserId;
use crate::model::org::{Coverage, OrgPicture, Permitted};
use crate::salesforce::api::Api;
use crate::salesforce::client::Ask;
use crate::salesforce::composite::{self, Answer, Part};
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::wire::{
    ConnectedApplicationRow, Limits, OauthTokenRow, OrganizationRow, OwnRightsRow, Page, People, UserLoginRow, UserRow,
};
use crate::salesforce::{mapping, soql};
use std::collections::BTreeSet;

/// Where Salesforce stops listing approvals, however often it is asked for more.
const MOST_ROWS: usize = 2_500;
/// Further pages that are followed at most: those rows in pages of 200, the smallest that Salesforce makes.
const MOST_PAGES: usize = 13;

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
    let users: Vec<_> = ask.users.iter().collect();
    // Everybody in `users` is among these, so they fill at least as many requests.
    let logins: Vec<_> = ask.users.union(&memory.holders).collect();
    let (first_users, more_users) = users.split_at(users.len().min(soql::MOST_IDS));
    let (first_logins, more_logins) = logins.split_at(logins.len().min(soql::MOST_IDS));

    let body = api.composite(&composite::Request::look(&ask.app, first_users, first_logins)).await?;
    let answer = Answer::read(&body, api.redactor)?;
    let organization = answer.part::<Page<OrganizationRow>>(Part::Organization)?;
    let app = answer.part::<Page<ConnectedApplicationRow>>(Part::App)?;
    let limits = answer.part::<Limits>(Part::Limits)?;
    let approvals = answer.part::<Page<OauthTokenRow>>(Part::Approvals)?;
    let mut people = People::default();
    take_people(&mut people, &answer, first_users, first_logins)?;

    let mut more_users = more_users.chunks(soql::MOST_IDS);
    for logins in more_logins.chunks(soql::MOST_IDS) {
        let users = more_users.next().unwrap_or_default();
        let body = api.composite(&composite::Request::more_people(users, logins)).await?;
        take_people(&mut people, &Answer::read(&body, api.redactor)?, users, logins)?;
    }
    let (approvals, coverage) = match approvals {
        Permitted::Yes(first) => {
            let (rows, coverage) = all_pages(api, first).await?;
            (Permitted::Yes(rows), coverage)
        }
        Permitted::No(refused) => (Permitted::No(refused), Coverage::default()),
    };
    let (approvals, memory) = doubt_short_list(api, approvals, memory).await?;

    let organization = match organization {
        Permitted::Yes(page) => Permitted::Yes(mapping::organization(
            page.records.into_iter().next().ok_or_else(|| missing(api, "Organization has no row"))?,
        )),
        Permitted::No(refused) => Permitted::No(refused),
    };
    let holders = approvals.seen().map(Vec::as_slice).unwrap_or_default();
    let users = mapping::users(holders, &ask.users, people);
    let approvals = match &approvals {
        Permitted::Yes(rows) => {
            let org = organization.seen().map(|organization| &organization.id);
            let org = org.or(api.session.identity.as_ref().map(|(org, _)| org));
            Permitted::Yes(mapping::approvals(org.ok_or_else(|| missing(api, "nothing tells the org's id"))?, rows))
        }
        Permitted::No(refused) => Permitted::No(refused.clone()),
    };
    let picture = OrgPicture {
        organization,
        app: match app {
            Permitted::Yes(page) => Permitted::Yes(page.records.into_iter().next().map(mapping::app)),
            Permitted::No(refused) => Permitted::No(refused),
        },
        approvals,
        coverage,
        users,
        api_usage: mapping::api_usage(api.spent.usage, limits),
        clock_offset_s: api.http.clock_offset_s(),
    };
    Ok((picture, memory))
}

/// Takes what `answer` says of those who were asked for in it. Logins that may not be read leave "frozen" unknown.
fn take_people(people: &mut People, answer: &Answer<'_>, users: &[&UserId], logins: &[&UserId]) -> Result<(), Error> {
    if !users.is_empty() {
        match answer.part::<Page<UserRow>>(Part::Users)? {
            Permitted::Yes(page) => people.users.extend(page.records),
            Permitted::No(refused) => people.users_refused = Some(refused),
        }
    }
    if !logins.is_empty()
        && let Permitted::Yes(page) = answer.part::<Page<UserLoginRow>>(Part::Logins)?
    {
        people.logins.extend(page.records);
    }
    Ok(())
}

/// Follows `nextRecordsUrl` to the end, or to where Salesforce stops.
async fn all_pages(api: &mut Api<'_>, first: Page<OauthTokenRow>) -> Result<(Vec<OauthTokenRow>, Coverage), Error> {
    let Page { total_size: total, mut done, next_records_url: mut next, records: mut rows } = first;
    for _ in 0..MOST_PAGES {
        let Some(path) = next.take().filter(|_| !done && rows.len() < MOST_ROWS) else { break };
        let page = api.page::<OauthTokenRow>(&path).await?;
        if page.records.is_empty() {
            break;
        }
        rows.extend(page.records);
        (done, next) = (page.done, page.next_records_url);
    }
    let told = total.is_none_or(|total| u64::try_from(rows.len()).is_ok_and(|read| read >= total));
    let complete = done && told && rows.len() < MOST_ROWS;
    Ok((rows, Coverage { complete, counted: None }))
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
    let allowed = if others || memory.short_list_accepted { true } else { may_list_all(api).await? };
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

fn missing(api: &Api<'_>, what: &str) -> Error {
    Error::new(Kind::BadAnswer, api.redactor.redact(what))
}
