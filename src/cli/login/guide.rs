//! What an administrator makes in Salesforce, step by step, in the words of its Setup (Salesforce Help, "Create an External
//! Client App"; new connected apps can no longer be made since Spring '26).

use super::FlowName;
use crate::cli::wrap::wrap;
use crate::model::Permission;
use crate::salesforce::Authorization;
use std::fmt::{Display, Write};
use std::path::Path;
use strum::IntoEnumIterator;

/// Cells of a line: what every terminal has.
const COLUMNS: usize = 78;

/// Steps with their numbers, broken at blanks; what is to be copied stands in a line of its own.
struct Steps {
    text: String,
    number: usize,
}

impl Steps {
    fn step(&mut self, words: &str) {
        self.number += 1;
        let lead = format!("{:>3}. ", self.number);
        self.words(words, &lead, "     ");
    }

    fn whole(&mut self, words: impl Display) {
        let _ = writeln!(self.text, "       {words}");
    }

    fn words(&mut self, words: &str, first: &str, others: &str) {
        for (number, line) in wrap(words, COLUMNS - others.len()).into_iter().enumerate() {
            let lead = if number == 0 { first } else { others };
            let _ = writeln!(self.text, "{lead}{line}");
        }
    }

    /// The user that fusebox signs in as, and what is not seen without which permission.
    fn user(&mut self) {
        self.step(
            "A user for fusebox alone (Setup, Users), with a permission set (Setup, Permission Sets) that has these; what \
             stands below each is not seen without it:",
        );
        for permission in Permission::iter() {
            self.whole(permission);
            self.words(permission.lost(), "         ", "         ");
        }
        self.words("Nothing else is needed: fusebox writes nothing in the org.", "     ", "     ");
    }

    /// The app, up to what the flow asks of it.
    fn app(&mut self, flow: FlowName, port: u16) {
        self.step(
            "Setup, External Client App Manager, New External Client App: a name (\"fusebox\"), your address, distribution \
             state Local. It is an app of your own: WP Fusion's is never used.",
        );
        let (unused, refresh) = if flow == FlowName::Browser {
            ("", " and \"Perform requests at any time (refresh_token, offline_access)\"")
        } else {
            (" (the form wants one; it is never used)", "")
        };
        self.step(&format!(
            "API (Enable OAuth Settings), Enable OAuth. OAuth scopes: \"Manage user data via APIs (api)\"{refresh}, and no \
             others. Callback URL{unused}:"
        ));
        self.whole(Authorization::callback(port));
    }
}

/// The whole text.
pub(super) fn text(org: &str, flow: FlowName, certificate: &Path, port: u16) -> String {
    let mut steps = Steps { text: format!("In Salesforce, as an administrator of {org}:\n\n"), number: 0 };
    steps.user();
    if flow == FlowName::TokenCommand {
        steps.step("The program signs in as that user through an app of your own, and prints the session.");
        return steps.text;
    }
    steps.app(flow, port);
    match flow {
        FlowName::Jwt => {
            steps.step(
                "Flow Enablement, Enable JWT Bearer Flow. Upload the certificate that `fusebox login` makes; its key \
                 stays here:",
            );
            steps.whole(certificate.display());
        }
        FlowName::ClientCredentials => steps.step("Flow Enablement, Enable Client Credentials Flow."),
        FlowName::Browser => steps.step(
            "Security: Require Proof Key for Code Exchange (PKCE). \"Require secret for Web Server Flow\" and \"for Refresh \
             Token Flow\" off; else give the secret with --client-secret.",
        ),
        FlowName::TokenCommand => {}
    }
    steps.step(match flow {
        FlowName::ClientCredentials => {
            "Create. Then Policies, Edit, OAuth Flows: Enable Client Credentials Flow, and Run As: fusebox's user. The \
             org's address has to be its My Domain."
        }
        _ => {
            "Create. Then Policies, Edit: Permitted Users \"Admin approved users are pre-authorized\", and select the \
             permission set of step 1."
        }
    });
    let what = if flow == FlowName::ClientCredentials { "consumer key and secret" } else { "consumer key" };
    steps.step(&format!(
        "Settings, OAuth Settings, Consumer Key and Secret: copy the {what} for the next question. Salesforce needs up \
         to 10 minutes until it knows a new app."
    ));
    steps.text
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
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(words) && !flat.contains(foreign), "{flow}: {text}");
            for permission in Permission::iter() {
                assert!(text.contains(&permission.to_string()), "{flow}: {permission}");
            }
            assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        }
    }
}
