//! Row 0: the program, where one is, the fleet, whether anything may be written, the time.

use crate::model::Intent;
use crate::ui::action::Context;
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::state::{Overlay, Screen, State};
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{fit, line_width, steady, width};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Cells from which on the name of a site says something.
const LEAST_CRUMB: u16 = 10;

/// The views, each with the key that leads to it.
const VIEWS: [(Context, &str, &str); 5] = [
    (Context::Sites, "1", "Sites"),
    (Context::Users, "2", "Users"),
    (Context::Orgs, "3", "Orgs"),
    (Context::Fields, "4", "Fields"),
    (Context::Audit, "7", "Audit"),
];

/// The view that one is in, whatever was opened from there.
fn tab_of(state: &State) -> Context {
    match state.screens.opened.first() {
        Some(Screen::Users | Screen::User(_)) => Context::Users,
        // From an org one goes on to its users.
        Some(Screen::Orgs) if state.screens.opened.iter().any(|screen| matches!(screen, Screen::Users)) => {
            Context::Users
        }
        Some(Screen::Orgs) => Context::Orgs,
        Some(Screen::Fields | Screen::SiteFields(_)) => Context::Fields,
        Some(Screen::Trail) => Context::Audit,
        Some(Screen::Site(_) | Screen::Watch(_) | Screen::Run(_) | Screen::Plan | Screen::Log) | None => Context::Sites,
    }
}

/// Draws `fusebox    1 Sites   2 Users   3 Orgs   4 Fields   7 Audit        agency-eu   read-write   12:04Z`, and where that leaves
/// no room for what was opened, `fusebox    1 Sites  › shop.example.org` alone.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let theme = state.theme;
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let row = page.header;
    pen.buffer.set_style(row, theme.raised());
    let margin = if page.roomy { 2 } else { 1 };
    let end = row.width.saturating_sub(margin);
    pen.text(margin, row.y, row.width, "fusebox", strong);
    let right = right(state, page, now);
    let crumb = opened(state, pen).map(|name| format!("{} {}", pen.glyphs.get(Glyph::Crumb), steady(&name)));
    let all: u16 = VIEWS.iter().map(|view| tab_width(view, page)).sum();
    let asks = crumb.as_deref().map_or(0, |crumb| width(crumb) + 2);
    let fits = margin + 8 + all + asks + 2 + line_width(&right) <= end;
    let after = tabs(pen, state, page, fits || crumb.is_none());

    let room = end.saturating_sub(after + 2);
    // Before a name is cut, the clock is enough.
    let clock = Line::from(right.spans.last().cloned().unwrap_or_default());
    let right = if line_width(&right) + asks <= room { right } else { clock };
    pen.line_right(end, row.y, room, &right);
    // Where one is in that view, as far as there is room for it.
    let room = room.saturating_sub(line_width(&right) + 2);
    if let Some(crumb) = crumb.filter(|_| room >= LEAST_CRUMB) {
        pen.text(after + 1, row.y, room, &fit(&crumb, room, pen.glyphs), theme.text(Meaning::Text));
    }
}

/// Cells of a tab, with what sets it apart.
fn tab_width((_, number, name): &(Context, &str, &str), page: &Page) -> u16 {
    let apart = if page.roomy { 3 } else { 1 };
    width(number) + 1 + width(name) + apart
}

/// Draws all tabs, or the one where one is. Answers where they end.
fn tabs(pen: &mut Pen<'_>, state: &State, page: &Page, all: bool) -> u16 {
    let (theme, row) = (state.theme, page.header);
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let accent = theme.text(Meaning::Accent).add_modifier(Modifier::BOLD);
    let (margin, apart) = if page.roomy { (2, 3) } else { (1, 1) };
    let mut x = margin + 8 + apart;
    let mut after = x;
    let current = tab_of(state);
    for view in VIEWS.iter().filter(|view| all || view.0 == current) {
        let (here, number, name) = (view.0 == current, view.1, view.2);
        let label = Line::from(vec![
            Span::styled(number, accent),
            Span::styled(format!(" {name}"), if here { strong } else { theme.text(Meaning::Muted) }),
        ]);
        let wide = line_width(&label);
        if here {
            let active = Rect::new(x - 1, row.y, wide + 2, 1);
            pen.buffer.set_style(active.intersection(row), theme.select());
        }
        pen.line(x, row.y, row.width, &label);
        after = x + wide + 1;
        x += tab_width(view, page);
    }
    after.min(row.width)
}

/// `agency-eu   read-write   12:04Z`
fn right(state: &State, page: &Page, now: DateTime<Utc>) -> Line<'static> {
    let theme = state.theme;
    let muted = theme.text(Meaning::Muted);
    let gap = if page.roomy { "   " } else { "  " };
    let mut right = Line::from(Span::styled(format!("{}{gap}", steady(&state.fleet)), muted));
    if page.roomy {
        let mode = if state.read_only() { "read-only" } else { "read-write" };
        right.push_span(Span::styled(format!("{mode}{gap}"), muted));
    }
    let clock = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    right.push_span(Span::styled(now.format("%H:%MZ").to_string(), clock));
    right
}

/// What is open over the views: its name; none where a view itself is.
fn opened(state: &State, pen: &Pen<'_>) -> Option<String> {
    let sheet = match state.overlays.last() {
        Some(Overlay::Confirm(open)) => match &open.intent {
            Intent::ObjectType(site, _) => Some(site),
            _ => None,
        },
        _ => None,
    };
    if let Some(site) = sheet {
        return Some(format!("{site} {} Object type", pen.glyphs.get(Glyph::Crumb)));
    }
    match state.screen()? {
        Screen::Site(site) => Some(site.name.to_string()),
        Screen::SiteFields(page) => Some(page.site.to_string()),
        Screen::User(_) => Some(state.user()?.1.name.to_string()),
        Screen::Watch(_) => {
            let authorization = &state.watch()?.authorization;
            let verb = if authorization.first { "Authorize" } else { "Reauthorize" };
            Some(format!("{} {} {verb}", authorization.site, pen.glyphs.get(Glyph::Crumb)))
        }
        Screen::Run(_) => Some("Refresh topics and fields".to_owned()),
        Screen::Plan => Some("Plan".to_owned()),
        Screen::Log => Some("Command log".to_owned()),
        Screen::Users | Screen::Orgs | Screen::Fields | Screen::Trail => None,
    }
}
