//! `audit`: what was spent, written or refused, and whether the file that says so is as it was written.

use super::context::Context;
use super::operator::{logging, operator};
use super::report::{Failure, Report};
use super::style::Style;
use super::{Exit, table};
use crate::model::SiteName;
use crate::secrets::known_audit_key;
use crate::store::{AUDIT_FILE, Audit, AuditRecord, AuditTarget, HeadSeen, Verdict};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use secrecy::SecretString;
use serde_json::json;
use std::fmt::Write as _;
use std::str::FromStr;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    /// Only lines about this site
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// Only lines since then: a span back from now ("12h", "7d") or a time (2026-11-29T12:00:00Z)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    #[command(subcommand)]
    instead: Option<Instead>,
}

#[derive(Debug, clap::Subcommand)]
enum Instead {
    /// Whether the audit is as it was written, and which line is not
    ///
    /// Each line holds its number, the code of the line before and a code over itself by audit.key; audit.head holds the number
    /// and code of the last one, so that an end that was cut off is told. The same goes to the system's log, if there is one,
    /// as `head NUMBER:CODE`: what is given from there with --head has to be found in the file. Exits with 1 where something is
    /// wrong. A line that audit.head does not name yet is no damage: what wrote it was stopped before it could name it.
    Verify(VerifyArgs),
}

#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// A head that the system's log has, of this file; as often as wanted
    #[arg(long = "head", value_name = "NUMBER:CODE")]
    heads: Vec<NamedHead>,
}

/// From when on.
#[derive(Clone, Copy, Debug)]
enum Since {
    Ago(TimeDelta),
    Time(DateTime<Utc>),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::Time(time.to_utc()));
        }
        let span = humantime::parse_duration(text).ok().and_then(|span| TimeDelta::from_std(span).ok());
        span.map(Self::Ago).ok_or_else(|| "write a span (\"12h\") or a time (\"2026-11-29T12:00:00Z\")".to_owned())
    }
}

impl Since {
    fn time(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(span) => now.checked_sub_signed(span).unwrap_or(DateTime::<Utc>::MIN_UTC),
            Self::Time(time) => time,
        }
    }
}

/// A line as the system's log names it.
#[derive(Clone, Debug)]
struct NamedHead(u64, String);

impl FromStr for NamedHead {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').and_then(|(number, code)| Some((number.parse().ok()?, code)));
        let whole = parts.filter(|(_, code)| code.len() == 64 && code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        whole
            .map(|(number, code)| Self(number, code.to_ascii_lowercase()))
            .ok_or_else(|| "write it as the log has it: a number, a colon, 64 hexadecimal digits".to_owned())
    }
}

pub(super) fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    match &args.instead {
        Some(Instead::Verify(args)) => verify(context, args),
        None => list(context, args),
    }
}

fn list(context: &Context, args: &Args) -> Result<Report, Failure> {
    // Reading needs no key, and says nothing of whether the lines are true.
    let audit = Audit::new(&context.paths()?.state, SecretString::default(), operator());
    let records = audit.records().map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let since = args.since.map(|since| since.time(context.clock.now()));
    let site = args.site.as_deref().map(SiteName::new);
    let wanted = |record: &AuditRecord| {
        since.is_none_or(|since| record.at >= since)
            && site.as_ref().is_none_or(|site| record.target == AuditTarget::Site(site.clone()))
    };
    let unread: Vec<usize> = records.iter().filter_map(|record| record.as_ref().err().copied()).collect();
    let lines: Vec<AuditRecord> = records.into_iter().filter_map(Result::ok).filter(wanted).collect();
    let text = text(&lines, Style::for_stdout(&context.global));
    let mut report = Report::done(json!({ "lines": lines }), text);
    if let Some(first) = unread.first() {
        let told = format!("{} of the file's lines can not be read, the first is line {first}", unread.len());
        report.warnings.push(format!("{told}: fusebox audit verify tells more"));
    }
    Ok(report)
}

const HEADER: [&str; 6] = ["AT", "OPERATION", "PHASE", "ON", "BY", "WHAT"];

fn text(lines: &[AuditRecord], style: Style) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut cells = vec![HEADER.map(str::to_owned).to_vec()];
    cells.extend(lines.iter().map(|line| {
        let outcome = line.outcome.as_ref().map(|outcome| format!(": {outcome}")).unwrap_or_default();
        let name = match &line.target {
            AuditTarget::Site(name) => name.to_string(),
            AuditTarget::Org(name) => name.to_string(),
            AuditTarget::Fleet(name) => name.to_string(),
        };
        vec![
            line.at.to_rfc3339_opts(SecondsFormat::Secs, true),
            format!("{} {}", line.operation, line.id),
            line.phase.to_string(),
            name,
            line.operator.name(),
            format!("{}{outcome}", line.what),
        ]
    }));
    table::lay_out(&cells, style.room(), |_, _, cell| cell)
}

