//! Orders that wait until what they need is free, and work that is under way: what all operations of the machine have in
//! common. When an order may begin, and what it holds then, is for each operation to say.

use std::collections::{HashMap, VecDeque};
use tokio::sync::oneshot;
use tokio::task::{Id, JoinSet};

/// What whoever ordered something is answered.
pub struct Answer<T, E> {
    /// How it ended.
    pub result: Result<T, E>,
    /// A line of the audit that could not be written when all was over.
    pub unwritten: Option<String>,
}

impl<T, E> Answer<T, E> {
    /// Tells that an order did not begin.
    pub(super) fn refuse(answer: oneshot::Sender<Self>, why: E) {
        // Who ordered it may have gone.
        let _ = answer.send(Self { result: Err(why), unwritten: None });
    }
}

/// Orders of one kind, by what is held for each while it is under way and what it ends in.
pub(super) struct Queue<Order, Held, Done> {
    waiting: VecDeque<Order>,
    running: JoinSet<Done>,
    /// By task, in case it panics.
    held: HashMap<Id, Held>,
}

impl<Order, Held, Done> Default for Queue<Order, Held, Done> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), running: JoinSet::new(), held: HashMap::new() }
    }
}

impl<Order, Held, Done: Send + 'static> Queue<Order, Held, Done> {
    /// Has an order wait, after those that do.
    pub(super) fn order(&mut self, order: Order) {
        self.waiting.push_back(order);
    }

    /// All that wait, in the order in which they were asked for. What can not begin yet is ordered again.
    pub(super) fn take_waiting(&mut self) -> VecDeque<Order> {
        std::mem::take(&mut self.waiting)
    }

    /// Begins the work for which `held` is held.
    pub(super) fn begin(&mut self, held: Held, work: impl Future<Output = Done> + Send + 'static) {
        let task = self.running.spawn(work);
        self.held.insert(task.id(), held);
    }

    /// What is held for the work that is under way.
    pub(super) fn held(&self) -> impl Iterator<Item = &Held> {
        self.held.values()
    }

    /// The next that is over: what was held for it and what it ended in, or, for a bug of ours, how it broke. Waits for ever
    /// while nothing is under way; loses nothing when it is dropped.
    pub(super) async fn ended(&mut self) -> (Held, Result<Done, String>) {
        loop {
            let (id, done) = match self.running.join_next_with_id().await {
                Some(Ok((id, done))) => (id, Ok(done)),
                Some(Err(error)) => (error.id(), Err(error.to_string())),
                None => return std::future::pending().await,
            };
            if let Some(held) = self.held.remove(&id) {
                return (held, done);
            }
        }
    }

    /// Ends what is under way.
    pub(super) async fn stop(&mut self) {
        self.running.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_panics_gives_back_what_was_held_for_it() {
        let mut queue: Queue<(), &str, u8> = Queue::default();
        queue.begin("a", async { panic!("a bug") });
        queue.begin("b", async { 7 });
        let mut ended = [queue.ended().await, queue.ended().await];
        ended.sort_by_key(|(held, _)| *held);
        assert!(ended[0].1.as_ref().is_err_and(|why| why.contains("a bug")), "{ended:?}");
        assert_eq!(ended[1], ("b", Ok(7)));
        assert_eq!(queue.held().count(), 0);
    }

    #[tokio::test]
    async fn what_can_not_begin_keeps_its_place() {
        let mut queue: Queue<u8, (), ()> = Queue::default();
        for order in [1, 2, 3] {
            queue.order(order);
        }
        for order in queue.take_waiting() {
            if order != 2 {
                queue.order(order);
            }
        }
        assert_eq!(queue.take_waiting(), [1, 3]);
    }
}
