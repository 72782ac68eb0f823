//! Approvals that are revoked from the screen: an orphan on the way to a reauthorization, and a live one by its site's name.

use crate::fleet::Fleet;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Approvals further apart than this are not of one moment, and so never taken for one another.
const APART: Duration = Duration::from_secs(3);

/// Approvals that are listed, as the simulator knows them.
fn listed(fleet: &Fleet) -> Vec<Value> {
    let truth = fleet.ask("truth", None);
    truth["approvals"].as_array().expect("a list").iter().filter(|one| one["listed"] == true).cloned().collect()
}

fn ids(approvals: &[Value]) -> BTreeSet<String> {
    approvals.iter().map(|one| text(one, "approval_id")).collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the simulator's clock is the host's")]
fn now() -> Instant {
    Instant::now()
}

/// Fills the slots of a user of beta: the oldest approval is a live site's, the second an orphan that the second site left behind.
/// Answers the orphan, the oldest's site, and the second site.
fn filled(fleet: &Fleet) -> (String, String, String) {
    // What sites told is joined with the approvals at the next look at their org.
    fleet.poll();
    let lines = fleet.lines();
    // Of a user's only site it is known which approval is its own.
    let only = |site: &&Value| {
        let well = site["health"] == "OK" || site["health"] == "WARN";
        site["org"] == "beta" && well && site["slot"]["used"] == 1 && site["slot"]["approval_id"].is_string()
    };
    let mut sites: Vec<Value> = lines.iter().filter(only).cloned().collect();
    // Who is well has the oldest, and a clock that goes wrong tells less of when a token came.
    sites.sort_by_key(|site| (text(site, "health"), site["cause"] == "clock_skew"));
    let [oldest, second, third] = &sites[..] else { panic!("{lines:#?}") };
    let (user, second) = (text(oldest, "user"), text(second, "name"));
    for site in [&second, &second, &text(third, "name")] {
        let begun = now();
        fleet.ask("fault", Some(json!({"kind": "authorize", "user": user, "site": site})));
        // Looked at in between, each is known by the token that came with it, where no other is of the same moment.
        fleet.poll();
        while now() - begun < APART {
            fleet.poll();
        }
        fleet.poll();
    }
    let mut held: Vec<Value> = listed(fleet).into_iter().filter(|one| one["user"] == user.as_str()).collect();
    held.sort_by_key(|one| text(one, "created_at"));
    assert_eq!(held.len(), 4, "{held:#?}");
    (text(&held[1], "approval_id"), text(oldest, "name"), second)
}

#[test]
fn an_orphan_goes_first_and_a_live_one_by_its_name_alone() {
    let fleet = Fleet::agency();
    let (orphan, oldest, site) = filled(&fleet);
    let mut session = fleet.console((80, 24), &[]);
    let before = ids(&listed(&fleet));

    // Full: another approval would cut off the oldest.
    // The first frame knows a page of sites alone.
    session.send(":");
    session.wait_for("Esc close");
    session.press_until(&format!("\u{15}open {site}\r"), |screen| !screen.contents().contains("Esc close"));
    session.wait_for("Esc back");
    session.send("a");
    session.wait_for("cuts off a live site");
    session.wait_for(&format!("1 revoke orphan {} first", &orphan[..8]));
    session.wait_for(&format!("type {oldest}"));
    session.press_until("1", |screen| screen.contents().contains("y revoke it"));
    session.wait_for("Nothing that works is lost");
    // Enter says no, and one is back.
    session.press_until("\r", |screen| screen.contents().contains("cuts off a live site"));
    assert_eq!(ids(&listed(&fleet)), before);
    session.press_until("1", |screen| screen.contents().contains("y revoke it"));
    session.press_until("y", |screen| !screen.contents().contains("y revoke it"));
    // Asked anew: there is room now.
    session.wait_for("send somebody to the browser");
    session.wait_for("Nothing that works is lost");
    assert!(!session.screen().contents().contains("cuts off"), "{}", session.screen().contents());
    let after = ids(&listed(&fleet));
    assert_eq!(before.difference(&after).cloned().collect::<Vec<_>>(), [orphan]);
    session.press_until("\u{1b}", |screen| !screen.contents().contains("send somebody to the browser"));

    // A live one, by the digits of its id.
    let live = listed(&fleet).into_iter().find(|one| one["site"] == oldest.as_str() && one["alive"] == true);
    let live = text(&live.expect("its approval"), "approval_id");
    session.send(&format!(":revoke {}\r", &live[..8]));
    session.wait_for(&format!("To cut off {oldest} all the same"));
    session.press_until("y", |screen| screen.contents().contains("that is another one"));
    session.send("\r\r");
    session.press_until("\u{7f}", |screen| !screen.contents().contains("that is another one"));
    assert_eq!(ids(&listed(&fleet)), after, "another name does nothing");
    session.send(&oldest);
    session.wait_for("Enter does it");
    session.press_until("\r", |screen| !screen.contents().contains("Enter does it"));
    session.wait_for(&format!("approval {} is gone", &live[..8]));
    let last = ids(&listed(&fleet));
    assert_eq!(after.difference(&last).cloned().collect::<Vec<_>>(), [live]);
    fleet.leave(&mut session);
}
