//! What is known of every site's fields with nobody asked: by the last looks, by the files of the state's folder, and by what other
//! sites of an org were told later of the same object.

use super::known::Known;
use crate::diagnosis::fields_later;
use crate::model::{Dated, FieldsBoard, FieldsRow, OrgName, SiteName};
use crate::operations::fields::last;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::path::Path;

/// What the last looks tell of one site.
pub(super) struct Looked {
    row: FieldsRow,
    /// The object that it syncs to. What was kept of it may be of another that somebody asked for.
    object: Option<String>,
    org: Option<OrgName>,
}

impl Looked {
    /// One of each site, by name.
    pub(super) fn all(known: &Known) -> Vec<Self> {
        known.settings().sites.keys().map(|site| Self::of(known, site)).collect()
    }

    fn of(known: &Known, site: &SiteName) -> Self {
        let status = known.fleet().site(site).and_then(|state| state.status.as_ref());
        let mapped = status.and_then(|seen| Some(Dated::new(seen.seen_at, seen.value.mapped_fields?)));
        let stored = status.and_then(|seen| seen.value.fields);
        let object = status.and_then(|seen| seen.value.object_type.as_ref()).map(ToString::to_string);
        let row = FieldsRow { site: site.clone(), mapped, stored, read: None, later: None };
        Self { row, object, org: known.org_of(site) }
    }
}

/// The last description of an object of an org.
struct Newest {
    place: usize,
    described_at: DateTime<Utc>,
}

/// Reads the file of each site, one after the other: all at once are too much of a large fleet. Blocks.
pub(super) fn board(folder: &Path, mut sites: Vec<Looked>) -> FieldsBoard {
    let mut newest: BTreeMap<(OrgName, String), Newest> = BTreeMap::new();
    for (place, site) in sites.iter_mut().enumerate() {
        site.row.read = last(folder, &site.row.site, site.object.as_deref()).map(|fields| fields.brief());
        let Some((key, described_at)) = described(site) else { continue };
        let known = newest.entry(key).or_insert(Newest { place, described_at });
        if known.described_at < described_at {
            *known = Newest { place, described_at };
        }
    }
    for (key, Newest { place, described_at }) in newest {
        let older = |site: &Looked| described(site).is_some_and(|(of, at)| of == key && at < described_at);
        if !sites.iter().any(older) {
            continue;
        }
        let by = sites[place].row.site.clone();
        // It may have been written anew meanwhile; the next answer has it.
        let Some(seen) = last(folder, &by, Some(&key.1)) else { continue };
        for site in sites.iter_mut().filter(|site| older(site)) {
            let fields = last(folder, &site.row.site, Some(&key.1));
            site.row.later = fields.and_then(|fields| fields_later(&fields, &by, &seen));
        }
    }
    FieldsBoard { rows: sites.into_iter().map(|site| site.row).collect() }
}

/// Of which object of which org a site's fields are, and when that was described.
fn described(site: &Looked) -> Option<((OrgName, String), DateTime<Utc>)> {
    let read = site.row.read.as_ref()?;
    // Salesforce does not tell capitals apart.
    Some(((site.org.clone()?, read.object.as_str().to_ascii_lowercase()), read.described_at))
}
