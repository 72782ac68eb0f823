//! What WP-CLI takes for `ssh:`, `[scheme:][user@]host[:port][/path or ~/path]`, as its own `parse_ssh_url` reads it.

/// The parts of such an address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address<'t> {
    /// `ssh` where none is written.
    pub(super) scheme: &'t str,
    /// With the user.
    pub(super) host: &'t str,
    /// Its digits; none where none are written.
    pub(super) port: &'t str,
    /// Begins with `/` or `~`.
    pub(super) path: Option<&'t str>,
}

const SCHEMES: &[&str] = &["docker", "docker-compose", "docker-compose-run", "ssh", "vagrant"];

/// None where WP-CLI would not know what to make of it either.
pub(super) fn parse(text: &str) -> Option<Address<'_>> {
    let (scheme, rest) = match text.split_once(':') {
        Some((word, rest)) if SCHEMES.contains(&word) && !is_port(rest) => (word, rest),
        _ if text == "vagrant" || text.starts_with("vagrant/") => ("vagrant", text),
        _ => ("ssh", text),
    };
    // A user holds no colon, and may hold a slash or a tilde; a host holds none of them.
    let user = rest.find('@').filter(|at| !rest[..*at].contains([':', '/', '~'])).map_or(0, |at| at + 1);
    let end = rest[user..].find([':', '/', '~']).map_or(rest.len(), |end| user + end);
    if end == user || user == 1 {
        return None;
    }
    let (host, rest) = rest.split_at(end);
    let (port, rest) = match rest.strip_prefix(':') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())),
        None => ("", rest),
    };
    let path = match rest {
        "" => None,
        _ if rest.starts_with(['/', '~']) => Some(rest),
        _ => return None,
    };
    Some(Address { scheme, host, port, path })
}

/// Whether a host that is called like a scheme stands before its port.
fn is_port(rest: &str) -> bool {
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    digits > 0 && (rest.len() == digits || rest[digits..].starts_with(['/', '~']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(&str, &str, &str, Option<&str>)> {
        parse(text).map(|address| (address.scheme, address.host, address.port, address.path))
    }

    #[test]
    fn every_part_may_be_there_or_not() {
        assert_eq!(parts("web1"), Some(("ssh", "web1", "", None)));
        assert_eq!(parts("deploy@web1"), Some(("ssh", "deploy@web1", "", None)));
        assert_eq!(parts("web1/var/www/html"), Some(("ssh", "web1", "", Some("/var/www/html"))));
        assert_eq!(parts("web1:/var/www"), Some(("ssh", "web1", "", Some("/var/www"))));
        assert_eq!(parts("web1~/www"), Some(("ssh", "web1", "", Some("~/www"))));
        assert_eq!(parts("web1/srv/a@b:c"), Some(("ssh", "web1", "", Some("/srv/a@b:c"))));
        let whole = Some(("ssh", "deploy@127.0.0.1", "2222", Some("/var/www/html")));
        assert_eq!(parts("deploy@127.0.0.1:2222/var/www/html"), whole);
        assert_eq!(parts("ssh:deploy@127.0.0.1:2222/var/www/html"), whole);
    }

    #[test]
    fn other_schemes_are_told_from_hosts_of_that_name() {
        assert_eq!(parts("docker:wordpress"), Some(("docker", "wordpress", "", None)));
        assert_eq!(parts("docker-compose-run:cli/app"), Some(("docker-compose-run", "cli", "", Some("/app"))));
        assert_eq!(parts("vagrant"), Some(("vagrant", "vagrant", "", None)));
        assert_eq!(parts("vagrant/srv"), Some(("vagrant", "vagrant", "", Some("/srv"))));
        assert_eq!(parts("docker"), Some(("ssh", "docker", "", None)));
        assert_eq!(parts("docker:22/srv"), Some(("ssh", "docker", "22", Some("/srv"))));
    }

    #[test]
    fn what_is_no_address_is_none() {
        for bad in ["", "@web1", "deploy@", "/srv", "~/www", "ssh://web1/srv", "web1:port/srv", "a:b@web1", "ssh:"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }
}
