//! The keys of the place below, from the table of actions, and what the signs mean.

use crate::model::Health;
use crate::ui::action::{Action, Context, Entry, Group, TABLE};
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::panes::{tone, word};
use crate::ui::state::{Help, Overlay, State};
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::Pen;
use crate::ui::widgets::badge::Tone;
use crate::ui::widgets::dialog::{self, Border};
use crate::ui::widgets::pen::{self, fit, line_width, steady};
use ratatui::layout::{Margin, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use strum::IntoEnumIterator;

/// Where the words begin behind the keys, in a column of fewer cells than this and in a wider one.
const ROOMY: u16 = 40;
const NARROW_KEYS: u16 = 10;
const KEYS: u16 = 14;

/// Where the dialog stands, its text inside it, and how many lines of that do not fit.
struct Dialog {
    frame: Rect,
    inner: Rect,
    lines: Vec<Line<'static>>,
    hidden: usize,
}

impl Dialog {
    fn of(state: &State, page: &Page, help: &Help) -> Self {
        let frame = Rect { x: 2, width: page.area.width.saturating_sub(4).min(96), ..page.body };
        let lines = lines(state, help, frame.width.saturating_sub(8));
        let margin = u16::from(usize::from(frame.height) > lines.len() + 4);
        let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2 + 2 * margin);
        let frame = Rect { height: frame.height.min(wanted), ..frame };
        let inner = frame.inner(Margin::new(4, 1 + margin));
        let hidden = lines.len().saturating_sub(usize::from(inner.height));
        Self { frame, inner, lines, hidden }
    }
}

/// How many lines do not fit the dialog: as far as it scrolls.
pub fn hidden(state: &State) -> usize {
    match state.overlays.last() {
        Some(Overlay::Help(help)) => Dialog::of(state, &state.page(), help).hidden,
        _ => 0,
    }
}

/// Draws the dialog over the page's body.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, help: &Help) {
    let Dialog { frame, inner, lines, hidden } = Dialog::of(state, page, help);
    let offset = help.offset.min(hidden);
    let mut right = match help.search.value() {
        "" => "type to search".to_owned(),
        search => format!("search: {}", steady(search)),
    };
    if hidden > offset {
        right = format!("{} more, Down   {right}", hidden - offset);
    }
    let title = match (help.search.value().is_empty(), help.all) {
        (true, false) => format!("Keys here: {}", state.place().place()),
        (true, true) => "All keys".to_owned(),
        (false, _) => "Keys".to_owned(),
    };
    dialog::draw(pen, state.theme, frame, Border::Plain, [&title, &right]);
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(offset)) {
        pen.line(inner.x, y, inner.width, line);
    }
}

fn lines(state: &State, help: &Help, width: u16) -> Vec<Line<'static>> {
    let search = help.search.value().trim();
    if !search.is_empty() {
        return found(state, search, width);
    }
    if help.all {
        let places = Context::iter().map(|place| columns(state, place, width));
        return places.collect::<Vec<_>>().join(&Line::default());
    }
    let mut lines = columns(state, state.place(), width);
    // Of the place itself the dialog's title says the name.
    lines.drain(..2);
    lines.push(Line::default());
    lines.extend(signs(state, (width / 3).max(1)));
    lines
}

/// The keys of a place under its name, in two columns that end at about the same line.
fn columns(state: &State, place: Context, width: u16) -> Vec<Line<'static>> {
    let groups: Vec<Vec<Line<'static>>> = Group::iter()
        .map(|group| {
            let mut lines = vec![title(&group.to_string(), state.theme)];
            let entries: Vec<&Entry> = keyed(state, place).filter(|entry| entry.group == group).collect();
            let ways = entries.chunk_by(|_, next| !next.with_former.is_empty());
            lines.extend(ways.map(|ways| entry(state, place, ways, (width / 2).saturating_sub(1))));
            lines
        })
        .filter(|lines| lines.len() > 1)
        .collect();
    let total: usize = groups.iter().map(Vec::len).sum();
    let (mut left, mut right): (Vec<Line<'static>>, Vec<Line<'static>>) = (Vec::new(), Vec::new());
    for group in groups {
        let column = if left.len() + group.len() <= total / 2 + 3 { &mut left } else { &mut right };
        if !column.is_empty() {
            column.push(Line::default());
        }
        column.extend(group);
    }
    let name = Span::styled(place.place(), state.theme.text(Meaning::Accent).add_modifier(Modifier::BOLD));
    let mut lines = vec![Line::from(name), Line::default()];
    lines.extend(beside(left, right, width / 2));
    lines
}

