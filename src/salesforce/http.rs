//! The only file here that opens a connection: one request, one answer, read whole within a size, redirects never
//! followed, `http` to this machine alone. Measures the other side's clock on the way. Uses `model` alone.

use crate::model::{Clock, Failure, FailureClass};
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::mapping;
use crate::salesforce::redact::Redactor;
use oauth2::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use oauth2::{HttpRequest, HttpResponse};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;
use std::error::Error as StdError;
use std::io;
use std::iter;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use url::{Host, Url};

/// The largest body that is read.
pub(super) const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The connections of all orgs' clients, made when the first is needed: making them reads the system's root
/// certificates, which takes longer than a look.
#[derive(Clone, Debug, Default)]
pub struct Connections(Arc<Clients>);

#[derive(Debug, Default)]
struct Clients {
    /// Trusted beside the system's roots.
    roots: Vec<reqwest::Certificate>,
    /// Past any proxy, for orgs on this machine, which no proxy can reach.
    local: OnceLock<reqwest::Client>,
    /// As the environment says.
    outward: OnceLock<reqwest::Client>,
}

impl Connections {
    /// Connections that trust these certificates (PEM), too: an org behind an inspecting proxy, or a simulator's.
    pub fn trusting(pem: &[u8]) -> Result<Self, Failure> {
        let none = || Failure::new(FailureClass::Tls, "no certificate can be read there (expected: PEM)");
        let roots = reqwest::Certificate::from_pem_bundle(pem).map_err(|_| none())?;
        if roots.is_empty() {
            return Err(none());
        }
        Ok(Self(Arc::new(Clients { roots, ..Clients::default() })))
    }

    fn client(&self, local: bool) -> Result<&reqwest::Client, Error> {
        let place = if local { &self.0.local } else { &self.0.outward };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .dns_resolver(Resolver)
            .tls_certs_merge(self.0.roots.iter().cloned())
            .user_agent(concat!("fusebox/", env!("CARGO_PKG_VERSION")));
        let builder = if local { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| transport(&error, "this machine", &Redactor::default()))?;
        Ok(place.get_or_init(|| client))
    }
}

/// A way to the network.
pub(super) struct Http {
    connections: Connections,
    /// Whether this machine may be spoken to: only where the operator's own `login_url` is here too, so that no answer
    /// from outside sends a token to a port of this machine.
    local: bool,
    clock: Clock,
    clock_offset_s: AtomicI64,
}

impl Http {
    /// The way of an org that signs in at `login_url`.
    pub(super) fn new(login_url: &Url, connections: Connections, clock: Clock) -> Result<Self, Error> {
        let http = Self { connections, local: is_local(login_url), clock, clock_offset_s: AtomicI64::new(0) };
        http.admit(login_url)?;
        Ok(http)
    }

    /// Seconds that the org's clock was ahead of ours at its last answer; 0 before any.
    pub(super) fn clock_offset_s(&self) -> i64 {
        self.clock_offset_s.load(Ordering::Relaxed)
    }

    /// Whether `url` may be spoken to.
    pub(super) fn admit(&self, url: &Url) -> Result<(), Error> {
        let refuse = |why: &str| {
            let url = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
            Err(Error::new(Kind::PlainHttp, Redactor::default().redact(format!("{url} {why}"))))
        };
        match url.scheme() {
            "https" | "http" if is_local(url) && !self.local => refuse("is this machine, and login_url is not"),
            "https" => Ok(()),
            "http" if is_local(url) => Ok(()),
            "http" => refuse("is not encrypted"),
            _ => refuse("is neither https nor http"),
        }
    }

    /// Sends one request and reads its answer whole, whatever its status; a redirect is an error.
    pub(super) async fn send(&self, request: HttpRequest, redactor: &Redactor) -> Result<HttpResponse, Error> {
        let url = Url::parse(&request.uri().to_string())
            .map_err(|_| Error::new(Kind::LoginUrl, redactor.redact("an address that is none")))?;
        self.admit(&url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let failed = |error: reqwest::Error| transport(&error.without_url(), &host, redactor);
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let conditional = request.headers().contains_key(header::IF_MODIFIED_SINCE);
        let asked = self.clock.now();
        let answer = self.connections.client(self.local)?.execute(request).await.map_err(failed)?;
        let offset = header_text(answer.headers(), &header::DATE)
            .and_then(|date| mapping::clock_offset_s(date, asked, self.clock.now()));
        if let Some(offset) = offset {
            self.clock_offset_s.store(offset, Ordering::Relaxed);
        }
        // 304 leads nowhere: it is the answer to a condition, and to nothing else.
        if answer.status().is_redirection() && !(conditional && answer.status() == StatusCode::NOT_MODIFIED) {
            let place = header_text(answer.headers(), &header::LOCATION).and_then(|place| url.join(place).ok());
            let place = place.map_or_else(|| "elsewhere".to_owned(), |place| place.origin().ascii_serialization());
            return Err(Error::new(Kind::Redirected, redactor.redact(format!("{host}: sends us to {place}"))));
        }
        whole(answer, &host, redactor).await
    }
}

/// Reads the body as it comes and stops at [`MOST_BYTES`], whatever its length is said to be.
async fn whole(mut answer: reqwest::Response, host: &str, redactor: &Redactor) -> Result<HttpResponse, Error> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| transport(&error.without_url(), host, redactor))? {
        if body.len() + piece.len() > MOST_BYTES {
            let text = format!("{host}: the answer is larger than {} MiB", MOST_BYTES / 1024 / 1024);
            return Err(Error::new(Kind::TooLarge, redactor.redact(text)));
        }
        body.extend_from_slice(&piece);
    }
    let mut whole = Response::new(body);
    *whole.status_mut() = answer.status();
    *whole.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(whole)
}

