//! From which address a site calls. Pure: the name decides, and names come from the seed.

use std::net::Ipv4Addr;

/// How many servers there are that sites share.
const SHARED: u64 = 24;

/// Where fusebox itself calls from.
pub(crate) const MONITOR_ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);

/// The address of the server that a site of this name is on: every other site is on one that others share, the rest have
/// one of their own.
pub(crate) fn server_of(site: &str) -> Ipv4Addr {
    // FNV-1a: a hash whose values stay what they are.
    let hash =
        site.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let low = |n: u64| u8::try_from(n & 0xff).unwrap_or(0);
    // The upper half mixes better than the last bits.
    let mixed = hash >> 24;
    if mixed & 1 == 0 {
        Ipv4Addr::new(203, 0, 113, 1 + low((mixed >> 1) % SHARED))
    } else {
        // A range for tests, with room for a large fleet.
        Ipv4Addr::new(198, 18 + low((mixed >> 1) & 1), low(mixed >> 2), low(mixed >> 10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn about_half_of_the_sites_share_their_server() {
        let mut sites: BTreeMap<Ipv4Addr, usize> = BTreeMap::new();
        for n in 0..400 {
            *sites.entry(server_of(&format!("site-{n}.example"))).or_default() += 1;
        }
        let shared: usize = sites.values().filter(|sites| **sites > 1).sum();
        assert!((150..250).contains(&shared), "{shared}");
        assert!(sites.values().all(|sites| *sites < 40));
        let some: BTreeSet<Ipv4Addr> = (0..9).map(|_| server_of("shop.example")).collect();
        assert_eq!(some.len(), 1, "a site stays where it is");
    }
}
