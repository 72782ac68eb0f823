//! A simulated fleet with its folders, the console that looks at it, and the program's commands beside.

use crate::pty::{CONSOLE, End, Session, Start};
use fusebox::sim::{self, Options, Sim};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) struct Fleet {
    // Dropped in this order: what the simulator runs on ends first.
    runtime: Runtime,
    sim: Sim,
    dir: TempDir,
}

impl Fleet {
    /// The stories of an agency; in beta tokens are known not to rotate. Looked at once.
    pub(crate) fn agency() -> Self {
        let beta = "[[org]]\nname = \"beta\"\n";
        let fleet = Self::of("agency", 7, (beta, &format!("{beta}rotation = \"off\"\n")));
        assert_eq!(fleet.poll(), Some(2), "some stories do not answer");
        fleet
    }

    /// Another scenario, with something of its configuration replaced. Nobody looked at it yet.
    pub(crate) fn of(scenario: &str, seed: u64, (from, to): (&str, &str)) -> Self {
        let (runtime, dir) = (Runtime::new().expect("threads"), tempfile::tempdir().expect("a folder"));
        let options = Options { write_config: Some(dir.path().join("config")), ..Options::new(scenario, seed) };
        let sim = runtime.block_on(sim::start(options)).expect("a simulator");
        let file = dir.path().join("config/config.toml");
        let text = fs::read_to_string(&file).expect("the configuration");
        assert!(text.contains(from), "{text}");
        fs::write(&file, text.replace(from, to)).expect("written");
        Self { runtime, sim, dir }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// The program, for a command.
    pub(crate) fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fusebox"));
        command.arg("--config-dir").arg(self.dir.path().join("config")).arg("--state-dir").arg(self.state());
        command
    }

    /// The same in a shell.
    pub(crate) fn line(&self, arguments: &[&str]) -> String {
        let (config, state) = (self.dir.path().join("config"), self.state());
        format!("fusebox --config-dir={} --state-dir={} {}", config.display(), state.display(), arguments.join(" "))
    }

    /// What a command says in JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let told = self.program().args(arguments).arg("--json").output().expect("the program");
        serde_json::from_slice(&told.stdout).expect("JSON")
    }

    pub(crate) fn poll(&self) -> Option<i32> {
        let mut poll = self.program();
        poll.arg("poll").stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program").code()
    }

    /// The lines of `fusebox list`.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.json(&["list"])["result"]["sites"].as_array().expect("a list").clone()
    }

    /// Asks the simulator itself.
    pub(crate) fn ask(&self, path: &str, order: Option<Value>) -> Value {
        self.runtime.block_on(async {
            let (client, address) = (reqwest::Client::new(), format!("{}/{path}", self.sim.ready.admin));
            let request = match order {
                Some(order) => client.post(address).json(&order),
                None => client.get(address),
            };
            let answer = request.bearer_auth(&self.sim.ready.admin_token).send().await.expect("the simulator");
            answer.json().await.expect("JSON")
        })
    }

    /// What the simulator knows of each site.
    pub(crate) fn truth(&self) -> Vec<Value> {
        self.ask("truth", None)["sites"].as_array().expect("a list").clone()
    }

    /// A site with this story, its org, and its user where it has one.
    pub(crate) fn of_story(&self, story: &str) -> (String, String, String) {
        let truth = self.truth();
        let site = truth.iter().find(|site| site["story"] == story).expect("the story");
        let lines = self.lines();
        let line = lines.iter().find(|line| line["name"] == site["name"]).expect("its line");
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        (text("name"), text("org"), text("user"))
    }

    /// A browser follows a link to its end. Answers where it ended.
    pub(crate) fn browse(&self, link: &str) -> String {
        self.runtime.block_on(async { reqwest::get(link).await.expect("an answer").url().to_string() })
    }

    /// The console of this fleet, without polling, once it has read what is known.
    pub(crate) fn console(&self, size: (u16, u16), more: &[&str]) -> Session {
        let mut session = self.start(size, &[&["--no-poll"], more].concat(), &[]);
        session.wait_for("FAIL");
        session
    }

    /// The console of this fleet.
    pub(crate) fn start(&self, size: (u16, u16), more: &[&str], environment: &[(&str, &str)]) -> Session {
        let folders = ["config", "state"].map(|name| self.dir.path().join(name).display().to_string());
        let arguments = [more, &["--config-dir", &folders[0], "--state-dir", &folders[1]]].concat();
        let environment = [environment, &[("FUSEBOX_AUDIT_LOG", "")]].concat();
        Session::start(Start { arguments: &arguments, environment: &environment, size, ..CONSOLE })
    }

    /// Leaves the console; what was audited is whole.
    pub(crate) fn leave(&self, session: &mut Session) {
        session.send("\u{3}");
        assert_eq!(session.wait_for_end(), End::Exit(0));
        let mut verify = self.program();
        let verified = verify.args(["audit", "verify"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert_eq!(verified.expect("the program").code(), Some(0));
    }

    /// Nothing more is at fault.
    pub(crate) fn heal(&self) {
        self.ask("fault", Some(json!({"kind": "none"})));
    }
}
