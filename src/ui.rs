//! The console: an Elm loop. One [`message::Message`] in, one `update`, a list of [`effect::Effect`]s out, a pure `view`.
//!
//! Uses `protocol`, `model` and `config`. [`runtime`] alone waits and alone touches the terminal.

pub mod action;
pub mod effect;
pub mod gallery;
pub mod glyphs;
pub mod keymap;
pub mod links;
pub mod manual;
pub mod message;
pub mod overlays;
pub mod page;
pub mod panes;
pub mod runtime;
pub mod state;
pub mod theme;
pub mod update;
pub mod view;
pub mod widgets;

pub use runtime::{Left, Options, UiError, lines, run};
pub use theme::ColorChoice;
