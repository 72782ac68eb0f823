//! Aligned columns, measured as a terminal measures.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a terminal has room for, and the sign that something was cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) cells: usize,
    pub(super) cut: &'static str,
}

/// Cells that the last column keeps, if it wants as many, when others can give way.
const LEAST: usize = 20;
/// Cells that a column keeps when others want room.
const KEPT: usize = 12;

/// Lays out rows of cells, two spaces apart. The last column is not padded, so that no line ends in spaces.
///
/// With `room`, lines that are too long first stand one space apart, then columns give way to the last one, from the right,
/// and in the end that one is cut too. Without room nothing is cut: that is for pipes.
///
/// `style` gets the row's number, the column's and the cell.
pub(super) fn lay_out(
    rows: &[Vec<String>],
    room: Option<Room>,
    style: impl Fn(usize, usize, String) -> String,
) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let mut widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let between = room.map_or(2, |room| shrink(&mut widths, room.cells));
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let last = column + 1 == row.len();
            let cell = room.map_or_else(|| cell.clone(), |room| fit(cell, widths[column], room.cut));
            let padding = if last { 0 } else { widths[column] - cell.width() + between };
            text.push_str(&style(number, column, cell));
            text.push_str(&" ".repeat(padding));
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

/// Makes columns narrower until a line fits, and answers the space between them.
fn shrink(widths: &mut [usize], cells: usize) -> usize {
    let gaps = widths.len().saturating_sub(1);
    if widths.iter().sum::<usize>() + 2 * gaps <= cells {
        return 2;
    }
    let Some((last, others)) = widths.split_last_mut() else { return 1 };
    let budget = cells.saturating_sub(gaps + LEAST.min(*last));
    // From the right: names stand on the left.
    for column in (0..others.len()).rev() {
        let excess = others.iter().sum::<usize>().saturating_sub(budget);
        others[column] = others[column].min(others[column].saturating_sub(excess).max(KEPT));
    }
    let used = others.iter().sum::<usize>() + gaps;
    *last = (*last).min(cells.saturating_sub(used));
    1
}

/// The cell, or its beginning and the sign that it was cut.
fn fit(cell: &str, cells: usize, sign: &str) -> String {
    if cell.width() <= cells {
        return cell.to_owned();
    }
    let mut kept = String::new();
    for character in cell.chars() {
        if kept.width() + character.width().unwrap_or(0) >= cells {
            break;
        }
        kept.push(character);
    }
    if cells > 0 {
        kept.push_str(sign);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_signs_take_two_columns() {
        let rows = [["OK", "例え.example", "x"], ["FAIL", "shop", ""]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(lay_out(&rows, None, |_, _, cell| cell), "OK    例え.example  x\nFAIL  shop\n");
    }

    #[test]
    fn a_terminal_is_never_overrun_and_every_cut_has_its_sign() {
        let row = ["FAIL", "a-very-long-name.of-a-site.example.org", "acme/integration.user", "evicted, 5th by ops1"];
        let rows = [row.map(str::to_owned).to_vec()];
        let told = |cells| lay_out(&rows, Some(Room { cells, cut: "…" }), |_, _, cell| cell);
        assert_eq!(
            told(89),
            "FAIL  a-very-long-name.of-a-site.example.org  acme/integration.user  evicted, 5th by ops1\n"
        );
        assert_eq!(told(70), "FAIL a-very-long-name.of-a-site.exa… acme/integr… evicted, 5th by ops1\n");
        for cells in 1..100 {
            let line = told(cells);
            let (wide, whole) = (line.trim_end().width(), row.iter().all(|cell| line.contains(cell)));
            assert!(cells < 40 || wide <= cells, "{wide} of {cells}: {line}");
            assert_eq!(!whole, line.contains('…'), "{line}");
        }
    }
}
