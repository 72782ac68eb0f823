//! A question that has to be answered before anything is spent or written: what is asked, what was typed, and since when.

use crate::model::dry_run::DryRun;
use crate::model::{Clean, Confirmation, Intent};
use crate::protocol::{OperationId, Question};
use chrono::{DateTime, TimeDelta, Utc};
use tui_input::Input;

/// How long after it opened a dialog takes no key: the last one was pressed for something else.
pub const DEAD_TIME: TimeDelta = TimeDelta::milliseconds(300);

/// The key that shows the steps.
pub const STEPS: char = 'd';

/// How long after the last letter Enter counts: what types faster than a person ends in one.
pub const SETTLED: TimeDelta = TimeDelta::milliseconds(300);

/// The question, and how far its answer is.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// Names the operation.
    pub id: OperationId,
    /// What the operator means to do.
    pub intent: Intent,
    /// What is asked; none until the machinery has said what it would do.
    pub question: Option<Question>,
    /// Whether it shows all that would be done, step by step, and asks nothing.
    pub steps: bool,
    /// What a site was asked for it so far; the last is what it is asked now.
    pub asked: Vec<Clean>,
    /// What it would do line by line, where it takes a page to say.
    pub dry_run: Option<Box<DryRun>>,
    /// Why it is not done, where that was said beside what it would do.
    pub refused: Option<String>,
    /// The first row of that page that is visible.
    pub offset: usize,
    /// Whether it shows only what breaks.
    pub only_breaks: bool,
    /// A step that goes first and is under way: then it is asked anew.
    pub after: Option<OperationId>,
    /// Since when it shows what it shows.
    pub since: DateTime<Utc>,
    /// What was typed.
    pub typed: Input,
    /// When the last letter was.
    pub last_letter: Option<DateTime<Utc>>,
}

/// What keys do in a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing but leaving: it waits for what would be done, or says why it is not.
    Nothing,
    /// One key, or any other that says no.
    Key,
    /// A word.
    Word,
}

impl Confirm {
    /// A dialog that waits for what it is to ask.
    pub fn new(id: OperationId, intent: Intent, now: DateTime<Utc>) -> Self {
        Self {
            id,
            intent,
            question: None,
            steps: false,
            asked: Vec::new(),
            dry_run: None,
            refused: None,
            offset: 0,
            only_breaks: false,
            after: None,
            since: now,
            typed: Input::default(),
            last_letter: None,
        }
    }

    /// Whether it takes the whole page: what it would do is long.
    pub fn is_page(&self) -> bool {
        matches!(self.intent, Intent::ObjectType(..))
    }

    /// Whether it waits for what it is to ask.
    pub fn waits(&self) -> bool {
        self.question.is_none() && self.refused.is_none()
    }

    /// Whether a step that was offered as a safer one goes before what is meant, and does not take its place.
    pub fn comes_after(&self, step: &Intent) -> bool {
        matches!((&self.intent, step), (Intent::Authorize(..), Intent::Revoke(_)))
    }

    /// Waits for a step that goes first. What was typed was typed by another picture of things.
    pub fn wait_for(&mut self, step: OperationId) {
        (self.question, self.after, self.typed, self.last_letter) = (None, Some(step), Input::default(), None);
    }

    /// What keys do in it.
    pub fn asks(&self) -> Asks {
        match self.question.as_ref().map(|question| &question.preview.confirm) {
            None => Asks::Nothing,
            Some(Confirmation::Yes(_)) => Asks::Key,
            Some(Confirmation::Type { .. }) => Asks::Word,
        }
    }

    /// Whether a key shows the steps: not while one types, and not where it is the word's first letter.
    pub fn has_steps_key(&self) -> bool {
        let is_letter = self.word().is_some_and(|word| word.starts_with(STEPS));
        let steps = self.question.as_ref().is_some_and(|question| !question.preview.steps.is_empty());
        steps && !is_letter && !self.steps && self.typed.value().is_empty()
    }

    /// Whether keys copy the dry run: not while one types, and not where one of them is the word's first letter.
    pub fn is_copied_by(&self, keys: impl Fn(char) -> bool) -> bool {
        let is_letter = self.word().and_then(|word| word.chars().next()).is_some_and(keys);
        self.dry_run.is_some() && !is_letter && self.typed.value().is_empty()
    }

    /// Whether it takes keys yet. A clock that was set back keeps nobody waiting.
    pub fn is_awake(&self, now: DateTime<Utc>) -> bool {
        !self.waits() && !(TimeDelta::zero()..DEAD_TIME).contains(&(now - self.since))
    }

    /// The word that has to be typed, if one has to be.
    pub fn word(&self) -> Option<&str> {
        match &self.question.as_ref()?.preview.confirm {
            Confirmation::Type { word, .. } => Some(word.as_str()),
            Confirmation::Yes(_) => None,
        }
    }

    /// Whether what is typed is the word.
    pub fn matches(&self) -> bool {
        self.word().is_some_and(|word| !word.is_empty() && self.typed.value() == word)
    }

    /// How many letters are still to come, while what is typed is the word's beginning.
    pub fn letters_to_go(&self) -> Option<usize> {
        let rest = self.word()?.strip_prefix(self.typed.value())?;
        Some(rest.chars().count())
    }

    /// Whether the last letter was long enough ago for Enter to be meant.
    pub fn is_settled(&self, now: DateTime<Utc>) -> bool {
        self.last_letter.is_some_and(|at| !(TimeDelta::zero()..SETTLED).contains(&(now - at)))
    }

    /// The keys of the safer steps, in their order; none for a step that is done elsewhere. A digit that the word begins
    /// with is a letter.
    pub fn safer_keys(&self) -> Vec<Option<char>> {
        let first = self.word().and_then(|word| word.chars().next());
        let mut free = ('1'..='9').filter(|digit| Some(*digit) != first);
        let steps = self.question.iter().flat_map(|question| &question.preview.safer);
        steps.map(|step| step.intent.as_ref().and_then(|_| free.next())).collect()
    }

    /// The safer step of a key, while nothing is typed.
    pub fn safer_step(&self, key: char) -> Option<&Intent> {
        if !self.typed.value().is_empty() {
            return None;
        }
        let place = self.safer_keys().iter().position(|its| *its == Some(key))?;
        self.question.as_ref()?.preview.safer.get(place)?.intent.as_ref()
    }
}
