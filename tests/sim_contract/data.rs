//! Salesforce's objects: which there are for whom, what they are made of, several asked at once.

use super::running::Running;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The queries that fusebox and WP Fusion send, on an org that has everything switched on.
const SENT: &[&str] = &[
    "SELECT Id, Name, OrganizationType, IsSandbox, InstanceName, TrialExpirationDate FROM Organization",
    "SELECT PermissionsCustomizeApplication FROM UserPermissionAccess",
    "SELECT UserId FROM UserLogin WHERE IsFrozen = true ORDER BY UserId",
    "SELECT AppName, UserId, User.Username, User.IsActive, CreatedDate, LastUsedDate, UseCount FROM OauthToken \
     WHERE AppName = 'WP Fusion (OAuth)' ORDER BY UserId, CreatedDate LIMIT 2500 OFFSET 2500",
    "SELECT COUNT() FROM OauthToken WHERE AppName = 'WP Fusion (OAuth)'",
    "SELECT AppName, UserId, User.Profile.Name, AppMenuItemId, AppMenuItem.ApplicationId, \
     AppMenuItem.IsUsingAdminAuthorization FROM OauthToken",
    "SELECT Name, OptionsAllowAdminApprovedUsersOnly, RefreshTokenValidityPeriod, OptionsRefreshTokenValidityMetric \
     FROM ConnectedApplication WHERE Name = 'WP Fusion (OAuth)'",
    "SELECT Id, Username, IsActive FROM User WHERE Id IN ('005000000000001AAA')",
    "SELECT Assignee.Username, PermissionSet.Label FROM PermissionSetAssignment",
    "SELECT ParentId, Parent.Name FROM SetupEntityAccess WHERE SetupEntityType IN ('ConnectedApplication')",
    "SELECT Assignee.Username FROM PermissionSetAssignment WHERE PermissionSetId IN (SELECT ParentId FROM SetupEntityAccess)",
    "SELECT Name, Id from Topic",
    "SELECT Name, Id from TagDefinition",
    "SELECT Id from Contact WHERE Email = 'ada%40people.example'",
    "SELECT TopicId from TopicAssignment WHERE EntityId = '003000000000001AAA'",
    "SELECT Id, TopicId from TopicAssignment WHERE EntityId = '003000000000001AAA'",
    "SELECT EntityId from TopicAssignment WHERE TopicId = '0TO000000000001AAA'",
    "SELECT TagDefinitionId from ContactTag WHERE ItemId = '003000000000001AAA'",
    "SELECT ItemId, TagDefinitionId from ContactTag where TagDefinitionId = '0t0000000000001AAA'",
    "SELECT Id, WPF_Tags__c from Contact WHERE WPF_Tags__c INCLUDES ('Newsletter')",
];

