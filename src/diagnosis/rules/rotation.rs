//! Rotation: each refresh voids the refresh token, and the plugin forgets the new one.

use crate::diagnosis::compatibility::{self, Trait};
use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::remedy::{authorize_anew, write};
use crate::diagnosis::words::{Source, opposes, supports, why};
use crate::model::{Cause, Confidence, Evidence, Finding, PluginState, Remedy, Rotation, Severity};

/// A site survives one refresh and dies at the second.
const REFRESHES: u32 = 2;

/// A rotated token was presented again.
pub(super) fn rotated_out(context: &Context) -> Option<Finding> {
    let death = context.death().filter(|_| context.org_terms.rotation == Rotation::On)?;
    let own = context.own();
    if death.departed.is_some() {
        return None;
    }
    let young = own.filter(|own| own.position.is_some() && own.entry.approval.use_count <= REFRESHES);
    let mut evidence = vec![told()];
    evidence.extend(own.map(|own| {
        let (id, uses) = (own.entry.approval.id.short(), own.entry.approval.use_count);
        let what = format!("approval {id} counts {uses} refresh requests, refused ones included");
        if young.is_some() { supports(Source::Org, None, what) } else { opposes(Source::Org, None, what) }
    }));
    evidence.extend(context.broken().map(super::refused::words_of));
    let since = context.stamp(death.at);
    let earlier = if death.or_earlier { " or earlier" } else { "" };
    Some(Finding {
        cause: Cause::RotatedOut,
        severity: Severity::Fail,
        confidence: if young.is_some() { Confidence::High } else { Confidence::Medium },
        reason: format!(
            "Rotation is on, and the site presented a token that was already replaced; refused since {since}{earlier}."
        ),
        why: why("old token reused"),
        since: Some(death.at),
        evidence,
        remedies: remedies(context, true),
    })
}

/// It works now, and the second refresh will end it.
pub(super) fn risk(context: &Context) -> Option<Finding> {
    let at_risk = context.org_terms.rotation == Rotation::On
        && context.link() == Link::Connected
        && context.broken().is_none()
        && context.death().is_none();
    let state = &context.site.status.as_ref()?.value.plugin;
    let PluginState::Active { edition, version } = state else { return None };
    let keeps = compatibility::keeps_rotated_tokens(state);
    // A plugin that keeps them is at no risk; of one that is not known nobody can tell.
    if !at_risk || keeps.is_some_and(|keeps| keeps.holds) {
        return None;
    }
    let left = context.own().filter(|own| own.position.is_some() && own.confidence == Confidence::High).map(|own| {
        match own.entry.approval.use_count {
            0 => "1 left",
            _ => "none left",
        }
    });
    let what = format!("WP Fusion {edition} {version} is here");
    let plugin = match keeps {
        Some(Trait { evidence, .. }) => {
            supports(Source::Site, None, format!("{what}; this version drops rotated tokens ({evidence})"))
        }
        None => opposes(Source::Site, None, format!("{what}; whether this version keeps rotated tokens is not known")),
    };
    let reason = match keeps {
        Some(_) => "Rotation is on and the plugin forgets rotated tokens: a site survives one refresh.",
        None => {
            "Rotation is on, and whether the plugin keeps rotated tokens is not known: if not, a site survives one refresh."
        }
    };
    Some(Finding {
        cause: Cause::RotationRisk,
        severity: Severity::Warn,
        confidence: if keeps.is_some() { Confidence::High } else { Confidence::Medium },
        reason: reason.to_owned(),
        why: why(left.map_or_else(|| "rotation on".to_owned(), |left| format!("rotation on: {left}"))),
        since: None,
        evidence: vec![told(), plugin],
        remedies: remedies(context, false),
    })
}

fn told() -> Evidence {
    supports(Source::Operator, None, "the configuration says that refresh tokens rotate here")
}

fn remedies(context: &Context, dead: bool) -> Vec<Remedy> {
    let mut remedies = vec![
        write(
            format!("switch refresh token rotation off for {} in {}", context.org_terms.app, context.org_name()),
            "costs nothing; without it every new token ends the same way",
        ),
        write(format!("update WP Fusion on {}", context.site.name), "helps where the newer one keeps rotated tokens"),
    ];
    if dead {
        remedies.extend(authorize_anew(context));
    }
    remedies
}
