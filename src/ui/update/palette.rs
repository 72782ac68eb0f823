//! The command palette: typed, completed, walked through what was given before, run.
//!
//! What a line means stands in `read`; an action is performed as if its key had been pressed.

mod read;
#[cfg(test)]
mod tests;

use crate::model::{Intent, Query, SiteRow};
use crate::ui::action::{Action, Argument, Entry};
use crate::ui::effect::Effect;
use crate::ui::keymap::Key;
use crate::ui::state::palette::{self, Given, Item, Palette};
use crate::ui::state::{Overlay, State};
use crate::ui::update::typing::{self, Typed};
use crate::ui::update::{act, choose, confirm, copy, fields, filter, prove, site, sites};
use chrono::{DateTime, Utc};
use read::Meant;
use tui_input::Input;

/// How many earlier lines are kept.
const MOST: usize = 100;

/// From so many letters on a word is also looked for in what commands say of themselves.
const TELLING: usize = 3;

/// Does what its keys ask for, but run it.
pub(super) fn pressed(state: &mut State, action: Action, now: DateTime<Utc>) {
    match action {
        Action::Palette => open(state, now),
        Action::Complete => complete(state, now),
        Action::Earlier => up(state, now),
        Action::Later => down(state, now),
        _ => {}
    }
}

pub(super) fn open(state: &mut State, now: DateTime<Utc>) {
    state.overlays.push(Overlay::Palette(Box::default()));
    refresh(state, now);
}

fn top(state: &mut State) -> Option<&mut Palette> {
    match state.overlays.last_mut() {
        Some(Overlay::Palette(palette)) => Some(palette),
        _ => None,
    }
}

pub(super) fn edit(state: &mut State, key: Key, now: DateTime<Utc>) {
    let Some(palette) = top(state) else { return };
    match typing::edit(&mut palette.input, key) {
        Typed::Taken => changed(state, None, now),
        Typed::Leaves => {
            state.overlays.pop();
        }
        Typed::Foreign => {}
    }
}

pub(super) fn paste(state: &mut State, text: &str, now: DateTime<Utc>) {
    if let Some(palette) = top(state) {
        typing::paste(&mut palette.input, text);
        changed(state, None, now);
    }
}

/// Goes one line back in the list; with nothing typed, or an earlier line as it was, one command back in time.
fn up(state: &mut State, now: DateTime<Utc>) {
    let lately = state.lately.len();
    let Some(palette) = top(state) else { return };
    if palette.picked {
        palette.picked = palette.place > 0;
        palette.place = palette.place.saturating_sub(1);
    } else if palette.walk.is_some() || palette.input.value().is_empty() {
        let before = palette.walk.map_or(0, |walk| walk + 1);
        if before < lately {
            recall(state, Some(before), now);
        }
    }
}

/// Goes one line on in the list; from an earlier command, one forth in time.
fn down(state: &mut State, now: DateTime<Utc>) {
    let Some(palette) = top(state) else { return };
    if let Some(walk) = palette.walk.filter(|_| !palette.picked) {
        recall(state, walk.checked_sub(1), now);
    } else if !palette.items.is_empty() {
        let next = palette.place + usize::from(palette.selected().is_some());
        palette.place = next.min(palette.items.len() - 1);
        palette.picked = true;
    }
}

/// Puts an earlier line into the input, or none.
fn recall(state: &mut State, walk: Option<usize>, now: DateTime<Utc>) {
    let line = walk.and_then(|walk| state.lately.get(walk)).map(|given| given.line.clone());
    if let Some(palette) = top(state) {
        palette.input = Input::new(line.unwrap_or_default());
        changed(state, walk, now);
    }
}

/// Takes the selected item into the line.
fn complete(state: &mut State, now: DateTime<Utc>) {
    let Some(palette) = top(state) else { return };
    let Some(item) = palette.selected() else { return };
    let line = match item {
        Item::Command(entry) if entry.argument == Argument::None => item.text(),
        Item::Command(_) => format!("{} ", item.text()),
        Item::Choice(_) | Item::Site(_) => format!("{} {}", palette.parts().0, item.text()),
    };
    palette.input = Input::new(line);
    changed(state, None, now);
}

/// Runs the line. One that means nothing stays, with what is wrong.
pub(super) fn run(state: &mut State, now: DateTime<Utc>, effects: &mut Vec<Effect>) {
    if top(state).is_some_and(|palette| palette.picked) {
        complete(state, now);
    }
    let Some(palette) = top(state) else { return };
    let line = palette.input.value().trim().trim_start_matches(':').trim().to_owned();
    if line.is_empty() {
        state.overlays.pop();
        return;
    }
    match read::read(state, &line) {
        Ok(meant) => {
            remember(state, line, now);
            state.overlays.pop();
            perform(state, meant, now, effects);
        }
        Err(wrong) => {
            if let Some(palette) = top(state) {
                palette.wrong = Some(wrong);
            }
        }
    }
}

