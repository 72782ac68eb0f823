//! Writes what is secret: mode 0600 from the first byte on, the old file or the new one and nothing between.

use super::{FILE, LARGEST_STORE, SecretError, private};
use secrecy::{ExposeSecret, SecretString};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Puts `text` into `path`, in the place of what is there.
pub fn write_private(path: &Path, text: &SecretString) -> Result<(), SecretError> {
    let failed = |source| SecretError::File { path: path.to_owned(), source };
    // The file behind a link is replaced, not the link.
    let real = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        real => real.map_err(failed)?,
    };
    let mut name = real.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{:08x}.new", std::process::id(), fastrand::u32(..)));
    let temporary = real.with_file_name(name);
    let folder = real.parent().unwrap_or(Path::new("."));
    let written = DirBuilder::new().recursive(true).mode(0o700).create(folder).and_then(|()| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(text.expose_secret().as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &real)?;
        // The name is safe when the folder is: a rotated token that is lost can not be had again.
        fs::File::open(folder)?.sync_all()
    });
    if written.is_err() {
        // Not there, or named by the error.
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(failed)
}

/// Puts one secret into `secrets.toml`; the others and all comments stay.
pub fn put(config_dir: &Path, name: &str, secret: &SecretString) -> Result<(), SecretError> {
    let path = config_dir.join(FILE);
    let text = match private::read(&path, LARGEST_STORE) {
        Ok(text) => text,
        Err(SecretError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    super::parse(&path, &text)?;
    let mut document = text.parse::<toml_edit::DocumentMut>().map_err(|_| SecretError::Malformed {
        path: path.clone(),
        what: "it can not be changed in place".to_owned(),
    })?;
    let value = toml_edit::value(secret.expose_secret());
    match document.get_mut(name) {
        // The comment before it belongs to the name, and stays.
        Some(item) => *item = value,
        None => drop(document.insert(name, value)),
    }
    write_private(&path, &document.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SecretRef;
    use crate::secrets::Secrets;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn one_secret_is_put_beside_the_others() {
        let dir = tempfile::tempdir().expect("a folder");
        let config = dir.path().join("fusebox");
        put(&config, "acme-client-secret", &"first\"quoted\"".into()).expect("written");
        let file = config.join(FILE);
        let text = fs::read_to_string(&file).expect("the file");
        write_private(&file, &format!("# ours\n{text}").into()).expect("written");
        put(&config, "shop.example.org", &"abcd efgh".into()).expect("written");
        put(&config, "acme-client-secret", &"second".into()).expect("written");
        assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
        assert!(fs::read_to_string(&file).expect("the file").starts_with("# ours\n"));
        let secrets = Secrets::open(&config).expect("the store");
        for (name, secret) in [("acme-client-secret", "second"), ("shop.example.org", "abcd efgh")] {
            let stored = secrets.at_hand(&SecretRef::Store(name.to_owned())).expect("at hand").expect("stored");
            assert_eq!(stored.expose_secret(), secret);
        }
        assert_eq!(fs::read_dir(&config).expect("the folder").count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_file_that_others_may_read_is_not_written_to() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join(FILE);
        fs::write(&file, "a = \"b\"\n").expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("a mode");
        assert!(put(dir.path(), "c", &"d".into()).expect_err("a refusal").is_exposed());
    }
}
