//! A run of the gallery over several sites, half way.

use crate::model::SiteName;
use crate::model::refreshing::{RefreshRun, RefreshTold};
use chrono::{DateTime, TimeDelta, Utc};

/// The run at `now`.
pub(super) fn run(now: DateTime<Utc>) -> RefreshRun {
    let names = [
        "academy.example.org",
        "atlas.example.org",
        "board.example.org",
        "care.example.org",
        "choir.example.org",
        "depot.example.com",
        "events.example.com",
        "news.example.org",
        "www.example.com",
    ];
    let mut run = RefreshRun::new(names.map(SiteName::new).to_vec(), now - TimeDelta::seconds(31));
    let changed = RefreshTold {
        good: true,
        topics: Some(87),
        fields: Some(214),
        added: 3,
        gone: 1,
        changed: 1,
        ..RefreshTold::default()
    };
    let broken = RefreshTold {
        result: "breaks old_code (OldCode__c)".into(),
        lines: vec![
            (true, "old_code (OldCode__c)   the field is gone: values go nowhere".into()),
            (false, "+ Region__c   new field: Region".into()),
            (false, "+ Preferred_Day__c   new field: Preferred day".into()),
            (false, "+ Score__c   new field: Score".into()),
            (false, "- OldCode__c   field gone: Old code".into()),
            (false, "~ LeadSource   field renamed: Lead Source is Source".into()),
        ],
        ..changed.clone()
    };
    let same = RefreshTold {
        good: true,
        topics: Some(41),
        fields: Some(131),
        result: "no change".into(),
        ..RefreshTold::default()
    };
    let empty = RefreshTold {
        topics: Some(87),
        fields: Some(212),
        result: "segments: the answer was empty, old list kept".into(),
        ..RefreshTold::default()
    };
    for (name, told) in [
        (names[0], broken),
        (names[1], changed.clone()),
        (names[2], changed.clone()),
        (names[3], changed),
        (names[5], same),
        (names[8], empty),
    ] {
        run.take(&SiteName::new(name), told);
    }
    run
}
