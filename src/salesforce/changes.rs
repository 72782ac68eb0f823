//! A long list of approvals is not read again where a short one says the same: what changed since the newest time in it,
//! and how many there are now. Pure. Uses `model` alone.
//!
//! `OauthToken` comes in pages of 500, so that a list of thousands costs several calls, and a quiet org would be asked
//! for the same rows every minute.

use crate::model::{Approval, OrgId};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Lists up to this length come with the look's one call.
pub(super) const ONE_PAGE: usize = 500;

/// The approvals of the app as the last look saw them: all of them, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownApprovals {
    /// The org that lists them.
    pub org: OrgId,
    /// The list.
    pub approvals: Vec<Approval>,
}

impl KnownApprovals {
    /// The newest time in a list that is too long for one call, by the org's clock: whatever is made or used later is
    /// dated to then or after.
    pub(super) fn newest(&self) -> Option<DateTime<Utc>> {
        let times = |row: &Approval| row.last_used_at.max(Some(row.created_at));
        (self.approvals.len() > ONE_PAGE).then(|| self.approvals.iter().filter_map(times).max()).flatten()
    }

    /// The list now: what is known with `changed` in its place, if that makes `counted`. Nothing where it does not, or
    /// where a row could be one of several (made by one user in the same moment): then the list has to be read whole.
    pub(super) fn merged(&self, changed: Vec<Approval>, counted: u64) -> Option<Vec<Approval>> {
        let mut merged: BTreeMap<_, Vec<Approval>> = BTreeMap::new();
        for row in &self.approvals {
            merged.entry((row.created_at, row.user.clone())).or_default().push(row.clone());
        }
        for row in changed {
            let place = merged.entry((row.created_at, row.user.clone())).or_default();
            match place.as_mut_slice() {
                [] => place.push(row),
                [known] if known.id == row.id => *known = row,
                _ => return None,
            }
        }
        let merged: Vec<Approval> = merged.into_values().flatten().collect();
        (u64::try_from(merged.len()) == Ok(counted)).then_some(merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;
    use crate::model::approval::approval_id;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn org() -> OrgId {
        OrgId::parse("00D5g000000ORGE").expect("an org id")
    }

    fn approval(user: u32, created: i64, last_use: Option<i64>, ordinal: u32) -> Approval {
        let at = |minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let user = UserId::parse(&format!("0055g0000{user:06}")).expect("a user id");
        let id = approval_id(&org(), &user, "app", at(created), ordinal);
        Approval { id, user, app: "app".into(), created_at: at(created), last_used_at: last_use.map(at), use_count: 1 }
    }

    fn known(approvals: Vec<Approval>) -> KnownApprovals {
        KnownApprovals { org: org(), approvals }
    }

    #[test]
    fn short_lists_are_read_whole() {
        let one = known((0..500).map(|n| approval(n, 0, None, 0)).collect());
        assert_eq!(one.newest(), None);
        let more = known((0..501).map(|n| approval(n, i64::from(n), Some(7), 0)).collect());
        assert_eq!(more.newest(), Some(DateTime::UNIX_EPOCH + TimeDelta::minutes(500)));
    }

    #[test]
    fn a_row_that_could_be_another_is_not_guessed() {
        let twins = known(vec![approval(1, 5, None, 0), approval(1, 5, None, 1)]);
        assert_eq!(twins.merged(vec![approval(1, 5, Some(9), 0)], 2), None);
        assert_eq!(twins.merged(Vec::new(), 2).map(|rows| rows.len()), Some(2));
        let one = known(vec![approval(1, 5, None, 0)]);
        assert_eq!(one.merged(vec![approval(1, 5, Some(9), 0), approval(1, 5, None, 1)], 2), None);
    }

    proptest! {
        /// Whatever happens between two looks, the merged list is the list, or none.
        #[test]
        fn the_merged_list_is_the_list(
            before in proptest::collection::vec((0u32..4, 0i64..6), 0..20),
            removed in proptest::collection::vec(any::<prop::sample::Index>(), 0..3),
            used in proptest::collection::vec(any::<prop::sample::Index>(), 0..3),
            made in proptest::collection::vec((0u32..4, 6i64..9), 0..3),
        ) {
            let listed = |rows: &[(u32, i64, Option<i64>)]| -> Vec<Approval> {
                let mut seen: BTreeMap<(u32, i64), u32> = BTreeMap::new();
                let mut rows: Vec<Approval> = rows.iter().map(|(user, created, used)| {
                    let ordinal = seen.entry((*user, *created)).or_default();
                    *ordinal += 1;
                    approval(*user, *created, *used, *ordinal - 1)
                }).collect();
                rows.sort_by(|a, b| (a.created_at, &a.user).cmp(&(b.created_at, &b.user)));
                rows
            };
            let mut rows: Vec<_> = before.into_iter().map(|(user, created)| (user, created, None)).collect();
            let was = known(listed(&rows));
            let since = 6;
            for index in removed {
                if !rows.is_empty() {
                    rows.remove(index.index(rows.len()));
                }
            }
            for index in used {
                if !rows.is_empty() {
                    let at = index.index(rows.len());
                    rows[at].2 = Some(since);
                }
            }
            rows.extend(made.into_iter().map(|(user, created)| (user, created, None)));
            let now = listed(&rows);
            let moved: Vec<_> = rows.iter().copied()
                .filter(|(_, created, used)| *created >= since || used.is_some_and(|at| at >= since)).collect();
            let counted = u64::try_from(now.len()).expect("few");
            if let Some(merged) = was.merged(listed(&moved), counted) {
                prop_assert_eq!(merged.len(), now.len());
                let ids = |rows: &[Approval]| rows.iter().map(|row| row.id).collect::<std::collections::BTreeSet<_>>();
                // One of two twins that left can not be told from the other; their names go by order alone.
                let twins = was.approvals.windows(2).any(|two| (two[0].created_at, &two[0].user) == (two[1].created_at, &two[1].user));
                prop_assert!(twins || ids(&merged) == ids(&now));
            }
        }
    }
}
