//! Authorizations that a screen asks for, and those that another process left: what they would cost, how they stand, how they end.

use super::super::authorizing::{self, Watched};
use super::permitting::Done;
use super::{Machine, Polling, Round, dry_run};
use crate::diagnosis::{Authorizable, authorizable, slot_check};
use crate::model::authorization::Errors;
use crate::model::{
    ActionClass, ApprovalId, Authorization, Clean, Confirmation, Health, Intent, Loss, OrgName, Preview, Removed,
    Safer, SaferStep, SiteName, SlotCheck, SlotLoss, Standing, Target, UserId, Watching, Whose,
};
use crate::operations::authorize::pasted::{self, Said};
use crate::operations::authorize::{AuthorizeError, EVERY, WATCHED, named, write};
use crate::protocol::{Command, Event, OperationId, Pasted, Question};
use crate::store::{AuditLine, Phase};
use crate::wordpress::LOG_ROWS;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::{mpsc, oneshot};

/// Ids of operations that no screen began. A screen counts its own from 1.
const RESUMED: u64 = 1 << 62;

/// So many slots are drawn on the smallest page.
const DRAWN: u32 = 4;

/// A site whose lease another process still has is tried again after so long.
const AGAIN: TimeDelta = TimeDelta::seconds(20);

/// What screens watch.
pub(super) struct Watches {
    /// Where standings come in, by the operation's name in the audit.
    tell: mpsc::UnboundedSender<(String, Standing)>,
    told: mpsc::UnboundedReceiver<(String, Standing)>,
    open: BTreeMap<String, Open>,
    next: u64,
    /// When to try again what another process has still the lease of.
    again_at: Option<DateTime<Utc>>,
}

struct Open {
    id: OperationId,
    watching: Watching,
    say: mpsc::UnboundedSender<Said>,
}

impl Watches {
    pub(super) fn new() -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        Self { tell, told, open: BTreeMap::new(), next: RESUMED, again_at: None }
    }

    /// The next standing. Waits for ever while there is none; loses nothing when it is dropped.
    pub(super) async fn standing(&mut self) -> (String, Standing) {
        match self.told.recv().await {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }

    /// When something has to be tried again.
    pub(super) fn wake_at(&self) -> Option<DateTime<Utc>> {
        self.again_at
    }
}

impl Machine {
    /// What a person's sign-in would cost, if it may be asked for; beside it, whose silence it is judged without.
    pub(super) fn authorize_question(
        &self,
        id: OperationId,
        site: &SiteName,
        user: Option<&UserId>,
        seen: &Round,
    ) -> Result<Question, String> {
        self.may_spend(site, None)?;
        let (fleet, settings, now) = (self.known.fleet(), self.known.settings(), self.clock.now());
        let named = user.map(UserId::as_str);
        let subject = authorizable(fleet, settings, site, (None, named), now).map_err(|why| why.to_string())?;
        self.may_spend(site, Some(&subject.org))?;
        let command =
            Command::Authorize { id, site: site.clone(), org: subject.org.clone(), user: subject.user.clone() };
        Ok(Question { preview: preview(&subject, |site| self.proof_told(site), self.silence(seen)), command })
    }

    /// Begins to watch, where it may; where not, that is written down.
    pub(super) async fn authorize_by_screen(&mut self, id: OperationId, site: SiteName, org: OrgName, user: UserId) {
        let now = self.clock.now();
        let ended = |told: String| Event::ended(id, false, told);
        let audit = match self.audit() {
            Ok(audit) => audit,
            Err(why) => return self.outlet.tell(ended(format!("nothing was begun: {why}"))),
        };
        let fit =
            authorizable(self.known.fleet(), self.known.settings(), &site, (Some(&org), Some(user.as_str())), now);
        let allowed = self.may_spend(&site, Some(&org));
        let subject = match allowed.and_then(|()| fit.map_err(|why| why.to_string())) {
            Ok(subject) => subject,
            Err(why) => {
                let line = refusal(&site, &org, &why, now);
                let unwritten = write(audit, line).await.err().map(|error| format!("; {error}")).unwrap_or_default();
                return self.outlet.tell(ended(format!("{why}{unwritten}")));
            }
        };
        let listed = self.known.fleet().org(&org).into_iter().flat_map(|org| org.approvals.values());
        let approvals: BTreeSet<ApprovalId> = listed.flat_map(|rows| &rows.value).map(|row| row.id).collect();
        let authorization = Authorization {
            id: format!("{:08x}", fastrand::u32(..)),
            site,
            org,
            org_id: subject.org_id,
            user,
            user_name: subject.user_name,
            first: subject.first,
            object_type: subject.object_type,
            refresh: subject.refresh,
            approvals,
            began_at: now,
            gives_up_at: now.checked_add_signed(WATCHED).unwrap_or(now),
        };
        let watching = Watching {
            down_since: self.down_since(&authorization.site),
            errors: None,
            sandbox: subject.sandbox,
            used: subject.check.used,
            limit: subject.check.limit,
            ended_at: None,
            slots: None,
            standing: Standing::unseen(),
            authorization,
        };
        self.watch(id, watching, false);
    }

