//! Owns the collector and the operations: commands in, pictures and events out; the same for the console, `poll` and
//! every command. Uses what the collector and the operations may use, and them.

mod asking;
mod authorizing;
mod changing;
mod describing;
mod fields_board;
mod hook;
mod identifying;
mod inquiring;
mod known;
mod machine;
mod onlooker;
mod operating;
mod outlet;
mod own_way;
mod queue;
mod reach;
mod reading;
mod revoking;
mod role;
mod told;

pub use asking::FieldsOf;
pub use authorizing::{Answer as AuthorizedAnswer, Watched};
pub use changing::Answer as ChangedAnswer;
pub use identifying::Answer as Identified;
pub use reading::Reading;
pub use revoking::Answer as RevokedAnswer;
pub use told::Told;

use crate::config::{Config, OrgConfig};
use crate::model::{Clock, Failure, Fleet, OrgName, Permits, ProveOutcome, Revocable, SiteName, Target};
use crate::operations::change::Change;
use crate::operations::identify::Purpose;
use crate::operations::prove::ProveError;
use crate::protocol::{Command, Link, Picture};
use crate::salesforce::{Client, Connections};
use crate::secrets::{SecretError, Secrets};
use crate::store::{Audit, Store, StoreError, StoreHandle};
use machine::Machine;
pub use machine::permitting::Auditing;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Orders and events that may wait; a screen that stands still loses none, the machinery keeps the rest.
const QUEUE: usize = 256;

/// What the machinery is made of.
pub struct Parts {
    /// The configuration.
    pub config: Config,
    /// Where fusebox's own credentials lie.
    pub secrets: Secrets,
    /// The key of this installation's fingerprints.
    pub fingerprint_key: SecretString,
    /// The store.
    pub store: StoreHandle,
    /// The host's clock.
    pub clock: Clock,
    /// Who this process is in leases: host, process and a random part.
    pub holder: String,
    /// Where ssh's control sockets lie.
    pub control_dir: PathBuf,
    /// Where descriptions of objects are kept.
    pub state_dir: PathBuf,
    /// Whether to poll by itself.
    pub polling: Polling,
    /// What may be spent or written.
    pub permits: Permits,
    /// Where that is written down.
    pub auditing: Auditing,
    /// Names the state of the file that the configuration was read from, if what it told is to be remembered
    /// ([`Told`]).
    pub file: Option<String>,
}

/// Whether the machinery polls by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polling {
    /// It does, unless another process does.
    Continuous,
    /// Only what is ordered is looked at.
    Off,
}

/// What one poll of everything brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Targets that answered.
    pub answered: usize,
    /// Targets that did not, with the reason.
    pub failed: BTreeMap<Target, Failure>,
    /// Targets that were not looked at, with the reason: another process, or the budget.
    pub postponed: BTreeMap<Target, String>,
    /// What the operator should read beside it: of the hook, that is.
    pub notices: Vec<String>,
}

/// What looking at some targets brought, and all that is known with it.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// How each look ended.
    pub round: Round,
    /// The fleet with what was seen.
    pub fleet: Fleet,
}

/// Why the machinery did not do what was ordered.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// Another process polls this store.
    #[error("another process polls this fleet")]
    AnotherPolls,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machinery was shut down.
    #[error("the machinery was shut down")]
    Gone,
}

/// An order of the process itself, answered when it is done.
enum Order {
    RunOnce(oneshot::Sender<Result<Round, BackendError>>),
    Look(Vec<Target>, oneshot::Sender<Sight>),
    Prove(Vec<SiteName>, oneshot::Sender<Vec<(SiteName, Result<ProveOutcome, ProveError>)>>),
    Identify(identifying::Order),
    Authorize(Box<authorizing::Order>),
    Change(Box<changing::Order>),
    Revoke(Box<revoking::Order>),
    /// From now on events go here.
    Listen(mpsc::Sender<crate::protocol::Event>),
}

