//! One TOML file, XDG paths, validation with line numbers. Uses `model` alone.
