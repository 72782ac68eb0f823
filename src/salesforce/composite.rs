//! The one request of a look: its parts, what each needs, and its answer taken apart again, each part judged alone.
//!
//! A composite request counts as one API call and may hold five queries. Pure. Uses `model` alone.

use crate::model::org::{Permitted, Refused};
use crate::model::{Clean, Permission, UserId};
use crate::salesforce::error::Error;
use crate::salesforce::redact::Redactor;
use crate::salesforce::{API_VERSION, refusals, soql, wire};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use strum::Display;
use url::form_urlencoded;

/// Parts of a composite request. Their names are the reference ids on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Part {
    Organization,
    Approvals,
    Changed,
    Count,
    App,
    Users,
    Frozen,
    Rights,
    Limits,
    Logins,
    Sessions,
    SetupChanges,
    ExternalApps,
    ExternalPolicies,
    OtherApprovals,
}

impl Part {
    /// The permission that Salesforce's documentation asks for.
    pub(super) fn permission(self) -> Permission {
        match self {
            // Everybody may ask for their own rights.
            Self::Organization | Self::Rights => Permission::ApiEnabled,
            Self::Approvals | Self::Changed | Self::Count | Self::OtherApprovals => Permission::CustomizeApplication,
            Self::App | Self::Limits | Self::SetupChanges | Self::ExternalApps | Self::ExternalPolicies => {
                Permission::ViewSetup
            }
            Self::Users => Permission::ReadUser,
            Self::Frozen | Self::Sessions => Permission::ManageUsers,
            Self::Logins => Permission::MonitorLoginHistory,
        }
    }
}

/// The body of a composite request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    all_or_none: bool,
    composite_request: Vec<Subrequest>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Subrequest {
    method: &'static str,
    url: String,
    reference_id: String,
}

impl Request {
    fn new(parts: Vec<(Part, String)>) -> Self {
        let subrequest =
            |(part, url): (Part, String)| Subrequest { method: "GET", url, reference_id: part.to_string() };
        Self { all_or_none: false, composite_request: parts.into_iter().map(subrequest).collect() }
    }

    /// The request of a look, and others for users that it has no room for.
    ///
    /// Of the five queries three are always the same, which leaves two for three questions. Users are asked for where
    /// some are named. What gives way to them is the signed-in user's rights, which matter to a short list of approvals
    /// alone; or, where a short list is to be expected, who is frozen: there is no approval then that it would stop.
    pub(super) fn look(app: &Clean, users: &[&UserId], short_list: bool) -> (Self, Vec<Self>) {
        let mut people = users.chunks(soql::MOST_IDS).map(|ids| (Part::Users, query_path(&soql::users(ids))));
        let mut parts = vec![
            (Part::Organization, query_path(soql::ORGANIZATION)),
            (Part::Approvals, query_path(&soql::approvals(app))),
            (Part::App, query_path(&soql::app(app))),
            (Part::Limits, format!("/services/data/{API_VERSION}/limits/")),
        ];
        parts.extend(people.next());
        if users.is_empty() || !short_list {
            parts.push((Part::Frozen, query_path(soql::FROZEN)));
        }
        if users.is_empty() || short_list {
            parts.push((Part::Rights, query_path(soql::OWN_RIGHTS)));
        }
        (Self::new(parts), people.map(|part| Self::new(vec![part])).collect())
    }

    /// The request of a look at an org whose approvals are known up to `since`, and others for users that it has no room
    /// for. The org itself is not asked for: the session's own identity tells which one it is.
    pub(super) fn changes(app: &Clean, since: DateTime<Utc>, users: &[&UserId]) -> (Self, Vec<Self>) {
        let mut people = users.chunks(soql::MOST_IDS).map(|ids| (Part::Users, query_path(&soql::users(ids))));
        let mut parts = vec![
            (Part::Changed, query_path(&soql::changed_approvals(app, since))),
            (Part::Count, query_path(&soql::count_approvals(app))),
            (Part::App, query_path(&soql::app(app))),
            (Part::Limits, format!("/services/data/{API_VERSION}/limits/")),
            (Part::Frozen, query_path(soql::FROZEN)),
        ];
        parts.extend(people.next());
        (Self::new(parts), people.map(|part| Self::new(vec![part])).collect())
    }

    /// The requests of the slower look: what is asked of the org as a whole, with the first users, and others for more
    /// users. What users approved of other apps stands in the second, which is made for it alone where all users fit into
    /// the first.
    pub(super) fn history(
        app: &Clean,
        users: &[&UserId],
        logins_from: DateTime<Utc>,
        changes_from: DateTime<Utc>,
    ) -> Vec<Self> {
        let mut people = users.chunks(soql::MOST_IDS).map(|ids| {
            vec![
                (Part::Logins, query_path(&soql::logins(ids, logins_from))),
                (Part::Sessions, query_path(&soql::sessions(ids))),
            ]
        });
        let mut first = people.next().unwrap_or_default();
        first.extend([
            (Part::SetupChanges, query_path(&soql::setup_changes(changes_from))),
            (Part::ExternalApps, query_path(soql::EXTERNAL_APPS)),
            (Part::ExternalPolicies, query_path(soql::EXTERNAL_POLICIES)),
        ]);
        let mut requests: Vec<_> = std::iter::once(first).chain(people).collect();
        if let Some(ids) = users.chunks(soql::MOST_IDS).next() {
            let others = (Part::OtherApprovals, query_path(&soql::other_approvals(app, ids)));
            match requests.get_mut(1) {
                Some(second) => second.push(others),
                None => requests.push(vec![others]),
            }
        }
        requests.into_iter().map(Self::new).collect()
    }

