//! What a program's end means when it left no answer: exit code and standard error of WP-CLI, of the shell around it, and
//! of ssh, as they were observed. Pure.

use super::frame::{self, FrameError};
use super::process::{Broken, Ended};
use super::request::Request;
use super::ssh;
use super::wire::{self, Answer};
use super::{Failure, FailureClass, words};
use FailureClass::{
    BadAnswer, BadRequest, Dns, NoAgent, PhpFatal, ServerError, SshRefused, Timeout, Unreachable, WrongSite,
};

/// Where the program ran: the same code means another thing behind ssh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Here,
    BehindSsh,
}

/// The answer, or why there is none. An answer counts whatever the exit code: shutdown handlers of a site end as they like.
pub(super) fn answer(ended: Result<Ended, Broken>, request: &Request, place: Place) -> Result<Answer, Failure> {
    let ended = ended.map_err(|broken| not_run(&broken, place))?;
    match frame::find(&ended.stdout, &request.nonce) {
        Ok(bytes) => wire::answer(bytes, request),
        Err(error) => Err(silent(&ended, error, place)),
    }
}

fn not_run(broken: &Broken, place: Place) -> Failure {
    match broken {
        Broken::NotStarted(program, error) => {
            Failure::new(NoAgent, words(&format!("{program} could not be started: {error}")))
        }
        Broken::Timeout(limit) => Failure::new(Timeout, format!("no answer within {} s", limit.as_secs())),
        Broken::TooMuch => Failure::new(BadAnswer, "more than 4 MiB came, and was cut off"),
        Broken::Pipe(error) => {
            let class = if place == Place::Here { BadAnswer } else { Unreachable };
            Failure::new(class, words(&format!("the output broke off: {error}")))
        }
    }
}

fn silent(ended: &Ended, error: FrameError, place: Place) -> Failure {
    let stderr = String::from_utf8_lossy(&ended.stderr);
    let stdout = String::from_utf8_lossy(&ended.stdout);
    if let Some((class, line)) = spoken(&stderr, place).or_else(|| php(&stdout)) {
        return Failure::new(class, words(line));
    }
    let said = last_line(&stderr);
    let with = |text: &str| if said.is_empty() { text.to_owned() } else { format!("{text}: {said}") };
    let (class, text) = match (ended.code, place) {
        (Some(124), _) => (Timeout, "the site took longer than it may, and was ended (exit 124)".to_owned()),
        (Some(137) | None, _) => (Timeout, with("the site's process was killed")),
        _ if error != FrameError::Missing => return wire::unframed(error),
        (Some(255), Place::BehindSsh) if stdout.contains(ssh::REACHED) => (Unreachable, with("the connection broke")),
        (Some(255), Place::BehindSsh) => (SshRefused, with("ssh ended before it reached the host's shell")),
        // What PHP ends with when it may not say why.
        (Some(255), Place::Here) => (PhpFatal, with("PHP ended in a fatal error (exit 255)")),
        (Some(127), _) => (NoAgent, with("the command was not found (exit 127)")),
        (Some(126), _) => (NoAgent, with("the command may not be run (exit 126)")),
        (Some(0), _) => (BadAnswer, error.to_string()),
        (Some(code), _) => (BadAnswer, with(&format!("no answer of the agent (exit {code})"))),
    };
    Failure::new(class, words(&text))
}

/// What known sentences on standard error say, most telling first.
fn spoken(stderr: &str, place: Place) -> Option<(FailureClass, &str)> {
    const WP_CLI: &[(&str, FailureClass)] = &[
        ("This does not seem to be a WordPress install", NoAgent),
        ("running this as root", BadRequest),
        ("Error establishing a database connection", ServerError),
        ("Verify `--url=<url>` matches an existing site", WrongSite),
        ("is not a registered wp command", NoAgent),
        ("Parameter errors", NoAgent),
    ];
    const SSH: &[(&str, FailureClass)] = &[
        ("Host key verification failed", SshRefused),
        ("Permission denied (", SshRefused),
        ("Too many authentication failures", SshRefused),
        ("Could not resolve hostname", Dns),
        ("Connection timed out", Timeout),
        ("Operation timed out", Timeout),
        ("Connection refused", Unreachable),
        ("No route to host", Unreachable),
        ("Network is unreachable", Unreachable),
        ("closed by remote host", Unreachable),
        ("Connection closed by", Unreachable),
        ("Connection reset", Unreachable),
        ("Broken pipe", Unreachable),
        ("Shared connection to", Unreachable),
        ("mux_client_request_session", Unreachable),
    ];
    const SHELL: &[(&str, FailureClass)] = &[("cd: ", NoAgent), ("can't cd to", NoAgent)];
    let line_with = |known: &[(&str, FailureClass)]| {
        known
            .iter()
            .find_map(|(words, class)| stderr.lines().find(|line| line.contains(words)).map(|line| (*class, line)))
    };
    let by_ssh = || if place == Place::BehindSsh { line_with(SSH).or_else(|| line_with(SHELL)) } else { None };
    php(stderr).or_else(|| line_with(WP_CLI)).or_else(by_ssh)
}

