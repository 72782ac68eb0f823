//! All that the screen remembers: a stack of screens, a stack of overlays, the newest picture.
//!
//! Changed by `update` alone, read by `view`. The focus is computed from the two stacks ([`State::context`]), never stored.

pub mod choose;
pub mod confirm;
pub mod digest;
pub mod fields;
pub mod help;
pub mod log;
pub mod menu;
pub mod narrowing;
pub mod order;
pub mod orgs;
pub mod palette;
pub mod plan;
pub mod runs;
pub mod site;
pub mod sites;
pub mod trail;
pub mod users;
pub mod watch;
pub mod well;

pub use choose::Choose;
pub use confirm::Confirm;
pub use digest::Digest;
pub use fields::{Fields, FieldsPage};
pub use help::Help;
pub use log::Log;
pub use narrowing::Narrowing;
pub use order::Order;
pub use orgs::Orgs;
pub use palette::{Given, Palette};
pub use plan::PlanView;
pub use runs::RunPage;
pub use site::SitePage;
pub use sites::{Pane, Sites};
pub use trail::TrailView;
pub use users::{UserOrder, UserPage, Users};
pub use watch::{Code, WatchPage};

use crate::model::{
    ApprovalId, OrgBoard, OrgLedger, OrgName, Permits, ReadOnly, SiteDetail, SiteName, SiteRow, Watching,
    refreshing::RefreshRun,
};
use crate::protocol::{OperationId, Picture};
use crate::ui::action::{Action, Context, Entry, Facts};
use crate::ui::glyphs::Glyphs;
use crate::ui::keymap::{Key, Keymap};
use crate::ui::links::Link;
use crate::ui::page::{BANNER, Page, Zoom};
use crate::ui::theme::Theme;
use confirm::Asks;
use ratatui::layout::Size;
use std::collections::BTreeSet;
use std::sync::Arc;
use tui_input::Input;

/// Everything the screen remembers.
#[derive(Clone, Debug)]
pub struct State {
    /// The fleet's name.
    pub fleet: String,
    /// What may be spent or written.
    pub permits: Permits,
    /// Where sites are configured, for the words of an empty fleet.
    pub config: String,
    /// The options that make another run of the program one about this fleet.
    pub launch: Vec<String>,
    /// What keys do.
    pub keymap: Keymap,
    /// The terminal's size.
    pub size: Size,
    /// The styles.
    pub theme: Theme,
    /// The signs.
    pub glyphs: Glyphs,
    /// The newest picture.
    pub picture: Picture,
    /// How many pictures came that were of another fleet than the one before.
    pub pictures: u64,
    /// What all its lines say together.
    pub digest: Digest,
    /// Where one is.
    pub screens: Screens,
    /// What lies over it: the last sees a key first.
    pub overlays: Vec<Overlay>,
    /// What the operator should read.
    pub notice: Option<Notice>,
    /// The link that was copied last, while there is no notice.
    pub link: Option<Link>,
    /// The selected site in full, and the question for it.
    pub detail: Detail,
    /// Who holds which slot of the selected org, and the question for it.
    pub ledger: Ledger,
    /// Orgs whose refusal the operator has read, in this run.
    pub acknowledged: BTreeSet<OrgName>,
    /// The commands that were given in this run, the newest first, none twice.
    pub lately: Vec<Given>,
    /// How many operations were named so far.
    pub operations: u64,
    /// Authorizations that are watched or ended lately, by operation, the last begun last.
    pub watches: Vec<(OperationId, Watching)>,
    /// Runs over many sites, the last begun last.
    pub runs: Vec<(OperationId, RefreshRun)>,
    /// What this console had done.
    pub log: Log,
}

