//! The fold that is kept is the fold of the history that is kept.

use super::*;
use crate::model::approval::approval_id;
use crate::model::org::{Coverage, RefreshPolicy, Refused};
use crate::model::site::{Connection, SiteLog, SiteStatus};
use crate::model::{
    ApiUsage, Approval, ConnectedApp, Dated, Days, Failure, FailureClass, Fingerprint, OrgName, OrgState, Trace, User,
    UserId,
};
use proptest::option;
use proptest::prelude::*;

/// The observations that a history stands for: each span's first and last look, in the order of time. Looks of one
/// time keep the order in which their spans began.
fn replay(target: &Target, spans: Vec<Dated<Fact>>) -> Vec<Observation> {
    let mut looks: Vec<(DateTime<Utc>, Fact)> = Vec::new();
    for span in spans {
        if span.seen_at > span.since {
            looks.push((span.seen_at, span.value.clone()));
        }
        looks.push((span.since, span.value));
    }
    looks.sort_by_key(|(at, _)| *at);
    looks.into_iter().map(|(at, fact)| Observation { target: target.clone(), at, fact }).collect()
}

fn reach() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (0..2_i64).prop_map(|n| Fact::Answered { clock_offset_s: n * 5 }),
        Just(Fact::Failed(Failure::new(FailureClass::Timeout, "no answer"))),
    ]
}

fn status() -> impl Strategy<Value = Fact> {
    let token = || option::of((0..3_u8).prop_map(|n| Fingerprint::from_bytes([n; 16])));
    let connection = option::of((token(), token()).prop_map(|(access, refresh)| Connection {
        org: None,
        user: None,
        instance_url: "https://acme.my.salesforce.com".into(),
        access,
        refresh,
    }));
    (connection, 0..2_u32).prop_map(|(connection, tags)| {
        let configured = connection.is_some();
        let status = SiteStatus {
            connection_configured: configured,
            connection,
            tags: Some(tags),
            ..SiteStatus::connected(0, 0)
        };
        Fact::Status(Box::new(status))
    })
}

fn prove() -> impl Strategy<Value = Fact> {
    prop_oneof![Just(Fact::Prove(ProveOutcome::Good)), Just(Fact::Prove(ProveOutcome::Withheld)), Just(refused("dead")),]
}

/// What one look at a site may bring.
fn site_look() -> impl Strategy<Value = Vec<Fact>> {
    let log = any::<bool>().prop_map(|enabled| Fact::Log(SiteLog { enabled, rows: Vec::new() }));
    (reach(), option::of(status()), option::of(log), option::of(prove()))
        .prop_map(|(reach, status, log, prove)| [Some(reach), status, log, prove].into_iter().flatten().collect())
}

fn refusal() -> Refused {
    Refused { permission: "Customize Application".to_owned(), text: "no".into() }
}

fn user_id(n: u8) -> UserId {
    UserId::parse(&format!("0055g000000USE{n}")).expect("a user id")
}

fn approvals(user: u8) -> impl Strategy<Value = Fact> {
    let app = "WP Fusion (OAuth)";
    prop::collection::btree_set(0..4_i64, 0..3).prop_map(move |created| {
        let row = |created| Approval {
            id: approval_id(&org_id('E'), &user_id(user), app, at(created), 0),
            user: user_id(user),
            app: app.into(),
            created_at: at(created),
            last_used_at: None,
            use_count: 0,
        };
        Fact::Approvals { user: user_id(user), rows: created.into_iter().map(row).collect() }
    })
}

fn users() -> impl Strategy<Value = Vec<Fact>> {
    let user = |n| {
        any::<bool>()
            .prop_map(move |active| Fact::User(User { id: user_id(n), username: "ops".into(), active, frozen: None }))
    };
    prop_oneof![
        Just(vec![Fact::UsersRefused(refusal())]),
        (option::of(user(0)), option::of(user(1))).prop_map(|(one, two)| one.into_iter().chain(two).collect()),
    ]
}

