//! Cells as bytes, as few as show them: only what differs from the cell before is said, and of a blank only what can be
//! seen of it. Relies on nothing that a terminal of the last thirty years does not do.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};
use std::fmt::Write;

/// Modifiers that show on a blank.
const SEEN_ON_BLANKS: Modifier =
    Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT).union(Modifier::SLOW_BLINK);

/// What ends which modifiers: some share an end.
const ENDS: [(Modifier, &str); 7] = [
    (Modifier::BOLD.union(Modifier::DIM), "22;"),
    (Modifier::ITALIC, "23;"),
    (Modifier::UNDERLINED, "24;"),
    (Modifier::SLOW_BLINK.union(Modifier::RAPID_BLINK), "25;"),
    (Modifier::REVERSED, "27;"),
    (Modifier::HIDDEN, "28;"),
    (Modifier::CROSSED_OUT, "29;"),
];

/// Where the terminal stands while one frame is written.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    out: String,
    at: Option<(u16, u16)>,
    fg: Color,
    bg: Color,
    modifier: Modifier,
    /// Whether the last symbol was one of ASCII.
    after_ascii: bool,
    /// Whether a link was begun.
    linked: bool,
}

impl Encoder {
    /// The bytes for these cells, which are in the order of the page. The terminal is in its plain style before and
    /// after. Cells whose underline has a colour are text of a link (OSC 8) to `link`.
    pub(super) fn encode<'a>(cells: impl Iterator<Item = (u16, u16, &'a Cell)>, link: Option<&str>) -> String {
        let mut encoder = Self::default();
        for (x, y, cell) in cells {
            encoder.go(x, y);
            encoder.dress(cell);
            let within = link.filter(|_| cell.underline_color != Color::Reset);
            encoder.link(within);
            encoder.out.push_str(cell.symbol());
            encoder.after_ascii = cell.symbol().is_ascii();
            encoder.at = Some((x.saturating_add(1), y));
        }
        encoder.link(None);
        if (encoder.fg, encoder.bg, encoder.modifier) != (Color::Reset, Color::Reset, Modifier::empty()) {
            encoder.out.push_str("\x1b[m");
        }
        encoder.out
    }

    fn go(&mut self, x: u16, y: u16) {
        match self.at {
            Some(at) if at == (x, y) => {}
            // Only after ASCII is it certain by how much the terminal's cursor moved.
            Some((from, line)) if line == y && from < x && self.after_ascii => {
                let by = x - from;
                if by == 1 { self.out.push_str("\x1b[C") } else { self.say(format_args!("\x1b[{by}C")) }
            }
            _ => self.say(format_args!("\x1b[{};{}H", y + 1, x + 1)),
        }
    }

    /// Sets what differs, in one sequence.
    fn dress(&mut self, cell: &Cell) {
        let blank = cell.symbol() == " "
            && !cell.modifier.intersects(SEEN_ON_BLANKS)
            && !self.modifier.intersects(SEEN_ON_BLANKS);
        let mut codes = String::new();
        if !blank && self.modifier != cell.modifier {
            // What ends has an end of its own, so that colours need not be said again.
            let mut kept = self.modifier.intersection(cell.modifier);
            for (some, end) in ENDS {
                if self.modifier.difference(cell.modifier).intersects(some) {
                    codes.push_str(end);
                    kept = kept.difference(some);
                }
            }
            modifiers(&mut codes, cell.modifier.difference(kept));
            self.modifier = cell.modifier;
        }
        if !blank && self.fg != cell.fg {
            color(&mut codes, cell.fg, 30);
            self.fg = cell.fg;
        }
        if self.bg != cell.bg {
            color(&mut codes, cell.bg, 40);
            self.bg = cell.bg;
        }
        if let Some(codes) = codes.strip_suffix(';') {
            self.say(format_args!("\x1b[{codes}m"));
        }
    }

    /// Begins or ends the link. Its parts have one id: what is written over several rows, or in two frames, is one link.
    fn link(&mut self, to: Option<&str>) {
        if to.is_some() != self.linked {
            self.linked = to.is_some();
            match to {
                Some(to) => self.say(format_args!("\x1b]8;id=fusebox;{to}\x1b\\")),
                None => self.out.push_str("\x1b]8;;\x1b\\"),
            }
        }
    }

    fn say(&mut self, what: std::fmt::Arguments<'_>) {
        // A `String` takes everything.
        let _ = self.out.write_fmt(what);
    }
}

