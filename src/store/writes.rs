//! Word of writing: the kernel tells when anybody writes to the store, so that those who read along need not ask.
//!
//! A hint, no more: it may come for nothing, and it comes before what was written can be read.

use std::os::fd::OwnedFd;
use std::path::Path;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Tells when the store is written to, in this process or in another.
#[derive(Debug)]
pub struct Writes {
    watched: AsyncFd<OwnedFd>,
}

impl Writes {
    /// Watches the store in the file `path`, which is open; none where the system has no such thing to offer.
    #[cfg(target_os = "linux")]
    pub(super) fn to(path: &Path) -> Option<Self> {
        use rustix::fs::inotify;
        // Everything that is written comes by way of the log, and the log lives as long as anybody has the store open.
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let watch = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK).ok()?;
        inotify::add_watch(&watch, Path::new(&log), inotify::WatchFlags::MODIFY).ok()?;
        Some(Self { watched: readable(watch)? })
    }

    /// None: this system is not asked yet.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn to(_path: &Path) -> Option<Self> {
        None
    }

    /// Waits until something is written that was not told yet. Loses nothing when it is dropped.
    pub async fn next(&self) {
        loop {
            let Ok(mut ready) = self.watched.readable().await else { return std::future::pending().await };
            // What was written does not matter here, only that it was: all that waits is taken at once.
            let mut events = [0; 4_096];
            match ready.try_io(|watched| Ok(rustix::io::read(watched, &mut events)?)) {
                Ok(Ok(_)) => return,
                Ok(Err(_)) => return std::future::pending().await,
                Err(_would_block) => {}
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[expect(
    deprecated,
    reason = "what replaces it is unsafe to call; an OwnedFd keeps its descriptor open, which is all that is asked of it"
)]
fn readable(watch: OwnedFd) -> Option<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(watch, Interest::READABLE).ok()
}
