//! Approvals that a screen means to revoke: what is looked at first, what would be lost, and how it ended.

use super::super::revoking;
use super::looking::Waiter;
use super::permitting::Done;
use super::{Machine, Round};
use crate::diagnosis::{named_approval, revocable, slot_check};
use crate::model::slots::joined;
use crate::model::{
    ActionClass, Clean, Confirmation, HeldSlot, Intent, Loss, OrgName, Preview, Revocable, Safer, SiteName, SlotLoss,
    Target, Whose,
};
use crate::operations::revoke::{Revocation, RevokeError, line, write};
use crate::protocol::{Command, Event, OperationId, Question};
use crate::store::{Audit, AuditLine, Phase};
use std::collections::BTreeSet;
use tokio::sync::oneshot;

/// Orphans that are offered in the place of a live approval.
const OFFERED: usize = 2;

impl Machine {
    /// Looks at the org of the approval and at the sites of its user: whether they live says what it is worth.
    pub(super) fn preview_revocation(&mut self, id: OperationId, named: &Clean) {
        match self.around_approval(named) {
            Ok(targets) => self.look_for(Waiter::Revoker(id, named.clone()), targets),
            Err(why) => self.answer_preview(id, Err(why)),
        }
    }

    fn around_approval(&self, named: &Clean) -> Result<BTreeSet<Target>, String> {
        let fleet = self.known.fleet();
        let (org, user, _) = named_approval(fleet, named.as_str()).map_err(|why| why.to_string())?;
        self.may_write_at(&org)?;
        // Where somebody signs in nothing else looks until that is over.
        let busy: BTreeSet<Target> = self.authorizing.held().collect();
        Ok(fleet.around(&[(&org, &user)]).into_iter().filter(|target| !busy.contains(target)).collect())
    }

    /// What its end would cost, by what was just seen. A site that did not answer is judged by what is known of it; the org has to.
    pub(super) fn revoke_question(&self, id: OperationId, named: &Clean, seen: &Round) -> Result<Question, String> {
        let (fleet, settings) = (self.known.fleet(), self.known.settings());
        let (org, _, approval) = named_approval(fleet, named.as_str()).map_err(|why| why.to_string())?;
        self.may_write_at(&org)?;
        let target = Target::Org(org.clone());
        if let Some(failure) = seen.failed.get(&target) {
            return Err(format!("org {org} did not answer, so nothing was begun: {failure}"));
        }
        if let Some(why) = seen.postponed.get(&target) {
            return Err(format!("org {org} was not looked at, so nothing was begun: {why}"));
        }
        let subject = revocable(fleet, settings, &org, approval, self.clock.now()).map_err(|why| why.to_string())?;
        self.may_revoke(&subject)?;
        let preview = self.revocation_told(&subject);
        Ok(Question { preview, command: Command::Revoke { id, subject: Box::new(subject) } })
    }

    /// Revokes it, where it may; where not, that is written down.
    pub(super) async fn revoke_by_screen(&mut self, id: OperationId, subject: Revocable) {
        let audit = match self.audit() {
            Ok(audit) => audit,
            Err(why) => return self.outlet.tell(Event::ended(id, false, format!("nothing was revoked: {why}"))),
        };
        let name = format!("{:08x}", fastrand::u32(..));
        if let Err(why) = self.may_revoke(&subject) {
            let why = self.unrevoked(audit, &name, &subject, why).await;
            return self.outlet.tell(Event::ended(id, false, why));
        }
        let (answer, answered) = oneshot::channel();
        let order = revoking::Order { id: name.clone(), subject: subject.clone(), audit, answer };
        self.revoking.order(order);
        self.permitting
            .wait_for(async move { Done::Revoked(id, name, Box::new(subject), answered.await.ok().map(Box::new)) });
    }

    /// Tells the screen how one ended.
    pub(super) async fn approval_revoked(
        &mut self,
        id: OperationId,
        name: &str,
        subject: &Revocable,
        answer: Option<revoking::Answer>,
    ) {
        let (short, org) = (subject.approval.id.short(), &subject.org);
        let Some(revoking::Answer { result, unwritten }) = answer else {
            return self.outlet.tell(Event::ended(id, false, format!("approval {short}: the revocation was given up")));
        };
        let (good, told) = match result {
            Ok(Revocation::Gone) => (true, format!("approval {short} is gone: org {org} does not list it any more")),
            Ok(Revocation::Unclear { text }) => {
                (false, format!("approval {short} may be revoked, and that is not verified: {text}"))
            }
            // The queue refused it: nothing of that is written yet.
            Err(error @ (RevokeError::Moved(_) | RevokeError::Unfit(_))) => match self.audit() {
                Ok(audit) => (false, self.unrevoked(audit, name, subject, error.to_string()).await),
                Err(why) => (false, format!("{error}; {why}")),
            },
            Err(error) => (false, error.to_string()),
        };
        let unwritten = unwritten.map(|why| format!("; {why}")).unwrap_or_default();
        self.outlet.tell(Event::ended(id, good, format!("{told}{unwritten}")));
    }

