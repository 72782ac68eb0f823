//! Pages of an org's Setup, and their addresses: built from the address that the configuration has for the org and from paths that
//! stand here, and from nothing that an org says.

use strum::{EnumIter, IntoStaticStr};
use url::Url;

/// A page of an org's Setup. The paths are those of Lightning; an org shown in Classic is led on by Salesforce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
pub enum SetupPage {
    /// Which approvals there are, what to revoke, whether an app is installed or blocked.
    #[strum(serialize = "Connected Apps OAuth Usage")]
    OauthUsage,
    /// The apps' policies.
    #[strum(serialize = "Manage Connected Apps")]
    ConnectedApps,
    /// What users may do.
    #[strum(serialize = "Permission Sets")]
    PermissionSets,
    /// Who is active and frozen.
    #[strum(serialize = "Users")]
    Users,
    /// From which addresses one may sign in.
    #[strum(serialize = "Network Access")]
    NetworkAccess,
    /// The edition and its allocations.
    #[strum(serialize = "Company Information")]
    Company,
}

impl SetupPage {
    /// What the page is called where it stands.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Its path on an org's host.
    pub fn path(self) -> &'static str {
        match self {
            Self::OauthUsage => "/lightning/setup/ConnectedAppsUsage/home",
            Self::ConnectedApps => "/lightning/setup/ConnectedApplication/home",
            Self::PermissionSets => "/lightning/setup/PermSets/home",
            Self::Users => "/lightning/setup/ManageUsers/home",
            Self::NetworkAccess => "/lightning/setup/NetworkAccess/home",
            Self::Company => "/lightning/setup/CompanyProfileInfo/home",
        }
    }

    /// Its address in the org of this address; none where that is no web address.
    pub fn url(self, org: &str) -> Option<String> {
        let mut url = web(org)?;
        url.set_fragment(None);
        url.set_query(None);
        if matches!(url.host_str(), Some("login.salesforce.com" | "test.salesforce.com")) {
            // The doors that all orgs share have no Setup; they lead on to it after the password.
            url.set_path("/");
            url.query_pairs_mut().append_pair("startURL", self.path());
        } else {
            url.set_path(self.path());
        }
        Some(url.into())
    }
}

/// A web address, without a password that stands in it. Writing it as a URL escapes everything that is not printable ASCII.
pub fn web(address: &str) -> Option<Url> {
    let mut url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    #[test]
    fn every_page_stands_on_the_orgs_host() {
        for page in SetupPage::iter() {
            let url = page.url("https://u:secret@acme.my.salesforce.com/x?y#z").expect("an address");
            assert_eq!(url, format!("https://acme.my.salesforce.com{}", page.path()));
            assert!(!page.name().is_empty());
        }
        assert_eq!(SetupPage::Users.url("javascript:alert(1)"), None);
    }
}
