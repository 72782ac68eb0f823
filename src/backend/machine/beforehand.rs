//! Questions that wait for looks. A sign-in is judged by what its site, its org and the other sites of its user say now, and not by
//! the last picture; who does not answer is judged by what is known, and that is said.

use super::{Machine, Outcome};
use crate::model::{SiteName, Target, UserId, age};
use crate::protocol::{Event, OperationId};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// How much longer than one look a question waits for all of them.
const MORE: TimeDelta = TimeDelta::seconds(5);

/// Who did not answer, and why.
pub(super) type Silent = BTreeMap<Target, String>;

/// A question that waits.
struct Waiting {
    id: OperationId,
    site: SiteName,
    user: Option<UserId>,
    /// Whoever was asked.
    asked: BTreeSet<Target>,
    /// Those of them who are still to answer.
    left: BTreeSet<Target>,
    silent: Silent,
    /// When it is asked whoever is silent.
    until: DateTime<Utc>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Beforehand(Vec<Waiting>);

impl Beforehand {
    /// Takes the end of a look.
    pub(super) fn looked(&mut self, target: &Target, outcome: &Outcome) {
        for waiting in self.0.iter_mut().filter(|waiting| waiting.left.contains(target)) {
            waiting.left.remove(target);
            match outcome {
                Outcome::Answered => {}
                Outcome::Failed(failure) => drop(waiting.silent.insert(target.clone(), failure.to_string())),
                Outcome::Postponed { why, .. } => drop(waiting.silent.insert(target.clone(), why.clone())),
            }
        }
    }

    /// When the first of them waits no longer.
    pub(super) fn wake_at(&self) -> Option<DateTime<Utc>> {
        self.0.iter().map(|waiting| waiting.until).min()
    }
}

impl Machine {
    /// Has looked at whom the question concerns, and asks it then.
    pub(super) fn look_beforehand(&mut self, id: OperationId, site: SiteName, user: Option<UserId>) {
        if let Err(why) = self.may_spend(&site, self.known.org_of(&site).as_ref()) {
            return self.outlet.tell(Event::Preview(id, Err(why)));
        }
        let until = self.clock.now() + self.patience.checked_add(&MORE).unwrap_or(MORE);
        let (asked, left, silent) = (BTreeSet::new(), BTreeSet::new(), Silent::new());
        self.beforehand.0.push(Waiting { id, site, user, asked, left, silent, until });
    }

    /// Goes on with those that wait for nobody any more.
    pub(super) fn finish_beforehand(&mut self) {
        let now = self.clock.now();
        for mut waiting in std::mem::take(&mut self.beforehand.0) {
            if waiting.until <= now {
                let late = std::mem::take(&mut waiting.left).into_iter();
                waiting.silent.extend(late.map(|target| (target, "it takes too long".to_owned())));
            } else if waiting.left.is_empty() {
                // What a look showed may concern others.
                let concerned = self.concerned(&waiting.site, waiting.user.as_ref());
                let new: BTreeSet<Target> = concerned.difference(&waiting.asked).cloned().collect();
                for target in new {
                    if self.collector.schedule().is_held(&target) {
                        waiting.silent.insert(target.clone(), "fusebox is at it".to_owned());
                    } else {
                        self.collector.request(&target);
                        waiting.left.insert(target.clone());
                    }
                    waiting.asked.insert(target);
                }
            }
            if !waiting.left.is_empty() {
                self.beforehand.0.push(waiting);
                continue;
            }
            let Waiting { id, site, user, silent, .. } = waiting;
            let question = self.authorize_question(id, &site, user.as_ref(), &silent);
            self.outlet.tell(Event::Preview(id, question.map(Box::new)));
        }
    }

    /// The site, its org, and the other sites of the user: whether they live says what an approval is worth. An org of which
    /// nobody knows the id may be the one.
    fn concerned(&self, site: &SiteName, user: Option<&UserId>) -> BTreeSet<Target> {
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
    pub(super) fn silence(&self, silent: &Silent) -> Vec<String> {
        let (fleet, now) = (self.known.fleet(), self.clock.now());
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
