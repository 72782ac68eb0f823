//! From the state to cells: `view(state, now, frame)` draws everything and changes nothing.
//!
//! Only visible rows are built. [`next_change`] tells when what is drawn will read differently, so that nothing has to
//! tick.

use crate::model::{Cause, Health, SiteRow};
use crate::ui::action::{Action, Context, Entry, TABLE};
use crate::ui::keymap::Key;
use crate::ui::links;
use crate::ui::overlays;
use crate::ui::panes;
use crate::ui::state::{Overlay, State};
use crate::ui::theme::Meaning;
use crate::ui::widgets::key_row::{self, Hint};
use crate::ui::widgets::{Pen, divider};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use ratatui::Frame;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Modifier;

/// Draws the page and what lies over it, from bottom to top.
pub fn view(state: &State, now: DateTime<Utc>, frame: &mut Frame<'_>) {
    let area = frame.area();
    // What is drawn fits the frame, whatever the last message said of the size.
    let page = state.page_of(area.as_size());
    let mut pen = Pen { buffer: frame.buffer_mut(), glyphs: state.glyphs };
    pen.buffer.set_style(area, state.theme.page());
    if !page.fits() && !panes::site::fits(state, &page) {
        panes::small::draw(&mut pen, state, area, now);
        if let Some(Overlay::Palette(palette)) = state.overlays.last() {
            overlays::palette::draw(&mut pen, state, area, palette, &hints(state, Context::Palette), now);
        }
        over(&mut pen, state, now);
        return;
    }
    panes::header::draw(&mut pen, state, &page, now);
    match state.overlays.last() {
        Some(Overlay::Help(help)) => overlays::help::draw(&mut pen, state, &page, help),
        Some(Overlay::Confirm(open)) if open.is_page() => overlays::dry_run::draw(&mut pen, state, &page, open, now),
        _ if state.site_page().is_some() => panes::site::draw(&mut pen, state, &page, now),
        _ if state.place() == Context::Users => panes::users::draw(&mut pen, state, &page, now),
        _ if state.place() == Context::User => panes::user::draw(&mut pen, state, &page, now),
        _ if state.place() == Context::Orgs => panes::orgs::draw(&mut pen, state, &page, now),
        _ if state.place() == Context::Fields => panes::fields::draw(&mut pen, state, &page, now),
        _ if state.place() == Context::SiteFields => panes::site_fields::draw(&mut pen, state, &page, now),
        _ if state.place() == Context::Audit => panes::trail::draw(&mut pen, state, &page),
        _ if state.place() == Context::Run => panes::run::draw(&mut pen, state, &page, now),
        _ if state.place() == Context::Plan => panes::plan::draw(&mut pen, state, &page),
        _ if state.place() == Context::Log => panes::log::draw(&mut pen, state, &page, now),
        _ if state.place() == Context::Watch => panes::watch::draw(&mut pen, state, &page, now),
        _ if state.picture.rows.is_empty() => panes::empty::draw(&mut pen, state, &page),
        _ => {
            panes::vitals::draw(&mut pen, state, &page, now);
            panes::banner::draw(&mut pen, state, &page);
            if !page.list.is_empty() {
                panes::sites::draw(&mut pen, state, &page, now);
            }
            if !page.strip.is_empty() {
                panes::strip::draw(&mut pen, state, &page, now);
            }
            panes::detail::draw(&mut pen, state, page.detail, state.sites().detail_offset, now);
            panes::board::draw(&mut pen, state, page.board);
            divider::draw(&mut pen, state.theme, page.divider);
        }
    }
    match state.overlays.last() {
        Some(Overlay::Filter(filter)) => overlays::filter::draw(&mut pen, state, inner(page.message), filter),
        Some(Overlay::Find(input)) => {
            let line = overlays::filter::input(state.theme, state.glyphs, "/", input, None, inner(page.message).width);
            pen.line(inner(page.message).x, page.message.y, inner(page.message).width, &line);
        }
        Some(Overlay::Copy) => overlays::copy::draw(&mut pen, state, inner(page.message)),
        Some(Overlay::Sort) => overlays::sort::draw(&mut pen, state, inner(page.message)),
        Some(Overlay::Help(_)) => {}
        Some(Overlay::Palette(_) | Overlay::Menu(_) | Overlay::Choose(_) | Overlay::Confirm(_)) | None => {
            message(&mut pen, state, inner(page.message));
        }
    }
    // The palette has its own keys inside; those of the place behind it wait with it.
    let keys_of = if state.context() == Context::Palette { state.place() } else { state.context() };
    let gap = if page.roomy { 3 } else { 2 };
    // A dialog has its keys inside, and those of the place behind it do nothing.
    let asks = |overlay: &Overlay| match overlay {
        Overlay::Choose(_) => true,
        Overlay::Confirm(confirm) => !confirm.is_page(),
        _ => false,
    };
    if !state.overlays.last().is_some_and(asks) {
        key_row::draw(&mut pen, inner(page.keys), state.theme, "", &hints(state, keys_of), gap);
    }
    over(&mut pen, state, now);
    if let Some(Overlay::Palette(palette)) = state.overlays.last() {
        let below = Rect { y: page.header.bottom(), height: area.height.saturating_sub(page.header.height), ..area };
        overlays::palette::draw(&mut pen, state, below, palette, &hints(state, Context::Palette), now);
    }
}

