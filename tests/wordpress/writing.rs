//! The verbs that write, against the simulator: what a WordPress stores before, after, and after an undo. By WP-CLI and by REST.
//! With the real plugin the same.

use crate::against_sim::{Org, authorized};
use crate::salesforce::{Mood, Salesforce};
use crate::site::{Plan, Site, connected, last_line};
use fusebox::model::lists::ListChanges;
use fusebox::model::site_change::{CompletedOutcome, FieldsRefreshed, Outcome, SavedValue, SiteChange, Tokens};
use fusebox::model::{FailureClass, OrgId, UserId};
use fusebox::wordpress::{Agent, Refresh, SegmentChoice, SiteWrite};
use secrecy::SecretString;
use serde_json::{Value, json};

/// Everything of the plugin's that these verbs may touch, and the tokens, which they may not.
const STORED: &str = "$all = array();
foreach ( array( 'wpf_options', 'wpf_available_tags', 'wpf_crm_fields', 'wpf_salesforce_objects', 'wpf_salesforce_record_types' ) as $name ) {
    $all[ $name ] = get_option( $name, 'absent' );
}
echo json_encode( $all );";

/// Letter by letter, so that order and form count.
fn stored(site: &Site) -> String {
    last_line(&site.php(STORED)).to_owned()
}

fn tokens(site: &Site) -> [String; 4] {
    ["sf_access_token", "sf_refresh_token", "sf_id", "sf_instance_url"].map(|name| site.stored(name))
}

fn told(write: SiteWrite) -> SiteChange {
    match write {
        SiteWrite::Told(change) => *change,
        other => panic!("{other:?}"),
    }
}

fn done(refreshed: &FieldsRefreshed) -> bool {
    refreshed.outcome == Outcome::Done && refreshed.steps.iter().all(|step| step.outcome == Outcome::Done)
}

