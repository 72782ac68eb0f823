//! Choosing a setting of a site anew: what it offers is asked, narrowed by typing, and what is chosen is looked at before anything
//! is written.

use crate::model::dry_run::{Offer, SettingKind};
use crate::model::{Clean, Intent, SegmentKind, SiteName};
use crate::protocol::{Command, OperationId};
use crate::ui::action::Step;
use crate::ui::effect::Effect;
use crate::ui::keymap::Key;
use crate::ui::state::choose::Choose;
use crate::ui::state::{Notice, Overlay, State};
use crate::ui::update::typing::{self, Typed};
use crate::ui::update::{confirm, stepped};
use chrono::{DateTime, Utc};

/// Lines of a page of it.
const PAGE: usize = 8;

/// Opens a choice that waits, and has the site asked.
pub(super) fn open(state: &mut State, site: SiteName, setting: SettingKind, now: DateTime<Utc>) -> Effect {
    state.operations += 1;
    let id = OperationId(state.operations);
    state.overlays.push(Overlay::Choose(Box::new(Choose::new(id, site.clone(), setting, now))));
    Effect::Send(Command::Offer { id, site, setting })
}

fn top(state: &mut State) -> Option<&mut Choose> {
    match state.overlays.last_mut() {
        Some(Overlay::Choose(choose)) => Some(choose),
        _ => None,
    }
}

/// What the site is asked now.
pub(super) fn asks(state: &mut State, id: OperationId, what: &Clean) {
    if let Some(choose) = top(state).filter(|choose| choose.id == id) {
        choose.asks = Some(what.clone());
    }
}

/// Takes what it offers; what it has now is selected. A choice that was left meanwhile stays left.
pub(super) fn offered(state: &mut State, id: OperationId, told: Result<Box<Offer>, String>) {
    let Some(choose) = top(state).filter(|choose| choose.id == id) else { return };
    match told {
        Ok(offer) => {
            choose.offer = Some(*offer);
            choose.place = choose.shown().iter().position(|choice| choice.present).unwrap_or(0);
        }
        Err(why) => {
            state.overlays.pop();
            say(state, &why);
        }
    }
}

pub(super) fn step(state: &mut State, step: Step) {
    if let Some(choose) = top(state) {
        choose.place = stepped(choose.place, step, PAGE, choose.shown().len().saturating_sub(1));
    }
}

pub(super) fn edit(state: &mut State, key: Key) -> Option<Effect> {
    let choose = top(state)?;
    match typing::edit(&mut choose.input, key) {
        Typed::Taken => choose.place = 0,
        Typed::Leaves => return leave(state),
        Typed::Foreign => {}
    }
    None
}

pub(super) fn paste(state: &mut State, text: &str) {
    if let Some(choose) = top(state) {
        typing::paste(&mut choose.input, text);
        choose.place = 0;
    }
}

/// Leaves it; the site is asked nothing more.
pub(super) fn leave(state: &mut State) -> Option<Effect> {
    let choose = top(state)?;
    let (id, waits) = (choose.id, choose.offer.is_none());
    state.overlays.pop();
    waits.then_some(Effect::Send(Command::Leave(id)))
}

/// Takes the selected one: what it would do is looked at next.
pub(super) fn take(state: &mut State, now: DateTime<Utc>) -> Option<Effect> {
    let choose = top(state)?;
    let (site, setting) = (choose.site.clone(), choose.setting);
    let chosen = choose.selected()?.clone();
    let kind = chosen.name.as_str().parse::<SegmentKind>().ok();
    // A picklist may still be another one.
    if chosen.present && (setting != SettingKind::SegmentType || kind != Some(SegmentKind::Picklist)) {
        let verb = if setting == SettingKind::ObjectType { "syncs to" } else { "keeps its segments in" };
        say(state, &format!("{site} {verb} {} already", chosen.name));
        return None;
    }
    let intent = match (setting, kind) {
        (SettingKind::ObjectType, _) => Intent::ObjectType(site, chosen.name),
        (SettingKind::Picklist, _) => Intent::SegmentType(site, SegmentKind::Picklist, Some(chosen.name)),
        (SettingKind::SegmentType, Some(SegmentKind::Picklist)) => {
            state.overlays.pop();
            return Some(open(state, site, SettingKind::Picklist, now));
        }
        (SettingKind::SegmentType, Some(kind)) => Intent::SegmentType(site, kind, None),
        (SettingKind::SegmentType, None) => return None,
    };
    state.overlays.pop();
    Some(confirm::ask(state, intent, now))
}

/// Nobody took the question.
pub(super) fn unsent(state: &mut State, id: OperationId) {
    if top(state).is_some_and(|choose| choose.id == id) {
        state.overlays.pop();
    }
}

fn say(state: &mut State, text: &str) {
    state.notice = Some(Notice { text: Clean::new(text).to_string(), warning: true });
}
