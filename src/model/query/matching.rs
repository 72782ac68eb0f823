//! Whether a line answers a question.

use super::{Amount, Field, Figure, Query, Sign, Test};
use crate::model::{Clean, Expiry, OrgName, SiteRow};
use chrono::{DateTime, Utc};
use std::borrow::Cow;
use std::cmp::Ordering;

impl Query {
    /// Whether every site answers it.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether `row` answers it at `now`, a time of the host's clock.
    pub fn matches(&self, row: &SiteRow, now: DateTime<Utc>) -> bool {
        self.terms.iter().all(|term| {
            term.wanted
                == match &term.test {
                    Test::State(health) => row.health == *health,
                    Test::Text(text) => {
                        shown(row, now, |shown| holds(shown, text)) || (self.fuzzy && scattered(text, row))
                    }
                    Test::In(field, text) => value(*field, row, now).is_some_and(|value| holds(&value, text)),
                    Test::Compare(figure, sign, amount) => {
                        compare(*figure, *amount, row, now).is_some_and(|ordering| sign_admits(*sign, ordering))
                    }
                    Test::Pattern(pattern) => shown(row, now, |shown| pattern.compiled.is_match(shown)),
                }
        })
    }
}

/// The names of a line: its site, org and user.
fn names(row: &SiteRow) -> impl Iterator<Item = &str> {
    let org = row.org.as_ref().map(OrgName::as_str);
    let user = row.user.as_ref().map(Clean::as_str);
    [Some(row.name.as_str()), org, user].into_iter().flatten()
}

/// Whether a name of a line or its reason is what is looked for. Each by itself, so that no word matches across two.
fn shown(row: &SiteRow, now: DateTime<Utc>, is_it: impl Fn(&str) -> bool) -> bool {
    names(row).any(&is_it) || is_it(&row.why.at(now))
}

/// Whether `text` holds `word`, which is in lower case. Asked of every line at every letter that is typed: what is ASCII
/// is compared where it stands.
fn holds(text: &str, word: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(word);
    }
    let Some(first) = word.bytes().next() else { return true };
    let alike = |part: &[u8]| part[0].to_ascii_lowercase() == first && part.eq_ignore_ascii_case(word.as_bytes());
    text.as_bytes().windows(word.len()).any(alike)
}

/// Whether the letters of `word` stand in a name in this order. Sentences are left out: they hold nearly any letters.
fn scattered(word: &str, row: &SiteRow) -> bool {
    names(row).any(|name| {
        let name = if name.is_ascii() { Cow::Borrowed(name) } else { Cow::Owned(name.to_lowercase()) };
        let mut letters = name.chars().map(|letter| letter.to_ascii_lowercase());
        word.chars().all(|wanted| letters.any(|letter| letter == wanted))
    })
}

fn value(field: Field, row: &SiteRow, now: DateTime<Utc>) -> Option<Cow<'_, str>> {
    let value = match field {
        Field::Site => Some(row.name.as_str()),
        Field::Org => row.org.as_ref().map(OrgName::as_str),
        Field::User => row.user.as_ref().map(Clean::as_str),
        Field::Cause => row.cause.map(Into::into),
        Field::Why => return Some(row.why.at(now)),
        Field::Object => row.object_type.as_ref().map(Clean::as_str),
        Field::Segment => row.segment_type.as_ref().map(Clean::as_str),
    };
    value.map(Cow::Borrowed)
}

/// The figure against the amount; none where it is not known.
fn compare(figure: Figure, amount: Amount, row: &SiteRow, now: DateTime<Utc>) -> Option<Ordering> {
    let (number, unit) = match amount {
        Amount::Count(number) => return row.use_count.map(|uses| uses.cmp(&number)),
        Amount::Span(number, unit) => (number, unit),
    };
    let age = |at: Option<DateTime<Utc>>| at.map(|at| now - at);
    let measured = match figure {
        Figure::Idle => age(row.used_at),
        Figure::Proof => age(row.proof_at),
        Figure::Seen => age(row.observed_at),
        Figure::Life => match &row.refresh_token {
            Expiry::At { at, .. } => Some(*at - now),
            Expiry::Dead => Some(chrono::TimeDelta::zero()),
            Expiry::Never { .. } => Some(chrono::TimeDelta::MAX),
            Expiry::Unknown { .. } => None,
        },
        Figure::Uses => None,
    };
    measured.map(|measured| measured.cmp(&Amount::span(number, unit)))
}

fn sign_admits(sign: Sign, ordering: Ordering) -> bool {
    match sign {
        Sign::More => ordering.is_gt(),
        Sign::Less => ordering.is_lt(),
        Sign::AtLeast => ordering.is_ge(),
        Sign::AtMost => ordering.is_le(),
    }
}
