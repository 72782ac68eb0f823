//! The contrast of every pair of colours that any screen draws, as WCAG 2 computes it: 4.5 for what is read, 3 for lines
//! and for a page that waits behind a dialog.

use crate::fleet::stage;
use fusebox::ui::action::Context;
use fusebox::ui::gallery;
use fusebox::ui::glyphs::Glyphs;
use fusebox::ui::theme::{Depth, Ground, Meaning, Theme};
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};
use std::collections::BTreeMap;

/// Red, green and blue of a colour of the two palettes that are known.
fn channels(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(index @ 16..232) => {
            let level = |of: u8| if of == 0 { 0 } else { 55 + 40 * of };
            let index = index - 16;
            Some([level(index / 36), level(index / 6 % 6), level(index % 6)])
        }
        Color::Indexed(index @ 232..) => Some([8 + 10 * (index - 232); 3]),
        _ => None,
    }
}

fn luminance(color: Color) -> f64 {
    let [r, g, b] = channels(color).expect("a theme with colours names each").map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Lines and the points of what was not seen are looked at, not read.
fn is_line(sign: &str) -> bool {
    sign.chars().all(|c| matches!(c, '\u{2500}'..='\u{259f}' | '·' | '≈'))
}

#[test]
fn every_pair_that_is_drawn_can_be_told_apart() {
    let mut pairs: BTreeMap<String, f64> = BTreeMap::new();
    for scenario in gallery::scenarios().expect("the gallery's data is right") {
        let fleet = stage(scenario.fleet);
        for (width, height) in [(80, 24), (160, 50)] {
            for (depth, ground) in [
                (Depth::True, Ground::Dark),
                (Depth::True, Ground::Light),
                (Depth::Indexed, Ground::Dark),
                (Depth::Indexed, Ground::Light),
            ] {
                let theme = Theme::new(depth, ground);
                let state = scenario.play(&fleet, Size::new(width, height), theme, Glyphs::new(false));
                let over = [
                    Context::Palette,
                    Context::Menu,
                    Context::Told,
                    Context::Confirm,
                    Context::Type,
                    Context::Steps,
                    Context::Choose,
                ];
                let behind = over.contains(&state.context());
                for cell in gallery::draw(&state, fleet.now).content() {
                    let sign = cell.symbol();
                    if sign.trim().is_empty() {
                        continue;
                    }
                    assert!(!cell.modifier.contains(Modifier::DIM), "dim text has no contrast that is known: {sign}");
                    let waits = behind && Some(cell.fg) == theme.text(Meaning::Rule).fg;
                    let asked = if waits || is_line(sign) { 3.0 } else { 4.5 };
                    let found = contrast(cell.fg, cell.bg);
                    let pair = format!("{} on {} ({depth:?} {ground:?})", cell.fg, cell.bg);
                    assert!(found >= asked, "{}: {sign:?} as {pair}: {found:.2}, not {asked}", scenario.name);
                    pairs.insert(pair, found);
                }
            }
        }
    }
    assert!(pairs.len() > 40, "only {} pairs", pairs.len());
}
