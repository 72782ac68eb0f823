//! Sites that prove themselves now: one call each with the session they have, refresh withheld.

use crate::model::{ProveOutcome, SiteName};
use crate::protocol::{Command, OperationId};
use crate::ui::action::Context;
use crate::ui::effect::Effect;
use crate::ui::state::{Notice, State};

/// The marked sites where one is at the list; else the one in question.
pub(super) fn prove(state: &mut State) -> Option<Effect> {
    let marked = &state.sites().marked;
    let names: Vec<SiteName> = if state.place() == Context::Sites && !marked.is_empty() {
        marked.iter().cloned().collect()
    } else {
        vec![state.subject()?.name.clone()]
    };
    Some(prove_these(state, names))
}

/// Orders it.
pub(super) fn prove_these(state: &mut State, sites: Vec<SiteName>) -> Effect {
    let text = match sites.as_slice() {
        [name] => format!("{name} proves itself now"),
        names => format!("{} sites prove themselves now", names.len()),
    };
    state.notice = Some(Notice { text, warning: false });
    state.operations += 1;
    Effect::Send(Command::Prove { id: OperationId(state.operations), sites })
}

/// How that ended at one site.
pub(super) fn proved(site: &SiteName, outcome: &Result<ProveOutcome, String>) -> Notice {
    let (told, warning) = match outcome {
        Ok(ProveOutcome::Good) => ("proved: Salesforce answered it".to_owned(), false),
        Ok(ProveOutcome::Withheld) => ("its session had expired, and no refresh was spent".to_owned(), false),
        Ok(ProveOutcome::Refused { text }) => (format!("Salesforce refused it: {text}"), true),
        Ok(ProveOutcome::Failed { text }) => (format!("its call came to nothing: {text}"), true),
        Err(why) => (crate::model::Clean::new(why).to_string(), true),
    };
    Notice { text: format!("{site}: {told}"), warning }
}
