//! Signs in through an app and as a user of fusebox's own: JWT bearer or client credentials (neither grant takes an
//! approval slot, and neither yields a refresh token), a refresh token of that app, or what another program prints. Uses
//! `model` alone.
//!
//! The `oauth2` crate makes the client credentials request and reads both answers. It has no extension grants, so the
//! JWT bearer request (RFC 7523, 2.1) is made here, a form of two fields, and goes the same way.

pub(super) mod by_program;
mod by_refresh;

pub use by_refresh::TokenFile;

use crate::model::{OrgId, SecretVariables, UserId};
use crate::salesforce::authorize::Authorization;
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::http::{Http, retry_after_s};
use crate::salesforce::redact::Redactor;
use crate::salesforce::refusals;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::http::{Method, Request, StatusCode, header};
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, ExtraTokenFields, HttpRequest, HttpResponse, RequestTokenError,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::{Url, form_urlencoded};

/// The path of the token endpoint on every login host.
const TOKEN_PATH: &str = "/services/oauth2/token";
/// How long an assertion holds. Salesforce takes three minutes at most.
const ASSERTION_HOLDS: TimeDelta = TimeDelta::minutes(2);
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// fusebox's own credentials for one org.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// `https://login.salesforce.com`, `https://test.salesforce.com` or a My Domain; `http` on loopback alone.
    pub login_url: Url,
    /// The consumer key of fusebox's app.
    pub client_id: String,
    /// How to sign in.
    pub grant: Grant,
}

/// How fusebox signs in.
#[derive(Clone, Debug)]
pub enum Grant {
    /// JWT bearer: signed with a key whose certificate the app holds, as a user that is pre-authorized for the app.
    Jwt {
        /// fusebox's user.
        username: String,
        /// Its key: RSA, PEM (PKCS#1 or PKCS#8).
        private_key_pem: SecretString,
    },
    /// Client credentials, as the user that the app's policies name. Needs a My Domain as `login_url`.
    ClientCredentials {
        /// The consumer secret.
        client_secret: SecretString,
    },
    /// A refresh token of fusebox's own app, which a person got in a browser.
    Refresh {
        /// The consumer secret, unless the app is a public client.
        client_secret: Option<SecretString>,
        /// Where the token lies, and where the next one goes if it rotates.
        file: Arc<dyn TokenFile>,
    },
    /// A program that prints an access token, or a document with `access_token` and `instance_url`. Run without a shell.
    Program {
        /// Its name and its arguments.
        command: Vec<String>,
        /// Variables that it must not see.
        hidden: SecretVariables,
    },
}

/// Whether this is a key that assertions can be signed with: RSA, PEM (PKCS#1 or PKCS#8).
pub fn is_private_key(pem: &SecretString) -> bool {
    EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes()).is_ok()
}

/// A session in an org. It ends when Salesforce says so: the answer tells no time.
pub(super) struct Session {
    pub(super) token: SecretString,
    /// Where the org's API is.
    pub(super) instance: Url,
    /// Whose session it is, where the answer says so.
    pub(super) identity: Option<(OrgId, UserId)>,
}

/// What the token endpoint answers beside OAuth's own fields. `issued_at` and `signature` are of no use here.
#[derive(Debug, Serialize, Deserialize)]
struct Extra {
    instance_url: String,
    id: Option<String>,
}

impl ExtraTokenFields for Extra {}

type Token = StandardTokenResponse<Extra, BasicTokenType>;
type TokenClient = oauth2::Client<
    BasicErrorResponse,
    Token,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    /// One string: Salesforce refuses the list of one that the standard allows too.
    aud: &'a str,
    exp: i64,
}

enum Way {
    Jwt { username: String, key: EncodingKey, audience: String },
    ClientCredentials { client_secret: SecretString },
    Refresh(by_refresh::Refresh),
    Program(by_program::Program),
}

/// Signs in, again and again.
pub(super) struct SignIn {
    client_id: String,
    token_url: Url,
    way: Way,
    redactor: Redactor,
}

impl SignIn {
    /// Checks what can be checked before anything is sent: the key, the host, the grant that fits it.
    pub(super) fn new(credentials: Credentials) -> Result<Self, Error> {
        let Credentials { login_url, client_id, grant } = credentials;
        let plain = Redactor::default();
        let token_url = login_url
            .join(TOKEN_PATH)
            .map_err(|_| Error::new(Kind::LoginUrl, plain.redact(format!("{login_url} is no base of an address"))))?;
        let (way, redactor) = match grant {
            Grant::Jwt { username, private_key_pem } => {
                let key = EncodingKey::from_rsa_pem(private_key_pem.expose_secret().as_bytes()).map_err(|_| {
                    Error::new(Kind::PrivateKey, plain.redact(format!("the private key of {username} cannot be read")))
                })?;
                (Way::Jwt { username, key, audience: audience(&login_url) }, plain)
            }
            Grant::ClientCredentials { client_secret } => {
                if let Some(host @ ("login.salesforce.com" | "test.salesforce.com")) = login_url.host_str() {
                    let text = format!("{host} knows no client credentials: login_url has to be the org's My Domain");
                    return Err(Error::new(Kind::LoginUrl, plain.redact(text)));
                }
                let redactor = plain.with(&client_secret);
                (Way::ClientCredentials { client_secret }, redactor)
            }
            Grant::Refresh { client_secret, file } => {
                let redactor = client_secret.iter().fold(plain, Redactor::with);
                (Way::Refresh(by_refresh::Refresh { client_secret, file }), redactor)
            }
            Grant::Program { command, hidden } => {
                (Way::Program(by_program::Program { command, hidden, login_url }), plain)
            }
        };
        Ok(Self { client_id, token_url, way, redactor })
    }

