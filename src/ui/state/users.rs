//! What the list of users remembers: the order, what narrows it, the selection by org and user, and where the window stands.
//!
//! Uses `model` alone. `lines` is recomputed when a picture, a size, an order or a filter changes, and never for a frame.

use crate::model::{ApprovalId, LedgerEntry, OrgBoard, OrgName, UserBoard, UserId};
use crate::ui::state::{Screen, State};
use std::sync::Arc;

/// One user, by org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserKey {
    /// The org.
    pub org: OrgName,
    /// The user.
    pub user: UserId,
}

/// By what users are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserOrder {
    /// Full ones first.
    #[default]
    Risk,
    /// By org and name.
    Name,
}

impl UserOrder {
    /// The one that it is not.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Risk => Self::Name,
            Self::Name => Self::Risk,
        }
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Name => "name",
        }
    }
}

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RosterLine {
    /// An empty one.
    Gap,
    /// An org: its place among the picture's boards.
    Org(usize),
    /// A user: its place in `shown`.
    User(usize),
}

/// What all users hold together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Users.
    pub users: usize,
    /// Approvals that are told of.
    pub approvals: usize,
    /// Free slots of users whose approvals are all told.
    pub free: usize,
    /// Users without a free slot.
    pub full: usize,
    /// Approvals that no known site holds.
    pub orphans: usize,
    /// The most slots that one of them may have.
    pub widest: u32,
}

/// The list of users.
#[derive(Clone, Debug, Default)]
pub struct Users {
    /// By what it is sorted.
    pub order: UserOrder,
    /// What names have to hold; empty where all are shown.
    pub filter: String,
    /// Users that are shown: their org's place among the picture's boards, and their place there.
    pub shown: Vec<(usize, usize)>,
    /// The lines, in order.
    pub lines: Vec<RosterLine>,
    /// The place in `shown` that is selected.
    pub cursor: usize,
    /// Lines above the window.
    pub offset: usize,
    /// The selected user.
    pub selected: Option<UserKey>,
    /// What those that are shown hold.
    pub totals: Totals,
}

/// The page of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPage {
    /// Which. It stays when the list below is sorted anew.
    pub key: UserKey,
    /// Lines above the window.
    pub offset: usize,
    /// The approval that was moved to; the oldest until then.
    pub approval: Option<ApprovalId>,
}

impl UserPage {
    /// The page of a user, from its beginning.
    pub fn of(key: UserKey) -> Self {
        Self { key, offset: 0, approval: None }
    }
}

impl State {
    /// The approvals of the user whose page is open, once they came.
    pub fn user_entries(&self) -> &[LedgerEntry] {
        let entries = || {
            let (board, user) = self.user_page().and_then(|_| self.user())?;
            let ledger = self.ledger.have.as_deref().filter(|ledger| ledger.org == board.name)?;
            ledger.users.iter().find(|known| known.id == user.id).map(|user| user.entries.as_slice())
        };
        entries().unwrap_or_default()
    }

    /// The place of the selected approval on the page of a user.
    pub fn user_place(&self) -> Option<usize> {
        let entries = self.user_entries();
        let wanted = self.user_page()?.approval;
        let found = entries.iter().position(|entry| Some(entry.approval.id) == wanted);
        found.or_else(|| (!entries.is_empty()).then_some(0))
    }

    /// The selected approval on the page of a user.
    pub fn user_approval(&self) -> Option<ApprovalId> {
        Some(self.user_entries().get(self.user_place()?)?.approval.id)
    }

    /// The page of one user, if it is what is shown.
    pub fn user_page(&self) -> Option<&UserPage> {
        match self.screen() {
            Some(Screen::User(page)) => Some(page),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn user_page_mut(&mut self) -> Option<&mut UserPage> {
        match self.screens.opened.last_mut() {
            Some(Screen::User(page)) => Some(page),
            _ => None,
        }
    }

    /// The org and the user at a place of the list.
    pub fn user_at(&self, place: usize) -> Option<(&Arc<OrgBoard>, &UserBoard)> {
        let (board, user) = *self.screens.users.shown.get(place)?;
        let board = self.picture.boards.get(board)?;
        Some((board, board.users.get(user)?))
    }

    /// The user that is told in full: of the page that is open, else the selected one of the list.
    pub fn user(&self) -> Option<(&Arc<OrgBoard>, &UserBoard)> {
        let Some(page) = self.user_page() else { return self.user_at(self.screens.users.cursor) };
        let board = self.picture.boards.iter().find(|board| board.name == page.key.org)?;
        Some((board, board.users.iter().find(|user| user.id == page.key.user)?))
    }
}
