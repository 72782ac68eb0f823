//! One site in full: sections of lines that the pane beside the list and the page of one site share, and that pane.
//!
//! Sections are built from the line of the site and, once it came, from what the machinery knows behind it. Never from
//! what is known of another site.

mod connection;
mod day;
mod ledger;
mod log;
mod next;
mod org;
mod why;

pub(in crate::ui::panes) use connection::policy;

use crate::model::{OrgLedger, SiteDetail, SiteRow};
use crate::protocol::Picture;
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::panes::{tone, word};
use crate::ui::state::{Digest, State};
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::Pen;
use crate::ui::widgets::badge::badge;
use crate::ui::widgets::pen::{fit, line_width, steady, width};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

/// One site, and everything that its sections are told from.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its line.
    pub row: &'a SiteRow,
    /// What is behind the line, once it came.
    pub detail: Option<&'a SiteDetail>,
    /// The fleet around it.
    pub picture: &'a Picture,
    /// What its lines say together.
    pub digest: &'a Digest,
    /// Who holds which slot of its org, once that came.
    pub ledger: Option<&'a OrgLedger>,
    /// The styles.
    pub theme: Theme,
    /// The signs.
    pub glyphs: Glyphs,
    /// Whether there is room for all: nothing is left out and no sentence is cut.
    pub whole: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

/// A title with the lines under it.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// What the sign for hidden lines calls it; empty where it has no title.
    pub name: String,
    /// All lines, the title's first.
    pub lines: Vec<Line<'static>>,
}

impl<'a> Subject<'a> {
    /// The site of `row` as `state` knows it.
    pub fn new(state: &'a State, row: &'a SiteRow, whole: bool, now: DateTime<Utc>) -> Self {
        let detail = state.detail.have.as_deref().filter(|detail| detail.row.name == row.name);
        let (picture, digest) = (&state.picture, &state.digest);
        let ledger = state.ledger.have.as_deref().filter(|ledger| Some(&ledger.org) == row.org.as_ref());
        Self { row, detail, picture, digest, ledger, theme: state.theme, glyphs: state.glyphs, whole, now }
    }

    /// The sections of the pane beside the list, in `cells`.
    pub fn sections(&self, cells: u16) -> Vec<Section> {
        let mut sections = vec![self.head(cells), self.day(cells)];
        sections.extend(self.why(cells));
        sections.extend(self.next(cells));
        sections.push(self.connection(cells));
        sections.extend(self.log(cells));
        sections.extend(self.around(cells));
        sections
    }

    /// The sections of the page of one site, in two columns from `beside` cells on the right, or one below the other.
    pub fn page(&self, cells: u16, beside: Option<u16>) -> [Vec<Section>; 2] {
        let right = beside.unwrap_or(cells);
        let first = [Some(self.verdict(cells)), Some(self.day(cells)), self.why(cells)];
        let steps: Vec<Section> = self.next(right).into_iter().collect();
        let facts = self.approvals(right).into_iter().chain([self.connection(right)]);
        let rest = self.others(cells).into_iter().chain(self.log(cells)).chain(self.around(cells));
        let first = first.into_iter().flatten();
        match beside {
            Some(_) => [first.chain(rest).collect(), steps.into_iter().chain(facts).collect()],
            None => [first.chain(steps).chain(rest).chain(facts).collect(), Vec::new()],
        }
    }

    /// Name and badge, and the verdict in at most two lines.
    fn head(&self, cells: u16) -> Section {
        let name = Line::from(Span::styled(steady(self.row.name.as_str()), self.bold(Meaning::Strong)));
        // The fill of a badge may hang over by a cell, so that its word ends with the text below it.
        let cells_with_fill = cells.saturating_add(1);
        let mut section = self.verdict(cells);
        section.lines.insert(0, spread(name, Line::from(self.badge()), cells_with_fill, self.glyphs));
        section
    }

    /// The health as a badge.
    pub fn badge(&self) -> Vec<Span<'static>> {
        let health = self.row.health;
        badge(self.theme, tone(health), self.glyphs.health(health), word(health), false)
    }

    fn style(&self, meaning: Meaning) -> Style {
        self.theme.text(meaning)
    }

    fn bold(&self, meaning: Meaning) -> Style {
        self.style(meaning).add_modifier(Modifier::BOLD)
    }

    fn text(&self, words: impl Into<String>, meaning: Meaning) -> Line<'static> {
        Line::from(Span::styled(words.into(), self.style(meaning)))
    }

    /// A title with its terms on the right.
    fn titled(&self, name: &str, terms: &str, cells: u16) -> Section {
        let title = Line::from(Span::styled(name.to_owned(), self.bold(Meaning::Strong)));
        let line = spread(title, self.text(terms, Meaning::Faint), cells, self.glyphs);
        Section { name: name.to_owned(), lines: vec![line] }
    }

    /// `text` behind `lead`, folded under itself, with a note at the right of its first line.
    fn hung(&self, lead: Vec<Span<'static>>, text: (&str, Style), note: &str, cells: u16) -> Vec<Line<'static>> {
        let most = if self.whole { usize::MAX } else { 3 };
        let indent = lead.iter().map(|span| width(&span.content)).sum::<u16>();
        let noted = if note.is_empty() { 0 } else { width(note) + 2 };
        let room = cells.saturating_sub(indent + noted).max(8);
        let mut lines = Vec::new();
        let mut lead = Some(lead);
        for part in fold(text.0, [room, room + noted], most, self.glyphs) {
            let first = lead.is_some();
            let spans = lead.take().unwrap_or_else(|| vec![Span::raw(" ".repeat(usize::from(indent)))]);
            let mut line = Line::from(spans);
            line.push_span(Span::styled(part, text.1));
            let note = if first { note } else { "" };
            lines.push(spread(line, self.text(note, Meaning::Faint), cells, self.glyphs));
        }
        lines
    }

    /// When something happened: with seconds today where there is room, else as short as it stays clear.
    fn when(&self, at: DateTime<Utc>) -> String {
        let today = at.date_naive() == self.now.date_naive();
        let format = match (today, self.whole) {
            (true, true) => "%H:%M:%S",
            (true, false) => "%H:%M",
            (false, true) => "%Y-%m-%d",
            (false, false) if (self.now - at).num_days().abs() < 300 => "%b %d",
            (false, false) => "%Y-%m",
        };
        at.format(format).to_string()
    }
}

