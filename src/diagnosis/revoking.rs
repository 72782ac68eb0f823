//! Whether an approval may be revoked, and what is lost with it. Pure. Uses `model` and the ledger's slots.

use super::ledger::Roster;
use crate::model::{ApprovalId, Clean, Fleet, OrgName, Revocable, Settings, SiteName, UserId};
use chrono::{DateTime, Utc};

/// Digits of an approval's name that are taken for it: as many as are shown.
const FEWEST_DIGITS: usize = 8;

/// Why an approval is not revoked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Irrevocable {
    /// What was given names no approval, or not one.
    #[error("{0}")]
    NotNamed(String),
    /// Nobody can tell which one it would be, or what it would cost.
    #[error("refused: {0}")]
    Refused(String),
}

/// The one listed approval whose name begins so, with its org and its user.
pub fn named_approval(fleet: &Fleet, named: &str) -> Result<(OrgName, UserId, ApprovalId), Irrevocable> {
    let not_named = |why: String| Err(Irrevocable::NotNamed(why));
    let named = named.trim().to_ascii_lowercase();
    if named.len() < FEWEST_DIGITS || !named.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return not_named(format!(
            "{:?} names no approval: {FEWEST_DIGITS} hexadecimal digits or more are wanted, as fusebox tokens shows them",
            Clean::new(&named).as_str()
        ));
    }
    let listed =
        fleet.orgs().flat_map(|org| org.approvals.values().flat_map(|rows| &rows.value).map(move |row| (org, row)));
    let found: Vec<_> = listed.filter(|(_, row)| row.id.to_string().starts_with(&named)).collect();
    match found[..] {
        [] => not_named(format!("no approval that is listed now begins with {named}")),
        [(org, row)] => Ok((org.name.clone(), row.user.clone(), row.id)),
        ref several => {
            let ids: Vec<String> = several.iter().map(|(_, row)| row.id.to_string()).collect();
            not_named(format!("{} approvals begin with {named}: {}", several.len(), ids.join(", ")))
        }
    }
}

/// Judges by what is known at `now`; the org is to be looked at before, and the sites of the user.
pub fn revocable(
    fleet: &Fleet,
    settings: &Settings,
    org: &OrgName,
    id: ApprovalId,
    now: DateTime<Utc>,
) -> Result<Revocable, Irrevocable> {
    let refused = |why: String| Err(Irrevocable::Refused(why));
    let gone = || Irrevocable::NotNamed(format!("approval {} is not listed in org {org} any more", id.short()));
    let roster = Roster::new(fleet, settings, org, now).ok_or_else(gone)?;
    if !roster.org.lists_all_approvals() {
        return refused(format!(
            "org {org} does not list all approvals to fusebox (it needs \"Customize Application\"), so what would be lost is not known"
        ));
    }
    let of_user =
        roster.users.iter().find_map(|user| Some((user, user.held.iter().find(|held| held.approval_id == id)?)));
    let (user, held) = of_user.ok_or_else(gone)?;
    let approval = roster.org.approvals_of(&user.id).iter().find(|row| row.id == id).ok_or_else(gone)?;
    if held.tied {
        return refused(format!(
            "another approval of {} was made in the same second as {}, and which of the two a revocation would meet can not be told",
            user.name,
            id.short()
        ));
    }
    Ok(Revocable {
        org: org.clone(),
        user: user.id.clone(),
        user_name: user.name.clone(),
        approval: approval.clone(),
        held: held.clone(),
        loss: held.whose.loss(|_: &SiteName| false),
        seen_at: roster.seen_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::fixture::{DAY, Scene, acme, at, full, id, scene, sites};
    use crate::model::org::Coverage;
    use crate::model::{SlotLoss, Whose};

    fn judged(scene: &Scene, created: i64) -> Result<Revocable, Irrevocable> {
        revocable(&scene.fleet, &scene.settings, &OrgName::new("acme"), id(1, created), at(1))
    }

    #[test]
    fn what_is_left_behind_costs_nothing_and_what_is_held_costs_its_sites() {
        let orphan = judged(&full(), -64 * DAY).expect("it may be");
        assert!(matches!(orphan.held.whose, Whose::Nobody { safe: true, .. }));
        assert_eq!((&orphan.loss, orphan.loss_to_name()), (&SlotLoss::Nothing, Vec::<String>::new()));
        let live = judged(&full(), -233 * DAY).expect("by who names it");
        assert_eq!(
            (&live.loss, live.loss_to_name()),
            (&SlotLoss::Certain { sites: sites(&["news"]) }, vec!["news".to_owned()])
        );
        let shared = judged(&full(), -188 * DAY).expect("by who names both");
        assert_eq!(shared.loss_to_name(), ["www", "a-copy"], "clones: both die");
    }

    #[test]
    fn whose_nobody_knows_is_named_by_its_own_digits() {
        let org = acme().approval(1, -30 * DAY, -60, 40).looked(0);
        let stranger = judged(&scene(org, []), -30 * DAY).expect("by who names it");
        assert_eq!(stranger.loss, SlotLoss::Possible { sites: Vec::new() });
        assert_eq!(stranger.loss_to_name(), [id(1, -30 * DAY).short()]);
    }

    #[test]
    fn twins_and_lists_that_are_short_are_refused() {
        let org = acme().approval(1, -DAY, -60, 4).approval(1, -DAY, -60, 4).looked(0);
        let tied = judged(&scene(org, []), -DAY).expect_err("which one");
        assert!(matches!(&tied, Irrevocable::Refused(why) if why.contains("same second")), "{tied}");
        let short = |picture: &mut crate::model::OrgPicture| {
            picture.coverage = Coverage { complete: false, counted: Some(9) };
        };
        let org = acme().approval(1, -DAY, -60, 4).with(short).looked(0);
        let scene = scene(org, []);
        let short = judged(&scene, -DAY).expect_err("what would be lost");
        assert!(matches!(&short, Irrevocable::Refused(why) if why.contains("Customize Application")), "{short}");
    }

    #[test]
    fn a_name_is_eight_digits_of_one_listed_approval() {
        let fleet = full().fleet;
        let whole = id(1, -20 * DAY);
        for named in
            [whole.short(), whole.to_string(), whole.to_string().to_uppercase(), format!(" {} ", whole.short())]
        {
            let found = named_approval(&fleet, &named).map(|(org, _, id)| (org, id));
            assert_eq!(found, Ok((OrgName::new("acme"), whole)), "{named}");
        }
        for named in ["", "9c1e77a", "zzzzzzzz", "00000000", "\u{1b}[2J00000"] {
            let why = named_approval(&fleet, named).expect_err("it names none");
            assert!(matches!(&why, Irrevocable::NotNamed(text) if !text.contains('\u{1b}')), "{named}: {why}");
        }
    }
}
