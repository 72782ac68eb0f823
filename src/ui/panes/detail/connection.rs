//! The facts of the connection: each with where it comes from, and `?` for what nobody knows.

use super::{Section, Subject};
use crate::model::age;
use crate::model::org::RefreshPolicy;
use crate::model::site::Connection;
use crate::model::{Approval, Departed, Expiry, OrgBoard, PluginState, PolicyUnit, SiteStatus};
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::panes::cells::life;
use crate::ui::theme::Meaning;
use ratatui::text::Span;

/// Width of the labels.
const LABEL: usize = 9;

impl Subject<'_> {
    /// The facts, under the age of the last answer.
    pub(super) fn connection(&self, cells: u16) -> Section {
        let row = self.row;
        let seen = row
            .observed_at
            .map_or_else(|| "never seen".to_owned(), |at| format!("seen {} ago", age::since(at, self.now)));
        let mut section = self.titled("Connection", &seen, cells);
        let object = match (&row.object_type, &row.segment_type) {
            (None, None) => "?".to_owned(),
            (object, segments) => {
                let told =
                    |text: &Option<crate::model::Clean>| text.as_ref().map_or("?".to_owned(), ToString::to_string);
                format!("{}, segments by {}", told(object), told(segments))
            }
        };
        let mut facts = vec![
            ("org", self.org_fact()),
            ("user", self.user_fact()),
            ("token", self.token_fact()),
            ("life", self.life_fact()),
            ("uses", self.uses_fact()),
            ("object", object),
            ("fields", self.fields_fact()),
            ("plugin", self.plugin_fact()),
            ("reach", self.reach_fact()),
        ];
        if self.whole {
            facts.insert(3, ("proof", self.proof_fact()));
            facts.insert(4, ("slot", self.slot_fact()));
            facts.push(("site", row.url.to_string()));
        }
        for (label, fact) in facts {
            let lead = vec![Span::styled(format!("{label:<LABEL$}"), self.style(Meaning::Faint))];
            let meaning = if fact.starts_with('?') { Meaning::Muted } else { Meaning::Text };
            section.lines.extend(self.hung(lead, (&fact, self.style(meaning)), "", cells));
        }
        section
    }

    fn status(&self) -> Option<&SiteStatus> {
        self.detail?.status.as_ref().map(|status| &status.value)
    }

    fn stored(&self) -> Option<&Connection> {
        self.status()?.connection.as_ref()
    }

    fn org_fact(&self) -> String {
        let Some(name) = &self.row.org else { return "?".to_owned() };
        let id = self.stored().and_then(|stored| stored.org.as_ref()).map(|id| {
            let id = id.as_str();
            // The last three of 18 are a checksum; what tells two orgs apart stands before them.
            format!(", {}..{}", id.get(..3).unwrap_or(id), id.get(12..15).unwrap_or_default())
        });
        let kind = match self.board().and_then(|board| board.sandbox) {
            Some(true) => ", sandbox",
            Some(false) => ", production",
            None => "",
        };
        format!("{name}{}{kind}", id.unwrap_or_default())
    }

    fn user_fact(&self) -> String {
        let Some(name) = &self.row.user else { return "?".to_owned() };
        let state = match self.detail.and_then(|detail| detail.user.as_ref()) {
            Some(user) if user.frozen == Some(true) => ", frozen",
            Some(user) if user.active => ", active",
            Some(_) => ", inactive",
            None => "",
        };
        format!("{name}{state}")
    }

    fn token_fact(&self) -> String {
        let print = self.stored().and_then(|stored| stored.refresh.as_ref());
        let print = print.map_or_else(|| "?".to_owned(), |print| format!("fp {}", print.short()));
        let gone = self.departed_own().map(|gone| format!(", gone by {}", self.when(gone.gone_by)));
        let own = self.own().map(|own| format!(", approval {}", own.id.short()));
        format!("{print}{}", gone.or(own).unwrap_or_default())
    }

    fn life_fact(&self) -> String {
        let figure = life(&self.row.refresh_token, self.now, self.glyphs);
        let policy = self.board().and_then(|board| policy(board, self.glyphs)).map(|policy| format!("policy {policy}"));
        match &self.row.refresh_token {
            Expiry::Dead => policy.map_or(figure.clone(), |policy| format!("{figure}; {policy}")),
            Expiry::Unknown { because } => format!("{figure} {because}"),
            Expiry::At { origin, .. } | Expiry::Never { origin } => match policy {
                Some(policy) => format!("{figure} by {origin}; {policy}"),
                None => format!("{figure} by {origin}"),
            },
        }
    }

    fn uses_fact(&self) -> String {
        let Some(uses) = self.row.use_count else { return "?".to_owned() };
        let gone = self.departed_own().map(|gone| (&gone.approval, gone.gone_by));
        let own = self.own().map(|own| (own, self.now)).or(gone);
        let days = own.map(|(own, until)| (until - own.created_at).num_days()).filter(|days| *days > 0);
        match days {
            Some(days) => {
                // Tenths without floats: the count is exact and so is what is shown.
                let tenths = i64::from(uses) * 10 / days;
                format!("{uses} refreshes, {}.{} a day", tenths / 10, tenths % 10)
            }
            None => format!("{uses} refreshes"),
        }
    }

    fn fields_fact(&self) -> String {
        let figure = |n: Option<u32>| n.map_or_else(|| "?".to_owned(), |n| n.to_string());
        let Some(status) = self.status() else { return "?".to_owned() };
        format!("{} mapped of {}", figure(status.mapped_fields), figure(status.fields))
    }

    fn plugin_fact(&self) -> String {
        let Some(status) = self.status() else { return "?".to_owned() };
        let plugin = match &status.plugin {
            PluginState::Absent => "not installed".to_owned(),
            PluginState::Inactive { version } => format!("WP Fusion {version}, not active"),
            PluginState::Active { version, .. } => format!("WP Fusion {version}"),
        };
        format!("{plugin}, PHP {}", status.php_version)
    }

    fn reach_fact(&self) -> String {
        let Some(reach) = self.detail.and_then(|detail| detail.reach.as_ref()) else { return "?".to_owned() };
        match &reach.value {
            Ok(0) => "answers".to_owned(),
            Ok(offset) => format!("answers, its clock is {offset:+} s off"),
            Err(failure) => format!("no answer since {}: {}", self.when(reach.since), failure.text),
        }
    }

    fn proof_fact(&self) -> String {
        let Some(at) = self.row.proof_at else { return "? never seen".to_owned() };
        format!("{}Z, {} ago", self.when(at), age::since(at, self.now))
    }

    fn slot_fact(&self) -> String {
        let Some(slot) = &self.row.slot else { return "?".to_owned() };
        let place = slot.position.map_or_else(|| "?".to_owned(), |place| place.to_string());
        let used = slot.used.map_or_else(|| "?".to_owned(), |used| used.to_string());
        format!("{place}, {used} of {} in use, a setting", slot.limit)
    }

    /// The site's approval, where it is known and still listed.
    pub(super) fn own(&self) -> Option<&Approval> {
        let id = self.row.slot.as_ref()?.approval_id.as_ref()?;
        self.detail?.approvals.iter().find(|approval| approval.id == *id)
    }

    fn departed_own(&self) -> Option<&Departed> {
        let id = self.row.slot.as_ref()?.approval_id.as_ref()?;
        self.detail?.departed.iter().find(|departed| departed.approval.id == *id)
    }
}

/// An org's refresh token policy in two words: `idle 30d†` where the configuration tells the unit, `?` where nobody does.
pub(crate) fn policy(board: &OrgBoard, glyphs: Glyphs) -> Option<String> {
    let unit = match board.policy_unit {
        Some(PolicyUnit::Hours) => "h",
        Some(PolicyUnit::Days) => "d",
        Some(PolicyUnit::Months) => "mo",
        None => " ",
    };
    let mark = glyphs.get(if board.policy_unit.is_some() { Glyph::Told } else { Glyph::Unknown });
    Some(match board.policy? {
        RefreshPolicy::UntilRevoked => "until revoked".to_owned(),
        RefreshPolicy::Immediately => "expires at once".to_owned(),
        RefreshPolicy::Idle(n) => format!("idle {n}{unit}{mark}"),
        RefreshPolicy::Lifetime(n) => format!("lifetime {n}{unit}{mark}"),
    })
}
