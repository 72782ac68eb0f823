//! fusebox's own way to the org that a site is joined with.

use crate::collector::{Collector, Entrance};
use crate::model::{Failure, FailureClass, OrgName};
use crate::salesforce::Client;
use std::sync::Arc;

/// The way, not yet gone.
pub(super) struct OwnWay(Option<(OrgName, Entrance<Client>)>);

impl OwnWay {
    /// To this org, where one is known and the configuration has a way to it.
    pub(super) fn to(org: Option<&OrgName>, collector: &Collector) -> Self {
        Self(org.and_then(|org| Some((org.clone(), collector.org_reach(org)?.client.clone()))))
    }

    /// Goes it. Without an org it fails in these words.
    pub(super) async fn get(self, unknown: &str) -> Result<(OrgName, Arc<Client>), Failure> {
        let Some((org, client)) = self.0 else { return Err(Failure::new(FailureClass::BadRequest, unknown)) };
        Ok((org, client.get().await?))
    }
}
