//! The approvals of one user in the order in which they leave, under those that left lately: whose each is and how that is
//! known.

use super::Subject;
use crate::model::{Evidence, LedgerEntry, LeftEntry, SiteName, age};
use crate::ui::glyphs::Glyph;
use crate::ui::panes::cells::life;
use crate::ui::panes::detail::Section;
use crate::ui::theme::Meaning;
use crate::ui::widgets::pen::{fit, fit_line, steady, width};
use chrono::TimeDelta;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// What left is told for so long.
const LEFT_SHOWN: TimeDelta = TimeDelta::days(7);
/// From here on the day of its making and the rate have room.
const WIDE: u16 = 92;

/// What the section is called.
pub(super) const NAME: &str = "Approvals";
/// The most cells of a site's name.
const LONGEST: u16 = 24;

/// The cells of one line.
struct Cells {
    place: String,
    flag: &'static str,
    id: String,
    date: String,
    made: String,
    used: String,
    uses: String,
    rate: String,
    life: String,
    shared: bool,
    site: String,
    how: String,
}

impl Subject<'_> {
    /// The ledger; what is known without it, where it is not there yet.
    pub(super) fn approvals(&self, cells: u16) -> Section {
        self.entries(cells).0
    }

    /// The same with the line at which each approval begins, and at which the last one ends.
    pub(super) fn entries(&self, cells: u16) -> (Section, Vec<usize>) {
        let mut starts = Vec::new();
        let terms = if cells >= WIDE { "in creation order: Salesforce removes the oldest" } else { "oldest first" };
        let mut section = self.titled(NAME, terms, cells);
        let Some(ledger) = self.ledger else {
            let words = match &self.board.refused {
                Some(refused) => format!("may not be listed: needs {}", refused.permission),
                None => format!("{} being asked", self.glyphs.get(Glyph::Free)),
            };
            section.lines.push(Line::from(self.span(steady(&words), Meaning::Muted)));
            return (section, starts);
        };
        if ledger.entries.is_empty() && ledger.departed.is_empty() {
            let words = if ledger.used.is_some() {
                "It holds none."
            } else {
                "None is told of, which does not say that there is none."
            };
            section.lines.push(Line::from(self.span(words, Meaning::Muted)));
            return (section, starts);
        }
        section.lines.push(self.heads(cells));
        let mut left: Vec<&LeftEntry> =
            ledger.departed.iter().filter(|left| self.now - left.gone_by <= LEFT_SHOWN).collect();
        left.reverse();
        section.lines.extend(left.iter().map(|left| self.left(left, cells)));
        if !left.is_empty() && cells >= WIDE {
            let rule = self.glyphs.get(Glyph::Dashed).repeat(usize::from(cells));
            section.lines.push(Line::from(self.span(rule, Meaning::Rule)));
        }
        for (place, entry) in ledger.entries.iter().enumerate() {
            starts.push(section.lines.len());
            section.lines.extend(self.entry(place, entry, cells));
        }
        starts.push(section.lines.len());
        if ledger.used.is_none() {
            let words = "Not all approvals may be listed: there may be more.";
            section.lines.push(Line::from(self.span(words, Meaning::Muted)));
        }
        (section, starts)
    }

    fn heads(&self, cells: u16) -> Line<'static> {
        let text = |text: &str| text.to_owned();
        let faint = self.style(Meaning::Faint);
        let heads = Cells {
            place: String::new(),
            flag: " ",
            id: text("APPROVAL"),
            date: text("MADE"),
            made: text(if cells >= WIDE { "AGE" } else { "MADE" }),
            used: text("USED"),
            uses: text("USES"),
            rate: text("A DAY"),
            life: text("LIFE"),
            shared: false,
            site: text("SITE"),
            how: text("HOW WE KNOW"),
        };
        self.line(&heads, [faint; 3], cells)
    }

    fn left(&self, left: &LeftEntry, cells: u16) -> Line<'static> {
        let when = if left.gone_by.date_naive() == self.now.date_naive() { "%H:%MZ" } else { "%b %d" };
        let told = Cells {
            place: String::new(),
            flag: self.glyphs.get(Glyph::Fail),
            id: left.approval.id.short(),
            date: left.created.format("%Y-%m-%d").to_string(),
            made: age::since(left.created, self.now),
            used: left.used.map_or_else(|| "?".to_owned(), |at| age::since(at, self.now)),
            uses: left.approval.use_count.to_string(),
            rate: String::new(),
            life: "gone".to_owned(),
            shared: false,
            site: left.site.as_ref().map_or_else(|| "?".to_owned(), |site| steady(site.as_str())),
            how: format!("gone by {}", left.gone_by.format(when)),
        };
        self.line(&told, [self.style(Meaning::Muted); 3], cells)
    }

    fn entry(&self, place: usize, entry: &LedgerEntry, cells: u16) -> Vec<Line<'static>> {
        let attribution = &entry.attribution;
        let orphan = entry.orphan.as_ref();
        let site = match (&attribution.site, orphan) {
            (Some(site), _) => steady(site.as_str()),
            (None, Some(_)) => "orphan".to_owned(),
            (None, None) => "?".to_owned(),
        };
        let mut cell = Cells {
            place: (place + 1).to_string(),
            flag: if entry.next_out { self.glyphs.get(Glyph::Leaves) } else { " " },
            id: entry.approval.id.short(),
            date: entry.created.format("%Y-%m-%d").to_string(),
            made: age::since(entry.created, self.now),
            used: entry.used.map_or_else(|| "?".to_owned(), |at| age::since(at, self.now)),
            uses: entry.approval.use_count.to_string(),
            rate: entry
                .tenths_a_day
                .map_or_else(|| "?".to_owned(), |tenths| format!("{}.{}", tenths / 10, tenths % 10)),
            life: life(&entry.refresh_token, self.now, self.glyphs),
            shared: !attribution.shared_with.is_empty(),
            site,
            how: how(entry, self.whole),
        };
        let told = attribution.site.is_some() || orphan.is_some();
        let who = if told { Meaning::Text } else { Meaning::Muted };
        let lit = self.selected == Some(place);
        let style = |meaning| if lit { self.theme.lit(meaning) } else { self.style(meaning) };
        let first =
            if entry.next_out && attribution.site.is_some() { self.bold(Meaning::Warn) } else { style(Meaning::Text) };
        let mut lines = vec![self.line(&cell, [first, style(Meaning::Muted), style(who)], cells)];
        for other in &attribution.shared_with {
            for text in [
                &mut cell.place,
                &mut cell.id,
                &mut cell.date,
                &mut cell.made,
                &mut cell.used,
                &mut cell.uses,
                &mut cell.rate,
                &mut cell.life,
            ] {
                text.clear();
            }
            cell.flag = " ";
            cell.site = steady(SiteName::as_str(other));
            "same token".clone_into(&mut cell.how);
            let text = self.style(Meaning::Text);
            lines.push(self.line(&cell, [text, text, text], cells));
        }
        if self.whole {
            lines.extend(attribution.evidence.iter().flat_map(|evidence| self.evidence(evidence, cells)));
            if let crate::model::Expiry::Unknown { because } = &entry.refresh_token {
                let text = format!("its end is not known: {because}");
                lines.extend(self.sentence("      ?        ", &text, self.style(Meaning::Muted), cells));
            }
        }
        lines
    }

    /// `      for      used each time the site refreshed: 3 times watched`
    fn evidence(&self, evidence: &Evidence, cells: u16) -> Vec<Line<'static>> {
        let lead = if evidence.supports { "      for      " } else { "      against  " };
        let when = evidence.at.map_or_else(String::new, |at| format!(", {} ago", age::since(at, self.now)));
        let text = format!("{}{when}, {}", evidence.what, evidence.source);
        self.sentence(lead, &text, self.style(Meaning::Muted), cells)
    }

    /// The cells that the names of its sites need, as far as they may have them.
    fn longest(&self) -> u16 {
        let entries = self.ledger.into_iter().flat_map(|ledger| &ledger.entries);
        let names = entries.flat_map(|entry| entry.attribution.site.iter().chain(&entry.attribution.shared_with));
        let left = self.ledger.into_iter().flat_map(|ledger| &ledger.departed).filter_map(|left| left.site.as_ref());
        names.chain(left).map(|name| width(&steady(name.as_str()))).max().unwrap_or(0).clamp(8, LONGEST)
    }

    /// The cells in their columns: place and sign, figures, whose it is.
    fn line(&self, told: &Cells, [first, figures, who]: [Style; 3], cells: u16) -> Line<'static> {
        let wide = cells >= WIDE;
        let shared = if told.shared { self.glyphs.get(Glyph::Shared) } else { " " };
        let numbers = if wide {
            format!(
                "{:<8}  {:<10} {:>5} {:>5} {:>6} {:>6} {:>5}  ",
                told.id, told.date, told.made, told.used, told.uses, told.rate, told.life
            )
        } else if cells >= 68 {
            format!("{:<8} {:>5} {:>5} {:>6} {:>5} ", told.id, told.made, told.used, told.uses, told.life)
        } else {
            format!("{:<8} {:>5} {:>5} ", told.id, told.made, told.life)
        };
        let lead = format!("{:>2} {} ", told.place, told.flag);
        let used = width(&lead) + width(&numbers) + 2;
        let rest = cells.saturating_sub(used);
        // Names are cut before what is known of them, and leave it a third.
        let name = (rest * 3 / 5).min(self.longest());
        let site = fit(&told.site, name, self.glyphs);
        let pad = usize::from(name.saturating_sub(width(&site)));
        let line = Line::from(vec![
            Span::styled(lead, first),
            Span::styled(numbers, figures),
            Span::styled(format!("{shared} {site}{}", " ".repeat(pad)), who),
            Span::styled(format!(" {}", steady(&told.how)), figures),
        ]);
        fit_line(&line, cells, self.glyphs)
    }
}

/// The confidence, and by what it is known where that is not told below; of an orphan, what it is.
fn how(entry: &LedgerEntry, whole: bool) -> String {
    let attribution = &entry.attribution;
    if let Some(orphan) = &entry.orphan {
        return if orphan.safe { "safe to revoke".to_owned() } else { orphan.reason.clone() };
    }
    match (attribution.confidence, attribution.basis) {
        (Some(sure), _) if whole => format!("sure: {sure}"),
        (Some(sure), Some(basis)) => format!("{sure}  {}", basis.short()),
        (Some(sure), None) => sure.to_string(),
        (None, _) => attribution.evidence.first().map(|evidence| evidence.what.clone()).unwrap_or_default(),
    }
}
