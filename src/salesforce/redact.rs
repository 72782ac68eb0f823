//! Takes secrets out of texts before anything may keep them: those that are known, and whatever looks like a token.
//!
//! [`Redacted`] has no other maker than [`Redactor`], and an error takes nothing else, so no error text goes round it.
//! Uses `model` alone.

use crate::model::Clean;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

/// What stands where a secret stood.
const MASK: &str = "[secret]";
/// Shorter known secrets are not looked for: they would mask half of every sentence.
const SHORTEST: usize = 6;

/// A text without secrets, fit for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redacted(Clean);

impl Redacted {
    pub(super) fn into_clean(self) -> Clean {
        self.0
    }
}

/// Knows what must not be seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Redactor {
    known: Vec<SecretString>,
}

impl Redactor {
    /// The same redactor with one more known secret.
    #[must_use]
    pub(super) fn with(mut self, secret: &SecretString) -> Self {
        if secret.expose_secret().len() >= SHORTEST {
            self.known.push(secret.clone());
        }
        self
    }

    /// Takes the secrets out and cleans the rest.
    pub(super) fn redact(&self, text: impl AsRef<str>) -> Redacted {
        Redacted(Clean::new(self.mask(text.as_ref())))
    }

    /// The same, cut to `most` characters afterwards: half a secret would not be known for one.
    pub(super) fn excerpt(&self, text: impl AsRef<str>, most: usize) -> Redacted {
        let masked = self.mask(text.as_ref());
        match masked.char_indices().nth(most) {
            None => Redacted(Clean::new(masked)),
            Some(_) => Redacted(Clean::new(masked.chars().take(most - 1).chain(['…']).collect::<String>())),
        }
    }

    fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.known {
            let secret = secret.expose_secret();
            let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            for form in [secret, encoded.as_str()] {
                if text.contains(form) {
                    text = text.replace(form, MASK);
                }
            }
        }
        mask_tokens(&text)
    }
}

/// Masks what has the shape of a token: session ids (`00D` and the org's id, `!`, the rest), refresh tokens
/// (`5Aep861`...), JSON web tokens (`eyJ`...`.`...).
fn mask_tokens(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word_end = rest.find(|c| !is_token_char(c)).unwrap_or(rest.len());
        if word_end == 0 {
            kept.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(word_end);
        match token_start(word) {
            Some(start) => {
                kept.push_str(&word[..start]);
                kept.push_str(MASK);
            }
            None => kept.push_str(word),
        }
        rest = after;
    }
    kept
}

/// The signs that tokens are made of; `%` because a token may come percent-encoded.
fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '!' | '.' | '_' | '-' | '%' | '=')
}

/// Where in `word` a token begins.
fn token_start(word: &str) -> Option<usize> {
    let session = ["!", "%21"].iter().filter_map(|mark| {
        let mark = word.find(mark)?;
        let org = word[..mark].rfind("00D")?;
        matches!(mark - org, 15 | 18).then_some(org)
    });
    let refresh = word.find("5Aep861");
    let web = word.find("eyJ").filter(|start| word[*start..].contains('.'));
    session.chain(refresh).chain(web).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redact(text: &str) -> String {
        Redactor::default().with(&"s3cr3t/of+ours".into()).redact(text).into_clean().to_string()
    }

    #[test]
    fn known_secrets_go_in_every_coding() {
        assert_eq!(redact("a s3cr3t/of+ours b"), "a [secret] b");
        assert_eq!(redact("client_secret=s3cr3t%2Fof%2Bours&x=1"), "client_secret=[secret]&x=1");
    }

    #[test]
    fn tokens_go_by_their_shape() {
        assert_eq!(redact("bad 00D5g000000ORGE!AQ4A.Qx_-y9, retry"), "bad [secret], retry");
        assert_eq!(redact("sid=00D5g000000ORGEEA4%21AQ4A"), "sid=[secret]");
        assert_eq!(redact("\"5Aep861KIwKdekr90\""), "\"[secret]\"");
        assert_eq!(redact("<b>eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln</b>"), "<b>[secret]</b>");
    }

    #[test]
    fn ordinary_words_stay() {
        for text in ["Session expired or invalid", "org 00D5g000000ORGEEA4 is locked!", "MALFORMED_QUERY: line 1"] {
            assert_eq!(redact(text), text);
        }
    }

    proptest! {
        #[test]
        fn a_planted_token_never_survives(before in "[ -~]{0,40}", rest in "[A-Za-z0-9._-]{8,80}", after in "[ -~]{0,40}") {
            let token = format!("00D5g000000ORGE!{rest}");
            let kept = redact(&format!("{before} {token} {after}"));
            prop_assert!(!kept.contains(&rest) || before.contains(&rest) || after.contains(&rest));
        }
    }
}
