//! A secret planted in every place where a secret can be, used and refused, and looked for wherever it must not come: outputs,
//! errors, documents, the store, and what any other process of the machine could read of the programs that fusebox starts.

use crate::fleet::{Answer, Fleet, answer};
use fusebox::config::Config;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::{Table, Value};

/// A fleet whose secrets lie everywhere.
struct Planted {
    fleet: Fleet,
    /// What must be found nowhere.
    secrets: Vec<String>,
    variables: Vec<(&'static str, String)>,
    /// Where the programs that fusebox starts write down what could be read of them.
    seen: PathBuf,
    /// Sites of each place, and of each way in.
    sites: Vec<String>,
}

/// Writes down what others can read of the program, of the variables it was given and of who started it.
const WRITE_DOWN: &str =
    "cat /proc/$$/cmdline /proc/$$/environ /proc/$PPID/cmdline > \"$(dirname \"$0\")/seen/${0##*/}.$$\"\n";

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).expect("written");
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn command(words: &[&str]) -> Value {
    let words = words.iter().map(|word| text(word)).collect();
    Value::Table(Table::from_iter([("command".to_owned(), Value::Array(words))]))
}

fn tables<'a>(config: &'a mut Table, kind: &str) -> &'a mut Vec<Value> {
    config.get_mut(kind).and_then(Value::as_array_mut).expect("tables")
}

fn set(table: &mut Value, entries: &[(&str, Value)]) {
    let table = table.as_table_mut().expect("a table");
    for (key, value) in entries {
        table.insert((*key).to_owned(), value.clone());
    }
}

impl Planted {
    async fn start() -> Self {
        let fleet = Fleet::start("agency", 7).await;
        let (dir, programs) = (fleet.config_dir(), fleet.dir.path().join("programs"));
        let (seen, handed) = (programs.join("seen"), fleet.dir.path().join("credentials"));
        fs::create_dir_all(&seen).expect("a folder");
        fs::create_dir(&handed).expect("a folder");
        let mut config: Table = fs::read_to_string(dir.join("config.toml")).expect("a file").parse().expect("TOML");
        let stored: Table = fs::read_to_string(dir.join("secrets.toml")).expect("a file").parse().expect("TOML");
        let stored = |name: &str| stored[name].as_str().expect("a text").to_owned();
        let pem = fs::read_to_string(dir.join("fusebox.pem")).expect("the key");
        let mut secrets = vec![pem.lines().nth(3).expect("its middle").to_owned()];
        let mut plant = |what: &str| {
            let secret = format!("planted-{what}-4711");
            secrets.push(secret.clone());
            secret
        };

        // Programs: one that prints a key whole, one a password with more below it, one that fails, and the ways in.
        let program = |name: &str, script: &str| {
            let path = programs.join(name);
            write(&path, &format!("#!/bin/sh\n{WRITE_DOWN}{script}\n"), 0o755);
            path.display().to_string()
        };
        let key = program("print-key", &format!("cat '{}'", dir.join("fusebox.pem").display()));
        let below = plant("below");
        let loud = plant("loud");
        let failing = program("print-and-fail", &format!("echo {loud}; echo {loud} >&2; exit 3"));
        let token = plant("token");
        let session = program("print-token", &format!("echo 00D5g000000ORGE!{token}; echo {token} >&2"));
        program("ssh", "exit 255");
        let wp = program("wp", "exit 1");

        let mut variables = vec![("CREDENTIALS_DIRECTORY", handed.display().to_string())];
        let orgs = tables(&mut config, "org");
        let jwt = orgs.iter_mut().find(|org| org["flow"].as_str() == Some("jwt")).expect("an org");
        set(jwt, &[("private_key", command(&[&key]))]);
        if let Some(org) = orgs.iter_mut().find(|org| org["flow"].as_str() == Some("client-credentials")) {
            let place = org["client_secret"].as_str().and_then(|place| place.strip_prefix("store:")).expect("a place");
            variables.push(("ORG_SECRET", stored(place)));
            set(org, &[("client_secret", text("env:ORG_SECRET"))]);
        }
        let origin = orgs[0]["login_url"].clone();
        let org = |name: &str, flow: &str| {
            let mut org = Value::Table(Table::new());
            set(&mut org, &[("name", text(name)), ("login_url", origin.clone()), ("flow", text(flow))]);
            org
        };
        let mut refreshed = org("refreshed", "browser");
        variables.push(("PUBLIC_SECRET", plant("client-secret")));
        write(&dir.join("refreshed.refresh-token"), &plant("refresh-token"), 0o600);
        set(&mut refreshed, &[("client_id", text("3MVG9")), ("client_secret", text("env:PUBLIC_SECRET"))]);
        let mut printed = org("printed", "token-command");
        set(&mut printed, &[("token_command", Value::Array(vec![text(&session)]))]);
        let mut broken = org("broken", "jwt");
        write(&dir.join("broken.pem"), &plant("private-key"), 0o600);
        let broken_key = [("client_id", text("x")), ("username", text("u")), ("private_key", text("file:broken.pem"))];
        set(&mut broken, &broken_key);
        orgs.extend([refreshed, printed, broken]);

        let sites = tables(&mut config, "site");
        let names: Vec<String> = sites.iter().map(|site| site["name"].as_str().expect("a name").to_owned()).collect();
        variables.push(("SITE_PASSWORD", stored(&names[0])));
        set(&mut sites[0], &[("password", text("env:SITE_PASSWORD"))]);
        write(&dir.join("one.password"), &stored(&names[1]), 0o600);
        set(&mut sites[1], &[("password", text("file:one.password"))]);
        write(&handed.join("two"), &stored(&names[2]), 0o400);
        set(&mut sites[2], &[("password", text("credential:two"))]);
        let password = program("print-password", &format!("echo '{}'; echo {below}", stored(&names[3])));
        set(&mut sites[3], &[("password", command(&[&password]))]);
        set(&mut sites[4], &[("password", command(&[&failing, &plant("argument")]))]);
        write(&dir.join("five.password"), &plant("wrong-password"), 0o600);
        set(&mut sites[5], &[("password", text("file:five.password"))]);
        set(&mut sites[6], &[("password", text("keyring:fusebox/six"))]);
        for (index, reach) in [(7, "local"), (8, "ssh")] {
            let site = sites[index].as_table_mut().expect("a table");
            site.retain(|key, _| key == "name" || key == "url");
            set(&mut sites[index], &[("reach", text(reach)), ("path", text("/srv"))]);
        }
        set(&mut sites[7], &[("wp", text(&wp))]);
        set(&mut sites[8], &[("host", text("web1"))]);
        secrets.extend(names.iter().map(|name| stored(name)));
        secrets.extend(variables[1..].iter().map(|(_, secret)| secret.clone()));
        secrets.sort();
        secrets.dedup();
        let path = std::env::var("PATH").expect("a path");
        variables.push(("PATH", format!("{}:{path}", programs.display())));
        write(&dir.join("config.toml"), &config.to_string(), 0o600);
        let sites = names[..9].to_vec();
        Self { fleet, secrets, variables, seen, sites }
    }

