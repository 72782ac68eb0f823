//! All that a rule may look at: one site, the org and the user it is joined with, what the operator told, and the time.
//!
//! Uses `model` and the parts of the diagnosis that read it.

use crate::diagnosis::attribution::{Holder, Ledger, Own, SLACK, is_connected, token_known_by};
use crate::diagnosis::horizon::{Horizon, plus};
use crate::diagnosis::standing::{Break, Standing, standing};
use crate::model::org::RefreshPolicy;
use crate::model::refusal::Refusal;
use crate::model::site::Connection;
use crate::model::{
    Cause, Clean, Confidence, Departed, Fleet, OrgState, OrgTerms, PluginState, Settings, SiteState, SiteTerms,
    Thresholds, User, UserId,
};
use chrono::{DateTime, TimeDelta, Utc};

/// One site in its surroundings.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) fleet: &'a Fleet,
    settings: &'a Settings,
    pub(super) site: &'a SiteState,
    /// What the operator told of the site.
    pub(super) terms: SiteTerms,
    /// The org that the operator gave it, else the one that it names itself.
    pub(super) org: Option<&'a OrgState>,
    /// What the operator told of that org.
    pub(super) org_terms: OrgTerms,
    /// The Salesforce user of the site; none where the site belongs to another org than the joined one.
    pub(super) account: Option<Account<'a>>,
    pub(super) standing: Standing,
    pub(super) thresholds: Thresholds,
    pub(super) horizon: Horizon,
}

/// The Salesforce user that a site was authorized as.
#[derive(Debug)]
pub(super) struct Account<'a> {
    pub(super) id: &'a UserId,
    /// The user, where users may be read.
    pub(super) user: Option<&'a User>,
    /// Since when the user is seen as it is.
    pub(super) user_since: Option<DateTime<Utc>>,
    pub(super) ledger: Ledger<'a>,
}

/// How a site stands to a Salesforce connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// One is stored, and the plugin uses it.
    Connected,
    /// None was ever seen.
    Never(Cause),
    /// There was one, and there is none now.
    Lost(Cause),
    /// Nothing is known of the site.
    Unseen,
}

/// The moment by which a refresh token was dead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Death<'a> {
    /// The first refusal, or the first look that did not show the approval.
    pub(super) at: DateTime<Utc>,
    /// Whether it may have been dead for longer: the log that was read begins with refusals.
    pub(super) or_earlier: bool,
    /// The approval that left, where that was seen.
    pub(super) departed: Option<&'a Departed>,
}

impl<'a> Context<'a> {
    /// Joins what belongs together; none for a site of which nothing was ever seen.
    pub(super) fn new(fleet: &'a Fleet, settings: &'a Settings, site: &'a SiteState, now: DateTime<Utc>) -> Self {
        let terms = settings.sites.get(&site.name).cloned().unwrap_or_default();
        let connection = connection(site);
        let named = terms.org.as_ref().and_then(|name| fleet.org(name));
        let told = connection.and_then(|connection| connection.org.as_ref()).and_then(|id| fleet.org_by_id(id));
        // The operator's word goes before the site's: a refreshed sandbox is found by its name alone.
        let org = if terms.org.is_some() { named } else { told };
        let org_terms = org.and_then(|org| settings.orgs.get(&org.name)).cloned().unwrap_or_default();
        let account = org.zip(connection).and_then(|(org, connection)| {
            let proof_max_age = settings.thresholds.proof_max_age;
            account(fleet, org, &org_terms, connection, proof_max_age)
        });
        let standing = renewed(standing(site), site, account.as_ref());
        let (thresholds, horizon) = (settings.thresholds, Horizon::new(now));
        Self { fleet, settings, site, terms, org, org_terms, account, standing, thresholds, horizon }
    }

