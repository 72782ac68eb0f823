//! The strip below the list: the selected site in a sentence, the age of its proof, and what to do next.

use crate::model::age;
use crate::model::{Confidence, Expiry, Health, SiteRow};
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::panes::cells::{life, owner};
use crate::ui::panes::quarters::{quarters, resample};
use crate::ui::panes::sites;
use crate::ui::state::State;
use crate::ui::state::well::Well;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::{line_width, steady, wrap};
use crate::ui::widgets::{Pen, hairline, wire};
use chrono::{DateTime, Utc};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Width of the labels.
const LABEL: u16 = 6;
/// Cells of the long wire: half an hour each.
const WIRE: u16 = 48;

/// Draws the strip.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let (theme, area) = (state.theme, page.strip);
    let (position, _) = sites::position(state, page);
    // Until the operator has chosen a row, a fleet without trouble has more to say than its first one.
    let well = state.digest.well.as_ref().filter(|_| state.sites().moved_at.is_none() && !state.facts().filtered);
    if let Some(well) = well {
        let line = hairline::line(state.glyphs, theme, area.width, [Glyph::Line; 2], "", &position);
        pen.line(area.x, area.y, area.width, &line);
        for (y, line) in (area.y + 1..area.bottom()).zip(&all_well(state, well, now)) {
            pen.line(area.x + 2, y, area.width.saturating_sub(4), line);
        }
        return;
    }
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
    lines.extend(lacks(state, row));
    lines.push(day(state, row, page, now));
    lines.extend(next(state, row, text, muted));
    lines
}

/// That all is well, since when that is known at the latest, and what comes next.
fn all_well(state: &State, well: &Well, now: DateTime<Utc>) -> [Line<'static>; 3] {
    let theme = state.theme;
    let (text, muted) = (theme.text(Meaning::Text), theme.text(Meaning::Muted));
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let span = |words: String, style| Span::styled(words, style);
    let who = if well.sites == 1 { "The site".to_owned() } else { format!("All {} sites", well.sites) };
    // Ages are rounded down: all proofs are younger than one unit more.
    let proved =
        well.proved_since.map_or_else(String::new, |at| format!(" proved in the last {}", age::within(at, now)));
    let expire = match &well.ends {
        Some((name, at, origin)) => vec![
            span("Next to expire  ".to_owned(), muted),
            span(steady(name.as_str()), text),
            span(format!(" in {}, by {origin}", age::span(*at - now)), muted),
        ],
        None => vec![span("Next to expire  ".to_owned(), muted), span("none has a date".to_owned(), text)],
    };
    let (whom, unless) = match well.full_users {
        None => ("?", "  no org lists its approvals".to_owned()),
        Some(0) => ("nobody", ": no user is full".to_owned()),
        Some(1) => ("nobody", " unless the one full user approves again".to_owned()),
        Some(n) => ("nobody", format!(" unless one of {n} full users approves again")),
    };
    let evicted =
        vec![span("Next to be evicted  ".to_owned(), muted), span(whom.to_owned(), text), span(unless, muted)];
    [Line::from(span(format!("{who}{proved}."), strong)), Line::from(expire), Line::from(evicted)]
}

/// `24 h  ────────────────────────×        life ~30d by policy   last proof 11:39Z`
fn day(state: &State, row: &SiteRow, page: &Page, now: DateTime<Utc>) -> Labelled {
    let theme = state.theme;
    let (text, muted) = (theme.text(Meaning::Text), theme.text(Meaning::Muted));
    let detail = state.detail.have.as_ref().filter(|detail| detail.row.name == row.name);
    let left = match detail.and_then(|detail| quarters(detail, now)) {
        Some(marks) => wire::line(theme, state.glyphs, &resample(&marks, WIRE), Meaning::Text, false),
        None => wire::line(theme, state.glyphs, &row.wire.marks(now), Meaning::Text, false),
    };
    let room = page.strip.width.saturating_sub(4 + LABEL + line_width(&left) + 2);
    let mut parts: Vec<Line<'static>> = Vec::new();
    if page.area.width < 80
        && let Some(owner) = owner(row)
    {
        parts.push(one(owner, text));
    }
    let ends = match &row.refresh_token {
        Expiry::At { origin, .. } | Expiry::Never { origin } => {
            format!("{} by {origin}", life(&row.refresh_token, now, state.glyphs))
        }
        Expiry::Dead => "dead".to_owned(),
        Expiry::Unknown { because } => format!("? {because}"),
    };
    parts.push(Line::from(vec![Span::styled("life ", theme.text(Meaning::Faint)), Span::styled(steady(&ends), muted)]));
    parts.push(match row.proof_at {
        Some(at) => one(format!("last proof {}", moment(at, now)), muted),
        None => one("never proved", muted),
    });
    // Whole parts, the least needed first, give way to the wire.
    let mut right = joined(&parts);
    while line_width(&right) > room && parts.len() > 1 {
        parts.remove(0);
        right = joined(&parts);
    }
    Labelled { label: "24 h", left, right }
}

fn joined(parts: &[Line<'static>]) -> Line<'static> {
    let mut line = Line::default();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            line.push_span(Span::raw("   "));
        }
        line.spans.extend(part.spans.iter().cloned());
    }
    line
}

/// What the list of approvals would tell, where the org refuses it: what is missing is named, so that nobody looks for
/// it in vain.
fn lacks(state: &State, row: &SiteRow) -> Option<Labelled> {
    // What is sure without the list lacks nothing.
    let org = row.org.as_ref().filter(|_| row.confidence != Some(Confidence::High))?;
    state.picture.boards.iter().find(|board| board.name == *org && board.refused.is_some())?;
    let tells = if row.health == Health::Fail { "why it broke" } else { "its slot and who is next out" };
    let (text, muted) = (state.theme.text(Meaning::Text), state.theme.text(Meaning::Muted));
    let left = Line::from(vec![
        Span::styled(steady(&format!("the token list of {org}")), text),
        Span::styled(format!(" would tell {tells}"), muted),
    ]);
    Some(Labelled { label: "lacks", left, right: Line::default() })
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
