//! What a screen is told of fields: what is kept of all sites or of one, and what a site tells when it is asked.

use super::super::describing::Ended;
use super::super::fields_board::{Looked, board};
use super::Machine;
use super::permitting::Done;
use crate::model::{SeenBy, SiteName, Target, Untold};
use crate::operations::fields::last;
use crate::protocol::Event;

impl Machine {
    /// Tells what the last looks and the files of the state's folder have. A file of each site is read, on a thread that
    /// may wait.
    pub(super) fn tell_fields(&mut self) {
        let sites = Looked::all(&self.known);
        let folder = self.describing.state_dir().to_owned();
        self.permitting.read(move || Done::Fields(board(&folder, sites)));
    }

    /// Tells what a site told last.
    pub(super) fn tell_kept_fields(&mut self, site: SiteName) {
        let folder = self.describing.state_dir().to_owned();
        let object = self.known.object_of(&site);
        self.permitting.read(move || {
            let fields = last(&folder, &site, object.as_deref()).map(Box::new);
            Done::KeptFields(site, fields)
        });
    }

    /// Takes what a site told, and gives it back to its looks.
    pub(super) fn fields_read(&mut self, ended: Ended) {
        let Ended { site, held, read } = ended;
        if held {
            // Its one call to Salesforce is counted against the org that it names.
            let connection = self.known.fleet().site(&site).and_then(|site| site.last_connection.as_ref());
            let org = connection.and_then(|seen| seen.value.org.clone());
            self.collector.release(&Target::Site(site.clone()), org.as_ref());
        }
        if let Ok(read) = &read
            && let SeenBy::Fusebox(org) = &read.fields.by
        {
            self.collector.charge(org, 1);
        }
        let untold = |error: crate::operations::fields::FieldsError| Untold {
            why: error.to_string().into(),
            advice: error.advice().into(),
        };
        self.outlet.tell(Event::ReadFields(site, read.map(Box::new).map_err(untold)));
    }
}
