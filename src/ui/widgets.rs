//! The parts that pages are made of. They know signs and styles, and no site, org or rule.

pub mod badge;
pub mod dialog;
pub mod divider;
pub mod fuses;
pub mod hairline;
pub mod key_row;
pub mod labelled;
pub mod meter;
pub mod pen;
pub mod qr;
pub mod sparkline;
pub mod table;
pub mod vital_signs;
pub mod wire;

pub use pen::Pen;
