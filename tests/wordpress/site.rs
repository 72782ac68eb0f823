//! A throw-away WordPress: Debian's files, tables of its own in the test database, a directory whose name no shell likes.

use fusebox::model::Clock;
use fusebox::wordpress::{Agent, Way, agent_program};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use url::Url;

pub(crate) const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
pub(crate) const ACCESS: &str = "00D5g000000ORGE!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL";
pub(crate) const REFRESH: &str = "5Aep861example";
/// Far above what a call takes here, so that a busy machine does not fail a test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a site is to be.
pub(crate) struct Plan {
    /// null, inactive or active.
    pub(crate) plugin: Option<&'static str>,
    /// Options to store.
    pub(crate) options: Value,
    /// Rows of the plugin's log: UTC, level, source, message, context; null for no table.
    pub(crate) log: Value,
    /// The capability of the user `fusebox`.
    pub(crate) capability: Option<&'static str>,
}

impl Plan {
    /// An active plugin with these settings.
    pub(crate) fn active(settings: &Value) -> Self {
        let options = json!({ "wpf_options": settings });
        Self { plugin: Some("active"), options, log: Value::Null, capability: Some("fusebox_read") }
    }

    /// Connected to a Salesforce at `instance`.
    pub(crate) fn connected(instance: &str) -> Self {
        let mut plan = Self::active(&connected(instance));
        plan.options["wpf_available_tags"] = json!({ "0TO1": "One", "0TO2": "Two" });
        plan.options["wpf_crm_fields"] =
            json!({ "Standard Fields": { "Email": "Email", "LastName": "Last Name" }, "Custom Fields": [] });
        plan
    }
}

/// The settings of a connected site.
pub(crate) fn connected(instance: &str) -> Value {
    json!({
        "crm": "salesforce",
        "connection_configured": true,
        "sf_id": "https://login.salesforce.com/id/00D5g000000ORGEAA4/0055g000000USERAAK",
        "sf_instance_url": instance,
        "sf_access_token": ACCESS,
        "sf_refresh_token": REFRESH,
        "contact_fields": { "user_email": { "active": "1", "crm_field": "Email" }, "user_url": { "crm_field": "Website" }, "x": {} },
        "required_fields": ["LastName"],
        "read_only_fields": ["Id"],
        "enable_logging": 1,
    })
}

/// One WordPress.
pub(crate) struct Site {
    pub(crate) path: PathBuf,
    pub(crate) url: Url,
    pub(crate) password: String,
    pub(crate) wp: String,
    server: Option<Child>,
    _dir: TempDir,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run .ci/wordpress, and source the file it names"))
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wordpress").join(path)
}

