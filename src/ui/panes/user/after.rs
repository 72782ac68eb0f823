//! What the next approval of a user costs, which approvals nobody holds, and which sites hold none that is known.

use super::Subject;
use crate::model::{LedgerEntry, OtherApp, SiteName, age};
use crate::ui::panes::detail::{Section, spread};
use crate::ui::theme::Meaning;
use crate::ui::widgets::pen::steady;
use ratatui::text::{Line, Span};

impl Subject<'_> {
    /// Who leaves when the user approves again, and then; nothing where a slot is free.
    pub(super) fn after(&self, cells: u16) -> Option<Section> {
        let ledger = self.ledger.filter(|ledger| ledger.used.is_some_and(|used| used >= ledger.limit))?;
        let login = self.user.name.as_str().split('@').next().unwrap_or_default();
        let title = format!("If {} approves again", steady(login));
        let mut section = self.titled(&title, "an abandoned sign-in counts too", cells);
        for (place, entry) in ledger.entries.iter().enumerate() {
            let label = if entry.next_out { "next" } else { "then" };
            let fact = self.loss(entry);
            let meaning =
                if entry.next_out && entry.attribution.site.is_some() { Meaning::Warn } else { Meaning::Text };
            let style = if meaning == Meaning::Warn { self.bold(meaning) } else { self.style(meaning) };
            let left =
                Line::from(vec![self.span(format!("  {label}  "), Meaning::Faint), Span::styled(who(entry), style)]);
            section.lines.push(spread(left, Line::from(self.span(fact, Meaning::Muted)), cells, self.glyphs));
            if place == 0 && entry.tied {
                let words = "        made in the same second as the next one: which of the two leaves is not known";
                section.lines.push(Line::from(self.span(words, Meaning::Muted)));
            }
        }
        Some(section)
    }

    /// What is lost with an approval.
    fn loss(&self, entry: &LedgerEntry) -> String {
        let attribution = &entry.attribution;
        if let Some(orphan) = &entry.orphan {
            return if orphan.safe { "nothing is lost" } else { "no known site loses by it" }.to_owned();
        }
        let Some(site) = &attribution.site else { return "whose it is is not known".to_owned() };
        if !attribution.shared_with.is_empty() {
            return "all at once: one token".to_owned();
        }
        let proof = self.proof(site).map_or_else(|| "never proved".to_owned(), |age| format!("proved {age} ago"));
        match entry.tenths_a_day {
            Some(tenths) => format!("{proof}, {}.{} uses a day", tenths / 10, tenths % 10),
            None => proof,
        }
    }

    /// The age of a site's proof.
    fn proof(&self, site: &SiteName) -> Option<String> {
        let rows = &self.state.picture.rows;
        let place = rows.binary_search_by(|row| row.name.cmp(site)).ok()?;
        rows[place].proof_at.map(|at| age::since(at, self.now))
    }

    /// Approvals that no known site holds. Only of one that is known to be nobody's is it said that it may go.
    pub(super) fn orphans(&self, cells: u16) -> Option<Section> {
        let entries = &self.ledger?.entries;
        let orphans = entries.iter().filter_map(|entry| Some((entry, entry.orphan.as_ref()?)));
        let mut section = self.titled("Orphans", "approvals of no known site", cells);
        for (entry, orphan) in orphans {
            let since = orphan.since.map_or_else(String::new, |at| format!("  for {}", age::since(at, self.now)));
            let left = Line::from(vec![
                self.span(format!("  {}{since}  ", entry.approval.id.short()), Meaning::Text),
                self.span(format!("sure: {}", orphan.confidence), Meaning::Muted),
            ]);
            let verdict = if orphan.safe { "safe to revoke" } else { "" };
            let verdict = Line::from(Span::styled(verdict, self.bold(Meaning::Strong)));
            section.lines.push(spread(left, verdict, cells, self.glyphs));
            section.lines.extend(self.sentence("            ", &orphan.reason, self.style(Meaning::Muted), cells));
        }
        (section.lines.len() > 1).then_some(section)
    }

    /// Connected sites of the user whose approval is not known.
    pub(super) fn unplaced(&self, cells: u16) -> Option<Section> {
        let sites = &self.user.facts.unplaced;
        if sites.is_empty() {
            return None;
        }
        let mut section = self.titled("Sites whose approval is not known", "", cells);
        let names: Vec<String> = sites.iter().map(|site| steady(site.as_str())).collect();
        section.lines.extend(self.sentence("  ", &names.join(", "), self.style(Meaning::Text), cells));
        Some(section)
    }
}

impl Subject<'_> {
    /// What the user approved of other apps: it fills no slot of this one.
    pub(super) fn others(&self, cells: u16) -> Option<Section> {
        let others = self.ledger?.other_apps.as_ref()?;
        let mut section = self.titled("Other apps", "no slot of this one", cells);
        let told = |other: &OtherApp| {
            let used = other.used_at.map_or_else(String::new, |at| format!(" (used {} ago)", age::since(at, self.now)));
            let more = if other.approvals == 1 { "" } else { "s" };
            format!("{} {} approval{more}{used}", steady(other.app.as_str()), other.approvals)
        };
        let mut words: Vec<String> = others.apps.iter().map(told).collect();
        if words.is_empty() {
            words.push(if others.complete { "none" } else { "not told of this user" }.to_owned());
        } else if !others.complete {
            words.push("and perhaps more".to_owned());
        }
        section.lines.extend(self.sentence("  ", &words.join(", "), self.style(Meaning::Muted), cells));
        Some(section)
    }
}

/// The sites that lose with an approval, or what it is.
pub(super) fn who(entry: &LedgerEntry) -> String {
    let attribution = &entry.attribution;
    match &attribution.site {
        Some(site) => {
            let all: Vec<String> =
                std::iter::once(site).chain(&attribution.shared_with).map(|site| steady(site.as_str())).collect();
            all.join(", ")
        }
        None if entry.orphan.is_some() => format!("orphan {}", entry.approval.id.short()),
        None => format!("? {}", entry.approval.id.short()),
    }
}
