//! The one place where the screen changes: `update(state, message, now)` answers with effects.
//!
//! Never blocks, waits, spawns or reads a clock. The top overlay sees a key first; a modal one swallows what it does not
//! know. What an action does to a place stands in the file of that place.

mod choose;
mod confirm;
mod copy;
mod csv;
mod fields;
mod filter;
mod find;
mod help;
mod log;
mod marks;
mod menu;
mod orgs;
mod palette;
mod plan;
mod prove;
mod runs;
mod site;
mod sites;
#[cfg(test)]
mod tests;
mod trail;
mod typing;
mod users;
mod watch;

use crate::model::Intent;
use crate::model::dry_run::SettingKind;
use crate::protocol::{Command, Event, Poller};
use crate::ui::action::{Action, Context, Entry, Step};
use crate::ui::effect::Effect;
use crate::ui::keymap::Key;
use crate::ui::message::Message;
use crate::ui::panes::detail;
use crate::ui::state::{Notice, Overlay, Pane, State};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Takes one message; answers what the world has to do.
pub fn update(state: &mut State, message: Message, now: DateTime<Utc>) -> Vec<Effect> {
    let mut effects = Vec::new();
    match &message {
        Message::Event(event) => state.log.hear(event),
        Message::Unsent(command) => state.log.unsent(command),
        _ => {}
    }
    match message {
        Message::Key(key) => press(state, key, now, &mut effects),
        Message::Paste(text) => {
            filter::paste(state, &text, now);
            palette::paste(state, &text, now);
            help::paste(state, &text);
            find::paste(state, &text);
            choose::paste(state, &text);
            confirm::paste(state);
            effects.extend(watch::paste(state, text));
        }
        Message::Resize(size) => {
            state.size = size;
            sites::lay_out(state);
            users::follow(state);
            orgs::follow(state);
            fields::follow(state);
            trail::follow(state);
            plan::follow(state);
            log::follow(state);
        }
        Message::Picture(picture) => {
            let same =
                Arc::ptr_eq(&picture.rows, &state.picture.rows) && Arc::ptr_eq(&picture.boards, &state.picture.boards);
            state.pictures += u64::from(!same);
            sites::take(state, picture, now);
            site::follow(state);
            users::follow(state);
            orgs::follow(state);
            fields::follow(state);
            palette::refresh(state, now);
        }
        Message::Event(event) => happened(state, event, now, &mut effects),
        Message::Unsent(command) => unsent(state, &command, &mut effects),
        Message::Woke => {}
    }
    sites::settle(state, now, &mut effects);
    sites::ask(state, now, &mut effects);
    users::ask(state, &mut effects);
    plan::ask(state, &mut effects);
    for effect in &effects {
        if let Effect::Send(command) = effect {
            state.log.note(command, now);
        }
    }
    log::follow(state);
    effects
}

fn press(state: &mut State, key: Key, now: DateTime<Utc>, effects: &mut Vec<Effect>) {
    let context = state.context();
    let is_text = |entry: &&Entry| match entry.action {
        Action::HelpAll => help::searches(state),
        Action::CopyCsv => context == Context::Type && !state.facts().csv,
        _ => false,
    };
    let entry = state.keymap.resolve(context, key).filter(|entry| !is_text(entry));
    if confirm::swallows(state, key, entry, now) {
        return;
    }
    let Some(entry) = entry else {
        match context {
            Context::Choose => effects.extend(choose::edit(state, key)),
            Context::Confirm | Context::Type => effects.extend(confirm::edit(state, key, now)),
            Context::Menu => {
                if let Some(entry) = menu::pressed(state, key) {
                    act(state, entry.action, now, effects);
                }
            }
            Context::Filter => filter::edit(state, key, now),
            Context::Find => find::edit(state, key),
            Context::Palette => palette::edit(state, key, now),
            Context::Help => help::edit(state, key),
            _ => {}
        }
        return;
    };
    state.notice = None;
    state.link = None;
    if let Err(reason) = entry.enabled(state.facts()) {
        // Esc with nothing to leave is a habit, not a question.
        if key != Key::Esc {
            state.notice = Some(Notice { text: format!("{}: {reason}", entry.label), warning: true });
        }
        return;
    }
    act(state, entry.action, now, effects);
}

