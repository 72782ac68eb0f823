//! A connection's life against the simulator: authorized, at work, its session over, refreshed, revoked, rotated away. The
//! plugin and the simulator were not written for each other; with the real plugin neither was written here.

use crate::site::{PATIENCE, Plan, Site, connected, last_line};
use crate::sshd::Sshd;
use crate::unwell::ways;
use fusebox::model::ProveOutcome;
use fusebox::sim::{self, Instances, Options, Sim};
use fusebox::wordpress::Agent;
use reqwest::{Client, Url, redirect};
use serde_json::{Value, json};

/// Where WP Fusion's app sends a browser back to.
const CALLBACK: &str = "https://wpfusion.com/oauth/?action=wpf_get_salesforce_token&redirect";

/// WordPress refuses to call this machine unless it is told otherwise, and the plugin asks login.salesforce.com.
const LEAD_TO: &str = "<?php
add_filter( 'http_request_host_is_external', '__return_true' );
add_filter( 'http_allowed_safe_ports', function () { return range( 1, 65535 ); } );
add_filter( 'wpf_salesforce_auth_url', function () { return 'TOKEN_URL'; } );";

/// What a call with a test of the connection gives: `true`, or the words.
const CONNECT: &str = "$said = wp_fusion()->crm->connect( null, null, true );
echo is_wp_error( $said ) ? $said->get_error_message() : json_encode( $said );";

/// A simulated org, known by host names that have "salesforce" in them.
pub(crate) struct Org {
    pub(crate) sim: Sim,
    http: Client,
    origin: String,
    user: String,
}

impl Org {
    pub(crate) async fn start() -> Self {
        let options = Options { sites: Some(4), instances: Instances::Host, ..Options::new("agency", 7) };
        let sim = sim::start(options).await.expect("a simulator");
        let here = ([127, 0, 0, 1], 0).into();
        let http = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .resolve("acme.salesforce.localhost", here)
            .resolve("login.salesforce.localhost", here)
            .build()
            .expect("a client");
        let origin = sim.ready.orgs["acme"].clone();
        let org = Self { sim, http, origin, user: "fusebox@acme.example".to_owned() };
        org.admin("consent", Some(json!({ "answer": "allow", "user": org.user }))).await;
        org
    }

    pub(crate) async fn admin(&self, path: &str, order: Option<Value>) -> Value {
        let url = format!("{}/{path}", self.sim.ready.admin);
        let request = match order {
            Some(order) => self.http.post(url).json(&order),
            None => self.http.get(url),
        };
        let answer = request.bearer_auth(&self.sim.ready.admin_token).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("JSON")
    }

    /// Two hours and more: every session is over.
    pub(crate) async fn sessions_end(&self) {
        self.admin("clock", Some(json!({ "advance": "3h" }))).await;
    }

    /// Lets a site's plugin find this Salesforce.
    pub(crate) fn lead(&self, site: &Site) {
        // PHP's own resolver, which the plugin's code exchange asks, may not know names below localhost.
        let login = self.sim.ready.login.replace("login.salesforce.localhost", "127.0.0.1");
        let token_url = format!("{login}/services/oauth2/token");
        site.must_use("lead-to.php", &LEAD_TO.replace("TOKEN_URL", &token_url));
    }

    /// Makes the simulator take the plugin's consumer key and secret for those of WP Fusion's app.
    async fn know(&self, site: &Site) -> (String, String) {
        let told = site.php(
            "echo json_encode( array( wp_fusion()->crm->crm->client_id, wp_fusion()->crm->crm->client_secret ) );",
        );
        let (id, secret): (String, String) = serde_json::from_str(last_line(&told)).expect("key and secret");
        let order = json!({ "kind": "rotate_credentials", "client_id": id, "client_secret": secret });
        self.admin("fault", Some(order)).await;
        (id, secret)
    }

    /// A code, as a browser brings it back.
    pub(crate) async fn code(&self, client_id: &str) -> String {
        let query = [("response_type", "code"), ("client_id", client_id), ("redirect_uri", CALLBACK)];
        let url = format!("{}/services/oauth2/authorize", self.origin);
        let answer = self.http.get(url).query(&query).send().await.expect("an answer");
        let to = Url::parse(answer.headers()["location"].to_str().expect("a text")).expect("an address");
        to.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned()
    }

    /// What a site stores after an authorization.
    async fn settings(&self, (id, secret): &(String, String)) -> Value {
        let code = self.code(id).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", id),
            ("client_secret", secret),
            ("redirect_uri", CALLBACK),
            ("code", &code),
        ];
        let url = format!("{}/services/oauth2/token", self.sim.ready.login);
        let token: Value = self.http.post(url).form(&form).send().await.expect("an answer").json().await.expect("JSON");
        let mut settings = connected(token["instance_url"].as_str().expect("an address"));
        for (option, field) in
            [("sf_id", "id"), ("sf_access_token", "access_token"), ("sf_refresh_token", "refresh_token")]
        {
            settings[option] = token[field].clone();
        }
        settings
    }

    /// Requests for a fresh token since the simulator started.
    pub(crate) async fn refreshes(&self) -> usize {
        let log = self.admin("log", None).await;
        log["requests"].as_array().expect("requests").iter().filter(|entry| entry["kind"] == "refresh_token").count()
    }
}

