//! Queries that fusebox and WP Fusion send, refusals word by word, and what hostile text does (nothing).

mod generated;
mod joins;

use super::super::schema::Schema;
use super::*;
use serde_json::json;
use std::sync::LazyLock;

/// A small org.
struct Org;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::parse(
        r#"
        [[object]]
        name = "OauthToken"
        fields = [
          ["Id", "Id", "id"], ["AppName", "App", "string 255"], ["UserId", "User", "reference User"],
          ["UseCount", "Uses", "int"], ["CreatedDate", "Created", "datetime"], ["LastUsedDate", "Used", "datetime"],
          ["AppMenuItemId", "Item", "reference AppMenuItem"],
        ]
        [[object]]
        name = "User"
        fields = [
          ["Id", "Id", "id"], ["Username", "Name", "string 80"], ["Name", "Name", "string 80"],
          ["IsActive", "Active", "boolean"], ["ProfileId", "Profile", "reference Profile"],
        ]
        [[object]]
        name = "Profile"
        fields = [["Id", "Id", "id"], ["Name", "Name", "string 80"]]
        [[object]]
        name = "AppMenuItem"
        fields = [["Id", "Id", "id"], ["Label", "Label", "string 80"], ["ApplicationId", "Application", "string 18"]]
        [[object]]
        name = "LoginHistory"
        fields = [
          ["Id", "Id", "id"], ["Status", "Status", "string 128", "nofilter"], ["LoginTime", "Time", "datetime"],
          ["SourceIp", "Address", "string 39", "nolike"],
        ]
        [[object]]
        name = "Topic"
        fields = [["Id", "Id", "id"], ["Name", "Name", "string 99"], ["CreatedById", "Creator", "reference User"]]
        [[object]]
        name = "Contact"
        fields = [
          ["Id", "Id", "id"], ["Birthdate", "Birthdate", "date"], ["Active", "Active", "boolean"],
          ["Tags__c", "Tags", "multipicklist a|b|c"], ["Description", "Notes", "textarea 32000"],
        ]
        [[object]]
        name = "Lead"
        fields = [["Id", "Id", "id"], ["Email", "Email", "email"], ["OwnerId", "Owner", "reference User"]]
        [[object]]
        name = "Hidden"
        fields = [["Id", "Id", "id"]]
        "#,
    )
    .expect("a schema")
});

impl Tables for Org {
    fn object(&self, name: &str) -> Option<&Object> {
        SCHEMA.object(name).filter(|object| object.name != "Hidden")
    }

    fn version(&self) -> &'static str {
        "v67.0"
    }

    fn rows(&self, object: &Object) -> Vec<Row> {
        let rows = match object.name.as_str() {
            "OauthToken" => json!([
                { "Id": null, "AppName": "WP Fusion (OAuth)", "UserId": "005xx000001SwiUAAS", "UseCount": 12,
                  "CreatedDate": "2026-11-01T10:00:00.000+0000", "LastUsedDate": "2026-11-23T09:00:00.000+0000",
                  "AppMenuItemId": null },
                { "Id": null, "AppName": "wp fusion (oauth)", "UserId": "005xx000001SwiXAAS", "UseCount": 2,
                  "CreatedDate": "2026-11-22T23:59:59.000+0000", "LastUsedDate": null, "AppMenuItemId": null },
                { "Id": null, "AppName": "100% O'Reilly", "UserId": "005xx000001SwiVAAS", "UseCount": 7,
                  "CreatedDate": "2026-11-23T00:00:00.000+0000", "LastUsedDate": "2026-11-20T09:00:00.000+0000" }
            ]),
            "User" => json!([
                { "Id": "005xx000001SwiUAAS", "Username": "sync@acme.example", "Name": "Ada", "IsActive": true,
                  "ProfileId": "00exx0000000001AAA" },
                { "Id": "005xx000001SwiXAAS", "Username": "sync@acme.example", "Name": "Bo", "IsActive": true,
                  "ProfileId": null }
            ]),
            "Profile" => json!([{ "Name": "API", "Id": "00exx0000000001AAA" }]),
            "LoginHistory" => json!([
                { "Id": "0Yaxx0000000001CAA", "Status": "Success", "LoginTime": null, "SourceIp": "192.0.2.1" }
            ]),
            "Topic" => json!([
                { "Id": "0TOxx0000000001GAA", "Name": "Members", "CreatedById": "005xx000001SwiU" },
                { "Id": "0TOxx0000000002GAA", "Name": "buyers", "CreatedById": null },
                { "Id": "0TOxx0000000003GAA", "Name": null, "CreatedById": null }
            ]),
            "Contact" => json!([
                { "Id": "003xx0000000001AAA", "Birthdate": "1990-02-28", "Active": true, "Tags__c": "a;b" },
                { "Id": "003xx0000000002AAA", "Birthdate": null, "Active": false, "Tags__c": null }
            ]),
            _ => json!([]),
        };
        serde_json::from_value(rows).expect("rows are objects")
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().expect("a time")
}

