//! Row 0: the program, where one is, the fleet, whether anything may be written, the time.

use crate::model::Intent;
use crate::ui::action::Context;
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::state::{Overlay, Screen, State};
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{fit, line_width, steady};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Cells from which on the name of a site says something.
const LEAST_CRUMB: u16 = 10;

/// The view that one is in, whatever was opened from there.
fn tab_of(state: &State) -> Context {
    match state.screens.opened.first() {
        Some(Screen::Users | Screen::User(_)) => Context::Users,
        Some(Screen::Orgs) => {
            if state.place() == Context::Orgs {
                Context::Orgs
            } else {
                Context::Users
            }
        }
        Some(Screen::Trail) => Context::Audit,
        Some(Screen::Site(_) | Screen::Watch(_) | Screen::Run(_) | Screen::Plan) | None => Context::Sites,
    }
}

/// Draws `fusebox    1 Sites   2 Users   3 Orgs   7 Audit        agency-eu   read-write   12:04Z`.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let theme = state.theme;
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let muted = theme.text(Meaning::Muted);
    let row = page.header;
    pen.buffer.set_style(row, theme.raised());
    let (margin, apart) = if page.roomy { (2, 3) } else { (1, 1) };
    pen.text(margin, row.y, row.width, "fusebox", strong);
    let accent = theme.text(Meaning::Accent).add_modifier(Modifier::BOLD);
    let mut x = margin + 8 + apart;
    let mut after = x;
    let views =
        [(Context::Sites, "Sites"), (Context::Users, "Users"), (Context::Orgs, "Orgs"), (Context::Audit, "Audit")];
    for (view, name) in views {
        let number = match view {
            Context::Users => "2",
            Context::Orgs => "3",
            Context::Audit => "7",
            _ => "1",
        };
        let here = view == tab_of(state);
        let label = Line::from(vec![
            Span::styled(number, accent),
            Span::styled(format!(" {name}"), if here { strong } else { muted }),
        ]);
        let wide = line_width(&label);
        if here {
            let active = Rect::new(x - 1, row.y, wide + 2, 1);
            pen.buffer.set_style(active.intersection(row), theme.select());
        }
        pen.line(x, row.y, row.width, &label);
        after = x + wide + 1;
        x += wide + apart;
    }
    let after = after.min(row.width);

    let gap = if page.roomy { "   " } else { "  " };
    let clock = Span::styled(now.format("%H:%MZ").to_string(), strong);
    let mut right = Line::from(Span::styled(format!("{}{gap}", steady(&state.fleet)), muted));
    if page.roomy {
        let mode = if state.read_only() { "read-only" } else { "read-write" };
        right.push_span(Span::styled(format!("{mode}{gap}"), muted));
    }
    right.push_span(clock.clone());
    let end = row.width.saturating_sub(margin);
    let room = end.saturating_sub(after + 2);
    let right = if line_width(&right) <= room { right } else { Line::from(clock) };
    pen.line_right(end, row.y, room, &right);
    let sheet = match state.overlays.last() {
        Some(Overlay::Confirm(open)) => match &open.intent {
            Intent::ObjectType(site, _) => Some(site),
            _ => None,
        },
        _ => None,
    };
    let name = match state.screen() {
        _ if sheet.is_some() => {
            sheet.map_or_else(String::new, |site| format!("{site} {} Object type", pen.glyphs.get(Glyph::Crumb)))
        }
        Some(Screen::Site(site)) => site.name.to_string(),
        Some(Screen::User(_)) => state.user().map_or_else(String::new, |(_, user)| user.name.to_string()),
        Some(Screen::Watch(_)) => state.watch().map_or_else(String::new, |watching| {
            let verb = if watching.authorization.first { "Authorize" } else { "Reauthorize" };
            format!("{} {} {verb}", watching.authorization.site, pen.glyphs.get(Glyph::Crumb))
        }),
        Some(Screen::Run(_)) => "Refresh topics and fields".to_owned(),
        Some(Screen::Plan) => "Plan".to_owned(),
        Some(Screen::Users | Screen::Orgs | Screen::Trail) | None => return,
    };
    // Where one is in that view, as far as there is room for it.
    let room = room.saturating_sub(line_width(&right) + 2);
    let crumb = fit(&format!("{} {}", pen.glyphs.get(Glyph::Crumb), steady(&name)), room, pen.glyphs);
    if room >= LEAST_CRUMB {
        pen.text(after + 1, row.y, room, &crumb, theme.text(Meaning::Text));
    }
}
