//! Questions of the gallery, as the machinery would ask them.

use super::{BadData, read};
use crate::model::{ActionClass, Clean, Confirmation, Intent, Loss, Preview, Safer};
use crate::protocol::{Command, OperationId, Question};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = "questions.toml";

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionData {
    title: Clean,
    #[serde(default)]
    loses: Option<[Clean; 3]>,
    does: Vec<Clean>,
    #[serde(default)]
    slots: Option<String>,
    #[serde(default)]
    steps: Vec<Clean>,
    #[serde(default)]
    safer: Vec<SaferData>,
    yes: Option<Clean>,
    word: Option<Clean>,
    to: Option<Clean>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaferData {
    what: Clean,
    costs: Clean,
    key: bool,
}

/// The question of this name. What it would send is of no matter: nobody confirms it.
pub(super) fn named(name: &str, id: OperationId, now: DateTime<Utc>) -> Result<Question, BadData> {
    let bad = |what: String| BadData { file: FILE, what };
    let mut all: BTreeMap<String, QuestionData> = read(FILE, include_str!("questions.toml"))?;
    let data = all.remove(name).ok_or_else(|| bad(format!("no question is named {name}")))?;
    let confirm = match (data.yes, data.word.zip(data.to)) {
        (Some(yes), None) => Confirmation::Yes(yes),
        (None, Some((word, to))) => Confirmation::Type { word, to },
        _ => return Err(bad(format!("{name} has either yes, or word and to"))),
    };
    let safer = data.safer.into_iter().map(|step| Safer {
        what: step.what,
        costs: step.costs,
        intent: step.key.then_some(Intent::Write),
    });
    let preview = Preview {
        title: data.title,
        class: ActionClass::Write,
        loses: data.loses.map(|[how, name, fact]| Loss { how, name, fact }),
        does: data.does,
        slots: data.slots.map(|name| super::slots::named(&name, now)).transpose()?.map(Box::new),
        steps: data.steps,
        safer: safer.collect(),
        confirm,
    };
    Ok(Question { preview, command: Command::AllowWriting(id) })
}
