//! The gallery's fleet and its variants, read from `fleet.toml` and `variants.toml` into what the machinery would tell.
//!
//! Uses `model` and `protocol`.

mod data;
mod ledger;

use super::{BadData, read};
use crate::model::org::Refused;
use crate::model::org_state::Departed;
use crate::model::row::Counts;
use crate::model::{
    ApiUsage, AppUse, Approval, Cause, Clean, Confidence, Dated, Expiry, FieldsLater, Finding, Health, Holder, Mark,
    OrgBoard, OrgFacts, OrgId, OrgLedger, OrgName, Origin, PolicyUnit, Severity, SiteDetail, SiteFields, SiteName,
    SiteRow, Slot, Target, User, UserBoard, UserFacts, UserId, Why, Wire,
};
use crate::protocol::{Picture, Poll, Poller};
use chrono::{DateTime, TimeDelta, Utc};
use data::{ApprovalData, Changes, Data, DepartedData, DetailData, LedgerData, OrgData, SiteData, Variants};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const FLEET: &str = include_str!("fleet.toml");
const VARIANTS: &str = include_str!("variants.toml");

/// How many approvals a user of the gallery may hold.
const LIMIT: u32 = 4;
/// Marks of a site's own wire: a quarter of an hour each.
const QUARTERS: usize = 96;

/// Which fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, strum::EnumIter)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// All that can be wrong, and what is well.
    Full,
    /// No site.
    Empty,
    /// The first look, under way.
    Loading,
    /// An org that gives no list of approvals.
    Degraded,
    /// Nothing is wrong.
    AllWell,
    /// The full fleet under names that try to break the page.
    Hostile,
}

/// A fleet as the machinery would tell it, at a time that stands.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The time.
    pub now: DateTime<Utc>,
    /// The fleet's name.
    pub name: String,
    /// Where its sites are configured.
    pub config: String,
    /// What is known of all sites.
    pub picture: Picture,
    /// What is known of each.
    pub details: BTreeMap<SiteName, SiteDetail>,
    /// Who holds which slot of each org.
    pub ledgers: BTreeMap<OrgName, Arc<OrgLedger>>,
    /// What the fields of some came to when they were read.
    pub fields: BTreeMap<SiteName, SiteFields>,
    /// What the objects of some became since.
    pub later: BTreeMap<SiteName, FieldsLater>,
}

impl Stage {
    /// Reads a fleet.
    pub fn new(variant: Variant) -> Result<Self, BadData> {
        let data: Data = read("fleet.toml", FLEET)?;
        let variants: Variants = read("variants.toml", VARIANTS)?;
        let changes = match variant {
            Variant::Full => Changes::default(),
            Variant::Empty => Changes { only: Some(Vec::new()), ..Changes::default() },
            Variant::Loading => variants.loading,
            Variant::Degraded => variants.degraded,
            Variant::AllWell => variants.all_well,
            Variant::Hostile => Changes { names: variants.hostile.names, ..Changes::default() },
        };
        let names = changes.names.clone();
        let mut stage = build(data, changes).map_err(|what| BadData { file: "fleet.toml or variants.toml", what })?;
        let known = super::fields::of(stage.now, &names)?;
        (stage.fields, stage.later) = (known.read, known.later);
        Ok(stage)
    }
}

