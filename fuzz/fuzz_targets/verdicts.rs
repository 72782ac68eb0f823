//! Whatever an org and a site tell, folded into a fleet and judged: the first two bytes say how long the org's answer is,
//! the rest is a line for each answer of the site.
#![no_main]

use chrono::{DateTime, TimeDelta};
use fusebox::diagnosis;
use fusebox::model::{Fleet, Observation, OrgName, Settings, SiteName, Target};
use fusebox::{salesforce, wordpress};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((length, rest)) = input.split_first_chunk::<2>() else { return };
    let (org_answer, rest) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
    let start = DateTime::from_timestamp(1_790_000_000, 0).expect("a time");
    let mut fleet = Fleet::default();
    let (org, site) = (OrgName::new("acme"), SiteName::new("shop.example"));
    if let Some(picture) = salesforce::fuzzing::picture(org_answer) {
        for fact in picture.into_facts(None) {
            fleet.apply(&Observation { target: Target::Org(org.clone()), at: start, fact });
        }
    }
    let mut at = start;
    for line in rest.split(|byte| *byte == b'\n') {
        for fact in wordpress::fuzzing::facts(line) {
            fleet.apply(&Observation { target: Target::Site(site.clone()), at, fact });
        }
        at += TimeDelta::minutes(15);
    }
    let settings = Settings::default();
    let _ = diagnosis::board(&fleet, &settings, &org);
    for ahead in [TimeDelta::zero(), TimeDelta::days(40), TimeDelta::days(36_500)] {
        let detail = diagnosis::detail(&fleet, &settings, &site, at + ahead);
        assert!(detail.row.valid_until.is_none_or(|until| until > at + ahead));
    }
});