fn act(state: &mut State, action: Action, now: DateTime<Utc>, effects: &mut Vec<Effect>) {
    match action {
        Action::Move(step) => moved(state, step, now),
        Action::Filter => filter::open(state),
        Action::KeepFilter => filter::keep(state),
        Action::ShowAll => filter::show_all(state, now),
        Action::NextMatch => sites::turn(state, Step::Down, now),
        Action::PreviousMatch => sites::turn(state, Step::Up, now),
        Action::Sites => sites::show(state, now),
        Action::ToSites => state.screens.opened.clear(),
        Action::Users => users::show(state),
        Action::Orgs => orgs::show(state),
        Action::Fields => effects.extend(fields::show(state, now)),
        Action::SiteFields => effects.extend(fields::open(state)),
        Action::ReadFields => effects.extend(fields::read(state, now)),
        Action::Audit => effects.extend(trail::show(state)),
        Action::Plan => plan::open(state),
        Action::PlanAnew => plan::anew(state),
        // With several one dialog would say of each alone what they cost together.
        Action::Reauthorize if plan::marked(state).len() > 1 => plan::open(state),
        Action::Enter if state.place() == Context::Orgs => orgs::open(state),
        Action::Enter if state.place() == Context::Fields => effects.extend(fields::open(state)),
        Action::Enter => users::open(state),
        Action::TurnOrder => turn_order(state),
        Action::Scroll(step) if state.place() == Context::Fields => fields::scroll_facts(state, step, now),
        Action::Scroll(step) => orgs::scroll_facts(state, step, now),
        Action::Find => find::open(state),
        Action::FindAll => find::show_all(state),
        Action::Palette | Action::Complete | Action::Earlier | Action::Later => palette::pressed(state, action, now),
        Action::Run => palette::run(state, now, effects),
        Action::Sort => state.overlays.push(Overlay::Sort),
        Action::SortBy(order) => {
            state.overlays.pop();
            sites::sort_by(state, order, now);
        }
        Action::Mark | Action::Range | Action::MarkAll | Action::ClearMarks => marks::act(state, action, now),
        Action::FocusNext | Action::FocusPrevious => sites::focus_other(state),
        Action::Zoom => sites::zoom(state),
        Action::Unzoom => sites::unzoom(state),
        Action::Acknowledge => sites::acknowledge(state),
        Action::Wide => state.sites_mut().wide ^= true,
        Action::Copy => state.overlays.push(Overlay::Copy),
        Action::CopyText(what) => {
            state.overlays.pop();
            effects.extend(copy::copy(state, what, now));
        }
        Action::Link => effects.extend(copy::link(state)),
        Action::Open => site::open(state, now),
        Action::Back => {
            site::back(state);
            fields::follow(state);
            effects.extend(fields::ask(state, now));
        }
        Action::NextSite if state.place() == Context::User => users::turn(state, Step::Down),
        Action::PreviousSite if state.place() == Context::User => users::turn(state, Step::Up),
        Action::NextSite => site::turn(state, Step::Down, now),
        Action::PreviousSite => site::turn(state, Step::Up, now),
        Action::Look => effects.extend(look(state)),
        Action::Take => effects.extend(choose::take(state, now)),
        Action::OnlyBreaks => confirm::only_breaks(state),
        Action::CopyCsv => effects.extend(csv::copy(state)),
        Action::Identify
        | Action::KeepWarm
        | Action::Reauthorize
        | Action::RefreshFields
        | Action::Revoke
        | Action::PlanStep
        | Action::ObjectType
        | Action::SegmentType
        | Action::Undo
        | Action::AllowWriting => effects.extend(ask(state, action, now)),
        Action::Refreshed => runs::show(state),
        Action::Log => site::log(state, now),
        Action::Commands => log::show(state),
        Action::CopyCommand => effects.extend(log::copy(state)),
        Action::Watching | Action::StopWatching | Action::CopyLink | Action::Code | Action::CopyMessage => {
            effects.extend(watch::act(state, action));
        }
        Action::Prove => effects.extend(prove::prove(state)),
        Action::Menu => menu::open(state),
        Action::RunItem => {
            if let Some(entry) = menu::run(state) {
                act(state, entry.action, now, effects);
            }
        }
        Action::Confirm => effects.extend(confirm::confirm(state, now)),
        Action::Decline if state.context() == Context::Choose => effects.extend(choose::leave(state)),
        Action::Decline => effects.extend(confirm::decline(state)),
        Action::LeaveSteps => confirm::leave_steps(state, now),
        Action::Pause => effects.push(Effect::Send(Command::Pause(state.picture.poll.by != Poller::Paused))),
        Action::Help => help::open(state),
        Action::HelpAll => help::all(state),
        Action::Close if help::clear(state) => {}
        Action::Close => {
            state.overlays.pop();
        }
        Action::Repaint => effects.push(Effect::Repaint),
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Quit => effects.push(Effect::Quit),
        Action::Demo => effects.push(Effect::Demo),
    }
}

