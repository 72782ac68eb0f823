//! Builds fleets in a few words, for tests: what the wire would show, look by look.
//!
//! Times are minutes from [`at`]`(0)`, 12:00 on a Monday; negative ones lie before it.

mod rosters;

use crate::diagnosis::{Judgement, judge};
use crate::model::approval::approval_id;
use crate::model::org::{ConnectedApp, Coverage, RefreshPolicy, Refused};
use crate::model::settings::WP_FUSION_APP;
use crate::model::site::{Connection, LogRow, Staging};
use crate::model::{
    ApiUsage, Approval, Fact, Failure, FailureClass, Fingerprint, Fleet, Observation, OrgId, OrgName, OrgPicture,
    OrgState, OrgTerms, Organization, Permitted, ProveOutcome, Settings, SiteLog, SiteName, SiteState, SiteStatus,
    SiteTerms, Target, User, UserId,
};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
pub(super) use rosters::{broken, full, id, linked, sites, with_two};

/// Minutes of a day.
pub(super) const DAY: i64 = 1440;
/// The text of a dead refresh token, as the plugin logs it.
pub(super) const DEAD: &str =
    "Error performing apply_tags: Error refreshing access token: expired access/refresh token";

pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    let noon = Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).single().expect("a time");
    noon + TimeDelta::minutes(minutes)
}

pub(super) fn org_id(letter: char) -> OrgId {
    OrgId::parse(&format!("00D5g000000ORG{letter}")).expect("an org id")
}

pub(super) fn user_id(number: u8) -> UserId {
    UserId::parse(&format!("0055g00000USE{number:02}")).expect("a user id")
}

pub(super) fn token(number: u8) -> Fingerprint {
    Fingerprint::from_bytes([number; 16])
}

/// A site and what it would show when looked at next.
#[derive(Clone, Debug)]
pub(super) struct SiteBuilder {
    state: SiteState,
    status: SiteStatus,
    log: SiteLog,
    offset_s: i64,
    terms: SiteTerms,
}

/// A connected site of user 1 of org `E`, with token 1.
pub(super) fn site(name: &str) -> SiteBuilder {
    let url = format!("https://{name}");
    SiteBuilder {
        state: SiteState::unknown(SiteName::new(name)),
        status: SiteStatus {
            home_url: url.as_str().into(),
            title: name.into(),
            connection: Some(Connection {
                org: Some(org_id('E')),
                user: Some(user_id(1)),
                instance_url: "https://acme.my.salesforce.com".into(),
                access: Some(token(101)),
                refresh: Some(token(1)),
            }),
            staging: Staging { effective: false, duplicate: false, recorded_url: Some(url.as_str().into()) },
            ..SiteStatus::connected(0, 0)
        },
        log: SiteLog { enabled: true, rows: Vec::new() },
        offset_s: 0,
        terms: SiteTerms { url: url.into(), org: None, staging: false },
    }
}

impl SiteBuilder {
    /// Changes the status that the next look shows.
    pub(super) fn with(mut self, change: impl FnOnce(&mut SiteStatus)) -> Self {
        change(&mut self.status);
        self
    }

    fn connection(self, change: impl FnOnce(&mut Connection)) -> Self {
        self.with(|status| change(status.connection.as_mut().expect("a connection")))
    }

    /// Stores a connection again where there is none.
    pub(super) fn connected(self) -> Self {
        let fresh = site("any").status.connection;
        self.with(|status| status.connection = status.connection.take().or(fresh))
    }

    /// Another authorization: both tokens are new.
    pub(super) fn token(self, number: u8) -> Self {
        self.connection(|connection| {
            connection.refresh = Some(token(number));
            connection.access = Some(token(number + 100));
        })
    }

    /// A refresh: the access token is new.
    pub(super) fn access(self, number: u8) -> Self {
        self.connection(|connection| connection.access = Some(token(number)))
    }

    pub(super) fn user(self, number: u8) -> Self {
        self.connection(|connection| connection.user = Some(user_id(number)))
    }