/// The most telling line first: WP-CLI puts WordPress' general sentence in front of PHP's own.
fn php(text: &str) -> Option<(FailureClass, &str)> {
    const FATAL: [&str; 5] =
        ["Fatal error: ", "Parse error: ", "Uncaught ", "Allowed memory size", "critical error on this website"];
    FATAL.iter().find_map(|words| text.lines().find(|line| line.contains(words))).map(|line| (PhpFatal, line))
}

fn last_line(text: &str) -> &str {
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn silence(code: Option<i32>, stdout: &str, stderr: &str, place: Place) -> FailureClass {
        let ended = Ended { code, stdout: stdout.into(), stderr: stderr.into() };
        silent(&ended, FrameError::Missing, place).class
    }

    #[test]
    fn what_wp_cli_was_seen_to_say() {
        let here = |code, stderr| silence(Some(code), "", stderr, Place::Here);
        assert_eq!(
            here(1, "Error: This does not seem to be a WordPress installation.\nThe used path is: /x/"),
            NoAgent
        );
        assert_eq!(here(1, "Error: YIKES! It looks like you're running this as root. You"), BadRequest);
        assert_eq!(here(1, "Error: Error establishing a database connection."), ServerError);
        assert_eq!(here(1, "Error: Site 'x' not found. Verify `--url=<url>` matches an existing site."), WrongSite);
        assert_eq!(here(255, "PHP Fatal error:  Uncaught Error: Call to undefined function f() in /a.php:1"), PhpFatal);
        assert_eq!(silence(Some(255), "Fatal error: Allowed memory size", "", Place::Here), PhpFatal);
        assert_eq!(here(255, ""), PhpFatal);
        assert_eq!(here(127, ""), NoAgent);
        assert_eq!(here(124, ""), Timeout);
        assert_eq!(here(0, ""), BadAnswer);
        assert_eq!(silence(None, "", "", Place::Here), Timeout);
    }

    #[test]
    fn what_ssh_was_seen_to_say() {
        let there = |code, stderr| silence(Some(code), "Welcome to web1\n", stderr, Place::BehindSsh);
        assert_eq!(there(255, "ssh: connect to host 127.0.0.1 port 2299: Connection refused"), Unreachable);
        assert_eq!(there(255, "ssh: Could not resolve hostname no.invalid: Name or service not known"), Dns);
        assert_eq!(there(255, "Host key verification failed."), SshRefused);
        assert_eq!(there(255, "deploy@127.0.0.1: Permission denied (publickey)."), SshRefused);
        assert_eq!(there(255, "Connection to 127.0.0.1 closed by remote host."), Unreachable);
        assert_eq!(there(255, "PHP Fatal error:  Uncaught Error\nConnection closed by remote host"), PhpFatal);
        assert_eq!(there(255, ""), SshRefused);
        assert_eq!(silence(Some(255), "--fusebox reached--\n", "", Place::BehindSsh), Unreachable);
        assert_eq!(there(127, "bash: line 1: wp: command not found"), NoAgent);
        assert_eq!(there(1, "bash: line 1: cd: /nowhere: No such file or directory"), NoAgent);
        assert_eq!(there(137, ""), Timeout);
    }

    #[test]
    fn a_half_answer_is_no_bad_answer() {
        let ended = Ended { code: Some(255), stdout: Vec::new(), stderr: Vec::new() };
        assert_eq!(silent(&ended, FrameError::Half, Place::Here).class, Unreachable);
    }

    #[test]
    fn a_program_that_does_not_run_is_named_without_its_input() {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        let failure = not_run(&Broken::NotStarted("wp-missing".to_owned(), error), Place::Here);
        assert_eq!(failure.class, NoAgent);
        assert!(failure.text.as_str().contains("wp-missing"));
        let late = not_run(&Broken::Timeout(Duration::from_secs(7)), Place::Here);
        assert_eq!(late.text.as_str(), "no answer within 7 s");
    }
}
