//! What a screen chooses of a site's settings: offered, looked at, confirmed, written and taken back, with the audit of each.

use super::permitting::{audit, machinery, send};
use super::{Fleet, event, until};
use fusebox::backend::Handle;
use fusebox::model::dry_run::{DryRun, Impact, Offer, SettingKind};
use fusebox::model::{ActionClass, Clean, Confirmation, Health, Intent, Permits, ReadOnly, SegmentKind, SiteName};
use fusebox::protocol::{Command, Event, Link, OperationId, Question};
use serde_json::Value;

/// An operation that is left.
const LEFT: OperationId = OperationId(7);

/// The first site that is well.
async fn well(link: &mut Link) -> SiteName {
    let picture = until(link, |picture| picture.rows.iter().any(|row| row.health == Health::Ok)).await;
    picture.rows.iter().find(|row| row.health == Health::Ok).expect("a site").name.clone()
}

/// The next event that is no word of what is asked.
async fn answer(link: &mut Link) -> Event {
    loop {
        match event(link).await {
            Event::Asks(..) => {}
            other => return other,
        }
    }
}

async fn offered(link: &mut Link, site: &SiteName, setting: SettingKind) -> Result<Box<Offer>, String> {
    let id = OperationId(1);
    send(link, Command::Offer { id, site: site.clone(), setting }).await;
    loop {
        match answer(link).await {
            Event::Offer(of, offer) if of == id => return offer,
            // Of one that was over before it was left.
            Event::DryRun(of, _) | Event::Preview(of, _) if of == LEFT => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn asked(link: &mut Link, intent: Intent) -> (Option<Box<DryRun>>, Result<Box<Question>, String>) {
    let id = OperationId(2);
    send(link, Command::Preview { id, intent }).await;
    let mut run = None;
    loop {
        match answer(link).await {
            Event::DryRun(of, dry) if of == id => run = Some(dry),
            Event::Preview(of, question) if of == id => return (run, question),
            other => panic!("{other:?}"),
        }
    }
}

async fn ended(link: &mut Link) -> (bool, Clean) {
    match answer(link).await {
        Event::Ended { good, told, .. } => (good, told),
        other => panic!("{other:?}"),
    }
}

async fn object_of(link: &mut Link, site: &SiteName, object: &str) {
    let is = |picture: &fusebox::protocol::Picture| {
        picture.rows.iter().any(|row| row.name == *site && row.object_type == Some(object.into()))
    };
    until(link, is).await;
}

fn phases(fleet: &Fleet) -> Vec<String> {
    let words = |line: &Value| format!("{} {}", line["operation"], line["phase"]).replace('"', "");
    audit(fleet).iter().map(words).collect()
}

async fn begin(permits: Permits) -> (Fleet, Handle, Link) {
    let fleet = Fleet::start("agency").await;
    let (handle, link) = machinery(&fleet, permits).await;
    (fleet, handle, link)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_type_is_offered_looked_at_written_and_taken_back() {
    let (fleet, handle, mut link) = begin(Permits::default()).await;
    let site = well(&mut link).await;
    let offer = offered(&mut link, &site, SettingKind::ObjectType).await.expect("what it offers");
    let present: Vec<&str> = offer.choices.iter().filter(|one| one.present).map(|one| one.name.as_str()).collect();
    assert_eq!(present, ["Contact"]);
    assert!(offer.choices.iter().any(|one| one.name.as_str() == "Lead"), "{offer:?}");
    let (run, question) = asked(&mut link, Intent::ObjectType(site.clone(), "Lead".into())).await;
    let (run, question) = (run.expect("a dry run"), question.expect("a question"));
    assert_eq!((run.from.as_ref().map(Clean::as_str), run.to.as_str()), (Some("Contact"), "Lead"));
    let breaks: Vec<(&str, &str, &str)> = run
        .lines
        .iter()
        .filter(|line| line.impact == Impact::Breaks)
        .map(|line| (line.named.as_str(), line.from.as_str(), line.to.as_str()))
        .collect();
    assert!(breaks.contains(&("", "", "Company")), "{breaks:?}");
    assert!(breaks.iter().any(|(who, held, _)| who.ends_with(" users") && *held == "id 003.."), "{breaks:?}");
    assert!(run.then[0].as_str().contains("about 2 to 3 API calls"), "{:?}", run.then);
    assert_eq!(question.command.class(), ActionClass::Write);
    assert!(matches!(&question.preview.confirm, Confirmation::Type { word, .. } if word.as_str() == "Lead"));
    assert_eq!(phases(&fleet), Vec::<String>::new(), "a dry run writes nothing");

    send(&link, question.command).await;
    let (good, told) = ended(&mut link).await;
    assert!(good && told.as_str() == format!("{site} syncs to Lead; z puts it back"), "{told}");
    object_of(&mut link, &site, "Lead").await;
    let (_, again) = asked(&mut link, Intent::ObjectType(site.clone(), "lead".into())).await;
    assert_eq!(again, Err(format!("{site} syncs to Lead already")));

    let (_, question) = asked(&mut link, Intent::Undo).await;
    let question = question.expect("a question");
    let does: Vec<&str> = question.preview.does.iter().map(Clean::as_str).collect();
    assert!(
        does.iter().any(|line| line.starts_with("sf_object_type: Lead -> ") || line.contains("Lead -> not stored"))
    );
    let twice = question.command.clone();
    send(&link, question.command).await;
    let (good, told) = ended(&mut link).await;
    assert!(good && told.as_str().ends_with(" takes that back"), "{told}");
    object_of(&mut link, &site, "Contact").await;
    let (_, nothing) = asked(&mut link, Intent::Undo).await;
    assert!(nothing.is_err_and(|why| why.contains("nothing was changed")), "an undo is not the last change");
    send(&link, twice).await;
    let (good, told) = ended(&mut link).await;
    assert!(!good && told.as_str().contains("can not be taken back any more"), "{told}");
    assert_eq!(phases(&fleet), ["object-type before", "object-type after", "undo before", "undo after"]);
    handle.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_are_offered_with_the_fields_that_could_hold_them() {
    let (fleet, handle, mut link) = begin(Permits::default()).await;
    let site = well(&mut link).await;
    let kinds = offered(&mut link, &site, SettingKind::SegmentType).await.expect("kinds");
    let names: Vec<(&str, bool)> = kinds.choices.iter().map(|one| (one.name.as_str(), one.present)).collect();
    assert_eq!(names, [("Topics", true), ("Picklist", false), ("Personal", false), ("Public", false)]);
    let fields = offered(&mut link, &site, SettingKind::Picklist).await.expect("fields");
    let names: Vec<&str> = fields.choices.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["WPF_Tags__c"], "multi-selects alone");
    let (_, refused) =
        asked(&mut link, Intent::SegmentType(site.clone(), SegmentKind::Picklist, Some("Email".into()))).await;
    assert!(refused.is_err_and(|why| why.contains("no multi-select")));
    let (_, same) = asked(&mut link, Intent::SegmentType(site.clone(), SegmentKind::Topics, None)).await;
    assert_eq!(same, Err(format!("{site} keeps its segments in Topics already")));
    let intent = Intent::SegmentType(site.clone(), SegmentKind::Picklist, Some("wpf_tags__c".into()));
    let (run, question) = asked(&mut link, intent).await;
    let question = question.expect("a question");
    assert!(run.is_none() && question.preview.does[0].as_str() == "Topics -> Picklist WPF_Tags__c");
    assert!(matches!(&question.preview.confirm, Confirmation::Type { word, .. } if word.as_str() == "Picklist"));
    send(&link, question.command).await;
    let (good, told) = ended(&mut link).await;
    assert!(good && told.as_str().contains("in the picklist WPF_Tags__c; z puts it back"), "{told}");
    let (_, question) = asked(&mut link, Intent::Undo).await;
    send(&link, question.expect("a question").command).await;
    assert!(ended(&mut link).await.0);
    assert_eq!(phases(&fleet), ["segment-type before", "segment-type after", "undo before", "undo after"]);
    handle.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_read_only_nothing_is_asked_and_an_order_is_refused_in_the_audit() {
    let said = Permits { fleet: Some(ReadOnly::Fleet), ..Permits::default() };
    let (fleet, handle, mut link) = begin(said).await;
    let site = well(&mut link).await;
    let refused = offered(&mut link, &site, SettingKind::ObjectType).await;
    assert!(refused.is_err_and(|why| why.contains("left alone")));
    let (run, refused) = asked(&mut link, Intent::ObjectType(site.clone(), "Lead".into())).await;
    assert!(run.is_none() && refused.is_err_and(|why| why.contains("left alone")));
    let id = OperationId(3);
    for order in [
        Command::ObjectType { id, site: site.clone(), to: "Lead".into() },
        Command::SegmentType { id, site: site.clone(), to: SegmentKind::Personal, field: None },
    ] {
        send(&link, order).await;
        let (good, told) = ended(&mut link).await;
        assert!(!good && told.as_str().contains("left alone"), "{told}");
    }
    assert_eq!(phases(&fleet), ["object-type refused", "segment-type refused"]);
    handle.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_whose_asking_was_left_is_free_again() {
    let (_fleet, handle, mut link) = begin(Permits::default()).await;
    let site = well(&mut link).await;
    send(&link, Command::Preview { id: LEFT, intent: Intent::ObjectType(site.clone(), "Lead".into()) }).await;
    assert!(matches!(event(&mut link).await, Event::Asks(LEFT, _)));
    send(&link, Command::Leave(LEFT)).await;
    let offer = offered(&mut link, &site, SettingKind::ObjectType).await;
    assert!(offer.is_ok_and(|offer| !offer.choices.is_empty()), "the site is free");
    handle.shutdown().await;
}
