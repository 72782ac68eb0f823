//! Slots of the gallery, as the machinery would check them.

use super::{BadData, read};
use crate::model::{
    ApprovalId, Confidence, HeldSlot, OrgName, Removed, SiteName, SlotCheck, SlotCost, SlotLoss, UserId, Whose,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = "slots.toml";

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotsData {
    used: u32,
    /// How many a new approval removes.
    #[serde(default)]
    removes: usize,
    held: Vec<HeldData>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldData {
    id: String,
    #[serde(default)]
    days: i64,
    #[serde(default)]
    minutes: i64,
    uses: u32,
    #[serde(default)]
    sites: Vec<String>,
}

/// The slots of this name at `now`.
pub(super) fn named(name: &str, now: DateTime<Utc>) -> Result<SlotCheck, BadData> {
    let bad = |what: String| BadData { file: FILE, what };
    let mut all: BTreeMap<String, SlotsData> = read(FILE, include_str!("slots.toml"))?;
    let data = all.remove(name).ok_or_else(|| bad(format!("no slots are named {name}")))?;
    let held = data.held.iter().map(|one| held(one, now)).collect::<Result<Vec<_>, _>>()?;
    let leaving = &held[..data.removes.min(held.len())];
    let lost = leaving.iter().flat_map(|held| match &held.whose {
        Whose::Sites { sites, .. } => sites.clone(),
        Whose::OneOf { .. } | Whose::Nobody { .. } => Vec::new(),
    });
    let cost = SlotCost {
        site: SiteName::new("shop.example.org"),
        used: Some(data.used),
        removes: leaving.iter().map(|held| Removed::Held { approval_id: held.approval_id }).collect(),
        loss: SlotLoss::Certain { sites: lost.collect() },
    };
    Ok(SlotCheck {
        org: OrgName::new("acme"),
        user: UserId::parse("0055g0000000001AAA").map_err(|error| bad(error.to_string()))?,
        name: "ops1@acme.example".into(),
        unusable: None,
        used: Some(data.used),
        limit: 4,
        seen_at: Some(now),
        costs: if leaving.is_empty() { Vec::new() } else { vec![cost] },
        held,
        safer: Vec::new(),
    })
}

fn held(data: &HeldData, now: DateTime<Utc>) -> Result<HeldSlot, BadData> {
    let id = ApprovalId::parse(&format!("{:0<32}", data.id));
    let created_at = now - TimeDelta::days(data.days) - TimeDelta::minutes(data.minutes);
    let sites: Vec<SiteName> = data.sites.iter().map(SiteName::new).collect();
    Ok(HeldSlot {
        approval_id: id.map_err(|error| BadData { file: FILE, what: error.to_string() })?,
        created_at,
        last_used_at: Some(created_at),
        use_count: data.uses,
        tied: false,
        whose: if sites.is_empty() {
            Whose::Nobody { safe: true, reason: "no site holds it".to_owned() }
        } else {
            Whose::Sites { sites, confidence: Confidence::High, sure: true, dead: false }
        },
    })
}
