//! A program of the operator's that prints a secret: `pass`, `op`, `vault`. It is run without a shell, reads nothing, and what it
//! prints is bounded and never shown, whether it ends well or not.

use super::{LIMIT, SecretError};
use crate::model::{SecretCommand, SecretVariables};
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::SecretString;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

/// The most that a program may print. A private key is a tenth of it.
const MOST: usize = 64 * 1024;

/// How long its output may stay open after its end: an agent that it left behind may hold it for ever.
const AFTER_THE_END: Duration = Duration::from_secs(1);

/// Kills the program and what it started, unless it ended by itself.
struct Guard(Option<Pid>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended in between: then there is nothing to do.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// What the program prints, whole.
pub(super) async fn run(command: &SecretCommand, hidden: &SecretVariables) -> Result<SecretString, SecretError> {
    run_within(command, hidden, LIMIT).await
}

async fn run_within(
    command: &SecretCommand,
    hidden: &SecretVariables,
    limit: Duration,
) -> Result<SecretString, SecretError> {
    let failed = |what: String| SecretError::Command { program: command.program(), what };
    let mut child = start(command, hidden).map_err(|error| failed(format!("can not be run: {error}")))?;
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).unwrap_or(0)));
    let mut guard = Guard(pid);
    let ended = tokio::time::timeout(limit, output(&mut child)).await;
    let (bytes, status) = ended
        .map_err(|_| failed(format!("gave no answer within {} s", limit.as_secs_f32())))?
        .map_err(|error| failed(format!("was lost: {error}")))?;
    let Some(status) = status else { return Err(failed(format!("printed more than {} KiB", MOST / 1024))) };
    guard.0 = None;
    if !status.success() {
        return Err(failed(how_it_ended(status)));
    }
    // The error would hold the bytes.
    let text = String::from_utf8(bytes).map_err(|_| failed("printed something that is no text".to_owned()))?;
    Ok(text.into())
}

/// A group of its own: it is ended with what it started, and can take no terminal from the console.
fn start(command: &SecretCommand, hidden: &SecretVariables) -> std::io::Result<Child> {
    let [program, arguments @ ..] = command.words() else { return Err(std::io::ErrorKind::NotFound.into()) };
    let mut run = Command::new(program);
    run.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    for name in hidden.names() {
        run.env_remove(name);
    }
    run.kill_on_drop(true).process_group(0).spawn()
}

/// What it printed, and how it ended; without an end where it printed too much.
async fn output(child: &mut Child) -> std::io::Result<(Vec<u8>, Option<ExitStatus>)> {
    // Room for all of it, so that no half of a secret is left behind where a growing buffer was.
    let mut bytes = Vec::with_capacity(MOST + 1);
    let out = child.stdout.take();
    let status = {
        let read = async {
            match out {
                Some(out) => out.take(MOST as u64 + 1).read_to_end(&mut bytes).await.map(|_| ()),
                None => Ok(()),
            }
        };
        tokio::pin!(read);
        tokio::select! {
            done = &mut read => {
                done?;
                None
            }
            status = child.wait() => {
                let status = status?;
                if let Ok(done) = tokio::time::timeout(AFTER_THE_END, &mut read).await {
                    done?;
                }
                Some(status)
            }
        }
    };
    match status {
        _ if bytes.len() > MOST => Ok((Vec::new(), None)),
        None => Ok((bytes, Some(child.wait().await?))),
        ended => Ok((bytes, ended)),
    }
}

fn how_it_ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "did not end well".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const LONG: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> SecretCommand {
        SecretCommand::new(["/bin/sh", "-c", script].map(str::to_owned).to_vec()).expect("a command")
    }

    async fn ran(script: &str, limit: Duration) -> Result<String, String> {
        let hidden = SecretVariables::default();
        let secret = run_within(&shell(script), &hidden, limit).await;
        secret.map(|secret| secret.expose_secret().to_owned()).map_err(|error| format!("{error} {error:?}"))
    }

    #[tokio::test]
    async fn what_is_printed_is_the_secret() {
        assert_eq!(ran("cat; echo one; echo two", LONG).await.expect("a secret"), "one\ntwo\n", "it reads nothing");
    }

    #[tokio::test]
    async fn a_program_that_fails_is_named_with_its_code_and_nothing_else() {
        let told = ran("echo hunter2; echo hunter3 >&2; exit 3", LONG).await.expect_err("a failure");
        assert!(told.contains("/bin/sh ended with exit code 3") && !told.contains("hunter"), "{told}");
        let told = ran("kill -TERM $$", LONG).await.expect_err("a failure");
        assert!(told.contains("was ended by signal 15"), "{told}");
        let told = ran("printf '\\377\\376'", LONG).await.expect_err("a failure");
        assert!(told.contains("no text") && !told.contains("255"), "{told}");
        let missing = SecretCommand::new(vec!["/no/such/pass".to_owned(), "hunter2".to_owned()]).expect("a command");
        let error = run(&missing, &SecretVariables::default()).await.expect_err("a failure").to_string();
        assert!(error.contains("/no/such/pass can not be run") && !error.contains("hunter2"), "{error}");
    }

    #[tokio::test]
    async fn what_a_program_leaves_behind_does_not_hold_the_secret() {
        assert_eq!(ran("sleep 30 & echo secret", LONG).await.expect("a secret"), "secret\n");
    }

    #[tokio::test]
    async fn a_flood_is_cut_off() {
        let told = ran("while :; do echo hunter2hunter2hunter2; done", LONG).await.expect_err("a failure");
        assert!(told.contains("more than 64 KiB") && !told.contains("hunter2"), "{told}");
    }

    #[tokio::test]
    async fn one_that_hangs_is_ended_with_what_it_started() {
        let dir = tempfile::tempdir().expect("a folder");
        let fifo = dir.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
        // The grandchild holds the pipe open; its end is the end of the file.
        let script = format!("sleep 3600 > '{}' & wait", fifo.display());
        let (told, gone) =
            tokio::join!(ran(&script, Duration::from_secs(1)), tokio::time::timeout(LONG, tokio::fs::read(&fifo)));
        assert!(told.expect_err("a failure").contains("no answer within 1 s"));
        assert!(gone.is_ok(), "the grandchild still runs");
    }
}
