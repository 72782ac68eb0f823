//! Who would lose what with each approval, and which users may get further ones: what previews and plans count with.

use super::{Scope, orphan};
use crate::diagnosis::attribution::{Holder, Ledger, is_connected};
use crate::diagnosis::board::original;
use crate::diagnosis::standing::Standing;
use crate::model::refusal::Refusal;
use crate::model::{
    Clean, Confidence, Fleet, HeldSlot, OrgId, OrgName, OrgState, OrgTerms, Settings, SiteName, UserId, Whose,
};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// The users of one org, with what each holds.
#[derive(Debug)]
pub(in crate::diagnosis) struct Roster<'a> {
    pub(in crate::diagnosis) org: &'a OrgState,
    pub(in crate::diagnosis) id: &'a OrgId,
    pub(in crate::diagnosis) terms: &'a OrgTerms,
    /// When approvals were last listed.
    pub(in crate::diagnosis) seen_at: Option<DateTime<Utc>>,
    /// Every user that is known here, by name.
    pub(in crate::diagnosis) users: Vec<UserSlots>,
}

/// One user's slots.
#[derive(Clone, Debug)]
pub(in crate::diagnosis) struct UserSlots {
    pub(in crate::diagnosis) id: UserId,
    /// `Username`, or the id where names may not be read.
    pub(in crate::diagnosis) name: Clean,
    /// Why the user can not authorize anything, where that is known.
    pub(in crate::diagnosis) unusable: Option<String>,
    /// Slots in use; none where not all approvals are listed.
    pub(in crate::diagnosis) used: Option<u32>,
    /// What it holds, oldest first.
    pub(in crate::diagnosis) held: Vec<HeldSlot>,
}

impl<'a> Roster<'a> {
    /// None for an org that the configuration does not name or that never told its id.
    pub(in crate::diagnosis) fn new(
        fleet: &'a Fleet,
        settings: &'a Settings,
        name: &OrgName,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let (org, terms) = (fleet.org(name)?, settings.orgs.get(name)?);
        let id = org.id()?;
        let scope = Scope { fleet, settings, org, terms, now };
        let named = fleet.sites_in(id).filter(|site| is_connected(site)).filter_map(|site| {
            let connection = site.last_connection.as_ref()?;
            connection.value.user.as_ref()
        });
        let ids: BTreeSet<&UserId> = org.holders().chain(org.users.keys()).chain(named).collect();
        let mut users: Vec<UserSlots> = ids.into_iter().filter_map(|user| scope.slots(user)).collect();
        users.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        let seen_at = org.coverage.as_ref().map(|coverage| coverage.seen_at);
        Some(Self { org, id, terms, seen_at, users })
    }

    pub(in crate::diagnosis) fn user(&self, id: &UserId) -> Option<&UserSlots> {
        self.users.iter().find(|user| user.id == *id)
    }
}

impl<'a> Scope<'a> {
    fn slots(&self, id: &'a UserId) -> Option<UserSlots> {
        let ledger = self.attributed(id)?;
        let known = self.org.users.get(id).map(|seen| &seen.value);
        let listed = ledger.listed().len();
        Some(UserSlots {
            id: id.clone(),
            name: known.map_or_else(|| id.as_str().into(), |user| user.username.clone()),
            unusable: self.unusable(id, listed),
            used: ledger.complete.then(|| u32::try_from(listed).unwrap_or(u32::MAX)),
            held: (0..listed).map(|index| self.held(&ledger, index)).collect(),
        })
    }

    /// Salesforce asks these of whoever authorizes: to be active, and, of an app that is not installed or admits approved users
    /// alone, more than fusebox can see; there only who holds an approval is known to pass.
    fn unusable(&self, id: &UserId, listed: usize) -> Option<String> {
        let user = self.org.users.get(id).map(|seen| &seen.value);
        let app = self.org.app.as_ref().and_then(|app| app.value.seen());
        let approved_only = app.and_then(Option::as_ref).is_some_and(|app| app.admin_approved_only);
        let readable = self.org.users_refused.is_none() && !self.org.users.is_empty();
        let why = if user.is_none() && readable {
            "was not found among the org's users"
        } else if user.is_some_and(|user| !user.active) {
            "is not active"
        } else if user.is_some_and(|user| user.frozen == Some(true)) {
            "is frozen"
        } else if listed > 0 {
            return None;
        } else if approved_only {
            "is not known to be approved for the app, which admits approved users alone"
        } else if self.org.app_installed() == Some(false) {
            "holds no approval, and an app that is not installed admits nobody new"
        } else {
            return None;
        };
        Some(why.to_owned())
    }

    fn held(&self, ledger: &Ledger<'a>, index: usize) -> HeldSlot {
        let entry = &ledger.entries[index];
        let made = ledger.listed().iter().filter(|other| other.approval.created_at == entry.approval.created_at);
        HeldSlot {
            approval_id: entry.approval.id,
            created_at: entry.created,
            last_used_at: entry.approval.last_used_at.map(|_| entry.used),
            use_count: entry.approval.use_count,
            tied: made.count() > 1,
            whose: self.whose(ledger, index),
        }
    }

    fn whose(&self, ledger: &Ledger<'a>, index: usize) -> Whose {
        if let Some(orphan) = orphan::orphan(self, ledger, index) {
            return Whose::Nobody { safe: orphan.safe, reason: orphan.reason };
        }
        let may = || ledger.may_hold(index).into_iter().flat_map(|holder| self.connected(holder)).collect();
        let Some(owner) = ledger.owner_of(index).filter(|owner| owner.connected) else {
            return Whose::OneOf { sites: may() };
        };
        let entry = &ledger.entries[index];
        let confidence = ledger.own(owner).map_or(Confidence::Low, |own| own.confidence);
        let dead_since = match &owner.standing {
            Standing::Broken(found) if found.refusal == Refusal::TokenDead => Some(found.first),
            _ => None,
        };
        // What was found while the token lived stays true of it when it is dead.
        let found = |first| entry.link.is_some_and(|link| Some(link.refresh) == owner.token && link.since < first);
        Whose::Sites {
            sites: self.connected(owner),
            confidence,
            sure: confidence == Confidence::High && dead_since.is_none_or(found),
            dead: dead_since.is_some(),
        }
    }

    /// The connected sites of a token, the original first.
    fn connected(&self, holder: &Holder<'a>) -> Vec<SiteName> {
        let original = original(self.settings, holder).map(|site| &site.name);
        let connected = holder.sites.iter().filter(|site| is_connected(site)).map(|site| &site.name);
        let mut sites: Vec<&SiteName> = connected.collect();
        sites.sort_by_key(|site| (Some(*site) != original, *site));
        sites.into_iter().cloned().collect()
    }
}