fn perform(state: &mut State, meant: Meant, now: DateTime<Utc>, effects: &mut Vec<Effect>) {
    match meant {
        Meant::Do(action) => act(state, action, now, effects),
        Meant::Open(name) => site::open_named(state, name, now),
        Meant::Fields(name) => effects.push(fields::open_named(state, name)),
        Meant::Look(name) => effects.push(site::look_at(state, name)),
        Meant::RefreshFields(name) => effects.push(confirm::ask(state, Intent::RefreshFields(vec![name]), now)),
        Meant::Choose(name, setting) => effects.push(choose::open(state, name, setting, now)),
        Meant::Revoke(named) => effects.push(confirm::ask(state, Intent::Revoke(named), now)),
        Meant::Reauthorize(name) => effects.push(confirm::ask(state, Intent::Authorize(name, None), now)),
        Meant::KeepWarm(name) => effects.push(confirm::ask(state, Intent::KeepWarm(name), now)),
        Meant::Identify(name) => effects.push(confirm::ask(state, Intent::Identify(name), now)),
        Meant::Prove(name) => effects.push(prove::prove_these(state, vec![name])),
        Meant::Narrow(text) => {
            state.screens.opened.clear();
            // It was read before.
            let _ = filter::set(state, &text, now);
        }
        Meant::Sort(order) => sites::sort_by(state, order, now),
        Meant::Copy(what) => effects.extend(copy::copy(state, what, now)),
    }
}

fn remember(state: &mut State, line: String, at: DateTime<Utc>) {
    state.lately.retain(|given| given.line != line);
    state.lately.insert(0, Given { line, at });
    state.lately.truncate(MOST);
}

fn changed(state: &mut State, walk: Option<usize>, now: DateTime<Utc>) {
    if let Some(palette) = top(state) {
        (palette.walk, palette.wrong, palette.picked, palette.place) = (walk, None, false, 0);
    }
    refresh(state, now);
}

/// Looks up anew what completes the line. The item that was moved to stays, wherever it stands now.
pub(super) fn refresh(state: &mut State, now: DateTime<Utc>) {
    let Some(Overlay::Palette(palette)) = state.overlays.last() else { return };
    let (word, argument) = palette.parts();
    let place = state.place();
    let chosen = palette.selected().filter(|_| palette.picked).map(Item::text);
    let mut told = None;
    let items: Vec<Item> = match (argument, palette::named(place, word)) {
        (None, _) => beginning(state, word),
        (Some(_), Err(_)) => Vec::new(),
        (Some(rest), Ok(entry)) => match entry.argument {
            Argument::Site => called(state, rest),
            Argument::Query => {
                told = Some(answered(state, rest, now));
                Vec::new()
            }
            Argument::Approval => {
                told = Some("the first eight digits of its id, as the page of its user shows it".to_owned());
                Vec::new()
            }
            Argument::Order | Argument::What | Argument::None => {
                let rest = rest.to_lowercase();
                let choices = palette::choices(entry.argument).map(Item::Choice);
                choices.filter(|choice| choice.text().starts_with(&rest)).collect()
            }
        },
    };
    let found = chosen.and_then(|chosen| items.iter().position(|item| item.text() == chosen));
    if let Some(palette) = top(state) {
        palette.picked &= found.is_some();
        palette.place = found.unwrap_or(0);
        (palette.items, palette.told) = (items, told);
    }
}

/// The commands that a word may begin, the likeliest first, and among those the possible ones.
fn beginning(state: &State, word: &str) -> Vec<Item> {
    let facts = state.facts();
    let word = word.to_lowercase();
    let rank = |entry: &Entry| {
        let begins = |name: &str| name.starts_with(&word);
        let ranks = [
            entry.names().any(|name| name == word),
            begins(entry.id),
            entry.aliases.iter().any(|name| begins(name)),
            entry.id.contains(&word),
            word.chars().count() >= TELLING && entry.help.contains(&word),
        ];
        ranks.iter().position(|holds| *holds)
    };
    let shown = palette::commands(state.place()).filter(|entry| !entry.is_hidden(facts));
    let mut ranked: Vec<_> = shown.filter_map(|entry| Some((rank(entry)?, entry))).collect();
    ranked.sort_by_key(|(rank, entry)| (*rank, entry.enabled(facts).is_err()));
    ranked.into_iter().map(|(_, entry)| Item::Command(entry)).collect()
}

/// The sites that a text may name: those that begin so first, among them what is worst.
fn called(state: &State, text: &str) -> Vec<Item> {
    let text = text.to_lowercase();
    let rank = |row: &SiteRow| {
        let name = row.name.as_str().to_lowercase();
        [name.starts_with(&text), name.contains(&text)].iter().position(|holds| *holds)
    };
    let rows = state.picture.rows.iter();
    let mut ranked: Vec<_> = rows.filter_map(|row| Some((rank(row)?, row))).collect();
    ranked.sort_by_key(|(rank, row)| (*rank, row.health.rank()));
    ranked.into_iter().map(|(_, row)| Item::Site(row.name.clone())).collect()
}

/// What a filter would show.
fn answered(state: &State, text: &str, now: DateTime<Utc>) -> String {
    let rows = &state.picture.rows;
    match Query::parse(text) {
        Ok(query) => {
            let some = rows.iter().filter(|row| query.matches(row, now)).count();
            format!("shows {some} of {} sites", rows.len())
        }
        Err(mistake) => format!("{mistake}: {}", mistake.advice),
    }
}
