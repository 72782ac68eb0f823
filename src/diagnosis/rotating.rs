//! Whether refresh tokens rotate where a site is, and whether its plugin would survive it: the one place that says so.
//!
//! Salesforce does not expose it. The operator may tell, and one refresh token that has served several successful refreshes
//! shows that it was not replaced. Uses `model`, `attribution` and `compatibility`.

use super::attribution::refreshes;
use super::compatibility::keeps_rotated_tokens;
use crate::model::{Health, PluginState, Rotation, SiteRow, SiteState};

/// So many refreshes with one token are none that voided it: a site whose token rotates survives one.
const NOT_ROTATING: u32 = 3;

/// Whether this plugin is not known to keep the refresh token that comes with a refresh. Of a version that no rule covers
/// nothing is known, and that is never taken for fine.
pub(super) fn forgets(plugin: &PluginState) -> bool {
    keeps_rotated_tokens(plugin).is_none_or(|keeps| !keeps.holds)
}

/// How many refreshes one token has served, where they show that tokens do not rotate: by the approval of a site that
/// works.
pub(super) fn served(row: &SiteRow) -> Option<u32> {
    row.use_count.filter(|uses| *uses >= NOT_ROTATING && row.health == Health::Ok)
}

/// The same by the site itself: its session was another so often while its refresh token stayed.
pub(super) fn seen_to_serve(site: &SiteState) -> Option<u32> {
    let seen = u32::try_from(refreshes(site).count()).unwrap_or(u32::MAX);
    (seen >= NOT_ROTATING).then_some(seen)
}

/// How it is known that a token which the plugin would forget is not replaced; the error is why that is not known.
pub(super) fn known_off<'a>(
    told: Rotation,
    own: &SiteRow,
    others: impl IntoIterator<Item = &'a SiteState>,
) -> Result<String, &'static str> {
    match told {
        Rotation::Off => return Ok("the configuration says that tokens do not rotate here".to_owned()),
        Rotation::On => return Err("rotation is on, as the configuration says"),
        Rotation::Unknown => {}
    }
    if let Some(uses) = served(own) {
        return Ok(format!("its token has served {uses} refreshes"));
    }
    let seen = others.into_iter().find_map(|site| Some((site, seen_to_serve(site)?)));
    let shown =
        |(site, uses): (&SiteState, u32)| format!("{} was seen to refresh {uses} times with one token", site.name);
    seen.map(shown).ok_or("whether refresh tokens rotate in its org is not known")
}