/// A stack of places on the list: the last is shown.
#[derive(Clone, Debug)]
pub struct Screens {
    /// Where one starts, and where `back` ends.
    pub home: Sites,
    /// The list of users, open or not.
    pub users: Users,
    /// The list of orgs, open or not.
    pub orgs: Orgs,
    /// The list of sites by their fields, open or not.
    pub fields: Fields,
    /// The audit, open or not.
    pub trail: TrailView,
    /// How broken sites are connected again, open or not.
    pub plan: PlanView,
    /// What was opened from there, in order.
    pub opened: Vec<Screen>,
}

/// One place to be.
#[derive(Clone, Debug)]
pub enum Screen {
    /// One site in full.
    Site(SitePage),
    /// The list of users.
    Users,
    /// One user in full.
    User(UserPage),
    /// The list of orgs.
    Orgs,
    /// The list of sites by their fields.
    Fields,
    /// The fields of one site.
    SiteFields(FieldsPage),
    /// The audit.
    Trail,
    /// An authorization that is watched.
    Watch(WatchPage),
    /// A run over many sites.
    Run(RunPage),
    /// How broken sites are connected again.
    Plan,
    /// What this console had done.
    Log,
}

/// One thing that lies over a place.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The filter's input.
    Filter(FilterInput),
    /// What names have to hold, in a list that is narrowed by them.
    Find(Input),
    /// The choice of an order.
    Sort,
    /// The choice of what to copy.
    Copy,
    /// The keys.
    Help(Help),
    /// The command palette.
    Palette(Box<Palette>),
    /// All that can be done here, and which of it is selected.
    Menu(usize),
    /// What can be chosen of a setting of a site.
    Choose(Box<Choose>),
    /// A question before anything is spent or written.
    Confirm(Box<Confirm>),
}

/// The filter's input, and what to return to.
#[derive(Clone, Debug)]
pub struct FilterInput {
    /// What is typed.
    pub input: Input,
    /// What was selected before.
    pub selected: Option<SiteName>,
}

/// One sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether something was refused or failed.
    pub warning: bool,
}

/// What is known of the selected site beyond its line. At most one question is under way, however fast one scrolls.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// The site that was asked for, until the answer comes.
    pub asked: Option<SiteName>,
    /// The last answer.
    pub have: Option<Box<SiteDetail>>,
    /// The line that the last question was about: a newer line is a reason to ask again.
    pub of: Option<Arc<SiteRow>>,
}

/// Who holds which slot of the selected user's org. At most one question is under way.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The org that was asked for, until the answer comes.
    pub asked: Option<OrgName>,
    /// The last answer.
    pub have: Option<Arc<OrgLedger>>,
    /// The board that the last question was about: a newer board is a reason to ask again.
    pub of: Option<Arc<OrgBoard>>,
}

impl State {
    /// A screen that has seen nothing yet, of a fleet of which nobody said more than that.
    pub fn new(fleet: String, read_only: bool, theme: Theme, glyphs: Glyphs, size: Size) -> Self {
        Self {
            fleet,
            permits: if read_only { Permits::unsaid() } else { Permits::default() },
            config: String::new(),
            launch: Vec::new(),
            keymap: Keymap::default(),
            size,
            theme,
            glyphs,
            picture: Picture::default(),
            pictures: 0,
            digest: Digest::default(),
            screens: Screens {
                home: Sites::default(),
                users: Users::default(),
                orgs: Orgs::default(),
                fields: Fields::default(),
                trail: TrailView::default(),
                plan: PlanView::default(),
                opened: Vec::new(),
            },
            overlays: Vec::new(),
            notice: None,
            link: None,
            detail: Detail::default(),
            ledger: Ledger::default(),
            acknowledged: BTreeSet::new(),
            lately: Vec::new(),
            operations: 0,
            watches: Vec::new(),
            runs: Vec::new(),
            log: Log::default(),
        }
    }

    /// The place that was opened last; none where the list is shown.
    pub fn screen(&self) -> Option<&Screen> {
        self.screens.opened.last()
    }

    /// The list of sites.
    pub fn sites(&self) -> &Sites {
        &self.screens.home
    }

