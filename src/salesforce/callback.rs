//! Where the browser is sent back to: one port of 127.0.0.1, until the one answer came. Uses nothing of ours but
//! `authorize`.

use crate::salesforce::authorize::{Authorization, CALLBACK_PATH};
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The longest first line that is read: Salesforce's own limit for an address and its headers.
const LONGEST: usize = 16 * 1024;

/// For one connection. Browsers open some that they never use.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections at once.
const MOST: usize = 32;

/// The listener.
#[derive(Debug)]
pub struct Callback(TcpListener);

impl Callback {
    /// Takes the port, on this machine alone. Fails where another program has it.
    pub async fn listen(port: u16) -> io::Result<Self> {
        Ok(Self(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?))
    }

    /// Waits for the answer to this question, and gives the address it came to from its path on. Whatever else comes is
    /// turned away.
    pub async fn answer(self, authorization: &Authorization) -> io::Result<String> {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.0.accept(), if connections.len() < MOST => {
                    connections.spawn(tokio::time::timeout(PATIENCE, read(accepted?.0)));
                }
                Some(ended) = connections.join_next() => {
                    let Ok(Ok(Ok((address, stream)))) = ended else { continue };
                    let is_it = address.starts_with(CALLBACK_PATH) && authorization.is_answered_by(&address);
                    // The answer is here, whether or not the browser hears so.
                    let _ = tokio::time::timeout(PATIENCE, reply(stream, is_it)).await;
                    if is_it {
                        return Ok(address);
                    }
                }
            }
        }
    }
}

/// The address that is asked for.
async fn read(mut stream: TcpStream) -> io::Result<(String, TcpStream)> {
    let mut head = Vec::new();
    let mut piece = [0; 2048];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") && head.len() < LONGEST {
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            break;
        }
        head.extend_from_slice(&piece[..read]);
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let address = match (words.next(), words.next()) {
        (Some("GET"), Some(address)) => address.to_owned(),
        _ => String::new(),
    };
    Ok((address, stream))
}

/// Says nothing about the org, the user or what went wrong: fusebox says that where it was started.
async fn reply(mut stream: TcpStream, is_it: bool) -> io::Result<()> {
    let (status, text) = if is_it {
        ("200 OK", "fusebox has its answer. This page can be closed.")
    } else {
        ("404 Not Found", "Nothing is here.")
    };
    let page = format!("<!doctype html><meta charset=utf-8><title>fusebox</title><p>{text}");
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n",
        page.len()
    );
    stream.write_all(format!("{head}{page}").as_bytes()).await?;
    stream.shutdown().await
}
