//! What is allowed besides looking, and who says that nothing is: the one place that every command, the console and the
//! machinery ask before anything is spent or written.

use crate::model::{Clean, OrgName, SiteName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Who says that looking is all that may be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadOnly {
    /// `--read-only` or `FUSEBOX_READ_ONLY`.
    Flag,
    /// `mode = "read-only"` under `[fleet]`, or `FUSEBOX_FLEET_MODE`.
    Fleet,
    /// Nobody said anything, and so a first start is. The console's `:write` lifts this one, and no other.
    Unsaid,
    /// `read_only` of an org.
    Org(OrgName),
    /// `read_only` of a group that a site is in.
    Group(Clean),
    /// `read_only` of a site.
    Site(SiteName),
}

impl ReadOnly {
    /// Why an action is not possible, where there is room for a few words.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Flag => "read-only by --read-only or FUSEBOX_READ_ONLY",
            Self::Fleet => "read-only by mode in [fleet] or FUSEBOX_FLEET_MODE",
            Self::Unsaid => "read-only, as a first start is: :write allows it for this session",
            Self::Org(_) => "read-only by read_only of its org",
            Self::Group(_) => "read-only by read_only of its group",
            Self::Site(_) => "read-only by read_only of the site",
        }
    }

    /// What lifts it.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Flag => "leave out --read-only and FUSEBOX_READ_ONLY",
            Self::Fleet => {
                "write mode = \"read-write\" under [fleet], and see that FUSEBOX_FLEET_MODE does not say read-only"
            }
            Self::Unsaid => {
                "write mode = \"read-write\" under [fleet]; in the console :write allows it until the console is left"
            }
            Self::Org(_) | Self::Group(_) | Self::Site(_) => "take read_only = true out of the configuration",
        }
    }
}

impl fmt::Display for ReadOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("--read-only or FUSEBOX_READ_ONLY was given"),
            Self::Fleet => f.write_str("mode in [fleet] or FUSEBOX_FLEET_MODE says that the fleet is read-only"),
            Self::Unsaid => f.write_str("no mode is set, and a fleet is read-only until one is"),
            Self::Org(name) => write!(f, "the configuration says that org {name} is read-only"),
            Self::Group(name) => write!(f, "the configuration says that group {name} is read-only"),
            Self::Site(name) => write!(f, "the configuration says that site {name} is read-only"),
        }
    }
}

/// What may be spent or written, and where nothing may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permits {
    /// Who says that it is nothing at all, if somebody does.
    pub fleet: Option<ReadOnly>,
    /// Sites that are left alone.
    pub sites: BTreeMap<SiteName, ReadOnly>,
    /// Orgs that are left alone, and with them their sites.
    pub orgs: BTreeSet<OrgName>,
}

impl Permits {
    /// Those of a first start: nothing, until somebody says otherwise.
    pub fn unsaid() -> Self {
        Self { fleet: Some(ReadOnly::Unsaid), ..Self::default() }
    }

    /// The same where `--read-only` may have been given. What stands in the configuration is lifted by nobody, so what is
    /// told is what lasts longest.
    #[must_use]
    pub fn with_flag(mut self, given: bool) -> Self {
        if given {
            self.fleet = Some(ReadOnly::Flag);
        }
        self
    }

    /// Who says that a site, or an org, is only looked at; none where more is allowed.
    pub fn refusal(&self, site: Option<&SiteName>, org: Option<&OrgName>) -> Option<ReadOnly> {
        let of_site = || site.and_then(|site| self.sites.get(site)).cloned();
        let of_org = || org.and_then(|org| self.orgs.get(org)).map(|org| ReadOnly::Org(org.clone()));
        self.fleet.clone().or_else(of_site).or_else(of_org)
    }

    /// Lifts what nobody said. What somebody said stays, and is told.
    pub fn lift(&mut self) -> Result<(), ReadOnly> {
        match &self.fleet {
            Some(ReadOnly::Unsaid) | None => {
                self.fleet = None;
                Ok(())
            }
            Some(said) => Err(said.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_said_is_lifted_and_nothing_else_is() {
        let mut unsaid = Permits::unsaid();
        assert_eq!(unsaid.refusal(None, None), Some(ReadOnly::Unsaid));
        assert_eq!((unsaid.lift(), unsaid.refusal(None, None)), (Ok(()), None));
        for said in [ReadOnly::Flag, ReadOnly::Fleet] {
            let mut permits = Permits { fleet: Some(said.clone()), ..Permits::default() };
            assert_eq!(permits.lift(), Err(said.clone()));
            assert_eq!(permits.refusal(None, None), Some(said));
        }
        assert_eq!(Permits::unsaid().with_flag(true).lift(), Err(ReadOnly::Flag));
        assert_eq!(Permits::unsaid().with_flag(false), Permits::unsaid());
    }

    #[test]
    fn a_site_an_org_and_a_group_are_left_alone_whatever_the_fleet_may() {
        let (shop, news, acme) = (SiteName::new("shop"), SiteName::new("news"), OrgName::new("acme"));
        let mut permits = Permits {
            fleet: Some(ReadOnly::Unsaid),
            sites: BTreeMap::from([(shop.clone(), ReadOnly::Group("vip".into()))]),
            orgs: BTreeSet::from([acme.clone()]),
        };
        permits.lift().expect("nobody said it");
        assert_eq!(permits.refusal(Some(&shop), None), Some(ReadOnly::Group("vip".into())));
        assert_eq!(permits.refusal(Some(&news), Some(&acme)), Some(ReadOnly::Org(acme.clone())));
        assert_eq!(permits.refusal(Some(&news), Some(&OrgName::new("beta"))), None);
        assert_eq!(permits.refusal(None, Some(&acme)), Some(ReadOnly::Org(acme)));
    }
}
