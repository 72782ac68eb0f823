//! Starts the listeners and stops them again: login with `/sim`, one for each org, one for all sites. The only task here
//! that owns sockets; what they answer is elsewhere.

use super::clock::SimClock;
use super::config_files::{self, ConfigError};
use super::faults::{self, Decided, Fault};
use super::journal::Entry;
use super::keys::{self, Keys};
use super::state::{Inner, Origins, Shared};
use super::switchboard::{Part, Switchboard};
use super::world::World;
use super::{admin, agent, salesforce, scenario};
use axum::Router;
use axum::http::request::Parts;
use fastrand::Rng;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the login origin and `/sim` listen; a loopback address, port 0 for any. The other listeners take free ports
    /// of the same address.
    pub listen: SocketAddr,
    /// `agency`, `clean` or `large`.
    pub scenario: String,
    /// Names, ids and times come from it; what is true does not.
    pub seed: u64,
    /// How many sites there are in all; the scenario's own number, without one.
    pub sites: Option<usize>,
    /// Where to write a configuration that fits.
    pub write_config: Option<PathBuf>,
}

/// The line that says that the simulator is ready.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// The address of the login origin.
    pub listening: String,
    /// The login origin.
    pub login: String,
    /// The orgs' origins by name.
    pub orgs: BTreeMap<String, String>,
    /// The origin of all sites; each has a path of its own name.
    pub sites: String,
    /// Where the admin interface is.
    pub admin: String,
    /// Its bearer token.
    pub admin_token: String,
    /// Where the configuration was written, if it was.
    pub config_dir: Option<PathBuf>,
}

