//! Whatever a site prints, read as the agent's answer to each verb and over each way in.
#![no_main]

libfuzzer_sys::fuzz_target!(|output: &[u8]| {
    let _ = fusebox::wordpress::fuzzing::output(output);
});
