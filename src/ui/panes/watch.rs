//! The page of an authorization: what a person with a browser has to do, what fusebox sees of it meanwhile, and how it ended.

use crate::model::authorization::Errors;
use crate::model::{ApprovalId, Course, Ending, Watching, age};
use crate::ui::glyphs::Glyph;
use crate::ui::links::Link;
use crate::ui::page::{Page, Zoom};
use crate::ui::panes::detail::spread;
use crate::ui::panes::slots;
use crate::ui::panes::user::abridged;
use crate::ui::state::{Code, State};
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::{line_width, steady, wrap};
use crate::ui::widgets::qr::Qr;
use crate::ui::widgets::{Pen, meter};
use chrono::{DateTime, TimeDelta, Utc};
use ratatui::layout::{Rect, Size};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Where what is told of a step begins.
const LABEL: u16 = 16;
/// Cells of the meter.
const METER: usize = 56;
/// Rows of a link at most: a longer one is copied.
const LINK: usize = 5;
/// Rows of a sentence at most.
const SENTENCE: usize = 4;
/// Cells between the text and a code beside it.
const APART: u16 = 3;
/// Cells that the whole text needs beside a code.
const WHOLE: u16 = 60;
/// Cells that the few words that a code needs take.
const FEW: u16 = 20;

/// How far one step is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Done,
    Now,
    Waits,
    Broken,
}

/// How much stands beside a code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// Everything.
    Whole,
    /// What one needs who scans it.
    Few,
    /// Nothing: it takes the page.
    Nothing,
}

struct Teller<'a> {
    state: &'a State,
    watching: &'a Watching,
    cells: u16,
    now: DateTime<Utc>,
    lines: Vec<Line<'static>>,
    /// What to enlarge the terminal to, so that the code that was asked for fits.
    too_small: Option<Size>,
}

/// The code that is to be shown, if one is.
fn code(state: &State, watching: &Watching) -> Option<Qr> {
    let page = state.watch_page()?;
    let link = watching.standing.link.as_deref().filter(|_| watching.standing.ending.is_none())?;
    if page.code == Code::Hidden || state.glyphs.is_ascii() {
        return None;
    }
    Qr::of(&Link::sign_in(link)?.url)
}

fn beside(code: Size, area: Rect) -> Option<Beside> {
    let left = area.width.checked_sub(code.width)?;
    (code.height <= area.height).then_some(match left.saturating_sub(APART) {
        WHOLE.. => Beside::Whole,
        FEW.. => Beside::Few,
        _ => Beside::Nothing,
    })
}

/// The smallest terminal, no narrower than this one need be, on which a code of `size` fits.
fn needed(state: &State, size: Size) -> Size {
    let width = state.size.width.max(size.width.saturating_add(4));
    let fits = |height: &u16| Page::of(Size::new(width, *height), Zoom::None).body.height >= size.height;
    let height = (size.height..u16::MAX).find(fits).unwrap_or(u16::MAX);
    Size::new(width, height)
}

/// Draws the page.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let Some(watching) = state.watch() else { return };
    let mut area = inner(page.body);
    let mut teller = Teller { state, watching, cells: area.width, now, lines: Vec::new(), too_small: None };
    let code = code(state, watching);
    let place = code.as_ref().and_then(|code| beside(code.size(), area));
    match (code, place) {
        (Some(code), Some(_)) => {
            let swapped = state.watch_page().is_some_and(|page| page.code == Code::Swapped);
            let x = area.right().saturating_sub(code.size().width);
            code.draw(pen, state.theme, (x, area.y), swapped);
            area.width = x.saturating_sub(APART + area.x);
            teller.cells = area.width;
        }
        (Some(code), None) => teller.too_small = Some(needed(state, code.size())),
        (None, _) => {}
    }
    match (&watching.standing.ending, place) {
        (Some(ending), _) => teller.ended(ending),
        (None, None | Some(Beside::Whole)) => teller.waiting(),
        (None, Some(Beside::Few)) => teller.scanned(),
        (None, Some(Beside::Nothing)) => return,
    }
    for (y, line) in (area.y..area.bottom()).zip(&teller.lines) {
        pen.line(area.x, y, area.width, line);
    }
    let more = teller.lines.len().saturating_sub(usize::from(area.height));
    if more > 0 {
        let row = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
        let words = format!("{} {more} more lines: enlarge the terminal", state.glyphs.get(Glyph::Free));
        let blank = " ".repeat(usize::from(row.width));
        pen.text(row.x, row.y, row.width, &blank, state.theme.page());
        pen.text(row.x, row.y, row.width, &words, state.theme.text(Meaning::Faint));
    }
}

