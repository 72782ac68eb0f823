//! Places of secrets, and what is refused.

use super::*;
use secrecy::ExposeSecret;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

fn place(text: &str) -> SecretRef {
    SecretRef::try_from(text.to_owned()).expect("a place")
}

fn get(secrets: &Secrets, text: &str) -> Result<String, SecretError> {
    secrets.at_hand(&place(text)).expect("at hand").map(|secret| secret.expose_secret().to_owned())
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).expect("a file");
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}

#[test]
fn stored_filed_and_exported_secrets_are_found() {
    let dir = tempfile::tempdir().expect("a folder");
    write(&dir.path().join(FILE), "\"shop.example.org\" = \"abcd efgh\"\n", 0o600);
    write(&dir.path().join("acme.pem"), "-----KEY-----\n\n", 0o400);
    let secrets = Secrets::open(dir.path()).expect("the store");
    let get = |text: &str| get(&secrets, text);
    assert_eq!(get("store:shop.example.org").expect("stored"), "abcd efgh");
    assert_eq!(get("file:acme.pem").expect("filed"), "-----KEY-----");
    assert_eq!(get("env:CARGO_PKG_NAME").expect("exported"), "fusebox");
    assert!(matches!(get("store:news.example.org"), Err(SecretError::Missing(_))));
    assert!(matches!(get("env:FUSEBOX_NO_SUCH_VARIABLE"), Err(SecretError::Missing(_))));
    assert!(matches!(get("file:none.pem"), Err(SecretError::File { .. })));
}

#[test]
fn a_large_fleet_has_room_and_a_file_of_one_secret_is_no_fleet() {
    let dir = tempfile::tempdir().expect("a folder");
    let line = |n: u32| format!("\"site{n:05}.example.org\" = \"abcd efgh ijkl mnop qrst uvwx\"\n");
    let text: String = (0..10_000).map(line).collect();
    write(&dir.path().join(FILE), &text, 0o600);
    write(&dir.path().join("acme.pem"), &text, 0o600);
    let secrets = Secrets::open(dir.path()).expect("the store");
    assert!(get(&secrets, "store:site09999.example.org").is_ok());
    assert!(matches!(get(&secrets, "file:acme.pem"), Err(SecretError::Malformed { .. })));
}

