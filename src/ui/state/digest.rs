//! What a frame shows of the fleet as a whole. All of it takes reading every line, so it is read once a picture, in
//! `update`, and never for a frame: with ten thousand sites that would be most of the time of a key.
//!
//! Uses `model` and `protocol` alone.

use crate::model::{Health, Holder, OrgBoard, OrgName, SiteName, SiteRow};
use crate::protocol::Picture;
use crate::ui::state::well::Well;
use std::collections::HashMap;

/// The newest picture in short.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    /// What is to be said where all is well.
    pub well: Option<Well>,
    /// The oldest approval of each full user, by the site that holds it.
    leavers: HashMap<SiteName, Leaver>,
    /// Places of the boards that have something to tell, the most troubled first, then by name.
    boards: Vec<usize>,
    /// Places of the sites of each org that are broken or warned of, the worst first.
    troubled: HashMap<OrgName, Vec<usize>>,
}

/// The site that holds a full user's oldest approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaver {
    /// Its first label, where that names no other site too; else its whole name.
    pub short: String,
    /// Whether a finding says that it leaves first.
    pub said: bool,
}

impl Digest {
    /// Reads `picture`.
    pub fn of(picture: &Picture) -> Self {
        Self {
            well: Well::of(picture),
            leavers: leavers(picture),
            boards: boards(picture),
            troubled: troubled(picture),
        }
    }

    /// The boards of `picture` of orgs that hold anything or refuse to tell, those first that claim attention most, then
    /// by name. `picture` is the one that was read.
    pub fn boards<'a>(&'a self, picture: &'a Picture) -> impl Iterator<Item = &'a OrgBoard> {
        self.boards.iter().filter_map(|place| picture.boards.get(*place)).map(AsRef::as_ref)
    }

    /// What is to be said of the site that holds a full user's oldest approval; none of any other.
    pub fn leaver(&self, name: &SiteName) -> Option<&Leaver> {
        self.leavers.get(name)
    }

    /// The lines of `picture` that are in trouble in `org`, the worst first, then by name. `picture` is the one that was
    /// read.
    pub fn troubled<'a>(&'a self, org: &OrgName, picture: &'a Picture) -> impl Iterator<Item = &'a SiteRow> {
        let places = self.troubled.get(org).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| picture.rows.get(*place)).map(AsRef::as_ref)
    }
}

fn leavers(picture: &Picture) -> HashMap<SiteName, Leaver> {
    let full = picture.boards.iter().flat_map(|board| {
        let limit = board.slot_limit;
        board.users.iter().filter(move |user| user.is_full(limit))
    });
    let mut leavers: HashMap<SiteName, Leaver> = full
        .filter_map(|user| match user.slots.first() {
            Some(Holder::Site { name }) => Some((name.clone(), Leaver { short: label(name).to_owned(), said: false })),
            _ => None,
        })
        .collect();
    let mut bearers: HashMap<String, usize> = leavers.values().map(|leaver| (leaver.short.clone(), 0)).collect();
    for row in picture.rows.iter() {
        if let Some(bearers) = bearers.get_mut(label(&row.name)) {
            *bearers += 1;
        }
        if let Some(leaver) = leavers.get_mut(&row.name) {
            leaver.said = row.slot.as_ref().is_some_and(|slot| slot.next_out);
        }
    }
    for (name, leaver) in &mut leavers {
        if bearers.get(&leaver.short).is_some_and(|bearers| *bearers > 1) {
            name.as_str().clone_into(&mut leaver.short);
        }
    }
    leavers
}

fn boards(picture: &Picture) -> Vec<usize> {
    let tells = |board: &OrgBoard| !board.users.is_empty() || board.refused.is_some() || board.failure.is_some();
    let boards = picture.boards.iter().enumerate().filter(|(_, board)| tells(board));
    let mut keyed: Vec<_> = boards.map(|(place, board)| (board.rank(), &board.name, place)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(.., place)| place).collect()
}

