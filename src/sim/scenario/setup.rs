//! What happened to a site before the clock starts, story by story. Pure.
//!
//! A dead site is set up alive in a world that has turned against it, and its calls are played from the moment of its
//! death on: the error rows and the counts come out of the rules and not out of this file.

use super::ScenarioError;
use crate::sim::story::Story;
use crate::sim::world::SESSION_LIFE;
use crate::sim::world::org::{Period, Policy};
use crate::sim::world::schedule::{Pause, Schedule};
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

/// The past of one site.
#[derive(Clone, Debug)]
pub(super) struct Past {
    /// When its approval was made; none where there is no approval in this org.
    pub(super) created: Option<DateTime<Utc>>,
    /// The last good refresh.
    pub(super) last_used: Option<DateTime<Utc>>,
    /// Refreshes so far.
    pub(super) uses: u32,
    /// When it calls.
    pub(super) schedule: Option<Schedule>,
    /// From when on its calls are played.
    pub(super) from: DateTime<Utc>,
    /// Whether it holds a session that was in use at `from`.
    pub(super) session: bool,
}

/// The past of a site with this story in an org with this policy. `anchor` is the full hour before the start, so that
/// two worlds of one seed are one for an hour.
pub(super) fn past(story: Story, policy: Policy, anchor: DateTime<Utc>, rng: &mut Rng) -> Result<Past, ScenarioError> {
    let ago = |span: TimeDelta| anchor - span;
    let days = TimeDelta::days;
    Ok(match story {
        Story::Evicted => dead(ago(days(70)), ago(minutes(rng, 125..175)), 400, rng),
        Story::Revoked if policy != Policy::UntilRevoked => return Err(needs(story, "the policy \"until_revoked\"")),
        Story::Revoked
        | Story::UserInactive
        | Story::UserFrozen
        | Story::AppUninstalled
        | Story::AppBlocked
        | Story::NotPreauthorized
        | Story::CredentialsRotated => {
            let created = ago(minutes(rng, 20 * 1440..50 * 1440));
            dead(created, ago(minutes(rng, 400..900)), 30, rng)
        }
        Story::IpRestricted | Story::ApiDisabled => {
            let from = ago(minutes(rng, 400..900));
            Past { session: true, ..dead(ago(minutes(rng, 20 * 1440..50 * 1440)), from, 30, rng) }
        }
        Story::SandboxRefreshed => {
            Past { created: None, last_used: None, ..dead(anchor, ago(minutes(rng, 400..900)), 0, rng) }
        }
        Story::PolicyIdle => {
            let Policy::Idle(period) = policy else { return Err(needs(story, "an idle policy")) };
            let last_used = ago(period.length() + days(3));
            let uses =
                Past { last_used: Some(last_used), ..dead(ago(days(200)), ago(minutes(rng, 500..1100)), 9, rng) };
            with_room(uses, period)
        }
        Story::PolicyLifetime => {
            let Policy::Lifetime(period) = policy else { return Err(needs(story, "a lifetime policy")) };
            dead(ago(period.length() + days(2)), ago(minutes(rng, 900..1700)), 88, rng)
        }
        Story::PolicyImmediate => {
            if policy != Policy::Immediately {
                return Err(needs(story, "the policy \"immediately\""));
            }
            Past { last_used: None, ..dead(ago(days(2)), ago(minutes(rng, 600..1500)), 0, rng) }
        }
        Story::RotatedOut => Past { last_used: None, ..dead(ago(days(2)), ago(minutes(rng, 500..900)), 0, rng) },
        Story::IdleNear => {
            let Policy::Idle(period) = policy else { return Err(needs(story, "an idle policy")) };
            let last_used = ago(period.length() - days(3));
            busy(ago(days(200)), Some(last_used), 120, anchor, rng)
        }
        Story::LifetimeNear => {
            let Policy::Lifetime(period) = policy else { return Err(needs(story, "a lifetime policy")) };
            busy(ago(period.length() - days(3)), Some(ago(days(1))), 70, anchor, rng)
        }
        Story::RotationRisk => busy(ago(minutes(rng, 900..1400)), None, 0, anchor, rng),
        Story::NextOut => steady(ago(days(50)), anchor, rng),
        Story::NeverProved | Story::PhpFatal | Story::NoAnswer | Story::Gone => {
            let last_used = Some(ago(minutes(rng, 1440..3 * 1440)));
            let quiet = busy(ago(minutes(rng, 5 * 1440..30 * 1440)), last_used, 12, anchor, rng);
            Past { schedule: None, session: false, ..quiet }
        }
        Story::Clone | Story::PluginAbsent | Story::PluginInactive | Story::OtherCrm | Story::NotAuthorized => {
            Past { created: None, last_used: None, uses: 0, schedule: None, from: anchor, session: false }
        }
        Story::Irregular | Story::Stranger => irregular(ago(minutes(rng, 2 * 1440..40 * 1440)), anchor, rng),
        Story::Healthy
        | Story::SharesUser
        | Story::AppNotInstalled
        | Story::SharedToken
        | Story::Staging
        | Story::ClockSkew
        | Story::CronDead
        | Story::CallLimit
        | Story::NoRight
        | Story::Disconnected
        | Story::Silent => steady(ago(minutes(rng, 5 * 1440..40 * 1440)), anchor, rng),
    })
}

