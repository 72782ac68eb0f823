//! WP-CLI on another machine, through the operator's own ssh: no password is asked for, connections are shared, and the
//! remote side ends by itself, since killing ssh ends nothing there.

use super::exit::{self, Place};
use super::process::{self, Kill, hiding};
use super::request::Request;
use super::wire::Answer;
use super::wp_cli;
use super::{Failure, FailureClass, Load};
use crate::model::SecretVariables;
use std::path::PathBuf;
use std::time::Duration;
use tokio::process::Command;
use url::Url;

/// Said by the remote shell before anything else: without it, ssh's own 255 could not be told from a line that broke later.
pub(super) const REACHED: &str = "--fusebox reached--";
/// A socket's address holds 107 bytes; ssh appends 40 for `%C`, a slash, and 17 of its own while it makes the socket.
pub const LONGEST_CONTROL_DIR: usize = 107 - 40 - 1 - 17;

#[derive(Clone, Debug)]
pub(super) struct Ssh {
    url: Url,
    host: String,
    port: Option<u16>,
    path: String,
    wp: String,
    control_dir: PathBuf,
    config: Option<PathBuf>,
}

impl Ssh {
    pub(super) fn new(
        url: &Url,
        host: String,
        port: Option<u16>,
        path: String,
        wp: String,
        control_dir: PathBuf,
    ) -> Result<Self, Failure> {
        let bad = |text: String| Err(Failure::new(FailureClass::BadRequest, text));
        if !is_host(&host) {
            return bad(format!(
                "{host:?} is no host for ssh: letters, digits and . _ - @ : % + are, and no - in front"
            ));
        }
        if path.is_empty() || path.chars().any(char::is_control) {
            return bad(format!("{path:?} is no path on {host}"));
        }
        if wp.is_empty() || wp.starts_with('-') || wp.chars().any(char::is_control) {
            return bad(format!("{wp:?} is no name of a program on {host}"));
        }
        Ok(Self { url: url.clone(), host, port, path, wp, control_dir, config: None })
    }

    pub(super) fn read_config(&mut self, file: PathBuf) {
        self.config = Some(file);
    }

    pub(super) async fn send(
        &self,
        request: &Request,
        load: Load,
        limit: Duration,
        hidden: &SecretVariables,
    ) -> Result<Answer, Failure> {
        let mut command = Command::new("ssh");
        command.args(self.arguments(request.deadline_s, load, limit));
        let ended = process::run(hiding(command, hidden), &request.program(), Kill::Alone, limit).await;
        exit::answer(ended, request, Place::BehindSsh)
    }

    fn arguments(&self, deadline_s: u64, load: Load, limit: Duration) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(file) = &self.config {
            words.extend(["-F".to_owned(), file.display().to_string()]);
        }
        let mut option = |text: String| words.extend(["-o".to_owned(), text]);
        option("BatchMode=yes".to_owned());
        option(format!("ConnectTimeout={}", limit.as_secs().clamp(1, 30)));
        // A connection that died silently must not take every later call of its host with it.
        option("ServerAliveInterval=10".to_owned());
        option("ServerAliveCountMax=2".to_owned());
        // A quiet configuration would hide why a connection was refused.
        option("LogLevel=INFO".to_owned());
        option("ClearAllForwardings=yes".to_owned());
        option("ForwardAgent=no".to_owned());
        if let Some(path) = self.control_path() {
            option("ControlMaster=auto".to_owned());
            option("ControlPersist=60".to_owned());
            option(format!("ControlPath={path}"));
        }
        if let Some(port) = self.port {
            words.extend(["-p".to_owned(), port.to_string()]);
        }
        words.extend(["-T".to_owned(), "--".to_owned(), self.host.clone(), self.remote_command(deadline_s, load)]);
        words
    }

    /// Where shared connections meet; none where the directory's name is too long for a socket, or ssh could not read it.
    fn control_path(&self) -> Option<String> {
        let dir = self.control_dir.to_str()?;
        let plain = !dir.contains(['"', '\\']) && !dir.chars().any(char::is_control);
        (plain && dir.len() <= LONGEST_CONTROL_DIR).then(|| format!("\"{}/%C\"", dir.replace('%', "%%")))
    }

    /// `cd … &&`: with `;` a wrong path would run WP-CLI in the home directory, perhaps on another site.
    fn remote_command(&self, deadline_s: u64, load: Load) -> String {
        let words: Vec<String> = wp_cli::arguments(&self.url, load).iter().map(|word| quote(word)).collect();
        let (path, wp) = (quote_path(&self.path), quote_path(&self.wp));
        format!("echo {REACHED} && cd -- {path} && timeout -k 2 {} {wp} {}", deadline_s + 1, words.join(" "))
    }
}