    /// The list of sites, to change it.
    pub fn sites_mut(&mut self) -> &mut Sites {
        &mut self.screens.home
    }

    /// Where a key goes.
    pub fn context(&self) -> Context {
        match self.overlays.last() {
            Some(Overlay::Filter(_)) => Context::Filter,
            Some(Overlay::Find(_)) => Context::Find,
            Some(Overlay::Sort) => Context::Sort,
            Some(Overlay::Copy) => Context::Copy,
            Some(Overlay::Help(_)) => Context::Help,
            Some(Overlay::Palette(_)) => Context::Palette,
            Some(Overlay::Menu(_)) => Context::Menu,
            Some(Overlay::Choose(_)) => Context::Choose,
            Some(Overlay::Confirm(confirm)) if confirm.steps => Context::Steps,
            Some(Overlay::Confirm(confirm)) => match confirm.asks() {
                Asks::Nothing => Context::Told,
                Asks::Key => Context::Confirm,
                Asks::Word => Context::Type,
            },
            None => self.place(),
        }
    }

    /// Whether a dry run is copied by a key now.
    fn copies_csv(&self) -> bool {
        let Some(Overlay::Confirm(confirm)) = self.overlays.last() else { return false };
        let does = |entry: &Entry| entry.action == Action::CopyCsv;
        confirm.is_copied_by(|letter| self.keymap.resolve(Context::Type, Key::Char(letter)).is_some_and(does))
    }

    /// Where one is, whatever lies over it.
    pub fn place(&self) -> Context {
        match self.screen() {
            Some(Screen::Site(_)) => Context::Site,
            Some(Screen::Users) => Context::Users,
            Some(Screen::User(_)) => Context::User,
            Some(Screen::Orgs) => Context::Orgs,
            Some(Screen::Fields) => Context::Fields,
            Some(Screen::SiteFields(_)) => Context::SiteFields,
            Some(Screen::Trail) => Context::Audit,
            Some(Screen::Watch(_)) => Context::Watch,
            Some(Screen::Run(_)) => Context::Run,
            Some(Screen::Plan) => Context::Plan,
            Some(Screen::Log) => Context::Log,
            None => Context::Sites,
        }
    }

    /// What decides whether an action is possible.
    pub fn facts(&self) -> Facts {
        let sites = self.sites();
        Facts {
            sites: self.picture.rows.len(),
            shown: match self.place() {
                Context::Fields => self.screens.fields.shown.len(),
                Context::SiteFields => usize::from(self.subject().is_some()),
                _ => sites.shown.len(),
            },
            filtered: sites.narrowing.narrows(),
            mistaken: sites.narrowing.mistake().is_some(),
            poller: self.picture.poll.by,
            read_only: self.refusal().map(|by| by.reason()),
            lifts: self.lifts(),
            watches: self.watches.len(),
            runs: self.runs.len(),
            left: self.run().map_or(0, |(_, run)| run.left().count()),
            twin: self.log.line().is_some_and(|line| line.deed.arguments.is_some()),
            watched: self.watch().is_some_and(|watching| watching.standing.ending.is_none()),
            code: self.codes(),
            asked: matches!(self.overlays.last(), Some(Overlay::Confirm(confirm)) if confirm.question.is_some()),
            answered: matches!(self.overlays.last(), Some(Overlay::Confirm(confirm)) if confirm.matches()),
            csv: self.copies_csv(),
            dry: matches!(self.overlays.last(), Some(Overlay::Confirm(confirm)) if confirm.dry_run.is_some()),
            offered: matches!(self.overlays.last(), Some(Overlay::Choose(choose)) if choose.selected().is_some()),
            panes: sites.zoom != Zoom::None || self.page().has_panes(),
            zoomed: sites.zoom != Zoom::None,
            approval: self.approval().is_some(),
            marked: sites.marked.len(),
            ranging: sites.range_from.is_some(),
            refusing: self.refusing().count(),
            users: self.screens.users.shown.len(),
            orgs: self.screens.orgs.shown.len(),
            steps: self.screens.plan.len(),
            narrowed: match self.place() {
                Context::Users => !self.screens.users.filter.is_empty(),
                Context::Orgs => !self.screens.orgs.filter.is_empty(),
                Context::Fields => !self.screens.fields.filter.is_empty(),
                Context::SiteFields => self.fields_page().is_some_and(|page| !page.filter.is_empty()),
                _ => false,
            },
        }
    }

