//! `FUSEBOX_TABLE_KEY`: scalars of `[fleet]`, `[console]` and `[poll]` that the environment says, for containers. They are read as
//! lines of the file would be, and an error names the variable.

use super::document::Document;
use super::error::{ConfigError, Faults, line_and_column};
use super::keys;
use crate::model::{Clean, nearest};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What all these variables begin with.
const PREFIX: &str = "FUSEBOX_";

/// The tables whose scalars the environment may say.
const TABLES: &[(&str, &[&str])] = &[("fleet", keys::FLEET), ("console", keys::CONSOLE), ("poll", keys::POLL)];

/// What the environment says of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// By the variable's name. An empty one says nothing, as where a container's template was left blank.
    said: BTreeMap<String, String>,
}

impl Environment {
    /// Takes those of these variables that are about the configuration. What they say is checked when it is read.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let about =
            |(name, value): &(String, String)| table_of(name).is_some() && !value.is_empty() && !of_kubernetes(name);
        Self { said: variables.into_iter().filter(about).collect() }
    }

    /// All of it as one text: another text, and what the configuration says may be another.
    pub fn fingerprint(&self) -> String {
        self.said.iter().map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>().join(" ")
    }

    /// The lines that a file would say it by, and each line's variable.
    fn lines(&self) -> Result<(String, Vec<&str>), ConfigError> {
        let (mut text, mut names) = (String::new(), Vec::new());
        for (table, keys) in TABLES {
            let mut head = false;
            for (name, value) in &self.said {
                let Some((of, key)) = table_of(name).filter(|(of, _)| of == table) else { continue };
                if !keys.contains(&key.as_str()) {
                    return Err(unknown(name, of, keys));
                }
                if !head {
                    let _ = writeln!(text, "[{table}]");
                    names.push("");
                    head = true;
                }
                let _ = writeln!(text, "{key} = {}", literal(of, &key, value));
                names.push(name);
            }
        }
        Ok((text, names))
    }

    /// Reads it as a document; `check` finds what is wrong with a value.
    pub(super) fn document(&self, check: impl FnOnce(&Document, &mut Faults)) -> Result<Document, ConfigError> {
        let (text, names) = self.lines()?;
        let mut faults = Faults::default();
        let document = Document::parse(&text, &mut faults);
        check(&document, &mut faults);
        let Some(fault) = faults.in_order().into_iter().next() else { return Ok(document) };
        let (line, _) = line_and_column(&text, fault.span.start);
        let name = names.get(line - 1).copied().unwrap_or_default().to_owned();
        Err(ConfigError::Variable { name, what: fault.what, advice: fault.advice })
    }
}

/// The table and the key that a variable is about.
fn table_of(name: &str) -> Option<(&'static str, String)> {
    let rest = name.strip_prefix(PREFIX)?;
    TABLES.iter().find_map(|(table, _)| {
        let key = rest.strip_prefix(&table.to_ascii_uppercase())?.strip_prefix('_')?;
        Some((*table, key.to_ascii_lowercase()))
    })
}

/// Kubernetes tells the containers of a pod the services of its namespace by such names: of a service called `fusebox-poll`,
/// `FUSEBOX_POLL_SERVICE_HOST`. No key of ours ends so.
fn of_kubernetes(name: &str) -> bool {
    name.contains("_SERVICE_") || name.ends_with("_PORT") || name.contains("_PORT_")
}

/// The value as the file would write it. What is no number or no truth stays a text, and is refused where it is read.
fn literal(table: &str, key: &str, value: &str) -> String {
    let plain = match (table, key) {
        ("poll", "at_once" | "api_share") => value.parse::<u64>().ok().map(|number| number.to_string()),
        ("console", "canvas") => value.parse::<bool>().ok().map(|truth| truth.to_string()),
        _ => None,
    };
    plain.unwrap_or_else(|| toml_edit::Value::from(value).to_string())
}

