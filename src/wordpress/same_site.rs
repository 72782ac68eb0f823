//! Whether the site that answered is the one that was meant. A wrong path, a copied configuration or an address that a
//! multisite does not know (WP-CLI then takes the first blog) all give a good answer of the wrong site. Pure.

use crate::model::{Failure, FailureClass};
use url::Url;

/// Compares host, port and path of the configured address with `home_url`. The scheme does not count (a site behind a
/// proxy often calls itself http), nor do capitals and a slash at the end. `www.` does count: it is another address, and
/// the configuration should hold the one that the site has.
pub(super) fn check(configured: &Url, home_url: &str) -> Result<(), Failure> {
    let wrong = || {
        let text = format!("the site that answered is {home_url}, configured is {configured}");
        Failure::new(FailureClass::WrongSite, text)
    };
    let home = Url::parse(home_url).map_err(|_| wrong())?;
    if place(configured) == place(&home) { Ok(()) } else { Err(wrong()) }
}

fn place(url: &Url) -> (Option<String>, Option<u16>, &str) {
    let host = url.host_str().map(|host| host.trim_end_matches('.').to_ascii_lowercase());
    (host, url.port(), url.path().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(configured: &str, home: &str) -> bool {
        check(&Url::parse(configured).expect("an address"), home).is_ok()
    }

    #[test]
    fn scheme_capitals_and_slashes_do_not_count() {
        assert!(same("https://Shop.example.org/", "http://shop.example.org"));
        assert!(same("https://example.org/blog", "https://example.org/blog/"));
        assert!(same("https://example.org:443", "http://example.org:80"));
        assert!(same("https://bücher.example", "https://xn--bcher-kva.example"));
    }

    #[test]
    fn host_port_path_and_www_do() {
        assert!(!same("https://shop.example.org", "https://staging.example.org"));
        assert!(!same("https://example.org", "https://www.example.org"));
        assert!(!same("https://example.org/one", "https://example.org"));
        assert!(!same("http://127.0.0.1:8080", "http://127.0.0.1:8081"));
        assert!(!same("https://example.org", ""));
    }
}