/// Here and over REST.
fn both(site: &Site) -> [(&'static str, Agent); 2] {
    [("local", site.local()), ("rest", site.rest())]
}

/// A site that lets fusebox write over REST, too.
async fn writable(org: &Org) -> (Site, (String, String)) {
    let (mut site, client) = authorized(org).await;
    site.php("( new WP_User( get_user_by( 'login', 'fusebox' )->ID ) )->add_cap( 'fusebox_write' );");
    site.must_use("allow.php", "<?php define( 'FUSEBOX_ALLOW_WRITE', true );");
    site.must_use_agent();
    site.serve();
    (site, client)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_refresh_of_fields_stores_what_is_good_and_nothing_else() {
    let org = Org::start().await;
    let (site, _) = writable(&org).await;
    for (way, agent) in both(&site) {
        let before = (agent.lists().await.expect(way), tokens(&site));
        let refreshed = agent.refresh_fields(Refresh::Withheld).await.expect(way);
        assert!(done(&refreshed) && refreshed.connected.tokens == Tokens::Kept, "{way}: {refreshed:?}");
        assert_eq!(tokens(&site), before.1, "{way}");
        let after = agent.lists().await.expect(way);
        let changes = ListChanges::between(&before.0, &after);
        if way == "local" {
            assert_eq!(changes.segments.added.len(), 5, "{changes:?}");
            assert!(changes.fields.added.len() > 20 && changes.newly_read_only.is_empty(), "{changes:?}");
        } else {
            assert!(changes.is_empty(), "nothing is new: {changes:?}");
        }
        let full = stored(&site);
        for (kind, words) in [
            ("html", "not Salesforce's"),
            ("empty", "not Salesforce's"),
            ("503", "Service Unavailable"),
            ("dead", "cURL"),
        ] {
            org.admin("fault", Some(json!({ "kind": kind, "org": "acme" }))).await;
            let broken = agent.refresh_fields(Refresh::Withheld).await.expect(way);
            assert_eq!((broken.outcome, broken.steps[4].outcome), (Outcome::Failed, Outcome::Skipped), "{way} {kind}");
            assert!(broken.steps[0].text.as_str().contains(words), "{way} {kind}: {broken:?}");
            assert_eq!(stored(&site), full, "{way} {kind}");
        }
        org.admin("fault", Some(json!({ "kind": "none", "org": "acme" }))).await;
    }
    // An answer that is Salesforce's at the test, and somebody's page in the middle.
    let page = "<?php add_filter( 'http_response', function ( $response, $args, $url ) {
        if ( strpos( $url, '/query' ) ) { $response['body'] = '<html>Log in to the hotel</html>'; }
        return $response;
    }, PHP_INT_MIN, 3 );";
    site.must_use("a-page.php", page);
    let full = stored(&site);
    let partly = site.local().refresh_fields(Refresh::Withheld).await.expect("an answer");
    let outcomes: Vec<Outcome> = partly.steps.iter().map(|step| step.outcome).collect();
    assert_eq!(partly.outcome, Outcome::Partly);
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done, Outcome::Failed, Outcome::Done, Outcome::Done]);
    assert_eq!(stored(&site), full);
    org.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn one_refresh_of_the_token_leaves_where_it_is_let_and_none_where_not() {
    let org = Org::start().await;
    let (site, _) = writable(&org).await;
    org.sessions_end().await;
    let before = (stored(&site), org.refreshes().await);
    let withheld = site.rest().refresh_fields(Refresh::Withheld).await.expect("an answer");
    assert_eq!((withheld.outcome, withheld.connected.tokens), (Outcome::Withheld, Tokens::Kept));
    assert_eq!((stored(&site), org.refreshes().await), before, "nothing was spent, nothing stored");
    let refresh = site.stored("sf_refresh_token");
    let let_through = site.rest().refresh_fields(Refresh::Once).await.expect("an answer");
    assert!(done(&let_through) && let_through.connected.tokens == Tokens::Refreshed, "{let_through:?}");
    assert_eq!((org.refreshes().await, site.stored("sf_refresh_token")), (before.1 + 1, refresh));
    org.admin("fault", Some(json!({ "kind": "revoke_all", "org": "acme" }))).await;
    org.sessions_end().await;
    let full = stored(&site);
    let dead = site.local().refresh_fields(Refresh::Once).await.expect("an answer");
    assert_eq!(dead.outcome, Outcome::Refused, "{dead:?}");
    assert!(dead.steps[0].text.as_str().contains("expired access/refresh token"), "{dead:?}");
    assert_eq!(stored(&site), full);
    org.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn somebody_who_authorizes_the_site_in_the_same_moments_keeps_the_new_tokens() {
    let org = Org::start().await;
    let (site, _) = authorized(&org).await;
    // In the middle of the refresh another process stores other tokens, past everything that this one has in memory.
    let meanwhile = "<?php add_filter( 'http_response', function ( $response, $args, $url ) {
        global $wpdb;
        if ( strpos( $url, '/describe/' ) ) {
            $row = $wpdb->get_var( \"SELECT option_value FROM $wpdb->options WHERE option_name = 'wpf_options'\" );
            $all = unserialize( $row );
            $all['sf_refresh_token'] = '5Aep861ofSomebodyElse';
            $all['sf_access_token']  = '00DofSomebodyElse';
            $wpdb->query( $wpdb->prepare( \"UPDATE $wpdb->options SET option_value = %s WHERE option_name = 'wpf_options'\", serialize( $all ) ) );
        }
        return $response;
    }, 10, 3 );";
    site.must_use("meanwhile.php", meanwhile);
    let refreshed = site.local().refresh_fields(Refresh::Once).await.expect("an answer");
    assert_eq!((refreshed.outcome, refreshed.connected.tokens), (Outcome::Done, Tokens::Changed), "{refreshed:?}");
    assert_eq!(site.stored("sf_refresh_token"), "5Aep861ofSomebodyElse");
    assert_eq!(site.stored("sf_access_token"), "00DofSomebodyElse");
    let required = site.php("echo json_encode( get_option( 'wpf_options' )['required_fields'] );");
    assert_eq!(last_line(&required), r#"["LastName"]"#, "and what the refresh brought is stored beside them");
    org.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn object_and_segment_types_there_and_back() {
    let org = Org::start().await;
    let (site, _) = writable(&org).await;
    let held = tokens(&site);
    let first = site.local().set_object_type("Lead", Refresh::Withheld).await.expect("an answer");
    assert!(matches!(first, SiteWrite::NotOffered { .. }), "before the first refresh nothing is offered: {first:?}");
    assert!(done(&site.local().refresh_fields(Refresh::Withheld).await.expect("an answer")));
    // A record type of contacts, which leads do not have.
    let record_type = site.local().choices().await.expect("choices").record_types.expect("record types")[0].id.clone();
    site.php(&format!(
        "$all = get_option( 'wpf_options' ); $all['sf_record_type'] = '{record_type}'; $all['crm_tag_type'] = 'Topic'; update_option( 'wpf_options', $all );"
    ));
    let before = stored(&site);
    for (way, agent) in both(&site) {
        let change = told(agent.set_object_type("Lead", Refresh::Withheld).await.expect(way));
        assert_eq!((change.outcome, change.connected.tokens), (Outcome::Done, Tokens::Kept), "{way}: {change:?}");
        assert_eq!(site.stored("sf_object_type"), "Lead", "{way}");
        assert_eq!(site.stored("sf_record_type"), "", "{way}");
        let leads = agent.lists().await.expect(way).fields.expect("fields");
        assert!(leads.iter().any(|field| field.name.as_str() == "Company" && field.required), "{way}");
        let again = told(agent.set_object_type("Lead", Refresh::Withheld).await.expect(way));
        assert_eq!(again.outcome, Outcome::Unchanged, "{way}");
        // Somebody changes one of the names in between.
        let changed = stored(&site);
        site.php("$all = get_option( 'wpf_options' ); $all['required_fields'][] = 'Fax'; update_option( 'wpf_options', $all );");
        let refused = agent.restore(&change.saved).await.expect(way);
        assert!(
            matches!(&refused, SiteWrite::ChangedSince { text } if text.as_str().contains("required_fields")),
            "{way}"
        );
        assert_ne!(stored(&site), changed, "{way}: what somebody did stays");
        site.php("$all = get_option( 'wpf_options' ); array_pop( $all['required_fields'] ); update_option( 'wpf_options', $all );");
        assert_eq!(told(agent.restore(&change.saved).await.expect(way)).outcome, Outcome::Done, "{way}");
        assert_eq!(sorted(&stored(&site)), sorted(&before), "{way}");

        let picklist = SegmentChoice::Picklist { field: "WPF_Tags__c".to_owned() };
        let change = told(agent.set_segment_type(&picklist, Refresh::Withheld).await.expect(way));
        assert_eq!(change.outcome, Outcome::Done, "{way}: {change:?}");
        let status = agent.status().await.expect(way);
        assert_eq!((status.segment_type, status.tags), (Some("Picklist".into()), Some(4)), "{way}");
        assert_eq!(site.stored("crm_tag_type"), "Tag", "{way}");
        for (field, words) in [("Email", "multipicklist"), ("Nothing__c", "no field Nothing__c")] {
            let bad = SegmentChoice::Picklist { field: field.to_owned() };
            let (full, bad) = (stored(&site), told(agent.set_segment_type(&bad, Refresh::Withheld).await.expect(way)));
            assert_eq!((bad.outcome, bad.saved.len()), (Outcome::Failed, 0), "{way}");
            assert!(bad.text.as_str().contains(words), "{way}: {bad:?}");
            assert_eq!(stored(&site), full, "{way}");
        }
        let saved: Vec<SavedValue> = change.saved;
        assert_eq!(told(agent.restore(&saved).await.expect(way)).outcome, Outcome::Done, "{way}");
        assert_eq!(sorted(&stored(&site)), sorted(&before), "{way}");
    }
    site.must_use("override.php", "<?php add_filter( 'wpf_crm_object_type', function () { return 'Account'; } );");
    assert!(site.local().choices().await.expect("choices").object_type.overridden);
    let overridden = site.local().set_object_type("Lead", Refresh::Withheld).await.expect("an answer");
    assert!(matches!(&overridden, SiteWrite::Overridden { text } if text.as_str().contains("Account")));
    assert_eq!(tokens(&site), held, "the tokens are what they were");
    org.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_process_that_ends_half_way_leaves_nothing_half_changed() {
    let org = Org::start().await;
    let (site, _) = authorized(&org).await;
    assert!(done(&site.local().refresh_fields(Refresh::Withheld).await.expect("an answer")));
    let before = stored(&site);
    // The fields of the other object have come, its record types never do.
    let ends = "<?php add_filter( 'http_response', function ( $response, $args, $url ) {
        static $seen = 0;
        if ( strpos( $url, '/Lead/describe/' ) && 2 === ++$seen ) { exit( 'enough' ); }
        return $response;
    }, 10, 3 );";
    site.must_use("ends.php", ends);
    let failure = site.local().set_object_type("Lead", Refresh::Withheld).await.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::PhpFatal, "{failure}");
    assert_eq!(stored(&site), before);
    // The same where the plugin itself ends over an answer: such an answer never gets to it.
    let object = "<?php add_filter( 'http_response', function ( $response, $args, $url ) {
        if ( strpos( $url, '/describe/' ) ) { $response['response']['code'] = 401; $response['body'] = '{\"error\":\"x\"}'; }
        return $response;
    }, PHP_INT_MIN, 3 );";
    site.must_use("ends.php", object);
    let change = told(site.local().set_object_type("Lead", Refresh::Withheld).await.expect("an answer"));
    assert_eq!((change.outcome, change.saved.len()), (Outcome::Failed, 0), "{change:?}");
    assert!(change.text.as_str().contains("answered 401 with something"), "{change:?}");
    assert_eq!(stored(&site), before);
    org.sim.stop().await;
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_session_that_is_over_for_ever_costs_one_refresh() {
    let salesforce = Salesforce::start(Mood::ExpiredForEver).await;
    let site = Site::new(&Plan::connected(&salesforce.instance));
    let broker =
        format!("<?php add_filter( 'wpf_salesforce_auth_url', function () {{ return '{}'; }} );", salesforce.token_url);
    site.must_use("broker.php", &broker);
    let refreshed = site.local().refresh_fields(Refresh::Once).await.expect("an answer");
    assert_eq!((refreshed.outcome, refreshed.connected.tokens), (Outcome::Withheld, Tokens::Refreshed));
    let test = "GET /salesforce/services/data/v55.0/search/";
    assert_eq!(salesforce.seen(), [test, "POST /broker/token", test], "where the plugin would go on without end");
    // Without a refresh token there is the old password flow, with the password in the address.
    let mut settings = connected(&salesforce.instance);
    settings["sf_refresh_token"] = Value::Null;
    settings["sf_username"] = "admin@example.org".into();
    site.store(&settings);
    let before = stored(&site);
    let withheld = site.local().refresh_fields(Refresh::Once).await.expect("an answer");
    assert_eq!(withheld.outcome, Outcome::Withheld);
    assert_eq!((salesforce.seen(), stored(&site)), (vec![test.to_owned()], before));
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn what_has_no_room_in_an_answer_is_counted_and_left_out() {
    let salesforce = Salesforce::start(Mood::Good).await;
    let site = Site::new(&Plan::connected(&salesforce.instance));
    site.php(
        "$many = array(); foreach ( range( 1, 30000 ) as $n ) { $many[ sprintf( '0TO5g%010dGAA', $n ) ] = \"Topic number $n\"; }
         update_option( 'wpf_available_tags', $many, false );",
    );
    let lists = site.local().lists().await.expect("lists");
    let told = lists.segments.expect("segments").len();
    assert!(told > 5_000 && told + usize::try_from(lists.left_out.segments).expect("a count") == 30_000, "{told}");
    assert!(lists.fields.is_some_and(|fields| fields.len() == 2) && lists.left_out.is_any());
    // Every answer of this Salesforce is a query's without records: the org has no topics of the other kind.
    let page = "<?php add_filter( 'http_response', function ( $response ) {
        $response['body'] = '{\"totalSize\":0,\"done\":true,\"records\":[]}';
        return $response;
    }, PHP_INT_MIN );";
    site.must_use("none.php", page);
    let change =
        self::told(site.local().set_segment_type(&SegmentChoice::Public, Refresh::Withheld).await.expect("one"));
    assert_eq!(change.outcome, Outcome::Done, "{change:?}");
    assert_eq!(change.left_out, ["wpf_available_tags".into()]);
    assert_eq!(change.saved.iter().map(|saved| saved.name.as_str()).collect::<Vec<_>>(), ["sf_tag_type"]);
    assert_eq!(site.local().status().await.expect("a status").tags, Some(0));
}

