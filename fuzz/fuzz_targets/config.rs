//! Whatever stands in config.toml: a configuration, or a refusal at its place.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| fusebox::config::fuzzing::file(text));
