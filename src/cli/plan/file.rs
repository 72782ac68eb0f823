//! A plan in a file: TOML, to be reviewed and edited by people, and read back by nobody's word: every name, id and reference is
//! checked before anything in it counts. Whether it still holds is `diagnosis::plan_standing`'s to say.

use super::super::Exit;
use super::super::report::Failure;
use crate::model::{ApprovalId, Clean, LeftOut, Plan, PlanOrg, PlanStep, SiteName};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

/// The version that is written, and the only one that is read.
const VERSION: i64 = 1;

/// The largest file that is read: a plan of ten thousand sites is smaller.
const LARGEST: u64 = 8 * 1024 * 1024;

/// How far ahead the clock of another machine may be that made the plan.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

const HEAD: &str = "\
# A plan of fusebox's. Reading it does nothing. Steps may be taken out; `fusebox plan check FILE` says what of it holds now,
# and each step is asked again before it is done. It holds no secret.
";

/// The file as it stands.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    version: i64,
    made_at: DateTime<Utc>,
    #[serde(default)]
    left_out: Cow<'a, [LeftOut]>,
    #[serde(default)]
    orgs: Cow<'a, [PlanOrg]>,
    #[serde(default)]
    steps: Cow<'a, [PlanStep]>,
}

/// What every version has.
#[derive(Deserialize)]
struct Versioned {
    version: i64,
}

/// Writes a plan into a file that is not there yet.
pub(super) fn write(path: &Path, plan: &Plan) -> Result<(), Failure> {
    let text =
        text(plan).map_err(|error| Failure::new(Exit::Failed, format!("the plan can not be written: {error}")))?;
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    let failed = |error: std::io::Error| {
        let failure = Failure::new(Exit::Failed, format!("{} can not be written: {error}", path.display()));
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => failure.advise("name another file, or move that one away"),
            _ => failure,
        }
    };
    let mut file = made.map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// Reads a plan that was made before `now`.
pub(super) fn read(path: &Path, now: DateTime<Utc>) -> Result<Plan, Failure> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    read.map_err(|error| Failure::new(Exit::Usage, format!("{} can not be read: {error}", path.display())))?;
    parse(&text, now).map_err(|wrong| {
        let wrong = Clean::new(wrong);
        Failure::new(Exit::Configuration, format!("{} is no plan: {wrong}", path.display()))
            .advise("fusebox plan --out FILE writes one")
    })
}

fn text(plan: &Plan) -> Result<String, toml::ser::Error> {
    let body = toml::to_string_pretty(&Written {
        version: VERSION,
        made_at: plan.made_at,
        left_out: Cow::Borrowed(&plan.left_out),
        orgs: Cow::Borrowed(&plan.orgs),
        steps: Cow::Borrowed(&plan.steps),
    })?;
    Ok(format!("{HEAD}\n{body}"))
}

fn parse(text: &str, now: DateTime<Utc>) -> Result<Plan, String> {
    if text.len() > usize::try_from(LARGEST).unwrap_or(usize::MAX) {
        return Err(format!("it is larger than {} MiB", LARGEST / 1024 / 1024));
    }
    let one_line = |error: toml::de::Error| {
        // Counted in bytes: a span may end within a sign that is no ASCII.
        let before = error.span().map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count());
        let line = before.map(|lines| lines + 1);
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        format!("{place}{}", error.message().replace('\n', " "))
    };
    // Before all else: of another version nothing can be said to be wrong.
    let Versioned { version } = toml::from_str(text).map_err(one_line)?;
    if version != VERSION {
        return Err(format!("it is of version {version}, and this fusebox reads version {VERSION}"));
    }
    let Written { made_at, left_out, orgs, steps, .. } = toml::from_str(text).map_err(one_line)?;
    let (left_out, orgs, steps) = (left_out.into_owned(), orgs.into_owned(), steps.into_owned());
    let plan = Plan { made_at, orgs, steps, left_out };
    consistent(&plan, now)?;
    Ok(plan)
}

