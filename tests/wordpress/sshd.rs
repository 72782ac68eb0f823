//! A real sshd on loopback: its own keys, its own configuration, its own home, and nothing of the machine's.

use crate::site::{descendants, free_port, kill_all, wait_for_line};
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub(crate) struct Sshd {
    /// For `ssh -F`: knows the host `web1`.
    pub(crate) config: PathBuf,
    /// A client's configuration with a key that the server does not know.
    pub(crate) stranger: PathBuf,
    /// A client's configuration that knows another host key.
    pub(crate) impostor: PathBuf,
    pub(crate) control_dir: PathBuf,
    pub(crate) home: PathBuf,
    child: Child,
    _dir: TempDir,
}

impl Sshd {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        for key in ["host", "client", "other"] {
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(at(key)).status();
            assert!(made.expect("ssh-keygen").success());
        }
        for name in ["home", "control"] {
            std::fs::create_dir(at(name)).expect("a directory");
        }
        std::fs::copy(at("client.pub"), at("authorized")).expect("a copy");
        let port = free_port();
        std::fs::write(at("sshd_config"), server_config(dir.path(), port)).expect("written");
        let (config, stranger, impostor) = (at("config"), at("stranger"), at("impostor"));
        for (file, key, host_key) in
            [(&config, "client", "host"), (&stranger, "other", "host"), (&impostor, "client", "other")]
        {
            std::fs::write(file, client_config(dir.path(), port, key, host_key)).expect("written");
        }
        let mut child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(at("sshd_config"))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sshd");
        wait_for_line(&mut child, "Server listening");
        Self { config, stranger, impostor, control_dir: at("control"), home: at("home"), child, _dir: dir }
    }

    /// Kills every process that serves a connection; the server itself goes on.
    pub(crate) fn cut(&self) {
        let serving = descendants(self.child.id());
        assert!(!serving.is_empty(), "nobody is connected");
        // The outermost first: the line is cut before what runs on it can say anything.
        for pid in serving {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Processes that serve a connection now: one each.
    pub(crate) fn connections(&self) -> usize {
        let listed = |pid: Pid| {
            let path = format!("/proc/{}/stat", pid.as_raw_nonzero());
            std::fs::read_to_string(path).is_ok_and(|stat| stat.contains("(sshd"))
        };
        descendants(self.child.id()).into_iter().filter(|pid| listed(*pid)).count()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        kill_all(&mut self.child);
    }
}

fn server_config(dir: &Path, port: u16) -> String {
    let dir = dir.display();
    format!(
        "Port {port}
ListenAddress 127.0.0.1
HostKey {dir}/host
AuthorizedKeysFile {dir}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv HOME={dir}/home
"
    )
}

fn client_config(dir: &Path, port: u16, key: &str, host_key: &str) -> String {
    let known = dir.join(format!("known-{key}-{host_key}"));
    let public = std::fs::read_to_string(dir.join(format!("{host_key}.pub"))).expect("a key");
    std::fs::write(&known, format!("[127.0.0.1]:{port} {public}")).expect("written");
    format!(
        "Host web1
  HostName 127.0.0.1
  Port {port}
  IdentityFile {}/{key}
  IdentitiesOnly yes
  UserKnownHostsFile {}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
",
        dir.display(),
        known.display()
    )
}
