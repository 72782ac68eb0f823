//! A fleet to score attribution on: sites of one kind of traffic, put on users so that much could be confused. Pure.

use super::{Irregular, OrgEntry, SiteEntry};
use crate::sim::story::Story;

/// How many approvals users hold, over and over: a full user is what matters most.
const GROUPS: [usize; 8] = [4, 2, 3, 4, 1, 3, 4, 2];

/// Entries for so many sites that fusebox is told of, and the strangers beside them.
pub(super) fn entries(terms: &Irregular, sites: usize, orgs: &[OrgEntry]) -> Vec<SiteEntry> {
    let mut entries = Vec::new();
    let (mut told, mut approvals, mut user) = (0, 0, 0);
    while told < sites && !orgs.is_empty() {
        let org = &orgs[user % orgs.len()].name;
        for _ in 0..GROUPS[user % GROUPS.len()] {
            approvals += 1;
            let stranger = approvals % terms.stranger_every.max(2) == 0;
            let key = format!("approval-{approvals}");
            entries.push(SiteEntry {
                story: if stranger { Story::Stranger } else { Story::Irregular },
                org: Some(org.clone()),
                user: Some(format!("web{user}")),
                key: Some(key.clone()),
                copy_of: None,
            });
            told += usize::from(!stranger);
            if !stranger && approvals % terms.clone_every.max(2) == 1 {
                let copy_of = Some(key);
                entries.push(SiteEntry { story: Story::Clone, org: None, user: None, key: None, copy_of });
                told += 1;
            }
        }
        user += 1;
    }
    entries
}
