//! What a person is asked in a browser, and what comes back: the web server flow with PKCE (S256) and `state`. Pure but for
//! the dice. Uses `error`, `redact` and `refusals`.

use crate::salesforce::error::{Error, Kind};
use crate::salesforce::redact::Redactor;
use crate::salesforce::refusals;
use oauth2::{CsrfToken, PkceCodeChallenge};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use url::Url;

/// The path of the callback address: with port 1717 the address that Salesforce's own command line registers.
pub(super) const CALLBACK_PATH: &str = "/OauthRedirect";

/// One question, asked once.
#[derive(Debug)]
pub struct Authorization {
    url: Url,
    redirect_uri: String,
    state: SecretString,
    verifier: SecretString,
}

impl Authorization {
    /// A new question for `client_id` at `login_url`. Who is signed in to the browser already is asked to sign in again, as
    /// that is seldom fusebox's own user.
    pub fn begin(login_url: &Url, client_id: &str, callback_port: u16) -> Result<Self, Error> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = CsrfToken::new_random();
        let redirect_uri = Self::callback(callback_port);
        let mut url = login_url.join("/services/oauth2/authorize").map_err(|_| {
            Error::new(Kind::LoginUrl, Redactor::default().redact(format!("{login_url} is no base of an address")))
        })?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", &redirect_uri)
            .append_pair("scope", "api refresh_token")
            .append_pair("state", state.secret())
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256")
            .append_pair("prompt", "login");
        let (state, verifier) = (state.into_secret().into(), verifier.into_secret().into());
        Ok(Self { url, redirect_uri, state, verifier })
    }

    /// The callback address, as the app has to register it.
    pub fn callback(port: u16) -> String {
        format!("http://localhost:{port}{CALLBACK_PATH}")
    }

    /// What to open.
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    pub(super) fn verifier(&self) -> &SecretString {
        &self.verifier
    }

    /// Whether this address answers this question: whoever does not know `state` was not asked.
    pub fn is_answered_by(&self, address: &str) -> bool {
        let state = fields(address).and_then(|mut fields| fields.remove("state"));
        // Both are random and used once: how long a comparison takes tells nobody anything in time.
        state.as_deref() == Some(self.state.expose_secret())
    }

    /// The code in the address that the browser was sent back to, or why there is none.
    pub fn code(&self, address: &str) -> Result<SecretString, Error> {
        let plain = Redactor::default();
        let no_code = |text: &str| Error::new(Kind::AuthorizationCode, plain.redact(text));
        let mut fields = fields(address).ok_or_else(|| no_code("that is no address that Salesforce sends back to"))?;
        if !self.is_answered_by(address) {
            return Err(no_code("that address answers another question than this one"));
        }
        if let Some(error) = fields.get("error") {
            let description = fields.get("error_description").map_or("", String::as_str);
            return Err(refusals::authorize(error, description, &plain));
        }
        let code = fields.remove("code").filter(|code| !code.is_empty());
        Ok(code.ok_or_else(|| no_code("that address holds no code"))?.into())
    }
}

/// The query of an address, whole or from its path on.
fn fields(address: &str) -> Option<BTreeMap<String, String>> {
    let (_, query) = address.trim().split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    Some(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Authorization {
        let login_url = "https://acme.my.salesforce.com".parse().expect("an address");
        Authorization::begin(&login_url, "3MVG9 own&key", 1717).expect("a question")
    }

    #[test]
    fn the_question_names_what_salesforce_needs_and_holds_no_verifier() {
        let authorization = begun();
        let asked: BTreeMap<String, String> = authorization.url().query_pairs().into_owned().collect();
        assert_eq!(asked["client_id"], "3MVG9 own&key");
        assert_eq!(asked["redirect_uri"], "http://localhost:1717/OauthRedirect");
        assert_eq!((asked["code_challenge_method"].as_str(), asked["code_challenge"].len()), ("S256", 43));
        let verifier = authorization.verifier().expose_secret();
        assert!((43..=128).contains(&verifier.len()) && !authorization.url().as_str().contains(verifier));
        assert_ne!(authorization.url(), begun().url(), "each question is another");
    }

    #[test]
    fn only_the_answer_to_this_question_counts() {
        let authorization = begun();
        let state = authorization.state.expose_secret();
        let code = |address: &str| authorization.code(address).map(|code| code.expose_secret().to_owned());
        assert_eq!(code(&format!("/OauthRedirect?code=aPrx%3D%3D&state={state}")), Ok("aPrx==".to_owned()));
        assert_eq!(code(&format!(" http://localhost:1717/OauthRedirect?state={state}&code=x#y\n")), Ok("x".to_owned()));
        for (address, words) in [
            (
                format!("/OauthRedirect?error=access_denied&error_description=end-user+denied&state={state}"),
                "end-user denied",
            ),
            ("/OauthRedirect?code=x&state=another".to_owned(), "another question"),
            ("/OauthRedirect?code=x".to_owned(), "another question"),
            (format!("/OauthRedirect?state={state}"), "no code"),
            ("hunter2".to_owned(), "no address"),
        ] {
            let error = code(&address).expect_err("no code");
            assert!(error.text().as_str().contains(words), "{error}");
            assert!(!error.text().as_str().contains("hunter2") && !error.text().as_str().contains(state), "{error}");
        }
    }
}