/// The running machinery. Dropping it ends everything at once; [`Handle::shutdown`] gives leases back.
pub struct Handle {
    commands: mpsc::Sender<Command>,
    orders: mpsc::Sender<Order>,
    pictures: watch::Receiver<Picture>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// The client of one configured org, for who signs in to it for the first time: the one that the machinery would make. An
/// error of the second kind is what a look would end with. Waits where a program has to be asked for the org's secret.
pub async fn org_client(
    config: &Config,
    org: &OrgConfig,
    secrets: &Secrets,
    clock: &Clock,
) -> Result<Result<Arc<Client>, Failure>, SecretError> {
    let secrets = reach::SecretsOf { secrets, hidden: &config.secret_variables() };
    let reach = reach::org_reach(config, org, secrets, clock, &Connections::default())?;
    Ok(reach.client.get().await)
}

/// Starts the machinery. Refuses when a secret may be read by others; a target whose secret is missing is a target
/// that fails.
pub fn start(parts: Parts) -> Result<Handle, SecretError> {
    let (commands, inbox) = mpsc::channel(QUEUE);
    let (orders, order_box) = mpsc::channel(QUEUE);
    let (outlet, pictures) = outlet::Outlet::new();
    let stop = CancellationToken::new();
    let machine = Machine::new(parts, outlet)?;
    let mut tasks = JoinSet::new();
    tasks.spawn(machine.run(None, inbox, order_box, stop.clone()));
    Ok(Handle { commands, orders, pictures, stop, tasks })
}

/// What the store has for the first frame of a console that looks at nothing by itself.
pub struct Glance {
    /// What the configuration told.
    pub told: Told,
    /// The first lines by risk, and the counts of all.
    picture: Picture,
}

/// Boards that are read before the first frame: more than stand on a page.
const FIRST_BOARDS: usize = 32;

impl Glance {
    /// Reads it: a page of so many `lines`, however large the fleet is. None unless all of it follows from the configuration that
    /// `file` names; then the configuration is to be read, and [`start`] is for it.
    pub async fn read(store: &StoreHandle, file: &str, lines: usize) -> Result<Option<Self>, StoreError> {
        let file = file.to_owned();
        let read = move |store: &mut dyn Store| {
            let Some(told) = store.memo()?.and_then(|memo| Told::of(&memo, &file)) else { return Ok(None) };
            let counts = store.counts()?;
            if counts.total() != told.sites {
                return Ok(None);
            }
            let mut page = store.rows_page(0, lines)?.items;
            let partial = page.len() < told.sites;
            if !partial {
                page.sort_by(|a, b| a.name.cmp(&b.name));
            }
            let rows = Arc::new(page);
            let mut boards = store.boards_page(if partial { FIRST_BOARDS } else { usize::MAX })?.items;
            boards.sort_by(|a, b| a.name.cmp(&b.name));
            let boards = Arc::new(boards.into_iter().map(Arc::new).collect());
            Ok(Some(Self { told, picture: Picture { rows, partial, counts, boards, ..Picture::default() } }))
        };
        store.call(read).await
    }
}

/// Starts a machinery that shows what is known and has no more of it in memory than the lines. `whole` reads the rest,
/// when the first order to look at something comes.
pub fn look_on(
    glance: Glance,
    store: StoreHandle,
    clock: Clock,
    auditing: Auditing,
    whole: impl Fn() -> Result<Parts, String> + Send + Sync + 'static,
) -> Handle {
    let (commands, inbox) = mpsc::channel(QUEUE);
    let (orders, order_box) = mpsc::channel(QUEUE);
    let (mut outlet, pictures) = outlet::Outlet::new();
    outlet.publish(glance.picture);
    let stop = CancellationToken::new();
    let onlooker = onlooker::Onlooker::new(&glance.told, store, clock, outlet, (auditing, Arc::new(whole)));
    let mut tasks = JoinSet::new();
    tasks.spawn(onlooker.run(inbox, order_box, stop.clone()));
    Handle { commands, orders, pictures, stop, tasks }
}

impl Handle {
    /// A screen's end of the seam. Events go to the link that was made last.
    pub async fn link(&self) -> Link {
        let (events, receiver) = mpsc::channel(QUEUE);
        // A machinery that is gone says nothing, and the link tells that by itself.
        let _ = self.orders.send(Order::Listen(events)).await;
        Link { commands: self.commands.clone(), pictures: self.pictures.clone(), events: receiver }
    }

