//! The one table of what can be done: dispatch, the keys row, the help and the read-only filter are read from it.
//!
//! Uses `model` and `protocol` for what decides whether an action is possible. An entry whose target does not exist is
//! not in the table.

mod facts;
mod places;
mod possible;
mod table;

pub use facts::Facts;
pub use table::TABLE;

use crate::model::ActionClass;
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
    /// Show the list, all of it.
    Sites,
    /// Show the list of sites as it was left.
    ToSites,
    /// Show the list of users.
    Users,
    /// Show the list of orgs.
    Orgs,
    /// Show the list of sites by their fields.
    Fields,
    /// Show the fields of the site in question.
    SiteFields,
    /// Have the site in question tell its fields now.
    ReadFields,
    /// Show the audit.
    Audit,
    /// Show how broken sites are connected again.
    Plan,
    /// Make another plan for the same sites.
    PlanAnew,
    /// Do the selected step of it.
    PlanStep,
    /// Open what stands behind the selected line: a user in full, the users of an org, the fields of a site.
    Enter,
    /// Sort by the other order of two.
    TurnOrder,
    /// Scroll what is told of the selected line.
    Scroll(Step),
    /// Open the input for what names have to hold.
    Find,
    /// Show all of them again.
    FindAll,
    /// Open the command palette.
    Palette,
    /// Take the selected completion into the line.
    Complete,
    /// The completion before, or the command that was given before.
    Earlier,
    /// The next completion, or the command that was given after.
    Later,
    /// Run the command.
    Run,
    /// Select the next row that the filter lets through.
    NextMatch,
    /// Select the one before.
    PreviousMatch,
    /// Ask for an order.
    Sort,
    /// Sort by it; by the same again, turn it round.
    SortBy(Order),
    /// Ask what to copy.
    Copy,
    /// Copy it.
    CopyText(Copied),
    /// Copy and show the link to the page for what ails the selected site.
    Link,
    /// Ask the marked sites now, or the selected one.
    Look,
    /// Open the selected site in full.
    Open,
    /// Go back to the list.
    Back,
    /// Open the next site of the list.
    NextSite,
    /// Open the site before.
    PreviousSite,
    /// Mark the selected site, or take its mark away.
    Mark,
    /// Begin a range at the selection, or mark all from its beginning to the selection.
    Range,
    /// Mark all that are shown.
    MarkAll,
    /// Forget the range, or take all marks away.
    ClearMarks,
    /// Let the keys move in the next pane.
    FocusNext,
    /// Let the keys move in the pane before.
    FocusPrevious,
    /// Give the whole body to the pane that has the focus.
    Zoom,
    /// Give each pane its place again.
    Unzoom,
    /// Let a site refresh once, to see which approval is its own.
    Identify,
    /// Let a site refresh once, so that its approval's idle time begins anew.
    KeepWarm,
    /// Have a person sign in for the site.
    Reauthorize,
    /// Show the authorization that was begun last.
    Watching,
    /// Have sites read topics and fields again.
    RefreshFields,
    /// Let a site sync to another object.
    ObjectType,
    /// Let a site keep its segments elsewhere.
    SegmentType,
    /// Take the last change of a site back.
    Undo,
    /// Take what is selected of a choice.
    Take,
    /// In a dry run: what breaks alone, or all of it again.
    OnlyBreaks,
    /// Show what the plugin of a site logged.
    Log,
    /// Copy the dry run as comma-separated values.
    CopyCsv,
    /// End an approval for good.
    Revoke,
    /// Show the run that was begun last.
    Refreshed,
    /// Show what this console had done.
    Commands,
    /// Copy the command line that does the same.
    CopyCommand,
    /// Stop watching it.
    StopWatching,
    /// Copy its link.
    CopyLink,
    /// Copy what to hand over to the person who signs in.
    CopyMessage,
    /// Show its link as a QR code, the other way round, or not any more.
    Code,
    /// Let the marked sites prove themselves now, or the selected one.
    Prove,
    /// Allow what spends and writes, until the console is left.
    AllowWriting,
    /// Open the menu of all that can be done here.
    Menu,
    /// Do what the menu's selection is.
    RunItem,
    /// Do what a dialog asks.
    Confirm,
    /// Leave a dialog, and do nothing.
    Decline,
    /// From the steps back to the question.
    LeaveSteps,
    /// Take what orgs refuse as read.
    Acknowledge,
    /// Bring back columns that were dropped, or drop them again.
    Wide,
    /// Stop or resume polling.
    Pause,
    /// The keys of this place.
    Help,
    /// In the help: those of every place, or of this one again.
    HelpAll,
    /// Close what is on top.
    Close,
    /// Draw everything anew.
    Repaint,
    /// Stop the program and give the terminal back until it is continued.
    Suspend,
    /// Leave.
    Quit,
    /// Show a made-up fleet in the place of one without sites.
    Demo,
}

impl Action {
    /// Whether its characters are keys where text is typed, too, as long as they are no letters of that text.
    pub fn may_be_a_letter(self) -> bool {
        matches!(self, Self::HelpAll | Self::CopyCsv)
    }
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

/// What can be copied of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// Its name.
    Name,
    /// Its address.
    Address,
    /// The cause in one sentence.
    Why,
    /// Org and user.
    User,
    /// Its line in the list.
    Line,
    /// The id of its approval.
    Approval,
    /// The link to its WP Fusion settings.
    Admin,
    /// The link to Setup of its org.
    Setup,
}

