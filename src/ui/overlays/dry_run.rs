//! The page of a dry run: what breaks, what changes, what stays, what follows, and what says that it is meant. It takes the place
//! of the page below the header, since what has to be read is long; it scrolls.

use crate::model::dry_run::{DryLine, DryRun, Impact};
use crate::model::{Clean, Intent};
use crate::ui::glyphs::Glyph;
use crate::ui::overlays::confirm;
use crate::ui::page::Page;
use crate::ui::state::State;
use crate::ui::state::confirm::Confirm;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::{fit, line_width, steady, width, wrap};
use crate::ui::widgets::{Pen, labelled};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Cells of a column of names, least and most.
const NAMES: (u16, u16) = (9, 22);
/// The same where the page is narrow.
const NARROW: (u16, u16) = (9, 16);
/// Rows that what follows of one thing takes at most.
const SO: usize = 3;
/// Where what is told under the lines begins behind its label.
const LABEL: u16 = 6;
/// Rows that the lines keep before what is done beside it scrolls with them.
const LEAST: usize = 5;

/// What stands where.
struct Sheet {
    title: Rect,
    heads: Rect,
    list: Rect,
    /// What scrolls.
    rows: Vec<Line<'static>>,
    /// What stands under it.
    pinned: Vec<Line<'static>>,
    under: Rect,
    /// What says how to go on, and below it the field.
    musts: Vec<Line<'static>>,
    foot: Rect,
}

/// Whether it can be read well enough to be answered.
pub fn fits(state: &State, confirm: &Confirm) -> bool {
    let page = state.page();
    let cells = inner(page.body).width;
    page.fits() && confirm.word().is_none_or(|word| width(word) + 4 <= cells)
}

/// The last row from which on a page of it is drawn.
pub fn last_offset(state: &State, confirm: &Confirm) -> usize {
    let Some(run) = &confirm.dry_run else { return 0 };
    let sheet = Sheet::of(state, &state.page(), confirm, run);
    sheet.rows.len().saturating_sub(usize::from(sheet.list.height))
}

/// Draws the page.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, open: &Confirm, now: DateTime<Utc>) {
    let Some(run) = &open.dry_run else { return waiting(pen, state, page, open, now) };
    let sheet = Sheet::of(state, page, open, run);
    let theme = state.theme;
    let counts = counts(state, run);
    let title = |words: &str| title(state, run.from.as_ref(), &run.to, words);
    let whole = title("dry run, nothing written");
    let left = if line_width(&whole) + 2 + line_width(&counts) <= sheet.title.width { whole } else { title("dry run") };
    pen.both(sheet.title.x, sheet.title.y, sheet.title.width, &left, &counts);
    let offset = open.offset.min(sheet.rows.len().saturating_sub(usize::from(sheet.list.height)));
    let columns = Columns::of(run, sheet.list.width);
    let position = if sheet.rows.len() > usize::from(sheet.list.height) {
        format!("PgDn  {}-{} of {}", offset + 1, offset + usize::from(sheet.list.height), sheet.rows.len())
    } else {
        String::new()
    };
    pen.both(
        sheet.heads.x,
        sheet.heads.y,
        sheet.heads.width,
        &columns.heads(state, run),
        &Line::styled(position, theme.text(Meaning::Muted)),
    );
    for (row, y) in sheet.rows.iter().skip(offset).zip(sheet.list.y..sheet.list.bottom()) {
        pen.line(sheet.list.x, y, sheet.list.width, row);
    }
    for (row, y) in sheet.pinned.iter().zip(sheet.under.y..sheet.under.bottom()) {
        pen.line(sheet.under.x, y, sheet.under.width, row);
    }
    for (row, y) in sheet.musts.iter().zip(sheet.foot.y..sheet.foot.bottom()) {
        pen.line(sheet.foot.x, y, sheet.foot.width, row);
    }
    if open.word().is_some() {
        let y = sheet.foot.bottom().saturating_sub(1);
        confirm::field(pen, state, Rect { y, height: 1, ..sheet.foot }, open);
    }
    if page.roomy {
        let keys = inner(page.keys);
        let words = Line::styled("nothing written yet", theme.text(Meaning::Faint));
        pen.line_right(keys.right(), keys.y, line_width(&words), &words);
    }
}

