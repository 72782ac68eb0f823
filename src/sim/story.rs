//! The stories that a scenario gives to its sites, and what each lets a fusebox know. Pure; the expectations are data
//! (`stories.toml`), the contract is `docs/simulator.md`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use strum::{Display, EnumIter, EnumString};

/// What happened, or happens, to a site. `docs/simulator.md` says what is so for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Display, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Story {
    Healthy,
    SharesUser,
    Evicted,
    NextOut,
    Revoked,
    PolicyIdle,
    PolicyLifetime,
    PolicyImmediate,
    RotatedOut,
    UserInactive,
    UserFrozen,
    AppUninstalled,
    AppBlocked,
    NotPreauthorized,
    CredentialsRotated,
    IpRestricted,
    ApiDisabled,
    SandboxRefreshed,
    IdleNear,
    LifetimeNear,
    RotationRisk,
    AppNotInstalled,
    SharedToken,
    Clone,
    Staging,
    ClockSkew,
    CronDead,
    CallLimit,
    NeverProved,
    NoRight,
    PhpFatal,
    NoAnswer,
    Gone,
    PluginAbsent,
    PluginInactive,
    OtherCrm,
    NotAuthorized,
    Disconnected,
    Silent,
    Irregular,
    Stranger,
}

/// What a fusebox can know of a story at one step.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// The health, as fusebox writes it.
    pub(crate) health: String,
    /// The cause, if there is one.
    pub(crate) cause: Option<String>,
}

static EXPECTED: LazyLock<BTreeMap<Story, Vec<Expected>>> =
    LazyLock::new(|| toml::from_str(include_str!("stories.toml")).expect("the stories that come with the program"));

impl Story {
    /// What can be known of it at `step`; the last step lasts for ever.
    pub(crate) fn expected(self, step: usize) -> &'static Expected {
        let steps = &EXPECTED[&self];
        &steps[step.min(steps.len() - 1)]
    }

    /// Whether the site is one of those that attribution is scored on.
    pub(crate) fn is_irregular(self) -> bool {
        matches!(self, Self::Irregular | Self::Stranger)
    }

    /// Whether the site never had a connection.
    pub(crate) fn is_off(self) -> bool {
        matches!(self, Self::PluginAbsent | Self::PluginInactive | Self::OtherCrm | Self::NotAuthorized)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    /// The rows of the table under "Stories": name, health, cause, as they are written.
    fn documented() -> Vec<(String, String, String)> {
        let text = include_str!("../../docs/simulator.md");
        let table = text.split("## Stories").nth(1).expect("the chapter about stories");
        let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        let rows = table.lines().filter(|line| line.starts_with("| `")).map(cells);
        rows.flat_map(|row| {
            let names: Vec<String> = row[1].split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
            names.into_iter().map(move |name| (name, row[3].clone(), row[4].clone())).collect::<Vec<_>>()
        })
        .collect()
    }

    #[test]
    fn every_story_is_documented_with_what_is_expected_of_it() {
        let documented = documented();
        assert_eq!(documented.len(), Story::iter().count());
        for story in Story::iter() {
            let (_, health, cause) =
                documented.iter().find(|(name, ..)| *name == story.to_string()).expect("a row in the table");
            let steps: Vec<&Expected> = EXPECTED[&story].iter().collect();
            let expected: Vec<&str> = steps.iter().map(|step| step.health.as_str()).collect();
            assert_eq!(*health, expected.join(", then "), "{story}");
            let last = steps.last().and_then(|step| step.cause.clone()).unwrap_or_default();
            let cause = if cause == "as named" { story.to_string() } else { cause.clone() };
            assert_eq!(cause, last, "{story}");
        }
    }
}
