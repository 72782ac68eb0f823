//! The one page of a site's administration that is played: WP Fusion's settings, where a browser comes back to with a
//! code.

use crate::sim::ask::{Ask, Reply};
use crate::sim::state::Inner;
use chrono::{DateTime, Utc};

/// The kind that the log of requests names it by.
pub(super) const KIND: &str = "authorized";

/// Whether a browser comes back from Salesforce.
pub(super) fn returns(ask: &Ask) -> bool {
    ask.path().ends_with("/wp-admin/options-general.php")
        && ask.parameter("crm").as_deref() == Some("salesforce")
        && (ask.parameter("code").is_some() || ask.parameter("error").is_some())
}

/// The site exchanges the code, and shows its settings again. As with the real plugin nothing checks who comes.
pub(super) fn answer(inner: &mut Inner, site: usize, ask: &Ask, now: DateTime<Utc>) -> Reply {
    let outcome = match ask.parameter("code") {
        Some(code) => inner.world.complete_authorization(site, &code, now).map_err(|refusal| refusal.description),
        None => Err("nothing was authorized"),
    };
    let html = "text/html; charset=UTF-8";
    match outcome {
        Ok(()) => {
            let mut reply = Reply::text(302, html, String::new(), now);
            reply.location = Some("options-general.php?page=wpf-settings#setup".to_owned());
            reply
        }
        Err(why) => {
            let page = format!("<!DOCTYPE html>\n<p>Error requesting authorization code: {why}</p>\n");
            Reply::text(200, html, page, now)
        }
    }
}
