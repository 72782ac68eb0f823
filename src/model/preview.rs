//! What an action would do, said before it does it: what a dialog shows, and what has to be typed.

use crate::model::{ActionClass, Clean, SegmentKind, SiteName, SlotCheck, UserId};

/// What an operator means to do. Whether it may be done, and what it would do, is for the machinery to say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    /// Let a site refresh once, to see which approval is its own.
    Identify(SiteName),
    /// Have a person sign in for a site: as this user, or the one that it has.
    Authorize(SiteName, Option<UserId>),
    /// Have sites read their topics and fields again.
    RefreshFields(Vec<SiteName>),
    /// Let a site sync to this object.
    ObjectType(SiteName, Clean),
    /// Let a site keep its segments in this kind, in this field where they are the values of one.
    SegmentType(SiteName, SegmentKind, Option<Clean>),
    /// Take the last change of a site back.
    Undo,
    /// Let a site refresh once, so that its approval's idle time begins anew.
    KeepWarm(SiteName),
    /// End an approval for good: the listed one whose name begins so.
    Revoke(Clean),
    /// Allow what spends and writes, until the console is left.
    Write,
}

/// What an action would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What it is and on what: "Identify shop.example.org".
    pub title: Clean,
    /// What it may cost.
    pub class: ActionClass,
    /// What is lost by it, if something is.
    pub loses: Option<Loss>,
    /// What it does, whom it concerns, what it costs: a sentence each, the weightiest first.
    pub does: Vec<Clean>,
    /// The slots of the user whom it concerns, if it concerns one: drawn as fuses.
    pub slots: Option<Box<SlotCheck>>,
    /// All that would be done, step by step; nothing where what is said above is all of it.
    pub steps: Vec<Clean>,
    /// What leads there and loses nothing, safest first.
    pub safer: Vec<Safer>,
    /// What its confirmation is.
    pub confirm: Confirmation,
}

impl Preview {
    /// What loses nothing, concerns nobody's slots, and is said in these sentences.
    pub fn new<T: Into<Clean>>(
        title: impl Into<Clean>,
        class: ActionClass,
        does: impl IntoIterator<Item = T>,
        confirm: Confirmation,
    ) -> Self {
        Self {
            title: title.into(),
            class,
            loses: None,
            does: does.into_iter().map(Into::into).collect(),
            slots: None,
            steps: Vec::new(),
            safer: Vec::new(),
            confirm,
        }
    }
}

/// What is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// How: "cuts off a live site".
    pub how: Clean,
    /// The name of what is lost.
    pub name: Clean,
    /// What is known of it: "proved 2m ago".
    pub fact: Clean,
}

/// A step that leads there too and costs less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Safer {
    /// What it is: "revoke orphan 51ab03f2 first".
    pub what: Clean,
    /// What it costs: "loses nothing".
    pub costs: Clean,
    /// What to ask for to do it; none where a person has to do it elsewhere.
    pub intent: Option<Intent>,
}

/// How an operator says that it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// By `y`; what the keys row says it does.
    Yes(Clean),
    /// By typing a word and Enter.
    Type {
        /// The word: the name of what is lost, the object, or how many.
        word: Clean,
        /// What typing it does: "To cut off news all the same".
        to: Clean,
    },
}
