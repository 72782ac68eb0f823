//! A drawn page as SVG: a pure function from cells to text.
//!
//! Every run of text says where it begins and how wide it is, and every sign outside ASCII stands by itself, so that
//! columns hold in any monospace font. Lines and blocks are drawn as shapes: they join whatever the font does. Uses nothing
//! of ours.

mod shapes;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};
use std::collections::BTreeMap;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// A cell's width and height.
const CELL: (u16, u16) = (9, 20);
/// From a cell's top to the line on which letters stand.
const BASELINE: u16 = 15;
/// Around the page.
const MARGIN: u16 = 14;
/// The best of these that a machine has.
const FONTS: &str =
    r#""JetBrains Mono","Cascadia Mono","SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace"#;

/// The picture of a page. `page` is the style of its ground: what the terminal's own colours would be.
pub fn picture(buffer: &Buffer, page: Style, title: &str) -> String {
    let rows: Vec<Vec<Drawn>> = (0..buffer.area.height).map(|y| drawn_row(buffer, y, Ink::of_page(page))).collect();
    let mut body = grounds(&rows, Ink::of_page(page).ground);
    let classes = texts(&rows, &mut body);
    body.push_str(&shapes::paths(&rows));

    let width = buffer.area.width * CELL.0 + 2 * MARGIN;
    let height = buffer.area.height * CELL.1 + 2 * MARGIN;
    let ground = Ink::of_page(page).ground;
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">"#
    );
    let _ = writeln!(svg, "<title>{}</title>", escaped(title));
    let _ = writeln!(
        svg,
        "<style>text{{font-family:{FONTS};font-size:15px;white-space:pre;font-variant-ligatures:none}}{classes}</style>"
    );
    let _ = writeln!(svg, r##"<rect width="100%" height="100%" fill="#{ground:06x}"/>"##);
    let _ = writeln!(svg, r#"<g transform="translate({MARGIN} {MARGIN})" xml:space="preserve">"#);
    svg.push_str(&body);
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// The colours of text and of its ground, as 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ink {
    text: u32,
    ground: u32,
}

impl Ink {
    fn of_page(page: Style) -> Self {
        Self { text: page.fg.map_or(0xd5_dae2, |c| rgb(c, 0xd5_dae2)), ground: page.bg.map_or(0, |c| rgb(c, 0)) }
    }
}

/// One cell as it is to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Drawn {
    sign: String,
    ink: u32,
    ground: u32,
    look: Modifier,
    /// Cells that it takes: 0 where the sign before it reaches over.
    cells: u16,
}

impl Drawn {
    fn is_blank(&self) -> bool {
        self.sign.trim().is_empty() && !self.look.contains(Modifier::UNDERLINED)
    }

    /// Whether it can stand in one run with letters.
    fn is_letter(&self) -> bool {
        self.sign.is_ascii() && self.cells == 1
    }

    fn same_ink(&self, other: &Self) -> bool {
        (self.ink, self.look) == (other.ink, other.look)
    }
}

fn drawn_row(buffer: &Buffer, y: u16, page: Ink) -> Vec<Drawn> {
    let mut row: Vec<Drawn> = Vec::with_capacity(usize::from(buffer.area.width));
    let mut covered = 0;
    for x in 0..buffer.area.width {
        let mut cell = drawn(&buffer[(buffer.area.x + x, buffer.area.y + y)], page);
        if covered > 0 {
            covered -= 1;
            cell.sign.clear();
            cell.cells = 0;
        } else {
            covered = cell.cells.saturating_sub(1);
        }
        row.push(cell);
    }
    row
}

fn drawn(cell: &Cell, page: Ink) -> Drawn {
    let mut ink = rgb(cell.fg, page.text);
    let mut ground = rgb(cell.bg, page.ground);
    if cell.modifier.contains(Modifier::REVERSED) {
        (ink, ground) = (ground, ink);
    }
    // Terminals have no one rule for dim text: here it is three parts of ink on two of ground.
    if cell.modifier.contains(Modifier::DIM) {
        ink = mixed(ink, ground);
    }
    let cells = u16::try_from(cell.symbol().width()).unwrap_or(1).max(1);
    let look = cell.modifier & (Modifier::BOLD | Modifier::UNDERLINED | Modifier::ITALIC);
    Drawn { sign: cell.symbol().to_owned(), ink, ground, look, cells }
}

