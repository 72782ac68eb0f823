//! Topics and fields that a screen has read again: what it would cost, site by site what came of it.

use super::super::changing;
use super::Machine;
use super::permitting::Done;
use crate::diagnosis::refreshable;
use crate::model::lists::ListChanges;
use crate::model::refreshing::RefreshTold;
use crate::model::site_change::{Outcome, StepName};
use crate::model::{ActionClass, BrokenMapping, Clean, Confirmation, OrgName, Preview, SiteName};
use crate::operations::change::{AT_ONCE, Change, Changed, Refreshed};
use crate::protocol::{Command, Event, OperationId, Question};
use std::collections::{BTreeMap, HashMap};
use tokio::sync::oneshot;

/// Calls that one site makes, least and most: a test, and one for each list, of which topics may take two.
const CALLS: (usize, usize) = (4, 6);

/// Beyond so many sites their number has to be typed.
const FEW: usize = 10;

/// Runs of screens: how many sites are still to come.
#[derive(Default)]
pub(super) struct Runs(HashMap<OperationId, usize>);

impl Machine {
    /// What reading again would do and cost.
    pub(super) fn refresh_question(&self, id: OperationId, sites: &[SiteName]) -> Result<Question, String> {
        let may = |site: &&SiteName| self.may_spend(site, self.known.org_of(site).as_ref());
        let mut sites = sites.to_vec();
        sites.sort();
        sites.dedup();
        let refused = sites.iter().filter(|site| may(site).is_err()).count();
        let first = sites.first().ok_or_else(|| "no site is selected".to_owned())?;
        if refused == sites.len() {
            may(&first)?;
        }
        let mut does = Vec::new();
        let mut by_org: BTreeMap<Option<OrgName>, usize> = BTreeMap::new();
        for site in &sites {
            *by_org.entry(self.known.org_of(site)).or_default() += 1;
        }
        for (org, count) in by_org {
            let usage = org.as_ref().and_then(|org| {
                let usage = self.known.fleet().org(org)?.api_usage.as_ref()?.value.seen().copied()?;
                Some(format!("{}% of its day used", usage.percent()))
            });
            let named = org.map_or_else(|| "an org that is not known".to_owned(), |org| org.to_string());
            let (least, most) = (CALLS.0 * count, CALLS.1 * count);
            let usage = usage.unwrap_or_else(|| "its day's use is not known".to_owned());
            let noun = if count == 1 { "site" } else { "sites" };
            does.push(format!("{count} {noun} of {named}: about {least} to {most} API calls, {usage}."));
        }
        if refused > 0 {
            does.push(format!("{refused} of them are read-only and left alone."));
        }
        let now = self.clock.now();
        let withheld = |site: &&SiteName| refreshable(self.known.fleet(), self.known.settings(), site, now).is_err();
        let withheld = sites.iter().filter(withheld).count();
        if withheld > 0 {
            does.push(format!(
                "{withheld} are not done where their session is over: no refresh is let where tokens may rotate."
            ));
        }
        does.push(format!("{AT_ONCE} at once. An empty answer replaces no list, and one that fails stops no other."));
        let title = match &sites[..] {
            [site] => format!("Refresh topics and fields of {site}"),
            several => format!("Refresh topics and fields of {} sites", several.len()),
        };
        let confirm = if sites.len() > FEW {
            let word = sites.len().to_string();
            Confirmation::Type { word: word.as_str().into(), to: format!("To read {word} sites again").into() }
        } else {
            Confirmation::Yes("read them again".into())
        };
        let preview = Preview::new(title, ActionClass::Write, does, confirm);
        Ok(Question { preview, command: Command::RefreshFields { id, sites } })
    }

    /// Has them read again. What is left of it is kept, for whoever goes on.
    pub(super) async fn refresh_by_screen(&mut self, id: OperationId, sites: Vec<SiteName>) {
        let audit = match self.audit() {
            Ok(audit) => audit,
            Err(why) => return self.not_begun(id, &why),
        };
        let all = sites.clone();
        let begun = self.store.call(move |store| store.begin_batch(Change::RefreshFields.operation(), &all)).await;
        if let Err(error) = begun {
            return self.not_begun(id, &error.to_string());
        }
        let name = format!("{:08x}", fastrand::u32(..));
        self.runs.0.insert(id, sites.len());
        for site in sites {
            let (answer, answered) = oneshot::channel();
            let order = changing::Order {
                id: name.clone(),
                site: site.clone(),
                change: Change::RefreshFields,
                audit: audit.clone(),
                answer,
            };
            self.changing.order(order);
            self.permitting.wait_for(async move { Done::Changed(id, site, answered.await.ok().map(Box::new)) });
        }
    }

