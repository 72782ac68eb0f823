//! `[hook]`: a program, a time limit, and what it is told of.

use super::super::document::HookTable;
use super::super::error::{Fault, Faults};
use super::super::{HOOK_TIMEOUT, HookConfig};
use super::{command, span};
use crate::model::{Clean, Health, nearest};
use std::time::Duration;
use strum::IntoEnumIterator;
use toml::Spanned;

/// The longest that a hook may be given: `poll` waits for it.
const LONGEST: Duration = Duration::from_secs(3600);

pub(super) fn hook(table: HookTable, faults: &mut Faults) -> Option<HookConfig> {
    let command = faults.note(program(table.command));
    let timeout = table.timeout.map_or(Ok(HOOK_TIMEOUT), |timeout| limit(&timeout));
    let timeout = faults.note(timeout);
    let on = table.on.map_or_else(Vec::new, |words| healths(&words, faults));
    Some(HookConfig { command: command?, timeout: timeout?, on })
}

fn program(words: Spanned<Vec<String>>) -> Result<Vec<String>, Fault> {
    let place = words.span();
    let command = command(words, "[\"/usr/local/bin/page-us\", \"--team\", \"web\"]")?;
    // A service, a cron job and a shell each stand in another folder.
    if command.first().is_some_and(|program| program.contains('/') && !program.starts_with('/')) {
        let what = "a program is named by its path from the root, or by a name that PATH finds";
        return Err(Fault::new(place, what, "begin it with \"/\""));
    }
    Ok(command)
}

fn limit(timeout: &Spanned<String>) -> Result<Duration, Fault> {
    let limit = span(Some(timeout), Duration::from_secs(1))?.unwrap_or(HOOK_TIMEOUT);
    if limit > LONGEST {
        let what = format!("{:?} is too long", timeout.get_ref());
        return Err(Fault::new(timeout.span(), what, "at least 1s and at most 1h are admitted"));
    }
    Ok(limit)
}

fn healths(words: &Spanned<Vec<Spanned<String>>>, faults: &mut Faults) -> Vec<Health> {
    if words.get_ref().is_empty() {
        let advice = "name healths, or leave \"on\" out for all";
        faults.push(Fault::new(words.span(), "a hook that is told of nothing", advice));
    }
    words.get_ref().iter().filter_map(|word| faults.note(health(word))).collect()
}

fn health(word: &Spanned<String>) -> Result<Health, Fault> {
    let text = word.get_ref();
    if let Ok(health) = text.to_uppercase().parse() {
        return Ok(health);
    }
    let known: Vec<String> = Health::iter().map(|health| health.to_string().to_lowercase()).collect();
    let advice = match nearest(text, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => format!("they are {}", known.join(", ")),
    };
    Err(Fault::new(word.span(), format!("no health is named {:?}", Clean::new(text).as_str()), advice))
}
