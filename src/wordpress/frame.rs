//! Finds the agent's answer between its two marker lines in whatever else a site printed. Pure.

use super::request::Nonce;

/// Most bytes of an answer (`docs/agent.md`).
pub(super) const MAX_ANSWER: usize = 1024 * 1024;
/// Most bytes that are read of what a site prints, the answer included.
pub(super) const MAX_OUTPUT: usize = 4 * MAX_ANSWER;

/// Why there is no answer in what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("no answer of the agent in what came")]
    Missing,
    #[error("an answer to another call came: something between here and the site keeps answers")]
    Foreign,
    #[error("the answer broke off half way")]
    Half,
    #[error("two answers came to one call")]
    Twice,
    #[error("an answer longer than 1 MiB came")]
    TooLong,
}

enum State {
    Before,
    /// Inside since this byte.
    Inside(usize),
    Found(usize, usize),
}

/// The bytes between the marker lines that carry `nonce`. Lines may end in CR LF.
pub(super) fn find<'a>(bytes: &'a [u8], nonce: &Nonce) -> Result<&'a [u8], FrameError> {
    let begin = format!("--fusebox {} begin--", nonce.as_str());
    let end = format!("--fusebox {} end--", nonce.as_str());
    let mut state = State::Before;
    let mut foreign = false;
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let after = start + line.len();
        let text = line.trim_ascii_end();
        if text == begin.as_bytes() {
            match state {
                State::Before => state = State::Inside(after),
                State::Inside(_) | State::Found(..) => return Err(FrameError::Twice),
            }
        } else if text == end.as_bytes() {
            if let State::Inside(from) = state {
                state = State::Found(from, start);
            }
        } else if text.starts_with(b"--fusebox ") && text.ends_with(b" begin--") {
            foreign = true;
        }
        start = after;
    }
    match state {
        State::Found(from, to) if to - from > MAX_ANSWER => Err(FrameError::TooLong),
        State::Found(from, to) => Ok(&bytes[from..to]),
        State::Inside(_) => Err(FrameError::Half),
        State::Before if foreign => Err(FrameError::Foreign),
        State::Before => Err(FrameError::Missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nonce() -> Nonce {
        Nonce::from_bytes([7; 16])
    }

    fn framed(payload: &str) -> String {
        let nonce = nonce();
        format!("\n--fusebox {0} begin--\n{payload}\n--fusebox {0} end--\n", nonce.as_str())
    }

    fn found(text: &str) -> Result<String, FrameError> {
        find(text.as_bytes(), &nonce()).map(|bytes| String::from_utf8_lossy(bytes.trim_ascii()).into_owned())
    }

    #[test]
    fn noise_around_and_crlf_do_no_harm() {
        let text = format!("Welcome to web1\n<!-- noisy -->{}bye", framed("{}"));
        assert_eq!(found(&text), Ok("{}".to_owned()));
        assert_eq!(found(&text.replace('\n', "\r\n")), Ok("{}".to_owned()));
    }

    #[test]
    fn what_is_no_answer_has_a_name() {
        let whole = framed("{}");
        assert_eq!(found(""), Err(FrameError::Missing));
        assert_eq!(found("<html>"), Err(FrameError::Missing));
        assert_eq!(found(&whole[..whole.len() - 10]), Err(FrameError::Half));
        assert_eq!(found(&format!("{whole}{whole}")), Err(FrameError::Twice));
        assert_eq!(found(&whole.replacen("0707", "0708", 2)), Err(FrameError::Foreign));
        assert_eq!(found(&framed(&"x".repeat(MAX_ANSWER + 1))), Err(FrameError::TooLong));
        assert_eq!(found(&framed("").replacen("begin", "end", 1)), Err(FrameError::Missing));
    }

    #[test]
    fn an_old_answer_beside_ours_is_noise() {
        let old = framed("old").replace("0707", "0909");
        assert_eq!(found(&format!("{old}{}", framed("new"))), Ok("new".to_owned()));
    }

    proptest! {
        #[test]
        fn any_noise_before_and_after_does_no_harm(before: Vec<u8>, after: Vec<u8>, payload in "[ -~]{0,80}") {
            let mut bytes = before;
            bytes.extend(framed(&payload).into_bytes());
            bytes.extend(after);
            let found = find(&bytes, &nonce()).map(|found| found.trim_ascii().to_vec());
            prop_assert_eq!(found, Ok(payload.trim().as_bytes().to_vec()));
        }

        #[test]
        fn any_cut_is_an_error_or_the_whole_answer(cut in 0usize..200) {
            let whole = framed(r#"{"ok":true}"#);
            let bytes = &whole.as_bytes()[..cut.min(whole.len())];
            if let Ok(found) = find(bytes, &nonce()) {
                prop_assert_eq!(found.trim_ascii(), br#"{"ok":true}"#);
            }
        }

        #[test]
        fn anything_at_all_is_survived(bytes: Vec<u8>) {
            prop_assert!(find(&bytes, &nonce()).is_err());
        }
    }
}
