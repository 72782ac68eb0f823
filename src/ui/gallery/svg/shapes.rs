//! Lines and blocks as shapes, so that what touches in a terminal touches here too: `─` meets `┬`, `▌` fills its half.

use super::{CELL, Drawn};
use ratatui::style::Modifier;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What stands in a cell instead of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Lines from the middle to these edges.
    Lines(u8),
    /// A thick level line.
    Heavy,
    /// A quarter circle between two edges.
    Corner(u8),
    /// A level line with two gaps.
    Dashed,
    /// A filled part of the cell: left, top, width and height in eighths.
    Block([u16; 4]),
}

// Edges of a cell.
const UP: u8 = 1;
const RIGHT: u8 = 2;
const DOWN: u8 = 4;
const LEFT: u8 = 8;
const LEVEL: u8 = LEFT | RIGHT;
const UPRIGHT: u8 = UP | DOWN;

fn shape(sign: &str) -> Option<Shape> {
    Some(match sign {
        "─" => Shape::Lines(LEVEL),
        "━" => Shape::Heavy,
        "│" => Shape::Lines(UPRIGHT),
        "┌" => Shape::Lines(RIGHT | DOWN),
        "┐" => Shape::Lines(LEFT | DOWN),
        "└" => Shape::Lines(UP | RIGHT),
        "┘" => Shape::Lines(UP | LEFT),
        "├" => Shape::Lines(UPRIGHT | RIGHT),
        "┤" => Shape::Lines(UPRIGHT | LEFT),
        "┬" => Shape::Lines(LEVEL | DOWN),
        "┴" => Shape::Lines(LEVEL | UP),
        "┼" => Shape::Lines(LEVEL | UPRIGHT),
        "╭" => Shape::Corner(RIGHT | DOWN),
        "╮" => Shape::Corner(LEFT | DOWN),
        "╰" => Shape::Corner(RIGHT | UP),
        "╯" => Shape::Corner(LEFT | UP),
        "╌" => Shape::Dashed,
        "▌" => Shape::Block([0, 0, 4, 8]),
        "▐" => Shape::Block([4, 0, 4, 8]),
        "▀" => Shape::Block([0, 0, 8, 4]),
        _ => {
            let mut chars = sign.chars();
            let (Some(c @ '▁'..='█'), None) = (chars.next(), chars.next()) else { return None };
            let eighths = u16::try_from(u32::from(c) - u32::from('▁') + 1).unwrap_or(8);
            Shape::Block([0, 8 - eighths, 8, eighths])
        }
    })
}

/// Whether a sign is drawn as a shape and not as text.
pub(super) fn is_shape(sign: &str) -> bool {
    shape(sign).is_some()
}

/// How a path is painted; paths of one brush are one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Brush {
    /// A filled area.
    Fill,
    /// A line so many tenths wide.
    Stroke(u16),
}

