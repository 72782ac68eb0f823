//! A fleet without sites: what fusebox is about, and where sites are named.

use crate::model::settings::DEFAULT_SLOT_LIMIT;
use crate::ui::action::{Action, TABLE};
use crate::ui::glyphs::Glyph;
use crate::ui::keymap::Key;
use crate::ui::page::Page;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Draws the page's body.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page) {
    let theme = state.theme;
    let (rule, faint, muted) = (theme.text(Meaning::Rule), theme.text(Meaning::Faint), theme.text(Meaning::Muted));
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let free = pen.glyphs.get(Glyph::Free);
    let mut fuses = Line::default();
    for _ in 0..DEFAULT_SLOT_LIMIT {
        fuses.push_span(Span::styled(format!("{free}   "), rule));
        fuses.push_span(Span::styled("free", faint));
        fuses.push_span(Span::styled(format!("   {free}"), rule));
        fuses.push_span(Span::raw(" "));
    }
    let place = if state.config.is_empty() { "the configuration file".to_owned() } else { state.config.clone() };
    let text = |words: String, style| Line::from(Span::styled(words, style));
    // A command, not a key: nothing here edits the configuration.
    let command = |words: &str, does: &str| {
        Line::from(vec![Span::styled(format!("{words:<17}"), strong), Span::styled(does.to_owned(), muted)])
    };
    let demo = TABLE.iter().find(|entry| entry.action == Action::Demo);
    let demo =
        demo.and_then(|entry| state.keymap.keys(entry).first()).map_or("fusebox demo".to_owned(), Key::to_string);
    let accent = theme.text(Meaning::Accent).add_modifier(Modifier::BOLD);
    let key = Line::from(vec![
        Span::styled(format!("{demo:<17}"), accent),
        Span::styled("looks around in a made-up fleet, no network", muted),
    ]);
    let lines = [
        fuses,
        Line::default(),
        text(format!("A Salesforce user holds {DEFAULT_SLOT_LIMIT}. One more silently cuts off the first."), muted),
        Line::default(),
        text("No sites yet".to_owned(), strong),
        text("fusebox watches nothing and has sent nothing.".to_owned(), muted),
        Line::default(),
        command("fusebox add URL", "names a site: over REST, ssh, or here by WP-CLI"),
        key,
        Line::default(),
        text(if state.read_only() { "A first start is read-only.".to_owned() } else { String::new() }, muted),
        text(format!("Orgs are named in {place}"), theme.text(Meaning::Text)),
    ];
    let left = (page.body.width / 7).min(24);
    let top = page.body.y + if page.roomy { 4 } else { 2 };
    for (y, line) in (top..page.body.bottom()).zip(&lines) {
        pen.line(left, y, page.body.width.saturating_sub(left), line);
    }
}
