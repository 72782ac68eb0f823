//! `[[org]]`: which keys go with which flow, and what each may be.

use super::super::document::{FlowWord, OrgTable};
use super::super::error::{Fault, Faults};
use super::super::{CALLBACK_PORT, Flow, OrgConfig};
use super::{address, command, filled, foreign, name, needed, printable, span_of};
use crate::model::settings::{DEFAULT_SLOT_LIMIT, WP_FUSION_APP};
use crate::model::{Clean, OrgName, OrgTerms, SecretRef};
use std::path::PathBuf;
use toml::Spanned;

pub(super) fn org(mut table: OrgTable, faults: &mut Faults) -> Option<OrgConfig> {
    let name = faults.note(name(&table.name));
    let with = format!("flow = \"{}\"", table.flow.get_ref());
    let client_id = match (table.flow.get_ref(), table.client_id.take()) {
        (FlowWord::TokenCommand, given) => {
            foreign(&with, &[("client_id", span_of(given.as_ref()))], faults);
            Some(String::new())
        }
        (_, given) => {
            let given = needed(given, &table.flow.span(), &with, "client_id", faults);
            given.and_then(|given| faults.note(filled(given)))
        }
    };
    let flow = flow(&mut table, &with, faults);
    let slot_limit = match table.slot_limit {
        Some(limit) if *limit.get_ref() == 0 => {
            faults.push(Fault::new(limit.span(), "a slot limit of 0 admits no site", "leave it out for 4"));
            DEFAULT_SLOT_LIMIT
        }
        Some(limit) => limit.into_inner(),
        None => DEFAULT_SLOT_LIMIT,
    };
    let login_url = faults.note(address(&table.login_url));
    let app = table.app.as_ref().map_or(Ok(WP_FUSION_APP.to_owned()), printable);
    let app = faults.note(app);
    let ca_file = table.ca_file.map(|file| faults.note(filled(file)));
    let login_url = login_url?;
    let terms = OrgTerms {
        url: login_url.as_str().trim_end_matches('/').into(),
        app: Clean::new(app?),
        slot_limit,
        policy_unit: table.policy_unit,
        rotation: table.rotation,
    };
    Some(OrgConfig {
        name: OrgName::new(name?),
        login_url,
        client_id: client_id?,
        flow: flow?,
        ca_file: ca_file.flatten().map(PathBuf::from),
        terms,
        read_only: table.read_only,
    })
}

/// Takes the keys that belong to the flow, and refuses those of others.
fn flow(table: &mut OrgTable, with: &str, faults: &mut Faults) -> Option<Flow> {
    let at = table.flow.span();
    let flow = match table.flow.get_ref() {
        FlowWord::Jwt => {
            let username = needed(table.username.take(), &at, with, "username", faults);
            let username = username.and_then(|username| faults.note(filled(username)));
            let private_key = needed(table.private_key.take(), &at, with, "private_key", faults);
            username.zip(private_key).map(|(username, key)| Flow::Jwt { username, private_key: key.into_inner() })
        }
        FlowWord::ClientCredentials => needed(table.client_secret.take(), &at, with, "client_secret", faults)
            .map(|secret| Flow::ClientCredentials { client_secret: secret.into_inner() }),
        FlowWord::Browser => {
            let refresh_token = match table.refresh_token.take() {
                Some(place) => faults.note(file(place)),
                None => Some(refresh_token_file(table.name.get_ref())),
            };
            let port = table.callback_port.take().map_or(Ok(CALLBACK_PORT), |port| nonzero(&port));
            let client_secret = table.client_secret.take().map(Spanned::into_inner);
            refresh_token.zip(faults.note(port)).map(|(refresh_token, callback_port)| Flow::Browser {
                client_secret,
                refresh_token,
                callback_port,
            })
        }
        FlowWord::TokenCommand => needed(table.token_command.take(), &at, with, "token_command", faults)
            .and_then(|words| faults.note(command(words, "[\"sf\", \"org\", \"auth\", \"show-access-token\", ...]")))
            .map(|command| Flow::TokenCommand { command }),
    };
    // What no arm took says nothing with this flow.
    let left = [
        ("username", span_of(table.username.as_ref())),
        ("private_key", span_of(table.private_key.as_ref())),
        ("client_secret", span_of(table.client_secret.as_ref())),
        ("refresh_token", span_of(table.refresh_token.as_ref())),
        ("callback_port", span_of(table.callback_port.as_ref())),
        ("token_command", span_of(table.token_command.as_ref())),
    ];
    foreign(with, &left, faults);
    flow
}

/// Where the refresh token lies unless the file says so. A name may hold a slash; a file's name may not.
pub(in crate::config) fn refresh_token_file(name: &str) -> PathBuf {
    PathBuf::from(format!("{}.refresh-token", name.replace('/', "_")))
}

/// A rotated token is written where the former one lay, so it lies in a file of its own.
fn file(place: Spanned<SecretRef>) -> Result<PathBuf, Fault> {
    let span = place.span();
    match place.into_inner() {
        SecretRef::File(path) => Ok(path),
        _ => Err(Fault::new(span, "a refresh token lies in a file of its own", "write \"file:PATH\"")),
    }
}

fn nonzero(port: &Spanned<u16>) -> Result<u16, Fault> {
    match *port.get_ref() {
        0 => Err(Fault::new(port.span(), "the callback address names one port", "choose 1024 to 65535")),
        port => Ok(port),
    }
}
