//! The slot board under the list: which user holds how many slots, and which site leaves first.
//!
//! Three orgs side by side, each a block of one head and a row a user; those with trouble first, then by name, whatever
//! is selected.

use crate::model::{Holder, OrgBoard, Rotation, UserBoard};
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::panes::detail::policy;
use crate::ui::state::{Digest, State};
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{fit, line_width, steady, width};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Cells of a block, and between two.
const BLOCK: u16 = 36;
const APART: u16 = 2;
/// Cells that the last block can do without.
const SLACK: u16 = 3;
/// Cells of an org's or a user's name.
const NAME: u16 = 9;
/// With more slots the number alone is told.
pub(super) const DRAWN: u32 = 8;

/// Draws the board in `area`.
pub fn draw(pen: &mut Pen<'_>, state: &State, area: Rect) {
    if area.is_empty() || state.picture.boards.is_empty() {
        return;
    }
    let blocks = Blocks { digest: &state.digest, theme: state.theme, glyphs: state.glyphs };
    let boards: Vec<&OrgBoard> = state.digest.boards(&state.picture).collect();
    // The last column may be narrower: its rows seldom need all of it.
    let columns = usize::from((area.width + APART + SLACK) / (BLOCK + APART)).max(1);
    let rows = usize::from(area.height.saturating_sub(2));
    let placed = place(&boards, columns, rows);
    // While the program starts there are more than were read.
    let hidden = if state.picture.partial { 0 } else { boards.len() - placed.iter().map(Vec::len).sum::<usize>() };
    let (left, right) = blocks.head(&boards, hidden);
    pen.both(area.x, area.y, area.width, &left, &right);
    for (x, column) in (area.x..).step_by(usize::from(BLOCK + APART)).zip(&placed) {
        let cells = BLOCK.min(area.right().saturating_sub(x));
        let mut y = area.y + 2;
        for board in column {
            let room = area.bottom().saturating_sub(y);
            for line in blocks.org(board, usize::from(room), cells) {
                pen.line(x, y, cells, &line);
                y += 1;
            }
            y += 1;
        }
    }
}

/// The lines of an org's block.
fn height(board: &OrgBoard) -> usize {
    1 + board.users.len() + usize::from(board.refused.is_some() || board.failure.is_some())
}

/// Which orgs stand in which column: each in the first that has room below what is there. The first of a column is cut
/// where it is longer than the board.
fn place<'a>(boards: &[&'a OrgBoard], columns: usize, rows: usize) -> Vec<Vec<&'a OrgBoard>> {
    let mut placed: Vec<(usize, Vec<&OrgBoard>)> = vec![(0, Vec::new()); columns];
    for board in boards {
        let needs = height(board);
        let free = placed.iter().position(|(used, _)| *used == 0).or_else(|| {
            let mut fitting = placed.iter().enumerate().filter(|(_, (used, _))| used + 1 + needs <= rows);
            fitting.next().map(|(column, _)| column)
        });
        let Some((used, column)) = free.and_then(|column| placed.get_mut(column)) else { continue };
        *used += needs + usize::from(*used > 0);
        column.push(board);
    }
    placed.into_iter().map(|(_, column)| column).collect()
}

struct Blocks<'a> {
    digest: &'a Digest,
    theme: Theme,
    glyphs: Glyphs,
}

