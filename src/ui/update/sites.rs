//! The list of sites: what a new picture, a move, an order and a filter do to it.
//!
//! The selection is kept by name. While the operator moves, rows keep their places; they are sorted anew once the
//! selection has rested.

use crate::model::{SiteName, Target};
use crate::protocol::{Command, Picture};
use crate::ui::action::{Context, Step};
use crate::ui::effect::Effect;
use crate::ui::page::Zoom;
use crate::ui::state::{Digest, Notice, Order, Pane, State, order};
use crate::ui::update::{filter, marks};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// How long the selection rests before rows may move under it.
const REST: TimeDelta = TimeDelta::seconds(3);

/// Moves that come faster are a held key.
const RUN: TimeDelta = TimeDelta::milliseconds(150);

/// Shows all of them, and nothing over them.
pub(super) fn show(state: &mut State, now: DateTime<Utc>) {
    state.screens.opened.clear();
    filter::show_all(state, now);
}

/// Takes the newest picture.
pub(super) fn take(state: &mut State, picture: Picture, now: DateTime<Utc>) {
    let former = std::mem::replace(&mut state.picture, picture);
    state.digest = Digest::of(&state.picture);
    marks::drop_gone(state);
    if moving_until(state, now).is_some() {
        keep_places(state, &former);
        state.sites_mut().stale = true;
    } else {
        follow_the_top(state);
        arrange_anew(state, now);
    }
}

/// Sorts anew what waited for the selection to rest, or asks to be woken when it will have.
pub(super) fn settle(state: &mut State, now: DateTime<Utc>, effects: &mut Vec<Effect>) {
    if !state.sites().stale {
        return;
    }
    match moving_until(state, now) {
        Some(rested_at) => effects.push(Effect::WakeAt(rested_at)),
        None => arrange_anew(state, now),
    }
}

/// When the selection will have rested; none where it has. A clock that was set back does not hold the order up: only a
/// move in the last seconds counts.
fn moving_until(state: &State, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let moved_at = state.sites().moved_at?;
    let rested_at = moved_at + REST;
    (moved_at <= now && now < rested_at).then_some(rested_at)
}

/// Until the operator has moved, the selection stays on top with what is worst: nobody chose the row that it happens to
/// stand on, and during the first look rows arrive above it.
fn follow_the_top(state: &mut State) {
    let sites = state.sites_mut();
    if sites.moved_at.is_none() {
        sites.selected = None;
        sites.cursor = 0;
        sites.offset = 0;
    }
}

/// Filters and sorts, and finds the selection again.
pub(super) fn arrange_anew(state: &mut State, now: DateTime<Utc>) {
    let sites = state.sites();
    let shown = order::arrange(&state.picture, sites.order, sites.reversed, sites.narrowing.query(), now);
    let sites = state.sites_mut();
    sites.shown = shown;
    sites.stale = false;
    count(state);
    find_selection(state);
    lay_out(state);
}

/// Shows the new rows in the old places; sites that are new come at the end.
fn keep_places(state: &mut State, former: &Picture) {
    let rows = state.picture.rows.clone();
    let same = rows.len() == former.rows.len() && rows.iter().zip(former.rows.iter()).all(|(a, b)| a.name == b.name);
    if !same {
        let old = std::mem::take(&mut state.sites_mut().shown);
        let mut left: HashMap<&SiteName, usize> = rows.iter().enumerate().map(|(i, row)| (&row.name, i)).collect();
        let mut shown: Vec<usize> = old.iter().filter_map(|i| left.remove(&former.rows.get(*i)?.name)).collect();
        if !state.sites().narrowing.narrows() {
            let mut new: Vec<usize> = left.into_values().collect();
            new.sort_unstable();
            shown.extend(new);
        }
        state.sites_mut().shown = shown;
    }
    count(state);
    find_selection(state);
    lay_out(state);
}

/// Counts once what every frame shows.
fn count(state: &mut State) {
    let picture = state.picture.clone();
    let sites = state.sites_mut();
    sites.counts = sites.shown.iter().filter_map(|i| picture.rows.get(*i)).map(AsRef::as_ref).collect();
    sites.pending = picture.rows.iter().filter(|row| order::pending(row, &picture.poll)).count();
}

/// Puts the cursor on the selected site; where it is gone, on what stands in its place.
fn find_selection(state: &mut State) {
    let rows = state.picture.rows.clone();
    let sites = state.sites_mut();
    let place = |name: &SiteName| sites.shown.iter().position(|i| rows.get(*i).is_some_and(|row| row.name == *name));
    let found = sites.selected.as_ref().and_then(place);
    sites.cursor = found.unwrap_or(sites.cursor.min(sites.shown.len().saturating_sub(1)));
    if found.is_none() {
        sites.detail_offset = 0;
    }
    sites.selected = sites.shown.get(sites.cursor).and_then(|i| rows.get(*i)).map(|row| row.name.clone());
}

/// Selects a site, if the list shows it.
pub(super) fn select(state: &mut State, name: &SiteName) {
    let rows = &state.picture.rows;
    let shown = state.sites().shown.iter().any(|i| rows.get(*i).is_some_and(|row| row.name == *name));
    if shown {
        state.sites_mut().selected = Some(name.clone());
        find_selection(state);
        lay_out(state);
    }
}

