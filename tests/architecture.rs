//! Who may use whom, and what a file may be: the rules of `docs/architecture.md`, held by reading the source.
//!
//! The rules are functions over file texts, so that the second half of this file can plant violations and see them
//! caught. Names are read by `architecture/names.rs`.

#[path = "architecture/names.rs"]
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// For each part what it may use besides itself. An entry may go deeper than a part (`model::ids`).
const MAY_USE: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &[]),
    (
        "cli",
        &[
            "backend",
            "collector",
            "config",
            "diagnosis",
            "model",
            "operations",
            "protocol",
            "salesforce",
            "secrets",
            "sim",
            "store",
            "ui",
            "wordpress",
        ],
    ),
    ("ui", &["protocol", "model", "config"]),
    (
        "backend",
        &[
            "collector",
            "operations",
            "protocol",
            "salesforce",
            "wordpress",
            "store",
            "secrets",
            "diagnosis",
            "model",
            "config",
        ],
    ),
    ("collector", &["protocol", "salesforce", "wordpress", "store", "secrets", "diagnosis", "model", "config"]),
    ("operations", &["protocol", "salesforce", "wordpress", "store", "secrets", "diagnosis", "model", "config"]),
    ("salesforce", &["model"]),
    ("wordpress", &["model"]),
    ("store", &["model"]),
    ("secrets", &["model"]),
    ("config", &["model"]),
    ("protocol", &["model"]),
    ("diagnosis", &["model"]),
    // The truth names approvals as fusebox does, or nothing could be scored against it.
    ("sim", &["model::ids", "model::approval", "model::clock"]),
    ("model", &[]),
];

/// Crates that a part never names: the screen holds no connection and no secret, the core does no I/O and draws nothing.
const NEVER_NAMES: &[(&str, &[&str])] = &[
    ("ui", &["reqwest", "rusqlite", "secrecy"]),
    ("model", &["tokio", "reqwest", "ratatui"]),
    ("diagnosis", &["tokio", "reqwest", "ratatui"]),
];

/// Names under which anything could be put.
const NO_NAMES: &[&str] = &["utils", "common", "helpers", "manager"];

/// Above this many lines a file gives its reason in a line that begins with [`LONG_BECAUSE`].
const LONG: usize = 500;

/// No file has more lines than this.
const TOO_LONG: usize = 800;

const LONG_BECAUSE: &str = "// Long because";

/// One file of `src`.
struct File {
    /// Below `src`, with `/`.
    path: String,
    text: String,
}

impl File {
    /// The modules that lead to it: none for `lib.rs` and `main.rs`.
    fn module(&self) -> Vec<&str> {
        match self.path.trim_end_matches(".rs") {
            "lib" | "main" => Vec::new(),
            path => path.split('/').collect(),
        }
    }

    /// The part that it belongs to.
    fn part(&self) -> &str {
        self.path.trim_end_matches(".rs").split('/').next().expect("split gives at least one")
    }
}

/// Every violation of every rule, in the order of the files.
fn violations(files: &[File]) -> Vec<String> {
    let reexports = reexports(files);
    files
        .iter()
        .flat_map(|file| {
            let mut found = shape(file);
            found.extend(edges(file, &reexports));
            found.extend(crates(file));
            found.into_iter().map(|what| format!("src/{}{what}", file.path)).collect::<Vec<_>>()
        })
        .collect()
}

/// What a file is: its name, its length, its first line.
fn shape(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for segment in file.path.trim_end_matches(".rs").split('/') {
        if segment == "mod" {
            found.push(": mod.rs: write foo.rs beside foo/".to_owned());
        }
        if NO_NAMES.contains(&segment) {
            found.push(format!(": `{segment}` says nothing: name it after what it does"));
        }
    }
    if !file.text.starts_with("//!") {
        found.push(":1: does not begin with //!".to_owned());
    }
    let lines = file.text.lines().count();
    if lines > TOO_LONG {
        found.push(format!(": {lines} lines, more than {TOO_LONG}"));
    } else if lines > LONG && !file.text.lines().any(|line| line.trim_start().starts_with(LONG_BECAUSE)) {
        found.push(format!(": {lines} lines, more than {LONG}, and no line `{LONG_BECAUSE} ...`"));
    }
    found
}

