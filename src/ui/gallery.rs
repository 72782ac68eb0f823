//! A gallery of the console: scenarios over a made-up fleet, played through the real `update` and `view`, and drawn as SVG.
//!
//! What is drawn is data: `gallery/fleet.toml`, `gallery/fields.toml`, `gallery/variants.toml`, `gallery/questions.toml`,
//! `gallery/slots.toml` and `gallery/scenarios.toml`. The clock stands, so that every picture comes out the same at every run.
//! Uses `ui`, `model` and `protocol`.

mod fields;
pub mod fleet;
mod planning;
mod questions;
mod refreshing;
mod setting;
mod slots;
pub mod svg;
mod trail;
mod watching;

pub use fleet::{Stage, Variant};

use crate::model::{Intent, Permits, ProveOutcome, SiteName};
use crate::protocol::{Command, Event, OperationId};
use crate::ui::effect::Effect;
use crate::ui::glyphs::Glyphs;
use crate::ui::keymap::Key;
use crate::ui::message::Message;
use crate::ui::state::confirm::DEAD_TIME;
use crate::ui::state::{Overlay, RunPage, Screen, State};
use crate::ui::theme::{Depth, Ground, Theme};
use crate::ui::update::update;
use crate::ui::view::view;
use chrono::{DateTime, TimeDelta, Utc};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use serde::Deserialize;
use std::sync::Arc;

const SCENARIOS: &str = include_str!("gallery/scenarios.toml");

/// Longer than anything that a screen waits for after a key.
const REST: TimeDelta = TimeDelta::seconds(10);

/// Why the gallery's own data can not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct BadData {
    /// The file, below `src/ui/gallery`.
    pub file: &'static str,
    /// What is wrong with it.
    pub what: String,
}

/// One thing to see: a fleet, the keys that lead there, and the sizes in which it is drawn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name, as in the names of its pictures.
    pub name: String,
    /// What is seen, for who can not see it.
    pub title: String,
    /// The sizes, as `80x24`.
    #[serde(deserialize_with = "sizes")]
    pub sizes: Vec<Size>,
    /// The fleet.
    pub fleet: Variant,
    /// What is pressed, in order: a key by its name, or a text letter by letter.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Whether spending and writing are refused.
    #[serde(default)]
    pub read_only: bool,
    /// What the machinery answers to who means to spend or write something: a question by its name.
    #[serde(default)]
    pub answer: Option<String>,
    /// An authorization that is watched, by its name.
    #[serde(default)]
    pub watching: Option<String>,
    /// Whether the page of a run over several sites is open.
    #[serde(default)]
    pub refreshing: bool,
}

/// The scenarios, in order.
pub fn scenarios() -> Result<Vec<Scenario>, BadData> {
    #[derive(Deserialize)]
    struct Data {
        scenario: Vec<Scenario>,
    }
    let data: Data = read("scenarios.toml", SCENARIOS)?;
    Ok(data.scenario)
}

/// One picture: the name of its file and what belongs into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// `sites-80x24-dark.svg`.
    pub file: String,
    /// The picture.
    pub svg: String,
}

/// Every picture of every scenario, on dark and on light ground.
pub fn drawings() -> Result<Vec<Drawing>, BadData> {
    let mut drawings = Vec::new();
    for scenario in scenarios()? {
        let fleet = Stage::new(scenario.fleet)?;
        for size in &scenario.sizes {
            for (ground, name) in [(Ground::Dark, "dark"), (Ground::Light, "light")] {
                let theme = Theme::new(Depth::True, ground);
                let state = scenario.play(&fleet, *size, theme, Glyphs::new(false));
                let svg = svg::picture(&draw(&state, fleet.now), theme.page(), &scenario.title);
                drawings.push(Drawing { file: format!("{}-{size}-{name}.svg", scenario.name), svg });
            }
        }
    }
    Ok(drawings)
}