fn ask(query: &str) -> Result<Answer, SoqlError> {
    run(query, &Org, now())
}

/// One column of all records.
fn column(query: &str, name: &str) -> Vec<Value> {
    let answer = ask(query).unwrap_or_else(|refusal| panic!("{query}: {refusal}"));
    answer.records.iter().map(|record| record[name].clone()).collect()
}

/// The use counts of the approvals that meet a condition; they tell them apart.
fn approvals(condition: &str) -> Vec<i64> {
    let found = column(&format!("SELECT UseCount FROM OauthToken WHERE {condition}"), "UseCount");
    found.iter().map(|count| count.as_i64().expect("a count")).collect()
}

fn refused(query: &str) -> (&'static str, String) {
    let refusal = ask(query).expect_err(query);
    (refusal.code, refusal.message)
}

#[test]
fn columns_are_told_as_a_table_is_headed_by_them() {
    let answer = ask("SELECT Id, User.Username, UseCount, User.Profile.Name FROM OauthToken").expect("answers");
    let name = |column: &Value| column["columnName"].as_str().expect("a name").to_owned();
    let columns = answer.columns["columnMetadata"].as_array().expect("columns");
    assert_eq!(columns.iter().map(name).collect::<Vec<_>>(), ["Id", "User", "UseCount"]);
    let user = &columns[1];
    assert_eq!((&user["foreignKeyName"], &user["apexType"]), (&json!("UserId"), &Value::Null));
    assert_eq!(
        user["joinColumns"].as_array().expect("columns").iter().map(name).collect::<Vec<_>>(),
        ["Username", "Profile"]
    );
    assert_eq!(name(&user["joinColumns"][1]["joinColumns"][0]), "Name");
    assert_eq!((&columns[2]["numberType"], &columns[2]["textType"]), (&json!(true), &json!(false)));
    assert_eq!((&answer.columns["entityName"], &answer.columns["idSelected"]), (&json!("OauthToken"), &json!(true)));
    assert_eq!(ask("SELECT COUNT() FROM OauthToken").expect("answers").columns["columnMetadata"], json!([]));
}

#[test]
fn relationships_come_nested_with_attributes_and_names_as_the_schema_spells_them() {
    let answer = ask("select appname, user.username, USER.PROFILE.NAME from oauthtoken limit 2").expect("answers");
    assert_eq!(answer.object, "OauthToken");
    assert_eq!((answer.total, answer.count_only), (2, false));
    let url = "/services/data/v67.0/sobjects/";
    let user = json!({ "type": "User", "url": format!("{url}User/005xx000001SwiUAAS") });
    let other = json!({ "type": "User", "url": format!("{url}User/005xx000001SwiXAAS") });
    assert_eq!(
        answer.records,
        [
            json!({
                "attributes": { "type": "OauthToken", "url": format!("{url}OauthToken/000000000000000AAA") },
                "AppName": "WP Fusion (OAuth)",
                "User": {
                    "attributes": user, "Username": "sync@acme.example",
                    "Profile": {
                        "attributes": { "type": "Profile", "url": format!("{url}Profile/00exx0000000001AAA") }, "Name": "API",
                    },
                },
            }),
            json!({
                "attributes": { "type": "OauthToken", "url": format!("{url}OauthToken/000000000000000AAA") },
                "AppName": "wp fusion (oauth)",
                "User": { "attributes": other, "Username": "sync@acme.example", "Profile": null },
            }),
        ]
    );
}