fn mixed(ink: u32, ground: u32) -> u32 {
    [16, 8, 0].into_iter().fold(0, |color, shift| {
        let channel = |of: u32| of >> shift & 0xff;
        color | ((3 * channel(ink) + 2 * channel(ground)) / 5) << shift
    })
}

/// A colour as 24 bits; `own` where it is the terminal's.
fn rgb(color: Color, own: u32) -> u32 {
    /// The first sixteen, with xterm's values.
    const XTERM: [u32; 16] = [
        0x00_0000, 0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, 0xe5_e5e5, 0x7f_7f7f, 0xff_0000,
        0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
    ];
    let named = |index: usize| XTERM.get(index).copied().unwrap_or(own);
    match color {
        Color::Reset => own,
        Color::Rgb(r, g, b) => u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b),
        Color::Indexed(index @ 0..16) => named(index.into()),
        Color::Indexed(index @ 16..232) => {
            let index = u32::from(index) - 16;
            let level = |of: u32| if of == 0 { 0 } else { 55 + 40 * of };
            level(index / 36) << 16 | level(index / 6 % 6) << 8 | level(index % 6)
        }
        Color::Indexed(index) => (8 + 10 * (u32::from(index) - 232)) * 0x01_0101,
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
    }
}

/// The grounds that are not the page's, one path for each colour.
fn grounds(rows: &[Vec<Drawn>], page: u32) -> String {
    let mut paths: BTreeMap<u32, String> = BTreeMap::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, run) in runs(row, |a, b| a.ground == b.ground) {
            let ground = run.first().map_or(page, |cell| cell.ground);
            if ground != page {
                let (x, y) = (x * usize::from(CELL.0), y * usize::from(CELL.1));
                let wide = run.len() * usize::from(CELL.0);
                let _ = write!(paths.entry(ground).or_default(), "M{x} {y}h{wide}v{}h-{wide}z", CELL.1);
            }
        }
    }
    paths.into_iter().fold(String::new(), |mut body, (ground, path)| {
        let _ = writeln!(body, r##"<path shape-rendering="crispEdges" fill="#{ground:06x}" d="{path}"/>"##);
        body
    })
}

/// The runs of cells that belong together, with their places.
fn runs<'a>(
    row: &'a [Drawn],
    together: impl Fn(&Drawn, &Drawn) -> bool + 'a,
) -> impl Iterator<Item = (usize, &'a [Drawn])> {
    row.chunk_by(together).scan(0, |x, run| {
        let at = *x;
        *x += run.len();
        Some((at, run))
    })
}

