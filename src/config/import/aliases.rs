//! WP-CLI's aliases. Facts about its files: the alias commands of WP-CLI 2, `WP_CLI\Configurator`.

use super::source::{Entry, Group};
use super::yaml::{self, Node, Value};
use super::{Fault, Format, Source, host, plain, ssh};
use std::collections::BTreeMap;

/// What makes a mapping an alias; any other mapping is nothing to WP-CLI.
const ALIAS_KEYS: &[&str] = &["user", "url", "path", "ssh", "http", "proxyjump", "key"];

pub(super) fn read(text: &str) -> Result<Source, Fault> {
    let mut source = Source::new(Format::Aliases);
    let Some(root) = yaml::parse(text)? else { return Ok(source) };
    let settings = match root.value {
        Value::Map(settings) => settings,
        Value::Text(text) if text.is_empty() => return Ok(source),
        _ => {
            let what = "no settings of WP-CLI: names with a colon are expected";
            return Err(Fault::at(root.line, what, "write an alias as \"@name:\" with its keys below"));
        }
    };
    for (key, line, node) in settings {
        if key == "_" {
            inherited(&mut source, &node)?;
        } else if let Some(name) = key.strip_prefix('@')
            && name != "all"
        {
            alias_or_group(&mut source, &plain(name, line)?, line, node)?;
        }
    }
    Ok(source)
}

/// `_: { inherit: FILE }` takes the aliases of another file along.
fn inherited(source: &mut Source, node: &Node) -> Result<(), Fault> {
    let Value::Map(keys) = &node.value else { return Ok(()) };
    for (key, line, node) in keys {
        if let ("inherit", Value::Text(file)) = (key.as_str(), &node.value)
            && !file.is_empty()
        {
            let file = plain(file, *line)?;
            source.notes.push(format!("line {line} takes {file} along, which is not read: import it, too"));
        }
    }
    Ok(())
}

fn alias_or_group(source: &mut Source, name: &str, line: usize, node: Node) -> Result<(), Fault> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || !name.chars().all(is_name) {
        let reason = "WP-CLI takes it for no alias: letters, digits and - _ . are";
        source.leave_out(name, line, reason, "rename it");
        return Ok(());
    }
    match node.value {
        Value::Map(keys) => alias(source, name, line, keys),
        Value::List(members) => {
            let mut names = Vec::new();
            for member in members {
                if let Value::Text(member_name) = &member.value
                    && let Some(member_name) = member_name.strip_prefix('@')
                {
                    names.push(plain(member_name, member.line)?);
                }
            }
            source.groups.insert(name.to_owned(), Group { line, members: names });
            Ok(())
        }
        Value::Text(_) => {
            let reason = "neither an alias nor a group";
            source.leave_out(name, line, reason, "give it ssh or path, and url; or a list of aliases");
            Ok(())
        }
    }
}

fn alias(source: &mut Source, name: &str, line: usize, keys: Vec<(String, usize, Node)>) -> Result<(), Fault> {
    let mut texts: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for (key, _, node) in keys {
        if !ALIAS_KEYS.contains(&key.as_str()) {
            continue;
        }
        let Value::Text(text) = node.value else {
            source.leave_out(name, line, format!("{key:?} is no text"), "write it on one line");
            return Ok(());
        };
        let text = plain(&text, node.line)?;
        if !text.is_empty() {
            texts.insert(key, (text, node.line));
        }
    }
    let way = match reach(&texts) {
        Ok(way) => way,
        Err(Unreached::File(fault)) => return Err(fault),
        Err(Unreached::Site { reason, advice }) => {
            source.leave_out(name, line, reason, advice);
            if let (Some((url, _)), Some(out)) = (texts.remove("url"), source.left_out.last_mut()) {
                out.url = url;
            }
            return Ok(());
        }
    };
    let mut told = BTreeMap::from_iter(way);
    let Some((url, _)) = texts.remove("url") else {
        let reason = "no url, and a site is known by its address";
        source.leave_out(name, line, reason, format!("add the url that `wp @{name} option get home` prints"));
        return Ok(());
    };
    told.insert("url", url);
    source.push(Entry { name: name.to_owned(), line, told })
}

