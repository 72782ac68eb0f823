//! Sites that a screen means to keep warm: looked at, let to make one call with the session that they have, and asked about only
//! where a refresh is needed.

use super::looking::Waiter;
use super::permitting::Done;
use super::{Machine, Round};
use crate::diagnosis::{Identifiable, Warmth, warmable, warmth};
use crate::model::{ActionClass, Confirmation, Preview, ProveOutcome, SiteName, Target};
use crate::operations::identify::MOST_LOOKS;
use crate::operations::prove::ProveError;
use crate::protocol::{Command, OperationId, Question};
use tokio::sync::oneshot;

impl Machine {
    /// Looks at the site and at its org.
    pub(super) fn preview_warming(&mut self, id: OperationId, site: &SiteName) {
        let org = self.known.org_of(site);
        let busy = self.authorizing.held().any(|held| held == Target::Site(site.clone()));
        let may = if busy {
            Err(format!("somebody signs in for {site} just now"))
        } else {
            self.may_spend(site, org.as_ref())
        };
        if let Err(why) = may {
            return self.answer_preview(id, Err(why));
        }
        let targets = org.map(Target::Org).into_iter().chain([Target::Site(site.clone())]);
        self.look_for(Waiter::Warmer(id, site.clone()), targets);
    }

    /// Lets it make one call, where a refresh could follow.
    pub(super) fn ask_whether_cold(&mut self, id: OperationId, site: SiteName, seen: &Round) {
        if let Err(why) = self.warmable_now(&site, seen) {
            return self.answer_preview(id, Err(why));
        }
        let (answer, answered) = oneshot::channel();
        self.operating.order_by_process(vec![site.clone()], answer);
        self.permitting.wait_for(async move {
            let outcome =
                answered.await.ok().and_then(|outcomes| outcomes.into_iter().next()).map(|(_, outcome)| outcome);
            Done::Called(id, site, outcome)
        });
    }

    fn warmable_now(&self, site: &SiteName, seen: &Round) -> Result<Identifiable, String> {
        if let Some((target, failure)) = seen.failed.first_key_value() {
            return Err(format!("{target} did not answer, so nothing was begun: {failure}"));
        }
        if let Some((target, why)) = seen.postponed.first_key_value() {
            return Err(format!("{target} was not looked at, so nothing was begun: {why}"));
        }
        let fit = warmable(self.known.fleet(), self.known.settings(), site, self.clock.now());
        let subject = fit.map_err(|unfit| unfit.to_string())?;
        self.may_spend(site, Some(&subject.org))?;
        Ok(subject)
    }

    /// What a refresh would do, if one is needed.
    pub(super) fn called(
        &mut self,
        id: OperationId,
        site: &SiteName,
        outcome: Option<Result<ProveOutcome, ProveError>>,
    ) {
        let question = self.warm_question(id, site, outcome);
        self.answer_preview(id, question);
    }

    fn warm_question(
        &self,
        id: OperationId,
        site: &SiteName,
        outcome: Option<Result<ProveOutcome, ProveError>>,
    ) -> Result<Question, String> {
        let subject = self.warmable_now(site, &Round::default())?;
        let outcome = outcome.ok_or_else(|| format!("{site}: nothing came of asking it"))?;
        let outcome = outcome.map_err(|error| format!("{site}: {error}"))?;
        let (warmth, near) = warmth(self.known.fleet(), self.known.settings(), site, outcome, self.clock.now());
        let why = match warmth {
            Warmth::Cold(why) => why,
            Warmth::Awake(why) => return Err(format!("{site}: {why}")),
            Warmth::Failed(ProveOutcome::Refused { text }) => {
                return Err(format!("{site}: Salesforce refused it: {text}"));
            }
            Warmth::Failed(ProveOutcome::Failed { text }) => {
                return Err(format!("{site}: its call came to nothing: {text}"));
            }
            Warmth::Failed(other) => return Err(format!("{site}: its call came to nothing: {other:?}")),
        };
        let command = Command::KeepWarm { id, site: site.clone(), org: subject.org.clone() };
        Ok(Question { preview: preview(&subject, why, near), command })
    }
}

fn preview(subject: &Identifiable, why: &str, near: Option<String>) -> Preview {
    let Identifiable { site, org, user_name, safe, .. } = subject;
    let mut does = vec![format!("{site} refreshes its own token once, as {user_name} in org {org}: {why}.")];
    does.extend(near);
    does.push(format!("The refresh token stays what it is: {safe}."));
    does.push("The idle time of its approval begins anew, and the org shows that use.".to_owned());
    does.push(format!(
        "Costs one refresh, and 2 API calls of {org}; {MOST_LOOKS} at most where the use is slow to show."
    ));
    let confirm = Confirmation::Yes("let it refresh".into());
    Preview::new(format!("Keep {site} warm"), ActionClass::Spend, does, confirm)
}
