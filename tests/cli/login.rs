//! `login`: each way of signing in against the simulator, from an empty folder to an org that answers, and each refusal.

use crate::fleet::{Answer, Fleet, answer, checked, program};
use reqwest::{Url, redirect};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr};

/// An operator with empty folders and a simulated Salesforce.
struct Operator {
    fleet: Fleet,
    credentials: Value,
}

impl Operator {
    async fn new() -> Self {
        let fleet = Fleet::of("agency", 7, Some(44)).await;
        let credentials = fleet.admin("credentials", None).await;
        Self { fleet, credentials }
    }

    fn dir(&self) -> PathBuf {
        self.fleet.dir.path().join("mine")
    }

    fn of<'a>(&'a self, org: &str, field: &str) -> &'a str {
        self.credentials["orgs"][org][field].as_str().expect("a text")
    }

    /// An org that signs in in this way.
    fn org(&self, flow: &str) -> String {
        let orgs = self.credentials["orgs"].as_object().expect("orgs");
        orgs.iter().find(|(_, org)| org["flow"] == flow).expect("an org").0.clone()
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = program(&self.dir(), &self.fleet.dir.path().join("my-state"), arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program")
    }

    async fn run(&self, arguments: &[&str], input: &str) -> Answer {
        let mut child = self.spawn(arguments);
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).await.expect("written");
        drop(stdin);
        answer(child.wait_with_output().await.expect("its end"))
    }

    /// With the address and the consumer key of an org.
    async fn login(&self, org: &str, more: &[&str], input: &str) -> Answer {
        let mut arguments = vec!["login", org, "--login-url", self.of(org, "origin")];
        arguments
            .extend(["--client-id", self.of(org, "client_id")].iter().filter(|_| !more.contains(&"--token-command")));
        arguments.extend(more);
        self.run(&arguments, input).await
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.dir().join(name)).unwrap_or_default()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_uploaded_and_signed_in_with() {
    let operator = Operator::new().await;
    let org = operator.org("jwt");
    let username = operator.of(&org, "username").to_owned();
    let words = ["--flow", "jwt", "--username", &username, "--json"];
    let before = operator.login(&org, &words, "").await;
    let refused = checked(&before.out, "failure");
    assert_eq!(refused["status"], 77, "Salesforce does not know the certificate yet: {refused}");
    assert!(refused["actions"][0].as_str().expect("advice").contains("certificate"), "{refused}");
    assert_eq!(operator.file("config.toml"), "", "nothing was written down");
    let (key, certificate) = (operator.dir().join(format!("{org}.pem")), operator.file(&format!("{org}.crt")));
    assert_eq!(mode(&key), 0o600);
    let private = fs::read_to_string(&key).expect("a key");

    operator.fleet.admin("fault", Some(json!({ "kind": "certificate", "org": org, "pem": certificate }))).await;
    let after = operator.login(&org, &words, "").await;
    let seen = checked(&after.out, "login");
    assert_eq!((&seen["status"], &seen["result"]["missing"]), (&json!(0), &json!([])), "{seen} {}", after.err);
    assert_eq!(fs::read_to_string(&key).expect("a key"), private, "the key stayed");
    assert!(operator.file("config.toml").contains(&format!("private_key = \"file:{org}.pem\"")));
    for answer in [&before, &after] {
        assert!(!answer.out.contains("PRIVATE KEY") && !answer.err.contains("PRIVATE KEY"));
    }

    let again = operator.run(&["login", &org], "").await;
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(again.out.contains("nothing: all that fusebox asks for is permitted"), "{}", again.out);
    let other = operator.run(&["login", &org, "--client-id", "another"], "").await;
    assert_eq!(other.code, Some(64));
    assert_eq!(operator.run(&["poll"], "").await.code, Some(0), "one org and no site");
    let lacking = operator.run(&["login", "next", "--json"], "").await;
    assert!(checked(&lacking.out, "failure")["message"].as_str().expect("words").contains("--flow is missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_comes_by_the_input_and_lies_where_none_but_its_owner_reads() {
    let operator = Operator::new().await;
    let org = operator.org("client-credentials");
    let secret = operator.of(&org, "client_secret").to_owned();
    let words = ["--flow", "client-credentials", "--client-secret", "-"];
    let wrong = operator.login(&org, &words, "not-the-secret\n").await;
    assert_eq!((wrong.code, wrong.err.contains("invalid client credentials")), (Some(77), true), "{}", wrong.err);
    assert!(!wrong.err.contains("not-the-secret"), "{}", wrong.err);
    let right = operator.login(&org, &words, &format!("{secret}\n")).await;
    assert_eq!(right.code, Some(0), "{}", right.err);
    assert!(![&right.out, &right.err].iter().any(|text| text.contains(&secret)));
    assert!(!operator.file("config.toml").contains(&secret) && operator.file("secrets.toml").contains(&secret));
    assert_eq!(mode(&operator.dir().join("secrets.toml")), 0o600);
    assert_eq!(operator.run(&["poll"], "").await.code, Some(0));
}

/// The link that the command shows, read as far as that.
async fn link(child: &mut Child) -> (Url, Lines<BufReader<ChildStderr>>) {
    let mut lines = BufReader::new(child.stderr.take().expect("its talk")).lines();
    let mut talk = Vec::new();
    loop {
        let line = lines.next_line().await.expect("a line");
        assert!(line.is_some(), "no link in {talk:?}");
        let line = line.unwrap_or_default();
        if let Some(url) = Url::parse(line.trim()).ok().filter(|url| url.path().ends_with("/authorize")) {
            return (url, lines);
        }
        talk.push(line);
    }
}

/// Where Salesforce sends the browser back to.
async fn sent_back(link: Url) -> String {
    let browser = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().expect("a client");
    let answer = browser.get(link).send().await.expect("an answer");
    answer.headers()["location"].to_str().expect("an address").to_owned()
}

async fn by_browser(operator: &Operator, org: &str, port: u16, pasted: bool) -> Answer {
    let (url, key) = (operator.of(org, "origin"), operator.of(org, "client_id"));
    let port_text = port.to_string();
    let words =
        ["login", org, "--flow", "browser", "--login-url", url, "--client-id", key, "--callback-port", &port_text];
    let mut child = operator.spawn(&words);
    let (link, mut talk) = link(&mut child).await;
    let back = sent_back(link).await;
    let mut stdin = child.stdin.take().expect("its input");
    if pasted {
        let lines = format!("\nhttp://localhost:{port}/OauthRedirect?code=evil&state=guessed\n{back}\n");
        stdin.write_all(lines.as_bytes()).await.expect("written");
    } else {
        let page = reqwest::Client::builder().no_proxy().build().expect("a client");
        let page = page.get(back.replace("localhost", "127.0.0.1")).send().await.expect("an answer");
        assert!(page.text().await.expect("a page").contains("This page can be closed"));
    }
    let mut err = String::new();
    while let Some(line) = talk.next_line().await.expect("a line") {
        err.push_str(&line);
        err.push('\n');
    }
    drop(stdin);
    Answer { err, ..answer(child.wait_with_output().await.expect("its end")) }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_answers_at_the_port_or_its_address_is_pasted() {
    for pasted in [false, true] {
        let operator = Operator::new().await;
        let org = operator.org("jwt");
        let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = if pasted { other.local_addr().expect("an address").port() } else { free_port() };
        let callback = format!("http://localhost:{port}/OauthRedirect");
        operator.fleet.admin("fault", Some(json!({ "kind": "callback", "org": org, "url": callback }))).await;
        operator.fleet.admin("consent", Some(json!({ "answer": "deny" }))).await;
        let denied = by_browser(&operator, &org, port, pasted).await;
        assert_eq!(denied.code, Some(20), "{}", denied.err);
        assert_eq!(operator.file("config.toml"), "");

        operator.fleet.admin("consent", Some(json!({ "answer": "allow" }))).await;
        let allowed = by_browser(&operator, &org, port, pasted).await;
        assert_eq!(allowed.code, Some(0), "{}", allowed.err);
        assert_eq!(allowed.err.contains("can not be used"), pasted, "{}", allowed.err);
        assert!(!pasted || allowed.err.contains("that is not the address"), "{}", allowed.err);
        let kept = operator.dir().join(format!("{org}.refresh-token"));
        let token = fs::read_to_string(&kept).expect("a token");
        assert!(mode(&kept) == 0o600 && !allowed.out.contains(token.trim()) && !allowed.err.contains(token.trim()));
        assert_eq!(operator.run(&["poll"], "").await.code, Some(0), "the token serves on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_waited_for_who_can_not_come() {
    let operator = Operator::new().await;
    let org = operator.org("jwt");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let nobody = operator.login(&org, &["--flow", "browser", "--callback-port", &port], "").await;
    assert_eq!((nobody.code, nobody.err.contains("the input ended")), (Some(64), true), "{}", nobody.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_signs_in() {
    let operator = Operator::new().await;
    let org = operator.org("client-credentials");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", operator.of(&org, "client_id")),
        ("client_secret", operator.of(&org, "client_secret")),
    ];
    let url = format!("{}/services/oauth2/token", operator.of(&org, "origin"));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let session = client.post(url).form(&form).send().await.expect("an answer").text().await.expect("a session");
    let file = operator.fleet.dir.path().join("session.json");
    fs::write(&file, &session).expect("written");
    let path = file.to_str().expect("a path");
    let answer = operator.login(&org, &["--flow", "token-command", "--token-command", "cat", path], "").await;
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    assert!(operator.file("config.toml").contains("token_command = [\"cat\", "));
    let token = serde_json::from_str::<Value>(&session).expect("JSON")["access_token"].as_str().expect("it").to_owned();
    assert!(!answer.out.contains(&token) && !answer.err.contains(&token));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_between_has_its_own_code() {
    let operator = Operator::new().await;
    let org = operator.org("client-credentials");
    let words = ["--flow", "client-credentials", "--client-secret", "-"];
    let secret = format!("{}\n", operator.of(&org, "client_secret"));
    for (fault, code) in [("lock", 69), ("without_api", 77)] {
        operator.fleet.admin("fault", Some(json!({ "kind": fault, "org": org }))).await;
        let answer = operator.login(&org, &words, &secret).await;
        assert_eq!(answer.code, Some(code), "{fault}: {}", answer.err);
        operator.fleet.admin("fault", Some(json!({ "kind": "restore", "org": org }))).await;
    }
    operator.fleet.admin("fault", Some(json!({ "kind": "dead", "org": org }))).await;
    assert_eq!(operator.login(&org, &words, &secret).await.code, Some(69));
    assert_eq!(operator.file("config.toml"), "");
    let guide = operator.run(&["login", &org, "--flow", "browser", "--guide", "--json"], "").await;
    let guide = checked(&guide.out, "login_guide");
    assert!(guide["result"]["guide"].as_str().expect("a text").contains("http://localhost:1717/OauthRedirect"));
}
