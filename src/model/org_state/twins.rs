//! Approvals that were made in one second have nothing of their own but what counts up, and an org may list them in either
//! order. Uses `model::approval`.

use crate::model::{Approval, ApprovalId};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// More approvals of one second than this are not told apart: the ways to do so are too many to try.
const MOST: usize = 6;

/// The rows of a look, under the ids by which the look before knew them.
pub(super) struct Told {
    /// The rows.
    pub(super) rows: Vec<Approval>,
    /// Approvals of the look before of which it can not be told which row goes on with them, or whether any does: what was
    /// known of one may be another's.
    pub(super) doubtful: BTreeSet<ApprovalId>,
}

/// Finds `known`, the rows of the look before, again among `rows`. What was used after `since` (the look before, by the
/// org's clock) moved in count and in date; what was not stands still in both; counts never go down.
pub(super) fn told_apart(known: &[Approval], rows: &[Approval], since: DateTime<Utc>) -> Told {
    let mut told = Told { rows: rows.to_vec(), doubtful: BTreeSet::new() };
    let alike = |a: &Approval, b: &Approval| a.created_at == b.created_at && a.app == b.app;
    for index in 0..rows.len() {
        let twins: Vec<usize> = (0..rows.len()).filter(|other| alike(&rows[*other], &rows[index])).collect();
        let former: Vec<&Approval> = known.iter().filter(|was| alike(was, &rows[index])).collect();
        match (&twins[..], &former[..]) {
            // Alone now, and perhaps not always: its place in the list may once have been another's.
            ([row], [was]) => told.rows[*row].id = was.id,
            ([first, ..], [_, ..]) if *first == index => name(&mut told, &twins, &former, since),
            _ => {}
        }
    }
    told
}

/// Gives each of `twins` the id of the one of `former` that it goes on with, and the others ids that are left.
fn name(told: &mut Told, twins: &[usize], former: &[&Approval], since: DateTime<Utc>) {
    let rows = &mut told.rows;
    let own: Vec<ApprovalId> = twins.iter().map(|twin| rows[*twin].id).collect();
    let ways = if twins.len().max(former.len()) > MOST {
        told.doubtful.extend(former.iter().map(|was| was.id));
        Vec::new()
    } else {
        let fits = |twin: usize, was: usize| goes_on(former[was], &rows[twins[twin]], since);
        ways(twins.len(), former.len(), &fits)
    };
    // Of several ways any is as good as another, and nothing is leaned on in which they differ.
    let first = ways.first().cloned().unwrap_or_else(|| vec![None; twins.len()]);
    for (was, approval) in former.iter().enumerate() {
        let place = |way: &Vec<Option<usize>>| way.iter().position(|of| *of == Some(was));
        if ways.iter().any(|way| place(way) != place(&first)) {
            told.doubtful.insert(approval.id);
        }
    }
    let mut ids: Vec<Option<ApprovalId>> = first.iter().map(|was| was.map(|was| former[was].id)).collect();
    for (place, twin) in twins.iter().enumerate() {
        let free = || own.iter().find(|id| !ids.contains(&Some(**id))).copied();
        if let Some(id) = ids[place].or_else(free) {
            ids[place] = Some(id);
            rows[*twin].id = id;
        }
    }
}

/// Whether `is` may be `was` one look later.
fn goes_on(was: &Approval, is: &Approval, since: DateTime<Utc>) -> bool {
    let still = is.use_count == was.use_count && is.last_used_at == was.last_used_at;
    let moved = is.use_count > was.use_count && is.last_used_at.is_some_and(|used| used >= since);
    still || moved
}

