//! What `import` says: a line for each site with a sign in front, or one document.

use super::{Args, Exit, Report};
use crate::config::import::{Change, Format, Item, Plan, What};
use crate::config::{Reach, SiteConfig};
use crate::model::{Clean, SecretRef, SiteName};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// No name makes the column of names wider.
const WIDEST_NAME: usize = 40;

pub(super) fn report(plan: &Plan, args: &Args, origin: &str, file: &Path, format: Format) -> Report {
    let of = |wanted: fn(&What) -> bool| plan.items.iter().filter(move |item| wanted(&item.what));
    let added: Vec<&Item> = of(|what| matches!(what, What::Add(_))).collect();
    let changed: Vec<&Item> = of(|what| matches!(what, What::Change { .. })).collect();
    let equal: Vec<&Item> = of(|what| matches!(what, What::Equal)).collect();
    let left_out: Vec<&Item> = of(|what| matches!(what, What::LeaveOut { .. })).collect();
    let written =
        !args.dry_run && !(added.is_empty() && plan.removed.is_empty() && (changed.is_empty() || !args.update));
    let result = json!({
        "file": file,
        "source": origin,
        "format": format.to_string(),
        "dry_run": args.dry_run,
        "written": written,
        "added": documents(&added),
        "changed": documents(&changed),
        "updated": args.update,
        "equal": documents(&equal),
        "left_out": documents(&left_out),
        "removed": plan.removed,
    });
    let mut report = Report::done(result, text(plan, origin));
    report.warnings.extend(plan.notes.iter().cloned());
    report.warnings.extend(passwords(plan, file));
    let stays = if args.update { 0 } else { changed.len() };
    let counts = [
        (added.len(), if args.dry_run { "would be added" } else { "added" }),
        (changed.len() - stays, if args.dry_run { "would be changed" } else { "changed" }),
        (stays, if stays == 1 { "differs and stays, without --update" } else { "differ and stay, without --update" }),
        (equal.len(), "the same"),
        (left_out.len(), "left out"),
        (plan.removed.len(), if args.dry_run { "would be removed" } else { "removed" }),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let counts = if counts.is_empty() { format!("{origin} names no site") } else { counts.join(", ") };
    let end = match (args.dry_run, written) {
        (true, _) => "; nothing is written".to_owned(),
        (false, true) => format!("; written to {}", file.display()),
        (false, false) => "; nothing changes".to_owned(),
    };
    if !left_out.is_empty() || stays > 0 {
        report.exit = Exit::PartlyDone;
    }
    report.message = Some(format!("{counts}{end}"));
    report
}

fn text(plan: &Plan, origin: &str) -> String {
    let names = plan.items.iter().map(|item| item.name.as_str()).chain(plan.removed.iter().map(SiteName::as_str));
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0).min(WIDEST_NAME);
    let mut text = String::new();
    for item in &plan.items {
        let (sign, words) = match &item.what {
            What::Add(site) => ('+', way(site)),
            What::Change { changes, .. } => ('~', changes.iter().map(words).collect::<Vec<_>>().join("; ")),
            What::Equal => ('=', String::new()),
            What::LeaveOut { reason, advice } => ('!', format!("{origin}:{}: {reason} ({advice})", item.line)),
        };
        let line = format!("{sign} {:width$}  {words}", item.name);
        let _ = writeln!(text, "{}", clean(line.trim_end()));
    }
    for name in &plan.removed {
        let _ = writeln!(text, "- {name}");
    }
    text
}

fn words(change: &Change) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    format!("{} {} -> {}", change.key, shown(&change.from), shown(&change.to))
}

fn way(site: &SiteConfig) -> String {
    let way = match &site.reach {
        Reach::Rest { user, .. } => format!("REST as {user}"),
        Reach::Local { path, .. } => path.display().to_string(),
        Reach::Ssh { host, port: Some(port), path, .. } => format!("{host}:{port} {path}"),
        Reach::Ssh { host, port: None, path, .. } => format!("{host} {path}"),
    };
    let org = site.org.as_ref().map(|org| format!(", org {org}")).unwrap_or_default();
    let staging = if site.staging { ", staging" } else { "" };
    format!("{}  {way}{org}{staging}", site.shown_url())
}

/// Where passwords are still to be put, of those that the store is named for.
fn passwords(plan: &Plan, file: &Path) -> Option<String> {
    let stored = plan.items.iter().filter(|item| match &item.what {
        What::Add(site) => matches!(&site.reach, Reach::Rest { password: SecretRef::Store(_), .. }),
        _ => false,
    });
    let count = stored.count();
    let secrets = file.with_file_name(crate::secrets::FILE);
    let sites = if count == 1 { "1 new site".to_owned() } else { format!("{count} new sites") };
    (count > 0).then(|| format!("the Application Password of {sites} goes into {} (mode 0600)", secrets.display()))
}

fn documents(items: &[&Item]) -> Vec<Value> {
    items.iter().map(|item| document(item)).collect()
}

fn document(item: &Item) -> Value {
    let mut document = json!({ "name": clean(&item.name), "line": item.line });
    let more = match &item.what {
        What::Add(site) => {
            json!({ "url": site.shown_url(), "reach": reach_word(site), "org": site.org, "staging": site.staging })
        }
        What::Change { changes, .. } => {
            let change = |change: &Change| json!({ "key": change.key, "from": change.from, "to": change.to });
            json!({ "changes": changes.iter().map(change).collect::<Vec<_>>() })
        }
        What::Equal => json!({}),
        What::LeaveOut { reason, advice } => json!({ "reason": clean(reason), "advice": clean(advice) }),
    };
    if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
        document.extend(more);
    }
    document
}

fn reach_word(site: &SiteConfig) -> &'static str {
    match site.reach {
        Reach::Rest { .. } => "rest",
        Reach::Local { .. } => "local",
        Reach::Ssh { .. } => "ssh",
    }
}

fn clean(text: &str) -> Clean {
    Clean::new(text)
}
