//! Approvals that were made in one second have nothing of their own but what counts up, and an org may list them in either
//! order. Uses `model::approval`.

use crate::model::Approval;

/// The rows of a look with the ids by which the look before knew them: among those made in one second, the one that did
/// not move stays itself, and of those that moved each is the one that it moved least from. Counts never go down.
pub(super) fn told_apart(known: &[Approval], rows: &[Approval]) -> Vec<Approval> {
    let mut rows = rows.to_vec();
    let alike = |a: &Approval, b: &Approval| a.created_at == b.created_at && a.app == b.app;
    for index in 0..rows.len() {
        let first = rows.iter().position(|row| alike(row, &rows[index])).unwrap_or(index);
        let twins: Vec<usize> = (first..rows.len()).filter(|other| alike(&rows[*other], &rows[first])).collect();
        let former: Vec<&Approval> = known.iter().filter(|was| alike(was, &rows[first])).collect();
        if first != index || twins.len().max(former.len()) < 2 {
            continue;
        }
        name(&mut rows, &twins, &former);
    }
    rows
}

/// Gives each of `twins` the id of the one of `former` that it continues, and the others ids that are left.
fn name(rows: &mut [Approval], twins: &[usize], former: &[&Approval]) {
    let mut pairs: Vec<(u32, usize, usize)> = Vec::new();
    for (place, twin) in twins.iter().enumerate() {
        for (other, was) in former.iter().enumerate() {
            let is = &rows[*twin];
            // A count that went up left a later date, and one that stands still the same.
            let moved = is.use_count.cmp(&was.use_count);
            if moved.is_ge() && moved == is.last_used_at.cmp(&was.last_used_at) {
                pairs.push((is.use_count - was.use_count, place, other));
            }
        }
    }
    // The least move first; where two moves are alike, the order of the list is as good as any.
    pairs.sort_unstable();
    let mut ids = vec![None; twins.len()];
    let mut taken = vec![false; former.len()];
    for (_, place, other) in pairs {
        if ids[place].is_none() && !taken[other] {
            (ids[place], taken[other]) = (Some(former[other].id), true);
        }
    }
    let own: Vec<_> = twins.iter().map(|twin| rows[*twin].id).collect();
    for (place, twin) in twins.iter().enumerate() {
        let free = || own.iter().find(|id| !ids.contains(&Some(**id))).copied();
        if let Some(id) = ids[place].or_else(free) {
            ids[place] = Some(id);
            rows[*twin].id = id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::approval::approval_id;
    use crate::model::{OrgId, UserId};
    use chrono::{DateTime, TimeDelta};

    /// Approvals of one second, by count, in the order of a list.
    fn rows(counts: &[u32]) -> Vec<Approval> {
        let user = UserId::parse("0055g000000USER").expect("a user id");
        let org = OrgId::parse("00D5g000000ORGE").expect("an org id");
        let made = DateTime::UNIX_EPOCH;
        let row = |(ordinal, count): (u32, &u32)| Approval {
            id: approval_id(&org, &user, "app", made, ordinal),
            user: user.clone(),
            app: "app".into(),
            created_at: made,
            last_used_at: (*count > 0).then(|| made + TimeDelta::minutes(i64::from(*count))),
            use_count: *count,
        };
        (0..).zip(counts).map(row).collect()
    }

    /// After `before` a list comes as `counts`: the count under each of the ids that were known, then the new ones.
    fn continued(before: &[u32], counts: &[u32]) -> Vec<Option<u32>> {
        let known = rows(before);
        let told = told_apart(&known, &rows(counts));
        let ids: std::collections::BTreeSet<_> = told.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), told.len(), "no id twice");
        known.iter().map(|was| told.iter().find(|is| is.id == was.id).map(|is| is.use_count)).collect()
    }

    #[test]
    fn the_order_of_a_list_tells_nothing_and_counts_do() {
        assert_eq!(continued(&[5, 9], &[9, 5]), [Some(5), Some(9)]);
        assert_eq!(continued(&[5, 9], &[10, 5]), [Some(5), Some(10)]);
        assert_eq!(continued(&[5, 9], &[6, 9]), [Some(6), Some(9)]);
        assert_eq!(continued(&[10, 11], &[11, 12]).into_iter().flatten().count(), 2, "both moved");
        assert_eq!(continued(&[5, 9], &[9]), [None, Some(9)], "the first left");
        assert_eq!(continued(&[5, 9], &[0, 9, 5]), [Some(5), Some(9)], "a third came");
        assert_eq!(continued(&[0], &[0, 0]).len(), 1);
    }
}
