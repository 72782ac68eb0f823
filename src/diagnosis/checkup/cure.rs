//! What to do where a target does not answer, by the class of the failure.

use super::site::Way;
use crate::model::{FailureClass, OrgName, Permission};

/// The cure for an org.
pub(super) fn of_org(class: FailureClass, org: &OrgName) -> String {
    let cure = match class {
        FailureClass::Dns => "check the host in login_url, and this machine's name servers",
        FailureClass::Unreachable => {
            "open https to the org from this machine, or set HTTPS_PROXY; see trust.salesforce.com"
        }
        FailureClass::Timeout => "see trust.salesforce.com; raise poll.timeout where the line is slow",
        FailureClass::Tls => {
            "name the certificate of a proxy that reads along with ca_file; check this machine's clock"
        }
        FailureClass::Unauthorized => {
            return format!(
                "check client_id, that the app holds the certificate and that its policies admit the user, or sign in \
                 anew: fusebox login {org}"
            );
        }
        FailureClass::NotPermitted => "give fusebox's user what docs/salesforce-client.md lists under Permissions",
        FailureClass::ApiDisabled => {
            let right = Permission::ApiEnabled;
            return format!("give fusebox's user \"{right}\"; the org's edition must include the API");
        }
        FailureClass::OrgLocked => "the org is locked, suspended or its trial is over: ask Salesforce",
        FailureClass::Throttled => "wait; Setup, System Overview tells what uses up the API calls",
        FailureClass::ServerError => "wait: Salesforce is in trouble or in maintenance (trust.salesforce.com)",
        FailureClass::BadAnswer => "something else answers there: a proxy's page, or a login_url that is no Salesforce",
        _ => "run: fusebox config check; check login_url and the flow of this org",
    };
    cure.to_owned()
}

/// The cure for a site.
pub(super) fn of_site(class: FailureClass, way: &Way) -> String {
    match class {
        FailureClass::Dns => "check the host in its url, and this machine's name servers".to_owned(),
        FailureClass::Unreachable => "start its web server, or open its port to this machine".to_owned(),
        FailureClass::Timeout => "see what its server does; raise poll.timeout where it is always slow".to_owned(),
        FailureClass::Tls => "renew its certificate, the chain included".to_owned(),
        FailureClass::SshRefused => match way {
            Way::Ssh { host } => format!("make this work without a question: ssh -o BatchMode=yes {host} true"),
            _ => "check the login".to_owned(),
        },
        FailureClass::Unauthorized => match way {
            Way::Rest { user } => format!(
                "make a new one (wp user application-password create {user} console) and put it where `password` says"
            ),
            _ => "run: fusebox config check".to_owned(),
        },
        FailureClass::NotPermitted => match way {
            Way::Rest { user } => format!("on the site: wp user add-cap {user} fusebox_read"),
            _ => "check what the user may do there".to_owned(),
        },
        FailureClass::NoAgent => match way {
            Way::Rest { .. } => {
                "put what `fusebox agent` prints into wp-content/mu-plugins/fusebox.php (docs/agent.md)".to_owned()
            }
            _ => "check `path` and `wp` of this site: WP-CLI or WordPress is not where they say".to_owned(),
        },
        FailureClass::WrongSite => "give it the url that WordPress itself has: wp option get home".to_owned(),
        FailureClass::PhpFatal => "read the site's PHP error log; the newest plugin or theme first".to_owned(),
        FailureClass::ServerError => "read its web server's log; maintenance passes by itself".to_owned(),
        FailureClass::BadAnswer => {
            "something else answers there: a firewall's or a parking page, a cache; look with curl".to_owned()
        }
        _ => "run: fusebox config check; look again later".to_owned(),
    }
}
