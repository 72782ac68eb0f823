//! Over ssh, through a real sshd on loopback.

use crate::salesforce::{Mood, Salesforce};
use crate::site::{PATIENCE, Plan, Site};
use crate::sshd::Sshd;
use fusebox::model::{FailureClass, ProveOutcome};
use fusebox::wordpress::{Agent, Way};
use std::path::Path;
use std::time::Duration;

fn way(site: &Site, sshd: &Sshd) -> Way {
    Way::Ssh {
        host: "web1".to_owned(),
        port: None,
        path: site.path.display().to_string(),
        wp: site.wp.clone(),
        control_dir: sshd.control_dir.clone(),
    }
}

fn over(site: &Site, sshd: &Sshd, config: &Path) -> Agent {
    site.agent(way(site, sshd), PATIENCE).with_ssh_config(config.to_owned())
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_site_answers_through_a_noisy_shell_and_one_connection_serves_all_calls() {
    let salesforce = Salesforce::start(Mood::Good).await;
    let site = Site::new(&Plan::connected(&salesforce.instance));
    let sshd = Sshd::start();
    std::fs::write(sshd.home.join(".bashrc"), "echo Welcome to web1; echo noise >&2; printf 'no line end'\n")
        .expect("written");
    let agent = over(&site, &sshd, &sshd.config);
    let look = agent.look().await.expect("a look");
    assert!(look.status.connection.is_some());
    assert_eq!(agent.prove().await, Ok(ProveOutcome::Good));
    assert_eq!(sshd.connections(), 1, "status, log and prove shared one");
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn refusals_are_named() {
    let site = Site::new(&Plan::connected("https://acme.my.salesforce.com"));
    let sshd = Sshd::start();
    let stranger = over(&site, &sshd, &sshd.stranger).look().await.expect_err("a failure");
    assert_eq!(stranger.class, FailureClass::SshRefused);
    assert!(stranger.text.as_str().contains("Permission denied"), "{stranger}");
    let impostor = over(&site, &sshd, &sshd.impostor).look().await.expect_err("a failure");
    assert_eq!(impostor.class, FailureClass::SshRefused, "{impostor}");
    assert!(impostor.text.as_str().contains("Host key verification failed"), "{impostor}");
    let (config, control) = (sshd.config.clone(), sshd.control_dir.clone());
    let mut wrong = way(&site, &sshd);
    if let Way::Ssh { path, .. } = &mut wrong {
        "/no/such/path".clone_into(path);
    }
    let failure = site.agent(wrong, PATIENCE).with_ssh_config(config.clone()).look().await.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::NoAgent, "{failure}");
    let mut wrong = way(&site, &sshd);
    if let Way::Ssh { wp, .. } = &mut wrong {
        "wp-missing".clone_into(wp);
    }
    let failure = site.agent(wrong, PATIENCE).with_ssh_config(config.clone()).look().await.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::NoAgent, "{failure}");
    let gone = Way::Ssh {
        host: "127.0.0.1".to_owned(),
        port: Some(crate::site::free_port()),
        path: "/srv".to_owned(),
        wp: "wp".to_owned(),
        control_dir: control,
    };
    let failure = site.agent(gone, PATIENCE).with_ssh_config(config).look().await.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::Unreachable, "{failure}");
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_line_cut_half_way_is_unreachable() {
    let salesforce = Salesforce::start(Mood::Silent).await;
    let site = Site::new(&Plan::connected(&salesforce.instance));
    let sshd = Sshd::start();
    let agent = over(&site, &sshd, &sshd.config);
    let (failure, ()) = tokio::join!(agent.prove(), async {
        salesforce.arrival().await;
        sshd.cut();
    });
    let failure = failure.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::Unreachable, "{failure}");
    salesforce.now(Mood::Good);
    assert_eq!(agent.prove().await, Ok(ProveOutcome::Good), "and the next call makes a new connection");
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn the_remote_side_ends_by_itself() {
    let site = Site::new(&Plan::connected("https://acme.my.salesforce.com"));
    let sshd = Sshd::start();
    // The connection is made before: on a busy machine that takes long enough for our own limit to come first.
    over(&site, &sshd, &sshd.config).look().await.expect("a look");
    site.must_use(
        "hang.php",
        "<?php file_put_contents(__DIR__ . '/pid', getmypid()); while (true) { usleep(100000); }",
    );
    let agent = site.agent(way(&site, &sshd), Duration::from_secs(5)).with_ssh_config(sshd.config.clone());
    let failure = agent.look().await.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
    assert!(failure.text.as_str().contains("exit 124"), "the remote side's own limit came first: {failure}");
    let pid = std::fs::read_to_string(site.path.join("wp-content/mu-plugins/pid")).expect("an id");
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "it still runs there");
}
