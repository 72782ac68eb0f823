//! The audit's head: number and code of the last line, sealed with the installation's key, in a file beside the audit. Who
//! cuts the end off has to have kept an older head, or the system's log has a newer one.

use super::{Last, code, share};
use crate::model::sharing;
use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// There is none.
    Missing,
    /// It is not one that was written here.
    Foreign,
    /// The last line.
    Is(Last),
}

#[derive(Serialize, Deserialize)]
struct Written {
    number: u64,
    code: String,
    seal: String,
}

/// The file.
pub(super) struct HeadFile {
    path: PathBuf,
}

impl HeadFile {
    /// The one of this audit.
    pub(super) fn beside(audit: &Path) -> Self {
        Self { path: audit.with_extension("head") }
    }

    pub(super) fn read(&self, key: &hmac::Key) -> io::Result<Head> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Head::Missing),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(Head::Foreign),
            Err(error) => return Err(error),
        };
        let written = serde_json::from_str::<Written>(&text).ok();
        let ours = written.filter(|written| written.seal == seal(key, written.number, &written.code));
        Ok(ours.map_or(Head::Foreign, |written| Head::Is(Last { number: written.number, code: written.code })))
    }

    /// Puts a head in the place of the one before, as a whole or not at all.
    pub(super) fn write(&self, key: &hmac::Key, head: &Last) -> io::Result<()> {
        let written =
            Written { number: head.number, code: head.code.clone(), seal: seal(key, head.number, &head.code) };
        let text = serde_json::to_string(&written).map_err(io::Error::other)?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        // Whoever writes has the audit's lock, so one of these is enough; one that a process left behind is in nobody's way.
        let new = self.path.with_extension("head.new");
        let _ = std::fs::remove_file(&new);
        let made =
            OpenOptions::new().write(true).create_new(true).mode(sharing::OWN).open(&new).and_then(|mut file| {
                share(&file, folder)?;
                file.write_all(format!("{text}\n").as_bytes())?;
                file.sync_all()
            });
        let made = made.and_then(|()| std::fs::rename(&new, &self.path));
        if made.is_err() {
            let _ = std::fs::remove_file(&new);
            return made;
        }
        // The head is there. Where its name can not be synced an older one may come back, and that is said as what it is: a
        // line that the head does not name.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

fn seal(key: &hmac::Key, number: u64, of: &str) -> String {
    code(key, &format!("head {number} {of}"))
}
