//! Queries within queries: what they find, and where they may not stand.

use super::*;

#[test]
fn a_query_within_the_query_finds_ids() {
    assert_eq!(approvals("UserId IN (SELECT Id FROM User WHERE Name = 'Ada')"), [12]);
    assert_eq!(approvals("UserId not in (select Id from User where Profile.Name = 'API') AND UseCount > 2"), [7]);
    assert_eq!(column("SELECT Name FROM User WHERE Id IN (SELECT UserId FROM OauthToken)", "Name"), ["Ada", "Bo"]);
    assert_eq!(column("SELECT Id FROM User WHERE Id IN (SELECT OwnerId FROM Lead)", "Id").len(), 0);
    for (condition, code, told) in [
        (
            "UseCount = 1 OR UserId IN (SELECT Id FROM User)",
            "MALFORMED_QUERY",
            "Semi join sub-selects are not allowed with the 'OR' operator",
        ),
        (
            "UseCount = 1 AND (NOT UserId IN (SELECT Id FROM User))",
            "MALFORMED_QUERY",
            "Semi join sub-selects are only allowed at the top level WHERE expressions.",
        ),
        (
            "UserId IN (SELECT Id FROM User) AND UserId IN (SELECT Id FROM User) AND UserId IN (SELECT Id FROM User)",
            "MALFORMED_QUERY",
            "Maximum 2 semi join sub-selects are allowed.",
        ),
        ("AppName IN (SELECT Id FROM User)", "MALFORMED_QUERY", "should be an id field, cannot use: 'AppName'"),
        ("UserId IN (SELECT Name FROM User)", "MALFORMED_QUERY", "should be an id field, cannot use: 'Name'"),
        ("UserId IN (SELECT Id, Name FROM User)", "MALFORMED_QUERY", "must select exactly one field"),
        ("UserId IN (SELECT COUNT() FROM User)", "MALFORMED_QUERY", "must select exactly one field"),
        ("UserId IN (SELECT Id FROM Nope)", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        ("UserId IN (SELECT Nope FROM User)", "INVALID_FIELD", "No such column 'Nope' on entity 'User'"),
        ("UserId IN (SELECT Id FROM User LIMIT 1)", "MALFORMED_QUERY", "unexpected token: 'LIMIT'"),
        (
            "UserId IN (SELECT Id FROM User WHERE Id IN (SELECT Id FROM User))",
            "MALFORMED_QUERY",
            "Nesting of semi join",
        ),
    ] {
        let (got, message) = refused(&format!("SELECT Id FROM OauthToken WHERE {condition}"));
        assert_eq!(got, code, "{condition}");
        assert!(message.contains(told), "{condition}: {message}");
    }
}
