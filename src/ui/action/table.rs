//! The entries of the table: one for each thing to do, in the order in which the keys row and the help show them.
//!
//! A new action is one entry here and one arm in `update`.

// Long because it is one table: in two files one would look for a key twice.

use super::places::{
    ALL_FIELDS, APPROVALS, ASIDE, ASKED, CHOICE, EVERYWHERE, FIELDS, FIND, LIST, LIST_AND_PAGE, LOG, MENU, NAMES, ORGS,
    PAGE, PAGES, PLAN, ROSTERS, SCROLLED, SHEETS, TOLD, TYPED, USER, USERS, VIEWS, WATCH, WITH_A_SITE, WITH_FACTS,
};
use super::possible::{
    ALWAYS, WHEN_ASKED, WHEN_CODED, WHEN_DRY, WHEN_FILTERED, WHEN_NARROWED, WHEN_OURS_TO_POLL, WHEN_READ, WHEN_REFUSED,
    WHEN_TYPED, WHEN_UNSAID, WHEN_WATCHED, WHEN_ZOOMED, WITH_APPROVAL, WITH_CSV, WITH_LEFT, WITH_MARKS, WITH_MATCHES,
    WITH_OFFERED, WITH_ORGS, WITH_PANES, WITH_ROWS, WITH_RUNS, WITH_SITES, WITH_STEPS, WITH_TWIN, WITH_USERS,
    WITH_WATCHES, WITHOUT_SITES,
};
use super::{Action, Argument, Context, Copied, Entry, Group, Step};
use crate::model::ActionClass;
use crate::ui::keymap::Key;
use crate::ui::state::Order;

/// A harmless action that the keys row leaves out: most are.
pub(super) const fn look(
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
        with_former: "",
        group,
        keys,
        contexts,
        class: ActionClass::Look,
        possible: ALWAYS,
        in_row: false,
        command: contexts,
        aliases: &[],
        argument: Argument::None,
    }
}

/// A move: a key's affair, no command.
const fn go(
    step: Step,
    id: &'static str,
    help: &'static str,
    group: Group,
    keys: &'static [Key],
    contexts: &'static [Context],
) -> Entry {
    Entry { command: &[], ..look(Action::Move(step), id, help, group, keys, contexts) }
}

const fn sort_by(order: Order, id: &'static str, key: &'static [Key]) -> Entry {
    Entry { label: order.name(), ..look(Action::SortBy(order), id, order.name(), Group::Choose, key, &[Context::Sort]) }
}

const fn copy(what: Copied, id: &'static str, help: &'static str, key: &'static [Key]) -> Entry {
    Entry { label: what.label(), ..look(Action::CopyText(what), id, help, Group::Choose, key, &[Context::Copy]) }
}