fn modifiers(codes: &mut String, modifier: Modifier) {
    for (one, code) in [
        (Modifier::BOLD, "1;"),
        (Modifier::DIM, "2;"),
        (Modifier::ITALIC, "3;"),
        (Modifier::UNDERLINED, "4;"),
        (Modifier::SLOW_BLINK, "5;"),
        (Modifier::RAPID_BLINK, "6;"),
        (Modifier::REVERSED, "7;"),
        (Modifier::HIDDEN, "8;"),
        (Modifier::CROSSED_OUT, "9;"),
    ] {
        if modifier.contains(one) {
            codes.push_str(code);
        }
    }
}

/// The codes of a colour; `base` is 30 for what is written and 40 for what it is written on.
fn color(codes: &mut String, color: Color, base: u8) {
    let plain = |n: u8| if n < 8 { base + n } else { base + 52 + n };
    let code = match color {
        Color::Reset => (base + 9).to_string(),
        Color::Black => plain(0).to_string(),
        Color::Red => plain(1).to_string(),
        Color::Green => plain(2).to_string(),
        Color::Yellow => plain(3).to_string(),
        Color::Blue => plain(4).to_string(),
        Color::Magenta => plain(5).to_string(),
        Color::Cyan => plain(6).to_string(),
        Color::Gray => plain(7).to_string(),
        Color::DarkGray => plain(8).to_string(),
        Color::LightRed => plain(9).to_string(),
        Color::LightGreen => plain(10).to_string(),
        Color::LightYellow => plain(11).to_string(),
        Color::LightBlue => plain(12).to_string(),
        Color::LightMagenta => plain(13).to_string(),
        Color::LightCyan => plain(14).to_string(),
        Color::White => plain(15).to_string(),
        Color::Indexed(n) => format!("{};5;{n}", base + 8),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
    };
    codes.push_str(&code);
    codes.push(';');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    const AREA: Rect = Rect::new(0, 0, 12, 3);

    fn styles() -> impl Strategy<Value = Style> {
        let colors = || {
            prop_oneof![
                Just(Color::Reset),
                Just(Color::Indexed(3)),
                Just(Color::Indexed(200)),
                Just(Color::Rgb(1, 2, 3)),
            ]
        };
        let modifiers = prop_oneof![
            Just(Modifier::empty()),
            Just(Modifier::BOLD),
            Just(Modifier::BOLD | Modifier::UNDERLINED),
            Just(Modifier::UNDERLINED),
            Just(Modifier::DIM),
            Just(Modifier::ITALIC),
            Just(Modifier::REVERSED),
        ];
        (colors(), colors(), modifiers).prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier))
    }

    fn pages() -> impl Strategy<Value = Buffer> {
        let symbols = prop_oneof![Just(" "), Just("a"), Just("z"), Just("\u{2500}"), Just("\u{e9}")];
        proptest::collection::vec((symbols, styles()), AREA.area() as usize).prop_map(|cells| {
            let mut page = Buffer::empty(AREA);
            for (cell, (symbol, style)) in page.content.iter_mut().zip(cells) {
                cell.set_symbol(symbol).set_style(style);
            }
            page
        })
    }

    fn terminal() -> vt100::Parser {
        vt100::Parser::new(AREA.height.try_into().expect("rows"), AREA.width.try_into().expect("columns"), 0)
    }

    /// What can be seen of a cell.
    fn seen(screen: &vt100::Screen, y: u16, x: u16) -> impl PartialEq + std::fmt::Debug + use<> {
        let cell = screen.cell(y, x).expect("a cell");
        let blank = cell.contents().trim().is_empty() && !cell.inverse() && !cell.underline();
        let ink =
            (!blank).then(|| (cell.contents().to_owned(), cell.fgcolor(), cell.bold(), cell.dim(), cell.italic()));
        (ink, cell.bgcolor(), cell.inverse(), cell.underline())
    }

    proptest! {
        #[test]
        fn a_terminal_shows_what_the_long_way_would(first in pages(), second in pages()) {
            let mut short = terminal();
            let mut long = terminal();
            for (from, to) in [(Buffer::empty(AREA), first.clone()), (first, second)] {
                let changes = from.diff(&to);
                let bytes = Encoder::encode(changes.iter().copied(), None);
                let mut plain = Vec::new();
                let mut backend = ratatui::backend::CrosstermBackend::new(&mut plain);
                ratatui::backend::Backend::draw(&mut backend, changes.iter().copied()).expect("drawn");
                prop_assert!(bytes.len() <= plain.len());
                short.process(bytes.as_bytes());
                long.process(&plain);
                for (x, y) in (0..AREA.height).flat_map(|y| (0..AREA.width).map(move |x| (x, y))) {
                    prop_assert_eq!(seen(short.screen(), y, x), seen(long.screen(), y, x));
                }
            }
        }
    }

    #[test]
    fn nothing_is_said_twice() {
        let mut page = Buffer::empty(Rect::new(0, 0, 20, 1));
        let ground = Style::new().bg(Color::Rgb(9, 9, 9));
        page.set_style(page.area, ground.fg(Color::Rgb(1, 1, 1)));
        page.set_string(0, 0, "ab", ground.fg(Color::Rgb(2, 2, 2)));
        page.set_string(6, 0, "cd", ground.fg(Color::Rgb(2, 2, 2)));
        let cells = (0..8).map(|x| (x, 0, &page[(x, 0)]));
        assert_eq!(Encoder::encode(cells, None), "\x1b[1;1H\x1b[38;2;2;2;2;48;2;9;9;9mab    cd\x1b[m");
        let apart = [0, 6].map(|x| (x, 0, &page[(x, 0)]));
        assert_eq!(Encoder::encode(apart.into_iter(), None), "\x1b[1;1H\x1b[38;2;2;2;2;48;2;9;9;9ma\x1b[5Cc\x1b[m");
    }

    #[test]
    fn a_link_is_opened_and_closed_around_its_cells() {
        let mut page = Buffer::empty(Rect::new(0, 0, 20, 1));
        page.set_string(0, 0, "see ab.", Style::new());
        let mark = |page: &mut Buffer, n| {
            page.set_style(Rect::new(4, 0, 2, 1), Style::new().underline_color(Color::Rgb(0, 0, n)));
        };
        mark(&mut page, 1);
        let cells = || (0..7).map(|x| (x, 0, &page[(x, 0)]));
        let link = Encoder::encode(cells(), Some("https://ab.example/"));
        assert_eq!(link, "\x1b[1;1Hsee \x1b]8;id=fusebox;https://ab.example/\x1b\\ab\x1b]8;;\x1b\\.");
        assert_eq!(Encoder::encode(cells(), None), "\x1b[1;1Hsee ab.");
        // The same text that leads elsewhere is written anew, and so is the same text that leads nowhere.
        for change in [mark as fn(&mut Buffer, u8), |page, _| page.set_style(page.area, Style::reset())] {
            let mut next = page.clone();
            change(&mut next, 2);
            assert_eq!(page.diff(&next).iter().map(|(x, ..)| *x).collect::<Vec<_>>(), [4, 5]);
        }
    }
}