/// `Contact → Lead    dry run, nothing written`
fn title(state: &State, from: Option<&Clean>, to: &Clean, words: &str) -> Line<'static> {
    let theme = state.theme;
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let from = from.map_or("?", Clean::as_str);
    let both = format!("{} {} {}", steady(from), state.glyphs.get(Glyph::Becomes), steady(to.as_str()));
    Line::from(vec![Span::styled(both, strong), Span::styled(format!("    {words}"), theme.text(Meaning::Muted))])
}

/// `41 same   6 change   2 ?   × 5 break`
fn counts(state: &State, run: &DryRun) -> Line<'static> {
    let theme = state.theme;
    let muted = theme.text(Meaning::Muted);
    let bold = |meaning| theme.text(meaning).add_modifier(Modifier::BOLD);
    let count = |impact| run.count(impact);
    let mut spans = vec![
        Span::styled(format!("{} same   ", count(Impact::Same)), muted),
        Span::styled(format!("{} change   ", count(Impact::Changes)), muted),
    ];
    if count(Impact::Unknown) > 0 {
        spans.push(Span::styled(format!("{} unknown   ", count(Impact::Unknown)), bold(Meaning::Text)));
    }
    let breaks = count(Impact::Breaks);
    spans.push(if breaks > 0 {
        let sign = state.glyphs.get(Glyph::Fail);
        let verb = if breaks == 1 { "breaks" } else { "break" };
        Span::styled(format!("{sign} {breaks} {verb}"), bold(Meaning::Bad))
    } else {
        Span::styled("nothing breaks", muted)
    });
    Line::from(spans)
}

/// What is asked of the site, as far as it is, and what one can do meanwhile.
fn waiting(pen: &mut Pen<'_>, state: &State, page: &Page, open: &Confirm, now: DateTime<Utc>) {
    let Intent::ObjectType(site, to) = &open.intent else { return };
    let theme = state.theme;
    let area = inner(page.body);
    let from = state.row(site).and_then(|row| row.object_type.as_ref());
    pen.line(area.x, area.y, area.width, &title(state, from, to, "dry run, nothing written"));
    let last = open.asked.len().saturating_sub(1);
    let mut y = area.y + 2;
    for (place, what) in open.asked.iter().enumerate() {
        let (sign, meaning) =
            if place == last { (Glyph::Arrives, Meaning::Accent) } else { (Glyph::Ok, Meaning::Muted) };
        let words = if place == last { Meaning::Strong } else { Meaning::Muted };
        let seconds =
            if place == last { format!("   {}s", (now - open.since).num_seconds().max(0)) } else { String::new() };
        let line = Line::from(vec![
            Span::styled(format!("{} ", state.glyphs.get(sign)), theme.text(meaning).add_modifier(Modifier::BOLD)),
            Span::styled(steady(what.as_str()), theme.text(words)),
            Span::styled(seconds, theme.text(Meaning::Muted)),
        ]);
        pen.line(area.x, y, area.width, &line);
        y += 1;
    }
    let words = "Only looks: no token is refreshed and nothing is changed. Esc leaves, and nothing more is asked.";
    for (line, y) in wrap(words, area.width, SO, state.glyphs).into_iter().zip(y + 1..area.bottom()) {
        pen.text(area.x, y, area.width, &line, theme.text(Meaning::Muted));
    }
}

