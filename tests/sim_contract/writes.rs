//! The verbs that write, as docs/agent.md has them: what a site stores afterwards, what takes it back, and what the log says.

use super::agent::{check, schema};
use super::running::Running;
use reqwest::{Client, Url, redirect};
use serde_json::{Value, json};

/// Where WP Fusion's app sends a browser back to.
const CALLBACK: &str = "https://wpfusion.com/oauth/?action=wpf_get_salesforce_token&redirect";

impl Running {
    /// A verb's result; whatever it is keeps the schema.
    async fn done(&self, site: &str, verb: &str, arguments: Value) -> Value {
        let (status, answer) = self.told(site, verb, &arguments).await;
        check(&schema("answer"), &answer);
        assert_eq!(status, 200, "{verb}: {answer}");
        answer["result"].clone()
    }

    /// A code that `user` of `org` has consented to.
    async fn code(&self, org: &str, user: &str) -> String {
        self.admin("consent", Some(json!({ "answer": "allow", "user": user }))).await;
        let known = self.admin("credentials", None).await;
        let id = known["wp_fusion"]["client_id"].as_str().expect("an id");
        let query = [("response_type", "code"), ("client_id", id), ("redirect_uri", CALLBACK)];
        let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).build().expect("a client");
        let url = format!("{}/services/oauth2/authorize", self.sim.ready.orgs[org]);
        let answer = http.get(url).query(&query).send().await.expect("an answer");
        let to = Url::parse(answer.headers()["location"].to_str().expect("a text")).expect("an address");
        to.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned()
    }

    /// Org and user of the approval that a site lives by.
    async fn holder(&self, site: &str) -> (String, String) {
        let truth = self.admin("truth", None).await;
        let approvals = truth["approvals"].as_array().expect("approvals");
        let held = approvals.iter().find(|held| held["site"] == site && held["listed"] == true).expect("an approval");
        let text = |name: &str| held[name].as_str().expect("a text").to_owned();
        (text("org"), text("user"))
    }

    /// Kinds of the requests since the `skip`th, of the site or to it, with whether each wrote.
    async fn kinds(&self, site: &str, skip: usize) -> Vec<(String, bool)> {
        let log = self.admin("log", None).await;
        let entries = log["requests"].as_array().expect("requests").iter().skip(skip);
        let ours = entries.filter(|entry| entry["site"] == site);
        ours.map(|entry| (entry["kind"].as_str().expect("a kind").to_owned(), entry["wrote"] == true)).collect()
    }

    async fn logged(&self) -> usize {
        self.admin("log", None).await["requests"].as_array().expect("requests").len()
    }
}

fn names(rows: &Value, key: &str) -> Vec<String> {
    rows.as_array().expect("rows").iter().map(|row| row[key].as_str().expect("a text").to_owned()).collect()
}

/// What `restore` takes, from what a change answered.
fn undo(change: &Value) -> Value {
    let saved = change["saved"].as_array().expect("a copy");
    let value = |one: &Value| json!({ "name": one["name"], "value": one["before"], "expect": one["now"] });
    json!({ "values": saved.iter().map(value).collect::<Vec<_>>() })
}

fn outcomes(result: &Value) -> Vec<&str> {
    result["steps"].as_array().expect("steps").iter().map(|step| step["outcome"].as_str().expect("a text")).collect()
}

