//! Every scenario of the gallery at three sizes: as text with and without Unicode, and its styles with and without colour.
//!
//! The styles are told by meaning (`x0-x1 meaning`), so that one digest holds for every ground and depth that has colours:
//! that dark and light, truecolor and 256 say the same is asserted, not stored four times.

use crate::fleet::stage;
use fusebox::ui::gallery::{self, Scenario, Stage};
use fusebox::ui::glyphs::Glyphs;
use fusebox::ui::theme::{Depth, Ground, Meaning, Theme};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};
use std::fmt::Write;
use strum::IntoEnumIterator;

const SIZES: [Size; 3] = [Size::new(80, 24), Size::new(100, 30), Size::new(160, 50)];

fn drawn(scenario: &Scenario, fleet: &Stage, size: Size, theme: Theme, ascii: bool) -> Buffer {
    gallery::draw(&scenario.play(fleet, size, theme, Glyphs::new(ascii)), fleet.now)
}

/// The sizes of a scenario: its own where it has one for a reason, and these three.
fn each(mut check: impl FnMut(&Scenario, &Stage, Size)) {
    for scenario in gallery::scenarios().expect("the gallery's data is right") {
        let fleet = stage(scenario.fleet);
        let small = scenario.sizes.iter().filter(|size| size.width < 80).copied();
        for size in small.chain(SIZES.into_iter().filter(|_| scenario.sizes.iter().any(|size| size.width >= 80))) {
            check(&scenario, &fleet, size);
        }
    }
}

#[test]
fn every_screen_as_text() {
    each(|scenario, fleet, size| {
        for (ascii, set) in [(false, "unicode"), (true, "ascii")] {
            let page = crate::text_of(&drawn(scenario, fleet, size, crate::DARK, ascii));
            insta::assert_snapshot!(format!("{}-{size}-{set}", scenario.name), page);
        }
    });
}

#[test]
fn every_screen_by_its_styles() {
    each(|scenario, fleet, size| {
        let digest = |depth, ground, ascii| {
            let theme = Theme::new(depth, ground);
            digest(&drawn(scenario, fleet, size, theme, ascii), theme)
        };
        let colour = digest(Depth::True, Ground::Dark, false);
        for (depth, ground) in
            [(Depth::True, Ground::Light), (Depth::Indexed, Ground::Dark), (Depth::Indexed, Ground::Light)]
        {
            let other = digest(depth, ground, false);
            assert_eq!(other, colour, "{} at {size}: {depth:?} on {ground:?} against dark", scenario.name);
        }
        insta::assert_snapshot!(format!("{}-{size}-style-colour", scenario.name), colour);
        for (depth, name) in [(Depth::Sixteen, "16"), (Depth::Mono, "nocolor")] {
            let styles = digest(depth, Ground::Dark, false);
            // Nobody knows the ground of these: they may not depend on it.
            assert_eq!(styles, digest(depth, Ground::Light, false), "{} at {size}: {depth:?}", scenario.name);
            insta::assert_snapshot!(format!("{}-{size}-style-{name}", scenario.name), styles);
        }
    });
}

/// One run of cells of one style.
struct Run {
    x: [u16; 2],
    /// What its signs say; nothing where it is blank.
    ink: String,
    ground: String,
    look: Modifier,
}

/// What a blank shows of how it is set.
const SHOWN: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED);

impl Run {
    fn of(cell: &Cell, x: u16, theme: Theme) -> Self {
        let blank = cell.symbol().trim().is_empty();
        let told = Modifier::BOLD | Modifier::DIM | Modifier::ITALIC | SHOWN;
        Self {
            x: [x, x],
            ink: if blank { String::new() } else { ink(cell, theme) },
            ground: ground(cell, theme),
            look: cell.modifier & if blank { SHOWN } else { told },
        }
    }

    fn is_blank(&self) -> bool {
        self.ink.is_empty()
    }

    fn tells_nothing(&self) -> bool {
        self.ground.is_empty() && self.look.is_empty() && (self.is_blank() || self.ink == "text")
    }