/// Why there is no way in.
enum Unreached {
    /// The site alone is left out.
    Site { reason: String, advice: String },
    /// The whole file is refused.
    File(Fault),
}

impl From<Fault> for Unreached {
    fn from(fault: Fault) -> Self {
        Self::File(fault)
    }
}

/// The keys of the way in.
fn reach(texts: &BTreeMap<String, (String, usize)>) -> Result<Vec<(&'static str, String)>, Unreached> {
    let why = |reason: String, advice: String| Err(Unreached::Site { reason, advice });
    let text = |key: &str| texts.get(key).map(|(text, _)| text.as_str());
    // One with a password in it is not repeated.
    let url = text("url").filter(|url| !url.contains('@')).unwrap_or("URL");
    if texts.contains_key("http") {
        let reason = "http is no way in: fusebox speaks WP-CLI, ssh and REST";
        return why(reason.to_owned(), format!("fusebox add {url} --user NAME reaches it over REST"));
    }
    let path = text("path");
    let Some((written, line)) = texts.get("ssh") else {
        return match path {
            Some(path) if path.starts_with('/') => Ok(vec![("reach", "local".to_owned()), ("path", path.to_owned())]),
            Some(path) => why(
                format!("its path {path:?} is relative: WP-CLI takes it from where its file or its user is"),
                "write it from the root".to_owned(),
            ),
            None => why("neither ssh nor path tells where it is".to_owned(), "add one of them".to_owned()),
        };
    };
    let Some(address) = ssh::parse(written) else {
        let advice = "write it as [user@]host[:port]/path, without ssh://";
        host(written, *line)?;
        return why(format!("ssh: {written:?} is no host with a path"), advice.to_owned());
    };
    if address.scheme != "ssh" {
        let scheme = address.scheme;
        let path = path.or(address.path).unwrap_or("/var/www/html");
        return why(
            format!("{scheme} is no way in: fusebox speaks WP-CLI, ssh and REST"),
            format!(
                "put `{scheme} ... wp \"$@\"` into a script of its own, and fusebox add {url} --path {path} --wp SCRIPT"
            ),
        );
    }
    let host = host(address.host, *line)?;
    for (key, option) in [("proxyjump", "ProxyJump"), ("key", "IdentityFile")] {
        if texts.contains_key(key) {
            let folder = path.or(address.path).unwrap_or("DIR");
            return why(
                format!("{key} of an alias does not reach ssh, which goes by ~/.ssh/config here"),
                format!(
                    "give {host} a line {option} in ~/.ssh/config, and fusebox add {url} --ssh {host} --path {folder}"
                ),
            );
        }
    }
    if !address.port.is_empty() && !matches!(address.port.parse::<u16>(), Ok(1..)) {
        return why(format!("{} is no port", address.port), "ports are 1 to 65535".to_owned());
    }
    // WP-CLI goes to the folder of `ssh` first; a `path` from the root wins over it.
    match (path, address.path) {
        (Some(path), _) | (None, Some(path)) if path.starts_with('/') || path.starts_with("~/") => Ok(vec![
            ("reach", "ssh".to_owned()),
            ("host", host),
            ("port", address.port.to_owned()),
            ("path", path.to_owned()),
        ]),
        (Some(path), _) | (None, Some(path)) => why(
            format!("its path {path:?} is relative: WP-CLI takes it from the folder it is in there"),
            "write it from the root, or from ~/".to_owned(),
        ),
        (None, None) => why(
            "no path: WP-CLI takes the home folder there, whatever is in it".to_owned(),
            "add the folder of WordPress to ssh, or a path".to_owned(),
        ),
    }
}
