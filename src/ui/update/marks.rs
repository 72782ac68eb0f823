//! Marks: one by one, by range, all that are shown. Kept by name, so that a new picture, a filter and an order leave
//! them as they are; a site that is gone takes its mark along.

use crate::model::SiteName;
use crate::ui::action::{Action, Step};
use crate::ui::state::{Notice, State};
use crate::ui::update::sites;
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// Does what a mark's key asks for.
pub(super) fn act(state: &mut State, action: Action, now: DateTime<Utc>) {
    match action {
        Action::Mark => toggle(state, now),
        Action::Range => range(state),
        Action::MarkAll => all(state),
        Action::ClearMarks => clear(state),
        _ => {}
    }
}

/// Marks the selected site and goes on to the next, or takes its mark away.
fn toggle(state: &mut State, now: DateTime<Utc>) {
    let Some(name) = state.selected().map(|row| row.name.clone()) else { return };
    let sites = state.sites_mut();
    if !sites.marked.remove(&name) {
        sites.marked.insert(name);
    }
    sites::step(state, Step::Down, now);
}

/// Begins a range at the selection. A second time: marks all from there to the selection, in the order shown.
fn range(state: &mut State) {
    let selected = state.selected().map(|row| row.name.clone());
    if state.sites().range_from.is_none() {
        state.sites_mut().range_from = selected;
        return;
    }
    let names = in_range(state);
    let sites = state.sites_mut();
    sites.marked.extend(names);
    sites.range_from = None;
}

/// The sites from the beginning of a range to the selection; none where no range is begun.
fn in_range(state: &State) -> Vec<SiteName> {
    let sites = state.sites();
    let Some((first, last)) = sites.range(&state.picture.rows) else { return Vec::new() };
    let rows = sites.shown[first..=last].iter().filter_map(|i| state.picture.rows.get(*i));
    rows.map(|row| row.name.clone()).collect()
}

/// Marks all that are shown; what a filter hides keeps the mark it has.
fn all(state: &mut State) {
    let rows = state.picture.rows.clone();
    let sites = state.sites_mut();
    let shown = sites.shown.iter().filter_map(|i| rows.get(*i)).map(|row| row.name.clone());
    sites.marked.extend(shown);
    sites.range_from = None;
    if state.picture.partial {
        let text = format!("not every site was read yet: {} are marked", state.sites().marked.len());
        state.notice = Some(Notice { text, warning: true });
    }
}

/// Leaves a range that is begun; without one, takes all marks away.
fn clear(state: &mut State) {
    let sites = state.sites_mut();
    if sites.range_from.take().is_none() {
        sites.marked.clear();
    }
}

/// Takes the marks of sites that are gone away, and says so: what one means to act on must not shrink unseen.
pub(super) fn drop_gone(state: &mut State) {
    // Of a fleet that is read in part nobody knows who is gone.
    if state.picture.partial || (state.sites().marked.is_empty() && state.sites().range_from.is_none()) {
        return;
    }
    let rows = state.picture.rows.clone();
    let names: HashSet<&SiteName> = rows.iter().map(|row| &row.name).collect();
    let sites = state.sites_mut();
    let before = sites.marked.len();
    sites.marked.retain(|name| names.contains(name));
    sites.range_from.take_if(|name| !names.contains(name));
    let gone = before - sites.marked.len();
    if gone > 0 {
        let them = if gone == 1 { "1 marked site is".to_owned() } else { format!("{gone} marked sites are") };
        state.notice = Some(Notice { text: format!("{them} no longer in the configuration"), warning: true });
    }
}