#[tokio::test]
async fn a_refresh_brings_what_the_org_has_gained_and_says_what_it_cost() {
    let running = Running::start("agency", 7, None).await;
    let site = running.living("healthy").await;
    let status = running.result(&site, "status").await;
    let before = running.done(&site, "lists", json!({})).await;
    let from = running.logged().await;
    let refreshed = running.done(&site, "refresh-fields", json!({ "may_refresh": false })).await;
    assert_eq!((&refreshed["outcome"], &refreshed["tokens"]), (&json!("done"), &json!("kept")));
    assert_eq!(refreshed["access_fp"], status["connection"]["access_fp"]);
    let expected = ["refresh-fields", "search", "sobjects", "query", "describe", "describe"];
    let kinds = running.kinds(&site, from).await;
    assert_eq!(kinds.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), expected);
    assert_eq!(kinds.iter().filter(|(_, wrote)| *wrote).count(), 1, "the verb alone wrote: {kinds:?}");
    let after = running.done(&site, "lists", json!({})).await;
    let changed = |list: &str, key: &str| {
        let (old, new) = (names(&before[list], key), names(&after[list], key));
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter().filter(|name| !other.contains(name)).cloned().collect()
        };
        (only(&new, &old), only(&old, &new))
    };
    assert_eq!(changed("fields", "name"), (vec!["Points__c".to_owned()], vec!["Fax".to_owned()]));
    let (gained, lost) = changed("segments", "label");
    assert_eq!(gained, ["Newsletter (old)", "Course O'Connor"], "one is new, one has another name");
    assert_eq!(lost, ["Newsletter 2019", "Volunteers"]);
    let address = |lists: &Value| {
        let fields = lists["fields"].as_array().expect("fields");
        fields.iter().find(|field| field["name"] == "MailingAddress").expect("a field")["read_only"].clone()
    };
    assert_eq!((address(&before), address(&after)), (json!(false), json!(true)));
    let counts = running.result(&site, "status").await;
    assert_eq!((&counts["fields"], &counts["tags"]), (&json!(28), &json!(5)));
    assert_eq!((&status["fields"], &status["tags"]), (&json!(28), &json!(5)), "one more, and one less");
    let from = running.logged().await;
    running.done(&site, "refresh-fields", json!({})).await;
    assert!(running.kinds(&site, from).await.iter().all(|(_, wrote)| !wrote), "there was nothing new");
    running.sim.stop().await;
}

#[tokio::test]
async fn what_is_not_salesforces_and_what_is_withheld_loses_nothing() {
    let running = Running::start("agency", 7, None).await;
    let site = running.living("healthy").await;
    let (org, _) = running.holder(&site).await;
    let before = running.done(&site, "lists", json!({})).await;
    for (kind, words) in [("html", "not Salesforce's"), ("empty", "not Salesforce's"), ("503", "Service Unavailable")] {
        running.admin("fault", Some(json!({ "kind": kind, "org": org }))).await;
        let broken = running.done(&site, "refresh-fields", json!({})).await;
        assert_eq!(outcomes(&broken), ["failed", "skipped", "skipped", "skipped", "skipped"], "{kind}");
        assert!(broken["steps"][0]["text"].as_str().expect("words").contains(words), "{kind}: {broken}");
        let change = running.done(&site, "set-object-type", json!({ "object_type": "Lead" })).await;
        assert_eq!((&change["outcome"], &change["saved"]), (&json!("failed"), &json!([])), "{kind}");
    }
    running.admin("fault", Some(json!({ "kind": "none" }))).await;
    let idle = running.living("never_proved").await;
    let withheld = running.done(&idle, "refresh-fields", json!({ "may_refresh": false })).await;
    assert_eq!(withheld["outcome"], "withheld");
    let from = running.logged().await;
    let let_through = running.done(&idle, "refresh-fields", json!({ "may_refresh": true })).await;
    let kinds = running.kinds(&idle, from).await;
    assert_eq!(kinds.iter().filter(|(kind, _)| kind == "refresh_token").count(), 1, "one, and no more: {kinds:?}");
    match let_through["outcome"].as_str() {
        Some("done") => assert_eq!(let_through["tokens"], "refreshed"),
        other => assert_eq!(other, Some("refused"), "{let_through}"),
    }
    assert_eq!(running.done(&site, "lists", json!({})).await, before);
    running.sim.stop().await;
}

