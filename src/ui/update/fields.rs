//! Sites by their fields, and the fields of one: opening, moving, sorting, narrowing, and the questions for them.

use crate::model::{FieldsBoard, FieldsRead, FieldsRow, SiteFields, SiteName, SiteRow, Untold};
use crate::protocol::Command;
use crate::ui::action::{Context, Step};
use crate::ui::effect::Effect;
use crate::ui::panes;
use crate::ui::state::fields::{FieldTotals, FieldsPage};
use crate::ui::state::users::UserOrder;
use crate::ui::state::{Notice, Screen, State};
use crate::ui::update::{scroll, stepped};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

/// What is younger is not asked for by itself: it costs the site a call.
const FRESH: TimeDelta = TimeDelta::minutes(15);

/// After so long without an answer whoever asks again is heard: nobody may be there any more who would answer.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);

/// Shows the list, as it was left; from the page of a site with that one selected.
pub(super) fn show(state: &mut State, now: DateTime<Utc>) -> Option<Effect> {
    if let Some(name) = state.site_page().map(|page| page.name.clone()) {
        choose(state, name);
    }
    state.screens.opened = vec![Screen::Fields];
    arrange(state);
    ask(state, now)
}

/// Selects a site because somebody meant it.
fn choose(state: &mut State, name: SiteName) {
    let fields = &mut state.screens.fields;
    (fields.selected, fields.chosen) = (Some(name), true);
}

/// Asks anew for what is known of all, where the list is shown. While an answer is under way it is asked for once more after it: that
/// one may not have what came meanwhile.
pub(super) fn ask(state: &mut State, now: DateTime<Utc>) -> Option<Effect> {
    if !matches!(state.screen(), Some(Screen::Fields)) {
        return None;
    }
    let fields = &mut state.screens.fields;
    if fields.asked_at.is_some_and(|at| (at..at + PATIENCE).contains(&now)) {
        fields.again = true;
        return None;
    }
    (fields.asked_at, fields.again) = (Some(now), false);
    Some(Effect::Send(Command::Fields))
}

/// Takes what is known of all.
pub(super) fn take(state: &mut State, board: Arc<FieldsBoard>, now: DateTime<Utc>) -> Option<Effect> {
    let fields = &mut state.screens.fields;
    if fields.have.is_none() && !fields.chosen {
        // The first by name is what nobody chose.
        fields.selected = None;
    }
    (fields.asked_at, fields.have) = (None, Some(board));
    let again = fields.again;
    follow(state);
    if again { ask(state, now) } else { None }
}

/// What a new picture, size or board does to the list, where it is open, and a new size to the page.
pub(super) fn follow(state: &mut State) {
    if state.screens.opened.iter().any(|screen| matches!(screen, Screen::Fields)) {
        arrange(state);
    }
    show_cursor(state);
}

/// Filters, sorts, and finds the selection again.
fn arrange(state: &mut State) {
    let rows = &state.picture.rows;
    let wanted = state.screens.fields.filter.to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&wanted);
    let fits = |row: &SiteRow| {
        wanted.is_empty() || holds(row.name.as_str()) || row.org.as_ref().is_some_and(|org| holds(org.as_str()))
    };
    let mut shown: Vec<(u8, usize)> = Vec::with_capacity(rows.len());
    let mut totals = FieldTotals::default();
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| fits(row)) {
        let known = state.fields_of(place, &row.name);
        if let Some((known, read)) = known.and_then(|known| Some((known, known.read.as_ref()?))) {
            totals.read += 1;
            totals.missing += usize::from(!read.missing.is_empty());
            totals.drifted += usize::from(known.later.as_ref().is_some_and(|later| !later.broken.is_empty()));
            totals.unmapped += usize::from(!read.unmapped.is_empty());
        }
        shown.push((known.map_or(FieldsRow::UNKNOWN, FieldsRow::rank), place));
    }
    if state.screens.fields.order == UserOrder::Risk {
        shown.sort_unstable();
    }
    let shown: Vec<usize> = shown.into_iter().map(|(_, place)| place).collect();
    let found =
        state.screens.fields.selected.as_ref().and_then(|name| shown.iter().position(|i| rows[*i].name == *name));
    let fields = &mut state.screens.fields;
    fields.cursor = found.unwrap_or(fields.cursor.min(shown.len().saturating_sub(1)));
    (fields.shown, fields.totals) = (shown, totals);
    select(state);
}

fn select(state: &mut State) {
    let name = state.fields_at(state.screens.fields.cursor).map(|(row, _)| row.name.clone());
    let height = panes::fields::rows(state);
    let fields = &mut state.screens.fields;
    if fields.selected != name {
        fields.detail_offset = 0;
    }
    fields.selected = name;
    fields.offset = fields.offset.clamp((fields.cursor + 1).saturating_sub(height), fields.cursor);
    fields.offset = fields.offset.min(fields.shown.len().saturating_sub(height));
}

/// Moves the selection, of the list or of the page.
pub(super) fn step(state: &mut State, step: Step) {
    if state.place() == Context::SiteFields {
        let page_rows = panes::site_fields::rows(state).saturating_sub(1).max(1);
        if let Some(page) = state.fields_page_mut() {
            page.cursor = stepped(page.cursor, step, page_rows, page.shown.len().saturating_sub(1));
        }
        return show_cursor(state);
    }
    let rows = panes::fields::rows(state).saturating_sub(1).max(1);
    let fields = &mut state.screens.fields;
    fields.cursor = stepped(fields.cursor, step, rows, fields.shown.len().saturating_sub(1));
    fields.chosen = true;
    select(state);
}