    pub(super) fn in_org(self, letter: char) -> Self {
        self.connection(|connection| connection.org = Some(org_id(letter)))
    }

    /// The site's clock is ahead by so many seconds.
    pub(super) fn clock(mut self, offset_s: i64) -> Self {
        self.offset_s = offset_s;
        self
    }

    /// One more row of the log, written at `minutes` by the host's clock.
    pub(super) fn row(mut self, minutes: i64, message: &str) -> Self {
        let id = self.log.rows.len() as u64 + 1;
        let written = at(minutes) + TimeDelta::seconds(self.offset_s);
        self.log
            .rows
            .insert(0, LogRow { id, at: written, level: 500, source: "salesforce".into(), message: message.into() });
        self
    }

    fn see(mut self, minutes: i64, fact: Fact) -> Self {
        let target = Target::Site(self.state.name.clone());
        self.state.apply(&Observation { target, at: at(minutes), fact });
        self
    }

    /// A look that was answered.
    pub(super) fn looked(self, minutes: i64) -> Self {
        let (offset, status, log) = (self.offset_s, self.status.clone(), self.log.clone());
        self.see(minutes, Fact::Answered { clock_offset_s: offset })
            .see(minutes, Fact::Status(Box::new(status)))
            .see(minutes, Fact::Log(log))
    }

    pub(super) fn failed(self, minutes: i64, class: FailureClass) -> Self {
        self.see(minutes, Fact::Failed(Failure::new(class, "the words of whoever refused")))
    }

    pub(super) fn good(self, minutes: i64) -> Self {
        self.see(minutes, Fact::Prove(ProveOutcome::Good))
    }

    pub(super) fn withheld(self, minutes: i64) -> Self {
        self.see(minutes, Fact::Prove(ProveOutcome::Withheld))
    }

    pub(super) fn refused(self, minutes: i64, text: &str) -> Self {
        self.see(minutes, Fact::Prove(ProveOutcome::Refused { text: text.into() }))
    }

    /// One first look: status and log, and a call that works.
    pub(super) fn alive(self) -> Self {
        self.looked(0).good(0)
    }

    /// One first look at a site whose session is over.
    pub(super) fn quiet(self) -> Self {
        self.looked(0).withheld(0)
    }

    /// Marked as staging by the operator.
    pub(super) fn marked_staging(mut self) -> Self {
        self.terms.staging = true;
        self
    }

    /// Given to an org by the operator.
    pub(super) fn given_to(mut self, org: &str) -> Self {
        self.terms.org = Some(OrgName::new(org));
        self
    }

    pub(super) fn build(self) -> SiteState {
        self.state
    }
}

/// An org and what it would show when looked at next.
#[derive(Clone, Debug)]
pub(super) struct OrgBuilder {
    state: OrgState,
    picture: OrgPicture,
    terms: OrgTerms,
}

/// Org `acme` with id `E`: the app installed, refresh tokens valid until revoked, no approvals.
pub(super) fn acme() -> OrgBuilder {
    OrgBuilder {
        state: OrgState::unknown(OrgName::new("acme")),
        picture: OrgPicture {
            organization: Some(Permitted::Yes(Organization {
                id: org_id('E'),
                name: "Acme".into(),
                edition: "Enterprise Edition".into(),
                sandbox: false,
                instance: Some("EU42".into()),
                trial_ends_at: None,
            })),
            app: Permitted::Yes(Some(ConnectedApp {
                name: WP_FUSION_APP.into(),
                admin_approved_only: false,
                policy: RefreshPolicy::UntilRevoked,
            })),
            approvals: Permitted::Yes(Vec::new()),
            coverage: Coverage { complete: true, counted: None },
            users: Permitted::Yes(vec![user(1)]),
            api_usage: Permitted::Yes(ApiUsage { max: 100_000, used: 2_000 }),
            clock_offset_s: 0,
            history: None,
        },
        terms: OrgTerms::default(),
    }
}

