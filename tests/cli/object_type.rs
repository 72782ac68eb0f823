//! What another object would do to a site: the simulator's Contact and Lead, by a mapping with all there is, and by the command.

use crate::fleet::Fleet;
use fusebox::backend;
use fusebox::config::Config;
use fusebox::diagnosis::{Proposed, object_type_check};
use fusebox::model::fields::{Description, MappedField, Mapping};
use fusebox::model::object_type::{Altered, Break};
use fusebox::model::{Clean, Clock};
use fusebox::salesforce::Told;
use fusebox::secrets::Secrets;
use serde_json::{Value, json};

/// An object of org acme, as fusebox's own user sees it over the wire.
#[expect(clippy::disallowed_methods, reason = "the simulator's clock is the host's")]
async fn described(fleet: &Fleet, object: &str) -> Description {
    let config = Config::load(&fleet.config_dir()).expect("a configuration");
    let secrets = Secrets::open(&config.dir).expect("secrets");
    let acme = config.orgs.iter().find(|org| org.name.as_str() == "acme").expect("acme");
    let client = backend::org_client(&config, acme, &secrets, &Clock::new(chrono::Utc::now)).await;
    let client = client.expect("secrets").expect("a client");
    let Told::Anew(described) = client.describe(object, None).await.expect("described").told else {
        unreachable!("nothing was known before");
    };
    described.description
}

#[tokio::test(flavor = "multi_thread")]
async fn contact_to_lead_lists_exactly_what_breaks() {
    let fleet = Fleet::start("agency", 7).await;
    let (contact, lead) = (described(&fleet, "Contact").await, described(&fleet, "Lead").await);
    let mapped = [
        ("billing_account", "AccountId", true),
        ("dob", "Birthdate", true),
        ("city", "MailingCity", true),
        ("member_until", "Member_Until__c", true),
        ("job", "Title", false),
        ("first_name", "FirstName", true),
        ("last_name", "LastName", true),
        ("user_email", "Email", true),
        ("phone", "Phone", true),
        ("source", "LeadSource", true),
        ("bio", "Description", true),
    ];
    let pair = |&(field, crm_field, active): &(&str, &str, bool)| MappedField {
        field: field.into(),
        crm_field: crm_field.into(),
        active,
    };
    let mapping = Mapping {
        mapped: mapped.iter().map(pair).collect(),
        required: vec!["LastName".into()],
        read_only: Vec::new(),
        contact_ids: [("003".into(), 1284), ("00Q".into(), 2)].into(),
    };
    let member = Clean::new("Member");
    let check = object_type_check(&Proposed {
        mapping: &mapping,
        from: Some(&contact),
        to: &lead,
        segments: Some("Picklist"),
        segment_field: Some("WPF_Tags__c"),
        topics_on: None,
        record_type: Some(Some(&member)),
        code_filter: Some(true),
    });
    let no_field = |field: &str, crm_field: &str| Break::NoField {
        field: field.into(),
        crm_field: crm_field.into(),
        missing_before: false,
    };
    let expected = [
        no_field("billing_account", "AccountId"),
        no_field("dob", "Birthdate"),
        no_field("city", "MailingCity"),
        no_field("member_until", "Member_Until__c"),
        Break::Required { crm_field: "Company".into(), label: "Company".into() },
        Break::ContactIds { by_prefix: [("003".into(), 1284)].into(), users: 1284 },
        Break::SegmentField { crm_field: "WPF_Tags__c".into(), kind: None },
    ];
    assert_eq!(check.breaks, expected);
    let changes = [
        Altered::Unsynced { field: "job".into(), crm_field: "Title".into() },
        Altered::RecordType { name: member.clone() },
        Altered::CodeFilter,
    ];
    assert_eq!(check.changes, changes);
    let same: Vec<&str> = check.same.iter().map(|same| same.field.as_str()).collect();
    assert_eq!(same, ["first_name", "last_name", "user_email", "phone", "source", "bio"]);
    assert_eq!((check.stranded_users(), check.unknown.len()), (1284, 0));
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_it_and_writes_nothing() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let truth = fleet.truth().await;
    let (dead, _) = truth.iter().find(|(_, site)| site["story"] == "evicted").expect("a site");
    let told = fleet.json(&["object-type", dead, "Lead", "--dry-run"], "object_type").await;
    let result = &told["result"];
    assert_eq!((&told["status"], &result["from"], &result["to"]), (&json!(1), &json!("Contact"), &json!("Lead")));
    let breaks: Vec<&Value> = result["breaks"].as_array().expect("breaks").iter().collect();
    assert_eq!(breaks.len(), 2, "{result:#}");
    assert_eq!(breaks[0], &json!({ "breaks": "required", "crm_field": "Company", "label": "Company" }));
    assert_eq!((&breaks[1]["users"], &result["stranded_users"]), (&json!(412), &json!(412)));
    assert_eq!(result["same"].as_array().expect("same").len(), 4);
    assert!(told["warnings"].to_string().contains("as fusebox's own user sees it"), "{told}");
    let people = fleet.run(&["object-type", dead, "Lead", "--dry-run"]).await;
    assert_eq!(people.code, Some(1));
    assert!(people.out.contains("Company") && people.out.contains("412 users"), "{}", people.out);
    assert!(people.err.contains("2 things break with Lead; nothing was written"), "{}", people.err);
    // What is kept of the site is still its own object.
    let kept = fleet.json(&["fields", dead, "--no-poll"], "fields").await;
    assert_eq!(kept["result"]["object"], "Contact");

    let stay = fleet.json(&["object-type", dead, "Contact", "--dry-run"], "object_type").await;
    assert_eq!((&stay["status"], stay["result"]["breaks"].as_array().map(Vec::len)), (&json!(0), Some(0)));
    let nothing = fleet.json(&["object-type", dead, "Nothing__c", "--dry-run"], "failure").await;
    assert_eq!(nothing["status"], 69);
    for wrong in [["object-type", dead, "Lead"].as_slice(), &["object-type", dead, "../x", "--dry-run"]] {
        assert_eq!(fleet.json(wrong, "failure").await["status"], 64, "{wrong:?}");
    }
    let log = fleet.admin("log", None).await;
    let methods = log["requests"].as_array().expect("entries").iter().map(|entry| (&entry["kind"], &entry["method"]));
    let written = methods.filter(|(kind, method)| {
        matches!(method.as_str(), Some("PATCH" | "PUT" | "DELETE")) || kind.as_str() == Some("refresh_token")
    });
    assert_eq!(written.count(), 0);
    fleet.sim.stop().await;
}
