//! Starts the listeners and stops them again: login with `/sim`, one for each org, one for all sites. The only task here
//! that owns sockets; what they answer is elsewhere.

use super::clock::SimClock;
use super::config_files::{self, ConfigError};
use super::faults::{self, Decided, Fault, Greeting};
use super::journal::Entry;
use super::keys::{self, Keys};
use super::state::{Inner, Origins, Shared};
use super::switchboard::{Part, Switchboard};
use super::tls::{self, Tls};
use super::world::World;
use super::{admin, agent, elsewhere, salesforce, scenario};
use axum::Router;
use axum::http::request::Parts as Head;
use fastrand::Rng;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
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
    /// How the orgs are told apart.
    pub instances: Instances,
    /// Whether everything speaks TLS, with an authority of this simulator alone.
    pub tls: bool,
}

impl Options {
    /// A scenario with a seed on any port of 127.0.0.1, with its own number of sites, and nothing written.
    pub fn new(scenario: impl Into<String>, seed: u64) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            scenario: scenario.into(),
            seed,
            sites: None,
            write_config: None,
            instances: Instances::Port,
            tls: false,
        }
    }
}

/// How the origins of login and of the orgs are named. Each has a port of its own either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instances {
    /// By the address alone.
    #[default]
    Port,
    /// By names as well: `login.salesforce.localhost`, `ORG.salesforce.localhost`. The real plugin looks for errors on
    /// hosts alone that have "salesforce" in their name.
    Host,
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
    /// The sites' origin again, under a certificate that is past its date, where TLS is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired: Option<String>,
    /// The certificate that clients have to trust, PEM, where TLS is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
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
    /// No certificate could be made.
    #[error("{0}")]
    Certificate(String),
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
    let names: Vec<&str> = world.orgs.iter().map(|org| org.name.as_str()).collect();
    let sockets = Sockets::bind(&options, &names).await?;
    let tls = options.tls.then(|| tls::make(sockets.names.clone())).transpose();
    let tls = tls.map_err(|error| SimError::Certificate(error.to_string()))?;
    let ready = Ready {
        listening: sockets.origins.login.clone(),
        login: sockets.origins.login.clone(),
        orgs: world.orgs.iter().map(|org| org.name.clone()).zip(sockets.origins.orgs.iter().cloned()).collect(),
        sites: sockets.origins.sites.clone(),
        admin: format!("{}/sim", sockets.origins.login),
        admin_token: admin_token.clone(),
        config_dir: options.write_config.clone(),
        expired: sockets.origins.expired.clone(),
        ca: tls.as_ref().map(|tls| tls.authority_pem.clone()),
    };
    if let Some(dir) = &options.write_config {
        config_files::write(dir, &options.scenario, &world, &sockets.origins, &keys, ready.ca.as_deref())?;
    }
    let parts = Parts { sockets, world, seed: options.seed, admin_token, keys: &keys, clock, tls };
    Ok(serve(parts, ready))
}

/// Everything that is taken before the first request.
struct Sockets {
    login: TcpListener,
    orgs: Vec<TcpListener>,
    sites: TcpListener,
    gone: TcpSocket,
    elsewhere: TcpListener,
    expired: Option<TcpListener>,
    origins: Origins,
    /// Every host name and address among the origins.
    names: Vec<String>,
}

impl Sockets {
    async fn bind(options: &Options, orgs: &[&str]) -> Result<Self, SimError> {
        let any = SocketAddr::new(options.listen.ip(), 0);
        let scheme = if options.tls { "https" } else { "http" };
        let mut names = vec![options.listen.ip().to_string(), "localhost".to_owned()];
        let mut origin = |at: SocketAddr, name: &str| match options.instances {
            Instances::Port => format!("{scheme}://{at}"),
            Instances::Host => {
                let host = format!("{name}.salesforce.localhost");
                let origin = format!("{scheme}://{host}:{}", at.port());
                names.push(host);
                origin
            }
        };
        let (login, at) = listener(options.listen).await?;
        let login_origin = origin(at, "login");
        let mut listeners = Vec::with_capacity(orgs.len());
        let mut origins = Vec::with_capacity(orgs.len());
        for name in orgs {
            let (org, at) = listener(any).await?;
            listeners.push(org);
            origins.push(origin(at, name));
        }
        let (sites, at) = listener(any).await?;
        let (gone, gone_at) = deaf(any)?;
        let (elsewhere, elsewhere_at) = listener(any).await?;
        let expired = if options.tls { Some(listener(any).await?) } else { None };
        let (expired, expired_at) = expired.unzip();
        let origins = Origins {
            login: login_origin,
            orgs: origins,
            sites: format!("{scheme}://{at}"),
            gone: format!("{scheme}://{gone_at}"),
            // A name where all others are addresses: another host to whoever compares hosts, and to none a stranger's.
            elsewhere: format!("{scheme}://localhost:{}", elsewhere_at.port()),
            expired: expired_at.map(|at| format!("{scheme}://{at}")),
        };
        Ok(Self { login, orgs: listeners, sites, gone, elsewhere, expired, origins, names })
    }
}

