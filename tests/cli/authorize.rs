//! `reauthorize` and `authorize`: a browser goes the whole way through the relay, and each ending has its own words and code.

use crate::fleet::{Answer, Fleet, checked};
use crate::identify::audit;
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr};

/// A pace that a test can wait for.
const PACE: [&str; 4] = ["--every", "200ms", "--for", "60s"];

/// A command under way that has handed out its link.
pub(crate) struct Waiting {
    child: Child,
    talk: BufReader<ChildStderr>,
    pub(crate) said: String,
    link: String,
}

impl Waiting {
    pub(crate) async fn start(fleet: &Fleet, arguments: &[&str]) -> Self {
        let mut command = fleet.command(&[arguments, &PACE, &["--json"]].concat());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        let talk = BufReader::new(child.stderr.take().expect("its talk"));
        let mut waiting = Self { child, talk, said: String::new(), link: String::new() };
        let watches = waiting.next_link().await;
        let mut out = String::new();
        if !watches {
            waiting.child.stdout.take().expect("its output").read_to_string(&mut out).await.expect("UTF-8");
        }
        assert!(watches, "it ended before it watched: {}{out}", waiting.said);
        waiting
    }

    /// Reads on until it hands out another link and watches. False where it came to its end.
    async fn next_link(&mut self) -> bool {
        self.link.clear();
        let begun = self.said.len();
        while !self.said[begun..].contains("Watching") {
            let from = self.said.len();
            if self.talk.read_line(&mut self.said).await.expect("UTF-8") == 0 {
                return false;
            }
            let told = self.said[from..].trim();
            if self.link.is_empty() && told.starts_with("http") {
                told.clone_into(&mut self.link);
            }
        }
        true
    }

    /// The browser follows the link to its end. Answers where it ended.
    pub(crate) async fn browse(&self) -> String {
        let page = reqwest::get(&self.link).await.expect("an answer");
        page.url().to_string()
    }

    async fn say(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("an input");
        input.write_all(format!("{line}\n").as_bytes()).await.expect("written");
    }

    pub(crate) async fn ended(mut self) -> Answer {
        let rest = self.child.stdout.take();
        let mut out = String::new();
        rest.expect("its output").read_to_string(&mut out).await.expect("UTF-8");
        self.talk.read_to_string(&mut self.said).await.expect("UTF-8");
        let status = self.child.wait().await.expect("a status");
        Answer { code: status.code(), out, err: self.said }
    }

    /// It ends in the middle, with nobody told.
    pub(crate) async fn killed(mut self) {
        self.child.kill().await.expect("killed");
    }

    /// The document at the end.
    async fn document(self) -> Value {
        let ended = self.ended().await;
        let document = checked(&ended.out, "reauthorize");
        assert_eq!(document["status"], json!(ended.code), "{}", ended.err);
        document
    }
}

pub(crate) async fn consent(fleet: &Fleet, answer: Value) {
    fleet.admin("consent", Some(answer)).await;
}

/// A site with this story, its org and its user.
async fn of_story(fleet: &Fleet, story: &str) -> (String, String, String) {
    let truth = fleet.truth().await;
    let name = truth.iter().find(|(_, site)| site["story"] == story).expect("a site of the story").0.clone();
    let line = fleet.list().await.remove(&name).expect("its line");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (name, text(&line["org"]), text(&line["user"]))
}

