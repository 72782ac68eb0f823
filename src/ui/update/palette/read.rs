//! From a line to what it means, or to what is wrong with it and what was probably meant.

use crate::model::dry_run::SettingKind;
use crate::model::{Clean, Query, ReadOnly, SiteName, nearest};
use crate::ui::action::{Action, Argument, Context, Copied, Entry, Facts, TABLE};
use crate::ui::state::palette::{self, Item, Wrong};
use crate::ui::state::{Order, State};

/// Names that a sentence lists at most.
const LISTED: usize = 3;

/// What a line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// An action, as its key does it.
    Do(Action),
    /// Open this site.
    Open(SiteName),
    /// Show this site's fields.
    Fields(SiteName),
    /// Look at this site.
    Look(SiteName),
    /// Let this site show its approval.
    Identify(SiteName),
    /// Let this site refresh before it idles out.
    KeepWarm(SiteName),
    /// Have a person sign in for a site.
    Reauthorize(SiteName),
    /// Have a site read its topics and fields again.
    RefreshFields(SiteName),
    /// Choose a setting of a site anew.
    Choose(SiteName, SettingKind),
    /// End the approval of this name.
    Revoke(Clean),
    /// Let this site prove itself.
    Prove(SiteName),
    /// Show the sites that answer this.
    Narrow(String),
    /// Sort by it.
    Sort(Order),
    /// Copy it.
    Copy(Copied),
}

/// Reads a line that is not empty.
pub(super) fn read(state: &State, line: &str) -> Result<Meant, Wrong> {
    let (word, argument) = palette::parts(line);
    let argument = argument.unwrap_or_default();
    let entry = command(state.place(), word)?;
    let facts = match entry.argument {
        // Whoever names a site does not need it to be shown.
        Argument::Site if !argument.is_empty() => Facts {
            shown: state.picture.rows.len(),
            read_only: state.permits.fleet.as_ref().map(ReadOnly::reason),
            ..state.facts()
        },
        // Whoever names an approval does not need it to be in question.
        Argument::Approval if !argument.is_empty() => {
            Facts { approval: true, read_only: state.permits.fleet.as_ref().map(ReadOnly::reason), ..state.facts() }
        }
        _ => state.facts(),
    };
    entry.enabled(facts).map_err(|reason| wrong(format!("{} is not possible now: {reason}", entry.id), ""))?;
    match (entry.argument, entry.action) {
        _ if argument.is_empty() => Ok(Meant::Do(entry.action)),
        (Argument::Site, Action::Open) => site(state, argument).map(Meant::Open),
        (Argument::Site, Action::Fields) => site(state, argument).map(Meant::Fields),
        (Argument::Site, Action::Look) => site(state, argument).map(Meant::Look),
        (Argument::Site, Action::Prove) => site(state, argument).map(Meant::Prove),
        (
            Argument::Site,
            Action::Identify
            | Action::KeepWarm
            | Action::Reauthorize
            | Action::RefreshFields
            | Action::ObjectType
            | Action::SegmentType,
        ) => {
            let name = site(state, argument)?;
            let org = state.row(&name).and_then(|row| row.org.as_ref());
            match state.permits.refusal(Some(&name), org) {
                Some(by) => Err(wrong(format!("{name} is left alone: {by}"), by.advice())),
                None if entry.action == Action::RefreshFields => Ok(Meant::RefreshFields(name)),
                None if entry.action == Action::ObjectType => Ok(Meant::Choose(name, SettingKind::ObjectType)),
                None if entry.action == Action::SegmentType => Ok(Meant::Choose(name, SettingKind::SegmentType)),
                None if entry.action == Action::Reauthorize => Ok(Meant::Reauthorize(name)),
                None if entry.action == Action::KeepWarm => Ok(Meant::KeepWarm(name)),
                None => Ok(Meant::Identify(name)),
            }
        }
        (Argument::Approval, _) => Ok(Meant::Revoke(Clean::new(argument))),
        (Argument::Query, _) => match Query::parse(argument) {
            Ok(_) => Ok(Meant::Narrow(argument.to_owned())),
            Err(mistake) => Err(wrong(mistake.to_string(), mistake.advice)),
        },
        (Argument::Order | Argument::What, _) => choice(entry, argument),
        _ => Err(wrong(format!("{} takes nothing after its name", entry.id), "")),
    }
}

