//! What is read, and what every wrong file answers.

use super::edit::Edit;
use super::*;
use crate::model::Target;
use std::fs;

const EXAMPLE: &str = include_str!("../../docs/config.example.toml");

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/etc/fusebox"), Path::new("/etc/fusebox/config.toml"), text)
}

fn refusal(text: &str) -> (usize, usize, String, String) {
    match parse(text).expect_err("a refusal") {
        ConfigError::Invalid { place, what, advice } => (place.line, place.column, what, advice.unwrap_or_default()),
        other => panic!("another error: {other}"),
    }
}

fn rest(name: &str) -> String {
    format!(
        "[[site]]\nname = \"{name}\"\nurl = \"https://{name}\"\nreach = \"rest\"\nuser = \"u\"\npassword = \"env:P\"\n"
    )
}

#[test]
fn the_example_is_read_and_says_the_defaults() {
    let config = parse(EXAMPLE).expect("the example");
    assert_eq!(config.poll, PollConfig::default());
    assert_eq!(config.fleet.name, "agency-eu");
    let url = "https://acme.my.salesforce.com".into();
    assert_eq!(config.orgs[0].terms, OrgTerms { url, ..OrgTerms::default() });
    assert_eq!(config.console, ConsoleConfig::default());
    assert_eq!(config.sites.len(), 2);
    assert!(matches!(&config.sites[1].reach, Reach::Ssh { wp, port: None, .. } if wp == "wp"));
    let settings = config.settings();
    assert_eq!(settings.thresholds, Thresholds::default());
    assert_eq!(settings.sites[&SiteName::new("shop.example.org")].url.as_str(), "https://shop.example.org");
}

#[test]
fn no_file_is_an_empty_fleet() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = Config::load(dir.path()).expect("an empty fleet");
    assert!(config.sites.is_empty() && config.orgs.is_empty());
    assert_eq!(config.fleet.mode, None);
    assert_eq!(config.permits(), Permits::unsaid(), "a first start looks and does no more");
}

#[test]
fn a_longer_interval_makes_old_later() {
    let config = parse("[poll]\nsite_interval = \"2h\"\n").expect("a file");
    assert_eq!(config.poll.old_after, TimeDelta::hours(6));
}

#[test]
fn a_misspelt_key_is_refused_with_the_right_one() {
    let text = format!("{}stageing = true\n", rest("a.example"));
    let (line, column, what, advice) = refusal(&text);
    assert_eq!((line, column), (7, 1));
    assert_eq!(what, "[[site]] has no key \"stageing\"");
    assert_eq!(advice, "did you mean \"staging\"?");
}

#[test]
fn a_second_site_of_a_name_is_refused_where_it_stands() {
    let text = format!("{}\n{}", rest("a.example"), rest("a.example"));
    let (line, column, what, _) = refusal(&text);
    assert_eq!((line, column), (9, 8));
    assert_eq!(what, "a second site is named \"a.example\"; the first is on line 2");
}

#[test]
fn values_are_refused_at_their_place() {
    for (text, line, column, says) in [
        ("[poll]\ntimeout = \"soon\"\n", 2, 11, "no span of time"),
        ("[poll]\ntimeout = \"1ms\"\n", 2, 11, "too short"),
        ("[poll]\nkeep = \"900years\"\n", 2, 8, "too long"),
        ("[poll]\nat_once = 0\n", 2, 11, "out of range"),
        ("[poll]\napi_share = 101\n", 2, 13, "out of range"),
        ("[fleet]\nmode = \"read-mostly\"\n", 2, 8, "unknown variant"),
        ("[fleet\n", 1, 7, ""),
    ] {
        let (at_line, at_column, what, _) = refusal(text);
        assert_eq!((at_line, at_column), (line, column), "{text}: {what}");
        assert!(what.contains(says), "{text}: {what}");
    }
}

