//! What fuzzers hand to the reader of the configuration, and what must hold of what it makes of it. For `fuzz/` and for
//! tests alone. Uses `model` alone.

use super::edit::Edit;
use super::{Config, ConfigError, FILE, SiteConfig, import};
use std::path::Path;

const EXAMPLE: &str = include_str!("../../docs/config.example.toml");

/// A site that may be added to any file.
const SITE: &str = "[[site]]\nname = \"added.by.a.fuzzer\"\nurl = \"https://added.example\"\nreach = \"rest\"\n\
    user = \"u\"\npassword = \"env:P\"\n";

/// Reads `text` as `config.toml`, adds a site to what is a configuration and takes it out again.
///
/// # Panics
///
/// Where something does not hold that must.
pub fn file(text: &str) {
    match parse(text) {
        Ok(config) => {
            let _ = config.settings();
            edits(text, &config);
        }
        Err(error) => refused(text, &error),
    }
}

/// Reads `bytes` as a source of sites, plans what it changes in the example of a configuration, with and without taking out
/// what is not there, and does it.
///
/// # Panics
///
/// Where something does not hold that must.
pub fn source(bytes: &[u8]) {
    let source = match import::read(bytes, None) {
        Ok(source) => source,
        Err(fault) => {
            let told = format!("{} {}", fault.what, fault.advice);
            assert!(!told.contains(char::is_control), "{told:?}");
            return;
        }
    };
    assert!(source.entries.len() <= import::MOST);
    let Ok(config) = parse(EXAMPLE) else { return };
    for (update, prune) in [(false, false), (true, false), (true, true)] {
        let terms = import::Terms { org: None, update, prune };
        let plan = import::Plan::make(source.clone(), &config, &terms);
        let Ok(mut edit) = Edit::of(&config.dir, EXAMPLE) else { return };
        if plan.apply(&mut edit).is_ok() {
            let after = parse(&edit.text());
            assert!(after.is_ok(), "{after:?}\n{}", edit.text());
        }
    }
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/etc/fusebox"), &Path::new("/etc/fusebox").join(FILE), text)
}

/// A refusal stands at a place of the file, and goes to the terminal as it is.
fn refused(text: &str, error: &ConfigError) {
    let ConfigError::Invalid { place, .. } = error else { return };
    let lines = text.split('\n').count();
    assert!((1..=lines).contains(&place.line), "line {} of {lines}", place.line);
    let told = format!("{error} {}", error.advice().unwrap_or_default());
    assert!(!told.contains(|c: char| c.is_control() && c != '\n'), "{told:?}");
}

/// What an operator wrote stays, whatever is added to it and taken out of it.
fn edits(text: &str, before: &Config) {
    let added = parse(SITE).ok().and_then(|mut config| config.sites.pop());
    let Some(added) = added.filter(|site| before.site(&site.name).is_none()) else { return };
    let Ok(mut edit) = Edit::of(&before.dir, text) else { return };
    assert!(edit.add(&added).is_ok(), "the name is new");
    let with = parse(&edit.text());
    let expected: Vec<&SiteConfig> = before.sites.iter().chain([&added]).collect();
    assert!(with.as_ref().is_ok_and(|with| with.sites.iter().eq(expected)), "{with:?}\n{}", edit.text());
    assert!(edit.remove(&added.name).is_ok(), "it was added");
    let again = parse(&edit.text());
    assert!(again.as_ref().is_ok_and(|again| keyless(again) == keyless(before)), "{again:?}\n{}", edit.text());
}

/// A configuration without the lines of its keys, which move.
fn keyless(config: &Config) -> Config {
    let mut config = config.clone();
    config.keys.iter_mut().for_each(|key| (key.line, key.column) = (0, 0));
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    #[test]
    fn the_example_is_read_and_changed() {
        file(EXAMPLE);
        file("");
    }

    const ALIASES: &str = include_str!("../../fuzz/seeds/import/aliases.yml");
    const CSV: &str = include_str!("../../fuzz/seeds/import/sites.csv");

    proptest! {
        #[test]
        fn any_damage_to_a_source_of_sites_is_survived(
            whole in select(vec![ALIASES, CSV]),
            damage in prop::collection::vec((any::<Index>(), select(vec![
                "", "\n", "\"", "'", "[", "]", "{", "}", ":", "#", ".", ",", "@", "&a ", "*a", "? ", "|", ">", "-", "  ", "\t",
                "\u{1b}[2J", "é", "<<: ", "%", "!!", "\r", "---\n", "ssh: ",
            ]), 0..3_usize), 0..6),
        ) {
            let mut text: Vec<char> = whole.chars().collect();
            for (place, put, gone) in damage {
                let from = place.index(text.len());
                let to = (from + gone).min(text.len());
                text.splice(from..to, put.chars());
            }
            source(text.into_iter().collect::<String>().as_bytes());
        }

        #[test]
        fn any_damage_to_the_example_is_survived(
            damage in prop::collection::vec((any::<Index>(), select(vec![
                "", "\n", "\"", "'", "[", "]", "{", "}", "=", "#", ".", ",", "\u{1b}[2J", "\u{0}", "é", "-1", "inf",
                "2026-11-23", "[[site]]\n", "[poll]\n", "site = []\n", "\"\"\"", "9999999999999999999", "\r",
            ]), 0..3_usize), 0..6),
        ) {
            let mut text: Vec<char> = EXAMPLE.chars().collect();
            for (place, put, gone) in damage {
                let from = place.index(text.len());
                let to = (from + gone).min(text.len());
                text.splice(from..to, put.chars());
            }
            file(&text.into_iter().collect::<String>());
        }

        #[test]
        fn anything_at_all_is_survived(text in "(?s).{0,400}") {
            file(&text);
        }

        #[test]
        fn any_tokens_are_survived(tokens in prop::collection::vec(select(vec![
            "[[site]]", "[[org]]", "[poll]", "[keys]", "[fleet]", "[console]", "name", "=", "\"a\"", "'b'", "\n", ".",
            "site", "org", "[", "]", "{", "}", ",", "reach", "\"rest\"", "1", "true", "#", "\u{1b}", "url", "keys",
        ]), 0..40)) {
            file(&tokens.concat());
        }
    }
}
