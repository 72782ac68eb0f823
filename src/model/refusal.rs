//! Reads the plugin's words for "Salesforce refused" into a closed list.
//!
//! The texts are Salesforce's own (`error_description` of the token endpoint, messages of the REST API) behind the three
//! beginnings that WP Fusion puts before them. Uses nothing of ours.

/// Why Salesforce refused a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// "expired access/refresh token": revoked, evicted, expired by policy or rotated out. Salesforce does not tell which.
    TokenDead,
    /// "authentication failure": vendors see it after a change of password, Salesforce explains it nowhere.
    AuthenticationFailure,
    /// "activation secret invalid": the token is bound to a device.
    DeviceSecret,
    /// "inactive user".
    UserInactive,
    /// The address is not allowed, at the token endpoint or for the call itself.
    IpRestricted,
    /// The app admits pre-authorized users only.
    NotPreauthorized,
    /// "this app is blocked by admin".
    AppBlocked,
    /// "app must be installed into org".
    AppMissing,
    /// The app's consumer key or secret is not known any more.
    ClientRefused,
    /// The org is inactive, locked or suspended.
    OrgLocked,
    /// "The REST API is not enabled for this Organization."
    ApiDisabled,
    /// The kind of grant is refused: a site that still logs in with a password.
    GrantRefused,
    /// Another final refusal of the call itself.
    SessionRefused,
    /// "token request is already being processed": two refreshes at once.
    Busy,
    /// Too many logins of one user.
    Throttled,
    /// The org's API allocation, or its number of long requests, is used up.
    CallLimit,
    /// Salesforce was not able to answer.
    Unavailable,
    /// A refusal whose words are not known here.
    Unclear,
}

impl Refusal {
    /// Whether trying again later can not help.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Busy | Self::Throttled | Self::CallLimit | Self::Unavailable | Self::Unclear)
    }
}

/// Descriptions of the token endpoint, in lower case and without a full stop at the end.
const REFRESH: &[(&str, Refusal)] = &[
    ("expired access/refresh token", Refusal::TokenDead),
    ("token validity expired", Refusal::TokenDead),
    ("authentication failure", Refusal::AuthenticationFailure),
    ("activation secret invalid", Refusal::DeviceSecret),
    ("inactive user", Refusal::UserInactive),
    ("user is inactive", Refusal::UserInactive),
    ("user is not active", Refusal::UserInactive),
    ("ip restricted", Refusal::IpRestricted),
    ("ip address not allowed", Refusal::IpRestricted),
    ("user is not admin approved to access this app", Refusal::NotPreauthorized),
    ("user hasn't approved this consumer", Refusal::NotPreauthorized),
    ("this app is blocked by admin", Refusal::AppBlocked),
    ("app must be installed into org", Refusal::AppMissing),
    ("external client app is not installed in this org", Refusal::AppMissing),
    ("invalid client credentials", Refusal::ClientRefused),
    ("invalid client", Refusal::ClientRefused),
    ("client identifier invalid", Refusal::ClientRefused),
    ("inactive org", Refusal::OrgLocked),
    ("organization is inactive", Refusal::OrgLocked),
    ("organization is not active", Refusal::OrgLocked),
    ("organization suspended", Refusal::OrgLocked),
    ("organization locked", Refusal::OrgLocked),
    ("organization closed", Refusal::OrgLocked),
    ("grant type not supported", Refusal::GrantRefused),
    ("unsupported_grant_type", Refusal::GrantRefused),
    ("token request is already being processed", Refusal::Busy),
    // What Salesforce called the same until about September 2024.
    ("expired authorization code", Refusal::Busy),
    ("login rate exceeded", Refusal::Throttled),
    ("rate_limit_exceeded", Refusal::Throttled),
    ("server_error", Refusal::Unavailable),
    ("temporarily_unavailable", Refusal::Unavailable),
];

/// Messages of a call that was refused with 401 or 403.
const CALL: &[(&str, Refusal)] = &[
    ("this session is not valid for use with the rest api", Refusal::IpRestricted),
    ("connected app is not attached to agent", Refusal::NotPreauthorized),
    ("the rest api is not enabled for this organization", Refusal::ApiDisabled),
    ("api is not enabled for this organization or partner", Refusal::ApiDisabled),
    ("api is disabled for this user", Refusal::ApiDisabled),
    ("totalrequests limit exceeded", Refusal::CallLimit),
    ("concurrentrequests (concurrent api requests) limit exceeded", Refusal::CallLimit),
];

