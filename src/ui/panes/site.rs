//! The page of one site: everything that is known of it, in two columns where there is room.

use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::panes::detail::{Section, Subject, flow, furthest, scrolled};
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{fit_line, line_width, steady};
use chrono::{DateTime, Utc};
use ratatui::layout::{Rect, Size};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// From here on two columns stand side by side.
const TWO_COLUMNS: u16 = 120;
/// Below this a sentence is no sentence any more.
const SMALLEST: Size = Size { width: 36, height: 9 };
/// Between the columns: two cells, a hairline, two cells.
const GUTTER: u16 = 5;

/// The page's lines, with what the sign for hidden lines says of each.
type Told = Vec<(Line<'static>, String)>;

/// Whether a page that is open can be told where there is no room for a list: sentences fold, columns do not.
pub fn fits(state: &State, page: &Page) -> bool {
    state.site_page().is_some() && page.area.width >= SMALLEST.width && page.area.height >= SMALLEST.height
}

/// Draws the page between header and message.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let (Some(open), Some(row)) = (state.site_page(), state.subject()) else { return };
    let (title, body) = areas(page);
    let subject = Subject::new(state, row, true, now);
    let strong = state.theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let mut line = Line::from(subject.badge());
    line.push_span(Span::styled(format!(" {}", steady(row.name.as_str())), strong));
    let sites = state.sites();
    let place =
        Span::styled(format!("{} of {}", sites.cursor + 1, sites.shown.len()), state.theme.text(Meaning::Muted));
    // The badge's fill may hang over into the margin, so that its word stands with the text below.
    pen.both(title.x.saturating_sub(1), title.y, title.width + 1, &line, &Line::from(place));
    let told = lines(&subject, body.width);
    let told: Vec<_> = told.iter().map(|(line, name)| (line.clone(), name.as_str())).collect();
    scrolled(pen, state, body, &told, open.offset);
}

/// How many lines do not fit the page: as far as it scrolls.
pub fn hidden(state: &State, now: DateTime<Utc>) -> usize {
    let Some(row) = state.subject() else { return 0 };
    let body = areas(&state.page()).1;
    furthest(lines(&Subject::new(state, row, true, now), body.width).len(), body.height)
}

/// The section of what the plugin logged.
pub const LOG: &str = "Log";

/// The line at which a section begins, if it is there.
pub fn place_of(state: &State, section: &str, now: DateTime<Utc>) -> Option<usize> {
    let row = state.subject()?;
    let body = areas(&state.page()).1;
    lines(&Subject::new(state, row, true, now), body.width).iter().position(|(_, name)| name == section)
}

/// The title line, and what scrolls below it.
fn areas(page: &Page) -> (Rect, Rect) {
    let all = inner(page.body);
    let under = 1 + u16::from(page.roomy);
    let title = Rect { height: all.height.min(1), ..all };
    let height = all.height.saturating_sub(under + u16::from(page.roomy));
    (title, Rect { y: all.y + under.min(all.height), height, ..all })
}

fn lines(subject: &Subject<'_>, cells: u16) -> Told {
    if cells < TWO_COLUMNS - 4 {
        let [all, _] = subject.page(cells, None);
        return named(&all);
    }
    let right_cells = (cells - GUTTER) * 2 / 5;
    let left_cells = cells - GUTTER - right_cells;
    let [left, right] = subject.page(left_cells, Some(right_cells));
    let (left, right) = (named(&left), named(&right));
    let rule = Span::styled(subject.glyphs.get(Glyph::Pipe), subject.theme.text(Meaning::Rule));
    let height = left.len().max(right.len());
    let mut columns = [left.into_iter(), right.into_iter()];
    (0..height)
        .map(|_| {
            let [left, right] = columns.each_mut().map(|column| column.next().unwrap_or_default());
            let mut line = fit_line(&left.0, left_cells, subject.glyphs);
            let pad = left_cells - line_width(&line);
            line.push_span(Span::raw(" ".repeat(usize::from(pad) + 2)));
            line.push_span(rule.clone());
            line.push_span(Span::raw("  "));
            line.spans.extend(right.0.spans);
            // Whichever column goes on names what is hidden.
            (line, if left.1.is_empty() { right.1 } else { left.1 })
        })
        .collect()
}

fn named(sections: &[Section]) -> Told {
    flow(sections).into_iter().map(|(line, name)| (line, name.to_owned())).collect()
}
