//! A site with its org, looked at before something is spent or written there.

use super::Exit;
use super::report::Failure;
use crate::backend::Handle;
use crate::config::Config;
use crate::model::{Fleet, OrgName, SiteName, Target, UserId};
use std::collections::BTreeSet;

/// Looks at the site and at its org. Orgs whose id is not known yet may be the one.
pub(super) async fn look(handle: &Handle, config: &Config, site: &SiteName) -> Result<Fleet, Failure> {
    let fleet = looked(handle, vec![Target::Site(site.clone())]).await?;
    let told = config.site(site).and_then(|site| site.org.clone());
    let connection = fleet.site(site).and_then(|site| site.last_connection.as_ref());
    let named = connection.and_then(|seen| seen.value.org.as_ref()).and_then(|id| fleet.org_by_id(id));
    let orgs: Vec<OrgName> = if let Some(org) = told.or_else(|| named.map(|org| org.name.clone())) {
        vec![org]
    } else {
        let unknown = |org: &OrgName| fleet.org(org).is_none_or(|org| org.id().is_none());
        config.orgs.iter().map(|org| org.name.clone()).filter(unknown).collect()
    };
    if orgs.is_empty() {
        return Ok(fleet);
    }
    looked(handle, orgs.into_iter().map(Target::Org).collect()).await
}

/// One target has to answer; of several orgs, of which one is looked for, some may not.
async fn looked(handle: &Handle, targets: Vec<Target>) -> Result<Fleet, Failure> {
    let sight = handle.look(targets).await?;
    let round = sight.round;
    match (round.answered, round.failed.first_key_value(), round.postponed.first_key_value()) {
        (0, Some((target, failure)), _) => {
            Err(Failure::new(Exit::Unavailable, format!("{target} did not answer, so nothing was begun: {failure}")))
        }
        (0, None, Some((target, why))) => {
            Err(Failure::new(Exit::TryLater, format!("{target} was not looked at, so nothing was begun: {why}")))
        }
        _ => Ok(sight.fleet),
    }
}

/// Looks at these users' orgs, which have to answer, and at the sites of these users: whether they live says what an approval is
/// worth. A site that does not answer is judged by what is known of it.
pub(super) async fn look_around(
    handle: &Handle,
    known: &Fleet,
    accounts: &[(&OrgName, &UserId)],
    also: &[&SiteName],
) -> Result<Fleet, Failure> {
    let mut targets = known.around(accounts);
    targets.extend(also.iter().map(|site| Target::Site((*site).clone())));
    let orgs: BTreeSet<Target> = accounts.iter().map(|(org, _)| Target::Org((*org).clone())).collect();
    let sight = handle.look(targets.into_iter().collect()).await?;
    for org in &orgs {
        if let Some(failure) = sight.round.failed.get(org) {
            return Err(Failure::new(
                Exit::Unavailable,
                format!("{org} did not answer, so nothing was begun: {failure}"),
            ));
        }
        if let Some(why) = sight.round.postponed.get(org) {
            return Err(Failure::new(Exit::TryLater, format!("{org} was not looked at, so nothing was begun: {why}")));
        }
    }
    Ok(sight.fleet)
}
