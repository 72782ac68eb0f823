//! The fleet of the pictures: made up, the same at every run.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use fusebox::model::row::Counts;
use fusebox::model::wire::Mark;
use fusebox::model::{
    ActionClass, Cause, Confidence, Expiry, Finding, Health, OrgName, Origin, Remedy, Severity, SiteDetail, SiteName,
    SiteRow, Slot, Wire,
};
use fusebox::protocol::{Picture, Poll, Poller};
use std::sync::Arc;

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
        wire: wire(name),
        object_type: Some("Contact".into()),
        reason: String::new(),
        ..SiteRow::unseen(SiteName::new(name), format!("https://{name}").into())
    }
}

pub(crate) fn rows() -> Vec<SiteRow> {
    use Health::{Fail, Ok, Old, Stag, Warn};
    let mut rows = vec![
        SiteRow {
            cause: Some(Cause::Evicted),
            confidence: Some(Confidence::High),
            since: Some(ago("23m")),
            reason: "ops1 made a 5th approval, for give.example.net, at 11:41Z.".into(),
            ..row(Fail, "shop.example.org", ["acme/ops1", "-/4", "dead", "812", "25m", "evicted by give"])
        },
        SiteRow {
            cause: Some(Cause::PolicyIdle),
            since: Some(ago("1d")),
            reason: "The refresh token was unused for 31 days and the policy allows 30.".into(),
            ..row(Fail, "fund.example.net", ["beta/ops3", "-/4", "dead", "9", "32d", "idle 31d, limit 30d"])
        },
        SiteRow {
            cause: Some(Cause::NextOut),
            ..row(Warn, "news.example.org", ["acme/ops1", "<1/4", "~30d", "771", "2m", "next out of ops1"])
        },
        SiteRow {
            cause: Some(Cause::IdleNear),
            ..row(Warn, "app.example.net", ["beta/ops2", "3/4", "~6d", "120", "24d", "idle 24d, limit 30d"])
        },
        SiteRow {
            cause: Some(Cause::RotationRisk),
            ..row(Warn, "intra.example.net", ["beta/ops2", "4/4", "?", "41", "12m", "rotation on: 1 left"])
        },
        SiteRow {
            cause: Some(Cause::SharedToken),
            ..row(Warn, "www.example.com", ["acme/ops1", "=2/4", "~30d", "433", "6m", "shares staging token"])
        },
        row(Stag, "staging.example.com", ["acme/ops1", "=2/4", "~30d", "433", "6m", "clone of www"]),
        SiteRow {
            cause: Some(Cause::ProofOld),
            ..row(Old, "club.example.org", ["gamma/int-wp", "?/4", "?", "?", "9h", "silent for 9h"])
        },
    ];
    for (name, owner, place, life, uses, proof) in [
        ("give.example.net", "acme/ops1", "4/4", "~30d", 2, "8m"),
        ("care.example.org", "acme/int-wp", "1/4", "~30d", 288, "4m"),
        ("academy.example.org", "acme/web1", "1/4", "~30d", 1904, "1m"),
        ("atlas.example.org", "acme/web1", "2/4", "~29d", 655, "38m"),
        ("board.example.org", "acme/web1", "3/4", "~30d", 97, "11m"),
        ("choir.example.org", "acme/web1", "4/4", "~27d", 31, "3h"),
        ("depot.example.com", "acme/web2", "1/4", "~30d", 1210, "2m"),
        ("events.example.com", "acme/web2", "2/4", "~30d", 840, "5m"),
        ("forum.example.org", "acme/web2", "3/4", "~30d", 512, "9m"),
        ("ledger.example.net", "beta/ops3", "1/4", "~30d", 64, "14m"),
        ("members.example.net", "beta/ops2", "1/4", "~30d", 388, "3m"),
        ("portal.example.net", "beta/ops2", "2/4", "~30d", 402, "3m"),
        ("quiz.example.net", "beta/ops3", "2/4", "~28d", 17, "50m"),
        ("eu.example.com", "delta/wpf", "2/4", "~12d", 560, "2m"),
        ("docs.example.com", "delta/wpf", "1/4", "~29d", 77, "7m"),
        ("partner.example.com", "delta/wpf2", "1/4", "~33d", 204, "4m"),
        ("jobs.example.com", "delta/wpf2", "2/4", "~47d", 118, "19m"),
        ("us.example.com", "delta/wpf", "3/4", "~61d", 933, "1m"),
        ("labs.example.com", "delta/wpf2", "3/4", "~70d", 45, "22m"),
    ] {
        rows.push(row(Ok, name, [owner, place, life, &(uses).to_string(), proof, ""]));
    }
    for n in 1..=15 {
        rows.push(row(
            Ok,
            &format!("site{n:02}.example.net"),
            ["omega/sync", "1/4", "~88d", &(300 + n).to_string(), "7m", ""],
        ));
    }
    rows
}

/// A day as it is drawn, oldest first: `-` works, `~` failed and worked, `x` broke, `_` dead, `.` not seen.
fn marks(drawn: &str) -> Vec<Mark> {
    let mark = |c| match c {
        '-' => Mark::Level,
        '~' => Mark::Errors,
        'x' => Mark::Break,
        '_' => Mark::Dead,
        '.' => Mark::Unseen,
        _ => Mark::Before,
    };
    drawn.chars().map(mark).collect()
}

fn wire(site: &str) -> Wire {
    let drawn = match site {
        "shop.example.org" => "-----------x",
        "fund.example.net" => "x___________",
        "app.example.net" => "............",
        "www.example.com" => "------~~----",
        "club.example.org" => "--------....",
        "site15.example.net" => "     -------",
        _ => "------------",
    };
    Wire::new(marks(drawn).try_into().expect("twelve"), now())
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
    Picture { rows: Arc::new(rows.into_iter().map(Arc::new).collect()), counts, poll, ..Picture::default() }
}

/// What the machinery knows of one site beyond its line.
pub(crate) fn detail(row: &SiteRow) -> SiteDetail {
    let remedy = |class, what: &str, effect: &str| Remedy { class, what: what.into(), effect: effect.into() };
    let finding = Finding {
        cause: row.cause.unwrap_or(Cause::NotRecorded),
        severity: Severity::Fail,
        confidence: Confidence::High,
        reason: row.reason.clone(),
        why: row.why.clone(),
        since: row.since,
        evidence: Vec::new(),
        remedies: vec![
            remedy(ActionClass::Write, "Revoke the orphan 51ab03f2 of ops1", "loses nothing"),
            remedy(ActionClass::Spend, "Then reauthorize as ops1", "before that it cuts off news"),
        ],
    };
    SiteDetail {
        wire: match row.name.as_str() {
            "shop.example.org" => marks(&format!("{}x_", "-".repeat(94))),
            _ => row.wire.marks(now()).iter().flat_map(|mark| [*mark; 8]).collect(),
        },
        wire_ends_at: Some(now() + TimeDelta::minutes(10)),
        row: row.clone(),
        findings: vec![finding],
        reach: None,
        status: None,
        log: None,
        org: row.org.clone(),
        user: None,
        approvals: Vec::new(),
        departed: Vec::new(),
    }
}
