//! The copy menu and the link to the right page: what a letter copies, and what is said of it.
//!
//! What is copied is put together here from cleaned text, a line a site; the runtime only passes it on.

use crate::model::{Clean, SiteRow};
use crate::ui::action::Copied;
use crate::ui::effect::Effect;
use crate::ui::links;
use crate::ui::panes::cells::{Cells, owner};
use crate::ui::panes::word;
use crate::ui::state::{Notice, State};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Longest copy, in bytes of base64: terminals take 74,994 (xterm) and more, and say nothing of what they drop.
const MOST: usize = 70_000;

/// Copies `what` of the sites that are meant.
pub(super) fn copy(state: &mut State, what: Copied, now: DateTime<Utc>) -> Option<Effect> {
    let rows = meant(state);
    let (told, missing): (Vec<_>, Vec<_>) = rows.iter().map(|row| text(state, row, what, now)).partition(Result::is_ok);
    let lines: Vec<String> = told.into_iter().flatten().map(|line| Clean::new(line).to_string()).collect();
    if lines.is_empty() {
        // The fleet may have gone while the menu was open.
        let reason = missing.first().and_then(|none| none.as_ref().err()).unwrap_or(&"no site is selected");
        refuse(state, format!("nothing to copy: {reason}"));
        return None;
    }
    let noun = match (lines.len(), missing.len()) {
        (1, 0) => what.label().to_owned(),
        (some, 0) => format!("{} of {some} sites", what.label()),
        (some, none) => format!("{} of {some} of {} sites", what.label(), some + none),
    };
    put(state, &noun, lines.join("\n"))
}

/// Copies a text, and says what it is.
pub(super) fn put(state: &mut State, noun: &str, text: String) -> Option<Effect> {
    let bytes = text.len();
    let effect = send(state, text)?;
    let text = format!("copied {noun}, {bytes} bytes. Not there? The terminal must admit OSC 52.");
    state.notice = Some(Notice { text, warning: false });
    Some(effect)
}

/// Copies the link to the page for what ails the selected site, and shows it.
pub(super) fn link(state: &mut State) -> Option<Effect> {
    let row = Arc::clone(state.subject()?);
    match links::cure(&row, state.board(&row)) {
        Ok(link) => {
            let effect = send(state, link.url.clone())?;
            state.link = Some(link);
            Some(effect)
        }
        Err(reason) => {
            refuse(state, format!("no link for {}: {reason}", row.name));
            None
        }
    }
}

/// The marked sites, by name, shown or not; without marks the selected one.
fn meant(state: &State) -> Vec<Arc<SiteRow>> {
    let marked = &state.sites().marked;
    if marked.is_empty() || state.site_page().is_some() {
        return state.subject().into_iter().cloned().collect();
    }
    state.picture.rows.iter().filter(|row| marked.contains(&row.name)).cloned().collect()
}

/// The effect, unless it is more than arrives.
fn send(state: &mut State, text: String) -> Option<Effect> {
    let encoded = text.len().div_ceil(3) * 4;
    if encoded > MOST {
        refuse(state, format!("not copied: {} bytes are more than a terminal takes. Mark fewer sites.", text.len()));
        return None;
    }
    Some(Effect::Copy(text))
}

fn refuse(state: &mut State, text: String) {
    state.notice = Some(Notice { text, warning: true });
}

/// One site's line, or why there is none.
fn text(state: &State, row: &SiteRow, what: Copied, now: DateTime<Utc>) -> Result<String, &'static str> {
    match what {
        Copied::Name => Ok(row.name.to_string()),
        Copied::Address => Ok(row.url.to_string()),
        Copied::Why if row.reason.is_empty() => Err("nothing is wrong with it"),
        Copied::Why => Ok(row.reason.clone()),
        Copied::User => match (&row.org, &row.user) {
            (Some(org), Some(user)) => Ok(format!("{org}/{user}")),
            _ => owner(row).ok_or("its org and user are not known"),
        },
        Copied::Line => Ok(line(state, row, now)),
        Copied::Approval => {
            let id = row.slot.as_ref().and_then(|slot| slot.approval_id.as_ref());
            id.map(ToString::to_string).ok_or("its approval is not known")
        }
        Copied::Admin => links::settings(row).map(|link| link.url),
        Copied::Setup => links::setup(row, state.board(row)).map(|link| link.url),
    }
}

