//! The chain holds, whoever writes, and shows what was done to it.

use super::*;
use chrono::TimeDelta;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

fn audit(dir: &TempDir) -> Audit {
    let operator = Operator { uid: 1000, login: Some("ops".into()), ..Operator::default() };
    Audit::new(&dir.path().join("state"), "ab".repeat(32).into(), operator).logging_to(None)
}

fn line(minute: i64, phase: Phase) -> AuditLine {
    AuditLine {
        at: DateTime::UNIX_EPOCH + TimeDelta::minutes(minute),
        id: "0badcafe".to_owned(),
        operation: "identify",
        class: ActionClass::Spend,
        phase,
        target: Target::Site(SiteName::new("shop.example.org")).into(),
        org: Some(OrgName::new("acme")),
        user: None,
        what: "one refresh, \"quoted\"\nand more".into(),
        outcome: None,
    }
}

fn lines(audit: &Audit) -> Vec<String> {
    std::fs::read_to_string(&audit.path).expect("the file").lines().map(str::to_owned).collect()
}

fn verdict(audit: &Audit) -> Verdict {
    audit.verify(&[]).expect("a verdict")
}

/// The lines that are told as damaged.
fn damaged(audit: &Audit) -> Vec<usize> {
    verdict(audit).damages.iter().map(|damage| damage.line).collect()
}

fn head(audit: &Audit) -> PathBuf {
    audit.path.with_extension("head")
}

fn put(audit: &Audit, lines: &[String]) {
    std::fs::write(&audit.path, lines.join("\n") + "\n").expect("a file");
}

#[test]
fn each_line_holds_the_one_before_and_nobody_else_may_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    for (minute, phase) in [(0, Phase::Before), (1, Phase::After), (2, Phase::Refused)] {
        audit.write(&line(minute, phase)).expect("written");
    }
    let whole = verdict(&audit);
    assert_eq!((whole.lines, whole.damages.clone(), whole.notes.len(), whole.head), (3, vec![], 0, HeadSeen::Agrees));
    for file in [&audit.path, &head(&audit)] {
        assert_eq!(std::fs::metadata(file).expect("the file").permissions().mode() & 0o777, 0o600);
    }
    let first: Value = serde_json::from_str(&lines(&audit)[0]).expect("JSON");
    assert_eq!(
        (&first["phase"], &first["class"], &first["at"]),
        (&"before".into(), &"spend".into(), &"1970-01-01T00:00:00.000Z".into())
    );
    assert_eq!((&first["target"]["name"], &first["operator"]["uid"]), (&"shop.example.org".into(), &1000.into()));
    assert!(first["operator"].get("sudo_user").is_none());
}

#[test]
fn what_is_changed_taken_out_or_put_in_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    (0..4).for_each(|minute| audit.write(&line(minute, Phase::Before)).expect("written"));
    let whole = lines(&audit);
    let now = |lines: Vec<String>| {
        put(&audit, &lines);
        damaged(&audit)
    };
    assert_eq!(now(whole.clone()), [0_usize; 0]);
    let mut changed = whole.clone();
    changed[1] = changed[1].replace("shop.example.org", "shop.example.orh");
    assert_eq!(now(changed), [2], "one byte");
    let mut recoded = whole.clone();
    let digit = if recoded[2].ends_with("0\"}") { "1\"}" } else { "0\"}" };
    recoded[2].replace_range(whole[2].len() - 3.., digit);
    assert_eq!(now(recoded), [3, 4], "one byte of a code: the next line holds the code that was");
    let mut without = whole.clone();
    without.remove(2);
    assert_eq!(now(without), [3]);
    let mut twice = whole.clone();
    twice.insert(2, whole[1].clone());
    assert_eq!(now(twice), [3]);
    let mut noise = whole.clone();
    noise.insert(1, "a line of somebody else".to_owned());
    assert_eq!(now(noise), [2]);
    let mut swapped = whole.clone();
    swapped.swap(1, 2);
    assert!(now(swapped).contains(&2));
}