#[test]
fn a_relationship_without_a_row_is_null() {
    let answer =
        ask("SELECT User.Username, AppMenuItem.ApplicationId FROM OauthToken WHERE UseCount = 7").expect("answers");
    assert_eq!(answer.records[0]["User"], Value::Null);
    assert_eq!(answer.records[0]["AppMenuItem"], Value::Null);
}

#[test]
fn a_nested_row_is_of_the_type_that_the_reference_leads_to() {
    let answer = ask("SELECT CreatedBy.Name FROM Topic LIMIT 1").expect("answers");
    assert_eq!(answer.records[0]["CreatedBy"]["attributes"]["type"], "User");
}

#[test]
fn counting_gives_a_number_and_no_records() {
    let answer = ask("SELECT COUNT() FROM OauthToken WHERE UseCount > 2").expect("answers");
    assert_eq!((answer.total, answer.count_only, answer.records.len()), (2, true, 0));
    assert_eq!(ask("select count ( ) from Lead").expect("answers").total, 0);
}

#[test]
fn text_compares_without_regard_to_case_and_with_escapes() {
    assert_eq!(approvals("AppName = 'WP FUSION (OAuth)'"), [12, 2]);
    assert_eq!(approvals(r"AppName = '100% O\'Reilly'"), [7]);
    assert_eq!(approvals(r"AppName = '100\u0025 o\u0027reilly'"), [7]);
    assert_eq!(approvals("AppName > 'b'"), [12, 2]);
}

#[test]
fn like_knows_both_wildcards_and_their_escapes() {
    assert_eq!(approvals("AppName LIKE 'wp%'"), [12, 2]);
    assert_eq!(approvals("AppName LIKE '%fus_on%'"), [12, 2]);
    assert_eq!(approvals(r"AppName LIKE '100\%%'"), [7]);
    assert_eq!(approvals(r"AppName LIKE '10\%%'"), [0_i64; 0]);
    assert_eq!(approvals("AppName LIKE 'WP Fusion'"), [0_i64; 0]);
    assert_eq!(approvals("AppName LIKE '%'"), [12, 2, 7]);
}

#[test]
fn ids_of_15_and_of_18_characters_are_the_same_and_their_case_matters() {
    assert_eq!(approvals("UserId = '005xx000001SwiU'"), [12]);
    assert_eq!(approvals("UserId IN ('005xx000001SwiUAAS', '005xx000001swiV')"), [12]);
}

#[test]
fn numbers_and_times_compare_as_such() {
    assert_eq!(approvals("UseCount >= 7"), [12, 7]);
    assert_eq!(approvals("UseCount <> 7.0 AND UseCount < 1e1"), [2]);
    assert_eq!(approvals("CreatedDate < 2026-11-23T00:00:00Z"), [12, 2]);
    assert_eq!(approvals("CreatedDate >= 2026-11-23T01:00:00+01:00"), [7]);
    assert_eq!(approvals("CreatedDate = 2026-11-22T23:59:59.000+0000"), [2]);
}