/// Sorts the list that is shown by the other order.
fn turn_order(state: &mut State) {
    match state.place() {
        Context::Orgs => orgs::turn_order(state),
        Context::Fields => fields::turn_order(state),
        _ => users::turn_order(state),
    }
}

/// Asks anew of what is selected or shown.
fn look(state: &mut State) -> Option<Effect> {
    match state.place() {
        Context::Site => site::look(state),
        Context::Sites => sites::look(state),
        _ => users::look(state),
    }
}

/// Opens what has to be answered before anything is spent or written.
fn ask(state: &mut State, action: Action, now: DateTime<Utc>) -> Option<Effect> {
    let setting = match action {
        Action::ObjectType => SettingKind::ObjectType,
        Action::SegmentType => SettingKind::SegmentType,
        _ => return intent(state, action).map(|intent| confirm::ask(state, intent, now)),
    };
    let site = state.subject()?.name.clone();
    Some(choose::open(state, site, setting, now))
}

/// What an action that spends or writes means to do here.
fn intent(state: &mut State, action: Action) -> Option<Intent> {
    if action == Action::PlanStep {
        return plan::meant(state);
    }
    let subject = || state.subject().map(|row| row.name.clone());
    match action {
        Action::Identify => subject().map(Intent::Identify),
        Action::KeepWarm => subject().map(Intent::KeepWarm),
        Action::Reauthorize => match &plan::marked(state)[..] {
            [site] => Some(Intent::Authorize(site.clone(), None)),
            _ => subject().map(|site| Intent::Authorize(site, None)),
        },
        Action::RefreshFields => runs::meant(state),
        Action::Undo => Some(Intent::Undo),
        Action::Revoke => state.approval().map(|id| Intent::Revoke(id.to_string().into())),
        _ => Some(Intent::Write),
    }
}

/// Moves where the focus is.
fn moved(state: &mut State, step: Step, now: DateTime<Utc>) {
    if state.context() == Context::Choose {
        choose::step(state, step);
    } else if confirm::scrolls(state) {
        confirm::step(state, step);
    } else if state.context() == Context::Help {
        help::step(state, step);
    } else if state.context() == Context::Menu {
        menu::step(state, step);
    } else if state.context() == Context::Site {
        site::step(state, step, now);
    } else if state.place() == Context::Users {
        users::step(state, step);
    } else if state.place() == Context::Orgs {
        orgs::step(state, step);
    } else if matches!(state.place(), Context::Fields | Context::SiteFields) {
        fields::step(state, step);
    } else if state.place() == Context::Log {
        log::step(state, step);
    } else if state.place() == Context::Run {
        runs::step(state, step);
    } else if state.place() == Context::Audit {
        trail::step(state, step);
    } else if state.place() == Context::Plan {
        plan::step(state, step);
    } else if state.context() == Context::User {
        users::scroll_page(state, step, now);
    } else if state.context() == Context::Sites && state.sites().focus == Pane::Detail {
        let last = detail::hidden(state, now);
        let sites = state.sites_mut();
        sites.detail_offset = scroll(sites.detail_offset.min(last), step, last);
    } else {
        sites::step(state, step, now);
        filter::chose(state);
    }
}

