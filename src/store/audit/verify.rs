//! Whether the audit is as it was written: each line's code, number and place in the chain, and the end by the head beside it
//! and by heads that the operator has from the system's log.

use super::head::Head;
use super::{Audit, AuditError, Found, Last, code, syslog};
use aws_lc_rs::hmac;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// Damages that are told one by one.
const TOLD: usize = 100;

/// What is wrong, and at which line of the file, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The line; where the end is missing, the one that would be next.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// What the head beside the audit says of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum HeadSeen {
    /// It names the last line.
    Agrees,
    /// There is no line, and no head.
    Nothing,
    /// There are lines after the one that it names, by the same key: what wrote them was stopped before it named them.
    Behind,
    /// It names a line that is not there.
    Ahead,
    /// It names another line in the last one's place.
    Contradicts,
    /// There are lines, and no head.
    Missing,
    /// It was not written with this installation's key.
    Foreign,
}

/// What the whole file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Lines in the file.
    pub lines: usize,
    /// The number and the code of the last line, where there is one.
    pub last: Option<(u64, String)>,
    /// What is wrong, by line: the first hundred.
    pub damages: Vec<Damage>,
    /// How many things are wrong.
    pub damaged: usize,
    /// What should be known and is no damage.
    pub notes: Vec<String>,
    /// What the head says.
    pub head: HeadSeen,
    /// Where the system's log listens, if it does.
    pub log: Option<PathBuf>,
    /// Names this installation in the system's log.
    pub installation: String,
}

impl Verdict {
    /// Whether the file is as it was written.
    pub fn is_good(&self) -> bool {
        self.damaged == 0
    }

    fn damage(&mut self, line: usize, what: impl Into<String>) {
        self.damaged += 1;
        if self.damages.len() < TOLD {
            self.damages.push(Damage { line, what: what.into() });
        }
    }
}

/// A line's own word of its place, and whether its code is over what it says.
pub(super) struct Sealed<'a> {
    pub(super) number: u64,
    pub(super) code: &'a str,
    pub(super) good: bool,
    before: String,
    found: Vec<Found>,
}

#[derive(Deserialize)]
struct Place {
    number: u64,
    before: String,
    #[serde(default)]
    found: Vec<Found>,
}

/// Reads a line; none if it is none of an audit.
pub(super) fn sealed<'a>(key: &hmac::Key, line: &'a str) -> Option<Sealed<'a>> {
    let (open, its) = line.strip_suffix("\"}")?.rsplit_once(",\"code\":\"")?;
    let body = format!("{open}}}");
    let Place { number, before, found } = serde_json::from_str(&body).ok()?;
    Some(Sealed { number, code: its, good: code(key, &body) == its, before, found })
}

impl Audit {
    /// Reads all of it. `heads` are numbers and codes that the operator has from elsewhere: each is to be found. Waits for
    /// who is writing.
    pub fn verify(&self, heads: &[(u64, String)]) -> Result<Verdict, AuditError> {
        let failed = |source| AuditError::reading(&self.path, source);
        let (bytes, head) = self.moment().map_err(failed)?;
        let mut walk = Walk {
            key: self.hmac(),
            verdict: Verdict {
                lines: 0,
                last: None,
                damages: Vec::new(),
                damaged: 0,
                notes: Vec::new(),
                head: HeadSeen::Nothing,
                log: syslog::listens(&self.sockets).map(PathBuf::from),
                installation: self.installation(),
            },
            last: Last::none(),
            torn: Vec::new(),
            heads: heads.iter().cloned().collect(),
        };
        self.each_line(bytes, |place, line, whole| walk.line(place, line, whole)).map_err(failed)?;
        Ok(walk.end(&head))
    }

    /// How long the file is, and its head, of one moment: under a lock that nobody waits for long.
    fn moment(&self) -> io::Result<(u64, Head)> {
        let file = File::open(&self.path).ok();
        if let Some(file) = &file {
            // Where a file system has no locks, a line may be ahead of the head.
            let _ = flock(file, FlockOperation::LockShared);
        }
        let bytes = file.as_ref().map_or(Ok(0), |file| file.metadata().map(|file| file.len()))?;
        Ok((bytes, self.head_file().read(&self.hmac())?))
    }
}

/// On the way from the first line to the last.
struct Walk {
    key: hmac::Key,
    verdict: Verdict,
    /// The line before, by its own word.
    last: Last,
    /// Lines before this one that are none of the audit.
    torn: Vec<usize>,
    /// What is still to be found.
    heads: BTreeMap<u64, String>,
}