#[test]
fn a_hook_is_a_program_a_limit_and_what_it_is_told_of() {
    assert_eq!(parse("").expect("a file").hook, None);
    let hook = |text: &str| parse(&format!("[hook]\n{text}")).expect("a file").hook.expect("a hook");
    let usual = hook("command = [\"page\", \"-x\"]\n");
    assert_eq!(usual, HookConfig { command: vec!["page".into(), "-x".into()], timeout: HOOK_TIMEOUT, on: Vec::new() });
    let other = hook("command = [\"/bin/page\"]\ntimeout = \"5s\"\non = [\"fail\", \"WARN\"]\n");
    assert_eq!((other.timeout, other.on), (Duration::from_secs(5), vec![Health::Fail, Health::Warn]));
    for (text, line, column, says) in [
        ("[hook]\ntimeout = \"5s\"\n", 1, 1, "[hook] needs \"command\""),
        ("[hook]\ncommand = []\n", 2, 11, "no program is named"),
        ("[hook]\ncommand = [\" \"]\n", 2, 11, "no program is named"),
        ("[hook]\ncommand = [\"./page\"]\n", 2, 11, "from the root"),
        ("[hook]\ncommand = \"page\"\n", 2, 11, "a sequence is expected"),
        ("[hook]\ncommand = [\"page\"]\ntimeout = \"10ms\"\n", 3, 11, "too short"),
        ("[hook]\ncommand = [\"page\"]\ntimeout = \"2h\"\n", 3, 11, "too long"),
        ("[hook]\ncommand = [\"page\"]\non = [\"fail\", \"wrn\"]\n", 3, 15, "no health is named \"wrn\""),
        ("[hook]\ncommand = [\"page\"]\non = []\n", 3, 6, "told of nothing"),
        ("[hook]\ncomand = [\"page\"]\n", 2, 1, "no key \"comand\""),
    ] {
        let (at_line, at_column, what, _) = refusal(text);
        assert_eq!((at_line, at_column), (line, column), "{text}: {what}");
        assert!(what.contains(says), "{text}: {what}");
    }
}

#[test]
fn orders_to_a_terminal_are_not_repeated() {
    for text in [
        "[fleet]\nmode = \"\\u001b]0;x\\u0007\"\n",
        "[fleet]\n\"\\u001b[2J\" = 1\n",
        "[\"\\u001b[2J\"]\nx = 1\n",
        "[poll]\ntimeout = \"\\u001b[2J\"\n",
        "[[site]]\nname = \"\\u001b[2J\"\nurl = \"https://a\"\nreach = \"local\"\npath = \"/a\"\n",
        "a = \"\u{1b}[2J\"\n",
    ] {
        let (_, _, what, advice) = refusal(text);
        assert!(!format!("{what}{advice}").contains(char::is_control), "{text:?}: {what:?} {advice:?}");
    }
}

#[test]
fn every_fault_of_a_hook_is_told_and_its_program_is_named() {
    let checked = |text: &str| Checked::parse(Path::new("/"), Path::new("config.toml"), text, &Environment::default());
    let places = |text: &str| -> Vec<String> {
        let faults = checked(text).faults;
        faults.iter().filter_map(|fault| fault.to_string().split(':').nth(1).map(str::to_owned)).collect()
    };
    let text = "[hook]\ncommand = [\"./page\"]\ntimeout = \"2h\"\non = [\"wrn\", \"ok\", \"fial\"]\n";
    assert_eq!(places(text), ["2", "3", "4", "4"]);
    assert!(checked(text).config.hook.is_none() && checked(text).references.is_empty());
    assert_eq!(places("[hook]\ncomand = [\"page\"]\n"), ["2"], "a misspelt key is not missing too");
    assert_eq!(places("[hook]\ncommand = \"page\"\n"), ["2"]);
    let found = checked("[hook]\non = [\"fail\"]\ncommand = [\"/bin/page\", \"-x\"]\n").references;
    let place = Place { path: "config.toml".into(), line: 3, column: 11 };
    assert_eq!(found, [Reference { of: Owner::Hook, named: Named::Hook("/bin/page".to_owned()), place }]);
}