/// The settings of `wpf_options` in the order of their names, all else as it stands: a setting that was taken out and put back
/// stands at the end, which means nothing.
fn sorted(stored: &str) -> Vec<(String, String)> {
    let all: Value = serde_json::from_str(stored).expect("JSON");
    let lists = stored.split_once("\"wpf_available_tags\"").map_or("", |(_, lists)| lists).to_owned();
    let settings = all["wpf_options"].as_object().expect("settings");
    let mut sorted: Vec<_> = settings.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    sorted.sort();
    sorted.push(("lists".to_owned(), lists));
    sorted
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_pasted_code_makes_the_connection_or_leaves_the_former_one() {
    let org = Org::start().await;
    let (site, client) = writable(&org).await;
    let identity = site.stored("sf_id");
    let mut parts = identity.rsplit('/');
    let user = UserId::parse(parts.next().expect("a user")).expect("an id");
    let here = OrgId::parse(parts.next().expect("an org")).expect("an id");
    let (elsewhere, other) =
        (OrgId::parse("00D000000000001").expect("an id"), UserId::parse("005000000000001").expect("an id"));
    site.php("$all = get_option( 'wpf_options' ); $all['enable_logging'] = 1; update_option( 'wpf_options', $all );");
    for (way, agent) in both(&site) {
        let before = stored(&site);
        let code = async || SecretString::from(org.code(&client.0).await);
        for (expected, code, org_id, user_id) in [
            (CompletedOutcome::WrongOrg, code().await, &elsewhere, &user),
            (CompletedOutcome::WrongUser, code().await, &here, &other),
            (CompletedOutcome::Refused, SecretString::from("aPrxNobodyGaveThis=="), &here, &user),
        ] {
            let completed = agent.complete_authorization(code, org_id, user_id).await.expect(way);
            assert_eq!(completed.outcome, expected, "{way}: {completed:?}");
            assert_eq!(stored(&site), before, "{way}: {expected}");
            if expected != CompletedOutcome::Refused {
                assert_eq!((completed.org.as_ref(), completed.user.as_ref()), (Some(&here), Some(&user)), "{way}");
            }
        }
        let refresh = site.stored("sf_refresh_token");
        let completed = agent.complete_authorization(code().await, &here, &user).await.expect(way);
        assert_eq!(completed.outcome, CompletedOutcome::Done, "{way}: {completed:?}");
        assert_ne!(site.stored("sf_refresh_token"), refresh, "{way}");
        let status = agent.status().await.expect(way);
        let connection = status.connection.expect("a connection");
        assert_eq!((connection.refresh, connection.org), (completed.refresh, Some(here.clone())), "{way}");
        assert_eq!(crate::against_sim::outcome(&agent).await, "good", "{way}");
    }
    // Whatever the plugin wrote of it into its log holds no code.
    let log = site.php(
        "global $wpdb; $table = $wpdb->prefix . 'wpf_logging';
         $wpdb->suppress_errors(); echo json_encode( $wpdb->get_results( \"SELECT message, context FROM `$table`\" ) );",
    );
    assert!(!log.contains("aPrx") && !log.contains("authorization_code"), "{log}");
    org.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_site_that_nobody_has_authorized_is_set_up_from_nothing() {
    let org = Org::start().await;
    let (known, client) = authorized(&org).await;
    let identity = known.stored("sf_id");
    let mut parts = identity.rsplit('/');
    let user = UserId::parse(parts.next().expect("a user")).expect("an id");
    let here = OrgId::parse(parts.next().expect("an org")).expect("an id");
    let site = Site::new(&Plan::active(&json!({})));
    org.lead(&site);
    let agent = site.local();
    assert_eq!(agent.configure(Refresh::Withheld).await.expect_err("a failure").class, FailureClass::BadRequest);
    let code = SecretString::from(org.code(&client.0).await);
    let completed = agent.complete_authorization(code, &here, &user).await.expect("an answer");
    assert_eq!(completed.outcome, CompletedOutcome::Done, "{completed:?}");
    assert!(!agent.status().await.expect("a status").connection_configured);
    let change = told(agent.configure(Refresh::Withheld).await.expect("an answer"));
    assert_eq!(change.outcome, Outcome::Done, "{change:?}");
    assert!(agent.status().await.expect("a status").connection_configured);
    assert!(done(&agent.refresh_fields(Refresh::Withheld).await.expect("an answer")));
    let again = told(agent.configure(Refresh::Withheld).await.expect("an answer"));
    assert_eq!(again.outcome, Outcome::Unchanged);
    assert_eq!(told(agent.restore(&change.saved).await.expect("an answer")).outcome, Outcome::Done);
    assert!(!agent.status().await.expect("a status").connection_configured);
    org.sim.stop().await;
}