fn user(number: u8) -> User {
    User {
        id: user_id(number),
        username: format!("ops{number}@acme.example").into(),
        active: true,
        frozen: Some(false),
    }
}

impl OrgBuilder {
    /// Changes what the next look shows.
    pub(super) fn with(mut self, change: impl FnOnce(&mut OrgPicture)) -> Self {
        change(&mut self.picture);
        self
    }

    pub(super) fn terms(mut self, change: impl FnOnce(&mut OrgTerms)) -> Self {
        change(&mut self.terms);
        self
    }

    pub(super) fn policy(self, policy: RefreshPolicy) -> Self {
        self.with(|picture| match &mut picture.app {
            Permitted::Yes(Some(app)) => app.policy = policy,
            _ => panic!("no app to set a policy of"),
        })
    }

    /// One more approval of user `number`, by the org's clock; times in minutes by the host's.
    pub(super) fn approval(self, number: u8, created: i64, last_used: i64, use_count: u32) -> Self {
        self.with(|picture| {
            let ahead = TimeDelta::seconds(picture.clock_offset_s);
            let (created_at, last_used_at) = (at(created) + ahead, Some(at(last_used) + ahead));
            let Permitted::Yes(rows) = &mut picture.approvals else { panic!("approvals may not be listed") };
            let user = user_id(number);
            let twins = rows.iter().filter(|row| row.user == user && row.created_at == created_at).count();
            let ordinal = u32::try_from(twins).expect("a few");
            let id = approval_id(&org_id('E'), &user, WP_FUSION_APP, created_at, ordinal);
            rows.push(Approval { id, user, app: WP_FUSION_APP.into(), created_at, last_used_at, use_count });
            rows.sort_by_key(|row| row.created_at);
        })
    }

    /// The oldest approval of all leaves.
    pub(super) fn without_oldest(self) -> Self {
        self.with(|picture| match &mut picture.approvals {
            Permitted::Yes(rows) => drop(rows.remove(0)),
            Permitted::No(_) => panic!("approvals may not be listed"),
        })
    }

    pub(super) fn users(self, change: impl FnOnce(&mut Vec<User>)) -> Self {
        self.with(|picture| match &mut picture.users {
            Permitted::Yes(users) => change(users),
            Permitted::No(_) => panic!("users may not be read"),
        })
    }

    pub(super) fn looked(mut self, minutes: i64) -> Self {
        for fact in self.picture.clone().into_facts(Some(&self.state)) {
            let target = Target::Org(self.state.name.clone());
            self.state.apply(&Observation { target, at: at(minutes), fact });
        }
        self
    }

    pub(super) fn failed(mut self, minutes: i64, class: FailureClass) -> Self {
        let (target, fact) = (Target::Org(self.state.name.clone()), Fact::Failed(Failure::new(class, "no")));
        self.state.apply(&Observation { target, at: at(minutes), fact });
        self
    }
}

pub(super) fn not_permitted<T>(permission: &str) -> Permitted<T> {
    Permitted::No(Refused { permission: permission.to_owned(), text: "insufficient access".into() })
}

/// A fleet with its settings.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    pub(super) fleet: Fleet,
    pub(super) settings: Settings,
}

/// A fleet of these sites and this org, as they have been looked at.
pub(super) fn scene(org: OrgBuilder, sites: impl IntoIterator<Item = SiteBuilder>) -> Scene {
    let mut scene = Scene::default();
    scene.settings.orgs.insert(org.state.name.clone(), org.terms);
    scene.fleet.put_org(org.state);
    for site in sites {
        scene.settings.sites.insert(site.state.name.clone(), site.terms);
        scene.fleet.put_site(site.state);
    }
    scene
}

impl Scene {
    pub(super) fn judge(&self, name: &str, minutes: i64) -> Judgement {
        judge(&self.fleet, &self.settings, &SiteName::new(name), at(minutes))
    }
}