fn unknown(name: &str, table: &str, keys: &[&str]) -> ConfigError {
    let names: Vec<String> = keys.iter().map(|key| format!("{PREFIX}{table}_{key}").to_ascii_uppercase()).collect();
    let advice = match nearest(name, names.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("of [{table}] there are {}", names.join(", ")),
    };
    let what = "the configuration has no such key".to_owned();
    ConfigError::Variable { name: Clean::new(name).to_string(), what, advice: Some(advice) }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Mode};
    use super::*;
    use chrono::TimeDelta;
    use std::path::Path;
    use std::time::Duration;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::of(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let path = Path::new("/etc/fusebox/config.toml");
        Config::parse_with(Path::new("/etc/fusebox"), path, text, &environment(variables))
    }

    #[test]
    fn every_scalar_of_the_three_tables_can_be_said() {
        let said = [
            ("FUSEBOX_FLEET_NAME", "night \"shift\""),
            ("FUSEBOX_FLEET_MODE", "read-write"),
            ("FUSEBOX_FLEET_RELAY", "https://relay.example/oauth/"),
            ("FUSEBOX_CONSOLE_THEME", "light"),
            ("FUSEBOX_CONSOLE_CANVAS", "false"),
            ("FUSEBOX_CONSOLE_AMBIGUOUS_WIDTH", "wide"),
            ("FUSEBOX_POLL_ORG_INTERVAL", "2min"),
            ("FUSEBOX_POLL_SITE_INTERVAL", "2h"),
            ("FUSEBOX_POLL_PROOF_INTERVAL", "3h"),
            ("FUSEBOX_POLL_EVIDENCE_INTERVAL", "20min"),
            ("FUSEBOX_POLL_AT_ONCE", "4"),
            ("FUSEBOX_POLL_TIMEOUT", "7s"),
            ("FUSEBOX_POLL_PROOF_MAX_AGE", "5h"),
            ("FUSEBOX_POLL_API_SHARE", "6"),
            ("FUSEBOX_POLL_KEEP", "8days"),
        ];
        // Each key stands in the list, or in the second environment.
        let keys: usize = TABLES.iter().map(|(_, keys)| keys.len()).sum();
        assert_eq!(said.len() + 1, keys);
        let config = parse("[poll]\nat_once = 99\n", &said).expect("a configuration");
        assert_eq!((config.fleet.name.as_str(), config.fleet.mode), ("night \"shift\"", Some(Mode::ReadWrite)));
        assert_eq!(config.fleet.relay.as_str(), "https://relay.example/oauth/");
        let look = serde_json::to_value(config.console).expect("JSON");
        assert_eq!(look, serde_json::json!({"theme": "light", "canvas": false, "ambiguous_width": "wide"}));
        let poll = config.poll;
        assert_eq!((poll.org_interval, poll.proof_interval), (Duration::from_secs(120), Duration::from_secs(10_800)));
        assert_eq!(poll.evidence_interval, Duration::from_secs(1200));
        assert_eq!((poll.at_once, poll.api_share, poll.timeout), (4, 6, Duration::from_secs(7)));
        assert_eq!((poll.proof_max_age, poll.keep), (TimeDelta::hours(5), TimeDelta::days(8)));
        assert_eq!(poll.old_after, TimeDelta::hours(6), "it follows the interval that is in force");
        let config = parse("", &[("FUSEBOX_POLL_OLD_AFTER", "9h")]).expect("a configuration");
        assert_eq!(config.poll.old_after, TimeDelta::hours(9));
    }

    #[test]
    fn the_mode_only_narrows_what_the_file_says() {
        let mode = |file: &str, said: &str| {
            let text = if file.is_empty() { String::new() } else { format!("[fleet]\nmode = \"{file}\"\n") };
            parse(&text, &[("FUSEBOX_FLEET_MODE", said)]).expect("a configuration").fleet.mode
        };
        assert_eq!(mode("read-only", "read-write"), Some(Mode::ReadOnly));
        assert_eq!(mode("read-write", "read-only"), Some(Mode::ReadOnly));
        assert_eq!(mode("read-write", "read-write"), Some(Mode::ReadWrite));
        assert_eq!(mode("", "read-write"), Some(Mode::ReadWrite));
        assert_eq!(mode("", "read-only"), Some(Mode::ReadOnly));
        assert_eq!(mode("read-write", ""), Some(Mode::ReadWrite), "an empty variable says nothing");
        assert_eq!(mode("", ""), None);
    }

    #[test]
    fn an_error_names_the_variable_and_a_fault_of_the_file_its_line() {
        for (name, value, words) in [
            ("FUSEBOX_POLL_TIMEOUT", "soon", "no span of time"),
            ("FUSEBOX_POLL_SITE_INTERVAL", "1ms", "too short"),
            ("FUSEBOX_POLL_AT_ONCE", "0", "out of range"),
            ("FUSEBOX_POLL_AT_ONCE", "many", "string"),
            ("FUSEBOX_CONSOLE_CANVAS", "perhaps", "string"),
            ("FUSEBOX_CONSOLE_THEME", "solarized", "solarized"),
            ("FUSEBOX_FLEET_MODE", "Read-Only", "unknown variant"),
            ("FUSEBOX_FLEET_NAME", "a\tb", "printable"),
            ("FUSEBOX_FLEET_NAME", "x\"\n[[site]]", "printable"),
        ] {
            let error = parse("", &[("FUSEBOX_POLL_ORG_INTERVAL", "60s"), (name, value)]).expect_err(name);
            let told = error.to_string();
            assert!(told.starts_with(&format!("{name}: ")) && told.contains(words), "{told}");
            assert!(!told.contains('\n') && !told.contains('\t'), "{told}");
        }
        let error = parse("[poll]\ntimeout = \"soon\"\n", &[("FUSEBOX_POLL_TIMEOUT", "7s")]).expect_err("a fault");
        assert!(error.to_string().contains("config.toml:2:11: "), "{error}");
    }

    #[test]
    fn a_name_that_says_nothing_is_told_and_others_are_left_alone() {
        let error = parse("", &[("FUSEBOX_POLL_SITE_INTERVALL", "5min")]).expect_err("no such key");
        assert!(error.to_string().starts_with("FUSEBOX_POLL_SITE_INTERVALL: "), "{error}");
        assert_eq!(error.advice().as_deref(), Some("did you mean FUSEBOX_POLL_SITE_INTERVAL?"));
        let others = [
            ("FUSEBOX_STATE_DIR", "/var/lib/fusebox"),
            ("FUSEBOX_POLLUTED", "x"),
            ("FUSEBOX_POLL_SERVICE_HOST", "10.0.0.1"),
            ("FUSEBOX_POLL_PORT_443_TCP_ADDR", "10.0.0.1"),
            ("HOME", "/root"),
        ];
        assert_eq!(environment(&others), Environment::default());
    }

    #[test]
    fn another_environment_has_another_fingerprint() {
        let one = environment(&[("FUSEBOX_POLL_TIMEOUT", "7s")]);
        assert_ne!(one.fingerprint(), environment(&[("FUSEBOX_POLL_TIMEOUT", "8s")]).fingerprint());
        assert_ne!(one.fingerprint(), Environment::default().fingerprint());
    }
}
