//! Approvals that a screen has revoked: looked at first, asked with what is lost, judged again, written down.

use super::permitting::{audit, machinery, send};
use super::{Fleet, event};
use fusebox::model::{ActionClass, Confirmation, Intent, Permits, Preview, ReadOnly, SiteName, Target};
use fusebox::protocol::{Command, Event, Link, OperationId, Question};
use serde_json::{Value, json};

/// Asks the simulator itself.
pub(crate) async fn admin(fleet: &Fleet, path: &str, order: Option<Value>) -> Value {
    let (client, address) = (reqwest::Client::new(), format!("{}/{path}", fleet.sim.ready.admin));
    let request = match order {
        Some(order) => client.post(address).json(&order),
        None => client.get(address),
    };
    let answer = request.bearer_auth(&fleet.sim.ready.admin_token).send().await.expect("the simulator");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.expect("JSON")
}

async fn listed(fleet: &Fleet) -> Vec<(String, Option<String>)> {
    let truth = admin(fleet, "truth", None).await;
    let text = |one: &Value, name: &str| one[name].as_str().map(str::to_owned);
    let approvals = truth["approvals"].as_array().expect("a list").iter().filter(|one| one["listed"] == true);
    approvals.map(|one| (text(one, "approval_id").expect("an id"), text(one, "site"))).collect()
}

