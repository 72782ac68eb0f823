//! All that a sign-in would do, step by step, before anything of it is done.

use crate::diagnosis::Authorizable;
use crate::model::{Clean, Removed, SiteName, SlotCheck, SlotLoss, age};
use crate::operations::authorize::{EVERY, WATCHED};

/// The steps, in the order in which they are taken.
pub(super) fn steps(subject: &Authorizable) -> Vec<Clean> {
    let Authorizable { site, org, user_name, .. } = subject;
    let kind = match subject.sandbox {
        Some(true) => ", a sandbox",
        Some(false) => ", production",
        None => "",
    };
    let (every, span) = (EVERY.as_secs(), age::span(WATCHED));
    let looks = u64::try_from(WATCHED.num_seconds()).unwrap_or(u64::MAX) / every.max(1);
    let object = subject.object_type.as_ref().map_or_else(String::new, |object| format!(", object {object}"));
    let steps = [
        Some("The audit gets a line before, and one when it is over.".to_owned()),
        Some(format!("{site} is asked for its link. It is checked and shown to you; fusebox sends it to nobody.")),
        Some(format!("A person opens it and signs in as {user_name} in org {org}{kind}.")),
        Some(slot(&subject.check)),
        Some(format!(
            "The site and its org are looked at every {every}s for {span}: at most {looks} API calls of {org}."
        )),
        Some(format!("Once the site holds a new token: same org, same user{object}, and one call of its own.")),
        subject.first.then(|| "The site is set up as its settings page would, and reads topics and fields.".to_owned()),
        Some("Whatever comes of it, and if nobody comes, nothing is undone.".to_owned()),
    ];
    steps.into_iter().flatten().map(Clean::from).collect()
}

/// What becomes of the user's slots.
fn slot(check: &SlotCheck) -> String {
    let Some(used) = check.used else {
        return "Salesforce makes a new approval. Not all are listed: whether it revokes another is not known."
            .to_owned();
    };
    let removed = check.costs.iter().flat_map(|cost| &cost.removes);
    let removed: Vec<String> = removed
        .filter_map(|removed| match removed {
            Removed::Held { approval_id } => Some(approval_id.short()),
            Removed::Made { .. } => None,
        })
        .collect();
    let revoked = match removed.as_slice() {
        [] => {
            return format!(
                "Salesforce makes a new approval: {} of {} are used then, none is revoked.",
                used.saturating_add(1),
                check.limit
            );
        }
        [only] => format!("{only} is"),
        several => format!("one of {} is", several.join(" and ")),
    };
    let lost: Vec<&str> = check.lost().into_iter().map(SiteName::as_str).collect();
    let certain = check.costs.iter().any(|cost| matches!(cost.loss, SlotLoss::Certain { .. }));
    let lost = match (check.loses_nothing(), lost.as_slice()) {
        (true, _) => "nothing that works holds it".to_owned(),
        (false, []) => "whose it is is not known".to_owned(),
        (false, lost) if certain => format!("{} is cut off by that", lost.join(" and ")),
        (false, lost) => format!("{} may be cut off by that", lost.join(" or ")),
    };
    format!(
        "Salesforce makes a new approval. {used} of {} are used: {revoked} revoked at that moment, and {lost}.",
        check.limit
    )
}
