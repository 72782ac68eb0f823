//! That names which try to break the page move no column of it: the full fleet under plain and under hostile names.

use crate::fleet::stage;
use fusebox::ui::gallery::{self, Stage, Variant};
use fusebox::ui::glyphs::Glyphs;
use fusebox::ui::keymap::Key;
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

/// What fields may be called to break a page.
const FIELDS: [&str; 6] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "a\r\nb\tc",
    "漢字の店漢字の店漢字の店",
    "👩\u{200d}👩\u{200d}👧",
    "\u{202e}gro.elpmaxe",
    "e\u{301}\u{302}x",
];

#[test]
fn hostile_fields_move_no_column_and_give_no_order() {
    let (plain, mut hostile) = (stage(Variant::Full), stage(Variant::Full));
    for known in hostile.fields.values_mut() {
        for (i, pair) in known.mapping.mapped.iter_mut().enumerate() {
            let name = FIELDS[i % FIELDS.len()];
            // Whether the object has it stays what it was.
            let same = pair.crm_field.clone();
            pair.field = name.into();
            pair.crm_field = format!("{name}{i}").into();
            for field in known.description.fields.iter_mut().filter(|field| field.name == same) {
                (field.name, field.label, field.kind) = (pair.crm_field.clone(), name.into(), name.into());
            }
        }
    }
    for size in [(60, 15), (80, 24), (100, 30), (160, 50)] {
        for keys in [&[Key::Char('4'), Key::Char('g')][..], &[Key::Char('4'), Key::Char('g'), Key::Enter]] {
            let [before, after] = [&plain, &hostile].map(|fleet| {
                let mut state = fleet.screen(Size::from(size), crate::DARK, Glyphs::new(false));
                fleet.tell(&mut state, Message::Picture(fleet.picture.clone()));
                for key in keys {
                    drop(fleet.tell(&mut state, Message::Key(*key)));
                }
                gallery::draw(&state, fleet.now)
            });
            let heads = |buffer: &Buffer| {
                let y = crate::place(buffer, "WHAT").expect("a head").0;
                line(buffer, y).into_iter().map(String::from).collect::<Vec<_>>()
            };
            assert_eq!(heads(&after), heads(&before), "{size:?}");
            if keys.len() == 3 && size.0 >= 80 {
                assert_eq!(crate::place(&after, "read only"), crate::place(&before, "read only"), "{size:?}");
                assert_eq!(crate::place(&after, "not synced"), crate::place(&before, "not synced"), "{size:?}");
            }
            for cell in after.content() {
                let order = |c: char| c.is_control() || matches!(c, '\u{200d}' | '\u{202a}'..='\u{202e}' | '\u{fe0f}');
                assert!(!cell.symbol().contains(order), "{:?}", cell.symbol());
            }
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