    /// Nothing was written, and nothing comes any more.
    fn not_begun(&mut self, id: OperationId, why: &str) {
        self.outlet.tell(Event::ended(id, false, format!("nothing was written: {why}")));
        self.outlet.tell(Event::Finished(id));
    }

    /// Tells the screen what came of a site.
    pub(super) async fn site_changed(&mut self, id: OperationId, site: SiteName, answer: Option<changing::Answer>) {
        let told = match answer {
            Some(changing::Answer { result: Ok(Changed::Fields(refreshed)), unwritten }) => told(&refreshed, unwritten),
            Some(changing::Answer { result: Ok(Changed::Unclear { text }), .. }) => failed(text.as_str()),
            Some(changing::Answer { result: Ok(Changed::Setting(_)), .. }) | None => failed("it was given up"),
            Some(changing::Answer { result: Err(error), .. }) => failed(&error.to_string()),
        };
        if told.good {
            let done = site.clone();
            let kept =
                self.store.call(move |store| store.done_in_batch(Change::RefreshFields.operation(), &done)).await;
            self.told(kept);
        }
        self.outlet.tell(Event::Refreshed(id, site, Box::new(told)));
        if let Some(left) = self.runs.0.get_mut(&id) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.runs.0.remove(&id);
                self.outlet.tell(Event::Finished(id));
            }
        }
    }
}

fn failed(why: &str) -> RefreshTold {
    RefreshTold { result: Clean::new(why), ..RefreshTold::default() }
}

fn told(refreshed: &Refreshed, unwritten: Option<String>) -> RefreshTold {
    let stored = |name: StepName| {
        let step = refreshed.told.steps.iter().find(|step| step.step == name)?;
        step.after.or(step.before)
    };
    let none = ListChanges::default();
    let changes = refreshed.changes.as_ref().unwrap_or(&none);
    let lists = [&changes.fields, &changes.segments, &changes.record_types];
    let well = |outcome: Outcome| matches!(outcome, Outcome::Done);
    let amiss = refreshed.told.steps.iter().find(|step| !well(step.outcome) && step.outcome != Outcome::Skipped);
    let mut result = Vec::new();
    if let Some(step) = amiss {
        result.push(format!("{}: {}, old list kept", step.step, step.text));
    }
    match refreshed.broken.as_slice() {
        [] => {}
        [one] => result.push(format!("breaks {}", broken(one))),
        several => result.push(format!("{} mappings break", several.len())),
    }
    if result.is_empty() && refreshed.changes.as_ref().is_some_and(ListChanges::is_empty) {
        result.push("no change".to_owned());
    }
    result.extend(unwritten);
    let line = |sign: &str, name: &Clean, what: &str| (false, Clean::new(format!("{sign} {name}   {what}")));
    let mut lines: Vec<(bool, Clean)> = refreshed
        .broken
        .iter()
        .map(|one| (true, Clean::new(format!("{}   {}", broken(one), one.by.words()))))
        .collect();
    for (list, what) in lists.iter().zip(["field", "topic", "record type"]) {
        lines.extend(list.added.iter().map(|(id, label)| line("+", id, &format!("new {what}: {label}"))));
        lines.extend(list.removed.iter().map(|(id, label)| line("-", id, &format!("{what} gone: {label}"))));
        lines.extend(list.renamed.iter().map(|(id, was, is)| line("~", id, &format!("{what} renamed: {was} is {is}"))));
    }
    lines.extend(changes.newly_required.iter().map(|name| line("~", name, "required now")));
    lines.extend(changes.newly_read_only.iter().map(|name| line("~", name, "read only now")));
    let turned = changes.newly_required.len() + changes.newly_read_only.len();
    RefreshTold {
        good: well(refreshed.told.outcome),
        topics: stored(StepName::Segments),
        fields: stored(StepName::Fields),
        added: lists.iter().map(|list| list.added.len()).sum(),
        gone: lists.iter().map(|list| list.removed.len()).sum(),
        changed: lists.iter().map(|list| list.renamed.len()).sum::<usize>() + turned,
        result: Clean::new(result.join("; ")),
        lines,
    }
}

fn broken(one: &BrokenMapping) -> String {
    match &one.field {
        Some(field) => format!("{field} ({})", one.crm_field),
        None => one.crm_field.to_string(),
    }
}
