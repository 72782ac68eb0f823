//! The gallery's fleets, and lines of sites that differ in one thing alone.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use fusebox::model::row::Counts;
use fusebox::model::wire::Mark;
use fusebox::model::{Expiry, Health, OrgName, Origin, SiteDetail, SiteName, SiteRow, Slot, Wire};
use fusebox::protocol::{Picture, Poll, Poller};
use fusebox::ui::gallery::{Stage, Variant};
use std::sync::{Arc, LazyLock};

pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 12, 4, 30).single().expect("a time")
}

pub(crate) fn ago(text: &str) -> DateTime<Utc> {
    now() - span(text)
}

fn span(text: &str) -> TimeDelta {
    let (figure, unit) = text.split_at(text.len() - 1);
    let n: i64 = figure.parse().expect("a figure");
    match unit {
        "s" => TimeDelta::seconds(n),
        "m" => TimeDelta::minutes(n),
        "h" => TimeDelta::hours(n),
        "d" => TimeDelta::days(n),
        _ => unreachable!("a unit"),
    }
}

/// One line of the fleet, as the picture has it: `place` is `1/4`, `<1/4`, `=2/4`, `-/4` or `?/4`; `life` is `~30d`,
/// `dead` or `?`. The facts: org and user, place, life, uses, age of the proof, why.
pub(crate) fn row(health: Health, name: &str, facts: [&str; 6]) -> SiteRow {
    let [owner, place, life, uses, proof, why] = facts;
    let (org, login) = owner.split_once('/').expect("org/user");
    let digits = place.trim_start_matches(['<', '=']);
    SiteRow {
        org: Some(OrgName::new(org)),
        user: Some(format!("{login}@{org}.example").into()),
        health,
        cause: None,
        why: why.into(),
        proof_at: Some(ago(proof)),
        slot: Some(Slot {
            position: digits.split('/').next().and_then(|n| n.parse().ok()),
            used: None,
            limit: 4,
            approval_id: None,
            next_out: place.starts_with('<'),
            tied: false,
            shared: place.starts_with('='),
        }),
        refresh_token: match life {
            "dead" => Expiry::Dead,
            "?" => Expiry::unknown("unit not known"),
            policy => Expiry::At { at: now() + span(&policy[1..]) + TimeDelta::hours(2), origin: Origin::Policy },
        },
        access_token: Expiry::unknown("not told"),
        use_count: uses.parse().ok(),
        observed_at: Some(ago("12s")),
        wire: Wire::new([Mark::Level; Wire::CELLS], now()),
        object_type: Some("Contact".into()),
        reason: String::new(),
        ..SiteRow::unseen(SiteName::new(name), format!("https://{name}").into())
    }
}

pub(crate) fn stage(variant: Variant) -> Stage {
    Stage::new(variant).expect("the gallery's data is right")
}

/// The full fleet, read once.
pub(crate) static FULL: LazyLock<Stage> = LazyLock::new(|| stage(Variant::Full));

/// The lines of the full fleet.
pub(crate) fn rows() -> Vec<SiteRow> {
    FULL.picture.rows.iter().map(|row| SiteRow::clone(row)).collect()
}

/// What stands behind a line: what the gallery knows of the site, under this line.
pub(crate) fn detail(row: &SiteRow) -> SiteDetail {
    let known = &FULL.details;
    let like = SiteName::new("shop.example.org");
    let detail = known.get(&row.name).or_else(|| known.get(&like)).expect("the gallery has a shop");
    SiteDetail { row: row.clone(), org: row.org.clone(), ..detail.clone() }
}

pub(crate) fn picture(mut rows: Vec<SiteRow>) -> Picture {
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    let counts: Counts = rows.iter().collect();
    let poll = Poll {
        by: Poller::Us,
        last_at: Some(ago("12s")),
        next_at: Some(now() + TimeDelta::seconds(48)),
        ..Poll::default()
    };
    Picture {
        rows: Arc::new(rows.into_iter().map(Arc::new).collect()),
        boards: FULL.picture.boards.clone(),
        counts,
        poll,
        ..Picture::default()
    }
}
