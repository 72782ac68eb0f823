//! Contacts, topics and tags, written and read as WP Fusion does it.

use super::running::Running;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_contact_is_made_found_changed_and_tagged() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in_as("acme", "web1@acme.example").await;
    let send = async |method: Method, path: &str, body: Value| {
        running.send(method, "acme", &token, &format!("v55.0/sobjects/{path}"), &body).await
    };
    let person = json!({ "LastName": "O'Neill", "FirstName": "Dana", "email": "dana@shop.example", "Points__c": "12.5",
        "HasOptedOutOfEmail": "true", "Birthdate": "1980-01-31", "RecordTypeId": "012000000000201AAA" });
    let (status, made) = send(Method::POST, "Contact/", person).await;
    assert_eq!((status, &made["success"], &made["errors"]), (201, &json!(true), &json!([])), "{made}");
    let id = made["id"].as_str().expect("an id").to_owned();
    assert!(id.starts_with("003") && id.len() == 18);

    let found = running
        .query("acme", &token, "SELECT Id, Name, Owner.Username from Contact WHERE Email = 'dana@shop.example'")
        .await;
    assert_eq!(found["records"][0]["Id"], id.as_str());
    assert_eq!(found["records"][0]["Name"], "Dana O'Neill");
    assert_eq!(found["records"][0]["Owner"]["Username"], "web1@acme.example");

    let (status, _) = send(Method::PATCH, &format!("Contact/{id}"), json!({ "Phone": "1", "Email": null })).await;
    assert_eq!(status, 204);
    let (_, read) = send(Method::GET, &format!("Contact/{}", &id[..15]), Value::Null).await;
    assert_eq!((&read["Phone"], &read["Email"], &read["Points__c"]), (&json!("1"), &Value::Null, &json!(12.5)));
    assert_eq!(read["attributes"]["type"], "Contact");
    let (_, read) = send(Method::GET, &format!("Contact/{id}?fields=Id,phone"), Value::Null).await;
    assert_eq!(read.as_object().expect("a record").len(), 3);

    let topics = running.query("acme", &token, "SELECT Name, Id from Topic").await;
    let topic = topics["records"][0]["Id"].clone();
    let (status, made) = send(Method::POST, "TopicAssignment/", json!({ "EntityId": id, "TopicId": topic })).await;
    assert_eq!(status, 201, "{made}");
    let query = format!("SELECT Id, TopicId, EntityType from TopicAssignment WHERE EntityId = '{id}'");
    let held = running.query("acme", &token, &query).await["records"][0].clone();
    assert_eq!((&held["TopicId"], &held["EntityType"]), (&topic, &json!("Contact")));
    let (status, twice) = send(Method::POST, "TopicAssignment/", json!({ "EntityId": id, "TopicId": topic })).await;
    assert_eq!((status, twice[0]["errorCode"].as_str()), (400, Some("DUPLICATE_VALUE")));
    let assignment = format!("TopicAssignment/{}", held["Id"].as_str().expect("an id"));
    assert_eq!(send(Method::DELETE, &assignment, Value::Null).await.0, 204);
    assert_eq!(send(Method::DELETE, &assignment, Value::Null).await.0, 404);
    running.sim.stop().await;
}

#[tokio::test]
async fn a_new_tag_comes_with_its_definition() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("beta").await;
    let count = async |object: &str| {
        running.query("beta", &token, &format!("SELECT COUNT() FROM {object}")).await["totalSize"].clone()
    };
    let contact = running.query("beta", &token, "SELECT Id FROM Contact LIMIT 1").await["records"][0]["Id"].clone();
    let tag = async |name: &str| {
        // The plugin spells it ItemID.
        let body = json!({ "Type": "Public", "ItemID": contact, "Name": name });
        running.send(Method::POST, "beta", &token, "v55.0/sobjects/ContactTag/", &body).await.0
    };
    assert_eq!((tag("members").await, count("TagDefinition").await), (201, json!(3)));
    assert_eq!((tag("Gardeners").await, count("TagDefinition").await), (201, json!(4)));
    assert_eq!((tag("Gardeners").await, count("ContactTag").await), (400, json!(2)));
    running.sim.stop().await;
}

type Case<'a> = (Method, &'a str, Value, u16, &'a str, &'a str);

