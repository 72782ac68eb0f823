//! What the sections say: of what is not known, of another site, and of words that nobody cut.

use super::{Subject, flow, fold};
use crate::model::{
    Cause, Confidence, Evidence, EvidenceKind, Finding, Health, Severity, SiteDetail, SiteName, SiteRow,
};
use crate::ui::glyphs::Glyphs;
use crate::ui::state::State;
use crate::ui::theme::{Depth, Ground, Theme};
use crate::ui::widgets::pen::{line_width, width};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use ratatui::layout::Size;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_003_200, 0).expect("a time")
}

fn state() -> State {
    let theme = Theme::new(Depth::Mono, Ground::Dark);
    State::new(String::new(), true, theme, Glyphs::new(false), Size::new(160, 50))
}

fn row(name: &str) -> SiteRow {
    let mut row = SiteRow::unseen(SiteName::new(name), "https://x.example".into());
    row.health = Health::Fail;
    row.cause = Some(Cause::Evicted);
    row.reason = "a sentence".to_owned();
    row
}

fn detail(row: &SiteRow, evidence: &[(bool, &str)]) -> SiteDetail {
    let evidence = evidence.iter().map(|(supports, what)| Evidence {
        at: None,
        supports: *supports,
        source: "org".to_owned(),
        what: (*what).to_owned(),
        kind: EvidenceKind::Fact,
    });
    let finding = Finding {
        cause: Cause::Evicted,
        severity: Severity::Fail,
        confidence: Confidence::High,
        reason: String::new(),
        why: crate::model::Why::default(),
        since: None,
        evidence: evidence.collect(),
        remedies: Vec::new(),
    };
    SiteDetail {
        row: row.clone(),
        wire: Vec::new(),
        wire_ends_at: None,
        findings: vec![finding],
        reach: None,
        status: None,
        log: None,
        org: None,
        user: None,
        approvals: Vec::new(),
        departed: Vec::new(),
    }
}

fn told(state: &State, row: &SiteRow, whole: bool, cells: u16) -> String {
    let subject = Subject::new(state, row, whole, now());
    let sections = if whole { subject.page(cells, None)[0].clone() } else { subject.sections(cells) };
    let lines = flow(&sections);
    for (line, _) in &lines {
        // A badge's fill may hang over by one.
        assert!(line_width(line) <= cells + 1, "{line:?}");
    }
    let text = |line: &ratatui::text::Line<'_>| line.spans.iter().map(|span| span.content.as_ref()).collect::<String>();
    lines.iter().map(|(line, _)| text(line) + "\n").collect()
}

#[test]
fn what_is_not_known_is_a_question_mark() {
    let state = state();
    let text = told(&state, &row("a"), true, 76);
    for label in ["org", "user", "token", "proof", "slot", "life", "uses", "object", "fields", "plugin", "reach"] {
        let line = text.lines().find(|line| line.starts_with(&format!("{label} "))).expect(label);
        assert!(line[9..].starts_with('?'), "{line}");
    }
}

#[test]
fn nothing_of_another_site_is_told() {
    let mut state = state();
    let (one, other) = (row("one"), row("other"));
    state.detail.have = Some(Box::new(detail(&other, &[(true, "OF ANOTHER")])));
    assert!(!told(&state, &one, false, 44).contains("OF ANOTHER"));
    assert!(told(&state, &other, false, 44).contains("OF ANOTHER"));
}

#[test]
fn what_stands_below_keeps_its_row_until_the_rest_comes() {
    let state = state();
    let text = told(&state, &row("one"), false, 44);
    let at = text.lines().position(|line| line.starts_with("Connection"));
    assert_eq!(at, Some(18), "{text}");
}

#[test]
fn the_page_tells_what_speaks_against_it_and_cuts_nothing() {
    let mut state = state();
    let site = row("one");
    let long = "word ".repeat(60);
    state.detail.have = Some(Box::new(detail(&site, &[(true, &long), (false, "AGAINST")])));
    let page = told(&state, &site, true, 76);
    assert_eq!(page.matches("word").count(), 60);
    assert!(page.contains("AGAINST") && page.contains("against, org") && !page.contains('…'));
    let beside = told(&state, &site, false, 44);
    assert!(beside.contains('…') && !beside.contains("AGAINST"));
}

proptest! {
    #[test]
    fn hostile_words_stay_in_their_cells(words in "\\PC{0,80}", cells in 20u16..100) {
        let mut state = state();
        let mut site = row(&words);
        site.reason.clone_from(&words);
        site.why = words.clone().into();
        site.org = Some(crate::model::OrgName::new(&words));
        site.user = Some(words.as_str().into());
        state.detail.have = Some(Box::new(detail(&site, &[(true, &words), (false, &words)])));
        told(&state, &site, false, cells);
        told(&state, &site, true, cells);
    }

    #[test]
    fn folding_loses_no_sign(words in "[a-z ]{0,120}", first in 4u16..30, rest in 4u16..30) {
        let folded = fold(&words, [first, rest], usize::MAX, Glyphs::new(false));
        for (i, line) in folded.iter().enumerate() {
            let room = if i == 0 { first } else { rest };
            prop_assert!(width(line) <= room);
        }
        let bare = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
        prop_assert_eq!(bare(&folded.concat()), bare(&words));
    }
}