/// Everything that can be done, in the order in which the keys row and the help show it.
pub static TABLE: &[Entry] = &[
    Entry {
        possible: WHEN_READ,
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
    Entry {
        possible: WITH_ROWS,
        in_row: true,
        label: "open",
        command: LIST_AND_PAGE,
        argument: Argument::Site,
        ..look(Action::Open, "open", "the site in full", Group::Look, &[Key::Enter], LIST)
    },
    Entry {
        possible: WITH_MATCHES,
        in_row: true,
        label: "next",
        ..look(Action::NextMatch, "next-match", "next match", Group::Choose, &[Key::Char('n')], LIST)
    },
    Entry {
        possible: WITH_MATCHES,
        in_row: true,
        label: "previous",
        with_former: "next, previous match",
        ..look(Action::PreviousMatch, "previous-match", "match before", Group::Choose, &[Key::Char('N')], LIST)
    },
    Entry {
        possible: WITH_USERS,
        in_row: true,
        label: "approvals",
        command: &[],
        ..look(Action::Enter, "open-user", "the user in full", Group::Look, &[Key::Enter], USERS)
    },
    Entry {
        possible: WITH_ORGS,
        in_row: true,
        label: "users",
        command: &[],
        ..look(Action::Enter, "open-org", "the org's users", Group::Look, &[Key::Enter], ORGS)
    },
    Entry {
        possible: WITH_ROWS,
        in_row: true,
        label: "its fields",
        command: &[],
        ..look(Action::Enter, "open-fields", "the site's fields", Group::Look, &[Key::Enter], FIELDS)
    },
    Entry {
        possible: WITH_ROWS,
        in_row: true,
        label: "read again",
        aliases: &["look"],
        ..look(
            Action::ReadFields,
            "read-fields",
            "the site tells its fields now",
            Group::Look,
            &[Key::Char('R')],
            ALL_FIELDS,
        )
    },
    Entry {
        in_row: true,
        possible: WHEN_NARROWED,
        label: "show all",
        command: &[],
        ..look(Action::FindAll, "find-all", "drop the filter", Group::Choose, &[Key::Backspace], NAMES)
    },
    Entry {
        in_row: true,
        label: "keep",
        ..look(Action::Close, "keep-find", "keep the filter", Group::Choose, &[Key::Enter], FIND)
    },
    Entry {
        in_row: true,
        label: "show all",
        ..look(Action::FindAll, "drop-find", "drop the filter", Group::Choose, &[Key::Esc], FIND)
    },
    Entry {
        in_row: true,
        label: "back",
        aliases: &["q"],
        ..look(Action::Back, "back", "back", Group::Go, &[Key::Esc, Key::Char('q')], PAGES)
    },
    Entry {
        possible: WITH_USERS,
        in_row: true,
        label: "next user",
        ..look(Action::NextSite, "next-user", "next user", Group::Choose, &[Key::Char('n'), Key::Char('J')], USER)
    },
    Entry {
        possible: WITH_USERS,
        with_former: "next, previous user",
        ..look(
            Action::PreviousSite,
            "previous-user",
            "user before",
            Group::Choose,
            &[Key::Char('N'), Key::Char('K')],
            USER,
        )
    },
    Entry {
        possible: WITH_ROWS,
        in_row: true,
        label: "next site",
        ..look(Action::NextSite, "next-site", "next site", Group::Choose, &[Key::Char('n'), Key::Char('J')], PAGE)
    },
    Entry {
        possible: WITH_ROWS,
        with_former: "next, previous site",
        ..look(
            Action::PreviousSite,
            "previous-site",
            "site before",
            Group::Choose,
            &[Key::Char('N'), Key::Char('K')],
            PAGE,
        )
    },
    sort_by(Order::Risk, "sort-risk", &[Key::Char('r')]),
    sort_by(Order::Name, "sort-name", &[Key::Char('n')]),
    sort_by(Order::Expiry, "sort-expiry", &[Key::Char('e')]),
    sort_by(Order::Uses, "sort-uses", &[Key::Char('u')]),
    sort_by(Order::Proof, "sort-proof", &[Key::Char('p')]),
    copy(Copied::Name, "copy-name", "copy the name", &[Key::Char('n')]),
    copy(Copied::Address, "copy-address", "copy the address", &[Key::Char('a')]),
    copy(Copied::Why, "copy-why", "copy what is wrong", &[Key::Char('w')]),
    copy(Copied::User, "copy-user", "copy org and user", &[Key::Char('u')]),
    copy(Copied::Line, "copy-line", "copy the line as text", &[Key::Char('l')]),
    copy(Copied::Approval, "copy-approval", "copy the approval's id", &[Key::Char('i')]),
    copy(Copied::Admin, "copy-admin", "copy the wp-admin link", &[Key::Char('p')]),
    copy(Copied::Setup, "copy-setup", "copy the Setup link", &[Key::Char('s')]),
    Entry {
        possible: WITH_ROWS,
        in_row: true,
        label: "look now",
        argument: Argument::Site,
        ..look(Action::Look, "look", "ask the sites now", Group::Look, &[Key::Char('R')], LIST_AND_PAGE)
    },
    Entry {
        in_row: true,
        label: "read again",
        aliases: &["look"],
        ..look(Action::Look, "look-org", "ask the org now", Group::Look, &[Key::Char('R')], ASIDE)
    },
    Entry {
        possible: WITH_ROWS,
        class: ActionClass::Spend,
        label: "identify",
        argument: Argument::Site,
        ..look(Action::Identify, "identify", "one refresh shows its approval", Group::Look, &[], LIST_AND_PAGE)
    },
    Entry {
        possible: WITH_ROWS,
        class: ActionClass::Spend,
        label: "keep warm",
        argument: Argument::Site,
        ..look(Action::KeepWarm, "keep-warm", "one refresh, before it idles out", Group::Look, &[], LIST_AND_PAGE)
    },
    Entry {
        possible: WHEN_WATCHED,
        in_row: true,
        label: "copy link",
        ..look(Action::CopyLink, "watch-link", "copy the link", Group::Look, &[Key::Char('y')], WATCH)
    },
    Entry {
        possible: WHEN_WATCHED,
        in_row: true,
        label: "message",
        ..look(
            Action::CopyMessage,
            "watch-message",
            "copy a message to hand over",
            Group::Look,
            &[Key::Char('m')],
            WATCH,
        )
    },
    Entry {
        possible: WHEN_CODED,
        in_row: true,
        label: "QR",
        ..look(Action::Code, "watch-qr", "the link as a QR code; swapped; away", Group::Look, &[Key::Char('Q')], WATCH)
    },
    Entry {
        possible: WHEN_WATCHED,
        in_row: true,
        label: "stop watching",
        ..look(Action::StopWatching, "watch-stop", "stop watching, undo nothing", Group::Look, &[Key::Char('c')], WATCH)
    },
    Entry {
        possible: WITH_ROWS,
        label: "prove",
        argument: Argument::Site,
        ..look(Action::Prove, "prove", "one call by the site itself, now", Group::Look, &[], LIST_AND_PAGE)
    },
    Entry {
        possible: WITH_ROWS,
        class: ActionClass::Spend,
        label: "reauthorize",
        argument: Argument::Site,
        aliases: &["authorize"],
        ..look(
            Action::Reauthorize,
            "reauthorize",
            "a person signs in again",
            Group::Look,
            &[Key::Char('a')],
            LIST_AND_PAGE,
        )
    },
    Entry {
        possible: WITH_ROWS,
        class: ActionClass::Write,
        label: "refresh fields",
        argument: Argument::Site,
        ..look(
            Action::RefreshFields,
            "refresh-fields",
            "read topics and fields again",
            Group::Look,
            &[Key::Char('f')],
            WITH_A_SITE,
        )
    },
    Entry {
        possible: WITH_LEFT,
        in_row: true,
        class: ActionClass::Write,
        label: "those again",
        ..look(
            Action::RefreshFields,
            "refresh-again",
            "those that are not done, again",
            Group::Look,
            &[Key::Char('f')],
            &[Context::Run],
        )
    },
    Entry {
        possible: WITH_ROWS,
        class: ActionClass::Write,
        label: "object type",
        argument: Argument::Site,
        ..look(
            Action::ObjectType,
            "object-type",
            "the object it syncs to",
            Group::Look,
            &[Key::Char('O')],
            LIST_AND_PAGE,
        )
    },
    Entry {
        possible: WITH_ROWS,
        class: ActionClass::Write,
        label: "segment type",
        argument: Argument::Site,
        ..look(Action::SegmentType, "segment-type", "where its segments are", Group::Look, &[], LIST_AND_PAGE)
    },
    Entry {
        class: ActionClass::Write,
        label: "undo",
        ..look(Action::Undo, "undo", "take the last change back", Group::Look, &[Key::Char('z')], VIEWS)
    },
    Entry {
        possible: WITH_SITES,
        label: "plan",
        command: VIEWS,
        ..look(Action::Plan, "plan", "connect broken sites, lose none", Group::Go, &[], LIST)
    },
    Entry {
        possible: WITH_STEPS,
        class: ActionClass::Spend,
        in_row: true,
        label: "do this step",
        command: &[],
        ..look(Action::PlanStep, "plan-step", "do the selected step", Group::Look, &[Key::Enter], PLAN)
    },
    Entry {
        in_row: true,
        label: "plan anew",
        // Who gives `look` another key means this one, too.
        aliases: &["look"],
        ..look(Action::PlanAnew, "plan-anew", "plan anew, by what is known", Group::Look, &[Key::Char('R')], PLAN)
    },
    Entry {
        possible: WITH_APPROVAL,
        class: ActionClass::Write,
        label: "revoke",
        command: VIEWS,
        argument: Argument::Approval,
        ..look(Action::Revoke, "revoke", "end its approval, for good", Group::Look, &[], APPROVALS)
    },
    Entry {
        possible: WITH_ROWS,
        label: "fields",
        command: &[],
        ..look(Action::SiteFields, "site-fields", "what it maps to what", Group::Look, &[Key::Char('d')], PAGE)
    },
    Entry {
        possible: WITH_ROWS,
        label: "log",
        ..look(Action::Log, "log", "what its plugin logged", Group::Look, &[Key::Char('l')], LIST_AND_PAGE)
    },
    Entry {
        in_row: true,
        label: "its log",
        command: &[],
        ..look(Action::Log, "watch-log", "what the plugin of the site logged", Group::Look, &[Key::Char('l')], WATCH)
    },
    Entry {
        possible: WITH_RUNS,
        label: "refreshed",
        ..look(Action::Refreshed, "refreshed", "the run that was begun last", Group::Go, &[], VIEWS)
    },
    Entry {
        label: "commands",
        ..look(Action::Commands, "commands", "what this console had done", Group::Go, &[Key::Char('@')], VIEWS)
    },
    Entry {
        possible: WITH_TWIN,
        in_row: true,
        label: "copy command",
        ..look(
            Action::CopyCommand,
            "copy-command",
            "copy the command that does the same",
            Group::Look,
            &[Key::Char('y')],
            LOG,
        )
    },
    Entry {
        possible: WITH_WATCHES,
        label: "watching",
        ..look(Action::Watching, "watching", "the sign-in that was begun last", Group::Go, &[], VIEWS)
    },
    Entry {
        possible: WHEN_UNSAID,
        label: "allow writing",
        ..look(Action::AllowWriting, "write", "what spends and writes, in this session", Group::Go, &[], VIEWS)
    },
    Entry {
        possible: WITH_ROWS,
        label: "copy",
        argument: Argument::What,
        ..look(Action::Copy, "copy", "copy name, link ..", Group::Look, &[Key::Char('y')], LIST_AND_PAGE)
    },
    Entry {
        possible: WITH_ROWS,
        label: "link",
        aliases: &["o"],
        ..look(Action::Link, "link", "link to its cure", Group::Look, &[Key::Char('o')], LIST_AND_PAGE)
    },
    Entry {
        possible: WHEN_OURS_TO_POLL,
        in_row: true,
        label: "pause",
        ..look(Action::Pause, "pause", "pause polling, go on", Group::Look, &[Key::Char('p')], VIEWS)
    },
    Entry {
        possible: WITH_SITES,
        in_row: true,
        label: "filter",
        command: &[],
        ..look(Action::Filter, "filter", "filter, ! inverts", Group::Choose, &[Key::Char('/')], LIST)
    },
    Entry {
        possible: WITH_SITES,
        in_row: true,
        label: "sort",
        argument: Argument::Order,
        ..look(Action::Sort, "sort", "sort by risk, name ..", Group::Choose, &[Key::Char('s')], LIST)
    },
    Entry {
        in_row: true,
        label: "filter",
        command: &[],
        ..look(Action::Find, "find", "filter by name", Group::Choose, &[Key::Char('/')], NAMES)
    },
    Entry {
        in_row: true,
        label: "sort",
        command: ROSTERS,
        ..look(Action::TurnOrder, "turn-order", "by risk, by name", Group::Choose, &[Key::Char('s')], ROSTERS)
    },
    Entry {
        possible: WITH_ROWS,
        in_row: true,
        label: "mark",
        ..look(Action::Mark, "mark", "mark, or not", Group::Choose, &[Key::Char(' ')], LIST)
    },
    Entry {
        possible: WITH_ROWS,
        ..look(Action::Range, "range", "range: here to there", Group::Choose, &[Key::Char('v')], LIST)
    },
    Entry {
        possible: WITH_ROWS,
        ..look(Action::MarkAll, "mark-all", "mark all shown", Group::Choose, &[Key::Char('*')], LIST)
    },
    Entry {
        possible: WITH_MARKS,
        ..look(Action::ClearMarks, "clear-marks", "no marks", Group::Choose, &[Key::Backspace], LIST)
    },
    Entry {
        possible: WITH_PANES,
        ..look(Action::FocusNext, "focus-next", "the other pane", Group::Go, &[Key::Tab], LIST)
    },
    Entry {
        possible: WITH_PANES,
        with_former: "the other pane",
        ..look(Action::FocusPrevious, "focus-previous", "the pane before", Group::Go, &[Key::BackTab], LIST)
    },
    Entry { possible: WITH_ROWS, ..look(Action::Zoom, "zoom", "the pane alone", Group::Look, &[Key::Char('+')], LIST) },
    Entry {
        possible: WHEN_ZOOMED,
        with_former: "this pane alone, all",
        ..look(Action::Unzoom, "unzoom", "all panes", Group::Look, &[Key::Char('_')], LIST)
    },
    Entry {
        possible: WHEN_REFUSED,
        label: "acknowledge",
        ..look(Action::Acknowledge, "acknowledge", "hide the banner", Group::Look, &[Key::Char('A')], LIST)
    },
    Entry { possible: WITH_ROWS, ..look(Action::Wide, "wide", "more columns", Group::Look, &[Key::Char('w')], LIST) },
    go(Step::Down, "down", "down", Group::Choose, &[Key::Char('j'), Key::Down], SCROLLED),
    Entry { with_former: "down, up", ..go(Step::Up, "up", "up", Group::Choose, &[Key::Char('k'), Key::Up], SCROLLED) },
    go(Step::PageDown, "page-down", "a page down", Group::Choose, &[Key::PageDown, Key::Char('.')], SCROLLED),
    Entry {
        with_former: "a page down, up",
        ..go(Step::PageUp, "page-up", "a page up", Group::Choose, &[Key::PageUp, Key::Char(',')], SCROLLED)
    },
    go(Step::Top, "top", "first", Group::Choose, &[Key::Char('g'), Key::Home], SCROLLED),
    Entry {
        with_former: "first, last",
        ..go(Step::Bottom, "bottom", "last", Group::Choose, &[Key::Char('G'), Key::End], SCROLLED)
    },
    Entry {
        command: &[],
        ..look(
            Action::Scroll(Step::Down),
            "facts-down",
            "more of the facts",
            Group::Choose,
            &[Key::Char('J')],
            WITH_FACTS,
        )
    },
    Entry {
        command: &[],
        with_former: "more of the facts, back",
        ..look(Action::Scroll(Step::Up), "facts-up", "facts before", Group::Choose, &[Key::Char('K')], WITH_FACTS)
    },
    // Letters belong to the input while one types.
    Entry {
        possible: WITH_ROWS,
        in_row: true,
        label: "next",
        ..look(Action::Move(Step::Down), "match-down", "down", Group::Choose, &[Key::Down], &[Context::Filter])
    },
    Entry {
        possible: WITH_ROWS,
        in_row: true,
        label: "previous",
        ..look(Action::Move(Step::Up), "match-up", "up", Group::Choose, &[Key::Up], &[Context::Filter])
    },
    go(Step::PageDown, "match-page-down", "a page down", Group::Choose, &[Key::PageDown], &[Context::Filter]),
    go(Step::PageUp, "match-page-up", "a page up", Group::Choose, &[Key::PageUp], &[Context::Filter]),
    go(Step::Down, "find-down", "down", Group::Choose, &[Key::Down], FIND),
    go(Step::Up, "find-up", "up", Group::Choose, &[Key::Up], FIND),
    Entry {
        in_row: true,
        label: "close",
        ..look(Action::Close, "close", "close", Group::Go, &[Key::Esc], &[Context::Help])
    },
    Entry {
        in_row: true,
        label: "all keys",
        ..look(Action::HelpAll, "help-all", "the keys of every place", Group::Go, &[Key::Char('?')], &[Context::Help])
    },
    Entry {
        in_row: true,
        label: "leave",
        ..look(Action::Close, "leave", "leave the order", Group::Go, &[Key::Esc, Key::Char('q')], &[Context::Sort])
    },
    Entry {
        in_row: true,
        label: "leave",
        ..look(Action::Close, "leave-copy", "copy nothing", Group::Go, &[Key::Esc, Key::Char('q')], &[Context::Copy])
    },
    Entry {
        label: "sites",
        aliases: &["filter"],
        argument: Argument::Query,
        ..look(Action::Sites, "sites", "the list, all of it or what a filter shows", Group::Go, &[], VIEWS)
    },
    Entry {
        in_row: true,
        label: "command",
        command: &[],
        ..look(Action::Palette, "command", "any command", Group::Go, &[Key::Char(':')], VIEWS)
    },
    Entry { label: "menu", ..look(Action::Menu, "menu", "all actions here", Group::Go, &[Key::Char('x')], VIEWS) },
    Entry {
        in_row: true,
        label: "do it",
        command: &[],
        ..look(Action::RunItem, "run-item", "do what is selected", Group::Go, &[Key::Enter], MENU)
    },
    Entry {
        in_row: true,
        label: "leave",
        command: &[],
        ..look(Action::Close, "leave-menu", "do nothing", Group::Go, &[Key::Esc, Key::Char('q'), Key::Char('x')], MENU)
    },
    Entry {
        in_row: true,
        label: "leave it",
        command: &[],
        ..look(
            Action::Decline,
            "decline",
            "do nothing",
            Group::Go,
            &[Key::Esc, Key::Enter, Key::Char('n'), Key::Char('q')],
            ASKED,
        )
    },
    Entry {
        in_row: true,
        possible: WHEN_ASKED,
        label: "yes",
        command: &[],
        ..look(Action::Confirm, "confirm", "do what is asked", Group::Go, &[Key::Char('y')], ASKED)
    },
    Entry {
        in_row: true,
        label: "leave it",
        command: &[],
        ..look(Action::Decline, "decline-word", "do nothing", Group::Go, &[Key::Esc], TYPED)
    },
    Entry {
        in_row: true,
        label: "back",
        command: &[],
        ..look(
            Action::LeaveSteps,
            "leave-steps",
            "back to the question",
            Group::Go,
            &[Key::Esc, Key::Enter, Key::Char('d'), Key::Char('q')],
            &[Context::Steps],
        )
    },
    Entry {
        in_row: true,
        possible: WHEN_TYPED,
        label: "do it",
        command: &[],
        ..look(Action::Confirm, "confirm-word", "do what is asked", Group::Go, &[Key::Enter], TYPED)
    },
    Entry {
        in_row: true,
        label: "leave",
        command: &[],
        ..look(Action::Decline, "decline-told", "do nothing", Group::Go, &[Key::Esc, Key::Char('q')], TOLD)
    },
    Entry {
        possible: WHEN_DRY,
        in_row: true,
        label: "only what breaks",
        command: &[],
        ..look(Action::OnlyBreaks, "only-breaks", "what breaks alone, all", Group::Choose, &[Key::Tab], SHEETS)
    },
    Entry {
        possible: WITH_CSV,
        in_row: true,
        label: "copy as CSV",
        command: &[],
        ..look(Action::CopyCsv, "copy-csv", "copy what it would do as CSV", Group::Choose, &[Key::Char('y')], SHEETS)
    },
    Entry { possible: WHEN_DRY, ..go(Step::Down, "sheet-down", "down", Group::Choose, &[Key::Down], SHEETS) },
    Entry {
        possible: WHEN_DRY,
        with_former: "down, up",
        ..go(Step::Up, "sheet-up", "up", Group::Choose, &[Key::Up], SHEETS)
    },
    Entry {
        possible: WHEN_DRY,
        ..go(Step::PageDown, "sheet-page-down", "a page down", Group::Choose, &[Key::PageDown], SHEETS)
    },
    Entry {
        possible: WHEN_DRY,
        with_former: "a page down, up",
        ..go(Step::PageUp, "sheet-page-up", "a page up", Group::Choose, &[Key::PageUp], SHEETS)
    },
    Entry {
        possible: WITH_OFFERED,
        in_row: true,
        label: "see what it does",
        command: &[],
        ..look(Action::Take, "take", "see what it would do", Group::Go, &[Key::Enter], CHOICE)
    },
    Entry {
        in_row: true,
        label: "leave",
        command: &[],
        ..look(Action::Decline, "leave-choice", "choose nothing", Group::Go, &[Key::Esc], CHOICE)
    },
    go(Step::Down, "choice-down", "down", Group::Choose, &[Key::Down], CHOICE),
    Entry { with_former: "down, up", ..go(Step::Up, "choice-up", "up", Group::Choose, &[Key::Up], CHOICE) },
    go(Step::PageDown, "choice-page-down", "a page down", Group::Choose, &[Key::PageDown], CHOICE),
    Entry {
        with_former: "a page down, up",
        ..go(Step::PageUp, "choice-page-up", "a page up", Group::Choose, &[Key::PageUp], CHOICE)
    },
    Entry {
        in_row: true,
        possible: WITHOUT_SITES,
        label: "demo",
        ..look(Action::Demo, "demo", "a made-up fleet", Group::Go, &[Key::Char('d')], LIST)
    },
    Entry {
        command: &[],
        ..look(Action::ToSites, "view-sites", "the list of sites", Group::Go, &[Key::Char('1')], VIEWS)
    },
    look(Action::Users, "users", "who holds which slot", Group::Go, &[Key::Char('2')], VIEWS),
    look(Action::Orgs, "orgs", "what each org allows", Group::Go, &[Key::Char('3')], VIEWS),
    Entry {
        argument: Argument::Site,
        ..look(Action::Fields, "fields", "what sites map, and is it there", Group::Go, &[Key::Char('4')], VIEWS)
    },
    look(Action::Audit, "audit", "what was spent or refused", Group::Go, &[Key::Char('7')], VIEWS),
    Entry {
        in_row: true,
        label: "quit",
        aliases: &["q"],
        ..look(Action::Quit, "quit", "quit", Group::Go, &[Key::Char('q')], LIST)
    },
    look(Action::Repaint, "repaint", "draw anew", Group::Anywhere, &[Key::Ctrl('l')], EVERYWHERE),
    look(Action::Suspend, "suspend", "stop, fg goes on", Group::Anywhere, &[Key::Ctrl('z')], EVERYWHERE),
    Entry {
        // On the list it is `quit`.
        command: PAGES,
        aliases: &["quit"],
        ..look(Action::Quit, "quit-now", "quit", Group::Anywhere, &[Key::Ctrl('c')], EVERYWHERE)
    },
    Entry {
        in_row: true,
        label: "complete",
        ..look(Action::Complete, "complete", "complete the line", Group::Choose, &[Key::Tab], &[Context::Palette])
    },
    Entry {
        in_row: true,
        label: "earlier",
        ..look(
            Action::Earlier,
            "earlier",
            "completion or command before",
            Group::Choose,
            &[Key::Up],
            &[Context::Palette],
        )
    },
    look(Action::Later, "later", "completion or command after", Group::Choose, &[Key::Down], &[Context::Palette]),
    Entry {
        in_row: true,
        label: "run",
        ..look(Action::Run, "run", "run the command", Group::Go, &[Key::Enter], &[Context::Palette])
    },
    Entry {
        in_row: true,
        label: "close",
        ..look(Action::Close, "leave-command", "run nothing", Group::Go, &[Key::Esc], &[Context::Palette])
    },
    Entry {
        in_row: true,
        label: "help",
        ..look(Action::Help, "help", "these keys", Group::Go, &[Key::Char('?')], VIEWS)
    },
];
