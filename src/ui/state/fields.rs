//! What the list of sites by their fields remembers, and the page of one site's. Uses `model` alone.
//!
//! What is shown is sorted when it comes, and never for a frame.

use crate::model::{
    Clean, FieldLine, FieldVerdict, FieldsBoard, FieldsRead, FieldsRow, SiteName, SiteRow, Untold, fields::Field,
};
use crate::ui::state::{Screen, State, UserOrder};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// The list.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// By what it is sorted.
    pub order: UserOrder,
    /// What names have to hold; empty where all are shown.
    pub filter: String,
    /// Places among the picture's rows, in the order shown.
    pub shown: Vec<usize>,
    /// The place in `shown` that is selected.
    pub cursor: usize,
    /// The first place that is visible.
    pub offset: usize,
    /// The selected site.
    pub selected: Option<SiteName>,
    /// Lines of what is told of it above the window.
    pub detail_offset: usize,
    /// What those that are shown come to together.
    pub totals: FieldTotals,
    /// Whether somebody meant the selected one.
    pub chosen: bool,
    /// When it was asked for, until the answer comes.
    pub asked_at: Option<DateTime<Utc>>,
    /// Whether it is asked for once more then.
    pub again: bool,
    /// The last answer.
    pub have: Option<Arc<FieldsBoard>>,
}

/// What the sites that are shown come to together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldTotals {
    /// Sites whose fields were ever read.
    pub read: usize,
    /// Sites that map a field that is not there.
    pub missing: usize,
    /// Sites whose mapping a change since then breaks, as another site was told.
    pub drifted: usize,
    /// Sites to whose object something has to be given that they do not give.
    pub unmapped: usize,
}

/// The page of one site's fields.
#[derive(Clone, Debug)]
pub struct FieldsPage {
    /// Which site.
    pub site: SiteName,
    /// What names have to hold; empty where all are shown.
    pub filter: String,
    /// The place in `shown` that is selected.
    pub cursor: usize,
    /// The first place that is visible.
    pub offset: usize,
    /// What is known, if anything is.
    pub read: Option<Box<FieldsRead>>,
    /// Its lines, the worst first.
    pub lines: Vec<PairLine>,
    /// Places among them that the filter lets through.
    pub shown: Vec<usize>,
    /// Since when the site is being asked.
    pub asked_at: Option<DateTime<Utc>>,
    /// Why it could not be told when it was asked last.
    pub untold: Option<Untold>,
}

/// One line of the page: a pair of the mapping, or a field that nothing is mapped to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairLine {
    /// WordPress' name; none where nothing is mapped.
    pub field: Option<Clean>,
    /// Salesforce's API name.
    pub crm_field: Clean,
    /// What people read, and Salesforce's type; none where the object has no such field.
    pub told: Option<(Clean, Clean)>,
    /// What is to be said of it.
    pub said: Said,
}

/// What is to be said of a line, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// Values go nowhere.
    Missing,
    /// It has to be given, and nothing is mapped to it.
    Required,
    /// Values are not sent.
    ReadOnly,
    /// It leads nowhere, and is not synced.
    MissingUnsynced,
    /// It is not synced.
    Unsynced,
    /// Nothing.
    Well,
}

impl PairLine {
    fn pair(line: &FieldLine<'_>) -> Self {
        let said = match (line.verdict, line.pair.active) {
            (FieldVerdict::Missing, true) => Said::Missing,
            (FieldVerdict::Missing, false) => Said::MissingUnsynced,
            (FieldVerdict::ReadOnly, true) => Said::ReadOnly,
            (FieldVerdict::Ok, true) => Said::Well,
            (_, false) => Said::Unsynced,
        };
        let told = line.field.map(|field| (field.label.clone(), field.kind.clone()));
        Self { field: Some(line.pair.field.clone()), crm_field: line.pair.crm_field.clone(), told, said }
    }

    fn unmapped(field: &Field) -> Self {
        let told = Some((field.label.clone(), field.kind.clone()));
        Self { field: None, crm_field: field.name.clone(), told, said: Said::Required }
    }

    fn holds(&self, wanted: &str) -> bool {
        let label = self.told.as_ref().map(|(label, _)| label);
        [self.field.as_ref(), Some(&self.crm_field), label]
            .into_iter()
            .flatten()
            .any(|name| name.as_str().to_lowercase().contains(wanted))
    }
}

impl FieldsPage {
    /// The page of a site of which nothing came yet.
    pub fn new(site: SiteName) -> Self {
        Self {
            site,
            filter: String::new(),
            cursor: 0,
            offset: 0,
            read: None,
            lines: Vec::new(),
            shown: Vec::new(),
            asked_at: None,
            untold: None,
        }
    }

    /// Takes what is known. The line that was selected stays selected.
    pub fn take(&mut self, read: Box<FieldsRead>) {
        let selected = self.line().map(|line| (line.field.clone(), line.crm_field.clone()));
        let mut lines: Vec<PairLine> = read.fields.lines().iter().map(PairLine::pair).collect();
        lines.extend(read.fields.unmapped().into_iter().map(PairLine::unmapped));
        lines.sort_by_key(|line| line.said);
        (self.lines, self.read) = (lines, Some(read));
        self.narrow();
        let is_it = |line: &PairLine| selected == Some((line.field.clone(), line.crm_field.clone()));
        self.cursor = self.shown.iter().position(|place| is_it(&self.lines[*place])).unwrap_or(0);
    }

    /// Finds anew what the filter lets through.
    pub fn narrow(&mut self) {
        let wanted = self.filter.to_lowercase();
        self.shown = (0..self.lines.len()).filter(|place| self.lines[*place].holds(&wanted)).collect();
        self.cursor = self.cursor.min(self.shown.len().saturating_sub(1));
    }

    /// The selected line.
    pub fn line(&self) -> Option<&PairLine> {
        self.lines.get(*self.shown.get(self.cursor)?)
    }

    /// Lines of which this is to be said.
    pub fn count(&self, said: Said) -> usize {
        self.lines.iter().filter(|line| line.said == said).count()
    }
}

impl State {
    /// The page of one site's fields, if it is what is shown.
    pub fn fields_page(&self) -> Option<&FieldsPage> {
        match self.screen() {
            Some(Screen::SiteFields(page)) => Some(page),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn fields_page_mut(&mut self) -> Option<&mut FieldsPage> {
        match self.screens.opened.last_mut() {
            Some(Screen::SiteFields(page)) => Some(page),
            _ => None,
        }
    }

    /// The page of this site's fields where it is open, whatever lies over it.
    pub fn fields_page_of(&mut self, site: &SiteName) -> Option<&mut FieldsPage> {
        self.screens.opened.iter_mut().rev().find_map(|screen| match screen {
            Screen::SiteFields(page) if page.site == *site => Some(page),
            _ => None,
        })
    }

    /// The line of the picture at a place of the list, and what is known of its fields.
    pub fn fields_at(&self, place: usize) -> Option<(&Arc<SiteRow>, Option<&FieldsRow>)> {
        let place = *self.screens.fields.shown.get(place)?;
        let row = self.picture.rows.get(place)?;
        Some((row, self.fields_of(place, &row.name)))
    }

    /// What is known of the fields of the site at a place of the picture.
    pub fn fields_of(&self, place: usize, name: &SiteName) -> Option<&FieldsRow> {
        let board = self.screens.fields.have.as_ref()?;
        // Both are by name and mostly of the same sites.
        board.rows.get(place).filter(|row| row.site == *name).or_else(|| board.row(name))
    }
}
