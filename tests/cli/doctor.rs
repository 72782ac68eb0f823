//! `doctor` and `config`: every fault is named with what to do, and nothing is spent by looking for it.

use crate::fleet::{Answer, Fleet, answer, program};
use fusebox::model::{OrgName, Target};
use fusebox::store::{LeaseKey, StoreHandle};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

/// The document's line about this.
fn line<'a>(document: &'a Value, subject: &str, check: &str) -> &'a Value {
    let checks = document["result"]["checks"].as_array().expect("a list");
    let found = checks.iter().find(|line| line["subject"] == subject && line["check"] == check);
    assert!(found.is_some(), "no line {check} about {subject}: {document:#}");
    found.expect("a line")
}

fn is(document: &Value, subject: &str, check: &str, status: &str, words: &str) {
    let line = line(document, subject, check);
    assert_eq!(line["status"], status, "{line:#}");
    let told = format!("{} -> {}", line["text"].as_str().expect("words"), line["advice"].as_str().unwrap_or_default());
    assert!(told.contains(words), "{words}: {line:#}");
}

const MACHINE: &str = "this machine";

#[tokio::test(flavor = "multi_thread")]
async fn every_story_is_told_and_nothing_is_spent() {
    let fleet = Fleet::start("agency", 7).await;
    let approvals = fleet.admin("truth", None).await["approvals"].clone();
    let doctor = fleet.json(&["doctor"], "doctor").await;
    assert_eq!((&doctor["status"], &doctor["name"]), (&json!(1), &json!("failed")));
    let stories = fleet.truth().await;
    for (story, check, status, words) in [
        ("no_right", "password", "fail", "wp user add-cap"),
        ("php_fatal", "PHP", "fail", "PHP error log"),
        ("no_answer", "transport", "fail", "bad_answer"),
        ("gone", "transport", "fail", "unreachable"),
        ("clock_skew", "clock", "warn", "300 s ahead of"),
        ("cron_dead", "cron", "warn", "wp cron event run"),
        ("plugin_inactive", "plugin", "warn", "wp plugin activate"),
        ("plugin_absent", "plugin", "warn", "not installed"),
        ("other_crm", "plugin", "warn", "not to Salesforce"),
        ("not_authorized", "plugin", "warn", "authorize"),
        ("clone", "staging", "warn", "a copy of"),
        ("rotation_risk", "rotation", "warn", "rotation is on"),
        ("evicted", "connection", "fail", "fusebox show"),
        ("healthy", "connection", "ok", "proved"),
        ("healthy", "transport", "ok", "over REST"),
        ("healthy", "org", "ok", "authorized in"),
    ] {
        let (name, _) = stories.iter().find(|(_, site)| site["story"] == story).unwrap_or_else(|| panic!("no {story}"));
        is(&doctor, name, check, status, words);
    }
    is(&doctor, "omega", "app", "warn", "not installed");
    is(&doctor, "sigma", "app", "fail", "nobody holds an approval");
    is(&doctor, "iota", "policy", "fail", "expire at once");
    is(&doctor, "lambda", "API calls", "warn", "96 %");
    for check in [
        "API Enabled",
        "Customize Application",
        "View Setup and Configuration",
        "Manage Users",
        "clock",
        "app",
        "edition",
    ] {
        is(&doctor, "acme", check, "ok", "");
    }
    is(&doctor, MACHINE, "config", "ok", "11 orgs, ");
    is(&doctor, MACHINE, "clock", "ok", "");

    let log = fleet.admin("log", None).await["requests"].as_array().expect("a list").clone();
    let orgs = fleet.sim.ready.orgs.len();
    let calls = log.iter().filter(|request| request["client"] == "fusebox" && request["counted"] == true).count();
    let most = 3 * orgs + 2;
    assert!(
        (orgs..=most).contains(&calls),
        "{calls}: a look, two calls of history, one more where a list has become short"
    );
    let refreshes = |request: &&Value| request["kind"].as_str().is_some_and(|kind| kind.contains("refresh"));
    assert_eq!(log.iter().filter(refreshes).count(), 0, "nothing is refreshed");
    assert_eq!(fleet.admin("truth", None).await["approvals"], approvals);
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_are_taken_away_are_named_one_by_one() {
    let fleet = Fleet::start("agency", 7).await;
    for (right, check, status) in [
        ("customize_application", "Customize Application", "fail"),
        ("view_setup", "View Setup and Configuration", "warn"),
        ("manage_users", "Manage Users", "warn"),
    ] {
        let order = json!({"kind": "rights", "org": "acme", "rights": {right: false}});
        fleet.admin("fault", Some(order)).await;
        let doctor = fleet.json(&["doctor", "acme"], "doctor").await;
        if right == "view_setup" {
            // "Customize Application" shows the row too, and the headers of every answer the allocation.
            is(&doctor, "acme", check, "ok", "");
            let both = json!({"customize_application": false, "view_setup": false});
            fleet.admin("fault", Some(json!({"kind": "rights", "org": "acme", "rights": both}))).await;
            is(&fleet.json(&["doctor", "acme"], "doctor").await, "acme", check, status, "missing: ");
            continue;
        }
        is(&doctor, "acme", check, status, "missing: ");
        let others = doctor["result"]["checks"].as_array().expect("a list").iter();
        let others: Vec<_> = others.filter(|line| line["subject"] == "acme" && line["advice"] != Value::Null).collect();
        assert_eq!(others.len(), 1, "{right}: {others:#?}");
    }
    fleet.admin("fault", Some(json!({"kind": "without_api", "org": "acme"}))).await;
    is(&fleet.json(&["doctor", "acme"], "doctor").await, "acme", "sign-in", "fail", "API Enabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whose_clock_is_off_is_told_and_not_its_sites() {
    let mut fleet = Fleet::of("clean", 3, Some(8)).await;
    fleet.ahead = Some("10min".to_owned());
    let doctor = fleet.json(&["doctor"], "doctor").await;
    is(&doctor, MACHINE, "clock", "warn", "600 s ahead of");
    is(&doctor, MACHINE, "clock", "warn", "timedatectl");
    let org = fleet.sim.ready.orgs.keys().next().expect("an org");
    is(&doctor, org, "clock", "warn", "600 s behind");
    let site = fleet.list().await.keys().next().cloned().expect("a site");
    is(&doctor, &site, "clock", "ok", "");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_others_may_read_are_refused_with_the_order_to_run() {
    let fleet = Fleet::of("clean", 3, Some(8)).await;
    let file = fleet.config_dir().join("secrets.toml");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("a mode");
    let order = format!("run: chmod 600 {}", file.display());
    let doctor = fleet.json(&["doctor"], "doctor").await;
    assert_eq!(doctor["status"], 1);
    is(&doctor, MACHINE, "config", "fail", &order);
    let org = fleet.sim.ready.orgs.keys().next().expect("an org");
    is(&doctor, org, "look", "skip", "not asked");
    let log = fleet.admin("log", None).await["requests"].clone();
    assert_eq!(log, json!([]), "nobody was asked");
    let check = fleet.json(&["config", "check"], "config_check").await;
    assert_eq!((&check["status"], &check["name"]), (&json!(78), &json!("configuration")));
    assert_eq!(check["result"]["faults"].as_array().map(Vec::len), Some(1), "told once, not for each site");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_asked_costs_nobody_else() {
    let fleet = Fleet::of("clean", 3, Some(8)).await;
    fleet.run(&["list"]).await;
    let orgs: Vec<&String> = fleet.sim.ready.orgs.keys().collect();
    let store = StoreHandle::open(&fleet.state_dir().join("fusebox.db")).expect("the store");
    let key = LeaseKey::Target(Target::Org(OrgName::new(orgs[0])));
    let leased = store.call(move |store| {
        let now = chrono::DateTime::parse_from_rfc3339("2000-01-01T00:00:00Z").expect("a time").to_utc();
        store.lease(&key, "another", now, now + chrono::TimeDelta::days(36_500))
    });
    assert!(leased.await.expect("a lease"));
    let doctor = fleet.json(&["doctor"], "doctor").await;
    assert_eq!((&doctor["status"], &doctor["name"]), (&json!(2), &json!("partly_done")));
    is(&doctor, orgs[0], "look", "skip", "another process is at it");
    is(&doctor, orgs[1], "sign-in", "ok", "signs in by");
    fleet.admin("fault", Some(json!({"kind": "dead", "org": orgs[1]}))).await;
    let doctor = fleet.json(&["doctor", orgs[1], orgs[2]], "doctor").await;
    assert_eq!(doctor["status"], 1);
    is(&doctor, orgs[1], "connection", "fail", "unreachable");
    is(&doctor, orgs[2], "sign-in", "ok", "signs in by");
    let wrong = fleet.json(&["doctor", "no-such-target"], "failure").await;
    assert_eq!(wrong["status"], 64);
    let file = fleet.config_dir().join("config.toml");
    let text = fs::read_to_string(&file).expect("the configuration");
    fs::write(&file, format!("{text}\n[hook]\ncommand = [\"/bin/sh\"]\n")).expect("written");
    let idle = fleet.json(&["doctor", "--no-poll"], "doctor").await;
    is(&idle, orgs[2], "look", "skip", "--no-poll");
    is(&idle, MACHINE, "program", "ok", "/bin/sh, for the hook");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_lines_of_eighty_columns_with_the_cure_below() {
    let fleet = Fleet::start("agency", 7).await;
    let told = fleet.run(&["doctor"]).await;
    assert_eq!(told.code, Some(1));
    let wide = |line: &&str| line.chars().count() > 80 && line.split_whitespace().count() > 2;
    assert_eq!(told.out.lines().filter(wide).collect::<Vec<_>>(), [""; 0]);
    assert!(told.out.contains("one API call") && told.out.contains("-> ") && told.out.contains("--all shows them"));
    assert!(told.err.contains("to mend"), "{}", told.err);
    assert!(!told.out.contains('\u{1b}'));
    let all = fleet.run(&["doctor", "--all"]).await;
    assert!(all.out.lines().count() > told.out.lines().count() + 100);
}

/// `config check` of these two files.
async fn check(config: &str, secrets: Option<&str>, arguments: &[&str]) -> (Answer, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("config.toml"), config).expect("written");
    if let Some(secrets) = secrets {
        let file = dir.path().join("secrets.toml");
        fs::write(&file, secrets).expect("written");
        fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("a mode");
    }
    let file = dir.path().join("no.pem");
    fs::write(&file, "no key").expect("written");
    fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("a mode");
    let state = dir.path().join("state");
    let told = answer(program(dir.path(), &state, arguments).output().await.expect("the program"));
    assert!(!state.exists(), "nothing is made");
    (told, dir)
}

#[tokio::test]
async fn every_fault_of_a_configuration_is_told_with_its_place() {
    let config = "[fleet]\nnme = \"x\"\n[poll]\ntimeout = \"soon\"\n[keys]\nlook = \"Ctrl-c\"\nno-such = \"x\"\n\
        [[org]]\nname = \"acme\"\nlogin_url = \"https://acme.my.salesforce.com\"\nclient_id = \"id\"\nflow = \"jwt\"\n\
        username = \"u\"\nprivate_key = \"file:no.pem\"\nca_file = \"none.pem\"\n\
        [[org]]\nname = \"beta\"\nlogin_url = \"https://beta.my.salesforce.com\"\nflow = \"token-command\"\n\
        token_command = [\"no-such-program-4711\"]\n\
        [[site]]\nname = \"a\"\nurl = \"https://a\"\nreach = \"rest\"\nuser = \"u\"\npassword = \"store:a\"\n\
        [[site]]\nname = \"b\"\nurl = \"http://b\"\nreach = \"local\"\npath = \"/no/such/wordpress\"\n\
        [[org]]\nname = \"gamma\"\nlogin_url = \"https://gamma.my.salesforce.com\"\nclient_id = \"id\"\nflow = \"browser\"\n\
        [hook]\ncommand = [\"/no/such/page-us\"]\n";
    let (told, _dir) = check(config, Some("other = \"hunter2\"\n"), &["config", "check"]).await;
    assert_eq!(told.code, Some(78));
    for (line, words) in [
        (2, "did you mean \"name\"?"),
        (4, "no span of time"),
        (6, "Ctrl-c"),
        (7, "no action is named"),
        (14, "no RSA key"),
        (15, "ca_file"),
        (20, "no-such-program-4711"),
        (26, "store:a holds no secret"),
        (29, "use https"),
        (31, "wp-load.php"),
        (36, "run: fusebox login gamma"),
        (38, "[hook]: the program \"/no/such/page-us\" is not found"),
    ] {
        let place = format!("config.toml:{line}:");
        let at = told.out.find(&place).unwrap_or_else(|| panic!("no line {line}: {}", told.out));
        let entry = told.out[at..].split("\n/").next().expect("text");
        assert!(entry.contains(words), "{words}: {entry}");
    }
    assert!(told.err.contains("names \"other\" nowhere"), "{}", told.err);
    assert!(!told.out.contains("hunter2") && !told.err.contains("hunter2"));
    let (hook, _dir) = check("[hook]\ncommand = [\"/etc/passwd\"]\n", None, &["config", "check"]).await;
    assert_eq!(hook.code, Some(78));
    assert!(hook.out.contains("config.toml:2:11: [hook]: /etc/passwd may not be run"), "{}", hook.out);
    let (broken, _dir) = check("", Some("a = \"hunter2\nb = 3\n"), &["config", "check"]).await;
    assert_eq!(broken.code, Some(78));
    assert!(broken.out.contains("secrets.toml:1:") && !broken.out.contains("hunter2"), "{}", broken.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_configuration_is_told_in_a_few_words() {
    let fleet = Fleet::start("agency", 7).await;
    let told = fleet.run(&["config", "check"]).await;
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    assert_eq!(told.out, "11 orgs, 44 sites, read-write\n");
    let document = fleet.json(&["config", "check"], "config_check").await;
    assert_eq!(document["result"]["sites"], 44);
}

#[tokio::test]
async fn the_folders_and_who_chose_them_are_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut command = program(dir.path(), dir.path(), &["config", "path", "--json"]);
    let flags = crate::fleet::checked(&answer(command.output().await.expect("the program")).out, "config_path");
    assert_eq!(
        (&flags["result"]["config"]["why"], &flags["result"]["config"]["exists"]),
        (&json!("flag"), &json!(true))
    );
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_fusebox"));
    command.args(["config", "path", "--json"]).env("FUSEBOX_CONFIG_DIR", "/etc/fusebox");
    command.env_remove("FUSEBOX_STATE_DIR").env("XDG_STATE_HOME", dir.path()).env("HOME", dir.path());
    let told = crate::fleet::checked(&answer(command.output().await.expect("the program")).out, "config_path");
    let (config, state) = (&told["result"]["config"], &told["result"]["state"]);
    assert_eq!((&config["why"], &config["told_by"]), (&json!("environment"), &json!("FUSEBOX_CONFIG_DIR")));
    assert_eq!((&state["why"], &state["told_by"]), (&json!("xdg"), &json!("XDG_STATE_HOME")));
    assert_eq!(state["path"], json!(dir.path().join("fusebox")));
}
