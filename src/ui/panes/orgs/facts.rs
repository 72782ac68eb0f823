//! What is known of one org: each fact with who says so, what may not be read with the permission that it takes, and its
//! users.

use crate::model::org::API_VERSION;
use crate::model::{FailureClass, OrgBoard, Permission, Rotation, age};
use crate::ui::glyphs::Glyph;
use crate::ui::panes::board::{DRAWN, slots};
use crate::ui::panes::detail::{Section, fold, policy, spread};
use crate::ui::panes::user::abridged;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::widgets::pen::{fit, steady, width};
use chrono::{DateTime, Utc};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Width of the labels.
const LABEL: u16 = 16;
/// Apps that are told by name.
const MOST_APPS: usize = 6;

struct Teller<'a> {
    state: &'a State,
    board: &'a OrgBoard,
    cells: u16,
    now: DateTime<Utc>,
}

/// The sections of the two columns; where the second has no cells, all in the first. What may not be read comes first: it is
/// what others of the page lack.
pub(super) fn sections(
    state: &State,
    board: &OrgBoard,
    [cells, beside]: [u16; 2],
    now: DateTime<Utc>,
) -> [Vec<Section>; 2] {
    let teller = Teller { state, board, cells, now };
    let mut facts = vec![teller.head(), teller.not_permitted(), teller.facts()];
    if beside == 0 {
        facts.extend([teller.apps(), teller.users()]);
        return [facts, Vec::new()];
    }
    let teller = Teller { cells: beside, ..teller };
    [facts, vec![teller.apps(), teller.users()]]
}

