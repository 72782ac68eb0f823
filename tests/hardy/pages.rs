//! What the pages of fields and of a plan are answered with, as bad as it may come.

use crate::chance::Chance;
use fusebox::model::drift::{Breakage, BrokenMapping};
use fusebox::model::fields::{Description, Field, MappedField, Mapping};
use fusebox::model::{
    ApprovalId, Cause, Clean, Dated, FieldsBoard, FieldsLater, FieldsRead, FieldsRow, LeftOut, OrgId, OrgName, Plan,
    PlanOrg, PlanStep, PlanTold, SeenBy, SiteFields, SiteName, StepState, Untold, UserId,
};
use fusebox::protocol::Event;
use std::sync::Arc;

impl Chance {
    fn words(&mut self) -> Clean {
        Clean::new(self.text())
    }

    fn several<T>(&mut self, most: i64, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most)).map(|_| make(self)).collect()
    }

    fn site_fields(&mut self, seconds: i64) -> SiteFields {
        let field = |chance: &mut Self| Field {
            name: chance.words(),
            label: chance.words(),
            kind: chance.words(),
            createable: chance.odds(1, 2),
            updateable: chance.odds(1, 2),
            required: chance.odds(1, 2),
            more: None,
        };
        let fields = self.several(60, field);
        let pair = |chance: &mut Self| MappedField {
            field: chance.words(),
            crm_field: chance.words(),
            active: chance.odds(1, 2),
        };
        SiteFields {
            mapping: Mapping {
                mapped: self.several(60, pair),
                required: Vec::new(),
                read_only: Vec::new(),
                contact_ids: std::collections::BTreeMap::new(),
            },
            mapping_seen_at: self.time(seconds),
            description: Description { object: self.words(), fields },
            described_at: self.time(seconds),
            by: if self.odds(1, 2) { SeenBy::Site } else { SeenBy::Fusebox(OrgName::new(self.text())) },
        }
    }

    /// What is known of every site's fields; it need not agree with the picture.
    pub(crate) fn fields_board(&mut self, mut sites: Vec<SiteName>, seconds: i64) -> Event {
        sites.sort();
        sites.retain(|_| self.odds(4, 5));
        let row = |chance: &mut Self, site: SiteName| {
            let (since, seen_at) = (chance.time(seconds), chance.time(seconds));
            FieldsRow {
                site,
                mapped: chance.maybe(|chance| Dated { since, seen_at, value: chance.one_of(&[0, 44, u32::MAX]) }),
                stored: chance.maybe(|chance| chance.one_of(&[0, 212, u32::MAX])),
                read: chance.maybe(|chance| chance.site_fields(seconds).brief()),
                later: chance.maybe(|chance| FieldsLater {
                    site: SiteName::new(chance.text()),
                    seen_at: chance.time(seconds),
                    by: SeenBy::Site,
                    broken: chance.several(4, |chance| BrokenMapping {
                        field: chance.maybe(Self::words),
                        crm_field: chance.words(),
                        by: chance.one_of(&[Breakage::Gone, Breakage::ReadOnly, Breakage::TypeChanged]),
                    }),
                    added: chance.several(4, Self::words),
                }),
            }
        };
        Event::Fields(Arc::new(FieldsBoard { rows: sites.into_iter().map(|site| row(self, site)).collect() }))
    }

    /// What a site told of its fields last.
    pub(crate) fn kept_fields(&mut self, site: SiteName, seconds: i64) -> Event {
        let kept = self.maybe(|chance| Box::new(chance.site_fields(seconds)));
        Event::KeptFields(site, kept)
    }

    /// What a site tells of its fields when it is asked.
    pub(crate) fn read_fields(&mut self, site: SiteName, seconds: i64) -> Event {
        let read = if self.odds(1, 3) {
            Err(Untold { why: self.words(), advice: self.words() })
        } else {
            Ok(Box::new(FieldsRead {
                unkept: self.maybe(Self::text),
                ..FieldsRead::earlier(self.site_fields(seconds))
            }))
        };
        Event::ReadFields(site, read)
    }

    /// A plan, and what became of its steps; they need not agree.
    pub(crate) fn plan(&mut self, sites: Vec<SiteName>, seconds: i64) -> Event {
        let approval =
            |chance: &mut Self| ApprovalId::parse(&format!("{:032x}", chance.below(1 << 40))).expect("32 digits");
        let user = UserId::parse("0055g0000000001AAA").expect("a user id");
        let step = |chance: &mut Self| {
            if chance.odds(1, 3) {
                PlanStep::Revoke {
                    org: OrgName::new(chance.text()),
                    user: user.clone(),
                    user_name: chance.words(),
                    approval: approval(chance),
                    approval_made_at: chance.time(seconds),
                    why: chance.words(),
                }
            } else {
                PlanStep::Authorize {
                    org: OrgName::new(chance.text()),
                    site: SiteName::new(chance.text()),
                    user: user.clone(),
                    user_name: chance.words(),
                    cause: chance.maybe(|_| Cause::Evicted),
                    own_user: chance.odds(1, 2),
                    removes: chance.several(3, approval),
                    why: chance.words(),
                }
            }
        };
        let org = |chance: &mut Self| PlanOrg {
            name: OrgName::new(chance.text()),
            id: OrgId::parse("00D5g000004F2xyEAC").expect("an org id"),
            slot_limit: chance.one_of(&[0, 4, u32::MAX]),
            approvals_seen_at: chance.maybe(|chance| chance.time(seconds)),
            without_slot: chance.several(3, |chance| SiteName::new(chance.text())),
            missing_users: chance.one_of(&[0, 1, u32::MAX]),
            notes: chance.several(3, Self::words),
            users: Vec::new(),
        };
        let became = |chance: &mut Self| match chance.below(3) {
            0 => StepState::Ready,
            1 => StepState::Done { seen: chance.text() },
            _ => StepState::Moved { why: chance.text() },
        };
        let left_out = |chance: &mut Self| LeftOut { site: SiteName::new(chance.text()), reason: chance.words() };
        let plan = Plan {
            made_at: self.time(seconds),
            orgs: self.several(4, org),
            steps: self.several(30, step),
            left_out: self.several(5, left_out),
        };
        let stale = self.several(3, Self::text);
        Event::Plan(Arc::new(PlanTold { sites, states: self.several(30, became), plan, stale }))
    }
}