/// A header's text, where it is one.
pub(super) fn header_text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).map(HeaderValue::to_str)?.ok()
}

/// `Retry-After` in seconds. Salesforce sends none, proxies do; a date is not understood.
pub(super) fn retry_after_s(headers: &HeaderMap) -> Option<u64> {
    header_text(headers, &header::RETRY_AFTER)?.trim().parse().ok()
}

/// Tells what kept an answer away, from the chain of causes.
fn transport(error: &reqwest::Error, host: &str, redactor: &Redactor) -> Error {
    let first: &(dyn StdError + 'static) = error;
    let causes: Vec<_> = iter::successors(Some(first), |&error| error.source()).collect();
    let io = causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>());
    let deepest = causes.last().map(ToString::to_string).unwrap_or_default();
    // rustls refuses what can be no name before any resolver is asked.
    let kind = if error.is_dns() || deepest == "invalid dns name" {
        Kind::Dns
    } else if error.is_timeout() {
        Kind::Timeout
    } else if error.is_connect() {
        // The handshake is part of connecting. rustls' errors come as invalid data or a text of its own; a TCP
        // connection that fails never does.
        let handshake = io.flat_map(within).any(|kind| kind == io::ErrorKind::InvalidData);
        let handshake = handshake || deepest.contains("tls handshake");
        if handshake { Kind::Tls } else { Kind::Connect }
    } else {
        Kind::Cut
    };
    let what = match kind {
        Kind::Dns => "no address",
        Kind::Tls => "no TLS",
        Kind::Connect => "no connection",
        Kind::Timeout => "no answer",
        _ => "the answer broke off",
    };
    Error::new(kind, redactor.redact(format!("{host}: {what}: {deepest}")))
}

/// The kinds of an I/O error and of those that it wraps: `source` passes over what stands directly in it.
fn within(error: &io::Error) -> impl Iterator<Item = io::ErrorKind> {
    iter::successors(Some(error), |error| error.get_ref()?.downcast_ref()).map(io::Error::kind)
}

/// Whether `url` names this machine: a loopback address, or `localhost` and the names under it (RFC 6761, 6.3).
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => is_localhost(name),
        None => false,
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

/// The system's resolver, but for `localhost` and the names under it: those are this machine whatever anybody says, or
/// `http` to them would not be safe.
struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = if is_localhost(name.as_str()) {
                vec![(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()]
            } else {
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect()
            };
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    struct NoSuchName;

    impl Resolve for NoSuchName {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(async { Err("Name or service not known".into()) })
        }
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_named() {
        let client = reqwest::Client::builder().no_proxy().dns_resolver(NoSuchName).build().expect("a client");
        let connections = Connections::default();
        connections.0.outward.set(client).expect("no client before");
        let login_url = "https://login.salesforce.com".parse().expect("an address");
        let http = Http::new(&login_url, connections, Clock::new(|| DateTime::UNIX_EPOCH)).expect("a way");
        let request =
            oauth2::http::Request::get("https://acme.my.salesforce.com/").body(Vec::new()).expect("a request");
        let error = http.send(request, &Redactor::default()).await.expect_err("no address");
        assert_eq!(error.kind(), Kind::Dns);
        assert_eq!(error.text().as_str(), "acme.my.salesforce.com: no address: Name or service not known");
    }

    #[tokio::test]
    async fn names_under_localhost_are_this_machine_whatever_a_resolver_says() {
        for name in ["localhost", "acme.salesforce.LOCALHOST", "acme.localhost."] {
            let addresses: Vec<_> = Resolver.resolve(name.parse().expect("a name")).await.expect("addresses").collect();
            assert_eq!(addresses.len(), 2, "{name}");
            assert!(addresses.iter().all(|address| address.ip().is_loopback()), "{name}");
        }
    }

    #[test]
    fn a_token_from_outside_is_not_carried_to_this_machine() {
        let login_url = "https://login.salesforce.com".parse().expect("an address");
        let http =
            Http::new(&login_url, Connections::default(), Clock::new(|| DateTime::UNIX_EPOCH)).expect("a client");
        for here in ["http://127.0.0.1:1", "https://localhost", "http://[::1]/", "https://x.localhost"] {
            let error = http.admit(&here.parse().expect("an address")).expect_err("a refusal");
            assert!(error.text().as_str().ends_with("is this machine, and login_url is not"), "{error}");
        }
        assert!(http.admit(&"https://acme.my.salesforce.com".parse().expect("an address")).is_ok());
    }
}