impl Sheet {
    fn of(state: &State, page: &Page, open: &Confirm, run: &DryRun) -> Self {
        let area = inner(page.body);
        let gap = u16::from(page.roomy);
        let cells = area.width;
        let mut rows = Columns::of(run, cells).rows(state, open, run, page.roomy);
        let mut pinned = beside(state, open, run, cells);
        let mut musts = musts(state, open, cells);
        let field = u16::from(open.word().is_some());
        let row = |y: u16, height: u16| Rect { y, height, ..area }.intersection(area);
        let foot_rows = u16::try_from(musts.len()).unwrap_or(0) + field;
        let top = area.y + 1 + gap;
        let end = area.bottom().saturating_sub(foot_rows + gap);
        let between = usize::from(end.saturating_sub(top + 1));
        // What is done beside it stands under the lines as long as those keep some room.
        if between < pinned.len() + 1 + LEAST && rows.len() + 1 + pinned.len() > between {
            rows.push(Line::default());
            rows.append(&mut pinned);
        }
        let above = if pinned.is_empty() { 0 } else { pinned.len() + 1 };
        let list = rows.len().min(between.saturating_sub(above));
        let (list_rows, under_rows) = (u16::try_from(list).unwrap_or(0), u16::try_from(pinned.len()).unwrap_or(0));
        let list = row(top + 1, list_rows);
        let under = row(list.bottom() + u16::from(under_rows > 0), under_rows);
        // Where all is short, what asks stands under it and not at the end of the page.
        let foot = row((under.bottom().max(list.bottom()) + 1).min(end + gap), foot_rows);
        musts.truncate(usize::from(foot.height));
        Self { title: row(area.y, 1), heads: row(top, 1), list, rows, pinned, under, musts, foot }
    }
}

/// The places of the columns.
struct Columns {
    named: u16,
    from: u16,
    to: u16,
    so: u16,
    gap: u16,
}

impl Columns {
    fn of(run: &DryRun, cells: u16) -> Self {
        let ((least, most), gap) = if cells >= 96 { (NAMES, 2) } else { (NARROW, 1) };
        let widest = |head: &str, of: fn(&DryLine) -> &Clean| {
            let cells = run.lines.iter().map(|line| width(&steady(of(line).as_str()))).max().unwrap_or(0);
            cells.max(width(head)).clamp(least, most)
        };
        let named = widest("WORDPRESS", |line| &line.named);
        let from = widest(run.from.as_ref().map_or("NOW", Clean::as_str), |line| &line.from);
        let to = widest(run.to.as_str(), |line| &line.to);
        let so = cells.saturating_sub(2 + named + gap + from + gap + 2 + to + gap).max(8);
        Self { named, from, to, so, gap }
    }

