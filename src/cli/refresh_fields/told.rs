//! What `refresh-fields` says: before, while it runs, and at the end.

use crate::backend::ChangedAnswer;
use crate::cli::known::Known;
use crate::cli::report::{Report, talk};
use crate::cli::style::Style;
use crate::cli::writing::{advice, broken, changes, differences, exit, steps, tokens, why, word};
use crate::cli::{Exit, table};
use crate::diagnosis::{refreshable, usage_of};
use crate::model::site_change::{Outcome, Step, StepName};
use crate::model::{Health, OrgName, SiteName};
use crate::operations::change::{AT_ONCE, Changed, Refreshed};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Calls that one site makes, least and most: a test, and one for each list, of which topics may take two.
const CALLS: (usize, usize) = (4, 6);

/// Sites that are named one by one where each has the same to be said.
const NAMED: usize = 3;

type Ended = (SiteName, ChangedAnswer);

/// What it will do and cost.
pub(super) fn preview(sites: &[SiteName], known: &Known) {
    let many = |count: usize| if count == 1 { "1 site".to_owned() } else { format!("{count} sites") };
    talk(&format!("refresh-fields: of the class write, {}", many(sites.len())));
    let mut by_org: BTreeMap<Option<OrgName>, usize> = BTreeMap::new();
    for site in sites {
        *by_org.entry(known.reading.org_of(site)).or_default() += 1;
    }
    for (org, count) in by_org {
        let calls = format!("about {} to {} API calls", CALLS.0 * count, CALLS.1 * count);
        let named = org.as_ref().map_or_else(|| "an org that is not known".to_owned(), |org| format!("org {org}"));
        let used = match org.as_ref().and_then(|org| usage_of(known.reading.fleet(), org)) {
            Some(usage) => format!("{}% of its {} a day are used", usage.percent(), usage.max),
            None => "how many of its day are used is not known".to_owned(),
        };
        talk(&format!("  {} of {named}: {calls}; {used}", many(count)));
    }
    let (settings, fleet) = (known.reading.settings(), known.reading.fleet());
    let mut withheld: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for site in sites {
        if let Err(why) = refreshable(fleet, settings, site, known.now) {
            withheld.entry(why).or_default().push(site.as_str());
        }
    }
    match sites.len() - withheld.values().map(Vec::len).sum::<usize>() {
        0 => {}
        let_to => talk(&format!("  where the session is over, the token of {} is refreshed once", many(let_to))),
    }
    for (why, sites) in withheld {
        let more = sites.len().saturating_sub(NAMED);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let named = sites.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        talk(&format!("  where the session is over, nothing is done on {named}{more}: no refresh is let, for {why}"));
    }
    talk(&format!("  {AT_ONCE} at once; one that fails stops no other, and an empty answer replaces no list"));
}

/// One line when a site is over.
pub(super) fn progress(number: usize, count: usize, site: &SiteName, answer: &ChangedAnswer) -> String {
    format!(
        "{number:>width$}/{count}  {:<13}  {site}  {}",
        word(answer),
        result(answer),
        width = count.to_string().len()
    )
    .trim_end()
    .to_owned()
}

/// What came of it, in a few words.
fn result(answer: &ChangedAnswer) -> String {
    let Ok(Changed::Fields(told)) = &answer.result else { return why(answer).unwrap_or_default() };
    if told.told.outcome == Outcome::Withheld {
        // Why no refresh is let was said before, and --json says it again.
        return "its session is over, and no refresh is let".to_owned();
    }
    let mut parts = Vec::new();
    let kept: Vec<String> = kept(told).map(|step| step.step.to_string()).collect();
    if !kept.is_empty() {
        parts.push(format!("old lists kept: {}", kept.join(", ")));
    }
    match told.broken.as_slice() {
        [] => {}
        [one] => parts.push(format!("breaks {}", broken(one))),
        several => parts.push(format!("{} mappings break", several.len())),
    }
    if let Some(changes) = &told.changes
        && parts.is_empty()
        && changes.is_empty()
        && told.told.outcome == Outcome::Done
    {
        parts.push("no change".to_owned());
    }
    parts.extend(why(answer));
    parts.join("; ")
}

/// The steps after which a list is still what it was, though the step had its turn; a list that was empty is not missed.
fn kept(refreshed: &Refreshed) -> impl Iterator<Item = &Step> {
    let lists = refreshed.told.steps.iter().filter(|step| step.step != StepName::Connect);
    let none = |step: &Step| step.outcome == Outcome::Kept && step.before.is_none_or(|rows| rows == 0);
    lists.filter(move |step| !matches!(step.outcome, Outcome::Done | Outcome::Skipped) && !none(step))
}