    /// Whether looking is all that may be done, whatever is selected.
    pub fn read_only(&self) -> bool {
        self.permits.fleet.is_some()
    }

    /// Who says that what is selected is only looked at: the fleet, or where one is at sites, one of those that an action
    /// would be about.
    pub fn refusal(&self) -> Option<ReadOnly> {
        let of_row = |row: &Arc<SiteRow>| self.permits.refusal(Some(&row.name), row.org.as_ref());
        let of_fleet = || self.permits.refusal(None, None);
        if self.permits.sites.is_empty() && self.permits.orgs.is_empty() {
            return of_fleet();
        }
        match self.place() {
            Context::Sites if !self.sites().marked.is_empty() => {
                let mut marked = self.sites().marked.iter().filter_map(|name| self.row(name));
                of_fleet().or_else(|| marked.find_map(of_row))
            }
            Context::Sites => of_fleet().or_else(|| self.selected().and_then(of_row)),
            Context::Site | Context::Fields | Context::SiteFields => {
                of_fleet().or_else(|| self.subject().and_then(of_row))
            }
            Context::User => of_fleet().or_else(|| {
                let (board, _) = self.user()?;
                self.permits.refusal(None, Some(&board.name))
            }),
            _ => of_fleet(),
        }
    }

    /// Whether `:write` has something to lift.
    fn lifts(&self) -> Result<(), &'static str> {
        match &self.permits.fleet {
            Some(ReadOnly::Unsaid) => Ok(()),
            Some(by) => Err(by.reason()),
            None => Err("it is allowed already"),
        }
    }

    /// The line of a site.
    pub fn row(&self, name: &SiteName) -> Option<&Arc<SiteRow>> {
        let place = self.picture.rows.binary_search_by(|row| row.name.cmp(name)).ok()?;
        self.picture.rows.get(place)
    }

    /// The line of the selected site.
    pub fn selected(&self) -> Option<&Arc<SiteRow>> {
        let sites = self.sites();
        self.picture.rows.get(*sites.shown.get(sites.cursor)?)
    }

    /// The approval in question: the selected one of the user's page, else the one that the site in question is known to hold.
    pub fn approval(&self) -> Option<ApprovalId> {
        match self.place() {
            Context::User => self.user_approval(),
            // One that is gone has no place any more.
            Context::Sites | Context::Site => {
                self.subject()?.slot.as_ref().filter(|slot| slot.position.is_some())?.approval_id
            }
            _ => None,
        }
    }

    /// The line of a site's org.
    pub fn board(&self, row: &SiteRow) -> Option<&OrgBoard> {
        let org = row.org.as_ref()?;
        self.picture.boards.iter().find(|board| board.name == *org).map(AsRef::as_ref)
    }

    /// Where things stand on a page of the terminal's size.
    pub fn page(&self) -> Page {
        self.page_of(self.size)
    }

    /// Where things stand on a page of another size, with what this state needs a place for.
    pub fn page_of(&self, size: Size) -> Page {
        let banner = if self.refusing().next().is_some() { BANNER } else { 0 };
        Page::with_banner(size, self.sites().zoom, banner)
    }

    /// The orgs that refuse their list of approvals and whose refusal was not acknowledged.
    pub fn refusing(&self) -> impl Iterator<Item = &Arc<OrgBoard>> {
        let refused = self.picture.boards.iter().filter(|board| board.refused.is_some());
        refused.filter(|board| !self.acknowledged.contains(&board.name))
    }
}