    fn watch(&mut self, id: OperationId, watching: Watching, resumed: bool) {
        let audit = match self.audit() {
            Ok(audit) => audit,
            Err(why) => return self.outlet.tell(Event::ended(id, false, format!("nothing was begun: {why}"))),
        };
        let (say, said) = mpsc::unbounded_channel();
        let authorization = watching.authorization.clone();
        let watched = Watched {
            authorization: authorization.clone(),
            audit,
            resumed,
            every: EVERY,
            told: self.watches.tell.clone(),
            said,
        };
        self.outlet.tell(Event::Watching(id, Box::new(watching.clone())));
        self.watches.open.insert(authorization.id.clone(), Open { id, watching, say });
        let (answer, answered) = oneshot::channel();
        self.authorizing.order(authorizing::Order { watched, answer });
        let name = authorization.id;
        self.permitting.wait_for(async move { Done::Authorized(name, answered.await.ok().map(Box::new)) });
    }

    /// Tells the screen where one stands.
    pub(super) fn stands(&mut self, name: &str, standing: Standing) {
        let ending = standing.ending.map(|ending| named(ending, self.known.fleet()));
        if let Some(open) = self.watches.open.get_mut(name) {
            open.watching.standing = Standing { ending, ..standing };
            self.outlet.tell(Event::Watching(open.id, Box::new(open.watching.clone())));
        }
    }

    /// Takes the address that a browser ended at, for the site to complete the authorization with.
    pub(super) fn pasted(&mut self, id: OperationId, watch: OperationId, address: &Pasted) {
        let (good, told) = match self.hand_on(watch, address) {
            Ok(site) => (true, format!("{site} completes it with the address")),
            Err(why) => (false, why),
        };
        self.outlet.tell(Event::ended(id, good, told));
    }

    fn hand_on(&self, watch: OperationId, address: &Pasted) -> Result<SiteName, String> {
        let open = self.watches.open.values().find(|open| open.id == watch);
        let open = open.ok_or("nothing was done with the address: that one is over")?;
        let Authorization { site, org, .. } = &open.watching.authorization;
        self.may_spend(site, Some(org))?;
        let said = pasted::read(address.expose())
            .ok_or("that is no address that a browser ends at: it would hold code= or error=")?;
        open.say.send(said).map_err(|_| "nothing was done with the address: that one is over".to_owned())?;
        Ok(site.clone())
    }

    /// Stops watching one.
    pub(super) fn stop_watching(&mut self, id: OperationId) {
        let open = self.watches.open.values().find(|open| open.id == id);
        // One that is over can not be stopped any more.
        let _ = open.map(|open| open.say.send(Said::Stop));
    }

