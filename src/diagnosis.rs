//! Pure rules over (fleet, settings, now): what is known of a site's connection, why, and until when that holds.
//!
//! No I/O and no clock. Uses `model` alone. A `Context` joins one site with its org and user, the rules find what
//! there is to find in it, and the fold in `health` makes one verdict of that (`docs/architecture.md`, "Health").

mod attribution;
mod authorizing;
mod board;
#[cfg(test)]
mod boards;
#[cfg(test)]
mod cases;
pub mod checkup;
pub mod compatibility;
mod context;
mod drift;
mod expiry;
#[cfg(test)]
mod fixture;
mod forecast;
mod health;
#[cfg(test)]
mod histories;
mod horizon;
mod identify;
mod ledger;
mod object_type;
mod org_setup;
mod permissions;
mod plan;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod refusals;
mod remedy;
mod revoking;
mod rotating;
mod rules;
mod setting;
mod slot;
mod slots;
mod standing;
mod states;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod timelines;
mod wire;
mod words;

use crate::model::{Clean, Departed, Finding, Fleet, Settings, SiteDetail, SiteName, SiteRow, SiteState};
pub use authorizing::{Authorizable, NotAuthorizable, authorizable, course};
pub use board::{board, other_apps};
use chrono::{DateTime, Utc};
use context::{Context, Link};
pub use drift::{broken_mappings, field_drift, fields_later};
pub use forecast::forecast;
use health::Verdict;
pub use identify::{
    Identifiable, Movement, Refreshable, Unfit, Warmth, identifiable, movement, refreshable, warmable, warmth,
};
pub use ledger::{ledger, new_links};
pub use object_type::{Proposed, dry_lines, object_type_check, segment_type_check};
pub use org_setup::{Need, OrgTask, SetupTask, org_setup};
pub use permissions::missing as missing_permissions;
pub use plan::{plan, plan_stale, plan_standing};
pub use revoking::{Irrevocable, named_approval, revocable};
pub use setting::{NotSettable, beside, dry_run, offer, picklists, settable, usage_of};
pub use slots::slot_check;

/// The verdict about one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Its line.
    pub row: SiteRow,
    /// Every finding, the deciding one first; none where a site is OK and nothing is worth knowing.
    pub findings: Vec<Finding>,
}

/// Judges one site by what is known at `now`, a time of the host's clock.
///
/// The answer depends on its arguments alone, and stays the same until `row.valid_until` if nothing new is seen.
pub fn judge(fleet: &Fleet, settings: &Settings, site: &SiteName, now: DateTime<Utc>) -> Judgement {
    let unknown = SiteState::unknown(site.clone());
    let state = fleet.site(site).unwrap_or(&unknown);
    judgement(&Context::new(fleet, settings, state, now))
}

/// One site with everything that its verdict rests on.
pub fn detail(fleet: &Fleet, settings: &Settings, site: &SiteName, now: DateTime<Utc>) -> SiteDetail {
    let unknown = SiteState::unknown(site.clone());
    let state = fleet.site(site).unwrap_or(&unknown);
    let context = Context::new(fleet, settings, state, now);
    let Judgement { row, findings } = judgement(&context);
    let (wire, wire_ends_at) = wire::of_day(state, &findings, now);
    let account = context.account.as_ref();
    let of_user = |departed: &&Departed| account.is_some_and(|account| departed.approval.user == *account.id);
    SiteDetail {
        wire,
        wire_ends_at,
        findings,
        reach: state.reach.clone(),
        status: state.status.clone(),
        log: state.log.clone(),
        org: row.org.clone(),
        user: account.and_then(|account| account.user).cloned(),
        approvals: account
            .iter()
            .flat_map(|account| account.ledger.listed())
            .map(|entry| entry.approval.clone())
            .collect(),
        departed: context.org.iter().flat_map(|org| &org.departed).filter(of_user).cloned().collect(),
        row,
    }
}

fn judgement(context: &Context) -> Judgement {
    let Verdict { health, findings, decided } = health::fold(context);
    let deciding = findings.first().filter(|_| decided);
    let status = context.site.status.as_ref().map(|status| &status.value);
    let never = matches!(context.link(), Link::Never(_));
    let user = context.connection().and_then(|connection| connection.user.as_ref()).filter(|_| !never);
    let name = context.account.as_ref().and_then(|account| account.user).map(|user| user.username.clone());
    let org = context.org.map(|org| org.name.clone()).or_else(|| context.terms.org.clone());
    let row = SiteRow {
        name: context.site.name.clone(),
        url: context.terms.url.clone(),
        org,
        user: user.map(|id| name.unwrap_or_else(|| Clean::new(id.as_str()))),
        health,
        cause: deciding.map(|finding| finding.cause),
        reason: deciding.map_or_else(|| states::well(context), |finding| finding.reason.clone()),
        why: deciding.map(|finding| finding.why.clone()).unwrap_or_default(),
        confidence: deciding.map(|finding| finding.confidence),
        since: deciding.and_then(|finding| finding.since),
        proof_at: context.site.proof.map(|proof| proof.at),
        wire: wire::of_line(context.site, &findings),
        slot: slot::slot(context, &findings),
        refresh_token: expiry::refresh_token(context, &findings),
        access_token: expiry::access_token(context),
        use_count: context.own().filter(|_| context.link() == Link::Connected).map(|own| own.entry.approval.use_count),
        used_at: context.own().filter(|_| context.link() == Link::Connected).map(|own| own.entry.used),
        object_type: status.and_then(|status| status.object_type.clone()),
        segment_type: status.and_then(|status| status.segment_type.clone()),
        observed_at: context.site.answered_at,
        // Last: by now every part has told the horizon when it changes.
        valid_until: context.horizon.next(),
    };
    Judgement { row, findings }
}