#[test]
fn variables_of_secrets_are_known_by_name() {
    let org = "[[org]]\nname = \"o\"\nlogin_url = \"https://o\"\nclient_id = \"c\"\nflow = \"client-credentials\"\n";
    let text =
        format!("{org}client_secret = \"env:ORG_SECRET\"\n{}{}", rest("a"), rest("b").replace("env:P", "store:b"));
    assert_eq!(parse(&text).expect("a file").secret_variables().names(), ["ORG_SECRET", "P"]);
}

#[test]
fn only_https_and_loopback_are_ways() {
    for (url, fine) in [
        ("https://a.example/blog", true),
        ("http://127.0.0.1:8080", true),
        ("http://[::1]:8080", true),
        ("http://acme.salesforce.localhost:99", true),
        ("http://a.example", false),
        ("http://localhost.example", false),
        ("ftp://a.example", false),
        ("https://user:pass@a.example", false),
        ("https://a.example/?x=1", false),
        ("a.example", false),
    ] {
        let text = rest("a").replace("https://a\"", &format!("{url}\""));
        assert_eq!(parse(&text).is_ok(), fine, "{url}");
    }
}

#[test]
fn ways_in_are_whole_and_pure() {
    let (_, _, what, _) = refusal(&rest("a").replace("user = \"u\"\n", ""));
    assert_eq!(what, "reach = \"rest\" needs \"user\"");
    let (line, _, what, _) = refusal(&format!("{}path = \"/var/www\"\n", rest("a")));
    assert_eq!((line, what.as_str()), (7, "\"path\" says nothing with reach = \"rest\""));
    let ssh =
        "[[site]]\nname = \"a\"\nurl = \"https://a\"\nreach = \"ssh\"\nhost = \"-oProxyCommand=x\"\npath = \"/a\"\n";
    assert_eq!(refusal(ssh).0, 5);
    assert!(parse(&ssh.replace("-oProxyCommand=x", "deploy@web1")).is_ok());
    let wp = ssh.replace("-oProxyCommand=x", "web1") + "wp = \"wp; rm\"\n";
    assert_eq!(refusal(&wp).0, 7);
}

#[test]
fn a_secret_in_the_wrong_place_is_never_repeated() {
    for written in [
        "\"hunter2-in-clear\"",
        "24682468",
        "[\"hunter2\"]",
        "{ command = \"hunter2\" }",
        "{ command = [24682468] }",
        "{ hunter2 = 1 }",
        "{ command = [\"pass\"], password = \"hunter2\" }",
        "\"keyring:hunter2\"",
    ] {
        let text = rest("a").replace("\"env:P\"", written);
        let error = parse(&text).expect_err("a refusal");
        let told = format!("{error} {error:?} {:?}", error.advice());
        assert!(!told.contains("hunter2") && !told.contains("24682468"), "{told}");
    }
}

#[test]
fn an_unknown_org_is_refused() {
    let text = format!("{}org = \"acme\"\n", rest("a"));
    assert_eq!(refusal(&text).2, "no [[org]] is named \"acme\"");
}

#[test]
fn adding_and_removing_leave_the_rest_as_it_was() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join(FILE);
    fs::write(&file, EXAMPLE).expect("the example");
    let site = parse(&rest("new.example")).expect("a site").sites.remove(0);

    let mut edit = Edit::open(dir.path()).expect("the file");
    edit.add(&site).expect("a new name");
    let config = edit.save().expect("written");
    assert_eq!(config.sites.last(), Some(&site));
    let added = fs::read_to_string(&file).expect("the file");
    assert!(added.starts_with(EXAMPLE), "the old text stays: {added}");

    let mut edit = Edit::open(dir.path()).expect("the file");
    edit.remove(&site.name).expect("the site");
    edit.save().expect("written");
    assert_eq!(fs::read_to_string(&file).expect("the file").trim_end(), EXAMPLE.trim_end());
    assert_eq!(fs::read_dir(dir.path()).expect("the folder").count(), 1, "nothing is left behind");
}

#[test]
fn removing_keeps_what_is_said_about_others() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join(FILE);
    let text = format!("# The fleet of 2026.\n\n# About a.\n{}\n# About b.\n{}", rest("a"), rest("b"));
    fs::write(&file, text).expect("a file");
    let mut edit = Edit::open(dir.path()).expect("the file");
    edit.remove(&SiteName::new("a")).expect("the site");
    edit.save().expect("written");
    let text = fs::read_to_string(&file).expect("the file");
    assert!(text.contains("# The fleet of 2026.") && text.contains("# About b."), "{text}");
    assert!(!text.contains("# About a."), "{text}");
}

