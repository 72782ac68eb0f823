//! A text as a QR code, two modules to a cell. Knows styles alone.
//!
//! Black on white is set explicitly, so that a camera reads it on any terminal. Where there is no colour, the light modules are
//! drawn: on a dark terminal that is the same picture, and on a light one the swapped one is.

use crate::ui::theme::{Depth, Theme};
use crate::ui::widgets::Pen;
use qrcode::{Color, EcLevel, QrCode};
use ratatui::layout::Size;
use ratatui::style::Style;

/// Light modules that a reader needs around the code.
const MARGIN: usize = 4;

/// A code that is ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// Modules of a side, the margin left out.
    side: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// The smallest code of `text`, with as much correction as that size has room for. None where it is too long for any.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let more = |level| QrCode::with_version(text, code.version(), level).ok();
        let code = [EcLevel::H, EcLevel::Q, EcLevel::M].into_iter().find_map(more).unwrap_or(code);
        Some(Self {
            side: code.width(),
            dark: code.to_colors().into_iter().map(|module| module == Color::Dark).collect(),
        })
    }

    /// The cells that it takes, its margin included.
    pub fn size(&self) -> Size {
        let side = self.side + 2 * MARGIN;
        let cells = |modules: usize| u16::try_from(modules).unwrap_or(u16::MAX);
        Size::new(cells(side), cells(side.div_ceil(2)))
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < self.side);
        inside(x).zip(inside(y)).is_some_and(|(x, y)| self.dark.get(y * self.side + x) == Some(&true))
    }

    /// Draws it from (`x`, `y`); `swapped` makes light of what is dark.
    pub fn draw(&self, pen: &mut Pen<'_>, theme: Theme, (x, y): (u16, u16), swapped: bool) {
        let size = self.size();
        let style = if swapped { turned(theme.code()) } else { theme.code() };
        let dark_is_ink = theme.depth() != Depth::Mono || swapped;
        for row in 0..size.height {
            let signs = (0..size.width).map(|column| {
                let (column, row) = (usize::from(column), 2 * usize::from(row));
                let [upper, lower] = [row, row + 1].map(|row| self.is_dark(column, row) == dark_is_ink);
                match (upper, lower) {
                    (true, true) => '\u{2588}',
                    (true, false) => '\u{2580}',
                    (false, true) => '\u{2584}',
                    (false, false) => ' ',
                }
            });
            pen.text(x, y + row, size.width, &signs.collect::<String>(), style);
        }
    }
}

fn turned(style: Style) -> Style {
    Style { fg: style.bg, bg: style.fg, ..style }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::Glyphs;
    use crate::ui::theme::Ground;
    use ratatui::buffer::{Buffer, Cell};
    use ratatui::layout::Rect;
    use ratatui::style::Color as Ink;
    use strum::IntoEnumIterator;

    const LINKS: [&str; 2] = [
        "https://shop.example.org/wp-admin/options-general.php?page=wpf-settings#setup",
        "https://wpfusion.com/oauth/?action=wpf_get_salesforce_token&redirect=https%3A%2F%2Fa-rather-long-name-of-a-shop\
         .example.org%2Fwp-admin%2Foptions-general.php%3Fpage%3Dwpf-settings%26crm%3Dsalesforce&sandbox=1",
    ];

    /// How light the upper and the lower half of a cell are on a terminal of these own colours.
    fn halves(cell: &Cell, [own_ink, own_ground]: [u8; 2]) -> [u8; 2] {
        let light = |color, own| match color {
            Ink::Rgb(0, 0, 0) | Ink::Indexed(0 | 232) => 0,
            Ink::Rgb(255, 255, 255) | Ink::Indexed(15 | 231) => 255,
            Ink::Reset => own,
            other => panic!("{other} is neither black nor white"),
        };
        let (ink, ground) = (light(cell.fg, own_ink), light(cell.bg, own_ground));
        match cell.symbol() {
            "\u{2588}" => [ink, ink],
            "\u{2580}" => [ink, ground],
            "\u{2584}" => [ground, ink],
            " " => [ground, ground],
            other => panic!("{other} is no half block"),
        }
    }

    /// What a camera reads of it.
    fn read(text: &str, theme: Theme, swapped: bool, own: [u8; 2]) -> Result<String, String> {
        const SCALE: usize = 4;
        let qr = Qr::of(text).expect("it is short enough");
        let size = qr.size();
        let mut buffer = Buffer::empty(Rect::from(size));
        qr.draw(&mut Pen { buffer: &mut buffer, glyphs: Glyphs::new(false) }, theme, (0, 0), swapped);
        let (width, height) = (usize::from(size.width), 2 * usize::from(size.height));
        let at = |x: usize, y: usize| {
            let cell =
                &buffer[(u16::try_from(x / SCALE).expect("a column"), u16::try_from(y / SCALE / 2).expect("a row"))];
            halves(cell, own)[y / SCALE % 2]
        };
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width * SCALE, height * SCALE, at);
        let grids = picture.detect_grids();
        let grid = grids.first().ok_or("there is no code")?;
        grid.decode().map(|(_, text)| text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_camera_reads_what_is_drawn() {
        const DARK: [u8; 2] = [255, 0];
        for text in LINKS {
            for depth in [Depth::True, Depth::Indexed, Depth::Sixteen] {
                for own in [DARK, [0, 255]] {
                    assert_eq!(
                        read(text, Theme::new(depth, Ground::Dark), false, own).as_deref(),
                        Ok(text),
                        "{depth:?}"
                    );
                }
            }
            // Without colour it is the picture of a dark terminal, and swapped that of a light one.
            let mono = Theme::new(Depth::Mono, Ground::Dark);
            assert_eq!(read(text, mono, false, DARK).as_deref(), Ok(text));
            assert_eq!(read(text, mono, true, [0, 255]).as_deref(), Ok(text));
        }
    }

    #[test]
    fn swapped_is_the_same_with_light_and_dark_exchanged() {
        let qr = Qr::of(LINKS[0]).expect("it is short enough");
        for depth in Depth::iter() {
            let drawn = |swapped| {
                let mut buffer = Buffer::empty(Rect::from(qr.size()));
                let mut pen = Pen { buffer: &mut buffer, glyphs: Glyphs::new(false) };
                qr.draw(&mut pen, Theme::new(depth, Ground::Dark), (0, 0), swapped);
                buffer.content.iter().map(|cell| halves(cell, [255, 0])).collect::<Vec<_>>()
            };
            let turned: Vec<_> = drawn(true).into_iter().map(|[upper, lower]| [255 - upper, 255 - lower]).collect();
            assert_eq!(drawn(false), turned, "{depth:?}");
        }
    }

    #[test]
    fn the_code_of_a_settings_page_fits_a_small_terminal() {
        assert_eq!(Qr::of(LINKS[0]).map(|qr| qr.size()), Some(Size::new(41, 21)));
        assert_eq!(Qr::of(&"x".repeat(4_000)), None);
    }
}
