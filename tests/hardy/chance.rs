//! Chance with a seed: sizes, texts and fleets as bad as the world has them.

use chrono::{DateTime, TimeDelta, Utc};
use fusebox::model::authorization::Errors;
use fusebox::model::org::Refused;
use fusebox::model::trail::TrailState;
use fusebox::model::{
    ActionClass, ApiUsage, AppUse, Approval, ApprovalId, Attribution, Authorization, Basis, Cause, Clean, Confidence,
    Confirmation, Course, Ending, Evidence, EvidenceKind, Expiry, Finding, Health, HeldSlot, Holder, Intent,
    LedgerEntry, Loss, OrgBoard, OrgFacts, OrgId, OrgLedger, OrgName, Origin, Orphan, OtherApp, Others, Preview,
    Remedy, Removed, Rotation, Safer, Severity, SiteDetail, SiteName, SiteRow, Slot, SlotCheck, SlotCost, SlotLoss,
    Standing, Target, Trail, TrailLine, UserBoard, UserFacts, UserId, UserLedger, Watching, Whose,
};
use fusebox::protocol::{Command, OperationId, Picture, Poll, Poller, Question};
use ratatui::layout::Size;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use strum::IntoEnumIterator;

/// Repeats or varies a run.
const SEED: &str = "FUSEBOX_TEST_SEED";

/// How many notes a failure tells.
const NOTES: usize = 30;

/// Names as they come: plain, long, wide, joined, right to left, with what a terminal would obey.
const TEXTS: [&str; 16] = [
    "shop.example.org",
    "fund.example.net",
    "x",
    "",
    "a.very.long.name.that.no.column.was.ever.made.for.and.that.goes.on.example.org",
    "漢字漢字漢字漢字漢字漢字漢字漢字",
    "e\u{301}\u{301}\u{301}.example",
    "👩‍👩‍👧‍👦.example",
    "🇩🇪🇫🇷 flags",
    "مثال.إختبار",
    "\u{202e}gro.elpmaxe",
    "\u{1b}[2J\u{1b}]52;c;eA==\u{7}",
    "two\nlines\tand a tab",
    "acme !ok /( [a-",
    "state:fail org:acme idle>20d -",
    "\u{0}\u{7f}\u{9b}31m",
];

/// The time so many seconds into a run.
pub(crate) fn now(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).expect("a time")
}

/// Chance, and what it led to lately. Tells both where the test fails.
pub(crate) struct Chance {
    rng: fastrand::Rng,
    seed: u64,
    notes: VecDeque<String>,
}

impl Chance {
    pub(crate) fn new() -> Self {
        let seed = std::env::var(SEED).ok().map_or(7, |seed| seed.parse().expect("a seed is a number"));
        Self { rng: fastrand::Rng::with_seed(seed), seed, notes: VecDeque::new() }
    }

    /// Remembers a step for the words of a failure.
    pub(crate) fn note(&mut self, note: String) {
        if self.notes.len() == NOTES {
            self.notes.pop_front();
        }
        self.notes.push_back(note);
    }

