//! Runs one program with a text on its standard input, bounded in time and output. The only place here that starts
//! processes.

use super::frame::MAX_OUTPUT;
use crate::model::SecretVariables;
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::{ExposeSecret, SecretString};
use std::io;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, Command};

/// What is kept of standard error; the rest is read and dropped, so that the program never waits for us.
const MAX_STDERR: usize = 64 * 1024;
/// How long the pipes may stay open after the program's end: something that it left behind may hold them for ever.
const AFTER_THE_END: Duration = Duration::from_secs(1);

/// How a program that takes too long is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kill {
    /// With everything that it started.
    Group,
    /// It alone. ssh's first connection to a host leaves a process in its group that other calls share.
    Alone,
}

/// A program that ended by itself.
#[derive(Debug)]
pub(super) struct Ended {
    /// None when a signal ended it.
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Why a program came to no end of its own.
#[derive(Debug)]
pub(super) enum Broken {
    NotStarted(String, io::Error),
    Timeout(Duration),
    TooMuch,
    Pipe(io::Error),
}

/// Kills what is still running when the call is given up, by the limit or by a caller that no longer waits.
struct Guard(Option<Pid>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended by itself in between: then there is nothing to do.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The same program without these variables in its environment.
pub(super) fn hiding(mut command: Command, hidden: &SecretVariables) -> Command {
    for name in hidden.names() {
        command.env_remove(name);
    }
    command
}

/// Runs `command`, feeds it `input`, and waits for its end, `limit` at most.
pub(super) async fn run(
    mut command: Command,
    input: &SecretString,
    kill: Kill,
    limit: Duration,
) -> Result<Ended, Broken> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).process_group(0);
    let mut child = command.spawn().map_err(|error| Broken::NotStarted(program, error))?;
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).unwrap_or(0)));
    let mut guard = Guard(pid.filter(|_| kill == Kill::Group));
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let work = async {
        let pumps = async {
            tokio::try_join!(feed(stdin, input), collect(stdout, &mut out), skim(stderr, &mut err)).map(|_| ())
        };
        tokio::pin!(pumps);
        // The end of the output alone is not the end: a site's shutdown handlers may still work, and are let.
        let status = tokio::select! {
            pumped = &mut pumps => {
                pumped?;
                child.wait().await
            }
            status = child.wait() => {
                if let Ok(pumped) = tokio::time::timeout(AFTER_THE_END, &mut pumps).await {
                    pumped?;
                }
                status
            }
        };
        status.map_err(Broken::Pipe)
    };
    let status = tokio::time::timeout(limit, work).await.map_err(|_| Broken::Timeout(limit))??;
    guard.0 = None;
    Ok(Ended { code: status.code(), stdout: out, stderr: err })
}

async fn feed(stdin: Option<ChildStdin>, input: &SecretString) -> Result<(), Broken> {
    if let Some(mut stdin) = stdin {
        match stdin.write_all(input.expose_secret().as_bytes()).await {
            // A program that ends without reading has a reason, and its exit code tells it.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(Broken::Pipe(error)),
            _ => {}
        }
    }
    Ok(())
}

async fn collect(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) -> Result<(), Broken> {
    let Some(pipe) = pipe else { return Ok(()) };
    let most = MAX_OUTPUT as u64;
    pipe.take(most + 1).read_to_end(kept).await.map_err(Broken::Pipe)?;
    if kept.len() as u64 > most { Err(Broken::TooMuch) } else { Ok(()) }
}

async fn skim(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) -> Result<(), Broken> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    let mut chunk = [0; 8192];
    loop {
        let read = pipe.read(&mut chunk).await.map_err(Broken::Pipe)?;
        if read == 0 {
            return Ok(());
        }
        let room = MAX_STDERR.saturating_sub(kept.len());
        kept.extend_from_slice(&chunk[..read.min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    async fn ran(script: &str, limit: Duration) -> Result<Ended, Broken> {
        run(shell(script), &SecretString::from("hello"), Kill::Group, limit).await
    }

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn input_goes_in_and_output_and_code_come_out() {
        let ended = ran("cat; echo oops >&2; exit 3", LONG).await.expect("an end");
        assert_eq!((ended.code, &ended.stdout[..], &ended.stderr[..]), (Some(3), &b"hello"[..], &b"oops\n"[..]));
    }

    #[tokio::test]
    async fn a_program_that_does_not_read_is_no_error() {
        let input = SecretString::from("x".repeat(1024 * 1024));
        let ended = run(shell("exit 7"), &input, Kill::Group, LONG).await.expect("an end");
        assert_eq!(ended.code, Some(7));
    }

    #[tokio::test]
    async fn too_much_output_is_cut_off() {
        assert!(matches!(ran("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxx; done", LONG).await, Err(Broken::TooMuch)));
    }

    #[tokio::test]
    async fn too_much_standard_error_blocks_nothing() {
        let ended = ran("head -c 1000000 /dev/zero >&2; echo done", LONG).await.expect("an end");
        assert_eq!(&ended.stdout[..], b"done\n");
        assert_eq!(ended.stderr.len(), MAX_STDERR);
    }

    #[tokio::test]
    async fn the_whole_group_is_killed_at_the_limit() {
        let dir = tempfile::tempdir().expect("a directory");
        let fifo = dir.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
        // The grandchild would hold the pipe open for an hour; its end is the end of the file.
        let script = format!("sleep 3600 > '{}' & wait", fifo.display());
        let (broken, gone) =
            tokio::join!(ran(&script, Duration::from_secs(1)), tokio::time::timeout(LONG, tokio::fs::read(&fifo)));
        assert!(matches!(broken, Err(Broken::Timeout(_))), "{broken:?}");
        assert!(gone.is_ok(), "the grandchild still runs");
    }

    #[tokio::test]
    async fn what_a_program_leaves_behind_does_not_hold_the_answer() {
        let ended = ran("sleep 30 & echo answer", LONG).await.expect("an end");
        assert_eq!(&ended.stdout[..], b"answer\n");
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let missing = Command::new("/no/such/wp");
        let broken = run(missing, &SecretString::from(""), Kill::Group, LONG).await;
        assert!(matches!(broken, Err(Broken::NotStarted(name, _)) if name == "/no/such/wp"));
    }
}
