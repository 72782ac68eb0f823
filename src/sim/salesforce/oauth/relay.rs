//! A stand-in for the vendor's relay, on the login origin: it sends a site's administrator to Salesforce and back to the
//! site with the code, as `wpfusion.com/oauth/` does. Where the real one keeps the site's address is unknown; here it is
//! the `state`.

use super::super::super::ask::Reply;
use super::super::super::world::consumer::RELAY_CALLBACK;
use super::Desk;
use super::pages;
use url::{Url, form_urlencoded};

pub(super) fn answer(desk: &mut Desk<'_>) -> Reply {
    "relay".clone_into(&mut desk.entry.kind);
    let ask = desk.ask;
    if let Some(back) = ask.parameter("state").filter(|back| is_of_site(desk, back)) {
        let told: Vec<(&str, String)> = ["code", "error", "error_description"]
            .into_iter()
            .filter_map(|name| Some((name, ask.parameter(name)?)))
            .collect();
        if told.is_empty() {
            return pages::oauth_error("invalid_request", "neither a code nor an error came along", desk.now);
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(told).finish();
        return pages::redirect(&format!("{back}&{query}"), desk.now);
    }
    match ask.parameter("redirect").filter(|back| is_of_site(desk, back)) {
        Some(back) if ask.parameter("action").as_deref() == Some("wpf_get_salesforce_token") => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("response_type", "code")
                .append_pair("client_id", &desk.inner.world.app_client_id)
                .append_pair("redirect_uri", RELAY_CALLBACK)
                .append_pair("prompt", "login")
                .append_pair("state", &back)
                .finish();
            pages::redirect(&format!("{}/services/oauth2/authorize?{query}", desk.shared.origins.login), desk.now)
        }
        _ => {
            pages::oauth_error("invalid_request", "this relay sends sites of this machine alone on their way", desk.now)
        }
    }
}

/// Whether a browser may be sent there: a site's page on this machine.
fn is_of_site(desk: &Desk<'_>, address: &str) -> bool {
    let is_local = |url: &Url| match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    address.starts_with(&desk.shared.origins.sites) || Url::parse(address).is_ok_and(|url| is_local(&url))
}
