//! What an administrator makes in Salesforce, step by step, in the words of its Setup (Salesforce Help, "Create an External
//! Client App"; new connected apps can no longer be made since Spring '26).

use super::FlowName;
use crate::model::Permission;
use crate::salesforce::Authorization;
use std::fmt::Write;
use std::path::Path;
use strum::IntoEnumIterator;

/// The whole text.
pub(super) fn text(org: &str, flow: FlowName, certificate: &Path, port: u16) -> String {
    let mut text = format!("In Salesforce, as an administrator of {org}:\n\n");
    let mut number = 0;
    let mut step = |words: &str| {
        number += 1;
        let mut lines = words.lines();
        let _ = writeln!(text, "{number:>3}. {}", lines.next().unwrap_or_default());
        lines.for_each(|line| {
            let _ = writeln!(text, "     {line}");
        });
    };
    let width = Permission::iter().map(|one| one.to_string().len()).max().unwrap_or(0);
    let mut rights = String::new();
    for one in Permission::iter() {
        let _ = writeln!(rights, "  {:<width$}  {}", one.to_string(), one.lost());
    }
    let user = format!(
        "A user for fusebox alone (Setup, Users), with a permission set (Setup, Permission Sets) that has these; what\n\
         stands behind each is not seen without it:\n{rights}Nothing else is needed. fusebox writes nothing in the org."
    );
    if flow == FlowName::TokenCommand {
        step(&user);
        step("The program signs in as that user through an app of your own, and prints the session.");
        return text;
    }
    step(&user);
    step(
        "Setup, External Client App Manager, New External Client App: a name (\"fusebox\"), your address,\n\
         distribution state Local. It is an app of your own: WP Fusion's is never used.",
    );
    let callback = Authorization::callback(port);
    let unused = if flow == FlowName::Browser { "" } else { " (the form wants one; it is never used)" };
    let refresh = if flow == FlowName::Browser {
        "\nand \"Perform requests at any time (refresh_token, offline_access)\""
    } else {
        ""
    };
    step(&format!(
        "API (Enable OAuth Settings), Enable OAuth. Callback URL{unused}:\n  {callback}\n\
         OAuth scopes: \"Manage user data via APIs (api)\"{refresh}, and no others."
    ));
    match flow {
        FlowName::Jwt => step(&format!(
            "Flow Enablement, Enable JWT Bearer Flow. Upload the certificate that `fusebox login` makes; its key stays here:\n  {}",
            certificate.display()
        )),
        FlowName::ClientCredentials => step("Flow Enablement, Enable Client Credentials Flow."),
        FlowName::Browser => step(
            "Security: Require Proof Key for Code Exchange (PKCE). \"Require secret for Web Server Flow\" and \"for\n\
             Refresh Token Flow\" off; else give the secret with --client-secret.",
        ),
        FlowName::TokenCommand => {}
    }
    match flow {
        FlowName::ClientCredentials => step(
            "Create. Then Policies, Edit, OAuth Flows: Enable Client Credentials Flow, and Run As: fusebox's user. The\n\
             org's address has to be its My Domain.",
        ),
        _ => step(
            "Create. Then Policies, Edit: Permitted Users \"Admin approved users are pre-authorized\", and select the\n\
             permission set of step 1.",
        ),
    }
    let what = if flow == FlowName::ClientCredentials { "consumer key and secret" } else { "consumer key" };
    step(&format!(
        "Settings, OAuth Settings, Consumer Key and Secret: copy the {what} for the next question.\n\
         Salesforce needs up to 10 minutes until it knows a new app."
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_has_its_steps_and_all_permissions() {
        for (flow, words, foreign) in [
            (FlowName::Jwt, "/x/acme.crt", "Run As"),
            (FlowName::ClientCredentials, "Run As", "refresh_token"),
            (FlowName::Browser, "http://localhost:1717/OauthRedirect", "Run As"),
            (FlowName::TokenCommand, "prints the session", "Callback"),
        ] {
            let text = text("acme", flow, Path::new("/x/acme.crt"), 1717);
            assert!(text.contains(words) && !text.contains(foreign), "{flow}: {text}");
            for permission in Permission::iter() {
                assert!(text.contains(&permission.to_string()), "{flow}: {permission}");
            }
            assert!(text.lines().all(|line| line.len() <= 120), "{text}");
        }
    }
}
