//! `object-type`, `segment-type` and `undo`: shown first, typed, written whole or not at all, and put back as it was.

use crate::fleet::{Fleet, checked};

use crate::identify::{at_a_terminal, audit, refreshes};
use crate::refresh_fields::{story, wrote};
use axum::extract::Request;
use fusebox::config::{Config, Reach};
use fusebox::model::choices::Choices;
use fusebox::model::lists::StoredLists;
use fusebox::model::{Clock, SiteName};
use fusebox::wordpress::{Agent, Way};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What the site stores, by its own words.
async fn stored(fleet: &Fleet, site: &str) -> (Choices, StoredLists) {
    let config = Config::load(&fleet.config_dir()).expect("a configuration");
    let site = config.site(&SiteName::new(site)).expect("the site");
    let Reach::Rest { user, .. } = &site.reach else { unreachable!("the simulator's sites are asked over REST") };
    let secrets: toml::Table =
        fs::read_to_string(fleet.config_dir().join("secrets.toml")).expect("secrets").parse().expect("TOML");
    let password = secrets[site.name.as_str()].as_str().expect("a password").to_owned();
    let way = Way::Rest { user: user.clone(), password: password.into() };
    let clock = Clock::new(|| chrono::DateTime::UNIX_EPOCH);
    let agent =
        Agent::new(site.url.clone(), way, "ab".repeat(32).into(), Duration::from_secs(20), clock).expect("an agent");
    (agent.choices().await.expect("its choices"), agent.lists().await.expect("its lists"))
}

fn phases(fleet: &Fleet) -> Vec<String> {
    let words = |line: &Value| {
        format!("{} {}", line["operation"].as_str().expect("a name"), line["phase"].as_str().expect("a phase"))
    };
    audit(fleet).iter().map(words).collect()
}