/// What `search` finds in every place: a key of that name first, then what speaks of it.
fn found(state: &State, search: &str, width: u16) -> Vec<Line<'static>> {
    let lower = search.to_lowercase();
    let mut lines = Vec::new();
    for place in Context::iter() {
        let its = |e: &&Entry| state.keymap.keys_in(e, place).any(|key| key.to_string() == search);
        let speaks = |e: &&Entry| {
            [e.help, e.label, e.id].iter().chain(e.aliases).any(|text| text.to_lowercase().contains(&lower))
                || state.keymap.keys_in(e, place).any(|key| key.to_string().to_lowercase() == lower)
        };
        let rest = keyed(state, place).filter(|e| !its(e)).filter(speaks);
        let entries: Vec<&Entry> = keyed(state, place).filter(its).chain(rest).collect();
        if entries.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(title(place.place(), state.theme));
        lines.extend(entries.into_iter().map(|e| entry(state, place, &[e], width)));
    }
    if lines.is_empty() {
        let told = format!("No key and no action is called {}. Esc takes the search back.", steady(search));
        lines.push(Line::from(Span::styled(told, state.theme.text(Meaning::Muted))));
    }
    lines
}

/// What has a key in a place. A key for a fleet without sites is no news to who has some.
fn keyed(state: &State, place: Context) -> impl Iterator<Item = &'static Entry> + '_ {
    let facts = state.facts();
    let shown =
        move |entry: &&Entry| !entry.is_hidden(facts) && (entry.action != Action::Demo || entry.enabled(facts).is_ok());
    let here =
        move |entry: &&Entry| entry.contexts.contains(&place) && state.keymap.keys_in(entry, place).next().is_some();
    TABLE.iter().filter(here).filter(shown)
}

fn title(text: &str, theme: Theme) -> Line<'static> {
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    Line::from(Span::styled(text.to_owned(), strong))
}

/// `R             ask the sites now`, or the ways of one thing in one line: `n N           next, previous match`.
fn entry(state: &State, place: Context, ways: &[&Entry], cells: u16) -> Line<'static> {
    let keys: Vec<Vec<String>> =
        ways.iter().map(|entry| state.keymap.keys_in(entry, place).map(|key| key.to_string()).collect()).collect();
    let keys_end = if cells < ROOMY { NARROW_KEYS } else { KEYS };
    let words = ways.last().map_or("", |last| if ways.len() > 1 { last.with_former } else { last.help });
    let words = fit(words, cells.saturating_sub(keys_end), state.glyphs);
    let key = Span::styled(shown(&keys, keys_end), state.theme.text(Meaning::Accent).add_modifier(Modifier::BOLD));
    padded(vec![key], keys_end, Span::styled(words, state.theme.text(Meaning::Text)))
}

/// As many keys as fit before `end`: the first of each way, then the second of all of them.
fn shown(ways: &[Vec<String>], end: u16) -> String {
    let mut shown = String::new();
    for n in 0..ways.iter().map(Vec::len).max().unwrap_or_default() {
        for (way, key) in ways.iter().enumerate().filter_map(|(way, keys)| Some((way, keys.get(n)?))) {
            let rest =
                ways[way + 1..].iter().filter_map(|keys| keys.get(n)).map(|key| pen::width(key) + 1).sum::<u16>();
            let all = if n > 0 { rest } else { 0 };
            let gap = if shown.is_empty() { "" } else { " " };
            if pen::width(&shown) + pen::width(gap) + pen::width(key) + all >= end {
                return shown;
            }
            shown = shown + gap + key;
        }
    }
    shown
}