#[test]
fn date_literals_are_whole_days_in_utc() {
    assert_eq!(approvals("CreatedDate = TODAY"), [7]);
    assert_eq!(approvals("CreatedDate != TODAY"), [12, 2]);
    assert_eq!(approvals("CreatedDate = yesterday"), [2]);
    assert_eq!(approvals("CreatedDate < TODAY"), [12, 2]);
    assert_eq!(approvals("CreatedDate > YESTERDAY"), [7]);
    assert_eq!(approvals("CreatedDate <= YESTERDAY"), [12, 2]);
    assert_eq!(approvals("CreatedDate = LAST_N_DAYS:1"), [2, 7]);
    assert_eq!(approvals("CreatedDate >= LAST_N_DAYS:4294967295"), [12, 2, 7]);
    assert_eq!(approvals("CreatedDate = NEXT_N_DAYS : 3"), [0_i64; 0]);
    assert_eq!(column("SELECT Birthdate FROM Contact WHERE Birthdate < TODAY", "Birthdate"), ["1990-02-28"]);
    assert_eq!(column("SELECT Birthdate FROM Contact WHERE Birthdate = 1990-02-28", "Birthdate").len(), 1);
}

#[test]
fn null_equals_null_and_is_neither_less_nor_greater() {
    assert_eq!(approvals("LastUsedDate = null"), [2]);
    assert_eq!(approvals("LastUsedDate != NULL"), [12, 7]);
    assert_eq!(approvals("LastUsedDate != 2026-11-23T09:00:00Z"), [2, 7]);
    assert_eq!(approvals("LastUsedDate > 2000-01-01T00:00:00Z"), [12, 7]);
    assert_eq!(approvals("User.Username = null"), [7]);
    assert_eq!(approvals("AppMenuItemId = null AND AppMenuItem.Label != 'x'"), [12, 2, 7]);
    assert_eq!(column("SELECT Name FROM Topic WHERE Name NOT IN ('buyers')", "Name"), [json!("Members"), Value::Null]);
    assert_eq!(column("SELECT Name FROM Topic WHERE Name IN (null, 'BUYERS')", "Name"), [json!("buyers"), Value::Null]);
}

#[test]
fn conditions_join_with_parentheses() {
    assert_eq!(approvals("UseCount = 12 OR UseCount = 7 OR UseCount = 99"), [12, 7]);
    assert_eq!(approvals("(UseCount = 12 OR UseCount = 7) AND User.IsActive = true"), [12]);
    assert_eq!(approvals("NOT (UseCount = 12 OR UseCount = 7)"), [2]);
    assert_eq!(approvals("(NOT UseCount = 12) AND ((UseCount > 0))"), [2, 7]);
}

#[test]
fn order_puts_nulls_first_unless_told() {
    let names = |by: &str| column(&format!("SELECT Name FROM Topic ORDER BY {by}"), "Name");
    assert_eq!(names("Name"), [Value::Null, json!("buyers"), json!("Members")]);
    assert_eq!(names("name desc"), [Value::Null, json!("Members"), json!("buyers")]);
    assert_eq!(names("Name ASC NULLS LAST"), [json!("buyers"), json!("Members"), Value::Null]);
    assert_eq!(names("CreatedBy.Name NULLS LAST, Id DESC"), [json!("Members"), Value::Null, json!("buyers")]);
}

#[test]
fn limit_and_offset_cut_what_was_sorted() {
    let ids = |cut: &str| column(&format!("SELECT UseCount FROM OauthToken ORDER BY UseCount {cut}"), "UseCount");
    assert_eq!(ids("LIMIT 1"), [2]);
    assert_eq!(ids("LIMIT 1 OFFSET 1"), [7]);
    assert_eq!(ids("OFFSET 2"), [12]);
    assert!(ids("LIMIT 0").is_empty() && ids("OFFSET 2500").is_empty());
    let told = refused("SELECT Id FROM Topic OFFSET 2001");
    assert_eq!(told, ("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000".to_owned()));
}

#[test]
fn an_object_without_rows_has_its_fields_and_no_others() {
    assert_eq!(ask("SELECT Id, Owner.Name FROM Lead WHERE Email = 'a' ORDER BY Id").expect("answers").total, 0);
    assert!(refused("SELECT Id FROM Lead WHERE Emial = 'a'").1.contains("No such column 'Emial' on entity 'Lead'"));
    assert!(refused("SELECT Id FROM Lead ORDER BY Foo__c").1.contains("No such column 'Foo__c' on entity 'Lead'"));
    assert_eq!(refused("SELECT Id FROM Lead WHERE Email = 5").0, "INVALID_FIELD");
    assert_eq!(refused("SELECT Id FROM Hidden").0, "INVALID_TYPE");
}

