//! The filter's input line with its mistake, and the reminder of a filter that stands.

use crate::model::QueryError;
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::state::{FilterInput, State};
use crate::ui::theme::{Depth, Meaning, Theme};
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{fit, line_width, steady, width};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use std::ops::Range;
use tui_input::Input;

/// What the language can do, as much of it as there is room for.
const HELP: [&str; 3] =
    ["all words must match   !word must not   -f fuzzy", "all words must match   !word must not", "!word must not"];

/// Draws `/acme !ok█        all words must match   !word must not   -f fuzzy`, or what is wrong at the right.
pub fn draw(pen: &mut Pen<'_>, state: &State, row: Rect, filter: &FilterInput) {
    let text = filter.input.value();
    // The slash before it and the cursor after it take a cell each.
    let typed = width(&steady(text)).saturating_add(2);
    let left = row.width.saturating_sub(typed.saturating_add(2));
    let mistake = state.sites().narrowing.mistake();
    let beside = match mistake {
        Some(mistake) => told(state.theme, pen.glyphs, mistake, left, row.width / 2),
        None => help(state.theme, left),
    };
    let wide = line_width(&beside);
    let room = row.width - if wide > 0 { wide + 2 } else { 0 };
    pen.line_right(row.right(), row.y, wide, &beside);
    let line = input(state.theme, pen.glyphs, "/", &filter.input, mistake, room);
    pen.line(row.x, row.y, room, &line);
}

fn help(theme: Theme, room: u16) -> Line<'static> {
    let fits = HELP.into_iter().find(|help| width(help) <= room);
    fits.map_or_else(Line::default, |help| Line::from(Span::styled(help, theme.text(Meaning::Muted))))
}

/// What is wrong and what to write instead. Where there is room for one of them it is the advice: the place is pointed
/// at. What is typed leaves at least `least` cells.
fn told(theme: Theme, glyphs: Glyphs, mistake: &QueryError, room: u16, least: u16) -> Line<'static> {
    let sign = glyphs.get(Glyph::Warn);
    let room = room.max(least).saturating_sub(width(sign) + 1);
    let both = steady(&format!("{}: {}", mistake.what, mistake.advice));
    let words = if width(&both) <= room { both } else { fit(&steady(&mistake.advice), room, glyphs) };
    Line::from(vec![
        Span::styled(sign, theme.text(Meaning::Warn).add_modifier(Modifier::BOLD)),
        Span::styled(format!(" {words}"), theme.text(Meaning::Text)),
    ])
}

/// What is typed after a prompt, in `room` cells: the end of what stands before the cursor, the cursor, and what fits of the rest. Where
/// a mistake is, it alone is bold.
pub(in crate::ui) fn input(
    theme: Theme,
    glyphs: Glyphs,
    prompt: &'static str,
    input: &Input,
    mistake: Option<&QueryError>,
    room: u16,
) -> Line<'static> {
    let chars: Vec<char> = input.value().chars().collect();
    let at = input.cursor().min(chars.len());
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let wrong = theme.text(Meaning::Warn).add_modifier(Modifier::BOLD);
    let pointed = mistake.map(|mistake| place(&chars, mistake.at));
    let style = |i: usize| match &pointed {
        None => strong,
        Some(pointed) if pointed.contains(&i) => wrong,
        Some(_) => theme.text(Meaning::Text),
    };
    let first = first_seen(&chars[..at], room.saturating_sub(3));
    let mut line = Line::from(Span::styled(prompt, theme.text(Meaning::Accent).add_modifier(Modifier::BOLD)));
    if first > 0 {
        line.push_span(Span::styled(glyphs.get(Glyph::Cut), theme.text(Meaning::Faint)));
    }
    push_runs(&mut line, &chars, first..at, style);
    line.push_span(cursor(theme, glyphs, chars.get(at)));
    push_runs(&mut line, &chars, (at + 1).min(chars.len())..chars.len(), style);
    line
}

/// A cursor over a letter shows the letter; at the end it is a cell of its own.
fn cursor(theme: Theme, glyphs: Glyphs, under: Option<&char>) -> Span<'static> {
    match (under, theme.depth()) {
        (Some(c), _) => Span::styled(steady(c.encode_utf8(&mut [0; 4])), theme.fill(Meaning::Accent, false)),
        (None, Depth::True | Depth::Indexed) => Span::styled(glyphs.get(Glyph::Cursor), theme.text(Meaning::Accent)),
        (None, Depth::Sixteen | Depth::Mono) => Span::styled(" ", theme.fill(Meaning::Accent, false)),
    }
}

