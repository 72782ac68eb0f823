//! What is known of WP Fusion by edition and version, and of Salesforce's own terms: rules as data, in `compatibility.toml`
//! beside this file, each with its source. What no rule covers is unknown. Uses `model`.

mod version;

use crate::model::PluginState;
use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;
use std::sync::LazyLock;
use strum::Display;
use version::Version;

/// Text and not code, so that it can be amended by who reads a new version of the plugin.
const RULES: &str = include_str!("compatibility.toml");

/// A file that can not be read leaves everything unknown; a test reads it.
static KNOWN: LazyLock<Rules> = LazyLock::new(|| toml::from_str(RULES).unwrap_or_default());

/// How a rule is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Mark {
    /// It was run.
    Observed,
    /// It stands in the source.
    Read,
    /// Who makes it says so.
    Documented,
    /// It follows from those.
    Inferred,
}

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rotated_token_kept: Vec<Trait>,
    pkce_sent: Vec<Trait>,
    missing_app_handled: Vec<Trait>,
    api_called: Vec<Called>,
    api_support: Option<Support>,
    api_promised: Vec<Promised>,
    idle_cap: Option<IdleCap>,
}

/// Versions of one edition, both ends inside.
#[derive(Clone, Debug, Deserialize)]
struct Range {
    edition: String,
    from: Version,
    to: Version,
}

/// Whether something holds of some versions.
#[derive(Debug, Deserialize)]
pub struct Trait {
    #[serde(flatten)]
    range: Range,
    /// Whether it does.
    pub holds: bool,
    /// How it is known.
    pub evidence: Mark,
    /// Where it is known from.
    pub source: String,
}

#[derive(Debug, Deserialize)]
struct Called {
    #[serde(flatten)]
    range: Range,
    version: String,
    evidence: Mark,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Support {
    retired_up_to: Version,
    retired_since: NaiveDate,
    evidence: Mark,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Promised {
    version: String,
    until: NaiveDate,
    evidence: Mark,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdleCap {
    days: u16,
    evidence: Mark,
    source: String,
}

/// The REST API version that a plugin calls, and how long Salesforce answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Api {
    /// As in addresses, without the `v`: "55.0".
    pub version: &'static str,
    /// Since when it is retired, where it is.
    pub retired_since: Option<NaiveDate>,
    /// The last day for which Salesforce promised it; none where that is not known.
    pub promised_until: Option<NaiveDate>,
}

/// Whether the plugin keeps the refresh token that comes with a refresh; none where that is not known.
pub fn keeps_rotated_tokens(plugin: &PluginState) -> Option<&'static Trait> {
    one(&KNOWN.rotated_token_kept, plugin, |rule| &rule.range)
}

/// Whether its authorization carries a code challenge; none where that is not known.
pub fn sends_pkce(plugin: &PluginState) -> Option<&'static Trait> {
    one(&KNOWN.pkce_sent, plugin, |rule| &rule.range)
}

/// Whether it says what to do about an app that is not installed; none where that is not known.
pub fn handles_missing_app(plugin: &PluginState) -> Option<&'static Trait> {
    one(&KNOWN.missing_app_handled, plugin, |rule| &rule.range)
}

/// The API that it calls; none where that is not known.
pub fn api(plugin: &PluginState) -> Option<Api> {
    let called = one(&KNOWN.api_called, plugin, |rule| &rule.range)?;
    let version: Version = called.version.parse().ok()?;
    let retired = KNOWN.api_support.as_ref().filter(|support| version <= support.retired_up_to);
    let promised = KNOWN.api_promised.iter().find(|promised| promised.version == called.version);
    Some(Api {
        version: &called.version,
        retired_since: retired.map(|support| support.retired_since),
        promised_until: promised.map(|promised| promised.until),
    })
}

/// How long a refresh token may be unused where the publisher limits that, whatever the policy says.
pub fn idle_cap() -> Option<TimeDelta> {
    KNOWN.idle_cap.as_ref().map(|cap| TimeDelta::days(i64::from(cap.days)))
}

