//! Serving on loopback with faults below HTTP: answers that never come, stop half way, or are somebody else's.
//!
//! A thin shell around hyper, because a router can neither close a connection without a word nor break off inside a
//! body. Which request meets which fault is for the caller. Uses nothing of ours.

mod floods;
mod pages;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode};
use futures_util::StreamExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How long answers under way may take after the shutdown, before their connections are cut.
const GRACE: Duration = Duration::from_millis(500);

/// How long to wait before accepting again when the process is out of file descriptors or memory.
const OUT_OF_RESOURCES: Duration = Duration::from_millis(100);

/// Longest request body that is read for [`Fault::Half`], in bytes.
const MAX_REQUEST: usize = 16 * 1024 * 1024;

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Nothing: the router answers.
    None,
    /// The connection is closed without a byte.
    Dead,
    /// The request is read and never answered; the connection stays open until the client leaves or the shutdown.
    Hanging,
    /// The router answers after this long.
    Slow(Duration),
    /// The router answers, and the connection is closed after the head, with its full `Content-Length`, and half of the
    /// body.
    Half,
    /// Status 200 with somebody's web page.
    Html,
    /// Status 200 with no body.
    Empty,
    /// Status 200 with 200 MB, in pieces and without a `Content-Length`.
    Huge,
    /// Status 200 with a body that is small on the line and 400 MB when it is unpacked.
    GzipBomb,
    /// Status 200 with what calls itself JSON and is none.
    Garbage,
    /// Sends the client to the same path of this origin: 302 for what is got, 307, which repeats the body, for the rest.
    Redirect(Arc<str>),
    /// The certificate is past its date: a matter of the greeting. A connection that is older is closed without a byte.
    Expired,
    /// This status, with a body that fits the path: Salesforce's or WordPress' way to say no, a maintenance page for 503.
    /// A number that is no final status is answered as 500.
    Status(u16),
}

/// What goes wrong with a request, and what is dropped when it is over: answered, given up, or its client gone.
pub type Decided = (Fault, Box<dyn Send>);

/// Greets one connection: asked anew for each.
pub type Greeting = Arc<dyn Fn() -> TlsAcceptor + Send + Sync>;

/// Decides by a request's head.
pub type Decide = Arc<dyn Fn(&Parts) -> Decided + Send + Sync>;

/// Serves `router` on `listener` until `shutdown`, with the faults that `decide` asks for.
///
/// With `tls` every connection begins with its greeting, and one that fails there ends. Each connection is a task of its
/// own and may be used again. At the shutdown nothing new is accepted, answers that the
/// router is making are finished (half a second at most), hanging and slow ones are dropped; then this returns, and
/// nothing of it is left running.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    decide: Decide,
    tls: Option<Greeting>,
    shutdown: CancellationToken,
) {
    let host = Host { router: TowerToHyperService::new(router), decide, shutdown };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = host.shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(host.clone().greet(stream, tls.as_ref().map(|tls| tls())));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(_) => tokio::time::sleep(OUT_OF_RESOURCES).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, finished).await.is_err() {
        connections.shutdown().await;
    }
}

/// Clients that gave up before they were accepted say nothing about the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Makes hyper close a connection instead of answering on it.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed by a scripted fault")]
struct Close;

/// What every connection shares.
#[derive(Clone)]
struct Host {
    router: TowerToHyperService<Router>,
    decide: Decide,
    shutdown: CancellationToken,
}

impl Host {
    /// Serves one connection to its end, after the greeting that `tls` wants.
    async fn greet(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let Some(tls) = tls else { return self.attend(stream).await };
        let greeted = tokio::select! {
            greeted = tls.accept(stream) => greeted,
            () = self.shutdown.cancelled() => return,
        };
        // Who does not trust the certificate leaves without a request: there is nothing to answer.
        if let Ok(stream) = greeted {
            self.attend(stream).await;
        }
    }

    /// Serves one connection to its end.
    async fn attend(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let shutdown = self.shutdown.clone();
        // hyper would not flush what it holds when a body fails, so a broken-off answer is written past it.
        let broken_off = Arc::new(OnceLock::new());
        let service = service_fn(|request| Box::pin(self.clone().answer(request, Arc::clone(&broken_off))));
        let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = shutdown.cancelled() => {
                std::pin::Pin::new(&mut connection).graceful_shutdown();
                (&mut connection).await
            }
        };
        if ended.is_err()
            && let Some(answer) = broken_off.get()
        {
            let mut stream = connection.into_parts().io.into_inner();
            // A client that is gone already has not even half an answer, which is no worse.
            if stream.write_all(answer).await.is_ok() {
                let _ = stream.shutdown().await;
            }
        }
    }

    /// Answers one request, or asks for the end of its connection.
    async fn answer(
        self,
        request: Request<Incoming>,
        broken_off: Arc<OnceLock<Vec<u8>>>,
    ) -> Result<Response<Body>, Close> {
        let (parts, body) = request.into_parts();
        let body = Body::new(body);
        let (fault, _until_over) = (self.decide)(&parts);
        match fault {
            Fault::None => Ok(self.route(parts, body).await),
            Fault::Dead | Fault::Expired => Err(Close),
            Fault::Hanging => {
                tokio::select! {
                    () = swallow(body) => {}
                    () = self.shutdown.cancelled() => {}
                }
                Err(Close)
            }
            Fault::Slow(delay) => tokio::select! {
                () = tokio::time::sleep(delay) => Ok(self.route(parts, body).await),
                () = self.shutdown.cancelled() => Err(Close),
            },
            Fault::Half => {
                // Closing a socket with unread bytes resets it, and a reset takes the half answer with it.
                let body = to_bytes(body, MAX_REQUEST).await.map_err(|_| Close)?;
                let response = self.route(parts, Body::from(body)).await;
                let _ = broken_off.set(half(response).await?);
                Err(Close)
            }
            Fault::Html => Ok(pages::parked()),
            Fault::Empty => Ok(Response::new(Body::empty())),
            Fault::Huge => Ok(floods::huge()),
            Fault::GzipBomb => Ok(floods::gzip_bomb()),
            Fault::Garbage => Ok(pages::garbage()),
            Fault::Redirect(origin) => Ok(pages::elsewhere(&parts.method, &origin, &parts.uri)),
            Fault::Status(status) => Ok(pages::refusal(status, &parts.uri)),
        }
    }

    async fn route(&self, parts: Parts, body: Body) -> Response<Body> {
        let answered: Result<_, Infallible> = self.router.call(Request::from_parts(parts, body)).await;
        match answered {
            Ok(response) => response,
        }
    }
}

/// Reads whatever the client sends, and then waits for ever.
async fn swallow(body: Body) {
    let mut data = body.into_data_stream();
    while let Some(Ok(_)) = data.next().await {}
    std::future::pending::<()>().await;
}

/// The bytes of `response` as far as the middle of its body.
async fn half(response: Response<Body>) -> Result<Vec<u8>, Close> {
    let (mut head, body) = response.into_parts();
    let body: Bytes = to_bytes(body, usize::MAX).await.map_err(|_| Close)?;
    head.headers.remove(TRANSFER_ENCODING);
    head.headers.insert(CONTENT_LENGTH, body.len().into());
    let reason = head.status.canonical_reason().unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", head.status.as_u16()).into_bytes();
    for (name, value) in &head.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body[..body.len() / 2]);
    Ok(bytes)
}

/// The status to answer with where a number was asked for that cannot end an exchange.
fn final_status(number: u16) -> StatusCode {
    StatusCode::from_u16(number)
        .ok()
        .filter(|status| !status.is_informational())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests;
