//! What a command is in a shell: the line that does the same as what the screen asked for. What is
//! pasted is a secret, and stands in none.

use super::{Command, OperationId};
use crate::model::{SiteName, Target};

/// What was asked for, for who reads it afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// What it is, as the table of actions names it.
    pub what: &'static str,
    /// On what, by name; empty where that is the fleet.
    pub on: Vec<String>,
    /// The operation whose end is its own.
    pub id: Option<OperationId>,
    /// The words of the command line that does the same, the program first; none where no command does.
    pub arguments: Option<Vec<String>>,
}

impl Command {
    /// What it is in a shell. None for what only reads what is known, and for a question before something is done.
    pub fn deed(&self) -> Option<Deed> {
        let deed = |what, on: Vec<String>, id, arguments: Option<Vec<String>>| Deed { what, on, id, arguments };
        match self {
            Self::Look(targets) => {
                let on: Vec<String> = targets.iter().map(target).collect();
                Some(deed("look", on.clone(), None, Some(line("doctor", &[], &on))))
            }
            Self::Prove { id, sites } => {
                let on = names(sites);
                Some(deed("prove", on.clone(), Some(*id), Some(line("prove", &[], &on))))
            }
            Self::Identify { id, site, .. } => {
                let on = vec![site.to_string()];
                Some(deed("identify", on.clone(), Some(*id), Some(line("identify", &[], &on))))
            }
            Self::KeepWarm { id, site, .. } => {
                let on = vec![site.to_string()];
                Some(deed("keep-warm", on.clone(), Some(*id), Some(line("keep-warm", &[], &on))))
            }
            Self::Revoke { id, subject } => {
                // Eight digits are for the eye: in full it is no other org's too.
                let arguments = line("revoke", &[], &[subject.approval.id.to_string()]);
                Some(deed("revoke", vec![subject.approval.id.short()], Some(*id), Some(arguments)))
            }
            Self::Authorize { id, site, org, user } => {
                let on = vec![site.to_string()];
                let options = [format!("--org={org}"), format!("--as={user}")];
                Some(deed("reauthorize", on.clone(), Some(*id), Some(line("reauthorize", &options, &on))))
            }
            Self::RefreshFields { id, sites } => {
                let on = names(sites);
                Some(deed("refresh-fields", on.clone(), Some(*id), Some(line("refresh-fields", &[], &on))))
            }
            Self::ObjectType { id, site, to } => {
                let words = [site.to_string(), to.to_string()];
                Some(deed("object-type", names([site]), Some(*id), Some(line("object-type", &[], &words))))
            }
            Self::SegmentType { id, site, to, field } => {
                let words = [site.to_string(), to.to_string()];
                let options: Vec<String> = field.iter().map(|field| format!("--picklist={field}")).collect();
                Some(deed("segment-type", names([site]), Some(*id), Some(line("segment-type", &options, &words))))
            }
            Self::Undo { id, change } => {
                let on = vec![change.clone()];
                Some(deed("undo", on.clone(), Some(*id), Some(line("undo", &[], &on))))
            }
            Self::ReadFields(site) => {
                let on = vec![site.to_string()];
                Some(deed("fields", on.clone(), None, Some(line("fields", &[], &on))))
            }
            // An address is for the authorization that is watched here, and is told nobody else.
            Self::Pasted { id, site, .. } => Some(deed("pasted", names([site]), Some(*id), None)),
            // A watch that another process began can not be stopped from a shell either: it ends with its console.
            Self::StopWatching(_) => Some(deed("watch-stop", Vec::new(), None, None)),
            // For this session alone: the configuration's `mode` is what does it for a shell.
            Self::AllowWriting(id) => Some(deed("write", Vec::new(), Some(*id), None)),
            // Of this process's own polling.
            Self::Pause(true) => Some(deed("pause", Vec::new(), None, None)),
            Self::Pause(false) => Some(deed("resume", Vec::new(), None, None)),
            Self::Preview { .. }
            | Self::Offer { .. }
            | Self::Leave(_)
            | Self::Describe(_)
            | Self::Ledger(_)
            | Self::Trail
            | Self::Plan { .. }
            | Self::Fields
            | Self::KeptFields(_) => None,
        }
    }
}

impl Deed {
    /// The line, quoted for a shell; none where no command does the same.
    pub fn shell(&self) -> Option<String> {
        self.shell_for(&[])
    }

    /// The same for a program that was started with these options, so that it is about the same fleet.
    pub fn shell_for(&self, options: &[String]) -> Option<String> {
        let (program, rest) = self.arguments.as_ref()?.split_first()?;
        let words = std::iter::once(program).chain(options).chain(rest).map(|word| quoted(word));
        Some(words.collect::<Vec<_>>().join(" "))
    }
}

fn target(target: &Target) -> String {
    match target {
        Target::Site(name) => name.to_string(),
        Target::Org(name) => name.to_string(),
    }
}

fn names<'a>(sites: impl IntoIterator<Item = &'a SiteName>) -> Vec<String> {
    sites.into_iter().map(ToString::to_string).collect()
}

/// `fusebox COMMAND OPTIONS NAMES`; a name that looks like an option stands behind `--`.
fn line(command: &str, options: &[String], names: &[String]) -> Vec<String> {
    let mut words = vec!["fusebox".to_owned(), command.to_owned()];
    words.extend(options.iter().cloned());
    if names.iter().any(|name| name.starts_with('-')) {
        words.push("--".to_owned());
    }
    words.extend(names.iter().cloned());
    words
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:=+,%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OrgName;

    #[test]
    fn a_line_is_one_that_a_shell_reads_back() {
        let shell = |command: Command| command.deed().and_then(|deed| deed.shell());
        let id = OperationId(1);
        let sites = |names: &[&str]| names.iter().map(SiteName::new).collect::<Vec<_>>();
        let prove = |names: &[&str]| shell(Command::Prove { id, sites: sites(names) });
        assert_eq!(prove(&["shop.example.org", "b"]).as_deref(), Some("fusebox prove shop.example.org b"));
        assert_eq!(prove(&["-x"]).as_deref(), Some("fusebox prove -- -x"));
        assert_eq!(prove(&["it's $HOME"]).as_deref(), Some(r"fusebox prove 'it'\''s $HOME'"));
        let look = Command::Look(vec![Target::Org(OrgName::new("acme")), Target::Site(SiteName::new("shop"))]);
        assert_eq!(shell(look).as_deref(), Some("fusebox doctor acme shop"));
        assert_eq!(shell(Command::Pause(true)), None);
        assert!(Command::Trail.deed().is_none());
    }

    #[test]
    fn a_shell_reads_back_each_word() {
        let words = ["a b", "it's", "$(id)", "*", "", "é", "\"", "\\", "a\tb"];
        let sites = words.map(SiteName::new).to_vec();
        let deed = Command::Prove { id: OperationId(1), sites }.deed().expect("a deed");
        let line = deed.shell().expect("a line").replacen("fusebox", "printf '%s\\n'", 1);
        let told = std::process::Command::new("sh").args(["-c", &line]).output().expect("a shell");
        let read: Vec<&str> = std::str::from_utf8(&told.stdout).expect("text").lines().collect();
        let expected = deed.arguments.expect("words");
        assert_eq!(read, expected[1..].iter().map(String::as_str).collect::<Vec<_>>());
    }
}
