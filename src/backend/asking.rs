//! The way of one site and its org to an operation that asks both, for a command that runs no machinery.

use super::reach::Maker;
use super::{Parts, Reading, org_client};
use crate::model::{Clean, Failure, FailureClass, FieldsRead, OrgName, SegmentKind, SiteName, SiteStatus};
use crate::operations::fields::{FieldsError, ObjectTypeLook, Reader, SegmentTypeLook, Ways};
use crate::salesforce::{Client, Connections};
use crate::secrets::SecretError;
use crate::store::StoreError;
use crate::wordpress::{Agent, Http};
use std::sync::Arc;

/// A site that can be asked for its fields.
pub struct FieldsOf {
    reader: Reader,
    parts: Parts,
    org: Option<OrgName>,
    /// What was seen of the site last.
    status: Option<SiteStatus>,
}

impl FieldsOf {
    /// Reads what is known of the site; nothing is asked yet.
    pub async fn new(parts: Parts, site: SiteName, object: Option<String>) -> Result<Self, StoreError> {
        let now = parts.clock.now();
        let detail = Reading::load(&parts.config, &parts.store, now).await?.detail(&site, now);
        let last_object = detail.as_ref().and_then(|detail| detail.status.as_ref()?.value.object_type.as_ref());
        let reader = Reader {
            store: parts.store.clone(),
            holder: parts.holder.as_str().into(),
            clock: parts.clock.clone(),
            timeout: parts.config.poll.timeout,
            state_dir: parts.state_dir.clone(),
            site,
            object,
            last_object: last_object.map(ToString::to_string),
        };
        let status = detail.as_ref().and_then(|detail| Some(detail.status.as_ref()?.value.clone()));
        Ok(Self { reader, parts, org: detail.and_then(|detail| detail.org), status })
    }

    /// Asks. Refuses when a secret may be read by others.
    pub async fn read(&self) -> Result<Result<FieldsRead, FieldsError>, SecretError> {
        let Ways { agent, own } = self.ways().await?;
        Ok(self.reader.read(agent, own).await)
    }

    /// What another object would do. Refuses when a secret may be read by others.
    pub async fn object_type(&self, object: &str) -> Result<Result<ObjectTypeLook, FieldsError>, SecretError> {
        let ways = self.ways().await?;
        Ok(self.reader.object_type(object, &ways, self.status.as_ref(), |_| {}).await)
    }

    /// What another kind of segments would do; the innermost error: the site does not tell its settings. Refuses when a secret
    /// may be read by others.
    pub async fn segment_type(
        &self,
        kind: SegmentKind,
        named: Option<&Clean>,
    ) -> Result<Result<Result<SegmentTypeLook, Failure>, FieldsError>, SecretError> {
        let ways = self.ways().await?;
        Ok(self.reader.segment_type(kind, named, &ways, self.status.as_ref(), |_| {}).await)
    }

    /// Gives leases back where asking was broken off.
    pub async fn release(&self) {
        self.reader.release(self.org.clone()).await;
    }

    async fn ways(&self) -> Result<Ways, SecretError> {
        Ok(Ways { agent: self.agent().await?, own: self.own().await? })
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