#[test]
fn the_first_site_of_no_file_at_all() {
    let dir = tempfile::tempdir().expect("a folder");
    let below = dir.path().join("new").join("fusebox");
    let site = parse(&rest("new.example")).expect("a site").sites.remove(0);
    let mut edit = Edit::open(&below).expect("no file");
    edit.add(&site).expect("a new name");
    edit.save().expect("written");
    assert_eq!(Config::load(&below).expect("the file").sites, std::slice::from_ref(&site));
    let again = Edit::open(&below).expect("the file").add(&site);
    assert!(matches!(again, Err(ConfigError::SiteExists(_))));
}

#[test]
fn the_mode_of_the_file_stays() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join(FILE);
    fs::write(&file, rest("a")).expect("a file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("a mode");
    let mut edit = Edit::open(dir.path()).expect("the file");
    edit.remove(&SiteName::new("a")).expect("the site");
    edit.save().expect("written");
    assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_name_that_is_not_there_is_answered_with_the_nearest() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join(FILE), rest("shop.example.org")).expect("a file");
    let error = Edit::open(dir.path()).expect("the file").remove(&SiteName::new("shop.exmaple.org")).expect_err("none");
    assert_eq!(error.advice().as_deref(), Some("did you mean \"shop.example.org\"?"));
}

#[test]
fn an_unknown_look_is_refused_where_it_stands() {
    let (line, _, what, _) = refusal("[console]\ntheme = \"solarized\"\n");
    assert_eq!(line, 2);
    assert!(what.contains("solarized"), "{what}");
    let config = parse("[console]\ntheme = \"light\"\ncanvas = false\nambiguous_width = \"wide\"\n").expect("a file");
    assert_eq!(config.console.theme, console::ThemeWord::Light);
    assert!(!config.console.canvas);
    assert_eq!(config.console.ambiguous_width, console::AmbiguousWidth::Wide);
}

#[test]
fn other_keys_keep_their_lines() {
    let config = parse("[keys]\nlook = \"Ctrl-r\"\npause = []\nmark = [\"x\", \"Space\"]\n").expect("a file");
    let told: Vec<_> = config.keys.iter().map(|one| (one.action.as_str(), one.keys.join(" "), one.line)).collect();
    assert_eq!(told, [("look", "Ctrl-r".into(), 2), ("mark", "x Space".into(), 4), ("pause", String::new(), 3)]);
    let (line, _, what, _) = refusal("[keys]\nlook = 7\n");
    assert_eq!(line, 2, "{what}");
}

fn org_of(flow: &str) -> String {
    format!("[[org]]\nname = \"acme/eu\"\nlogin_url = \"https://acme.my.salesforce.com\"\n{flow}")
}

#[test]
fn every_flow_takes_its_own_keys() {
    let flow = |text: &str| parse(&org_of(text)).expect(text).orgs.remove(0).flow;
    let browser = flow("flow = \"browser\"\nclient_id = \"3MVG9\"\n");
    let usual = Flow::Browser {
        client_secret: None,
        refresh_token: "acme_eu.refresh-token".into(),
        callback_port: CALLBACK_PORT,
    };
    assert_eq!(browser, usual);
    let program = flow("flow = \"token-command\"\ntoken_command = [\"sf\", \"org\", \"auth\"]\n");
    assert_eq!(program, Flow::TokenCommand { command: ["sf", "org", "auth"].map(str::to_owned).to_vec() });
    for (keys, line, words) in [
        ("flow = \"browser\"\n", 4, "needs \"client_id\""),
        ("flow = \"browser\"\nclient_id = \"x\"\nusername = \"y\"\n", 6, "\"username\" says nothing"),
        ("flow = \"browser\"\nclient_id = \"x\"\nrefresh_token = \"env:TOKEN\"\n", 6, "file of its own"),
        ("flow = \"browser\"\nclient_id = \"x\"\ncallback_port = 0\n", 6, "one port"),
        ("flow = \"token-command\"\n", 4, "needs \"token_command\""),
        ("flow = \"token-command\"\ntoken_command = []\n", 5, "no program"),
        ("flow = \"token-command\"\ntoken_command = [\"sf\"]\nclient_id = \"x\"\n", 6, "\"client_id\" says nothing"),
    ] {
        let (at, _, what, _) = refusal(&org_of(keys));
        assert_eq!(at, line, "{keys}: {what}");
        assert!(what.contains(words), "{keys}: {what}");
    }
}

