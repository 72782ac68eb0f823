//! One row of keys with their labels: bold key, muted label. The last ones are never cut; others drop before them.

use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{line_width, width};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// A key and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The key.
    pub key: String,
    /// What it does.
    pub label: String,
    /// Whether it stays when others drop.
    pub stays: bool,
}

/// Draws as many hints as fit `area`, `gap` cells apart, after an optional lead.
pub fn draw(pen: &mut Pen<'_>, area: Rect, theme: Theme, lead: &str, hints: &[Hint], gap: u16) {
    let mut kept: Vec<&Hint> = hints.iter().collect();
    let wide = |kept: &[&Hint]| -> u16 {
        kept.iter().map(|h| width(&h.key) + 1 + width(&h.label) + gap).sum::<u16>().saturating_sub(gap) + width(lead)
    };
    while wide(&kept) > area.width {
        let Some(last) = kept.iter().rposition(|hint| !hint.stays) else { break };
        kept.remove(last);
    }
    let mut line = Line::from(Span::styled(lead.to_owned(), theme.text(Meaning::Faint)));
    for (i, hint) in kept.iter().enumerate() {
        if i > 0 {
            line.push_span(Span::raw(" ".repeat(usize::from(gap))));
        }
        line.push_span(Span::styled(hint.key.clone(), theme.text(Meaning::Accent).add_modifier(Modifier::BOLD)));
        line.push_span(Span::styled(format!(" {}", hint.label), theme.text(Meaning::Muted)));
    }
    pen.line(area.x, area.y, area.width.min(line_width(&line)), &line);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::Glyphs;
    use crate::ui::theme::{Depth, Ground};
    use ratatui::buffer::Buffer;

    #[test]
    fn help_stays_when_the_row_is_short() {
        let hints = [("Enter", "open", false), ("s", "sort", false), ("?", "help", true)]
            .map(|(key, label, stays)| Hint { key: key.into(), label: label.into(), stays });
        let row = |cells| {
            let area = Rect::new(0, 0, cells, 1);
            let mut buffer = Buffer::empty(area);
            let theme = Theme::new(Depth::Mono, Ground::Dark);
            draw(&mut Pen { buffer: &mut buffer, glyphs: Glyphs::new(true) }, area, theme, "", &hints, 2);
            (0..cells).map(|x| buffer[(x, 0)].symbol().to_owned()).collect::<String>().trim_end().to_owned()
        };
        assert_eq!(row(40), "Enter open  s sort  ? help");
        assert_eq!(row(25), "Enter open  ? help");
        assert_eq!(row(10), "? help");
    }
}
