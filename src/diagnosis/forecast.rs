//! What dies next, and when: over all sites that work, what will end their connection. Pure, by the same attribution and rules as
//! the lines of sites. Whether a sandbox is about to be refreshed nothing tells, so it is not told.
//!
//! Uses `model`, `context` and `rules`.

mod eviction;
mod policy;
mod refresh;

use crate::diagnosis::context::{Context, Link};
use crate::model::{Cause, Clean, Fleet, Forecast, OrgName, Prospect, Settings};
use chrono::{DateTime, Utc};
use std::cmp::Ordering;

/// What will end the connections of the sites that the configuration names, as it is known at `now`. Staging sites and copies
/// are left out, and so is what is broken: there is nothing left to end.
pub fn forecast(fleet: &Fleet, settings: &Settings, now: DateTime<Utc>) -> Forecast {
    let mut found = Found::default();
    for state in settings.sites.keys().filter_map(|name| fleet.site(name)) {
        let context = Context::new(fleet, settings, state, now);
        let alive = context.link() == Link::Connected && context.broken().is_none() && context.death().is_none();
        if alive && !context.is_staged(state) {
            found.extend(eviction::next(&context), Shared::ByUser);
            found.extend(refresh::next(&context), Shared::No);
            found.extend(refresh::app_not_installed(&context), Shared::ByOrg);
            found.extend(policy::dated(&context, now), Shared::No);
            found.extend(policy::undated(&context), Shared::ByOrg);
        }
    }
    let mut items = found.items;
    items.sort_by(order);
    Forecast { items }
}

/// What ends first comes first; what has no date follows.
fn order(a: &Prospect, b: &Prospect) -> Ordering {
    let key = |item: &Prospect| (item.at.is_none(), item.at, item.by);
    key(a).cmp(&key(b)).then_with(|| (&a.org, &a.user, &a.sites).cmp(&(&b.org, &b.user, &b.sites)))
}

/// What sites have in common that end together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shared {
    /// Each ends by itself.
    No,
    /// One approval of a user decides.
    ByUser,
    /// One setting of an org decides.
    ByOrg,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    items: Vec<Prospect>,
    /// Items that further sites may join.
    shared: std::collections::HashMap<(Cause, Option<OrgName>, Option<Clean>), usize>,
}

impl Found {
    fn extend(&mut self, items: impl IntoIterator<Item = Prospect>, shared: Shared) {
        for item in items {
            if shared == Shared::No {
                self.items.push(item);
                continue;
            }
            let key = (item.by, item.org.clone(), item.user.clone());
            if let Some(&known) = self.shared.get(&key) {
                let known = &mut self.items[known];
                for site in item.sites {
                    if !known.sites.contains(&site) {
                        known.sites.push(site);
                    }
                }
            } else {
                self.shared.insert(key, self.items.len());
                self.items.push(item);
            }
        }
    }
}

