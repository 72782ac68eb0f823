//! The contrast of every pair that a theme can draw, as WCAG 2 computes it: 4.5 for text, 3 for lines.

use super::*;
use Meaning::{Accent, Bad, Canvas, Data, Done, Faint, Ink, Muted, Past, Raised, Rule, Strong, Text, Warn};
use strum::IntoEnumIterator;

/// Least contrast of text, and of lines that carry no word.
const TEXT: f64 = 4.5;
const LINES: f64 = 3.0;

/// All that can be written.
const INKS: [Meaning; 11] = [Rule, Faint, Muted, Text, Strong, Bad, Warn, Accent, Past, Done, Data];

fn painted() -> impl Iterator<Item = Theme> {
    [Depth::True, Depth::Indexed].into_iter().flat_map(|depth| Ground::iter().map(move |on| Theme::new(depth, on)))
}

fn least(meaning: Meaning) -> f64 {
    if meaning == Rule { LINES } else { TEXT }
}

#[test]
fn everything_can_be_read_on_the_page_and_on_raised_ground() {
    for theme in painted() {
        for ground in [Canvas, Raised] {
            for ink in INKS {
                let found = contrast(theme.color(ink), theme.color(ground));
                assert!(found >= least(ink), "{ink:?} on {ground:?} in {theme:?}: {found:.2}");
            }
        }
    }
}

#[test]
fn everything_can_be_read_on_a_selected_row() {
    for theme in painted() {
        for ink in INKS {
            let found = contrast(theme.lit(ink).fg, theme.select().bg);
            // A step up: no line stands on a selected row in the colour of lines.
            assert!(found >= TEXT, "{ink:?} on a selected row in {theme:?}: {found:.2}");
        }
    }
}

#[test]
fn ink_can_be_read_on_every_fill() {
    for theme in painted() {
        for fill in [Bad, Warn, Past, Done, Accent] {
            let style = theme.fill(fill, false);
            let found = contrast(style.fg, style.bg);
            assert!(found >= TEXT, "{Ink:?} on {fill:?} in {theme:?}: {found:.2}");
        }
    }
}

#[test]
fn the_fills_of_sixteen_colours_can_be_read_with_the_values_of_xterm() {
    let theme = Theme::new(Depth::Sixteen, Ground::Dark);
    for fill in [Bad, Warn, Past] {
        let style = theme.fill(fill, false);
        let found = contrast(style.fg, style.bg);
        assert!(found >= TEXT, "{fill:?}: {found:.2}");
    }
    // Any other colour is unreadable on one of the two grounds that a terminal may have.
    for meaning in Meaning::iter() {
        let text = theme.text(meaning);
        assert_eq!((text.fg, text.bg), (None, None), "{meaning:?}");
    }
}

fn contrast(a: Option<Color>, b: Option<Color>) -> f64 {
    let [a, b] = [a, b].map(|color| luminance(rgb(color.expect("a colour"))));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance.
fn luminance(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = rgb.map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// The value of a colour; of the indexed ones, xterm's: sixteen, a cube of six steps, twenty-four greys.
fn rgb(color: Color) -> [u8; 3] {
    const FIRST: [[u8; 3]; 16] = [
        [0, 0, 0],
        [205, 0, 0],
        [0, 205, 0],
        [205, 205, 0],
        [0, 0, 238],
        [205, 0, 205],
        [0, 205, 205],
        [229, 229, 229],
        [127, 127, 127],
        [255, 0, 0],
        [0, 255, 0],
        [255, 255, 0],
        [92, 92, 255],
        [255, 0, 255],
        [0, 255, 255],
        [255, 255, 255],
    ];
    match color {
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Indexed(i @ ..16) => FIRST[usize::from(i)],
        Color::Indexed(i @ 16..232) => {
            let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let i = i - 16;
            [step(i / 36), step(i / 6 % 6), step(i % 6)]
        }
        Color::Indexed(i) => [8 + 10 * (i - 232); 3],
        other => unreachable!("{other:?} is not drawn"),
    }
}
