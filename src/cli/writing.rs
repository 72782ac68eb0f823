//! What commands that write to sites share: who may, how it ended in words, codes and JSON.

pub(super) mod setting;

use super::context::Context;
use super::known::Known;
use super::report::Failure;
use super::{Exit, operator};
use crate::backend::ChangedAnswer;
use crate::model::lists::{Difference, ListChanges};
use crate::model::site_change::{Outcome, Step};
use crate::model::{ActionClass, BrokenMapping, Clean, FailureClass, ReadOnly, SiteName, Target};
use crate::operations::change::{Change, ChangeError, Changed, Refreshed, RefusedBy, write};
use crate::store::{Audit, AuditLine, AuditTarget, Phase};
use serde_json::{Value, json};

/// What the audit and its operation are called by.
pub(super) struct Writing {
    pub(super) audit: Audit,
    /// Names the operation.
    pub(super) id: String,
}

impl Writing {
    pub(super) fn new(context: &Context) -> Result<Self, Failure> {
        Ok(Self { audit: operator::audit(&context.paths()?.state)?, id: format!("{:08x}", fastrand::u32(..)) })
    }

    /// Refuses, and writes that down, where none of the sites may be written to. Where one may, the others are refused one by
    /// one when it is their turn.
    pub(super) async fn may(
        &self,
        context: &Context,
        known: &Known,
        change: &Change,
        sites: &[SiteName],
    ) -> Result<(), Failure> {
        let permits = context.permits(&known.config);
        let refusals: Vec<Option<ReadOnly>> = sites.iter().map(|site| known.reading.refusal(&permits, site)).collect();
        let Some(by) = refusals.iter().flatten().next().filter(|_| refusals.iter().all(Option::is_some)) else {
            return Ok(());
        };
        let named = match sites {
            [site] => site.to_string(),
            sites => format!("each of {} sites", sites.len()),
        };
        let mut failure = Failure::new(Exit::NotPermitted, format!("{named} is left alone: {by}")).advise(by.advice());
        let lines: Vec<AuditLine> = if let (Some(by), 2..) = (&permits.fleet, sites.len()) {
            let fleet = AuditTarget::Fleet(known.config.fleet.name.as_str().into());
            let what = format!("{} of {} sites", change.operation(), sites.len());
            vec![self.refusal(context, change, fleet, what.into(), &by.to_string())]
        } else {
            let of = |(site, by): (&SiteName, &Option<ReadOnly>)| {
                let why = by.as_ref().map(ToString::to_string).unwrap_or_default();
                self.refusal(context, change, Target::Site(site.clone()).into(), change.what(site), &why)
            };
            sites.iter().zip(&refusals).map(of).collect()
        };
        for line in lines {
            if let Err(unwritten) = write(self.audit.clone(), line).await {
                failure = failure.advise(unwritten.to_string());
                break;
            }
        }
        Err(failure)
    }

    /// Writes down that a change is not made, and adds to the failure what could not be written.
    pub(super) async fn refused(
        &self,
        context: &Context,
        change: &Change,
        site: &SiteName,
        failure: Failure,
    ) -> Failure {
        let target = Target::Site(site.clone()).into();
        let line = self.refusal(context, change, target, change.what(site), failure.message());
        match write(self.audit.clone(), line).await {
            Ok(()) => failure,
            Err(unwritten) => failure.advise(unwritten.to_string()),
        }
    }

    fn refusal(&self, context: &Context, change: &Change, target: AuditTarget, what: Clean, why: &str) -> AuditLine {
        AuditLine {
            at: context.clock.now(),
            id: self.id.clone(),
            operation: change.operation(),
            class: ActionClass::Write,
            phase: Phase::Refused,
            target,
            org: None,
            user: None,
            what,
            outcome: Some(Clean::new(why)),
        }
    }
}

/// How it ended, as `outcome` has it.
pub(super) fn word(answer: &ChangedAnswer) -> String {
    match &answer.result {
        Ok(changed) => changed.outcome().map_or_else(|| "unclear".to_owned(), |outcome| outcome.to_string()),
        Err(error) => match error {
            ChangeError::Busy(_) => "busy",
            ChangeError::ReadOnly(..) => "read_only",
            ChangeError::NotConnected(_) => "not_connected",
            ChangeError::NotLet(failure) if is_not_permitted(failure.class) => "not_permitted",
            ChangeError::NotLet(_) => "unavailable",
            ChangeError::Refused { by: RefusedBy::NotOffered, .. } => "not_offered",
            ChangeError::Refused { by: RefusedBy::Code, .. } => "overridden",
            ChangeError::Refused { by: RefusedBy::ChangedSince, .. } => "changed_since",
            ChangeError::Audit(_) | ChangeError::Broken(_) => "error",
        }
        .to_owned(),
    }
}

/// Why it ended so, where it is not plainly done.
pub(super) fn why(answer: &ChangedAnswer) -> Option<String> {
    match &answer.result {
        Ok(changed) => changed.text().map(ToString::to_string),
        Err(error) => Some(error.to_string()),
    }
}

