//! `screenshots`: pictures of the console on a made-up fleet, written to a folder or compared with what lies there.

use super::Exit;
use super::report::{Failure, Report};
use crate::ui::gallery::{self, Drawing};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the pictures lie
    #[arg(long, value_name = "DIR", default_value = "screenshots")]
    dir: PathBuf,
    /// Write nothing; fail if a picture is not what would be drawn
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &Args) -> Result<Report, Failure> {
    let drawings = gallery::drawings().map_err(|bad| Failure::new(Exit::Broken, bad.to_string()))?;
    if args.check { check(&args.dir, &drawings) } else { write(&args.dir, &drawings) }
}

fn write(dir: &Path, drawings: &[Drawing]) -> Result<Report, Failure> {
    fs::create_dir_all(dir).map_err(|error| broken(dir, &error))?;
    let mut written = Vec::new();
    for drawing in drawings {
        let path = dir.join(&drawing.file);
        // What is there already keeps its date.
        if fs::read(&path).ok().as_deref() != Some(drawing.svg.as_bytes()) {
            fs::write(&path, &drawing.svg).map_err(|error| broken(&path, &error))?;
            written.push(drawing.file.as_str());
        }
    }
    let text = format!("{} pictures in {}, {} of them new\n", drawings.len(), dir.display(), written.len());
    Ok(Report::done(result(dir, drawings, &written), text))
}

/// Names what differs: a picture that is missing, that is not as it would be drawn, or that nothing draws.
fn check(dir: &Path, drawings: &[Drawing]) -> Result<Report, Failure> {
    let mut differ = BTreeSet::new();
    let mut text = String::new();
    for drawing in drawings {
        let path = dir.join(&drawing.file);
        let what = match fs::read(&path) {
            Ok(there) if there == drawing.svg.as_bytes() => continue,
            Ok(_) => "is not what would be drawn",
            Err(error) if error.kind() == io::ErrorKind::NotFound => "is missing",
            Err(error) => return Err(broken(&path, &error)),
        };
        let _ = writeln!(text, "{} {what}", path.display());
        differ.insert(drawing.file.clone());
    }
    for file in pictures_in(dir)? {
        if drawings.iter().all(|drawing| drawing.file != file) {
            let _ = writeln!(text, "{} is drawn by no scenario", dir.join(&file).display());
            differ.insert(file);
        }
    }
    let differ: Vec<&str> = differ.iter().map(String::as_str).collect();
    let mut report = Report::done(result(dir, drawings, &differ), text);
    if differ.is_empty() {
        report.text = format!("{} pictures in {}, all as they would be drawn\n", drawings.len(), dir.display());
    } else {
        report.exit = Exit::Failed;
        report.message = Some(format!("{} differ; `fusebox screenshots` draws them anew", differ.len()));
    }
    Ok(report)
}

fn pictures_in(dir: &Path) -> Result<Vec<String>, Failure> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(broken(dir, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| broken(dir, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            files.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    files.sort();
    Ok(files)
}

fn result(dir: &Path, drawings: &[Drawing], changed: &[&str]) -> Value {
    json!({
        "dir": dir,
        "pictures": drawings.iter().map(|drawing| &drawing.file).collect::<Vec<_>>(),
        "changed": changed,
    })
}

fn broken(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(file: &str, svg: &str) -> Drawing {
        Drawing { file: file.to_owned(), svg: svg.to_owned() }
    }

    #[test]
    fn what_was_written_passes_and_what_differs_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("pictures");
        let drawings = [drawing("a.svg", "<svg/>"), drawing("b.svg", "<svg>b</svg>")];

        let missing = check(&dir, &drawings).expect("readable");
        assert_eq!((missing.exit, missing.text.matches("is missing").count()), (Exit::Failed, 2));

        write(&dir, &drawings).expect("written");
        assert_eq!(check(&dir, &drawings).expect("readable").exit, Exit::Done);

        fs::write(dir.join("a.svg"), "<svg>old</svg>").expect("written");
        fs::write(dir.join("c.svg"), "<svg/>").expect("written");
        fs::write(dir.join("notes.txt"), "no picture").expect("written");
        let report = check(&dir, &drawings).expect("readable");
        assert_eq!(report.exit, Exit::Failed);
        assert!(report.text.contains("a.svg is not what would be drawn"), "{}", report.text);
        assert!(report.text.contains("c.svg is drawn by no scenario"), "{}", report.text);
        assert_eq!(report.result["changed"], json!(["a.svg", "c.svg"]));
        assert_eq!(fs::read_to_string(dir.join("a.svg")).expect("there"), "<svg>old</svg>", "a check writes nothing");

        let again = write(&dir, &drawings).expect("written");
        assert_eq!(again.result["changed"], json!(["a.svg"]));
    }
}
