//! The banner above the list: orgs that refuse their list of approvals, what that hides, what would lift it.

use crate::ui::action::{Action, Context};
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{fit, line_width, steady};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Draws the banner, where the page has a place for it.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page) {
    let orgs: Vec<_> = state.refusing().collect();
    let (Some(first), false) = (orgs.first(), page.banner.is_empty()) else { return };
    let Some(refused) = &first.refused else { return };
    let theme = state.theme;
    let (text, muted) = (theme.text(Meaning::Text), theme.text(Meaning::Muted));
    let area = inner(page.banner);
    let names: Vec<&str> = orgs.iter().map(|board| board.name.as_str()).collect();
    let sites: usize = orgs.iter().map(|board| board.sites).sum();
    let (said, whose) = match orgs.len() {
        1 => (format!("{} gives no token list: {}", first.name, refused.text), "its"),
        n => (format!("{n} orgs give no token list: {}", names.join(", ")), "their"),
    };
    let sign = format!("{} {}", pen.glyphs.get(Glyph::Warn), steady(&said));
    pen.text(area.x, area.y, area.width, &sign, theme.text(Meaning::Warn).add_modifier(Modifier::BOLD));
    let plural = if sites == 1 { "site" } else { "sites" };
    let hidden = format!("Hidden for {whose} {sites} {plural}: slots, uses, who is next out. All else goes on.");
    pen.text(area.x + 2, area.y + 1, area.width.saturating_sub(2), &hidden, text);
    let mut way_out = Line::default();
    if let Some(key) = state.keymap.key_of(Action::Acknowledge, Context::Sites) {
        way_out.push_span(Span::raw("   "));
        way_out.push_span(Span::styled(key.to_string(), theme.text(Meaning::Accent).add_modifier(Modifier::BOLD)));
        way_out.push_span(Span::styled(" acknowledge", muted));
    }
    // What would lift it is cut before the key is.
    let room = area.width.saturating_sub(2 + line_width(&way_out));
    let needs = fit(&format!("Asks for the permission {}", steady(&refused.permission)), room, pen.glyphs);
    let mut line = Line::from(Span::styled(needs, muted));
    line.spans.extend(way_out.spans);
    pen.line(area.x + 2, area.y + 2, area.width.saturating_sub(2), &line);
}
