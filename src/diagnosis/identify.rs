//! Whether a site may be let to refresh in order to show which approval is its own, and what the approvals show
//! afterwards. Pure. Uses `model`, the context and what is known of rotation.

use super::context::{Context, Link};
use super::{judge, rotating};
use crate::model::{
    Approval, ApprovalId, Cause, Clean, Confidence, Fingerprint, Fleet, OrgName, PluginState, ProveOutcome, Settings,
    SiteName, SiteState, UserId,
};
use chrono::{DateTime, TimeDelta, Utc};

/// How far a `LastUsedDate` may lie outside of the call that it belongs to: whole seconds, and an offset that is measured over a
/// network.
const SLACK: TimeDelta = TimeDelta::seconds(5);

/// A site that may refresh to show its approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifiable {
    /// The site.
    pub site: SiteName,
    /// The org it was authorized in.
    pub org: OrgName,
    /// As whom.
    pub user: UserId,
    /// `Username`, or the id where names may not be read.
    pub user_name: Clean,
    /// Approvals that the user holds, as last seen.
    pub approvals: usize,
    /// The refresh token that the site holds.
    pub refresh: Fingerprint,
    /// The session that the site holds.
    pub access: Option<Fingerprint>,
    /// What is known already.
    pub known: Option<(ApprovalId, Confidence)>,
    /// How it is known that the refresh costs no more than a refresh.
    pub safe: String,
}

/// Why a site is not let to refresh.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There is one approval and it is known whose.
    #[error("nothing to spend: approval {} is the only one of {user}, and {site} is known to hold it", approval.short())]
    Known {
        /// The site.
        site: SiteName,
        /// Its approval.
        approval: ApprovalId,
        /// Its user.
        user: Clean,
    },
    /// There is nothing to refresh, or nowhere to see it.
    #[error("{0}")]
    Nothing(String),
    /// A refresh could harm, or would show nothing.
    #[error("refused: {0}")]
    Refused(String),
}

/// Judges by what is known at `now`; the site and its org are to be looked at before.
pub fn identifiable(
    fleet: &Fleet,
    settings: &Settings,
    name: &SiteName,
    now: DateTime<Utc>,
) -> Result<Identifiable, Unfit> {
    judged(fleet, settings, name, now, true)
}

/// The same for a site that is to refresh for the sake of the refresh: that its approval is known spares nothing.
pub fn warmable(
    fleet: &Fleet,
    settings: &Settings,
    name: &SiteName,
    now: DateTime<Utc>,
) -> Result<Identifiable, Unfit> {
    judged(fleet, settings, name, now, false)
}

/// What a site's own call says of whether it has to refresh to stay warm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warmth {
    /// It has to; why, as a clause.
    Cold(&'static str),
    /// It need not; why, as a clause.
    Awake(&'static str),
    /// Its call was refused, or came to nothing.
    Failed(ProveOutcome),
}

/// Judges by the call that the site made just now, and by what is known of its approval's idle time. With it comes what is known of
/// that, where a limit is near.
pub fn warmth(
    fleet: &Fleet,
    settings: &Settings,
    name: &SiteName,
    outcome: ProveOutcome,
    now: DateTime<Utc>,
) -> (Warmth, Option<String>) {
    let findings = judge(fleet, settings, name, now).findings;
    let near = findings.into_iter().find(|finding| finding.cause == Cause::IdleNear).map(|finding| finding.reason);
    let warmth = match outcome {
        ProveOutcome::Withheld => Warmth::Cold("its session is over"),
        ProveOutcome::Good if near.is_some() => {
            Warmth::Cold("its session works, and its approval is near its idle limit")
        }
        ProveOutcome::Good => {
            Warmth::Awake("its session works and no idle limit is known to be near; nothing was spent")
        }
        failed @ (ProveOutcome::Refused { .. } | ProveOutcome::Failed { .. }) => Warmth::Failed(failed),
    };
    (warmth, near)
}

fn judged(
    fleet: &Fleet,
    settings: &Settings,
    name: &SiteName,
    now: DateTime<Utc>,
    known_is_enough: bool,
) -> Result<Identifiable, Unfit> {
    let nothing = |why: String| Err(Unfit::Nothing(why));
    let refused = |why: String| Err(Unfit::Refused(why));
    let Some(site) = fleet.site(name) else { return nothing(format!("{name} was never seen")) };
    let context = Context::new(fleet, settings, site, now);
    let connection = context.connection().filter(|_| context.link() == Link::Connected);
    let Some(connection) = connection else {
        return nothing(format!("{name} has no connection to Salesforce now: fusebox show {name} tells why"));
    };
    let Some(refresh) = connection.refresh else { return nothing(format!("{name} stores no refresh token")) };
    if context.is_staged(site) {
        return refused(format!("{name} is a staging site or a copy of another one, and is left alone"));
    }
    if let Some(why) = shared(fleet, site, refresh) {
        return refused(why);
    }
    let (Some(org), Some(account)) = (context.org, &context.account) else {
        return nothing(format!(
            "the org of {name} is none that the configuration names, so nothing would be seen of it"
        ));
    };
    let user_name = account.user.map_or_else(|| account.id.as_str().into(), |user| user.username.clone());
    if !org.lists_all_approvals() {
        return refused(format!("org {} does not list all approvals, so what moves may not be seen", org.name));
    }
    let approvals = org.approvals_of(account.id).len();
    let own = context.own().filter(|own| own.position.is_some());
    let known = own.as_ref().map(|own| (own.entry.approval.id, own.confidence));
    match (approvals, known) {
        (0, _) => return refused(format!("{user_name} holds no approval in org {}, so none could move", org.name)),
        (1, Some((approval, Confidence::High))) if known_is_enough => {
            return Err(Unfit::Known { site: name.clone(), approval, user: user_name });
        }
        _ => {}
    }
    let safe = match safe(fleet, settings, site, &context, now) {
        Ok(how) => how,
        Err(why) => return refused(why),
    };
    Ok(Identifiable {
        site: name.clone(),
        org: org.name.clone(),
        user: account.id.clone(),
        user_name,
        approvals,
        refresh,
        access: connection.access,
        known,
        safe,
    })
}

/// That a site may refresh its token, where what is asked of it needs that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshable {
    /// The refresh token that was judged: of another one nothing is known.
    pub refresh: Fingerprint,
    /// How it is known that the refresh costs no more than a refresh.
    pub safe: String,
}