/// What a plan that nobody broke keeps to.
fn consistent(plan: &Plan, now: DateTime<Utc>) -> Result<(), String> {
    if plan.made_at > now + AHEAD {
        return Err("it was made in the future".to_owned());
    }
    for (index, org) in plan.orgs.iter().enumerate() {
        if plan.orgs[..index].iter().any(|other| other.name == org.name || other.id == org.id) {
            return Err(format!("org {} stands in it twice", org.name));
        }
    }
    let (mut revoked, mut authorized): (BTreeSet<ApprovalId>, BTreeSet<&SiteName>) = Default::default();
    for (index, step) in plan.steps.iter().enumerate() {
        let wrong = |what: String| Err(format!("step {}: {what}", index + 1));
        let Some(org) = plan.orgs.iter().find(|org| org.name == *step.org()) else {
            return wrong(format!("org {} is not among its orgs", step.org()));
        };
        let (PlanStep::Revoke { user, .. } | PlanStep::Authorize { user, .. }) = step;
        let Some(user) = org.users.iter().find(|known| known.id == *user) else {
            return wrong(format!("user {user} is not among those of {}", org.name));
        };
        match step {
            PlanStep::Revoke { approval, .. } if !user.approvals.contains(approval) => {
                return wrong(format!("approval {} is not among those of {}", approval.short(), user.name));
            }
            PlanStep::Revoke { approval, .. } if !revoked.insert(*approval) => {
                return wrong(format!("approval {} is revoked twice", approval.short()));
            }
            PlanStep::Authorize { site, .. } if !authorized.insert(site) => {
                return wrong(format!("{site} is authorized twice"));
            }
            PlanStep::Revoke { .. } | PlanStep::Authorize { .. } => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OrgId, OrgName, PlanUser, UserId};

    fn approval(byte: u8) -> ApprovalId {
        ApprovalId::from_bytes([byte; 16])
    }

    fn user() -> UserId {
        UserId::parse("005000000000001").expect("an id")
    }

    fn authorize(site: &str) -> PlanStep {
        PlanStep::Authorize {
            org: OrgName::new("acme"),
            site: SiteName::new(site),
            user: user(),
            user_name: "ops1@acme.example".into(),
            cause: None,
            own_user: true,
            removes: vec![approval(3)],
            why: "removes the oldest".into(),
        }
    }

    fn plan() -> Plan {
        let revoke = PlanStep::Revoke {
            org: OrgName::new("acme"),
            user: user(),
            user_name: "ops1@acme.example".into(),
            approval: approval(2),
            approval_made_at: DateTime::UNIX_EPOCH,
            why: "give's, which \"holds\" another token".into(),
        };
        let holder =
            PlanUser { id: user(), name: "ops1@acme.example".into(), approvals: vec![approval(3), approval(2)] };
        Plan {
            made_at: DateTime::UNIX_EPOCH,
            orgs: vec![PlanOrg {
                name: OrgName::new("acme"),
                id: OrgId::parse("00D000000000001").expect("an id"),
                slot_limit: 4,
                approvals_seen_at: None,
                without_slot: vec![SiteName::new("fund")],
                missing_users: 1,
                notes: vec!["install the app first".into()],
                users: vec![holder],
            }],
            steps: vec![revoke, authorize("shop")],
            left_out: vec![LeftOut { site: SiteName::new("app"), reason: "app_blocked".into() }],
        }
    }

    fn parsed(text: &str) -> Result<Plan, String> {
        parse(text, DateTime::UNIX_EPOCH)
    }

    fn wrong(change: impl FnOnce(&mut Plan)) -> String {
        let mut plan = plan();
        change(&mut plan);
        parsed(&text(&plan).expect("written")).expect_err("it is wrong")
    }

    #[test]
    fn what_is_written_is_read() {
        let text = text(&plan()).expect("written");
        assert!(text.contains("[[steps]]\ndo = \"revoke\"\n"), "{text}");
        assert_eq!(parsed(&text), Ok(plan()));
        let empty = Plan { orgs: Vec::new(), steps: Vec::new(), left_out: Vec::new(), ..plan() };
        assert_eq!(parsed(&super::text(&empty).expect("written")), Ok(empty));
    }

    #[test]
    fn a_plan_that_was_broken_is_refused_with_the_place() {
        let text = text(&plan()).expect("written");
        let refused = |from: &str, to: &str| parsed(&text.replacen(from, to, 1)).expect_err("it is wrong");
        assert!(refused("version = 1", "version = 2").contains("version 2"));
        assert!(refused("version = 1", "").contains("missing field `version`"));
        assert!(refused("own_user", "own_usr").contains("own_usr"));
        assert!(refused("do = \"revoke\"", "do = \"disconnect\"").contains("disconnect"));
        assert!(refused("version = 1", "version = 1\nforce = true").contains("force"));
        assert!(refused("id = \"005", "id = \"!05").contains("is not a Salesforce id"));
        assert!(parsed("{}").is_err() && parsed("").is_err());
        assert!(refused("slot_limit = 4", "slot_limit = \"4\"").starts_with("line "));
    }

    proptest::proptest! {
        /// Whatever is put into it, wherever, it is read or refused.
        #[test]
        fn no_edit_breaks_the_reader(at: proptest::sample::Index, cut in 0usize..40, put in "\\PC{0,12}") {
            let text = text(&plan()).expect("written");
            let at = at.index(text.len());
            let kept = text.as_bytes().get(at + cut..).unwrap_or_default();
            let bytes = [&text.as_bytes()[..at], put.as_bytes(), kept].concat();
            if let Err(wrong) = parsed(&String::from_utf8_lossy(&bytes)) {
                proptest::prop_assert!(!wrong.contains('\n'), "{}", wrong);
            }
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        assert!(wrong(|plan| plan.steps.push(authorize("shop"))).contains("step 3: shop is authorized twice"));
        assert!(wrong(|plan| plan.steps.insert(0, plan.steps[0].clone())).contains("step 2: approval 02020202"));
        assert!(wrong(|plan| plan.orgs[0].users.clear()).contains("step 1: user 005000000000001AAA"));
        assert!(wrong(|plan| plan.orgs[0].users[0].approvals.truncate(1)).contains("is not among those of ops1"));
        assert!(wrong(|plan| plan.orgs.clear()).contains("org acme is not among its orgs"));
        assert!(wrong(|plan| plan.orgs.push(plan.orgs[0].clone())).contains("twice"));
        assert!(wrong(|plan| plan.made_at += TimeDelta::minutes(6)).contains("future"));
    }

    #[test]
    fn what_a_terminal_could_obey_does_not_get_that_far() {
        let text = text(&plan()).expect("written").replace("removes the oldest", "\\u001B[31mred");
        let read = parsed(&text).expect("a plan");
        assert!(!format!("{:?}", read.steps).contains("\\u{1b}"));
        let PlanStep::Authorize { why, .. } = &read.steps[1] else { panic!("{read:?}") };
        assert!(why.as_str().contains("red") && !why.as_str().contains('\u{1b}'));
    }
}