fn troubled(picture: &Picture) -> HashMap<OrgName, Vec<usize>> {
    let mut troubled: HashMap<OrgName, Vec<usize>> = HashMap::new();
    for (place, row) in picture.rows.iter().enumerate() {
        let Some(org) = row.org.as_ref().filter(|_| matches!(row.health, Health::Fail | Health::Warn)) else {
            continue;
        };
        match troubled.get_mut(org) {
            Some(places) => places.push(place),
            None => drop(troubled.insert(org.clone(), vec![place])),
        }
    }
    for places in troubled.values_mut() {
        places.sort_by_key(|place| picture.rows.get(*place).map(|row| (row.health.rank(), &row.name)));
    }
    troubled
}

fn label(name: &SiteName) -> &str {
    name.as_str().split('.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Rotation, Slot, UserBoard, UserFacts, UserId};
    use std::sync::Arc;

    fn row(name: &str, health: Health, next_out: bool) -> Arc<SiteRow> {
        let mut row = SiteRow::unseen(SiteName::new(name), name.into());
        row.org = Some(OrgName::new("acme"));
        row.health = health;
        row.slot = Some(Slot {
            position: Some(1),
            used: Some(1),
            limit: 1,
            approval_id: None,
            next_out,
            tied: false,
            shared: false,
        });
        Arc::new(row)
    }

    fn full(user: &str, name: &str) -> UserBoard {
        let slots = vec![Holder::Site { name: SiteName::new(name) }];
        UserBoard {
            id: UserId::parse(user).expect("an id"),
            name: user.into(),
            slots,
            used: Some(1),
            facts: UserFacts::default(),
        }
    }

    fn picture() -> Picture {
        let rows = vec![
            row("news.a.org", Health::Warn, true),
            row("shop.a.org", Health::Ok, false),
            row("shop.b.org", Health::Fail, false),
            row("tidy.b.org", Health::Warn, false),
        ];
        let mut board = OrgBoard::unknown("acme", "https://acme.example");
        board.slot_limit = 1;
        board.users = vec![
            full("005000000000001", "news.a.org"),
            full("005000000000002", "shop.b.org"),
            full("005000000000003", "gone.c.org"),
        ];
        Picture { rows: Arc::new(rows), boards: Arc::new(vec![Arc::new(board)]), ..Picture::default() }
    }

    #[test]
    fn who_leaves_first_is_named_shortly_where_that_names_no_other() {
        let digest = Digest::of(&picture());
        let leaver = |name: &str| digest.leaver(&SiteName::new(name)).map(|it| (it.short.as_str(), it.said));
        assert_eq!(leaver("news.a.org"), Some(("news", true)));
        assert_eq!(leaver("shop.b.org"), Some(("shop.b.org", false)), "there is another shop");
        assert_eq!(leaver("gone.c.org"), Some(("gone", false)), "a board may know a site that has no line");
        assert_eq!(leaver("tidy.b.org"), None);
    }

    #[test]
    fn boards_stand_by_what_claims_attention_and_silent_ones_not_at_all() {
        let board = |name: &str| OrgBoard::unknown(name, "https://acme.example");
        let with = |name: &str, used| OrgBoard {
            users: vec![UserBoard { used: Some(used), ..full("005000000000001", "news.a.org") }],
            ..board(name)
        };
        let rotates = OrgBoard { rotation: Rotation::On, ..with("delta", 1) };
        let boards = [with("acme", 1), board("beta"), with("gamma", 4), rotates];
        let picture = Picture { boards: Arc::new(boards.map(Arc::new).to_vec()), ..Picture::default() };
        let digest = Digest::of(&picture);
        let names: Vec<_> = digest.boards(&picture).map(|board| board.name.as_str()).collect();
        assert_eq!(names, ["delta", "gamma", "acme"]);
    }

    #[test]
    fn trouble_in_an_org_is_listed_the_worst_first() {
        let picture = picture();
        let digest = Digest::of(&picture);
        let troubled = |org: &str| -> Vec<String> {
            digest.troubled(&OrgName::new(org), &picture).map(|row| row.name.to_string()).collect()
        };
        assert_eq!(troubled("acme"), ["shop.b.org", "news.a.org", "tidy.b.org"]);
        assert!(troubled("other").is_empty());
    }
}
