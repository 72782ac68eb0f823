//! The frame of what waits for an answer, and what becomes of the page behind it. Knows styles alone.

use crate::ui::glyphs::Glyph;
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::pen::width;
use crate::ui::widgets::{Pen, hairline};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

/// With fewer cells on either side, what is left of the page is slivers.
const LEAST_BESIDE: u16 = 8;

/// How a frame is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Border {
    /// A hairline.
    #[default]
    Plain,
    /// In the colour of what is lost: the dialog destroys something. Its words say what.
    Danger,
}

/// Raises the ground of `frame`, empties it, and draws its border with a title on the left and a note on the right.
pub fn draw(pen: &mut Pen<'_>, theme: Theme, frame: Rect, border: Border, [title, note]: [&str; 2]) {
    let meaning = match border {
        Border::Plain => Meaning::Rule,
        Border::Danger => Meaning::Bad,
    };
    let edge = theme.text(meaning);
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    for position in frame.intersection(pen.buffer.area).positions() {
        pen.buffer[position].reset();
        pen.buffer[position].set_style(theme.page().patch(theme.raised()));
    }
    // A wide character that reaches under the border would hide it from the terminal.
    for y in frame.intersection(pen.buffer.area).rows().map(|row| row.y) {
        let beside = frame.x.checked_sub(1).and_then(|x| pen.buffer.cell_mut((x, y)));
        if let Some(cell) = beside.filter(|cell| width(cell.symbol()) > 1) {
            cell.set_symbol(" ");
        }
    }
    let styles = [edge, strong, theme.text(Meaning::Muted)];
    let line = |ends, title, note| hairline::styled(pen.glyphs, styles, frame.width, ends, title, note);
    let top = line([Glyph::TopLeft, Glyph::TopRight], title, note);
    let base = line([Glyph::BottomLeft, Glyph::BottomRight], "", "");
    let (right, bottom) = (frame.right().saturating_sub(1), frame.bottom().saturating_sub(1));
    pen.line(frame.x, frame.y, frame.width, &top);
    pen.line(frame.x, bottom, frame.width, &base);
    for y in frame.y + 1..bottom {
        pen.text(frame.x, y, 1, pen.glyphs.get(Glyph::Pipe), edge);
        pen.text(right, y, 1, pen.glyphs.get(Glyph::Pipe), edge);
    }
}

/// Whether a dialog in `frame` takes the place of `page`, because too little of it would be left beside.
pub fn clears(frame: Rect, page: Rect) -> bool {
    let left = frame.x.saturating_sub(page.x);
    let right = page.right().saturating_sub(frame.right());
    left.min(right) < LEAST_BESIDE
}

/// Makes of `page` what stands behind a dialog in `frame`: a page that waits, or nothing where slivers would be left.
pub fn put_behind(buffer: &mut Buffer, page: Rect, frame: Rect, theme: Theme) {
    if !clears(frame, page) {
        dim_behind(buffer, page, theme);
        return;
    }
    for position in page.intersection(buffer.area).positions() {
        buffer[position].reset();
        buffer[position].set_style(theme.page());
    }
}

