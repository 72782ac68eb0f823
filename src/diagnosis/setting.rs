//! Whether a setting of a site can be changed, what can be chosen, and what is done and spent beside it. Uses `model`.

use crate::diagnosis::identify::refreshable;
use crate::model::choices::Choices;
use crate::model::dry_run::{DryRun, Offer, Offered, SettingKind};
use crate::model::fields::Description;
use crate::model::object_type::{ObjectTypeCheck, SegmentKind};
use crate::model::{ApiUsage, Clean, Failure, Fleet, OrgName, Permitted, Settings, SiteName};
use chrono::{DateTime, Utc};

/// Why the object type of a site is not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSettable {
    /// The site does not say what it offers.
    #[error("{site} does not tell what it offers: {why}")]
    Untold {
        /// Which site.
        site: SiteName,
        /// Why not.
        why: Failure,
    },
    /// Code of the site has the last word.
    #[error("code on {site} sets the object type to {object}: the setting would change nothing")]
    Overridden {
        /// Which site.
        site: SiteName,
        /// What the code says.
        object: Clean,
    },
    /// The plugin does not offer it.
    #[error("WP Fusion does not offer {object} on {site}")]
    NotOffered {
        /// Which site.
        site: SiteName,
        /// What was asked for.
        object: Clean,
    },
    /// It is so.
    #[error("{site} syncs to {object} already")]
    Already {
        /// Which site.
        site: SiteName,
        /// The object.
        object: Clean,
    },
}

impl NotSettable {
    /// What to do about it, if something is to be.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Overridden { .. } => Some("its filter wpf_crm_object_type has to go first".to_owned()),
            Self::NotOffered { site, .. } => {
                Some(format!("fusebox refresh-fields {site} reads again what its org offers"))
            }
            Self::Untold { .. } | Self::Already { .. } => None,
        }
    }
}

/// The object as the plugin calls it, where the site may be set to it.
pub fn settable(site: &SiteName, object: &str, choices: Result<&Choices, &Failure>) -> Result<Clean, NotSettable> {
    let site = site.clone();
    let told = match choices {
        Ok(told) => told,
        Err(why) => return Err(NotSettable::Untold { site, why: why.clone() }),
    };
    if told.object_type.overridden {
        return Err(NotSettable::Overridden { site, object: told.object_type.effective.clone() });
    }
    let mut types = told.object_types.iter().flatten().map(|kind| &kind.name);
    match types.find(|name| name.as_str().eq_ignore_ascii_case(object)) {
        None => Err(NotSettable::NotOffered { site, object: Clean::new(object) }),
        Some(name) if *name == told.object_type.effective => Err(NotSettable::Already { site, object: name.clone() }),
        Some(name) => Ok(name.clone()),
    }
}

/// What the plugin lets choose on a site: objects, or kinds of segments.
pub fn offer(site: &SiteName, setting: SettingKind, told: &Choices) -> Offer {
    let mut notes = Vec::new();
    let choices: Vec<Offered> = match setting {
        SettingKind::ObjectType => {
            if told.object_type.overridden {
                let object = told.object_type.effective.clone();
                notes.push(Clean::new(NotSettable::Overridden { site: site.clone(), object }.to_string()));
            }
            if told.left_out.object_types > 0 {
                notes.push(Clean::new(format!("{} more did not fit into its answer", told.left_out.object_types)));
            }
            let present = &told.object_type.effective;
            let types = told.object_types.iter().flatten();
            types.map(|kind| offered(&kind.name, &kind.label, kind.name == *present)).collect()
        }
        SettingKind::SegmentType => {
            let topics = Clean::from(<&str>::from(SegmentKind::Topics));
            let present = told.segment_type.stored.as_ref().unwrap_or(&topics);
            let known = told.segment_types.iter().filter(|kind| kind.name.as_str().parse::<SegmentKind>().is_ok());
            known.map(|kind| offered(&kind.name, &kind.label, kind.name == *present)).collect()
        }
        SettingKind::Picklist => Vec::new(),
    };
    if choices.is_empty() {
        notes.push(Clean::new(format!("fusebox refresh-fields {site} reads what its org offers")));
    }
    Offer { choices, notes }
}

/// The fields of an object that segments could be the values of.
pub fn picklists(object: &Description, told: &Choices) -> Offer {
    let picklist = Clean::from(<&str>::from(SegmentKind::Picklist));
    let present = told.segment_type.picklist.as_ref().filter(|_| told.segment_type.stored.as_ref() == Some(&picklist));
    let fields = object.fields.iter().filter(|field| super::object_type::is_multi_select(field));
    let writable = fields.filter(|field| !field.is_read_only());
    let choices: Vec<Offered> =
        writable.map(|field| offered(&field.name, &field.label, Some(&field.name) == present)).collect();
    let none = choices.is_empty();
    let notes = none.then(|| Clean::new(format!("{} has no multi-select field that can be written", object.object)));
    Offer { choices, notes: notes.into_iter().collect() }
}

fn offered(name: &Clean, label: &Clean, present: bool) -> Offered {
    Offered { name: name.clone(), label: label.clone(), present }
}

/// What is done beside a change of a setting, and what that costs: a sentence each.
pub fn beside(
    fleet: &Fleet,
    settings: &Settings,
    (site, org): (&SiteName, Option<&OrgName>),
    setting: SettingKind,
    now: DateTime<Utc>,
) -> Vec<String> {
    let usage = usage(fleet, org);
    let reads = match setting {
        SettingKind::ObjectType => {
            "reads fields and record types again with it, all or nothing: about 2 to 3 API calls"
        }
        SettingKind::SegmentType | SettingKind::Picklist => {
            "reads its segments again with it, all or nothing: about 1 API call"
        }
    };
    let session = match refreshable(fleet, settings, site, now) {
        Ok(may) => format!("where its session is over it refreshes its token once: {}", may.safe),
        Err(why) => format!("where its session is over nothing is done: no refresh is let, for {why}"),
    };
    vec![format!("{site} {reads}{usage}"), session]
}

/// Of which org's calls, and how many of its day are used, where that is known.
fn usage(fleet: &Fleet, org: Option<&OrgName>) -> String {
    match (org, org.and_then(|org| usage_of(fleet, org))) {
        (None, _) => String::new(),
        (Some(org), Some(usage)) => {
            format!(" of org {org}, {}% of whose {} a day are used", usage.percent(), usage.max)
        }
        (Some(org), None) => format!(" of org {org}"),
    }
}

/// The calls of an org that are used, where that was told.
pub fn usage_of(fleet: &Fleet, org: &OrgName) -> Option<ApiUsage> {
    match &fleet.org(org)?.api_usage.as_ref()?.value {
        Permitted::Yes(usage) => Some(*usage),
        Permitted::No(_) => None,
    }
}

/// A check as it is shown, with what is done beside it.
pub fn dry_run(check: &ObjectTypeCheck, beside: Vec<String>, notes: Vec<String>) -> DryRun {
    let clean = |texts: Vec<String>| texts.into_iter().map(Clean::new).collect();
    DryRun {
        from: check.from.clone(),
        to: check.to.clone(),
        lines: super::dry_lines(check),
        then: clean(beside),
        notes: clean(notes),
    }
}