/// Sends each body and compares what is told.
async fn refuse(running: &Running, token: &str, cases: Vec<Case<'_>>) {
    for (method, path, body, status, code, told) in cases {
        let (got, answer) = running.send(method, "acme", token, &format!("v67.0/sobjects/{path}"), &body).await;
        assert_eq!((got, answer[0]["errorCode"].as_str()), (status, Some(code)), "{path} {body} {answer}");
        assert!(answer[0]["message"].as_str().is_some_and(|message| message.contains(told)), "{answer}");
    }
}

/// The path of a contact.
async fn somebody(running: &Running, token: &str) -> String {
    let contact = running.query("acme", token, "SELECT Id FROM Contact LIMIT 1").await["records"][0]["Id"].clone();
    format!("Contact/{}", contact.as_str().expect("an id"))
}

#[tokio::test]
async fn values_that_do_not_fit_are_told_with_their_field() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let contact = somebody(&running, &token).await;
    let patch = |body: Value, code, told| (Method::PATCH, contact.as_str(), body, 400, code, told);
    let cases = vec![
        patch(json!({ "LastName": null }), "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"),
        patch(
            json!({ "CreatedDate": "x" }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: CreatedDate",
        ),
        patch(json!({ "LastName": "x".repeat(81) }), "STRING_TOO_LONG", "(max length=80)"),
        patch(json!({ "Email": "a b@c" }), "INVALID_EMAIL_ADDRESS", "Email: invalid email address: a b@c"),
        patch(json!({ "Birthdate": "31.1.1980" }), "JSON_PARSER_ERROR", "Cannot deserialize instance of date"),
        patch(json!({ "HasOptedOutOfEmail": [] }), "JSON_PARSER_ERROR", "boolean from START_ARRAY"),
        patch(json!({ "AccountId": "x" }), "MALFORMED_ID", "id value of incorrect type: x"),
        patch(
            json!({ "AccountId": "001000000000099AAA" }),
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
        ),
        // The label, where the value is wanted: what WP Fusion sends.
        patch(
            json!({ "WPF_Tags__c": "Newsletter;VIP" }),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "bad value for restricted picklist field: VIP",
        ),
    ];
    refuse(&running, &token, cases).await;
    let tags = json!({ "WPF_Tags__c": "Newsletter;vip" });
    let (status, _) = running.send(Method::PATCH, "acme", &token, &format!("v67.0/sobjects/{contact}"), &tags).await;
    assert_eq!(status, 204);
    running.sim.stop().await;
}

#[tokio::test]
async fn records_that_cannot_be_written_are_told() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let gone = format!("Contact/{}zzzAAA", &somebody(&running, &token).await[8..20]);
    let nowhere = "The requested resource does not exist";
    let (post, patch) = (|| Method::POST, || Method::PATCH);
    let lacking = |field| format!("Required fields are missing: [{field}]");
    let (last_name, company) = (lacking("LastName"), lacking("Company"));
    let cases: Vec<Case<'_>> = vec![
        (post(), "Contact", json!({ "FirstName": "A" }), 400, "REQUIRED_FIELD_MISSING", &last_name),
        (post(), "Lead", json!({ "LastName": "A" }), 400, "REQUIRED_FIELD_MISSING", &company),
        (
            post(),
            "Contact",
            json!({ "Foo": 1 }),
            400,
            "INVALID_FIELD",
            "No such column 'Foo' on sobject of type Contact",
        ),
        (patch(), &gone, json!({ "Phone": "1" }), 404, "NOT_FOUND", nowhere),
        (patch(), "Contact/1", json!({ "Phone": "1" }), 400, "MALFORMED_ID", "id value of incorrect type"),
        (post(), "Nothing", json!({}), 404, "NOT_FOUND", nowhere),
        (post(), "OauthToken", json!({}), 400, "INVALID_TYPE_FOR_OPERATION", "cannot be inserted: OAuth Token"),
        (post(), "Contact", json!([1]), 400, "JSON_PARSER_ERROR", "no object"),
        (Method::PUT, "Contact", json!({}), 405, "METHOD_NOT_ALLOWED", "HTTP Method 'PUT' not allowed."),
    ];
    refuse(&running, &token, cases).await;
    running.sim.stop().await;
}

#[tokio::test]
async fn what_was_deleted_is_in_the_bin() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let contact = running.query("acme", &token, "SELECT Id FROM Contact LIMIT 1").await["records"][0]["Id"].clone();
    let path = format!("v67.0/sobjects/Contact/{}", contact.as_str().expect("an id"));
    assert_eq!(running.send(Method::DELETE, "acme", &token, &path, &Value::Null).await.0, 204);
    let (status, told) = running.send(Method::PATCH, "acme", &token, &path, &json!({ "Phone": "1" })).await;
    assert_eq!((status, told[0]["errorCode"].as_str()), (404, Some("ENTITY_IS_DELETED")));
    assert_eq!(running.query("acme", &token, "SELECT COUNT() FROM Contact").await["totalSize"], 2);
    let all = running.data("acme", &token, "v67.0/queryAll?q=SELECT+Id+FROM+Contact+WHERE+IsDeleted=true").await;
    assert_eq!(all.json::<Value>().await.expect("JSON")["totalSize"], 1);
    running.sim.stop().await;
}