fn signs(state: &State, third: u16) -> Vec<Line<'static>> {
    let (theme, glyphs) = (state.theme, state.glyphs);
    let text = theme.text(Meaning::Text);
    let healths = [
        (Health::Fail, "proved broken"),
        (Health::Warn, "will break"),
        (Health::Ok, "proved working"),
        (Health::Old, "proof too old"),
        (Health::Unkn, "never proved"),
        (Health::Stag, "staging, clone"),
        (Health::Off, "not connected"),
    ]
    .map(|(health, what)| (glyphs.health(health), tone(health), format!("{} {what}", word(health))));
    let flags = [
        (Glyph::Leaves, Tone::Warn, "leaves first"),
        (Glyph::Shared, Tone::Warn, "one token, two sites"),
        (Glyph::Policy, Tone::Quiet, "from policy"),
        (Glyph::Told, Tone::Quiet, "told by operator"),
        (Glyph::Unknown, Tone::Quiet, "not known"),
    ]
    .map(|(glyph, tone, what)| (glyphs.get(glyph), tone, what.to_owned()));
    let cell = |(sign, tone, what): (&'static str, Tone, String)| {
        let meaning = match tone {
            Tone::Bad => Meaning::Bad,
            Tone::Warn => Meaning::Warn,
            Tone::Plain => Meaning::Text,
            Tone::Quiet => Meaning::Muted,
        };
        Line::from(vec![Span::styled(sign, theme.text(meaning)), Span::styled(format!(" {what}"), text)])
    };
    let cells: Vec<Line<'static>> = healths.into_iter().chain(flags).map(cell).collect();
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let mut lines = vec![Line::from(Span::styled("Signs", strong))];
    for row in cells.chunks(3) {
        let mut line = Line::default();
        for cell in row {
            let start = line_width(&line);
            let column = start.div_ceil(third) * third;
            line.push_span(Span::raw(" ".repeat(usize::from(column - start))));
            line.spans.extend(cell.spans.iter().cloned());
        }
        lines.push(line);
    }
    lines
}

fn beside(left: Vec<Line<'static>>, right: Vec<Line<'static>>, column: u16) -> Vec<Line<'static>> {
    let height = left.len().max(right.len());
    let mut right = right.into_iter();
    left.into_iter()
        .chain(std::iter::repeat_with(Line::default))
        .take(height)
        .map(|mut line| {
            let other = right.next().unwrap_or_default();
            let pad = column.saturating_sub(line_width(&line));
            line.push_span(Span::raw(" ".repeat(usize::from(pad))));
            line.spans.extend(other.spans);
            line
        })
        .collect()
}

fn padded(mut spans: Vec<Span<'static>>, to: u16, last: Span<'static>) -> Line<'static> {
    let wide = line_width(&Line::from(spans.clone()));
    spans.push(Span::raw(" ".repeat(usize::from(to.saturating_sub(wide).max(1)))));
    spans.push(last);
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(keys: &[&[&str]]) -> Vec<Vec<String>> {
        keys.iter().map(|keys| keys.iter().map(ToString::to_string).collect()).collect()
    }

    #[test]
    fn the_first_key_of_each_way_is_shown_before_the_second_of_any() {
        let down_up = ways(&[&["j", "Down"], &["k", "Up"]]);
        assert_eq!([shown(&down_up, 14), shown(&down_up, 10)], ["j k Down Up", "j k"]);
        assert_eq!(shown(&ways(&[&["Tab"], &["Shift-Tab"]]), 10), "Tab");
        assert_eq!(shown(&ways(&[&["g", "Home"], &[]]), 14), "g Home");
    }
}
