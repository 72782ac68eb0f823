//! What the address says that a browser ended at: the code, which is a secret, or why there is none.
//!
//! A person who may not sign in to the site sees the site's login page with the code in the address. That address, or the one of
//! Salesforce's refusal, is pasted back: never on a command line, and never into a log. Pure.

use crate::model::{Clean, Ending};
use secrecy::SecretString;
use url::Url;

/// What the person with the browser says.
#[derive(Debug)]
pub enum Said {
    /// A code came back, for the site to exchange.
    Code(SecretString),
    /// None did, and Salesforce said why.
    Refused(Ending),
    /// Watching is to stop.
    Stop,
}

/// Reads a pasted address; none where it is no address that a browser ends at.
pub fn read(text: &str) -> Option<Said> {
    let url = Url::parse(text.trim()).ok()?;
    let parameter = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if let Some(error) = parameter("error") {
        let text = parameter("error_description").unwrap_or_else(|| error.clone());
        return Some(Said::Refused(refused(&error, Clean::new(text))));
    }
    parameter("code").filter(|code| !code.is_empty()).map(|code| Said::Code(code.into()))
}

/// The published codes of refusals (help.salesforce.com, "OAuth 2.0 Authorization Errors").
fn refused(error: &str, text: Clean) -> Ending {
    match error {
        "access_denied" => Ending::Denied,
        "OAUTH_APP_BLOCKED" => Ending::Blocked { text },
        "OAUTH_EC_APP_NOT_FOUND" | "invalid_client" => Ending::NotInstalled { text },
        _ => Ending::Refused { text },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn an_address_tells_the_code_or_why_there_is_none() {
        let page = "https://shop.example.org/wp-admin/options-general.php?page=wpf-settings&crm=salesforce";
        let Some(Said::Code(code)) = read(&format!("  {page}&code=aPrx%2E123%3D%3D\n")) else { panic!("a code") };
        assert_eq!(code.expose_secret(), "aPrx.123==");
        assert!(!format!("{code:?}").contains("aPrx"), "it is never shown");
        for (error, ending) in [
            ("access_denied", Ending::Denied),
            ("OAUTH_APP_BLOCKED", Ending::Blocked { text: "no".into() }),
            ("OAUTH_EC_APP_NOT_FOUND", Ending::NotInstalled { text: "no".into() }),
            ("OAUTH_APP_ACCESS_DENIED", Ending::Refused { text: "no".into() }),
        ] {
            let Some(Said::Refused(said)) = read(&format!("{page}&error={error}&error_description=no")) else {
                panic!("a refusal")
            };
            assert_eq!(said, ending);
        }
        for no in ["", "yes", "aPrx.123", "https://shop.example.org/", "https://shop.example.org/?code="] {
            assert!(read(no).is_none(), "{no}");
        }
    }
}