pub(super) fn report(
    ended: &[Ended],
    left: &[SiteName],
    operation: Option<&str>,
    known: &Known,
    style: Style,
) -> Report {
    let mut failed: Vec<&SiteName> =
        ended.iter().filter(|(_, answer)| exit(answer) != Exit::Done).map(|(site, _)| site).collect();
    failed.sort();
    let done = ended.len() - failed.len();
    let mut sorted: Vec<&Ended> = ended.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let sites: Vec<Value> = sorted.iter().map(|(site, answer)| document(site, answer, known)).collect();
    let result = json!({"operation": operation, "sites": sites, "done": done, "failed": failed, "left": left});
    let mut report = Report::done(result, text(&sorted, style));
    let mut exits = ended.iter().map(|(_, answer)| exit(answer));
    let first = exits.next().unwrap_or(Exit::Done);
    report.exit = if left.is_empty() && exits.all(|exit| exit == first) { first } else { Exit::PartlyDone };
    if done < ended.len() + left.len() {
        let all = ended.len() + left.len();
        let names: Vec<String> = failed.iter().map(ToString::to_string).collect();
        let failed = if names.is_empty() { String::new() } else { format!("; not done: {}", names.join(", ")) };
        let not_reached = if left.is_empty() { String::new() } else { format!("; not come to: {}", left.len()) };
        report.message = Some(format!(
            "{done} of {all} done{failed}{not_reached}. fusebox refresh-fields --again does those that are left"
        ));
    }
    let mut advised: BTreeMap<String, usize> = BTreeMap::new();
    for advice in sorted.iter().filter_map(|(site, answer)| advice(answer, sorted.len().eq(&1).then_some(site))) {
        *advised.entry(advice).or_default() += 1;
    }
    report.warnings.extend(advised.into_iter().map(|(advice, sites)| match sites {
        1 => advice,
        sites => format!("{sites} sites: {advice}"),
    }));
    report.warnings.extend(ended.iter().filter_map(|(_, answer)| answer.unwritten.clone()).take(1));
    report
}

fn document(site: &SiteName, answer: &ChangedAnswer, known: &Known) -> Value {
    let refreshed = match &answer.result {
        Ok(Changed::Fields(refreshed)) => Some(refreshed),
        _ => None,
    };
    json!({
        "name": site, "org": known.reading.org_of(site), "outcome": word(answer), "text": why(answer), "tokens": tokens(answer),
        "steps": refreshed.map_or_else(|| json!([]), |refreshed| steps(&refreshed.told.steps)),
        "changes": refreshed.and_then(|refreshed| refreshed.changes.as_ref()).map(changes),
        "broken": refreshed.map(|refreshed| refreshed.broken.clone()).unwrap_or_default(),
        "kept": refreshed.into_iter().flat_map(|refreshed| kept(refreshed)).map(|step| step.step).collect::<Vec<_>>(),
    })
}

/// As on the screen, without the time that each took.
const HEADER: [&str; 8] = ["STATE", "SITE", "SEGMENTS", "FIELDS", "NEW", "GONE", "CHANGED", "RESULT"];

fn text(ended: &[&Ended], style: Style) -> String {
    if ended.is_empty() {
        return String::new();
    }
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    rows.extend(ended.iter().map(|(site, answer)| row(site, answer)));
    let health = |row: usize| match ended.get(row).map(|(_, answer)| exit(answer)) {
        Some(Exit::Done) | None => Health::Ok,
        Some(Exit::PartlyDone | Exit::TryLater) => Health::Warn,
        Some(_) => Health::Fail,
    };
    let mut text = table::lay_out(&rows, style.room(), |number, column, cell| match (number.checked_sub(1), column) {
        (Some(row), 0) => style.health(health(row), &cell),
        _ => cell,
    });
    // Of one site everything; of several --json has it.
    if let [(_, ChangedAnswer { result: Ok(Changed::Fields(refreshed)), .. })] = ended {
        for line in differences(refreshed) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

fn row(site: &SiteName, answer: &ChangedAnswer) -> Vec<String> {
    let refreshed = match &answer.result {
        Ok(Changed::Fields(refreshed)) => Some(refreshed.as_ref()),
        _ => None,
    };
    let stored = |name: StepName| {
        let step = refreshed.and_then(|refreshed| refreshed.told.steps.iter().find(|step| step.step == name));
        step.and_then(|step| step.after).map_or_else(|| "?".to_owned(), |rows| rows.to_string())
    };
    let fields = refreshed.and_then(|refreshed| refreshed.changes.as_ref());
    let changed = |count: Option<usize>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
    let turned = fields.map(|changes| {
        let turned =
            [&changes.newly_required, &changes.no_longer_required, &changes.newly_read_only, &changes.newly_writable];
        changes.fields.renamed.len() + turned.iter().map(|names| names.len()).sum::<usize>()
    });
    vec![
        word(answer),
        site.to_string(),
        stored(StepName::Segments),
        stored(StepName::Fields),
        changed(fields.map(|changes| changes.fields.added.len())),
        changed(fields.map(|changes| changes.fields.removed.len())),
        changed(turned),
        result(answer),
    ]
}
