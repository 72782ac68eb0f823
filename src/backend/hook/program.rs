//! Runs the hook once: a document on its standard input, bounded in time. What it prints is dropped, but for the first
//! line on standard error, which says why it failed.

use crate::config::HookConfig;
use crate::model::Clean;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, Command};

/// The most that is kept of the first line, in bytes.
const LONGEST_LINE: usize = 400;

/// How long standard error may stay open after the program's end: what it left behind may hold it for ever.
const AFTER_THE_END: Duration = Duration::from_millis(500);

/// What is run.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) config: Arc<HookConfig>,
    /// Environment variables that it is not given.
    pub(super) withheld: Arc<[String]>,
}

/// Kills the program and all that it started when the run is given up, by the limit or by the end of this process.
struct Guard(Option<Pid>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended by itself in between: then there is nothing to do.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Program {
    /// Runs it. An error is why it failed, for people.
    pub(super) async fn run(self, document: String) -> Result<(), String> {
        let (name, arguments) = self.config.command.split_first().ok_or("no program is named")?;
        let shown = Clean::new(name);
        let mut command = Command::new(name);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.kill_on_drop(true).process_group(0);
        for variable in self.withheld.iter() {
            command.env_remove(variable);
        }
        let mut child = command.spawn().map_err(|error| format!("{shown} can not be run: {error}"))?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let mut guard = Guard(pid);
        let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
        let mut line = Vec::new();
        let work = async {
            let pumps = async { tokio::join!(feed(stdin, document.as_bytes()), skim(stderr, &mut line)) };
            tokio::pin!(pumps);
            tokio::select! {
                _ = &mut pumps => child.wait().await,
                status = child.wait() => {
                    // What is still to be read is here by now, or comes from what the program left behind.
                    let _ = tokio::time::timeout(AFTER_THE_END, &mut pumps).await;
                    status
                }
            }
        };
        let limit = self.config.timeout;
        let ended = tokio::time::timeout(limit, work).await;
        let said = || match Clean::new(String::from_utf8_lossy(&line).trim()) {
            line if line.is_empty() => String::new(),
            line => format!(": {line}"),
        };
        let Ok(ended) = ended else {
            let limit = humantime::format_duration(limit);
            return Err(format!("{shown} took longer than {limit} and was ended{}", said()));
        };
        guard.0 = None;
        verdict(ended).map_err(|what| format!("{shown} {what}{}", said()))
    }
}

fn verdict(ended: io::Result<ExitStatus>) -> Result<(), String> {
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("ended with {status}")),
        Err(error) => Err(format!("was lost: {error}")),
    }
}

/// A program that does not read to the end has its reason; its exit tells whether it failed.
async fn feed(stdin: Option<ChildStdin>, document: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(document).await;
    }
}

/// Reads to the end, so that the program never waits for us, and keeps the beginning of the first line.
async fn skim(stderr: Option<ChildStderr>, line: &mut Vec<u8>) {
    let Some(mut stderr) = stderr else { return };
    let mut chunk = [0; 4096];
    let mut whole = false;
    while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
        if whole {
            continue;
        }
        let read = &chunk[..read];
        let end = read.iter().position(|byte| *byte == b'\n');
        line.extend_from_slice(&read[..end.unwrap_or(read.len())]);
        line.truncate(LONGEST_LINE);
        whole = line.len() == LONGEST_LINE || (end.is_some() && !line.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn shell(script: &str, timeout: Duration) -> Program {
        let command = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        Program { config: Arc::new(HookConfig { command, timeout, on: Vec::new() }), withheld: Arc::new([]) }
    }

    async fn ran(script: &str, timeout: Duration) -> Result<(), String> {
        shell(script, timeout).run("hello".to_owned()).await
    }

    #[tokio::test]
    async fn the_document_goes_in_and_what_comes_out_is_dropped() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("seen");
        let script = format!("cat > '{}'; echo out; echo err >&2", file.display());
        assert_eq!(ran(&script, LONG).await, Ok(()));
        assert_eq!(std::fs::read_to_string(file).expect("the file"), "hello");
    }

    #[tokio::test]
    async fn a_failure_is_told_with_the_first_line_cleaned_and_cut() {
        let error = ran("printf 'no \\033[31mway\\nsecond\\n' >&2; exit 3", LONG).await.expect_err("a failure");
        assert_eq!(error, "/bin/sh ended with exit status: 3: no  [31mway");
        let error = ran("head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1", LONG).await.expect_err("a failure");
        assert!(error.len() < LONGEST_LINE + 60, "{}", error.len());
        assert_eq!(ran("kill -9 $$", LONG).await, Err("/bin/sh ended with signal: 9 (SIGKILL)".to_owned()));
    }

    #[tokio::test]
    async fn one_that_does_not_read_or_leaves_something_behind_is_no_failure() {
        let document = "x".repeat(1024 * 1024);
        assert_eq!(shell("exit 0", LONG).run(document).await, Ok(()));
        assert_eq!(ran("sleep 60 & exit 0", LONG).await, Ok(()));
    }

    #[tokio::test]
    async fn one_that_is_not_there_is_named() {
        let config = HookConfig { command: vec!["/no/such/pager".to_owned()], timeout: LONG, on: Vec::new() };
        let program = Program { config: Arc::new(config), withheld: Arc::new([]) };
        let error = program.run(String::new()).await.expect_err("a failure");
        assert!(error.starts_with("/no/such/pager can not be run: "), "{error}");
    }

    #[tokio::test]
    async fn the_whole_group_is_killed_at_the_limit() {
        let dir = tempfile::tempdir().expect("a folder");
        let fifo = dir.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
        // The grandchild would hold the pipe open for an hour; its end is the end of the file.
        let script = format!("sleep 3600 > '{}' & echo waiting >&2; wait", fifo.display());
        let (ended, gone) =
            tokio::join!(ran(&script, Duration::from_secs(1)), tokio::time::timeout(LONG, tokio::fs::read(&fifo)));
        assert_eq!(ended, Err("/bin/sh took longer than 1s and was ended: waiting".to_owned()));
        assert!(gone.is_ok(), "the grandchild still runs");
    }

    #[tokio::test]
    async fn a_withheld_variable_is_not_given() {
        // Cargo gives it to every test.
        let program = shell("test -n \"$CARGO_MANIFEST_DIR\"", LONG);
        assert_eq!(program.clone().run(String::new()).await, Ok(()));
        let program = Program { withheld: Arc::new(["CARGO_MANIFEST_DIR".to_owned()]), ..program };
        assert!(program.run(String::new()).await.is_err());
    }
}
