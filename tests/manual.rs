//! The manual's page of keys is what the table of actions says. With `FUSEBOX_REDRAW` set it is written first.

use std::{env, fs, path::Path};

#[test]
fn the_page_of_keys_is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md");
    let page = fusebox::ui::manual::keys();
    if env::var_os("FUSEBOX_REDRAW").is_some() {
        fs::write(&path, &page).expect("written");
    }
    let written = fs::read_to_string(&path).expect("docs/keys.md, which .ci/redraw writes");
    assert!(written == page, "docs/keys.md is not what the table says; .ci/redraw writes it anew");
}