impl Copied {
    /// What the menu calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::Why => "why",
            Self::User => "user",
            Self::Line => "line",
            Self::Approval => "id",
            Self::Admin => "wp-admin",
            Self::Setup => "Setup",
        }
    }
}

/// Where a key can be pressed. Computed from the stacks of screens and overlays, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Context {
    /// The list of sites.
    Sites,
    /// The page of one site.
    Site,
    /// The list of users.
    Users,
    /// The page of one user.
    User,
    /// The list of orgs.
    Orgs,
    /// The list of sites by their fields.
    Fields,
    /// The fields of one site.
    SiteFields,
    /// The audit.
    Audit,
    /// An authorization that is watched.
    Watch,
    /// A run over many sites.
    Run,
    /// How broken sites are connected again.
    Plan,
    /// What this console had done.
    Log,
    /// The filter's input.
    Filter,
    /// The input for what names have to hold.
    Find,
    /// The choice of an order.
    Sort,
    /// The choice of what to copy.
    Copy,
    /// The help.
    Help,
    /// The command palette.
    Palette,
    /// The menu of all that can be done.
    Menu,
    /// A question that a key answers.
    Confirm,
    /// A question that a word answers.
    Type,
    /// The steps of what a question is about.
    Steps,
    /// What would be done, while it is asked for or where it can not be.
    Told,
    /// What can be chosen of a setting of a site.
    Choose,
}

impl Context {
    /// What the help and the manual call it.
    pub const fn place(self) -> &'static str {
        match self {
            Self::Sites => "Sites",
            Self::Site => "One site",
            Self::Users => "Users",
            Self::User => "One user",
            Self::Orgs => "Orgs",
            Self::Fields => "Fields",
            Self::SiteFields => "Fields of one site",
            Self::Audit => "Audit",
            Self::Watch => "Authorization",
            Self::Run => "Refresh of fields",
            Self::Plan => "Plan",
            Self::Log => "Command log",
            Self::Filter => "Filter",
            Self::Find => "Find",
            Self::Sort => "Order",
            Self::Copy => "Copy",
            Self::Help => "Help",
            Self::Palette => "Command line",
            Self::Menu => "Menu",
            Self::Confirm => "Question",
            Self::Type => "Question with a word",
            Self::Steps => "Dry run",
            Self::Told => "Before a question",
            Self::Choose => "Choice",
        }
    }

    /// Whether characters are text here, and do nothing else.
    pub const fn takes_text(self) -> bool {
        matches!(self, Self::Filter | Self::Find | Self::Palette | Self::Help | Self::Type | Self::Choose)
    }
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
    /// What works in every place.
    Anywhere,
}

/// What a command takes after its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// A site's name; the selected site where none is given.
    Site,
    /// The first eight digits of an approval's id, or more; the approval in question where none is given.
    Approval,
    /// A filter.
    Query,
    /// By what to sort.
    Order,
    /// What to copy.
    What,
}

impl Argument {
    /// How a command's usage writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Site => "[SITE]",
            Self::Approval => "[APPROVAL]",
            Self::Query => "[QUERY]",
            Self::Order => "[ORDER]",
            Self::What => "[WHAT]",
        }
    }
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
    /// What the help says of it and of the entry before it in one line, where they are two ways of one thing; else
    /// nothing.
    pub with_former: &'static str,
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
    /// Where it can be given as a command; nowhere, if it is none.
    pub command: &'static [Context],
    /// Other names of its command.
    pub aliases: &'static [&'static str],
    /// What its command takes.
    pub argument: Argument,
}

impl Entry {
    /// Every name of its command.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.id).chain(self.aliases.iter().copied())
    }

    /// Whether it may be done now, or the reason to tell.
    pub fn enabled(&self, facts: Facts) -> Result<(), &'static str> {
        match facts.read_only {
            Some(why) if self.class != ActionClass::Look => Err(why),
            _ => (self.possible)(facts),
        }
    }

    /// Whether it is not to be seen: what spends or writes, where nothing may.
    pub fn is_hidden(&self, facts: Facts) -> bool {
        self.class != ActionClass::Look && facts.read_only.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::places::LIST;
    use super::table::look;
    use super::*;
    use crate::protocol::Poller;
    use std::collections::BTreeSet;

    const FACTS: Facts = Facts {
        sites: 3,
        shown: 3,
        filtered: false,
        mistaken: false,
        poller: Poller::Us,
        read_only: Some("read-only"),
        lifts: Ok(()),
        watches: 1,
        runs: 1,
        left: 1,
        twin: true,
        watched: true,
        code: Ok(()),
        asked: false,
        answered: false,
        dry: false,
        csv: false,
        offered: false,
        panes: false,
        zoomed: false,
        approval: true,
        marked: 0,
        ranging: false,
        refusing: 0,
        users: 3,
        orgs: 3,
        steps: 3,
        narrowed: false,
    };

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = TABLE.iter().map(|e| e.id).collect();
        assert_eq!(names.len(), TABLE.len());
    }

    #[test]
    fn read_only_refuses_what_is_more_than_a_look() {
        let spends = Entry { class: ActionClass::Spend, ..look(Action::Look, "x", "x", Group::Look, &[], LIST) };
        assert!(spends.enabled(FACTS).is_err());
        assert!(spends.enabled(Facts { read_only: None, ..FACTS }).is_ok());
        assert!(TABLE.iter().filter(|e| e.class == ActionClass::Look).all(|e| e.enabled(FACTS) != Err("read-only")));
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