/// What revoking it would do, as the machinery says.
async fn asked(link: &mut Link, id: u64, named: &str) -> Result<Question, String> {
    send(link, Command::Preview { id: OperationId(id), intent: Intent::Revoke(named.into()) }).await;
    loop {
        match event(link).await {
            Event::Preview(of, answer) if of == OperationId(id) => return answer.map(|question| *question),
            Event::Notice(_) => {}
            other => panic!("{other:?}"),
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

fn said(preview: &Preview) -> String {
    preview.does.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A site of beta that was authorized anew after its approval was known: what it left behind, what it holds, and it.
async fn authorized_anew(fleet: &Fleet, link: &mut Link) -> (String, String, String) {
    let picture = link.pictures.borrow_and_update().clone();
    let of_beta = picture.rows.iter().filter(|row| row.org.as_ref().is_some_and(|org| org.as_str() == "beta"));
    let known = |row: &&std::sync::Arc<fusebox::model::SiteRow>| {
        let slot = row.slot.as_ref().filter(|slot| slot.position.is_some() && !slot.tied && !slot.shared);
        slot.is_some_and(|slot| slot.approval_id.is_some() && slot.used < Some(slot.limit))
            && matches!(row.health, fusebox::model::Health::Ok | fusebox::model::Health::Warn)
    };
    let row = of_beta.filter(known).min_by_key(|row| row.name.clone()).expect("a site").clone();
    let left = row.slot.as_ref().and_then(|slot| slot.approval_id).expect("its approval").to_string();
    let user = row.user.as_ref().expect("its user").to_string();
    let before = listed(fleet).await;
    let order = json!({"kind": "authorize", "user": user, "site": row.name.as_str()});
    admin(fleet, "fault", Some(order)).await;
    let after = listed(fleet).await;
    let new = after.into_iter().find(|one| !before.contains(one)).expect("a new approval");
    assert_eq!(new.1.as_deref(), Some(row.name.as_str()));
    (left, new.0, row.name.to_string())
}

/// A fleet that was looked at twice: what sites told is joined with approvals at the next look.
async fn fleet(permits: Permits) -> (Fleet, fusebox::backend::Handle, Link) {
    let fleet = Fleet::start("agency").await;
    let (handle, link) = machinery(&fleet, permits).await;
    let rows = link.pictures.clone().wait_for(|picture| picture.rows.len() == 80).await.expect("it lives").clone();
    let orgs = rows.boards.iter().map(|board| Target::Org(board.name.clone()));
    let sites = rows.rows.iter().map(|row| Target::Site(row.name.clone()));
    handle.look(orgs.chain(sites).collect()).await.expect("looked at");
    (fleet, handle, link)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphan_goes_by_a_key_and_a_live_one_by_its_sites_name() {
    let (fleet, handle, mut link) = fleet(Permits::default()).await;
    let (orphan, held, site) = authorized_anew(&fleet, &mut link).await;
    // Nobody looked since: asking does.
    let question = asked(&mut link, 1, &orphan[..8]).await.expect("it may be");
    let preview = &question.preview;
    assert_eq!((preview.class, question.command.class()), (ActionClass::Write, ActionClass::Write));
    assert!(preview.loses.is_none() && matches!(preview.confirm, Confirmation::Yes(_)), "{preview:?}");
    for word in ["An orphan: ", "made ", "in org beta", "Nothing that works is lost.", "can not be undone"] {
        assert!(said(preview).contains(word), "{word}: {}", said(preview));
    }
    let live = asked(&mut link, 2, &held).await.expect("by who names it");
    let loss = live.preview.loses.as_ref().expect("something is lost");
    assert_eq!((loss.how.as_str(), loss.name.as_str()), ("cuts off a live site", site.as_str()));
    assert!(matches!(&live.preview.confirm, Confirmation::Type { word, .. } if word.as_str() == site));
    let offered: Vec<_> = live.preview.safer.iter().map(|step| step.intent.clone()).collect();
    assert_eq!(offered, [Some(Intent::Revoke(orphan.as_str().into()))], "the orphan goes before a live one");
    assert_eq!(audit(&fleet), Vec::<Value>::new(), "a preview costs nothing");

    let before = listed(&fleet).await;
    send(&link, question.command.clone()).await;
    assert_eq!(
        ended(&mut link).await,
        (true, format!("approval {} is gone: org beta does not list it any more", &orphan[..8]))
    );
    let gone = |list: &[(String, Option<String>)], id: &str| !list.iter().any(|one| one.0 == id);
    let after = listed(&fleet).await;
    assert!(gone(&after, &orphan) && after.len() == before.len() - 1);
    // Confirmed a second time: it is judged again, and that is written down.
    send(&link, question.command).await;
    let (good, told) = ended(&mut link).await;
    assert!(!good && told.contains("not listed in org beta any more"), "{told}");
    send(&link, live.command).await;
    assert!(ended(&mut link).await.0);
    let last = listed(&fleet).await;
    assert!(gone(&last, &held) && last.len() == after.len() - 1);
    let phases: Vec<Value> = audit(&fleet).iter().map(|line| line["phase"].clone()).collect();
    assert_eq!(phases, ["before", "after", "refused", "before", "after"]);
    let why = asked(&mut link, 3, "00000000").await.expect_err("no such approval");
    assert!(why.contains("no approval that is listed now"), "{why}");
    handle.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_used_since_it_was_shown_stays() {
    let (fleet, handle, mut link) = fleet(Permits::default()).await;
    let (_, held, site) = authorized_anew(&fleet, &mut link).await;
    let beta = Target::Org(fusebox::model::OrgName::new("beta"));
    handle.look(vec![Target::Site(SiteName::new(site.as_str())), beta]).await.expect("looked at");
    let question = asked(&mut link, 1, &held).await.expect("by who names it");
    let site = SiteName::new(site);
    send(&link, Command::Preview { id: OperationId(2), intent: Intent::Identify(site) }).await;
    let Event::Preview(_, Ok(identify)) = event(&mut link).await else { panic!("it may refresh") };
    send(&link, identify.command).await;
    assert!(ended(&mut link).await.0);
    send(&link, question.command).await;
    let (good, told) = ended(&mut link).await;
    assert!(!good && told.contains("was used since it was shown") && told.contains("nothing was revoked"), "{told}");
    assert!(listed(&fleet).await.iter().any(|one| one.0 == held));
    let phases: Vec<Value> = audit(&fleet).iter().map(|line| line["phase"].clone()).collect();
    assert_eq!(phases, ["before", "after", "refused"]);
    handle.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_read_only_nothing_is_revoked_and_that_is_written_down() {
    let (fleet, handle, mut link) = fleet(Permits::default()).await;
    let (orphan, ..) = authorized_anew(&fleet, &mut link).await;
    let question = asked(&mut link, 1, &orphan).await.expect("it may be");
    handle.shutdown().await;
    let said = Permits { fleet: Some(ReadOnly::Flag), ..Permits::default() };
    let mut beta = Permits::default();
    beta.orgs.insert(fusebox::model::OrgName::new("beta"));
    for (permits, by) in [(said, "--read-only"), (beta, "org beta is read-only")] {
        let (handle, mut link) = machinery(&fleet, permits).await;
        let why = asked(&mut link, 2, &orphan).await.expect_err("read-only");
        assert!(why.contains("left alone") && why.contains(by), "{why}");
        send(&link, question.command.clone()).await;
        let (good, told) = ended(&mut link).await;
        assert!(!good && told.contains("left alone"), "{told}");
        let last = audit(&fleet).pop().expect("a line");
        assert_eq!(
            (&last["phase"], &last["operation"], &last["class"]),
            (&json!("refused"), &json!("revoke"), &json!("write"))
        );
        handle.shutdown().await;
    }
    assert!(listed(&fleet).await.iter().any(|one| one.0 == orphan));
    let log = admin(&fleet, "log", None).await;
    let revoked =
        log["requests"].as_array().expect("a list").iter().filter(|request| request["kind"] == "revoke").count();
    assert_eq!(revoked, 0);
}
