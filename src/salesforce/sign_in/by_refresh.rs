//! A refresh token of fusebox's own app: read for each sign-in, and where it rotates the next one is kept before the session
//! that came with it is used. Uses `model` alone.

use super::{Session, SignIn, Token};
use crate::salesforce::authorize::Authorization;
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::http::Http;
use crate::salesforce::redact::Redactor;
use oauth2::TokenResponse;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::Arc;

/// Where one refresh token lies. Both are asked outside the threads that wait for the network.
pub trait TokenFile: fmt::Debug + Send + Sync {
    /// The token. An error is told to people, so it holds none.
    fn read(&self) -> Result<SecretString, String>;

    /// Puts another in its place, whole and safe against a loss of power.
    fn write(&self, token: &SecretString) -> Result<(), String>;
}

pub(super) struct Refresh {
    pub(super) client_secret: Option<SecretString>,
    pub(super) file: Arc<dyn TokenFile>,
}

impl Refresh {
    /// Gets a session. Another process that shares the file may have rotated the token while this one asked: a token that
    /// is dead and no longer the one in the file was outrun, and the file's is asked with, once.
    pub(super) async fn session(&self, sign_in: &SignIn, http: &Http) -> Result<Session, Error> {
        let mut token = self.read(sign_in.redactor()).await?;
        let answer = match self.ask(sign_in, http, &token).await {
            Err(error) if error.kind() == Kind::ExpiredToken => {
                let now = self.read(sign_in.redactor()).await?;
                if now.expose_secret() == token.expose_secret() {
                    return Err(error);
                }
                token = now;
                self.ask(sign_in, http, &token).await?
            }
            answer => answer?,
        };
        if let Some(next) = answer.refresh_token().map(|next| SecretString::from(next.secret().clone()))
            && next.expose_secret() != token.expose_secret()
        {
            self.write(sign_in.redactor(), next).await?;
        }
        sign_in.accept(http, &answer)
    }

    /// Takes a code of the browser for the first refresh token, which is kept before its session is used.
    pub(super) async fn exchange(
        &self,
        sign_in: &SignIn,
        http: &Http,
        authorization: &Authorization,
        code: &SecretString,
    ) -> Result<Session, Error> {
        let redactor = sign_in.redactor.clone().with(code).with(authorization.verifier());
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", sign_in.client_id.as_str()),
            ("redirect_uri", authorization.redirect_uri()),
            ("code", code.expose_secret()),
            ("code_verifier", authorization.verifier().expose_secret()),
        ];
        fields.extend(self.client_secret.as_ref().map(|secret| ("client_secret", secret.expose_secret())));
        let answer = sign_in.token(http, &redactor, &fields).await?;
        let Some(token) = answer.refresh_token() else {
            let text = "the app gave no refresh token: it lacks the scope \"refresh_token\"";
            return Err(Error::new(Kind::Scope, redactor.redact(text)));
        };
        self.write(&redactor, token.secret().clone().into()).await?;
        sign_in.accept(http, &answer)
    }

    /// No scope is asked for: naming one changes what some orgs answer.
    async fn ask(&self, sign_in: &SignIn, http: &Http, token: &SecretString) -> Result<Token, Error> {
        let redactor = sign_in.redactor.clone().with(token);
        let mut fields = vec![
            ("grant_type", "refresh_token"),
            ("client_id", sign_in.client_id.as_str()),
            ("refresh_token", token.expose_secret()),
        ];
        fields.extend(self.client_secret.as_ref().map(|secret| ("client_secret", secret.expose_secret())));
        sign_in.token(http, &redactor, &fields).await
    }

    async fn read(&self, redactor: &Redactor) -> Result<SecretString, Error> {
        let file = Arc::clone(&self.file);
        let read = tokio::task::spawn_blocking(move || file.read()).await;
        read.unwrap_or_else(|_| Err("the refresh token could not be read".to_owned()))
            .map_err(|text| Error::new(Kind::NoRefreshToken, redactor.redact(text)))
    }

    async fn write(&self, redactor: &Redactor, next: SecretString) -> Result<(), Error> {
        let file = Arc::clone(&self.file);
        let written = tokio::task::spawn_blocking(move || file.write(&next)).await;
        written
            .unwrap_or_else(|_| Err("the next refresh token could not be kept".to_owned()))
            .map_err(|text| Error::new(Kind::NoRefreshToken, redactor.redact(text)))
    }
}