#[tokio::test]
async fn an_object_type_there_and_back() {
    let running = Running::start("agency", 7, None).await;
    let site = running.living("healthy").await;
    let (choices, lists) =
        (running.done(&site, "choices", json!({})).await, running.done(&site, "lists", json!({})).await);
    assert_eq!(names(&choices["object_types"], "name"), ["Account", "Contact", "Lead", "Membership__c"]);
    let (status, answer) = running.told(&site, "set-object-type", &json!({ "object_type": "Nothing__c" })).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("not_offered")));
    let change = running.done(&site, "set-object-type", json!({ "object_type": "Lead" })).await;
    assert_eq!((&change["outcome"], outcomes(&change)), (&json!("done"), vec!["done", "done"]));
    let leads = running.done(&site, "lists", json!({})).await;
    let fields = leads["fields"].as_array().expect("fields");
    let company = fields.iter().find(|field| field["name"] == "Company").expect("a field of leads");
    assert_eq!((&leads["object_type"], &company["required"]), (&json!("Lead"), &json!(true)));
    assert_eq!(running.result(&site, "status").await["object_type"], "Lead");
    let again = running.done(&site, "set-object-type", json!({ "object_type": "Lead" })).await;
    assert_eq!(again["outcome"], "unchanged");
    // Somebody refreshes in between: the record types are as the undo expects them, and still one hash is not.
    let mut late = undo(&change);
    late["values"][0]["expect"] = "0".repeat(64).into();
    let (status, answer) = running.told(&site, "restore", &late).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("changed")));
    assert!(answer["error"]["message"].as_str().expect("words").contains("sf_object_type"), "{answer}");
    let back = running.done(&site, "restore", undo(&change)).await;
    assert_eq!(back["outcome"], "done");
    assert_eq!(running.done(&site, "choices", json!({})).await, choices);
    assert_eq!(running.done(&site, "lists", json!({})).await, lists);
    let forward = running.done(&site, "restore", undo(&back)).await;
    assert_eq!(forward["outcome"], "done", "an undo can be undone");
    assert_eq!(running.done(&site, "lists", json!({})).await, leads);
    running.sim.stop().await;
}

#[tokio::test]
async fn code_hands_and_configuration_stand_in_the_way() {
    let running = Running::start("agency", 7, None).await;
    let site = running.living("healthy").await;
    let incident = async |what: Value| {
        let mut order = what;
        order["site"] = json!(site);
        running.admin("fault", Some(order)).await;
    };
    let change = running.done(&site, "set-object-type", json!({ "object_type": "Lead" })).await;
    incident(json!({ "kind": "setting", "name": "sf_object_type", "value": "Account" })).await;
    let (status, answer) = running.told(&site, "restore", &undo(&change)).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("changed")));
    incident(json!({ "kind": "code_filter", "object_type": "Account" })).await;
    let choices = running.done(&site, "choices", json!({})).await;
    let expected = json!({ "stored": "Account", "effective": "Account", "overridden": false });
    assert_eq!(choices["object_type"], expected, "it says the same, for now");
    let (_, answer) = running.told(&site, "set-object-type", &json!({ "object_type": "Contact" })).await;
    assert_eq!(answer["error"]["code"], "overridden");
    incident(json!({ "kind": "code_filter", "object_type": null })).await;
    incident(json!({ "kind": "writes", "on": false })).await;
    for verb in ["refresh-fields", "refresh-token", "configure"] {
        let (status, answer) = running.told(&site, verb, &json!({})).await;
        assert_eq!((status, &answer["error"]["code"]), (403, &json!("denied")), "{verb}");
    }
    assert_eq!(running.told(&site, "lists", &json!({})).await.0, 200, "it still may look");
    running.sim.stop().await;
}

#[tokio::test]
async fn a_segment_type_there_and_back() {
    let running = Running::start("agency", 7, None).await;
    let site = running.living("healthy").await;
    let lists = running.done(&site, "lists", json!({})).await;
    let set = |segment_type: &str, field: Option<&str>| match field {
        Some(field) => json!({ "segment_type": segment_type, "picklist_field": field }),
        None => json!({ "segment_type": segment_type }),
    };
    for (arguments, words) in [
        (set("Picklist", Some("Email")), "not a multipicklist"),
        (set("Picklist", Some("Nothing__c")), "no field Nothing__c"),
        (set("Public", None), "no segments of this kind"),
    ] {
        let change = running.done(&site, "set-segment-type", arguments).await;
        assert_eq!(change["outcome"], "failed", "{change}");
        assert!(change["text"].as_str().expect("words").contains(words), "{change}");
        assert_eq!(running.done(&site, "lists", json!({})).await, lists);
    }
    let (status, _) = running.told(&site, "set-segment-type", &set("Picklist", None)).await;
    assert_eq!(status, 400);
    let change = running.done(&site, "set-segment-type", set("Picklist", Some("WPF_Tags__c"))).await;
    assert_eq!(change["outcome"], "done");
    let picked = running.done(&site, "lists", json!({})).await;
    assert_eq!(picked["segment_type"], "Picklist");
    assert!(names(&picked["segments"], "label").contains(&"VIP".to_owned()));
    // Leads have no such field, so that the site would lose its segments.
    let lead = running.done(&site, "set-object-type", json!({ "object_type": "Lead" })).await;
    assert_eq!(lead["outcome"], "failed");
    running.done(&site, "restore", undo(&change)).await;
    assert_eq!(running.done(&site, "lists", json!({})).await, lists);
    running.sim.stop().await;
}