/// Uses of other parts that the table does not allow.
fn edges(file: &File, reexports: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let part = file.part();
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == part) else {
        return vec![format!(": part `{part}` has no row in the table")];
    };
    let mut found = Vec::new();
    for name in names::names(&file.text, &file.module()) {
        let line = name.line;
        match name.path.first().map(String::as_str) {
            None | Some("*") => found.push(format!(":{line}: takes in the whole crate")),
            Some(target) if target == part => {}
            Some(target) => {
                let written = name.path.join("::");
                let meant = reexports.get(&written).cloned().unwrap_or_else(|| name.path.clone());
                let may =
                    allowed.iter().any(|entry| entry.split("::").eq(meant.iter().take(entry.split("::").count())));
                if !may && is_part(target) {
                    found.push(format!(":{line}: `{part}` may not use `{written}`"));
                } else if !may && file.path != "lib.rs" {
                    found.push(format!(":{line}: `{target}` is no part of the table"));
                }
            }
        }
    }
    found
}

fn is_part(name: &str) -> bool {
    MAY_USE.iter().any(|(part, _)| *part == name)
}

/// Names that a part's own file takes out of its modules: `model::OrgId` means `model::ids::OrgId`.
fn reexports(files: &[File]) -> BTreeMap<String, Vec<String>> {
    let mut meant = BTreeMap::new();
    for file in files.iter().filter(|file| !file.path.contains('/') && is_part(file.part())) {
        for name in names::names(&file.text, &file.module()).into_iter().filter(|name| name.public) {
            if let Some(last) = name.path.last().filter(|_| name.path.first().is_some_and(|part| part == file.part())) {
                meant.insert(format!("{}::{last}", file.part()), name.path);
            }
        }
    }
    meant
}

/// Crates named where they may not be.
fn crates(file: &File) -> Vec<String> {
    let never = NEVER_NAMES.iter().find(|(part, _)| *part == file.part()).map_or(&[][..], |(_, never)| *never);
    names::tokens(&file.text)
        .into_iter()
        .filter(|token| never.contains(&token.text.as_str()))
        .map(|token| format!(":{}: `{}` may not name `{}`", token.line, file.part(), token.text))
        .collect()
}

