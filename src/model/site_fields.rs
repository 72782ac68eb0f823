//! A site's mapping held to what its object is made of: what became of each pair, and what nothing is mapped to. Plain data.

use crate::model::drift::{Breakage, BrokenMapping};
use crate::model::fields::{Description, Field, MappedField, Mapping};
use crate::model::{Clean, Dated, Failure, Health, OrgName, SiteName};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A site's mapping beside an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteFields {
    /// What is mapped.
    pub mapping: Mapping,
    /// When the site told it.
    pub mapping_seen_at: DateTime<Utc>,
    /// What the object is made of.
    pub description: Description,
    /// When that was seen.
    pub described_at: DateTime<Utc>,
    /// Who saw it.
    pub by: SeenBy,
}

/// Whose rights a description follows: another user may see other fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenBy {
    /// The site's own Salesforce user.
    Site,
    /// fusebox's user in this org.
    Fusebox(OrgName),
}

impl SeenBy {
    /// Who, as JSON has it, and in which org where that is fusebox's own user.
    pub fn told(&self) -> (&'static str, Option<&OrgName>) {
        match self {
            Self::Site => ("site", None),
            Self::Fusebox(org) => ("fusebox", Some(org)),
        }
    }
}

/// What came of asking a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldsRead {
    /// What is known now.
    pub fields: SiteFields,
    /// Why the site did not describe the object itself, if it did not.
    pub undescribed: Option<Failure>,
    /// Why the mapping is an earlier one, if it is.
    pub unmapped: Option<Failure>,
    /// What could not be kept.
    pub unkept: Option<String>,
}

impl FieldsRead {
    /// What was told earlier, with nobody asked.
    pub fn earlier(fields: SiteFields) -> Self {
        Self { fields, undescribed: None, unmapped: None, unkept: None }
    }
}

/// What became of one pair of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum FieldVerdict {
    /// It is there and may be written.
    Ok,
    /// The object has no such field, or this user may not see it.
    Missing,
    /// Nobody may write it.
    ReadOnly,
}

impl FieldVerdict {
    /// Of a field of the object; none where it has none of that name.
    pub fn of(field: Option<&Field>) -> Self {
        match field {
            None => Self::Missing,
            Some(field) if field.is_read_only() => Self::ReadOnly,
            Some(_) => Self::Ok,
        }
    }

    /// The word for it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::ReadOnly => "read only",
        }
    }

    /// How loudly it is told.
    pub const fn health(self) -> Health {
        match self {
            Self::Ok => Health::Ok,
            Self::Missing => Health::Fail,
            Self::ReadOnly => Health::Warn,
        }
    }
}

/// One pair of a mapping beside the field that it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldLine<'a> {
    /// The pair.
    pub pair: &'a MappedField,
    /// The field; none where the object has none of that name.
    pub field: Option<&'a Field>,
    /// What became of it.
    pub verdict: FieldVerdict,
}

impl FieldLine<'_> {
    /// Whether values go nowhere: a pair that is not synced breaks nothing.
    pub fn is_broken(&self) -> bool {
        self.pair.active && self.verdict == FieldVerdict::Missing
    }
}

/// Why a site's fields could not be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// Why not.
    pub why: Clean,
    /// What to do.
    pub advice: Clean,
}

/// What is known of every site's fields with nobody asked: the lines, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldsBoard {
    /// One for each site.
    pub rows: Vec<FieldsRow>,
}

impl FieldsBoard {
    /// The line of a site.
    pub fn row(&self, site: &SiteName) -> Option<&FieldsRow> {
        let place = self.rows.binary_search_by(|row| row.site.cmp(site)).ok()?;
        self.rows.get(place)
    }
}

/// What is known of one site's fields with nobody asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldsRow {
    /// Which site.
    pub site: SiteName,
    /// Fields that it maps, as its last look told.
    pub mapped: Option<Dated<u32>>,
    /// Fields of the object that it knows since it last read them itself.
    pub stored: Option<u32>,
    /// What its mapping is known to come to, if somebody asked for it.
    pub read: Option<FieldsBrief>,
    /// What its object became since then, as it was seen for another site of the org; none where nothing that matters to it did.
    pub later: Option<FieldsLater>,
}

impl FieldsRow {
    /// The rank of what nobody knows.
    pub const UNKNOWN: u8 = 4;

    /// How much it claims attention, the least number the most: what is wrong, then what nobody knows, then what is well.
    pub fn rank(&self) -> u8 {
        let breaks = self.later.as_ref().is_some_and(|later| !later.broken.is_empty());
        match &self.read {
            None => Self::UNKNOWN,
            Some(read) if !read.missing.is_empty() => 0,
            Some(_) if breaks => 1,
            Some(read) if !read.unmapped.is_empty() => 2,
            Some(read) if !read.read_only.is_empty() => 3,
            Some(_) => 5,
        }
    }