/// Draws a menu or a question over the page.
fn over(pen: &mut Pen<'_>, state: &State, now: DateTime<Utc>) {
    let below = overlays::confirm::below_header;
    match state.overlays.last() {
        Some(Overlay::Menu(place)) => overlays::menu::draw(pen, state, below(state), *place),
        Some(Overlay::Choose(choose)) => {
            overlays::choose::draw(pen, state, below(state), choose, &hints(state, Context::Choose), now);
        }
        Some(Overlay::Confirm(confirm)) if confirm.is_page() && state.page().fits() => {}
        Some(Overlay::Confirm(confirm)) => {
            overlays::confirm::draw(pen, state, confirm, &hints(state, state.context()), now);
        }
        _ => {}
    }
}

/// When what is drawn is to be drawn again by the passing of time alone: with the clock's minute, and every second while
/// the operator waits for a first answer that is on the page.
///
/// Ages turn with the clock, all at once, and not each at its own moment: a page of fifty sites would else be written to
/// fifty times a minute. So one may read a minute less than it is.
pub fn next_change(state: &State, now: DateTime<Utc>) -> DateTime<Utc> {
    let minute = now
        - TimeDelta::seconds(i64::from(now.second()))
        - TimeDelta::nanoseconds(i64::from(now.nanosecond() % 1_000_000_000));
    let next = minute + TimeDelta::minutes(1);
    let waits = state.page().fits() && state.screen().is_none() && panes::sites::counts_seconds(state, now);
    let counts = [panes::watch::counts_seconds, panes::run::counts_seconds, panes::site_fields::counts_seconds];
    let waits = waits || (state.page().fits() && counts.iter().any(|counts| counts(state)));
    let waits = waits
        || match state.overlays.last() {
            Some(Overlay::Choose(choose)) => overlays::choose::counts_seconds(choose),
            Some(Overlay::Confirm(confirm)) => confirm.is_page() && confirm.waits(),
            _ => false,
        };
    if waits { next.min(now + TimeDelta::seconds(1)) } else { next }
}

/// The page's own margins: two cells on either side.
pub(super) fn inner(row: Rect) -> Rect {
    row.inner(Margin::new(2, 0))
}

fn message(pen: &mut Pen<'_>, state: &State, row: Rect) {
    let theme = state.theme;
    if let Some(notice) = &state.notice {
        let style = if notice.warning {
            theme.text(Meaning::Warn).add_modifier(Modifier::BOLD)
        } else {
            theme.text(Meaning::Text)
        };
        pen.text(row.x, row.y, row.width, &notice.text, style);
    } else if state.context() == Context::Type {
        pen.text(row.x, row.y, row.width, "Enter does nothing until it matches", theme.text(Meaning::Muted));
    } else if matches!(state.overlays.last(), Some(Overlay::Confirm(_))) {
    } else if let Some(link) = &state.link {
        overlays::copy::link(pen, state, row, link);
    } else {
        panes::marks::draw(pen, state, row);
    }
}

/// The keys that do something here now, from the table of actions: first what Enter does, then the likely step, then the
/// rest, and at the end, never cut, the two that lead to all others.
fn hints(state: &State, context: Context) -> Vec<Hint> {
    let (facts, likely) = (state.facts(), likely(state));
    let shown = |entry: &&Entry| entry.in_row || Some(entry.action) == likely;
    let mut entries: Vec<(&Entry, Key)> = TABLE
        .iter()
        .filter(|entry| entry.contexts.contains(&context) && shown(entry) && entry.enabled(facts).is_ok())
        .filter_map(|entry| state.keymap.keys_in(entry, context).next().map(|key| (entry, key)))
        .collect();
    entries.sort_by_key(|(entry, _)| match entry.action {
        // Its keys stand as they are used: complete, then run.
        _ if context == Context::Palette => 0,
        // By the table's keys: what one changed keeps its place.
        _ if entry.keys.contains(&Key::Enter) => 0,
        action if Some(action) == likely => 1,
        Action::Palette => 3,
        Action::Help | Action::HelpAll => 4,
        _ => 2,
    });
    let hint = |(entry, key): (&Entry, Key)| Hint {
        key: key.to_string(),
        label: panes::label(entry, state),
        stays: matches!(entry.action, Action::Palette | Action::Help | Action::HelpAll | Action::Confirm)
            || entry.keys.contains(&Key::Esc),
    };
    entries.into_iter().map(hint).collect()
}

/// What one does next with the site in question: with a broken one go where its cure is, with one that nobody knows much
/// of look. Marks are there to look at all of them.
fn likely(state: &State) -> Option<Action> {
    // What is done with an approval has no key of its own.
    if state.place() == Context::User {
        return state.approval().filter(|_| state.refusal().is_none()).map(|_| Action::Menu);
    }
    if matches!(state.place(), Context::Fields | Context::SiteFields) {
        return Some(Action::RefreshFields);
    }
    if !matches!(state.place(), Context::Sites | Context::Site) {
        return None;
    }
    if !state.sites().marked.is_empty() {
        return Some(Action::Look);
    }
    let row = state.subject()?;
    match row.health {
        Health::Fail if cured_by_sign_in(row) && !state.read_only() => Some(Action::Reauthorize),
        Health::Fail | Health::Warn => links::cure(row, state.board(row)).is_ok().then_some(Action::Link),
        Health::Old | Health::Unkn => Some(Action::Look),
        Health::Stag | Health::Off | Health::Ok => None,
    }
}

/// Whether a new approval is what brings a site back.
fn cured_by_sign_in(row: &SiteRow) -> bool {
    matches!(
        row.cause,
        Some(
            Cause::Evicted
                | Cause::Revoked
                | Cause::PolicyIdle
                | Cause::PolicyLifetime
                | Cause::IdleCap
                | Cause::RotatedOut
                | Cause::Disconnected
                | Cause::SandboxRefreshed
        )
    )
}
