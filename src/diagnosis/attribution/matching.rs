//! What follows from all sites of a user together: each token that works has an approval of its own, so a candidate that
//! would leave another site without one is none.
//!
//! A candidate holds if, with it given to the site, the others can still be given one each (a matching in a bipartite
//! graph, by augmenting paths: Kuhn's method). Uses nothing of ours but the ledger.

use super::Holder;

/// More tokens of one user than this are not looked at together: the work grows with the cube, and no user of whom anything
/// can be said holds so many.
const MOST: usize = 40;

/// A holder that works, of which but one candidate holds, and that candidate.
pub(super) fn only_way(holders: &[Holder], entries: usize) -> Option<(usize, usize)> {
    let open: Vec<usize> =
        (0..holders.len()).filter(|index| holders[*index].live && holders[*index].own.is_none()).collect();
    if open.len() < 2 || open.len() > MOST {
        return None;
    }
    let wishes: Vec<&[usize]> = open.iter().map(|index| &holders[*index].can[..]).collect();
    // Where they can not all be served, something that is believed is not so, and nothing follows.
    if !served(&wishes, entries, None) {
        return None;
    }
    open.iter().enumerate().find_map(|(place, index)| {
        let mut ways = wishes[place].iter().filter(|entry| served(&wishes, entries, Some((place, **entry))));
        match (ways.next(), ways.next()) {
            (Some(entry), None) => Some((*index, *entry)),
            _ => None,
        }
    })
}

/// Whether everybody gets an entry of its wishes, with one of them given beforehand.
fn served(wishes: &[&[usize]], entries: usize, given: Option<(usize, usize)>) -> bool {
    let mut owner: Vec<Option<usize>> = vec![None; entries];
    if let Some((place, entry)) = given {
        owner[entry] = Some(place);
    }
    let fixed = given.map(|(_, entry)| entry);
    (0..wishes.len()).filter(|place| given.is_none_or(|(given, _)| given != *place)).all(|place| {
        let mut asked = vec![false; entries];
        if let Some(fixed) = fixed {
            asked[fixed] = true;
        }
        serve(place, wishes, &mut owner, &mut asked)
    })
}

/// Gives `place` one of its wishes, moving others where they have another.
fn serve(place: usize, wishes: &[&[usize]], owner: &mut [Option<usize>], asked: &mut [bool]) -> bool {
    for &entry in wishes[place] {
        if std::mem::replace(&mut asked[entry], true) {
            continue;
        }
        if owner[entry].is_none_or(|other| serve(other, wishes, owner, asked)) {
            owner[entry] = Some(place);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::standing::Standing;
    use proptest::prelude::*;

    fn holders(wishes: &[Vec<usize>]) -> Vec<Holder<'static>> {
        let holder = |can: &Vec<usize>| Holder {
            sites: Vec::new(),
            token: None,
            standing: Standing::Clear,
            connected: true,
            live: true,
            can: can.clone(),
            own: None,
        };
        wishes.iter().map(holder).collect()
    }

    #[test]
    fn who_has_but_two_leaves_the_third_the_rest() {
        assert_eq!(only_way(&holders(&[vec![0, 1], vec![0, 1], vec![0, 1, 2]]), 3), Some((2, 2)));
        assert_eq!(only_way(&holders(&[vec![0, 1], vec![0, 1]]), 2), None);
        assert_eq!(only_way(&holders(&[vec![0], vec![0], vec![0, 1]]), 2), None, "two can not have one");
    }

    fn assignments(wishes: &[Vec<usize>], taken: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
        if taken.len() == wishes.len() {
            found.push(taken.clone());
            return;
        }
        for &entry in &wishes[taken.len()] {
            if !taken.contains(&entry) {
                taken.push(entry);
                assignments(wishes, taken, found);
                taken.pop();
            }
        }
    }

    proptest! {
        #[test]
        fn what_it_says_is_so_in_every_assignment(
            wishes in proptest::collection::vec(proptest::collection::btree_set(0usize..5, 1..5), 2..5),
        ) {
            let wishes: Vec<Vec<usize>> = wishes.into_iter().map(|one| one.into_iter().collect()).collect();
            let mut all = Vec::new();
            assignments(&wishes, &mut Vec::new(), &mut all);
            let forced = |place: usize| {
                let mut entries: Vec<usize> = all.iter().map(|one| one[place]).collect();
                entries.dedup();
                entries.sort_unstable();
                entries.dedup();
                (entries.len() == 1).then(|| entries[0])
            };
            match only_way(&holders(&wishes), 5) {
                Some((place, entry)) => prop_assert_eq!(forced(place), Some(entry)),
                None => prop_assert!(all.is_empty() || (0..wishes.len()).all(|place| forced(place).is_none())),
            }
        }
    }
}
