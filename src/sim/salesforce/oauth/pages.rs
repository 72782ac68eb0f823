//! The few pages that a browser gets: who are you and do you allow it, and what went wrong. Text from a request is
//! escaped.

use super::super::super::ask::Reply;
use chrono::{DateTime, Utc};
use std::fmt::Write;

const HTML: &str = "text/html; charset=UTF-8";

/// Something that a form carries along.
pub(super) struct Hidden<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

/// One choice of the list of users.
pub(super) struct Choice {
    pub(super) username: String,
    pub(super) org: String,
    pub(super) chosen: bool,
}

/// Asks who allows what to whom.
pub(super) fn consent(app: &str, choices: &[Choice], hidden: &[Hidden<'_>], at: DateTime<Utc>) -> Reply {
    let mut fields = String::new();
    for Hidden { name, value } in hidden {
        let _ = writeln!(fields, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value));
    }
    let mut options = String::new();
    for choice in choices {
        let (user, org) = (escape(&choice.username), escape(&choice.org));
        let selected = if choice.chosen { " selected" } else { "" };
        let _ = writeln!(options, "<option value=\"{user}\"{selected}>{user} ({org})</option>");
    }
    let app = escape(app);
    page(
        "Allow Access?",
        &format!(
            "<p>{app} is asking to access your information.</p>\n\
             <form method=\"post\" action=\"/services/oauth2/authorize\">\n{fields}\
             <label>Log in as <select name=\"user\">\n{options}</select></label>\n\
             <button name=\"answer\" value=\"allow\">Allow</button>\n\
             <button name=\"answer\" value=\"deny\">Deny</button>\n</form>\n"
        ),
        200,
        at,
    )
}

/// What Salesforce shows where it sends the browser nowhere.
pub(super) fn oauth_error(error: &str, description: &str, at: DateTime<Utc>) -> Reply {
    let body = format!(
        "<p>We can't authorize you because of an OAuth error. For more information, contact your Salesforce \
         administrator.</p>\n<p>{} : {}</p>\n",
        escape(error),
        escape(description)
    );
    page("OAuth Error", &body, 400, at)
}

/// Sends the browser on.
pub(super) fn redirect(to: &str, at: DateTime<Utc>) -> Reply {
    let mut reply = page("Redirect", "", 302, at);
    reply.location = Some(to.to_owned());
    reply
}

fn page(title: &str, body: &str, status: u16, at: DateTime<Utc>) -> Reply {
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>{title}</title></head><body>\n<h1>{title}</h1>\n{body}</body></html>\n"
    );
    Reply::text(status, HTML, text, at)
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_writes_no_page() {
        let reply = oauth_error("<script>", "\"&'", DateTime::UNIX_EPOCH);
        assert!(reply.body.contains("&lt;script&gt; : &quot;&amp;&#39;"), "{}", reply.body);
    }
}
