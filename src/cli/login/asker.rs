//! Asks a person at a terminal, line by line. Without a terminal nothing is asked: what an option would have told is
//! missing then, and lines of the input are taken where they are asked for by name.

use super::FlowName;
use crate::cli::Exit;
use crate::cli::report::{Failure, talk};
use crate::cli::signals::Signals;
use clap::ValueEnum;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use std::io::{self, IsTerminal, Write};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};
use url::Url;

/// The way to the person.
pub(in crate::cli) struct Asker {
    lines: Lines<BufReader<Stdin>>,
    terminal: bool,
    signals: Signals,
}

impl Asker {
    pub(in crate::cli) fn new() -> Result<Self, Failure> {
        let lines = BufReader::new(tokio::io::stdin()).lines();
        Ok(Self { lines, terminal: io::stdin().is_terminal(), signals: Signals::catch()? })
    }

    /// Whether somebody can be asked.
    pub(in crate::cli) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// The next line of the input, without blanks around it.
    pub(in crate::cli) async fn line(&mut self) -> Result<String, Failure> {
        match self.next_line().await? {
            Some(line) => Ok(line),
            None => Err(Failure::usage("the input ended before the answer came")),
        }
    }

    /// The same; none where the input has ended. May be given up and asked again.
    pub(super) async fn next_line(&mut self) -> Result<Option<String>, Failure> {
        tokio::select! {
            line = self.lines.next_line() => match line {
                Ok(line) => Ok(line.map(|line| line.trim().to_owned())),
                Err(error) => Err(Failure::new(Exit::Failed, format!("the input can not be read: {error}"))),
            },
            signal = self.signals.ended() => Err(Failure::new(signal, "ended by a signal")),
        }
    }

    /// An answer that is not empty. `option` would have told it.
    pub(super) async fn ask(&mut self, question: &str, option: &str) -> Result<String, Failure> {
        if !self.terminal {
            return Err(Failure::usage(format!("{option} is missing, and nobody can be asked without a terminal")));
        }
        loop {
            let answer = self.ask_or(question, "").await?;
            if !answer.is_empty() {
                return Ok(answer);
            }
        }
    }

    /// An answer, or `otherwise` where it is empty.
    pub(super) async fn ask_or(&mut self, question: &str, otherwise: &str) -> Result<String, Failure> {
        prompt(question, otherwise);
        let answer = self.line().await?;
        Ok(if answer.is_empty() { otherwise.to_owned() } else { answer })
    }

    /// An answer that the terminal does not show.
    pub(super) async fn ask_hidden(&mut self, question: &str, option: &str) -> Result<SecretString, Failure> {
        let hidden = Hidden::begin();
        let answer = self.ask(question, option).await;
        drop(hidden);
        // The line's end was not shown either.
        if self.terminal {
            talk("");
        }
        Ok(answer?.into())
    }

    /// An address.
    pub(super) async fn url(&mut self, question: &str) -> Result<Url, Failure> {
        loop {
            let answer = self.ask(question, "--login-url").await?;
            let whole = if answer.contains("://") { answer } else { format!("https://{answer}") };
            match Url::parse(&whole) {
                Ok(url) if url.has_host() => return Ok(url),
                _ => talk("that is no address; write it as https://acme.my.salesforce.com"),
            }
        }
    }

    pub(super) async fn choose_flow(&mut self) -> Result<FlowName, Failure> {
        if !self.terminal {
            return Err(Failure::usage("--flow is missing, and nobody can be asked without a terminal"));
        }
        talk("How fusebox signs in:");
        let flows = FlowName::value_variants();
        for (number, flow) in flows.iter().enumerate() {
            let value = flow.to_possible_value();
            let help = value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default();
            talk(&format!("  {}  {:<20}{help}", number + 1, flow.to_string()));
        }
        loop {
            let answer = self.ask_or("Which one", "1").await?;
            let by_number = answer.parse().ok().and_then(|number: usize| flows.get(number.checked_sub(1)?));
            if let Some(flow) = by_number.or_else(|| flows.iter().find(|flow| flow.to_string() == answer)) {
                return Ok(*flow);
            }
            talk("one of the numbers, please");
        }
    }
}

fn prompt(question: &str, otherwise: &str) {
    let mut err = io::stderr().lock();
    let shown = if otherwise.is_empty() { String::new() } else { format!(" [{otherwise}]") };
    // Who is not there to read it does not answer either.
    let _ = write!(err, "{question}{shown}: ").and_then(|()| err.flush());
}

/// While it lives, the terminal shows nothing of what is typed. It is given back however this ends: signals are caught.
pub(super) struct Hidden(Option<Termios>);

impl Hidden {
    pub(super) fn begin() -> Self {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(before) = &before {
            let mut quiet = before.clone();
            quiet.local_modes.remove(LocalModes::ECHO);
            // A terminal that can not be told shows what is typed; the question is asked all the same.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &quiet);
        }
        Self(before)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}