/// What one look at an org may bring, in the order of `OrgPicture::into_facts`.
fn org_look() -> impl Strategy<Value = Vec<Fact>> {
    let organization = prop_oneof![
        6 => Just(organization(&org_id('E'))),
        2 => Just(organization(&org_id('F'))),
        1 => Just(Fact::Organization(Permitted::No(refusal()))),
    ];
    let app = prop_oneof![
        3 => Just(Permitted::Yes(Some(ConnectedApp {
            name: "WP Fusion (OAuth)".into(),
            admin_approved_only: false,
            policy: RefreshPolicy::UntilRevoked,
        }))),
        1 => Just(Permitted::Yes(None)),
        1 => Just(Permitted::No(refusal())),
    ]
    .prop_map(Fact::App);
    let coverage =
        any::<bool>().prop_map(|complete| Fact::Coverage(Permitted::Yes(Coverage { complete, counted: None })));
    let usage = (0..2_u64).prop_map(|used| Fact::ApiUsage(Permitted::Yes(ApiUsage { max: 100, used })));
    let listed =
        (option::of(organization), option::of(app), coverage, option::of(approvals(0)), option::of(approvals(1)));
    (reach(), listed, users(), usage).prop_map(|(reach, (organization, app, coverage, one, two), users, usage)| {
        let listed = [Some(reach), organization, app, Some(coverage), one, two].into_iter().flatten();
        listed.chain(users).chain([usage]).collect()
    })
}

/// Looks with the minutes between them; some far apart, so that what is kept for a time only goes.
fn looks(look: impl Strategy<Value = Vec<Fact>>) -> impl Strategy<Value = Vec<(i64, Vec<Fact>)>> {
    let pause = prop_oneof![9 => 1..600_i64, 1 => 40_000..50_000_i64];
    prop::collection::vec((pause, look), 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_sites_history_folds_into_its_state(looks in looks(site_look())) {
        let (_directory, path) = place();
        let mut store = open(&path);
        let (name, target) = (SiteName::new("shop"), site("shop"));
        let mut state = SiteState::unknown(name.clone());
        let mut now = 0;
        for (minutes, facts) in looks {
            now += minutes * 60;
            let observations: Vec<_> = facts.into_iter().map(|fact| seen(&target, now, fact)).collect();
            for observation in &observations {
                state.apply(observation);
            }
            store.record(&Record { observations, site: Some(state.clone()), ..Record::default() }).expect("recorded");
        }
        let mut folded = SiteState::unknown(name.clone());
        let history = store.history(&target, None, always()).expect("history").items;
        for observation in replay(&target, history) {
            folded.apply(&observation);
        }
        let kept = store.site_state(&name).expect("a state");
        prop_assert_eq!(&kept, &Some(state), "the trace included");
        // The history keeps the first and the last look of what stayed the same, the trace those between them too.
        let untraced = |state: SiteState| SiteState { trace: Trace::default(), ..state };
        prop_assert_eq!(kept.map(untraced), Some(untraced(folded)));
    }

    #[test]
    fn an_orgs_history_folds_into_its_state(looks in looks(org_look())) {
        let (_directory, path) = place();
        let mut store = open(&path);
        let name = OrgName::new("acme");
        let target = Target::Org(name.clone());
        let mut state = OrgState::unknown(name.clone());
        let mut now = 0;
        for (minutes, facts) in looks {
            now += minutes * 60;
            let observations: Vec<_> = facts.into_iter().map(|fact| seen(&target, now, fact)).collect();
            for observation in &observations {
                state.apply(observation);
            }
            store.record(&Record { observations, org: Some(state.clone()), ..Record::default() }).expect("recorded");
        }
        let mut folded = OrgState::unknown(name.clone());
        let history = store.history(&target, None, always()).expect("history").items;
        for observation in replay(&target, history) {
            folded.apply(&observation);
        }
        let kept = store.org_state(&name).expect("a state");
        prop_assert_eq!(&kept, &Some(state), "the days included");
        // So do the days on which an approval was looked at and nothing of it had changed.
        let undated = |mut state: OrgState| {
            state.uses.values_mut().for_each(|uses| uses.days = Days::default());
            state
        };
        prop_assert_eq!(kept.map(undated), Some(undated(folded)));
    }
}