/// What ssh, and a `ProxyCommand` that gets the name through a shell, can take no harm from.
fn is_host(host: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | ':' | '[' | ']' | '%' | '+');
    !host.is_empty() && !host.starts_with('-') && host.chars().all(allowed)
}

/// As one word of a POSIX shell.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// As one word, with `~/` in front left to the shell.
fn quote_path(path: &str) -> String {
    match path.strip_prefix("~/") {
        Some(rest) => format!("~/{}", quote(rest)),
        None => quote(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command as Run;

    fn ssh(host: &str, path: &str, control_dir: &str) -> Result<Ssh, Failure> {
        let url = Url::parse("https://shop.example.org").expect("an address");
        Ssh::new(&url, host.to_owned(), Some(2222), path.to_owned(), "wp".to_owned(), PathBuf::from(control_dir))
    }

    #[test]
    fn the_command_is_one_template() {
        let words = ssh("deploy@web1", "/var/www/it's here", "/run/fusebox").expect("a way").arguments(
            8,
            Load::All,
            Duration::from_secs(10),
        );
        insta::assert_snapshot!(words.join("\n"), @r#"
        -o
        BatchMode=yes
        -o
        ConnectTimeout=10
        -o
        ServerAliveInterval=10
        -o
        ServerAliveCountMax=2
        -o
        LogLevel=INFO
        -o
        ClearAllForwardings=yes
        -o
        ForwardAgent=no
        -o
        ControlMaster=auto
        -o
        ControlPersist=60
        -o
        ControlPath="/run/fusebox/%C"
        -p
        2222
        -T
        --
        deploy@web1
        echo --fusebox reached-- && cd -- '/var/www/it'\''s here' && timeout -k 2 9 'wp' '--url=https://shop.example.org/' '--no-color' 'eval-file' '-'
        "#);
    }

    #[test]
    fn hosts_that_are_options_or_more_are_refused() {
        for bad in ["", "-oProxyCommand=x", "web1 -x", "web1\n", "a;b", "$(x)", "a`b`"] {
            let failure = ssh(bad, "/srv", "/run").expect_err(bad);
            assert_eq!(failure.class, FailureClass::BadRequest);
        }
        for good in ["web1", "deploy@web1.example.org", "[::1]", "fe80::1%eth0"] {
            assert!(ssh(good, "/srv", "/run").is_ok(), "{good}");
        }
    }

    #[test]
    fn paths_with_control_characters_are_refused() {
        assert!(ssh("web1", "/srv\n/x", "/run").is_err());
        assert!(ssh("web1", "", "/run").is_err());
    }

    #[test]
    fn a_long_directory_shares_no_connections() {
        let way = ssh("web1", "/srv", &format!("/{}", "d".repeat(60))).expect("a way");
        assert_eq!(way.control_path(), None);
        let way = ssh("web1", "/srv", "/run/a%b").expect("a way");
        assert_eq!(way.control_path().as_deref(), Some("\"/run/a%%b/%C\""));
    }

    #[test]
    fn home_is_left_to_the_shell() {
        assert_eq!(quote_path("~/it's"), r"~/'it'\''s'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_shell_reads_back_every_word(word in "[^\\x00]{0,40}") {
            let script = format!("printf %s {}", quote(&word));
            let read = Run::new("/bin/sh").args(["-c", &script]).output().expect("a shell");
            prop_assert_eq!(String::from_utf8_lossy(&read.stdout), word);
        }
    }
}