impl Site {
    pub(crate) fn new(plan: &Plan) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("it's a \"site\"");
        let core = PathBuf::from(setting("FUSEBOX_TEST_WORDPRESS"));
        std::fs::create_dir_all(path.join("wp-content/mu-plugins")).expect("a directory");
        std::fs::create_dir_all(path.join("wp-content/plugins")).expect("a directory");
        for part in ["wp-includes", "wp-admin"] {
            symlink(core.join(part), path.join(part)).expect("a link");
        }
        for file in ["index.php", "wp-load.php", "wp-blog-header.php", "wp-settings.php"] {
            std::fs::copy(core.join(file), path.join(file)).expect("a copy");
        }
        if plan.plugin.is_some() {
            copy_plugin(&path.join("wp-content/plugins/wp-fusion-lite"));
        }
        std::fs::write(path.join("wp-config.php"), config()).expect("written");
        let wp = wrapper(dir.path());
        let url = format!("http://127.0.0.1:{}/", free_port());
        let mut site = Self {
            path,
            url: Url::parse(&url).expect("an address"),
            password: String::new(),
            wp,
            server: None,
            _dir: dir,
        };
        site.install(plan);
        site
    }

    fn install(&mut self, plan: &Plan) {
        let plan = json!({
            "url": self.url.as_str().trim_end_matches('/'),
            "title": "Shop & One",
            "plugin": plan.plugin,
            "options": plan.options,
            "log": plan.log,
            "capability": plan.capability,
        });
        let mut php = Command::new("php");
        php.arg(here("setup.php")).arg(&self.path);
        let out = fed(php, &plan.to_string());
        let answer: Value =
            serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap_or_else(|_| panic!("{out}"));
        answer["password"].as_str().expect("a password").clone_into(&mut self.password);
    }

    /// Puts `code` beside the site's other must-use plugins.
    pub(crate) fn must_use(&self, name: &str, code: &str) {
        std::fs::write(self.path.join("wp-content/mu-plugins").join(name), code).expect("written");
    }

    /// Puts a plugin beside the others and makes it active.
    pub(crate) fn plugin(&self, name: &str, code: &str) {
        std::fs::write(self.path.join("wp-content/plugins").join(name), code).expect("written");
        self.php(&format!(
            "update_option('active_plugins', array_merge(get_option('active_plugins'), array('{name}')));"
        ));
    }

    /// Puts the agent where REST finds it.
    pub(crate) fn must_use_agent(&self) {
        self.must_use("fusebox.php", agent_program());
    }

    /// What `code` prints on the site.
    pub(crate) fn php(&self, code: &str) -> String {
        fed(self.wp_cli(), &format!("<?php {code}"))
    }

    /// The plugin's settings as they are stored, to be compared with later ones.
    pub(crate) fn settings(&self) -> String {
        self.php("echo json_encode(get_option('wpf_options'));")
    }

    /// Puts `settings` in the place of the plugin's.
    pub(crate) fn store(&self, settings: &Value) {
        self.php(&format!(
            "update_option( 'wpf_options', json_decode( base64_decode( '{}' ), true ) );",
            base64(&settings.to_string())
        ));
    }

    /// One of the plugin's settings; empty when it is none or no text.
    pub(crate) fn stored(&self, option: &str) -> String {
        let settings: Value = serde_json::from_str(last_line(&self.settings())).expect("settings");
        settings[option].as_str().unwrap_or_default().to_owned()
    }

    fn wp_cli(&self) -> Command {
        let mut command = Command::new(&self.wp);
        command
            .arg(format!("--path={}", self.path.display()))
            .arg(format!("--url={}", self.url))
            .args(["eval-file", "-"]);
        command
    }

    /// The agent's answer as it comes, by a way that shares nothing with the client: the schema is held against it.
    pub(crate) fn raw(&self, verb: &str, arguments: &Value) -> Value {
        let request = request(verb, arguments);
        let code = agent_program().replacen("<?php", "", 1);
        let out = fed(self.wp_cli(), &format!("<?php $fusebox_request = '{}';{code}", base64(&request.to_string())));
        framed(&out)
    }

    /// The agent through WP-CLI on this machine.
    pub(crate) fn local(&self) -> Agent {
        self.local_within(PATIENCE)
    }

    pub(crate) fn local_within(&self, timeout: Duration) -> Agent {
        self.agent(Way::Local { path: self.path.clone(), wp: self.wp.clone() }, timeout)
    }

    /// The agent over REST, as the user that may read.
    pub(crate) fn rest(&self) -> Agent {
        self.rest_as("fusebox", &self.password)
    }

    pub(crate) fn rest_within(&self, timeout: Duration) -> Agent {
        let password = SecretString::from(self.password.as_str());
        self.agent(Way::Rest { user: "fusebox".to_owned(), password }, timeout)
    }

    pub(crate) fn rest_as(&self, user: &str, password: &str) -> Agent {
        self.agent(Way::Rest { user: user.to_owned(), password: SecretString::from(password) }, PATIENCE)
    }

    pub(crate) fn agent(&self, way: Way, timeout: Duration) -> Agent {
        Agent::new(self.url.clone(), way, SecretString::from(KEY), timeout, clock()).expect("an agent")
    }

    /// Makes a multisite of it, `http://net.example.test/` with a second blog `/one/` that has `settings`, and WP Fusion
    /// active in the whole network. The site's address is the second blog's then.
    pub(crate) fn make_network(&mut self, settings: &Value) {
        self.php(
            "define('WP_INSTALLING_NETWORK', true); require_once ABSPATH . 'wp-admin/includes/upgrade.php';
             foreach (array('siteurl', 'home') as $name) { update_option($name, 'http://net.example.test'); }
             foreach ($GLOBALS['wpdb']->tables('ms_global') as $table => $name) { $GLOBALS['wpdb']->$table = $name; }
             install_network(); populate_network(1, 'net.example.test', 'admin@example.org', 'Net', '/', false);",
        );
        let file = self.path.join("wp-config.php");
        let config = std::fs::read_to_string(&file).expect("a file");
        let network = "<?php
define( 'MULTISITE', true );
define( 'SUBDOMAIN_INSTALL', false );
define( 'DOMAIN_CURRENT_SITE', 'net.example.test' );
define( 'PATH_CURRENT_SITE', '/' );
define( 'SITE_ID_CURRENT_SITE', 1 );
define( 'BLOG_ID_CURRENT_SITE', 1 );";
        std::fs::write(&file, config.replacen("<?php", network, 1)).expect("written");
        self.url = Url::parse("http://net.example.test/").expect("an address");
        self.php(&format!(
            "update_site_option('active_sitewide_plugins', array('wp-fusion-lite/wp-fusion-lite.php' => time()));
             $blog = wp_insert_site(array('domain' => 'net.example.test', 'path' => '/one/', 'network_id' => 1, 'user_id' => 1, 'title' => 'One'));
             switch_to_blog($blog); update_option('wpf_options', json_decode(base64_decode('{}'), true));",
            base64(&settings.to_string())
        ));
        self.url = Url::parse("http://net.example.test/one/").expect("an address");
    }

    /// Starts PHP's own web server, and waits until it says that it listens.
    pub(crate) fn serve(&mut self) {
        let address = format!("127.0.0.1:{}", self.url.port().expect("a port"));
        let mut command = Command::new("php");
        command.args(["-S", &address, "-t"]).arg(&self.path);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("php");
        wait_for_line(&mut child, "started");
        self.server = Some(child);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests stand where the command line stands: they hand the clock in")]
pub(crate) fn clock() -> Clock {
    Clock::new(chrono::Utc::now)
}

/// A request of the contract's form, made by hand.
pub(crate) fn request(verb: &str, arguments: &Value) -> Value {
    json!({
        "fusebox": 1, "verb": verb, "arguments": arguments, "key": KEY,
        "nonce": "3f0c8e51d2a94b7786f1c0a35be2749a", "max_requests": 1, "deadline_s": 20,
    })
}

pub(crate) fn last_line(text: &str) -> &str {
    text.trim().lines().last().unwrap_or_default()
}

pub(crate) fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The document between the markers of [`request`]'s nonce.
pub(crate) fn framed(text: &str) -> Value {
    let begin = "\n--fusebox 3f0c8e51d2a94b7786f1c0a35be2749a begin--\n";
    let end = "\n--fusebox 3f0c8e51d2a94b7786f1c0a35be2749a end--\n";
    let body = text.split_once(begin).and_then(|(_, rest)| rest.split_once(end)).map(|(body, _)| body);
    serde_json::from_str(body.unwrap_or_else(|| panic!("no frame in {text}"))).expect("JSON")
}

/// Reads a child's standard error up to a line that holds `words`, and then drains it, so that it never blocks.
pub(crate) fn wait_for_line(child: &mut Child, words: &str) {
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let mut said = String::new();
    let found = lines.by_ref().map_while(Result::ok).any(|line| {
        said.push_str(&line);
        line.contains(words)
    });
    assert!(found, "it ended without {words:?}: {said}");
    std::thread::spawn(move || lines.for_each(drop));
}

/// Everything that `pid` started, directly or not.
pub(crate) fn descendants(pid: u32) -> Vec<Pid> {
    let mut found = Vec::new();
    let mut next = vec![pid];
    while let Some(parent) = next.pop() {
        let listed = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        for child in listed.split_whitespace().filter_map(|id| id.parse::<u32>().ok()) {
            next.push(child);
            found.extend(i32::try_from(child).ok().and_then(Pid::from_raw));
        }
    }
    found
}

/// Ends `child` and everything that it started.
pub(crate) fn kill_all(child: &mut Child) {
    let below = descendants(child.id());
    let _ = child.kill();
    let _ = child.wait();
    for pid in below {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// A port that nobody listens on, below those that the system hands out by itself: between asking and using it, no other
/// connection of this busy process can take it.
pub(crate) fn free_port() -> u16 {
    static NEXT_PORT: AtomicU32 = AtomicU32::new(0);
    let first = 10_000 + std::process::id() % 20_000;
    (0..1_000)
        .map(|_| 10_000 + (first + NEXT_PORT.fetch_add(1, Ordering::Relaxed)) % 20_000)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// Runs `command` with `input` and gives its output; its standard error is shown when it fails.
fn fed(mut command: Command, input: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
    let out = child.wait_with_output().expect("an end");
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// Tables of its own, loopback alone, Application Passwords without TLS.
fn config() -> String {
    let socket = setting("FUSEBOX_TEST_MYSQL_SOCKET");
    let prefix = format!("t{}_{}_", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    format!(
        "<?php
define( 'DB_NAME', 'fusebox_test' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:{socket}' );
define( 'WP_ENVIRONMENT_TYPE', 'local' );
define( 'DISABLE_WP_CRON', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1,*.localhost,*.invalid' );
$table_prefix = '{prefix}';
defined( 'ABSPATH' ) || define( 'ABSPATH', __DIR__ . '/' );
require_once ABSPATH . 'wp-settings.php';
"
    )
}

/// WP-CLI under a name of its own: root has to be allowed, and the program is not on the path.
fn wrapper(dir: &Path) -> String {
    let real = std::env::var("FUSEBOX_TEST_WP_CLI").unwrap_or_else(|_| here("wp").display().to_string());
    let file = dir.join("wp");
    std::fs::write(&file, format!("#!/bin/sh\nexec php '{real}' --allow-root \"$@\"\n")).expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("made executable");
    file.display().to_string()
}

/// The stand-in, or the plugin that `FUSEBOX_TEST_WP_FUSION` names.
fn copy_plugin(to: &Path) {
    let from = std::env::var_os("FUSEBOX_TEST_WP_FUSION").map_or_else(|| here("wp-fusion-lite"), PathBuf::from);
    let copied = Command::new("cp").arg("-R").arg(from).arg(to).status().expect("cp");
    assert!(copied.success());
}
