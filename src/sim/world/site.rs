//! One WordPress site with WP Fusion: what it stores, and how it speaks. Plain data.

use super::plugin::Options;
use super::schedule::Schedule;
use crate::sim::story::Story;
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use std::collections::VecDeque;

/// Rows of the plugin's log that a site keeps; the agent never gives more than 50.
const LOG_KEPT: usize = 50;

/// One site.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// Its name in the configuration, and the first part of its path.
    pub(crate) name: String,
    /// `blogname`.
    pub(crate) title: String,
    /// What happens to it.
    pub(crate) story: Story,
    /// The org that it belongs to.
    pub(crate) org: Option<usize>,
    /// The approval made for it, dead or alive.
    pub(crate) approval: Option<usize>,
    /// The site that this one is a copy of.
    pub(crate) copy_of: Option<usize>,
    /// The plugin.
    pub(crate) plugin: Plugin,
    /// Which CRM the plugin is set to.
    pub(crate) crm: Option<&'static str>,
    /// The stored connection.
    pub(crate) connection: Option<Connection>,
    /// What the plugin stores besides.
    pub(crate) options: Options,
    /// When it calls Salesforce by itself; never, without one.
    pub(crate) schedule: Option<Schedule>,
    /// Up to when its calls were played.
    pub(crate) played_to: DateTime<Utc>,
    /// Its next call, so that most of the time nothing has to be done.
    pub(crate) next_due: Option<DateTime<Utc>>,
    /// How far its clock is ahead.
    pub(crate) clock_ahead: TimeDelta,
    /// How many of a hundred refreshes are granted and never heard of: the answer is lost, and the site tries once more, or
    /// only at its next call.
    pub(crate) lossy: u8,
    /// Whether other plugins print around the agent's answer.
    pub(crate) noisy: bool,
    /// Whether its configuration lets fusebox spend and write over REST.
    pub(crate) lets_write: bool,
    /// The Application Password of fusebox's WordPress user.
    pub(crate) password: String,
    /// When it was authorized since the start, if it was: its story is over then.
    pub(crate) authorized_at: Option<DateTime<Utc>>,
    /// Why it died since the start, if it did.
    pub(crate) died: Option<&'static str>,
    /// Where its tokens come from: one of its own, so that the order in which sites are played changes nothing.
    pub(crate) rng: Rng,
    /// The plugin's log, oldest first.
    pub(crate) log: VecDeque<LogRow>,
    /// `log_id` of the next row.
    pub(crate) next_log_id: u64,
}

impl Site {
    /// Writes one row of level 500, dated by the site's own clock.
    pub(crate) fn log_error(&mut self, at: DateTime<Utc>, text: &str) {
        const CALLS: [&str; 3] = ["apply_tags", "update_contact", "add_contact"];
        let call = CALLS[self.rng.usize(..CALLS.len())];
        self.log_row(at, format!("Error performing {call}: {text}"));
    }

    /// Writes one row of level 500 as it is.
    pub(crate) fn log_row(&mut self, at: DateTime<Utc>, message: String) {
        if self.log.len() == LOG_KEPT {
            self.log.pop_front();
        }
        self.log.push_back(LogRow { id: self.next_log_id, at: at + self.clock_ahead, message });
        self.next_log_id += 1;
    }

    /// Pressing Disconnect deletes the plugin's options; Salesforce is told nothing.
    pub(crate) fn disconnect(&mut self) {
        self.connection = None;
        self.options = Options::default();
        self.crm = None;
        self.schedule = None;
        self.next_due = None;
    }
}

/// WP Fusion on a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plugin {
    /// Not installed.
    Absent,
    /// Installed, not active.
    Inactive,
    /// Active.
    Active,
}

/// What WP Fusion stores after an authorization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Connection {
    /// The org in `sf_id`.
    pub(crate) org_id: String,
    /// The user in `sf_id`.
    pub(crate) user_id: String,
    /// `sf_access_token`.
    pub(crate) access: String,
    /// `sf_refresh_token`.
    pub(crate) refresh: String,
    /// The consumer secret of the plugin's version is the one before the last rotation.
    pub(crate) old_secret: bool,
}

/// One row of `wpf_logging`.
#[derive(Clone, Debug)]
pub(crate) struct LogRow {
    /// `log_id`.
    pub(crate) id: u64,
    /// When, by the site's clock.
    pub(crate) at: DateTime<Utc>,
    /// Without HTML, up to `<hr>`.
    pub(crate) message: String,
}