/// Computes the gaps between groups and brings the selection into the window.
pub(super) fn lay_out(state: &mut State) {
    let page = state.page();
    let picture = state.picture.clone();
    let sites = state.sites_mut();
    if page.detail.is_empty() {
        sites.focus = Pane::List;
    } else if page.list.is_empty() {
        sites.focus = Pane::Detail;
    }
    sites.bands.clear();
    if page.has_bands() && sites.order == Order::Risk {
        let band = |place: usize| picture.rows.get(sites.shown[place]).map(|row| order::band(row, &picture.poll));
        sites.bands = (1..sites.shown.len()).filter(|place| band(*place) != band(*place - 1)).collect();
    }
    sites.show_cursor(usize::from(page.list.height));
}

/// Moves the selection.
pub(super) fn step(state: &mut State, step: Step, now: DateTime<Utc>) {
    let page = usize::from(state.page().list.height.saturating_sub(1)).max(1);
    let rows = state.picture.rows.clone();
    let sites = state.sites_mut();
    let last = sites.shown.len().saturating_sub(1);
    sites.cursor = match step {
        Step::Up => sites.cursor.saturating_sub(1),
        Step::Down => sites.cursor + 1,
        Step::PageUp => sites.cursor.saturating_sub(page),
        Step::PageDown => sites.cursor + page,
        Step::Top => 0,
        Step::Bottom => last,
    }
    .min(last);
    sites.selected = sites.shown.get(sites.cursor).and_then(|i| rows.get(*i)).map(|row| row.name.clone());
    let runs = sites.moved_at.is_some_and(|before| before <= now && now - before < RUN);
    sites.runs_until = runs.then(|| now + RUN);
    sites.moved_at = Some(now);
    sites.detail_offset = 0;
    let height = usize::from(state.page().list.height);
    state.sites_mut().show_cursor(height);
}

/// Moves the selection to the next row that the filter lets through, or to the one before: round at the ends.
pub(super) fn turn(state: &mut State, direction: Step, now: DateTime<Utc>) {
    let sites = state.sites();
    let last = sites.shown.len().saturating_sub(1);
    let direction = match direction {
        Step::Down if sites.cursor >= last => Step::Top,
        Step::Up if sites.cursor == 0 => Step::Bottom,
        within => within,
    };
    step(state, direction, now);
}

/// Lets the keys move in the other pane; where one has the whole body, the other gets it.
pub(super) fn focus_other(state: &mut State) {
    let sites = state.sites_mut();
    sites.focus = match sites.focus {
        Pane::List => Pane::Detail,
        Pane::Detail => Pane::List,
    };
    if sites.zoom != Zoom::None {
        zoom(state);
    }
}

/// Gives the whole body to the pane that has the focus; where the list has it, and the detail has no place of its own,
/// to the detail.
pub(super) fn zoom(state: &mut State) {
    let sites = state.sites_mut();
    sites.zoom = match sites.focus {
        Pane::List => Zoom::List,
        Pane::Detail => Zoom::Detail,
    };
    lay_out(state);
}

/// Gives each pane its place again.
pub(super) fn unzoom(state: &mut State) {
    state.sites_mut().zoom = Zoom::None;
    lay_out(state);
}

/// Takes what orgs refuse as read: its banner goes for this run, the figures stay unknown.
pub(super) fn acknowledge(state: &mut State) {
    let names: Vec<_> = state.refusing().map(|board| board.name.clone()).collect();
    state.acknowledged.extend(names);
    lay_out(state);
}

/// Sorts by `order`; by the same again, turned round.
pub(super) fn sort_by(state: &mut State, order: Order, now: DateTime<Utc>) {
    let sites = state.sites_mut();
    sites.reversed = sites.order == order && !sites.reversed;
    sites.order = order;
    arrange_anew(state, now);
}

/// Asks the machinery to look at the marked sites now, or at the selected one.
pub(super) fn look(state: &mut State) -> Option<Effect> {
    let marked = &state.sites().marked;
    let names: Vec<SiteName> =
        if marked.is_empty() { vec![state.selected()?.name.clone()] } else { marked.iter().cloned().collect() };
    let text = match names.as_slice() {
        [name] => format!("asking {name} now"),
        names => format!("asking {} sites now", names.len()),
    };
    state.notice = Some(Notice { text, warning: false });
    Some(Effect::Send(Command::Look(names.into_iter().map(Target::Site).collect())))
}

/// Asks for the selected site in full: when another is selected, when its line is newer than the last question, and
/// never twice at once. While the selection runs, nobody reads what it passes: then the question waits for its rest.
pub(super) fn ask(state: &mut State, now: DateTime<Utc>, effects: &mut Vec<Effect>) {
    // What is told of a site's fields is no part of it.
    if matches!(state.place(), Context::Fields | Context::SiteFields) {
        return;
    }
    let Some(row) = state.subject().cloned() else { return };
    if state.detail.asked.is_some() || state.detail.of.as_ref() == Some(&row) {
        return;
    }
    // A clock that was set back holds nothing up for longer.
    if let Some(until) = state.sites().runs_until.filter(|until| now < *until && *until - now <= RUN) {
        effects.push(Effect::WakeAt(until));
        return;
    }
    let detail = &mut state.detail;
    detail.asked = Some(row.name.clone());
    effects.push(Effect::Send(Command::Describe(row.name.clone())));
    detail.of = Some(row);
}
