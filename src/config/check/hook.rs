//! `[hook]`: a program, a time limit, and what it is told of.

use super::super::document::HookTable;
use super::super::error::Fault;
use super::super::{HOOK_TIMEOUT, HookConfig};
use super::{command, needed, span};
use crate::model::{Clean, Health, nearest};
use std::time::Duration;
use strum::IntoEnumIterator;
use toml::Spanned;

/// The longest that a hook may be given: `poll` waits for it.
const LONGEST: Duration = Duration::from_secs(3600);

pub(super) fn hook(table: Spanned<HookTable>) -> Result<HookConfig, Fault> {
    let at = table.span();
    let HookTable { command: words, timeout, on } = table.into_inner();
    let words = needed(words, &at, "[hook]", "command")?;
    let place = words.span();
    let command = command(words, "[\"/usr/local/bin/page-us\", \"--team\", \"web\"]")?;
    // A service, a cron job and a shell each stand in another folder.
    if command.first().is_some_and(|program| program.contains('/') && !program.starts_with('/')) {
        let what = "a program is named by its path from the root, or by a name that PATH finds";
        return Err(Fault::new(place, what, "begin it with \"/\""));
    }
    let limit = span(timeout.as_ref(), Duration::from_secs(1))?.unwrap_or(HOOK_TIMEOUT);
    if let Some(timeout) = timeout.filter(|_| limit > LONGEST) {
        let what = format!("{:?} is too long", timeout.get_ref());
        return Err(Fault::new(timeout.span(), what, "at least 1s and at most 1h are admitted"));
    }
    Ok(HookConfig { command, timeout: limit, on: on.map_or(Ok(Vec::new()), healths)? })
}

fn healths(words: Spanned<Vec<Spanned<String>>>) -> Result<Vec<Health>, Fault> {
    if words.get_ref().is_empty() {
        return Err(Fault::new(
            words.span(),
            "a hook that is told of nothing",
            "name healths, or leave \"on\" out for all",
        ));
    }
    words.into_inner().iter().map(health).collect()
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
