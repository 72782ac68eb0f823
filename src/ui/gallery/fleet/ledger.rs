//! Who holds which slot of the made-up orgs: what the machinery would answer, made from the boards, the lines of sites and
//! the approvals that `fleet.toml` lists.

use super::data::LedgerData;
use crate::model::days::DAYS;
use crate::model::{
    AppUse, Approval, ApprovalId, Attribution, Basis, Confidence, Evidence, EvidenceKind, Expiry, Holder, LedgerEntry,
    LeftEntry, OrgBoard, OrgLedger, Orphan, OtherApp, Others, SiteName, SiteRow, UserBoard, UserLedger,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

/// The ledger of one org.
pub(super) fn ledger(
    board: &OrgBoard,
    rows: &[Arc<SiteRow>],
    listed: &[LedgerData],
    now: DateTime<Utc>,
) -> Result<OrgLedger, String> {
    let user = |user: &UserBoard| {
        let login = user.name.as_str().split('@').next().unwrap_or_default();
        let owner = format!("{}/{login}", board.name);
        let known = listed.iter().find(|ledger| ledger.owner == owner);
        let full = user.is_full(board.slot_limit);
        let held = user.slots.iter().filter(|held| !matches!(held, Holder::Unseen)).enumerate();
        let entries = held.map(|(place, held)| entry(board, user, rows, known, now, (place, held, full)));
        let departed = known.into_iter().flat_map(|ledger| &ledger.departed).map(|left| LeftEntry {
            approval: approval(user, left.approval.id, [left.approval.made, left.approval.used], left.approval.uses),
            created: left.approval.made,
            used: Some(left.approval.used),
            gone_by: left.gone_by,
            site: Some(SiteName::new("shop.example.org")),
            days: days(left.approval.uses, left.approval.made, now),
        });
        Ok(UserLedger {
            id: user.id.clone(),
            name: user.name.clone(),
            active: user.facts.active,
            frozen: user.facts.frozen,
            used: user.used,
            limit: board.slot_limit,
            seen_over_limit: None,
            entries: entries.collect::<Result<_, String>>()?,
            departed: departed.collect(),
            unplaced: user.facts.unplaced.clone(),
            other_apps: board.facts.other_apps.as_deref().map(|apps| others(board, user, apps, now)),
        })
    };
    Ok(OrgLedger {
        org: board.name.clone(),
        complete: board.refused.is_none(),
        refused: board.refused.clone(),
        seen_at: board.answered_at,
        users: board.users.iter().map(user).collect::<Result<_, String>>()?,
    })
}

/// When the approval at a place was made, where no list tells it: the older the further left, and no two alike.
pub(super) fn made(user: &UserBoard, place: usize, now: DateTime<Utc>) -> DateTime<Utc> {
    let seed: u32 = user.name.as_str().bytes().map(u32::from).sum();
    let place = u32::try_from(place).unwrap_or_default();
    now - TimeDelta::days(i64::from(190 + seed % 230 - place * (30 + seed % 17)))
}

/// What a user approved of other apps: the full ones most, as people do who set everything up.
fn others(board: &OrgBoard, user: &UserBoard, apps: &[AppUse], now: DateTime<Utc>) -> Others {
    let fuller = |other: &&UserBoard| other.slots.len() > user.slots.len();
    let place = board.users.iter().filter(fuller).count();
    let its = apps.iter().filter(|one| usize::try_from(one.users).is_ok_and(|users| place < users));
    let other = |one: &AppUse| OtherApp {
        user: user.id.clone(),
        app: one.app.clone(),
        approvals: one.approvals.div_ceil(one.users.max(1)),
        used_at: Some(now - TimeDelta::hours(20)),
    };
    Others { apps: its.map(other).collect(), complete: true }
}

/// How its uses fell on the last days: about as many each day, and two days on which nobody looked.
fn days(uses: u32, made: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Option<u64>> {
    let age = u64::try_from((now - made).num_days()).unwrap_or_default();
    let a_day = (u64::from(uses) / age.max(1)).max(u64::from(uses > 20));
    let day = |back: usize| {
        let known = back as u64 <= age && !matches!(back, 8 | 9);
        known.then(|| if a_day == 0 { 0 } else { a_day + (back as u64 * 7 + u64::from(uses)) % 5 / 2 })
    };
    (0..DAYS).rev().map(day).collect()
}

fn approval(holder: &UserBoard, id: ApprovalId, [made, last]: [DateTime<Utc>; 2], count: u32) -> Approval {
    Approval {
        id,
        user: holder.id.clone(),
        app: "WP Fusion (OAuth)".into(),
        created_at: made,
        last_used_at: Some(last),
        use_count: count,
    }
}

fn entry(
    board: &OrgBoard,
    user: &UserBoard,
    rows: &[Arc<SiteRow>],
    listed: Option<&LedgerData>,
    now: DateTime<Utc>,
    (place, held, full): (usize, &Holder, bool),
) -> Result<LedgerEntry, String> {
    let site = match held {
        Holder::Site { name } => rows.iter().find(|row| row.name == *name),
        Holder::Orphan | Holder::Unknown | Holder::Unseen => None,
    };
    let known = listed.and_then(|ledger| ledger.approvals.get(place));
    let approval = if let Some(known) = known {
        approval(user, known.id, [known.made, known.used], known.uses)
    } else {
        let made = made(user, place, now);
        let digits = made.timestamp().unsigned_abs() % 0xffff_ffff * 7919 % 0xffff_ffff;
        let id = ApprovalId::parse(&format!("{digits:08x}{place:024x}")).map_err(|bad| bad.to_string())?;
        let last = site.and_then(|row| row.proof_at).unwrap_or(made);
        approval(user, id, [made, last], site.and_then(|row| row.use_count).unwrap_or(1))
    };
    let same = |row: &&Arc<SiteRow>| {
        let its = |row: &SiteRow| row.slot.as_ref().filter(|slot| slot.shared).and_then(|slot| slot.position);
        site.is_some_and(|site| {
            site.name != row.name
                && site.user == row.user
                && site.org == row.org
                && its(site).is_some()
                && its(site) == its(row)
        })
    };
    let shared_with: Vec<SiteName> = rows.iter().filter(same).map(|row| row.name.clone()).collect();
    let evidence = |supports, source: &str, what: &str| Evidence {
        at: None,
        supports,
        source: source.to_owned(),
        what: what.to_owned(),
        kind: EvidenceKind::default(),
    };
    let age = now - approval.created_at;
    let minutes = age.num_minutes().max(1).unsigned_abs();
    Ok(LedgerEntry {
        created: approval.created_at,
        used: approval.last_used_at,
        observed_at: board.answered_at.unwrap_or(now),
        tenths_a_day: (age >= TimeDelta::days(1))
            .then(|| u32::try_from(u64::from(approval.use_count) * 14_400 / minutes).unwrap_or(u32::MAX)),
        days: days(approval.use_count, approval.created_at, now),
        next_out: full && place == 0,
        tied: user.facts.tied && place < 2,
        attribution: Attribution {
            site: site.map(|row| row.name.clone()),
            confidence: site.map(|_| if age < TimeDelta::days(100) { Confidence::Medium } else { Confidence::High }),
            basis: site.map(|_| if age < TimeDelta::days(100) { Basis::Used } else { Basis::Remains }),
            evidence: match held {
                Holder::Site { .. } => vec![
                    evidence(true, "site", "the site names this org and this user (sf_id)"),
                    evidence(true, "measured", "used when the site refreshed"),
                    evidence(false, "measured", "1 use without a new access token: in vain, or another's"),
                ],
                Holder::Orphan => Vec::new(),
                Holder::Unknown | Holder::Unseen => vec![evidence(true, "measured", "one of several sites")],
            },
            shared_with,
        },
        refresh_token: site.map_or_else(|| Expiry::unknown("no site holds it"), |row| row.refresh_token.clone()),
        orphan: matches!(held, Holder::Orphan).then(|| Orphan {
            since: Some(approval.created_at),
            confidence: Confidence::High,
            safe: true,
            reason: "made when shop.example.org was authorized, which has another one since".to_owned(),
        }),
        approval,
    })
}