/// Scrolls what is told of the selected site, and never past the end.
pub(super) fn scroll_facts(state: &mut State, step: Step, now: DateTime<Utc>) {
    let last = panes::fields::hidden(state, now);
    let fields = &mut state.screens.fields;
    fields.detail_offset = scroll(fields.detail_offset.min(last), step, last);
}

/// Sorts by the other order.
pub(super) fn turn_order(state: &mut State) {
    state.screens.fields.order = state.screens.fields.order.other();
    arrange(state);
}

/// Narrows what is shown to names that hold this.
pub(super) fn narrow(state: &mut State, text: &str) {
    if let Some(page) = state.fields_page_mut() {
        text.clone_into(&mut page.filter);
        page.narrow();
        return show_cursor(state);
    }
    text.clone_into(&mut state.screens.fields.filter);
    arrange(state);
}

/// Opens the fields of the site in question.
pub(super) fn open(state: &mut State) -> Option<Effect> {
    let name = state.subject()?.name.clone();
    choose(state, name.clone());
    Some(open_page(state, name))
}

/// Opens the fields of the site of this name, over the list.
pub(super) fn open_named(state: &mut State, name: SiteName) -> Effect {
    choose(state, name.clone());
    state.screens.opened = vec![Screen::Fields];
    arrange(state);
    open_page(state, name)
}

fn open_page(state: &mut State, name: SiteName) -> Effect {
    state.screens.opened.push(Screen::SiteFields(FieldsPage::new(name.clone())));
    Effect::Send(Command::KeptFields(name))
}

/// Takes what a site told last. Where that is nothing, or old, it is asked.
pub(super) fn kept(
    state: &mut State,
    site: &SiteName,
    fields: Option<Box<SiteFields>>,
    now: DateTime<Utc>,
) -> Option<Effect> {
    let page = state.fields_page_of(site)?;
    let is_fresh = fields.as_ref().is_some_and(|fields| (fields.seen_at()..fields.seen_at() + FRESH).contains(&now));
    // What was told meanwhile is newer.
    if let Some(fields) = fields.filter(|_| page.read.is_none()) {
        page.take(Box::new(FieldsRead::earlier(*fields)));
        show_cursor(state);
    }
    if is_fresh { None } else { read_again(state, site, now) }
}

/// Has the site in question tell its fields.
pub(super) fn read(state: &mut State, now: DateTime<Utc>) -> Option<Effect> {
    if let Some(site) = state.fields_page().map(|page| page.site.clone()) {
        return read_again(state, &site, now);
    }
    let name = state.subject()?.name.clone();
    state.notice = Some(Notice { text: format!("asking {name} for its fields"), warning: false });
    Some(Effect::Send(Command::ReadFields(name)))
}

/// Asks for the page of a site, where it does not wait for an answer already.
fn read_again(state: &mut State, site: &SiteName, now: DateTime<Utc>) -> Option<Effect> {
    let page = state.fields_page_of(site)?;
    if page.asked_at.is_some_and(|at| (at..at + PATIENCE).contains(&now)) {
        return None;
    }
    page.asked_at = Some(now);
    Some(Effect::Send(Command::ReadFields(site.clone())))
}

/// Takes what a site told when it was asked. Said where its page is not open.
pub(super) fn told(
    state: &mut State,
    site: &SiteName,
    read: Result<Box<FieldsRead>, Untold>,
    now: DateTime<Utc>,
) -> Option<Effect> {
    if let Some(page) = state.fields_page_of(site) {
        page.asked_at = None;
        match read {
            Ok(read) => {
                page.untold = None;
                page.take(read);
            }
            Err(untold) => page.untold = Some(untold),
        }
        show_cursor(state);
        return None;
    }
    let (text, warning) = match read {
        Ok(read) => {
            let brief = read.fields.brief();
            let missing =
                if brief.missing.is_empty() { String::new() } else { format!(", {} missing", brief.missing.len()) };
            (format!("{site}: {} fields mapped to {}{missing}", brief.mapped, brief.object), !brief.missing.is_empty())
        }
        Err(untold) => (format!("{}. {}", untold.why, untold.advice), true),
    };
    state.notice = Some(Notice { text, warning });
    ask(state, now)
}

/// The question did not leave.
pub(super) fn unsent(state: &mut State, command: &Command) {
    match command {
        Command::Fields => state.screens.fields.asked_at = None,
        Command::KeptFields(site) | Command::ReadFields(site) => {
            if let Some(page) = state.fields_page_of(site) {
                page.asked_at = None;
                page.untold =
                    Some(Untold { why: "the collector was busy or gone".into(), advice: "R asks again".into() });
            }
        }
        _ => {}
    }
}

/// Keeps the selection of the page in its window.
fn show_cursor(state: &mut State) {
    let height = panes::site_fields::rows(state);
    if let Some(page) = state.fields_page_mut() {
        page.offset = page.offset.clamp((page.cursor + 1).saturating_sub(height), page.cursor);
        page.offset = page.offset.min(page.shown.len().saturating_sub(height));
    }
}
