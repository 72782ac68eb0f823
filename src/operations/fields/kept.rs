//! What was told of fields, in the state's folder: a file for each org and object, and one for each site. No secret stands in them.
//! A file that can not be read is one that is not there: it is asked for anew.

use crate::model::{OrgName, SiteFields, SiteName, sharing};
use crate::salesforce::Described;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The largest file that is read: what the largest answer of an org becomes is smaller.
const LARGEST: u64 = 16 * 1024 * 1024;

/// What an org told of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    /// When the org last said that it is so.
    pub(super) checked_at: DateTime<Utc>,
    pub(super) described: Described,
}

/// The files in one folder.
pub(super) struct Kept<'a> {
    folder: &'a Path,
}

impl<'a> Kept<'a> {
    pub(super) fn new(folder: &'a Path) -> Self {
        Self { folder }
    }

    pub(super) fn described(&self, org: &OrgName, object: &str) -> Option<Known> {
        read(&self.of_org(org, object))
    }

    pub(super) fn keep_described(&self, org: &OrgName, object: &str, known: &Known) -> Result<(), String> {
        self.keep(&self.of_org(org, object), known)
    }

    pub(super) fn fields(&self, site: &SiteName) -> Option<SiteFields> {
        read(&self.of_site(site))
    }

    /// Without what a mapping is not held against: an org's own file has it.
    pub(super) fn keep_fields(&self, site: &SiteName, fields: &SiteFields) -> Result<(), String> {
        let mut fields = fields.clone();
        fields.description.fields.iter_mut().for_each(|field| field.more = None);
        self.keep(&self.of_site(site), &fields)
    }

    fn of_org(&self, org: &OrgName, object: &str) -> PathBuf {
        self.folder.join(format!("fields-org-{}-{}.json", plain(org.as_str()), object.to_ascii_lowercase()))
    }

    fn of_site(&self, site: &SiteName) -> PathBuf {
        self.folder.join(format!("fields-site-{}.json", plain(site.as_str())))
    }

    /// The old file or the new one, and nothing between; of the mode that the folder asks for.
    fn keep(&self, path: &Path, what: &impl Serialize) -> Result<(), String> {
        let temporary = path.with_extension(format!("{}-{:08x}.new", std::process::id(), fastrand::u32(..)));
        let written = serde_json::to_vec(what).map_err(io::Error::from).and_then(|text| {
            DirBuilder::new().recursive(true).mode(0o700).create(self.folder)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(sharing::OWN).open(&temporary)?;
            let (folder, group) = (fs::metadata(self.folder)?, file.metadata()?.gid());
            match sharing::file_mode(folder.mode(), folder.gid(), group) {
                sharing::OWN => {}
                mode => file.set_permissions(Permissions::from_mode(mode))?,
            }
            file.write_all(&text)?;
            fs::rename(&temporary, path)
        });
        if written.is_err() {
            // Not there, or named by the error.
            let _ = fs::remove_file(&temporary);
        }
        written.map_err(|error| format!("{} can not be written: {error}", path.display()))
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let mut text = Vec::new();
    File::open(path).ok()?.take(LARGEST).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// A name as a part of a file's: a slash in it leads nowhere.
fn plain(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SeenBy;
    use crate::model::fields::{Description, Mapping};
    use std::collections::BTreeMap;

    fn fields() -> SiteFields {
        let (mapped, required, read_only) = (Vec::new(), Vec::new(), Vec::new());
        SiteFields {
            mapping: Mapping { mapped, required, read_only, contact_ids: BTreeMap::new() },
            mapping_seen_at: DateTime::UNIX_EPOCH,
            description: Description { object: "Contact".into(), fields: Vec::new() },
            described_at: DateTime::UNIX_EPOCH,
            by: SeenBy::Fusebox(OrgName::new("acme")),
        }
    }

    #[test]
    fn what_is_kept_is_read_again_and_nobody_else_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        let (kept, site) = (Kept::new(&state), SiteName::new("../shop"));
        assert_eq!(kept.fields(&site), None);
        kept.keep_fields(&site, &fields()).expect("kept");
        kept.keep_fields(&site, &fields()).expect("kept in the place of the first");
        assert_eq!(kept.fields(&site), Some(fields()));
        let files: Vec<_> = fs::read_dir(&state).expect("the folder").map(|file| file.expect("a file")).collect();
        assert_eq!(files.len(), 1, "nothing else, and nothing elsewhere");
        assert_eq!(files[0].metadata().expect("the file").mode() & 0o777, 0o600);
        fs::write(files[0].path(), "{\"mapping\":").expect("half a file");
        assert_eq!(kept.fields(&site), None);
    }

    #[test]
    fn a_group_that_shares_the_folder_shares_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::set_permissions(folder.path(), Permissions::from_mode(0o2770)).expect("a mode");
        let kept = Kept::new(folder.path());
        kept.keep_fields(&SiteName::new("shop"), &fields()).expect("kept");
        let file = fs::metadata(kept.of_site(&SiteName::new("shop"))).expect("the file");
        assert_eq!(file.mode() & 0o777, 0o660);
    }
}
