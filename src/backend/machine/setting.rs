//! Settings of a site that a screen has chosen anew: what can be chosen, what would follow, the change itself, how it ended.

use super::super::changing;
use super::super::inquiring::{Answer, Heard, Order, What};
use super::Machine;
use super::permitting::Done;
use crate::diagnosis::{beside, dry_run, settable};
use crate::model::dry_run::SettingKind;
use crate::model::{ActionClass, Clean, Confirmation, Preview, SegmentKind, SiteName, Target};
use crate::operations::change::{Change, Changed, ended};
use crate::operations::fields::{ObjectTypeLook, SegmentTypeLook, seen_by};
use crate::protocol::{Command, Event, OperationId, Question};
use tokio::sync::oneshot;

impl Machine {
    /// Has a site asked, where its settings may be changed at all.
    pub(super) fn inquire(&mut self, id: OperationId, site: SiteName, what: What) {
        let named = self.known.names(&Target::Site(site.clone()));
        let may = self.may_spend(&site, self.known.org_of(&site).as_ref());
        let may = if named { may } else { Err(format!("{site} is not in the configuration")) };
        match (may, &what) {
            (Ok(()), _) => self.inquiring.order(Order { id, site, what }),
            (Err(why), What::Offer(_)) => self.outlet.tell(Event::Offer(id, Err(why))),
            (Err(why), _) => self.answer_preview(id, Err(why)),
        }
    }

    /// Takes what a site that was asked told.
    pub(super) fn heard(&mut self, heard: Heard) {
        let (id, site, answer) = match heard {
            Heard::Asks(id, what) => return self.outlet.tell(Event::Asks(id, what)),
            Heard::Over { id, site, answer } => (id, site, answer),
        };
        let calls = match &answer {
            Some(Answer::ObjectType(Ok(_))) => 2,
            Some(Answer::SegmentType(Ok(_))) => 1,
            Some(_) | None => 0,
        };
        if let Some(org) = self.known.org_of(&site) {
            self.collector.charge(&org, calls);
        }
        self.collector.release(&Target::Site(site.clone()), None);
        let question = match answer {
            // Whoever left waits for nothing.
            None => return,
            Some(Answer::Offer(offer)) => return self.outlet.tell(Event::Offer(id, offer.map(Box::new))),
            Some(Answer::ObjectType(look)) => look.and_then(|look| self.object_question(id, &site, &look)),
            Some(Answer::SegmentType(look)) => look.and_then(|look| self.segment_question(id, &site, &look)),
        };
        self.answer_preview(id, question);
    }

    fn beside(&self, site: &SiteName, setting: SettingKind) -> Vec<String> {
        let (fleet, settings, org) = (self.known.fleet(), self.known.settings(), self.known.org_of(site));
        beside(fleet, settings, (site, org.as_ref()), setting, self.clock.now())
    }

    /// Tells what another object would do, and answers what is asked then, or why it is not.
    fn object_question(&mut self, id: OperationId, site: &SiteName, look: &ObjectTypeLook) -> Result<Question, String> {
        let beside = self.beside(site, SettingKind::ObjectType);
        let notes = look.earlier(site).into_iter().chain(look.notes(site)).collect();
        self.outlet.tell(Event::DryRun(id, Box::new(dry_run(&look.check, beside.clone(), notes))));
        let object = settable(site, look.check.to.as_str(), look.choices.as_ref()).map_err(|why| why.to_string())?;
        let to = format!("To let {site} sync to {object}").into();
        let confirm = Confirmation::Type { word: object.clone(), to };
        let preview = Preview::new(format!("Object type of {site}"), ActionClass::Write, beside, confirm);
        Ok(Question { preview, command: Command::ObjectType { id, site: site.clone(), to: object } })
    }

    fn segment_question(&self, id: OperationId, site: &SiteName, look: &SegmentTypeLook) -> Result<Question, String> {
        let kind = look.check.to;
        if let Some(why) = &look.check.refused {
            return Err(why.clone());
        }
        if look.is_so() {
            return Err(format!("{site} keeps its segments in {kind} already"));
        }
        let mut does = vec![look.title()];
        does.extend(look.check.changes.iter().cloned());
        does.extend(self.beside(site, SettingKind::SegmentType));
        does.extend(seen_by(site, &look.read));
        let to = format!("To let {site} keep its segments in {kind}").into();
        let confirm = Confirmation::Type { word: <&str>::from(kind).into(), to };
        let preview = Preview::new(format!("Segment type of {site}"), ActionClass::Write, does, confirm);
        let command = Command::SegmentType { id, site: site.clone(), to: kind, field: look.field.clone() };
        Ok(Question { preview, command })
    }

    /// Has a site changed, and says how it ended. Whether it may be is judged when it is its turn, and written down.
    pub(super) fn change_by_screen(&mut self, id: OperationId, site: SiteName, change: Change) {
        let audit = match self.audit() {
            Ok(audit) => audit,
            Err(why) => return self.outlet.tell(Event::ended(id, false, format!("nothing was written: {why}"))),
        };
        let (answer, answered) = oneshot::channel();
        let (what, undoes) = (change.what(&site), matches!(change, Change::Undo(_)));
        let name = format!("{:08x}", fastrand::u32(..));
        self.changing.order(changing::Order { id: name, site: site.clone(), change, audit, answer });
        let over = async move { Done::Set(id, (site, what, undoes), answered.await.ok().map(Box::new)) };
        self.permitting.wait_for(over);
    }

    /// The same of a kind of segments.
    pub(super) fn segments_by_screen(
        &mut self,
        id: OperationId,
        site: SiteName,
        to: SegmentKind,
        field: Option<&Clean>,
    ) {
        self.change_by_screen(id, site, Change::segment_type(to, field));
    }

    /// Tells the screen how a change of a setting ended.
    pub(super) fn setting_ended(
        &mut self,
        id: OperationId,
        (site, what, undoes): &(SiteName, Clean, bool),
        answer: Option<changing::Answer>,
    ) {
        let Some(changing::Answer { result, unwritten }) = answer else {
            return self.outlet.tell(Event::ended(id, false, format!("{site}: the operation was given up")));
        };
        let (good, told) = ended(site, what, &result, |id| {
            // The last change is never an undo: that has to be named.
            if *undoes { format!("fusebox undo {id} takes that back") } else { "z puts it back".to_owned() }
        });
        let notes = match &result {
            Ok(Changed::Setting(setting)) => setting.notes.clone(),
            _ => Vec::new(),
        };
        let told: Vec<String> = std::iter::once(told).chain(notes).chain(unwritten).collect();
        self.outlet.tell(Event::ended(id, good, told.join("; ")));
    }
}