#[test]
fn a_file_that_was_recomputed_without_the_key_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    (0..4).for_each(|minute| audit.write(&line(minute, Phase::Before)).expect("written"));
    let stranger = Audit { key: "cd".repeat(32).into(), ..audit.clone() };
    let mut last = Last::none();
    let forged: Vec<String> = (0..4)
        .map(|minute| {
            let (text, code) = stranger.line(&line(minute + 9, Phase::Before), last.number + 1, &last.code, &[]);
            last = Last { number: last.number + 1, code };
            text.trim_end().to_owned()
        })
        .collect();
    put(&audit, &forged);
    assert_eq!(damaged(&audit), [1, 2, 3, 4, 4], "each line, and the end that audit.head names otherwise");
    audit.write(&line(20, Phase::Before)).expect("written");
    let later = verdict(&audit);
    assert_eq!((later.head, later.damages[0].line, later.damaged), (HeadSeen::Agrees, 1, 6), "{:?}", later.damages);
}

#[test]
fn an_end_that_was_cut_off_is_told_and_still_is_when_lines_came_after_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    (0..4).for_each(|minute| audit.write(&line(minute, Phase::Before)).expect("written"));
    let whole = lines(&audit);
    put(&audit, &whole[..2]);
    let cut = verdict(&audit);
    assert_eq!((cut.head, damaged(&audit)), (HeadSeen::Ahead, vec![3]));
    assert!(cut.damages[0].what.contains("2 lines are missing"), "{:?}", cut.damages);
    for minute in 10..13 {
        audit.write(&line(minute, Phase::Before)).expect("written");
    }
    let later = verdict(&audit);
    assert_eq!((later.lines, later.head), (5, HeadSeen::Agrees));
    assert!(later.damages.iter().all(|damage| damage.line == 3) && later.damaged == 2, "{:?}", later.damages);
    // All of it gone, and one line more.
    std::fs::remove_file(&audit.path).expect("removed");
    assert_eq!(damaged(&audit), [1]);
    audit.write(&line(20, Phase::Before)).expect("written");
    assert!(verdict(&audit).damages.iter().any(|damage| damage.what.starts_with("7 lines before it")));
}

#[test]
fn a_head_that_was_taken_away_changed_or_put_back_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    (0..2).for_each(|minute| audit.write(&line(minute, Phase::Before)).expect("written"));
    let (whole, older) = (lines(&audit), std::fs::read(head(&audit)).expect("a head"));
    std::fs::remove_file(head(&audit)).expect("removed");
    assert_eq!((verdict(&audit).head, damaged(&audit)), (HeadSeen::Missing, vec![3]));
    audit.write(&line(2, Phase::Before)).expect("written");
    assert_eq!(damaged(&audit), [3], "it stays told");
    std::fs::write(head(&audit), "{\"number\":3}").expect("written");
    assert_eq!(verdict(&audit).head, HeadSeen::Foreign);
    // Cut to what an older head names: the file alone is good, and what the log has tells.
    let newest = lines(&audit);
    let number_and_code = |line: &String| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        (line["number"].as_u64().expect("a number"), line["code"].as_str().expect("a code").to_owned())
    };
    put(&audit, &whole);
    std::fs::write(head(&audit), &older).expect("put back");
    assert!(verdict(&audit).is_good());
    let told = audit.verify(&[number_and_code(&newest[2])]).expect("a verdict");
    assert_eq!(told.damages.iter().map(|damage| damage.line).collect::<Vec<_>>(), [3], "{:?}", told.damages);
    assert!(audit.verify(&[number_and_code(&newest[1])]).expect("a verdict").is_good());
    let (number, _) = number_and_code(&newest[0]);
    assert_eq!(audit.verify(&[(number, "00".repeat(32))]).expect("a verdict").damages[0].line, 1);
}

#[test]
fn what_dies_between_a_line_and_its_head_is_no_damage() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    for lines_before in 0..3 {
        let before = std::fs::read(head(&audit)).ok();
        audit.write(&line(lines_before, Phase::Before)).expect("written");
        match before {
            Some(before) => std::fs::write(head(&audit), before).expect("put back"),
            None => std::fs::remove_file(head(&audit)).expect("removed"),
        }
        let stopped = verdict(&audit);
        assert_eq!((stopped.is_good(), stopped.head, stopped.notes.len()), (true, HeadSeen::Behind, 1), "{stopped:?}");
        audit.write(&line(lines_before, Phase::After)).expect("written");
        let later = verdict(&audit);
        assert_eq!((later.damages, later.notes, later.head), (vec![], vec![], HeadSeen::Agrees));
    }
}

