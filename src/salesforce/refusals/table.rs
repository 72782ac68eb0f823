//! The published tables of errors, row by row: words in; name, class and advice out.

use super::*;
use crate::model::Failure;
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    token: Vec<Row>,
    rest: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    status: Option<u16>,
    code: String,
    text: String,
    kind: String,
    class: String,
    advice: String,
}

impl Row {
    /// What the row promises of an error.
    fn holds(&self, error: Error) {
        let words = format!("{:?} {}: {}", self.status, self.code, self.text);
        assert_eq!(error.kind().to_string(), self.kind, "{words}");
        let failure = Failure::from(error);
        assert_eq!(failure.class.to_string(), self.class, "{words}");
        assert!(failure.text.as_str().contains(&self.advice), "{words}: {failure}");
        assert!(failure.text.as_str().contains(&self.text), "{words}: the words themselves are kept: {failure}");
    }
}

#[test]
fn every_published_refusal_has_a_name_a_class_and_an_advice() {
    let table: Table = toml::from_str(include_str!("../../../tests/fixtures/salesforce/refusals.toml")).expect("rows");
    assert_eq!((table.token.len(), table.rest.len()), (30, 32));
    let nobody = Redactor::default();
    for row in &table.token {
        let mut body = serde_json::json!({ "error": row.code });
        if !row.text.is_empty() {
            body["error_description"] = row.text.as_str().into();
        }
        row.holds(token(400, body.to_string().as_bytes(), &nobody));
    }
    for row in &table.rest {
        let body = match row.code.as_str() {
            // A status alone, as an edge or a proxy answers it.
            "" => "<html>no</html>".to_owned(),
            code => serde_json::json!([{ "errorCode": code, "message": row.text }]).to_string(),
        };
        row.holds(rest(row.status.expect("a status"), body.as_bytes(), &nobody));
    }
}
