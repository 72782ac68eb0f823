//! Whatever an org answers: a look, a sign-in, a refusal.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let _ = fusebox::salesforce::fuzzing::answer(body);
});