    async fn run(&self, arguments: &[&str]) -> Answer {
        let mut command = self.fleet.command(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).env("RUST_BACKTRACE", "full");
        answer(command.output().await.expect("the program"))
    }

    /// The secrets that stand in these bytes.
    fn found(&self, bytes: &[u8]) -> Vec<&str> {
        // Secrets are ASCII: whatever stands between is no part of one. Window by window a database takes minutes.
        let text = String::from_utf8_lossy(bytes);
        self.secrets.iter().filter(|secret| text.contains(secret.as_str())).map(String::as_str).collect()
    }

    fn files(dir: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.is_file()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_planted_in_every_place_is_found_nowhere() {
    let planted = Planted::start().await;
    let mut outputs = Vec::new();
    let first = planted.run(&["poll", "--json"]).await;
    assert_eq!(first.code, Some(2), "{}{}", first.out, first.err);
    outputs.push(("poll --json".to_owned(), first));
    for arguments in [&["poll"][..], &["list"], &["list", "--json"]] {
        outputs.push((arguments.join(" "), planted.run(arguments).await));
    }
    for (index, site) in planted.sites.iter().enumerate() {
        for (nth, verb) in ["show", "logs", "prove"].into_iter().enumerate() {
            // Each form of each command, and each site in both.
            let arguments: &[&str] = if (index + nth) % 2 == 0 { &[verb, site] } else { &[verb, site, "--json"] };
            outputs.push((arguments.join(" "), planted.run(arguments).await));
        }
    }
    for (what, output) in &outputs {
        let told = format!("{}{}", output.out, output.err);
        assert_eq!(planted.found(told.as_bytes()), Vec::<&str>::new(), "{what}: {told}");
    }
    // It was used where it is right, and its absence is told where it is not.
    let said = |what: &str| {
        let (_, output) = outputs.iter().find(|(arguments, _)| arguments == what).expect("a run");
        format!("{}{}", output.out, output.err)
    };
    let poll = said("poll");
    for site in &planted.sites[..4] {
        assert!(!poll.contains(&format!("site {site}: unauthorized")), "{poll}");
    }
    let failing = format!("site {}: unauthorized: the command ", planted.sites[4]);
    assert!(poll.contains(&failing) && poll.contains("print-and-fail ended with exit code 3"), "{poll}");
    assert!(poll.contains("--features keyring") || cfg!(feature = "keyring"), "{poll}");
    assert!(
        poll.contains("org refreshed: ") && poll.contains("org printed: ") && poll.contains("org broken: "),
        "{poll}"
    );

    for file in Planted::files(&planted.fleet.state_dir()) {
        let found = planted.found(&fs::read(&file).expect("its bytes"));
        assert_eq!(found, Vec::<&str>::new(), "{}", file.display());
    }
    let written = Planted::files(&planted.seen);
    let name = |file: &PathBuf| file.file_stem().expect("a name").to_string_lossy().into_owned();
    let started: std::collections::BTreeSet<String> = written.iter().map(name).collect();
    let all = ["print-and-fail", "print-key", "print-password", "print-token", "ssh", "wp"];
    assert_eq!(started.iter().map(String::as_str).collect::<Vec<_>>(), all);
    for file in written {
        let read = fs::read(&file).expect("its bytes");
        let has = |text: &str| read.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(has("PATH=") && has("CREDENTIALS_DIRECTORY=") && has("--config-dir"), "all three were read");
        assert!(!has("SITE_PASSWORD=") && !has("ORG_SECRET=") && !has("PUBLIC_SECRET="), "{}", file.display());
        let found = planted.found(&read);
        // The argument is the operator's own, in a program's list of arguments; nobody else was given it.
        let others: Vec<_> = found.into_iter().filter(|secret| !secret.contains("argument")).collect();
        assert_eq!(others, Vec::<&str>::new(), "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_breaks_down_tells_no_secret_either() {
    let planted = Planted::start().await;
    // What a panic's message could show of the configuration.
    let config = Config::load(&planted.fleet.config_dir()).expect("the configuration");
    assert_eq!(planted.found(format!("{config:#?}").as_bytes()), Vec::<&str>::new());
    // No room for files, for memory, for the store: whatever gives way first.
    for limit in ["ulimit -n 9", "ulimit -n 24", "ulimit -v 60000", "ulimit -v 61500", "ulimit -f 1"] {
        let fusebox = planted.fleet.command(&["poll", "--json"]);
        let mut shell = tokio::process::Command::new("sh");
        shell.args(["-c", &format!("{limit}; exec \"$@\"; exit 1"), "sh"]);
        shell.arg(fusebox.as_std().get_program()).args(fusebox.as_std().get_args());
        shell.envs(planted.variables.iter().map(|(name, value)| (name, value))).env("RUST_BACKTRACE", "full");
        // One that lacks something ends; it does not wait for what never comes.
        let ended = tokio::time::timeout(Duration::from_secs(120), shell.kill_on_drop(true).output()).await;
        let output = ended.expect(limit).expect("the program");
        assert!(!output.status.success(), "{limit}");
        for told in [&output.stdout, &output.stderr] {
            assert_eq!(planted.found(told), Vec::<&str>::new(), "{limit}: {}", String::from_utf8_lossy(told));
        }
    }
    // What may be read by others is told by its path.
    let file = planted.fleet.config_dir().join("one.password");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("a mode");
    let refused = planted.run(&["poll", "--json"]).await;
    assert_eq!(refused.code, Some(78), "{}", refused.out);
    assert!(refused.out.contains("chmod 600"), "{}", refused.out);
    assert_eq!(planted.found(refused.out.as_bytes()), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_told_by_its_variable_and_narrows() {
    let fleet = Fleet::of("clean", 1, Some(2)).await;
    let run = async |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = fleet.command(arguments).envs(variables.iter().copied()).output().await;
        answer(output.expect("the program"))
    };
    let refused = run(&["list"], &[("FUSEBOX_POLL_TIMEOUT", "soon")]).await;
    assert_eq!(refused.code, Some(78));
    assert!(
        refused.err.starts_with("fusebox: FUSEBOX_POLL_TIMEOUT: ") && refused.err.contains("90s"),
        "{}",
        refused.err
    );
    let unknown = run(&["list", "--json"], &[("FUSEBOX_POLL_TIME_OUT", "5s")]).await;
    assert!(unknown.out.contains("did you mean FUSEBOX_POLL_TIMEOUT?"), "{}", unknown.out);
    let said = [("FUSEBOX_POLL_TIMEOUT", "5s"), ("FUSEBOX_READ_ONLY", "1"), ("FUSEBOX_FLEET_MODE", "read-write")];
    let polled = run(&["poll"], &said).await;
    assert_eq!(polled.code, Some(0), "{}", polled.err);
    assert_eq!(run(&["list"], &[("FUSEBOX_READ_ONLY", "")]).await.code, Some(0));
}
