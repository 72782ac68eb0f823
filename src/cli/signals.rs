//! Signals that end a command. The console has its own.

use super::Exit;
use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGINT, SIGTERM or SIGHUP.
pub(super) async fn ended() -> Exit {
    let wait = async |kind: SignalKind| match signal(kind) {
        Ok(mut signal) => drop(signal.recv().await),
        // A signal that can not be caught ends the process by itself.
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => Exit::Signal(2),
        () = wait(SignalKind::terminate()) => Exit::Signal(15),
        () = wait(SignalKind::hangup()) => Exit::Signal(1),
    }
}
