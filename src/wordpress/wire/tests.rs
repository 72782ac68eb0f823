//! The examples of `tests/fixtures/agent/` keep the schema and come into the model.

use super::super::answer::{Refresh, SiteWrite};
use super::super::request::{Nonce, Verb};
use super::*;
use crate::model::site_change::{CompletedOutcome, Outcome, StepName, Tokens};
use secrecy::SecretString;
use std::time::Duration;

fn file(path: &str) -> Value {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
}

fn example(name: &str) -> Value {
    file(&format!("tests/fixtures/agent/{name}.answer.json"))
}

fn request(verb: Verb) -> Request {
    let key = SecretString::from("ab".repeat(32));
    let mut request = Request::new(verb, &key, Duration::from_secs(10)).expect("a request");
    let nonce: Vec<u8> = (0..16)
        .map(|at| u8::from_str_radix(&"3f0c8e51d2a94b7786f1c0a35be2749a"[2 * at..2 * at + 2], 16).expect("a byte"))
        .collect();
    request.nonce = Nonce::from_bytes(nonce.try_into().expect("16 bytes"));
    request
}

fn read_as(verb: Verb, json: &Value) -> Result<Answer, Failure> {
    answer(json.to_string().as_bytes(), &request(verb))
}

fn result(verb: Verb, name: &str) -> Value {
    read_as(verb, &example(name)).expect("an answer").result.expect("a result")
}

#[test]
fn every_example_keeps_the_schema() {
    let schema = file("docs/schema/agent-answer.schema.json");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let mut seen = 0;
    for entry in std::fs::read_dir(format!("{}/tests/fixtures/agent", env!("CARGO_MANIFEST_DIR"))).expect("a directory")
    {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        if let Some(name) = name.strip_suffix(".answer.json") {
            let errors: Vec<String> = schema.iter_errors(&example(name)).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
            seen += 1;
        }
    }
    assert!(seen >= 22, "{seen} examples");
}

#[test]
fn a_refresh_is_told_by_fingerprints_and_a_refusal_by_its_words() {
    let refreshed = refreshed(result(Verb::RefreshToken, "refresh-token")).expect("an outcome");
    assert!(matches!(refreshed, RefreshOutcome::Refreshed { access, .. } if access.short() == "90d9fb0b"));
    let refusal = |code: &str| Refusal { code: code.to_owned(), message: "no".into() };
    assert_eq!(refusal("refused").into_refresh(), Ok(RefreshOutcome::Refused { text: "no".into() }));
    assert_eq!(refusal("failed").into_refresh(), Ok(RefreshOutcome::Failed { text: "no".into() }));
    assert_eq!(refusal("not_authorized").into_refresh(), Ok(RefreshOutcome::Failed { text: "no".into() }));
    let denied = refusal("denied").into_refresh().expect_err("no outcome");
    assert_eq!(denied.class, FailureClass::NotPermitted);
}

#[test]
fn choices_and_lists_come_into_the_model() {
    let choices = choices(result(Verb::Choices, "choices")).expect("choices");
    assert_eq!(choices.object_types.expect("a list")[1].label.as_str(), "Leads");
    assert!(choices.object_type.stored == Some("Contact".into()) && !choices.object_type.overridden);
    assert_eq!(choices.segment_types.len(), 4);
    let lists = lists(result(Verb::Lists, "lists")).expect("lists");
    assert!(lists.fields.expect("a list")[0].required && !lists.left_out.is_any());
}

#[test]
fn every_step_of_a_refresh_is_told() {
    let verb = || Verb::RefreshFields { refresh: Refresh::Withheld };
    let read = |name: &str| fields_refreshed(result(verb(), name)).expect("an outcome");
    let done = read("refresh-fields");
    assert_eq!((done.outcome, done.steps.len(), done.connected.tokens), (Outcome::Done, 5, Tokens::Kept));
    assert_eq!((done.steps[2].step, done.steps[2].before, done.steps[2].after), (StepName::Segments, Some(5), Some(6)));
    let partly = read("refresh-fields-partly");
    assert_eq!((partly.outcome, partly.steps[2].outcome), (Outcome::Partly, Outcome::Failed));
    let withheld = read("refresh-fields-withheld");
    assert_eq!((withheld.outcome, withheld.steps[4].outcome), (Outcome::Withheld, Outcome::Skipped));
}

#[test]
fn a_change_brings_what_takes_it_back_letter_by_letter() {
    let verb = Verb::SetObjectType { object_type: "Lead".to_owned(), refresh: Refresh::Withheld };
    let change = match site_write(Ok(result(verb, "set-object-type"))).expect("an answer") {
        SiteWrite::Told(change) => *change,
        other => panic!("{other:?}"),
    };
    assert_eq!((change.outcome, change.saved.len()), (Outcome::Done, 6));
    assert_eq!(change.saved[0].word_before(), Some("Contact".into()));
    assert_eq!(change.saved[0].word_after(), Some("Lead".into()));
    let fields = r#"{"Standard Fields":{"LastName":"Last Name","Id":"Contact ID (read only)"},"Custom Fields":[]}"#;
    assert_eq!(change.saved[4].before.as_deref(), Some(fields));
    let undo = Verb::Restore { saved: change.saved };
    let refusal = read_as(undo, &example("restore-changed")).expect("an answer").result;
    assert!(matches!(site_write(refusal), Ok(SiteWrite::ChangedSince { .. })));
    let refusal = |code: &str| site_write(Err(Refusal { code: code.to_owned(), message: "no".into() }));
    assert_eq!(refusal("overridden"), Ok(SiteWrite::Overridden { text: "no".into() }));
    assert_eq!(refusal("not_offered"), Ok(SiteWrite::NotOffered { text: "no".into() }));
    assert_eq!(refusal("denied").expect_err("a failure").class, FailureClass::NotPermitted);
}

