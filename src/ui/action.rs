//! The one table of what can be done: dispatch, the keys row, the help and the read-only filter are read from it.
//!
//! Uses `model` and `protocol` for what decides whether an action is possible. An entry whose target does not exist is
//! not in the table.

use crate::model::ActionClass;
use crate::protocol::Poller;
use crate::ui::keymap::Key;
use crate::ui::state::Order;

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Move the selection, or scroll.
    Move(Step),
    /// Open the filter's input.
    Filter,
    /// Keep the filter as it is typed.
    KeepFilter,
    /// Drop the filter.
    ShowAll,
    /// Ask for an order.
    Sort,
    /// Sort by it; by the same again, turn it round.
    SortBy(Order),
    /// Ask the selected site now.
    Look,
    /// Stop or resume polling.
    Pause,
    /// The keys of this place.
    Help,
    /// Close what is on top.
    Close,
    /// Draw everything anew.
    Repaint,
    /// Stop the program and give the terminal back until it is continued.
    Suspend,
    /// Leave.
    Quit,
}

/// How far a move goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One line back.
    Up,
    /// One line on.
    Down,
    /// One page back.
    PageUp,
    /// One page on.
    PageDown,
    /// To the first line.
    Top,
    /// To the last line.
    Bottom,
}

/// Where a key can be pressed. Computed from the stacks of screens and overlays, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Context {
    /// The list of sites.
    Sites,
    /// The filter's input.
    Filter,
    /// The choice of an order.
    Sort,
    /// The help.
    Help,
}

/// Where the help shows an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::Display)]
pub enum Group {
    /// Seeing more.
    Look,
    /// Moving in the list and narrowing it.
    Choose,
    /// Moving between places.
    Go,
}

/// What decides whether an action is possible now.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Sites in the fleet.
    pub sites: usize,
    /// Rows that are shown.
    pub shown: usize,
    /// Whether a filter hides rows.
    pub filtered: bool,
    /// Who polls.
    pub poller: Poller,
    /// Whether spending and writing are refused.
    pub read_only: bool,
}

/// One line of the table.
#[derive(Debug)]
pub struct Entry {
    /// What it does.
    pub action: Action,
    /// Its name for commands and the manual.
    pub id: &'static str,
    /// What the keys row says.
    pub label: &'static str,
    /// What the help says.
    pub help: &'static str,
    /// Where the help shows it.
    pub group: Group,
    /// Its keys, the one to show first.
    pub keys: &'static [Key],
    /// Where it can be done.
    pub contexts: &'static [Context],
    /// What it may cost.
    pub class: ActionClass,
    /// Whether it is possible, or why not.
    pub possible: fn(Facts) -> Result<(), &'static str>,
    /// Whether the keys row shows it.
    pub in_row: bool,
}

impl Entry {
    /// Whether it may be done now, or the reason to tell.
    pub fn enabled(&self, facts: Facts) -> Result<(), &'static str> {
        if facts.read_only && self.class != ActionClass::Look {
            return Err("read-only: nothing is spent or written");
        }
        (self.possible)(facts)
    }
}

const ALWAYS: fn(Facts) -> Result<(), &'static str> = |_| Ok(());

const WITH_ROWS: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.shown > 0 { Ok(()) } else { Err("no site is shown") };

const WITH_SITES: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.sites > 0 { Ok(()) } else { Err("there is no site yet") };

const WHEN_FILTERED: fn(Facts) -> Result<(), &'static str> =
    |facts| if facts.filtered { Ok(()) } else { Err("all sites are shown") };

const WHEN_OURS_TO_POLL: fn(Facts) -> Result<(), &'static str> = |facts| match facts.poller {
    _ if facts.sites == 0 => Err("there is no site yet"),
    Poller::Us | Poller::Paused => Ok(()),
    Poller::Another => Err("another process polls this fleet"),
    Poller::Nobody => Err("started without polling"),
};

const LIST: &[Context] = &[Context::Sites];
const LIST_AND_HELP: &[Context] = &[Context::Sites, Context::Help];
const EVERYWHERE: &[Context] = &[Context::Sites, Context::Filter, Context::Sort, Context::Help];

/// A harmless action that the keys row leaves out: most are.
const fn look(
    action: Action,
    id: &'static str,
    help: &'static str,
    group: Group,
    keys: &'static [Key],
    contexts: &'static [Context],
) -> Entry {
    Entry {
        action,
        id,
        label: help,
        help,
        group,
        keys,
        contexts,
        class: ActionClass::Look,
        possible: ALWAYS,
        in_row: false,
    }
}

const fn sort_by(order: Order, id: &'static str, key: &'static [Key]) -> Entry {
    Entry { label: order.name(), ..look(Action::SortBy(order), id, order.name(), Group::Choose, key, &[Context::Sort]) }
}

