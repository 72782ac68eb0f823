//! Questions before anything is spent or written: asked, answered, left. Time comes in as an argument: a dialog takes no key
//! at first, and Enter counts a while after the last letter.

use crate::model::dry_run::DryRun;
use crate::model::{Clean, Intent};
use crate::protocol::{Command, OperationId, Question};
use crate::ui::action::{Action, Entry, Step};
use crate::ui::effect::Effect;
use crate::ui::keymap::Key;
use crate::ui::overlays;
use crate::ui::state::confirm::{Asks, Confirm, STEPS};
use crate::ui::state::{Notice, Overlay, State};
use crate::ui::update::typing::{self, Typed};
use crate::ui::update::{runs, scroll};
use chrono::{DateTime, Utc};

/// Opens a dialog that waits, and asks the machinery what would be done.
pub(super) fn ask(state: &mut State, intent: Intent, now: DateTime<Utc>) -> Effect {
    state.operations += 1;
    let id = OperationId(state.operations);
    state.overlays.push(Overlay::Confirm(Box::new(Confirm::new(id, intent.clone(), now))));
    Effect::Send(Command::Preview { id, intent })
}

fn top(state: &mut State) -> Option<&mut Confirm> {
    match state.overlays.last_mut() {
        Some(Overlay::Confirm(confirm)) => Some(confirm),
        _ => None,
    }
}

/// Takes what the machinery would do. A dialog that was left meanwhile stays left.
pub(super) fn answered(state: &mut State, id: OperationId, asked: Result<Box<Question>, String>, now: DateTime<Utc>) {
    let Some(confirm) = top(state).filter(|confirm| confirm.id == id && confirm.waits()) else { return };
    match asked {
        Ok(question) => (confirm.question, confirm.since) = (Some(*question), now),
        // What it would do stays to be read.
        Err(why) if confirm.dry_run.is_some() => {
            (confirm.refused, confirm.since) = (Some(Clean::new(why).to_string()), now);
        }
        Err(why) => {
            state.overlays.pop();
            say(state, Clean::new(why).to_string(), true);
        }
    }
}

/// What a site is asked for it now.
pub(super) fn asks(state: &mut State, id: OperationId, what: Clean) {
    if let Some(confirm) = top(state).filter(|confirm| confirm.id == id) {
        confirm.asked.push(what);
    }
}

/// What it would do, line by line. Whether it may be done follows.
pub(super) fn dry_run(state: &mut State, id: OperationId, run: Box<DryRun>) {
    if let Some(confirm) = top(state).filter(|confirm| confirm.id == id && confirm.waits()) {
        confirm.dry_run = Some(run);
    }
}

/// Whether a dry run is what one moves in.
pub(super) fn scrolls(state: &State) -> bool {
    matches!(state.overlays.last(), Some(Overlay::Confirm(confirm)) if confirm.dry_run.is_some())
}

/// Moves in it.
pub(super) fn step(state: &mut State, step: Step) {
    let Some(Overlay::Confirm(confirm)) = state.overlays.last() else { return };
    let last = overlays::dry_run::last_offset(state, confirm);
    if let Some(confirm) = top(state) {
        confirm.offset = scroll(confirm.offset.min(last), step, last);
    }
}

/// Shows what breaks alone, or all of it again.
pub(super) fn only_breaks(state: &mut State) {
    if let Some(confirm) = top(state) {
        confirm.only_breaks ^= true;
        confirm.offset = 0;
    }
}

/// Whether the dialog swallows a key whatever it is: it opened a moment ago, or has nothing to ask yet. One may leave at once,
/// and what works everywhere does.
pub(super) fn swallows(state: &State, key: Key, entry: Option<&Entry>, now: DateTime<Utc>) -> bool {
    let Some(Overlay::Confirm(confirm)) = state.overlays.last() else { return false };
    let everywhere = |entry: &Entry| matches!(entry.action, Action::Quit | Action::Suspend | Action::Repaint);
    let reads = |entry: &Entry| matches!(entry.action, Action::Move(_) | Action::OnlyBreaks);
    let free = |entry: &Entry| everywhere(entry) || (confirm.dry_run.is_some() && reads(entry));
    !confirm.is_awake(now) && key != Key::Esc && !entry.is_some_and(free)
}

