//! The places one can be in, drawn from the state. They know sites, orgs and healths, and build widgets of them.

pub mod banner;
pub mod board;
pub mod cells;
pub mod detail;
pub mod empty;
pub mod fields;
pub mod header;
pub mod log;
pub mod marks;
pub mod orgs;
pub mod plan;
pub mod quarters;
pub mod run;
pub mod site;
pub mod site_fields;
pub mod sites;
pub mod slots;
pub mod small;
pub mod strip;
pub mod trail;
pub mod user;
pub mod users;
pub mod vitals;
pub mod watch;

use crate::model::{Confirmation, Health};
use crate::protocol::Poller;
use crate::ui::action::{Action, Context, Entry};
use crate::ui::state::{Overlay, State};
use crate::ui::widgets::badge::Tone;

/// How loudly a health is told: the broken is filled, the healthy recedes.
pub fn tone(health: Health) -> Tone {
    match health {
        Health::Fail => Tone::Bad,
        Health::Warn => Tone::Warn,
        Health::Stag => Tone::Plain,
        Health::Old | Health::Unkn | Health::Off | Health::Ok => Tone::Quiet,
    }
}

/// The word of a health.
pub fn word(health: Health) -> &'static str {
    match health {
        Health::Fail => "FAIL",
        Health::Warn => "WARN",
        Health::Stag => "STAG",
        Health::Old => "OLD",
        Health::Unkn => "UNKN",
        Health::Off => "OFF",
        Health::Ok => "OK",
    }
}

/// What the keys row says of an action now.
pub fn label(entry: &Entry, state: &State) -> String {
    match entry.action {
        Action::Pause if state.picture.poll.by == Poller::Paused => "resume".to_owned(),
        Action::Reauthorize if state.place() == Context::Sites && state.sites().marked.len() > 1 => "plan".to_owned(),
        Action::ShowAll => format!("show all {}", state.picture.rows.len()),
        Action::OnlyBreaks if matches!(state.overlays.last(), Some(Overlay::Confirm(open)) if open.only_breaks) => {
            "all".to_owned()
        }
        Action::Confirm => match state.overlays.last() {
            Some(Overlay::Confirm(confirm)) => match confirm.question.as_ref().map(|asked| &asked.preview.confirm) {
                Some(Confirmation::Yes(what)) => what.to_string(),
                _ => entry.label.to_owned(),
            },
            _ => entry.label.to_owned(),
        },
        _ => entry.label.to_owned(),
    }
}
