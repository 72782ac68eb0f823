//! The row above the keys while nothing else is said there: what is marked, and the filter that stands.

use crate::ui::overlays::filter;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{line_width, steady};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Names that the row can show at most: thousands may be marked.
const MOST_NAMES: usize = 40;

/// Draws `2 marked  app.example.net, intra.example.net                    /acme`.
pub fn draw(pen: &mut Pen<'_>, state: &State, row: Rect) {
    let theme = state.theme;
    let (sites, rows) = (state.sites(), &state.picture.rows);
    let filtered = state.facts().filtered;
    let (text, muted) = (theme.text(Meaning::Text), theme.text(Meaning::Muted));
    let line = if let Some((first, last)) = sites.range(rows) {
        let more = sites.shown[first..=last].iter().filter_map(|i| rows.get(*i));
        let more = more.filter(|row| !sites.marked.contains(&row.name)).count();
        Line::from(vec![
            Span::styled(format!("range of {}", last - first + 1), text),
            Span::styled(format!("  v marks {more} more, Backspace leaves it"), muted),
        ])
    } else if sites.marked.is_empty() {
        if filtered {
            filter::standing(pen, state, row);
        }
        return;
    } else {
        let names: Vec<String> = sites.marked.iter().take(MOST_NAMES).map(|name| steady(name.as_str())).collect();
        Line::from(vec![
            Span::styled(format!("{} marked", sites.marked.len()), text),
            Span::styled(format!("  {}", names.join(", ")), muted),
        ])
    };
    // A filter that stands must not be forgotten for marks: it decides which of them one sees.
    let query = steady(sites.narrowing.asked());
    let asks = Line::from(vec![Span::styled("/", theme.text(Meaning::Accent)), Span::styled(query, text)]);
    let beside = if filtered { line_width(&asks).min(row.width / 3) } else { 0 };
    pen.line_right(row.right(), row.y, beside, &asks);
    pen.line(row.x, row.y, row.width.saturating_sub(beside + if beside > 0 { 2 } else { 0 }), &line);
}
