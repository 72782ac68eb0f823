//! What may happen to the program while it looks: killed at any moment, run twice, lied to, its clock set, its disk full.
//! Nothing that was known is lost, and no target is looked at twice at once.

#[path = "cli/fleet.rs"]
mod fleet;
#[path = "follow/floods.rs"]
mod floods;
#[path = "follow/hooked.rs"]
mod hooked;
#[path = "follow/hostile.rs"]
mod hostile;
#[path = "follow/kept.rs"]
mod kept;
#[path = "follow/killed.rs"]
mod killed;
#[path = "follow/together.rs"]
mod together;

use fleet::{Answer, Fleet};
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

/// What a child may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(90);

/// Adds the `[poll]` table to the simulator's configuration.
fn configure(fleet: &Fleet, poll: &str) {
    let path = fleet.config_dir().join("config.toml");
    let mut file = std::fs::OpenOptions::new().append(true).open(path).expect("the configuration");
    write!(file, "\n[poll]\n{poll}\n").expect("written");
}

/// Moves the simulator's clock and the program's.
async fn advance(fleet: &mut Fleet, seconds: u64) {
    fleet.admin("clock", Some(json!({ "advance": format!("{seconds}s") }))).await;
    let ahead = fleet.ahead.as_deref().map_or(0, |ahead| ahead.trim_end_matches('s').parse().expect("seconds"));
    fleet.ahead = Some(format!("{}s", ahead + seconds));
}

/// Requests that the simulator received, all together.
async fn received(fleet: &Fleet) -> u64 {
    gauges(&fleet.admin("traffic", None).await)
        .iter()
        .map(|(_, gauge)| gauge["received"].as_u64().expect("a number"))
        .sum()
}

/// Every org's and every site's gauge, with its name.
fn gauges(traffic: &Value) -> Vec<(String, Value)> {
    let of = |kind: &str| traffic[kind].as_object().expect("gauges").clone();
    of("orgs").into_iter().chain(of("sites")).collect()
}

fn assert_no_panic(answer: &Answer) {
    for word in ["panicked", "a part of fusebox failed", "bug"] {
        assert!(!answer.err.contains(word), "{}", answer.err);
    }
}