/// The list's line with the heads of its figures, in words that read alone.
fn line(state: &State, row: &SiteRow, now: DateTime<Utc>) -> String {
    let cells = Cells {
        row,
        selected: false,
        pending: false,
        marked: false,
        asked: None,
        theme: state.theme,
        glyphs: state.glyphs,
        now,
    };
    let figures = [("", cells.owner()), ("slot ", cells.slot()), ("life ", cells.life()), ("proof ", cells.proof())];
    let mut parts = vec![word(row.health).to_owned(), row.name.to_string()];
    parts.extend(figures.map(|(head, cell)| format!("{head}{cell}")));
    parts.extend(Some(row.why.at(now).into_owned()).filter(|why| !why.is_empty()));
    parts.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cause, OrgName, SiteName};
    use crate::protocol::Picture;
    use crate::ui::glyphs::Glyphs;
    use crate::ui::keymap::Key;
    use crate::ui::message::Message;
    use crate::ui::theme::{Depth, Ground, Theme};
    use crate::ui::update::update;
    use ratatui::layout::Size;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).expect("a time")
    }

    fn site() -> SiteRow {
        SiteRow {
            org: Some(OrgName::new("acme")),
            user: Some("ops1@acme.example".into()),
            cause: Some(Cause::Disconnected),
            reason: "ops1 made a 5th approval.\u{1b}]52;c;eA==\u{7}\nsecond".into(),
            why: "evicted".into(),
            ..SiteRow::unseen(SiteName::new("shop.example.org"), "https://shop.example.org".into())
        }
    }

    fn press(row: SiteRow, keys: &str) -> (State, Vec<Effect>) {
        let size = Size::new(80, 24);
        let mut state = State::new("demo".into(), true, Theme::new(Depth::Mono, Ground::Dark), Glyphs::new(true), size);
        let picture = Picture { rows: Arc::new(vec![Arc::new(row)]), ..Picture::default() };
        update(&mut state, Message::Picture(picture), now());
        let effects = keys.chars().flat_map(|c| update(&mut state, Message::Key(Key::Char(c)), now())).collect();
        (state, effects)
    }

    #[test]
    fn each_letter_copies_what_it_says() {
        let admin = "https://shop.example.org/wp-admin/options-general.php?page=wpf-settings#setup";
        for (keys, text) in [
            ("yn", "shop.example.org"),
            ("ya", "https://shop.example.org"),
            ("yw", "ops1 made a 5th approval. ]52;c;eA==  second"),
            ("yu", "acme/ops1@acme.example"),
            ("yl", "UNKN  shop.example.org  acme/ops1  slot ?  life ?  proof ?  evicted"),
            ("yp", admin),
            ("o", admin),
        ] {
            let (state, effects) = press(site(), keys);
            assert_eq!(effects, [Effect::Copy(text.to_owned())], "{keys}");
            assert!(state.overlays.is_empty());
        }
    }

    #[test]
    fn what_was_copied_is_said() {
        let (state, _) = press(site(), "yn");
        let notice = state.notice.expect("a notice");
        assert_eq!(notice.text, "copied name, 16 bytes. Not there? The terminal must admit OSC 52.");
        let (state, _) = press(site(), "o");
        assert_eq!((state.notice, state.link.map(|link| link.page)), (None, Some("WP Fusion settings")));
        let (state, _) = press(site(), "oj");
        assert_eq!(state.link, None);
    }

    #[test]
    fn of_marked_sites_each_is_a_line() {
        let (mut state, _) = press(site(), "");
        let other = SiteRow { org: None, user: None, ..SiteRow { name: SiteName::new("a.example"), ..site() } };
        let rows = Arc::new(vec![Arc::new(other), Arc::new(site())]);
        update(&mut state, Message::Picture(Picture { rows, ..Picture::default() }), now());
        let mut press = |keys: &str| -> Vec<Effect> {
            keys.chars().flat_map(|c| update(&mut state, Message::Key(Key::Char(c)), now())).collect()
        };
        assert!(press("*yn").contains(&Effect::Copy("a.example\nshop.example.org".to_owned())));
        assert!(press("yu").contains(&Effect::Copy("acme/ops1@acme.example".to_owned())));
        let notice = state.notice.expect("a notice");
        assert_eq!(notice.text, "copied user of 1 of 2 sites, 22 bytes. Not there? The terminal must admit OSC 52.");
    }

    #[test]
    fn nothing_to_copy_is_a_sentence() {
        for (keys, why) in [
            ("yi", "nothing to copy: its approval is not known"),
            ("ys", "nothing to copy: the address of its org is not known"),
        ] {
            let (state, effects) = press(site(), keys);
            let notice = state.notice.expect("a notice");
            assert!(effects.is_empty() && notice.warning);
            assert_eq!(notice.text, why);
        }
        let (state, effects) = press(SiteRow { url: "".into(), ..site() }, "o");
        assert!(effects.is_empty());
        assert_eq!(state.notice.expect("a notice").text, "no link for shop.example.org: it has no web address");
    }

    #[test]
    fn more_than_a_terminal_takes_is_refused() {
        let (mut state, _) = press(site(), "");
        assert!(send(&mut state, "x".repeat(52_500)).is_some());
        assert!(send(&mut state, "x".repeat(52_501)).is_none());
        assert!(state.notice.is_some_and(|notice| notice.warning && notice.text.contains("52501 bytes")));
    }
}
