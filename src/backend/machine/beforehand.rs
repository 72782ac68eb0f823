//! Whom a sign-in concerns: its site, its org and the other sites of its user are looked at before it is judged, and not the last
//! picture; who does not answer is judged by what is known, and that is said.

use super::{Machine, Round};
use crate::model::{SiteName, Target, UserId, age};
use crate::protocol::OperationId;
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};

/// How much longer than one look a question waits for all of them.
const MORE: TimeDelta = TimeDelta::seconds(5);

impl Machine {
    /// Has looked at whom the question concerns, and asks it then.
    pub(super) fn look_beforehand(&mut self, id: OperationId, site: SiteName, user: Option<UserId>) {
        if let Err(why) = self.may_spend(&site, self.known.org_of(&site).as_ref()) {
            return self.answer_preview(id, Err(why));
        }
        let until = self.clock.now() + self.patience.checked_add(&MORE).unwrap_or(MORE);
        self.look_until(id, site, user, until);
    }

    /// The site, its org, and the other sites of the user: whether they live says what an approval is worth. An org of which
    /// nobody knows the id may be the one.
    pub(super) fn concerned(&self, site: &SiteName, user: Option<&UserId>) -> BTreeSet<Target> {
        let fleet = self.known.fleet();
        let last = fleet.site(site).and_then(|site| site.last_connection.as_ref()).map(|seen| &seen.value);
        let mut concerned = BTreeSet::from([Target::Site(site.clone())]);
        let told = self.known.settings().sites.get(site).and_then(|terms| terms.org.clone());
        match told.or_else(|| self.known.org_of(site)) {
            Some(org) => {
                let id = fleet.org(&org).and_then(|org| org.id());
                let user = user.or_else(|| last.filter(|last| last.org.as_ref() == id)?.user.as_ref());
                let theirs = id.zip(user).into_iter().flat_map(|(id, user)| fleet.authorized_as(id, user));
                concerned.extend(theirs.map(|site| Target::Site(site.name.clone())));
                concerned.insert(Target::Org(org));
            }
            None => concerned.extend(self.known.settings().orgs.keys().cloned().map(Target::Org)),
        }
        concerned.retain(|target| self.known.names(target));
        concerned
    }

    /// What is said of who did not answer: why, and how old what is known of it is.
    pub(super) fn silence(&self, seen: &Round) -> Vec<String> {
        let (fleet, now) = (self.known.fleet(), self.clock.now());
        let failed = seen.failed.iter().map(|(target, failure)| (target, failure.to_string()));
        let postponed = seen.postponed.iter().map(|(target, why)| (target, why.clone()));
        let silent: BTreeMap<&Target, String> = failed.chain(postponed).collect();
        let told = silent.iter().map(|(target, why)| {
            let seen_at = match target {
                Target::Site(site) => fleet.site(site).and_then(|site| Some(site.status.as_ref()?.seen_at)),
                Target::Org(org) => fleet.org(org).and_then(|org| Some(org.coverage.as_ref()?.seen_at)),
            };
            let known = seen_at.map_or_else(
                || "Nothing is known of it.".to_owned(),
                |at| format!("What is said here of it was seen {} ago.", age::since(at, now)),
            );
            format!("{target} does not answer: {why}. {known}")
        });
        told.collect()
    }
}