#[test]
fn what_others_may_read_is_refused() {
    for mode in [0o640, 0o604, 0o620, 0o601] {
        let dir = tempfile::tempdir().expect("a folder");
        write(&dir.path().join(FILE), "a = \"b\"\n", mode);
        let error = Secrets::open(dir.path()).err().expect("a refusal");
        assert!(error.is_exposed(), "{mode:o}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    let dir = tempfile::tempdir().expect("a folder");
    write(&dir.path().join("acme.pem"), "x", 0o644);
    let secrets = Secrets::open(dir.path()).expect("no store is an empty store");
    assert!(get(&secrets, "file:acme.pem").expect_err("a refusal").is_exposed());
}

#[test]
fn errors_repeat_nothing_of_a_file() {
    for text in ["a = \"hunter2\nb = 1", "[shop]\nb = \"hunter2\"", "a = [\"hunter2\"]", "hunter2"] {
        let dir = tempfile::tempdir().expect("a folder");
        write(&dir.path().join(FILE), text, 0o600);
        let error = Secrets::open(dir.path()).err().expect("a refusal");
        let told = format!("{error} {error:?}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn the_fingerprint_key_is_made_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let state = dir.path().join("state");
    let first = fingerprint_key(&state).expect("made");
    assert_eq!(first.expose_secret().len(), 64);
    assert_eq!(fingerprint_key(&state).expect("read").expose_secret(), first.expose_secret());
    let file = state.join("fingerprint.key");
    assert_eq!(fs::metadata(&file).expect("the key").permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&state).expect("the folder").permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_dir(&state).expect("the folder").count(), 1);
    write(&file, "short", 0o600);
    assert!(matches!(fingerprint_key(&state), Err(SecretError::Malformed { .. })));
    write(&file, first.expose_secret(), 0o644);
    assert!(fingerprint_key(&state).expect_err("a refusal").is_exposed());
}

#[test]
fn an_inspection_tells_every_flaw_and_reads_the_rest() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join(FILE);
    assert!(Secrets::inspect(dir.path()).readable, "no file is an empty store");
    write(&file, "good = \"fine\"\n[shop]\nb = \"hunter2\"\n", 0o600);
    let found = Secrets::inspect(dir.path());
    assert_eq!(found.names, [("good".to_owned(), 1, 1)]);
    assert!(found.secrets.at_hand(&place("store:good")).is_some_and(|read| read.is_ok()));
    let places: Vec<_> = found.flaws.iter().map(|flaw| flaw.at).collect();
    assert_eq!(places, [Some((2, 2))]);
    write(&file, "a = 1\nb = \"hunter2\nc = = 3\n", 0o600);
    let broken = Secrets::inspect(dir.path());
    assert!(broken.flaws.iter().any(|flaw| flaw.at.is_some_and(|(line, _)| line == 2)), "{:?}", broken.flaws);
    assert!(!format!("{:?}{:?}", found.flaws, broken.flaws).contains("hunter2"));
    write(&file, "a = \"b\"\n", 0o604);
    let open = Secrets::inspect(dir.path());
    assert!(!open.readable && open.flaws[0].advice.starts_with("run: chmod 600 "), "{:?}", open.flaws);
}

#[test]
fn credentials_are_files_of_the_service_manager() {
    let (dir, handed) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let none = Secrets::open_with(dir.path(), None).expect("the places");
    let error = get(&none, "credential:acme").expect_err("no credentials").to_string();
    assert!(error.contains("LoadCredential"), "{error}");
    let secrets = Secrets::open_with(dir.path(), Some(handed.path().to_owned())).expect("the places");
    let file = handed.path().join("acme");
    // The group's part is the mask of the access list by which systemd lets the service's user in.
    for mode in [0o400, 0o440] {
        let _ = fs::remove_file(&file);
        write(&file, "s3cr3t\n", mode);
        assert_eq!(get(&secrets, "credential:acme").expect("handed over"), "s3cr3t", "{mode:o}");
    }
    fs::set_permissions(&file, Permissions::from_mode(0o444)).expect("a mode");
    assert!(get(&secrets, "credential:acme").expect_err("a refusal").is_exposed());
    assert!(matches!(get(&secrets, "credential:other"), Err(SecretError::File { .. })));
}

fn shell(script: &str) -> SecretRef {
    SecretRef::Command(SecretCommand::new(["sh", "-c", script].map(str::to_owned).to_vec()).expect("a command"))
}

#[tokio::test]
async fn a_program_is_asked_once_and_a_failing_one_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let count = dir.path().join("count").display().to_string();
    let secrets = Secrets::open(dir.path()).expect("the places");
    let hidden = SecretVariables::default();
    let good = shell(&format!("echo x >> {count}; printf 'abcd efgh\r\nuser: fusebox\n\n'"));
    assert!(secrets.at_hand(&good).is_none());
    let fetch =
        async |form| secrets.clone().fetch(&good, form, &hidden).await.expect("a secret").expose_secret().to_owned();
    let together = tokio::join!(fetch(Form::Line), fetch(Form::Document), fetch(Form::Line));
    let whole = "abcd efgh\r\nuser: fusebox";
    assert_eq!(together, ("abcd efgh".to_owned(), whole.to_owned(), "abcd efgh".to_owned()));
    assert_eq!(fs::read_to_string(&count).expect("a count"), "x\n");

    let bad = shell(&format!("echo y >> {count}; test $(grep -c y {count}) = 2 && echo late"));
    let error = secrets.fetch(&bad, Form::Line, &hidden).await.expect_err("a failure").to_string();
    assert_eq!(error, "the command sh ended with exit code 1; run it by hand to see why");
    assert_eq!(secrets.fetch(&bad, Form::Line, &hidden).await.expect("unlocked since").expose_secret(), "late");
    let silent = secrets.fetch(&shell("true"), Form::Line, &hidden).await.expect_err("nothing");
    assert_eq!(silent.to_string(), "the command sh holds no secret");
}

#[tokio::test]
async fn a_program_sees_no_variable_that_holds_a_secret() {
    let dir = tempfile::tempdir().expect("a folder");
    let secrets = Secrets::open(dir.path()).expect("the places");
    let hidden = [place("env:CARGO_PKG_NAME")].iter().collect::<SecretVariables>();
    let look = shell("echo ${CARGO_PKG_NAME-hidden} ${CARGO_MANIFEST_DIR-hidden}");
    let seen = secrets.fetch(&look, Form::Line, &hidden).await.expect("a line").expose_secret().to_owned();
    assert_eq!(seen, format!("hidden {}", env!("CARGO_MANIFEST_DIR")));
}

#[cfg(not(feature = "keyring"))]
#[tokio::test]
async fn without_a_keyring_one_is_told_how_to_get_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let secrets = Secrets::open(dir.path()).expect("the places");
    let entry = place("keyring:fusebox/acme");
    let error = secrets.fetch(&entry, Form::Line, &SecretVariables::default()).await.expect_err("none").to_string();
    assert!(error.contains("keyring:fusebox/acme") && error.contains("--features keyring"), "{error}");
}

#[test]
fn in_a_shared_folder_the_group_shares_the_key() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::set_permissions(dir.path(), Permissions::from_mode(0o2770)).expect("a mode");
    let first = fingerprint_key(dir.path()).expect("made");
    let file = dir.path().join("fingerprint.key");
    assert_eq!(fs::metadata(&file).expect("the key").permissions().mode() & 0o777, 0o660);
    assert_eq!(fingerprint_key(dir.path()).expect("read").expose_secret(), first.expose_secret());
    write(&file, first.expose_secret(), 0o664);
    let refusal = fingerprint_key(dir.path()).expect_err("a refusal");
    assert!(refusal.is_exposed() && refusal.to_string().contains("chmod 660"), "{refusal}");
    // The folder is its owner's alone again: what the group may read is too much then.
    write(&file, first.expose_secret(), 0o660);
    fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).expect("a mode");
    assert!(fingerprint_key(dir.path()).expect_err("a refusal").is_exposed());
}
