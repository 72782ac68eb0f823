//! Everything known now: sites and orgs, with the indexes that join them. The fold of all observations.

use crate::model::site::Connection;
use crate::model::{Fingerprint, Observation, OrgId, OrgName, OrgState, SiteName, SiteState, Target, UserId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// All sites and orgs. Reading is free; every change goes through [`Fleet::apply`] or the `put` functions, which keep the
/// indexes right.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    sites: BTreeMap<SiteName, SiteState>,
    orgs: BTreeMap<OrgName, OrgState>,
    /// Sites by the refresh token they hold.
    holders: HashMap<Fingerprint, BTreeSet<SiteName>>,
    /// Sites by the Salesforce user they were authorized as.
    authorized: HashMap<(OrgId, UserId), BTreeSet<SiteName>>,
    /// Sites by the org they were authorized in.
    in_org: HashMap<OrgId, BTreeSet<SiteName>>,
    /// Orgs by id, former ids of refreshed sandboxes included.
    by_id: HashMap<OrgId, OrgName>,
}

impl Fleet {
    /// A site, if anything was ever seen of it.
    pub fn site(&self, name: &SiteName) -> Option<&SiteState> {
        self.sites.get(name)
    }

    /// An org, if anything was ever seen of it.
    pub fn org(&self, name: &OrgName) -> Option<&OrgState> {
        self.orgs.get(name)
    }

    /// All sites by name.
    pub fn sites(&self) -> impl Iterator<Item = &SiteState> {
        self.sites.values()
    }

    /// All orgs by name.
    pub fn orgs(&self) -> impl Iterator<Item = &OrgState> {
        self.orgs.values()
    }

    /// The org that has, or had, this id.
    pub fn org_by_id(&self, id: &OrgId) -> Option<&OrgState> {
        self.orgs.get(self.by_id.get(id)?)
    }

    /// Sites that hold this refresh token; more than one is a shared token.
    pub fn holders(&self, refresh: &Fingerprint) -> impl Iterator<Item = &SiteState> {
        self.holders.get(refresh).into_iter().flatten().filter_map(|name| self.sites.get(name))
    }

    /// Sites whose last connection was authorized as this user.
    pub fn authorized_as(&self, org: &OrgId, user: &UserId) -> impl Iterator<Item = &SiteState> {
        // The key is built for the look-up: tuples of references do not borrow as a tuple.
        let key = (org.clone(), user.clone());
        self.authorized.get(&key).into_iter().flatten().filter_map(|name| self.sites.get(name))
    }

    /// What shows what an approval of one of these users is worth: the users' orgs, and the sites that were authorized as them.
    pub fn around(&self, accounts: &[(&OrgName, &UserId)]) -> BTreeSet<Target> {
        let theirs = accounts.iter().flat_map(|(org, user)| {
            let id = self.org(org).and_then(OrgState::id);
            id.into_iter().flat_map(|id| self.authorized_as(id, user))
        });
        let sites = theirs.map(|site| Target::Site(site.name.clone()));
        sites.chain(accounts.iter().map(|(org, _)| Target::Org((*org).clone()))).collect()
    }

    /// Sites whose last connection was authorized in this org.
    pub fn sites_in(&self, org: &OrgId) -> impl Iterator<Item = &SiteState> {
        self.in_org.get(org).into_iter().flatten().filter_map(|name| self.sites.get(name))
    }

    /// Takes one more observation.
    pub fn apply(&mut self, observation: &Observation) {
        match &observation.target {
            Target::Site(name) => {
                let mut state = self.take_site(name).unwrap_or_else(|| SiteState::unknown(name.clone()));
                state.apply(observation);
                self.put_site(state);
            }
            Target::Org(name) => {
                let state = self.orgs.entry(name.clone()).or_insert_with(|| OrgState::unknown(name.clone()));
                state.apply(observation);
                let ids = [state.id().cloned(), state.former_id.clone()];
                self.by_id.extend(ids.into_iter().flatten().map(|id| (id, name.clone())));
            }
        }
    }

    /// Puts a site's folded state in the place of what was known of it.
    pub fn put_site(&mut self, state: SiteState) {
        self.take_site(&state.name);
        let name = &state.name;
        if let Some(connection) = connection(&state) {
            if let Some(refresh) = connection.refresh {
                self.holders.entry(refresh).or_default().insert(name.clone());
            }
            if let Some(org) = &connection.org {
                self.in_org.entry(org.clone()).or_default().insert(name.clone());
                if let Some(user) = &connection.user {
                    self.authorized.entry((org.clone(), user.clone())).or_default().insert(name.clone());
                }
            }
        }
        self.sites.insert(name.clone(), state);
    }

    /// Puts an org's folded state in the place of what was known of it.
    pub fn put_org(&mut self, state: OrgState) {
        let name = state.name.clone();
        self.by_id.retain(|_, known| *known != name);
        let ids = [state.id().cloned(), state.former_id.clone()];
        self.by_id.extend(ids.into_iter().flatten().map(|id| (id, name.clone())));
        self.orgs.insert(name, state);
    }

    /// Forgets a target that the configuration does not name any more.
    pub fn forget(&mut self, target: &Target) {
        match target {
            Target::Site(name) => drop(self.take_site(name)),
            Target::Org(name) => {
                self.orgs.remove(name);
                self.by_id.retain(|_, known| known != name);
            }
        }
    }

    /// The sites whose verdict may change when `target` is seen anew: a site and those that share its user or token, or
    /// all sites of an org.
    pub fn affected_by(&self, target: &Target) -> BTreeSet<SiteName> {
        let mut affected = BTreeSet::new();
        match target {
            Target::Site(name) => {
                affected.insert(name.clone());
                if let Some(connection) = self.site(name).and_then(connection) {
                    if let Some(refresh) = connection.refresh {
                        affected.extend(self.holders.get(&refresh).into_iter().flatten().cloned());
                    }
                    if let (Some(org), Some(user)) = (&connection.org, &connection.user) {
                        affected.extend(self.authorized_as(org, user).map(|site| site.name.clone()));
                    }
                }
            }
            Target::Org(name) => {
                let ids = self.org(name).into_iter().flat_map(|org| org.id().into_iter().chain(&org.former_id));
                affected.extend(ids.flat_map(|id| self.sites_in(id)).map(|site| site.name.clone()));
            }
        }
        affected
    }

    /// Takes a site out of the map and of all indexes.
    fn take_site(&mut self, name: &SiteName) -> Option<SiteState> {
        let state = self.sites.remove(name)?;
        if let Some(connection) = connection(&state) {
            if let Some(refresh) = connection.refresh {
                take(&mut self.holders, &refresh, name);
            }
            if let Some(org) = &connection.org {
                take(&mut self.in_org, org, name);
                if let Some(user) = &connection.user {
                    take(&mut self.authorized, &(org.clone(), user.clone()), name);
                }
            }
        }
        Some(state)
    }
}

/// The connection that places a site in the indexes: the last one seen, even when it is gone now.
fn connection(state: &SiteState) -> Option<&Connection> {
    state.last_connection.as_ref().map(|seen| &seen.value)
}

fn take<K: std::hash::Hash + Eq>(index: &mut HashMap<K, BTreeSet<SiteName>>, key: &K, name: &SiteName) {
    if let Some(names) = index.get_mut(key) {
        names.remove(name);
        if names.is_empty() {
            index.remove(key);
        }
    }
}
