//! `list`: one line for each site, the worst health first.

use super::Exit;
use super::context::Context;
use super::report::{Failure, Report};
use super::site::SiteLine;
use super::style::Style;
use super::table;
use crate::backend::Reading;
use crate::model::age;
use crate::model::{Expiry, Health, Query, SiteRow};
use crate::ui::glyphs::Glyphs;
use crate::ui::panes::cells::{life, owner};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only sites that answer QUERY: words, `state:fail`, `org:acme`, `idle>20d`, `!` inverts
    ///
    /// All terms must match. Fields: state, site, org, user, cause, why, object, segment. Figures: idle, life, proof and
    /// seen with `m h d w y`, uses with a number; what is not known matches no comparison. `/expression/`, "two words",
    /// and `-f` for words whose letters may stand apart in names.
    #[arg(long, value_name = "QUERY", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    filter: String,
    /// Exit with 1 when a listed site is FAIL, or with `warn` FAIL or WARN
    ///
    /// For monitoring. UNKN, OLD, STAG and OFF fail nothing: what is not known is no alarm here.
    #[arg(long, value_enum, value_name = "HEALTH")]
    fail_on: Option<FailOn>,
}

/// From which health on the list is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Fail,
    Warn,
}

impl FailOn {
    fn counts(self, health: Health) -> bool {
        health == Health::Fail || (self == Self::Warn && health == Health::Warn)
    }

    /// What to say of so many listed sites; nothing where none counts.
    fn verdict(self, rows: &[Arc<SiteRow>]) -> Option<String> {
        let of = |health| rows.iter().filter(|row| row.health == health).count();
        let healths: &[Health] = if self == Self::Warn { &[Health::Fail, Health::Warn] } else { &[Health::Fail] };
        let told = healths.iter().map(|health| format!("{} {health}", of(*health))).collect::<Vec<_>>().join(", ");
        rows.iter().any(|row| self.counts(row.health)).then(|| format!("{told} of {} listed", rows.len()))
    }
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let filter = Query::parse(&args.filter)
        .map_err(|error| Failure::new(Exit::Usage, format!("--filter: {error}")).advise(error.advice))?;
    let config = context.config()?;
    let store = context.store()?;
    let now = context.clock.now();
    let mut reading = Reading::load(&config, &store, now).await?;
    let (rows, _) = reading.rows();
    let mut rows: Vec<Arc<SiteRow>> = rows.to_vec();
    let none_yet = rows.is_empty();
    rows.retain(|row| filter.matches(row, now));
    rows.sort_by(|a, b| (a.health, &a.name).cmp(&(b.health, &b.name)));
    let lines: Vec<SiteLine> = rows.iter().map(|row| SiteLine::from(row.as_ref())).collect();
    let text = text(&rows, Style::for_stdout(&context.global), now);
    let mut report = Report::done(json!({"sites": lines}), text);
    if let Some(verdict) = args.fail_on.and_then(|fail_on| fail_on.verdict(&rows)) {
        report.exit = Exit::Failed;
        report.message = Some(verdict);
    }
    report.warnings = reading.unreadable.iter().map(ToString::to_string).collect();
    if none_yet {
        report.warnings.push(format!("no sites yet: fusebox add, or edit {}", config.file().display()));
    }
    Ok(report)
}

/// As on the screen.
const HEADER: [&str; 7] = ["STATE", "SITE", "ORG/USER", "SLOT", "LIFE", "PROOF", "WHY"];

fn text(rows: &[Arc<SiteRow>], style: Style, now: DateTime<Utc>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut cells = vec![HEADER.map(str::to_owned).to_vec()];
    cells.extend(rows.iter().map(|row| line(row, style.glyphs(), now)));
    table::lay_out(&cells, style.room(), |number, column, cell| match (number.checked_sub(1), column) {
        (Some(row), 0) => style.health(rows[row].health, &cell),
        _ => cell,
    })
}

fn line(row: &SiteRow, glyphs: Glyphs, now: DateTime<Utc>) -> Vec<String> {
    let unknown = || "?".to_owned();
    vec![
        row.health.to_string(),
        row.name.to_string(),
        owner(row).unwrap_or_else(unknown),
        slot(row),
        life(&row.refresh_token, now, glyphs),
        row.proof_at.map_or_else(unknown, |at| age::since(at, now)),
        row.why.at(now).into_owned(),
    ]
}

/// Place and limit; `-` where the approval is gone, `<` leaves first, `<?` this or another of one second, `=` shares its token.
fn slot(row: &SiteRow) -> String {
    let Some(slot) = &row.slot else { return "?".to_owned() };
    let place = match slot.position {
        Some(position) => position.to_string(),
        None if row.refresh_token == Expiry::Dead => "-".to_owned(),
        None => "?".to_owned(),
    };
    let mark = match (slot.next_out, slot.tied, slot.shared) {
        (true, true, _) => "<?",
        (true, false, _) => "<",
        (false, _, true) => "=",
        _ => "",
    };
    format!("{mark}{place}/{}", slot.limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Slot;

    #[test]
    fn unknown_is_never_nothing() {
        let now = DateTime::UNIX_EPOCH;
        let row = SiteRow::unseen(crate::model::SiteName::new("shop"), "https://shop".into());
        assert_eq!(line(&row, Glyphs::new(false), now), ["UNKN", "shop", "?", "?", "?", "?", "not looked at yet"]);
    }

    #[test]
    fn a_slot_tells_that_it_leaves_first_or_is_shared() {
        let place = |position, next_out, shared| {
            let slot = Slot { position, used: Some(4), limit: 4, approval_id: None, next_out, tied: false, shared };
            slot_of(Some(slot))
        };
        assert_eq!(
            [place(Some(1), true, false), place(Some(2), false, true), place(None, false, false)],
            ["<1/4", "=2/4", "?/4"]
        );
        assert_eq!(slot_of(None), "?");
    }

    fn slot_of(slot: Option<Slot>) -> String {
        let row = SiteRow::unseen(crate::model::SiteName::new("shop"), "https://shop".into());
        super::slot(&SiteRow { slot, ..row })
    }
}
