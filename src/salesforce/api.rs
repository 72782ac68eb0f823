//! Calls of the REST API with a session: each is counted, the allocation is read off each answer, and what is not 2xx
//! is an error with a name. Uses `model` alone.

use crate::model::ApiUsage;
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::http::{Http, header_text, retry_after_s};
use crate::salesforce::redact::Redactor;
use crate::salesforce::retry::Retries;
use crate::salesforce::sign_in::Session;
use crate::salesforce::wire::Page;
use crate::salesforce::{API_VERSION, composite, mapping, refusals};
use oauth2::HttpResponse;
use oauth2::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

static LIMIT_INFO: HeaderName = HeaderName::from_static("sforce-limit-info");

/// What calls cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    /// Calls sent, refused ones included.
    pub(super) calls: u32,
    /// The allocation, as the last answer told it.
    pub(super) usage: Option<ApiUsage>,
}

/// The API as one session sees it.
pub(super) struct Api<'a> {
    pub(super) http: &'a Http,
    pub(super) session: &'a Session,
    pub(super) redactor: &'a Redactor,
    pub(super) spent: &'a mut Spent,
    /// Before a call is made again the first time.
    pub(super) retry_after: Duration,
    /// When the look has to be over.
    pub(super) until: Instant,
}

impl Api<'_> {
    /// One composite request.
    pub(super) async fn composite(&mut self, request: &composite::Request) -> Result<Vec<u8>, Error> {
        let url = self.url(&format!("/services/data/{API_VERSION}/composite"))?;
        let body = serde_json::to_vec(request)
            .map_err(|error| Error::new(Kind::Malformed, self.redactor.redact(error.to_string())))?;
        self.send(Method::POST, &url, body).await
    }

    /// One page of a query: `path` is a query's, or a `nextRecordsUrl`.
    pub(super) async fn page<T: DeserializeOwned>(&mut self, path: &str) -> Result<Page<T>, Error> {
        let url = self.url(path)?;
        let body = self.send(Method::GET, &url, Vec::new()).await?;
        serde_json::from_slice(&body)
            .map_err(|_| refusals::no_answer("a page of rows was expected", &body, self.redactor))
    }

    /// What a path of this org answers, unless nothing changed there since the moment of `since`: then it is 304.
    pub(super) async fn changed_since(
        &mut self,
        path: &str,
        since: Option<&HeaderValue>,
    ) -> Result<HttpResponse, Error> {
        let url = self.url(path)?;
        self.answer(Method::GET, &url, Vec::new(), since).await
    }

    /// The session goes to its own instance and to no other place, wherever a `nextRecordsUrl` may point.
    fn url(&self, path: &str) -> Result<Url, Error> {
        let instance = &self.session.instance;
        instance
            .join(path)
            .ok()
            .filter(|url| url.origin() == instance.origin() && url.path().starts_with("/services/data/"))
            .ok_or_else(|| refusals::no_answer("an address of this org was expected", path.as_bytes(), self.redactor))
    }

    async fn send(&mut self, method: Method, url: &Url, body: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(self.answer(method, url, body, None).await?.into_body())
    }

    /// Makes a call, and makes it again where that may help and there is time.
    async fn answer(
        &mut self,
        method: Method,
        url: &Url,
        body: Vec<u8>,
        since: Option<&HeaderValue>,
    ) -> Result<HttpResponse, Error> {
        let mut retries = Retries::new(self.retry_after);
        loop {
            let answer = self.send_once(&method, url, body.clone(), since).await?;
            let status = answer.status().as_u16();
            if answer.status().is_success() || (since.is_some() && answer.status() == StatusCode::NOT_MODIFIED) {
                return Ok(answer);
            }
            let asked_s = retry_after_s(answer.headers());
            let left = self.until.saturating_duration_since(Instant::now());
            match retries.pause(status, asked_s, left) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(refusals::rest(status, answer.body(), self.redactor).with_retry_after(asked_s)),
            }
        }
    }

    async fn send_once(
        &mut self,
        method: &Method,
        url: &Url,
        body: Vec<u8>,
        since: Option<&HeaderValue>,
    ) -> Result<HttpResponse, Error> {
        let malformed = |text: String| Error::new(Kind::BadAnswer, self.redactor.redact(text));
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.session.token.expose_secret()))
            .map_err(|_| malformed("the session id holds signs that no header may hold".to_owned()))?;
        bearer.set_sensitive(true);
        let mut request = Request::builder().method(method).uri(url.as_str());
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(since) = since {
            request = request.header(header::IF_MODIFIED_SINCE, since);
        }
        let request = request
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/json")
            .body(body)
            .map_err(|error| malformed(error.to_string()))?;
        self.spent.calls += 1;
        let answer = self.http.send(request, self.redactor).await?;
        if let Some(usage) = header_text(answer.headers(), &LIMIT_INFO).and_then(mapping::limit_info) {
            self.spent.usage = Some(usage);
        }
        Ok(answer)
    }
}
