//! What the machine is told to do, and what it answers.

use super::super::authorizing;
use super::super::changing;
use super::super::identifying::{Answer, Ended};
use super::super::inquiring::What;
use super::super::operating::Outcome as Proof;
use super::super::revoking;
use super::looking::{Waiter, round};
use super::{BackendError, Hook, LeaseKey, Machine, Once, Order, Poller, Polling, Round, Start};
use crate::collector::Seen;
use crate::model::{Fact, FailureClass, Observation, Target};
use crate::operations::authorize::{Authorized, named};
use crate::operations::change::{Change, Done};
use crate::operations::identify::{Identified, Purpose};
use crate::operations::prove::{ProveError, Proved};
use crate::protocol::{Command, Event};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Machine {
    pub(super) async fn command(&mut self, command: Command) {
        match command {
            Command::Look(targets) => self.look_for(Waiter::Screen(targets.clone()), targets),
            Command::Prove { id, sites } if sites.is_empty() => self.outlet.tell(Event::Finished(id)),
            Command::Prove { id, sites } => self.operating.order_by_screen(id, sites),
            Command::Preview { id, intent } => self.preview(id, &intent).await,
            Command::Identify { id, site, org } => self.identify_by_screen(id, Purpose::Identify, site, org).await,
            Command::KeepWarm { id, site, org } => self.identify_by_screen(id, Purpose::KeepWarm, site, org).await,
            Command::Authorize { id, site, org, user } => self.authorize_by_screen(id, site, org, user).await,
            Command::RefreshFields { id, sites } => self.refresh_by_screen(id, sites).await,
            Command::Offer { id, site, setting } => self.inquire(id, site, What::Offer(setting)),
            Command::Leave(id) => self.inquiring.leave(id),
            Command::ObjectType { id, site, to } => self.change_by_screen(id, site, Change::ObjectType(to)),
            Command::SegmentType { id, site, to, field } => self.segments_by_screen(id, site, to, field.as_ref()),
            Command::Undo { id, change } => self.undo_by_screen(id, change).await,
            Command::Revoke { id, subject } => self.revoke_by_screen(id, *subject).await,
            Command::Pasted { id, watch, address, .. } => self.pasted(id, watch, &address),
            Command::StopWatching(id) => self.stop_watching(id),
            Command::AllowWriting(id) => self.allow_writing(id).await,
            Command::Trail => self.read_trail(),
            Command::Plan { sites, made } => self.plan_for_screen(sites, made),
            Command::Fields => self.tell_fields(),
            Command::KeptFields(site) => self.tell_kept_fields(site),
            Command::ReadFields(site) => self.describing.order(site),
            Command::Describe(site) => {
                let detail = self.known.detail(&site, self.clock.now());
                self.outlet.tell(Event::Detail(site, detail.map(Box::new)));
            }
            Command::Ledger(org) => {
                let ledger = self.known.ledger(&org, self.clock.now());
                self.outlet.tell(Event::Ledger(org, ledger.map(Arc::new)));
            }
            Command::Pause(pause) => self.role.pause(pause),
        }
    }

    pub(super) async fn order(&mut self, order: Order) {
        match order {
            Order::Listen(listener) => self.outlet.listen(listener),
            Order::Prove(sites, answer) => self.operating.order_by_process(sites, answer),
            Order::Identify(order) => self.identifying.order(order),
            Order::Authorize(order) => self.authorizing.order(*order),
            Order::Change(order) => self.changing.order(*order),
            Order::Revoke(order) => self.revoking.order(*order),
            Order::Look(targets, answer) => self.look_for(Waiter::Process(answer), targets),
            Order::RunOnce(answer) => {
                let now = self.clock.now();
                if self.once.is_some() || !self.lease_polling(now).await {
                    // Who ordered it may have gone.
                    let _ = answer.send(Err(BackendError::AnotherPolls));
                    return;
                }
                self.role.want(true, now);
                self.role.leased(true, now);
                self.collector.begin(Start::Anew, self.known.fleet()).await;
                self.keep_all_rows().await;
                self.once = Some(Once { answer, outcomes: BTreeMap::new(), lost: None, notices: Vec::new() });
            }
        }
    }

    /// Answers who waits for a poll of everything, when it is over.
    pub(super) async fn finish_once(&mut self) {
        let told = self.hook.as_ref().is_none_or(Hook::is_idle);
        let over = (self.collector.is_quiet() && told) || self.role.poller == Poller::Another;
        let Some(once) = self.once.take_if(|_| over) else { return };
        if self.polling == Polling::Off {
            self.role.want(false, self.clock.now());
            self.keep(Vec::new(), vec![LeaseKey::Poller]).await;
        }
        let round = Round { notices: once.notices, ..round(once.outcomes) };
        // Who ordered it may have gone.
        let _ = once.answer.send(match once.lost.or_else(|| self.complaint.clone()) {
            Some(error) => Err(error.into()),
            None => Ok(round),
        });
    }

    /// Takes what came of asking a site to prove itself.
    pub(super) async fn proved(&mut self, key: u64, proved: Proved) {
        let Proved { site, at, result, leased } = proved;
        self.read_along().await;
        let target = Target::Site(site.clone());
        let fact = match &result {
            Ok(outcome) => Some(Fact::Prove(outcome.clone())),
            Err(ProveError::Failed(failure)) if is_about_the_way(failure.class) => Some(Fact::Failed(failure.clone())),
            Err(_) => None,
        };
        let observations = fact.map(|fact| Observation { target: target.clone(), at, fact });
        let seen = vec![(target.clone(), Seen::Observations(observations.into_iter().collect()))];
        let records = self.known.take(seen, self.clock.now());
        let leases = if leased { vec![LeaseKey::Target(target.clone())] } else { Vec::new() };
        self.keep(records, leases).await;
        let state = self.known.fleet().site(&site);
        let connection = state.and_then(|state| state.last_connection.as_ref());
        let org = connection.and_then(|seen| seen.value.org.clone()).filter(|_| result.is_ok());
        self.collector.release(&target, org.as_ref());
        self.operation_ended(key, (site, result));
    }

    /// Takes what a site's refresh showed, and answers when it is kept.
    pub(super) async fn identified(&mut self, ended: Ended) {
        let Ended { org, identified, answer } = ended;
        let Identified { site, looks, api_calls, seen, result, unwritten, leases } = identified;
        self.read_along().await;
        let (of_site, of_org): (Vec<_>, Vec<_>) =
            seen.into_iter().partition(|seen| matches!(seen.target, Target::Site(_)));
        let (site, target) = (Target::Site(site), Target::Org(org.clone()));
        let mut batch = vec![(site.clone(), Seen::Observations(of_site))];
        batch.extend(looks.into_iter().map(|(at, picture)| (target.clone(), Seen::Org(at, Box::new(picture)))));
        // After the looks: a link is kept of what is listed alone.
        batch.push((target.clone(), Seen::Observations(of_org)));
        let records = self.known.take(batch, self.clock.now());
        self.keep(records, leases).await;
        self.collector.charge(&org, api_calls);
        self.collector.release(&site, None);
        self.collector.release(&target, None);
        // Who ordered it may have gone.
        let _ = answer.send(Answer { result, unwritten });
    }

    /// Takes what watching an authorization showed.
    pub(super) async fn authorized(&mut self, ended: authorizing::Ended) {
        let authorizing::Ended { org, authorized, answer } = ended;
        let Authorized { site, org: looked, api_calls, seen, result, unwritten, leases } = authorized;
        self.read_along().await;
        let (of_site, of_org): (Vec<_>, Vec<_>) =
            seen.into_iter().partition(|seen| matches!(seen.target, Target::Site(_)));
        let (site, target) = (Target::Site(site), Target::Org(org.clone()));
        let mut batch = vec![(site.clone(), Seen::Observations(of_site))];
        batch.extend(looked.map(|(at, picture)| (target.clone(), Seen::Org(at, Box::new(picture)))));
        // After the look: a link is kept of what is listed alone.
        batch.push((target, Seen::Observations(of_org)));
        let records = self.known.take(batch, self.clock.now());
        self.keep(records, leases).await;
        self.collector.charge(&org, api_calls);
        self.collector.release(&site, None);
        let result = result.map(|ending| named(ending, self.known.fleet()));
        // Who ordered it may have gone.
        let _ = answer.send(authorizing::Answer { result, unwritten });
    }

    /// Takes what a site that was changed showed, and answers when it is kept.
    pub(super) async fn changed(&mut self, ended: changing::Ended) {
        let changing::Ended { org, done, answer } = ended;
        let Done { site, seen, api_calls, result, unwritten, leases } = done;
        self.read_along().await;
        let site = Target::Site(site);
        let records = self.known.take(vec![(site.clone(), Seen::Observations(seen))], self.clock.now());
        self.keep(records, leases).await;
        if let Some(org) = org {
            self.collector.charge(&org, api_calls);
        }
        self.collector.release(&site, None);
        // Who ordered it may have gone.
        let _ = answer.send(changing::Answer { result, unwritten });
    }

    /// Takes what a revocation showed, and answers when it is kept.
    pub(super) async fn revoked(&mut self, ended: revoking::Ended) {
        let revoking::Ended { org, done, answer } = ended;
        self.read_along().await;
        let target = Target::Org(org.clone());
        let looks = done.looks.into_iter();
        let batch = looks.map(|(at, picture)| (target.clone(), Seen::Org(at, Box::new(picture)))).collect();
        let records = self.known.take(batch, self.clock.now());
        self.keep(records, done.leases).await;
        self.collector.charge(&org, done.api_calls);
        self.collector.release(&target, None);
        // Who ordered it may have gone.
        let _ = answer.send(revoking::Answer { result: done.result, unwritten: done.unwritten });
    }

    pub(super) fn operation_ended(&mut self, key: u64, outcome: Proof) {
        let Some(ended) = self.operating.ended(key, outcome) else { return };
        let Some(id) = ended.screen else { return };
        let (site, outcome) = ended.outcome;
        self.outlet.tell(Event::Proved { id, site, outcome: outcome.map_err(|error| error.to_string()) });
        if ended.finished {
            self.outlet.tell(Event::Finished(id));
        }
    }
}

/// Whether a failure says that the site can not be reached, and not that it refused this one question.
fn is_about_the_way(class: FailureClass) -> bool {
    matches!(
        class,
        FailureClass::Dns
            | FailureClass::Unreachable
            | FailureClass::Timeout
            | FailureClass::Tls
            | FailureClass::SshRefused
    )
}
