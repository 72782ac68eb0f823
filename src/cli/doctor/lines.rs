//! The doctor's lines for people: the status first, then who, what and the words, broken at blanks so that nothing is cut;
//! what to do stands below, indented.

use super::super::style::Style;
use super::super::wrap::wrap;
use crate::diagnosis::checkup::{Check, Group, Status};
use std::collections::BTreeMap;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Cells of a pipe's line: what every reader has.
const COLUMNS: usize = 80;
/// The longest name that still gets its own column.
const LONGEST_NAME: usize = 30;
/// Cells that the words keep, however long the names are.
const LEAST: usize = 24;

/// All lines, or, without `all`, those of orgs and sites that are not well, and how many are.
pub(super) fn text(checks: &[Check], all: bool, style: Style) -> String {
    let width = style.columns().unwrap_or(COLUMNS).max(40);
    let mut text = String::new();
    for (group, title) in [
        (Group::Machine, "this machine"),
        (Group::Org, "orgs (a look at each costs it one API call)"),
        (Group::Site, "sites"),
    ] {
        let of_group: Vec<&Check> = checks.iter().filter(|check| check.group == group).collect();
        if of_group.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(title);
        text.push('\n');
        let everything = all || group == Group::Machine;
        let shown: Vec<&Check> = of_group.iter().copied().filter(|check| everything || !is_quiet(check)).collect();
        lines(&shown, group, width, style, &mut text);
        if !everything {
            summary(&of_group, style, &mut text);
        }
    }
    text
}

/// Whether a line asks nothing of anybody: it is well, or something that another line tells was not asked.
fn is_quiet(check: &Check) -> bool {
    match check.status {
        Status::Ok => true,
        Status::Skip => check.check != "look",
        Status::Warn | Status::Fail => false,
    }
}

/// How many subjects ask nothing of anybody.
fn summary(checks: &[&Check], style: Style, text: &mut String) {
    let mut quiet: BTreeMap<&str, bool> = BTreeMap::new();
    for check in checks {
        *quiet.entry(&check.subject).or_insert(true) &= is_quiet(check);
    }
    let (subjects, well) = (quiet.len(), quiet.values().filter(|quiet| **quiet).count());
    let lines = checks.iter().filter(|check| check.status == Status::Ok).count();
    if lines > 0 {
        let words = format!("{lines} more things are well; {well} of {subjects} in all (--all shows them)");
        let _ = writeln!(text, "  {}  {words}", style.status(Status::Ok, "ok  "));
    }
}

fn lines(checks: &[&Check], group: Group, width: usize, style: Style, text: &mut String) {
    let subjects = checks.iter().map(|check| check.subject.width()).max().unwrap_or(0).min(LONGEST_NAME);
    let names = checks.iter().map(|check| check.check.width()).max().unwrap_or(0);
    // The machine is one subject, which the title names.
    let subjects = if group == Group::Machine { 0 } else { subjects + 2 };
    let indent = 2 + 4 + 2 + subjects + names + 2;
    // Names that leave no room for words stand on a line of their own.
    let apart = width < indent + LEAST;
    let indent = if apart { 8 } else { indent };
    for check in checks {
        let mut line = format!("  {}  ", style.status(check.status, &format!("{:<4}", check.status.to_string())));
        let mut used = 8;
        if subjects > 0 {
            line.push_str(&check.subject);
            line.push_str("  ");
            used += check.subject.width() + 2;
            if used < 8 + subjects {
                line.push_str(&" ".repeat(8 + subjects - used));
                used = 8 + subjects;
            }
        }
        line.push_str(check.check);
        used += check.check.width();
        if apart || used + 2 > indent {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(indent);
        } else {
            line.push_str(&" ".repeat(indent - used));
        }
        let room = width.saturating_sub(indent);
        let mut first = true;
        for words in wrap(&check.text, room) {
            if !first {
                line = " ".repeat(indent);
            }
            first = false;
            text.push_str(&line);
            text.push_str(&words);
            text.push('\n');
        }
        let arrow = "-> ";
        for (number, words) in
            check.advice.iter().flat_map(|advice| wrap(advice, room - arrow.len()).into_iter().enumerate())
        {
            let lead = if number == 0 { arrow } else { "   " };
            text.push_str(&" ".repeat(indent));
            text.push_str(lead);
            text.push_str(&words);
            text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(subject: &str, name: &'static str, status: Status, text: &str) -> Check {
        let advice =
            (status == Status::Fail).then(|| "do this and that until it is well again, and then look".to_owned());
        Check { group: Group::Site, subject: subject.to_owned(), check: name, status, text: text.to_owned(), advice }
    }

    #[test]
    fn eighty_columns_hold_every_word() {
        let words =
            "the words of whoever refused, which may be as long as they like, and still all of them are told here";
        let long = "a-very-long-name.of-a-site.example.org/and-a-folder";
        let checks = [check("shop", "transport", Status::Fail, words), check(long, "PHP", Status::Warn, words)];
        let told = text(&checks, true, Style::plain());
        assert!(told.lines().all(|line| line.width() <= 80), "{told}");
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(flat.matches(words).count(), 2, "{told}");
        assert!(flat.contains("-> do this and that until it is well again, and then look"), "{told}");
        assert!(flat.contains(long));
    }

    #[test]
    fn what_is_well_is_summed_up() {
        let checks = [
            check("a", "PHP", Status::Ok, "8.2"),
            check("b", "PHP", Status::Warn, "5.6"),
            check("b", "log", Status::Ok, "logs"),
        ];
        let told = text(&checks, false, Style::plain());
        assert!(told.contains("2 more things are well; 1 of 2 in all") && !told.contains("8.2"), "{told}");
        assert!(text(&checks, true, Style::plain()).contains("8.2"));
        let skipped =
            [check("a", "rotation", Status::Skip, "see there"), check("b", "look", Status::Skip, "not asked")];
        let told = text(&skipped, false, Style::plain());
        assert!(told.contains("not asked") && !told.contains("see there"), "{told}");
    }
}