    /// Where it signs in.
    pub(super) fn host(&self) -> &str {
        self.token_url.host_str().unwrap_or_default()
    }

    /// Knows the secrets that this sign-in uses.
    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Gets a session. `now` is the org's time as far as it is known: an assertion holds by the org's clock.
    pub(super) async fn session(&self, http: &Http, now: DateTime<Utc>) -> Result<Session, Error> {
        let token = match &self.way {
            Way::Jwt { username, key, audience } => {
                let claims = Claims {
                    iss: &self.client_id,
                    sub: username,
                    aud: audience,
                    exp: (now + ASSERTION_HOLDS).timestamp(),
                };
                self.jwt_bearer(http, key, &claims).await?
            }
            Way::ClientCredentials { client_secret } => self.client_credentials(http, client_secret).await?,
            Way::Refresh(refresh) => return refresh.session(self, http).await,
            Way::Program(program) => return program.session(self, http).await,
        };
        self.accept(http, &token)
    }

    /// Signs in with a code of the browser, and keeps the refresh token that comes with it.
    pub(super) async fn exchange(
        &self,
        http: &Http,
        authorization: &Authorization,
        code: &SecretString,
    ) -> Result<Session, Error> {
        match &self.way {
            Way::Refresh(refresh) => refresh.exchange(self, http, authorization, code).await,
            _ => Err(Error::new(Kind::UnsupportedGrant, self.redactor.redact("this org's flow is not \"browser\""))),
        }
    }

    async fn jwt_bearer(&self, http: &Http, key: &EncodingKey, claims: &Claims<'_>) -> Result<Token, Error> {
        let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, key)
            .map(SecretString::from)
            .map_err(|_| Error::new(Kind::PrivateKey, self.redactor.redact("the private key signs nothing")))?;
        let redactor = self.redactor.clone().with(&assertion);
        self.token(http, &redactor, &[("grant_type", JWT_BEARER), ("assertion", assertion.expose_secret())]).await
    }

    /// Asks the token endpoint with these fields. `redactor` knows the secrets among them.
    async fn token(&self, http: &Http, redactor: &Redactor, fields: &[(&str, &str)]) -> Result<Token, Error> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.token_url.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.into_bytes())
            .map_err(|error| Error::new(Kind::LoginUrl, redactor.redact(error.to_string())))?;
        let answer = TokenHttp { http, redactor }.ask(request).await?;
        serde_json::from_slice(answer.body()).map_err(|_| no_token(redactor))
    }

    async fn client_credentials(&self, http: &Http, secret: &SecretString) -> Result<Token, Error> {
        let client = TokenClient::new(ClientId::new(self.client_id.clone()))
            .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(TokenUrl::from_url(self.token_url.clone()));
        let way = TokenHttp { http, redactor: &self.redactor };
        client.exchange_client_credentials().request_async(&way).await.map_err(|error| match error {
            RequestTokenError::Request(error) => error,
            // `ask` lets JSON of status 200 through and nothing else; what the crate finds wrong with that is its shape.
            _ => no_token(&self.redactor),
        })
    }

    /// Reads the body of an answer as a session.
    #[cfg(any(test, fuzzing))]
    pub(super) fn accept_body(&self, http: &Http, body: &[u8]) -> Result<Session, Error> {
        let token = serde_json::from_slice(body).map_err(|_| no_token(&self.redactor))?;
        self.accept(http, &token)
    }

    fn accept(&self, http: &Http, token: &Token) -> Result<Session, Error> {
        let secret = SecretString::from(token.access_token().secret().clone());
        let Extra { instance_url, id } = token.extra_fields();
        self.accept_parts(http, secret, instance_url, id.as_deref())
    }

    fn accept_parts(
        &self,
        http: &Http,
        secret: SecretString,
        instance_url: &str,
        id: Option<&str>,
    ) -> Result<Session, Error> {
        let redactor = self.redactor.clone().with(&secret);
        let instance = Url::parse(instance_url)
            .ok()
            .filter(Url::has_host)
            .ok_or_else(|| refusals::no_answer("instance_url is no address", instance_url.as_bytes(), &redactor))?;
        http.admit(&instance)?;
        Ok(Session { token: secret, instance, identity: id.and_then(identity) })
    }
}