/// All ways to find as many as possible of `former` again among `rows`: for each row which one it goes on with.
fn ways(rows: usize, former: usize, fits: &impl Fn(usize, usize) -> bool) -> Vec<Vec<Option<usize>>> {
    let mut all: Vec<Vec<Option<usize>>> = vec![Vec::new()];
    for row in 0..rows {
        let longer = all.iter().flat_map(|way| {
            let free = (0..former).filter(|was| !way.contains(&Some(*was)) && fits(row, *was)).map(Some);
            free.chain([None]).map(|next| [way.as_slice(), &[next]].concat()).collect::<Vec<_>>()
        });
        all = longer.collect();
    }
    let found = |way: &Vec<Option<usize>>| way.iter().flatten().count();
    let most = all.iter().map(found).max().unwrap_or(0);
    all.retain(|way| found(way) == most);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::approval::approval_id;
    use crate::model::{OrgId, UserId};
    use chrono::TimeDelta;

    fn at(minutes: u32) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(i64::from(minutes))
    }

    /// Approvals of one second, each by its count and the minute of its last use, in the order of a list.
    fn rows(told: &[(u32, u32)]) -> Vec<Approval> {
        let user = UserId::parse("0055g000000USER").expect("a user id");
        let org = OrgId::parse("00D5g000000ORGE").expect("an org id");
        let row = |(ordinal, (count, used)): (u32, &(u32, u32))| Approval {
            id: approval_id(&org, &user, "app", at(0), ordinal),
            user: user.clone(),
            app: "app".into(),
            created_at: at(0),
            last_used_at: (*count > 0).then(|| at(*used)),
            use_count: *count,
        };
        (0..).zip(told).map(row).collect()
    }

    /// After `before`, seen in minute 100, a list comes as `then`: the count under each id that was known, and whether that
    /// is in doubt.
    fn continued(before: &[(u32, u32)], then: &[(u32, u32)]) -> Vec<(Option<u32>, bool)> {
        let known = rows(before);
        let told = told_apart(&known, &rows(then), at(100));
        let ids: BTreeSet<_> = told.rows.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), told.rows.len(), "no id twice");
        let count = |was: &Approval| told.rows.iter().find(|is| is.id == was.id).map(|is| is.use_count);
        known.iter().map(|was| (count(was), told.doubtful.contains(&was.id))).collect()
    }

    #[test]
    fn the_order_of_a_list_tells_nothing_and_counts_do() {
        let sure = |count| (Some(count), false);
        assert_eq!(continued(&[(5, 50), (9, 90)], &[(9, 90), (5, 50)]), [sure(5), sure(9)]);
        assert_eq!(continued(&[(5, 50), (9, 90)], &[(10, 110), (5, 50)]), [sure(5), sure(10)]);
        assert_eq!(continued(&[(5, 50), (9, 90)], &[(6, 110), (9, 90)]), [sure(6), sure(9)]);
        assert_eq!(continued(&[(5, 50), (9, 90)], &[(9, 90)]), [(None, false), sure(9)], "the first left");
        assert_eq!(continued(&[(5, 50), (9, 90)], &[(0, 0), (9, 90), (5, 50)]), [sure(5), sure(9)], "a third came");
        assert_eq!(
            continued(&[(9, 50), (9, 90)], &[(10, 110), (9, 50)]),
            [sure(9), sure(10)],
            "told by the date alone"
        );
    }

    #[test]
    fn what_is_left_alone_stays_itself_look_after_look() {
        let known = rows(&[(5, 50), (9, 90)]);
        let mut left = told_apart(&known, &rows(&[(9, 90)]), at(100)).rows;
        for then in [(9, 90), (10, 110), (12, 150)] {
            assert_eq!(left[0].id, known[1].id, "the list names it as it named the one that left");
            left = told_apart(&left, &rows(&[then]), at(100)).rows;
        }
        assert_eq!(left[0].id, known[1].id);
    }

    #[test]
    fn where_both_may_have_moved_either_way_nothing_is_sure() {
        let both = |then: &[(u32, u32)]| continued(&[(10, 50), (11, 60)], then);
        assert!(both(&[(11, 110), (12, 120)]).iter().all(|(_, doubtful)| !doubtful), "11 is not 11 with another date");
        assert!(both(&[(12, 110), (13, 120)]).iter().all(|(_, doubtful)| *doubtful));
        assert!(continued(&[(9, 50), (9, 60)], &[(10, 110), (10, 120)]).iter().all(|(_, doubtful)| *doubtful));
        assert!(
            continued(&[(9, 50), (10, 60)], &[(11, 110)]).iter().all(|(_, doubtful)| *doubtful),
            "one of them left"
        );
        let never = continued(&[(0, 0), (0, 0)], &[(0, 0)]);
        assert!(never.iter().all(|(_, doubtful)| *doubtful), "which one left is not to be seen");
        let unused = continued(&[(0, 0), (0, 0)], &[(0, 0), (1, 110)]);
        assert!(unused.iter().all(|(_, doubtful)| *doubtful), "one of two moved, and nobody knows which");
        let many = [(3, 50); MOST + 1];
        assert!(continued(&many, &many).iter().all(|(_, doubtful)| *doubtful));
    }
}
