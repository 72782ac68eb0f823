//! Aligned columns, measured as a terminal measures.

use unicode_width::UnicodeWidthStr;

/// Lays out rows of cells, two spaces apart. The last column is not padded, so that no line ends in spaces.
///
/// `style` gets the row's number, the column's and the padded cell.
pub(super) fn lay_out(rows: &[Vec<String>], style: impl Fn(usize, usize, String) -> String) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let last = column + 1 == row.len();
            let padding = if last { 0 } else { widths[column] - cell.width() };
            text.push_str(&style(number, column, cell.clone()));
            if !last {
                text.push_str(&" ".repeat(padding + 2));
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_signs_take_two_columns() {
        let rows = [["OK", "例え.example", "x"], ["FAIL", "shop", ""]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(lay_out(&rows, |_, _, cell| cell), "OK    例え.example  x\nFAIL  shop\n");
    }
}
