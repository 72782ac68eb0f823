//! The agent and its client against a real WordPress, a real sshd and a plugin that behaves as WP Fusion does.
//!
//! `.ci/wordpress` makes the machine ready and names the file to source; then
//! `cargo test --test wordpress -- --ignored`. With `FUSEBOX_TEST_WP_CLI` and `FUSEBOX_TEST_WP_FUSION` set to the paths of
//! the real WP-CLI and the real plugin, the same tests run against those, and those whose names begin with `of_the_real_plugin`
//! can run at all.

#[cfg(test)]
#[path = "wordpress/against_sim.rs"]
mod against_sim;
#[cfg(test)]
#[path = "wordpress/by_rest.rs"]
mod by_rest;
#[cfg(test)]
#[path = "wordpress/by_ssh.rs"]
mod by_ssh;
#[cfg(test)]
#[path = "wordpress/by_wp_cli.rs"]
mod by_wp_cli;
#[cfg(test)]
#[path = "wordpress/proving.rs"]
mod proving;
#[cfg(test)]
#[path = "wordpress/salesforce.rs"]
mod salesforce;
#[cfg(test)]
#[path = "wordpress/site.rs"]
mod site;
#[cfg(test)]
#[path = "wordpress/sshd.rs"]
mod sshd;
#[cfg(test)]
#[path = "wordpress/status.rs"]
mod status;
#[cfg(test)]
#[path = "wordpress/unwell.rs"]
mod unwell;
#[cfg(test)]
#[path = "wordpress/writing.rs"]
mod writing;
