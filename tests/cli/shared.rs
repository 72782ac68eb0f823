//! One store for several Unix users, in a folder that their group shares. Needs root, to be other users; without, it is skipped.

use crate::fleet::{Answer, answer, checked, program};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

/// A group and users that no machine has: numbers do as well as names.
const GROUP: u32 = 61_900;

/// Runs fusebox as this user, with a umask that would leave the group nothing to write.
fn run(dir: &Path, user: u32, group: Option<u32>, arguments: &[&str]) -> Answer {
    let fusebox = program(&dir.join("config"), &dir.join("state"), arguments);
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={user}"), format!("--regid={user}")]);
    match group {
        Some(group) => command.arg(format!("--groups={group}")),
        None => command.arg("--clear-groups"),
    };
    command.args(["sh", "-c", "umask 077; exec \"$@\"", "sh"]).arg(dir.join("fusebox"));
    command.args(fusebox.as_std().get_args()).env("HOME", dir).env_remove("FUSEBOX_CLOCK_OFFSET");
    answer(command.output().expect("setpriv"))
}

#[test]
fn several_users_share_a_store_and_a_stranger_has_no_part_in_it() {
    let able = Command::new("setpriv").arg("--version").output().is_ok_and(|version| version.status.success());
    if !rustix::process::geteuid().is_root() || !able {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name);
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("a mode");
    // Where the program was built, other users may have no way in.
    fs::copy(env!("CARGO_BIN_EXE_fusebox"), at("fusebox")).expect("a copy");
    fs::create_dir(at("config")).expect("a folder");
    fs::write(at("config/config.toml"), "[fleet]\nname = \"shared\"\n").expect("written");
    fs::create_dir(at("state")).expect("a folder");
    chown(at("state"), None, Some(GROUP)).expect("a group");
    fs::set_permissions(at("state"), Permissions::from_mode(0o2770)).expect("a mode");

    let (one, two, stranger) = (61_901, 61_902, 61_903);
    for user in [one, two, one] {
        for arguments in [&["poll"][..], &["list"]] {
            let told = run(dir.path(), user, Some(GROUP), arguments);
            assert_eq!(told.code, Some(0), "{user} {arguments:?}: {}", told.err);
        }
    }
    for name in ["fusebox.db", "fingerprint.key"] {
        let file = fs::metadata(at("state").join(name)).expect(name);
        assert_eq!((file.mode() & 0o777, file.gid(), file.uid()), (0o660, GROUP, one), "{name}");
    }
    for user in [one, two] {
        let sockets = fs::metadata(at("state").join(format!("ssh-{user}"))).expect("a folder");
        assert_eq!((sockets.mode() & 0o777, sockets.uid()), (0o700, user), "sockets are nobody else's");
    }
    let refused = run(dir.path(), stranger, None, &["list", "--json"]);
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(checked(&refused.out, "failure")["message"].as_str().is_some_and(|text| text.contains("ermission")));
    // The group's key that the world may read stops everything.
    fs::set_permissions(at("state/fingerprint.key"), Permissions::from_mode(0o664)).expect("a mode");
    let exposed = run(dir.path(), two, Some(GROUP), &["poll"]);
    assert_eq!(exposed.code, Some(78));
    assert!(exposed.err.contains("chmod 660"), "{}", exposed.err);
}
