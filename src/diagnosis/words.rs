//! The words of a verdict: names as people say them, short texts, evidence.
//!
//! Every text from outside is a `Clean` before it comes here; what is quoted is cut. Uses `model`.

use crate::diagnosis::context::Context;
use crate::model::{Clean, Evidence, EvidenceKind, Failure, FailureClass, SiteName, Why};
use chrono::{DateTime, Utc};

/// Characters of a `why`, at most: what the widest list has room for.
const WHY: usize = 36;
/// Characters quoted from outside in a sentence.
const QUOTE: usize = 120;
/// Characters of a name inside a `why`.
const NAME: usize = 16;

/// Who says what stands in a piece of evidence.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// The plugin's log.
    SiteLog,
    /// The site's settings and calls.
    Site,
    /// Salesforce's objects.
    Org,
    /// Compared over several looks.
    Measured,
    /// Counted in one list.
    Counted,
    /// The configuration.
    Operator,
    /// What Salesforce would leave behind, or would not.
    Expected,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::SiteLog => "site log",
            Self::Site => "site",
            Self::Org => "org",
            Self::Measured => "measured",
            Self::Counted => "counted",
            Self::Operator => "operator",
            Self::Expected => "expected",
        }
    }
}

/// Evidence that speaks for a finding.
pub(super) fn supports(source: Source, at: Option<DateTime<Utc>>, what: impl Into<String>) -> Evidence {
    Evidence { at, supports: true, source: source.as_str().to_owned(), what: what.into(), kind: EvidenceKind::Fact }
}

/// Evidence that speaks against a finding.
pub(super) fn opposes(source: Source, at: Option<DateTime<Utc>>, what: impl Into<String>) -> Evidence {
    Evidence { at, supports: false, source: source.as_str().to_owned(), what: what.into(), kind: EvidenceKind::Fact }
}

/// An event of the connection that speaks for a finding, in words that fit a timeline.
pub(super) fn happened(kind: EvidenceKind, source: Source, at: DateTime<Utc>, what: impl Into<String>) -> Evidence {
    Evidence { kind, ..supports(source, Some(at), what) }
}

/// A text that fits a list's column.
pub(super) fn why(text: impl AsRef<str>) -> Why {
    Why::Said(cut(text.as_ref(), WHY))
}

/// A text from outside, short enough for a sentence.
pub(super) fn quote(text: &Clean) -> String {
    cut(text.as_str().trim(), QUOTE)
}

/// At most `most` characters, the last one `…` when something was left out.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// `5th`, as people count.
pub(super) fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// `1 approval`, `3 approvals`.
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Two or more names in a sentence.
pub(super) fn list(names: &[String], conjunction: &str) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// What a failed look is called in a list.
pub(super) fn failed(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Dns => "host name unknown",
        FailureClass::Unreachable => "nothing answers",
        FailureClass::Timeout => "no answer in time",
        FailureClass::Tls => "TLS failed",
        FailureClass::SshRefused => "ssh refused",
        FailureClass::Unauthorized => "login refused",
        FailureClass::NotPermitted => "not permitted",
        FailureClass::NoAgent => "no agent there",
        FailureClass::WrongSite => "another site answers",
        FailureClass::PhpFatal => "PHP fatal error",
        FailureClass::ServerError => "server in trouble",
        FailureClass::Throttled => "API calls used up",
        FailureClass::ApiDisabled => "API disabled",
        FailureClass::OrgLocked => "org locked",
        FailureClass::BadAnswer => "unexpected answer",
        FailureClass::BadRequest => "request refused",
    }
}

/// What failed and in whose words.
pub(super) fn failure(failure: &Failure) -> String {
    format!("{} ({})", failed(failure.class), quote(&failure.text))
}

impl Context<'_> {
    /// A site's first label where no other site has it, else its whole name, cut.
    pub(super) fn short(&self, name: &SiteName) -> String {
        let label = first_label(name);
        let twins = self.fleet.sites().filter(|site| first_label(&site.name) == label).take(2).count();
        cut(if twins > 1 { name.as_str() } else { label }, NAME)
    }

    /// The user's name before the `@`, or the id; "its user" where no user is known.
    pub(super) fn who(&self) -> String {
        let Some(account) = &self.account else { return "its user".to_owned() };
        let name = account.user.map_or(account.id.as_str(), |user| user.username.as_str());
        let name = name.split('@').next().filter(|name| !name.is_empty()).unwrap_or(name);
        cut(name, 18)
    }

    /// The org's name, or "its org".
    pub(super) fn org_name(&self) -> String {
        self.org.map_or_else(|| "its org".to_owned(), |org| cut(org.name.as_str(), 18))
    }

    /// A time for a sentence.
    pub(super) fn stamp(&self, at: DateTime<Utc>) -> String {
        self.horizon.stamp(at)
    }
}

fn first_label(name: &SiteName) -> &str {
    let name = name.as_str();
    name.split('.').next().filter(|label| !label.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_stay_short() {
        assert_eq!(why("x".repeat(50)).at(DateTime::UNIX_EPOCH).chars().count(), WHY);
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("ab cd", 4), "ab…");
        assert_eq!(quote(&Clean::new("ü".repeat(500))).chars().count(), QUOTE);
    }

    #[test]
    fn people_count_from_first() {
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 21, 112].map(ordinal),
            ["1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "112th"]
        );
    }

    #[test]
    fn names_are_joined() {
        let names = ["a", "b", "c"].map(String::from);
        assert_eq!(list(&names, "or"), "a, b or c");
        assert_eq!(list(&names[..1], "or"), "a");
    }
}
