//! The one vertical hairline of a page: between a list and what stands beside it. Knows styles alone.

use crate::ui::glyphs::Glyph;
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::Pen;
use ratatui::layout::Rect;

/// Draws it over the height of `area`, in its first column.
pub fn draw(pen: &mut Pen<'_>, theme: Theme, area: Rect) {
    let (pipe, rule) = (pen.glyphs.get(Glyph::Pipe), theme.text(Meaning::Rule));
    for y in area.y..area.bottom() {
        pen.text(area.x, y, area.width, pipe, rule);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::Glyphs;
    use crate::ui::theme::{Depth, Ground};
    use ratatui::buffer::Buffer;

    #[test]
    fn it_is_one_cell_wide_and_nothing_where_there_is_no_room() {
        for (ascii, sign) in [(false, "│"), (true, "|")] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 2));
            let mut pen = Pen { buffer: &mut buffer, glyphs: Glyphs::new(ascii) };
            let theme = Theme::new(Depth::Mono, Ground::Dark);
            draw(&mut pen, theme, Rect::new(1, 0, 2, 2));
            draw(&mut pen, theme, Rect::new(0, 0, 0, 2));
            let signs: Vec<&str> = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
            assert_eq!(signs, [" ", sign, " ", " ", sign, " "]);
        }
    }
}
