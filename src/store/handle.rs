//! The store's own thread and the channel to it: a database blocks, and nothing that waits for one may stand still.

use super::sqlite::SqliteStore;
use super::{Store, StoreError, Writes};
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

/// Work for the store's thread.
type Job = Box<dyn FnOnce(&mut dyn Store) + Send>;

enum Message {
    Work(Job),
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// The way to a store that runs on a thread of its own. Clones lead to the same store. When the last one is dropped, the
/// thread does what it was asked before, closes the store and ends.
#[derive(Clone)]
pub struct StoreHandle {
    messages: mpsc::Sender<Message>,
    path: Arc<Path>,
}

impl StoreHandle {
    /// Opens the store in the file `path`, or makes it: the file with mode 0600 (0660 in a directory that its group
    /// shares), its directory, if need be, with 0700.
    /// Blocks, for a few seconds at most if another process holds the store.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let store = SqliteStore::open(path)?;
        let (messages, inbox) = mpsc::channel();
        std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || serve(Box::new(store), &inbox))
            .map_err(|error| StoreError::Open { store: path.display().to_string(), why: error.to_string() })?;
        Ok(Self { messages, path: path.into() })
    }

    /// Runs `f` on the store's thread, after all that was asked before. A caller that stops waiting stops nothing: `f`
    /// runs all the same.
    pub async fn call<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            // A store's functions are transactions that undo themselves while a panic passes, so none is seen half-done.
            let result = catch_unwind(AssertUnwindSafe(|| f(store)))
                .unwrap_or_else(|panic| Err(StoreError::Panicked { what: words(panic.as_ref()) }));
            // Fails when the caller stopped waiting, which is its right.
            let _ = answer.send(result);
        });
        self.messages.send(Message::Work(job)).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Word of what is written from now on, by whomever; none where the system does not tell.
    pub fn writes(&self) -> Option<Writes> {
        Writes::to(&self.path)
    }

    /// Closes the store, for all clones, after all that was asked before, and waits for it. Not needed for what was
    /// written to last; it leaves one tidy file.
    pub async fn close(self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.messages.send(Message::Close(answer)).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

impl fmt::Debug for StoreHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreHandle")
    }
}

/// The thread's life: one message after the other, until it is told to close or nobody is left to ask.
fn serve(mut store: Box<dyn Store>, inbox: &mpsc::Receiver<Message>) {
    let mut asked_by = None;
    for message in inbox {
        match message {
            Message::Work(job) => job(store.as_mut()),
            Message::Close(answer) => {
                asked_by = Some(answer);
                break;
            }
        }
    }
    let closed = store.close();
    if let Some(answer) = asked_by {
        let _ = answer.send(closed);
    }
}