    /// A number from 0 to below `end`.
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        self.rng.i64(0..end)
    }

    /// Whether something happens that does so `times` times `of` so many.
    pub(crate) fn odds(&mut self, times: i64, of: i64) -> bool {
        self.below(of) < times
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(0..choices.len())]
    }

    /// 1x1 to 500x200, small ones more often: there things get in each other's way.
    pub(crate) fn size(&mut self) -> Size {
        let mut side = |most| (0..3).map(|_| self.rng.u16(1..=most)).min().unwrap_or(most);
        Size::new(side(500), side(200))
    }

    pub(crate) fn character(&mut self) -> char {
        if self.odds(3, 4) {
            self.one_of(&[' ', 'a', 'k', 'q', '!', '/', ':', '(', '\\', '漢', '\u{301}', 'é', '9'])
        } else {
            self.rng.char(..)
        }
    }

    /// Text from outside: one of the bad ones, or a few of them at once.
    pub(crate) fn text(&mut self) -> String {
        (0..=self.below(3)).map(|_| self.one_of(&TEXTS)).collect::<Vec<_>>().join(" ")
    }

    fn one<T>(&mut self, all: impl Iterator<Item = T>) -> T {
        let all: Vec<T> = all.collect();
        let at = self.rng.usize(0..all.len());
        all.into_iter().nth(at).expect("one of them")
    }

    pub(crate) fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.odds(3, 4).then(|| make(self))
    }

    /// A time near `seconds`, mostly before, and now and then far off.
    pub(crate) fn time(&mut self, seconds: i64) -> DateTime<Utc> {
        let span = self.one_of(&[60, 3_600, 86_400, 40 * 86_400, 10_000 * 86_400]);
        now(seconds) + TimeDelta::seconds(self.below(span) - span * 3 / 4)
    }

    fn org(&mut self) -> OrgName {
        OrgName::new(self.one_of(&["acme", "beta", "漢字株式会社", "an-org-of-a-very-long-name"]))
    }

    fn row(&mut self, name: SiteName, seconds: i64) -> SiteRow {
        let url = self.one_of(&["https://shop.example.org", "http://127.0.0.1:8080/blog", "ssh://host", ""]);
        if self.odds(1, 8) {
            return SiteRow::unseen(name, url.into());
        }
        SiteRow {
            org: self.maybe(Self::org),
            user: self.maybe(|chance| Clean::new(chance.text())),
            health: self.one(Health::iter()),
            cause: self.maybe(|chance| chance.one(Cause::iter())),
            reason: self.text(),
            why: self.text().into(),
            confidence: self.maybe(|chance| chance.one_of(&[Confidence::High, Confidence::Medium, Confidence::Low])),
            since: self.maybe(|chance| chance.time(seconds)),
            proof_at: self.maybe(|chance| chance.time(seconds)),
            slot: self.maybe(Self::slot),
            refresh_token: self.expiry(seconds),
            use_count: self.maybe(|chance| chance.one_of(&[0, 7, 99_999, u32::MAX])),
            observed_at: self.maybe(|chance| chance.time(seconds)),
            ..SiteRow::unseen(name, url.into())
        }
    }

    fn slot(&mut self) -> Slot {
        Slot {
            position: self.maybe(|chance| chance.one_of(&[1, 4, 12, 100])),
            used: self.maybe(|chance| chance.one_of(&[0, 4, 9, 100])),
            limit: self.one_of(&[0, 1, 4, 5, 8, 9, 16, 100]),
            approval_id: None,
            next_out: self.odds(1, 3),
            tied: false,
            shared: self.odds(1, 3),
        }
    }

    fn expiry(&mut self, seconds: i64) -> Expiry {
        let origin = self.one_of(&[Origin::Measured, Origin::Policy, Origin::Operator]);
        match self.below(4) {
            0 => Expiry::Dead,
            1 => Expiry::Never { origin },
            2 => Expiry::unknown(self.text()),
            _ => Expiry::At { at: self.time(seconds), origin },
        }
    }

    fn board(&mut self, name: OrgName, seconds: i64) -> OrgBoard {
        let holders = [Holder::Orphan, Holder::Unknown, Holder::Unseen];
        let users = (0..self.below(6)).map(|n| UserBoard {
            id: UserId::parse(&format!("005000000000{n:03}")).expect("an id"),
            name: Clean::new(self.text()),
            slots: (0..self.below(12)).map(|_| self.holder(&holders)).collect(),
            used: self.maybe(|chance| chance.one_of(&[0, 4, 9, 100])),
            facts: UserFacts {
                active: self.maybe(|chance| chance.odds(1, 2)),
                frozen: self.maybe(|chance| chance.odds(1, 2)),
                oldest_at: self.maybe(|chance| chance.time(seconds)),
                tied: self.odds(1, 4),
                shared: self.one_of(&[0, 1, 3]),
                unplaced: (0..self.below(3)).map(|_| SiteName::new(self.text())).collect(),
            },
        });
        let users = users.collect();
        OrgBoard {
            name,
            url: self.one_of(&["https://acme.my.salesforce.com", "https://login.salesforce.com", "nowhere"]).into(),
            sandbox: self.maybe(|chance| chance.odds(1, 2)),
            policy: None,
            policy_unit: None,
            rotation: Rotation::Unknown,
            slot_limit: self.one_of(&[0, 1, 4, 5, 16]),
            sites: self.rng.usize(0..40),
            users,
            refused: None,
            failure: None,
            answered_at: self.maybe(|chance| chance.time(seconds)),
            clock_offset_s: self.one_of(&[0, 90, -4_000, i64::MAX]),
            facts: OrgFacts {
                id: None,
                edition: self.maybe(|chance| Clean::new(chance.text())),
                app_installed: self.maybe(|chance| chance.odds(1, 2)),
                app: Clean::new(self.text()),
                usage: self.maybe(|chance| ApiUsage { max: chance.one_of(&[0, 15_000]), used: 7 }),
                missing: (0..self.below(3))
                    .map(|_| Refused { permission: self.text(), text: Clean::new(self.text()) })
                    .collect(),
                other_apps: self.maybe(|chance| {
                    let one = |chance: &mut Self| AppUse {
                        app: Clean::new(chance.text()),
                        users: chance.one_of(&[0, u32::MAX]),
                        approvals: 1,
                    };
                    (0..chance.below(9)).map(|_| one(chance)).collect()
                }),
            },
        }
    }

    /// The audit, whole or not.
    pub(crate) fn trail(&mut self, seconds: i64) -> Trail {
        let line = |chance: &mut Self, number| TrailLine {
            number,
            at: now(seconds),
            id: chance.text().into(),
            operation: chance.text().into(),
            class: ActionClass::Spend,
            phase: chance.text().into(),
            target: chance.text().into(),
            account: chance.odds(1, 2).then(|| chance.text().into()),
            by: chance.text().into(),
            operator: chance.text().into(),
            what: chance.text().into(),
            outcome: chance.odds(1, 2).then(|| chance.text().into()),
            code: chance.text().into(),
        };
        let state = match self.below(3) {
            0 => TrailState::Good,
            1 => TrailState::Damaged { line: 3, what: self.text().into() },
            _ => TrailState::Unread(self.text().into()),
        };
        let lines = (0..self.below(60)).map(|number| line(self, number.unsigned_abs())).collect();
        Trail { lines, older: 0, state }
    }

    /// A user's slots: what they say need not agree.
    fn slots(&mut self, seconds: i64) -> SlotCheck {
        let held: Vec<HeldSlot> = (0..self.below(6)).map(|_| self.held(seconds)).collect();
        let removes = held.iter().filter(|_| self.odds(1, 3));
        let removes = removes.map(|held| Removed::Held { approval_id: held.approval_id }).collect();
        let cost = SlotCost { site: SiteName::new(self.text()), used: None, removes, loss: SlotLoss::Nothing };
        let loss = SlotLoss::Possible { sites: vec![SiteName::new(self.text())] };
        SlotCheck {
            org: OrgName::new(self.text()),
            user: UserId::parse("0055g0000000001AAA").expect("a user id"),
            name: Clean::new(self.text()),
            unusable: None,
            used: self.maybe(|chance| chance.one_of(&[0, 4, u32::MAX])),
            limit: self.one_of(&[0, 1, 4, 9, u32::MAX]),
            seen_at: None,
            held,
            costs: if self.odds(1, 2) { vec![SlotCost { loss, ..cost }] } else { Vec::new() },
            safer: Vec::new(),
        }
    }

    fn held(&mut self, seconds: i64) -> HeldSlot {
        let sites = (0..self.below(4)).map(|_| SiteName::new(self.text())).collect();
        let whose = match self.below(3) {
            0 => Whose::Nobody { safe: true, reason: self.text() },
            1 => Whose::OneOf { sites },
            _ => Whose::Sites { sites, confidence: Confidence::High, sure: true, dead: false },
        };
        HeldSlot {
            approval_id: ApprovalId::parse(&format!("{:032x}", self.below(9))).expect("32 digits"),
            created_at: self.time(seconds),
            last_used_at: None,
            use_count: self.one_of(&[0, 1, u32::MAX]),
            tied: self.odds(1, 2),
            whose,
        }
    }

    /// An authorization, as bad as it may come.
    pub(crate) fn watching(&mut self, seconds: i64) -> Watching {
        let approval = ApprovalId::parse(&format!("{seconds:032x}")).expect("32 digits");
        let began_at = self.time(seconds);
        let course = match self.below(5) {
            0 => Course::Approved { approval },
            1 => Course::WrongOrg { org: None },
            2 => Course::WrongUser { user: None },
            _ => Course::Waiting,
        };
        let ending = match self.below(6) {
            0 => Some(Ending::Verified { approval: self.maybe(|_| approval) }),
            1 => Some(Ending::WrongUser { user: Clean::new(self.text()), kept: self.odds(1, 2) }),
            2 => Some(Ending::Refused { text: Clean::new(self.text()) }),
            3 => Some(Ending::Stopped),
            _ => None,
        };
        Watching {
            authorization: Authorization {
                id: "0badcafe".to_owned(),
                site: SiteName::new(self.text()),
                org: OrgName::new(self.text()),
                org_id: OrgId::parse("00D5g000004F2xyEAC").expect("an org id"),
                user: UserId::parse("0055g0000000001AAA").expect("a user id"),
                user_name: Clean::new(self.text()),
                first: self.odds(1, 2),
                object_type: self.maybe(|chance| Clean::new(chance.text())),
                refresh: None,
                approvals: std::collections::BTreeSet::new(),
                began_at,
                gives_up_at: self.time(seconds),
            },
            sandbox: self.maybe(|chance| chance.odds(1, 2)),
            used: self.maybe(|chance| chance.one_of(&[0, 4, u32::MAX])),
            limit: self.one_of(&[0, 4, u32::MAX]),
            ended_at: self.maybe(|chance| chance.time(seconds)),
            slots: self.maybe(|chance| Box::new(chance.slots(seconds))),
            down_since: self.maybe(|chance| chance.time(seconds)),
            errors: self.maybe(|chance| Errors { count: chance.one_of(&[0, 1, usize::MAX]), more: chance.odds(1, 2) }),
            standing: Standing {
                link: self.maybe(|chance| format!("https://x.example/{}", chance.text().repeat(9))),
                link_note: self.maybe(|chance| Clean::new(chance.text())),
                looks: self.one_of(&[0, 1, u32::MAX]),
                course,
                trouble: self.maybe(|chance| Clean::new(chance.text())),
                refused: self.maybe(|chance| Clean::new(chance.text())),
                ending,
            },
        }
    }

    /// What an action would do, and how it is confirmed.
    pub(crate) fn question(&mut self, id: OperationId) -> Question {
        let confirm = if self.odds(1, 2) {
            Confirmation::Yes(self.text().into())
        } else {
            Confirmation::Type { word: self.text().into(), to: self.text().into() }
        };
        let step = |chance: &mut Self| Safer {
            what: chance.text().into(),
            costs: chance.text().into(),
            intent: chance.odds(1, 2).then_some(Intent::Write),
        };
        let loses = self.odds(1, 2).then(|| Loss {
            how: self.text().into(),
            name: self.text().into(),
            fact: self.text().into(),
        });
        let preview = Preview {
            title: self.text().into(),
            class: ActionClass::Write,
            loses,
            does: (0..self.below(5)).map(|_| self.text().into()).collect(),
            slots: self.maybe(|chance| Box::new(chance.slots(0))),
            steps: (0..self.below(9)).map(|_| self.text().into()).collect(),
            safer: (0..self.below(4)).map(|_| step(self)).collect(),
            confirm,
        };
        let command = if self.odds(1, 2) {
            let sites = (0..self.below(5)).map(|_| SiteName::new(self.text())).collect();
            Command::RefreshFields { id, sites }
        } else {
            Command::AllowWriting(id)
        };
        Question { preview, command }
    }

    /// Who holds which slot, as bad as it may come: it need not agree with the board.
    pub(crate) fn ledger(&mut self, board: &OrgBoard, seconds: i64) -> OrgLedger {
        let users = board.users.iter().map(|user| {
            let entries = (0..self.below(9)).map(|n| self.entry(user, n, seconds)).collect();
            UserLedger {
                id: user.id.clone(),
                name: Clean::new(self.text()),
                active: None,
                frozen: None,
                used: self.maybe(|chance| chance.one_of(&[0, 4, 100])),
                limit: self.one_of(&[0, 1, 4, 16, u32::MAX]),
                seen_over_limit: self.maybe(|chance| chance.one_of(&[5, 9])),
                entries,
                departed: Vec::new(),
                unplaced: Vec::new(),
                other_apps: self.maybe(|chance| Others {
                    apps: (0..chance.below(3)).map(|_| chance.other_app(user, seconds)).collect(),
                    complete: chance.odds(1, 2),
                }),
            }
        });
        let users = users.collect();
        OrgLedger { org: board.name.clone(), complete: false, refused: None, seen_at: None, users }
    }

    fn other_app(&mut self, user: &UserBoard, seconds: i64) -> OtherApp {
        OtherApp {
            user: user.id.clone(),
            app: Clean::new(self.text()),
            approvals: self.one_of(&[0, 1, u32::MAX]),
            used_at: self.maybe(|chance| chance.time(seconds)),
        }
    }

    fn entry(&mut self, user: &UserBoard, n: i64, seconds: i64) -> LedgerEntry {
        let created = self.time(seconds);
        let evidence = |chance: &mut Self| Evidence {
            at: chance.maybe(|chance| chance.time(seconds)),
            supports: chance.odds(1, 2),
            source: "measured".to_owned(),
            what: chance.text(),
            kind: EvidenceKind::default(),
        };
        LedgerEntry {
            approval: Approval {
                id: ApprovalId::parse(&format!("{n:032x}")).expect("32 digits"),
                user: user.id.clone(),
                app: Clean::new(self.text()),
                created_at: created,
                last_used_at: None,
                use_count: self.one_of(&[0, 7, u32::MAX]),
            },
            created,
            used: self.maybe(|chance| chance.time(seconds)),
            observed_at: created,
            tenths_a_day: self.maybe(|chance| chance.one_of(&[0, 33, u32::MAX])),
            days: (0..self.below(40)).map(|_| self.maybe(|chance| chance.one_of(&[0, 3, u64::MAX]))).collect(),
            next_out: self.odds(1, 3),
            tied: self.odds(1, 3),
            attribution: Attribution {
                site: self.maybe(|chance| SiteName::new(chance.text())),
                shared_with: (0..self.below(3)).map(|_| SiteName::new(self.text())).collect(),
                confidence: self.maybe(|_| Confidence::High),
                basis: self.maybe(|_| Basis::Remains),
                evidence: (0..self.below(3)).map(|_| evidence(self)).collect(),
            },
            refresh_token: self.expiry(seconds),
            orphan: self.maybe(|chance| Orphan {
                since: None,
                confidence: Confidence::Low,
                safe: chance.odds(1, 2),
                reason: chance.text(),
            }),
        }
    }

    fn holder(&mut self, others: &[Holder]) -> Holder {
        if self.odds(1, 2) {
            return Holder::Site { name: SiteName::new(self.text()) };
        }
        others[self.rng.usize(0..others.len())].clone()
    }

    /// A fleet of some of the same sites each time, and the same order of names, as the machinery has it.
    pub(crate) fn picture(&mut self, seconds: i64) -> Picture {
        let most = self.one_of(&[0, 1, 5, 40, 40, 40]);
        let rows: BTreeMap<SiteName, SiteRow> = (0..most)
            .map(|n| SiteName::new(format!("{}{}", TEXTS[n % TEXTS.len()], n / TEXTS.len())))
            .filter(|_| !self.rng.u8(..).is_multiple_of(8))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|name| (name.clone(), self.row(name, seconds)))
            .collect();
        let rows: Vec<SiteRow> = rows.into_values().collect();
        let asked = rows.iter().filter(|_| self.rng.bool()).map(|row| (Target::Site(row.name.clone()), now(seconds)));
        let asked: Vec<_> = asked.take(3).collect();
        let orgs: Vec<OrgName> = (0..3).map(|_| self.org()).collect();
        let orgs: BTreeMap<OrgName, OrgBoard> =
            orgs.into_iter().map(|name| (name.clone(), self.board(name, seconds))).collect();
        let poll = Poll {
            by: self.one_of(&[Poller::Us, Poller::Paused, Poller::Another, Poller::Nobody]),
            last_at: self.maybe(|chance| chance.time(seconds)),
            next_at: self.maybe(|chance| chance.time(seconds)),
            asked,
            waiting: self.rng.usize(0..40),
        };
        Picture {
            partial: self.odds(1, 8),
            counts: rows.iter().collect(),
            rows: Arc::new(rows.into_iter().map(Arc::new).collect()),
            boards: Arc::new(orgs.into_values().map(Arc::new).collect()),
            poll,
        }
    }

    /// What is known of one site beyond its line.
    pub(crate) fn detail(&mut self, row: &SiteRow, seconds: i64) -> SiteDetail {
        let findings = (0..self.below(4)).map(|_| Finding {
            cause: self.one(Cause::iter()),
            severity: Severity::Fail,
            confidence: Confidence::High,
            reason: self.text(),
            why: self.text().into(),
            since: self.maybe(|chance| chance.time(seconds)),
            evidence: Vec::new(),
            remedies: vec![Remedy { class: ActionClass::Write, what: self.text(), effect: self.text() }],
        });
        let findings = findings.collect();
        SiteDetail {
            row: row.clone(),
            wire: self
                .maybe(|chance| (0..96).map(|_| chance.one(fusebox::model::wire::Mark::iter())).collect())
                .unwrap_or_default(),
            wire_ends_at: self.maybe(|chance| chance.time(seconds)),
            findings,
            reach: None,
            status: None,
            log: None,
            org: row.org.clone(),
            user: None,
            approvals: Vec::new(),
            departed: Vec::new(),
        }
    }
}

impl Drop for Chance {
    #[expect(clippy::print_stderr, reason = "a failed test tells what it was about to do")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let notes: Vec<_> = self.notes.iter().map(String::as_str).collect();
            eprintln!("{SEED}={} after: {}", self.seed, notes.join(", "));
        }
    }
}
