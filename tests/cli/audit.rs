//! `audit` and `audit verify`: what was done can be read, and what was done to the file shows.

use crate::fleet::Fleet;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

fn file(fleet: &Fleet) -> PathBuf {
    fleet.state_dir().join("audit.jsonl")
}

/// Three refusals, of which two are about the first of two sites.
async fn refused(fleet: &Fleet) -> [String; 2] {
    let mut names = fleet.list().await.into_keys();
    let (first, second) = (names.next().expect("a site"), names.next().expect("a site"));
    for site in [&first, &second, &first] {
        let refused = fleet.json(&["identify", site, "--yes", "--read-only"], "failure").await;
        assert_eq!(refused["status"], 77, "{refused}");
    }
    [first, second]
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_listed_the_newest_last_and_filtered() {
    let fleet = Fleet::of("clean", 3, Some(8)).await;
    assert_eq!(fleet.json(&["audit"], "audit").await["result"]["lines"], json!([]));
    let [first, second] = refused(&fleet).await;
    let lines = fleet.json(&["audit"], "audit").await["result"]["lines"].as_array().expect("lines").clone();
    assert_eq!(lines.iter().map(|line| line["number"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    assert_eq!(lines[1]["target"]["name"], json!(second));
    assert_eq!(lines[1]["operator"]["uid"], json!(rustix::process::getuid().as_raw()));
    let of_first = fleet.json(&["audit", "--site", &first], "audit").await;
    assert_eq!(of_first["result"]["lines"].as_array().map(Vec::len), Some(2));
    let all = fleet.json(&["audit", "--since", "1h"], "audit").await;
    assert_eq!(all["result"]["lines"].as_array().map(Vec::len), Some(3));
    let none = fleet.json(&["audit", "--since", "2999-01-01T00:00:00Z"], "audit").await;
    assert_eq!(none["result"]["lines"], json!([]));
    assert_eq!(fleet.run(&["audit", "--since", "soon"]).await.code, Some(64));
    let told = fleet.run(&["audit"]).await;
    let rows: Vec<&str> = told.out.lines().collect();
    assert_eq!(rows.len(), 4, "{}", told.out);
    assert!(rows[2].contains(&second) && rows[2].contains("refused"), "{}", told.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_the_file_is_told_with_its_line() {
    let fleet = Fleet::of("clean", 3, Some(8)).await;
    let empty = fleet.json(&["audit", "verify"], "audit_verify").await;
    assert_eq!((&empty["status"], &empty["result"]["lines"]), (&json!(0), &json!(0)));
    refused(&fleet).await;
    let whole = fs::read_to_string(file(&fleet)).expect("the audit");
    let good = fleet.json(&["audit", "verify"], "audit_verify").await;
    assert_eq!((&good["status"], &good["result"]["head"]), (&json!(0), &json!("agrees")), "{good:#}");
    let damage = async |text: &str| -> Value {
        fs::write(file(&fleet), text).expect("written");
        let told = fleet.json(&["audit", "verify"], "audit_verify").await;
        assert_eq!((&told["status"], &told["result"]["good"]), (&json!(1), &json!(false)), "{told:#}");
        told["result"]["damages"][0].clone()
    };
    // One byte of a word in the second line.
    let second = whole.lines().next().expect("a line").len() + 1;
    let place = second + whole[second..].find("identify").expect("a word");
    let mut changed = whole.clone();
    changed.replace_range(place..=place, "I");
    assert_eq!(damage(&changed).await["line"], 2);
    let cut: String = whole.split_inclusive('\n').take(2).collect();
    let told = damage(&cut).await;
    assert_eq!(told["line"], 3);
    assert!(told["what"].as_str().expect("words").contains("cut off"), "{told}");
    // Nothing but the key makes codes.
    let fresh = Fleet::of("clean", 3, Some(8)).await;
    refused(&fresh).await;
    let forged = fs::read_to_string(file(&fresh)).expect("the other audit");
    assert_eq!(damage(&forged).await["line"], 1);
    fs::write(file(&fleet), &whole).expect("put back");
    let plain = fleet.run(&["audit", "verify"]).await;
    assert_eq!(plain.code, Some(0), "{}", plain.err);
    assert!(plain.out.contains("audit.head names the last line"), "{}", plain.out);
    let last: Value = serde_json::from_str(whole.lines().last().expect("a line")).expect("JSON");
    let head = format!("3:{}", last["code"].as_str().expect("a code"));
    assert_eq!(fleet.run(&["audit", "verify", "--head", &head]).await.code, Some(0));
    let beyond = format!("4:{}", "ab".repeat(32));
    assert_eq!(fleet.run(&["audit", "verify", "--head", &beyond]).await.code, Some(1));
    assert_eq!(fleet.run(&["audit", "verify", "--head", "four"]).await.code, Some(64));
    // Without the key nothing can be told, and none is made.
    let key = fleet.state_dir().join("audit.key");
    fs::remove_file(&key).expect("removed");
    let keyless = fleet.json(&["audit", "verify"], "failure").await;
    assert_eq!(keyless["status"], 1, "{keyless}");
    assert!(!key.exists());
}
