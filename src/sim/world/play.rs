//! What sites do by themselves, and on request: WP Fusion's behaviour, mistakes included. Pure.

use super::call::CallRefusal;
use super::refresh::Client;
use super::{STEP, World};
use crate::sim::story::Story;
use chrono::{DateTime, TimeDelta, Utc};

/// After which a site asks again when the network lost an answer: five seconds of waiting, one of pause (observed on the real
/// plugin).
const RETRY: TimeDelta = TimeDelta::seconds(6);

/// What came of one call by a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    /// Salesforce answered.
    Good,
    /// The session had expired and the refresh was withheld.
    Withheld,
    /// Salesforce refused, and not for an expired session; the plugin's words.
    Refused(String),
}

/// A refresh that brought no session.
#[derive(Clone, Debug)]
pub(crate) struct Unrenewed {
    /// The plugin's words.
    pub(crate) text: String,
    /// Whether Salesforce refused it; else the answer was lost.
    pub(crate) refused: bool,
}

impl Unrenewed {
    fn lost() -> Self {
        let text = "Error refreshing access token: cURL error 28: Operation timed out".to_owned();
        Self { text, refused: false }
    }
}

impl World {
    /// Moves the world to `now` (never back) and plays what every site did in between.
    pub(crate) fn advance_to(&mut self, now: DateTime<Utc>) {
        if now <= self.now {
            return;
        }
        let before = std::mem::replace(&mut self.now, now);
        if now < self.next_due {
            return;
        }
        let step = self.started_at + STEP;
        let turns = before < step && step <= now;
        for index in 0..self.sites.len() {
            if turns && self.sites[index].story == Story::Disconnected {
                self.play_calls(index, step);
                self.sites[index].disconnect();
            } else if self.sites[index].next_due.is_none_or(|due| due <= now) {
                self.play_calls(index, now);
            }
        }
        self.next_due = self.next_event(now);
    }

    /// Plays the calls of one site up to `to`.
    fn play_calls(&mut self, index: usize, to: DateTime<Utc>) {
        while let Some(schedule) = self.sites[index].schedule.clone() {
            let next = schedule.next_after(self.sites[index].played_to);
            if next > to {
                self.sites[index].next_due = Some(next);
                break;
            }
            let played_to = if self.call_and_refresh(index, next) {
                // Nothing happens to a session that is used often enough, so the rest of the run is one step.
                let end = schedule.run_end(next, to);
                self.extend_session(index, end);
                end
            } else {
                next
            };
            self.sites[index].played_to = played_to;
        }
    }

    /// One contact to sync: a call, on an expired session one refresh and the call again, on a refusal one error row.
    fn call_and_refresh(&mut self, index: usize, at: DateTime<Utc>) -> bool {
        let site = &self.sites[index];
        let (Some(org), Some(connection)) = (site.org, site.connection.clone()) else { return false };
        let Err(refusal) = self.call(org, &connection.access, at) else { return true };
        if refusal != CallRefusal::Expired {
            self.sites[index].log_error(at, &refusal.plugin_text());
            return false;
        }
        match self.renew(index, at) {
            Ok(()) => true,
            Err(unrenewed) => {
                self.sites[index].log_error(at, &unrenewed.text);
                false
            }
        }
    }

    /// The plugin's refresh: the site presents its refresh token, and stores the session that it gets. The error is the
    /// plugin's words.
    pub(crate) fn renew(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), Unrenewed> {
        let site = &self.sites[index];
        let (Some(org), Some(connection)) = (site.org, site.connection.clone()) else { return Err(Unrenewed::lost()) };
        let id = self.app_client_id.clone();
        let secret =
            if connection.old_secret { "before-the-rotation".to_owned() } else { self.app_client_secret.clone() };
        let mut rng = self.sites[index].rng.clone();
        let client = Client { id: &id, secret: &secret };
        let mut outcome = self.refresh_by(Some(index), &connection.refresh, client, at, &mut rng);
        let lost = outcome.is_ok() && self.sites[index].lossy > 0 && rng.u8(..100) < self.sites[index].lossy;
        let again = lost.then(|| rng.bool().then(|| at + RETRY));
        if let Some(Some(again)) = again {
            outcome = self.refresh_by(Some(index), &connection.refresh, client, again, &mut rng);
        }
        self.sites[index].rng = rng;
        if again == Some(None) {
            return Err(Unrenewed::lost());
        }
        match outcome {
            Ok(refreshed) => {
                self.orgs[org].sessions.remove(&connection.access);
                // The plugin stores the access token alone: a rotated refresh token is dropped here.
                if let Some(stored) = &mut self.sites[index].connection {
                    stored.access = refreshed.access;
                }
                Ok(())
            }
            Err(refusal) => {
                if at >= self.started_at {
                    self.sites[index].died = Some(refusal.cause);
                }
                let text = format!("Error refreshing access token: {}", refusal.description);
                Err(Unrenewed { text, refused: true })
            }
        }
    }

    /// `prove`: one call with the session that the site has. No token request, so nothing counts on the approval; a good
    /// call extends the session and counts against the org's allocation.
    pub(crate) fn prove(&mut self, index: usize, at: DateTime<Utc>) -> Called {
        let site = &self.sites[index];
        let (Some(org), Some(connection)) = (site.org, site.connection.clone()) else { return Called::Withheld };
        match self.call(org, &connection.access, at) {
            Ok(_) => {
                self.orgs[org].api.count(at);
                Called::Good
            }
            Err(CallRefusal::Expired) => Called::Withheld,
            Err(refusal) => Called::Refused(refusal.plugin_text()),
        }
    }

    fn extend_session(&mut self, index: usize, at: DateTime<Utc>) {
        let site = &self.sites[index];
        if let (Some(org), Some(connection)) = (site.org, &site.connection)
            && let Some(session) = self.orgs[org].sessions.get_mut(&connection.access)
        {
            session.last_used = session.last_used.max(at);
        }
    }

    /// When the next site has something to do, or a story turns.
    fn next_event(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let step = Some(self.started_at + STEP).filter(|step| *step > now);
        self.sites.iter().filter_map(|site| site.next_due).chain(step).min().unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}