/// The org and, where a user decides, the user of a site.
fn owner(context: &Context) -> (Option<OrgName>, Option<Clean>) {
    let account = context.account.as_ref();
    let name = account
        .map(|account| account.user.map_or_else(|| Clean::new(account.id.as_str()), |user| user.username.clone()));
    (context.org.map(|org| org.name.clone()), name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::fixture::{DAY, Scene, acme, at, scene, site};
    use crate::model::org::RefreshPolicy;
    use crate::model::{Confidence, Origin, PluginState, PolicyUnit, Rotation, SiteName};

    fn told(scene: &Scene) -> Vec<Prospect> {
        forecast(&scene.fleet, &scene.settings, at(0)).items
    }

    fn names(item: &Prospect) -> Vec<&str> {
        item.sites.iter().map(SiteName::as_str).collect()
    }

    #[test]
    fn nothing_is_foretold_of_what_goes_on_for_ever() {
        let org = acme().approval(1, -60 * DAY, -60, 900).looked(0);
        assert_eq!(told(&scene(org, [site("shop").alive()])), []);
    }

    #[test]
    fn a_full_user_loses_its_oldest_with_the_next_approval() {
        let full = || acme().terms(|terms| terms.slot_limit = 1).approval(1, -60 * DAY, -60, 900);
        let items = told(&scene(full().looked(0), [site("shop").alive()]));
        assert_eq!((items.len(), items[0].by, items[0].at), (1, Cause::Evicted, None));
        assert_eq!((names(&items[0]), items[0].confidence), (vec!["shop"], Confidence::High));
        assert!(items[0].reason.contains("shop"), "{}", items[0].reason);
        let copied = scene(full().looked(0), [site("shop").alive(), site("copy").alive()]);
        assert_eq!(names(&told(&copied)[0]), ["copy", "shop"], "both hold the token");
    }

    #[test]
    fn of_two_made_in_one_second_one_leaves() {
        let org = acme().terms(|terms| terms.slot_limit = 2).approval(1, -60 * DAY, -60, 900).with(|picture| {
            let crate::model::Permitted::Yes(rows) = &mut picture.approvals else { panic!("listed") };
            let mut twin = rows[0].clone();
            twin.id = crate::model::ApprovalId::from_bytes([7; 16]);
            twin.last_used_at = Some(at(-120));
            rows.push(twin);
        });
        let items = told(&scene(org.looked(0), [site("shop").alive(), site("news").token(2).alive()]));
        assert_eq!((items.len(), items[0].by, items[0].confidence), (1, Cause::Evicted, Confidence::Low));
        assert_eq!(names(&items[0]), ["news", "shop"]);
        assert!(items[0].reason.contains("same second"), "{}", items[0].reason);
    }

    #[test]
    fn a_lifetime_has_a_date_and_its_origin() {
        let org = |unit| {
            acme()
                .policy(RefreshPolicy::Lifetime(90))
                .terms(move |terms| terms.policy_unit = unit)
                .approval(1, -60 * DAY, -60, 900)
                .looked(0)
        };
        let items = told(&scene(org(Some(PolicyUnit::Days)), [site("shop").alive()]));
        assert_eq!(items.len(), 1);
        let item = &items[0];
        assert_eq!(
            (item.by, item.at, item.origin),
            (Cause::PolicyLifetime, Some(at(30 * DAY)), Some(Origin::Operator))
        );
        let items = told(&scene(org(None), [site("shop").alive(), site("news").alive()]));
        assert_eq!((items.len(), items[0].by, items[0].at), (1, Cause::PolicyLifetime, None), "no unit, no date");
        assert!(items[0].reason.contains("unit"), "{}", items[0].reason);
        assert_eq!(items[0].sites.len(), 2, "told once for the org");
    }

    #[test]
    fn idle_counts_where_no_refresh_is_due_before() {
        let org = |last_used, uses| {
            acme()
                .policy(RefreshPolicy::Idle(30))
                .terms(|terms| terms.policy_unit = Some(PolicyUnit::Days))
                .approval(1, -60 * DAY, last_used, uses)
                .looked(0)
        };
        assert_eq!(told(&scene(org(-60, 900), [site("shop").alive()])), [], "it refreshes every hour and a half");
        let shared = scene(org(-60, 900), [site("shop").alive(), site("news").token(2).alive()]);
        assert_eq!(told(&shared), [], "whoever of the two holds it");
        let items = told(&scene(org(-25 * DAY, 1), [site("shop").alive()]));
        assert_eq!((items.len(), items[0].by, items[0].at), (1, Cause::PolicyIdle, Some(at(5 * DAY))));
    }

    #[test]
    fn the_idle_cap_is_a_guess_and_says_so() {
        let org = |last_used| acme().approval(1, -60 * DAY, last_used, 3).looked(0);
        let items = told(&scene(org(-25 * DAY), [site("shop").alive()]));
        assert_eq!((items.len(), items[0].by, items[0].confidence), (1, Cause::IdleCap, Confidence::Low));
        assert_eq!(told(&scene(org(-5 * DAY), [site("shop").alive()])), []);
        let outlived = told(&scene(org(-31 * DAY), [site("shop").alive()]));
        assert_eq!(outlived.iter().filter(|item| item.by == Cause::IdleCap).count(), 1, "a call is no refresh");
    }

    #[test]
    fn rotation_ends_a_site_at_its_next_refresh_but_one() {
        let items = |version: &str, uses| {
            let org = acme()
                .terms(|terms| terms.rotation = Rotation::On)
                .approval(1, -600, if uses == 0 { -600 } else { -60 }, uses)
                .looked(0);
            let plugin = PluginState::Active { edition: "lite".into(), version: version.into() };
            told(&scene(org, [site("shop").with(|status| status.plugin = plugin).alive()]))
        };
        let dying = items("3.47.11", 1);
        let rotated: Vec<&Prospect> = dying.iter().filter(|item| item.by == Cause::RotatedOut).collect();
        assert_eq!((rotated.len(), rotated[0].at), (1, Some(at(-60 + 540))), "540 minutes a refresh");
        assert_eq!((rotated[0].confidence, rotated[0].origin), (Confidence::High, Some(Origin::Measured)));
        let fresh = items("3.47.11", 0);
        assert_eq!((fresh[0].by, fresh[0].at), (Cause::RotatedOut, None), "nothing tells how often it refreshes");
        assert_eq!(items("3.99", 1)[0].confidence, Confidence::Medium, "an unknown version is not fine");
    }

    #[test]
    fn a_user_that_is_off_ends_its_sites_at_their_next_refresh() {
        let org = acme().approval(1, -60 * DAY, -60, 720).users(|users| users[0].frozen = Some(true)).looked(0);
        let items = told(&scene(org, [site("shop").alive()]));
        assert_eq!((items.len(), items[0].by), (1, Cause::UserFrozen));
        assert_eq!(items[0].user.as_ref().map(Clean::as_str), Some("ops1@acme.example"));
        let at = items[0].at.expect("a date by its rate");
        assert!(at > crate::diagnosis::fixture::at(0) && at < crate::diagnosis::fixture::at(120), "{at}");
    }

    #[test]
    fn what_has_a_date_comes_first_and_the_broken_are_left_out() {
        let org = acme()
            .terms(|terms| (terms.slot_limit, terms.policy_unit) = (2, Some(PolicyUnit::Days)))
            .policy(RefreshPolicy::Lifetime(90))
            .approval(1, -60 * DAY, -60, 900)
            .approval(1, -50 * DAY, -30, 900)
            .looked(0);
        let dead = site("dead").token(3).row(-5, crate::diagnosis::fixture::DEAD).looked(0);
        let items = told(&scene(org, [site("shop").alive(), site("news").token(2).alive(), dead]));
        assert!(items.iter().all(|item| !names(item).contains(&"dead")), "{items:#?}");
        let dated = items.iter().filter(|item| item.at.is_some()).count();
        assert!(dated > 0 && items[..dated].is_sorted_by_key(|item| item.at));
        assert!(items[dated..].iter().all(|item| item.at.is_none()));
    }
}
