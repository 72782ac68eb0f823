//! `/limits/`: the org's allocations. All but the daily requests are never used here.

use super::answer::{Answer, Call};
use serde_json::{Map, Value, json};

/// Other allocations of an Enterprise org, with their maximum.
const UNTOUCHED: [(&str, u64); 9] = [
    ("ConcurrentAsyncGetReportInstances", 200),
    ("DailyAsyncApexExecutions", 250_000),
    ("DailyBulkApiBatches", 15_000),
    ("DailyBulkV2QueryJobs", 10_000),
    ("DailyDurableStreamingApiEvents", 10_000),
    ("DailyWorkflowEmails", 1_000),
    ("HourlyODataCallout", 1_000),
    ("HourlyTimeBasedWorkflow", 1_000),
    ("SingleEmail", 5_000),
];

/// Storage is told to those who manage users alone.
const STORAGE: [(&str, u64); 2] = [("DataStorageMB", 10_240), ("FileStorageMB", 10_240)];

pub(super) fn answer(call: &mut Call<'_>) -> Answer {
    let (now, asking) = (call.now, call.caller.user);
    let place = call.org_mut();
    let rights = place.users[asking].rights;
    if !rights.view_setup {
        let message = "insufficient access rights: View Setup and Configuration";
        return Answer::refused(403, "INSUFFICIENT_ACCESS", message);
    }
    let used = place.api.used(now);
    let mut rows: Map<String, Value> = Map::new();
    rows.insert("DailyApiRequests".to_owned(), row(place.api.max, place.api.max.saturating_sub(used)));
    let storage = STORAGE.iter().filter(|_| rights.manage_users);
    rows.extend(UNTOUCHED.iter().chain(storage).map(|(name, max)| ((*name).to_owned(), row(*max, *max))));
    Answer::new(200, Value::Object(rows))
}

fn row(max: u64, left: u64) -> Value {
    json!({ "Max": max, "Remaining": left })
}
