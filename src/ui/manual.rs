//! The manual's page of keys, written from the table of actions, so that it cannot say what is not so.

use crate::model::ActionClass;
use crate::ui::action::{Context, Entry, TABLE};
use crate::ui::keymap::Keymap;
use crate::ui::overlays::palette::usage;
use std::fmt::Write;
use strum::IntoEnumIterator;

const HEAD: &str = "\
# Keys

What each key does in each place, and the command that does the same after `:`. Written from the table of actions by
`.ci/redraw`; the console shows the same with `?`.

Where text is typed (the filter, the command line, the help's search) a character is text and nothing else. `Ctrl-c`
leaves from everywhere and gives the terminal back.
";

const TAIL: &str = "
## Other keys

`[keys]` in `config.toml` gives an action other keys than these, by its name. What is written takes the place of all of
its keys; an empty list leaves it without one.

```toml
[keys]
look = \"Ctrl-r\"
mark = [\"Space\", \"m\"]
pause = []
```

A key is one character as it is typed (capitals are keys of their own), `Ctrl-` and a letter, or a name: Space, Enter, Esc,
Tab, Shift-Tab, Backspace, Del, Up, Down, Left, Right, PgUp, PgDn, Home, End. An action or a key that does not exist, a
key that would do two things in one place, and `Ctrl-a`, `-b`, `-c`, `-q`, `-s`, `-z` and `-\\`, which terminals, tmux,
screen and job control use, are refused at the start with the line of the file (exit status 78).
";

/// The page, in Markdown.
pub fn keys() -> String {
    let map = Keymap::default();
    let mut page = HEAD.to_owned();
    for place in Context::iter() {
        let here = TABLE.iter().filter(|entry| entry.contexts.contains(&place) || entry.command.contains(&place));
        let lines: String = here.filter_map(|entry| line(&map, place, entry)).collect();
        let _ = write!(page, "\n## {}\n\n| key | does | command | name |\n|---|---|---|---|\n", place.place());
        page.push_str(&lines);
    }
    page + TAIL
}

/// One row; none where it has neither a key nor a command in this place.
fn line(map: &Keymap, place: Context, entry: &Entry) -> Option<String> {
    let here = entry.contexts.contains(&place);
    let keys: Vec<String> = map.keys_in(entry, place).filter(|_| here).map(|key| code(&key.to_string())).collect();
    let names = std::iter::once(usage(entry)).chain(entry.aliases.iter().map(ToString::to_string));
    let given = entry.command.contains(&place);
    let command = names.filter(|_| given).map(|name| code(&format!(":{name}"))).collect::<Vec<_>>().join(" ");
    if keys.is_empty() && command.is_empty() {
        return None;
    }
    let class = match entry.class {
        ActionClass::Look => "",
        ActionClass::Spend => " (spends)",
        ActionClass::Write => " (writes)",
    };
    Some(format!("| {} | {}{class} | {command} | {} |\n", keys.join(" "), entry.help, entry.id))
}

/// In a table's cell a bar would end the cell.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}
