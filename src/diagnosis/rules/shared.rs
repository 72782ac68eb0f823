//! Two sites hold one refresh token.

use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::remedy::{spend, write};
use crate::diagnosis::words::{Source, list, supports, why};
use crate::model::{Cause, Confidence, Finding, Remedy, Severity, SiteState};

/// A copy of the database carries its original's token: what ends it for one ends it for both.
pub(super) fn shared_token(context: &Context) -> Option<Finding> {
    let sharers = context.sharers();
    let first = sharers.first()?;
    if context.link() != Link::Connected {
        return None;
    }
    let names: Vec<String> = sharers.iter().take(3).map(|site| site.name.to_string()).collect();
    let more = sharers.len().saturating_sub(names.len());
    let names = if more == 0 { list(&names, "and") } else { format!("{} and {more} more", names.join(", ")) };
    let token = context.connection().and_then(|connection| connection.refresh);
    let seen = first.last_connection.as_ref().map(|seen| seen.seen_at);
    let what = token.map_or_else(String::new, |token| format!("fingerprint {} on both", token.short()));
    Some(Finding {
        cause: Cause::SharedToken,
        severity: Severity::Warn,
        confidence: Confidence::High,
        reason: format!("This site holds one refresh token with {names}: what ends it for one ends it for all."),
        why: why(format!("shares {} token", context.short(&first.name))),
        since: None,
        evidence: vec![supports(Source::Site, seen, what)],
        remedies: remedies(context, &sharers),
    })
}

/// The copy loses the token, not the original; which is which shows where one of them is held back.
fn remedies(context: &Context, sharers: &[&SiteState]) -> Vec<Remedy> {
    let copy = std::iter::once(&context.site).chain(sharers).find(|site| context.is_staged(site));
    let name = copy.map_or_else(|| "the copy".to_owned(), |site| site.name.to_string());
    vec![
        write(format!("disconnect {name}"), "the other keeps its token; revoke nothing, that would end both"),
        spend(format!("authorize {name} anew"), "takes a slot of the user who signs in"),
    ]
}
