//! The agent as a must-use plugin, over https. No redirect is followed, nothing is sent in clear beyond loopback, and what
//! comes is read up to a limit.

use super::frame::{self, MAX_OUTPUT};
use super::request::Request;
use super::wire::{self, Answer};
use super::{Failure, FailureClass, words};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use url::{Host, Url};

/// Carries the request of a GET: never the address, which access logs keep.
const REQUEST_HEADER: &str = "x-fusebox-request";

/// The HTTP clients of all agents, made when the first is needed: making them reads the system's root certificates, which
/// takes longer than a look.
#[derive(Clone, Debug, Default)]
pub struct Http(Arc<Clients>);

#[derive(Debug, Default)]
struct Clients {
    /// Past any proxy, for loopback.
    direct: OnceLock<Client>,
    /// As the environment says.
    outward: OnceLock<Client>,
}

impl Http {
    fn client(&self, loopback: bool) -> Result<&Client, Failure> {
        let place = if loopback { &self.0.direct } else { &self.0.outward };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let builder = Client::builder().redirect(redirect::Policy::none());
        let builder = if loopback { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| {
            Failure::new(FailureClass::BadRequest, words(&format!("no HTTP client could be made: {error}")))
        })?;
        Ok(place.get_or_init(|| client))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Rest {
    base: Url,
    user: String,
    password: SecretString,
    timeout: Duration,
    loopback: bool,
    http: Http,
}

impl Rest {
    pub(super) fn new(
        url: &Url,
        user: String,
        password: SecretString,
        timeout: Duration,
        http: &Http,
    ) -> Result<Self, Failure> {
        let bad = |text: String| Failure::new(FailureClass::BadRequest, words(&text));
        let loopback = is_loopback(url);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => return Err(bad(format!("{} is asked over https alone", url.host_str().unwrap_or("the site")))),
        }
        Ok(Self { base: url.clone(), user, password, timeout, loopback, http: http.clone() })
    }

    pub(super) fn within(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    pub(super) async fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let response = self.prepare(request)?.send().await.map_err(|error| unsent(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response).await?;
        match frame::find(&body, &request.nonce) {
            Ok(bytes) => wire::answer(bytes, request),
            Err(error) if status.is_success() => Err(wire::unframed(error)),
            Err(_) => Err(unframed(status, &headers, &body)),
        }
    }

    fn prepare(&self, request: &Request) -> Result<RequestBuilder, Failure> {
        let address = self.address(request);
        let client = self.http.client(self.loopback)?;
        let builder = if request.verb.is_get() {
            let mut carried = HeaderValue::from_str(request.base64().expose_secret())
                .map_err(|_| Failure::new(FailureClass::BadRequest, "the request does not fit into a header"))?;
            carried.set_sensitive(true);
            client.get(address).header(REQUEST_HEADER, carried)
        } else {
            let body = request.json().expose_secret().to_owned();
            client.post(address).header(header::CONTENT_TYPE, "application/json").body(body)
        };
        Ok(builder
            .timeout(self.timeout)
            .basic_auth(&self.user, Some(self.password.expose_secret()))
            .header(header::CACHE_CONTROL, "no-store"))
    }

    /// `?rest_route=` works with every permalink structure, `/wp-json/` does not.
    fn address(&self, request: &Request) -> Url {
        let mut address = self.base.clone();
        if !address.path().ends_with('/') {
            let path = format!("{}/", address.path());
            address.set_path(&path);
        }
        address.set_query(Some(&format!("rest_route=/fusebox/v1/{}", request.verb.name())));
        address
    }
}

/// Whether an address leads to this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unsent(&error))? {
        if body.len() + chunk.len() > MAX_OUTPUT {
            return Err(Failure::new(FailureClass::BadAnswer, "more than 4 MiB came, and was cut off"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A status and a page that are not the agent's.
fn unframed(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
    let page = String::from_utf8_lossy(&body[..body.len().min(64 * 1024)]);
    let (class, text) = match status.as_u16() {
        401 => (FailureClass::Unauthorized, "the Application Password or its user was refused".to_owned()),
        403 => (FailureClass::NotPermitted, "the site refuses the call before the agent sees it".to_owned()),
        404 => (FailureClass::NoAgent, "no agent in wp-content/mu-plugins (see `fusebox agent`)".to_owned()),
        429 => (FailureClass::Throttled, "the site asks to be called less often".to_owned()),
        300..=399 => (FailureClass::NoAgent, format!("the address leads elsewhere: {}", target(headers))),
        500 if page.contains("critical error") => {
            (FailureClass::PhpFatal, "There has been a critical error on this website.".to_owned())
        }
        500..=599 => (FailureClass::ServerError, "the site's server is in trouble".to_owned()),
        _ => (FailureClass::BadAnswer, "something else than the agent answered".to_owned()),
    };
    let retry_after_s = headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse().ok());
    Failure { class, text: words(&format!("{text} (HTTP {})", status.as_u16())), retry_after_s }
}

/// Where a redirect leads, without what stands behind `?`.
fn target(headers: &HeaderMap) -> String {
    let target = headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("nowhere");
    target.split(['?', '#']).next().unwrap_or_default().to_owned()
}

fn unsent(error: &reqwest::Error) -> Failure {
    let chain = causes(error);
    let any = |needles: &[&str]| needles.iter().any(|needle| chain.iter().any(|cause| cause.contains(needle)));
    let class = if error.is_timeout() {
        FailureClass::Timeout
    } else if any(&["dns error", "failed to lookup address"]) {
        FailureClass::Dns
    } else if any(&["certificate", "handshake", "tls", "received corrupt message"]) {
        FailureClass::Tls
    } else {
        FailureClass::Unreachable
    };
    // The innermost words are the system's; the outer ones repeat the address.
    Failure::new(class, words(chain.last().map_or("no connection", String::as_str)))
}

fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut chain = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        chain.push(cause.to_string());
        next = cause.source();
    }
    if chain.is_empty() {
        chain.push("the connection broke".to_owned());
    }
    chain
}

#[cfg(test)]
mod tests;
