//! Word to the system's log: one datagram for each line of the audit, so that its head stands where who may write the state's
//! folder may not. A log that is not there, full or slow stops nothing.

use super::{AuditLine, Last};
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

/// Where logs listen: the socket that syslog and the journal share, then the journal's own.
pub(super) const SOCKETS: [&str; 2] = ["/dev/log", JOURNAL];

/// The journal's own, which takes fields and no priority in angle brackets.
const JOURNAL: &str = "/run/systemd/journal/socket";

/// Facility authpriv (10), severity notice (5).
const PRIORITY: u8 = 10 * 8 + 5;

/// What is told of a line. Nothing in it is longer than an identifier, and none of it is a secret.
pub(super) fn word(installation: &str, head: &Last, line: &AuditLine) -> String {
    let AuditLine { operation, phase, target, id, .. } = line;
    format!("audit {installation} head {}:{} {operation} {phase} {target} operation {id}", head.number, head.code)
}

/// Tells the first log that takes it. Answers whether one did.
pub(super) fn tell(sockets: &[PathBuf], word: &str) -> bool {
    sockets.iter().any(|socket| send(socket, word).is_ok())
}

/// The first place where something listens.
pub(super) fn listens(sockets: &[PathBuf]) -> Option<&Path> {
    let open = |path: &&PathBuf| UnixDatagram::unbound().and_then(|socket| socket.connect(path)).is_ok();
    sockets.iter().find(open).map(PathBuf::as_path)
}

fn send(path: &Path, word: &str) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    // A log that does not read is no reason to wait.
    socket.set_nonblocking(true)?;
    let pid = std::process::id();
    let text = if path == Path::new(JOURNAL) {
        format!("PRIORITY=5\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=fusebox\nSYSLOG_PID={pid}\nMESSAGE={word}\n")
    } else {
        format!("<{PRIORITY}>fusebox[{pid}]: {word}")
    };
    socket.send_to(text.as_bytes(), path).map(|_| ())
}