impl Scenario {
    /// The screen after the scenario's keys.
    pub fn play(&self, fleet: &Stage, size: Size, theme: Theme, glyphs: Glyphs) -> State {
        let mut state = fleet.screen(size, theme, glyphs);
        state.permits = if self.read_only { Permits::unsaid() } else { Permits::default() };
        fleet.tell(&mut state, Message::Picture(fleet.picture.clone()));
        // Only a gallery with a mistake in it names one that is not there, and then its page is not there either.
        if let Some(Ok(watching)) = self.watching.as_ref().map(|name| watching::named(name, fleet.now)) {
            let id = OperationId(state.operations);
            fleet.tell(&mut state, Message::Event(Event::Watching(id, Box::new(watching))));
        }
        for text in &self.keys {
            for key in pressed(text) {
                // A dialog takes no key at first.
                let asked = matches!(state.overlays.last(), Some(Overlay::Confirm(_)));
                let now = if asked { fleet.now + DEAD_TIME } else { fleet.now };
                for effect in fleet.tell_at(&mut state, Message::Key(key), now) {
                    if let Effect::Send(Command::Preview { id, intent }) = effect {
                        self.answer(fleet, &mut state, id, &intent);
                    }
                }
            }
        }
        if self.refreshing {
            let id = OperationId(state.operations);
            state.begin_run(id, refreshing::run(fleet.now));
            state.screens.opened.push(Screen::Run(RunPage { id, cursor: 0, offset: 0 }));
        }
        fleet.rest(&mut state);
        state
    }
}

impl Scenario {
    /// What the machinery says to who means to do something.
    fn answer(&self, fleet: &Stage, state: &mut State, id: OperationId, intent: &Intent) {
        let mut tell = |event| drop(fleet.tell(state, Message::Event(event)));
        if matches!(intent, Intent::ObjectType(..)) {
            for what in setting::asked() {
                tell(Event::Asks(id, what));
            }
        }
        let Some(name) = &self.answer else { return };
        if matches!(intent, Intent::ObjectType(..)) {
            tell(Event::DryRun(id, Box::new(setting::dry_run())));
        }
        let question = questions::named(name, id, fleet.now).map_err(|bad| bad.to_string());
        tell(Event::Preview(id, question.map(Box::new)));
    }
}

impl Stage {
    /// A screen of this fleet that has seen nothing yet.
    pub fn screen(&self, size: Size, theme: Theme, glyphs: Glyphs) -> State {
        let mut state = State::new(self.name.clone(), false, theme, glyphs, size);
        state.config.clone_from(&self.config);
        state
    }

    /// Gives a message and answers what comes back, as the machinery would. Answers the effects that are left to others.
    pub fn tell(&self, state: &mut State, message: Message) -> Vec<Effect> {
        self.tell_at(state, message, self.now)
    }

    /// The operator lets go of the keys: what the screen put off while they were pressed is done.
    pub fn rest(&self, state: &mut State) {
        self.tell_at(state, Message::Woke, self.now + REST);
    }

    fn tell_at(&self, state: &mut State, message: Message, now: DateTime<Utc>) -> Vec<Effect> {
        let effects = update(state, message, now);
        for effect in &effects {
            match effect {
                Effect::Send(Command::Describe(name)) => self.describe(state, name),
                Effect::Send(Command::Ledger(org)) => {
                    let ledger = self.ledgers.get(org).cloned();
                    self.tell(state, Message::Event(Event::Ledger(org.clone(), ledger)));
                }
                Effect::Send(Command::Offer { id, .. }) => {
                    self.tell(state, Message::Event(Event::Offer(*id, Ok(Box::new(setting::offer())))));
                }
                Effect::Send(Command::Plan { sites, .. }) => {
                    if let Ok(plan) = planning::plan(sites.clone(), self.now) {
                        self.tell(state, Message::Event(Event::Plan(Arc::new(plan))));
                    }
                }
                Effect::Send(Command::Prove { id, sites }) => {
                    for site in sites {
                        let (site, outcome) = (site.clone(), Ok(ProveOutcome::Good));
                        self.tell(state, Message::Event(Event::Proved { id: *id, site, outcome }));
                    }
                    self.tell(state, Message::Event(Event::Finished(*id)));
                }
                Effect::Send(Command::Fields) => {
                    let board = Arc::new(fields::board(self));
                    self.tell(state, Message::Event(Event::Fields(board)));
                }
                Effect::Send(Command::KeptFields(site)) => {
                    let kept = self.fields.get(site).cloned().map(Box::new);
                    self.tell(state, Message::Event(Event::KeptFields(site.clone(), kept)));
                }
                Effect::Send(Command::Trail) => {
                    if let Ok(trail) = trail::trail(self.now) {
                        self.tell(state, Message::Event(Event::Trail(Arc::new(trail))));
                    }
                }
                _ => {}
            }
        }
        effects
    }