fn verify(context: &Context, args: &VerifyArgs) -> Result<Report, Failure> {
    let state = context.paths()?.state;
    let failed = |what: String| Failure::new(Exit::Failed, what);
    let key = match known_audit_key(&state)? {
        Some(key) => key,
        None if state.join(AUDIT_FILE).exists() => {
            return Err(failed(format!("audit.key is not in {}, and without it nothing can be told", state.display()))
                .advise("put it back from a backup: a new key makes every line look forged"));
        }
        None => SecretString::default(),
    };
    let audit = logging(Audit::new(&state, key, operator()));
    let heads: Vec<(u64, String)> = args.heads.iter().map(|head| (head.0, head.1.clone())).collect();
    let verdict = audit.verify(&heads).map_err(|error| failed(error.to_string()))?;
    let last = verdict.last.as_ref().map(|(number, code)| json!({ "number": number, "code": code }));
    let result = json!({
        "good": verdict.is_good(), "lines": verdict.lines, "last": last, "damages": verdict.damages,
        "damaged": verdict.damaged, "notes": verdict.notes, "head": verdict.head, "heads_given": heads.len(),
        "log": verdict.log, "installation": verdict.installation,
    });
    let mut report = Report::done(result, told(&verdict, heads.len()));
    if let Some(first) = verdict.damages.first() {
        report.exit = Exit::Failed;
        report.message = Some(format!("the audit is damaged at line {}: {}", first.line, first.what));
    }
    Ok(report)
}

fn told(verdict: &Verdict, given: usize) -> String {
    let mut text = String::new();
    for damage in &verdict.damages {
        let _ = writeln!(text, "damaged  line {}: {}", damage.line, damage.what);
    }
    if verdict.damaged > verdict.damages.len() {
        let _ = writeln!(text, "damaged  and {} more", verdict.damaged - verdict.damages.len());
    }
    for note in &verdict.notes {
        let _ = writeln!(text, "note     {note}");
    }
    let good = if verdict.is_good() { "good   " } else { "DAMAGED" };
    let last = match &verdict.last {
        Some((number, code)) => format!(", the last is {number}:{code}"),
        None => String::new(),
    };
    let _ = writeln!(text, "{good}  {} lines{last}", verdict.lines);
    let head = match verdict.head {
        HeadSeen::Agrees => "audit.head names the last line",
        HeadSeen::Nothing => "there is no line yet, and no audit.head",
        HeadSeen::Behind => "audit.head names a line before the last one",
        HeadSeen::Ahead => "audit.head names a line that is not there",
        HeadSeen::Contradicts => "audit.head names another line in the last one's place",
        HeadSeen::Missing => "audit.head is missing",
        HeadSeen::Foreign => "audit.head is not as it was written",
    };
    let _ = writeln!(text, "witness  {head}");
    let log = match (&verdict.log, given) {
        (_, 1..) => format!("{given} from the system's log compared"),
        (Some(log), 0) => format!(
            "{} takes each head: give the newest of \"audit {} head NUMBER:CODE\" there with --head",
            log.display(),
            verdict.installation
        ),
        (None, 0) => "no system log listens here, so audit.head is the only one".to_owned(),
    };
    let _ = writeln!(text, "witness  {log}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Operator;

    #[test]
    fn since_is_a_span_or_a_time() {
        let now = DateTime::from_timestamp(1_795_003_200, 0).expect("a time");
        let told = |text: &str| text.parse::<Since>().map(|since| since.time(now));
        assert_eq!(told("12h"), Ok(now - TimeDelta::hours(12)));
        assert_eq!(told("2026-11-29T12:00:00+01:00"), Ok("2026-11-29T11:00:00Z".parse().expect("a time")));
        assert!(told("soon").is_err());
        assert_eq!(told("9000000000000000h").ok(), None);
    }

    #[test]
    fn a_head_is_a_number_and_a_code() {
        let code = "AB".repeat(32);
        let head = format!("17:{code}").parse::<NamedHead>().expect("a head");
        assert_eq!((head.0, head.1), (17, code.to_ascii_lowercase()));
        for wrong in ["17", "17:ab", "x:00", &format!("-1:{code}"), &format!("17:{}", "zz".repeat(32))] {
            assert!(wrong.parse::<NamedHead>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn who_it_was_is_told_by_name_where_there_is_one() {
        let of = |login: Option<&str>, sudo: Option<&str>| {
            let text = |name: &str| name.into();
            Operator { uid: 0, login: login.map(text), sudo_user: sudo.map(text), ..Operator::default() }.name()
        };
        assert_eq!(
            [of(Some("ops"), None), of(Some("root"), Some("anna")), of(None, None)],
            ["ops", "root (anna)", "0"]
        );
    }
}
