//! What can be chosen of a setting of a site: what the site offers, what is typed to narrow it, what is selected.

use crate::model::dry_run::{Offer, Offered, SettingKind};
use crate::model::{Clean, SiteName};
use crate::protocol::OperationId;
use chrono::{DateTime, Utc};
use tui_input::Input;

/// The choice.
#[derive(Clone, Debug)]
pub struct Choose {
    /// Names the question.
    pub id: OperationId,
    /// Which site.
    pub site: SiteName,
    /// Which setting.
    pub setting: SettingKind,
    /// Since when the site is asked.
    pub since: DateTime<Utc>,
    /// What it is asked now.
    pub asks: Option<Clean>,
    /// What it offers; none until it has said so.
    pub offer: Option<Offer>,
    /// What is typed.
    pub input: Input,
    /// The selected one of those that are shown.
    pub place: usize,
}

impl Choose {
    /// A choice that waits for what there is to choose.
    pub fn new(id: OperationId, site: SiteName, setting: SettingKind, since: DateTime<Utc>) -> Self {
        Self { id, site, setting, since, asks: None, offer: None, input: Input::default(), place: 0 }
    }

    /// Those that have what is typed in their name or label, those that begin so first.
    pub fn shown(&self) -> Vec<&Offered> {
        let text = self.input.value().to_lowercase();
        let rank = |choice: &Offered| {
            let [name, label] = [&choice.name, &choice.label].map(|text| text.as_str().to_lowercase());
            let ranks =
                [name.starts_with(&text), label.starts_with(&text), name.contains(&text) || label.contains(&text)];
            ranks.iter().position(|holds| *holds)
        };
        let all = self.offer.iter().flat_map(|offer| &offer.choices);
        let mut ranked: Vec<(usize, &Offered)> = all.filter_map(|choice| Some((rank(choice)?, choice))).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, choice)| choice).collect()
    }

    /// The selected one.
    pub fn selected(&self) -> Option<&Offered> {
        self.shown().get(self.place).copied()
    }

    /// What is chosen, as a title says it.
    pub fn title(&self) -> String {
        let what = match self.setting {
            SettingKind::ObjectType => "Object type",
            SettingKind::SegmentType => "Segment type",
            SettingKind::Picklist => "Field of the segments",
        };
        format!("{what} of {}", self.site)
    }
}