    /// Takes in the next run, if it says the same: a blank belongs to what stands beside it on the same ground.
    fn join(&mut self, next: &Self) -> bool {
        let both = [&*self, next].iter().all(|run| !run.is_blank());
        let alike = self.ground == next.ground
            && if both {
                (&self.ink, self.look) == (&next.ink, next.look)
            } else {
                self.look & SHOWN == next.look & SHOWN
            };
        // On the page's own ground blanks are left out; a single one parts no words.
        let near = next.x[0] - self.x[1]
            <= if self.ground.is_empty() && self.look & SHOWN == Modifier::empty() { 2 } else { 1 };
        if alike && near {
            self.x[1] = next.x[1];
            if self.is_blank() {
                self.ink.clone_from(&next.ink);
                self.look = next.look;
            }
        }
        alike && near
    }
}

/// The styles of a page, a line for each row that has one: `3  1-8 ink/bad+b  9-27 strong`. Text on the page's own ground
/// is left out, and what is blank belongs to the run before it.
fn digest(buffer: &Buffer, theme: Theme) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut runs: Vec<Run> = Vec::new();
        for x in 0..buffer.area.width {
            let run = Run::of(&buffer[(x, y)], x, theme);
            let left_out = run.is_blank() && run.tells_nothing();
            if !left_out && !runs.last_mut().is_some_and(|last| last.join(&run)) {
                runs.push(run);
            }
        }
        runs.retain(|run| !run.tells_nothing());
        if !runs.is_empty() {
            write!(out, "{y}").expect("a string takes all");
            for Run { x: [from, to], ink, ground, look } in runs {
                write!(out, "  {from}-{to} {ink}{ground}{}", letters(look)).expect("a string takes all");
            }
            out.push('\n');
        }
    }
    out
}

/// How it is set: `+b`, `+br`.
fn letters(look: Modifier) -> String {
    let letters = [
        (Modifier::BOLD, 'b'),
        (Modifier::DIM, 'd'),
        (Modifier::REVERSED, 'r'),
        (Modifier::UNDERLINED, 'u'),
        (Modifier::ITALIC, 'i'),
    ];
    let set: String = letters.iter().filter(|(bit, _)| look.contains(*bit)).map(|(_, letter)| letter).collect();
    if set.is_empty() { set } else { format!("+{set}") }
}

/// Whether a cell is part of a QR code: black on white, whatever the theme.
fn is_code(cell: &Cell, theme: Theme) -> bool {
    let code = theme.code();
    let blocks = ["\u{2580}", "\u{2584}", "\u{2588}", " "];
    code.fg.is_some()
        && (Some(cell.fg), Some(cell.bg)) == (code.fg, code.bg)
        && cell.modifier.is_empty()
        && blocks.contains(&cell.symbol())
}

/// What the colour of a sign means; nothing where it is the terminal's own.
fn ink(cell: &Cell, theme: Theme) -> String {
    if is_code(cell, theme) {
        return "black".to_owned();
    }
    if cell.fg == Color::Reset {
        return "text".to_owned();
    }
    let grounds = [Meaning::Canvas, Meaning::Raised, Meaning::Select];
    let meaning = Meaning::iter().filter(|meaning| !grounds.contains(meaning));
    let mut known = meaning.filter(|meaning| {
        theme.text(*meaning).fg == Some(cell.fg)
            || *meaning == Meaning::Ink && theme.fill(Meaning::Bad, false).fg == Some(cell.fg)
    });
    known.next().map_or_else(|| cell.fg.to_string(), |meaning| format!("{meaning:?}").to_lowercase())
}

/// What it stands on: `/select`; nothing where that is the page.
fn ground(cell: &Cell, theme: Theme) -> String {
    if is_code(cell, theme) {
        return "/white".to_owned();
    }
    if cell.bg == Color::Reset || Some(cell.bg) == theme.page().bg {
        return String::new();
    }
    let mut known = Meaning::iter().filter(|meaning| theme.text(*meaning).fg == Some(cell.bg));
    known.next().map_or_else(|| format!("/{}", cell.bg), |meaning| format!("/{meaning:?}").to_lowercase())
}
