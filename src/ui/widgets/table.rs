//! A table by rules: columns of fixed width, the last one flexes, and where the page is narrow columns drop in a given
//! order. Knows no domain: rows are cells of styled text.

use crate::ui::glyphs::Glyph;
use crate::ui::widgets::Pen;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Least width of the last column: below it another column drops.
pub const LEAST_FLEX: u16 = 16;

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column<K> {
    /// Which it is.
    pub key: K,
    /// Its head.
    pub head: &'static str,
    /// Its width in cells. The last column takes what is left, and that much at least, or [`LEAST_FLEX`] where it is 0.
    pub width: u16,
    /// Cells between it and the column before.
    pub gap: u16,
    /// Whether it stands at the right of its place, as figures do.
    pub right: bool,
    /// When it drops: the smallest first; none never.
    pub drops: Option<u8>,
}

/// A column with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<K> {
    /// The column.
    pub column: Column<K>,
    /// Its first cell, counted from the table's left.
    pub x: u16,
    /// Its width.
    pub width: u16,
}

/// Places `columns` in a table of `width` cells: drops, in order, what would leave the last column too narrow.
pub fn place<K: Copy>(columns: &[Column<K>], width: u16) -> Vec<Placed<K>> {
    let mut kept: Vec<Column<K>> = columns.to_vec();
    loop {
        let fixed: u16 = kept.iter().rev().skip(1).map(|c| c.width + c.gap).sum();
        let needs = fixed + kept.last().map_or(0, |c| c.gap + if c.width > 0 { c.width } else { LEAST_FLEX });
        let next = kept.iter().enumerate().filter_map(|(i, c)| c.drops.map(|rank| (rank, i))).min();
        match next {
            Some((_, i)) if needs > width => kept.remove(i),
            _ => break,
        };
    }
    let (mut x, last) = (0, kept.len().saturating_sub(1));
    let place = |(i, column): (usize, &Column<K>)| {
        x += column.gap;
        let wide = if i == last { width.saturating_sub(x) } else { column.width };
        let placed = Placed { column: *column, x, width: wide };
        x += wide;
        placed
    };
    kept.iter().enumerate().map(place).collect()
}

/// One row, ready to draw.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// A cell for each placed column.
    pub cells: Vec<Line<'static>>,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether an empty line goes before it.
    pub gap_before: bool,
}

/// How a table looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Its heads.
    pub head: Style,
    /// The ground of the selected row.
    pub select: Style,
    /// The edge of the selected row.
    pub edge: Style,
}

/// Draws the heads into the first line of `area`.
pub fn heads<K: Copy>(pen: &mut Pen<'_>, area: Rect, columns: &[Placed<K>], look: Look) {
    for placed in columns {
        let head = Line::from(Span::styled(placed.column.head, look.head));
        cell(pen, area, area.y, placed, &head);
    }
}

/// Draws rows into `area`, from its first line on. The selection's edge is the table's first cell.
pub fn rows<K: Copy>(pen: &mut Pen<'_>, area: Rect, columns: &[Placed<K>], rows: &[Row], look: Look) {
    let mut y = area.y;
    for row in rows {
        y += u16::from(row.gap_before);
        if y >= area.bottom() {
            return;
        }
        if row.selected {
            let line = Rect { y, height: 1, ..area };
            pen.buffer.set_style(line.intersection(pen.buffer.area), look.select);
            let edge = pen.glyphs.get(Glyph::Edge);
            pen.text(area.x, y, 1, edge, look.edge);
        }
        for (placed, content) in columns.iter().zip(&row.cells) {
            cell(pen, area, y, placed, content);
        }
        y += 1;
    }
}

fn cell<K: Copy>(pen: &mut Pen<'_>, area: Rect, y: u16, placed: &Placed<K>, content: &Line<'_>) {
    let x = area.x + placed.x;
    let width = placed.width.min(area.right().saturating_sub(x));
    if placed.column.right {
        pen.line_right(x + width, y, width, content);
    } else {
        pen.line(x, y, width, content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::Glyphs;
    use ratatui::buffer::Buffer;

    const COLUMNS: [Column<char>; 4] = [
        Column { key: 'a', head: "A", width: 4, gap: 1, right: false, drops: None },
        Column { key: 'b', head: "B", width: 6, gap: 1, right: false, drops: Some(2) },
        Column { key: 'c', head: "C", width: 3, gap: 2, right: true, drops: Some(1) },
        Column { key: 'd', head: "D", width: 0, gap: 2, right: false, drops: None },
    ];

    fn kept(width: u16) -> String {
        place(&COLUMNS, width).iter().map(|p| p.column.key).collect()
    }

    #[test]
    fn columns_drop_in_their_order_and_the_last_flexes() {
        assert_eq!(kept(60), "abcd");
        assert_eq!(kept(35), "abcd");
        assert_eq!(kept(34), "abd");
        assert_eq!(kept(29), "ad");
        assert_eq!(kept(3), "ad");
        let last = place(&COLUMNS, 60)[3];
        assert_eq!((last.x, last.width), (19, 41));
    }

    #[test]
    fn wide_and_hostile_names_move_no_column() {
        let plain = drawn("shop");
        for name in [
            "漢字漢字",
            "e\u{301}\u{301}e\u{301}",
            "👩\u{200d}👩\u{200d}👧",
            "\u{1f1e9}\u{1f1ea}\u{1f1e9}",
            "ｗｉｄｅ",
            "a\tb\u{1b}[2J",
        ] {
            let name = crate::ui::widgets::pen::steady(crate::model::Clean::new(name).as_str());
            let line = drawn(&name);
            assert_eq!(column(&line, 'Z'), column(&plain, 'Z'), "{name}");
            assert_eq!(column(&line, '7'), column(&plain, '7'), "{name}");
        }
    }

    fn column(buffer: &Buffer, sign: char) -> Option<u16> {
        (0..buffer.area.width).find(|x| buffer[(*x, 0)].symbol().starts_with(sign))
    }

    fn drawn(name: &str) -> Buffer {
        let area = Rect::new(0, 0, 60, 1);
        let mut buffer = Buffer::empty(area);
        let look = Look { head: Style::new(), select: Style::new(), edge: Style::new() };
        let cells = [name.to_owned(), "Z".into(), "7".into(), "why".into()].map(Line::from).to_vec();
        let row = Row { cells, ..Row::default() };
        rows(&mut Pen { buffer: &mut buffer, glyphs: Glyphs::new(false) }, area, &place(&COLUMNS, 60), &[row], look);
        buffer
    }
}