/// The paths of all shapes of a page.
pub(super) fn paths(rows: &[Vec<Drawn>]) -> String {
    let mut paths: BTreeMap<(Brush, u32), String> = BTreeMap::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, run) in super::runs(row, |a, b| a.same_ink(b) && a.sign == b.sign) {
            let Some((first, shape)) = run.first().and_then(|first| Some((first, shape(&first.sign)?))) else {
                continue;
            };
            draw(&mut paths, first, shape, [x, y, run.len()]);
        }
    }
    uprights(rows, &mut paths);
    paths.into_iter().fold(String::new(), |mut out, ((brush, ink), path)| {
        let _ = match brush {
            Brush::Fill => {
                writeln!(out, r##"<path shape-rendering="crispEdges" fill="#{ink:06x}" d="{path}"/>"##)
            }
            Brush::Stroke(tenths) => {
                let (whole, part) = (tenths / 10, tenths % 10);
                writeln!(out, r##"<path fill="none" stroke="#{ink:06x}" stroke-width="{whole}.{part}" d="{path}"/>"##)
            }
        };
        out
    })
}

/// Draws `count` equal cells from column `x` of row `y` on.
fn draw(paths: &mut BTreeMap<(Brush, u32), String>, cell: &Drawn, shape: Shape, [x, y, count]: [usize; 3]) {
    let (wide, high) = (f64::from(CELL.0), f64::from(CELL.1));
    let (left, top) = (length(x, CELL.0), length(y, CELL.1));
    let (middle, level) = (wide / 2.0, top + high / 2.0);
    let brush = match shape {
        Shape::Block(_) => Brush::Fill,
        Shape::Heavy => Brush::Stroke(30),
        _ => Brush::Stroke(if cell.look.contains(Modifier::BOLD) { 18 } else { 11 }),
    };
    let path = paths.entry((brush, cell.ink)).or_default();
    let _ = match shape {
        Shape::Lines(LEVEL) | Shape::Heavy => write!(path, "M{left} {level}h{}", length(count, CELL.0)),
        // Those that go on into the row above or below are drawn by the column.
        Shape::Lines(UPRIGHT) => Ok(()),
        // What does not join its like stands once for each cell.
        Shape::Lines(_) | Shape::Corner(_) if count > 1 => {
            return (0..count).for_each(|i| draw(paths, cell, shape, [x + i, y, 1]));
        }
        Shape::Lines(edges) => {
            let from = if edges & LEFT == 0 { left + middle } else { left };
            let long = if edges & LEVEL == LEVEL { wide } else { middle };
            let upper = if edges & UP == 0 { level } else { top };
            let tall = if edges & UPRIGHT == UPRIGHT { high } else { high / 2.0 };
            write!(path, "M{from} {level}h{long}M{} {upper}v{tall}", left + middle)
        }
        Shape::Corner(edges) => {
            let x = left + middle;
            let end = if edges & LEFT == 0 { left + wide } else { left };
            // The radius is half the cell's width; the rest of the height is a straight piece.
            let (start, bend) = if edges & UP == 0 { (top + high, level + middle) } else { (top, level - middle) };
            write!(path, "M{x} {start}V{bend}Q{x} {level} {end} {level}")
        }
        Shape::Dashed => {
            (0..count * 2).try_for_each(|half| write!(path, "M{} {level}h3", left + length(half, CELL.0) / 2.0 + 0.75))
        }
        Shape::Block([x, y, w, h]) => {
            let eighths = |of: u16, size: f64| f64::from(of) * size / 8.0;
            let (x, y) = (left + eighths(x, wide), top + eighths(y, high));
            let tall = eighths(h, high);
            // Only what fills its cells from side to side runs on into the next.
            if w == 8 {
                let w = length(count, CELL.0);
                write!(path, "M{x} {y}h{w}v{tall}h-{w}z")
            } else {
                let w = eighths(w, wide);
                (0..count).try_for_each(|i| write!(path, "M{} {y}h{w}v{tall}h-{w}z", x + length(i, CELL.0)))
            }
        }
    };
}

fn length(cells: usize, size: u16) -> f64 {
    f64::from(u32::try_from(cells).unwrap_or(u32::MAX)) * f64::from(size)
}

/// Upright lines, joined over rows.
fn uprights(rows: &[Vec<Drawn>], paths: &mut BTreeMap<(Brush, u32), String>) {
    let is_line = |cell: &Drawn| cell.sign == "│";
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    for x in 0..columns {
        let mut y = 0;
        while y < rows.len() {
            let cell = rows[y].get(x).filter(|cell| is_line(cell));
            let Some(cell) = cell else {
                y += 1;
                continue;
            };
            let count =
                rows[y..].iter().take_while(|row| row.get(x).is_some_and(|c| is_line(c) && c.same_ink(cell))).count();
            let brush = Brush::Stroke(if cell.look.contains(Modifier::BOLD) { 18 } else { 11 });
            let middle = length(x, CELL.0) + f64::from(CELL.0) / 2.0;
            let (top, high) = (length(y, CELL.1), length(count, CELL.1));
            let _ = write!(paths.entry((brush, cell.ink)).or_default(), "M{middle} {top}v{high}");
            y += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(lines: &[&str]) -> Vec<Vec<Drawn>> {
        let cell =
            |sign: char| Drawn { sign: sign.to_string(), ink: 0xab_cdef, ground: 0, look: Modifier::empty(), cells: 1 };
        lines.iter().map(|line| line.chars().map(cell).collect()).collect()
    }

    #[test]
    fn lines_are_joined() {
        let svg = paths(&cells(&["───┬", "a  │", "   │"]));
        assert_eq!(
            svg,
            "<path fill=\"none\" stroke=\"#abcdef\" stroke-width=\"1.1\" \
             d=\"M0 10h27M27 10h9M31.5 10v10M31.5 20v40\"/>\n"
        );
    }

    #[test]
    fn a_frame_closes() {
        let svg = paths(&cells(&["╭─╮", "╰─╯"]));
        assert!(svg.contains("M4.5 20V14.5Q4.5 10 9 10M9 10h9M22.5 20V14.5Q22.5 10 18 10"), "{svg}");
        assert!(svg.contains("M4.5 20V25.5Q4.5 30 9 30M9 30h9M22.5 20V25.5Q22.5 30 18 30"), "{svg}");
    }

    #[test]
    fn blocks_stand_on_the_ground_of_their_cell() {
        let svg = paths(&cells(&["▁▁█▌▌"]));
        assert!(svg.contains("M0 17.5h18v2.5h-18z"), "{svg}");
        assert!(svg.contains("M18 0h9v20h-9z"), "{svg}");
        assert!(svg.contains("M27 0h4.5v20h-4.5zM36 0h4.5v20h-4.5z"), "{svg}");
    }

    #[test]
    fn letters_are_none() {
        for sign in ["a", " ", "×", "▲", "■", "◄", "≈", "漢", "", "▁x"] {
            assert!(!is_shape(sign), "{sign}");
        }
    }
}
