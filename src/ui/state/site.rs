//! What the page of one site remembers: which one, by name, and how far it is scrolled.

use crate::model::{SiteName, SiteRow};
use crate::ui::state::{Screen, State};
use std::sync::Arc;

/// The page of one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitePage {
    /// The site. It stays when the list below is sorted or filtered anew.
    pub name: SiteName,
    /// Lines above the window.
    pub offset: usize,
    /// A section to scroll to once it is there.
    pub seeks: Option<&'static str>,
}

impl SitePage {
    /// Its beginning.
    pub fn new(name: SiteName) -> Self {
        Self { name, offset: 0, seeks: None }
    }
}

impl State {
    /// The page of one site, if it is what is shown.
    pub fn site_page(&self) -> Option<&SitePage> {
        match self.screen() {
            Some(Screen::Site(page)) => Some(page),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn site_page_mut(&mut self) -> Option<&mut SitePage> {
        match self.screens.opened.last_mut() {
            Some(Screen::Site(page)) => Some(page),
            _ => None,
        }
    }

    /// The line of the site in question: of the page that is open, else the selected one of the list that is.
    pub fn subject(&self) -> Option<&Arc<SiteRow>> {
        match self.screen() {
            Some(Screen::Site(page)) => self.picture.rows.iter().find(|row| row.name == page.name),
            Some(Screen::SiteFields(page)) => self.row(&page.site),
            Some(Screen::Fields) => self.fields_at(self.screens.fields.cursor).map(|(row, _)| row),
            _ => self.selected(),
        }
    }
}
