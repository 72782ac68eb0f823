//! Whether a line answers a question.

use super::{Amount, Field, Figure, Query, Sign, Test};
use crate::model::{Clean, Expiry, OrgName, SiteRow};
use chrono::{DateTime, Utc};
use std::cmp::Ordering;

impl Query {
    /// Whether every site answers it.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether `row` answers it at `now`, a time of the host's clock.
    pub fn matches(&self, row: &SiteRow, now: DateTime<Utc>) -> bool {
        if self.terms.is_empty() {
            return true;
        }
        let mut shown = String::new();
        for part in fields(row, &row.why.at(now)) {
            // A line break is in no cleaned text, so no word matches across two fields.
            shown.push_str(part);
            shown.push('\n');
        }
        let lower = shown.to_lowercase();
        self.terms.iter().all(|term| {
            term.wanted
                == match &term.test {
                    Test::State(health) => row.health == *health,
                    Test::Text(text) => lower.contains(text.as_str()) || (self.fuzzy && scattered(text, row)),
                    Test::In(field, text) => inside(*field, text, row, now),
                    Test::Compare(figure, sign, amount) => {
                        compare(*figure, *amount, row, now).is_some_and(|ordering| sign_admits(*sign, ordering))
                    }
                    Test::Pattern(pattern) => pattern.compiled.is_match(shown.trim_end_matches('\n')),
                }
        })
    }
}

fn fields<'a>(row: &'a SiteRow, why: &'a str) -> impl Iterator<Item = &'a str> {
    let org = row.org.as_ref().map(OrgName::as_str);
    let user = row.user.as_ref().map(Clean::as_str);
    [Some(row.name.as_str()), org, user, Some(why)].into_iter().flatten()
}

/// Whether the letters of `text` stand in a name in this order. Sentences are left out: they hold nearly any letters.
fn scattered(text: &str, row: &SiteRow) -> bool {
    let names = [Some(row.name.as_str()), row.org.as_ref().map(OrgName::as_str), row.user.as_ref().map(Clean::as_str)];
    names.into_iter().flatten().any(|name| {
        let name = name.to_lowercase();
        let mut letters = name.chars();
        text.chars().all(|wanted| letters.any(|letter| letter == wanted))
    })
}

fn inside(field: Field, text: &str, row: &SiteRow, now: DateTime<Utc>) -> bool {
    let cause = row.cause.map(|cause| cause.to_string());
    let why = row.why.at(now);
    let value = match field {
        Field::Site => Some(row.name.as_str()),
        Field::Org => row.org.as_ref().map(OrgName::as_str),
        Field::User => row.user.as_ref().map(Clean::as_str),
        Field::Cause => cause.as_deref(),
        Field::Why => Some(why.as_ref()),
        Field::Object => row.object_type.as_ref().map(Clean::as_str),
        Field::Segment => row.segment_type.as_ref().map(Clean::as_str),
    };
    value.is_some_and(|value| value.to_lowercase().contains(text))
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