    /// Tells the screen how one ended.
    pub(super) fn watched(&mut self, name: &str, answer: Option<authorizing::Answer>) {
        let Some(Open { id, mut watching, .. }) = self.watches.open.remove(name) else { return };
        let site = watching.authorization.site.clone();
        let Some(authorizing::Answer { result, unwritten }) = answer else {
            return self.outlet.tell(Event::ended(id, false, format!("{site}: the watching was given up")));
        };
        let unwritten = unwritten.map(|why| format!("; {why}")).unwrap_or_default();
        match result {
            Ok(ending) => {
                let told = format!("{site}: {ending}{unwritten}");
                let good = ending.is_good();
                if good {
                    let Authorization { org, user, .. } = &watching.authorization;
                    let (fleet, settings) = (self.known.fleet(), self.known.settings());
                    watching.slots = slot_check(fleet, settings, org, user, &[], self.clock.now()).map(Box::new);
                    watching.errors = watching.down_since.and_then(|since| self.errors_since(&site, since));
                }
                (watching.standing.ending, watching.ended_at) = (Some(ending), Some(self.clock.now()));
                self.outlet.tell(Event::Watching(id, Box::new(watching)));
                self.outlet.tell(Event::ended(id, good, told));
            }
            Err(AuthorizeError::Busy(_)) if id.0 >= RESUMED => {
                self.watches.again_at = Some(self.clock.now() + AGAIN);
            }
            Err(error) => self.outlet.tell(Event::ended(id, false, format!("{site}: {error}{unwritten}"))),
        }
    }

    /// Goes on with what another process left, where this one looks after the fleet.
    pub(super) async fn resume_watches(&mut self) {
        if self.polling != Polling::Continuous {
            return;
        }
        let kept = self.store.call(|store| store.watches()).await;
        let Some(kept) = self.told(kept) else { return };
        for authorization in kept.items {
            self.resume(authorization);
        }
    }

    /// Tries again what another process had still the lease of.
    pub(super) async fn resume_later(&mut self) {
        if self.watches.again_at.is_some_and(|at| at <= self.clock.now()) {
            self.watches.again_at = None;
            self.resume_watches().await;
        }
    }

    fn resume(&mut self, authorization: Authorization) {
        let site = &authorization.site;
        if self.watches.open.contains_key(&authorization.id) {
            return;
        }
        if !self.known.names(&Target::Site(site.clone())) || self.may_spend(site, Some(&authorization.org)).is_err() {
            return;
        }
        self.watches.next += 1;
        let id = OperationId(self.watches.next);
        let org = self.known.fleet().org(&authorization.org);
        let sandbox = org.and_then(|org| org.organization.as_ref()?.value.seen()).map(|seen| seen.sandbox);
        let limit = self.known.settings().orgs.get(&authorization.org).map_or(0, |terms| terms.slot_limit);
        let standing = Standing::unseen();
        let watching = Watching {
            sandbox,
            used: None,
            limit,
            ended_at: None,
            slots: None,
            down_since: self.down_since(site),
            errors: None,
            standing,
            authorization,
        };
        self.watch(id, watching, true);
    }

    /// Since when a site is not connected, if it is not.
    fn down_since(&self, site: &SiteName) -> Option<DateTime<Utc>> {
        self.known.row(site).filter(|row| row.health == Health::Fail)?.since
    }

    /// Errors that a site's plugin logged since, where it logs.
    fn errors_since(&self, site: &SiteName, since: DateTime<Utc>) -> Option<Errors> {
        let state = self.known.fleet().site(site)?;
        let log = state.log.as_ref().filter(|log| log.value.enabled)?;
        let since = since + TimeDelta::seconds(state.clock_offset_s);
        let rows = &log.value.rows;
        let count = rows.iter().filter(|row| row.is_error() && row.at >= since).count();
        // As many as were asked for, and all of them of that span.
        let more = rows.len() >= usize::from(LOG_ROWS) && rows.iter().all(|row| row.at >= since);
        Some(Errors { count, more })
    }
}

fn refusal(site: &SiteName, org: &OrgName, why: &str, at: DateTime<Utc>) -> AuditLine {
    AuditLine {
        at,
        id: format!("{:08x}", fastrand::u32(..)),
        operation: "reauthorize",
        class: ActionClass::Spend,
        phase: Phase::Refused,
        target: Target::Site(site.clone()).into(),
        org: Some(org.clone()),
        user: None,
        what: format!("a person signs in for {site}").into(),
        outcome: Some(Clean::new(why)),
    }
}