/// The characters of `range`, those of one style together: what combines stays with what it combines with.
fn push_runs(line: &mut Line<'static>, chars: &[char], range: Range<usize>, style: impl Fn(usize) -> Style) {
    let mut from = range.start;
    for end in range.clone().map(|i| i + 1) {
        if end == range.end || style(end) != style(from) {
            let text: String = chars[from..end].iter().collect();
            line.push_span(Span::styled(steady(&text), style(from)));
            from = end;
        }
    }
}

/// The word that a mistake is in, from its place on; the whole of it where the mistake is that it ends.
fn place(chars: &[char], at: usize) -> Range<usize> {
    let at = at.min(chars.len());
    let blank = |i: &usize| chars[*i].is_whitespace();
    let end = (at..chars.len()).find(blank).unwrap_or(chars.len());
    let start = if end > at { at } else { (0..at).rev().find(blank).map_or(0, |i| i + 1) };
    start..end
}

/// The first character that is seen of those before the cursor: where one types is what one looks at.
fn first_seen(before: &[char], cells: u16) -> usize {
    let mut first = before.len();
    let mut wide = 0;
    while let Some(c) = first.checked_sub(1).and_then(|i| before.get(i)) {
        wide += width(c.encode_utf8(&mut [0; 4]));
        if wide > cells {
            break;
        }
        first -= 1;
    }
    first
}

/// Draws `/acme`, while a filter stands and nothing else is to be said.
pub fn standing(pen: &mut Pen<'_>, state: &State, row: Rect) {
    let theme = state.theme;
    let line = Line::from(vec![
        Span::styled("/", theme.text(Meaning::Accent).add_modifier(Modifier::BOLD)),
        Span::styled(steady(state.sites().narrowing.asked()), theme.text(Meaning::Text)),
    ]);
    pen.line(row.x, row.y, row.width.min(line_width(&line)), &line);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Query;
    use crate::ui::theme::Ground;
    use tui_input::Input;

    const THEME: Theme = Theme::new(Depth::Mono, Ground::Dark);

    fn drawn(line: &Line<'_>) -> String {
        line.spans.iter().map(|span| span.content.as_ref()).collect()
    }

    fn typed(text: &str, room: u16) -> Line<'static> {
        let mistake = Query::parse(text).err();
        input(THEME, Glyphs::new(false), "/", &Input::new(text.to_owned()), mistake.as_ref(), room)
    }

    #[test]
    fn one_sees_the_end_of_what_one_types() {
        assert_eq!(drawn(&typed("abcdef", 8)), "/…bcdef ");
        assert_eq!(drawn(&typed("漢字漢", 8)), "/…字漢 ");
        assert_eq!(drawn(&typed("ab", 8)), "/ab ");
    }

    #[test]
    fn the_word_with_the_mistake_alone_is_bold() {
        for (text, bold) in [
            ("acme state:fial !ok", "fial"),
            ("acme stte:fail", "stte:fail"),
            ("!ok life<7", "7"),
            ("!ok life<", "life<"),
            ("org: acme", "org:"),
            ("a \"two words", "\"two"),
        ] {
            let line = typed(text, 76);
            let spans = line.spans[1..].iter().filter(|span| span.style.add_modifier.contains(Modifier::BOLD));
            let marked: Vec<_> = spans.map(|span| span.content.trim_end()).filter(|text| !text.is_empty()).collect();
            assert_eq!(marked, [bold], "{text}");
        }
        let right = typed("acme !ok", 76);
        assert!(right.spans[1].style.add_modifier.contains(Modifier::BOLD) && right.spans[1].content == "acme !ok");
    }

    #[test]
    fn the_advice_is_told_before_the_mistake() {
        let mistake = Query::parse("idel>3d").expect_err("no figure");
        let told = |room| drawn(&told(THEME, Glyphs::new(true), &mistake, room, 20));
        assert_eq!(told(60), "! no figure is named \"idel\": did you mean idle?");
        assert_eq!(told(30), "! did you mean idle?");
        assert_eq!(told(10), "! did you mean idle?", "what is typed gives way");
    }

    #[test]
    fn the_help_is_as_long_as_there_is_room() {
        let told = |room| drawn(&help(THEME, room));
        assert_eq!([told(48), told(47), told(20), told(13)], [HELP[0], HELP[1], HELP[2], ""]);
    }
}
