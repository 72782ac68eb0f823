//! `tokens`: one line for each approval of WP Fusion's app: whose it is and how sure that is, who leaves next, what nobody
//! holds.

use super::Exit;
use super::context::{Context, known_sites};
use super::known::{self, Known};
use super::report::{Failure, Report};
use super::site::TokenLine;
use super::style::Style;
use super::table;
use crate::model::age;
use crate::model::org::Refused;
use crate::model::{
    ApprovalId, Clean, Confidence, Evidence, LedgerEntry, OrgLedger, OrgName, SiteName, UserLedger, nearest,
};
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::panes::cells::life;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only approvals in this org
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// Only this user's: the user name, or what stands before its @
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only what this site is known to hold
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Only what no known site can hold
    #[arg(long)]
    orphans: bool,
}

/// One of `result.approvals[]`. Times are by the host's clock.
#[derive(Debug, Serialize)]
struct ApprovalLine<'a> {
    approval_id: ApprovalId,
    org: &'a OrgName,
    user: &'a Clean,
    app: &'a Clean,
    /// Its place among the user's, 1 for the oldest.
    position: usize,
    limit: u32,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    use_count: u32,
    /// Refresh requests a day; null on the first day.
    per_day: Option<f64>,
    next_out: bool,
    tied: bool,
    site: Option<&'a SiteName>,
    shared_with: &'a [SiteName],
    attribution: AttributionLine<'a>,
    refresh_token: TokenLine<'a>,
    orphan: Option<OrphanLine<'a>>,
    observed_at: DateTime<Utc>,
    #[serde(skip)]
    entry: &'a LedgerEntry,
}

#[derive(Debug, Serialize)]
struct AttributionLine<'a> {
    confidence: Option<Confidence>,
    evidence: &'a [Evidence],
}

#[derive(Debug, Serialize)]
struct OrphanLine<'a> {
    since: Option<DateTime<Utc>>,
    confidence: Confidence,
    safe: bool,
    reason: &'a str,
}

/// One of `result.orgs[]`: how far the list may be leaned on.
#[derive(Debug, Serialize)]
struct OrgLine<'a> {
    org: &'a OrgName,
    complete: bool,
    listed: usize,
    refused: Option<&'a Refused>,
    observed_at: Option<DateTime<Utc>>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let known = Known::read(context, args.org.as_deref()).await?;
    let site = match &args.site {
        Some(site) => known_sites(&known.config, std::slice::from_ref(site))?.pop(),
        None => None,
    };
    let ledgers = known.ledgers();
    if let Some(user) = &args.user {
        check_user(&ledgers, user)?;
    }
    let lines: Vec<ApprovalLine> = ledgers
        .iter()
        .flat_map(|org| org.users.iter().map(move |user| (org, user)))
        .filter(|(_, user)| args.user.as_ref().is_none_or(|name| is_named(user, name)))
        .flat_map(|(org, user)| {
            user.entries.iter().enumerate().map(move |(index, entry)| line(org, user, index + 1, entry))
        })
        .filter(|line| site.as_ref().is_none_or(|site| line.is_of(site)))
        .filter(|line| !args.orphans || line.orphan.is_some())
        .collect();
    let orgs: Vec<OrgLine> = ledgers.iter().map(org_line).collect();
    let text = text(&lines, Style::for_stdout(&context.global), known.now);
    let mut report = Report::done(json!({ "approvals": lines, "orgs": orgs }), text);
    report.warnings = known.warnings();
    report.warnings.extend(ledgers.iter().filter_map(known::short));
    if let Some(site) = site.as_ref().filter(|_| lines.is_empty()) {
        report.warnings.push(not_known(&ledgers, site));
    }
    Ok(report)
}

impl ApprovalLine<'_> {
    fn is_of(&self, site: &SiteName) -> bool {
        self.site == Some(site) || self.shared_with.contains(site)
    }
}

fn is_named(user: &UserLedger, name: &str) -> bool {
    let full = user.name.as_str();
    let first = full.split('@').next().unwrap_or_default();
    full.eq_ignore_ascii_case(name) || first.eq_ignore_ascii_case(name) || user.id.as_str() == name
}

