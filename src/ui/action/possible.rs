//! What makes an action possible, or the reason that it is not: as told where somebody asks for it.

use super::Facts;
use crate::protocol::Poller;

pub(super) const ALWAYS: fn(Facts) -> Result<(), &'static str> = |_| Ok(());

pub(super) const WITH_ROWS: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.shown > 0 { Ok(()) } else { Err("no site is shown") };

pub(super) const WITH_APPROVAL: fn(Facts) -> Result<(), &'static str> = |facts| {
    if facts.approval { Ok(()) } else { Err("which approval is not known here: `:revoke` and eight digits of one") }
};

pub(super) const WITH_SITES: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.sites > 0 { Ok(()) } else { Err("there is no site yet") };

pub(super) const WITHOUT_SITES: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.sites == 0 { Ok(()) } else { Err("there are sites: `fusebox demo` shows a made-up fleet") };

pub(super) const WHEN_FILTERED: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.filtered { Ok(()) } else { Err("all sites are shown") };

pub(super) const WHEN_READ: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.mistaken { Err("it can not be read") } else { Ok(()) };

pub(super) const WITH_MATCHES: fn(Facts) -> Result<(), &'static str> = |facts| match facts {
    Facts { filtered: false, .. } => Err("no filter"),
    Facts { shown: 0, .. } => Err("no site is shown"),
    _ => Ok(()),
};

pub(super) const WITH_MARKS: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.marked > 0 || facts.ranging { Ok(()) } else { Err("no site is marked") };

pub(super) const WITH_PANES: fn(Facts) -> Result<(), &'static str> = |facts| match facts {
    Facts { shown: 0, .. } => Err("no site is shown"),
    Facts { panes: true, .. } => Ok(()),
    Facts { panes: false, .. } => Err("one pane at this width: + gives it the whole page"),
};

pub(super) const WHEN_REFUSED: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.refusing > 0 { Ok(()) } else { Err("no org refuses anything that is not acknowledged") };

pub(super) const WHEN_ZOOMED: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.zoomed { Ok(()) } else { Err("no pane is zoomed") };

pub(super) const WHEN_OURS_TO_POLL: fn(Facts) -> Result<(), &'static str> = |facts| match facts.poller {
    _ if facts.sites == 0 => Err("there is no site yet"),
    Poller::Us | Poller::Paused => Ok(()),
    Poller::Another => Err("another process polls this fleet"),
    Poller::Nobody => Err("started without polling"),
};

pub(super) const WITH_USERS: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.users > 0 { Ok(()) } else { Err("no user is shown") };

pub(super) const WITH_ORGS: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.orgs > 0 { Ok(()) } else { Err("no org is shown") };

pub(super) const WHEN_UNSAID: fn(Facts) -> Result<(), &'static str> = |facts| facts.lifts;

pub(super) const WHEN_TYPED: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.answered { Ok(()) } else { Err("what is asked for is not typed yet") };

pub(super) const WHEN_ASKED: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.asked { Ok(()) } else { Err("it is not said yet what would be done") };

pub(super) const WHEN_DRY: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.dry { Ok(()) } else { Err("all of it is shown") };

pub(super) const WITH_CSV: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.csv { Ok(()) } else { Err("there is nothing to copy here") };

pub(super) const WITH_OFFERED: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.offered { Ok(()) } else { Err("nothing is selected") };

pub(super) const WITH_WATCHES: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.watches > 0 { Ok(()) } else { Err("no site is being authorized") };

pub(super) const WITH_RUNS: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.runs > 0 { Ok(()) } else { Err("nothing was read again in this console") };

pub(super) const WITH_LEFT: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.left > 0 { Ok(()) } else { Err("nothing is left of it") };

pub(super) const WITH_STEPS: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.steps > 0 { Ok(()) } else { Err("nothing is planned") };

pub(super) const WHEN_WATCHED: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.watched { Ok(()) } else { Err("it is over") };

pub(super) const WHEN_CODED: fn(Facts) -> Result<(), &'static str> = |facts| facts.code;

pub(super) const WHEN_NARROWED: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.narrowed { Ok(()) } else { Err("all are shown") };

pub(super) const WITH_TWIN: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.twin { Ok(()) } else { Err("no command of a shell does that") };
