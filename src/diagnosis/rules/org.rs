//! The org itself: another one than before, or at the end of its allocation.

use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::remedy::{look, spend};
use crate::diagnosis::words::{Source, quote, supports, why};
use crate::model::refusal::{Refusal, read_call};
use crate::model::{Cause, Confidence, Finding, Permitted, Severity};

/// The site was authorized in an org whose place another one has taken.
pub(super) fn sandbox_refreshed(context: &Context) -> Option<Finding> {
    let org = context.org?;
    let organization = org.organization.as_ref().and_then(|organization| organization.value.seen())?;
    let former = context.connection()?.org.as_ref()?;
    let replaced = org.former_id.as_ref() == Some(former);
    let broken = context.broken();
    if *former == organization.id || !(replaced || (organization.sandbox && broken.is_some())) {
        return None;
    }
    if broken.is_none() && context.link() != Link::Connected {
        return None;
    }
    let name = context.org_name();
    let mut evidence = vec![
        supports(Source::Site, None, format!("the site was authorized in org {former}")),
        supports(Source::Org, None, format!("{name} is org {} now", organization.id)),
    ];
    if replaced {
        evidence.push(supports(Source::Measured, None, format!("{name} had the site's id before")));
    }
    evidence.extend(broken.map(super::refused::words_of));
    let then = match broken {
        Some(found) => format!("refused since {}.", super::refused::since(context, found)),
        None => "the site's next refresh will be refused.".to_owned(),
    };
    Some(Finding {
        cause: Cause::SandboxRefreshed,
        severity: if broken.is_some() { Severity::Fail } else { Severity::Warn },
        confidence: if replaced { Confidence::High } else { Confidence::Medium },
        reason: format!(
            "The sandbox {name} was refreshed: it is a new org, and the site's approval was in the former; {then}"
        ),
        why: why("sandbox refreshed"),
        since: broken.map(|found| found.first),
        evidence,
        remedies: vec![spend(
            format!("reauthorize in the refreshed {name}"),
            "takes a slot of the user who signs in; nothing of the former org is lost",
        )],
    })
}

/// The allocation is used up, or nearly so.
pub(super) fn call_limit(context: &Context) -> Option<Finding> {
    if context.link() != Link::Connected {
        return None;
    }
    let usage = context.org.and_then(|org| org.api_usage.as_ref());
    let percent = usage.and_then(|usage| usage.value.seen()).map(|usage| usage.percent());
    let percent = percent.filter(|percent| *percent >= context.thresholds.api_usage_percent);
    let refused = context.site.refused.as_ref().filter(|refused| {
        read_call(refused.value.as_str()) == Refusal::CallLimit
            && context.site.proof.is_none_or(|proof| refused.seen_at >= proof.at)
    });
    if percent.is_none() && refused.is_none() {
        return None;
    }
    let org = context.org_name();
    let mut evidence = Vec::new();
    evidence.extend(usage.filter(|_| percent.is_some()).and_then(|usage| match usage.value {
        Permitted::Yes(api) => {
            let what = format!("{} of {} calls of 24 hours are used", api.used, api.max);
            Some(supports(Source::Org, Some(usage.seen_at), what))
        }
        Permitted::No(_) => None,
    }));
    evidence.extend(refused.map(|refused| supports(Source::Site, Some(refused.seen_at), quote(&refused.value))));
    let (reason, short) = match percent {
        Some(percent) => (
            format!("{org} has used {percent} % of its API calls of 24 hours; at 100 % every call is refused."),
            format!("API calls {percent} % used"),
        ),
        None => {
            (format!("{org} refused a call of this site: its API calls are used up."), "API calls used up".to_owned())
        }
    };
    Some(Finding {
        cause: Cause::CallLimit,
        severity: Severity::Warn,
        confidence: Confidence::High,
        reason,
        why: why(short),
        since: None,
        evidence,
        remedies: vec![look(
            format!("find what calls {org} so often: Setup, System Overview, API usage"),
            "the allocation counts the last 24 hours, so it comes back by itself",
        )],
    })
}