/// Redraws what stands in `area` as a page that waits: in the colour of hairlines, without weight and fills. Every sign
/// stays where it is. Drawn before the dialog itself.
pub fn dim_behind(buffer: &mut Buffer, area: Rect, theme: Theme) {
    let style = theme.page().patch(theme.text(Meaning::Rule));
    for position in area.intersection(buffer.area).positions() {
        let cell = &mut buffer[position];
        (cell.fg, cell.bg, cell.modifier) = (Color::Reset, Color::Reset, Modifier::empty());
        cell.set_style(style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::Glyphs;
    use crate::ui::theme::{Depth, Ground};
    use strum::IntoEnumIterator;

    const THEME: Theme = Theme::new(Depth::True, Ground::Dark);
    const PAGE: Rect = Rect::new(0, 0, 40, 5);

    fn page(theme: Theme) -> Buffer {
        let mut buffer = Buffer::empty(PAGE);
        buffer.set_style(PAGE, theme.page());
        for y in 0..PAGE.height {
            buffer.set_string(0, y, "漢".repeat(20), theme.fill(Meaning::Bad, false));
        }
        buffer
    }

    fn row(buffer: &Buffer, y: u16, from: u16, cells: u16) -> String {
        (from..from + cells).map(|x| buffer[(x, y)].symbol()).collect()
    }

    fn framed(ascii: bool, frame: Rect, border: Border) -> Buffer {
        let mut buffer = page(THEME);
        let mut pen = Pen { buffer: &mut buffer, glyphs: Glyphs::new(ascii) };
        draw(&mut pen, THEME, frame, border, ["Keys", "2 more"]);
        buffer
    }

    #[test]
    fn the_frame_has_its_title_and_note_and_nothing_shines_through() {
        let frame = Rect::new(8, 1, 24, 3);
        for (ascii, lines) in [
            (false, ["╭─ Keys ────── 2 more ─╮", "│                      │", "╰──────────────────────╯"]),
            (true, ["+- Keys ------ 2 more -+", "|                      |", "+----------------------+"]),
        ] {
            let buffer = framed(ascii, frame, Border::Plain);
            for (y, line) in (1..).zip(lines) {
                assert_eq!(row(&buffer, y, frame.x, frame.width), line);
            }
            assert_eq!(buffer[(10, 2)].bg, THEME.raised().bg.expect("a ground"));
            assert!(buffer[(10, 2)].modifier.is_empty(), "what stood there is gone, its weight too");
        }
    }

    #[test]
    fn a_wide_character_beside_the_frame_hides_no_border() {
        let buffer = framed(false, Rect::new(9, 1, 24, 3), Border::Plain);
        assert_eq!((buffer[(8, 2)].symbol(), buffer[(9, 2)].symbol()), (" ", "│"));
        assert_eq!(buffer[(6, 2)].symbol(), "漢");
    }

    #[test]
    fn what_destroys_something_is_framed_in_the_colour_of_loss() {
        let corner = |border| framed(false, Rect::new(8, 1, 24, 3), border)[(8, 1)].fg;
        assert_eq!(Some(corner(Border::Plain)), THEME.text(Meaning::Rule).fg);
        assert_eq!(Some(corner(Border::Danger)), THEME.text(Meaning::Bad).fg);
    }

    #[test]
    fn slivers_of_a_page_are_cleared() {
        assert!(!clears(Rect::new(8, 0, 24, 3), PAGE));
        assert!(clears(Rect::new(7, 0, 24, 3), PAGE));
        assert!(clears(Rect::new(8, 0, 25, 3), PAGE));
        assert!(clears(Rect::new(0, 0, 60, 3), PAGE), "a frame wider than the page");
    }

    #[test]
    fn the_page_behind_keeps_its_signs_and_loses_its_weight() {
        for theme in Depth::iter().flat_map(|depth| Ground::iter().map(move |on| Theme::new(depth, on))) {
            let before = page(theme);
            let mut buffer = before.clone();
            dim_behind(&mut buffer, PAGE, theme);
            let quiet = theme.text(Meaning::Rule);
            for (cell, was) in buffer.content().iter().zip(before.content()) {
                assert_eq!(cell.symbol(), was.symbol());
                assert_eq!((cell.fg, cell.bg), (quiet.fg.unwrap_or_default(), theme.page().bg.unwrap_or_default()));
                assert_eq!(cell.modifier, quiet.add_modifier);
            }
        }
    }

    #[test]
    fn no_place_is_too_small_for_a_frame() {
        for (width, height) in (0..6).flat_map(|width| (0..4).map(move |height| (width, height))) {
            framed(false, Rect::new(38, 3, width, height), Border::Danger);
        }
    }
}