impl Teller<'_> {
    fn style(&self, meaning: Meaning) -> Style {
        let style = self.state.theme.text(meaning);
        if matches!(meaning, Meaning::Warn | Meaning::Strong) { style.add_modifier(Modifier::BOLD) } else { style }
    }

    fn span(&self, text: impl Into<String>, meaning: Meaning) -> Span<'static> {
        Span::styled(text.into(), self.style(meaning))
    }

    fn titled(&self, name: &str, terms: &str) -> Section {
        let title = Line::from(self.span(name, Meaning::Strong));
        let line = spread(title, Line::from(self.span(terms, Meaning::Faint)), self.cells, self.state.glyphs);
        Section { name: name.to_owned(), lines: vec![line] }
    }

    /// A sign, a label, and what is to be said, folded under itself.
    fn told(&self, sign: Option<Glyph>, label: &str, text: &str, meaning: Meaning) -> Vec<Line<'static>> {
        let sign = sign.map_or(" ", |sign| self.state.glyphs.get(sign));
        let label = fit(label, LABEL, self.state.glyphs);
        let pad = usize::from(LABEL.saturating_sub(width(&label)));
        let lead = format!("{sign} {label}{} ", " ".repeat(pad));
        let indent = width(&lead);
        let room = self.cells.saturating_sub(indent).max(8);
        let loud = if meaning == Meaning::Warn { Meaning::Warn } else { Meaning::Faint };
        let parts = fold(text, [room, room], usize::MAX, self.state.glyphs).into_iter().enumerate();
        let lines = parts.map(|(i, part)| {
            let before = if i == 0 { lead.clone() } else { " ".repeat(usize::from(indent)) };
            Line::from(vec![self.span(before, loud), self.span(part, meaning)])
        });
        lines.collect()
    }

    /// `beta   00D..7Q1   https://beta.my.salesforce.com             read 40s ago`
    fn head(&self) -> Section {
        let board = self.board;
        let id = board.facts.id.as_ref().map_or_else(String::new, |id| format!("   {}", abridged(id.as_str())));
        let left = Line::from(vec![
            self.span(steady(board.name.as_str()), Meaning::Strong),
            self.span(format!("{id}   {}", steady(board.url.as_str())), Meaning::Muted),
        ]);
        let read = board
            .answered_at
            .map_or_else(|| "never read".to_owned(), |at| format!("read {} ago", age::since(at, self.now)));
        let line = spread(left, Line::from(self.span(read, Meaning::Muted)), self.cells, self.state.glyphs);
        let mut lines = vec![line];
        if let Some(failure) = &board.failure {
            let text = format!("the last look failed: {}", failure.text);
            lines.extend(self.told(Some(Glyph::Warn), "no answer", &text, Meaning::Warn));
        }
        Section { name: String::new(), lines }
    }

    fn facts(&self) -> Section {
        let board = self.board;
        let mut section = self.titled("What it is", "");
        let mut say = |sign, label: &str, text: String, meaning| {
            section.lines.extend(self.told(sign, label, &steady(&text), meaning));
        };
        let (plain, told) = (Meaning::Text, self.state.glyphs.get(Glyph::Told));
        match board.sandbox {
            Some(true) => say(None, "kind", "sandbox: a refresh of it ends all approvals".to_owned(), plain),
            Some(false) => say(None, "kind", "production".to_owned(), plain),
            None => say(Some(Glyph::Unknown), "kind", "not told".to_owned(), Meaning::Muted),
        }
        let access = match &board.failure {
            Some(failure) if failure.class == FailureClass::ApiDisabled => "no API access",
            _ if board.answered_at.is_some() => "has API access: it answers",
            _ => "API access ?",
        };
        match &board.facts.edition {
            Some(edition) => say(None, "edition", format!("{edition}, {access}"), plain),
            None => say(Some(Glyph::Unknown), "edition", format!("not told, {access}"), Meaning::Muted),
        }
        let app = &board.facts.app;
        let setup = Permission::ViewSetup.to_string();
        match board.facts.app_installed {
            Some(true) => say(Some(Glyph::Ok), "app", format!("{app}, installed"), plain),
            Some(false) => {
                let text = format!(
                    "{app} has no row here. Sites that have an approval go on; a new user may be refused until the app is \
                     installed"
                );
                say(Some(Glyph::Warn), "app", text, Meaning::Warn);
            }
            None if board.facts.missing.iter().any(|refused| refused.permission == setup) => {
                say(Some(Glyph::Unknown), "app", format!("not permitted: needs {setup}"), Meaning::Muted);
            }
            None => say(Some(Glyph::Unknown), "app", "not told".to_owned(), Meaning::Muted),
        }
        match (policy(board, self.state.glyphs), board.policy_unit) {
            (Some(policy), Some(_)) if policy.contains(|c: char| c.is_ascii_digit()) => {
                say(None, "refresh token", format!("{policy}, the unit as the configuration says"), plain);
            }
            (Some(policy), None) if policy.contains(|c: char| c.is_ascii_digit()) => {
                let text =
                    format!("{policy}: Salesforce gives no unit. policy_unit in [[org]] {} tells it", board.name);
                say(Some(Glyph::Unknown), "refresh token", text, plain);
            }
            (Some(policy), _) => say(None, "refresh token", policy, plain),
            (None, _) => say(Some(Glyph::Unknown), "refresh token", "policy not told".to_owned(), Meaning::Muted),
        }
        match board.rotation {
            Rotation::On => {
                let text = format!("on{told}: a site whose plugin forgets the new token lives for one refresh more");
                say(Some(Glyph::Warn), "rotation", text, Meaning::Warn);
            }
            Rotation::Off => say(None, "rotation", format!("off{told}, as the configuration says"), plain),
            Rotation::Unknown => {
                let text =
                    format!("not told: Salesforce exposes it nowhere. rotation in [[org]] {} tells it", board.name);
                say(Some(Glyph::Unknown), "rotation", text, Meaning::Muted);
            }
        }
        match board.facts.usage {
            Some(usage) => {
                let text =
                    format!("{} of {} in 24 hours, {}%", grouped(usage.used), grouped(usage.max), usage.percent());
                say(None, "API calls", text, plain);
            }
            None => say(Some(Glyph::Unknown), "API calls", "not told".to_owned(), Meaning::Muted),
        }
        say(None, "slot limit", format!("{} a user, a setting", board.slot_limit), plain);
        let offset = board.clock_offset_s;
        if offset == 0 {
            say(None, "clock", "as ours".to_owned(), plain);
        } else if offset.unsigned_abs() > 60 {
            say(Some(Glyph::Warn), "clock", format!("{offset:+} s off"), Meaning::Warn);
        } else {
            say(None, "clock", format!("{offset:+} s off"), plain);
        }
        say(None, "API version", API_VERSION.to_owned(), plain);
        section
    }

    /// What may not be read, greyed, each with the permission that it takes.
    fn not_permitted(&self) -> Section {
        let missing = &self.board.facts.missing;
        if missing.is_empty() {
            return Section::default();
        }
        let mut section = self.titled("Not permitted", "give fusebox's user these permissions");
        for refused in missing {
            let lost = Permission::lost_without(&refused.permission);
            let text = format!("needs {}: {lost}", refused.permission);
            let room = self.cells.saturating_sub(2).max(8);
            let sign = self.state.glyphs.get(Glyph::Unknown);
            for (i, part) in fold(&text, [room, room], usize::MAX, self.state.glyphs).into_iter().enumerate() {
                let lead = if i == 0 { format!("{sign} ") } else { "  ".to_owned() };
                section.lines.push(Line::from(vec![self.span(lead, Meaning::Faint), self.span(part, Meaning::Faint)]));
            }
        }
        section
    }

    /// Apps that its users approved, WP Fusion's first, with how many users each has.
    fn apps(&self) -> Section {
        let board = self.board;
        let Some(others) = &board.facts.other_apps else { return Section::default() };
        let mut section = self.titled("Apps of these users", "users");
        let own = board.users.iter().filter(|user| user.used.is_some_and(|used| used > 0)).count();
        let ours = std::iter::once((board.facts.app.as_str(), own, Meaning::Text));
        let rest = others.iter().map(|one| (one.app.as_str(), one.users as usize, Meaning::Muted));
        for (app, users, meaning) in ours.chain(rest).take(MOST_APPS) {
            let left = Line::from(self.span(steady(app), meaning));
            let right = Line::from(self.span(users.to_string(), meaning));
            section.lines.push(spread(left, right, self.cells, self.state.glyphs));
        }
        let more = (others.len() + 1).saturating_sub(MOST_APPS);
        if more > 0 {
            section.lines.push(Line::from(self.span(format!("{more} more"), Meaning::Faint)));
        }
        section
    }

    /// Its users with their slots.
    fn users(&self) -> Section {
        let board = self.board;
        let full = board.users.iter().filter(|user| user.is_full(board.slot_limit)).count();
        let mut section = self.titled("Users", &format!("{} of {} full", full, board.users.len()));
        if board.users.is_empty() {
            let words = if board.refused.is_some() { "? may not be listed" } else { "none holds an approval" };
            section.lines.push(Line::from(self.span(words, Meaning::Muted)));
        }
        for user in &board.users {
            let login = steady(user.name.as_str().split('@').next().unwrap_or_default());
            let name = fit(&login, 16, self.state.glyphs);
            let pad = usize::from(18u16.saturating_sub(width(&name)));
            let mut line = Line::from(self.span(format!("{name}{}", " ".repeat(pad)), Meaning::Text));
            if board.slot_limit <= DRAWN {
                for sign in slots(board, user) {
                    line.push_span(self.span(format!("{} ", self.state.glyphs.get(sign)), Meaning::Muted));
                }
            }
            let used = user.used.map_or_else(|| "?".to_owned(), |used| used.to_string());
            line.push_span(self.span(format!("  {used}/{}", board.slot_limit), Meaning::Text));
            section.lines.push(line);
        }
        section
    }
}

/// `118,000`
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
