//! The last change of a site, taken back from a screen: what would be put back, and the order to do it.

use super::Machine;
use crate::model::undo::NOTHING;
use crate::model::{ActionClass, Confirmation, Preview, Target, Undoable, age};
use crate::operations::change::Change;
use crate::protocol::{Command, Event, OperationId, Question};

impl Machine {
    /// What the last change that is no undo itself was, and what taking it back puts back.
    pub(super) async fn undo_question(&mut self, id: OperationId) -> Result<Question, String> {
        let change = self.undoable().await?.into_iter().find(|change| !change.is_undo());
        let change = change.ok_or_else(|| NOTHING.to_owned())?;
        let site = &change.site;
        if !self.known.names(&Target::Site(site.clone())) {
            return Err(format!("{} of {site} stays: the configuration does not name it any more", change.operation));
        }
        self.may_spend(site, self.known.org_of(site).as_ref())?;
        let ago = age::since(change.at, self.clock.now());
        let mut does = vec![format!("{}, {ago} ago (operation {})", change.what, change.id)];
        does.extend(change.told());
        let title = format!("Undo {} of {site}", change.operation);
        let preview = Preview::new(title, ActionClass::Write, does, Confirmation::Yes("put it back".into()));
        Ok(Question { preview, command: Command::Undo { id, change: change.id } })
    }

    /// Takes back the one that was confirmed, if nobody did meanwhile.
    pub(super) async fn undo_by_screen(&mut self, id: OperationId, change: String) {
        let found = self.undoable().await.and_then(|all| {
            let found = all.into_iter().find(|one| one.id == change);
            found.ok_or_else(|| format!("operation {change} can not be taken back any more"))
        });
        match found {
            Ok(earlier) => self.change_by_screen(id, earlier.site.clone(), Change::Undo(Box::new(earlier))),
            Err(why) => self.outlet.tell(Event::ended(id, false, format!("nothing was written: {why}"))),
        }
    }

    async fn undoable(&mut self) -> Result<Vec<Undoable>, String> {
        let now = self.clock.now();
        let listing = self.store.call(move |store| store.undoable(now)).await;
        listing.map(|listing| listing.items).map_err(|error| error.to_string())
    }
}
