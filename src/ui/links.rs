//! Links to the page where a cause is looked at or cured: the site's wp-admin, or Setup of its org.
//!
//! Pure. Uses `model`. Built from the addresses of our own configuration and from paths that stand here, and from nothing
//! that a site or an org says; but for the one link by which a person signs in, which was checked where it came from.

use crate::model::setup::web;
use crate::model::{Cause, OrgBoard, SetupPage, SiteRow};
use ratatui::style::Color;
use std::hash::{DefaultHasher, Hash, Hasher};

/// One page to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What the page is called where it stands.
    pub page: &'static str,
    /// Its address: `http` or `https`, printable ASCII alone.
    pub url: String,
}

impl Link {
    /// The one that a person opens to sign in, as the machinery checked it. None where it is not what a terminal may be told.
    pub fn sign_in(url: &str) -> Option<Self> {
        let known = url.starts_with("https://") || url.starts_with("http://");
        (known && url.bytes().all(|byte| byte.is_ascii_graphic()))
            .then(|| Self { page: "sign in", url: url.to_owned() })
    }

    /// What the cells of this link carry in the colour of their underline, which nothing here draws: it tells them from
    /// other cells and from those of another link, so that a frame in which only the address differs is still written.
    pub fn mark(&self) -> Color {
        let mut hasher = DefaultHasher::new();
        self.url.hash(&mut hasher);
        let [r, g, b, ..] = hasher.finish().to_be_bytes();
        Color::Rgb(r, g, b)
    }
}

/// Why there is no link.
pub type Missing = &'static str;

/// A page of a site's wp-admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admin {
    Home,
    Settings,
    Logs,
    Plugins,
    Health,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Site(Admin),
    Org(SetupPage),
}

impl Admin {
    fn page(self) -> &'static str {
        match self {
            Self::Home => "wp-admin",
            Self::Settings => "WP Fusion settings",
            Self::Logs => "WP Fusion log",
            Self::Plugins => "Plugins",
            Self::Health => "Site Health",
        }
    }

    /// The file, the query and the fragment below `wp-admin/`.
    fn path(self) -> (&'static str, Option<&'static str>, Option<&'static str>) {
        match self {
            Self::Home => ("", None, None),
            Self::Settings => ("options-general.php", Some("page=wpf-settings"), Some("setup")),
            Self::Logs => ("tools.php", Some("page=wpf-settings-logs"), None),
            Self::Plugins => ("plugins.php", None, None),
            Self::Health => ("site-health.php", None, None),
        }
    }
}

/// Where each cause is looked at or cured.
fn place(cause: Option<Cause>) -> Place {
    let Some(cause) = cause else { return Place::Site(Admin::Settings) };
    match cause {
        // Which approvals there are, what to revoke, whether the app is installed or blocked.
        Cause::Evicted
        | Cause::Revoked
        | Cause::NextOut
        | Cause::AppUninstalled
        | Cause::AppNotInstalled
        | Cause::AppBlocked
        | Cause::NotRecorded => Place::Org(SetupPage::OauthUsage),
        // The app's policies.
        Cause::PolicyLifetime
        | Cause::PolicyIdle
        | Cause::PolicyImmediate
        | Cause::IdleCap
        | Cause::IdleNear
        | Cause::LifetimeNear
        | Cause::RotatedOut
        | Cause::RotationRisk
        | Cause::NotPreauthorized => Place::Org(SetupPage::ConnectedApps),
        Cause::UserInactive | Cause::UserFrozen => Place::Org(SetupPage::Users),
        Cause::ApiDisabled | Cause::NotPermitted => Place::Org(SetupPage::PermissionSets),
        Cause::IpRestricted => Place::Org(SetupPage::NetworkAccess),
        Cause::CallLimit | Cause::OrgLocked => Place::Org(SetupPage::Company),
        Cause::PluginAbsent | Cause::PluginInactive => Place::Site(Admin::Plugins),
        Cause::CronDead | Cause::PhpFatal | Cause::ClockSkew => Place::Site(Admin::Health),
        Cause::SiteErrors => Place::Site(Admin::Logs),
        Cause::Unreachable | Cause::SshRefused | Cause::Tls | Cause::Dns | Cause::Timeout | Cause::BadAnswer => {
            Place::Site(Admin::Home)
        }
        // A new connection is made, or this one is told from another's, where the plugin is set up.
        Cause::OtherCrm
        | Cause::NotAuthorized
        | Cause::Disconnected
        | Cause::Staging
        | Cause::Clone
        | Cause::SharedToken
        | Cause::CredentialsRotated
        | Cause::OrgGone
        | Cause::SandboxRefreshed
        | Cause::InstanceMoved
        | Cause::NeverProved
        | Cause::ProofOld => Place::Site(Admin::Settings),
    }
}

/// The page for what ails this site. Without a cause, and where the org's address is not known, its WP Fusion settings.
///
/// # Errors
///
/// A site without a web address has no page.
pub fn cure(row: &SiteRow, board: Option<&OrgBoard>) -> Result<Link, Missing> {
    match place(row.cause) {
        Place::Site(page) => admin(row, page),
        Place::Org(page) => board.map_or(Err(NO_ORG), |board| at_org(board, page)).or_else(|_| settings(row)),
    }
}

/// The WP Fusion settings of this site.
///
/// # Errors
///
/// A site without a web address has none.
pub fn settings(row: &SiteRow) -> Result<Link, Missing> {
    admin(row, Admin::Settings)
}

