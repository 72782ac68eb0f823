//! The readers and the plan, by what agencies have and by what harm could come with it.

mod generated;

use super::*;
use crate::config::edit::Edit;
use crate::config::{Config, Reach};
use crate::model::OrgName;
use std::path::Path;

const ALIASES: &str = "\
# Sites of ours
path: wp-core
core config:
    dbpass: hunter2
    extra-php: |
        define( 'WP_DEBUG', true );
_:
    inherit: base.yml
@all: Run command against every registered alias.
@shop:
    ssh: deploy@web1:2222/var/www/shop
    url: https://shop.example.org
@news:
    ssh: web1~/news
    url: news.example.org
    user: admin
@here:
    path: /srv/here
    url: http://here.example.org/blog/
@both:
    - @shop
    - \"@inner\"
@inner: [@news, @gone, '@both']
@vm:
    ssh: docker:wordpress
    url: https://vm.example.org
@jump:
    ssh: web2/srv
    proxyjump: bastion
    url: https://jump.example.org
@keyed: { ssh: web2/srv, key: ~/.ssh/other, url: https://keyed.example.org }
@far:
    http: https://far.example.org
@nourl:
    ssh: web1/srv
@nopath:
    ssh: web1
    url: https://nopath.example.org
@relative:
    path: wp
    url: https://relative.example.org
@port: { ssh: 'web1:70000/srv', url: https://port.example.org }
@bad name:
    ssh: web1/srv
@text: nothing
";

fn source(text: &str) -> Source {
    read(text.as_bytes(), None).expect("a source")
}

fn fault(text: &str) -> Fault {
    read(text.as_bytes(), None).expect_err("a fault")
}

fn config(text: &str) -> Config {
    Config::parse(Path::new("/conf"), Path::new("/conf/config.toml"), text).expect("a configuration")
}

/// One line an item: sign, line, name and what is told.
fn told(plan: &Plan) -> Vec<String> {
    let item = |item: &Item| match &item.what {
        What::Add(site) => format!("+{} {} {} {:?}", item.line, item.name, site.url, site.reach),
        What::Change { changes, .. } => {
            let keys: Vec<String> = changes.iter().map(|c| format!("{} {:?} {:?}", c.key, c.from, c.to)).collect();
            format!("~{} {} {}", item.line, item.name, keys.join(", "))
        }
        What::Equal => format!("={} {}", item.line, item.name),
        What::LeaveOut { reason, .. } => format!("!{} {} {reason}", item.line, item.name),
    };
    plan.items.iter().map(item).chain(plan.removed.iter().map(|name| format!("- {name}"))).collect()
}

fn plan(text: &str, known: &str, terms: &Terms) -> Vec<String> {
    told(&Plan::make(source(text), &config(known), terms))
}

#[test]
fn aliases_become_sites_and_what_can_not_says_why() {
    let source = source(ALIASES);
    assert_eq!(source.format, Format::Aliases);
    assert_eq!(source.notes, ["line 8 takes base.yml along, which is not read: import it, too"]);
    let plan = Plan::make(source, &config(""), &Terms::default());
    insta::assert_snapshot!(told(&plan).join("\n"), @r#"
    +10 shop https://shop.example.org/ Ssh { host: "deploy@web1", port: Some(2222), path: "/var/www/shop", wp: "wp" }
    +13 news https://news.example.org/ Ssh { host: "web1", port: None, path: "~/news", wp: "wp" }
    +17 here https://here.example.org/blog/ Local { path: "/srv/here", wp: "wp" }
    !24 vm docker is no way in: fusebox speaks WP-CLI, ssh and REST
    !27 jump proxyjump of an alias does not reach ssh, which goes by ~/.ssh/config here
    !31 keyed key of an alias does not reach ssh, which goes by ~/.ssh/config here
    !32 far http is no way in: fusebox speaks WP-CLI, ssh and REST
    !34 nourl no url, and a site is known by its address
    !36 nopath no path: WP-CLI takes the home folder there, whatever is in it
    !39 relative its path "wp" is relative: WP-CLI takes it from where its file or its user is
    !42 port 70000 is no port
    !43 bad name WP-CLI takes it for no alias: letters, digits and - _ . are
    !45 text neither an alias nor a group
    "#);
    assert_eq!(plan.notes.len(), 2, "{:?}", plan.notes);
    assert!(plan.notes[1].starts_with("http:// of line 17 is kept as https://"), "{:?}", plan.notes);
    let all = format!("{plan:?}");
    assert!(!all.contains("hunter2"), "other settings are nothing to us");
}

#[test]
fn a_group_brings_its_members_and_those_of_its_groups() {
    let mut one = source(ALIASES);
    one.only("@both").expect("a group");
    let names: Vec<&str> = one.names().collect();
    assert_eq!(names, ["shop", "news", "gone"], "a ring of groups ends");
    let mut alias = source(ALIASES);
    alias.only("here").expect("an alias");
    assert_eq!(alias.names().collect::<Vec<_>>(), ["here"]);
    let mut all = source(ALIASES);
    let before = all.clone();
    all.only("@all").expect("everything");
    assert_eq!(all, before);
    assert_eq!(all.only("@boht").expect_err("no group").nearest.as_deref(), Some("@both"));
}

#[test]
fn csv_is_read_by_its_header() {
    let text = "\u{feff}Org;URL;host;path;Notes;name;port;staging\r\n\
        acme;shop.example.org;deploy@web1;/srv/shop;\"a;\nb\";shop;2222;yes\r\n\
        \r\n\
        ;https://news.example.org;web1;~/news;;;;\r\n\
        nosuch;https://x.example.org;web1;/srv;;x;;\r\n";
    let orgs = "[[org]]\nname = \"acme\"\nlogin_url = \"https://a.my.salesforce.com\"\nclient_id = \"x\"\n\
        flow = \"client-credentials\"\nclient_secret = \"env:X\"\n";
    let plan = Plan::make(source(text), &config(orgs), &Terms::default());
    insta::assert_snapshot!(told(&plan).join("\n"), @r#"
    +2 shop https://shop.example.org/ Ssh { host: "deploy@web1", port: Some(2222), path: "/srv/shop", wp: "wp" }
    +5 news.example.org https://news.example.org/ Ssh { host: "web1", port: None, path: "~/news", wp: "wp" }
    !6 x no [[org]] is named "nosuch"
    "#);
    assert_eq!(plan.notes, ["the column \"Notes\" says nothing here"]);
    let What::Add(shop) = &plan.items[0].what else { panic!("{plan:?}") };
    assert_eq!((shop.org.as_ref().map(OrgName::as_str), shop.staging), (Some("acme"), true));
}

#[test]
fn csv_says_what_a_line_lacks() {
    let text = "name,url,reach,path,user,password,port\n\
        a,https://a.example.org,rest,,fusebox,,\n\
        b,https://b.example.org,rest,,fusebox,env:B,\n\
        c,https://c.example.org,ssh,/srv,,,\n\
        d,,local,/srv,,,\n\
        e,https://e.example.org,,,,,\n\
        f,https://f.example.org,ftp,,,,\n\
        g,https://g.example.org,local,srv,,,\n\
        h,http://h.example.org,rest,,fusebox,,\n\
        i,https://i.example.org,local,/srv,,,x\n\
        j,https://u:p4ss@j.example.org,local,/srv,,,\n\
        two words,https://k.example.org,local,/srv,,,\n\
        l,https://l.example.org,local,/srv,,,,,,\n\
        ,,,,,,\n\
        ,,,,,,99\n";
    insta::assert_snapshot!(plan(text, "", &Terms::default()).join("\n"), @r#"
    +2 a https://a.example.org/ Rest { user: "fusebox", password: Store("a") }
    +3 b https://b.example.org/ Rest { user: "fusebox", password: Env("B") }
    !4 c reach = "ssh" needs "host"
    !5 d no url, and a site is known by its address
    !6 e no way in is named
    !7 f "ftp" is no way in
    !8 g a path from the root is expected
    !9 h http beyond this host
    !10 i "x" is no port
    !11 j a user or a password stands in the address
    !12 two words "two words" can not be typed as an argument
    !13 l 10 values, and the header has 7 columns
    !15 unnamed-15 no url, and a site is known by its address
    "#);
}

#[test]
fn one_name_twice_and_one_address_twice_are_told_with_both_lines() {
    let text = "@a: { path: /a, url: https://one.example.org }\n\
        @b: { path: /b, url: 'http://ONE.example.org/' }\n\
        @a: { path: /c, url: https://two.example.org }\n\
        @c: { path: /c, url: https://known.example.org }\n\
        @named: { path: /c, url: https://other.example.org }\n\
        @moved: { path: /c, url: https://known.example.org:443/ }\n";
    let known = "[[site]]\nname = \"known\"\nurl = \"https://known.example.org\"\nreach = \"local\"\npath = \"/c\"\n\
        [[site]]\nname = \"moved\"\nurl = \"https://m.example.org\"\nreach = \"local\"\npath = \"/c\"\n";
    insta::assert_snapshot!(plan(text, known, &Terms::default()).join("\n"), @r#"
    +1 a https://one.example.org/ Local { path: "/a", wp: "wp" }
    !2 b "a" on line 1 has the same address
    !3 a a second site is named "a"; the first is on line 1
    =4 known
    +5 named https://other.example.org/ Local { path: "/c", wp: "wp" }
    !6 moved "c" on line 4 has the same address
    "#);
}

const KNOWN: &str = "\
# ours
[fleet]
name = \"f\"

[[org]]
name = \"acme\"
login_url = \"https://a.my.salesforce.com\"
client_id = \"x\"
flow = \"client-credentials\"
client_secret = \"env:X\"

# the shop
[[site]]
name = \"shop.example.org\"   # by its host
url = \"https://shop.example.org\"
reach = \"ssh\"
host = \"deploy@web1\" # soon web2
port = 22
path = \"/srv/shop\"
wp = \"wp83\"
org = \"acme\"
staging = true

[[site]]
name = \"care\"
url = \"https://care.example.org\"
reach = \"rest\"
user = \"fusebox\"
password = \"store:care\"

[[site]]
name = \"old\"
url = \"https://old.example.org\"
reach = \"local\"
path = \"/srv/old\"
";

const NEWER: &str = "\
@shop: { ssh: deploy@web2/srv/shop, url: http://shop.example.org/ }
@care: { path: /srv/care, url: https://care.example.org }
@boxed: { ssh: docker:wp, url: https://old.example.org }
";

#[test]
fn what_the_source_does_not_tell_stays() {
    let text = "url,host\nhttps://shop.example.org,deploy@web1\n";
    assert_eq!(plan(text, KNOWN, &Terms::default()), ["=2 shop.example.org"]);
    let emptied = "url,host,port,wp,org,staging\nhttps://shop.example.org,deploy@web1,,,,no\n";
    insta::assert_snapshot!(plan(emptied, KNOWN, &Terms::default()).join("\n"), @r#"~2 shop.example.org port Some("22") None, wp Some("wp83") None, org Some("acme") None, staging Some("true") None"#);
    let acme = Terms { org: Some(OrgName::new("acme")), ..Terms::default() };
    insta::assert_snapshot!(plan(NEWER, KNOWN, &acme).join("\n"), @r#"
    ~1 shop.example.org host Some("deploy@web1") Some("deploy@web2"), port Some("22") None
    ~2 care reach Some("rest") Some("local"), user Some("fusebox") None, password Some("store:care") None, path None Some("/srv/care"), org None Some("acme")
    !3 boxed docker is no way in: fusebox speaks WP-CLI, ssh and REST
    "#);
}

#[test]
fn a_way_in_that_fusebox_has_found_itself_is_not_pruned() {
    let prune = Terms { prune: true, ..Terms::default() };
    let told = plan(NEWER, KNOWN, &prune);
    assert!(!told.iter().any(|line| line.starts_with('-')), "old is @boxed: {told:?}");
    let told = plan(NEWER.lines().next().expect("a line"), KNOWN, &prune);
    assert_eq!(told[1..], ["- care", "- old"]);
}

#[test]
fn a_plan_changes_the_file_and_keeps_its_comments() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("config.toml");
    std::fs::write(&path, KNOWN).expect("written");
    let config = Config::load(dir.path()).expect("a configuration");
    let terms = Terms { update: true, prune: true, ..Terms::default() };
    let text = "@shop: { ssh: deploy@web2/srv/shop, url: https://shop.example.org }\n\
        @care: { path: /srv/care, url: https://care.example.org }\n\
        @new: { ssh: web1:2200~/new, url: https://new.example.org }\n";
    let plan = Plan::make(source(text), &config, &terms);
    let mut edit = Edit::open(dir.path()).expect("the file");
    assert!(plan.apply(&mut edit).expect("applied"));
    edit.save().expect("saved");
    insta::assert_snapshot!(std::fs::read_to_string(&path).expect("the file"), @r#"
    # ours
    [fleet]
    name = "f"

    [[org]]
    name = "acme"
    login_url = "https://a.my.salesforce.com"
    client_id = "x"
    flow = "client-credentials"
    client_secret = "env:X"

    # the shop
    [[site]]
    name = "shop.example.org"   # by its host
    url = "https://shop.example.org"
    reach = "ssh"
    host = "deploy@web2" # soon web2
    path = "/srv/shop"
    wp = "wp83"
    org = "acme"
    staging = true

    [[site]]
    name = "care"
    url = "https://care.example.org"
    reach = "local"
    path = "/srv/care"

    [[site]]
    name = "new"
    url = "https://new.example.org"
    reach = "ssh"
    host = "web1"
    port = 2200
    path = "~/new"
    "#);
    let config = Config::load(dir.path()).expect("a configuration");
    let again = Plan::make(source(text), &config, &terms);
    assert!(again.items.iter().all(|item| item.what == What::Equal), "{again:?}");
    assert!(!again.apply(&mut Edit::open(dir.path()).expect("the file")).expect("applied"), "nothing is left to do");
}

#[test]
fn a_table_on_one_line_is_changed_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("config.toml");
    let known = "site = [{ name = \"a\", url = \"https://a.example.org\", reach = \"local\", path = \"/old\" }]\n";
    std::fs::write(&path, known).expect("written");
    let config = Config::load(dir.path()).expect("a configuration");
    let terms = Terms { update: true, ..Terms::default() };
    let plan = Plan::make(source("@a: { ssh: web1/new, url: https://a.example.org }"), &config, &terms);
    let mut edit = Edit::open(dir.path()).expect("the file");
    plan.apply(&mut edit).expect("applied");
    let saved = edit.save().expect("saved");
    assert!(matches!(&saved.sites[0].reach, Reach::Ssh { host, .. } if host == "web1"), "{saved:?}");
}

#[test]
fn what_means_harm_or_is_another_file_is_refused_with_its_line() {
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
    let deep = format!("@a: {}", "[".repeat(100_000));
    let nested = format!("@a:\n{}", (1..40).map(|n| " ".repeat(n) + "- \n").collect::<Vec<_>>().concat());
    for (text, line, what) in [
        ("@a:\n  ssh: -oProxyCommand=x/srv\n  url: https://a.example.org\n", 2, "dash"),
        ("@a:\n  ssh: 'deploy@-oProxyCommand=x/srv'\n", 2, "dash"),
        ("url,host,path\nhttps://a.example.org,-oProxyCommand=x,/srv\n", 2, "dash"),
        ("@a:\n  ssh: \"web1/srv\\x1b[2J\"\n", 2, "control"),
        ("@a:\n  ssh: web1/srv\u{202e}\n", 2, "invisible"),
        ("@a:\n  ssh: web1/srv\u{1b}[2J\n", 2, "control character"),
        ("url,path\n\"https://a.example.org\",\"/srv\nx\"\n", 2, "control"),
        ("url,path\nhttps://a.example.org,\"/srv\nhttps://b.example.org,/srv\n", 2, "not closed"),
        ("url,path,URL\n", 1, "two columns"),
        ("@a:\n\tssh: web1\n", 2, "no YAML"),
        ("@a: 1\n@b: [\n", 3, "no YAML"),
        ("@a: x\n---\n@b: x\n", 2, "second document"),
        ("@a: x\n\u{e000}: x\n", 2, "private range"),
        ("'@a:b'\n", 1, "no settings"),
        ("@a: {[x]: y}\n", 1, "no word"),
        (&format!("@x: y\n{bomb}"), 3, "alias of YAML"),
        (&deep, 1, "no YAML"),
        (&nested, 18, "deep"),
    ] {
        let fault = read(text.as_bytes(), None).map(|_| ()).expect_err(what);
        assert!(fault.what.contains(what), "{what}: {fault:?}");
        assert_eq!(fault.line, Some(line), "{what}: {fault:?}");
    }
    assert_eq!(fault("hello\nworld\n").line, None);
    assert_eq!(fault("").line, None);
    let latin = read(b"@a:\n  url: https://b\xfccher.example\n", None).expect_err("no UTF-8");
    assert_eq!((latin.line, latin.what.as_str()), (Some(2), "bytes that are no UTF-8"));
    let sixteen = read(b"\xff\xfeu\0r\0l\0", Some(Format::Csv)).expect_err("UTF-16");
    assert!(sixteen.what.contains("UTF-16"));
    let huge = read(&vec![b'#'; LARGEST + 1], None).expect_err("too much");
    assert!(huge.what.contains("8 MiB"), "{huge:?}");
    let many: Vec<String> = (0..=MOST).map(|n| format!("https://s{n}.example.org,/srv\n")).collect();
    assert_eq!(fault(&format!("url,path\n{}", many.concat())).line, Some(MOST + 2));
}

#[test]
fn a_secret_in_clear_is_refused_and_not_repeated() {
    for clear in ["hunter2", "abcd EFGH hunter2", "store:", "hunter2:x"] {
        let text = format!("url,user,password\nhttps://a.example.org,u,{clear}\n");
        let fault = fault(&text);
        assert_eq!(fault.line, Some(2));
        assert!(!format!("{fault:?}").contains("hunter2"), "{fault:?}");
    }
    // In an address it leaves the site out.
    for text in ["url,path\nhttps://u:hunter2@a.example.org,/srv\n", "url,x\nhttps://u:hunter2@a.example.org,\n"] {
        let plan = Plan::make(source(text), &config(""), &Terms::default());
        assert!(!told(&plan).join("").contains("hunter2"), "{plan:?}");
        assert!(matches!(plan.items[0].what, What::LeaveOut { .. }));
    }
    let alias = source("@a: { ssh: docker:x, url: 'https://u:hunter2@a.example.org' }");
    let plan = Plan::make(alias, &config(""), &Terms::default());
    assert!(!format!("{plan:?}").contains("hunter2"), "{plan:?}");
}

#[test]
fn lines_end_as_they_may_and_nothing_is_a_source_too() {
    let crlf = source(&ALIASES.replace('\n', "\r\n"));
    assert_eq!(crlf, source(ALIASES));
    let marked = read(format!("\u{feff}{ALIASES}").as_bytes(), None).expect("a source");
    assert_eq!(marked, source(ALIASES));
    for empty in ["", "# nothing\n", "---\n", "~\n", "path: /srv\n"] {
        let source = read(empty.as_bytes(), Some(Format::Aliases)).expect("no aliases");
        assert_eq!(source.names().count(), 0, "{empty:?}");
    }
}