fn wrong(what: impl AsRef<str>, advice: impl AsRef<str>) -> Wrong {
    Wrong { what: Clean::new(what).to_string(), advice: Clean::new(advice).to_string() }
}

fn meant<T: AsRef<str>>(word: &str, names: impl IntoIterator<Item = T>) -> Option<String> {
    nearest(&word.to_lowercase(), names).map(|name| format!("did you mean {}?", name.as_ref()))
}

fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let some: Vec<&str> = names.iter().take(LISTED).map(AsRef::as_ref).collect();
    format!("{}{}", some.join(", "), if names.len() > LISTED { " .." } else { "" })
}

fn command(place: Context, word: &str) -> Result<&'static Entry, Wrong> {
    let begin = match palette::named(place, word) {
        Ok(entry) => return Ok(entry),
        Err(begin) => begin,
    };
    if !begin.is_empty() {
        let names: Vec<&str> = begin.iter().map(|entry| entry.id).collect();
        return Err(wrong(format!("{} commands begin with {word:?}", names.len()), listed(&names)));
    }
    let what = format!("no command is named {word:?}");
    let elsewhere = |entry: &&Entry| !entry.command.is_empty() && entry.names().any(|name| name == word);
    if let Some(entry) = TABLE.iter().find(elsewhere) {
        let there = if entry.command.contains(&Context::Sites) {
            "on the list"
        } else if entry.command.contains(&Context::Site) {
            "on the page of a site"
        } else {
            "in another view"
        };
        return Err(wrong(format!("{what} here"), format!("{} is one {there}", entry.id)));
    }
    let advice = meant(word, palette::commands(place).flat_map(Entry::names));
    Err(wrong(what, advice.unwrap_or_else(|| "an empty line lists all of them".to_owned())))
}

/// The site that a text names: its whole name, else the only one that begins so, else the only one that has it in it.
fn site(state: &State, text: &str) -> Result<SiteName, Wrong> {
    let lower = text.to_lowercase();
    let names: Vec<(String, &SiteName)> =
        state.picture.rows.iter().map(|row| (row.name.as_str().to_lowercase(), &row.name)).collect();
    let of = |holds: fn(&str, &str) -> bool| -> Vec<&SiteName> {
        names.iter().filter(|(name, _)| holds(name, &lower)).map(|(_, site)| *site).collect()
    };
    let found = [
        (of(|name, text| name == text), format!("are named {text:?}")),
        (of(|name, text| name.starts_with(text)), format!("begin with {text:?}")),
        (of(|name, text| name.contains(text)), format!("have {text:?} in their name")),
    ];
    if let Some((some, how)) = found.into_iter().find(|(some, _)| !some.is_empty()) {
        if let [one] = some.as_slice() {
            return Ok((*one).clone());
        }
        let names: Vec<&str> = some.iter().map(|site| site.as_str()).collect();
        return Err(wrong(format!("{} sites {how}", some.len()), listed(&names)));
    }
    let advice = match meant(text, names.iter().map(|(_, site)| site.as_str())) {
        Some(meant) => meant,
        None if state.picture.partial => "not every site was read yet".to_owned(),
        None => String::new(),
    };
    Err(wrong(format!("no site is named {text:?}"), advice))
}

/// The one of a few words that a text names or begins.
fn choice(entry: &Entry, text: &str) -> Result<Meant, Wrong> {
    let lower = text.to_lowercase();
    let choices: Vec<(String, Action)> =
        palette::choices(entry.argument).map(|choice| (Item::Choice(choice).text(), choice.action)).collect();
    let exact: Vec<_> = choices.iter().filter(|(name, _)| *name == lower).collect();
    let begin: Vec<_> = choices.iter().filter(|(name, _)| name.starts_with(&lower)).collect();
    match (exact.as_slice(), begin.as_slice()) {
        ([(_, action)], _) | (_, [(_, action)]) => match action {
            Action::SortBy(order) => Ok(Meant::Sort(*order)),
            Action::CopyText(what) => Ok(Meant::Copy(*what)),
            other => Ok(Meant::Do(*other)),
        },
        _ => {
            let names: Vec<&str> = choices.iter().map(|(name, _)| name.as_str()).collect();
            let advice = meant(text, &names).unwrap_or_else(|| format!("one of {}", names.join(", ")));
            Err(wrong(format!("{} knows no {text:?}", entry.id), advice))
        }
    }
}