/// Whether seconds are counted on the page that is shown.
pub fn counts_seconds(state: &State) -> bool {
    state.watch().is_some_and(|watching| watching.standing.ending.is_none())
}

impl Teller<'_> {
    fn span(&self, text: impl Into<String>, meaning: Meaning) -> Span<'static> {
        let style = self.state.theme.text(meaning);
        let bold = matches!(meaning, Meaning::Strong | Meaning::Bad | Meaning::Warn | Meaning::Done);
        Span::styled(text.into(), if bold { style.add_modifier(Modifier::BOLD) } else { style })
    }

    fn line(&mut self, text: &str, meaning: Meaning) {
        self.indented(0, text, meaning);
    }

    fn indented(&mut self, indent: u16, text: &str, meaning: Meaning) {
        let lead = " ".repeat(usize::from(indent));
        for part in wrap(text, self.cells.saturating_sub(indent).max(8), SENTENCE, self.state.glyphs) {
            let line = Line::from(vec![Span::raw(lead.clone()), self.span(part, meaning)]);
            self.lines.push(line);
        }
    }

    fn gap(&mut self) {
        if self.cells >= 100 || self.lines.len() < 18 {
            self.lines.push(Line::default());
        }
    }

    /// `● slots         3 of 4 used`
    fn step(&mut self, mark: Mark, label: &str, told: &str) {
        let glyphs = self.state.glyphs;
        let (sign, meaning, text) = match mark {
            Mark::Done => (Glyph::Ok, Meaning::Done, Meaning::Text),
            Mark::Now => (Glyph::Arrives, Meaning::Accent, Meaning::Strong),
            Mark::Waits => (Glyph::Old, Meaning::Faint, Meaning::Muted),
            Mark::Broken => (Glyph::Fail, Meaning::Bad, Meaning::Strong),
        };
        let room = self.cells.saturating_sub(LABEL).max(8);
        for (i, part) in wrap(told, room, SENTENCE, glyphs).into_iter().enumerate() {
            let lead = if i == 0 { format!("{:<14}", steady(label)) } else { " ".repeat(14) };
            let sign = if i == 0 { glyphs.get(sign) } else { " " };
            let line = Line::from(vec![
                self.span(format!("{sign} "), meaning),
                self.span(lead, Meaning::Faint),
                self.span(part, text),
            ]);
            self.lines.push(line);
        }
    }

    fn used(&self) -> String {
        let used = self.watching.used.map_or_else(|| "?".to_owned(), |used| used.to_string());
        format!("{used} of {} used before", self.watching.limit)
    }

    fn who(&self) -> String {
        let of = &self.watching.authorization;
        let (kind, host) = match self.watching.sandbox {
            Some(true) => ("SANDBOX", "test.salesforce.com"),
            Some(false) => ("PRODUCTION", "login.salesforce.com"),
            None => ("org", ""),
        };
        format!("{}   {} {}   {kind}  {host}", of.user_name, of.org, abridged(of.org_id.as_str()))
    }

    fn waiting(&mut self) {
        let of = &self.watching.authorization;
        let standing = &self.watching.standing;
        self.line("A person signs in with a browser", Meaning::Strong);
        self.line("Any machine will do. fusebox only watches.", Meaning::Muted);
        self.gap();
        self.step(Mark::Done, "slots", &self.used());
        let signed = !matches!(standing.course, Course::Waiting);
        let mark = if signed { Mark::Done } else { Mark::Now };
        self.step(mark, "sign in", "open the link as an administrator of the site");
        self.gap();
        match &standing.link {
            Some(link) => self.link(link),
            None => self.indented(4, "the site is asked for its link", Meaning::Muted),
        }
        if let Some(Size { width, height }) = self.too_small {
            let told =
                format!("The QR code needs a terminal of {width}x{height}: enlarge it, or copy the link with y.");
            self.indented(4, &told, Meaning::Warn);
        }
        if let Some(note) = &standing.link_note {
            self.indented(4, note.as_str(), Meaning::Warn);
        }
        self.gap();
        self.indented(4, "There: sign in to Salesforce as", Meaning::Text);
        self.indented(4, &self.who(), Meaning::Strong);
        self.gap();
        let looks = if standing.looks == 1 { "once".to_owned() } else { format!("{} times", standing.looks) };
        let seen = match &standing.course {
            Course::Approved { approval } => {
                (Mark::Now, format!("{} was made, and the site does not hold it yet", approval.short()))
            }
            Course::Connected { approval: Some(approval), .. } => (Mark::Done, approval.short()),
            Course::Connected { approval: None, .. } => {
                (Mark::Now, "the site has a new token, its approval is looked for".to_owned())
            }
            _ => (Mark::Waits, format!("looked {looks}, every 10s")),
        };
        self.step(seen.0, "new approval", &seen.1);
        let object = of.object_type.as_ref().map_or_else(String::new, |object| format!(", object {object}"));
        let verifies = matches!(standing.course, Course::Connected { .. });
        let mark = if verifies { Mark::Now } else { Mark::Waits };
        self.step(mark, "verify", &format!("same org, same user, API answers{object}"));
        if let Some(refused) = &standing.refused {
            self.step(Mark::Broken, "the address", &steady(refused.as_str()));
        }
        if let Some(trouble) = &standing.trouble {
            self.step(Mark::Broken, "last look", &steady(trouble.as_str()));
        }
        self.gap();
        self.line("wrong user or wrong org is told here at once", Meaning::Muted);
        self.line("no login to the site there? paste the address that the browser ends at", Meaning::Muted);
        self.gap();
        self.left();
    }

    /// How long it is watched.
    fn left(&mut self) {
        let of = &self.watching.authorization;
        let (whole, past) = (of.gives_up_at - of.began_at, (self.now - of.began_at).max(TimeDelta::zero()));
        let clock = |span: TimeDelta| format!("{}:{:02}", span.num_minutes(), span.num_seconds() % 60);
        let told =
            format!("{} of {}, then fusebox stops watching; nothing is undone", clock(past.min(whole)), clock(whole));
        self.line(&told, Meaning::Text);
        let seconds = |span: TimeDelta| usize::try_from(span.num_seconds()).unwrap_or(0);
        let cells = METER.min(usize::from(self.cells));
        let bar = meter::line(self.state.glyphs, self.state.theme, cells, seconds(past.min(whole)), seconds(whole));
        self.lines.push(bar);
    }

    /// The link, whole, over as many rows as it takes: one that is cut leads nowhere.
    fn link(&mut self, link: &str) {
        let link = steady(link);
        let room = usize::from(self.cells.saturating_sub(4).max(20));
        let signs: Vec<char> = link.chars().collect();
        let rows: Vec<String> = signs.chunks(room).map(|part| part.iter().collect()).collect();
        if rows.len() > LINK {
            self.indented(4, "too long to be read here: y copies it", Meaning::Muted);
            return;
        }
        let mut style = self.state.theme.text(Meaning::Accent).add_modifier(Modifier::UNDERLINED);
        if let Some(link) = self.state.linked() {
            style = style.underline_color(link.mark());
        }
        for row in rows {
            self.lines.push(Line::from(vec![Span::raw("    "), Span::styled(row, style)]));
        }
    }

    /// Beside a code that leaves no room for more: what to do with it, and as whom to sign in.
    fn scanned(&mut self) {
        self.line("Scan it with a phone", Meaning::Strong);
        self.line("and open the link as an administrator of the site.", Meaning::Text);
        self.gap();
        self.line("There: sign in to Salesforce as", Meaning::Text);
        self.line(&self.who(), Meaning::Strong);
        self.gap();
        self.line("It can not be read? Q swaps dark and light, and hides it.", Meaning::Muted);
        self.gap();
        self.left();
    }

    /// `e07b44d2, now 4th of 4`
    fn placed(&self, approval: ApprovalId) -> String {
        let slots = self.watching.slots.as_deref();
        let place = slots.and_then(|slots| slots.held.iter().position(|held| held.approval_id == approval));
        match (slots, place) {
            (Some(slots), Some(place)) => {
                format!("{}, now {} of {}", approval.short(), nth(place + 1), slots.limit)
            }
            _ => approval.short(),
        }
    }

    /// The slots of the user now.
    fn slots(&mut self, new: Option<ApprovalId>) {
        let Some(check) = self.watching.slots.as_deref() else { return };
        let drawn = slots::rows((self.state.theme, self.state.glyphs), check, new, self.cells, self.now);
        let Some(rows) = drawn else { return };
        self.gap();
        let login = steady(check.name.as_str().split('@').next().unwrap_or_default());
        self.line(&format!("{login}@{} now", steady(check.org.as_str())), Meaning::Strong);
        self.lines.extend(rows);
    }

    fn ended_at(&self) -> DateTime<Utc> {
        self.watching.ended_at.unwrap_or(self.now)
    }

    /// What was to be sent while the site was not connected.
    fn left_to_do(&mut self) {
        let (Some(since), Some(errors)) = (self.watching.down_since, self.watching.errors) else { return };
        let Errors { count, more } = errors;
        if count == 0 && !more {
            return;
        }
        let least = if more { "at least " } else { "" };
        let words = if count == 1 { "error" } else { "errors" };
        let day = if since.date_naive() == self.now.date_naive() { "" } else { "%Y-%m-%d " };
        let since = since.format(&format!("{day}%H:%MZ")).to_string();
        self.gap();
        self.line("Left to do", Meaning::Strong);
        self.line(&format!("{least}{count} {words} in the plugin's log since {since}"), Meaning::Text);
        self.line("WP Fusion does not send again what failed; l shows what it says of it.", Meaning::Muted);
    }

    fn ended(&mut self, ending: &Ending) {
        let of = &self.watching.authorization;
        let took = age::span(self.ended_at() - of.began_at);
        let (mark, meaning, words) = match ending {
            Ending::Verified { .. } if of.first => (Mark::Done, Meaning::Done, "connected"),
            Ending::Verified { .. } => (Mark::Done, Meaning::Done, "connected again"),
            Ending::NotVerified { .. } => (Mark::Broken, Meaning::Warn, "authorized, and not verified"),
            Ending::WrongOrg { .. } => (Mark::Broken, Meaning::Bad, "wrong org"),
            Ending::WrongUser { .. } => (Mark::Broken, Meaning::Bad, "wrong user"),
            Ending::Abandoned { .. } => (Mark::Broken, Meaning::Warn, "abandoned half way"),
            Ending::GivenUp => (Mark::Broken, Meaning::Warn, "nobody came"),
            Ending::Denied => (Mark::Broken, Meaning::Warn, "denied"),
            Ending::NotInstalled { .. } => (Mark::Broken, Meaning::Bad, "the app is not installed"),
            Ending::Blocked { .. } => (Mark::Broken, Meaning::Bad, "the app is blocked"),
            Ending::Refused { .. } => (Mark::Broken, Meaning::Bad, "refused"),
            Ending::Stopped => (Mark::Waits, Meaning::Muted, "watching was stopped"),
        };
        let sign = match mark {
            Mark::Done => Glyph::Ok,
            Mark::Waits => Glyph::Old,
            Mark::Now | Mark::Broken => Glyph::Fail,
        };
        let sign = self.state.glyphs.get(sign);
        let name = steady(of.site.as_str());
        let head = Line::from(vec![
            self.span(format!("{sign} {words}"), meaning),
            self.span(format!("    {name}"), Meaning::Strong),
            self.span(format!("    after {took}"), Meaning::Muted),
        ]);
        let down = self.watching.down_since.filter(|_| ending.is_good());
        let down = down.map(|since| format!("was down for {}", age::span(self.ended_at() - since)));
        let down = Line::from(self.span(down.unwrap_or_default(), Meaning::Muted));
        let room = line_width(&head) + 2 + line_width(&down) <= self.cells;
        self.lines.push(if room { spread(head, down, self.cells, self.state.glyphs) } else { head });
        self.gap();
        match ending {
            Ending::Verified { approval } => {
                self.step(Mark::Done, "sign in", &format!("by {}", of.user_name));
                match approval {
                    Some(approval) => self.step(Mark::Done, "new approval", &self.placed(*approval)),
                    None => self.step(Mark::Waits, "new approval", "which one it is is not known: more than one fits"),
                }
                self.step(Mark::Done, "same org", &format!("{} {}", of.org, abridged(of.org_id.as_str())));
                self.step(Mark::Done, "same user", of.user_name.as_str());
                self.step(Mark::Done, "API answers", "the site asked for itself");
                if let Some(object) = &of.object_type {
                    self.step(Mark::Done, "object", &format!("{object}, as before"));
                }
                self.slots(*approval);
                self.left_to_do();
            }
            other => self.line(&other.to_string(), Meaning::Text),
        }
        if let Some(advice) = ending.advice() {
            self.gap();
            self.line("What to do", Meaning::Strong);
            self.line(&advice.replace("SITE", of.site.as_str()), Meaning::Text);
        }
    }
}

/// `4th`
fn nth(place: usize) -> String {
    let ending = match (place % 10, place % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{place}{ending}")
}
