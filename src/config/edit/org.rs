//! An org as a table of the file.

use super::super::check::refresh_token_file;
use super::super::{CALLBACK_PORT, ConfigError, Flow, OrgConfig};
use super::{Edit, place};
use crate::model::settings::{DEFAULT_SLOT_LIMIT, WP_FUSION_APP};
use crate::model::{PolicyUnit, Rotation};
use toml_edit::{Array, Table, value};

impl Edit {
    /// Appends an org. Nothing is written yet.
    pub fn add_org(&mut self, org: &OrgConfig) -> Result<(), ConfigError> {
        if self.names("org").contains(&org.name.as_str()) {
            return Err(ConfigError::OrgExists(org.name.to_string()));
        }
        self.push("org", table(org));
        Ok(())
    }
}

/// What is as it would be without a word is left out.
fn table(org: &OrgConfig) -> Table {
    let mut table = Table::new();
    table.insert("name", value(org.name.as_str()));
    table.insert("login_url", value(org.login_url.as_str().trim_end_matches('/')));
    if !org.client_id.is_empty() {
        table.insert("client_id", value(&org.client_id));
    }
    match &org.flow {
        Flow::Jwt { username, private_key } => {
            table.insert("flow", value("jwt"));
            table.insert("username", value(username));
            table.insert("private_key", place(private_key));
        }
        Flow::ClientCredentials { client_secret } => {
            table.insert("flow", value("client-credentials"));
            table.insert("client_secret", place(client_secret));
        }
        Flow::Browser { client_secret, refresh_token, callback_port } => {
            table.insert("flow", value("browser"));
            if let Some(client_secret) = client_secret {
                table.insert("client_secret", place(client_secret));
            }
            if *refresh_token != refresh_token_file(org.name.as_str()) {
                table.insert("refresh_token", value(format!("file:{}", refresh_token.display())));
            }
            if *callback_port != CALLBACK_PORT {
                table.insert("callback_port", value(i64::from(*callback_port)));
            }
        }
        Flow::TokenCommand { command } => {
            table.insert("flow", value("token-command"));
            table.insert("token_command", value(command.iter().collect::<Array>()));
        }
    }
    if let Some(ca_file) = &org.ca_file {
        table.insert("ca_file", value(ca_file.display().to_string()));
    }
    let terms = &org.terms;
    if terms.app.as_str() != WP_FUSION_APP {
        table.insert("app", value(terms.app.as_str()));
    }
    if terms.slot_limit != DEFAULT_SLOT_LIMIT {
        table.insert("slot_limit", value(i64::from(terms.slot_limit)));
    }
    let unit = terms.policy_unit.map(|unit| match unit {
        PolicyUnit::Hours => "hours",
        PolicyUnit::Days => "days",
        PolicyUnit::Months => "months",
    });
    if let Some(unit) = unit {
        table.insert("policy_unit", value(unit));
    }
    match terms.rotation {
        Rotation::Unknown => {}
        Rotation::On => drop(table.insert("rotation", value("on"))),
        Rotation::Off => drop(table.insert("rotation", value("off"))),
    }
    table
}
