//! The way out: the newest picture, at most every 100 ms while things arrive, and all events in order.

use crate::protocol::{Event, Picture};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// The least time between two pictures: a screen shows no more, and a line of ssh carries no more.
const BETWEEN: Duration = Duration::from_millis(100);

/// Where pictures and events leave.
pub(super) struct Outlet {
    pictures: watch::Sender<Picture>,
    last: Option<Instant>,
    listener: Option<mpsc::Sender<Event>>,
    /// Events that the listener has no room for yet.
    backlog: VecDeque<Event>,
}

impl Outlet {
    pub(super) fn new() -> (Self, watch::Receiver<Picture>) {
        let (pictures, receiver) = watch::channel(Picture::default());
        (Self { pictures, last: None, listener: None, backlog: VecDeque::new() }, receiver)
    }

    /// When a changed picture may leave.
    pub(super) fn free_at(&self) -> Option<Instant> {
        self.last.map(|last| last + BETWEEN)
    }

    /// Whether a picture may leave now.
    pub(super) fn is_free(&self) -> bool {
        self.free_at().is_none_or(|at| at <= Instant::now())
    }

    /// Lets a picture leave; one that is the same as the last wakes nobody.
    pub(super) fn publish(&mut self, picture: Picture) {
        let changed = self.pictures.send_if_modified(|last| {
            let changed = *last != picture;
            *last = picture;
            changed
        });
        if changed {
            self.last = Some(Instant::now());
        }
    }

    /// From now on events go to `listener`. What waited was for another.
    pub(super) fn listen(&mut self, listener: mpsc::Sender<Event>) {
        self.listener = Some(listener);
        self.backlog.clear();
    }

    /// Tells an event. Without a listener nobody wants to know.
    pub(super) fn tell(&mut self, event: Event) {
        if self.listener.as_ref().is_some_and(|listener| !listener.is_closed()) {
            self.backlog.push_back(event);
            self.pass_on();
        } else {
            self.backlog.clear();
        }
    }

    /// Waits until the listener has room for what waits; for ever when nothing does.
    pub(super) async fn room(&self) {
        match &self.listener {
            // An error means that nobody listens any more: `pass_on` finds that out and clears.
            Some(listener) if !self.backlog.is_empty() => drop(listener.reserve().await),
            _ => std::future::pending().await,
        }
    }

    /// Hands over as much as the listener has room for.
    pub(super) fn pass_on(&mut self) {
        let Some(listener) = &self.listener else { return };
        while let Some(event) = self.backlog.pop_front() {
            match listener.try_send(event) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(event)) => {
                    self.backlog.push_front(event);
                    return;
                }
                Err(mpsc::error::TrySendError::Closed(_)) => self.backlog.clear(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::OperationId;

    #[tokio::test]
    async fn events_wait_for_a_slow_listener_and_keep_their_order() {
        let (mut outlet, _pictures) = Outlet::new();
        let (sender, mut receiver) = mpsc::channel(1);
        outlet.listen(sender);
        for n in 0..4 {
            outlet.tell(Event::Finished(OperationId(n)));
        }
        for n in 0..4 {
            assert_eq!(receiver.recv().await, Some(Event::Finished(OperationId(n))));
            outlet.pass_on();
        }
    }

    #[tokio::test]
    async fn a_listener_that_left_holds_nothing_up() {
        let (mut outlet, _pictures) = Outlet::new();
        let (sender, receiver) = mpsc::channel(1);
        outlet.listen(sender);
        outlet.tell(Event::Finished(OperationId(1)));
        outlet.tell(Event::Finished(OperationId(2)));
        drop(receiver);
        outlet.tell(Event::Finished(OperationId(3)));
        assert!(outlet.backlog.is_empty());
    }

    #[tokio::test]
    async fn the_same_picture_wakes_nobody() {
        let (mut outlet, mut pictures) = Outlet::new();
        pictures.mark_unchanged();
        outlet.publish(Picture::default());
        assert!(!pictures.has_changed().expect("open"));
        assert!(outlet.is_free());
    }
}