impl Walk {
    fn line(&mut self, place: usize, line: &[u8], whole: bool) {
        self.verdict.lines = place;
        let text = std::str::from_utf8(line).unwrap_or_default();
        let Some(sealed) = sealed(&self.key, text).filter(|_| whole) else {
            self.torn.push(place);
            if !whole {
                self.verdict.notes.push(format!(
                    "line {place} has no end: it is being written, or the machine went down in the middle of it"
                ));
                self.torn.pop();
            }
            return;
        };
        self.before(place, &sealed);
        if !sealed.good {
            self.verdict.damage(place, "it is not as it was written: its code is not over what it says");
        } else if sealed.number > self.last.number + 1 {
            let missing = sealed.number - self.last.number - 1;
            let (lines, are) = if missing == 1 { ("line", "is") } else { ("lines", "are") };
            self.verdict.damage(place, format!("{missing} {lines} before it {are} missing"));
        } else if sealed.number <= self.last.number || sealed.before != self.last.code {
            self.verdict.damage(place, "it does not go on from the line before it: one was put in, moved or replaced");
        }
        if let Some(code) = self.heads.remove(&sealed.number)
            && code != sealed.code
        {
            self.verdict.damage(place, format!("the log names another line of number {}", sealed.number));
        }
        self.last = Last { number: sealed.number, code: sealed.code.to_owned() };
    }

    /// What stands before a line that is one of the audit's, and what was found when it was written.
    fn before(&mut self, place: usize, sealed: &Sealed<'_>) {
        let torn = std::mem::take(&mut self.torn);
        let told = sealed.good && sealed.found.contains(&Found::Torn);
        for (i, line) in torn.iter().enumerate() {
            // Who wrote the next line found one without an end.
            if told && i + 1 == torn.len() {
                self.verdict
                    .notes
                    .push(format!("line {line} was cut off when the machine went down in the middle of it"));
            } else {
                self.verdict.damage(*line, "it is no line of the audit");
            }
        }
        if !sealed.good {
            return;
        }
        for found in &sealed.found {
            let what = match found {
                Found::Torn => continue,
                Found::CutOff => "when it was written the lines before it were not those that audit.head named",
                Found::NoHead => "when it was written audit.head was missing: lines may be missing before it",
                Found::ForeignHead => "when it was written audit.head was not ours: lines may be missing before it",
            };
            self.verdict.damage(place, what);
        }
    }

    /// Judges the end.
    fn end(mut self, head: &Head) -> Verdict {
        for line in std::mem::take(&mut self.torn) {
            self.verdict.damage(line, "it is no line of the audit");
        }
        let (last, next) = (self.last, self.verdict.lines + 1);
        self.verdict.head = match head {
            Head::Is(head) if *head == last => HeadSeen::Agrees,
            Head::Is(head) if last.number > head.number => {
                let more = last.number - head.number;
                let told = format!(
                    "audit.head does not name the last {}: what wrote there was stopped before it could",
                    if more == 1 { "line".to_owned() } else { format!("{more} lines") }
                );
                self.verdict.notes.push(told);
                HeadSeen::Behind
            }
            Head::Is(head) if last.number < head.number => {
                let cut = head.number - last.number;
                let lines = if cut == 1 { "1 line is".to_owned() } else { format!("{cut} lines are") };
                self.verdict.damage(next, format!("the end is cut off: {lines} missing, as audit.head tells"));
                HeadSeen::Ahead
            }
            Head::Is(_) => {
                self.verdict.damage(self.verdict.lines, "audit.head names another line in its place");
                HeadSeen::Contradicts
            }
            Head::Missing if self.verdict.lines == 0 => HeadSeen::Nothing,
            Head::Missing if last.number == 1 && self.verdict.lines == 1 => {
                let told = "audit.head does not name the only line: what wrote it was stopped before it could";
                self.verdict.notes.push(told.to_owned());
                HeadSeen::Behind
            }
            Head::Missing => {
                self.verdict.damage(next, "audit.head is missing, so nothing here tells whether the end is cut off");
                HeadSeen::Missing
            }
            Head::Foreign => {
                let what = "audit.head is not as it was written, so nothing here tells whether the end is cut off";
                self.verdict.damage(next, what);
                HeadSeen::Foreign
            }
        };
        for number in std::mem::take(&mut self.heads).into_keys() {
            self.verdict.damage(next, format!("line number {number}, which the log names, is missing"));
        }
        self.verdict.last = (last.number > 0).then_some((last.number, last.code));
        self.verdict
    }
}
