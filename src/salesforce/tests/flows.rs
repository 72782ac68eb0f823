//! Signing in with a refresh token of fusebox's own, by a browser, by a program.

use super::*;
use crate::model::SecretVariables;
use crate::salesforce::{Authorization, Callback, TokenFile};
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A file that is none: what was kept, and whether it takes any more.
#[derive(Debug)]
struct Kept {
    tokens: Mutex<Vec<String>>,
    full: bool,
}

impl Kept {
    fn of(token: &str) -> Arc<Self> {
        Arc::new(Self { tokens: Mutex::new(vec![token.to_owned()]), full: false })
    }

    fn all(&self) -> Vec<String> {
        self.tokens.lock().expect("no panic").clone()
    }
}

impl TokenFile for Kept {
    fn read(&self) -> Result<SecretString, String> {
        self.all().pop().map(SecretString::from).ok_or_else(|| "acme.refresh-token is not there".to_owned())
    }

    fn write(&self, token: &SecretString) -> Result<(), String> {
        if self.full {
            return Err("acme.refresh-token: No space left on device".to_owned());
        }
        self.tokens.lock().expect("no panic").push(token.expose_secret().to_owned());
        Ok(())
    }
}

fn by_refresh(file: &Arc<Kept>) -> Grant {
    Grant::Refresh { client_secret: Some(SECRET.into()), file: Arc::clone(file) as Arc<dyn TokenFile> }
}

fn form(seen: &Seen) -> std::collections::BTreeMap<String, String> {
    url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()
}

/// A server whose only live refresh token is `live`, and which gives `next` in its place.
async fn rotating(live: &'static str, next: Option<&'static str>) -> Server {
    Server::start(move |seen| {
        if !seen.is_token() {
            return well(seen);
        }
        let asked = form(seen);
        let good = match asked["grant_type"].as_str() {
            "refresh_token" => asked["refresh_token"] == live,
            grant => grant == "authorization_code" && asked["code"] == "aPrx==" && asked["code_verifier"].len() >= 43,
        };
        if !good || asked["client_secret"] != SECRET {
            let dead = json!({ "error": "invalid_grant", "error_description": "expired access/refresh token" });
            return Reply::json(400, &dead);
        }
        let mut answer = fixture("token");
        answer["instance_url"] = json!(format!("http://{}", seen.host));
        if let Some(next) = next {
            answer["refresh_token"] = json!(next);
        }
        Reply::json(200, &answer)
    })
    .await
}

#[tokio::test]
async fn a_rotated_token_is_kept_before_its_session_is_used() {
    for (next, kept) in
        [(Some("second"), vec!["first", "second"]), (None, vec!["first"]), (Some("first"), vec!["first"])]
    {
        let server = rotating("first", next).await;
        let file = Kept::of("first");
        let client = try_client(&server.origin, by_refresh(&file), PATIENCE).expect("a client");
        let looked = client.look(&ask(&[])).await.expect("a look");
        assert!(looked.identity.is_some(), "the answer tells whose session it is");
        assert_eq!(file.all(), kept);
        assert!(!form(&server.seen()[0]).contains_key("scope"), "a scope changes what some orgs answer");
    }
}

#[tokio::test]
async fn a_session_whose_token_can_not_be_kept_is_not_used() {
    let server = rotating("first", Some("second")).await;
    let file = Arc::new(Kept { tokens: Mutex::new(vec!["first".to_owned()]), full: true });
    let client = try_client(&server.origin, by_refresh(&file), PATIENCE).expect("a client");
    let failure = client.look(&ask(&[])).await.expect_err("no look");
    assert!(failure.text.as_str().contains("No space left on device") && !failure.text.as_str().contains("second"));
    assert_eq!(server.counts(), (1, 0), "the API was not asked");
}

/// Another process that shares the file was faster.
#[tokio::test]
async fn a_token_that_was_outrun_is_read_again_once() {
    let file = Kept::of("first");
    let others = Arc::clone(&file);
    let server = Server::start(move |seen| {
        if !seen.is_token() || form(seen)["refresh_token"] == "second" {
            return well(seen);
        }
        others.write(&"second".into()).expect("kept");
        Reply::json(400, &json!({ "error": "invalid_grant", "error_description": "expired access/refresh token" }))
    })
    .await;
    let client = try_client(&server.origin, by_refresh(&file), PATIENCE).expect("a client");
    client.look(&ask(&[])).await.expect("a look");
    assert_eq!(server.counts(), (2, 1));
    assert_eq!(file.all(), ["first", "second"]);

    let server = rotating("second", None).await;
    let dead = try_client(&server.origin, by_refresh(&Kept::of("zeroth")), PATIENCE).expect("a client");
    let failure = dead.look(&ask(&[])).await.expect_err("dead");
    assert!(
        failure.text.as_str().contains("expired access/refresh token") && !failure.text.as_str().contains("zeroth")
    );
    assert_eq!(server.counts(), (1, 0), "a dead token is presented once");
}