#[test]
fn several_values_are_looked_into() {
    let found = |condition: &str| column(&format!("SELECT Id FROM Contact WHERE Tags__c {condition}"), "Id").len();
    assert_eq!(found("INCLUDES ('A')"), 1);
    assert_eq!(found("includes ('b;a', 'c')"), 1);
    assert_eq!(found("INCLUDES ('a;c')"), 0);
    assert_eq!(found("EXCLUDES ('c')"), 2);
    assert_eq!(found("EXCLUDES ('b')"), 1);
    assert_eq!(found("= 'a;b'"), 1);
    for condition in ["Tags__c LIKE 'a%'", "Tags__c > 'a'", "Description INCLUDES ('a')"] {
        let (code, _) = refused(&format!("SELECT Id FROM Contact WHERE {condition}"));
        assert!(["INVALID_QUERY_FILTER_OPERATOR", "INVALID_FIELD"].contains(&code), "{condition}: {code}");
    }
    assert_eq!(refused("SELECT Id FROM Contact WHERE Active INCLUDES ('a')").0, "INVALID_QUERY_FILTER_OPERATOR");
    assert_eq!(refused("SELECT Id FROM Contact WHERE Tags__c INCLUDES (1)").0, "MALFORMED_QUERY");
}

#[test]
fn what_cannot_be_sorted_says_so() {
    for field in ["Tags__c", "Description"] {
        let (code, message) = refused(&format!("SELECT Id FROM Contact ORDER BY {field}"));
        assert_eq!(code, "MALFORMED_QUERY");
        assert!(message.ends_with(&format!("field '{field}' can not be sorted in a query call")), "{message}");
    }
    assert_eq!(refused("SELECT Id FROM LoginHistory WHERE SourceIp LIKE '192%'").0, "INVALID_QUERY_FILTER_OPERATOR");
}

#[test]
fn an_unexpected_token_is_shown_in_its_place() {
    for (query, shown) in [
        (
            "SELECT Id FRO Topic",
            "\nSELECT Id FRO Topic\n          ^\nERROR at Row:1:Column:11\nunexpected token: 'FRO'",
        ),
        (
            "SELECT Id FROM Topic WHERE",
            "\nSELECT Id FROM Topic WHERE\n                          ^\nERROR at Row:1:Column:27\nunexpected token: '<EOF>'",
        ),
        (
            "SELECT Id\nFROM Topic\nWHERE Name == 'x'",
            "\nWHERE Name == 'x'\n            ^\nERROR at Row:3:Column:13\nunexpected token: '='",
        ),
        ("SELECT é FROM Topic", "line 1:7 no viable alternative at character 'é'"),
        ("SELECT Id FROM Topic\nWHERE Name = 'x", "line 2:13 mismatched character '<EOF>' expecting '''"),
        (
            r"SELECT Id FROM Topic WHERE Name = '\k'",
            r"Invalid string literal '\k'. Illegal character sequence '\k' in string literal.",
        ),
        (
            r"SELECT Id FROM Topic WHERE Name = '\u12'",
            r"Invalid string literal '\u12'. Illegal character sequence '\u12' in string literal.",
        ),
    ] {
        assert_eq!(refused(query), ("MALFORMED_QUERY", shown.to_owned()));
    }
}