#[tokio::test]
async fn a_pasted_code_is_taken_from_whom_it_was_expected_from() {
    let running = Running::start("agency", 7, None).await;
    let site = running.living("healthy").await;
    let (org, user) = running.holder(&site).await;
    let before = running.result(&site, "status").await["connection"].clone();
    let arguments =
        |code: &str, org: &Value, user: &Value| json!({ "code": code, "expect_org": org, "expect_user": user });
    let (mine, me) = (&before["org_id"], &before["user_id"]);
    let other = running.admin("credentials", None).await["orgs"][&org]["passwords"]
        .as_object()
        .expect("users")
        .keys()
        .find(|name| **name != user && !name.starts_with("fusebox@"))
        .expect("another user")
        .clone();
    for (outcome, code, org) in [
        ("wrong_org", running.code(&org, &user).await, &json!("00D000000000001")),
        ("wrong_user", running.code(&org, &other).await, mine),
        ("refused", "aPrxNobodyGaveThis==".to_owned(), mine),
    ] {
        let told = running.done(&site, "complete-authorization", arguments(&code, org, me)).await;
        assert_eq!(told["outcome"], outcome, "{told}");
        assert!(!told.to_string().contains(&code));
        assert_eq!(running.result(&site, "status").await["connection"], before, "{outcome}");
    }
    let code = running.code(&org, &user).await;
    let from = running.logged().await;
    let done = running.done(&site, "complete-authorization", arguments(&code, mine, me)).await;
    assert_eq!((&done["outcome"], &done["user_id"]), (&json!("done"), me));
    let expected = [("complete-authorization".to_owned(), true), ("token:authorization_code".to_owned(), false)];
    assert_eq!(running.kinds(&site, from).await, expected);
    let after = running.result(&site, "status").await["connection"].clone();
    assert_eq!((&after["refresh_fp"], &after["org_id"]), (&done["refresh_fp"], mine));
    assert_ne!(after["refresh_fp"], before["refresh_fp"]);
    assert_eq!(running.result(&site, "prove").await["outcome"], "good");
    let again = running.done(&site, "complete-authorization", arguments(&code, mine, me)).await;
    assert_eq!(again["outcome"], "refused", "a code is good once");
    running.sim.stop().await;
}

#[tokio::test]
async fn a_fresh_site_is_authorized_set_up_and_refreshed() {
    let running = Running::start("agency", 7, None).await;
    let (site, healthy) = (running.living("not_authorized").await, running.living("healthy").await);
    let (org, user) = running.holder(&healthy).await;
    let known = running.result(&healthy, "status").await["connection"].clone();
    let code = running.code(&org, &user).await;
    let arguments = json!({ "code": code, "expect_org": known["org_id"], "expect_user": known["user_id"] });
    let done = running.done(&site, "complete-authorization", arguments).await;
    assert_eq!(done["outcome"], "done", "{done}");
    let status = running.result(&site, "status").await;
    assert_eq!((&status["connection_configured"], &status["tags"]), (&json!(false), &Value::Null));
    let set_up = running.done(&site, "configure", json!({})).await;
    assert_eq!((&set_up["outcome"], outcomes(&set_up)), (&json!("done"), vec!["done"]));
    assert_eq!(running.done(&site, "configure", json!({})).await["outcome"], "unchanged");
    let refreshed = running.done(&site, "refresh-fields", json!({})).await;
    assert_eq!(outcomes(&refreshed), ["done"; 5]);
    let status = running.result(&site, "status").await;
    assert_eq!((&status["connection_configured"], &status["tags"]), (&json!(true), &json!(5)));
    running.sim.stop().await;
}
