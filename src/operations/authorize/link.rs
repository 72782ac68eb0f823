//! The link that a person opens in a browser: the site's own, taken only where it leads to whom it may.
//!
//! What the site answers is not trusted: a plugin may have been tampered with, and whoever follows the link signs in to
//! Salesforce. So it has to lead to the vendor's relay or to the site itself, over https, with the site's own settings page as
//! the place to come back to; and it is written anew, so that nothing rides along. Pure.

use crate::wordpress::is_loopback;
use url::Url;

/// Why a link is not handed to anybody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It leads somewhere else.
    #[error("the link that the site gave leads to {0}, which is neither the relay nor the site")]
    Elsewhere(String),
    /// It comes back somewhere else.
    #[error("the link that the site gave comes back to {0}, which is not the site's settings page")]
    ComesBackTo(String),
}

/// What a person may open: `link` as the site gave it, if it leads to `relay` or to `site` and back to `site`.
pub fn checked(link: &Url, relay: &Url, site: &Url) -> Result<Url, LinkError> {
    let elsewhere = || LinkError::Elsewhere(place(link));
    let leads_to_relay = same_origin(link, relay) && link.path() == relay.path();
    let safe = link.scheme() == "https" || (is_loopback(link) && is_loopback(site));
    if !safe || link.username() != "" || link.password().is_some() || !(leads_to_relay || same_origin(link, site)) {
        return Err(elsewhere());
    }
    let back = link.query_pairs().find(|(name, _)| name == "redirect").map(|(_, back)| back.into_owned());
    let back = match (back, leads_to_relay) {
        (Some(back), _) => back,
        (None, true) => return Err(LinkError::ComesBackTo("nowhere".to_owned())),
        (None, false) => return Ok(link.clone()),
    };
    let to = Url::parse(&back).map_err(|_| LinkError::ComesBackTo("no address".to_owned()))?;
    // The plugin says https whatever the site speaks.
    let same_host =
        to.host() == site.host() && (to.port_or_known_default() == site.port_or_known_default() || to.port().is_none());
    let settings_page =
        to.path().strip_prefix(site.path().trim_end_matches('/')) == Some("/wp-admin/options-general.php");
    let http = matches!(to.scheme(), "https" | "http");
    if !same_host || !settings_page || !http || to.username() != "" {
        return Err(LinkError::ComesBackTo(place(&to)));
    }
    // Written anew from its parts: what no part of the relay's interface is stays behind.
    let mut clean = relay.clone();
    if !leads_to_relay {
        clean = link.clone();
    }
    clean.set_fragment(None);
    let known = link.query_pairs().filter(|(name, _)| matches!(&**name, "action" | "redirect" | "l" | "sandbox"));
    let pairs: Vec<(String, String)> = known.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    clean.query_pairs_mut().clear().extend_pairs(pairs);
    Ok(clean)
}

/// The page of the site on which a person presses Authorize: for a site whose agent gives no link.
pub fn settings_page(site: &Url) -> Url {
    let mut page = site.clone();
    page.set_path(&format!("{}/wp-admin/options-general.php", site.path().trim_end_matches('/')));
    page.set_query(Some("page=wpf-settings"));
    page.set_fragment(Some("setup"));
    page
}

fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

fn place(url: &Url) -> String {
    url.host_str().map_or_else(|| url.scheme().to_owned(), |host| format!("{host}{}", url.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    fn check(link: &str) -> Result<String, LinkError> {
        let (relay, site) = (url("https://wpfusion.com/oauth/"), url("https://shop.example.org/blog"));
        checked(&url(link), &relay, &site).map(Into::into)
    }

    #[test]
    fn the_plugins_own_link_is_taken_and_nothing_rides_along() {
        let back = "https%3A%2F%2Fshop.example.org%2Fblog%2Fwp-admin%2Foptions-general.php%3Fpage%3Dwpf-settings%26crm%3Dsalesforce";
        let plain = format!("https://wpfusion.com/oauth/?action=wpf_get_salesforce_token&redirect={back}&l=1");
        assert_eq!(check(&plain), Ok(plain.clone()));
        assert_eq!(check(&format!("{plain}&sandbox=1&x=%1b%5b31m#y")), Ok(format!("{plain}&sandbox=1")));
        let own = "https://shop.example.org/blog/wp-admin/admin.php?page=start";
        assert_eq!(check(own), Ok(own.to_owned()));
    }

    #[test]
    fn a_link_that_leads_or_comes_back_elsewhere_is_handed_to_nobody() {
        let with = |back: &str| format!("https://wpfusion.com/oauth/?action=x&redirect={back}");
        let good = "https%3A%2F%2Fshop.example.org%2Fblog%2Fwp-admin%2Foptions-general.php";
        for (link, ok) in [
            (with(good), true),
            (with("https%3A%2F%2Fevil.example%2Fblog%2Fwp-admin%2Foptions-general.php"), false),
            (with("https%3A%2F%2Fshop.example.org%40evil.example%2Fblog%2Fwp-admin%2Foptions-general.php"), false),
            (with("https%3A%2F%2Fshop.example.org%2Fwp-admin%2Foptions-general.php"), false),
            (with("javascript%3Aalert(1)"), false),
            (with("https%3A%2F%2Fshop.example.org%2Fblog%2Fwp-admin%2Foptions-general.php%2F..%2F..%2Fx.php"), false),
            ("https://wpfusion.com/oauth/?action=x".to_owned(), false),
            (with(good).replace("https://", "http://"), false),
            (with(good).replace("wpfusion.com", "wpfusion.com.evil.example"), false),
            (with(good).replace("wpfusion.com/oauth/", "wpfusion.com/elsewhere/"), false),
            (with(good).replace("wpfusion.com", "user@wpfusion.com"), false),
        ] {
            assert_eq!(check(&link).is_ok(), ok, "{link}");
        }
    }

    #[test]
    fn loopback_speaks_http_with_a_site_on_loopback_alone() {
        let relay = url("http://127.0.0.1:9/oauth/");
        let link = url(
            "http://127.0.0.1:9/oauth/?action=x&redirect=http%3A%2F%2F127.0.0.1%3A8%2Fshop%2Fwp-admin%2Foptions-general.php",
        );
        assert!(checked(&link, &relay, &url("http://127.0.0.1:8/shop")).is_ok());
        assert!(checked(&link, &relay, &url("http://127.0.0.1:7/shop")).is_err(), "another port is another site");
        assert!(checked(&link, &relay, &url("https://shop.example.org/shop")).is_err());
    }

    #[test]
    fn the_settings_page_is_the_sites_own() {
        let page = settings_page(&url("https://shop.example.org/blog/"));
        assert_eq!(page.as_str(), "https://shop.example.org/blog/wp-admin/options-general.php?page=wpf-settings#setup");
    }
}
