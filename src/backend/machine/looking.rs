//! Targets that somebody waits for: who it is, what is still to be looked at, and what is answered when all of it was.

use super::{Machine, Round, Sight};
use crate::collector::Outcome;
use crate::model::{Clean, SiteName, Target, UserId};
use crate::protocol::{Event, OperationId};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::oneshot;

/// Looks at some targets that somebody waits for.
pub(super) struct Asked {
    waiter: Waiter,
    /// Those whose look is not over.
    left: BTreeSet<Target>,
    outcomes: BTreeMap<Target, Outcome>,
    /// When nobody who is silent is waited for any longer; none where that may take as long as it takes.
    until: Option<DateTime<Utc>>,
}

/// Who waits.
pub(super) enum Waiter {
    /// This process itself.
    Process(oneshot::Sender<Sight>),
    /// A screen that had these looked at.
    Screen(Vec<Target>),
    /// A screen that means to have somebody sign in for this site, as this user or the one that it has.
    SignIn(OperationId, SiteName, Option<UserId>),
    /// A screen that means to revoke the approval of this name.
    Revoker(OperationId, Clean),
    /// A screen that means to keep this site warm.
    Warmer(OperationId, SiteName),
}

impl Machine {
    /// Looks at these, and answers when that is over. What the configuration does not name is left out.
    pub(super) fn look_for(&mut self, waiter: Waiter, targets: impl IntoIterator<Item = Target>) {
        let left: BTreeSet<Target> = targets.into_iter().filter(|target| self.known.names(target)).collect();
        for target in &left {
            self.collector.request(target);
        }
        self.asked.push(Asked { waiter, left, outcomes: BTreeMap::new(), until: None });
    }

    /// Looks at whom a sign-in concerns, and answers when that is over, or then.
    pub(super) fn look_until(&mut self, id: OperationId, site: SiteName, user: Option<UserId>, until: DateTime<Utc>) {
        let waiter = Waiter::SignIn(id, site, user);
        self.asked.push(Asked { waiter, left: BTreeSet::new(), outcomes: BTreeMap::new(), until: Some(until) });
    }

    /// Looks at whoever else a sign-in concerns, by what its looks showed, and waits no longer for who is too late.
    pub(super) fn look_on(&mut self) {
        let now = self.clock.now();
        let postponed = |why: &str| Outcome::Postponed { until: now, why: why.to_owned() };
        for mut asked in std::mem::take(&mut self.asked) {
            if asked.until.is_some_and(|until| until <= now) {
                let late = std::mem::take(&mut asked.left).into_iter();
                asked.outcomes.extend(late.map(|target| (target, postponed("it takes too long"))));
            } else if let Waiter::SignIn(_, site, user) = &asked.waiter
                && asked.left.is_empty()
            {
                let concerned = self.concerned(site, user.as_ref());
                let new: Vec<Target> =
                    concerned.into_iter().filter(|target| !asked.outcomes.contains_key(target)).collect();
                for target in new {
                    if self.collector.schedule().is_held(&target) {
                        asked.outcomes.insert(target, postponed("fusebox is at it"));
                    } else {
                        self.collector.request(&target);
                        asked.left.insert(target);
                    }
                }
            }
            self.asked.push(asked);
        }
    }

    /// When the first who is silent is waited for no longer.
    pub(super) fn late_at(&self) -> Option<DateTime<Utc>> {
        self.asked.iter().filter_map(|asked| asked.until).min()
    }

    /// Notes how a look ended for all who wait for it.
    pub(super) fn note_look(&mut self, target: &Target, outcome: &Outcome) {
        for asked in &mut self.asked {
            if asked.left.remove(target) {
                asked.outcomes.insert(target.clone(), outcome.clone());
            }
        }
    }

    /// Answers who waits for looks that are over.
    pub(super) fn finish_asked(&mut self) {
        let (over, asked) = std::mem::take(&mut self.asked).into_iter().partition(|asked| asked.left.is_empty());
        self.asked = asked;
        let over: Vec<Asked> = over;
        for Asked { waiter, outcomes, .. } in over {
            let round = round(outcomes);
            match waiter {
                Waiter::Process(answer) => {
                    // Who ordered it may have gone.
                    let _ = answer.send(Sight { round, fleet: self.known.fleet().clone() });
                }
                Waiter::Screen(targets) => {
                    let told = looked(&round, targets.len());
                    self.outlet.tell(Event::Looked(targets, told));
                }
                Waiter::SignIn(id, site, user) => {
                    let question = self.authorize_question(id, &site, user.as_ref(), &round);
                    self.answer_preview(id, question);
                }
                Waiter::Warmer(id, site) => self.ask_whether_cold(id, site, &round),
                Waiter::Revoker(id, named) => {
                    let question = self.revoke_question(id, &named, &round);
                    self.answer_preview(id, question);
                }
            }
        }
    }
}

/// How looks at so many ended, in words.
fn looked(round: &Round, asked: usize) -> Result<Clean, Clean> {
    let failed = round.failed.iter().map(|(target, failure)| (target, format!("no answer: {failure}")));
    let not_asked = round.postponed.iter().map(|(target, why)| (target, format!("not asked: {why}")));
    let silent: Vec<_> = failed.chain(not_asked).collect();
    match silent[..] {
        _ if round.answered + silent.len() < asked => Err("the configuration does not name it".into()),
        [] if asked == 1 => Ok("answered".into()),
        [] => Ok("all answered".into()),
        [(_, ref why)] if asked == 1 => Err(Clean::new(why)),
        [(target, ref why), ..] => Err(Clean::new(format!("{} of {asked} not: {target}: {why}", silent.len()))),
    }
}

/// How looks ended, by target.
pub(super) fn round(outcomes: BTreeMap<Target, Outcome>) -> Round {
    let mut round = Round::default();
    for (target, outcome) in outcomes {
        match outcome {
            Outcome::Answered => round.answered += 1,
            Outcome::Failed(failure) => drop(round.failed.insert(target, failure)),
            Outcome::Postponed { why, .. } => drop(round.postponed.insert(target, why)),
        }
    }
    round
}