async fn get(port: u16, address: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a listener");
    stream.write_all(format!("GET {address} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).await.expect("sent");
    let mut page = String::new();
    stream.read_to_string(&mut page).await.expect("a page");
    page
}

#[tokio::test]
async fn a_browser_brings_a_code_and_the_code_a_token() {
    let server = rotating("first", Some("first")).await;
    let file = Kept::of("none yet");
    let client = try_client(&server.origin, by_refresh(&file), PATIENCE).expect("a client");
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let authorization =
        Authorization::begin(&server.origin.parse().expect("an address"), "3MVG9example", port).expect("a question");
    let callback = Callback::listen(port).await.expect("the port");
    Callback::listen(port).await.expect_err("the port is taken");
    let asked: std::collections::BTreeMap<String, String> = authorization.url().query_pairs().into_owned().collect();
    let state = &asked["state"];
    let browser = async {
        let idle = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection that is never used");
        for foreign in ["/favicon.ico", "/OauthRedirect?code=evil&state=guessed", "/other?code=aPrx%3D%3D"] {
            assert!(get(port, foreign).await.starts_with("HTTP/1.1 404"), "{foreign}");
        }
        let page = get(port, &format!("/OauthRedirect?code=aPrx%3D%3D&state={state}")).await;
        assert!(page.starts_with("HTTP/1.1 200") && !page.contains("aPrx"), "{page}");
        drop(idle);
    };
    let (address, ()) = tokio::join!(callback.answer(&authorization), browser);
    let code = authorization.code(&address.expect("an address")).expect("a code");
    client.adopt(&authorization, &code).await.expect("a session");
    assert_eq!(file.all(), ["none yet", "first"]);
    assert_eq!(form(&server.seen()[0])["redirect_uri"], asked["redirect_uri"]);
    client.look(&ask(&[])).await.expect("a look");
    assert_eq!(server.counts(), (1, 1), "the session serves on");
}

#[tokio::test]
async fn a_code_without_a_refresh_token_says_which_scope_is_missing() {
    let server = rotating("first", None).await;
    let client = try_client(&server.origin, by_refresh(&Kept::of("none")), PATIENCE).expect("a client");
    let authorization =
        Authorization::begin(&server.origin.parse().expect("an address"), "3MVG9example", 1717).expect("a question");
    let error = client.adopt(&authorization, &"aPrx==".into()).await.expect_err("no token");
    assert!(error.text().as_str().contains("\"refresh_token\""), "{error}");
}

fn by_program(words: &[&str]) -> Grant {
    Grant::Program {
        command: words.iter().map(|word| (*word).to_owned()).collect(),
        hidden: SecretVariables::default(),
    }
}

#[tokio::test]
async fn a_program_prints_a_session_and_no_shell_reads_its_words() {
    let server = Server::start(well).await;
    let client = try_client(&server.origin, by_program(&["printf", "%s\n", SESSION]), PATIENCE).expect("a client");
    client.look(&ask(&["0055g000000OPS3"])).await.expect("a look");
    assert_eq!(server.counts(), (0, 1));
    assert_eq!(server.seen()[0].authorization.as_deref(), Some(format!("Bearer {SESSION}").as_str()));

    let words = by_program(&["printf", "%s", "$HOME;id"]);
    let client = try_client(&server.origin, words, PATIENCE).expect("a client");
    client.look(&ask(&["0055g000000OPS3"])).await.expect("a look");
    assert_eq!(server.seen()[1].authorization.as_deref(), Some("Bearer $HOME;id"));
}

#[tokio::test]
async fn a_program_that_fails_is_named_and_what_it_printed_is_not() {
    let server = Server::start(well).await;
    for (words, told) in [
        (&["false"][..], "false: ended with exit status: 1"),
        (&["printf", "hunter2 and more"], "printf: printed no access token"),
        (&["/no/such/program"], "/no/such/program: can not be run"),
        (&["head", "-c", "70000", "/dev/zero"], "head: printed more than a session"),
    ] {
        let client = try_client(&server.origin, by_program(words), PATIENCE).expect("a client");
        let failure = client.look(&ask(&[])).await.expect_err("no session");
        assert!(failure.text.as_str().contains(told) && !failure.text.as_str().contains("hunter2"), "{failure}");
        assert!(failure.text.as_str().contains("run token_command by hand"), "{failure}");
    }
    assert_eq!(server.counts(), (0, 0));
}
