//! The strip below the list: the selected site in a sentence, the age of its proof, and what to do next.

use crate::model::{Expiry, SiteRow};
use crate::ui::age;
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::panes::cells::{life, owner};
use crate::ui::panes::sites;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::{line_width, steady, wrap};
use crate::ui::widgets::{Pen, hairline};
use chrono::{DateTime, Utc};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Width of the labels.
const LABEL: u16 = 6;

/// Draws the strip.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let (theme, area) = (state.theme, page.strip);
    let (position, _) = sites::position(state, page);
    let name = state.selected().map_or_else(String::new, |row| steady(row.name.as_str()));
    let line = hairline::line(state.glyphs, theme, area.width, [Glyph::Line; 2], &name, &position);
    pen.line(area.x, area.y, area.width, &line);
    let Some(row) = state.selected() else { return };
    let lines = lines(state, row, page, now);
    let room = inner(area);
    for (y, line) in (area.y + 1..area.bottom()).zip(&lines) {
        pen.text(room.x, y, LABEL, line.label, theme.text(Meaning::Faint));
        pen.both(room.x + LABEL, y, room.width - LABEL, &line.left, &line.right);
    }
}

struct Labelled {
    label: &'static str,
    left: Line<'static>,
    right: Line<'static>,
}

fn lines(state: &State, row: &SiteRow, page: &Page, now: DateTime<Utc>) -> Vec<Labelled> {
    let theme = state.theme;
    let (text, muted) = (theme.text(Meaning::Text), theme.text(Meaning::Muted));
    let width = page.strip.width - 4 - LABEL;
    let sure = row.confidence.map_or_else(Line::default, |c| one(format!("sure: {c}"), muted));
    let reason = if row.reason.is_empty() { "Nothing speaks against it." } else { row.reason.as_str() };
    // The sentence may take two rows: the part that matters is often its end.
    let beside = line_width(&sure) + 2;
    let steady_reason = steady(reason);
    let mut why = wrap(&steady_reason, width.saturating_sub(beside), 1, state.glyphs);
    let whole = crate::ui::widgets::pen::width(&steady_reason) <= width.saturating_sub(beside);
    if !whole {
        why = wrap(&steady_reason, width, 2, state.glyphs);
    }
    let last = why.len().saturating_sub(1);
    let mut lines: Vec<Labelled> = why
        .into_iter()
        .enumerate()
        .map(|(i, part)| {
            let room = i == last && crate::ui::widgets::pen::width(&part) + beside <= width;
            Labelled {
                label: if i == 0 { "why" } else { "" },
                left: one(part, text),
                right: if room { sure.clone() } else { Line::default() },
            }
        })
        .collect();
    lines.push(proof(state, row, page, now, text, muted));
    lines.extend(next(state, row, text, muted));
    lines
}

/// `proof  11:39Z, 25m ago   life ~30d from policy                seen 12s ago`
fn proof(state: &State, row: &SiteRow, page: &Page, now: DateTime<Utc>, text: Style, muted: Style) -> Labelled {
    let mut left = match row.proof_at {
        Some(at) => Line::from(vec![
            Span::styled(moment(at, now), text),
            Span::styled(format!(", {} ago", age::since(at, now)), muted),
        ]),
        None => one("never seen", muted),
    };
    if page.area.width < 80
        && let Some(owner) = owner(row)
    {
        left.push_span(Span::styled(format!("   {owner}"), text));
    }
    let ends = match &row.refresh_token {
        Expiry::At { origin, .. } | Expiry::Never { origin } => {
            format!("{} by {origin}", life(&row.refresh_token, now, state.glyphs))
        }
        Expiry::Dead => "dead".to_owned(),
        Expiry::Unknown { because } => format!("? {because}"),
    };
    left.push_span(Span::styled("   life ", state.theme.text(Meaning::Faint)));
    left.push_span(Span::styled(steady(&ends), muted));
    let right =
        row.observed_at.map_or_else(Line::default, |at| one(format!("seen {} ago", age::since(at, now)), muted));
    Labelled { label: "proof", left, right }
}

/// The remedies, safest first, of the finding that decides and of those after it.
fn next(state: &State, row: &SiteRow, text: Style, muted: Style) -> Vec<Labelled> {
    let detail = state.detail.have.as_ref().filter(|detail| detail.row.name == row.name);
    let remedies = detail.iter().flat_map(|detail| detail.findings.iter().flat_map(|finding| &finding.remedies));
    let label = |i| if i == 0 { "next" } else { "" };
    remedies
        .enumerate()
        .map(|(i, remedy)| Labelled {
            label: label(i),
            left: one(steady(&remedy.what), text),
            right: one(steady(&remedy.effect), muted),
        })
        .collect()
}

/// A time today as `11:39Z`, one on another day with its date.
fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let format = if at.date_naive() == now.date_naive() { "%H:%MZ" } else { "%Y-%m-%d %H:%MZ" };
    at.format(format).to_string()
}

fn one(text: impl Into<String>, style: Style) -> Line<'static> {
    Line::from(Span::styled(text.into(), style))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn another_day_comes_with_its_date() {
        let at = |day, hour| Utc.with_ymd_and_hms(2026, 11, day, hour, 4, 0).single().expect("a time");
        assert_eq!(moment(at(23, 11), at(23, 12)), "11:04Z");
        assert_eq!(moment(at(22, 23), at(23, 0)), "2026-11-22 23:04Z");
    }
}