/// Reads one row of the plugin's log. Nothing for a row that tells of something else, and for a refresh that fusebox
/// itself withheld.
///
/// The description must be known as a whole, to the end of the row: a visitor's name in the middle of a row can not forge
/// a final refusal.
pub fn read(message: &str) -> Option<Refusal> {
    let message = message.to_ascii_lowercase();
    let after = |marker: &str| message.rfind(marker).map(|at| plain(&message[at + marker.len()..]));
    if message.contains("unknown error refreshing access token") {
        return Some(Refusal::Unavailable);
    }
    if let Some(description) = after("error refreshing access token:") {
        return match description {
            "refresh withheld" => None,
            description => Some(known(REFRESH, description).unwrap_or(Refusal::Unclear)),
        };
    }
    let message = after("invalid api credentials:").or_else(|| after("forbidden - "))?;
    Some(known(CALL, message).unwrap_or(Refusal::Unclear))
}

/// Reads the text of a call that was refused for another reason than an expired session. Unknown words are final here:
/// the agent has told the refusal from a failure by its status.
pub fn read_call(text: &str) -> Refusal {
    match read(text) {
        None | Some(Refusal::Unclear) => Refusal::SessionRefused,
        Some(refusal) => refusal,
    }
}

/// Salesforce's own words in a row or a text, without what the plugin puts before them.
pub fn words(message: &str) -> &str {
    let markers = ["error refreshing access token:", "invalid api credentials:", "forbidden - "];
    // Lower case of ASCII alone keeps every place.
    let lower = message.to_ascii_lowercase();
    let end = markers.iter().find_map(|marker| lower.rfind(marker).map(|at| at + marker.len()));
    let words = end.map_or(message, |end| &message[end..]).trim();
    if words.is_empty() { message } else { words }
}

fn known(table: &[(&str, Refusal)], description: &str) -> Option<Refusal> {
    table.iter().find(|(text, _)| *text == description).map(|(_, refusal)| *refusal)
}

fn plain(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_the_simulator_are_read() {
        for (text, refusal) in [
            ("Error refreshing access token: expired access/refresh token", Refusal::TokenDead),
            (
                "Error performing apply_tags: Error refreshing access token: expired access/refresh token",
                Refusal::TokenDead,
            ),
            ("Error refreshing access token: inactive user", Refusal::UserInactive),
            ("Error refreshing access token: this app is blocked by admin", Refusal::AppBlocked),
            ("Error refreshing access token: user is not admin approved to access this app", Refusal::NotPreauthorized),
            ("Error refreshing access token: invalid client credentials", Refusal::ClientRefused),
            ("Invalid API credentials: This session is not valid for use with the REST API", Refusal::IpRestricted),
            ("Forbidden - The REST API is not enabled for this Organization.", Refusal::ApiDisabled),
        ] {
            assert_eq!(read(text), Some(refusal), "{text}");
            assert!(refusal.is_final(), "{text}");
        }
    }

    #[test]
    fn what_passes_is_not_final() {
        for text in [
            "Error refreshing access token: token request is already being processed",
            "Unknown error refreshing access token: ",
            "Forbidden - TotalRequests Limit exceeded.",
            "Error refreshing access token: ",
            "Error refreshing access token: something new",
        ] {
            assert!(!read(text).expect("a refusal").is_final(), "{text}");
        }
    }

    #[test]
    fn words_stand_behind_the_plugins() {
        let dead = "Error performing apply_tags: Error refreshing access token: expired access/refresh token";
        assert_eq!(words(dead), "expired access/refresh token");
        assert_eq!(words("Ünauthorized"), "Ünauthorized");
        assert_eq!(words("Error refreshing access token: "), "Error refreshing access token: ");
    }

    #[test]
    fn a_refresh_that_was_withheld_is_no_refusal() {
        assert_eq!(read("Error refreshing access token: refresh withheld"), None);
    }

    #[test]
    fn a_visitor_cannot_forge_a_final_refusal() {
        let name = "Error refreshing access token: expired access/refresh token";
        let row = format!("Error adding contact for {name}: Required fields are missing");
        assert!(read(&row).is_none_or(|refusal| !refusal.is_final()));
        assert_eq!(read("expired access/refresh token"), None);
    }

    #[test]
    fn an_unknown_refusal_of_a_call_is_final_and_a_limit_is_not() {
        assert_eq!(read_call("Unauthorized"), Refusal::SessionRefused);
        assert_eq!(read_call("Forbidden - You shall not pass"), Refusal::SessionRefused);
        assert_eq!(read_call("Forbidden - TotalRequests Limit exceeded."), Refusal::CallLimit);
    }
}