    /// The worst in a few words: what is wrong, and with which fields; none where nothing is.
    pub fn worst(&self) -> Option<String> {
        let read = self.read.as_ref()?;
        let joined = |names: Vec<&str>| names.join(", ");
        let fields = |pairs: &[(Clean, Clean)]| joined(pairs.iter().map(|(_, field)| field.as_str()).collect());
        if !read.missing.is_empty() {
            return Some(format!("missing {}", fields(&read.missing)));
        }
        if let Some(later) = self.later.as_ref().filter(|later| !later.broken.is_empty()) {
            let what = if later.broken.iter().all(|one| one.by == Breakage::Gone) { "gone" } else { "changed" };
            let names = later.broken.iter().map(|one| one.crm_field.as_str()).collect();
            return Some(format!("{what} since: {}", joined(names)));
        }
        if !read.unmapped.is_empty() {
            return Some(format!("not given {}", joined(read.unmapped.iter().map(Clean::as_str).collect())));
        }
        (!read.read_only.is_empty()).then(|| format!("read only {}", fields(&read.read_only)))
    }

    /// Whether something is wrong.
    pub fn is_amiss(&self) -> bool {
        self.rank() < Self::UNKNOWN
    }
}

/// What an object became since a site's fields were read, as the same user saw it later for another site of the org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldsLater {
    /// For which site it was described.
    pub site: SiteName,
    /// When.
    pub seen_at: DateTime<Utc>,
    /// Who saw it.
    pub by: SeenBy,
    /// What of this site's mapping that breaks.
    pub broken: Vec<BrokenMapping>,
    /// Fields that the object has and had not, by API name.
    pub added: Vec<Clean>,
}

/// What a site's mapping comes to, without what is well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldsBrief {
    /// The object.
    pub object: Clean,
    /// Fields that the object has.
    pub fields: usize,
    /// Pairs, synced or not.
    pub mapped: usize,
    /// Pairs whose values go nowhere: WordPress' name and Salesforce's.
    pub missing: Vec<(Clean, Clean)>,
    /// Pairs that are synced and that nobody may write.
    pub read_only: Vec<(Clean, Clean)>,
    /// Fields that must be given, and that nothing is mapped to.
    pub unmapped: Vec<Clean>,
    /// When the site told its mapping.
    pub mapping_seen_at: DateTime<Utc>,
    /// When the object was described.
    pub described_at: DateTime<Utc>,
    /// Who described it.
    pub by: SeenBy,
}

impl FieldsBrief {
    /// The older of its two halves: it is as old as that.
    pub fn seen_at(&self) -> DateTime<Utc> {
        self.mapping_seen_at.min(self.described_at)
    }
}

impl SiteFields {
    /// The same without what is well.
    pub fn brief(&self) -> FieldsBrief {
        let lines = self.lines();
        let synced = |verdict| {
            let these = lines.iter().filter(move |line| line.pair.active && line.verdict == verdict);
            these.map(|line| (line.pair.field.clone(), line.pair.crm_field.clone())).collect()
        };
        FieldsBrief {
            object: self.description.object.clone(),
            fields: self.description.fields.len(),
            mapped: lines.len(),
            missing: synced(FieldVerdict::Missing),
            read_only: synced(FieldVerdict::ReadOnly),
            unmapped: self.unmapped().into_iter().map(|field| field.name.clone()).collect(),
            mapping_seen_at: self.mapping_seen_at,
            described_at: self.described_at,
            by: self.by.clone(),
        }
    }

    /// The older of its two halves: it is as old as that.
    pub fn seen_at(&self) -> DateTime<Utc> {
        self.mapping_seen_at.min(self.described_at)
    }

    /// The pairs, in the order of the mapping.
    pub fn lines(&self) -> Vec<FieldLine<'_>> {
        let pairs = self.mapping.mapped.iter();
        pairs
            .map(|pair| {
                let field = self.description.field(pair.crm_field.as_str());
                FieldLine { pair, field, verdict: FieldVerdict::of(field) }
            })
            .collect()
    }

    /// Fields without which no record is made, and that nothing active is mapped to.
    pub fn unmapped(&self) -> Vec<&Field> {
        let given = |field: &Field| {
            let same = |pair: &MappedField| pair.crm_field.as_str().eq_ignore_ascii_case(field.name.as_str());
            self.mapping.mapped.iter().any(|pair| pair.active && same(pair))
        };
        self.description.fields.iter().filter(|field| field.required && !given(field)).collect()
    }
}
