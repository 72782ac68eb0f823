//! The way of one site and its org to an operation that asks both, for a command that runs no machinery.

use super::reach::Maker;
use super::{Parts, Reading, org_client};
use crate::model::choices::Choices;
use crate::model::{Failure, FailureClass, OrgName, SiteName};
use crate::operations::fields::{FieldsError, Read, Reader};
use crate::salesforce::{Client, Connections};
use crate::secrets::SecretError;
use crate::store::StoreError;
use crate::wordpress::{Agent, Http};
use std::path::PathBuf;
use std::sync::Arc;

/// A site that can be asked for its fields.
pub struct FieldsOf {
    reader: Reader,
    parts: Parts,
    org: Option<OrgName>,
}

impl FieldsOf {
    /// Reads what is known of the site; nothing is asked yet.
    pub async fn new(
        parts: Parts,
        site: SiteName,
        object: Option<String>,
        state_dir: PathBuf,
    ) -> Result<Self, StoreError> {
        let now = parts.clock.now();
        let detail = Reading::load(&parts.config, &parts.store, now).await?.detail(&site, now);
        let last_object = detail.as_ref().and_then(|detail| detail.status.as_ref()?.value.object_type.as_ref());
        let reader = Reader {
            store: parts.store.clone(),
            holder: parts.holder.as_str().into(),
            clock: parts.clock.clone(),
            timeout: parts.config.poll.timeout,
            state_dir,
            site,
            object,
            last_object: last_object.map(ToString::to_string),
        };
        Ok(Self { reader, parts, org: detail.and_then(|detail| detail.org) })
    }

    /// Asks. Refuses when a secret may be read by others.
    pub async fn read(&self) -> Result<Result<Read, FieldsError>, SecretError> {
        let agent = self.agent().await?;
        let own = self.own().await?;
        Ok(self.reader.read(agent, own).await)
    }

    /// What can be chosen on the site's settings page. Refuses when a secret may be read by others.
    pub async fn choices(&self) -> Result<Result<Result<Choices, Failure>, FieldsError>, SecretError> {
        let agent = self.agent().await?;
        Ok(self.reader.choices(agent).await)
    }

    /// Gives leases back where asking was broken off.
    pub async fn release(&self) {
        self.reader.release(self.org.clone()).await;
    }

    async fn agent(&self) -> Result<Result<Arc<Agent>, Failure>, SecretError> {
        let Parts { config, secrets, fingerprint_key, control_dir, clock, .. } = &self.parts;
        let (http, connections, hidden) = (Http::default(), Connections::default(), config.secret_variables());
        let maker = Maker {
            config,
            secrets,
            hidden: &hidden,
            fingerprint_key,
            control_dir,
            clock,
            http: &http,
            connections: &connections,
        };
        let Some(site) = config.site(&self.reader.site) else {
            return Ok(Err(Failure::new(FailureClass::BadRequest, "the configuration does not name it")));
        };
        Ok(maker.site(site)?.agent.get().await)
    }

    /// fusebox's own way to the org that the site is joined with.
    async fn own(&self) -> Result<Result<(OrgName, Arc<Client>), Failure>, SecretError> {
        let Parts { config, secrets, clock, .. } = &self.parts;
        let named = self.org.as_ref().and_then(|name| config.orgs.iter().find(|org| org.name == *name));
        let Some(org) = named else {
            let text = "no org of the configuration is known to be this site's; fusebox poll finds it";
            return Ok(Err(Failure::new(FailureClass::BadRequest, text)));
        };
        let client = org_client(config, org, secrets, clock).await?;
        Ok(client.map(|client| (org.name.clone(), client)))
    }
}