fn check_user(ledgers: &[OrgLedger], name: &str) -> Result<(), Failure> {
    let users = || ledgers.iter().flat_map(|org| &org.users);
    if users().any(|user| is_named(user, name)) {
        return Ok(());
    }
    let failure =
        Failure::new(Exit::Usage, format!("no user {:?} is known to hold approvals", Clean::new(name).as_str()));
    Err(match nearest(name, users().map(|user| user.name.as_str())) {
        Some(nearest) => failure.advise(format!("did you mean {nearest:?}?")),
        None => failure.advise("fusebox users shows the names"),
    })
}

/// Why nothing is told of a site.
fn not_known(ledgers: &[OrgLedger], site: &SiteName) -> String {
    let mut holder = ledgers.iter().flat_map(|org| org.users.iter().map(move |user| (org, user)));
    match holder.rfind(|(_, user)| user.unplaced.contains(site)) {
        Some((org, user)) => {
            let who = known::owner(&org.org, user.name.as_str());
            format!("which approval {site} holds is not known; {} of {who} are listed", user.entries.len())
        }
        None => format!("no approval is known to be {site}'s"),
    }
}

fn line<'a>(org: &'a OrgLedger, user: &'a UserLedger, position: usize, entry: &'a LedgerEntry) -> ApprovalLine<'a> {
    ApprovalLine {
        approval_id: entry.approval.id,
        org: &org.org,
        user: &user.name,
        app: &entry.approval.app,
        position,
        limit: user.limit,
        created_at: entry.created,
        last_used_at: entry.used,
        use_count: entry.approval.use_count,
        per_day: entry.tenths_a_day.map(|tenths| f64::from(tenths) / 10.0),
        next_out: entry.next_out,
        tied: entry.tied,
        site: entry.attribution.site.as_ref(),
        shared_with: &entry.attribution.shared_with,
        attribution: AttributionLine {
            confidence: entry.attribution.confidence,
            evidence: &entry.attribution.evidence,
        },
        refresh_token: TokenLine::from(&entry.refresh_token),
        orphan: entry.orphan.as_ref().map(|orphan| OrphanLine {
            since: orphan.since,
            confidence: orphan.confidence,
            safe: orphan.safe,
            reason: &orphan.reason,
        }),
        observed_at: entry.observed_at,
        entry,
    }
}

fn org_line(ledger: &OrgLedger) -> OrgLine<'_> {
    OrgLine {
        org: &ledger.org,
        complete: ledger.complete,
        listed: ledger.users.iter().map(|user| user.entries.len()).sum(),
        refused: ledger.refused.as_ref(),
        observed_at: ledger.seen_at,
    }
}

const HEADER: [&str; 9] = ["APPROVAL", "USER", "SLOT", "MADE", "USED", "USES", "LIFE", "SURE", "SITE"];

fn text(lines: &[ApprovalLine], style: Style, now: DateTime<Utc>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut cells = vec![HEADER.map(str::to_owned).to_vec()];
    cells.extend(lines.iter().map(|line| row(line, style.glyphs(), now)));
    table::lay_out(&cells, style.room(), |_, _, cell| cell)
}

fn row(line: &ApprovalLine, glyphs: Glyphs, now: DateTime<Utc>) -> Vec<String> {
    let mark = match (line.next_out, line.tied) {
        (true, true) => "<?",
        (true, false) => "<",
        _ => "",
    };
    vec![
        line.approval_id.short(),
        known::owner(line.org, line.user.as_str()),
        format!("{mark}{}/{}", line.position, line.limit),
        age::since(line.created_at, now),
        line.last_used_at.map_or_else(|| "never".to_owned(), |at| age::since(at, now)),
        line.use_count.to_string(),
        life(&line.entry.refresh_token, now, glyphs),
        line.attribution.confidence.map_or_else(|| "?".to_owned(), |sure| sure.to_string()),
        holder(line, glyphs),
    ]
}

fn holder(line: &ApprovalLine, glyphs: Glyphs) -> String {
    match (line.site, &line.orphan) {
        (Some(site), _) => {
            let shared = line.shared_with.iter().map(|site| format!(" {} {site}", glyphs.get(Glyph::Shared)));
            format!("{site}{}", shared.collect::<String>())
        }
        (None, Some(orphan)) => format!("orphan: {}", orphan.reason),
        (None, None) => "?".to_owned(),
    }
}
