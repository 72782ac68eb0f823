//! The verdict, what decided it, and what else was found.

use super::{Section, Subject, fold};
use crate::model::age;
use crate::model::{Evidence, EvidenceKind, Finding, Severity};
use crate::ui::glyphs::Glyph;
use crate::ui::theme::Meaning;
use crate::ui::widgets::pen::{steady, width};
use ratatui::text::{Line, Span};

impl Subject<'_> {
    /// The verdict in one sentence: two lines at most in the pane, and then shorter rather than cut.
    pub(super) fn verdict(&self, cells: u16) -> Section {
        let (row, meaning) = (self.row, Meaning::Text);
        let why = row.why.at(self.now);
        let reason = if row.reason.is_empty() { why.as_ref() } else { row.reason.as_str() };
        let reason = if reason.is_empty() { "Nothing speaks against it." } else { reason };
        let whole = fold(reason, [cells; 2], usize::MAX, self.glyphs);
        let parts = if self.whole || whole.len() <= 2 || why.is_empty() {
            fold(reason, [cells; 2], if self.whole { usize::MAX } else { 2 }, self.glyphs)
        } else {
            let since = row.since.map_or_else(String::new, |at| format!(", since {}", age::since(at, self.now)));
            fold(&format!("{why}{since}"), [cells; 2], 2, self.glyphs)
        };
        Section { name: String::new(), lines: parts.into_iter().map(|part| self.text(part, meaning)).collect() }
    }

    /// The finding that decides, if one does.
    pub(super) fn deciding(&self) -> Option<&Finding> {
        let first = self.detail?.findings.first()?;
        (self.row.cause == Some(first.cause)).then_some(first)
    }

    /// What speaks for the finding that decides; on the page also what speaks against it. Before that is known its place
    /// is held, so that what stands below does not jump.
    pub(super) fn why(&self, cells: u16) -> Option<Section> {
        self.row.cause?;
        let sure = self.row.confidence.map_or_else(String::new, |sure| format!("sure: {sure}"));
        let mut section = self.titled("Why", &sure, cells);
        match self.deciding() {
            Some(finding) => section.lines.extend(self.timeline(finding, cells)),
            None if self.detail.is_none() => section.lines.extend(vec![Line::default(); 4]),
            None => {}
        }
        (section.lines.len() > 1).then_some(section)
    }

    /// The evidence of a finding: what has a time in its order, then what has none.
    fn timeline(&self, finding: &Finding, cells: u16) -> Vec<Line<'static>> {
        let told = |one: &&Evidence| self.whole || one.supports;
        let mut evidence: Vec<&Evidence> = finding.evidence.iter().filter(told).collect();
        evidence.sort_by_key(|one| (one.at.is_none(), !one.supports && one.at.is_none(), one.at));
        let times: Vec<String> =
            evidence.iter().map(|one| one.at.map_or_else(String::new, |at| self.when(at))).collect();
        let time_width = times.iter().map(|time| width(time)).max().unwrap_or(0);
        let mut lines = Vec::new();
        for (one, time) in evidence.into_iter().zip(times) {
            let decides = one.supports && one.at.is_some() && one.at == finding.since;
            let glyph = sign(one);
            let meaning = if one.supports { Meaning::Text } else { Meaning::Muted };
            let pad = if time_width == 0 { 0 } else { time_width + 2 };
            let mut lead = vec![Span::styled(format!("{time:<0$}", usize::from(pad)), self.style(Meaning::Faint))];
            if self.whole && time_width > 0 {
                let age = one.at.map_or_else(String::new, |at| age::since(at, self.now));
                lead.push(Span::styled(format!("{age:>4}  "), self.style(Meaning::Faint)));
            }
            lead.push(Span::styled(format!("{} ", self.glyphs.get(glyph)), self.style(meaning)));
            let style = if decides { self.bold(Meaning::Strong) } else { self.style(meaning) };
            let source = if one.supports { steady(&one.source) } else { format!("against, {}", steady(&one.source)) };
            lines.extend(self.hung(lead, (&one.what, style), &source, cells));
        }
        lines
    }

    /// Every finding but the deciding one, each with what speaks for it and against it.
    pub(super) fn others(&self, cells: u16) -> Option<Section> {
        let skipped = usize::from(self.deciding().is_some());
        let findings = self.detail?.findings.get(skipped..).filter(|rest| !rest.is_empty())?;
        let mut section = self.titled("Also found", "", cells);
        for finding in findings {
            let (glyph, meaning) = match finding.severity {
                Severity::Fail => (Glyph::Fail, Meaning::Bad),
                Severity::Warn => (Glyph::Warn, Meaning::Warn),
                Severity::Info => (Glyph::Free, Meaning::Muted),
            };
            let lead = vec![Span::styled(format!("{} ", self.glyphs.get(glyph)), self.bold(meaning))];
            let sure = format!("sure: {}", finding.confidence);
            section.lines.extend(self.hung(lead, (&finding.reason, self.style(Meaning::Text)), &sure, cells));
            let indented = self.timeline(finding, cells.saturating_sub(2));
            section.lines.extend(indented.into_iter().map(|mut line| {
                line.spans.insert(0, Span::raw("  "));
                line
            }));
        }
        Some(section)
    }
}

/// What an event was; a hollow sign for what speaks against the finding.
fn sign(evidence: &Evidence) -> Glyph {
    match evidence.kind {
        _ if !evidence.supports => Glyph::Old,
        EvidenceKind::Good => Glyph::Ok,
        EvidenceKind::Arrives => Glyph::Arrives,
        EvidenceKind::Leaves => Glyph::Leaves,
        EvidenceKind::Breaks => Glyph::Fail,
        EvidenceKind::StillDead => Glyph::Dead,
        EvidenceKind::Fact => Glyph::Free,
    }
}