/// Everything that can be done, in the order in which the keys row and the help show it.
pub static TABLE: &[Entry] = &[
    Entry {
        in_row: true,
        label: "keep",
        ..look(Action::KeepFilter, "keep-filter", "keep the filter", Group::Choose, &[Key::Enter], &[Context::Filter])
    },
    Entry {
        in_row: true,
        possible: WHEN_FILTERED,
        label: "show all",
        ..look(Action::ShowAll, "show-all", "drop the filter", Group::Choose, &[Key::Esc], &[Context::Sites])
    },
    Entry {
        in_row: true,
        label: "show all",
        ..look(Action::ShowAll, "drop-filter", "drop the filter", Group::Choose, &[Key::Esc], &[Context::Filter])
    },
    sort_by(Order::Risk, "sort-risk", &[Key::Char('r')]),
    sort_by(Order::Name, "sort-name", &[Key::Char('n')]),
    sort_by(Order::Expiry, "sort-expiry", &[Key::Char('e')]),
    sort_by(Order::Uses, "sort-uses", &[Key::Char('u')]),
    sort_by(Order::Proof, "sort-proof", &[Key::Char('p')]),
    Entry {
        possible: WITH_ROWS,
        in_row: true,
        label: "look now",
        ..look(Action::Look, "look", "ask the site now", Group::Look, &[Key::Char('R')], LIST)
    },
    Entry {
        possible: WHEN_OURS_TO_POLL,
        in_row: true,
        label: "pause",
        ..look(Action::Pause, "pause", "pause polling, go on", Group::Look, &[Key::Char('p')], LIST)
    },
    Entry {
        possible: WITH_SITES,
        in_row: true,
        label: "filter",
        ..look(Action::Filter, "filter", "filter, ! inverts", Group::Choose, &[Key::Char('/')], LIST)
    },
    Entry {
        possible: WITH_SITES,
        in_row: true,
        label: "sort",
        ..look(Action::Sort, "sort", "sort by risk, name ..", Group::Choose, &[Key::Char('s')], LIST)
    },
    look(Action::Move(Step::Down), "down", "down", Group::Choose, &[Key::Char('j'), Key::Down], LIST_AND_HELP),
    look(Action::Move(Step::Up), "up", "up", Group::Choose, &[Key::Char('k'), Key::Up], LIST_AND_HELP),
    look(
        Action::Move(Step::PageDown),
        "page-down",
        "a page down",
        Group::Choose,
        &[Key::PageDown, Key::Char('.')],
        LIST_AND_HELP,
    ),
    look(
        Action::Move(Step::PageUp),
        "page-up",
        "a page up",
        Group::Choose,
        &[Key::PageUp, Key::Char(',')],
        LIST_AND_HELP,
    ),
    look(Action::Move(Step::Top), "top", "first", Group::Choose, &[Key::Char('g'), Key::Home], LIST_AND_HELP),
    look(Action::Move(Step::Bottom), "bottom", "last", Group::Choose, &[Key::Char('G'), Key::End], LIST_AND_HELP),
    // Letters belong to the input while one types.
    look(Action::Move(Step::Down), "match-down", "down", Group::Choose, &[Key::Down], &[Context::Filter]),
    look(Action::Move(Step::Up), "match-up", "up", Group::Choose, &[Key::Up], &[Context::Filter]),
    look(
        Action::Move(Step::PageDown),
        "match-page-down",
        "a page down",
        Group::Choose,
        &[Key::PageDown],
        &[Context::Filter],
    ),
    look(Action::Move(Step::PageUp), "match-page-up", "a page up", Group::Choose, &[Key::PageUp], &[Context::Filter]),
    Entry {
        in_row: true,
        label: "close",
        ..look(
            Action::Close,
            "close",
            "close",
            Group::Go,
            &[Key::Esc, Key::Char('q'), Key::Char('?')],
            &[Context::Help],
        )
    },
    Entry {
        in_row: true,
        label: "leave",
        ..look(Action::Close, "leave", "leave the order", Group::Go, &[Key::Esc, Key::Char('q')], &[Context::Sort])
    },
    Entry { in_row: true, label: "quit", ..look(Action::Quit, "quit", "quit", Group::Go, &[Key::Char('q')], LIST) },
    look(Action::Repaint, "repaint", "draw anew", Group::Go, &[Key::Ctrl('l')], EVERYWHERE),
    look(Action::Suspend, "suspend", "stop, fg goes on", Group::Go, &[Key::Ctrl('z')], EVERYWHERE),
    look(Action::Quit, "quit-now", "quit from anywhere", Group::Go, &[Key::Ctrl('c')], EVERYWHERE),
    Entry {
        in_row: true,
        label: "help",
        ..look(Action::Help, "help", "these keys", Group::Go, &[Key::Char('?')], LIST)
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const FACTS: Facts = Facts { sites: 3, shown: 3, filtered: false, poller: Poller::Us, read_only: true };

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = TABLE.iter().map(|e| e.id).collect();
        assert_eq!(names.len(), TABLE.len());
    }

    #[test]
    fn read_only_refuses_what_is_more_than_a_look() {
        let spends = Entry { class: ActionClass::Spend, ..look(Action::Look, "x", "x", Group::Look, &[], LIST) };
        assert!(spends.enabled(FACTS).is_err());
        assert!(spends.enabled(Facts { read_only: false, ..FACTS }).is_ok());
        assert!(
            TABLE
                .iter()
                .filter(|e| e.class == ActionClass::Look)
                .all(|e| e.enabled(FACTS) != Err("read-only: nothing is spent or written"))
        );
    }

    #[test]
    fn a_refusal_says_why() {
        let pause = TABLE.iter().find(|e| e.id == "pause").expect("an entry");
        assert_eq!(pause.enabled(FACTS), Ok(()));
        assert_eq!(pause.enabled(Facts { poller: Poller::Another, ..FACTS }), Err("another process polls this fleet"));
        let look = TABLE.iter().find(|e| e.id == "look").expect("an entry");
        assert_eq!(look.enabled(Facts { shown: 0, ..FACTS }), Err("no site is shown"));
    }
}