    fn describe(&self, state: &mut State, name: &SiteName) {
        let detail = self.details.get(name).cloned().map(Box::new);
        // An answer may be a reason to ask for the next one.
        self.tell(state, Message::Event(Event::Detail(name.clone(), detail)));
    }
}

/// What `view` draws of a state at a time.
pub fn draw(state: &State, now: DateTime<Utc>) -> Buffer {
    let Size { width, height } = state.size;
    let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
    let Ok(_) = terminal.draw(|frame| view(state, now, frame));
    terminal.backend().buffer().clone()
}

/// The keys of one text of a scenario.
fn pressed(text: &str) -> Vec<Key> {
    const NAMED: [Key; 14] = [
        Key::Char(' '),
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::Backspace,
        Key::Delete,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::PageUp,
        Key::PageDown,
        Key::Home,
        Key::End,
    ];
    match NAMED.into_iter().find(|key| key.to_string() == text) {
        Some(key) => vec![key],
        None => text.chars().map(Key::Char).collect(),
    }
}

fn read<T: serde::de::DeserializeOwned>(file: &'static str, text: &str) -> Result<T, BadData> {
    toml::from_str(text).map_err(|error| BadData { file, what: error.to_string() })
}

fn sizes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Size>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let size = |text: &String| {
        let (width, height) = text.split_once('x')?;
        Some(Size::new(width.parse().ok()?, height.parse().ok()?))
    };
    texts
        .iter()
        .map(|text| size(text).ok_or_else(|| serde::de::Error::custom(format!("{text} is no size like 80x24"))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    #[test]
    fn every_fleet_can_be_read() {
        for variant in Variant::iter() {
            let stage = Stage::new(variant).unwrap_or_else(|bad| panic!("{variant:?}: {bad}"));
            assert_eq!(stage.picture.rows.len(), if variant == Variant::Empty { 0 } else { 42 }, "{variant:?}");
        }
    }

    #[test]
    fn pictures_are_the_same_at_every_run_and_stay_small() {
        let drawings = drawings().expect("the data is right");
        assert_eq!(drawings, super::drawings().expect("the data is right"));
        let mut names = std::collections::BTreeSet::new();
        for drawing in &drawings {
            assert!(names.insert(&drawing.file), "{} twice", drawing.file);
            assert!(drawing.svg.len() <= 45_000, "{}: {} bytes", drawing.file, drawing.svg.len());
        }
    }

    #[test]
    fn every_picture_shows_what_stands_behind_its_selected_line() {
        for scenario in scenarios().expect("the data is right") {
            let fleet = Stage::new(scenario.fleet).expect("the data is right");
            let theme = Theme::new(Depth::True, Ground::Dark);
            let state = scenario.play(&fleet, Size::new(80, 24), theme, Glyphs::new(false));
            let Some(selected) = state.selected() else { continue };
            let known = state.detail.have.as_ref().map(|detail| &detail.row.name);
            assert_eq!(known, Some(&selected.name), "{}", scenario.name);
        }
    }

    #[test]
    fn texts_are_keys() {
        assert_eq!(pressed("Enter"), [Key::Enter]);
        assert_eq!(pressed("Space"), [Key::Char(' ')]);
        assert_eq!(pressed("/a"), [Key::Char('/'), Key::Char('a')]);
    }

    #[test]
    fn an_unreadable_size_is_told() {
        let text = "name = 'x'\ntitle = ''\nsizes = ['80']\nfleet = 'full'\n";
        let error = toml::from_str::<Scenario>(text).expect_err("no size").to_string();
        assert!(error.contains("80 is no size like 80x24"), "{error}");
    }
}
