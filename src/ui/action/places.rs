//! The places that several actions share.

use super::Context;

pub(super) const LIST: &[Context] = &[Context::Sites];
pub(super) const PAGE: &[Context] = &[Context::Site];
pub(super) const LIST_AND_PAGE: &[Context] = &[Context::Sites, Context::Site];
pub(super) const APPROVALS: &[Context] = &[Context::Sites, Context::Site, Context::User];
pub(super) const USERS: &[Context] = &[Context::Users];
pub(super) const ORGS: &[Context] = &[Context::Orgs];
pub(super) const USER: &[Context] = &[Context::User];
pub(super) const FIELDS: &[Context] = &[Context::Fields];
pub(super) const ALL_FIELDS: &[Context] = &[Context::Fields, Context::SiteFields];
pub(super) const WITH_A_SITE: &[Context] = &[Context::Sites, Context::Site, Context::Fields, Context::SiteFields];
pub(super) const WITH_FACTS: &[Context] = &[Context::Orgs, Context::Fields];
pub(super) const ROSTERS: &[Context] = &[Context::Users, Context::Orgs, Context::Fields];
pub(super) const NAMES: &[Context] = &[Context::Users, Context::Orgs, Context::Fields, Context::SiteFields];
pub(super) const ASIDE: &[Context] = &[Context::Users, Context::User, Context::Orgs];
pub(super) const PAGES: &[Context] = &[
    Context::Site,
    Context::Users,
    Context::User,
    Context::Orgs,
    Context::Fields,
    Context::SiteFields,
    Context::Audit,
    Context::Watch,
    Context::Run,
    Context::Log,
    Context::Plan,
];
pub(super) const LOG: &[Context] = &[Context::Log];
pub(super) const WATCH: &[Context] = &[Context::Watch];
pub(super) const PLAN: &[Context] = &[Context::Plan];
pub(super) const VIEWS: &[Context] = &[
    Context::Sites,
    Context::Site,
    Context::Users,
    Context::User,
    Context::Orgs,
    Context::Fields,
    Context::SiteFields,
    Context::Audit,
    Context::Watch,
    Context::Run,
    Context::Log,
    Context::Plan,
];
pub(super) const FIND: &[Context] = &[Context::Find];
pub(super) const SCROLLED: &[Context] = &[
    Context::Sites,
    Context::Site,
    Context::Users,
    Context::User,
    Context::Orgs,
    Context::Fields,
    Context::SiteFields,
    Context::Audit,
    Context::Run,
    Context::Log,
    Context::Plan,
    Context::Help,
    Context::Menu,
];
pub(super) const MENU: &[Context] = &[Context::Menu];
pub(super) const ASKED: &[Context] = &[Context::Confirm];
pub(super) const TYPED: &[Context] = &[Context::Type];
pub(super) const TOLD: &[Context] = &[Context::Told];
pub(super) const SHEETS: &[Context] = &[Context::Told, Context::Type];
pub(super) const CHOICE: &[Context] = &[Context::Choose];
pub(super) const EVERYWHERE: &[Context] = &[
    Context::Sites,
    Context::Site,
    Context::Users,
    Context::User,
    Context::Orgs,
    Context::Fields,
    Context::SiteFields,
    Context::Audit,
    Context::Watch,
    Context::Run,
    Context::Log,
    Context::Plan,
    Context::Filter,
    Context::Find,
    Context::Sort,
    Context::Copy,
    Context::Help,
    Context::Palette,
    Context::Menu,
    Context::Confirm,
    Context::Type,
    Context::Steps,
    Context::Told,
    Context::Choose,
];