fn scroll(offset: usize, step: Step, last: usize) -> usize {
    const PAGE: usize = 10;
    match step {
        Step::Up => offset.saturating_sub(1),
        Step::Down => offset + 1,
        Step::PageUp => offset.saturating_sub(PAGE),
        Step::PageDown => offset + PAGE,
        Step::Top => 0,
        Step::Bottom => last,
    }
    .min(last)
}

/// A place in a list after a step, in one that ends at `last` and shows `page` lines.
fn stepped(place: usize, step: Step, page: usize, last: usize) -> usize {
    match step {
        Step::Up => place.saturating_sub(1),
        Step::Down => place + 1,
        Step::PageUp => place.saturating_sub(page),
        Step::PageDown => place + page,
        Step::Top => 0,
        Step::Bottom => last,
    }
    .min(last)
}

fn happened(state: &mut State, event: Event, now: DateTime<Utc>, effects: &mut Vec<Effect>) {
    match event {
        Event::Detail(name, detail) => {
            if state.detail.asked.as_ref() == Some(&name) {
                state.detail.asked = None;
                state.detail.have = detail;
                site::seek(state, now);
            }
        }
        Event::Ledger(org, ledger) => {
            if state.ledger.asked.as_ref() == Some(&org) {
                state.ledger.asked = None;
                state.ledger.have = ledger;
            }
        }
        Event::Notice(text) => {
            state.notice = Some(Notice { text: crate::model::Clean::new(text).to_string(), warning: false });
        }
        Event::Preview(id, asked) => confirm::answered(state, id, asked, now),
        Event::Asks(id, what) => {
            choose::asks(state, id, &what);
            confirm::asks(state, id, what);
        }
        Event::Offer(id, offer) => choose::offered(state, id, offer),
        Event::DryRun(id, run) => confirm::dry_run(state, id, run),
        Event::Refreshed(id, site, told) => runs::take(state, id, &site, *told),
        Event::Watching(id, watching) => watch::take(state, id, *watching),
        Event::Permits(permits) => state.permits = permits,
        Event::Ended { id, good, told } => {
            state.notice = Some(Notice { text: told.to_string(), warning: !good });
            effects.extend(confirm::over(state, id));
            effects.extend(trail::ask(state));
        }
        Event::Looked(_, Ok(_)) => {}
        Event::Looked(targets, Err(why)) => {
            let on = if let [one] = &targets[..] { format!("{one}: ") } else { String::new() };
            state.notice = Some(Notice { text: format!("{on}{why}"), warning: true });
        }
        Event::Trail(lines) => trail::take(state, lines),
        Event::Plan(told) => plan::take(state, told),
        Event::Fields(board) => effects.extend(fields::take(state, board, now)),
        Event::KeptFields(site, kept) => effects.extend(fields::kept(state, &site, kept, now)),
        Event::ReadFields(site, read) => effects.extend(fields::told(state, &site, read, now)),
        Event::Proved { site, outcome, .. } => state.notice = Some(prove::proved(&site, &outcome)),
        Event::Finished(id) => {
            runs::over(state, id);
            if state.runs.iter().any(|(run, _)| *run == id) {
                effects.extend(fields::ask(state, now));
            }
        }
    }
}

fn unsent(state: &mut State, command: &Command, effects: &mut Vec<Effect>) {
    if matches!(command, Command::Describe(_)) {
        // The next newer line of the site is reason enough to ask again; nobody pressed a key for this one.
        state.detail.asked = None;
        return;
    }
    if matches!(command, Command::Plan { .. }) {
        plan::unsent(state);
    }
    if matches!(command, Command::Trail) {
        state.screens.trail.asked = false;
    }
    fields::unsent(state, command);
    if let Command::Preview { id, .. } = command {
        confirm::unsent(state, *id);
    }
    if let Command::Offer { id, .. } = command {
        choose::unsent(state, *id);
    }
    if let Command::Revoke { id, .. } = command {
        effects.extend(confirm::over(state, *id));
    }
    if matches!(command, Command::Leave(_)) {
        return;
    }
    if matches!(command, Command::Ledger(_)) {
        state.ledger.asked = None;
        return;
    }
    state.notice = Some(Notice {
        text: "not done: the collector is busy or gone. Try again in a moment.".to_owned(),
        warning: true,
    });
}
