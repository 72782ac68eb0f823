//! Whatever file of aliases or CSV an operator imports: a plan that can be carried out, or a refusal.
#![no_main]

libfuzzer_sys::fuzz_target!(|source: &[u8]| fusebox::config::fuzzing::source(source));
