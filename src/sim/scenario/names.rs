//! Names of sites and orgs, handed out in an order that the seed decides. Pure.

use fastrand::Rng;

const WORDS: &[&str] = &[
    "shop",
    "news",
    "give",
    "fund",
    "app",
    "intra",
    "www",
    "club",
    "care",
    "academy",
    "atlas",
    "board",
    "choir",
    "depot",
    "events",
    "forum",
    "ledger",
    "members",
    "portal",
    "quiz",
    "eu",
    "docs",
    "partner",
    "jobs",
    "us",
    "labs",
    "farm",
    "alumni",
    "archive",
    "blog",
    "books",
    "campus",
    "camp",
    "chapter",
    "charity",
    "classes",
    "coach",
    "connect",
    "crew",
    "desk",
    "donate",
    "film",
    "gallery",
    "garden",
    "grants",
    "guild",
    "harbour",
    "health",
    "hub",
    "journal",
    "kitchen",
    "learn",
    "library",
    "live",
    "mail",
    "market",
    "media",
    "mentor",
    "music",
    "office",
    "orders",
    "press",
    "radio",
    "research",
    "school",
    "shelter",
    "store",
    "studio",
    "support",
    "theatre",
    "tickets",
    "tools",
    "tours",
    "trust",
    "video",
    "volunteer",
    "work",
    "youth",
];

const DOMAINS: &[&str] = &["example.org", "example.net", "example.com"];

const ORGS: &[&str] = &[
    "acme", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
];

/// A source of site names that never repeats.
pub(super) struct SiteNames {
    words: Vec<&'static str>,
    round: usize,
    next: usize,
    domains: Rng,
}

impl SiteNames {
    /// All names, shuffled.
    pub(super) fn new(rng: &mut Rng) -> Self {
        let mut words = WORDS.to_vec();
        rng.shuffle(&mut words);
        Self { words, round: 0, next: 0, domains: rng.fork() }
    }

    /// The next name and the site's title. After one round the words come again with a number.
    pub(super) fn next(&mut self) -> (String, String) {
        if self.next == self.words.len() {
            self.next = 0;
            self.round += 1;
        }
        let word = self.words[self.next];
        self.next += 1;
        let host = if self.round == 0 { word.to_owned() } else { format!("{word}{}", self.round + 1) };
        let domain = DOMAINS[self.domains.usize(..DOMAINS.len())];
        let mut title = host.clone();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        (format!("{host}.{domain}"), title)
    }
}

/// The name of the `n`th made-up org.
pub(super) fn org(n: usize) -> String {
    let word = ORGS[n % ORGS.len()];
    match n / ORGS.len() {
        0 => word.to_owned(),
        round => format!("{word}{}", round + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_do_not_repeat() {
        let mut names = SiteNames::new(&mut Rng::with_seed(7));
        let sites: BTreeSet<String> = std::iter::repeat_with(|| names.next().0).take(10_000).collect();
        assert_eq!(sites.len(), 10_000);
        let orgs: BTreeSet<String> = (0..100).map(org).collect();
        assert_eq!(orgs.len(), 100);
    }
}