#[test]
fn who_has_authorized_is_told_with_the_outcome() {
    let verb = || Verb::CompleteAuthorization {
        code: SecretString::from("aPrx"),
        org: OrgId::parse("00D5g000000ORGEAA4").expect("an org"),
        user: UserId::parse("0055g000000USERAAK").expect("a user"),
    };
    let read = |name: &str| completed(result(verb(), name)).expect("an outcome");
    assert_eq!(read("complete-authorization").outcome, CompletedOutcome::Done);
    let wrong = read("complete-authorization-wrong-user");
    assert_eq!(wrong.outcome, CompletedOutcome::WrongUser);
    assert_eq!(wrong.org, OrgId::parse("00D5g000000ORGEAA4").ok());
}

#[test]
fn a_connected_site_comes_into_the_model() {
    let status = status(result(Verb::Status, "status"), "1".into()).expect("a status");
    let connection = status.connection.expect("a connection");
    assert_eq!(connection.org, OrgId::parse("00D5g000000ORGEAA4").ok());
    assert_eq!(connection.refresh.expect("a fingerprint").to_string(), "90d9fb0b0162efc88a8f0b460115a92c");
    assert_eq!(status.plugin, PluginState::Active { edition: "lite".into(), version: "3.47.11".into() });
    assert_eq!((status.tags, status.fields, status.mapped_fields), (Some(5), Some(11), Some(4)));
}

#[test]
fn a_site_without_the_plugin_is_an_answer() {
    let status = status(result(Verb::Status, "status-plugin-absent"), "1".into()).expect("a status");
    assert_eq!((status.plugin, status.connection, status.tags), (PluginState::Absent, None, None));
}

#[test]
fn ids_of_another_form_are_no_ids_and_the_rest_counts() {
    let mut json = example("status");
    json["result"]["connection"]["org_id"] = "<script>".into();
    let result = read_as(Verb::Status, &json).expect("an answer").result.expect("a result");
    let connection = status(result, "1".into()).expect("a status").connection.expect("a connection");
    assert_eq!(connection.org, None);
    assert!(connection.access.is_some());
}

#[test]
fn the_other_verbs_come_into_plain_data() {
    let log = log(result(Verb::Log { limit: 20 }, "log")).expect("a log");
    assert_eq!((log.enabled, log.rows[0].level), (true, 500));
    let mapping = mapping(result(Verb::Mapping, "mapping")).expect("a mapping");
    assert_eq!(mapping.contact_ids.get(&Clean::new("003")), Some(&12));
    let describe = describe(result(Verb::Describe { object: "Contact".to_owned() }, "describe")).expect("fields");
    assert!(describe.fields[0].required);
    let link = authorization_url(result(Verb::AuthorizationUrl, "authorization-url")).expect("a link");
    assert_eq!(link.host_str(), Some("wpfusion.com"));
    assert_eq!(prove(result(Verb::Prove, "prove")), Ok(ProveOutcome::Good));
    assert_eq!(prove(result(Verb::Prove, "prove-withheld")), Ok(ProveOutcome::Withheld));
}

#[test]
fn a_link_that_is_not_https_is_refused() {
    for url in ["javascript:alert(1)", "http://wpfusion.com/oauth/"] {
        assert!(authorization_url(serde_json::json!({ "url": url })).is_err(), "{url}");
    }
}

#[test]
fn refusals_have_classes() {
    let class = |code: &str| Refusal { code: code.to_owned(), message: "".into() }.into_failure().class;
    assert_eq!(class("not_logged_in"), FailureClass::Unauthorized);
    assert_eq!(class("denied"), FailureClass::NotPermitted);
    assert_eq!(class("internal"), FailureClass::PhpFatal);
    assert_eq!(class("unknown_verb"), FailureClass::BadRequest);
    let old = Refusal { code: "unknown_verb".to_owned(), message: "no".into() }.into_failure();
    assert!(old.text.as_str().contains("fusebox agent"), "what to do about it: {old}");
    let refusal = read_as(Verb::Prove, &example("error")).expect("an answer").result.expect_err("a refusal");
    assert!(refusal.is_state_of_the_plugin());
}

#[test]
fn what_is_not_the_contract_is_a_bad_answer_and_not_repeated() {
    let bad = |json: &Value| read_as(Verb::Status, json).expect_err("a failure");
    let change = |key: &str, value: Value| {
        let mut json = example("status");
        json[key] = value;
        json
    };
    for json in [
        change("fusebox", 2.into()),
        change("verb", "log".into()),
        change("at", "yesterday".into()),
        change("ok", false.into()),
        change("nonce", "0".repeat(32).into()),
        Value::Null,
    ] {
        assert_eq!(bad(&json).class, FailureClass::BadAnswer, "{json}");
    }
    let leak = change("ok", "00D5g000000ORGE!ACCESS_TOKEN".into());
    assert!(!bad(&leak).to_string().contains("ACCESS_TOKEN"));
    assert!(answer(b"{\"fusebox\":1,", &request(Verb::Status)).is_err());
}

#[test]
fn masks_stand_between_an_error_and_a_failure() {
    let mut json = example("error");
    json["error"]["message"] = "bad 5Aep861REFRESH".into();
    let refusal = read_as(Verb::Prove, &json).expect("an answer").result.expect_err("a refusal");
    assert_eq!(refusal.message.as_str(), "bad [secret]");
}
