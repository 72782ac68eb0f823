//! The schema that comes with the program holds together, and broken ones are told.

use super::*;

#[test]
fn every_object_of_an_org_has_what_is_queried_of_it() {
    let schema = of_orgs();
    for (object, fields) in [
        ("organization", "Id Name OrganizationType IsSandbox InstanceName NamespacePrefix TrialExpirationDate"),
        ("OauthToken", "Id AppName AppMenuItemId UserId UseCount LastUsedDate CreatedDate DeleteToken AccessToken"),
        ("ConnectedApplication", "Id Name RefreshTokenValidityPeriod OptionsRefreshTokenValidityMetric"),
        ("LoginHistory", "UserId LoginTime LoginType LoginSubType Application Status SourceIp LoginUrl"),
        ("SetupAuditTrail", "Action CreatedDate CreatedById Display Section DelegateUser"),
        ("AuthSession", "UsersId NumSecondsValid SessionType SourceIp LoginHistoryId"),
        ("TagDefinition", "Id Name Type"),
        ("ContactTag", "ItemId Name TagDefinitionId Type"),
    ] {
        let object = schema.object(object).expect(object);
        for field in fields.split(' ') {
            assert!(object.field(field).is_some(), "{}.{field}", object.name);
        }
    }
}

#[test]
fn names_are_unique_and_labels_there() {
    let mut names = std::collections::BTreeSet::new();
    let mut prefixes = std::collections::BTreeSet::new();
    for object in of_orgs().objects() {
        assert!(names.insert(object.name.to_lowercase()), "{}", object.name);
        assert!(object.prefix.as_ref().is_none_or(|prefix| prefix.len() == 3 && prefixes.insert(prefix.clone())));
        let mut fields = std::collections::BTreeSet::new();
        for field in &object.fields {
            assert!(fields.insert(field.name.to_lowercase()), "{}.{}", object.name, field.name);
            assert!(!field.label.is_empty());
        }
    }
}

#[test]
fn what_cannot_be_filtered_says_so() {
    let filterable = |object: &str, field: &str| {
        of_orgs().object(object).and_then(|object| object.field(field)).expect(field).is_filterable()
    };
    for field in ["Status", "Application", "ApiType", "Browser", "Platform"] {
        assert!(!filterable("LoginHistory", field), "{field}");
    }
    assert!(filterable("LoginHistory", "LoginType") && filterable("LoginHistory", "SourceIp"));
    assert!(!filterable("SetupAuditTrail", "Display") && !filterable("SetupAuditTrail", "Section"));
    assert!(!filterable("Contact", "Description") && !filterable("Contact", "MailingAddress"));
}

#[test]
fn relationships_are_named_after_their_fields() {
    let token = of_orgs().object("OauthToken").expect("an object");
    assert_eq!(token.reference("user").expect("a reference").name, "UserId");
    assert!(token.reference("AppName").is_none());
    let custom = of_orgs().objects().iter().find(|object| object.is_custom()).expect("a custom object");
    assert!(custom.reference("Contact__r").is_some());
}

#[test]
fn what_is_no_schema_is_told() {
    let told = |text: &str| Schema::parse(text).expect_err(text).to_string();
    assert!(told("[[object]]").contains("missing field"));
    assert!(told("[[object]]\nname = 'A'\nfields = [['Id']]").contains("a name, a label, a type"));
    assert!(told("[[object]]\nname = 'A'\nfields = [['Id', 'Id', 'blob']]").contains("no such type"));
    assert!(told("[[object]]\nname = 'A'\nfields = [['Id', 'Id', 'id', 'odd']]").contains("no such mark"));
    assert!(told("[[object]]\nname = 'A'\nfields = [['BId', 'B', 'reference B']]").contains("A.BId refers"));
}