    /// The last connection that was seen, even when it is gone.
    pub(super) fn connection(&self) -> Option<&'a Connection> {
        connection(self.site)
    }

    /// How the site stands to a connection.
    pub(super) fn link(&self) -> Link {
        let Some(status) = self.site.status.as_ref().map(|status| &status.value) else { return Link::Unseen };
        let cause = match (&status.plugin, status.crm.as_ref().map(Clean::as_str)) {
            (PluginState::Absent, _) => Cause::PluginAbsent,
            (PluginState::Inactive { .. }, _) => Cause::PluginInactive,
            (PluginState::Active { .. }, Some(crm)) if crm != "salesforce" => Cause::OtherCrm,
            (PluginState::Active { .. }, _) if status.connection.is_some() => return Link::Connected,
            (PluginState::Active { .. }, _) => Cause::NotAuthorized,
        };
        // Tokens may lie in the settings of a plugin that never ran here; that alone is no former connection.
        let was_connected =
            self.site.proof.is_some() || (status.connection.is_none() && self.site.last_connection.is_some());
        match (was_connected, cause) {
            (false, cause) => Link::Never(cause),
            (true, Cause::NotAuthorized) => Link::Lost(Cause::Disconnected),
            (true, cause) => Link::Lost(cause),
        }
    }

    /// Whether a site is staging or a copy.
    pub(super) fn is_staged(&self, site: &SiteState) -> bool {
        is_staged(self.settings, site)
    }

    /// The token that the site holds.
    pub(super) fn holder(&self) -> Option<&Holder<'a>> {
        self.account.as_ref()?.ledger.holder_of(&self.site.name)
    }

    /// The site's approval, where it is known.
    pub(super) fn own(&self) -> Option<Own<'_>> {
        self.account.as_ref()?.ledger.own(self.holder()?)
    }

    /// The break, while the present token is refused.
    pub(super) fn broken(&self) -> Option<&Break> {
        match &self.standing {
            Standing::Broken(found) => Some(found),
            Standing::Clear | Standing::Doubtful(_) => None,
        }
    }

    /// The refusal, while the present token is refused.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.broken().map(|found| found.refusal)
    }

    /// Set when the refresh token is dead: refused as such, or its approval left, and nothing worked since.
    pub(super) fn death(&self) -> Option<Death<'_>> {
        let own = self.own().filter(|own| own.confidence == Confidence::High);
        let departed = own.and_then(|own| own.entry.departed);
        match self.broken() {
            Some(found) if found.refusal == Refusal::TokenDead => {
                Some(Death { at: found.first, or_earlier: found.cut, departed })
            }
            Some(_) => None,
            None => departed
                .filter(|gone| self.site.proof.is_none_or(|proof| gone.gone_by > proof.at))
                .map(|gone| Death { at: gone.gone_by, or_earlier: true, departed: Some(gone) }),
        }
    }

    /// The refresh token policy, where the app is installed and may be read.
    pub(super) fn policy(&self) -> Option<RefreshPolicy> {
        self.account.as_ref()?;
        Some(self.org?.app.as_ref()?.value.seen()?.as_ref()?.policy)
    }

    /// The span of a policy's number, where the operator told its unit.
    pub(super) fn span(&self, number: u32) -> Option<TimeDelta> {
        Some(self.org_terms.policy_unit?.times(number))
    }

    /// How many approvals the user holds; none where that may not be seen in full.
    pub(super) fn used(&self) -> Option<u32> {
        let ledger = &self.account.as_ref()?.ledger;
        ledger.complete.then(|| u32::try_from(ledger.listed().len()).unwrap_or(u32::MAX))
    }

    /// Whether the user can hold no further approval without losing the oldest.
    pub(super) fn full(&self) -> bool {
        self.used().is_some_and(|used| used >= self.org_terms.slot_limit)
    }

    /// Other sites that hold the same refresh token now.
    pub(super) fn sharers(&self) -> Vec<&'a SiteState> {
        let token = self.connection().and_then(|connection| connection.refresh);
        let held = token.filter(|_| is_connected(self.site)).into_iter();
        held.flat_map(|token| self.fleet.holders(&token).collect::<Vec<_>>())
            .filter(|other| other.name != self.site.name && is_connected(other))
            .collect()
    }
}

/// Whether a site is staging or a copy: by the operator's word, by the plugin's, or by its address.
pub(super) fn is_staged(settings: &Settings, site: &SiteState) -> bool {
    let guard = site.status.as_ref().map(|status| &status.value.staging);
    guard.is_some_and(|guard| guard.effective || guard.duplicate)
        || settings.sites.get(&site.name).is_some_and(|terms| terms.staging)
}

fn connection(site: &SiteState) -> Option<&Connection> {
    site.last_connection.as_ref().map(|seen| &seen.value)
}

/// The user, unless the org has another id than the site's: ids of users survive the refresh of a sandbox, so they alone
/// prove nothing.
fn account<'a>(
    fleet: &'a Fleet,
    org: &'a OrgState,
    terms: &OrgTerms,
    connection: &'a Connection,
    proof_max_age: TimeDelta,
) -> Option<Account<'a>> {
    let (org_id, id) = (connection.org.as_ref()?, connection.user.as_ref()?);
    if org.id().is_some_and(|known| known != org_id) {
        return None;
    }
    let user = org.users.get(id);
    Some(Account {
        id,
        user: user.map(|user| &user.value),
        user_since: user.map(|user| user.since),
        ledger: Ledger::new(fleet, org, org_id, id, terms.rotation, proof_max_age),
    })
}

/// A break that ended before the user's only approval was made is not about the token that the site's only look showed.
fn renewed(standing: Standing, site: &SiteState, account: Option<&Account>) -> Standing {
    let Standing::Broken(found) = standing else { return standing };
    let made = account.and_then(|account| match (account.ledger.listed(), &account.ledger.holders[..]) {
        ([only], [_]) if account.ledger.complete => Some(only.created),
        _ => None,
    });
    match made {
        Some(made) if made > plus(found.last, SLACK) && plus(made, -SLACK) <= token_known_by(site) => {
            Standing::Doubtful(found)
        }
        _ => Standing::Broken(found),
    }
}
