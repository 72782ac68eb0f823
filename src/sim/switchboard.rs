//! Which org and which site is broken at the moment, and how: by request of the operator, or by its story. Pure.

use super::faults::Fault;
use super::story::Story;
use super::world::World;
use std::collections::HashMap;

/// Something that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// An org, by its place.
    Org(usize),
    /// A site, by its place.
    Site(usize),
}

/// The faults that are on.
#[derive(Debug, Default)]
pub(super) struct Switchboard {
    faults: HashMap<Part, Fault>,
}

impl Switchboard {
    /// Breaks one part, or heals it.
    pub(super) fn set(&mut self, part: Part, fault: Fault) {
        if fault == Fault::None {
            self.faults.remove(&part);
        } else {
            self.faults.insert(part, fault);
        }
    }

    /// Heals everything that was broken on request.
    pub(super) fn heal_all(&mut self) {
        self.faults.clear();
    }

    /// What goes wrong with a request to this part now.
    pub(super) fn fault(&self, part: Part, world: &World) -> Fault {
        let asked_for = self.faults.get(&part).cloned();
        asked_for.unwrap_or_else(|| match part {
            Part::Site(site) => by_story(world.sites[site].story, world.step()),
            Part::Org(_) => Fault::None,
        })
    }
}

fn by_story(story: Story, step: usize) -> Fault {
    match story {
        Story::Silent if step > 0 => Fault::Dead,
        Story::NoAnswer => Fault::Html,
        _ => Fault::None,
    }
}
