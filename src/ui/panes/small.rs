//! A terminal too small for a list: the counts, the worst site in words, and how to get more.

use crate::model::age;
use crate::model::{Health, SiteRow};
use crate::ui::action::{Action, Context};
use crate::ui::page::SMALLEST;
use crate::ui::panes::{tone, word};
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::key_row::{self, Hint};
use crate::ui::widgets::pen::steady;
use crate::ui::widgets::vital_signs::{Sign, line};
use chrono::{DateTime, Utc};
use ratatui::layout::{Margin, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// The worst site by risk, whatever the order of the list; none where none is at risk.
pub fn worst(state: &State) -> Option<&SiteRow> {
    let worst = state.picture.rows.iter().min_by_key(|row| (row.health.rank(), std::cmp::Reverse(row.since)))?;
    matches!(worst.health, Health::Fail | Health::Warn).then_some(worst)
}

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
    counts.push_span(Span::styled(format!(" of {} sites", state.picture.counts.total()), theme.text(Meaning::Muted)));
    let mut lines = vec![
        Line::from(vec![Span::styled(" fusebox", strong), Span::styled(now.format("  %H:%MZ").to_string(), text)]),
        Line::default(),
        counts,
        Line::default(),
    ];
    let worst = worst(state);
    if let Some(row) = worst {
        let label = Span::styled(" worst  ", faint);
        lines.push(Line::from(vec![label, Span::styled(steady(row.name.as_str()), strong)]));
        let since = row.since.map_or_else(String::new, |at| format!(" {} ago", age::since(at, now)));
        lines.push(Line::from(Span::styled(format!("        {}{since}", steady(&row.why.at(now))), text)));
        lines.push(Line::default());
    }
    let (wide, high) = (SMALLEST.width, SMALLEST.height);
    let said = format!(" {}x{} is small: from {wide}x{high} on there is a list", area.width, area.height);
    lines.push(Line::from(Span::styled(said, theme.text(Meaning::Muted))));
    lines.push(Line::from(Span::styled(" or: fusebox list", theme.text(Meaning::Muted))));
    // A free row above, where none is missing below.
    let top = u16::from(usize::from(area.height) >= lines.len() + 2);
    for (y, line) in (area.y + top..area.bottom()).zip(&lines) {
        pen.line(area.x, y, area.width, line);
    }
    let hints = [(Action::Open, "worst"), (Action::Palette, "command"), (Action::Quit, "quit")];
    let place = state.place();
    let (hints, aside) = (hints.into_iter(), [(Action::Back, "back")].into_iter().filter(|_| place != Context::Sites));
    let hints = hints.filter(|(action, _)| *action != Action::Open || worst.is_some()).chain(aside);
    let hints = hints.filter_map(|(action, label)| {
        let key = state.keymap.key_of(action, place)?;
        Some(Hint { key: key.to_string(), label: label.to_owned(), stays: action == Action::Quit })
    });
    let hints: Vec<Hint> = hints.collect();
    if usize::from(area.height) > lines.len() {
        let row = Rect::new(area.x, area.bottom() - 1, area.width, 1).inner(Margin::new(1, 0));
        key_row::draw(pen, row, theme, "", &hints, 2);
    }
}
