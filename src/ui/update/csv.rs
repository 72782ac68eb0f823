//! A dry run as comma-separated values (RFC 4180), for whoever decides in a spreadsheet.

use crate::model::dry_run::{DryRun, Impact};
use crate::ui::effect::Effect;
use crate::ui::state::{Overlay, State};
use crate::ui::update::copy;

/// Copies all lines of the dry run that is shown, those too that are not visible.
pub(super) fn copy(state: &mut State) -> Option<Effect> {
    let Some(Overlay::Confirm(confirm)) = state.overlays.last() else { return None };
    let run = confirm.dry_run.as_ref()?;
    let noun = format!("{} lines as CSV", run.lines.len());
    let text = text(run)?;
    copy::put(state, &noun, text)
}

fn text(run: &DryRun) -> Option<String> {
    let mut csv = ::csv::Writer::from_writer(Vec::new());
    csv.write_record(["impact", "wordpress", "from", "to", "so"]).ok()?;
    for line in &run.lines {
        let cells = [&line.named, &line.from, &line.to, &line.so].map(|cell| harmless(cell.as_str()));
        csv.write_record(std::iter::once(word(line.impact).to_owned()).chain(cells)).ok()?;
    }
    String::from_utf8(csv.into_inner().ok()?).ok()
}

const fn word(impact: Impact) -> &'static str {
    match impact {
        Impact::Breaks => "breaks",
        Impact::Changes => "changes",
        Impact::Unknown => "unknown",
        Impact::Same => "same",
    }
}

/// A spreadsheet computes what begins like a formula, and names come from the org and the site: an apostrophe makes it text
/// (owasp.org, "CSV Injection").
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dry_run::DryLine;

    #[test]
    fn every_line_is_a_row_that_a_reader_reads_back_and_no_spreadsheet_computes() {
        let line = |impact, named: &str, from: &str, to: &str, so: &str| DryLine {
            impact,
            named: named.into(),
            from: from.into(),
            to: to.into(),
            so: so.into(),
        };
        let run = DryRun {
            from: Some("Contact".into()),
            to: "Lead".into(),
            lines: vec![
                line(Impact::Breaks, "dept", "Department", "", "no such field, value not sent"),
                line(Impact::Same, "=cmd|' /C calc'!A0", "a \"b\"", "@x", "same"),
            ],
            then: Vec::new(),
            notes: Vec::new(),
        };
        let text = text(&run).expect("text");
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<Vec<String>> =
            reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
        assert_eq!(rows[0], ["breaks", "dept", "Department", "", "no such field, value not sent"]);
        assert_eq!(rows[1], ["same", "'=cmd|' /C calc'!A0", "a \"b\"", "'@x", "same"]);
        assert!(text.starts_with("impact,wordpress,from,to,so\n"), "{text}");
    }
}
