//! The list of users and the page of one: opening, leaving, moving, sorting, and the question who holds which slot.

use crate::model::{OrgBoard, OrgName, Target, UserBoard};
use crate::protocol::Command;
use crate::ui::action::Step;
use crate::ui::effect::Effect;
use crate::ui::page::PANES_FROM;
use crate::ui::panes;
use crate::ui::state::users::{RosterLine, Totals, UserKey, UserOrder, UserPage};
use crate::ui::state::{Notice, Screen, State};
use crate::ui::update::{scroll, stepped};

/// Shows the list of users, as it was left.
pub(super) fn show(state: &mut State) {
    match state.screens.opened.iter().position(|screen| matches!(screen, Screen::Users)) {
        Some(place) => state.screens.opened.truncate(place + 1),
        None => state.screens.opened = vec![Screen::Users],
    }
    arrange(state);
}

/// Shows the list with the first user of this org selected.
pub(super) fn show_of(state: &mut State, org: &OrgName) {
    state.screens.users.filter.clear();
    state.screens.opened.push(Screen::Users);
    arrange(state);
    let users = &state.screens.users;
    let first = users.shown.iter().position(|(board, _)| state.picture.boards[*board].name == *org);
    state.screens.users.cursor = first.unwrap_or(users.cursor);
    select(state);
}

/// What a new picture does to the list, where it is open, and to the page of a user that is gone.
pub(super) fn follow(state: &mut State) {
    if state.screens.opened.iter().any(|screen| matches!(screen, Screen::Users | Screen::User(_))) {
        arrange(state);
    }
    if let Some(page) = state.user_page()
        && !state.picture.partial
        && state.user().is_none()
    {
        let text = format!("{} holds no approval of {} any more", page.key.user, page.key.org);
        state.notice = Some(Notice { text, warning: true });
        state.screens.opened.pop();
    }
}

/// How much a user claims attention: full ones first, then by free slots; whose approvals are not told stands between.
fn risk(board: &OrgBoard, user: &UserBoard) -> u32 {
    match user.used {
        Some(held) => board.slot_limit.saturating_sub(held).saturating_mul(2),
        None => 1,
    }
}

/// Filters, sorts, and finds the selection again.
pub(super) fn arrange(state: &mut State) {
    let tree = state.size.width >= PANES_FROM;
    let boards = &state.picture.boards;
    let users = &state.screens.users;
    let wanted = users.filter.to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&wanted);
    let fits = |board: &OrgBoard, user: &UserBoard| {
        wanted.is_empty()
            || holds(&format!("{}/{}", board.name, user.name))
            || user.sites().any(|site| holds(site.as_str()))
    };
    let mut orgs: Vec<usize> = (0..boards.len()).collect();
    if users.order == UserOrder::Risk {
        orgs.sort_by_key(|place| boards[*place].rank());
    }
    let mut shown: Vec<(usize, usize)> = Vec::new();
    for org in &orgs {
        let board = &boards[*org];
        let mut its: Vec<usize> = (0..board.users.len()).filter(|user| fits(board, &board.users[*user])).collect();
        if users.order == UserOrder::Risk {
            its.sort_by_key(|user| risk(board, &board.users[*user]));
        }
        shown.extend(its.into_iter().map(|user| (*org, user)));
    }
    if !tree && users.order == UserOrder::Risk {
        let key = |&(org, user): &(usize, usize)| (risk(&boards[org], &boards[org].users[user]), org, user);
        shown.sort_by_key(key);
    }
    // An org that does not tell who holds what has no user to select, and is not left out.
    let silent = |org: &usize| {
        let board = &boards[*org];
        board.refused.is_some() && (wanted.is_empty() || holds(&format!("{}/", board.name)))
    };
    let mut lines = Vec::with_capacity(shown.len() + orgs.len() * 2);
    if tree {
        let mut rest = shown.iter().enumerate().peekable();
        for org in &orgs {
            let has = rest.peek().is_some_and(|(_, (of, _))| of == org);
            if !has && !silent(org) {
                continue;
            }
            if !lines.is_empty() {
                lines.push(RosterLine::Gap);
            }
            lines.push(RosterLine::Org(*org));
            while let Some((place, _)) = rest.next_if(|(_, (of, _))| of == org) {
                lines.push(RosterLine::User(place));
            }
        }
    } else {
        lines.extend((0..shown.len()).map(RosterLine::User));
        lines.extend(orgs.iter().filter(|org| silent(org)).map(|org| RosterLine::Org(*org)));
    }
    let totals = total(boards.as_slice(), &shown);
    let selected = users.selected.clone();
    let found = selected.and_then(|key| {
        shown.iter().position(|(org, user)| {
            boards[*org].name == key.org && boards[*org].users.get(*user).is_some_and(|user| user.id == key.user)
        })
    });
    let users = &mut state.screens.users;
    users.cursor = found.unwrap_or(users.cursor.min(shown.len().saturating_sub(1)));
    (users.shown, users.lines, users.totals) = (shown, lines, totals);
    select(state);
}

fn total(boards: &[std::sync::Arc<OrgBoard>], shown: &[(usize, usize)]) -> Totals {
    let mut totals = Totals::default();
    for (org, user) in shown {
        let board = &boards[*org];
        let user = &board.users[*user];
        let free = user.used.map_or(0, |used| board.slot_limit.saturating_sub(used));
        totals.users += 1;
        totals.approvals += user.slots.len();
        totals.free += usize::try_from(free).unwrap_or(usize::MAX);
        totals.full += usize::from(user.is_full(board.slot_limit));
        totals.orphans += user.orphans();
        totals.widest = totals.widest.max(board.slot_limit);
    }
    totals
}

