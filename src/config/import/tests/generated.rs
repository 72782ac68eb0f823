//! No text at all makes the readers panic, and what they plan can be written.

use super::*;
use proptest::prelude::*;

/// Text that is nearly what the readers read.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("@a"),
        Just("@b.c"),
        Just(":"),
        Just(": "),
        Just("\n"),
        Just("\r\n"),
        Just("  "),
        Just("\t"),
        Just("- "),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(","),
        Just(";"),
        Just("\""),
        Just("'"),
        Just("ssh: "),
        Just("url: "),
        Just("path"),
        Just("url"),
        Just("host"),
        Just("web1:22/srv"),
        Just("https://a.example.org"),
        Just("&x"),
        Just("*x"),
        Just("|"),
        Just(">-"),
        Just("#"),
        Just("---"),
        Just("..."),
        Just("!!str"),
        Just("? "),
        Just("~"),
        Just("%"),
        Just("\\x"),
        Just("é"),
        Just("\u{e000}"),
        Just("docker:"),
        Just("<<: "),
        Just("\u{85}"),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in prop_oneof![nearly(), any::<String>(), "(?s).{0,200}"]) {
        for format in [None, Some(Format::Aliases), Some(Format::Csv)] {
            if let Ok(mut source) = read(text.as_bytes(), format) {
                let lines = text.lines().count().max(1);
                prop_assert!(source.entries.iter().all(|entry| (1..=lines).contains(&entry.line)));
                let _ = Plan::make(source.clone(), &config(KNOWN), &Terms { prune: true, ..Terms::default() });
                let _ = source.only("a");
            }
        }
    }

    #[test]
    fn no_bytes_make_them_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, None);
        let _ = read(&bytes, Some(Format::Aliases));
    }

    #[test]
    fn no_address_makes_ssh_panic(text in ".{0,40}") {
        let _ = ssh::parse(&text);
    }

}

proptest! {
    // Each writes a file for good.
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// What is planned can be written: what the plan admits the configuration's own check admits.
    #[test]
    fn what_is_planned_can_be_saved(text in nearly()) {
        let text = format!("@x: {{ ssh: web1/srv, url: https://x.example.org }}\n{text}");
        if let Ok(source) = read(text.as_bytes(), Some(Format::Aliases)) {
            let dir = tempfile::tempdir().expect("a folder");
            let plan = Plan::make(source, &config(""), &Terms::default());
            let mut edit = Edit::open(dir.path()).expect("the file");
            plan.apply(&mut edit).expect("applied");
            edit.save().expect("saved");
        }
    }
}
