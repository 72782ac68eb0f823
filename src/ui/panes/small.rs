//! A terminal too small for a list: the counts, the worst site in words, and how to get more.

use crate::model::Health;
use crate::ui::page::SMALLEST;
use crate::ui::panes::{tone, word};
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::steady;
use crate::ui::widgets::vital_signs::{Sign, line};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Draws all of `area`, however small.
pub fn draw(pen: &mut Pen<'_>, state: &State, area: Rect, now: DateTime<Utc>) {
    let theme = state.theme;
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let (faint, text) = (theme.text(Meaning::Faint), theme.text(Meaning::Text));
    let sign = |health| Sign {
        tone: tone(health),
        sign: state.glyphs.health(health),
        word: word(health),
        count: state.picture.counts.of(health),
    };
    let mut counts = line(theme, &[sign(Health::Fail), sign(Health::Warn)], 3);
    counts.push_span(Span::styled(format!(" of {} sites", state.picture.rows.len()), theme.text(Meaning::Muted)));
    // The worst by risk, whatever the order of the list.
    let worst = state.picture.rows.iter().min_by_key(|row| (row.health.rank(), std::cmp::Reverse(row.since)));
    let mut lines = vec![
        Line::from(vec![Span::styled(" fusebox", strong), Span::styled(now.format("  %H:%MZ").to_string(), text)]),
        Line::default(),
        counts,
        Line::default(),
    ];
    if let Some(row) = worst.filter(|row| matches!(row.health, Health::Fail | Health::Warn)) {
        let label = Span::styled(" worst  ", faint);
        lines.push(Line::from(vec![label, Span::styled(steady(row.name.as_str()), strong)]));
        lines.push(Line::from(Span::styled(format!("        {}", steady(&row.why)), text)));
        lines.push(Line::default());
    }
    let (wide, high) = (SMALLEST.width, SMALLEST.height);
    let said = format!(" {}x{} is small: from {wide}x{high} on there is a list", area.width, area.height);
    lines.push(Line::from(Span::styled(said, theme.text(Meaning::Muted))));
    lines.push(Line::from(Span::styled(" or: fusebox list", theme.text(Meaning::Muted))));
    for (y, line) in (area.y..area.bottom()).zip(&lines) {
        pen.line(area.x, y, area.width, line);
    }
    let key = theme.text(Meaning::Accent).add_modifier(Modifier::BOLD);
    let keys = Line::from(vec![Span::styled(" q", key), Span::styled(" quit", theme.text(Meaning::Muted))]);
    if usize::from(area.height) > lines.len() {
        pen.line(area.x, area.bottom() - 1, area.width, &keys);
    }
}
