//! What is known of one site's fields without what is well: each pair that leads nowhere, what is to be given, how old that is.

use crate::model::drift::Breakage;
use crate::model::{Clean, FieldsBrief, FieldsLater, FieldsRow, SeenBy, SiteRow, age};
use crate::ui::glyphs::Glyph;
use crate::ui::panes::detail::{Section, fold, spread};
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::widgets::pen::{steady, width};
use chrono::{DateTime, Utc};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

struct Teller<'a> {
    state: &'a State,
    cells: u16,
    now: DateTime<Utc>,
}

/// The sections, what is wrong first.
pub(super) fn sections(
    state: &State,
    row: &SiteRow,
    known: Option<&FieldsRow>,
    cells: u16,
    now: DateTime<Utc>,
) -> Vec<Section> {
    let teller = Teller { state, cells, now };
    let read = known.and_then(|known| known.read.as_ref());
    let mut sections = vec![teller.counted(row, known, read)];
    match read {
        Some(read) => {
            sections.extend(teller.missing(read));
            sections.extend(known.and_then(|known| known.later.as_ref()).map(|later| teller.later(later)));
            sections.extend(teller.unmapped(read));
            sections.extend(teller.read_only(read));
        }
        None => sections.push(teller.sentence(
            "Nobody asked it for its fields yet. Enter does: it makes one call with the session it has, and nothing is refreshed.",
        )),
    }
    sections
}

impl Teller<'_> {
    fn style(&self, meaning: Meaning) -> Style {
        let style = self.state.theme.text(meaning);
        if matches!(meaning, Meaning::Warn | Meaning::Bad | Meaning::Strong) {
            style.add_modifier(Modifier::BOLD)
        } else {
            style
        }
    }

    fn span(&self, text: impl Into<String>, meaning: Meaning) -> Span<'static> {
        Span::styled(text.into(), self.style(meaning))
    }

    fn sentence(&self, text: &str) -> Section {
        let lines = fold(text, [self.cells; 2], usize::MAX, self.state.glyphs);
        let lines = lines.into_iter().map(|line| Line::from(self.span(line, Meaning::Muted))).collect();
        Section { name: String::new(), lines }
    }

    /// `Contact   44 mapped of 212 stored, told 12s ago            read 2m ago by the site`
    fn counted(&self, row: &SiteRow, known: Option<&FieldsRow>, read: Option<&FieldsBrief>) -> Section {
        let object = row.object_type.as_ref().or_else(|| Some(&read?.object));
        let object = object.map_or_else(|| "?".to_owned(), |object| steady(object.as_str()));
        let mut left = vec![self.span(object, Meaning::Strong)];
        let mapped = known.and_then(|known| known.mapped.as_ref());
        let told = match (mapped, known.and_then(|known| known.stored)) {
            (Some(mapped), Some(stored)) => format!(
                "   {} mapped, {stored} stored by the plugin, told {} ago",
                mapped.value,
                age::since(mapped.seen_at, self.now)
            ),
            (Some(mapped), None) => {
                format!("   {} mapped, told {} ago", mapped.value, age::since(mapped.seen_at, self.now))
            }
            (None, _) => String::new(),
        };
        left.push(self.span(told, Meaning::Text));
        let by = read.map(|read| {
            let ago = age::since(read.seen_at(), self.now);
            format!("{} fields, read {ago} ago {}", read.fields, by(&read.by))
        });
        let by = Line::from(self.span(by.unwrap_or_default(), Meaning::Faint));
        let mut lines = vec![spread(Line::from(left), by.clone(), self.cells, self.state.glyphs)];
        // Where both do not stand in one line the second has its own.
        if !lines[0].to_string().ends_with(&by.to_string()) {
            lines.push(by);
        }
        Section { name: String::new(), lines }
    }

    fn titled(&self, name: &str, terms: &str) -> Section {
        let title = Line::from(self.span(name, Meaning::Strong));
        let line = spread(title, Line::from(self.span(terms, Meaning::Faint)), self.cells, self.state.glyphs);
        Section { name: name.to_owned(), lines: vec![line] }
    }

    /// A sign and names, folded under themselves.
    fn line(&self, sign: (Glyph, Meaning), text: &str) -> Vec<Line<'static>> {
        let sign_text = format!("{} ", self.state.glyphs.get(sign.0));
        let indent = width(&sign_text);
        let parts = fold(text, [self.cells.saturating_sub(indent); 2], usize::MAX, self.state.glyphs);
        let lines = parts.into_iter().enumerate();
        lines
            .map(|(i, part)| {
                let lead = if i == 0 {
                    self.span(sign_text.clone(), sign.1)
                } else {
                    Span::raw(" ".repeat(usize::from(indent)))
                };
                Line::from(vec![lead, self.span(part, Meaning::Text)])
            })
            .collect()
    }

    fn missing(&self, read: &FieldsBrief) -> Option<Section> {
        let mut section = self.titled("Values go nowhere", "the object has no such field, or its user may not see it");
        for (field, crm_field) in &read.missing {
            let text = format!("{field} to {crm_field}");
            section.lines.extend(self.line((Glyph::Fail, Meaning::Bad), &steady(&text)));
        }
        (!read.missing.is_empty()).then_some(section)
    }

    /// What became of the object since, as another site was told.
    fn later(&self, later: &FieldsLater) -> Section {
        let ago = age::since(later.seen_at, self.now);
        let terms = match &later.by {
            SeenBy::Site => format!("as the same user saw it for {} {ago} ago", steady(later.site.as_str())),
            SeenBy::Fusebox(_) => format!("as fusebox's own user saw it {ago} ago"),
        };
        let mut section = self.titled("Since then", &terms);
        for one in &later.broken {
            let pair = one.field.as_ref().map(|field| format!("{field} to ")).unwrap_or_default();
            let text = format!("{pair}{}: {}", one.crm_field, one.by.words());
            let sign =
                if one.by == Breakage::Gone { (Glyph::Fail, Meaning::Bad) } else { (Glyph::Warn, Meaning::Warn) };
            section.lines.extend(self.line(sign, &steady(&text)));
        }
        if !later.added.is_empty() {
            let names: Vec<&str> = later.added.iter().map(Clean::as_str).collect();
            let text = format!("new, and not known here: {}", names.join(", "));
            section.lines.extend(self.line((Glyph::Free, Meaning::Muted), &steady(&text)));
        }
        section
    }

    fn unmapped(&self, read: &FieldsBrief) -> Option<Section> {
        let mut section = self.titled("Required, and nothing is mapped to it", "without it no record is made");
        for name in &read.unmapped {
            section.lines.extend(self.line((Glyph::Warn, Meaning::Warn), &steady(name.as_str())));
        }
        (!read.unmapped.is_empty()).then_some(section)
    }

    fn read_only(&self, read: &FieldsBrief) -> Option<Section> {
        let mut section = self.titled("Read only", "values are not sent");
        for (field, crm_field) in &read.read_only {
            let text = format!("{field} to {crm_field}");
            section.lines.extend(self.line((Glyph::Warn, Meaning::Warn), &steady(&text)));
        }
        (!read.read_only.is_empty()).then_some(section)
    }
}

/// Who saw it, behind "read 2m ago".
pub(in crate::ui::panes) fn by(by: &SeenBy) -> String {
    match by {
        SeenBy::Site => "by the site".to_owned(),
        SeenBy::Fusebox(org) => format!("by fusebox's own user in {}", steady(org.as_str())),
    }
}
