//! What fuzzers hand to the readers of an agent's output, and what must hold of what these make of it. For `fuzz/` and
//! for tests alone. Uses `model` alone.

use super::answer::Refresh;
use super::exit::{self, Place};
use super::frame;
use super::process::Ended;
use super::request::{Nonce, Request, Verb};
use super::wire::{self, Answer, Refusal};
use super::{Failure, same_site};
use crate::model::{Clean, Fact};
use secrecy::SecretString;
use std::sync::LazyLock;
use std::time::Duration;
use url::Url;

/// The nonce of the examples in `tests/fixtures/agent/`.
const NONCE: u128 = 0x3f0c_8e51_d2a9_4b77_86f1_c0a3_5be2_749a;

/// A failure's text, cut for a line, and the words of ours around it.
const LONGEST: usize = 600;

/// One request of each verb, all with the examples' nonce.
static REQUESTS: LazyLock<Vec<Request>> = LazyLock::new(|| {
    let key = SecretString::from("ab".repeat(32));
    let verbs = [
        Verb::Status,
        Verb::Log { limit: 20 },
        Verb::Mapping,
        Verb::Prove,
        Verb::Describe { object: "Contact".to_owned() },
        Verb::AuthorizationUrl,
        Verb::RefreshToken,
        Verb::Choices,
        Verb::Lists,
        Verb::RefreshFields { refresh: Refresh::Withheld },
        Verb::SetObjectType { object_type: "Lead".to_owned(), refresh: Refresh::Withheld },
    ];
    let requests = verbs.into_iter().filter_map(|verb| Request::new(verb, &key, Duration::from_secs(10)).ok());
    let mut requests: Vec<_> = requests.collect();
    for request in &mut requests {
        request.nonce = Nonce::from_bytes(NONCE.to_be_bytes());
    }
    requests
});

/// Reads `output` as all that came of a call, of each verb and over each way in.
///
/// # Panics
///
/// Where something does not hold that must.
pub fn output(output: &[u8]) -> Vec<Fact> {
    REQUESTS.iter().take(1).for_each(|request| ends(output, request));
    facts(output)
}

/// Reads `output` as an answer to each verb, and as what stands in the frame of one where it holds none. Gives what a look
/// would have seen.
///
/// # Panics
///
/// Where something does not hold that must.
pub fn facts(output: &[u8]) -> Vec<Fact> {
    let read = |request: &Request| {
        let framed = frame::find(output, &request.nonce).unwrap_or(output);
        wire::answer(framed, request).and_then(|answer| fact(answer, &request.verb))
    };
    let told = REQUESTS.iter().map(read).map(|told| {
        told.unwrap_or_else(|failure| {
            holds(&failure);
            None
        })
    });
    told.flatten().collect()
}

/// A program printed this, on either of its streams. How it ended depends on the length: all ends for each would take most
/// of a fuzzer's time.
fn ends(output: &[u8], request: &Request) {
    const CODES: [Option<i32>; 5] = [Some(0), Some(1), Some(124), Some(255), None];
    let code = CODES[output.len() % CODES.len()];
    let place = if (output.len() / CODES.len()).is_multiple_of(2) { Place::Here } else { Place::BehindSsh };
    for (stdout, stderr) in [(output, &b""[..]), (&b""[..], output)] {
        let ended = Ended { code, stdout: stdout.to_vec(), stderr: stderr.to_vec() };
        if let Err(failure) = exit::answer(Ok(ended), request, place) {
            holds(&failure);
        }
    }
}

fn fact(answer: Answer, verb: &Verb) -> Result<Option<Fact>, Failure> {
    let result = answer.result.map_err(Refusal::into_failure)?;
    Ok(match verb {
        Verb::Status => {
            let status = wire::status(result, answer.agent_version)?;
            let home_url = status.home_url.as_str();
            if let Ok(url) = Url::parse(home_url) {
                same_site::check(&url, home_url)?;
            }
            Some(Fact::Status(Box::new(status)))
        }
        Verb::Log { .. } => Some(Fact::Log(wire::log(result)?)),
        Verb::Prove => Some(Fact::Prove(wire::prove(result)?)),
        Verb::Mapping => wire::mapping(result).map(|_| None)?,
        Verb::Describe { .. } => wire::describe(result).map(|_| None)?,
        Verb::RefreshToken => wire::refreshed(result).map(|_| None)?,
        Verb::Choices => wire::choices(result).map(|_| None)?,
        Verb::Lists => wire::lists(result).map(|_| None)?,
        Verb::RefreshFields { .. } => wire::fields_refreshed(result).map(|_| None)?,
        Verb::SetObjectType { .. } | Verb::SetSegmentType { .. } | Verb::Configure { .. } | Verb::Restore { .. } => {
            wire::site_write(Ok(result)).map(|_| None)?
        }
        Verb::CompleteAuthorization { .. } => wire::completed(result).map(|_| None)?,
        Verb::AuthorizationUrl => {
            let url = wire::authorization_url(result)?;
            assert!(url.scheme() == "https" || super::is_loopback(&url), "a browser opens nothing else: {url}");
            None
        }
    })
}

/// A failure is a line: clean, and short.
fn holds(failure: &Failure) {
    let text = failure.text.as_str();
    assert_eq!(Clean::new(text).as_str(), text, "a clean text stays as it is");
    assert!(text.chars().count() <= LONGEST, "{} characters: {text}", text.chars().count());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn examples() -> Vec<Vec<u8>> {
        let folder = format!("{}/tests/fixtures/agent", env!("CARGO_MANIFEST_DIR"));
        let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let mut files: Vec<_> = files.filter(|path| path.to_string_lossy().ends_with(".answer.json")).collect();
        files.sort();
        files.into_iter().map(|path| fs::read(path).expect("a file")).collect()
    }

    #[test]
    fn the_examples_are_read() {
        assert!(examples().iter().filter(|example| !output(example).is_empty()).count() >= 3);
    }

    proptest! {
        #[test]
        fn any_damage_to_an_example_is_survived(
            example in prop::sample::select(examples()),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in any::<prop::sample::Index>(),
            framed: bool,
        ) {
            let mut bytes = example;
            for (place, byte) in damage {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            if framed {
                let nonce = format!("{NONCE:032x}");
                let text = String::from_utf8_lossy(&bytes).into_owned();
                bytes = format!("noise\n--fusebox {nonce} begin--\n{text}\n--fusebox {nonce} end--\n").into_bytes();
            }
            output(&bytes);
            let cut = cut.index(bytes.len());
            output(&bytes[..cut]);
        }

        #[test]
        fn anything_at_all_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            prop_assert_eq!(output(&bytes), Vec::new());
        }
    }
}