    /// The newest picture.
    pub fn pictures(&self) -> watch::Receiver<Picture> {
        self.pictures.clone()
    }

    /// Looks at everything once, orgs first.
    pub async fn run_once(&self) -> Result<Round, BackendError> {
        let (answer, answered) = oneshot::channel();
        self.orders.send(Order::RunOnce(answer)).await.map_err(|_| BackendError::Gone)?;
        answered.await.map_err(|_| BackendError::Gone)?
    }

    /// Looks at these once, whoever polls: what another process is at is left to it, and waits for nobody. A store that
    /// fails costs the history and not the sight.
    pub async fn look(&self, targets: Vec<Target>) -> Result<Sight, BackendError> {
        let (answer, answered) = oneshot::channel();
        self.orders.send(Order::Look(targets, answer)).await.map_err(|_| BackendError::Gone)?;
        answered.await.map_err(|_| BackendError::Gone)
    }

    /// Lets these sites prove themselves.
    pub async fn prove(
        &self,
        sites: Vec<SiteName>,
    ) -> Result<Vec<(SiteName, Result<ProveOutcome, ProveError>)>, BackendError> {
        let (answer, answered) = oneshot::channel();
        self.orders.send(Order::Prove(sites, answer)).await.map_err(|_| BackendError::Gone)?;
        answered.await.map_err(|_| BackendError::Gone)
    }

    /// Lets a site refresh once, to show which approval is its own or so that its idle time begins anew, and keeps what it showed.
    /// `org` is the one that the operator was told; `id` names the operation in the audit.
    pub async fn identify(
        &self,
        id: String,
        purpose: Purpose,
        site: SiteName,
        org: OrgName,
        audit: Audit,
    ) -> Result<Identified, BackendError> {
        let (answer, answered) = oneshot::channel();
        let order = identifying::Order { id, purpose, site, org, audit, answer };
        self.orders.send(Order::Identify(order)).await.map_err(|_| BackendError::Gone)?;
        answered.await.map_err(|_| BackendError::Gone)
    }

    /// Watches an authorization to its end, and keeps what it showed.
    pub async fn authorize(&self, watched: Watched) -> Result<AuthorizedAnswer, BackendError> {
        let (answer, answered) = oneshot::channel();
        let order = Box::new(authorizing::Order { watched, answer });
        self.orders.send(Order::Authorize(order)).await.map_err(|_| BackendError::Gone)?;
        answered.await.map_err(|_| BackendError::Gone)
    }

    /// Changes a site, when there is a place for it, and keeps what it showed. `id` names the operation in the audit.
    pub async fn change(
        &self,
        id: String,
        site: SiteName,
        change: Change,
        audit: Audit,
    ) -> Result<ChangedAnswer, BackendError> {
        let (answer, answered) = oneshot::channel();
        let order = Box::new(changing::Order { id, site, change, audit, answer });
        self.orders.send(Order::Change(order)).await.map_err(|_| BackendError::Gone)?;
        answered.await.map_err(|_| BackendError::Gone)
    }

    /// Revokes an approval as it was confirmed, and keeps what that showed; `id` names the operation in the audit.
    pub async fn revoke(&self, id: String, subject: Revocable, audit: Audit) -> Result<RevokedAnswer, BackendError> {
        let (answer, answered) = oneshot::channel();
        let order = Box::new(revoking::Order { id, subject, audit, answer });
        self.orders.send(Order::Revoke(order)).await.map_err(|_| BackendError::Gone)?;
        answered.await.map_err(|_| BackendError::Gone)
    }

    /// Ends the looks under way, gives leases back and waits for it.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// The lines of a picture, shared.
type Rows = Arc<Vec<Arc<crate::model::SiteRow>>>;

/// The boards of a picture, shared.
type Boards = Arc<Vec<Arc<crate::model::OrgBoard>>>;
