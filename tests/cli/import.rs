//! `import`: what it shows, what it writes, and what it refuses.

use crate::fleet::{Answer, answer, checked, program};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

const KNOWN: &str = "\
# the fleet of the north
[[org]]
name = \"acme\"
login_url = \"https://acme.my.salesforce.com\"
client_id = \"x\"
flow = \"client-credentials\"
client_secret = \"env:X\"

[[site]]
name = \"news.example.org\" # under its host
url = \"https://news.example.org\"
reach = \"ssh\"
host = \"web1\"
path = \"/srv/news\"

[[site]]
name = \"old\"
url = \"https://old.example.org\"
reach = \"local\"
path = \"/srv/old\"
";

const ALIASES: &str = "\
@all: Run command against every registered alias.
@shop:
  ssh: deploy@web1:2222/srv/shop
  url: https://shop.example.org
@news:
  ssh: web2/srv/news
  url: http://news.example.org
@vm:
  ssh: docker:wp
  url: https://vm.example.org
@live:
  - @shop
  - @inner
@inner:
  - @news
";

/// A configuration of its own, and a home without WP-CLI's file.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn with(config: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("config")).expect("made");
        fs::write(dir.path().join("config/config.toml"), config).expect("written");
        Self { dir }
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, bytes).expect("written");
        path.display().to_string()
    }

    fn config(&self) -> String {
        fs::read_to_string(self.config_path()).expect("the configuration")
    }

    fn config_path(&self) -> PathBuf {
        self.dir.path().join("config/config.toml")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.dir.path().join("config"), &self.dir.path().join("state"), arguments);
        command.env("HOME", self.dir.path().join("home")).env_remove("WP_CLI_CONFIG_PATH");
        command
    }

    async fn run(&self, arguments: &[&str]) -> Answer {
        answer(self.command(arguments).output().await.expect("the program"))
    }

    async fn json(&self, arguments: &[&str], shape: &str) -> Value {
        let answer = self.run(&[arguments, &["--json"]].concat()).await;
        let document = checked(&answer.out, shape);
        assert_eq!(document["status"], json!(answer.code), "{}", answer.out);
        document
    }

    async fn fed(&self, input: &str, arguments: &[&str]) -> Answer {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        answer(child.wait_with_output().await.expect("its end"))
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|item| item["name"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn a_dry_run_shows_the_difference_and_writes_nothing() {
    let desk = Desk::with(KNOWN);
    let file = desk.write("aliases.yml", ALIASES);
    let told = desk.run(&["import", &file, "--dry-run", "--prune"]).await;
    let expected = format!(
        "+ shop              https://shop.example.org  deploy@web1:2222 /srv/shop\n\
         ~ news.example.org  host web1 -> web2\n\
         ! vm                {file}:8: docker is no way in: fusebox speaks WP-CLI, ssh and REST (put `docker ... wp \
         \"$@\"` into a script of its own, and fusebox add https://vm.example.org --path /var/www/html --wp SCRIPT)\n\
         - old\n"
    );
    assert_eq!((told.code, told.out.as_str()), (Some(2), expected.as_str()), "{}", told.err);
    let summary = "1 would be added, 1 differs and stays, without --update, 1 left out, 1 would be removed; \
        nothing is written\n";
    assert_eq!(told.err, summary);
    assert_eq!(desk.config(), KNOWN);
    assert!(!desk.dir.path().join("state").exists(), "nothing is kept either");

    let document = desk.json(&["import", &file, "--dry-run"], "import").await;
    assert_eq!(document["result"]["written"], false);
    assert_eq!(document["result"]["changed"][0]["changes"], json!([{"key": "host", "from": "web1", "to": "web2"}]));
    assert_eq!(document["result"]["left_out"][0]["line"], 8);
    assert_eq!(document["result"]["removed"], json!([]), "nobody asked");
}

#[tokio::test]
async fn what_is_imported_is_there_and_the_rest_of_the_file_stays() {
    let desk = Desk::with(KNOWN);
    let file = desk.write("aliases.yml", ALIASES);
    let first = desk.json(&["import", &file], "import").await;
    assert_eq!((&first["status"], names(&first["result"]["added"])), (&json!(2), vec!["shop"]));
    assert!(desk.config().starts_with(KNOWN), "a site that differs stays as it is:\n{}", desk.config());

    let all = desk.json(&["import", &file, "--only", "@live", "--update", "--org", "acme"], "import").await;
    assert_eq!((&all["status"], names(&all["result"]["changed"])), (&json!(0), vec!["shop", "news.example.org"]));
    let config = desk.config();
    assert!(config.contains("# the fleet of the north") && config.contains("# under its host"), "{config}");
    assert!(config.contains("host = \"web2\"") && config.matches("org = \"acme\"").count() == 2, "{config}");

    let again = desk.json(&["import", &file, "--only", "live", "--update", "--org", "acme"], "import").await;
    assert_eq!((&again["status"], names(&again["result"]["equal"])), (&json!(0), vec!["shop", "news.example.org"]));
    assert_eq!((&again["result"]["written"], desk.config()), (&json!(false), config));

    let listed = desk.run(&["list", "--json", "--no-poll"]).await;
    assert_eq!(names(&checked(&listed.out, "list")["result"]["sites"]).len(), 3);
    let pruned = desk.json(&["import", &file, "--prune"], "import").await;
    assert_eq!(pruned["result"]["removed"], json!(["old"]));
    assert!(!desk.config().contains("old.example.org"));
    let listed = desk.run(&["list", "--json", "--no-poll"]).await;
    assert_eq!(names(&checked(&listed.out, "list")["result"]["sites"]).len(), 2, "it left the lists, too");
}

#[tokio::test]
async fn a_csv_comes_by_standard_input_too() {
    let desk = Desk::with("");
    let text = "\u{feff}url;user;password;port\r\nhttps://care.example.org;fusebox;;\r\nb.example.org;f;env:B;\r\n";
    let told = desk.fed(text, &["import", "-"]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.err.contains("the Application Password of 1 new site goes into"), "{}", told.err);
    assert!(desk.config().contains("password = \"store:care.example.org\""), "{}", desk.config());
    let named = desk.fed("url,path\nhttps://c.example.org,/srv\n", &["import", "-", "--format", "csv", "--json"]).await;
    let document = checked(&named.out, "import");
    assert_eq!(
        (&document["result"]["source"], &document["result"]["format"]),
        (&json!("standard input"), &json!("csv"))
    );
    let neither = desk.fed("hello\n", &["import", "-"]).await;
    assert_eq!(neither.code, Some(78));
    assert!(neither.err.contains("standard input: neither WP-CLI's aliases nor CSV"), "{}", neither.err);
}

#[tokio::test]
async fn without_a_file_it_reads_what_wp_cli_reads() {
    let desk = Desk::with("");
    let none = desk.json(&["import"], "failure").await;
    assert_eq!(none["status"], 64);
    assert!(none["message"].as_str().expect("a message").contains("~/.wp-cli/config.yml"), "{none}");
    let usual = desk.write("home/.wp-cli/config.yml", "@a: { path: /srv/a, url: https://a.example.org }\n");
    let found = desk.json(&["import"], "import").await;
    assert_eq!((&found["status"], &found["result"]["source"]), (&json!(0), &json!(usual)));
    assert!(found["warnings"][0].as_str().expect("a warning").contains(&usual), "{found}");
    let other = desk.write("other.yml", "@b: { path: /srv/b, url: https://b.example.org }\n");
    let named = desk.command(&["import"]).env("WP_CLI_CONFIG_PATH", &other).output().await.expect("the program");
    assert!(String::from_utf8_lossy(&named.stdout).starts_with("+ b "), "{named:?}");
}

#[tokio::test]
async fn what_is_not_what_it_should_be_changes_nothing() {
    let desk = Desk::with(KNOWN);
    let good = "@fine: { path: /srv/fine, url: https://fine.example.org }\n";
    for (name, bytes, place) in [
        ("dash.yml", format!("{good}@a:\n  ssh: -oProxyCommand=touch/x\n").into_bytes(), ":3: "),
        ("bomb.yml", format!("{good}a: &a [x]\nb: [*a, *a]\n").into_bytes(), ":3: "),
        ("bell.yml", format!("{good}@a: \u{7}\n").into_bytes(), ":2: "),
        ("latin.csv", b"url,path\nhttps://b\xfc.example,/srv\n".to_vec(), ":2: "),
        ("half.csv", b"url,path\nhttps://a.example.org,\"/sr".to_vec(), ":2: "),
        ("huge.csv", vec![b'x'; (8 << 20) + 1], ": more than 8 MiB"),
        ("no.yml", b"@a: [\n".to_vec(), ": no YAML"),
    ] {
        let file = desk.write(name, bytes);
        let refused = desk.json(&["import", &file, "--update", "--prune"], "failure").await;
        assert_eq!((&refused["status"], &refused["name"]), (&json!(78), &json!("configuration")), "{name}");
        let message = refused["message"].as_str().expect("a message");
        assert!(message.starts_with("nothing was imported: ") && message.contains(place), "{message}");
        assert_eq!(desk.config(), KNOWN, "{name}");
    }
    let folder = desk.json(&["import", desk.dir.path().to_str().expect("a path")], "failure").await;
    assert_eq!(folder["status"], 78);
}

#[tokio::test]
async fn wrong_arguments_change_nothing() {
    let desk = Desk::with(KNOWN);
    let (aliases, empty) = (desk.write("aliases.yml", ALIASES), desk.write("empty.yml", "---\n"));
    let csv = desk.write("sites.csv", "url,path\nhttps://a.example.org,/srv\n");
    for (arguments, words) in [
        (&["import", "/nowhere/aliases.yml"][..], "can not be read"),
        (&["import", &aliases, "--only", "@lvie"], "no group \"@lvie\""),
        (&["import", &csv, "--only", "@live"], "a CSV has none"),
        (&["import", &aliases, "--org", "acne"], "no org named \"acne\""),
        (&["import", &empty, "--prune"], "would take all of them out"),
        (&["import", &aliases, "--only", "@live", "--prune"], "cannot be used with"),
        (&["import", &aliases, "--format", "xml"], "xml"),
    ] {
        let refused = desk.json(arguments, "failure").await;
        assert_eq!(refused["status"], 64, "{refused}");
        assert!(refused["message"].as_str().expect("a message").contains(words), "{refused}");
        assert_eq!(desk.config(), KNOWN);
    }
    let nothing = desk.run(&["import", &empty]).await;
    assert_eq!((nothing.code, nothing.out.as_str()), (Some(0), ""));
    assert!(nothing.err.contains("names no site; nothing changes"), "{}", nothing.err);
}

#[tokio::test]
async fn a_secret_in_a_source_is_never_repeated() {
    let desk = Desk::with(KNOWN);
    let planted = "planted-secret-4711";
    let clear = desk.write("clear.csv", format!("url,user,password\nhttps://a.example.org,u,{planted}\n"));
    let address = desk.write("address.csv", format!("url,path\nhttps://u:{planted}@a.example.org,/srv\n"));
    let setting = desk.write("setting.yml", format!("core config:\n  dbpass: {planted}\n@a: {{ path: /srv }}\n"));
    let broken = desk.write("broken.yml", format!("core config:\n  dbpass: \"{planted}\n@a: x\n"));
    for (file, code) in [(clear, 78), (address, 2), (setting, 2), (broken, 78)] {
        for json in [&[][..], &["--json"]] {
            let told = desk.run(&[&["import", file.as_str()], json].concat()).await;
            assert_eq!(told.code, Some(code), "{file}: {}{}", told.out, told.err);
            assert!(!told.out.contains(planted) && !told.err.contains(planted), "{}{}", told.out, told.err);
        }
    }
    assert_eq!(desk.config(), KNOWN);
}