/// Whether a site may refresh once; the error is why it may not, in a clause. Judges by what is known at `now`.
pub fn refreshable(
    fleet: &Fleet,
    settings: &Settings,
    name: &SiteName,
    now: DateTime<Utc>,
) -> Result<Refreshable, String> {
    let site = fleet.site(name).ok_or_else(|| format!("{name} was never seen"))?;
    let context = Context::new(fleet, settings, site, now);
    let stored = context.connection().and_then(|connection| connection.refresh);
    let refresh = stored.ok_or_else(|| format!("{name} was not seen to store a refresh token"))?;
    if context.is_staged(site) {
        return Err(format!("{name} is a staging site or a copy of another one"));
    }
    if let Some(others) = holders(fleet, site, refresh) {
        return Err(format!("{name} and {others} hold one token"));
    }
    Ok(Refreshable { refresh, safe: safe(fleet, settings, site, &context, now)? })
}

/// How it is known that a refresh costs the site no more than a refresh; the error is why that is not known.
fn safe(
    fleet: &Fleet,
    settings: &Settings,
    site: &SiteState,
    context: &Context<'_>,
    now: DateTime<Utc>,
) -> Result<String, String> {
    let plugin = site.status.as_ref().map(|status| &status.value.plugin);
    if plugin.is_some_and(|plugin| !rotating::forgets(plugin)) {
        return Ok("its WP Fusion keeps the token that a refresh brings".to_owned());
    }
    let row = judge(fleet, settings, &site.name, now).row;
    let others = context.org.and_then(|org| org.id()).into_iter().flat_map(|id| fleet.sites_in(id));
    rotating::known_off(context.org_terms.rotation, &row, std::iter::once(site).chain(others)).map_err(|why| {
        let named = context.org.map_or_else(|| "of the site's org".to_owned(), |org| org.name.to_string());
        format!(
            "{why}, and it is not known that {} keeps the token that a refresh brings; write rotation = \"off\" into [[org]] \
             {named} once the app's policies say so",
            wp_fusion(plugin),
        )
    })
}

/// The plugin with its version, where that is known.
fn wp_fusion(plugin: Option<&PluginState>) -> String {
    match plugin {
        Some(PluginState::Active { edition, version }) => format!("WP Fusion {edition} {version}"),
        _ => "its WP Fusion".to_owned(),
    }
}

/// The names of other sites that hold the token.
fn holders(fleet: &Fleet, site: &SiteState, refresh: Fingerprint) -> Option<String> {
    let others = fleet.holders(&refresh).filter(|other| other.name != site.name);
    let others: Vec<&str> = others.map(|other| other.name.as_str()).collect();
    (!others.is_empty()).then(|| others.join(", "))
}

fn shared(fleet: &Fleet, site: &SiteState, refresh: Fingerprint) -> Option<String> {
    let names = holders(fleet, site, refresh)?;
    Some(format!("{} and {names} hold one token, so the approval that moves is not one site's", site.name))
}

/// What the approvals of one user showed between two looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Movement {
    /// One moved, by one use, while the site refreshed.
    One(ApprovalId),
    /// None moved.
    None,
    /// That is not all that happened; in words.
    Unclear(String),
}

/// Compares the approvals of one user before and after a refresh that was under way from `began` to `ended`, all by the org's
/// clock.
pub fn movement(before: &[Approval], after: &[Approval], began: DateTime<Utc>, ended: DateTime<Utc>) -> Movement {
    let former = |id: ApprovalId| before.iter().find(|was| was.id == id).map(|was| (was.use_count, was.last_used_at));
    let moved: Vec<(&Approval, u32)> = after
        .iter()
        .filter_map(|is| {
            let (count, last) = former(is.id)?;
            let by = is.use_count.saturating_sub(count);
            (is.use_count != count || is.last_used_at != last).then_some((is, by))
        })
        .collect();
    match moved[..] {
        [] => Movement::None,
        [(approval, by)] => {
            let id = approval.id.short();
            let within = |at: DateTime<Utc>| at >= began - SLACK && at <= ended + SLACK;
            // Twins made in one moment are told apart by their order alone, which one that comes or goes changes.
            let twins = |list: &[Approval]| list.iter().filter(|one| one.created_at == approval.created_at).count();
            if by != 1 {
                Movement::Unclear(format!("approval {id} alone moved, by {by} uses and not by one"))
            } else if !approval.last_used_at.is_some_and(within) {
                Movement::Unclear(format!("approval {id} alone moved, at another time than the refresh"))
            } else if twins(before) != twins(after) {
                Movement::Unclear(format!("approval {id} moved, and one made in the same second came or went"))
            } else {
                Movement::One(approval.id)
            }
        }
        ref several => {
            let names: Vec<String> = several.iter().map(|(approval, _)| approval.id.short()).collect();
            Movement::Unclear(format!("{} approvals moved: {}", names.len(), names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests;