/// Where every rule is known from, and how.
pub fn sources() -> impl Iterator<Item = (&'static str, Mark)> {
    let traits = [&KNOWN.rotated_token_kept, &KNOWN.pkce_sent, &KNOWN.missing_app_handled];
    let traits = traits.into_iter().flatten().map(|rule| (&rule.source, rule.evidence));
    let called = KNOWN.api_called.iter().map(|rule| (&rule.source, rule.evidence));
    let promised = KNOWN.api_promised.iter().map(|rule| (&rule.source, rule.evidence));
    let support = KNOWN.api_support.iter().map(|rule| (&rule.source, rule.evidence));
    let cap = KNOWN.idle_cap.iter().map(|rule| (&rule.source, rule.evidence));
    traits.chain(called).chain(promised).chain(support).chain(cap).map(|(source, mark)| (source.as_str(), mark))
}

/// The rule that covers an active plugin.
fn one<T>(rules: &'static [T], plugin: &PluginState, range: impl Fn(&T) -> &Range) -> Option<&'static T> {
    let PluginState::Active { edition, version } = plugin else { return None };
    let version: Version = version.as_str().parse().ok()?;
    rules.iter().find(|rule| {
        let range = range(rule);
        range.edition == edition.as_str() && range.from <= version && version <= range.to
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(edition: &str, version: &str) -> PluginState {
        PluginState::Active { edition: edition.into(), version: version.into() }
    }

    #[test]
    fn the_file_is_read_and_every_rule_has_a_source() {
        let rules: Rules = toml::from_str(RULES).expect("the rules");
        let all: Vec<(&str, Mark)> = sources().collect();
        assert!(all.len() >= 11);
        for (source, _) in all {
            assert!(source.starts_with("https://"), "{source}");
        }
        let count = |mark| rules.rotated_token_kept.iter().filter(|rule| rule.evidence == mark).count();
        assert_eq!((count(Mark::Observed), count(Mark::Inferred)), (1, 0), "what ends sites is never a guess");
    }

    #[test]
    fn ranges_are_ranges_and_none_overlaps() {
        let traits = [&KNOWN.rotated_token_kept, &KNOWN.pkce_sent, &KNOWN.missing_app_handled];
        let of_trait = |rules: &[Trait]| rules.iter().map(|rule| rule.range.clone()).collect::<Vec<_>>();
        let mut tables: Vec<Vec<Range>> = traits.iter().map(|rules| of_trait(rules)).collect();
        tables.push(KNOWN.api_called.iter().map(|rule| rule.range.clone()).collect());
        for ranges in tables {
            assert!(!ranges.is_empty());
            for (number, range) in ranges.iter().enumerate() {
                assert!(range.from <= range.to, "{range:?}");
                for other in ranges[number + 1..].iter().filter(|other| other.edition == range.edition) {
                    assert!(range.to < other.from || other.to < range.from, "{range:?} and {other:?}");
                }
            }
        }
    }

    #[test]
    fn every_api_that_is_called_has_its_promise() {
        for called in &KNOWN.api_called {
            assert!(KNOWN.api_promised.iter().any(|promised| promised.version == called.version), "{called:?}");
        }
    }

    #[test]
    fn what_no_rule_covers_is_unknown_and_never_fine() {
        let kept = |edition, version| keeps_rotated_tokens(&plugin(edition, version)).map(|rule| rule.holds);
        for version in ["3.38.17", "3.40", "3.45.2.2", "3.47.10", "3.47.11"] {
            assert_eq!(kept("lite", version), Some(false), "{version}");
        }
        for version in ["", "3.38.16", "3.37.30", "3.47.12", "3.47.11.1", "3.48", "4", "dev", "99999999999999999999"] {
            assert_eq!(kept("lite", version), None, "{version}");
            assert_eq!(api(&plugin("lite", version)), None, "{version}");
        }
        assert_eq!(kept("full", "3.47.11"), None, "the paid plugin was never read");
        assert_eq!(keeps_rotated_tokens(&PluginState::Absent).map(|rule| rule.holds), None);
        assert_eq!(api(&plugin("lite", "3.43.10")), None, "between two versions that were read");
    }

    #[test]
    fn an_api_is_told_with_its_promise() {
        let api = api(&plugin("lite", "3.47.11")).expect("known");
        assert_eq!((api.version, api.retired_since), ("55.0", None));
        assert_eq!(api.promised_until.map(|day| day.to_string()).as_deref(), Some("2025-06-30"));
        assert_eq!(idle_cap(), Some(TimeDelta::days(30)));
        assert_eq!(sends_pkce(&plugin("lite", "3.47.11")).map(|rule| rule.holds), Some(false));
        assert_eq!(handles_missing_app(&plugin("lite", "3.47.11")).map(|rule| rule.holds), Some(false));
    }
}