/// Why the simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// It would be reachable from elsewhere.
    #[error("the simulator listens on loopback only, and {0} is not: take 127.0.0.1:0")]
    NotLoopback(SocketAddr),
    /// The scenario is unknown or contradicts itself.
    #[error("{0}")]
    Scenario(String),
    /// An address could not be taken.
    #[error("listening on {at}: {source}")]
    Listen {
        /// The address.
        at: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The configuration could not be written.
    #[error("writing {}: {source}", path.display())]
    Config {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The cryptographic library failed.
    #[error("no key could be made: the cryptographic library failed")]
    Key,
}

impl From<ConfigError> for SimError {
    fn from(error: ConfigError) -> Self {
        Self::Config { path: error.path, source: error.source }
    }
}

/// A running simulator. Dropping it ends the listeners at once; [`Sim::stop`] waits for them.
#[derive(Debug)]
pub struct Sim {
    /// Where everything is.
    pub ready: Ready,
    tasks: JoinSet<()>,
    shutdown: CancellationToken,
    /// Taken and never listened on: connections to it are refused, and nobody else can get the port meanwhile.
    _gone: TcpSocket,
}

impl Sim {
    /// Ends all listeners and waits until they are gone.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Builds the scenario's world, listens, and writes the configuration if one was asked for.
///
/// # Errors
///
/// An address that is not loopback or cannot be taken, an unknown scenario, a directory that cannot be written.
pub async fn start(options: Options) -> Result<Sim, SimError> {
    if !options.listen.ip().is_loopback() {
        return Err(SimError::NotLoopback(options.listen));
    }
    let clock = SimClock::default();
    let world = scenario::world(&options.scenario, options.seed, options.sites, clock.now())
        .map_err(|error| SimError::Scenario(error.to_string()))?;
    let keys = keys::generate().map_err(|_| SimError::Key)?;
    let admin_token = keys::admin_token().map_err(|_| SimError::Key)?;
    let sockets = Sockets::bind(options.listen, world.orgs.len()).await?;
    let ready = Ready {
        listening: sockets.origins.login.clone(),
        login: sockets.origins.login.clone(),
        orgs: world.orgs.iter().map(|org| org.name.clone()).zip(sockets.origins.orgs.iter().cloned()).collect(),
        sites: sockets.origins.sites.clone(),
        admin: format!("{}/sim", sockets.origins.login),
        admin_token: admin_token.clone(),
        config_dir: options.write_config.clone(),
    };
    if let Some(dir) = &options.write_config {
        config_files::write(dir, &options.scenario, &world, &sockets.origins, &keys)?;
    }
    Ok(serve(sockets, world, options.seed, admin_token, &keys, clock, ready))
}

/// Everything that is taken before the first request.
struct Sockets {
    login: TcpListener,
    orgs: Vec<TcpListener>,
    sites: TcpListener,
    gone: TcpSocket,
    origins: Origins,
}

impl Sockets {
    async fn bind(listen: SocketAddr, orgs: usize) -> Result<Self, SimError> {
        let any = SocketAddr::new(listen.ip(), 0);
        let (login, login_origin) = listener(listen).await?;
        let (sites, sites_origin) = listener(any).await?;
        let mut listeners = Vec::with_capacity(orgs);
        let mut origins = Vec::with_capacity(orgs);
        for _ in 0..orgs {
            let (org, origin) = listener(any).await?;
            listeners.push(org);
            origins.push(origin);
        }
        let (gone, gone_origin) = deaf(any)?;
        let origins = Origins { login: login_origin, orgs: origins, sites: sites_origin, gone: gone_origin };
        Ok(Self { login, orgs: listeners, sites, gone, origins })
    }
}

async fn listener(at: SocketAddr) -> Result<(TcpListener, String), SimError> {
    let failed = |source| SimError::Listen { at, source };
    let listener = TcpListener::bind(at).await.map_err(failed)?;
    let origin = format!("http://{}", listener.local_addr().map_err(failed)?);
    Ok((listener, origin))
}

/// A port that is taken and refuses every connection.
fn deaf(at: SocketAddr) -> Result<(TcpSocket, String), SimError> {
    let failed = |source| SimError::Listen { at, source };
    let socket = match at.ip() {
        IpAddr::V4(_) => TcpSocket::new_v4(),
        IpAddr::V6(_) => TcpSocket::new_v6(),
    };
    let socket = socket.map_err(failed)?;
    socket.bind(at).map_err(failed)?;
    let origin = format!("http://{}", socket.local_addr().map_err(failed)?);
    Ok((socket, origin))
}

fn serve(
    sockets: Sockets,
    world: World,
    seed: u64,
    admin_token: String,
    keys: &Keys,
    clock: SimClock,
    ready: Ready,
) -> Sim {
    let inner = Inner {
        world,
        journal: super::journal::Journal::default(),
        switchboard: Switchboard::default(),
        cursors: salesforce::paging::Cursors::default(),
        consent: super::state::Consent::default(),
        rng: Rng::with_seed(seed ^ 0x5eed),
    };
    let public_key = keys.public_pem.clone().into_bytes();
    let shared = Arc::new(Shared::new(sockets.origins, admin_token, public_key, clock, inner));
    let shutdown = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let mut host = |listener, router: Router, decide: faults::Decide| {
        tasks.spawn(faults::serve(listener, router, decide, shutdown.clone()));
    };
    let login = admin::router(Arc::clone(&shared)).merge(salesforce::login_router(Arc::clone(&shared)));
    host(sockets.login, login, Arc::new(|_: &Parts| unbroken()));
    for (org, listener) in sockets.orgs.into_iter().enumerate() {
        let state = Arc::clone(&shared);
        let decide = move |parts: &Parts| decide(&state, Part::Org(org), parts);
        host(listener, salesforce::org_router(Arc::clone(&shared), org), Arc::new(decide));
    }
    let state = Arc::clone(&shared);
    let decide_site = move |parts: &Parts| {
        let site = state.with(|inner, _| agent::site_of_path(&inner.world, parts.uri.path()));
        site.map_or_else(unbroken, |site| decide(&state, Part::Site(site), parts))
    };
    host(sockets.sites, agent::router(Arc::clone(&shared)), Arc::new(decide_site));
    Sim { ready, tasks, shutdown, _gone: sockets.gone }
}

/// A request that nothing happens to, and that nobody counts.
fn unbroken() -> Decided {
    (Fault::None, Box::new(()))
}

/// What goes wrong with this request, which is counted until it is over. One that no router will see is noted here.
fn decide(shared: &Shared, part: Part, parts: &Parts) -> Decided {
    let under_way = shared.traffic.begin(part);
    let fault = shared.with(|inner, now| {
        let fault = inner.switchboard.fault(part, &inner.world);
        if matches!(fault, Fault::None | Fault::Slow(_) | Fault::Half) {
            return fault;
        }
        let mut entry = Entry::new(now, "fault", parts.method.as_str(), parts.uri.path());
        match part {
            Part::Org(org) => {
                (entry.client, _) = salesforce::who(inner, org, &parts.headers);
                entry.org = Some(inner.world.orgs[org].name.clone());
            }
            Part::Site(index) => {
                let site = &inner.world.sites[index];
                entry.client = if agent::knows_password(site, &parts.headers) { "fusebox" } else { "other" };
                entry.site = Some(site.name.clone());
            }
        }
        inner.journal.note(entry);
        fault
    });
    (fault, Box::new(under_way))
}