#[tokio::test]
async fn a_composite_that_must_succeed_whole_leaves_nothing_behind() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let part = |id: &str, body: Value| json!({ "method": "POST", "url": "/services/data/v67.0/sobjects/Contact", "referenceId": id, "body": body });
    let parts = json!([part("good", json!({ "LastName": "A" })), part("bad", json!({}))]);
    let count = async || running.query("acme", &token, "SELECT COUNT() FROM Contact").await["totalSize"].clone();
    for (whole, statuses, left) in [(true, [400, 400], 3), (false, [201, 400], 4)] {
        let body = json!({ "allOrNone": whole, "compositeRequest": parts });
        let (_, answer) = running.send(Method::POST, "acme", &token, "v67.0/composite", &body).await;
        let got = [0, 1].map(|place| answer["compositeResponse"][place]["httpStatusCode"].as_i64().expect("a status"));
        assert_eq!(got, statuses, "{answer}");
        assert_eq!(count().await, left);
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn a_search_finds_people_by_their_address() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let search = async |path: &str, query: &[(&str, &str)]| {
        let url = format!("{}/services/data/v55.0/{path}/", running.sim.ready.orgs["acme"]);
        let response = running.http.get(url).query(query).bearer_auth(&token).send().await.expect("an answer");
        (response.status().as_u16(), response.json::<Value>().await.expect("JSON"))
    };
    // The plugin's test of its connection.
    assert_eq!(search("search", &[]).await.0, 200);
    let sosl = "FIND {ada@people.example} IN EMAIL FIELDS RETURNING Contact(Id, Email), Lead(Id)";
    let (_, found) = search("search", &[("q", sosl)]).await;
    assert_eq!(found["searchRecords"][0]["Email"], "ada@people.example");
    assert_eq!(found["searchRecords"].as_array().map(Vec::len), Some(1));
    let parameters = [("q", "Abel"), ("sobject", "Contact"), ("Contact.fields", "Id,Name")];
    assert_eq!(search("parameterizedSearch", &parameters).await.1["searchRecords"][0]["Name"], "Ada Abel");
    for (query, code) in [
        ("FIND ada", "MALFORMED_SEARCH"),
        ("FIND {a}", "MALFORMED_SEARCH"),
        ("FIND {ada} RETURNING Topic", "INVALID_TYPE"),
    ] {
        let (status, told) = search("search", &[("q", query)]).await;
        assert_eq!((status, told[0]["errorCode"].as_str()), (400, Some(code)), "{query}");
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn a_request_takes_from_the_answers_before_it() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let part = |id: &str, method: &str, path: &str, body: Value| json!({ "method": method, "url": format!("/services/data/v67.0/{path}"), "referenceId": id, "body": body });
    let made = json!({ "LastName": "A", "AccountId": "@{home.id}" });
    let body = json!({ "compositeRequest": [
        part("home", "POST", "sobjects/Account", json!({ "Name": "A Household" })),
        part("made", "POST", "sobjects/Contact", made),
        part("read", "GET", "query?q=SELECT+Account.Name+FROM+Contact+WHERE+Id='@{made.id}'", Value::Null),
        part("lost", "GET", "sobjects/Contact/@{nobody.id}", Value::Null),
    ] });
    let (_, answer) = running.send(Method::POST, "acme", &token, "v67.0/composite", &body).await;
    let parts = &answer["compositeResponse"];
    assert_eq!(parts[2]["body"]["records"][0]["Account"]["Name"], "A Household", "{answer}");
    assert_eq!(
        (&parts[3]["httpStatusCode"], &parts[3]["body"][0]["errorCode"]),
        (&json!(400), &json!("PROCESSING_HALTED"))
    );
    let url = format!("{}/services/data/v67.0/sobjects/Contact", running.sim.ready.orgs["acme"]);
    let form = running.http.post(url).bearer_auth(&token).form(&[("LastName", "A")]).send().await.expect("an answer");
    assert_eq!(form.status(), 415);
    running.sim.stop().await;
}
