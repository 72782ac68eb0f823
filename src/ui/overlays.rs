//! What lies over a place: the help, and the inputs in the row above the keys.

pub mod copy;
pub mod filter;
pub mod help;
pub mod palette;
pub mod sort;
