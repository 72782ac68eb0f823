//! Topics and fields that are read again on many sites, for a screen: how each site stands. Plain data.

use crate::model::{Clean, SiteName};
use chrono::{DateTime, Utc};

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRun {
    /// When it began, by the host's clock.
    pub began_at: DateTime<Utc>,
    /// Its sites, by name, each with what came of it; none until it is over.
    pub sites: Vec<(SiteName, Option<RefreshTold>)>,
    /// Whether nothing comes any more.
    pub over: bool,
}

/// What came of one site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefreshTold {
    /// Whether all of it is done.
    pub good: bool,
    /// Topics that are stored now; none where nobody said.
    pub topics: Option<u32>,
    /// Fields that are stored now.
    pub fields: Option<u32>,
    /// New topics, fields and record types.
    pub added: usize,
    /// Those that are gone.
    pub gone: usize,
    /// Those that are otherwise.
    pub changed: usize,
    /// The result in a few words; empty where nothing is to be said.
    pub result: Clean,
    /// Each difference, and each mapping that breaks: a line each, with whether it breaks something.
    pub lines: Vec<(bool, Clean)>,
}

impl RefreshRun {
    /// A run that has just begun.
    pub fn new(mut sites: Vec<SiteName>, began_at: DateTime<Utc>) -> Self {
        sites.sort();
        Self { began_at, sites: sites.into_iter().map(|site| (site, None)).collect(), over: false }
    }

    /// Nothing comes any more: those that are not done stand first.
    pub fn end(&mut self) {
        self.over = true;
        self.sites.sort_by_key(|(_, told)| told.as_ref().is_some_and(|told| told.good));
    }

    /// Sites that are not done when nothing comes any more.
    pub fn left(&self) -> impl Iterator<Item = &SiteName> {
        let left = self.sites.iter().filter(|(_, told)| self.over && !told.as_ref().is_some_and(|told| told.good));
        left.map(|(site, _)| site)
    }

    /// Takes what came of a site.
    pub fn take(&mut self, site: &SiteName, told: RefreshTold) {
        if let Some((_, known)) = self.sites.iter_mut().find(|(name, _)| name == site) {
            *known = Some(told);
        }
    }

    /// Sites that are done, that are not, and that are still to come.
    pub fn counts(&self) -> [usize; 3] {
        let count = |holds: fn(&Option<RefreshTold>) -> bool| self.sites.iter().filter(|(_, told)| holds(told)).count();
        [
            count(|told| told.as_ref().is_some_and(|told| told.good)),
            count(|told| told.as_ref().is_some_and(|told| !told.good)),
            count(Option::is_none),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_site_is_counted_once_and_a_stranger_nowhere() {
        let sites = ["b", "a", "c"].map(SiteName::new);
        let mut run = RefreshRun::new(sites.to_vec(), DateTime::UNIX_EPOCH);
        assert_eq!(run.sites[0].0, SiteName::new("a"), "by name");
        run.take(&SiteName::new("a"), RefreshTold { good: true, ..RefreshTold::default() });
        run.take(&SiteName::new("b"), RefreshTold::default());
        run.take(&SiteName::new("x"), RefreshTold::default());
        assert_eq!(run.counts(), [1, 1, 1]);
        assert_eq!(run.left().count(), 0, "it goes on");
        run.end();
        assert_eq!(run.left().map(SiteName::as_str).collect::<Vec<_>>(), ["b", "c"]);
        let names: Vec<&str> = run.sites.iter().map(|(site, _)| site.as_str()).collect();
        assert_eq!(names, ["b", "c", "a"], "what is not done stands first");
    }
}