/// A user of an org that is not this one.
async fn another_user(fleet: &Fleet, org: &str, not: &str) -> String {
    let users = fleet.json(&["users", "--org", org], "users").await;
    let users = users["result"]["users"].as_array().expect("a list").clone();
    let names = users.iter().map(|user| user["user"].as_str().expect("a name").to_owned());
    names.into_iter().find(|name| name != not).expect("another user")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_site_is_connected_again_and_its_approval_is_known() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let (site, org, user) = of_story(&fleet, "policy_lifetime").await;
    assert_eq!(fleet.list().await[&site]["health"], "FAIL");
    consent(&fleet, json!({"answer": "allow", "user": user})).await;
    let waiting = Waiting::start(&fleet, &["reauthorize", &site, "--yes"]).await;
    assert!(waiting.said.contains(&user) && waiting.said.contains("PRODUCTION"), "{}", waiting.said);
    let listed = fleet.json(&["operations"], "operations").await;
    assert_eq!(listed["result"]["operations"][0]["site"], json!(site), "{listed:#}");
    waiting.browse().await;
    let done = waiting.document().await;
    assert_eq!((&done["status"], &done["result"]["outcome"]), (&json!(0), &json!("verified")), "{done:#}");
    let truth = fleet.truth().await;
    assert_eq!(done["result"]["approval_id"], truth[&site]["approval_id"], "{done:#}");
    let line = fleet.list().await.remove(&site).expect("the site");
    assert_eq!(
        (&line["health"], &line["slot"]["approval_id"]),
        (&json!("OK"), &truth[&site]["approval_id"]),
        "{line:#}"
    );
    let lines = audit(&fleet);
    let phases: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| (line["phase"].as_str().expect("a phase"), line["operation"].as_str().expect("a name")))
        .collect();
    assert_eq!(phases, [("before", "reauthorize"), ("after", "reauthorize")]);
    assert_eq!((&lines[0]["org"], &lines[0]["class"]), (&json!(org), &json!("spend")));
    let listed = fleet.json(&["operations"], "operations").await;
    assert_eq!(listed["result"]["operations"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_user_the_wrong_org_and_a_no_each_end_in_their_own_words() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let (site, org, user) = of_story(&fleet, "policy_lifetime").await;
    let other = another_user(&fleet, &org, &user).await;
    let elsewhere = another_user(&fleet, "delta", "").await;
    for (who, code, outcome, name) in
        [(&other, 21, "wrong_user", &other), (&elsewhere, 22, "wrong_org", &"delta".to_owned())]
    {
        consent(&fleet, json!({"answer": "allow", "user": who})).await;
        let waiting = Waiting::start(&fleet, &["reauthorize", &site, "--as", &user, "--org", &org, "--yes"]).await;
        waiting.browse().await;
        let done = waiting.document().await;
        assert_eq!((&done["status"], &done["result"]["outcome"]), (&json!(code), &json!(outcome)), "{done:#}");
        assert!(done["result"]["text"].as_str().expect("words").contains(name.as_str()), "{done:#}");
    }
    consent(&fleet, json!({"answer": "deny"})).await;
    let arguments = ["reauthorize", &site, "--as", &user, "--org", &org, "--yes", "--pasted"];
    let mut waiting = Waiting::start(&fleet, &arguments).await;
    waiting.say("that is no address").await;
    let ended = waiting.browse().await;
    assert!(ended.contains("error=access_denied"), "{ended}");
    waiting.say(&ended).await;
    let done = waiting.document().await;
    assert_eq!((&done["status"], &done["result"]["outcome"]), (&json!(20), &json!("denied")), "{done:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_end_well_sends_nobody_to_a_browser() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let (blocked, ..) = of_story(&fleet, "app_blocked").await;
    let refused = fleet.json(&["reauthorize", &blocked, "--yes"], "failure").await;
    assert_eq!((&refused["status"], &refused["name"]), (&json!(25), &json!("app_blocked")), "{refused:#}");
    let (uninstalled, ..) = of_story(&fleet, "app_uninstalled").await;
    let refused = fleet.json(&["reauthorize", &uninstalled, "--yes"], "failure").await;
    assert_eq!((&refused["status"], &refused["name"]), (&json!(24), &json!("app_not_installed")), "{refused:#}");
    let (evicted, ..) = of_story(&fleet, "evicted").await;
    let would = fleet.json(&["reauthorize", &evicted, "--yes"], "failure").await;
    assert_eq!((&would["status"], &would["name"]), (&json!(26), &json!("would_evict")), "{would:#}");
    let actions = would["actions"].as_array().expect("a list").clone();
    assert!(actions.iter().any(|action| action.as_str().is_some_and(|action| action.contains("--as"))), "{would:#}");
    assert!(actions.iter().any(|action| action.as_str().is_some_and(|action| action.contains("--lose"))), "{would:#}");
    let unasked = fleet.json(&["reauthorize", &of_story(&fleet, "policy_lifetime").await.0], "failure").await;
    assert_eq!(unasked["status"], 64);
    let read_only = fleet.json(&["reauthorize", &evicted, "--yes", "--read-only"], "failure").await;
    assert_eq!(read_only["status"], 77);
    let phases: Vec<Value> = audit(&fleet).iter().map(|line| line["phase"].clone()).collect();
    assert_eq!(phases, vec![json!("refused"); 4]);
    assert_eq!(fleet.json(&["operations"], "operations").await["result"]["operations"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_nobody_holds_is_told_as_a_slot_that_leaked() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let (site, _, user) = of_story(&fleet, "policy_lifetime").await;
    let waiting = Waiting::start(&fleet, &["reauthorize", &site, "--yes"]).await;
    // The person allowed the app, and the browser never came back to the site.
    fleet.admin("fault", Some(json!({"kind": "authorize", "user": user}))).await;
    let done = waiting.document().await;
    assert_eq!((&done["status"], &done["result"]["outcome"]), (&json!(23), &json!("abandoned")), "{done:#}");
    let truth = fleet.admin("truth", None).await;
    let leaked: Vec<&Value> = truth["approvals"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| {
            one["user"] == json!(user) && one["listed"] == true && one["held"] == false && one["site"].is_null()
        })
        .collect();
    assert!(leaked.iter().any(|one| one["approval_id"] == done["result"]["approval_id"]), "{leaked:#?} {done:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_killed_in_the_middle_is_watched_to_its_end_by_the_next_one() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let (site, _, user) = of_story(&fleet, "policy_lifetime").await;
    consent(&fleet, json!({"answer": "allow", "user": user})).await;
    let mut waiting = Waiting::start(&fleet, &["reauthorize", &site, "--yes"]).await;
    waiting.child.kill().await.expect("killed");
    waiting.browse().await;
    let listed = fleet.json(&["operations"], "operations").await;
    assert_eq!(listed["result"]["operations"].as_array().map(Vec::len), Some(1));
    let began = listed["result"]["operations"][0]["operation"].clone();
    // The lease of the one that was killed ends by itself.
    let done = loop {
        let answer = fleet.run(&["operations", "--watch", "--every", "200ms", "--json"]).await;
        if answer.code != Some(75) {
            break checked(&answer.out, "reauthorize");
        }
    };
    assert_eq!((&done["result"]["outcome"], &done["result"]["operation"]), (&json!("verified"), &began), "{done:#}");
    let lines = audit(&fleet);
    let told: Vec<(&Value, &Value)> = lines.iter().map(|line| (&line["phase"], &line["id"])).collect();
    assert_eq!(told, [(&json!("before"), &began), (&json!("after"), &began)]);
    let verified = fleet.run(&["audit", "verify"]).await;
    assert_eq!(verified.code, Some(0), "{}", verified.err);
    assert_eq!(fleet.json(&["operations"], "operations").await["result"]["operations"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_named_before_it_is_lost_and_then_it_is() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let (site, _, user) = of_story(&fleet, "evicted").await;
    let would = fleet.json(&["reauthorize", &site, "--yes"], "failure").await;
    let lose: Vec<String> = would["actions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|action| Some(action.as_str()?.split_once("--lose ")?.1.split(' ').next()?.to_owned()))
        .collect();
    assert_eq!(lose.len(), 1, "{would:#}");
    let user = if user.contains('@') { user } else { ops(&fleet).await };
    consent(&fleet, json!({"answer": "allow", "user": user})).await;
    let waiting = Waiting::start(&fleet, &["reauthorize", &site, "--lose", &lose[0]]).await;
    waiting.browse().await;
    let done = waiting.document().await;
    assert_eq!(done["result"]["outcome"], "verified", "{done:#}");
    let truth = fleet.admin("truth", None).await;
    let of_user = |one: &&Value| one["user"] == json!(user);
    let listed = truth["approvals"].as_array().expect("a list").iter().filter(of_user);
    let (listed, left): (Vec<&Value>, Vec<&Value>) = listed.partition(|one| one["listed"] == true);
    assert_eq!(listed.len(), 4, "a fifth pushed one out");
    // It was made in one second with another: one of the two is gone, as was said.
    assert!(left.iter().any(|one| one["site"] == json!(lose[0]) || one["site"].is_null()), "{left:#?}");
    assert_eq!(fleet.truth().await[&site]["health"], "OK");
}

/// The full user of acme.
async fn ops(fleet: &Fleet) -> String {
    let users = fleet.json(&["users", "--org", "acme"], "users").await;
    let users = users["result"]["users"].as_array().expect("a list").clone();
    let full = users.iter().find(|user| user["full"] == true).expect("a full user");
    full["user"].as_str().expect("a name").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_word_of_a_secret_is_told() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let (site, _, user) = of_story(&fleet, "policy_lifetime").await;
    let mut waiting = Waiting::start(&fleet, &["reauthorize", &site, "--as", &user, "--yes", "--pasted"]).await;
    let planted = "aPrxPLANTEDcode123456789";
    waiting.say(&format!("https://shop.example/wp-admin/options-general.php?crm=salesforce&code={planted}")).await;
    consent(&fleet, json!({"answer": "allow", "user": user})).await;
    waiting.browse().await;
    let ended = waiting.ended().await;
    let state = std::fs::read_dir(fleet.state_dir()).expect("the folder");
    let files = state.filter_map(|file| std::fs::read(file.expect("a file").path()).ok());
    for text in files.chain([ended.out.into_bytes(), ended.err.into_bytes()]) {
        assert!(!String::from_utf8_lossy(&text).contains(planted));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_login_to_the_site_pastes_the_address_and_the_site_looks_whose_it_is() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let (site, org, user) = of_story(&fleet, "policy_lifetime").await;
    let other = another_user(&fleet, &org, &user).await;
    let before = fleet.list().await[&site].clone();
    for (who, outcome, code) in [(&other, "wrong_user", 21), (&user, "verified", 0)] {
        consent(&fleet, json!({"answer": "allow", "user": who})).await;
        let mut waiting = Waiting::start(&fleet, &["reauthorize", &site, "--yes", "--pasted"]).await;
        let code_at = code_page(&waiting.link).await;
        waiting.say(&code_at).await;
        let done = waiting.document().await;
        assert_eq!((&done["result"]["outcome"], &done["status"]), (&json!(outcome), &json!(code)), "{done:#}");
        if outcome == "wrong_user" {
            fleet.json(&["poll"], "poll").await;
            let kept = fleet.list().await[&site].clone();
            assert_eq!((&kept["user"], &kept["health"]), (&before["user"], &before["health"]), "it keeps what it had");
        }
    }
    assert_eq!(fleet.truth().await[&site]["health"], "OK");
}

/// Follows the link until an address holds the code, and does not open that one: its browser may not sign in to the site.
async fn code_page(link: &str) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let mut at = link.to_owned();
    for _ in 0..10 {
        let answer = client.get(&at).send().await.expect("an answer");
        let next = answer.headers().get("location").expect("it leads on").to_str().expect("an address");
        let next = reqwest::Url::parse(&at).expect("an address").join(next).expect("an address");
        if next.path().ends_with("options-general.php") && next.query_pairs().any(|(name, _)| name == "code") {
            return next.into();
        }
        at = next.into();
    }
    unreachable!("no code came: {at}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_nobody_authorized_is_connected_set_up_and_imported() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let (site, ..) = of_story(&fleet, "not_authorized").await;
    assert_eq!(fleet.list().await[&site]["health"], "OFF");
    let unknown = fleet.json(&["authorize", &site, "--org", "gamma", "--yes"], "failure").await;
    assert!(unknown["message"].as_str().expect("words").contains("--as"), "{unknown:#}");
    let user = another_user(&fleet, "gamma", "").await;
    consent(&fleet, json!({"answer": "allow", "user": user})).await;
    let waiting = Waiting::start(&fleet, &["authorize", &site, "--org", "gamma", "--as", &user, "--yes"]).await;
    waiting.browse().await;
    let done = waiting.document().await;
    assert_eq!(done["result"]["outcome"], "verified", "{done:#}");
    assert!(done["result"]["approval_id"].is_string(), "{done:#}");
    fleet.json(&["poll"], "poll").await;
    let line = fleet.list().await.remove(&site).expect("the site");
    assert_eq!((&line["health"], &line["org"]), (&json!("OK"), &json!("gamma")), "{line:#}");
    let log = fleet.admin("log", None).await["requests"].as_array().expect("a list").clone();
    let wrote: Vec<&Value> =
        log.iter().filter(|request| request["wrote"] == true && request["client"] == "fusebox").collect();
    assert_eq!(wrote.len(), 2, "its settings, and topics and fields: {wrote:#?}");
    assert!(wrote.iter().all(|request| request["site"] == json!(site)), "{wrote:#?}");
    let last = audit(&fleet).pop().expect("a line");
    assert_eq!((&last["operation"], &last["phase"]), (&json!("authorize"), &json!("after")));
}
