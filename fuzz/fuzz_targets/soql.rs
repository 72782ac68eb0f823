//! Whatever a client asks the simulator in SOQL.
#![no_main]

use chrono::DateTime;
use fusebox::sim::schema::{self, Object};
use fusebox::sim::soql::{self, Row, Tables};
use serde_json::json;

struct Org;

impl Tables for Org {
    fn object(&self, name: &str) -> Option<&Object> {
        schema::of_orgs().object(name)
    }

    fn version(&self) -> &'static str {
        "v67.0"
    }

    fn rows(&self, object: &Object) -> Vec<Row> {
        let text =
            |n: usize| json!({ "Id": format!("005xx00000000{n}AAA"), "Name": format!("a%_{n}é"), "UseCount": n });
        let rows = (0..3).map(text).map(|row| serde_json::from_value(row).expect("a row"));
        if object.name == "Organization" { rows.take(1).collect() } else { rows.collect() }
    }
}

libfuzzer_sys::fuzz_target!(|query: &str| {
    if let Ok(answer) = soql::run(query, &Org, DateTime::UNIX_EPOCH) {
        assert!(answer.count_only || answer.total == answer.records.len());
    }
});