async fn listener(at: SocketAddr) -> Result<(TcpListener, SocketAddr), SimError> {
    let failed = |source| SimError::Listen { at, source };
    let listener = TcpListener::bind(at).await.map_err(failed)?;
    let at = listener.local_addr().map_err(failed)?;
    Ok((listener, at))
}

/// A port that is taken and refuses every connection.
fn deaf(at: SocketAddr) -> Result<(TcpSocket, SocketAddr), SimError> {
    let failed = |source| SimError::Listen { at, source };
    let socket = match at.ip() {
        IpAddr::V4(_) => TcpSocket::new_v4(),
        IpAddr::V6(_) => TcpSocket::new_v6(),
    };
    let socket = socket.map_err(failed)?;
    socket.bind(at).map_err(failed)?;
    let at = socket.local_addr().map_err(failed)?;
    Ok((socket, at))
}

/// What is served.
struct Parts<'a> {
    sockets: Sockets,
    world: World,
    seed: u64,
    admin_token: String,
    keys: &'a Keys,
    clock: SimClock,
    tls: Option<Tls>,
}

fn serve(parts: Parts<'_>, ready: Ready) -> Sim {
    let Parts { sockets, world, seed, admin_token, keys, clock, tls } = parts;
    let (tls, expired) = tls.map(|tls| (tls.acceptor, tls.expired)).unzip();
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
    let mut host = |listener, router: Router, decide: faults::Decide, tls: Option<Greeting>| {
        tasks.spawn(faults::serve(listener, router, decide, tls, shutdown.clone()));
    };
    let always = |tls: &Option<TlsAcceptor>| tls.clone().map(|tls| -> Greeting { Arc::new(move || tls.clone()) });
    let login = admin::router(Arc::clone(&shared)).merge(salesforce::login_router(Arc::clone(&shared)));
    host(sockets.login, login, Arc::new(|_: &Head| unbroken()), always(&tls));
    host(sockets.elsewhere, elsewhere::router(Arc::clone(&shared)), Arc::new(|_: &Head| unbroken()), always(&tls));
    for (org, listener) in sockets.orgs.into_iter().enumerate() {
        let state = Arc::clone(&shared);
        let decide = move |parts: &Head| decide(&state, Part::Org(org), parts);
        let router = salesforce::org_router(Arc::clone(&shared), org);
        host(listener, router, Arc::new(decide), greets(&shared, org, tls.clone().zip(expired.clone())));
    }
    let state = Arc::clone(&shared);
    let decide_site = move |parts: &Head| {
        let site = state.with(|inner, _| agent::site_of_path(&inner.world, parts.uri.path()));
        site.map_or_else(unbroken, |site| decide(&state, Part::Site(site), parts))
    };
    let decide_site: faults::Decide = Arc::new(decide_site);
    if let Some(listener) = sockets.expired {
        host(listener, agent::router(Arc::clone(&shared)), Arc::clone(&decide_site), always(&expired));
    }
    host(sockets.sites, agent::router(Arc::clone(&shared)), decide_site, always(&tls));
    Sim { ready, tasks, shutdown, _gone: sockets.gone }
}

/// How an org greets: with its certificate, or with the expired one while that is asked for.
fn greets(shared: &Arc<Shared>, org: usize, tls: Option<(TlsAcceptor, TlsAcceptor)>) -> Option<Greeting> {
    let (good, expired) = tls?;
    let shared = Arc::clone(shared);
    let is_expired =
        move || shared.with(|inner, _| inner.switchboard.fault(Part::Org(org), &inner.world) == Fault::Expired);
    Some(Arc::new(move || if is_expired() { expired.clone() } else { good.clone() }))
}

/// A request that nothing happens to, and that nobody counts.
fn unbroken() -> Decided {
    (Fault::None, Box::new(()))
}

/// What goes wrong with this request, which is counted until it is over. One that no router will see is noted here.
fn decide(shared: &Shared, part: Part, parts: &Head) -> Decided {
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
