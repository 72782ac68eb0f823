//! The filter language: `state:fail org:acme idle>20d !stag /regex/ "two words"`, read once and asked of every line.
//!
//! Uses `model` alone. All terms must match; `!` inverts one. A figure that is not known matches no comparison.

mod matching;
mod parse;
#[cfg(test)]
mod tests;

use crate::model::Health;
use chrono::TimeDelta;
use std::fmt;

/// A question about sites, as it was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Term>,
    /// Whether the letters of a word may stand apart in names.
    fuzzy: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    wanted: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    /// `ok`, `state:ok`.
    State(Health),
    /// A word, in lower case: anywhere in what is shown.
    Text(String),
    /// `org:acme`: anywhere in one field, in lower case.
    In(Field, String),
    /// `idle>20d`.
    Compare(Figure, Sign, Amount),
    /// `/news[0-9]+/`.
    Pattern(Pattern),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::EnumIter)]
#[strum(serialize_all = "lowercase")]
enum Field {
    Site,
    Org,
    User,
    Cause,
    Why,
    Object,
    Segment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::EnumIter)]
#[strum(serialize_all = "lowercase")]
enum Figure {
    /// Since the approval was last used.
    Idle,
    /// Until the refresh token ends.
    Life,
    /// Since the newest proof.
    Proof,
    /// Since the site's last answer.
    Seen,
    /// Refresh requests.
    Uses,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
enum Sign {
    #[strum(serialize = ">")]
    More,
    #[strum(serialize = "<")]
    Less,
    #[strum(serialize = ">=")]
    AtLeast,
    #[strum(serialize = "<=")]
    AtMost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amount {
    Count(u32),
    /// A number and its unit: `m h d w y`, a year being 365 days.
    Span(u32, char),
}

impl Amount {
    fn span(number: u32, unit: char) -> TimeDelta {
        let minutes = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 1_440,
            'w' => 7 * 1_440,
            _ => 365 * 1_440,
        };
        TimeDelta::minutes(i64::from(number) * minutes)
    }
}

/// An expression over what is shown, compared by its text.
#[derive(Clone, Debug)]
struct Pattern {
    source: String,
    compiled: regex::Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Pattern {}

/// What is wrong with a question, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}, at character {}", at + 1)]
pub struct QueryError {
    /// The character of the question, from 0.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub advice: String,
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms = self.terms.iter().map(ToString::to_string);
        let words: Vec<String> = self.fuzzy.then(|| "-f".to_owned()).into_iter().chain(terms).collect();
        f.write_str(&words.join(" "))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.wanted { "" } else { "!" })?;
        match &self.test {
            Test::State(health) => write!(f, "state:{}", health.to_string().to_lowercase()),
            Test::Text(text) => f.write_str(&quoted(text)),
            Test::In(field, text) => write!(f, "{field}:{}", quoted(text)),
            Test::Compare(figure, sign, Amount::Count(number)) => write!(f, "{figure}{sign}{number}"),
            Test::Compare(figure, sign, Amount::Span(number, unit)) => write!(f, "{figure}{sign}{number}{unit}"),
            Test::Pattern(pattern) => write!(f, "/{}/", pattern.source.replace('/', "\\/")),
        }
    }
}

/// In quotes, so that nothing in it is read as more than text.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