pub(super) fn exit(answer: &ChangedAnswer) -> Exit {
    match &answer.result {
        Ok(changed) => match changed.outcome() {
            Some(Outcome::Done | Outcome::Unchanged) => Exit::Done,
            Some(Outcome::Partly) => Exit::PartlyDone,
            // Its own next call refreshes the session.
            Some(Outcome::Withheld) => Exit::TryLater,
            Some(Outcome::Refused | Outcome::Failed | Outcome::Kept | Outcome::Skipped) => Exit::Failed,
            None => Exit::NotVerified,
        },
        Err(error) => match error {
            ChangeError::Busy(_) => Exit::TryLater,
            ChangeError::ReadOnly(..) => Exit::NotPermitted,
            ChangeError::NotLet(failure) => match failure.class {
                class if is_not_permitted(class) => Exit::NotPermitted,
                FailureClass::BadRequest => Exit::Failed,
                _ => Exit::Unavailable,
            },
            ChangeError::NotConnected(_)
            | ChangeError::Audit(_)
            | ChangeError::Refused { .. }
            | ChangeError::Broken(_) => Exit::Failed,
        },
    }
}

/// What to do about it, if something is to be; of several sites without a name.
pub(super) fn advice(answer: &ChangedAnswer, site: Option<&SiteName>) -> Option<String> {
    let named = site.map_or("SITE", SiteName::as_str);
    match &answer.result {
        Ok(changed) if changed.outcome() == Some(Outcome::Withheld) => {
            Some("a session that is over is refreshed by the site itself with its next traffic; ask again then".to_owned())
        }
        Ok(Changed::Unclear { .. }) => Some(format!("fusebox show {named} and the audit tell what is stored now")),
        Err(ChangeError::NotLet(failure)) if is_not_permitted(failure.class) => Some(
            "docs/agent.md says what the site must let: over REST fusebox_write and FUSEBOX_ALLOW_WRITE, and the newest agent \
             (fusebox agent prints it)"
                .to_owned(),
        ),
        Err(ChangeError::ReadOnly(_, by)) => Some(by.advice().to_owned()),
        Err(ChangeError::Refused { by: RefusedBy::NotOffered, .. }) => {
            Some(format!("fusebox refresh-fields {named} reads again what its org offers"))
        }
        Err(ChangeError::Refused { by: RefusedBy::ChangedSince, .. }) => {
            Some("nothing was put back; change it anew to what it shall be".to_owned())
        }
        _ => None,
    }
}

fn is_not_permitted(class: FailureClass) -> bool {
    matches!(class, FailureClass::NotPermitted | FailureClass::Unauthorized)
}

pub(super) fn steps(steps: &[Step]) -> Value {
    steps.iter().map(|step| json!(step)).collect()
}

/// What became of the connection; null where nothing was told.
pub(super) fn tokens(answer: &ChangedAnswer) -> Value {
    match &answer.result {
        Ok(Changed::Fields(refreshed)) => json!(refreshed.told.connected.tokens),
        Ok(Changed::Setting(setting)) => json!(setting.told.connected.tokens),
        Ok(Changed::Unclear { .. }) | Err(_) => Value::Null,
    }
}

/// What the lists gained and lost, for `--json`.
pub(super) fn changes(changes: &ListChanges) -> Value {
    json!({
        "segments": difference(&changes.segments), "fields": difference(&changes.fields),
        "record_types": difference(&changes.record_types), "object_types": difference(&changes.object_types),
        "newly_required": changes.newly_required, "no_longer_required": changes.no_longer_required,
        "newly_read_only": changes.newly_read_only, "newly_writable": changes.newly_writable,
        "incomplete": changes.incomplete,
    })
}

fn difference(difference: &Difference) -> Value {
    let pair = |(id, label): &(Clean, Clean)| json!({"id": id, "label": label});
    json!({
        "added": difference.added.iter().map(pair).collect::<Vec<_>>(),
        "removed": difference.removed.iter().map(pair).collect::<Vec<_>>(),
        "renamed": difference.renamed.iter().map(|(id, from, to)| json!({"id": id, "from": from, "to": to})).collect::<Vec<_>>(),
    })
}

/// One mapping that does not do any more what it did.
pub(super) fn broken(broken: &BrokenMapping) -> String {
    let from = broken.field.as_ref().map(|field| format!(" (from {field})")).unwrap_or_default();
    format!("{}{from}: {}", broken.crm_field, broken.by.words())
}

/// What the lists gained and lost, a line each.
pub(super) fn differences(refreshed: &Refreshed) -> Vec<String> {
    let Some(changes) = &refreshed.changes else { return Vec::new() };
    let mut lines = Vec::new();
    let lists = [
        ("field", &changes.fields),
        ("segment", &changes.segments),
        ("record type", &changes.record_types),
        ("object", &changes.object_types),
    ];
    for (what, list) in lists {
        lines.extend(list.added.iter().map(|(id, label)| format!("+ {what} {id}  {label}")));
        lines.extend(list.removed.iter().map(|(id, label)| format!("- {what} {id}  {label}")));
        lines.extend(list.renamed.iter().map(|(id, from, to)| format!("~ {what} {id}  {from} -> {to}")));
    }
    let turned = [
        ("required now", &changes.newly_required),
        ("not required any more", &changes.no_longer_required),
        ("read only now", &changes.newly_read_only),
        ("can be written now", &changes.newly_writable),
    ];
    for (what, names) in turned {
        lines.extend(names.iter().map(|name| format!("~ field {name}  {what}")));
    }
    if changes.incomplete {
        lines.push("? the lists are too long to be told whole; more may differ".to_owned());
    }
    lines.extend(refreshed.broken.iter().map(|one| format!("! {}", broken(one))));
    lines
}
