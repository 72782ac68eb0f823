//! The page of an authorization that is watched: opening it, its link and what is handed over, stopping.

use crate::model::{Clean, Watching};
use crate::protocol::{Command, OperationId, Pasted};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::state::{Code, Notice, Screen, State, WatchPage};

/// Takes a standing. The first one of what this screen asked for opens its page; one that another process left is told of.
pub(super) fn take(state: &mut State, id: OperationId, watching: Watching) {
    let site = watching.authorization.site.clone();
    if !state.put_watch(id, watching) {
        return;
    }
    if id.0 <= state.operations {
        (state.notice, state.link) = (None, None);
        state.screens.opened.push(Screen::Watch(WatchPage { id, code: Code::Hidden }));
    } else {
        let text = format!("{site} is still being authorized: :watching shows how it stands");
        say(state, text, false);
    }
}

/// Does what its keys ask for.
pub(super) fn act(state: &mut State, action: Action) -> Option<Effect> {
    match action {
        Action::StopWatching => return stop(state),
        Action::CopyLink => return copy_link(state),
        Action::CopyMessage => return copy_message(state),
        Action::Watching => show(state),
        Action::Code => turn_code(state),
        _ => {}
    }
    None
}

/// Hands on the address that a person's browser ended at, and keeps nothing of it: there may be a code in it.
pub(super) fn paste(state: &mut State, text: String) -> Option<Effect> {
    let id = state.watch_page().filter(|_| state.context() == Context::Watch)?.id;
    let watching = state.watch()?;
    let site = watching.authorization.site.clone();
    if watching.standing.ending.is_some() {
        say(state, "nothing was done with the address: that one is over".to_owned(), true);
        return None;
    }
    state.operations += 1;
    let (watch, id) = (id, OperationId(state.operations));
    Some(Effect::Send(Command::Pasted { id, watch, site, address: Pasted::new(text) }))
}

/// Opens the one that was begun last.
fn show(state: &mut State) {
    let Some((id, _)) = state.watches.last() else { return };
    let id = *id;
    if state.watch_page().is_none_or(|open| open.id != id) {
        state.screens.opened.push(Screen::Watch(WatchPage { id, code: Code::Hidden }));
    }
}

/// Stops watching the one that is shown.
fn stop(state: &State) -> Option<Effect> {
    Some(Effect::Send(Command::StopWatching(state.watch_page()?.id)))
}

/// Shows its link as a QR code, then with dark and light swapped, then not any more.
fn turn_code(state: &mut State) {
    if let Some(Screen::Watch(page)) = state.screens.opened.last_mut() {
        page.code = page.code.next();
    }
}

/// Copies its link.
fn copy_link(state: &mut State) -> Option<Effect> {
    let link = state.watch()?.standing.link.clone();
    let Some(link) = link else {
        say(state, "the site was not asked for its link yet".to_owned(), true);
        return None;
    };
    say(state, format!("copied the link, {} bytes. Not there? The terminal must admit OSC 52.", link.len()), false);
    Some(Effect::Copy(Clean::new(link).to_string()))
}

/// Copies what to hand over: the link, and as whom to sign in.
fn copy_message(state: &mut State) -> Option<Effect> {
    let watching = state.watch()?.clone();
    let Some(link) = watching.standing.link.clone() else {
        say(state, "the site was not asked for its link yet".to_owned(), true);
        return None;
    };
    let lines = message(&watching, &link);
    let lines: Vec<String> = lines.iter().map(|line| Clean::new(line).to_string()).collect();
    say(state, "copied the message. Not there? The terminal must admit OSC 52.".to_owned(), false);
    Some(Effect::Copy(lines.join("\n")))
}

fn message(watching: &Watching, link: &str) -> [String; 4] {
    let of = &watching.authorization;
    let (kind, host) = match watching.sandbox {
        Some(true) => ("the sandbox", " (test.salesforce.com)"),
        Some(false) => ("production", " (login.salesforce.com)"),
        None => ("its Salesforce org", ""),
    };
    [
        format!("Please connect {} to Salesforce again:", of.site),
        link.to_owned(),
        format!("Open it in a browser that is signed in to {} as an administrator.", of.site),
        format!("Sign in to Salesforce, {kind}{host}, as {}. Any other user is the wrong one.", of.user_name),
    ]
}

fn say(state: &mut State, text: String, warning: bool) {
    state.notice = Some(Notice { text, warning });
}
