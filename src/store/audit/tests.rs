//! The chain holds, whoever writes, and shows what was done to it.

use super::*;
use crate::model::SiteName;
use chrono::TimeDelta;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

fn audit(dir: &TempDir) -> Audit {
    let operator = Operator { uid: 1000, login: Some("ops".into()), ..Operator::default() };
    Audit::new(&dir.path().join("state"), "ab".repeat(32).into(), operator)
}

fn line(minute: i64, phase: Phase) -> AuditLine {
    AuditLine {
        at: DateTime::UNIX_EPOCH + TimeDelta::minutes(minute),
        id: "0badcafe".to_owned(),
        operation: "identify",
        class: ActionClass::Spend,
        phase,
        target: Target::Site(SiteName::new("shop.example.org")),
        org: Some(OrgName::new("acme")),
        user: None,
        what: "one refresh, \"quoted\"\nand more".into(),
        outcome: None,
    }
}

fn lines(audit: &Audit) -> Vec<String> {
    std::fs::read_to_string(&audit.path).expect("the file").lines().map(str::to_owned).collect()
}

/// The first line that is not as it was written there, by the rule that the file's form gives and nothing else.
fn broken_at(audit: &Audit) -> Option<usize> {
    let mut before = FIRST.to_owned();
    lines(audit).iter().position(|line| {
        let Some((open, code)) = line.strip_suffix("\"}").and_then(|line| line.rsplit_once(",\"code\":\"")) else {
            return true;
        };
        let body = format!("{open}}}");
        let held: Value = serde_json::from_str(line).expect("JSON");
        let good = audit.code(&body) == code && held["before"] == before.as_str();
        code.clone_into(&mut before);
        !good
    })
}

#[test]
fn each_line_holds_the_one_before_and_nobody_else_may_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    for (minute, phase) in [(0, Phase::Before), (1, Phase::After), (2, Phase::Refused)] {
        audit.write(&line(minute, phase)).expect("written");
    }
    assert_eq!(broken_at(&audit), None);
    assert_eq!(std::fs::metadata(&audit.path).expect("the file").permissions().mode() & 0o777, 0o600);
    let first: Value = serde_json::from_str(&lines(&audit)[0]).expect("JSON");
    assert_eq!(
        (&first["phase"], &first["class"], &first["at"]),
        (&"before".into(), &"spend".into(), &"1970-01-01T00:00:00.000Z".into())
    );
    assert_eq!((&first["target"]["name"], &first["operator"]["uid"]), (&"shop.example.org".into(), &1000.into()));
    assert!(first["operator"].get("sudo_user").is_none());
}

#[test]
fn what_is_changed_taken_out_or_put_in_shows() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    (0..4).for_each(|minute| audit.write(&line(minute, Phase::Before)).expect("written"));
    let whole = lines(&audit);
    let now = |lines: Vec<String>| {
        std::fs::write(&audit.path, lines.join("\n") + "\n").expect("a file");
        broken_at(&audit)
    };
    assert_eq!(now(whole.clone()), None);
    let mut changed = whole.clone();
    changed[1] = changed[1].replace("shop.example.org", "news.example.org");
    assert_eq!(now(changed), Some(1));
    let mut without = whole.clone();
    without.remove(2);
    assert_eq!(now(without), Some(2));
    let mut twice = whole.clone();
    twice.insert(2, whole[1].clone());
    assert_eq!(now(twice), Some(2));
    let other = Audit { key: "cd".repeat(32).into(), ..audit.clone() };
    let mut forged = whole.clone();
    let (mut last, _) = (line(9, Phase::Before), forged.pop());
    last.operation = "forged";
    let code = serde_json::from_str::<Value>(&whole[2]).expect("JSON")["code"].as_str().expect("a code").to_owned();
    forged.push(other.line(&last, &code).trim_end().to_owned());
    assert_eq!(now(forged), Some(3));
}

#[test]
fn many_at_once_make_one_chain() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    std::thread::scope(|scope| {
        for minute in 0..8 {
            let audit = audit.clone();
            scope.spawn(move || (0..5).for_each(|_| audit.write(&line(minute, Phase::Before)).expect("written")));
        }
    });
    assert_eq!(lines(&audit).len(), 40);
    assert_eq!(broken_at(&audit), None);
}

#[test]
fn a_line_that_the_power_cut_is_left_and_the_chain_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    audit.write(&line(0, Phase::Before)).expect("written");
    let whole = lines(&audit)[0].clone();
    std::fs::write(&audit.path, format!("{whole}\n{}", &whole[..40])).expect("a file");
    audit.write(&line(1, Phase::After)).expect("written");
    let now = lines(&audit);
    assert_eq!((now.len(), broken_at(&audit)), (3, Some(1)), "the half line is the one that shows");
    let (first, last): (Value, Value) =
        (serde_json::from_str(&now[0]).expect("JSON"), serde_json::from_str(&now[2]).expect("JSON"));
    assert_eq!(last["before"], first["code"]);
}

#[test]
fn what_can_not_be_written_is_said_with_its_place() {
    let audit = Audit::new(Path::new("/proc/fusebox"), "ab".repeat(32).into(), Operator::default());
    let error = audit.write(&line(0, Phase::Before)).expect_err("no such folder");
    assert!(error.to_string().contains("/proc/fusebox/audit.jsonl"), "{error}");
    // A disk that is full takes nothing, and the line before stays whole.
    let dir = tempfile::tempdir().expect("a folder");
    let full = self::audit(&dir);
    std::fs::create_dir(dir.path().join("state")).expect("a folder");
    std::os::unix::fs::symlink("/dev/full", &full.path).expect("a link");
    assert!(full.write(&line(0, Phase::Before)).is_err());
}

#[test]
fn who_shares_the_folder_shares_the_audit() {
    let dir = TempDir::new().expect("a folder");
    let audit = audit(&dir);
    let state = dir.path().join("state");
    std::fs::create_dir(&state).expect("the state's folder");
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o2770)).expect("shared");
    audit.write(&line(0, Phase::Before)).expect("written");
    assert_eq!(std::fs::metadata(&audit.path).expect("the file").permissions().mode() & 0o777, 0o660);
}