/// What the dialog says.
fn preview(subject: &Authorizable, proof: impl Fn(&SiteName) -> String, silence: Vec<String>) -> Preview {
    let Authorizable { site, org, user_name, check, first, .. } = subject;
    let verb = if *first { "Authorize" } else { "Reauthorize" };
    let used = check.used.map_or_else(|| "?".to_owned(), |used| used.to_string());
    let mut does =
        vec![format!("A person signs in as {user_name} in org {org}, who holds {used} of {} approvals.", check.limit)];
    let sites = check.lost();
    let loses = (!check.loses_nothing()).then(|| {
        let certain = check.costs.iter().any(|cost| matches!(cost.loss, SlotLoss::Certain { .. }));
        let how = if certain { "cuts off a live site" } else { "may cut off" };
        let (name, fact) = match sites.first() {
            Some(site) => (site.to_string(), proof(site)),
            None => (unknown(check), "whose it is is not known".to_owned()),
        };
        Loss { how: how.into(), name: name.into(), fact: fact.into() }
    });
    for removed in check.costs.iter().flat_map(|cost| &cost.removes) {
        if let Removed::Held { approval_id } = removed
            && let Some(held) = check.held.iter().find(|held| held.approval_id == *approval_id)
        {
            let whose = match &held.whose {
                Whose::Sites { sites, confidence, .. } => {
                    let names: Vec<&str> = sites.iter().map(SiteName::as_str).collect();
                    format!("{} (sure: {confidence})", names.join(", "))
                }
                Whose::OneOf { .. } => "one of several sites".to_owned(),
                Whose::Nobody { .. } => "no known site".to_owned(),
            };
            let id = approval_id.short();
            // Beside the slots drawn as fuses this is said already.
            let more = if check.limit <= DRAWN {
                String::new()
            } else {
                format!(", made {}, {} uses", held.created_at.format("%Y-%m-%d"), held.use_count)
            };
            does.push(format!("The new one pushes out the oldest: {id} of {whose}{more}."));
        }
    }
    // One paragraph, so that it takes as few rows as it can.
    let mut does = vec![does.join(" ")];
    does.extend(silence);
    does.extend(subject.doubts.iter().map(|doubt| format!("{doubt}.")));
    if loses.is_none() {
        does.push(
            "Nothing that works is lost. fusebox only hands out the link and watches; it gives up after 15 minutes."
                .to_owned(),
        );
    }
    let confirm = match &loses {
        Some(victim) => Confirmation::Type {
            word: victim.name.clone(),
            to: format!("To cut off {} all the same", victim.name).into(),
        },
        None => Confirmation::Yes("send somebody to the browser".into()),
    };
    Preview {
        title: format!("{verb} {site}").into(),
        class: ActionClass::Spend,
        loses,
        does: does.into_iter().map(Clean::from).collect(),
        slots: Some(Box::new(check.clone())),
        steps: dry_run::steps(subject),
        safer: check.safer.iter().map(|step| safer(site, org, check, step)).collect(),
        confirm,
    }
}

fn safer(site: &SiteName, org: &OrgName, check: &SlotCheck, step: &SaferStep) -> Safer {
    match step {
        SaferStep::As { user, name, used, limit } => {
            let login = name.as_str().split('@').next().unwrap_or_default();
            Safer {
                what: format!("reauthorize as {login}@{org}").into(),
                costs: format!("{used} of {limit} used, loses nothing").into(),
                intent: Some(Intent::Authorize(site.clone(), Some(user.clone()))),
            }
        }
        SaferStep::Revoke { approval_id, loss, .. } => {
            let costs = if loss.is_nothing() { "loses nothing" } else { "may be a site's that fusebox does not know" };
            let held = check.held.iter().find(|held| held.approval_id == *approval_id);
            let orphan = held.is_some_and(|held| matches!(held.whose, Whose::Nobody { .. }));
            let kind = if orphan { "orphan " } else { "" };
            Safer {
                what: format!("revoke {kind}{} first", approval_id.short()).into(),
                costs: costs.into(),
                intent: Some(Intent::Revoke(approval_id.to_string().into())),
            }
        }
    }
}

/// What to call it where no site is known.
fn unknown(check: &SlotCheck) -> String {
    let held = check.costs.iter().flat_map(|cost| &cost.removes).find_map(|removed| match removed {
        Removed::Held { approval_id } => Some(approval_id.short()),
        Removed::Made { .. } => None,
    });
    held.unwrap_or_else(|| "unknown".to_owned())
}
