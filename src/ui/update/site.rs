//! The page of one site: opening it, leaving it, scrolling, and the next site of the list.

use crate::model::{SiteName, Target};
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
    state.screens.opened.push(Screen::Site(SitePage::new(name)));
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
        *page = SitePage::new(name);
    }
}

/// Scrolls, and never past the end.
pub(super) fn step(state: &mut State, step: Step, now: DateTime<Utc>) {
    let last = panes::site::hidden(state, now);
    if let Some(page) = state.site_page_mut() {
        page.offset = scroll(page.offset.min(last), step, last);
        page.seeks = None;
    }
}

/// Shows what the plugin of the site in question logged: on its page, opened where another place is shown.
pub(super) fn log(state: &mut State, now: DateTime<Utc>) {
    let watched = state.watch().map(|watching| watching.authorization.site.clone());
    let subject = || state.subject().map(|row| row.name.clone());
    let Some(name) = watched.or_else(subject) else { return };
    if state.site_page().is_none() {
        state.sites_mut().moved_at.get_or_insert(now);
        state.screens.opened.push(Screen::Site(SitePage::new(name)));
    }
    if let Some(page) = state.site_page_mut() {
        page.seeks = Some(panes::site::LOG);
    }
    seek(state, now);
}

/// Scrolls to the section that is looked for, once it is there.
pub(super) fn seek(state: &mut State, now: DateTime<Utc>) {
    let Some(page) = state.site_page() else { return };
    let Some(section) = page.seeks else { return };
    // Before the answer it may still come; after it, it never does.
    if state.detail.have.as_ref().is_none_or(|detail| detail.row.name != page.name) {
        return;
    }
    let (place, last) = (panes::site::place_of(state, section, now), panes::site::hidden(state, now));
    if place.is_none() {
        let text = "what its plugin logged is not known".to_owned();
        state.notice = Some(Notice { text, warning: false });
    }
    if let Some(page) = state.site_page_mut() {
        page.seeks = None;
        page.offset = place.map_or(page.offset, |place| place.min(last));
    }
}

/// Opens the site of this name; where the list shows it, it is selected there too.
pub(super) fn open_named(state: &mut State, name: SiteName, now: DateTime<Utc>) {
    sites::select(state, &name);
    state.sites_mut().moved_at.get_or_insert(now);
    state.screens.opened.clear();
    state.screens.opened.push(Screen::Site(SitePage::new(name)));
}

/// Asks the machinery to look at the site of the page now.
pub(super) fn look(state: &mut State) -> Option<Effect> {
    let name = state.site_page()?.name.clone();
    Some(look_at(state, name))
}

/// Asks the machinery to look at one site now.
pub(super) fn look_at(state: &mut State, name: SiteName) -> Effect {
    state.notice = Some(Notice { text: format!("asking {name} now"), warning: false });
    Effect::Send(Command::Look(vec![Target::Site(name)]))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SiteRow;
    use crate::protocol::{Event, Picture};
    use crate::ui::action::Context;
    use crate::ui::glyphs::Glyphs;
    use crate::ui::keymap::Key;
    use crate::ui::message::Message;
    use crate::ui::theme::{Depth, Ground, Theme};
    use crate::ui::update::update;
    use ratatui::layout::Size;
    use std::sync::Arc;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_003_200, 0).expect("a time")
    }

    fn picture(names: &[&str]) -> Picture {
        let row = |name: &&str| {
            let mut row = SiteRow::unseen(SiteName::new(name), "https://x.example".into());
            row.observed_at = Some(now());
            Arc::new(row)
        };
        Picture { rows: Arc::new(names.iter().map(row).collect()), ..Picture::default() }
    }

    fn state(names: &[&str]) -> State {
        let theme = Theme::new(Depth::Mono, Ground::Dark);
        let mut state = State::new(String::new(), true, theme, Glyphs::new(true), Size::new(80, 24));
        update(&mut state, Message::Picture(picture(names)), now());
        state
    }

    fn press(state: &mut State, key: Key) -> Vec<Effect> {
        update(state, Message::Key(key), now())
    }

    fn shown(state: &State) -> Option<&str> {
        state.site_page().map(|page| page.name.as_str())
    }

    #[test]
    fn enter_opens_and_back_returns_to_the_list_as_it_was() {
        for key in [Key::Esc, Key::Char('q')] {
            let mut state = state(&["a", "b", "c"]);
            press(&mut state, Key::Char('j'));
            press(&mut state, Key::Enter);
            assert_eq!((shown(&state), state.context()), (Some("b"), Context::Site));
            assert_eq!(press(&mut state, key), Vec::new());
            assert_eq!((shown(&state), state.context()), (None, Context::Sites));
            assert_eq!((state.sites().cursor, state.sites().offset), (1, 0));
        }
    }

    #[test]
    fn the_page_keeps_its_site_whatever_the_list_does() {
        let mut state = state(&["b", "c"]);
        press(&mut state, Key::Enter);
        update(&mut state, Message::Picture(picture(&["a", "b", "c"])), now() + chrono::TimeDelta::minutes(1));
        assert_eq!(shown(&state), Some("b"));
        update(&mut state, Message::Picture(picture(&["a", "c"])), now() + chrono::TimeDelta::minutes(2));
        assert_eq!(shown(&state), None, "it is not configured any more");
        assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("not configured")));
    }

    #[test]
    fn turning_goes_to_the_neighbours_and_asks_for_them() {
        let mut state = state(&["a", "b"]);
        update(&mut state, Message::Event(Event::Detail(SiteName::new("a"), None)), now());
        press(&mut state, Key::Enter);
        let later = now() + chrono::TimeDelta::seconds(5);
        let asked = update(&mut state, Message::Key(Key::Char('n')), later);
        assert_eq!(shown(&state), Some("b"));
        assert_eq!(asked, [Effect::Send(Command::Describe(SiteName::new("b")))]);
        press(&mut state, Key::Char('n'));
        assert_eq!(shown(&state), Some("b"), "the last stays");
        press(&mut state, Key::Char('N'));
        assert_eq!(shown(&state), Some("a"));
        assert_eq!(state.sites().cursor, 0, "the selection goes along");
    }

    #[test]
    fn scrolling_stops_at_the_ends() {
        let mut state = state(&["a"]);
        update(&mut state, Message::Resize(Size::new(60, 15)), now());
        press(&mut state, Key::Enter);
        press(&mut state, Key::Char('k'));
        assert_eq!(state.site_page().map(|page| page.offset), Some(0));
        press(&mut state, Key::Char('G'));
        let last = state.site_page().map(|page| page.offset);
        assert_eq!(last, Some(panes::site::hidden(&state, now())));
        assert!(last > Some(0), "the facts alone are more than such a page shows");
        press(&mut state, Key::PageDown);
        assert_eq!(state.site_page().map(|page| page.offset), last);
        press(&mut state, Key::Char('g'));
        assert_eq!(state.site_page().map(|page| page.offset), Some(0));
    }

    #[test]
    fn a_look_is_at_the_site_of_the_page() {
        let mut state = state(&["a", "b"]);
        press(&mut state, Key::Char('j'));
        press(&mut state, Key::Char(' '));
        press(&mut state, Key::Char('g'));
        press(&mut state, Key::Enter);
        let page = shown(&state).map(SiteName::new).expect("a page");
        let looked = press(&mut state, Key::Char('R'));
        assert!(looked.contains(&Effect::Send(Command::Look(vec![Target::Site(page)]))), "{looked:?}");
    }
}
