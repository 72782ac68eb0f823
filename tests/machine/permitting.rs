//! What a screen asks for that spends: previewed, done or refused, and written down either way.

use super::{Fleet, event, until};
use fusebox::backend::{self, Handle, Parts, Polling};
use fusebox::model::trail::TrailState;
use fusebox::model::{ActionClass, Cause, Confirmation, Health, Intent, Permits, ReadOnly, Rotation, SiteName, Target};
use fusebox::protocol::{Command, Event, Link, OperationId, Picture, Question};
use serde_json::Value;
use std::collections::BTreeSet;

/// Machinery of a fleet in which nothing rotates, with these permits; everything was looked at.
pub(crate) async fn machinery(fleet: &Fleet, permits: Permits) -> (Handle, Link) {
    let mut parts = fleet.parts("us", Polling::Off);
    parts.config.orgs.iter_mut().for_each(|org| org.terms.rotation = Rotation::Off);
    let targets: Vec<Target> = {
        let orgs = parts.config.orgs.iter().map(|org| Target::Org(org.name.clone()));
        let sites = parts.config.sites.iter().map(|site| Target::Site(site.name.clone()));
        orgs.chain(sites).collect()
    };
    let handle = backend::start(Parts { permits, ..parts }).expect("the machinery");
    let sight = handle.look(targets).await.expect("looked at");
    assert!(sight.round.answered > 0);
    let link = handle.link().await;
    (handle, link)
}

pub(crate) async fn send(link: &Link, command: Command) {
    link.commands.send(command).await.expect("it lives");
}

/// What the machinery would ask before it lets one of the sites show its approval: the first that is well and that it may
/// ask.
async fn fit(link: &mut Link) -> (SiteName, Question) {
    let mut tried = BTreeSet::new();
    loop {
        // What was looked at is in a picture a moment later.
        let next = |picture: &Picture| {
            let well = picture.rows.iter().filter(|row| row.health == Health::Ok).map(|row| &row.name);
            well.filter(|name| !tried.contains(*name)).min().cloned()
        };
        let picture = until(link, |picture| next(picture).is_some()).await;
        let Some(site) = next(&picture) else { continue };
        let id = OperationId(tried.len() as u64);
        send(link, Command::Preview { id, intent: Intent::Identify(site.clone()) }).await;
        match event(link).await {
            Event::Preview(of, Ok(question)) if of == id => return (site, *question),
            other => assert!(matches!(other, Event::Preview(of, Err(_)) if of == id), "{other:?}"),
        }
        tried.insert(site);
    }
}

