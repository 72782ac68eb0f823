//! What is to be said of a fleet in which all is well: how fresh that is known, and what comes next.
//!
//! Uses `model` and `protocol` alone. Computed in `update` when the picture changes, since it reads every line.

use crate::model::{Expiry, Health, Origin, SiteName};
use crate::protocol::Picture;
use chrono::{DateTime, Utc};

/// A fleet in which no counted site is anything but OK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Well {
    /// Sites that are OK.
    pub sites: usize,
    /// The oldest of their newest proofs.
    pub proved_since: Option<DateTime<Utc>>,
    /// Whose refresh token ends next, when, and who says so.
    pub ends: Option<(SiteName, DateTime<Utc>, Origin)>,
    /// Users who hold as many approvals as they may; none where no org lists them.
    pub full_users: Option<usize>,
}

impl Well {
    /// What holds of `picture`, if all is well in it. Of a picture that is read in part nobody knows.
    pub fn of(picture: &Picture) -> Option<Self> {
        let counts = picture.counts;
        let ill = counts.fail + counts.warn + counts.old + counts.unkn + counts.off;
        if picture.partial || ill > 0 || counts.ok == 0 {
            return None;
        }
        let well = || picture.rows.iter().filter(|row| row.health == Health::Ok);
        let ends = well().filter_map(|row| match row.refresh_token {
            Expiry::At { at, origin } => Some((row.name.clone(), at, origin)),
            _ => None,
        });
        let listed = || picture.boards.iter().filter(|board| board.refused.is_none());
        let full =
            |board: &crate::model::OrgBoard| board.users.iter().filter(|user| user.is_full(board.slot_limit)).count();
        Some(Self {
            sites: counts.ok,
            proved_since: well().filter_map(|row| row.proof_at).min(),
            ends: ends.min_by_key(|(_, at, _)| *at),
            full_users: listed().next().is_some().then(|| listed().map(|board| full(board)).sum()),
        })
    }
}
