//! A simulated fleet in this process, and the program itself as a child that looks at it.

use fusebox::sim::{self, Options, Sim};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// A fleet with its own folders.
pub(crate) struct Fleet {
    pub(crate) sim: Sim,
    pub(crate) dir: TempDir,
    /// How far the simulator's clock, and so the program's, is ahead of the host's ("29d").
    pub(crate) ahead: Option<String>,
}

/// What a run answered.
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Fleet {
    pub(crate) async fn start(scenario: &str, seed: u64) -> Self {
        Self::of(scenario, seed, None).await
    }

    /// A fleet of so many sites; of as many as the scenario has, without a number.
    pub(crate) async fn of(scenario: &str, seed: u64, sites: Option<usize>) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let write_config = Some(dir.path().join("config"));
        let options = Options { sites, write_config, ..Options::new(scenario, seed) };
        Self { sim: sim::start(options).await.expect("a simulator"), dir, ahead: None }
    }

    pub(crate) fn config_dir(&self) -> PathBuf {
        self.dir.path().join("config")
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// The program, not yet run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.config_dir(), &self.state_dir(), arguments);
        if let Some(ahead) = &self.ahead {
            command.env("FUSEBOX_CLOCK_OFFSET", ahead);
        }
        command
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Answer {
        answer(self.command(arguments).output().await.expect("the program"))
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
    }

    /// The document of a run with `--json`, checked against its schema and its own exit code.
    pub(crate) async fn json(&self, arguments: &[&str], shape: &str) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        let answer = self.run(&arguments).await;
        let document = checked(&answer.out, shape);
        assert_eq!(document["status"], json!(answer.code), "{}", answer.out);
        document
    }

    /// The sites of `list`, by name.
    pub(crate) async fn list(&self) -> BTreeMap<String, Value> {
        by_name(&self.json(&["list"], "list").await["result"]["sites"])
    }

    /// Asks the simulator itself.
    pub(crate) async fn admin(&self, path: &str, order: Option<Value>) -> Value {
        let client = reqwest::Client::new();
        let address = format!("{}/{path}", self.sim.ready.admin);
        let request = match order {
            Some(order) => client.post(address).body(order.to_string()).header("content-type", "application/json"),
            None => client.get(address),
        };
        let answer = request.bearer_auth(&self.sim.ready.admin_token).send().await.expect("the simulator");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
    }

    /// What the simulator says of each site, by name.
    pub(crate) async fn truth(&self) -> BTreeMap<String, Value> {
        by_name(&self.admin("truth", None).await["sites"])
    }

    /// The sites of whom the list says another health or another cause than the truth, with both.
    pub(crate) async fn differences(&self) -> Vec<String> {
        let (list, truth) = (self.list().await, self.truth().await);
        assert_eq!(list.len(), truth.len());
        let verdict = |site: &Value| (site["health"].clone(), site["cause"].clone());
        let differs = |name: &String| verdict(&list[name]) != verdict(&truth[name]);
        let tell = |name: &String| format!("{name}: {:?}, truth {:?}", verdict(&list[name]), verdict(&truth[name]));
        truth.keys().filter(|name| differs(name)).map(tell).collect()
    }
}

/// The program on two folders.
pub(crate) fn program(config: &Path, state: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fusebox"));
    command.arg("--config-dir").arg(config).arg("--state-dir").arg(state).args(arguments);
    command.env_remove("FUSEBOX_CONFIG_DIR").env_remove("FUSEBOX_STATE_DIR").env_remove("FUSEBOX_CLOCK_OFFSET");
    // What tests spend is no matter for this machine's log.
    command.env("FUSEBOX_AUDIT_LOG", "");
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

pub(crate) fn answer(output: Output) -> Answer {
    Answer {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Reads a document and holds it to one of the schema's definitions.
pub(crate) fn checked(text: &str, shape: &str) -> Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        serde_json::from_str(include_str!("../../docs/schema/cli.schema.json")).expect("the schema is JSON")
    });
    let document: Value = serde_json::from_str(text).expect("one JSON document");
    let one = json!({"$ref": format!("#/$defs/{shape}"), "$defs": schema["$defs"]});
    let validator = jsonschema::validator_for(&one).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{shape}: {errors:#?}\n{document:#}");
    document
}

pub(crate) fn by_name(list: &Value) -> BTreeMap<String, Value> {
    let items = list.as_array().expect("a list");
    items.iter().map(|item| (item["name"].as_str().expect("a name").to_owned(), item.clone())).collect()
}