#[test]
fn an_org_is_added_as_it_was_told_and_comments_stay() {
    let flows = [
        "flow = \"browser\"\nclient_id = \"x\"\ncallback_port = 1800\nrefresh_token = \"file:own\"\nrotation = \"on\"\n",
        "flow = \"token-command\"\ntoken_command = [\"sf\", \"a b\"]\nca_file = \"ca.pem\"\nslot_limit = 5\n",
        "flow = \"jwt\"\nclient_id = \"x\"\nusername = \"u\"\nprivate_key = \"file:k.pem\"\npolicy_unit = \"days\"\n",
        "flow = \"client-credentials\"\nclient_id = \"x\"\nclient_secret = \"store:s\"\napp = \"Other\"\n",
        "flow = \"client-credentials\"\nclient_id = \"x\"\nclient_secret = \"credential:acme\"\n",
        "flow = \"jwt\"\nclient_id = \"x\"\nusername = \"u\"\nprivate_key = { command = [\"pass\", \"a \\\"b\\\"\"] }\n",
        "flow = \"browser\"\nclient_id = \"x\"\nclient_secret = \"keyring:fusebox/acme/eu\"\n",
    ];
    for flow in flows {
        let org = parse(&org_of(flow)).expect(flow).orgs.remove(0);
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join(FILE), EXAMPLE).expect("a file");
        let mut edit = Edit::open(dir.path()).expect("the file");
        edit.add_org(&org).expect("a new name");
        let config = edit.save().expect("written");
        assert_eq!(config.orgs.last(), Some(&org));
        let text = fs::read_to_string(dir.path().join(FILE)).expect("the file");
        let words = EXAMPLE.lines().filter(|line| line.trim_start().starts_with('#'));
        words.for_each(|line| assert!(text.contains(line), "{line}"));
        let again = Edit::open(dir.path()).expect("the file").add_org(&org);
        assert!(matches!(again, Err(ConfigError::OrgExists(_))));
    }
}

#[test]
fn every_fault_is_told_and_none_twice() {
    let text = format!(
        "colour = 1\n[fleet]\nmode = 3\n[poll]\ntimeout = \"soon\"\nat_once = 0\n\
         [[org]]\nname = \"acme\"\nlogin_url = 7\nflow = \"jwt\"\nclient_id = \"\"\nprivate_key = \"env:K\"\npath = \"/\"\n\
         {}org = \"acme\"\nport = 22\nwp = \"wp\"\n[[site]]\nreach = \"local\"\nurl = \"ftp://x\"\n",
        rest("a.example").replace("https://", "http://")
    );
    let checked = Checked::parse(Path::new("/etc/fusebox"), Path::new("config.toml"), &text, &Environment::default());
    let told: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
    let lines: Vec<&str> = told.iter().filter_map(|fault| fault.split(':').nth(1)).collect();
    assert_eq!(lines, ["1", "3", "5", "6", "9", "13", "16", "21", "22", "23"], "{told:#?}");
    assert!(checked.config.sites.is_empty(), "what is wrong is no site");
}

#[test]
fn what_is_no_toml_is_told_line_by_line() {
    let checked = Checked::parse(
        Path::new("/"),
        Path::new("config.toml"),
        "[fleet\nname = \"a\"\nmode = = 1\n",
        &Environment::default(),
    );
    assert!(checked.faults.len() >= 2, "{:?}", checked.faults);
    assert!(checked.faults.iter().all(|fault| fault.to_string().starts_with("config.toml:")));
}