/// The table of the document: rows of a part, or several, and what they may use, each in backquotes.
fn documented(markdown: &str) -> BTreeMap<String, BTreeSet<String>> {
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
    let mut table = BTreeMap::new();
    for line in markdown.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        if let [parts, may] = cells[..] {
            table.extend(quoted(parts).into_iter().map(|part| (part, quoted(may))));
        }
    }
    table
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&root).expect("found below src").to_str().expect("ASCII names");
                let text = fs::read_to_string(&path).expect("source is text");
                files.push(File { path: below.replace('\\', "/"), text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

#[test]
fn the_source_keeps_the_rules() {
    let files = sources();
    assert!(files.len() > 20, "the source was found");
    let found = violations(&files);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_part_has_a_row_and_every_row_a_part() {
    let files = sources();
    let parts: BTreeSet<&str> = files.iter().map(File::part).collect();
    let rows: BTreeSet<&str> = MAY_USE.iter().map(|(part, _)| *part).collect();
    assert_eq!(parts, rows);
    for entry in MAY_USE.iter().flat_map(|(_, allowed)| *allowed) {
        let file = format!("{}.rs", entry.replace("::", "/"));
        assert!(files.iter().any(|known| known.path == file), "{entry} is no module");
    }
}

#[test]
fn the_table_has_no_way_back() {
    let mut open: Vec<&str> = MAY_USE.iter().map(|(part, _)| *part).collect();
    let before = |part: &str, open: &[&str]| {
        let (_, allowed) = MAY_USE.iter().find(|(name, _)| *name == part).expect("a row");
        allowed.iter().all(|entry| !open.contains(&entry.split("::").next().expect("a part")))
    };
    while let Some(at) = open.iter().position(|part| before(part, &open)) {
        open.remove(at);
    }
    assert!(open.is_empty(), "these use each other: {open:?}");
}

#[test]
fn the_document_tells_the_same_table() {
    let markdown =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).expect("a file");
    let here = MAY_USE
        .iter()
        .map(|(part, allowed)| ((*part).to_owned(), allowed.iter().map(|entry| (*entry).to_owned()).collect()))
        .collect();
    assert_eq!(documented(&markdown), here);
}

/// The rules themselves, tried on planted files.
mod planted {
    use super::*;

    const DOC: &str = "//! What it is.\n";

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: format!("{DOC}{text}") }
    }

    /// The violations of one file beside a `model.rs` that passes on two names.
    fn caught(path: &str, text: &str) -> Vec<String> {
        let model = file("model.rs", "pub mod ids;\npub use ids::{OrgId, SiteName};\npub use fleet::Fleet;\n");
        violations(&[model, file(path, text)])
    }

    #[test]
    fn what_the_table_allows_passes() {
        let text = "use crate::model::{self, fleet::Fleet};\nuse crate::protocol::Link;\nuse super::theme::Theme;\n\
            use std::fmt;\nuse ratatui::Frame;\nfn f(_: &crate::config::Config) -> crate::ui::State { self::g() }\n";
        assert_eq!(caught("ui/view.rs", text), [""; 0]);
        assert_eq!(caught("cli/poll.rs", "use crate::{backend, sim, store, ui};\n"), [""; 0]);
        assert_eq!(caught("main.rs", "fn main() { fusebox::cli::run() }\n"), [""; 0]);
        assert_eq!(caught("lib.rs", "pub mod ui;\nuse std::fmt;\n"), [""; 0]);
    }

    #[test]
    fn a_forbidden_use_is_caught_in_every_way_of_writing_it() {
        for text in [
            "use crate::store::Store;",
            "pub(crate) use crate::store as s;",
            "use crate::{model::Fleet, store};",
            "use crate::{\n    model,\n    store::{self, Store},\n};",
            "use super::super::store;",
            "use super::super::{model, store::Store};",
            "use ::fusebox::store::Store;",
            "fn f() { crate::store::open(); }",
            "fn f() -> Vec<super::super::store::Row> { vec![] }",
            "mod inner { use super::super::super::store::Store; }",
            "#[cfg(test)]\nmod tests {\n    mod deeper { fn f() { super::super::super::super::store::open() } }\n}",
            "macro_rules! m { () => { $crate::store::open() } }",
            "const C: char = '\"'; use crate::store; const D: char = '\"';",
            "fn f<'a>(x: &'a str) { crate::store::open(x) }",
        ] {
            let found = caught("ui/view.rs", text);
            assert!(!found.is_empty(), "not caught: {text}");
            assert!(found.iter().all(|what| what.contains("`ui` may not use `store")), "{text}: {found:?}");
        }
    }

    #[test]
    fn the_place_is_told() {
        let found = caught("ui/view.rs", "use std::fmt;\n\nuse crate::{\n    store,\n};\n");
        assert_eq!(found, ["src/ui/view.rs:5: `ui` may not use `store`"]);
    }

    #[test]
    fn comments_texts_and_names_that_only_look_alike_are_left_alone() {
        let text = "// use crate::store;\n/* crate::store /* crate::store */ crate::store */\n\
            const A: &str = \"crate::store \\\" crate::store\";\nconst B: &str = r#\"crate::store \"crate::store\"#;\n\
            const C: &[u8] = b\"crate::store\";\nmod inner { use super::store; }\nfn f() -> impl Sized + use<> { my::store::x }\n";
        assert_eq!(caught("ui/view.rs", text), [""; 0]);
    }

    #[test]
    fn super_is_counted_from_the_inner_module() {
        let text =
            "#[cfg(test)]\nmod tests {\n    use super::*;\n    use super::super::state;\n}\nuse super::message;\n";
        assert_eq!(caught("ui/view.rs", text), [""; 0]);
        assert_eq!(caught("ui.rs", "mod tests { use super::*; }\n"), [""; 0]);
    }

    #[test]
    fn taking_in_the_whole_crate_is_caught() {
        for text in
            ["use crate::*;", "use super::*;", "use crate as all;", "use crate::{self as all};", "use fusebox::*;"]
        {
            let found = caught("ui.rs", text);
            assert_eq!(found, ["src/ui.rs:2: takes in the whole crate"], "{text}");
        }
    }

    #[test]
    fn the_simulator_sees_ids_approvals_and_time_alone() {
        assert_eq!(
            caught("sim/org.rs", "use crate::model::{OrgId, SiteName, ids::UserId, approval::approval_id, clock};\n"),
            [""; 0]
        );
        for text in
            ["use crate::model::Fleet;", "use crate::model;", "use crate::model::*;", "use crate::salesforce::wire;"]
        {
            assert_eq!(caught("sim/org.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn unknown_parts_are_caught() {
        assert_eq!(caught("extra/thing.rs", ""), ["src/extra/thing.rs: part `extra` has no row in the table"]);
        assert_eq!(caught("cli.rs", "use crate::extra;\n"), ["src/cli.rs:2: `extra` is no part of the table"]);
        assert_eq!(caught("lib.rs", "pub use ui::run;\n"), ["src/lib.rs:2: `lib` may not use `ui::run`"]);
    }

    #[test]
    fn forbidden_crates_are_caught_and_comments_about_them_not() {
        for (path, text) in [
            ("ui/update.rs", "use secrecy::SecretString;"),
            ("ui/update.rs", "fn f(_: reqwest::Client) {}"),
            ("ui.rs", "type C = ::rusqlite::Connection;"),
            ("model/fleet.rs", "use tokio::sync::mpsc;"),
            ("diagnosis/rule.rs", "async fn f() { tokio::task::yield_now().await }"),
        ] {
            let found = caught(path, text);
            assert!(found.len() == 1 && found[0].contains("may not name"), "{text}: {found:?}");
        }
        assert_eq!(caught("ui.rs", "// no reqwest here\nconst A: &str = \"rusqlite\";\n"), [""; 0]);
        assert_eq!(caught("store.rs", "use rusqlite::Connection;\n"), [""; 0]);
    }

    #[test]
    fn names_that_say_nothing_are_caught() {
        for path in ["ui/mod.rs", "ui/utils.rs", "ui/common/text.rs", "store/helpers.rs", "backend/manager.rs"] {
            assert_eq!(caught(path, "").len(), 1, "{path}");
        }
    }

    #[test]
    fn a_file_says_what_it_is() {
        let bare = File { path: "ui.rs".to_owned(), text: "use std::fmt;\n".to_owned() };
        assert_eq!(violations(&[bare]), ["src/ui.rs:1: does not begin with //!"]);
    }

    #[test]
    fn long_files_give_a_reason_and_very_long_ones_are_too_long() {
        let lines = |count: usize| "\n".repeat(count - 1);
        assert_eq!(caught("ui.rs", &lines(LONG)), [""; 0]);
        assert_eq!(caught("ui.rs", &lines(LONG + 1)).len(), 1);
        let reason = format!("{LONG_BECAUSE} it is one table.\n");
        assert_eq!(caught("ui.rs", &format!("{reason}{}", lines(TOO_LONG - 1))), [""; 0]);
        assert_eq!(caught("ui.rs", &format!("{reason}{}", lines(TOO_LONG))).len(), 1);
    }

    #[test]
    fn the_documents_table_is_read() {
        let markdown = "| part | may use |\n|---|---|\n| `a`, `b` | `c`, `d::e` |\n| `c` | nothing |\ntext `x`\n";
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let expected = [("a", set(&["c", "d::e"])), ("b", set(&["c", "d::e"])), ("c", set(&[]))];
        assert_eq!(documented(markdown), expected.map(|(part, may)| (part.to_owned(), may)).into());
    }
}
