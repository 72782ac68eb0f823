//! Authorizations that are watched, or that ended while one looked on.

use crate::model::Watching;
use crate::protocol::OperationId;
use crate::ui::links::Link;
use crate::ui::state::{Screen, State};

/// How many are remembered; the oldest that is over gives way.
const KEPT: usize = 16;

/// The page of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchPage {
    /// Which.
    pub id: OperationId,
    /// How its link is shown as a QR code.
    pub code: Code,
}

/// How a link is shown as a QR code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Code {
    /// It is not.
    #[default]
    Hidden,
    /// Dark on light.
    Shown,
    /// Light on dark: where nobody knows the terminal's colours, this is the other guess.
    Swapped,
}

impl Code {
    /// What the same key shows next.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Hidden => Self::Shown,
            Self::Shown => Self::Swapped,
            Self::Swapped => Self::Hidden,
        }
    }
}

impl State {
    /// The page of the one that is shown.
    pub fn watch_page(&self) -> Option<WatchPage> {
        match self.screen() {
            Some(Screen::Watch(page)) => Some(*page),
            _ => None,
        }
    }

    /// The one whose page is open.
    pub fn watch(&self) -> Option<&Watching> {
        let page = self.watch_page()?;
        self.watches.iter().find(|(known, _)| *known == page.id).map(|(_, watching)| watching)
    }

    /// Whether its link can be shown as a code.
    pub(super) fn codes(&self) -> Result<(), &'static str> {
        match self.watch().map(|watching| &watching.standing) {
            Some(standing) if standing.ending.is_none() => match &standing.link {
                Some(_) if self.glyphs.is_ascii() => Err("it needs block characters: y copies the link, m a message"),
                Some(_) => Ok(()),
                None => Err("the site was not asked for its link yet"),
            },
            _ => Err("it is over"),
        }
    }

    /// Where cells that are marked as a link lead: that of the page, or the one that was copied last. A frame has one at most,
    /// and none under what lies over the page.
    pub fn linked(&self) -> Option<Link> {
        match self.watch() {
            Some(_) if !self.overlays.is_empty() => None,
            Some(watching) if watching.standing.ending.is_some() => None,
            Some(watching) => watching.standing.link.as_deref().and_then(Link::sign_in),
            None => self.link.clone(),
        }
    }

    /// Takes a newer standing. Answers whether it is the first of it.
    pub fn put_watch(&mut self, id: OperationId, watching: Watching) -> bool {
        if let Some((_, known)) = self.watches.iter_mut().find(|(known, _)| *known == id) {
            *known = watching;
            return false;
        }
        if self.watches.len() >= KEPT {
            let over = self.watches.iter().position(|(_, known)| known.standing.ending.is_some());
            self.watches.remove(over.unwrap_or(0));
        }
        self.watches.push((id, watching));
        true
    }
}
