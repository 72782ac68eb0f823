//! `revoke`: what nobody needs goes, what lives goes by its name alone, and what can not be told apart stays.

use crate::fleet::{Fleet, answer};
use crate::identify::{audit, text};
use serde_json::{Value, json};
use std::fs;

fn own(list: &Value) -> Option<String> {
    list["slot"]["approval_id"].as_str().map(str::to_owned)
}

/// A site of beta that is well and whose approval is known, with that approval and its user.
async fn well_known(fleet: &Fleet) -> (String, String, String) {
    let of_beta = |site: &&Value| site["org"] == "beta" && (site["health"] == "OK" || site["health"] == "WARN");
    let list = fleet.list().await;
    let site = list.values().filter(of_beta).find(|site| own(site).is_some()).expect("a site").clone();
    (text(&site, "name"), own(&site).expect("its approval"), text(&site, "user"))
}

/// A site that was authorized anew after its approval was known: what it left behind, what it holds, and it.
pub(crate) async fn authorized_anew(fleet: &Fleet) -> (String, String, String) {
    // Twice: what the sites told is joined with the approvals at the next look at their orgs.
    fleet.json(&["poll"], "poll").await;
    fleet.json(&["poll"], "poll").await;
    let (site, left, user) = well_known(fleet).await;
    fleet.admin("fault", Some(json!({"kind": "authorize", "user": user, "site": site}))).await;
    fleet.json(&["poll"], "poll").await;
    let held = own(&fleet.list().await[&site]).expect("its new approval");
    assert_ne!(held, left);
    (left, held, site)
}

/// What the simulator says of an approval.
pub(crate) async fn truth_of(fleet: &Fleet, approval: &str) -> Value {
    let truth = fleet.admin("truth", None).await;
    let found =
        truth["approvals"].as_array().expect("a list").iter().find(|one| one["approval_id"] == approval).cloned();
    found.expect("it was made")
}

async fn listed(fleet: &Fleet) -> Vec<Value> {
    let truth = fleet.admin("truth", None).await;
    truth["approvals"].as_array().expect("a list").iter().filter(|one| one["listed"] == true).cloned().collect()
}

fn phases(fleet: &Fleet) -> Vec<String> {
    audit(fleet).iter().map(|line| format!("{} {}", text(line, "phase"), text(line, "operation"))).collect()
}