#[test]
fn what_the_grammar_does_not_have_is_an_unexpected_token() {
    for (query, token) in [
        ("SELECT FROM Topic", "FROM"),
        ("SELECT Id, FROM Topic", "FROM"),
        ("SELECT COUNT(), Id FROM Topic", ","),
        ("SELECT FORMAT(Id) FROM Topic", "("),
        ("SELECT Id FROM Topic t", "t"),
        ("SELECT Id FROM Topic LIMIT -1", "-1"),
        ("SELECT Id FROM Topic LIMIT 1.5", "1.5"),
        ("SELECT Id FROM Topic OFFSET 1 LIMIT 1", "LIMIT"),
        ("SELECT Id FROM Topic ORDER Name", "Name"),
        ("SELECT Id FROM Topic ORDER BY Name NULLS", "<EOF>"),
        ("SELECT Id FROM Topic WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "OR"),
        ("SELECT Id FROM Topic WHERE Name = 'a' AND NOT Name = 'b'", "NOT"),
        ("SELECT Id FROM Topic WHERE NOT Name = 'a' AND Name = 'b'", "AND"),
        ("SELECT Id FROM Topic WHERE Name IS NULL", "IS"),
        ("SELECT Id FROM Topic WHERE Name IN ()", ")"),
        ("SELECT Id FROM Topic WHERE Name NOT LIKE 'a'", "LIKE"),
        ("SELECT Id FROM Topic WHERE Name LIKE 5", "5"),
        ("SELECT Id FROM Topic WHERE Name = :name", ":"),
        ("SELECT Id FROM Topic WHERE Name = name", "name"),
        ("SELECT Id FROM Topic WHERE Name = 2026-13-45T99:00:00Z", "2026-13-45T99:00:00Z"),
        ("SELECT Id FROM Topic WHERE Name = LAST_N_DAYS:x", "x"),
        ("SELECT Id FROM Topic WHERE Name = LAST_N_DAYS", "<EOF>"),
        ("SELECT Id FROM Topic WHERE Name. = 'a'", "."),
        ("SELECT Id FROM Topic WHERE Name ! 'a'", "!"),
        ("SELECT Id FROM Topic; DROP", ";"),
    ] {
        let (code, message) = refused(query);
        assert_eq!(code, "MALFORMED_QUERY", "{query}");
        let told = message.ends_with(&format!("unexpected token: '{token}'"))
            || message.ends_with(&format!("no viable alternative at character '{token}'"));
        assert!(told, "{query}: {message}");
    }
}

#[test]
fn unknown_names_are_told_with_what_lacks_them() {
    assert_eq!(
        refused("SELECT Id, Naem FROM Topic"),
        ("INVALID_FIELD", "\nSELECT Id, Naem FROM Topic\n           ^\nERROR at Row:1:Column:12\nNo such column 'Naem' on entity \
          'Topic'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. \
          Please reference your WSDL or the describe call for the appropriate names.".to_owned())
    );
    assert_eq!(
        refused("SELECT Id FROM TagDefinition"),
        ("INVALID_TYPE", "\nSELECT Id FROM TagDefinition\n               ^\nERROR at Row:1:Column:16\nsObject type \
          'TagDefinition' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after \
          the entity name. Please reference your WSDL or the describe call for the appropriate names.".to_owned())
    );
    for (query, start) in [
        ("SELECT User.Naem FROM OauthToken", "No such column 'Naem' on entity 'User'."),
        ("SELECT User.Profile.Naem FROM OauthToken", "No such column 'Naem' on entity 'Profile'."),
        ("SELECT User FROM OauthToken", "No such column 'User' on entity 'OauthToken'."),
        ("SELECT User.attributes FROM OauthToken", "No such column 'attributes' on entity 'User'."),
        ("SELECT Usre.Name FROM OauthToken", "Didn't understand relationship 'Usre' in field path."),
        ("SELECT AppName.Name FROM OauthToken", "Didn't understand relationship 'AppName' in field path."),
        ("SELECT Id FROM Topic ORDER BY Naem", "No such column 'Naem' on entity 'Topic'."),
        ("SELECT COUNT() FROM Topic WHERE Naem = 'x'", "No such column 'Naem' on entity 'Topic'."),
    ] {
        let (code, message) = refused(query);
        assert_eq!(code, "INVALID_FIELD");
        assert!(message.contains(start), "{query}: {message}");
    }
}

#[test]
fn what_cannot_be_filtered_can_be_selected_and_sorted() {
    assert_eq!(column("SELECT Status FROM LoginHistory ORDER BY Status", "Status"), ["Success"]);
    assert_eq!(
        refused("SELECT Id FROM LoginHistory WHERE status = 'Success' LIMIT 1"),
        (
            "INVALID_FIELD",
            "\nSELECT Id FROM LoginHistory WHERE status = 'Success' LIMIT 1\n                                  ^\n\
          ERROR at Row:1:Column:35\nfield 'Status' can not be filtered in a query call"
                .to_owned()
        )
    );
}

#[test]
fn a_value_must_fit_its_column() {
    for (condition, code, told) in [
        (
            "CreatedDate > '2026-11-23'",
            "INVALID_FIELD",
            "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
        ),
        ("CreatedDate = 2026-11-23", "INVALID_FIELD", "must be of type dateTime and should not be enclosed in quotes"),
        ("AppName = 5", "INVALID_FIELD", "field 'AppName' must be of type string and should be enclosed in quotes"),
        ("AppName = TODAY", "INVALID_FIELD", "must be of type string and should be enclosed in quotes"),
        ("UseCount IN (1, 'x')", "INVALID_FIELD", "must be of type int and should not be enclosed in quotes"),
        ("User.IsActive > true", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on boolean field"),
        ("UserId LIKE '005%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id field"),
        ("UserId = 'me'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: me"),
    ] {
        let (got, message) = refused(&format!("SELECT Id FROM OauthToken WHERE {condition}"));
        assert_eq!(got, code, "{condition}");
        assert!(message.ends_with(told), "{condition}: {message}");
    }
}

#[test]
fn counting_a_field_or_asking_twice_is_refused() {
    let (code, message) = refused("SELECT COUNT(Id) FROM SetupAuditTrail");
    assert_eq!(code, "MALFORMED_QUERY");
    assert!(message.ends_with("field Id does not support aggregate operator COUNT"));
    let (code, message) = refused("SELECT Id, Name, id FROM Topic");
    assert_eq!(code, "MALFORMED_QUERY");
    assert!(message.ends_with("duplicate field selected: Id"));
}

#[test]
fn the_place_is_shown_with_its_neighbourhood_alone() {
    let query = format!("SELECT {} Naem, Other FROM Topic", "Id__c,".repeat(50));
    let message = refused(&format!("{query} WHERE Name = 'a long condition after it'")).1;
    let lines: Vec<&str> = message.lines().collect();
    assert!(lines[1].chars().count() < 80, "{}", lines[1]);
    let wide = format!("SELECT {} FROM Topic", "é".repeat(400));
    assert!(refused(&wide).1.starts_with("line 1:7 "));
}

#[test]
fn empty_long_and_deep_queries_are_refused() {
    assert_eq!(refused(" \n"), ("MALFORMED_QUERY", "A query string has to be specified".to_owned()));
    let long = format!("SELECT Id FROM Topic{}", " ".repeat(MAX_CHARS));
    let told = refused(&long);
    assert_eq!(told, ("MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters.".to_owned()));
    let nested =
        |depth: usize| format!("SELECT Id FROM Topic WHERE {}Name = 'x'{}", "(".repeat(depth), ")".repeat(depth));
    assert!(ask(&nested(64)).is_ok());
    assert_eq!(refused(&nested(65)).0, "QUERY_TOO_COMPLICATED");
    assert_eq!(refused(&format!("SELECT Id FROM Topic WHERE {}", "(".repeat(90_000))).0, "QUERY_TOO_COMPLICATED");
    assert_eq!(refused(&format!("SELECT Id FROM Topic WHERE {}", "NOT ".repeat(20_000))).0, "MALFORMED_QUERY");
    let wide = vec!["Name = 'x'"; 6_000].join(" OR ");
    assert_eq!(ask(&format!("SELECT Id FROM Topic WHERE {wide}")).expect("answers").total, 0);
}
