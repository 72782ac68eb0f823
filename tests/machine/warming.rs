//! Sites that a screen keeps warm: looked at and let to make one call first, asked where a refresh is needed, written down.

use super::permitting::{audit, machinery, send};
use super::{Fleet, event, first, until};
use fusebox::backend::Polling;
use fusebox::model::{ActionClass, Cause, Confirmation, Health, Intent, Permits, ReadOnly, SiteName, SiteRow};
use fusebox::protocol::{Command, Event, Link, OperationId, Question};
use serde_json::{Value, json};

async fn asked(link: &mut Link, id: u64, site: &SiteName) -> Result<Question, String> {
    send(link, Command::Preview { id: OperationId(id), intent: Intent::KeepWarm(site.clone()) }).await;
    loop {
        if let Event::Preview(of, answer) = event(link).await {
            assert_eq!(of, OperationId(id));
            return answer.map(|question| *question);
        }
    }
}

async fn ended(link: &mut Link) -> (bool, String) {
    loop {
        if let Event::Ended { good, told, .. } = event(link).await {
            return (good, told.to_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_whose_session_is_over_refreshes_once_when_that_is_confirmed() {
    let fleet = Fleet::start("agency").await;
    let (handle, mut link) = machinery(&fleet, Permits::default()).await;
    let near = |row: &SiteRow| row.cause == Some(Cause::IdleNear);
    let picture = until(&mut link, |picture| picture.rows.iter().any(|row| near(row))).await;
    let site = first(&picture, near);
    let staging = first(&picture, |row| row.health == Health::Stag);
    let why = asked(&mut link, 1, &staging).await.expect_err("it may be a copy");
    assert!(why.contains("left alone"), "{why}");
    // Where nobody says that tokens do not rotate a refresh could end the connection: it is not even asked.
    let other = fleet.machinery("other", Polling::Off);
    let mut theirs = other.link().await;
    let why = asked(&mut theirs, 1, &site).await.expect_err("they may rotate");
    assert!(why.contains("whether refresh tokens rotate in its org is not known"), "{why}");
    other.shutdown().await;
    let question = asked(&mut link, 2, &site).await.expect("it is near its limit");
    assert_eq!(audit(&fleet), Vec::<Value>::new(), "a preview costs nothing");
    assert_eq!((question.preview.class, question.command.class()), (ActionClass::Spend, ActionClass::Spend));
    assert!(matches!(question.preview.confirm, Confirmation::Yes(_)));
    let does: Vec<String> = question.preview.does.iter().map(ToString::to_string).collect();
    for words in [
        "refreshes its own token once",
        "near its idle limit",
        "stays what it is",
        "idle time of its approval begins anew",
    ] {
        assert!(does.iter().any(|told| told.contains(words)), "{words}: {does:?}");
    }
    send(&link, question.command.clone()).await;
    let (good, told) = ended(&mut link).await;
    assert!(good && told.contains(site.as_str()) && told.contains("its idle time begins anew"), "{told}");
    let lines = audit(&fleet);
    let of = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<Value>>();
    assert_eq!((of("phase"), of("operation")), (vec![json!("before"), json!("after")], vec![json!("keep-warm"); 2]));
    // Just refreshed: there is nothing to be done.
    let why = asked(&mut link, 1000, &site).await.expect_err("it is awake");
    assert!(why.contains("nothing was spent"), "{why}");
    handle.shutdown().await;

    let said = Permits { fleet: Some(ReadOnly::Flag), ..Permits::default() };
    let (handle, mut link) = machinery(&fleet, said).await;
    let why = asked(&mut link, 1, &site).await.expect_err("read-only");
    assert!(why.contains("left alone"), "{why}");
    send(&link, question.command).await;
    let (good, told) = ended(&mut link).await;
    assert!(!good && told.contains("left alone"), "{told}");
    let last = audit(&fleet).pop().expect("a line");
    assert_eq!((&last["phase"], &last["operation"]), (&json!("refused"), &json!("keep-warm")));
    handle.shutdown().await;
}