fn connect(site: &Site) -> String {
    last_line(&site.php(CONNECT)).to_owned()
}

/// A WordPress whose plugin talks to the simulator, authorized.
pub(crate) async fn authorized(org: &Org) -> (Site, (String, String)) {
    let mut plan = Plan::connected("http://127.0.0.1:1/salesforce");
    plan.capability = Some("fusebox_read");
    let site = Site::new(&plan);
    org.lead(&site);
    let client = org.know(&site).await;
    let settings = org.settings(&client).await;
    site.store(&settings);
    (site, client)
}

pub(crate) async fn outcome(agent: &Agent) -> String {
    match agent.prove().await.expect("an outcome") {
        ProveOutcome::Good => "good".to_owned(),
        ProveOutcome::Withheld => "withheld".to_owned(),
        ProveOutcome::Refused { text } => format!("refused: {text}"),
        ProveOutcome::Failed { text } => format!("failed: {text}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_connection_lives_is_refreshed_and_dies() {
    let org = Org::start().await;
    let (site, client) = authorized(&org).await;
    assert_eq!(connect(&site), "true");
    assert_eq!(org.refreshes().await, 0);

    // The session ends: one refresh, another access token, the same refresh token.
    let (access, refresh) = (site.stored("sf_access_token"), site.stored("sf_refresh_token"));
    org.sessions_end().await;
    assert_eq!(connect(&site), "true");
    assert_eq!(org.refreshes().await, 1);
    assert_ne!(site.stored("sf_access_token"), access);
    assert_eq!(site.stored("sf_refresh_token"), refresh);

    // Revoked: the next expired session can not be replaced.
    let url = format!("{}/services/oauth2/revoke", org.origin);
    let revoked = org.http.post(url).form(&[("token", refresh.as_str())]).send().await.expect("an answer");
    assert_eq!(revoked.status().as_u16(), 200);
    assert_eq!(connect(&site), "Error refreshing access token: expired access/refresh token");

    // Rotation: the plugin drops the new refresh token, so the first refresh works and the second kills.
    site.store(&org.settings(&client).await);
    org.admin("fault", Some(json!({ "kind": "rotation", "org": "acme", "on": true }))).await;
    org.sessions_end().await;
    assert_eq!(connect(&site), "true", "the first refresh");
    org.sessions_end().await;
    assert_eq!(connect(&site), "Error refreshing access token: expired access/refresh token", "the second");
    org.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn the_agent_tells_the_same_by_every_way_in() {
    let org = Org::start().await;
    let (mut site, _) = authorized(&org).await;
    site.must_use_agent();
    site.serve();
    let sshd = Sshd::start();
    let agents = ways(&site, &sshd, PATIENCE);

    let mut seen = Vec::new();
    for (name, agent) in &agents {
        let status = agent.look().await.expect(name).status;
        let connection = status.connection.clone().expect("a connection");
        let identity = site.stored("sf_id");
        assert!(identity.contains(connection.org.as_ref().expect("an org").as_str()), "{name}");
        assert!(identity.ends_with(connection.user.as_ref().expect("a user").as_str()), "{name}");
        assert_eq!(connection.instance_url.as_str(), site.stored("sf_instance_url"), "{name}");
        assert_eq!(outcome(agent).await, "good", "{name}");
        seen.push(connection);
    }
    assert!(seen.windows(2).all(|two| two[0] == two[1]), "one site, one connection: {seen:?}");

    let refreshes = org.refreshes().await;
    for (kind, expected) in [
        (Some(json!({ "kind": "leave_calls", "org": "acme", "calls": 0 })), "TotalRequests Limit exceeded."),
        (Some(json!({ "kind": "leave_calls", "org": "acme", "calls": 1000 })), "good"),
        (Some(json!({ "kind": "without_api", "org": "acme" })), "The REST API is not enabled for this Organization."),
        (Some(json!({ "kind": "restore", "org": "acme" })), "good"),
        (Some(json!({ "kind": "refuse_address", "user": org.user })), "not valid for use with the REST API"),
        (Some(json!({ "kind": "restore", "user": org.user })), "good"),
        (Some(json!({ "kind": "503", "org": "acme" })), "Service Unavailable"),
        (Some(json!({ "kind": "html", "org": "acme" })), "not Salesforce's"),
        (Some(json!({ "kind": "empty", "org": "acme" })), "not Salesforce's"),
        (Some(json!({ "kind": "none", "org": "acme" })), "good"),
        (None, "withheld"),
    ] {
        match &kind {
            Some(order) => drop(org.admin("fault", Some(order.clone())).await),
            None => org.sessions_end().await,
        }
        for (name, agent) in &agents {
            let told = outcome(agent).await;
            assert!(told.contains(expected), "{name}, {kind:?}: {told}");
        }
    }
    assert_eq!(org.refreshes().await, refreshes, "nothing was spent by looking");
    org.sim.stop().await;
}

/// Its `sync()`: true whatever happens, by the session that is there, by a new one, by none, and with the lists emptied by
/// a page. What is stored is what `status` counts.
async fn synced(org: &Org, site: &Site, client: &(String, String)) {
    let sync = || last_line(&site.php("echo json_encode( wp_fusion()->crm->sync() );")).to_owned();
    let stored = async || {
        let status = site.local().look().await.expect("a look").status;
        (status.tags, status.fields)
    };
    let refreshes = org.refreshes().await;
    assert_eq!(sync(), "true");
    let full = stored().await;
    assert!(full.0 > Some(0) && full.1 > Some(10), "{full:?}");
    assert_eq!(org.refreshes().await, refreshes);

    org.sessions_end().await;
    assert_eq!(sync(), "true", "expired, and refreshed");
    assert_eq!((stored().await, org.refreshes().await), (full, refreshes + 1));

    org.admin("fault", Some(json!({ "kind": "revoke_all", "org": "acme" }))).await;
    org.sessions_end().await;
    assert_eq!(sync(), "true", "with a dead token");
    assert_eq!(stored().await, full, "and nothing was lost");
    assert_eq!(connect(site), "Error refreshing access token: expired access/refresh token");
    assert_eq!(outcome(&site.local()).await, "withheld");

    site.store(&org.settings(client).await);
    org.admin("fault", Some(json!({ "kind": "html", "org": "acme" }))).await;
    assert_eq!(sync(), "true", "with somebody's page for an answer");
    assert_eq!(stored().await, (Some(0), Some(0)), "which empties what was stored");
    org.admin("fault", Some(json!({ "kind": "none", "org": "acme" }))).await;
    assert_eq!(sync(), "true");
    assert_eq!(stored().await, full);
}

/// With `FUSEBOX_TEST_WP_FUSION` set to the real plugin: what the stand-in does not play.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the real WP Fusion Lite in FUSEBOX_TEST_WP_FUSION"]
async fn of_the_real_plugin_the_round_trip_and_a_contact() {
    assert!(std::env::var_os("FUSEBOX_TEST_WP_FUSION").is_some(), "set it to the folder of the real plugin");
    let org = Org::start().await;
    let (site, client) = authorized(&org).await;
    // Authorized anew by the plugin's own handler.
    let (before, code) = (site.stored("sf_refresh_token"), org.code(&client.0).await);
    site.php(&format!(
        "$_GET['code'] = '{code}'; $_GET['crm'] = 'salesforce';
         require_once WPF_DIR_PATH . 'includes/crms/salesforce/admin/class-admin.php';
         $admin = new WPF_Salesforce_Admin( 'salesforce', 'Salesforce', wp_fusion()->crm->crm );
         $admin->maybe_oauth_complete();"
    ));
    assert_ne!(site.stored("sf_refresh_token"), before);
    assert_eq!(connect(&site), "true");
    // The four steps of a refresh of fields, each by itself.
    let steps = site.php(
        "$crm = wp_fusion()->crm; $crm->connect();
         echo json_encode( array( count( $crm->crm->sync_objects() ), count( $crm->crm->sync_tags() ), count( $crm->crm->sync_crm_fields() ) ) );",
    );
    let steps: Vec<usize> = serde_json::from_str(last_line(&steps)).unwrap_or_else(|_| panic!("{steps}"));
    assert!(steps.iter().all(|found| *found > 0), "objects, topics, groups of fields: {steps:?}");
    synced(&org, &site, &client).await;
    // A contact: made, found, changed, tagged, loaded.
    let told = site.php(
        "$crm = wp_fusion()->crm->crm; $crm->connect();
         $id = $crm->add_contact( array( 'LastName' => 'Doe', 'Email' => 'doe@example.org' ) );
         $out = array( is_wp_error( $id ) ? $id->get_error_message() : $id );
         $found = $crm->get_contact_id( 'doe@example.org' );
         $out[] = is_wp_error( $found ) ? $found->get_error_message() : $found;
         $done = $crm->update_contact( $id, array( 'FirstName' => 'Jo' ) );
         $out[] = is_wp_error( $done ) ? $done->get_error_message() : $done;
         $topics = array_keys( (array) get_option( 'wpf_available_tags' ) );
         $done = $crm->apply_tags( array( $topics[0] ), $id );
         $out[] = is_wp_error( $done ) ? $done->get_error_message() : $done;
         $tags = $crm->get_tags( $id );
         $out[] = is_wp_error( $tags ) ? $tags->get_error_message() : count( $tags );
         echo json_encode( $out );",
    );
    let told: Vec<Value> = serde_json::from_str(last_line(&told)).unwrap_or_else(|_| panic!("{told}"));
    assert!(told[0].as_str().is_some_and(|id| id.starts_with("003")), "{told:?}");
    assert_eq!(told[1], told[0], "{told:?}");
    assert_eq!(told[2..4], [json!(true), json!(true)], "{told:?}");
    assert_eq!(told[4], 1, "{told:?}");
    org.sim.stop().await;
}