impl Blocks<'_> {
    fn bold(&self, meaning: Meaning) -> Style {
        self.theme.text(meaning).add_modifier(Modifier::BOLD)
    }

    /// `Slots                  4 a user, oldest left   ◄ leaves first   □ orphan   · free   ? unseen`
    fn head(&self, boards: &[&OrgBoard], hidden: usize) -> (Line<'static>, Line<'static>) {
        let muted = self.theme.text(Meaning::Muted);
        let limit = boards.first().map(|board| board.slot_limit).unwrap_or_default();
        let same = boards.iter().all(|board| board.slot_limit == limit);
        let limit = if same { format!("{limit} a user, ") } else { String::new() };
        let mut left = Line::from(Span::styled("Slots", self.bold(Meaning::Strong)));
        if hidden > 0 {
            let orgs = if hidden == 1 { "org" } else { "orgs" };
            left.push_span(Span::styled(format!("   {hidden} more {orgs}"), self.theme.text(Meaning::Faint)));
        }
        let mut right = Line::from(Span::styled(format!("{limit}oldest left"), muted));
        let signs = [
            (Glyph::Leaves, "leaves first"),
            (Glyph::Orphan, "orphan"),
            (Glyph::Free, "free"),
            (Glyph::Unknown, "unseen"),
        ];
        for (glyph, words) in signs {
            right.push_span(Span::styled(format!("   {} {words}", self.glyphs.get(glyph)), muted));
        }
        (left, right)
    }

    /// One org: its head and its users, in at most `rows` lines.
    fn org(&self, board: &OrgBoard, rows: usize, cells: u16) -> Vec<Line<'static>> {
        let (faint, muted) = (self.theme.text(Meaning::Faint), self.theme.text(Meaning::Muted));
        let mut name = fit(&steady(board.name.as_str()), NAME - 1, self.glyphs);
        if board.sandbox == Some(true) {
            name = format!("{} SB", fit(&steady(board.name.as_str()), NAME - 4, self.glyphs));
        }
        let mut head = Line::from(Span::styled(padded(&name), self.bold(Meaning::Text)));
        head.push_span(Span::styled(policy(board, self.glyphs).unwrap_or_else(|| "policy ?".to_owned()), muted));
        if board.rotation == Rotation::On {
            let sign = self.glyphs.get(Glyph::Warn);
            head.push_span(Span::styled(format!("  {sign} rotates"), self.bold(Meaning::Warn)));
        }
        let mut lines = vec![head];
        let trouble = match (&board.refused, &board.failure) {
            (Some(refused), _) => Some(format!("not told: {}", refused.permission)),
            (None, Some(failure)) => Some(format!("no answer: {}", failure.text)),
            (None, None) => None,
        };
        lines.extend(trouble.map(|words| {
            let sign = self.glyphs.get(Glyph::Warn);
            Line::from(Span::styled(format!("{sign} {}", steady(&words)), self.bold(Meaning::Warn)))
        }));
        lines.extend(board.users.iter().map(|user| self.user(board, user, cells)));
        if lines.len() > rows && rows > 0 {
            let left = lines.len() + 1 - rows;
            lines.truncate(rows - 1);
            lines.push(Line::from(Span::styled(format!("{left} more users"), faint)));
        }
        lines
    }

    /// `ops1     ■ ■ □ ■  4/4  ◄ news`
    fn user(&self, board: &OrgBoard, user: &UserBoard, cells: u16) -> Line<'static> {
        let muted = self.theme.text(Meaning::Muted);
        let name = steady(user.name.as_str().split('@').next().unwrap_or_default());
        let mut line = Line::from(Span::styled(padded(&fit(&name, NAME - 1, self.glyphs)), muted));
        let full = user.is_full(board.slot_limit);
        let leaver = match user.slots.first() {
            Some(Holder::Site { name }) if full => self.digest.leaver(name),
            _ => None,
        };
        let said = leaver.is_some_and(|leaver| leaver.said);
        if board.slot_limit <= DRAWN {
            for (place, sign) in slots(board, user).into_iter().enumerate() {
                let meaning = if said && place == 0 { Meaning::Warn } else { Meaning::Muted };
                line.push_span(Span::styled(format!("{} ", self.glyphs.get(sign)), self.theme.text(meaning)));
            }
            line.push_span(Span::raw(" "));
        }
        let taken = user.used.map_or_else(|| "?".to_owned(), |taken| taken.to_string());
        line.push_span(Span::styled(format!("{taken}/{}  ", board.slot_limit), self.theme.text(Meaning::Text)));
        let unseen = user.slots.iter().filter(|held| matches!(held, Holder::Unseen)).count();
        let free = user.used.map_or(0, |used| board.slot_limit.saturating_sub(used));
        let words = match user.slots.first() {
            Some(first) if full => {
                let style = if said { self.bold(Meaning::Warn) } else { muted };
                line.push_span(Span::styled(format!("{} ", self.glyphs.get(Glyph::Leaves)), style));
                match (first, leaver) {
                    (_, Some(leaver)) => steady(&leaver.short),
                    (Holder::Orphan, _) => "orphan".to_owned(),
                    _ => "?".to_owned(),
                }
            }
            _ if unseen > 0 => format!("{unseen} unseen"),
            _ if user.used.is_none() => "not all told".to_owned(),
            _ => format!("{free} free"),
        };
        let room = cells.saturating_sub(line_width(&line));
        line.push_span(Span::styled(fit(&words, room, self.glyphs), muted));
        line
    }
}

/// A sign for each slot: those held, then the free ones, `?` where it is not known whether more are held.
pub(super) fn slots(board: &OrgBoard, user: &UserBoard) -> Vec<Glyph> {
    let rest = if user.used.is_some() { Glyph::Free } else { Glyph::Unknown };
    let limit = usize::try_from(board.slot_limit).unwrap_or(usize::MAX);
    let held = user.slots.iter().map(|holder| match holder {
        Holder::Site { .. } | Holder::Unknown => Glyph::Held,
        Holder::Orphan => Glyph::Orphan,
        Holder::Unseen => Glyph::Unknown,
    });
    held.chain(std::iter::repeat(rest)).take(limit.max(user.slots.len()).min(10)).collect()
}

fn padded(name: &str) -> String {
    let pad = usize::from(NAME.saturating_sub(width(name)));
    format!("{name}{}", " ".repeat(pad))
}
