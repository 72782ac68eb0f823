//! What lies over a place: questions, menus, the help, and the inputs in the row above the keys.

pub mod choose;
pub mod confirm;
pub mod copy;
pub mod dry_run;
pub mod filter;
pub mod help;
pub mod menu;
pub mod palette;
pub mod sort;