pub(crate) fn audit(fleet: &Fleet) -> Vec<Value> {
    let text = std::fs::read_to_string(fleet.dir.path().join("state/audit.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_screen_confirms_is_done_and_told() {
    let fleet = Fleet::start("agency").await;
    let (handle, mut link) = machinery(&fleet, Permits::default()).await;
    let (site, question) = fit(&mut link).await;
    assert_eq!((question.preview.class, question.command.class()), (ActionClass::Spend, ActionClass::Spend));
    assert!(matches!(question.preview.confirm, Confirmation::Yes(_)));
    assert_eq!(audit(&fleet), Vec::<Value>::new(), "a preview costs nothing");
    let Command::Identify { id, .. } = &question.command else { panic!("{:?}", question.command) };
    let id = *id;
    send(&link, question.command).await;
    let Event::Ended { id: of, good, told } = event(&mut link).await else { panic!("another event") };
    assert_eq!((of, good), (id, true), "{told}");
    assert!(told.as_str().starts_with(&format!("{site} holds approval ")), "{told}");
    let phases: Vec<Value> = audit(&fleet).iter().map(|line| line["phase"].clone()).collect();
    assert_eq!(phases, ["before", "after"]);
    handle.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_read_only_a_screen_is_refused_and_that_is_written_down() {
    let fleet = Fleet::start("agency").await;
    let (handle, mut link) = machinery(&fleet, Permits::default()).await;
    let (site, question) = fit(&mut link).await;
    handle.shutdown().await;
    let said = Permits { fleet: Some(ReadOnly::Fleet), ..Permits::default() };
    let (handle, mut link) = machinery(&fleet, said).await;
    send(&link, Command::Preview { id: OperationId(1), intent: Intent::Identify(site.clone()) }).await;
    assert!(matches!(event(&mut link).await, Event::Preview(_, Err(why)) if why.contains("read-only")));
    send(&link, question.command).await;
    assert!(
        matches!(event(&mut link).await, Event::Ended { good: false, told, .. } if told.as_str().contains("left alone"))
    );
    send(&link, Command::AllowWriting(OperationId(2))).await;
    assert!(
        matches!(event(&mut link).await, Event::Ended { good: false, told, .. } if told.as_str().contains("still read-only"))
    );
    let lines = audit(&fleet);
    let of = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
    assert_eq!((of("phase"), of("operation")), (vec!["refused".into(); 2], vec!["identify".into(), "write".into()]));
    handle.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_said_is_lifted_for_the_session_and_written_down_first() {
    let fleet = Fleet::start("agency").await;
    let (handle, mut link) = machinery(&fleet, Permits::unsaid()).await;
    let file = fleet.dir.path().join("state/audit.jsonl");
    // Without an audit it stays as it is.
    std::fs::create_dir(&file).expect("a folder in its place");
    send(&link, Command::AllowWriting(OperationId(1))).await;
    assert!(
        matches!(event(&mut link).await, Event::Ended { good: false, told, .. } if told.as_str().contains("can not be written"))
    );
    std::fs::remove_dir(&file).expect("removed");
    send(&link, Command::Preview { id: OperationId(2), intent: Intent::Write }).await;
    let Event::Preview(_, Ok(question)) = event(&mut link).await else { panic!("another event") };
    assert_eq!(question.command, Command::AllowWriting(OperationId(2)));
    send(&link, question.command).await;
    assert_eq!(event(&mut link).await, Event::Permits(Permits::default()));
    assert!(matches!(event(&mut link).await, Event::Ended { good: true, .. }));
    let lines = audit(&fleet);
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["target"]["kind"], &lines[0]["class"]), (&"fleet".into(), &"write".into()));
    fit(&mut link).await;
    send(&link, Command::Trail).await;
    let Event::Trail(trail) = event(&mut link).await else { panic!("another event") };
    assert_eq!((trail.lines.len(), &trail.state), (1, &TrailState::Good));
    assert_eq!((trail.lines[0].operation.as_str(), trail.lines[0].target.as_str()), ("write", "the fleet"));
    handle.shutdown().await;
}

/// The next answer to a question, whatever else is told meanwhile.
async fn answered(link: &mut Link, id: OperationId) -> Result<Box<Question>, String> {
    loop {
        if let Event::Preview(of, answer) = event(link).await
            && of == id
        {
            return answer;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_a_sign_in_is_judged_its_site_and_its_org_are_looked_at() {
    let fleet = Fleet::start("agency").await;
    let (handle, mut link) = machinery(&fleet, Permits::default()).await;
    let seen = requests(&fleet).await.len();
    let broken = |picture: &Picture| {
        let dead = |row: &&std::sync::Arc<fusebox::model::SiteRow>| row.cause == Some(Cause::PolicyLifetime);
        picture.rows.iter().find(dead).map(|row| row.name.clone())
    };
    let picture = until(&mut link, |picture| broken(picture).is_some()).await;
    let site = broken(&picture).expect("a site");
    send(&link, Command::Preview { id: OperationId(1), intent: Intent::Authorize(site.clone(), None) }).await;
    let question = answered(&mut link, OperationId(1)).await.expect("a question");
    let asked: Vec<(String, String)> = requests(&fleet).await.split_off(seen);
    let Command::Authorize { org, .. } = &question.command else { panic!("{:?}", question.command) };
    assert!(asked.contains(&(site.to_string(), "status".to_owned())), "{asked:?}");
    assert!(asked.iter().any(|(of, kind)| of == org.as_str() && kind == "composite"), "{asked:?}");
    let preview = &question.preview;
    assert_eq!(preview.slots.as_ref().map(|slots| &slots.org), Some(org));
    assert!(preview.steps.len() > 5 && preview.steps.iter().any(|step| step.as_str().contains("nothing is undone")));
    let said =
        |preview: &fusebox::model::Preview| preview.does.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert!(!said(preview).contains("does not answer"), "{}", said(preview));
    assert_eq!(audit(&fleet), Vec::<Value>::new(), "a preview costs nothing");

    // Who is silent is judged by what is known, and that is said with its age.
    for order in [serde_json::json!({"kind": "dead", "org": org}), serde_json::json!({"kind": "503", "site": site})] {
        fault(&fleet, &order).await;
    }
    fleet.advance(chrono::TimeDelta::minutes(9));
    send(&link, Command::Preview { id: OperationId(2), intent: Intent::Authorize(site.clone(), None) }).await;
    let question = answered(&mut link, OperationId(2)).await.expect("a question all the same");
    let told = said(&question.preview);
    for word in
        [format!("org {org} does not answer: "), format!("site {site} does not answer: "), "was seen 9m ago".to_owned()]
    {
        assert!(told.contains(&word), "{word}: {told}");
    }
    handle.shutdown().await;
}

async fn fault(fleet: &Fleet, order: &Value) {
    let ready = &fleet.sim.ready;
    let asked =
        reqwest::Client::new().post(format!("{}/fault", ready.admin)).bearer_auth(&ready.admin_token).json(order);
    assert!(asked.send().await.expect("the simulator").status().is_success());
}

/// What was asked so far: of which site or org, and what.
async fn requests(fleet: &Fleet) -> Vec<(String, String)> {
    let ready = &fleet.sim.ready;
    let asked = reqwest::Client::new().get(format!("{}/log", ready.admin)).bearer_auth(&ready.admin_token);
    let log: Value = asked.send().await.expect("the simulator").json().await.expect("JSON");
    let word = |request: &Value, key: &str| request[key].as_str().unwrap_or_default().to_owned();
    let of = |request: &Value| if request["site"].is_null() { word(request, "org") } else { word(request, "site") };
    let requests = log["requests"].as_array().expect("a list").iter();
    requests.map(|request| (of(request), word(request, "kind"))).collect()
}