/// Does what was asked, if it is meant.
pub(super) fn confirm(state: &mut State, now: DateTime<Utc>) -> Option<Effect> {
    let whole = overlays::confirm::fits(state);
    let confirm = top(state)?;
    if !whole {
        say(state, "not all of it can be read here: enlarge the terminal".to_owned(), true);
        return None;
    }
    let meant = !confirm.steps
        && confirm.is_awake(now)
        && match confirm.asks() {
            Asks::Nothing => false,
            Asks::Key => true,
            Asks::Word => confirm.matches() && confirm.is_settled(now),
        };
    if !meant {
        return None;
    }
    let question = confirm.question.take()?;
    let (id, intent) = (confirm.id, confirm.intent.clone());
    state.overlays.pop();
    taken(state, id, &intent);
    say(state, format!("{}: under way", question.preview.title), false);
    runs::begin(state, &question.command, now);
    Some(Effect::Send(question.command))
}

/// From the steps back to the question, which takes no key at first.
pub(super) fn leave_steps(state: &mut State, now: DateTime<Utc>) {
    if let Some(confirm) = top(state) {
        (confirm.steps, confirm.since) = (false, now);
    }
}

/// Leaves, and nothing was sent. A site that is being asked for it is asked nothing more.
pub(super) fn decline(state: &mut State) -> Option<Effect> {
    let confirm = top(state)?;
    let asked = confirm.waits() && matches!(confirm.intent, Intent::ObjectType(..) | Intent::SegmentType(..));
    let leave = asked.then_some(Effect::Send(Command::Leave(confirm.id)));
    state.overlays.pop();
    leave
}

/// What becomes of dialogs whose safer step was taken: one that it goes before waits for its end, and one in whose place it is
/// done is left.
fn taken(state: &mut State, id: OperationId, step: &Intent) {
    while let Some(under) = top(state) {
        if under.comes_after(step) {
            return under.wait_for(id);
        }
        state.overlays.pop();
    }
}

/// A step is over, or was not taken by anybody: a dialog that waited for it is asked anew.
pub(super) fn over(state: &mut State, step: OperationId) -> Option<Effect> {
    let next = OperationId(state.operations + 1);
    let confirm = top(state).filter(|confirm| confirm.after == Some(step))?;
    (confirm.id, confirm.after) = (next, None);
    let intent = confirm.intent.clone();
    state.operations = next.0;
    Some(Effect::Send(Command::Preview { id: next, intent }))
}

/// A key that is no action of the table: a letter of the word, or a safer step.
pub(super) fn edit(state: &mut State, key: Key, now: DateTime<Utc>) -> Option<Effect> {
    let confirm = top(state)?;
    if key == Key::Char(STEPS) && confirm.has_steps_key() {
        confirm.steps = true;
        return None;
    }
    if let Key::Char(letter) = key
        && let Some(intent) = confirm.safer_step(letter).cloned()
    {
        return Some(ask(state, intent, now));
    }
    if confirm.asks() == Asks::Word && typing::edit(&mut confirm.typed, key) == Typed::Taken {
        confirm.last_letter = Some(now);
    }
    None
}

/// What was pasted was not thought of: it is left out, and that is said.
pub(super) fn paste(state: &mut State) {
    let Some(asks) = top(state).map(|confirm| confirm.asks()) else { return };
    let told = match asks {
        Asks::Word => "pasted text counts for nothing here: type it",
        Asks::Key | Asks::Nothing => "pasted text counts for nothing here",
    };
    say(state, told.to_owned(), true);
}

/// Nobody took the question, or the order.
pub(super) fn unsent(state: &mut State, id: OperationId) {
    if top(state).is_some_and(|confirm| confirm.id == id && confirm.waits()) {
        state.overlays.pop();
    }
}

fn say(state: &mut State, text: String, warning: bool) {
    state.notice = Some(Notice { text, warning });
}