/// Writes the text; answers the classes that it uses.
fn texts(rows: &[Vec<Drawn>], body: &mut String) -> String {
    let mut classes: Vec<(u32, Modifier)> = Vec::new();
    for (y, row) in rows.iter().enumerate() {
        let mut x = 0;
        while x < row.len() {
            let first = &row[x];
            if first.cells == 0 || first.is_blank() || shapes::is_shape(&first.sign) {
                x += 1;
                continue;
            }
            let end = if first.is_letter() { end_of_run(row, x) } else { x + usize::from(first.cells) };
            let run: String = row[x..end.min(row.len())].iter().map(|cell| cell.sign.as_str()).collect();
            let class = classes.iter().position(|known| *known == (first.ink, first.look)).unwrap_or_else(|| {
                classes.push((first.ink, first.look));
                classes.len() - 1
            });
            let length = (end - x) * usize::from(CELL.0);
            // One letter can only be where it is; two and more are held to their cells.
            let held = if end - x > 1 { format!(r#" textLength="{length}""#) } else { String::new() };
            let (left, base) = (x * usize::from(CELL.0), y * usize::from(CELL.1) + usize::from(BASELINE));
            let _ = writeln!(body, r#"<text class="c{class}" x="{left}" y="{base}"{held}>{}</text>"#, escaped(&run));
            x = end;
        }
    }
    let mut css = String::new();
    for (i, (ink, look)) in classes.iter().enumerate() {
        let _ = write!(css, ".c{i}{{fill:#{ink:06x}");
        for (bit, rule) in [
            (Modifier::BOLD, ";font-weight:700"),
            (Modifier::ITALIC, ";font-style:italic"),
            (Modifier::UNDERLINED, ";text-decoration:underline"),
        ] {
            if look.contains(bit) {
                css.push_str(rule);
            }
        }
        css.push('}');
    }
    css
}

/// Where a run of letters of one ink ends: single spaces belong to it, two part it.
fn end_of_run(row: &[Drawn], start: usize) -> usize {
    let first = &row[start];
    let goes_on =
        |x: usize| row.get(x).is_some_and(|cell| cell.is_letter() && !cell.is_blank() && cell.same_ink(first));
    let mut end = start + 1;
    loop {
        if goes_on(end) {
            end += 1;
        } else if row.get(end).is_some_and(|cell| cell.is_blank() && cell.is_letter()) && goes_on(end + 1) {
            end += 2;
        } else {
            return end;
        }
    }
}

/// Text within XML, without what XML can not hold.
fn escaped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).fold(String::new(), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Style = Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Rgb(4, 5, 6));

    fn svg(lines: &[(&str, Style)]) -> String {
        let width = lines.iter().map(|(text, _)| text.width()).max().unwrap_or(0);
        let (width, height) = (u16::try_from(width).expect("short"), u16::try_from(lines.len()).expect("few"));
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, width, height));
        buffer.set_style(buffer.area, PAGE);
        for (y, (text, style)) in lines.iter().enumerate() {
            buffer.set_string(0, u16::try_from(y).expect("few"), text, *style);
        }
        picture(&buffer, PAGE, "a <title>")
    }

    #[test]
    fn runs_say_where_they_stand() {
        let svg = svg(&[("ab c  ×d", Style::new())]);
        assert!(svg.contains(r#"<text class="c0" x="0" y="15" textLength="36">ab c</text>"#), "{svg}");
        assert!(svg.contains(r#"<text class="c0" x="54" y="15">×</text>"#), "{svg}");
        assert!(svg.contains(r#"<text class="c0" x="63" y="15">d</text>"#), "{svg}");
        assert!(svg.contains(r#"viewBox="0 0 100 48""#) && svg.contains("<title>a &lt;title&gt;</title>"), "{svg}");
    }

    #[test]
    fn a_wide_sign_moves_nothing_behind_it() {
        let svg = svg(&[("漢a", Style::new())]);
        assert!(svg.contains(r#"x="0" y="15" textLength="18">漢</text>"#), "{svg}");
        assert!(svg.contains(r#"x="18" y="15">a</text>"#), "{svg}");
    }

    #[test]
    fn styles_are_classes_and_grounds_are_rectangles() {
        let bold = Style::new().fg(Color::Indexed(196)).bg(Color::Indexed(232)).add_modifier(Modifier::BOLD);
        let turned = Style::new().add_modifier(Modifier::REVERSED | Modifier::UNDERLINED);
        let svg = svg(&[("a&b", bold), ("c", turned)]);
        assert!(svg.contains(".c0{fill:#ff0000;font-weight:700}"), "{svg}");
        assert!(svg.contains(".c1{fill:#040506;text-decoration:underline}"), "{svg}");
        assert!(svg.contains(r##"fill="#080808" d="M0 0h27v20h-27z""##), "{svg}");
        assert!(svg.contains(r##"fill="#010203" d="M0 20h9v20h-9z""##), "{svg}");
        assert!(svg.contains("a&amp;b"), "{svg}");
    }

    #[test]
    fn dim_text_comes_nearer_to_its_ground() {
        assert_eq!(mixed(0xff_ff00, 0x00_00ff), 0x99_9966);
    }
}