/// `text` in lines of at most `cells`, the first of at most `first`, broken inside a word only where the word is longer than
/// a line; the last is cut where more is left.
pub(in crate::ui::panes) fn fold(text: &str, [first, cells]: [u16; 2], most: usize, glyphs: Glyphs) -> Vec<String> {
    let steady = steady(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut words = steady.split_whitespace();
    while let Some(word) = words.next() {
        let room = if lines.is_empty() { first } else { cells };
        let fits = width(&line).saturating_add(1).saturating_add(width(word)) <= room;
        if line.is_empty() || fits {
            if !line.is_empty() {
                line.push(' ');
            }
        } else if lines.len() + 1 < most {
            lines.push(std::mem::take(&mut line));
        } else {
            let rest = std::iter::once(word).chain(words).collect::<Vec<_>>().join(" ");
            lines.push(fit(&format!("{line} {rest}"), room, glyphs));
            return lines;
        }
        for grapheme in word.graphemes(true) {
            let room = if lines.is_empty() { first } else { cells };
            if width(&line).saturating_add(width(grapheme)) > room && !line.is_empty() {
                if lines.len() + 1 >= most {
                    lines.push(fit(&format!("{line}{grapheme}"), room, glyphs));
                    return lines;
                }
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(grapheme);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `left`, and `right` at the end of `cells`; where both do not fit, `left` alone.
pub(in crate::ui::panes) fn spread(
    left: Line<'static>,
    right: Line<'static>,
    cells: u16,
    glyphs: Glyphs,
) -> Line<'static> {
    let (wide, beside) = (line_width(&left), line_width(&right));
    if beside == 0 || wide.saturating_add(1).saturating_add(beside) > cells {
        return crate::ui::widgets::pen::fit_line(&left, cells, glyphs);
    }
    let mut line = left;
    line.push_span(Span::raw(" ".repeat(usize::from(cells - wide - beside))));
    line.spans.extend(right.spans);
    line
}

/// The lines of `sections`, one empty line between two; with each the name of the section it belongs to.
pub fn flow(sections: &[Section]) -> Vec<(Line<'static>, &str)> {
    let mut lines: Vec<(Line<'static>, &str)> = Vec::new();
    for section in sections.iter().filter(|section| !section.lines.is_empty()) {
        if !lines.is_empty() {
            lines.push((Line::default(), section.name.as_str()));
        }
        lines.extend(section.lines.iter().map(|line| (line.clone(), section.name.as_str())));
    }
    lines
}

/// How far lines scroll in `height`: the last line is then the last row.
pub fn furthest(lines: usize, height: u16) -> usize {
    lines.saturating_sub(usize::from(height))
}

/// What stands in the last row for the lines below the window: how many, and of what.
pub fn more(hidden: &[(Line<'static>, &str)]) -> String {
    let count = hidden.iter().filter(|(line, _)| line_width(line) > 0).count();
    let mut names: Vec<&str> = hidden.iter().map(|(_, name)| *name).filter(|name| !name.is_empty()).collect();
    names.dedup();
    if names.is_empty() { format!("{count} more") } else { format!("{count} more: {}", names.join(", ")) }
}

/// Draws the pane in `area`, scrolled by `offset` lines.
pub fn draw(pen: &mut Pen<'_>, state: &State, area: Rect, offset: usize, now: DateTime<Utc>) {
    let Some(row) = state.selected().filter(|_| !area.is_empty()) else { return };
    let sections = Subject::new(state, row, false, now).sections(area.width);
    scrolled(pen, state, area, &flow(&sections), offset);
}

/// How many lines of the selected site do not fit the pane: as far as it scrolls.
pub fn hidden(state: &State, now: DateTime<Utc>) -> usize {
    let area = state.page().detail;
    let Some(row) = state.selected() else { return 0 };
    furthest(flow(&Subject::new(state, row, false, now).sections(area.width)).len(), area.height)
}

/// Draws the lines that `area` shows from `offset` on, the last row a sign where more follow.
pub fn scrolled(pen: &mut Pen<'_>, state: &State, area: Rect, lines: &[(Line<'static>, &str)], offset: usize) {
    let offset = offset.min(furthest(lines.len(), area.height));
    let (shown, height) = (&lines[offset..], usize::from(area.height));
    let cut = shown.len() > height;
    let mut kept = if cut { height.saturating_sub(1) } else { shown.len() };
    // A title without a line of its own says nothing.
    let empty = |line: usize| line_width(&shown[line].0) == 0;
    while cut && kept > 1 && (empty(kept - 1) || (empty(kept - 2) && shown[kept].1 == shown[kept - 1].1)) {
        kept -= 1;
    }
    for (y, (line, _)) in (area.y..area.bottom()).zip(&shown[..kept]) {
        pen.line(area.x, y, area.width.saturating_add(1), line);
    }
    if cut && height > 0 {
        let sign = format!("{} {}", state.glyphs.get(Glyph::Free), more(&shown[kept..]));
        pen.text(area.x, area.bottom() - 1, area.width, &sign, state.theme.text(Meaning::Faint));
    }
}

#[cfg(test)]
mod tests;
