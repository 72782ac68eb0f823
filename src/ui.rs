//! The console: message, update, effects, view. Uses `protocol`, `model` and `config`.
