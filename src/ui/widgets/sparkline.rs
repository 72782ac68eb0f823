//! A row of figures over time, to its own scale, with the newest figure and how it changed. Knows styles alone.
//!
//! A day that nobody looked at is no zero: it has a sign of its own, and the row has a gap there.

use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::theme::{Meaning, Theme};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// From two eighths to seven: eight would touch the row above.
const STEPS: [[&str; 2]; 6] = [["▂", "1"], ["▃", "2"], ["▄", "3"], ["▅", "4"], ["▆", "5"], ["▇", "6"]];

/// The same for zero.
const NOTHING: [&str; 2] = ["▁", "0"];

/// A change by more than this many per cent is bold.
const MUCH: i64 = 50;

/// The row of `figures`, oldest first, one cell each; none where nobody looked.
pub fn line(theme: Theme, glyphs: Glyphs, figures: &[Option<u64>]) -> Line<'static> {
    let most = figures.iter().flatten().copied().max().unwrap_or(0);
    let mut line = Line::default();
    for figure in figures {
        let (sign, meaning) = match figure {
            None => (glyphs.get(Glyph::Free), Meaning::Rule),
            Some(0) => (pick(glyphs, NOTHING), Meaning::Faint),
            Some(figure) => (pick(glyphs, STEPS[step(*figure, most)]), Meaning::Data),
        };
        line.push_span(Span::styled(sign, theme.text(meaning)));
    }
    line
}

/// How the mean of the newest seven days differs from that of the seven before, in per cent; none where either week has
/// no day that was looked at, or the former was zero.
pub fn change(figures: &[Option<u64>]) -> Option<i64> {
    let (rest, this) = figures.split_at_checked(figures.len().checked_sub(7)?)?;
    let (_, last) = rest.split_at_checked(rest.len().checked_sub(7)?)?;
    let mean = |week: &[Option<u64>]| {
        let days = u64::try_from(week.iter().flatten().count()).ok().filter(|days| *days > 0)?;
        // In thousandths, so that small figures differ at all.
        Some(week.iter().flatten().map(|figure| i128::from(*figure)).sum::<i128>() * 1000 / i128::from(days))
    };
    let (last, this) = (mean(last)?, mean(this)?);
    i64::try_from(((this - last) * 100).checked_div(last)?).ok()
}

/// `+96%`, `−3%` (in ASCII `-3%`): bold where it is much.
pub fn change_span(theme: Theme, glyphs: Glyphs, per_cent: i64) -> Span<'static> {
    let sign = match (per_cent, glyphs.is_ascii()) {
        (1.., _) => "+",
        (0, _) => "",
        (_, true) => "-",
        (_, false) => "−",
    };
    let text = format!("{sign}{}%", per_cent.unsigned_abs());
    let style = theme.text(Meaning::Muted);
    let much = per_cent.abs() > MUCH;
    Span::styled(text, if much { theme.text(Meaning::Strong).add_modifier(Modifier::BOLD) } else { style })
}

/// Which of the steps: the greatest figure has the last one, anything above zero at least the first.
fn step(figure: u64, most: u64) -> usize {
    let last = STEPS.len() - 1;
    let scaled = u128::from(figure) * STEPS.len() as u128 / u128::from(most.max(1));
    usize::try_from(scaled).unwrap_or(last).saturating_sub(1).min(last)
}

fn pick(glyphs: Glyphs, [unicode, ascii]: [&'static str; 2]) -> &'static str {
    if glyphs.is_ascii() { ascii } else { unicode }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{Depth, Ground};
    use crate::ui::widgets::pen::width;

    const THEME: Theme = Theme::new(Depth::True, Ground::Dark);

    fn drawn(ascii: bool, figures: &[Option<u64>]) -> String {
        line(THEME, Glyphs::new(ascii), figures).spans.iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn a_row_has_its_own_scale_and_gaps_stay_gaps() {
        let figures = [None, Some(0), Some(1), Some(300), Some(600), None];
        assert_eq!(drawn(false, &figures), "·▁▂▄▇·");
        assert_eq!(drawn(true, &figures), ".0136.");
        assert_eq!(drawn(false, &[Some(u64::MAX), Some(1)]), "▇▂");
        assert_eq!(drawn(false, &[]), "");
    }

    #[test]
    fn every_sign_takes_one_cell_in_both_sets() {
        for [unicode, ascii] in STEPS.into_iter().chain([NOTHING]) {
            assert_eq!((width(unicode), width(ascii)), (1, 1));
            assert!(ascii.is_ascii());
        }
    }

    #[test]
    fn a_change_is_told_against_the_week_before() {
        let weeks = |last: u64, this: u64| [vec![Some(last); 7], vec![Some(this); 7]].concat();
        assert_eq!(change(&weeks(100, 196)), Some(96));
        assert_eq!(change(&weeks(3, 1)), Some(-66));
        assert_eq!(change(&weeks(0, 5)), None, "nothing to compare with");
        assert_eq!(change(&[Some(1); 13]), None);
        let mut gaps = weeks(2, 4);
        gaps[3] = None;
        gaps[9] = None;
        assert_eq!(change(&gaps), Some(100), "days that nobody looked at count for nothing");
        assert_eq!(change(&[vec![None; 7], vec![Some(1); 7]].concat()), None);
    }

    #[test]
    fn only_much_is_bold() {
        let bold = |n| change_span(THEME, Glyphs::new(false), n).style.add_modifier.contains(Modifier::BOLD);
        assert_eq!([bold(50), bold(51), bold(-50), bold(-67)], [false, true, false, true]);
        assert_eq!(change_span(THEME, Glyphs::new(false), -3).content, "−3%");
        assert_eq!(change_span(THEME, Glyphs::new(true), -3).content, "-3%");
        assert_eq!(change_span(THEME, Glyphs::new(true), 0).content, "0%");
    }
}