/// The page of Setup for this site: that of its cause where the cause lies in the org, else the one that lists approvals.
///
/// # Errors
///
/// A site whose org is not configured has none.
pub fn setup(row: &SiteRow, board: Option<&OrgBoard>) -> Result<Link, Missing> {
    let page = match place(row.cause) {
        Place::Org(page) => page,
        Place::Site(_) => SetupPage::OauthUsage,
    };
    at_org(board.ok_or(NO_ORG)?, page)
}

const NO_ORG: Missing = "the address of its org is not known";

fn admin(row: &SiteRow, page: Admin) -> Result<Link, Missing> {
    let mut url = web(row.url.as_str()).ok_or("it has no web address")?;
    let (file, query, fragment) = page.path();
    // WordPress may lie in a folder of its host.
    url.path_segments_mut().map_err(|()| "it has no web address")?.pop_if_empty().push("wp-admin").push(file);
    url.set_query(query);
    url.set_fragment(fragment);
    Ok(Link { page: page.page(), url: url.into() })
}

fn at_org(board: &OrgBoard, page: SetupPage) -> Result<Link, Missing> {
    let url = page.url(board.url.as_str()).ok_or("its org has no web address")?;
    Ok(Link { page: page.name(), url })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SiteName;
    use proptest::prelude::*;
    use strum::IntoEnumIterator;

    fn site(url: &str, cause: Option<Cause>) -> SiteRow {
        SiteRow { cause, ..SiteRow::unseen(SiteName::new("shop"), url.into()) }
    }

    fn org(url: &str) -> OrgBoard {
        OrgBoard::unknown("acme", url)
    }

    #[test]
    fn each_cause_leads_to_the_page_that_cures_it() {
        let board = org("https://acme.my.salesforce.com");
        for (cause, url) in [
            (None, "https://shop.example.org/wp-admin/options-general.php?page=wpf-settings#setup"),
            (
                Some(Cause::Disconnected),
                "https://shop.example.org/wp-admin/options-general.php?page=wpf-settings#setup",
            ),
            (Some(Cause::PluginInactive), "https://shop.example.org/wp-admin/plugins.php"),
            (Some(Cause::SiteErrors), "https://shop.example.org/wp-admin/tools.php?page=wpf-settings-logs"),
            (Some(Cause::Timeout), "https://shop.example.org/wp-admin/"),
            (Some(Cause::Evicted), "https://acme.my.salesforce.com/lightning/setup/ConnectedAppsUsage/home"),
            (Some(Cause::PolicyIdle), "https://acme.my.salesforce.com/lightning/setup/ConnectedApplication/home"),
            (Some(Cause::UserFrozen), "https://acme.my.salesforce.com/lightning/setup/ManageUsers/home"),
            (Some(Cause::NotPermitted), "https://acme.my.salesforce.com/lightning/setup/PermSets/home"),
        ] {
            let link = cure(&site("https://shop.example.org", cause), Some(&board)).expect("a link");
            assert_eq!(link.url, url, "{cause:?}");
        }
    }

    #[test]
    fn a_site_in_a_folder_keeps_it_and_loses_what_is_no_part_of_a_page() {
        for address in
            ["https://example.org/blog", "https://u:secret@example.org/blog/", "https://example.org/blog/?x=1#y"]
        {
            let link = settings(&site(address, None)).expect("a link");
            assert_eq!(link.url, "https://example.org/blog/wp-admin/options-general.php?page=wpf-settings#setup");
        }
    }

    #[test]
    fn the_shared_doors_lead_on_to_setup() {
        let link = setup(&site("https://a.example", None), Some(&org("https://test.salesforce.com"))).expect("a link");
        assert_eq!(link.url, "https://test.salesforce.com/?startURL=%2Flightning%2Fsetup%2FConnectedAppsUsage%2Fhome");
    }

    #[test]
    fn what_is_no_web_address_is_no_link() {
        for address in ["", "shop.example.org", "javascript:alert(1)", "file:///etc/passwd", "ssh://host/path"] {
            assert!(settings(&site(address, None)).is_err(), "{address}");
            assert!(setup(&site("https://a.example", None), Some(&org(address))).is_err(), "{address}");
        }
        assert_eq!(setup(&site("https://a.example", None), None), Err(NO_ORG));
    }

    #[test]
    fn what_could_end_a_link_in_the_terminal_is_none() {
        assert!(
            Link::sign_in("https://wpfusion.com/oauth/?action=x&redirect=https%3A%2F%2Fshop.example.org").is_some()
        );
        for url in [
            "https://a.example/\u{1b}]8;;",
            "https://a.example/ b",
            "https://a.ex\u{e4}mple/",
            "file:///x",
            "a.example",
        ] {
            assert_eq!(Link::sign_in(url), None, "{url:?}");
        }
    }

    #[test]
    fn every_cause_has_a_page_with_and_without_its_org() {
        let board = org("https://acme.my.salesforce.com");
        for cause in Cause::iter() {
            for board in [None, Some(&board)] {
                let link = cure(&site("https://shop.example.org", Some(cause)), board).expect("a link");
                assert!(!link.page.is_empty());
            }
        }
    }

    proptest! {
        #[test]
        fn a_link_is_printable_and_stays_on_the_configured_host(rest in "\\PC{0,40}", control in "[\\x00-\\x1f\\x7f]{0,3}") {
            let row = site(&format!("https://shop.example.org/{rest}{control}"), None);
            if let Ok(link) = settings(&row) {
                prop_assert!(link.url.bytes().all(|byte| byte.is_ascii_graphic()), "{}", link.url);
                prop_assert!(link.url.starts_with("https://shop.example.org/"), "{}", link.url);
            }
        }
    }
}