#[test]
fn what_lies_outside_is_named_with_its_place() {
    let checked = Checked::parse(Path::new("/"), Path::new("config.toml"), EXAMPLE, &Environment::default());
    let org = |named| (Owner::Target(Target::Org(OrgName::new("acme"))), named);
    let found: Vec<_> = checked.references.iter().map(|found| (found.of.clone(), found.named.clone())).collect();
    assert!(found.iter().any(|found| matches!(found, (_, Named::PrivateKey(_)))), "{found:?}");
    assert!(!found.contains(&org(Named::SignIn("sf".to_owned()))));
    assert!(checked.references.iter().all(|found| found.place.line > 1));
}

#[test]
fn a_site_keeps_the_command_of_its_password() {
    let text = rest("a.example").replace("\"env:P\"", "{ command = [\"op\", \"read\", \"op://fusebox/a/password\"] }");
    let site = parse(&text).expect("a site").sites.remove(0);
    let dir = tempfile::tempdir().expect("a folder");
    let mut edit = Edit::open(dir.path()).expect("no file");
    edit.add(&site).expect("a new name");
    assert_eq!(edit.save().expect("written").sites, [site]);
    let (line, _, what, _) = refusal(&rest("a").replace("\"env:P\"", "{ comand = [\"pass\"] }"));
    assert_eq!(line, 6);
    assert!(what.contains("begins with a program"), "{what}");
}

#[test]
fn variables_that_hold_secrets_are_known() {
    let org = org_of("flow = \"client-credentials\"\nclient_id = \"x\"\nclient_secret = \"env:ACME\"\n");
    let config = parse(&format!("{org}\n{}", rest("a.example"))).expect("a file");
    assert_eq!(config.secret_variables().names(), ["ACME", "P"]);
}

#[test]
fn what_is_only_looked_at_is_told_by_site_group_and_org() {
    let org = "[[org]]\nname = \"acme\"\nlogin_url = \"https://acme.my.salesforce.com\"\nclient_id = \"x\"\n\
        flow = \"client-credentials\"\nclient_secret = \"env:S\"\nread_only = true\n";
    let groups = "[fleet]\nmode = \"read-write\"\n[group.vip]\nread_only = true\n[group.rest]\n";
    let of = |name: &str, more: &str| format!("{}{more}", rest(name));
    let text = format!(
        "{groups}{org}{}{}{}{}",
        of("a", "read_only = true\n"),
        of("b", "group = \"vip\"\n"),
        of("c", "group = \"rest\"\n"),
        of("d", "org = \"acme\"\n")
    );
    let config = parse(&text).expect("a file");
    let permits = config.permits();
    let site = |name: &str| {
        let name = SiteName::new(name);
        permits.refusal(Some(&name), config.site(&name).and_then(|site| site.org.as_ref()))
    };
    assert_eq!(site("a"), Some(ReadOnly::Site(SiteName::new("a"))));
    assert_eq!(site("b"), Some(ReadOnly::Group("vip".into())));
    assert_eq!((site("c"), permits.fleet.clone()), (None, None));
    assert_eq!(site("d"), Some(ReadOnly::Org(OrgName::new("acme"))));
    // A misspelt group would allow what the group forbids.
    let (_, _, what, advice) = refusal(&format!("{groups}{}", of("b", "group = \"vipp\"\n")));
    assert_eq!((what.as_str(), advice.as_str()), ("no [group] is named \"vipp\"", "did you mean \"vip\"?"));
    let (_, _, what, _) = refusal("[group.vip]\nreadonly = true\n");
    assert_eq!(what, "[group.vip] has no key \"readonly\"");
    assert_eq!(parse("").expect("nothing").permits(), Permits::unsaid());
    // Edits keep both.
    let dir = tempfile::tempdir().expect("a folder");
    let mut edit = Edit::of(dir.path(), &text).expect("the file");
    let more = SiteConfig { name: SiteName::new("e"), group: Some("vip".to_owned()), ..config.sites[0].clone() };
    edit.add(&more).expect("a new name");
    assert_eq!(parse(&edit.text()).expect("a file").sites.last(), Some(&more));
}