    fn set(
        &self,
        state: &State,
        cells: [(String, Style); 3],
        arrow: Span<'static>,
        so: Span<'static>,
    ) -> Vec<Span<'static>> {
        let [named, from, to] = cells;
        let pad = |(text, style): (String, Style), cells: u16| {
            let text = fit(&text, cells, state.glyphs);
            let blank = " ".repeat(usize::from((cells + self.gap).saturating_sub(width(&text))));
            Span::styled(format!("{text}{blank}"), style)
        };
        vec![pad(named, self.named), pad(from, self.from), arrow, pad(to, self.to), so]
    }

    fn heads(&self, state: &State, run: &DryRun) -> Line<'static> {
        let style = state.theme.text(Meaning::Faint);
        let upper = |object: Option<&Clean>| {
            let text = object.map_or("NOW".to_owned(), |object| steady(object.as_str()).to_uppercase());
            (text, style)
        };
        let named = ("WORDPRESS".to_owned(), style);
        let cells = [named, upper(run.from.as_ref()), upper(Some(&run.to))];
        let mut spans = vec![Span::raw("  ")];
        spans.extend(self.set(state, cells, Span::raw("  "), Span::styled("SO", style)));
        Line::from(spans)
    }

    /// The lines, as many rows each as what follows takes.
    fn rows(&self, state: &State, open: &Confirm, run: &DryRun, airy: bool) -> Vec<Line<'static>> {
        let mut rows = Vec::new();
        let mut before = None;
        for line in run.lines.iter().filter(|line| !open.only_breaks || line.impact == Impact::Breaks) {
            if airy && before.is_some_and(|impact| impact != line.impact) {
                rows.push(Line::default());
            }
            before = Some(line.impact);
            rows.extend(self.one(state, line));
        }
        if rows.is_empty() {
            let words = if open.only_breaks { "Nothing breaks." } else { "Nothing is mapped." };
            rows.push(Line::styled(words, state.theme.text(Meaning::Muted)));
        }
        rows
    }

    fn one(&self, state: &State, line: &DryLine) -> Vec<Line<'static>> {
        let (theme, glyphs) = (state.theme, state.glyphs);
        let bold = |meaning| theme.text(meaning).add_modifier(Modifier::BOLD);
        let (sign, of_sign, of_name, of_rest) = match line.impact {
            Impact::Breaks => (Glyph::Fail, bold(Meaning::Bad), bold(Meaning::Strong), theme.text(Meaning::Text)),
            Impact::Changes => (Glyph::Warn, bold(Meaning::Warn), theme.text(Meaning::Text), theme.text(Meaning::Text)),
            Impact::Unknown => {
                (Glyph::Unknown, bold(Meaning::Text), theme.text(Meaning::Text), theme.text(Meaning::Text))
            }
            Impact::Same => {
                (Glyph::Ok, theme.text(Meaning::Muted), theme.text(Meaning::Muted), theme.text(Meaning::Muted))
            }
        };
        let lead = |first: bool| Span::styled(format!("{} ", if first { glyphs.get(sign) } else { " " }), of_sign);
        if line.impact == Impact::Unknown {
            let cells = self.named + self.from + self.to + self.so + 3 * self.gap + 2;
            let parts = wrap(&steady(line.so.as_str()), cells, SO, glyphs);
            let row = |(i, part): (usize, String)| Line::from(vec![lead(i == 0), Span::styled(part, of_rest)]);
            return parts.into_iter().enumerate().map(row).collect();
        }
        let so = if line.impact == Impact::Same { "same" } else { line.so.as_str() };
        let parts = wrap(&steady(so), self.so, SO, glyphs);
        let row = |(i, part): (usize, String)| {
            let first = i == 0;
            let text = |text: &Clean| if first { steady(text.as_str()) } else { String::new() };
            let none = first && line.to.as_str().is_empty();
            let to = if none { glyphs.get(Glyph::Off).to_owned() } else { text(&line.to) };
            let arrow = if first { format!("{} ", glyphs.get(Glyph::Becomes)) } else { "  ".to_owned() };
            let cells = [(text(&line.named), of_name), (text(&line.from), of_rest), (to, of_rest)];
            let arrow = Span::styled(arrow, theme.text(Meaning::Faint));
            let mut spans = vec![lead(first)];
            spans.extend(self.set(state, cells, arrow, Span::styled(part, of_rest)));
            Line::from(spans)
        };
        parts.into_iter().enumerate().map(row).collect()
    }
}

/// What is done beside it, what takes it back, and what has to be known of the lines.
fn beside(state: &State, open: &Confirm, run: &DryRun, cells: u16) -> Vec<Line<'static>> {
    let theme = state.theme;
    let back = format!(
        "z puts {} and the old list of fields back, for 30 days",
        run.from.as_ref().map_or("what it was", Clean::as_str)
    );
    let told = |label: &'static str, texts: &[Clean]| -> Vec<(&'static str, String)> {
        texts.iter().enumerate().map(|(i, text)| (if i == 0 { label } else { "" }, text.to_string())).collect()
    };
    let mut all = told("Note", &run.notes);
    // What can not be done has nothing beside it.
    if open.refused.is_none() {
        all.extend(told("Then", &run.then));
        all.push(("Undo", back));
    }
    let mut lines = Vec::new();
    for (label, text) in all {
        let parts = wrap(&steady(&text), cells.saturating_sub(LABEL), SO, state.glyphs);
        lines.extend(labelled::lines(theme, label, LABEL, parts));
    }
    lines
}

/// What says how to go on, or why it does not.
fn musts(state: &State, open: &Confirm, cells: u16) -> Vec<Line<'static>> {
    let theme = state.theme;
    if let Some(why) = &open.refused {
        let text = format!("{} {}; nothing can be changed here", state.glyphs.get(Glyph::Warn), steady(why));
        let style = theme.text(Meaning::Warn).add_modifier(Modifier::BOLD);
        return wrap(&text, cells, SO, state.glyphs).into_iter().map(|line| Line::styled(line, style)).collect();
    }
    open.question.iter().flat_map(|question| confirm::musts(state, &question.preview, cells)).collect()
}