/// The way of token requests, our own and the crate's.
struct TokenHttp<'a> {
    http: &'a Http,
    redactor: &'a Redactor,
}

impl TokenHttp<'_> {
    /// Sends a token request and lets only a JSON object of status 200 through.
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let answer = self.http.send(request, self.redactor).await?;
        if answer.status() != StatusCode::OK {
            let error = refusals::token(answer.status().as_u16(), answer.body(), self.redactor);
            return Err(error.with_retry_after(retry_after_s(answer.headers())));
        }
        if serde_json::from_slice::<serde_json::Map<_, _>>(answer.body()).is_err() {
            return Err(refusals::no_answer("a token was expected", answer.body(), self.redactor));
        }
        // The crate takes an answer without a content type for JSON; this one was seen to be.
        Ok(HttpResponse::new(answer.into_body()))
    }
}

/// A closure would do, but what it returns cannot be seen to be `Send`.
impl<'c> AsyncHttpClient<'c> for TokenHttp<'_> {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse, Error>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

/// The body is not quoted: it may well hold a token in a shape that nobody knows.
fn no_token(redactor: &Redactor) -> Error {
    Error::new(Kind::BadAnswer, redactor.redact("the token endpoint's answer lacks access_token or instance_url"))
}

/// The `aud` of an assertion. Salesforce documents `https://login.salesforce.com` and `https://test.salesforce.com`, and
/// its own libraries send one of these whichever host they ask, so a My Domain becomes the one that it belongs to. Any
/// other host (loopback, another cloud) is its own audience.
fn audience(login_url: &Url) -> String {
    const PRODUCTION: &str = "https://login.salesforce.com";
    const SANDBOX: &str = "https://test.salesforce.com";
    let host = login_url.host_str().unwrap_or_default();
    let Some(name) = host.strip_suffix(".salesforce.com") else {
        return login_url.origin().ascii_serialization();
    };
    // `acme--uat.sandbox.my`, and before enhanced domains `acme--uat.cs42.my` and `acme--uat.my`.
    let sandbox = name == "test" || name.ends_with(".sandbox.my") || name.contains("--");
    if sandbox { SANDBOX } else { PRODUCTION }.to_owned()
}

/// Org and user of an identity address: `https://login.salesforce.com/id/ORG/USER`.
fn identity(id: &str) -> Option<(OrgId, UserId)> {
    let url = Url::parse(id).ok()?;
    let mut parts = url.path_segments()?.skip_while(|part| *part != "id").skip(1);
    Some((OrgId::parse(parts.next()?).ok()?, UserId::parse(parts.next()?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn the_audience_is_the_login_host_of_the_kind() {
        for (login, aud) in [
            ("https://login.salesforce.com", "https://login.salesforce.com"),
            ("https://test.salesforce.com/", "https://test.salesforce.com"),
            ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
            ("https://acme.develop.my.salesforce.com", "https://login.salesforce.com"),
            ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
            ("https://acme--uat.my.salesforce.com", "https://test.salesforce.com"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://acme.salesforce.localhost:8080/", "http://acme.salesforce.localhost:8080"),
            ("https://acme.my.sfcrmproducts.cn", "https://acme.my.sfcrmproducts.cn"),
        ] {
            assert_eq!(audience(&url(login)), aud, "{login}");
        }
    }

    #[test]
    fn an_identity_names_org_and_user() {
        let (org, user) =
            identity("https://login.salesforce.com/id/00D5g000000ORGEEA4/0055g000000USERAA4").expect("both");
        assert_eq!((org.as_str(), user.as_str()), ("00D5g000000ORGEEA4", "0055g000000USERAA4"));
        for bad in
            ["", "https://login.salesforce.com/id/", "https://login.salesforce.com/id/00D5g000000ORGEEA4/x", "/id/a/b"]
        {
            assert!(identity(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused_before_anything_is_sent() {
        let secret = Grant::ClientCredentials { client_secret: "secret-of-the-app".into() };
        let key = Grant::Jwt { username: "fusebox@acme.example".to_owned(), private_key_pem: "no key at all".into() };
        for (login_url, grant, kind, word) in [
            ("https://login.salesforce.com", secret.clone(), Kind::LoginUrl, "My Domain"),
            ("https://acme.my.salesforce.com", key, Kind::PrivateKey, "fusebox@acme.example"),
            ("data:x", secret, Kind::LoginUrl, "data:x"),
        ] {
            let credentials = Credentials { login_url: url(login_url), client_id: "3MVG9".to_owned(), grant };
            let error = SignIn::new(credentials).err().expect("an error");
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(word), "{error}");
            assert!(!error.to_string().contains("no key at all"), "{error}");
        }
    }

    #[test]
    fn credentials_show_no_secret() {
        let grant = Grant::ClientCredentials { client_secret: "secret-of-the-app".into() };
        let credentials = Credentials { login_url: url("https://x.example"), client_id: "3MVG9".to_owned(), grant };
        assert!(!format!("{credentials:?}").contains("secret-of-the-app"));
    }
}