/// Both tokens of the site, by what the simulator knows of it.
async fn approval(fleet: &Fleet, site: &str) -> Value {
    fleet.truth().await[site]["refresh_fp_of"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_type_there_and_back_and_there_again() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let site = story(&fleet, "healthy").await;
    let (before, token) = (stored(&fleet, &site).await, approval(&fleet, &site).await);
    let done = fleet.json(&["object-type", &site, "lead", "--confirm", "lead"], "object_type").await;
    let written = &done["result"]["written"];
    assert_eq!(
        (&done["status"], &written["outcome"], &written["tokens"]),
        (&json!(0), &json!("done"), &json!("kept")),
        "{done:#}"
    );
    assert_eq!((&done["result"]["dry_run"], &written["undo"]), (&json!(false), &written["operation"]));
    assert!(
        !done["result"]["breaks"].as_array().expect("breaks").is_empty(),
        "it breaks things, as was said: {done:#}"
    );
    let leads = stored(&fleet, &site).await;
    assert_eq!((leads.0.object_type.effective.as_str(), leads.1.object_type.as_str()), ("Lead", "Lead"));
    let shown = fleet.json(&["show", &site], "show").await;
    assert_eq!(shown["result"]["site"]["object_type"], "Lead", "the look after it is kept");
    let again = fleet.json(&["object-type", &site, "Lead", "--confirm", "Lead"], "object_type").await;
    assert_eq!((&again["status"], &again["result"]["written"]["outcome"]), (&json!(0), &json!("unchanged")));

    let listed = fleet.json(&["undo", "--list"], "undo").await;
    assert_eq!(listed["result"]["undoable"][0]["operation"], written["undo"]);
    let unasked = fleet.json(&["undo"], "failure").await;
    assert_eq!(unasked["status"], 64);
    let back = fleet.json(&["undo", "--yes"], "undo").await;
    assert_eq!((&back["status"], &back["result"]["written"]["outcome"]), (&json!(0), &json!("done")), "{back:#}");
    assert_eq!(back["result"]["undone"]["operation"], written["operation"]);
    assert_eq!(stored(&fleet, &site).await, before, "as it was, to the letter");
    let nothing = fleet.json(&["undo", "--yes"], "failure").await;
    assert_eq!(nothing["status"], 1, "an undo is taken back by its own name alone");
    let id = back["result"]["written"]["undo"].as_str().expect("an id");
    let forward = fleet.run(&["undo", id, "--yes"]).await;
    assert_eq!(forward.code, Some(0), "{}", forward.err);
    assert!(forward.err.contains("sf_object_type: not stored -> Lead"), "{}", forward.err);
    assert_eq!(stored(&fleet, &site).await, leads);

    assert_eq!(approval(&fleet, &site).await, token);
    assert_eq!(refreshes(&fleet).await, Vec::<Value>::new());
    assert_eq!(wrote(&fleet).await, ["set-object-type", "restore", "restore"]);
    let expected =
        ["object-type before", "object-type after", "undo before", "undo after", "undo before", "undo after"];
    assert_eq!(phases(&fleet), expected);
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_since_is_named_and_nothing_is_put_back() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let site = story(&fleet, "healthy").await;
    fleet.json(&["object-type", &site, "Lead", "--confirm", "Lead"], "object_type").await;
    let by_hand = json!({ "kind": "setting", "site": site, "name": "sf_object_type", "value": "Account" });
    fleet.admin("fault", Some(by_hand)).await;
    let now = stored(&fleet, &site).await;
    let refused = fleet.json(&["undo", "--yes"], "undo").await;
    assert_eq!(
        (&refused["status"], &refused["result"]["written"]["outcome"]),
        (&json!(1), &json!("changed_since")),
        "{refused:#}"
    );
    assert!(refused["message"].as_str().expect("a message").contains("sf_object_type"), "{refused:#}");
    assert_eq!(stored(&fleet, &site).await, now);
    assert_eq!(fleet.json(&["undo", "--list"], "undo").await["result"]["undoable"].as_array().map(Vec::len), Some(1));
    assert!(audit(&fleet).pop().expect("a line")["outcome"].as_str().expect("words").contains("sf_object_type"));
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_go_to_a_picklist_and_back() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let site = story(&fleet, "healthy").await;
    let before = stored(&fleet, &site).await;
    for (field, words) in [("Email", "no multi-select"), ("Nothing__c", "has no field")] {
        let refused = fleet
            .json(&["segment-type", &site, "Picklist", "--picklist", field, "--confirm", "Picklist"], "failure")
            .await;
        assert_eq!(refused["status"], 1, "{refused}");
        assert!(refused["message"].as_str().expect("a message").contains(words), "{refused}");
        assert_eq!(audit(&fleet).pop().expect("a line")["phase"], "refused");
    }
    let tried = ["segment-type", &site, "Picklist", "--picklist", "wpf_tags__c", "--dry-run"];
    let tried = fleet.json(&tried, "segment_type").await;
    assert_eq!(
        (&tried["status"], &tried["result"]["field"], &tried["result"]["written"]),
        (&json!(0), &json!("WPF_Tags__c"), &Value::Null)
    );
    assert!(tried["result"]["changes"].to_string().contains("give way to"), "{tried:#}");
    assert_eq!(wrote(&fleet).await, Vec::<String>::new());
    let done = ["segment-type", &site, "picklist", "--picklist", "WPF_Tags__c", "--confirm", "Picklist"];
    let done = fleet.json(&done, "segment_type").await;
    assert_eq!((&done["status"], &done["result"]["written"]["outcome"]), (&json!(0), &json!("done")), "{done:#}");
    let picked = stored(&fleet, &site).await;
    assert_eq!(picked.1.segment_type.as_str(), "Picklist");
    assert_ne!(picked.1.segments, before.1.segments);
    let back = fleet.json(&["undo", "--yes"], "undo").await;
    assert_eq!((&back["status"], &back["result"]["written"]["tokens"]), (&json!(0), &json!("kept")), "{back:#}");
    assert_eq!(stored(&fleet, &site).await, before);
    assert_eq!(wrote(&fleet).await, ["set-segment-type", "restore"]);
    let same = fleet.json(&["segment-type", &site, "Topics", "--confirm", "Topics"], "segment_type").await;
    assert_eq!((&same["status"], &same["result"]["written"]["outcome"]), (&json!(0), &json!("unchanged")));
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_meant_not_offered_not_let_or_not_possible_writes_nothing() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let site = story(&fleet, "healthy").await;
    let before = stored(&fleet, &site).await;
    for (arguments, status) in [
        (vec!["object-type", &site, "Lead"], 64),
        (vec!["object-type", &site, "Lead", "--confirm", "Contact"], 64),
        (vec!["segment-type", &site, "Personal", "--confirm", "Public"], 64),
        (vec!["segment-type", &site, "Personal", "--picklist", "WPF_Tags__c", "--confirm", "Personal"], 64),
        (vec!["object-type", &site, "Lead", "--confirm", "Lead", "--read-only"], 77),
        (vec!["segment-type", &site, "Personal", "--confirm", "Personal", "--read-only"], 77),
        (vec!["undo", "--yes"], 1),
        (vec!["undo", "0badcafe", "--yes"], 64),
        // An object of the org that WP Fusion does not offer.
        (vec!["object-type", &site, "User", "--confirm", "User"], 1),
    ] {
        let told = fleet.json(&arguments, "failure").await;
        assert_eq!(told["status"], status, "{arguments:?}: {told}");
    }
    assert_eq!(phases(&fleet), ["object-type refused", "segment-type refused", "object-type refused"]);
    fleet.admin("fault", Some(json!({ "kind": "code_filter", "site": site, "object_type": "Account" }))).await;
    let overridden = fleet.json(&["object-type", &site, "Lead", "--confirm", "Lead"], "failure").await;
    assert_eq!(overridden["status"], 1);
    assert!(overridden["message"].as_str().expect("words").contains("code on"), "{overridden}");
    let tried = fleet.json(&["object-type", &site, "Lead", "--dry-run"], "object_type").await;
    assert!(tried["result"]["changes"].to_string().contains("code_filter"), "{tried:#}");
    fleet.admin("fault", Some(json!({ "kind": "code_filter", "site": site, "object_type": null }))).await;
    fleet.admin("fault", Some(json!({ "kind": "writes", "site": site, "on": false }))).await;
    let not_let = fleet.json(&["object-type", &site, "Lead", "--confirm", "Lead"], "object_type").await;
    assert_eq!((&not_let["status"], &not_let["result"]["written"]["outcome"]), (&json!(77), &json!("not_permitted")));
    assert!(not_let["warnings"].to_string().contains("FUSEBOX_ALLOW_WRITE"), "{not_let:#}");
    let idle = story(&fleet, "never_proved").await;
    let withheld = fleet.json(&["segment-type", &idle, "Personal", "--confirm", "Personal"], "segment_type").await;
    assert_eq!(
        (&withheld["status"], &withheld["result"]["written"]["outcome"]),
        (&json!(75), &json!("withheld")),
        "{withheld:#}"
    );
    assert_eq!((wrote(&fleet).await, refreshes(&fleet).await), (Vec::new(), Vec::new()));
    assert_eq!(stored(&fleet, &site).await, before);
    fleet.sim.stop().await;
}

/// What a site of another hand may add to what a change saved.
const PLANTED: &str = "5Aep861PLANTEDrefreshtoken";

/// What a site says, where it says that it saved a token, too, and that the list of fields was too long to be saved.
fn meddled(answer: &str) -> String {
    let Some(line) = answer.lines().find(|line| line.starts_with('{')) else { return answer.to_owned() };
    let mut document: Value = serde_json::from_str(line).expect("JSON");
    if document["verb"] == "set-object-type"
        && let Some(saved) = document["result"]["saved"].as_array_mut()
    {
        saved.retain(|value| value["name"] != "wpf_crm_fields");
        let before = format!("\"{PLANTED}\"");
        saved.push(json!({ "name": "sf_refresh_token", "before": before, "now": "0".repeat(64), "after": before }));
        document["result"]["left_out"] = json!(["wpf_crm_fields"]);
    }
    answer.replace(line, &document.to_string())
}

/// Puts somebody before a site who meddles with what it says, and leads the configuration there.
async fn meddle(fleet: &Fleet, site: &str, tasks: &mut JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let ours = listener.local_addr().expect("an address").to_string();
    let file = fleet.config_dir().join("config.toml");
    let text = fs::read_to_string(&file).expect("the configuration");
    let before = text.split(&format!("/{site}\"")).next().expect("its address");
    let theirs = before.rsplit("http://").next().expect("its host").to_owned();
    let (from, to) = (format!("http://{theirs}/{site}\""), format!("http://{ours}/{site}\""));
    assert!(text.contains(&from), "{text}");
    fs::write(&file, text.replace(&from, &to)).expect("written");
    let pass = move |request: Request| {
        let (ours, theirs) = (ours.clone(), theirs.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
            let mut asked =
                reqwest::Client::new().request(head.method, format!("http://{theirs}{}", head.uri)).body(body);
            for (name, value) in head.headers.iter().filter(|(name, _)| *name != "host" && *name != "content-length") {
                asked = asked.header(name, value);
            }
            let answer = asked.send().await.expect("the site");
            let status = answer.status();
            let text = answer.text().await.expect("a text");
            (status, meddled(&text).replace(&theirs, &ours))
        }
    };
    tasks.spawn(async move { axum::serve(listener, axum::Router::new().fallback(pass)).await.expect("served") });
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_that_a_site_saves_is_kept_and_what_was_too_long_is_read_anew() {
    let fleet = Fleet::start("agency", 7).await;
    let site = story(&fleet, "healthy").await;
    let mut tasks = JoinSet::new();
    meddle(&fleet, &site, &mut tasks).await;
    fleet.run(&["poll"]).await;
    let done = fleet.run(&["object-type", &site, "Lead", "--confirm", "Lead", "--json"]).await;
    let told = checked(&done.out, "object_type");
    assert_eq!((&told["status"], &told["result"]["written"]["outcome"]), (&json!(0), &json!("done")), "{told:#}");
    assert!(told["warnings"].to_string().contains("no setting that may be kept"), "{told:#}");
    let listed = fleet.json(&["undo", "--list"], "undo").await;
    assert_eq!(listed["result"]["undoable"][0]["left_out"], json!(["wpf_crm_fields"]));
    let back = fleet.run(&["undo", "--yes", "--json"]).await;
    let told = checked(&back.out, "undo");
    assert_eq!((&told["status"], &told["result"]["written"]["tokens"]), (&json!(0), &json!("kept")), "{told:#}");
    assert_eq!(told["result"]["written"]["steps"].as_array().map(Vec::len), Some(5), "{told:#}");
    assert!(back.err.contains("too long to be saved"), "{}", back.err);
    assert_eq!(wrote(&fleet).await, ["set-object-type", "restore", "refresh-fields"]);
    let (choices, lists) = stored(&fleet, &site).await;
    assert_eq!((choices.object_type.effective.as_str(), lists.object_type.as_str()), ("Contact", "Contact"));
    let fields = lists.fields.expect("fields");
    assert!(fields.iter().any(|field| field.name.as_str() == "MailingCity"), "those of contacts");

    let files = fs::read_dir(fleet.state_dir()).expect("the folder");
    let files = files.filter_map(|file| fs::read(file.expect("a file").path()).ok());
    for text in files.chain([done.out, done.err, back.out, back.err].map(String::into_bytes)) {
        assert!(!String::from_utf8_lossy(&text).contains(PLANTED));
    }
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_the_type_is_typed_after_all_was_shown() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let site = story(&fleet, "healthy").await;
    for (answer, code, written) in [("yes", 20, 0), ("Lead", 0, 1)] {
        let (config, state, asked) = (fleet.config_dir(), fleet.state_dir(), site.clone());
        let run = tokio::task::spawn_blocking(move || {
            at_a_terminal(&config, &state, &["object-type", &asked, "Lead"], answer)
        });
        let (ended, said) = run.await.expect("a run");
        assert_eq!((ended, wrote(&fleet).await.len()), (code, written), "{answer}: {said}");
        for word in ["class write", "Company", "no Lead is made", "API calls of org", "for 30 days", "type Lead:"] {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    fleet.sim.stop().await;
}