/// Remembers what the cursor stands on, and brings it into the window.
fn select(state: &mut State) {
    let key = state.user_at(state.screens.users.cursor);
    let key = key.map(|(board, user)| UserKey { org: board.name.clone(), user: user.id.clone() });
    let height = usize::from(state.page().users().list.height).max(1);
    let users = &mut state.screens.users;
    users.selected = key;
    let line = users.lines.iter().position(|line| *line == RosterLine::User(users.cursor)).unwrap_or(0);
    // With the first user of an org its name is shown, too.
    let first = match line.checked_sub(1).and_then(|before| users.lines.get(before)) {
        Some(RosterLine::Org(_)) if height > 1 => line - 1,
        _ => line,
    };
    users.offset = users.offset.clamp((line + 1).saturating_sub(height), first.max((line + 1).saturating_sub(height)));
    users.offset = users.offset.min(users.lines.len().saturating_sub(height));
}

/// Moves the selection.
pub(super) fn step(state: &mut State, step: Step) {
    let page = usize::from(state.page().users().list.height.saturating_sub(1)).max(1);
    let users = &mut state.screens.users;
    users.cursor = stepped(users.cursor, step, page, users.shown.len().saturating_sub(1));
    select(state);
}

/// Sorts by the other order.
pub(super) fn turn_order(state: &mut State) {
    let users = &mut state.screens.users;
    users.order = users.order.other();
    arrange(state);
}

/// Narrows the list to names that hold this.
pub(super) fn narrow(state: &mut State, text: &str) {
    text.clone_into(&mut state.screens.users.filter);
    arrange(state);
}

/// Opens the selected user.
pub(super) fn open(state: &mut State) {
    let Some(key) = state.screens.users.selected.clone() else { return };
    state.screens.opened.push(Screen::User(UserPage::of(key)));
}

/// Opens the next user of the list, or the one before.
pub(super) fn turn(state: &mut State, direction: Step) {
    step(state, direction);
    let Some(key) = state.screens.users.selected.clone() else { return };
    if let Some(page) = state.user_page_mut()
        && page.key != key
    {
        *page = UserPage::of(key);
    }
}

/// Moves on the page of one user: from approval to approval, the page with it; where there is none further, and by the page, it
/// scrolls, and never past the end.
pub(super) fn scroll_page(state: &mut State, step: Step, now: chrono::DateTime<chrono::Utc>) {
    let last = panes::user::hidden(state, now);
    let Some(offset) = state.user_page().map(|page| page.offset.min(last)) else { return };
    let place = state.user_place().unwrap_or(0);
    let seen = panes::user::rows_of(state, place, now).is_none_or(|rows| rows.start >= offset);
    let next = match step {
        Step::Down => place + 1,
        // One that was scrolled away comes back before it is left.
        Step::Up if seen => place.wrapping_sub(1),
        Step::Top => 0,
        _ => usize::MAX,
    };
    let entry = state.user_entries().get(next).map(|entry| entry.approval.id);
    let rows = entry.and_then(|_| panes::user::rows_of(state, next, now));
    let height = panes::user::height(state);
    let Some(page) = state.user_page_mut() else { return };
    page.offset = match (step, rows) {
        (Step::Top, _) => 0,
        // All of it, as far as there is room, and its beginning in any case.
        (_, Some(rows)) => offset.max((rows.end + 1).saturating_sub(height)).min(rows.start).min(last),
        (_, None) => scroll(offset, step, last),
    };
    page.approval = entry.or(page.approval);
}

/// Asks the machinery to look at the org in question now.
pub(super) fn look(state: &mut State) -> Option<Effect> {
    let org = match state.screen() {
        Some(Screen::Orgs) => state.org()?.name.clone(),
        _ => state.user()?.0.name.clone(),
    };
    state.notice = Some(Notice { text: format!("asking {org} now"), warning: false });
    Some(Effect::Send(Command::Look(vec![Target::Org(org)])))
}

/// Asks who holds which slot of the org in question: when another is selected, when its board is newer than the last
/// question, and never twice at once.
pub(super) fn ask(state: &mut State, effects: &mut Vec<Effect>) {
    if state.ledger.asked.is_some() {
        return;
    }
    let board = match state.screen() {
        Some(Screen::Users | Screen::User(_)) => state.user().map(|(board, _)| board),
        Some(Screen::Site(_)) => state.subject().and_then(|row| {
            let org = row.org.as_ref()?;
            state.picture.boards.iter().find(|board| board.name == *org)
        }),
        Some(
            Screen::Orgs
            | Screen::Fields
            | Screen::SiteFields(_)
            | Screen::Trail
            | Screen::Watch(_)
            | Screen::Run(_)
            | Screen::Plan
            | Screen::Log,
        )
        | None => None,
    };
    let Some(board) = board.cloned() else { return };
    if state.ledger.of.as_ref() == Some(&board) {
        return;
    }
    state.ledger.asked = Some(board.name.clone());
    effects.push(Effect::Send(Command::Ledger(board.name.clone())));
    state.ledger.of = Some(board);
}