#[test]
fn the_systems_log_is_told_each_head_and_none_is_needed() {
    let dir = tempfile::tempdir().expect("a folder");
    let place = dir.path().join("log");
    let audit = audit(&dir).logging_to(Some(place.clone()));
    audit.write(&line(0, Phase::Before)).expect("nobody listens, and it is written");
    assert_eq!(verdict(&audit).log, None);
    let log = std::os::unix::net::UnixDatagram::bind(&place).expect("a log");
    audit.write(&line(1, Phase::Before)).expect("written");
    let mut word = [0; 1024];
    let read = log.recv(&mut word).expect("a word");
    let word = String::from_utf8_lossy(&word[..read]).into_owned();
    let last = verdict(&audit);
    let (number, code) = last.last.clone().expect("a line");
    assert!(word.starts_with("<85>fusebox[") && word.contains(&format!("head {number}:{code} identify before site ")));
    assert!(word.contains(&format!("audit {} head", last.installation)) && !word.contains('\n'), "{word}");
    assert_eq!(last.log, Some(place));
    // A log that does not read fills up, and is left.
    assert!((0..2000).any(|_| !syslog::tell(&audit.sockets, &word)));
    audit.write(&line(2, Phase::Before)).expect("written");
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
    let whole = verdict(&audit);
    assert_eq!((whole.lines, whole.damages, whole.head), (40, vec![], HeadSeen::Agrees));
}

#[test]
fn a_line_that_the_power_cut_is_left_and_the_chain_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    audit.write(&line(0, Phase::Before)).expect("written");
    let whole = lines(&audit)[0].clone();
    std::fs::write(&audit.path, format!("{whole}\n{}", &whole[..40])).expect("a file");
    assert_eq!((verdict(&audit).is_good(), verdict(&audit).notes.len()), (true, 1));
    audit.write(&line(1, Phase::After)).expect("written");
    let now = lines(&audit);
    let later = verdict(&audit);
    assert_eq!((now.len(), later.is_good()), (3, true), "{later:?}");
    assert!(later.notes[0].starts_with("line 2 was cut off"), "{:?}", later.notes);
    let (first, last): (Value, Value) =
        (serde_json::from_str(&now[0]).expect("JSON"), serde_json::from_str(&now[2]).expect("JSON"));
    assert_eq!((&last["before"], &last["found"]), (&first["code"], &serde_json::json!(["torn"])));
    // The same half line where nobody found one without an end.
    put(&audit, &[now[0].clone(), now[1].clone()]);
    assert!(damaged(&audit).contains(&2));
}

#[test]
fn what_is_read_is_what_was_written() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    assert_eq!(audit.records().expect("none").len(), 0);
    assert!(verdict(&audit).is_good());
    audit.write(&line(0, Phase::Before)).expect("written");
    let mut text = std::fs::read_to_string(&audit.path).expect("the file");
    text.push_str("noise\n");
    std::fs::write(&audit.path, text).expect("a file");
    let records = audit.records().expect("lines");
    let [Ok(first), Err(2)] = records.as_slice() else { panic!("{records:?}") };
    let written = line(0, Phase::Before);
    assert_eq!((first.number, first.at, &first.target, &first.what), (1, written.at, &written.target, &written.what));
    assert_eq!((first.operator.uid, first.class, first.phase), (1000, ActionClass::Spend, Phase::Before));
}

#[test]
fn a_hundred_thousand_lines_are_one_chain() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = audit(&dir);
    audit.write(&line(0, Phase::Before)).expect("written");
    let (mut last, mut text) = (Last::none(), String::new());
    for minute in 0..100_000 {
        let (line, code) = audit.line(&line(minute, Phase::Before), last.number + 1, &last.code, &[]);
        last = Last { number: last.number + 1, code };
        text.push_str(&line);
    }
    std::fs::write(&audit.path, text).expect("a file");
    audit.head_file().write(&audit.hmac(), &last).expect("a head");
    let whole = verdict(&audit);
    assert_eq!((whole.lines, whole.damaged, whole.head), (100_000, 0, HeadSeen::Agrees));
    audit.write(&line(0, Phase::After)).expect("one more");
    assert_eq!(verdict(&audit).lines, 100_001);
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
    // Where the head can not be kept the line is taken back: it would be one that nothing names.
    let headless = self::audit(&tempfile::tempdir().expect("a folder"));
    std::fs::create_dir_all(head(&headless)).expect("a folder in its place");
    assert!(headless.write(&line(0, Phase::Before)).is_err());
    assert_eq!(std::fs::read_to_string(&headless.path).expect("the file"), "");
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
