//! Takes tokens, passwords and keys out of words that others wrote, before they become a failure's text. The agent masks
//! what it sends itself; this is for what comes beside it: standard error, pages, ssh. Pure.

/// Longest text kept; standard error may hold a whole stack of calls.
const MAX_CHARS: usize = 400;
/// A run of letters and digits as long as this is a key or a token, never a word.
const LONG: usize = 48;
const MASK: &str = "[secret]";

/// `text` without what looks like a secret, at most 400 characters.
pub(super) fn redact(text: &str) -> String {
    let mut kept = String::new();
    let mut mask_next = false;
    for (run, separator) in runs(text) {
        let masked = !run.is_empty() && (mask_next || is_secret(run));
        kept.push_str(if masked { MASK } else { run });
        kept.push_str(separator);
        if !run.is_empty() {
            mask_next = run.eq_ignore_ascii_case("bearer") || run.eq_ignore_ascii_case("basic");
        }
    }
    let kept = kept.trim();
    if kept.chars().count() <= MAX_CHARS {
        return kept.to_owned();
    }
    let mut short: String = kept.chars().take(MAX_CHARS - 1).collect();
    short.push('…');
    short
}

/// Splits into runs of what tokens are made of, each with the other characters that follow it.
fn runs(mut text: &str) -> impl Iterator<Item = (&str, &str)> {
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let (run, rest) = text.split_at(text.find(|c: char| !is_part(c)).unwrap_or(text.len()));
        let (separator, rest) = rest.split_at(rest.find(is_part).unwrap_or(rest.len()));
        text = rest;
        Some((run, separator))
    })
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '!' | '.' | '_' | '-' | '+')
}

fn is_secret(run: &str) -> bool {
    let session = run.starts_with("00D") && run.contains('!');
    let refresh = run.starts_with("5Aep");
    let client = run.starts_with("3MVG9");
    let jwt = run.starts_with("eyJ") && run.contains('.');
    let digits = run.len() >= 32 && run.bytes().all(|byte| byte.is_ascii_hexdigit());
    let long = run.split(['.', '-']).any(|part| part.len() >= LONG);
    session || refresh || client || jwt || digits || long
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_go_and_words_stay() {
        let text = "PHP Fatal error: bad token 00D5g000000ORGE!AQ.x_y in /var/www/a.php: Authorization: Bearer abc, 5Aep861xyz";
        let shown = redact(text);
        assert_eq!(
            shown,
            "PHP Fatal error: bad token [secret] in /var/www/a.php: Authorization: Bearer [secret], [secret]"
        );
        assert_eq!(
            redact("deploy@web1: Permission denied (publickey)."),
            "deploy@web1: Permission denied (publickey)."
        );
    }

    #[test]
    fn keys_and_encoded_requests_go() {
        assert_eq!(redact(&"0a".repeat(32)), MASK);
        assert_eq!(redact(&format!("syntax error near '{}'", "QUJD".repeat(20))), "syntax error near '[secret]'");
        assert_eq!(redact("eyJhbGciOi.eyJzdWIi.c2ln"), MASK);
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(redact(&"word ".repeat(400)).chars().count(), MAX_CHARS);
    }

    proptest! {
        #[test]
        fn a_token_never_comes_through(before in "[^A-Za-z0-9!._+-]{0,20}", token in "00D[A-Za-z0-9]{12}![A-Za-z0-9._]{10,60}", after: String) {
            let shown = redact(&format!("{before}{token}\n{after}"));
            prop_assert!(!shown.contains(&token));
        }
    }
}