/// What ends approvals in this org, as its administrator could ask for it.
async fn delete_tokens(fleet: &Fleet, org: &str) -> Vec<String> {
    let read = |file: &str| -> toml::Table {
        fs::read_to_string(fleet.config_dir().join(file)).expect("a file").parse().expect("TOML")
    };
    let (config, secrets) = (read("config.toml"), read("secrets.toml"));
    let config =
        config["org"].as_array().expect("orgs").iter().find(|one| one["name"].as_str() == Some(org)).expect("it");
    let origin = &fleet.sim.ready.orgs[org];
    let secret = secrets[&format!("{org}-client-secret")].as_str().expect("a secret");
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={secret}",
        config["client_id"].as_str().expect("an id")
    );
    let http = reqwest::Client::new();
    let asked = http.post(format!("{origin}/services/oauth2/token")).body(form);
    let asked = asked.header("content-type", "application/x-www-form-urlencoded").send().await.expect("an answer");
    let session: Value = serde_json::from_str(&asked.text().await.expect("a body")).expect("JSON");
    let query = "SELECT+DeleteToken+FROM+OauthToken";
    let asked = http.get(format!("{origin}/services/data/v60.0/query/?q={query}"));
    let asked =
        asked.bearer_auth(session["access_token"].as_str().expect("a session")).send().await.expect("an answer");
    let page: Value = serde_json::from_str(&asked.text().await.expect("a body")).expect("JSON");
    let tokens: Vec<String> =
        page["records"].as_array().expect("rows").iter().map(|row| text(row, "DeleteToken")).collect();
    assert!(tokens.len() > 2 && tokens.iter().all(|token| token.len() > 20), "{tokens:?}");
    tokens
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphan_goes_by_yes_and_a_live_one_by_its_sites_name_alone() {
    let fleet = Fleet::start("agency", 7).await;
    let (orphan, held, site) = authorized_anew(&fleet).await;
    let planted = delete_tokens(&fleet, "beta").await;
    let mut said = Vec::new();
    let unasked = fleet.json(&["revoke", &orphan[..8]], "failure").await;
    assert_eq!(unasked["status"], 64, "{unasked}");
    assert_eq!(phases(&fleet), Vec::<String>::new());
    let before = listed(&fleet).await.len();
    let done = fleet.run(&["revoke", &orphan[..8], "--yes", "--json"]).await;
    let document = crate::checked(&done.out, "revoke");
    assert_eq!((done.code, &document["result"]["outcome"]), (Some(0), &json!("revoked")), "{}{}", done.out, done.err);
    assert_eq!((&document["result"]["approval_id"], &document["result"]["lost"]), (&json!(orphan), &json!([])));
    for word in ["of the class write", "authorized anew", "nothing that works is lost", "can not be undone"] {
        assert!(done.err.contains(word), "{word}: {}", done.err);
    }
    said.push(done);
    assert_eq!(truth_of(&fleet, &orphan).await["listed"], false);
    assert_eq!(listed(&fleet).await.len(), before - 1);
    assert_eq!(phases(&fleet), ["before revoke", "after revoke"]);
    let tokens = fleet.json(&["tokens"], "tokens").await;
    assert!(!tokens.to_string().contains(&orphan), "what was seen is kept");
    let again = fleet.json(&["revoke", &orphan[..8], "--yes"], "failure").await;
    assert_eq!(again["status"], 64, "{again}");

    // One that a site works with: yes is not enough, another name neither.
    for named in [&["--yes"][..], &["--yes", "--lose", "someone.else"], &["--lose", &held[..8]]] {
        let arguments = [&["revoke", &held[..8]][..], named].concat();
        let refused = fleet.json(&arguments, "failure").await;
        assert_eq!((&refused["status"], &refused["name"]), (&json!(26), &json!("would_evict")), "{refused}");
        assert!(refused["actions"].to_string().contains(&format!("--lose {site}")), "{refused}");
        let last = audit(&fleet).pop().expect("a line");
        assert_eq!((&last["phase"], &last["operation"]), (&json!("refused"), &json!("revoke")));
    }
    assert_eq!(truth_of(&fleet, &held).await["alive"], true);
    let done = fleet.run(&["revoke", &held, "--lose", &site]).await;
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
    assert!(done.err.contains(&format!("CUTS OFF {site}")), "{}", done.err);
    said.push(done);
    assert_eq!(truth_of(&fleet, &held).await["listed"], false);
    let verified = fleet.run(&["audit", "verify"]).await;
    assert_eq!(verified.code, Some(0), "{}", verified.err);

    let files = fs::read_dir(fleet.state_dir()).expect("the folder");
    let files = files.filter_map(|file| fs::read(file.expect("a file").path()).ok());
    for bytes in files.chain(said.into_iter().flat_map(|told| [told.out.into_bytes(), told.err.into_bytes()])) {
        let told = String::from_utf8_lossy(&bytes);
        assert!(!planted.iter().any(|token| told.contains(token)), "a delete token is told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clones_die_together_and_both_are_to_be_named() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let tokens = fleet.json(&["tokens"], "tokens").await;
    let shared = tokens["result"]["approvals"].as_array().expect("a list").iter();
    let shared = shared.into_iter().find(|one| one["shared_with"] != json!([])).expect("one that two hold").clone();
    let (approval, first, second) =
        (text(&shared, "approval_id"), text(&shared, "site"), shared["shared_with"][0].clone());
    let half = fleet.run(&["revoke", &approval, "--lose", &first, "--json"]).await;
    assert_eq!(half.code, Some(26), "{}", half.out);
    assert!(
        half.err.contains("both die with it") && half.out.contains(second.as_str().expect("a name")),
        "{}",
        half.err
    );
    assert_eq!(truth_of(&fleet, &approval).await["listed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_one_or_may_not_be_seen_stays() {
    let fleet = Fleet::start("agency", 7).await;
    let (orphan, _, _) = authorized_anew(&fleet).await;
    for named in ["00000000", &orphan[..7], "zzzzzzzz", ""] {
        let wrong = fleet.json(&["revoke", named, "--yes"], "failure").await;
        assert_eq!(wrong["status"], 64, "{named}: {wrong}");
    }
    let user = {
        let tokens = fleet.json(&["tokens", "--org", "beta"], "tokens").await;
        let of = tokens["result"]["approvals"].as_array().expect("a list").clone();
        let single = of.iter().find(|one| of.iter().filter(|other| other["user"] == one["user"]).count() == 1);
        text(single.expect("a user of one"), "user")
    };
    for _ in 0..3 {
        fleet.admin("fault", Some(json!({"kind": "authorize", "user": user}))).await;
    }
    fleet.json(&["poll"], "poll").await;
    let tokens = fleet.json(&["tokens", "--org", "beta"], "tokens").await;
    let tied = tokens["result"]["approvals"].as_array().expect("a list").iter().find(|one| one["tied"] == true);
    let tied = text(tied.expect("two of one second"), "approval_id");
    let refused = fleet.json(&["revoke", &tied, "--yes", "--lose", &tied[..8]], "failure").await;
    assert_eq!(refused["status"], 77, "{refused}");
    assert!(refused["message"].as_str().expect("words").contains("same second"), "{refused}");
    assert_eq!(phases(&fleet), ["refused revoke"]);

    let read_only = fleet.json(&["revoke", &orphan, "--yes", "--read-only"], "failure").await;
    assert_eq!(read_only["status"], 77, "{read_only}");
    let config = fleet.config_dir().join("config.toml");
    let whole = fs::read_to_string(&config).expect("the configuration");
    let name = "[[org]]\nname = \"beta\"\n";
    assert!(whole.contains(name));
    fs::write(&config, whole.replace(name, &format!("{name}read_only = true\n"))).expect("written");
    let read_only = fleet.json(&["revoke", &orphan, "--yes"], "failure").await;
    assert_eq!(read_only["status"], 77, "{read_only}");
    fs::write(&config, whole).expect("written");

    let rights = json!({"kind": "rights", "org": "beta", "rights": {"customize_application": false}});
    fleet.admin("fault", Some(rights)).await;
    let blind = fleet.json(&["revoke", &orphan, "--yes"], "failure").await;
    assert_eq!(blind["status"], 77, "{blind}");
    assert!(blind["message"].as_str().expect("words").contains("Customize Application"), "{blind}");
    assert_eq!(truth_of(&fleet, &orphan).await["listed"], true);
    fleet.admin("fault", Some(json!({"kind": "dead", "org": "beta"}))).await;
    let away = fleet.json(&["revoke", &orphan, "--yes"], "failure").await;
    assert_eq!(away["status"], 69, "{away}");
    let writes = |request: &&Value| request["kind"] == "revoke";
    let log = fleet.admin("log", None).await;
    assert_eq!(log["requests"].as_array().expect("a list").iter().filter(writes).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_killed_leaves_a_whole_audit_and_an_answer_that_can_be_looked_up() {
    let fleet = Fleet::start("agency", 7).await;
    let (orphan, _, _) = authorized_anew(&fleet).await;
    let mut child = fleet.spawn(&["revoke", &orphan, "--yes", "--json"]);
    // As soon as its first line is on the disk.
    while audit_lines(&fleet) == 0 && child.try_wait().expect("a status").is_none() {
        tokio::task::yield_now().await;
    }
    // It may have come to its end meanwhile.
    let _ = child.kill().await;
    let ended = answer(child.wait_with_output().await.expect("its end"));
    let told = phases(&fleet);
    assert_eq!(told.first().map(String::as_str), Some("before revoke"), "{}{}", ended.out, ended.err);
    let verified = fleet.run(&["audit", "verify"]).await;
    assert_eq!(verified.code, Some(0), "{}", verified.err);
    let sent = fleet.admin("log", None).await;
    let sent =
        sent["requests"].as_array().expect("a list").iter().filter(|request| request["kind"] == "revoke").count();
    assert_eq!(truth_of(&fleet, &orphan).await["listed"], json!(sent == 0), "what was sent was done");
    assert!(sent <= 1);
}

fn audit_lines(fleet: &Fleet) -> usize {
    let text = fs::read_to_string(fleet.state_dir().join("audit.jsonl")).unwrap_or_default();
    text.bytes().filter(|byte| *byte == b'\n').count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_in_trouble_on_the_way_is_told_as_far_as_it_came() {
    let fleet = Fleet::start("agency", 7).await;
    let (orphan, _, _) = authorized_anew(&fleet).await;
    let leave = |calls: u32| json!({"kind": "leave_calls", "org": "beta", "calls": calls});
    let mut told = Vec::new();
    // Each call that the org has left lets it come one step further: looked at, looked at once more, its token read, revoked.
    for calls in 0..6 {
        fleet.admin("fault", Some(leave(10_000))).await;
        fleet.json(&["poll"], "poll").await;
        fleet.admin("fault", Some(leave(calls))).await;
        let written = audit(&fleet).len();
        let ended = fleet.run(&["revoke", &orphan, "--yes", "--json"]).await;
        let document: Value = serde_json::from_str(&ended.out).expect("JSON");
        let listed = truth_of(&fleet, &orphan).await["listed"] == true;
        let phases: Vec<Value> = audit(&fleet).split_off(written).iter().map(|line| line["phase"].clone()).collect();
        told.push((ended.code, listed, phases));
        if !listed {
            let words = document["result"]["text"].as_str().expect("words");
            assert!(words.contains("did not answer afterwards"), "{document:#}");
            assert_eq!(document["result"]["outcome"], "unclear", "{document:#}");
            assert!(document["message"].as_str().expect("a message").contains("not verified"), "{document:#}");
            break;
        }
        assert!(document["message"].as_str().expect("a message").contains("nothing was"), "{document:#}");
    }
    let (before, after) = (json!("before"), json!("after"));
    let last = told.pop().expect("it was revoked");
    assert_eq!(last, (Some(27), false, vec![before.clone(), after.clone()]), "{told:?}");
    assert!(told.iter().all(|(code, listed, _)| *code == Some(69) && *listed), "{told:?}");
    assert!(told.iter().any(|(_, _, phases)| phases.is_empty()), "not begun: {told:?}");
    assert!(told.iter().any(|(_, _, phases)| *phases == [before.clone(), after.clone()]), "begun: {told:?}");
    fleet.admin("fault", Some(leave(10_000))).await;
    fleet.json(&["poll"], "poll").await;
    let tokens = fleet.json(&["tokens"], "tokens").await;
    assert!(!tokens.to_string().contains(&orphan), "the next look shows it");
    assert_eq!(fleet.run(&["audit", "verify"]).await.code, Some(0));
}