fn build(data: Data, changes: Changes) -> Result<Stage, String> {
    let now = data.now;
    let mut sites: BTreeMap<String, SiteData> = BTreeMap::new();
    let others = changes.site.into_iter().chain(changes.well.sites());
    for site in data.site.into_iter().chain(data.well.sites()).chain(others) {
        sites.insert(site.name.clone(), site);
    }
    if let Some(only) = &changes.only {
        sites.retain(|name, _| only.contains(name));
    }
    let mut orgs: BTreeMap<OrgName, OrgData> = BTreeMap::new();
    for org in data.org.into_iter().chain(changes.org) {
        orgs.insert(org.name.clone(), org);
    }
    orgs.retain(|name, _| !changes.unheard_orgs.contains(name));
    if sites.is_empty() {
        orgs.clear();
    }

    let (mut rows, mut details) = (Vec::new(), BTreeMap::new());
    let mut findings = changes.findings;
    let mut kept = data.detail;
    for site in sites.values() {
        let mut row = row(site, now)?;
        if changes.only_seen.as_ref().is_some_and(|seen| !seen.contains(&site.name)) {
            row = SiteRow::unseen(row.name, row.url);
        }
        let mut detail = detail(&row, kept.remove(&site.name), now)?;
        if let Some(quarters) = &site.quarters {
            detail.wire = run_lengths(quarters)?;
        }
        if let Some(findings) = findings.remove(&site.name) {
            detail.findings = findings;
        }
        let org = row.org.as_ref();
        let silent = org.is_none_or(|org| !orgs.contains_key(org) || changes.refused.contains_key(org.as_str()));
        if let Some(ledger) = data.ledger.iter().find(|ledger| ledger.owner == site.owner).filter(|_| !silent) {
            ledger.tell(&mut detail);
        }
        if let Some(hostile) = changes.names.get(&site.name) {
            disguise(&mut detail, hostile);
        }
        rows.push(Arc::new(detail.row.clone()));
        details.insert(detail.row.name.clone(), detail);
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    let boards = orgs.into_values().map(|org| board(org, &rows, &changes.refused, &changes.names, (&data.ledger, now)));
    let boards = boards.map(|board| board.map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    let counts: Counts = rows.iter().map(AsRef::as_ref).collect();
    let ledgers =
        boards.iter().map(|board| Ok((board.name.clone(), Arc::new(ledger::ledger(board, &rows, &data.ledger, now)?))));
    let ledgers = ledgers.collect::<Result<BTreeMap<_, _>, String>>()?;

    let poll = changes.poll.unwrap_or(data.poll);
    let asked = changes.asked.iter().map(|(name, since)| Ok((Target::Site(SiteName::new(name)), ago(since, now)?)));
    let poll = Poll {
        by: Poller::Us,
        last_at: if rows.is_empty() { None } else { Some(ago(&poll.last, now)?) },
        next_at: poll.next_in.map(|span_text| span(&span_text).map(|span| now + span)).transpose()?,
        asked: asked.collect::<Result<_, String>>()?,
        waiting: rows.iter().filter(|row| row.observed_at.is_none()).count(),
    };
    let picture = Picture { rows: Arc::new(rows), boards: Arc::new(boards), counts, poll, ..Picture::default() };
    let (fields, later) = (BTreeMap::new(), BTreeMap::new());
    Ok(Stage { now, name: data.name, config: data.config, picture, details, ledgers, fields, later })
}

fn row(site: &SiteData, now: DateTime<Utc>) -> Result<SiteRow, String> {
    let (org, login) = site.owner.split_once('/').ok_or_else(|| format!("{} is no org/user", site.owner))?;
    let at = |age: &Option<String>| age.as_deref().map(|age| ago(age, now)).transpose();
    let marks: Vec<Mark> = site.wire.chars().map(mark).collect::<Result<_, _>>()?;
    let marks = marks.try_into().map_err(|_| format!("the wire of {} has not {} marks", site.name, Wire::CELLS))?;
    Ok(SiteRow {
        org: Some(OrgName::new(org)),
        user: Some(format!("{login}@{org}.example").into()),
        health: site.health,
        cause: site.cause,
        reason: site.reason.clone(),
        why: site.why.clone().into(),
        confidence: site.confidence,
        since: at(&site.since)?,
        proof_at: at(&site.proof)?,
        wire: Wire::new(marks, now),
        slot: Some(slot(&site.slot)?),
        refresh_token: life(&site.life, now)?,
        access_token: Expiry::unknown("never told"),
        use_count: site.uses.parse().ok(),
        object_type: Some(site.object.as_deref().unwrap_or("Contact").into()),
        segment_type: Some("Topics".into()),
        observed_at: Some(ago(site.seen.as_deref().unwrap_or("12s"), now)?),
        ..SiteRow::unseen(SiteName::new(&site.name), format!("https://{}", site.name).into())
    })
}

fn detail(row: &SiteRow, data: Option<DetailData>, now: DateTime<Utc>) -> Result<SiteDetail, String> {
    let mut detail = SiteDetail {
        row: row.clone(),
        wire: Vec::new(),
        wire_ends_at: Some(end_of_quarter(now)),
        findings: Vec::new(),
        reach: row.observed_at.map(|at| Dated::new(at, Ok(0))),
        status: None,
        log: None,
        org: row.org.clone(),
        user: None,
        approvals: Vec::new(),
        departed: Vec::new(),
    };
    let quarters = QUARTERS / Wire::CELLS;
    detail.wire = row.wire.marks(now).into_iter().flat_map(|mark| [mark].repeat(quarters)).collect();
    detail.findings = row.cause.map(|cause| finding(row, cause)).into_iter().collect();
    if let Some(data) = data.filter(|_| row.observed_at.is_some()) {
        // A line that tells another story than the full fleet's has another one behind it, too.
        if data.findings.first().map(|finding| finding.cause) == row.cause {
            detail.wire = run_lengths(&data.wire)?;
            detail.findings = data.findings;
        }
        detail.reach = data.reach;
        detail.status = data.status;
        detail.log = data.log;
    }
    Ok(detail)
}

/// What a line tells, as a finding.
fn finding(row: &SiteRow, cause: Cause) -> Finding {
    Finding {
        cause,
        severity: match row.health {
            Health::Fail => Severity::Fail,
            Health::Warn => Severity::Warn,
            _ => Severity::Info,
        },
        confidence: row.confidence.unwrap_or(Confidence::Medium),
        reason: row.reason.clone(),
        why: row.why.clone(),
        since: row.since,
        evidence: Vec::new(),
        remedies: Vec::new(),
    }
}

impl LedgerData {
    fn tell(&self, detail: &mut SiteDetail) {
        let approval = |data: &ApprovalData| Approval {
            id: data.id,
            user: self.user.clone(),
            app: "WP Fusion (OAuth)".into(),
            created_at: data.made,
            last_used_at: Some(data.used),
            use_count: data.uses,
        };
        let username = detail.row.user.clone().unwrap_or_default();
        detail.user = Some(User { id: self.user.clone(), username, active: true, frozen: Some(false) });
        detail.approvals = self.approvals.iter().map(approval).collect();
        let left = |data: &DepartedData| Departed {
            approval: approval(&data.approval),
            last_seen: data.last_seen,
            gone_by: data.gone_by,
            doubtful: false,
        };
        detail.departed = self.departed.iter().map(left).collect();
        if let Some(slot) = &mut detail.row.slot {
            slot.used = u32::try_from(self.approvals.len()).ok();
        }
    }
}

fn board(
    org: OrgData,
    rows: &[Arc<SiteRow>],
    refused: &BTreeMap<String, Refused>,
    names: &BTreeMap<String, String>,
    (listed, now): (&[LedgerData], DateTime<Utc>),
) -> Result<OrgBoard, String> {
    let refused = refused.get(org.name.as_str()).cloned();
    let holder = |text: &String| match text.as_str() {
        "orphan" => Holder::Orphan,
        "unknown" => Holder::Unknown,
        "unseen" => Holder::Unseen,
        name => Holder::Site { name: SiteName::new(names.get(name).map_or(name, String::as_str)) },
    };
    let users = org.users.iter().enumerate().map(|(i, user)| {
        let id = format!("0055g0000{:06}", i + 1);
        Ok(UserBoard {
            id: UserId::parse(&id).map_err(|bad| bad.to_string())?,
            name: format!("{}@{}.example", user.name, org.name).into(),
            slots: user.slots.iter().map(holder).collect(),
            used: u32::try_from(user.slots.len()).ok(),
            facts: UserFacts::default(),
        })
    });
    let mut users = users.collect::<Result<Vec<_>, String>>()?;
    for user in &mut users {
        let login = user.name.as_str().split('@').next().unwrap_or_default();
        let owner = format!("{}/{login}", org.name);
        let known = listed.iter().find(|ledger| ledger.owner == owner);
        let oldest = known.and_then(|ledger| ledger.approvals.first()).map(|first| first.made);
        let its =
            rows.iter().filter(|row| row.org.as_ref() == Some(&org.name) && row.user.as_ref() == Some(&user.name));
        let shares = its.filter(|row| row.slot.as_ref().is_some_and(|slot| slot.shared)).count();
        user.facts = UserFacts {
            active: Some(true),
            frozen: Some(false),
            oldest_at: Some(oldest.unwrap_or_else(|| ledger::made(user, 0, now))),
            shared: u32::from(shares > 1),
            ..UserFacts::default()
        };
    }
    let facts = OrgFacts {
        id: org.id.as_deref().map(OrgId::parse).transpose().map_err(|bad| bad.to_string())?,
        edition: Some(org.edition.as_str().into()),
        app_installed: Some(org.installed),
        app: "WP Fusion (OAuth)".into(),
        usage: Some(ApiUsage { max: org.calls[1], used: org.calls[0] }),
        missing: refused.iter().cloned().collect(),
        other_apps: refused.is_none().then(|| {
            let told = |(app, users, approvals): &(String, u32, u32)| AppUse {
                app: app.as_str().into(),
                users: *users,
                approvals: *approvals,
            };
            org.apps.iter().map(told).collect()
        }),
    };
    Ok(OrgBoard {
        url: format!("https://{}.my.salesforce.example", org.name).into(),
        sandbox: Some(org.sandbox),
        policy: Some(org.policy),
        policy_unit: Some(PolicyUnit::Days),
        rotation: org.rotation,
        slot_limit: LIMIT,
        sites: rows.iter().filter(|row| row.org.as_ref() == Some(&org.name)).count(),
        users: if refused.is_some() { Vec::new() } else { users },
        refused,
        failure: None,
        answered_at: Some(ago("12s", now)?),
        clock_offset_s: 0,
        facts,
        name: org.name,
    })
}

/// Puts a hostile name into every text of a site that comes from outside.
fn disguise(detail: &mut SiteDetail, name: &str) {
    let long = |text: &str| format!("{text} {}", name.repeat(30));
    detail.row.name = SiteName::new(name);
    detail.row.user = Some(name.into());
    detail.row.url = Clean::new(name);
    if !detail.row.why.is_empty() {
        let Why::Said(why) = &detail.row.why else { return };
        detail.row.why = Clean::new(long(why)).to_string().into();
        detail.row.reason = Clean::new(long(&detail.row.reason)).to_string();
    }
    for finding in &mut detail.findings {
        finding.reason = Clean::new(long(&finding.reason)).to_string();
    }
}

/// `1/4`, `<1/4`, `=2/4`, `-/4` or `?/4`.
fn slot(text: &str) -> Result<Slot, String> {
    let place = text.trim_start_matches(['<', '=']);
    let (position, limit) = place.split_once('/').ok_or_else(|| format!("{text} is no place like 1/4"))?;
    Ok(Slot {
        position: position.parse().ok(),
        used: None,
        limit: limit.parse().map_err(|_| format!("{text} is no place like 1/4"))?,
        approval_id: None,
        next_out: text.starts_with('<'),
        tied: false,
        shared: text.starts_with('='),
    })
}

/// `~30d`, `30d`, `30d†`, `∞`, `dead` or `?`.
fn life(text: &str, now: DateTime<Utc>) -> Result<Expiry, String> {
    let origin = match (text.starts_with('~'), text.ends_with('†')) {
        (true, _) => Origin::Policy,
        (_, true) => Origin::Operator,
        _ => Origin::Measured,
    };
    Ok(match text {
        "dead" => Expiry::Dead,
        "?" => Expiry::unknown("unit not known"),
        "∞" => Expiry::Never { origin: Origin::Measured },
        // Two hours more, so that it does not end while one looks.
        left => Expiry::At { at: now + span(left.trim_matches(['~', '†']))? + TimeDelta::hours(2), origin },
    })
}

/// `30- 2~ X`: how often each mark stands, once where no number does.
fn run_lengths(text: &str) -> Result<Vec<Mark>, String> {
    let mut marks = Vec::new();
    for run in text.split_whitespace() {
        let letter = run.chars().next_back().unwrap_or_default();
        let count = run.trim_end_matches(letter);
        let count =
            if count.is_empty() { 1 } else { count.parse().map_err(|_| format!("{run} is no run like 30-"))? };
        marks.extend([mark(letter)?].repeat(count));
    }
    if marks.len() == QUARTERS { Ok(marks) } else { Err(format!("{text}: {} marks, not {QUARTERS}", marks.len())) }
}

fn mark(letter: char) -> Result<Mark, String> {
    Ok(match letter {
        ' ' => Mark::Before,
        '.' => Mark::Unseen,
        '-' => Mark::Level,
        '~' => Mark::Errors,
        '_' => Mark::Dead,
        'X' => Mark::Break,
        other => return Err(format!("{other} is no mark of a wire")),
    })
}

fn ago(age: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    Ok(now - span(age)?)
}

/// `12s`, `25m`, `3h`, `24d`.
fn span(text: &str) -> Result<TimeDelta, String> {
    let unreadable = || format!("{text} is no span like 25m");
    let (figure, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(unreadable)?;
    let figure: i64 = figure.parse().map_err(|_| unreadable())?;
    Ok(match unit {
        "s" => TimeDelta::seconds(figure),
        "m" => TimeDelta::minutes(figure),
        "h" => TimeDelta::hours(figure),
        "d" => TimeDelta::days(figure),
        _ => return Err(unreadable()),
    })
}

fn end_of_quarter(now: DateTime<Utc>) -> DateTime<Utc> {
    const QUARTER: i64 = 15 * 60;
    let end = (now.timestamp().div_euclid(QUARTER) + 1) * QUARTER;
    DateTime::from_timestamp(end, 0).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_read_is_told() {
        assert_eq!(span("25x"), Err("25x is no span like 25m".to_owned()));
        assert_eq!(span(""), Err(" is no span like 25m".to_owned()));
        assert!(slot("1of4").is_err() && mark('#').is_err() && run_lengths("95-").is_err());
        assert_eq!(run_lengths("90- 5_ X").map(|marks| marks[95]), Ok(Mark::Break));
    }

    #[test]
    fn a_line_and_what_stands_behind_it_agree() {
        for variant in [Variant::Full, Variant::Loading, Variant::Degraded, Variant::AllWell, Variant::Hostile] {
            let stage = Stage::new(variant).expect("the data is right");
            for row in stage.picture.rows.iter() {
                let detail = &stage.details[&row.name];
                assert_eq!(detail.row, **row);
                assert_eq!(detail.wire.len(), QUARTERS);
                let worst = detail.findings.first().map(|finding| finding.cause);
                assert_eq!(worst, row.cause, "{}", row.name);
            }
        }
    }

    #[test]
    fn boards_hold_sites_that_there_are() {
        for variant in [Variant::Full, Variant::AllWell, Variant::Hostile] {
            let stage = Stage::new(variant).expect("the data is right");
            let held = stage.picture.boards.iter().flat_map(|board| &board.users).flat_map(|user| &user.slots);
            let mut sites = 0;
            for holder in held {
                if let Holder::Site { name } = holder {
                    assert!(stage.details.contains_key(name), "{name}");
                    sites += 1;
                }
            }
            assert!(sites > 30, "{variant:?}: {sites}");
        }
    }
}
