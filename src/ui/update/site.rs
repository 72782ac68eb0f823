//! The page of one site: opening it, leaving it, scrolling, and the next site of the list.

use crate::model::Target;
use crate::protocol::Command;
use crate::ui::action::Step;
use crate::ui::effect::Effect;
use crate::ui::panes;
use crate::ui::state::{Notice, Screen, SitePage, State};
use crate::ui::update::{scroll, sites};
use chrono::{DateTime, Utc};

/// Opens the selected site. It was chosen by that: the selection does not follow the top of the list any more.
pub(super) fn open(state: &mut State, now: DateTime<Utc>) {
    // A page without room for the list names the worst site, and no other can be meant.
    let chosen = if state.page().fits() { state.selected().map(AsRef::as_ref) } else { panes::small::worst(state) };
    let Some(name) = chosen.map(|row| row.name.clone()) else { return };
    state.sites_mut().moved_at.get_or_insert(now);
    state.screens.opened.push(Screen::Site(SitePage { name, offset: 0 }));
}

/// Goes back to the list as it was left.
pub(super) fn back(state: &mut State) {
    state.screens.opened.pop();
}

/// Opens the next site of the list, or the one before, from its beginning. The list's selection goes along.
pub(super) fn turn(state: &mut State, step: Step, now: DateTime<Utc>) {
    sites::step(state, step, now);
    let Some(name) = state.selected().map(|row| row.name.clone()) else { return };
    if let Some(page) = state.site_page_mut()
        && page.name != name
    {
        *page = SitePage { name, offset: 0 };
    }
}

/// Scrolls, and never past the end.
pub(super) fn step(state: &mut State, step: Step, now: DateTime<Utc>) {
    let last = panes::site::hidden(state, now);
    if let Some(page) = state.site_page_mut() {
        page.offset = scroll(page.offset.min(last), step, last);
    }
}

/// Asks the machinery to look at the site now.
pub(super) fn look(state: &mut State) -> Option<Effect> {
    let name = state.site_page()?.name.clone();
    state.notice = Some(Notice { text: format!("asking {name} now"), warning: false });
    Some(Effect::Send(Command::Look(vec![Target::Site(name)])))
}

/// Leaves the page of a site that the configuration does not name any more.
pub(super) fn follow(state: &mut State) {
    let gone = state.subject().is_none() && !state.picture.partial;
    if let Some(page) = state.site_page().filter(|_| gone) {
        let text = format!("{} is not configured any more", page.name);
        state.notice = Some(Notice { text, warning: true });
        back(state);
    }
}