/// A site that calls all day and pauses longer than a session lives: it refreshes once a day.
fn steady(created: DateTime<Utc>, anchor: DateTime<Utc>, rng: &mut Rng) -> Past {
    let every = minutes(rng, 4..38);
    let begins = anchor + minutes(rng, 9 * 60..19 * 60);
    let pause = Pause { begins, length: minutes(rng, 125..170) };
    let schedule =
        Schedule { origin: anchor - seconds(rng, 0..240), every, pause: Some(pause), jitter: TimeDelta::zero() };
    let last_used = schedule.last_resume(anchor).filter(|resume| *resume > created);
    let uses = u32::try_from((anchor - created).num_days()).unwrap_or(0);
    Past { created: Some(created), last_used, uses, schedule: Some(schedule), from: anchor, session: true }
}

/// A site that calls one to four times a day and never while its session still lives: it refreshes each time.
fn irregular(created: DateTime<Utc>, anchor: DateTime<Utc>, rng: &mut Rng) -> Past {
    let every = TimeDelta::hours(24 / rng.i64(1..=4));
    let schedule =
        Schedule { origin: anchor - seconds(rng, 0..86_400), every, pause: None, jitter: every - SESSION_LIFE * 3 / 2 };
    let mut last_used = None;
    let mut at = anchor - every * 2;
    while let Some(next) = Some(schedule.next_after(at)).filter(|next| *next <= anchor) {
        (last_used, at) = (Some(next), next);
    }
    let uses = u32::try_from((anchor - created).num_minutes() / every.num_minutes()).unwrap_or(0);
    let last_used = last_used.filter(|used| *used > created);
    Past { created: Some(created), last_used, uses, schedule: Some(schedule), from: anchor, session: false }
}

/// A site that never pauses, so that its session never lapses and it never refreshes.
fn busy(
    created: DateTime<Utc>,
    last_used: Option<DateTime<Utc>>,
    uses: u32,
    anchor: DateTime<Utc>,
    rng: &mut Rng,
) -> Past {
    let schedule = Schedule {
        origin: anchor - seconds(rng, 0..240),
        every: minutes(rng, 3..25),
        pause: None,
        jitter: TimeDelta::zero(),
    };
    Past { created: Some(created), last_used, uses, schedule: Some(schedule), from: anchor, session: true }
}

/// A site whose session is gone at `from`, and whose refresh will be refused at each of its calls.
fn dead(created: DateTime<Utc>, from: DateTime<Utc>, uses: u32, rng: &mut Rng) -> Past {
    let every = minutes(rng, 35..50);
    let schedule = Schedule { origin: from + seconds(rng, 60..1500), every, pause: None, jitter: TimeDelta::zero() };
    let last_used = (uses > 0).then(|| from - minutes(rng, 60..120));
    Past { created: Some(created), last_used, uses, schedule: Some(schedule), from, session: false }
}

/// An approval older than the policy's period, so that the idle time lies within its life.
fn with_room(past: Past, period: Period) -> Past {
    let created = past.created.map(|created| created - period.length());
    Past { created, ..past }
}

fn minutes(rng: &mut Rng, range: std::ops::Range<i64>) -> TimeDelta {
    TimeDelta::minutes(rng.i64(range))
}

fn seconds(rng: &mut Rng, range: std::ops::Range<i64>) -> TimeDelta {
    TimeDelta::seconds(rng.i64(range))
}

fn needs(story: Story, what: &str) -> ScenarioError {
    ScenarioError::Contradiction(format!("the story {story} needs an org with {what}"))
}