    /// Writes that it is not revoked; answers why, and that it could not be written, if so.
    async fn unrevoked(&self, audit: Audit, name: &str, subject: &Revocable, why: String) -> String {
        let outcome = Some(Clean::new(&why));
        let line: AuditLine = line(name, self.clock.now(), Phase::Refused, subject, outcome);
        match write(audit, line).await {
            Ok(()) => why,
            Err(error) => format!("{why}; {error}"),
        }
    }

    fn may_write_at(&self, org: &OrgName) -> Result<(), String> {
        match self.permits().refusal(None, Some(org)) {
            Some(by) => Err(format!("org {org} is left alone: {by}")),
            None => Ok(()),
        }
    }

    /// At the org, and at every site that holds it or would be cut off.
    fn may_revoke(&self, subject: &Revocable) -> Result<(), String> {
        self.may_write_at(&subject.org)?;
        subject.sites().into_iter().try_for_each(|site| self.may_spend(site, Some(&subject.org)))
    }

    fn revocation_told(&self, subject: &Revocable) -> Preview {
        let short = subject.approval.id.short();
        // How, the name to type, what is known of it, and what the name stands for.
        let lost = match &subject.loss {
            SlotLoss::Nothing => None,
            SlotLoss::Certain { sites } => {
                let fact = sites.first().map(|site| self.proof_told(site)).unwrap_or_default();
                Some(match &sites[..] {
                    [site] => ("cuts off a live site", site.to_string(), fact, format!("To cut off {site}")),
                    // Copies die together, and each of them is to be named.
                    several => ("cuts off live sites", joined(several), fact, "To cut off all of them".to_owned()),
                })
            }
            SlotLoss::Possible { sites } => Some(match &sites[..] {
                [site] => ("may cut off", site.to_string(), self.proof_told(site), format!("To risk {site}")),
                _ => ("may cut off", short.clone(), "whose it is is not known".to_owned(), "To revoke it".to_owned()),
            }),
        };
        let confirm = match &lost {
            None => Confirmation::Yes("revoke it".into()),
            Some((_, name, _, to)) => {
                Confirmation::Type { word: name.as_str().into(), to: format!("{to} all the same").into() }
            }
        };
        let loses = lost.map(|(how, name, fact, _)| Loss { how: how.into(), name: name.into(), fact: fact.into() });
        let mut does: Vec<String> = subject.told();
        if loses.is_none() {
            does.push("nothing that works is lost".to_owned());
        }
        does.push(subject.finality().to_owned());
        Preview {
            title: format!("Revoke approval {short}").into(),
            class: ActionClass::Write,
            safer: if loses.is_some() { self.orphans_beside(subject) } else { Vec::new() },
            loses,
            does: does.iter().map(|clause| sentence(clause)).collect(),
            slots: None,
            steps: Vec::new(),
            confirm,
        }
    }

    /// What of the same user can go without anything being lost.
    fn orphans_beside(&self, subject: &Revocable) -> Vec<Safer> {
        let (fleet, settings, now) = (self.known.fleet(), self.known.settings(), self.clock.now());
        let check = slot_check(fleet, settings, &subject.org, &subject.user, &[], now);
        let spare = |held: &&HeldSlot| {
            !held.tied
                && held.approval_id != subject.approval.id
                && matches!(held.whose, Whose::Nobody { .. })
                && held.whose.loss(|_: &SiteName| false).is_nothing()
        };
        let held = check.iter().flat_map(|check| &check.held).filter(spare).take(OFFERED);
        let safer = |held: &HeldSlot| Safer {
            what: format!("revoke orphan {} instead", held.approval_id.short()).into(),
            costs: "loses nothing".into(),
            intent: Some(Intent::Revoke(held.approval_id.to_string().into())),
        };
        held.map(safer).collect()
    }
}

/// A clause as a sentence.
fn sentence(clause: &str) -> Clean {
    let mut letters = clause.chars();
    let first = letters.next().map(char::to_uppercase);
    Clean::new(format!("{}{}.", first.into_iter().flatten().collect::<String>(), letters.as_str()))
}