    /// Whether it asks for `part`.
    pub(super) fn asks(&self, part: Part) -> bool {
        let name = part.to_string();
        self.composite_request.iter().any(|part| part.reference_id == name)
    }

    #[cfg(test)]
    pub(super) fn queries(&self) -> usize {
        self.composite_request.iter().filter(|part| part.url.contains("/query?q=")).count()
    }
}

/// The path of a query.
pub(super) fn query_path(query: &str) -> String {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    format!("/services/data/{API_VERSION}/query?q={query}")
}

/// The answer.
pub(super) struct Answer<'a> {
    parts: Vec<wire::Part>,
    redactor: &'a Redactor,
}

impl<'a> Answer<'a> {
    /// Reads the body of an answer of 200.
    pub(super) fn read(body: &[u8], redactor: &'a Redactor) -> Result<Self, Error> {
        match serde_json::from_slice::<wire::Composite>(body) {
            Ok(wire::Composite { parts }) => Ok(Self { parts, redactor }),
            Err(_) => Err(refusals::no_answer("an answer to a composite request was expected", body, redactor)),
        }
    }

    /// One part. A right that is missing is an answer (`Permitted::No`). Any other failure fails the whole look: half a
    /// picture would be taken for a change.
    pub(super) fn part<T: DeserializeOwned>(&self, part: Part) -> Result<Permitted<T>, Error> {
        let name = part.to_string();
        let Some(answer) = self.parts.iter().find(|answer| answer.reference_id == name) else {
            return Err(refusals::no_answer(&format!("the answer has no part {name:?}"), b"", self.redactor));
        };
        let body = answer.body.to_string();
        if !(200..300).contains(&answer.http_status_code) {
            let error = refusals::rest(answer.http_status_code, body.as_bytes(), self.redactor);
            return if error.kind().is_refusal() {
                Ok(Permitted::No(Refused { permission: part.permission().to_string(), text: error.text().clone() }))
            } else {
                Err(error)
            };
        }
        serde_json::from_str(&body).map(Permitted::Yes).map_err(|_| {
            refusals::no_answer(&format!("the part {name:?} is not what was asked for"), body.as_bytes(), self.redactor)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::error::Kind;

    fn ids(count: u32) -> Vec<UserId> {
        (0..count).map(|n| UserId::parse(&format!("0055g0000{n:06}")).expect("a user id")).collect()
    }

    #[test]
    fn a_look_fits_into_one_composite_request() {
        let ids = ids(u32::try_from(soql::MOST_IDS).expect("a small number"));
        let ids: Vec<_> = ids.iter().collect();
        for (users, short_list, two) in [
            (&ids[..], false, ["users", "frozen"]),
            (&ids[..], true, ["users", "rights"]),
            (&[], false, ["frozen", "rights"]),
            (&[], true, ["frozen", "rights"]),
        ] {
            let (request, more) = Request::look(&"WP Fusion (OAuth)".into(), users, short_list);
            assert_eq!((request.queries(), more.len()), (5, 0));
            let body = serde_json::to_value(&request).expect("JSON");
            assert_eq!(body["allOrNone"], false);
            let parts = body["compositeRequest"].as_array().expect("parts");
            let names: Vec<_> = parts.iter().map(|part| part["referenceId"].as_str().expect("a name")).collect();
            assert_eq!((&names[..4], &names[4..]), (&["organization", "approvals", "app", "limits"][..], &two[..]));
            for part in parts {
                assert!(part["url"].as_str().expect("a url").len() < 16_384, "{part}");
            }
        }
    }

    #[test]
    fn a_look_for_changes_fits_as_well() {
        let ids = ids(700);
        let ids: Vec<_> = ids.iter().collect();
        let (request, more) = Request::changes(&"WP Fusion (OAuth)".into(), DateTime::UNIX_EPOCH, &ids);
        assert_eq!((request.queries(), more.len()), (5, 2));
        let (request, _) = Request::changes(&"WP Fusion (OAuth)".into(), DateTime::UNIX_EPOCH, &[]);
        assert_eq!((request.queries(), request.asks(Part::Organization)), (4, false));
    }

    #[test]
    fn the_slower_look_fits_too() {
        let ids = ids(900);
        let ids: Vec<_> = ids.iter().collect();
        let requests = |ids| Request::history(&"app".into(), ids, DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let queries = |ids| requests(ids).iter().map(Request::queries).collect::<Vec<_>>();
        assert_eq!((queries(&[]), queries(&ids[..300]), queries(&ids)), (vec![3], vec![5, 1], vec![5, 3, 2]));
        for part in requests(&ids).iter().flat_map(|request| &request.composite_request) {
            assert!(part.url.len() < 16_384, "{}", part.url);
        }
    }

    #[test]
    fn users_beyond_the_first_request_fill_others() {
        let ids = ids(700);
        let ids: Vec<_> = ids.iter().collect();
        let (first, more) = Request::look(&"WP Fusion (OAuth)".into(), &ids, false);
        let more: Vec<_> = more.iter().map(|request| (request.queries(), request.asks(Part::Users))).collect();
        assert_eq!((first.queries(), more), (5, vec![(1, true); 2]));
    }

    #[test]
    fn a_part_that_is_not_there_or_another_thing_is_a_bad_answer() {
        let redactor = Redactor::default();
        let body = br#"{"compositeResponse":[{"body":{"rows":1},"httpStatusCode":200,"referenceId":"app"}]}"#;
        let answer = Answer::read(body, &redactor).expect("a composite answer");
        for part in [Part::App, Part::Users] {
            let error = answer.part::<wire::Page<wire::UserRow>>(part).err().expect("an error");
            assert_eq!(error.kind(), Kind::BadAnswer, "{error}");
            assert!(error.text().as_str().contains(&part.to_string()), "{error}");
        }
    }
}
