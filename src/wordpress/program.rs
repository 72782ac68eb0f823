//! The agent as it is put on a site: one file, joined from `agent.php` and those in `agent/`, so that each keeps a size that
//! can be read. Pure.

use std::sync::LazyLock;

/// PHP's opening tag: each file begins with it, so that each can be checked by itself.
pub(super) const OPENING: &str = "<?php";

/// In this order: the first has the header that WordPress reads, the last starts what the others made.
const PARTS: [&str; 9] = [
    include_str!("agent.php"),
    include_str!("agent/site.php"),
    include_str!("agent/gate.php"),
    include_str!("agent/looks.php"),
    include_str!("agent/lists.php"),
    include_str!("agent/refresh.php"),
    include_str!("agent/changes.php"),
    include_str!("agent/exchange.php"),
    include_str!("agent/entry.php"),
];

static PROGRAM: LazyLock<String> = LazyLock::new(|| {
    let rest = PARTS.iter().skip(1).map(|part| part.strip_prefix(OPENING).unwrap_or(part));
    std::iter::once(PARTS[0]).chain(rest).collect()
});

/// The agent: what goes to `wp-content/mu-plugins/`, and what WP-CLI is given with a request in front.
pub fn agent_program() -> &'static str {
    &PROGRAM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_in_the_one_file_and_it_has_one_opening_tag() {
        assert!(PARTS.iter().all(|part| part.starts_with(OPENING)));
        assert_eq!(agent_program().matches(OPENING).count(), 1);
        for part in PARTS {
            assert!(agent_program().contains(&part[OPENING.len()..]));
        }
        let files =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/wordpress/agent")).expect("a directory");
        assert_eq!(files.count() + 1, PARTS.len(), "no file is forgotten");
    }
}
