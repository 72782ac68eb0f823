//! How something that costs is confirmed: `yes` where nothing is lost, and the name of each thing that is lost where something is.
//! A script gives the same by `--yes` and `--lose NAME`.

use super::Exit;
use super::login::asker::Asker;
use super::report::{Failure, talk};
use crate::model::SlotLoss;
use crate::model::slots::joined;
use std::io::IsTerminal;

/// What is asked.
pub(super) struct Ladder<'a> {
    /// The names of what is lost; none where nothing is.
    pub(super) lost: &'a [String],
    /// Those that were named already.
    pub(super) named: &'a [String],
    /// Whether nothing is to be asked where nothing is lost.
    pub(super) yes: bool,
    /// What it is, as the beginning of a sentence ("an authorization fills a slot").
    pub(super) act: &'a str,
    /// What yes does ("send somebody to the browser").
    pub(super) does: &'a str,
    /// What loses less, as advice.
    pub(super) safer: &'a [String],
}

/// Why it is not done.
pub(super) enum Unconfirmed {
    /// Something would be lost that nobody named: that is to be written down.
    WouldLose(Failure),
    /// Nobody said yes.
    Otherwise(Failure),
}

impl From<Failure> for Unconfirmed {
    fn from(failure: Failure) -> Self {
        Self::Otherwise(failure)
    }
}

impl Ladder<'_> {
    /// Asks, where there is somebody to be asked.
    pub(super) async fn climb(&self) -> Result<(), Unconfirmed> {
        let missing: Vec<&String> = self.lost.iter().filter(|name| !self.named.contains(name)).collect();
        let asks = std::io::stdin().is_terminal();
        if self.lost.is_empty() {
            if self.yes {
                return Ok(());
            }
            if !asks {
                let message =
                    format!("{} and is asked for first, and nobody can be asked without a terminal", self.act);
                return Err(Failure::new(Exit::Usage, message).advise("give --yes where a script is to do it").into());
            }
            talk(&format!("Type yes to {}:", self.does));
            let yes = Asker::new()?.line().await? == "yes";
            return if yes { Ok(()) } else { Err(denied().into()) };
        }
        if missing.is_empty() {
            return Ok(());
        }
        if !asks {
            let names: Vec<&str> = missing.iter().map(|name| name.as_str()).collect();
            let message = format!("it would cut off {}, and nothing was begun", names.join(" and "));
            let failure = Failure::new(Exit::WouldEvict, message);
            let failure = self.safer.iter().fold(failure, Failure::advise);
            let all: Vec<String> = missing.iter().map(|name| format!("--lose {name}")).collect();
            return Err(Unconfirmed::WouldLose(
                failure.advise(format!("{} to cut it off all the same", all.join(" "))),
            ));
        }
        let mut asker = Asker::new()?;
        for name in missing {
            talk(&format!("To cut off {name} all the same, type its name:"));
            if asker.line().await? != *name {
                return Err(denied().into());
            }
        }
        Ok(())
    }
}

fn denied() -> Failure {
    Failure::new(Exit::Denied, "not confirmed, and nothing was begun")
}

/// What is lost, in words.
pub(super) fn loss_words(loss: &SlotLoss) -> String {
    match loss {
        SlotLoss::Nothing => "nothing that works is lost".to_owned(),
        SlotLoss::Certain { sites } => format!("CUTS OFF {}", joined(sites)),
        SlotLoss::Possible { sites } if sites.is_empty() => "MAY CUT OFF a site that fusebox does not know".to_owned(),
        SlotLoss::Possible { sites } => format!("MAY CUT OFF {}", joined(sites)),
    }
}