#[tokio::test]
async fn every_query_that_is_sent_is_answered() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("beta").await;
    for query in SENT {
        let url = format!("{}/services/data/v55.0/query", running.sim.ready.orgs["beta"]);
        let request = running.http.get(url).query(&[("q", query)]).bearer_auth(&token);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{query}: {}", response.text().await.unwrap_or_default());
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn objects_are_there_for_those_who_may_see_them() {
    let running = Running::start("agency", 7, None).await;
    let own = running.sign_in("acme").await;
    let user = running.sign_in_as("acme", "web1@acme.example").await;
    for object in ["UserLogin", "ConnectedApplication", "PermissionSetAssignment", "SetupEntityAccess"] {
        let query = format!("SELECT Id FROM {object}");
        assert!(running.query("acme", &own, &query).await["totalSize"].is_u64(), "{object}");
        let (code, message) = running.refused("acme", &user, &query).await;
        assert_eq!(code, "INVALID_TYPE", "{object}");
        assert!(message.contains(&format!("sObject type '{object}' is not supported")), "{message}");
        let described = running.data("acme", &user, &format!("v67.0/sobjects/{object}/describe/")).await;
        assert_eq!(described.status(), 404, "{object}");
    }
    let failed = "SELECT NumberOfFailedLogins, LastLoginDate FROM User WHERE Username = 'web1@acme.example'";
    let row = running.query("acme", &own, failed).await["records"][0].clone();
    assert!(row["NumberOfFailedLogins"] == 0 && row["LastLoginDate"].is_string(), "{row}");
    let (code, message) = running.refused("acme", &user, failed).await;
    assert!(code == "INVALID_FIELD" && message.contains("No such column 'NumberOfFailedLogins' on entity 'User'"));
    let described = running.data("acme", &user, "v67.0/sobjects/User/describe/").await.text().await.expect("a text");
    assert!(described.contains("LastLoginDate") && !described.contains("NumberOfFailedLogins"));
    let all = running.query("acme", &own, "SELECT UserId FROM OauthToken").await["totalSize"].as_u64();
    let some = running.query("acme", &user, "SELECT UserId FROM OauthToken").await["totalSize"].as_u64();
    assert!(some < all, "one's own tokens and no others");
    running.sim.stop().await;
}

#[tokio::test]
async fn what_is_switched_off_is_not_supported() {
    let running = Running::start("agency", 7, None).await;
    let (acme, beta, gamma) =
        (running.sign_in("acme").await, running.sign_in("beta").await, running.sign_in("gamma").await);
    assert_eq!(running.query("acme", &acme, "SELECT Name, Id from Topic").await["totalSize"], 5);
    assert_eq!(running.query("beta", &beta, "SELECT Name, Id from TagDefinition").await["totalSize"], 3);
    // WP Fusion looks for these words and takes the org for one without tags.
    let (code, message) = running.refused("gamma", &gamma, "SELECT Name, Id from Topic").await;
    assert!(code == "INVALID_TYPE" && message.contains("'Topic' is not supported"), "{message}");
    let (code, message) = running.refused("acme", &acme, "SELECT Name, Id from TagDefinition").await;
    assert!(code == "INVALID_TYPE" && message.contains("'TagDefinition' is not supported"), "{message}");
    assert_eq!(running.refused("acme", &acme, "SELECT Id FROM ExternalClientApplication").await.0, "INVALID_TYPE");
    let delta = running.sign_in("delta").await;
    let policy = "SELECT ExternalClientApplication.MasterLabel, PermittedUsersPolicyType FROM ExtlClntAppOauthPlcyCnfg";
    let row = running.query("delta", &delta, policy).await["records"][0].clone();
    assert_eq!(row["ExternalClientApplication"]["MasterLabel"], "Quarterly Reports");
    running.sim.stop().await;
}

#[tokio::test]
async fn describe_tells_what_the_plugin_reads() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in_as("acme", "web1@acme.example").await;
    let global: Value = running.data("acme", &token, "v55.0/sobjects/").await.json().await.expect("JSON");
    let offered: BTreeSet<&str> = global["sobjects"]
        .as_array()
        .expect("objects")
        .iter()
        .filter(|object| ["createable", "searchable", "updateable"].iter().all(|flag| object[flag] == true))
        .map(|object| object["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(offered, BTreeSet::from(["Account", "Contact", "Lead", "Membership__c"]));
    assert_eq!(global["sobjects"][0].as_object().expect("an object").len(), 28);

    let contact: Value =
        running.data("acme", &token, "v55.0/sobjects/Contact/describe/").await.json().await.expect("JSON");
    let fields = contact["fields"].as_array().expect("fields");
    let named = |name: &str| fields.iter().find(|field| field["name"] == name).expect("a field");
    let required: Vec<&Value> = fields
        .iter()
        .filter(|field| {
            field["nillable"] == false && field["createable"] == true && field["defaultedOnCreate"] == false
        })
        .map(|field| &field["name"])
        .collect();
    assert_eq!(required, ["LastName"]);
    assert_eq!(named("Name")["updateable"], false);
    assert_eq!(named("MailingAddress")["type"], "address");
    assert_eq!(named("Points__c")["custom"], true);
    let tags = named("WPF_Tags__c");
    assert_eq!(tags["type"], "multipicklist");
    assert_eq!(
        tags["picklistValues"][2],
        json!({
            "active": true, "defaultValue": false, "label": "VIP", "validFor": null, "value": "vip",
        })
    );
    let types: Vec<&Value> = contact["recordTypeInfos"]
        .as_array()
        .expect("record types")
        .iter()
        .filter(|kind| kind["available"] == true && kind["master"] == false)
        .map(|kind| &kind["name"])
        .collect();
    assert_eq!(types, ["Member", "Donor"]);
    let child = |child: &Value| child["childSObject"] == "Membership__c" && child["field"] == "Contact__c";
    assert!(contact["childRelationships"].as_array().expect("relationships").iter().any(child));
    running.sim.stop().await;
}

#[tokio::test]
async fn an_unchanged_description_is_304_and_empty() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    for path in ["v67.0/sobjects/", "v67.0/sobjects/Contact/describe/"] {
        let first = running.data("acme", &token, path).await;
        let changed = first.headers()["Last-Modified"].to_str().expect("a date").to_owned();
        let url = format!("{}/services/data/{path}", running.sim.ready.orgs["acme"]);
        let since = |date: &str| running.http.get(&url).bearer_auth(&token).header("If-Modified-Since", date).send();
        let same = since(&changed).await.expect("an answer");
        assert_eq!(
            (same.status().as_u16(), same.headers()["Last-Modified"].to_str().ok()),
            (304, Some(changed.as_str()))
        );
        assert!(same.headers().contains_key("Sforce-Limit-Info"));
        assert_eq!(same.text().await.expect("a text"), "");
        assert_eq!(since("Wed, 21 Oct 2015 07:28:00 GMT").await.expect("an answer").status(), 200);
        assert_eq!(since("yesterday").await.expect("an answer").status(), 200);
        let (_, composite) = running
            .send(
                Method::POST,
                "acme",
                &token,
                "v67.0/composite",
                &json!({ "compositeRequest": [
                { "method": "GET", "url": format!("/services/data/{path}"), "referenceId": "d",
                  "httpHeaders": { "If-Modified-Since": changed } },
            ] }),
            )
            .await;
        let part = &composite["compositeResponse"][0];
        assert_eq!((&part["httpStatusCode"], &part["body"]), (&json!(304), &Value::Null));
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn an_empty_object_has_its_fields_and_types() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    assert_eq!(running.query("acme", &token, "SELECT Id, Owner.Name FROM Lead").await["totalSize"], 0);
    for (query, code, told) in [
        ("SELECT Nme FROM Lead", "INVALID_FIELD", "No such column 'Nme' on entity 'Lead'"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 'x'", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Leads", "INVALID_TYPE", "sObject type 'Leads' is not supported."),
        ("SELECT Id FROM LoginHistory WHERE Status = 'Success'", "INVALID_FIELD", "'Status' can not be filtered"),
        ("SELECT Id FROM LoginHistory WHERE Application = 'x'", "INVALID_FIELD", "'Application' can not be filtered"),
        ("SELECT Id FROM SetupAuditTrail WHERE Display LIKE '%app%'", "INVALID_FIELD", "'Display' can not be filtered"),
        ("SELECT Id FROM Contact ORDER BY WPF_Tags__c", "MALFORMED_QUERY", "can not be sorted in a query call"),
        ("SELECT Id FROM Contact OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
    ] {
        let (got, message) = running.refused("acme", &token, query).await;
        assert_eq!(got, code, "{query}");
        assert!(message.contains(told), "{query}: {message}");
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn a_client_may_ask_for_smaller_pages() {
    let running = Running::start("clean", 3, Some(6_000)).await;
    let org = running.sim.ready.orgs.keys().next().expect("an org");
    let token = running.sign_in(org).await;
    let url = format!("{}/services/data/v67.0/query", running.sim.ready.orgs[org]);
    for (options, rows) in [("batchSize=200", 200), ("batchSize=5", 200), ("batchsize = 9999", 500), ("odd", 500)] {
        let request = running.http.get(&url).query(&[("q", "SELECT UserId FROM OauthToken")]).bearer_auth(&token);
        let page = request.header("Sforce-Query-Options", options).send().await.expect("an answer");
        let page: Value = page.json().await.expect("JSON");
        assert_eq!(page["records"].as_array().map(Vec::len), Some(rows), "{options}");
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn each_request_of_a_batch_counts() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let used = async || {
        let limits = running.data("acme", &token, "v67.0/limits/").await;
        limits.json::<Value>().await.expect("JSON")["DailyApiRequests"]["Remaining"].as_i64().expect("a number")
    };
    let before = used().await;
    let part = |url: &str| json!({ "method": "GET", "url": url });
    let requests =
        json!([part("v67.0/limits"), part("v67.0/sobjects/Nothing"), part("v66.0/query?q=SELECT+Id+FROM+Topic")]);
    let batch = async |halt: bool| {
        let body = json!({ "batchRequests": requests, "haltOnError": halt });
        running.send(Method::POST, "acme", &token, "v67.0/composite/batch", &body).await
    };
    let (status, body) = batch(false).await;
    let codes = |body: &Value| {
        let results = body["results"].as_array().expect("results").iter();
        results.map(|result| result["statusCode"].as_u64().expect("a status")).collect::<Vec<_>>()
    };
    assert_eq!((status, body["hasErrors"].as_bool(), codes(&body)), (200, Some(true), vec![200, 404, 200]), "{body}");
    assert_eq!(body["results"][2]["result"]["totalSize"], 5);
    assert_eq!(before - used().await, 3 + 1, "the batch and this one");
    let (_, body) = batch(true).await;
    assert_eq!(codes(&body), [200, 404, 412]);
    assert_eq!(body["results"][2]["result"][0]["errorCode"], "BATCH_PROCESSING_HALTED");

    running.admin("fault", Some(json!({ "kind": "leave_calls", "org": "acme", "calls": 2 }))).await;
    assert_eq!(codes(&batch(false).await.1), [200, 404, 403], "the third call is one too many");
    let many = json!({ "batchRequests": vec![part("v67.0/limits"); 26] });
    running.admin("fault", Some(json!({ "kind": "leave_calls", "org": "acme", "calls": 50 }))).await;
    for (body, code) in [(many, "LIMIT_EXCEEDED"), (json!({}), "JSON_PARSER_ERROR")] {
        let (status, told) = running.send(Method::POST, "acme", &token, "v67.0/composite/batch", &body).await;
        assert_eq!((status, told[0]["errorCode"].as_str()), (400, Some(code)));
    }
    running.sim.stop().await;
}

/// What describe says of a field is what a query does with it.
#[tokio::test]
async fn queries_and_descriptions_agree_about_every_field() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("beta").await;
    let global: Value = running.data("beta", &token, "v67.0/sobjects/").await.json().await.expect("JSON");
    let mut seen = 0;
    for object in global["sobjects"].as_array().expect("objects") {
        let name = object["name"].as_str().expect("a name");
        let path = format!("v67.0/sobjects/{name}/describe");
        let described: Value = running.data("beta", &token, &path).await.json().await.expect("JSON");
        let fields = described["fields"].as_array().expect("fields");
        let all: Vec<&str> = fields.iter().filter_map(|field| field["name"].as_str()).collect();
        let query = format!("SELECT {} FROM {name} LIMIT 3", all.join(", "));
        for row in running.query("beta", &token, &query).await["records"].as_array().expect("records") {
            assert_eq!(row.as_object().expect("a row").len(), all.len() + 1, "{name}");
        }
        // Five queries fit into one request.
        let mut asked = Vec::new();
        for field in fields {
            let column = field["name"].as_str().expect("a name");
            asked.push((field["filterable"] == true, format!("SELECT+COUNT()+FROM+{name}+WHERE+{column}=null")));
            asked.push((field["sortable"] == true, format!("SELECT+{column}+FROM+{name}+ORDER+BY+{column}+LIMIT+1")));
        }
        for five in asked.chunks(5) {
            let parts: Vec<Value> = (0..)
                .zip(five)
                .map(|(n, (_, query))| {
                    let url = format!("/services/data/v67.0/query?q={query}");
                    json!({ "method": "GET", "url": url, "referenceId": format!("q{n}") })
                })
                .collect();
            let body = json!({ "compositeRequest": parts });
            let (_, answer) = running.send(Method::POST, "beta", &token, "v67.0/composite", &body).await;
            for (part, (allowed, query)) in answer["compositeResponse"].as_array().expect("parts").iter().zip(five) {
                let status = if *allowed { 200 } else { 400 };
                assert_eq!(part["httpStatusCode"], status, "{query}: {part}");
                seen += 1;
            }
        }
    }
    assert!(seen > 400, "{seen}");
    running.sim.stop().await;
}
