//! Every field of `status`, by every way in, against what the site was set up with.

use crate::site::{ACCESS, KEY, Plan, REFRESH, Site, connected, last_line};
use crate::sshd::Sshd;
use crate::unwell::ways;
use aws_lc_rs::hmac;
use fusebox::model::site::{Connection, Cron, PluginState, Staging};
use fusebox::model::{Fingerprint, OrgId, SiteStatus, UserId};
use std::process::Command;

const INSTANCE: &str = "https://acme.my.salesforce.com";

/// As `docs/agent.md` says it, and not by the agent's own code.
fn fingerprint(token: &str) -> Fingerprint {
    let key: Vec<u8> = (0..32).collect();
    assert!(KEY.starts_with("000102") && KEY.ends_with("1d1e1f"), "{KEY} counts from 0 to 31");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), token.as_bytes());
    Fingerprint::from_bytes(tag.as_ref()[..16].try_into().expect("128 bits"))
}

/// What PHP itself says, without a site.
fn php(code: &str) -> String {
    let out = Command::new("php").args(["-r", code]).output().expect("php");
    last_line(&String::from_utf8_lossy(&out.stdout)).to_owned()
}

/// What a site with the settings of [`connected`] has to answer.
fn expected(site: &Site) -> SiteStatus {
    let core = site.path.join("wp-includes/version.php");
    let file = site.path.join("wp-content/plugins/wp-fusion-lite/wp-fusion-lite.php");
    let header = std::fs::read_to_string(file).expect("the plugin");
    let version = header.lines().find_map(|line| line.trim().strip_prefix("* Version: ")).expect("a version");
    SiteStatus {
        home_url: site.url.as_str().trim_end_matches('/').into(),
        blog_id: 1,
        title: "Shop & One".into(),
        wp_version: php(&format!("include {:?}; echo $wp_version;", core.display().to_string())).into(),
        php_version: php("echo PHP_VERSION;").into(),
        agent_version: fusebox::wordpress::AGENT_VERSION.into(),
        plugin: PluginState::Active { edition: "lite".into(), version: version.trim().into() },
        crm: Some("salesforce".into()),
        connection_configured: true,
        connection: Some(Connection {
            org: Some(OrgId::parse("00D5g000000ORGEAA4").expect("an id")),
            user: Some(UserId::parse("0055g000000USERAAK").expect("an id")),
            instance_url: INSTANCE.into(),
            access: Some(fingerprint(ACCESS)),
            refresh: Some(fingerprint(REFRESH)),
        }),
        object_type: Some("Contact".into()),
        segment_type: Some("Topics".into()),
        tags: Some(2),
        fields: Some(2),
        mapped_fields: Some(1),
        staging: Staging { effective: false, duplicate: false, recorded_url: None },
        cron: Cron { disabled: true, stalled: false },
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn every_field_is_right_by_all_three_ways() {
    let mut site = Site::new(&Plan::connected(INSTANCE));
    site.must_use_agent();
    site.serve();
    let sshd = Sshd::start();
    let as_set_up = expected(&site);

    let mut settings = connected(INSTANCE);
    settings["sf_object_type"] = "Lead".into();
    settings["sf_tag_type"] = "Picklist".into();
    settings["sf_access_token"] = "00D5g000000ORGE!another".into();
    settings["connection_configured"] = false.into();
    // The plugin's mark stands in the middle of the address.
    let (head, tail) = as_set_up.home_url.as_str().split_at(12);
    settings["site_url"] = format!("{head}_[wpf_siteurl]_{tail}").into();
    let mut of_leads = as_set_up.clone();
    of_leads.object_type = Some("Lead".into());
    of_leads.segment_type = Some("Picklist".into());
    of_leads.connection.as_mut().expect("a connection").access = Some(fingerprint("00D5g000000ORGE!another"));
    of_leads.connection_configured = false;
    of_leads.staging.recorded_url = Some(as_set_up.home_url.clone());
    of_leads.cron.stalled = true;
    of_leads.tags = Some(0);
    of_leads.fields = None;

    let mut copied = settings.clone();
    copied["site_url"] = "https://shop.exam_[wpf_siteurl]_ple.org".into();
    copied["contact_fields"] = serde_json::json!({});
    let mut of_copy = of_leads.clone();
    of_copy.staging =
        Staging { effective: true, duplicate: true, recorded_url: Some("https://shop.example.org".into()) };
    of_copy.mapped_fields = Some(0);

    for (case, settings, expected) in
        [("as set up", None, as_set_up), ("of leads", Some(settings), of_leads), ("a copy", Some(copied), of_copy)]
    {
        if let Some(settings) = settings {
            site.store(&settings);
            site.php(
                "update_option( 'wpf_available_tags', array() ); delete_option( 'wpf_crm_fields' );
                 wp_schedule_single_event( time() - 7200, 'never_run' );",
            );
        }
        for (way, agent) in ways(&site, &sshd, crate::site::PATIENCE) {
            let look = agent.look().await.unwrap_or_else(|failure| panic!("{case}, {way}: {failure}"));
            assert_eq!(look.status, expected, "{case}, {way}");
            println!("status | {case} | {way} | all fields as expected");
        }
    }
}
