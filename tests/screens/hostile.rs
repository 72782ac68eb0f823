//! That names which try to break the page move no column of it: the full fleet under plain and under hostile names.

use crate::fleet::stage;
use fusebox::ui::gallery::{self, Stage, Variant};
use fusebox::ui::glyphs::Glyphs;
use fusebox::ui::message::Message;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

fn drawn(fleet: &Stage, size: Size, ascii: bool) -> Buffer {
    let mut state = fleet.screen(size, crate::DARK, Glyphs::new(ascii));
    fleet.tell(&mut state, Message::Picture(fleet.picture.clone()));
    gallery::draw(&state, fleet.now)
}

fn line(buffer: &Buffer, y: u16) -> Vec<&str> {
    (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect()
}

/// The rows of the page that tell a risk.
fn risks(buffer: &Buffer) -> Vec<u16> {
    let word = |y: &u16| line(buffer, *y)[3..8].concat();
    (0..buffer.area.height).filter(|y| ["FAIL", "WARN", "STAG", "OLD"].contains(&word(y).trim())).collect()
}

/// What stands between SLOT and WHY in those rows, in no order: rows of one health may trade places by name.
fn figures(buffer: &Buffer, from: u16, to: u16) -> Vec<String> {
    let cut = |y| line(buffer, y)[usize::from(from)..usize::from(to)].concat();
    let mut figures: Vec<String> = risks(buffer).into_iter().map(cut).collect();
    figures.sort();
    figures
}

#[test]
fn hostile_names_move_no_column_of_a_fleet() {
    let (plain, hostile) = (stage(Variant::Full), stage(Variant::Hostile));
    for size in [(80, 24), (100, 30), (120, 34), (160, 50)] {
        for ascii in [false, true] {
            let [before, after] = [&plain, &hostile].map(|fleet| drawn(fleet, Size::from(size), ascii));
            let (y, slot) = crate::place(&before, "SLOT").expect("a head");
            let why = crate::place(&before, "WHY").expect("a head").1;
            // Beside the heads stands the name of the selected site, from 140 columns on.
            let heads = |buffer| line(buffer, y).into_iter().take(112).map(String::from).collect::<Vec<_>>();
            assert_eq!(heads(&after), heads(&before), "the heads at {size:?}");
            let rows = figures(&before, slot - 1, why);
            assert_eq!(rows.len(), 8, "{rows:#?}");
            assert_eq!(figures(&after, slot - 1, why), rows, "{size:?}");
            // The hairline between list and detail stands where it stood.
            let hairline = |buffer: &Buffer| {
                let signs = (0..buffer.area.height).flat_map(|y| (0..buffer.area.width).map(move |x| (x, y)));
                signs.filter(|at| buffer[*at].symbol() == "│").collect::<Vec<_>>()
            };
            assert_eq!(hairline(&after), hairline(&before), "{size:?}");

            // And so a terminal sees it.
            let mut terminal =
                vt100::Parser::new(size.1.try_into().expect("rows"), size.0.try_into().expect("columns"), 0);
            terminal.process(b"\x1b[2J");
            terminal.process(crate::ansi_at(&after).as_bytes());
            let seen: Vec<String> = terminal.screen().rows(slot - 1, why - slot + 1).collect();
            let mut seen: Vec<&str> = risks(&after).iter().map(|y| seen[usize::from(*y)].trim_end()).collect();
            seen.sort_unstable();
            assert_eq!(seen, rows.iter().map(|row| row.trim_end()).collect::<Vec<_>>(), "{size:?}");
        }
    }
}

#[test]
fn nothing_of_a_hostile_name_reaches_the_terminal_as_an_order() {
    let hostile = stage(Variant::Hostile);
    for size in [(60, 15), (80, 24), (160, 50)] {
        let page = drawn(&hostile, Size::from(size), false);
        for cell in page.content() {
            let order = |c: char| c.is_control() || matches!(c, '\u{200d}' | '\u{202a}'..='\u{202e}' | '\u{fe0f}');
            assert!(!cell.symbol().contains(order), "{:?}", cell.symbol());
        }
    }
}
