//! What is known of every site's fields with nobody asked: by the last looks, by the files of the state's folder, and by what other
//! sites of an org were told later of the same object.

use super::known::Known;
use crate::diagnosis::fields_later;
use crate::model::{Dated, FieldsBoard, FieldsRow, OrgName, SeenBy, SiteName, UserId};
use crate::operations::fields::last;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::path::Path;

/// What the last looks tell of one site.
pub(super) struct Looked {
    row: FieldsRow,
    /// The object that it syncs to.
    object: Option<String>,
    org: Option<OrgName>,
    /// Whose rights its own descriptions follow.
    user: Option<UserId>,
}

impl Looked {
    /// One of each site, by name.
    pub(super) fn all(known: &Known) -> Vec<Self> {
        known.settings().sites.keys().map(|site| Self::of(known, site)).collect()
    }

    fn of(known: &Known, site: &SiteName) -> Self {
        let state = known.fleet().site(site);
        let status = state.and_then(|state| state.status.as_ref());
        let mapped = status.and_then(|seen| Some(Dated::new(seen.seen_at, seen.value.mapped_fields?)));
        let stored = status.and_then(|seen| seen.value.fields);
        let user = state.and_then(|state| state.last_connection.as_ref()?.value.user.clone());
        let row = FieldsRow { site: site.clone(), mapped, stored, read: None, later: None };
        Self { row, object: known.object_of(site), org: known.org_of(site), user }
    }
}

/// What two descriptions have to have in common to be compared: another user may see other fields.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    org: OrgName,
    /// In small letters: Salesforce does not tell capitals apart.
    object: String,
    /// Who saw it; none for fusebox's own user.
    by: Option<UserId>,
}

/// Reads the file of each site, one after the other: all at once are too much of a large fleet. Blocks.
pub(super) fn board(folder: &Path, mut sites: Vec<Looked>) -> FieldsBoard {
    let mut alike: BTreeMap<Seen, Vec<(DateTime<Utc>, usize)>> = BTreeMap::new();
    for (place, site) in sites.iter_mut().enumerate() {
        site.row.read = last(folder, &site.row.site, site.object.as_deref()).map(|fields| fields.brief());
        if let Some((seen, at)) = described(site) {
            alike.entry(seen).or_default().push((at, place));
        }
    }
    for (of, mut described) in alike {
        described.sort_unstable();
        let Some((newest_at, newest)) = described.pop() else { continue };
        described.retain(|(at, _)| *at < newest_at);
        if described.is_empty() {
            continue;
        }
        let by = sites[newest].row.site.clone();
        // It may have been written anew meanwhile; the next answer has it.
        let Some(seen) = last(folder, &by, Some(&of.object)) else { continue };
        for (_, place) in described {
            let row = &mut sites[place].row;
            row.later = last(folder, &row.site, Some(&of.object)).and_then(|fields| fields_later(&fields, &by, &seen));
        }
    }
    FieldsBoard { rows: sites.into_iter().map(|site| site.row).collect() }
}

/// What a site's fields are of, and when that was described. None where it is not known who saw it.
fn described(site: &Looked) -> Option<(Seen, DateTime<Utc>)> {
    let read = site.row.read.as_ref()?;
    let by = match read.by {
        SeenBy::Site => Some(site.user.clone()?),
        SeenBy::Fusebox(_) => None,
    };
    let seen = Seen { org: site.org.clone()?, object: read.object.as_str().to_ascii_lowercase(), by };
    Some((seen, read.described_at))
}