/// A panic's words, as `panic!` leaves them.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Health, SiteName, SiteRow};
    use crate::store::Record;
    use std::path::PathBuf;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("fusebox.db");
        (directory, path)
    }

    fn one_line() -> Record {
        let row = SiteRow::unseen(SiteName::new("shop"), "https://shop.example.org".into());
        Record { rows: vec![SiteRow { health: Health::Ok, ..row }], ..Record::default() }
    }

    #[tokio::test]
    async fn calls_are_answered_in_their_order() {
        let (_directory, path) = place();
        let store = StoreHandle::open(&path).expect("a store");
        let clone = store.clone();
        let (first, second, third) = tokio::join!(
            store.call(|store| store.record(&one_line())),
            clone.call(|store| store.rows_page(0, 1)),
            store.call(|store| store.record(&one_line())),
        );
        assert_eq!((first, third), (Ok(1), Ok(2)));
        assert_eq!(second.expect("a page").items.len(), 1);
    }

    #[tokio::test]
    async fn tasks_share_one_store() {
        let (_directory, path) = place();
        let store = StoreHandle::open(&path).expect("a store");
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let store = store.clone();
            tasks.spawn(async move { store.call(|store| store.record(&one_line())).await });
        }
        let revisions: std::collections::BTreeSet<_> =
            tasks.join_all().await.into_iter().map(|revision| revision.expect("recorded")).collect();
        assert_eq!(revisions, (1..=20).collect());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_another_writes_is_told_and_what_is_read_is_not() {
        let (_directory, path) = place();
        let store = StoreHandle::open(&path).expect("a store");
        let another = StoreHandle::open(&path).expect("the same store");
        let writes = store.writes().expect("a watch");
        another.call(|store| store.record(&one_line())).await.expect("recorded");
        writes.next().await;
        assert_eq!(store.call(|store| Ok((store.revision()?, store.rows()?.items.len()))).await, Ok((1, 1)));
        tokio::select! {
            biased;
            () = writes.next() => panic!("nothing was written"),
            () = tokio::task::yield_now() => {}
        }
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_store_goes_on() {
        let (_directory, path) = place();
        let store = StoreHandle::open(&path).expect("a store");
        let result = store.call(|_| -> Result<(), StoreError> { panic!("half way through {}", 7) }).await;
        assert_eq!(result, Err(StoreError::Panicked { what: "half way through 7".to_owned() }));
        assert_eq!(store.call(|store| store.record(&one_line())).await, Ok(1));
    }

    #[tokio::test]
    async fn a_call_that_nobody_waits_for_runs_all_the_same() {
        let (_directory, path) = place();
        let store = StoreHandle::open(&path).expect("a store");
        let call = store.call(|store| store.record(&one_line()));
        tokio::select! {
            biased;
            _ = call => {}
            // The call was sent and is given up.
            () = std::future::ready(()) => {}
        }
        assert_eq!(store.call(|store| store.revision()).await, Ok(1));
    }

    #[tokio::test]
    async fn a_closed_store_is_one_file_and_says_that_it_is_closed() {
        let (directory, path) = place();
        let store = StoreHandle::open(&path).expect("a store");
        let clone = store.clone();
        store.call(|store| store.record(&one_line())).await.expect("recorded");
        store.close().await.expect("closed");
        assert_eq!(clone.call(|store| store.revision()).await, Err(StoreError::Closed));
        assert_eq!(clone.close().await, Err(StoreError::Closed));
        let files: Vec<_> = std::fs::read_dir(&directory).expect("a directory").collect();
        assert_eq!(files.len(), 1, "{files:?}");
    }

    #[tokio::test]
    async fn dropping_the_last_handle_does_what_was_asked_and_ends_the_thread() {
        let (_directory, path) = place();
        let store = StoreHandle::open(&path).expect("a store");
        let (ended, end) = oneshot::channel::<()>();
        let clone = store.clone();
        // Lives on the thread until the thread ends: the last message is dropped with the inbox.
        let last = clone.messages.clone();
        store.call(|store| store.record(&one_line())).await.expect("recorded");
        let job: Job = Box::new(move |_| {
            thread_local!(static END: std::cell::RefCell<Option<oneshot::Sender<()>>> = const { std::cell::RefCell::new(None) });
            END.with(|end| *end.borrow_mut() = Some(ended));
        });
        last.send(Message::Work(job)).map_err(|_| StoreError::Closed).expect("sent");
        drop((store, clone, last));
        assert!(end.await.is_err(), "the sender goes when the thread does");
        assert!(!path.with_file_name("fusebox.db-wal").exists(), "the log went into the file");
        let again = StoreHandle::open(&path).expect("a store");
        assert_eq!(again.call(|store| store.revision()).await, Ok(1));
    }

    #[tokio::test]
    async fn in_a_shared_directory_the_group_shares_the_store_and_its_companions() {
        use std::os::unix::fs::PermissionsExt;
        for (directory_mode, file_mode) in [(0o2770, 0o660), (0o700, 0o600), (0o2777, 0o600)] {
            let (directory, path) = place();
            let mode = std::fs::Permissions::from_mode(directory_mode);
            std::fs::set_permissions(directory.path(), mode).expect("a mode");
            let store = StoreHandle::open(&path).expect("a store");
            store.call(|store| store.record(&one_line())).await.expect("recorded");
            for name in ["fusebox.db", "fusebox.db-wal", "fusebox.db-shm"] {
                let file = std::fs::metadata(directory.path().join(name)).expect(name);
                assert_eq!(file.permissions().mode() & 0o777, file_mode, "{name} in {directory_mode:o}");
            }
        }
    }
}
