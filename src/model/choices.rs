//! What can be chosen on a site's WP Fusion settings page, and what is: the agent's `choices`. Plain data.

use crate::model::Clean;
use crate::model::lists::{LeftOut, ObjectType, RecordType};
use serde::{Deserialize, Serialize};

/// The plugin's choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Objects that the plugin offers; none before its first refresh.
    pub object_types: Option<Vec<ObjectType>>,
    /// The one that is chosen.
    pub object_type: ObjectTypeChoice,
    /// Kinds of segments that the plugin knows.
    pub segment_types: Vec<SegmentType>,
    /// The one that is chosen.
    pub segment_type: SegmentTypeChoice,
    /// Record types of the object at the last refresh.
    pub record_types: Option<Vec<RecordType>>,
    /// The record type that new records get.
    pub record_type: Option<Clean>,
    /// What did not fit into the answer.
    pub left_out: LeftOut,
}

/// Which object a site syncs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectTypeChoice {
    /// As the settings say; none until they were saved once, and then it is Contact.
    pub stored: Option<Clean>,
    /// What the plugin works with.
    pub effective: Clean,
    /// Whether code on the site has put another one in the setting's place: changing the setting changes nothing then.
    pub overridden: bool,
}

/// One kind of segments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentType {
    /// As it is stored.
    pub name: Clean,
    /// What people read.
    pub label: Clean,
}

/// Which kind of segments a site uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentTypeChoice {
    /// As the settings say; none until they were saved once, and then it is Topics.
    pub stored: Option<Clean>,
    /// The field of the picklist, whether it is in use or not.
    pub picklist: Option<Clean>,
}
