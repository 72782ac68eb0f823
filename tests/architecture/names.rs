//! Which modules of the crate a source text names: `use` trees, and paths inside the code.
//!
//! Not a parser of Rust: it knows comments, texts and braces, follows `mod x { .. }`, and reads the paths that begin with
//! `crate`, `self`, `super` or `fusebox`. That is all that is needed to see who uses whom.

/// A word or a sign, with its line.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A path of this crate, counted from its root, as far as it was written out.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
    /// From a `pub use`.
    pub(crate) public: bool,
}

/// The tokens of `source` without comments and without texts.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let (mut at, mut line) = (0, 1);
    let mut tokens = Vec::new();
    while at < chars.len() {
        let start = at;
        let word_end = end_of_word(&chars, at);
        if chars[at..].starts_with(&['/', '/']) {
            at = position(&chars, at, |c| c == '\n');
        } else if chars[at..].starts_with(&['/', '*']) {
            at = end_of_block_comment(&chars, at);
        } else if let Some(end) = end_of_text(&chars, at) {
            at = end;
        } else if word_end > at {
            tokens.push(Token { text: chars[at..word_end].iter().collect(), line });
            at = word_end;
        } else if chars[at..].starts_with(&[':', ':']) {
            tokens.push(Token { text: "::".to_owned(), line });
            at += 2;
        } else {
            if !chars[at].is_whitespace() {
                tokens.push(Token { text: chars[at].to_string(), line });
            }
            at += 1;
        }
        line += chars[start..at].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

fn position(chars: &[char], from: usize, wanted: impl Fn(char) -> bool) -> usize {
    chars[from..].iter().position(|c| wanted(*c)).map_or(chars.len(), |found| from + found)
}

fn end_of_word(chars: &[char], from: usize) -> usize {
    position(chars, from, |c| !c.is_alphanumeric() && c != '_')
}

fn end_of_block_comment(chars: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at < chars.len() {
        if chars[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if chars[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// Where the text or character ends that begins here, if one does; lifetimes and raw names are none.
fn end_of_text(chars: &[char], from: usize) -> Option<usize> {
    let prefix = end_of_word(chars, from);
    let raw = match chars[from..prefix].iter().collect::<String>().as_str() {
        "" | "b" | "c" => false,
        "r" | "br" | "cr" => true,
        _ => return None,
    };
    if raw {
        let quote = position(chars, prefix, |c| c != '#');
        if chars.get(quote) != Some(&'"') {
            return None;
        }
        let mut closing = vec!['"'];
        closing.resize(1 + quote - prefix, '#');
        let found = chars[quote + 1..].windows(closing.len()).position(|window| window == closing);
        return Some(found.map_or(chars.len(), |found| quote + 1 + found + closing.len()));
    }
    let quote = *chars.get(prefix)?;
    let is_character = quote == '\'' && (chars.get(prefix + 1) == Some(&'\\') || chars.get(prefix + 2) == Some(&'\''));
    if quote != '"' && !is_character {
        return None;
    }
    let mut at = prefix + 1;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    Some((at + 1).min(chars.len()))
}

/// The paths of this crate that `source`, the text of `module`, names.
pub(crate) fn names(source: &str, module: &[&str]) -> Vec<Named> {
    let tokens = tokens(source);
    let mut reader = Reader { tokens: &tokens, at: 0, named: Vec::new() };
    let mut here: Vec<String> = module.iter().map(|name| (*name).to_owned()).collect();
    // The brace depth at which each inner module of `here` ends.
    let (mut depth, mut inner) = (0, Vec::new());
    while reader.at < tokens.len() {
        match reader.text(0) {
            "mod" if reader.text(2) == "{" => {
                here.push(reader.text(1).to_owned());
                inner.push(depth);
                depth += 1;
                reader.at += 3;
            }
            "{" => {
                depth += 1;
                reader.at += 1;
            }
            "}" => {
                depth -= 1;
                if inner.last() == Some(&depth) {
                    inner.pop();
                    here.pop();
                }
                reader.at += 1;
            }
            "use" if reader.text(1) != "<" => reader.use_item(&here),
            "crate" | "self" | "super" | "fusebox" if reader.text(1) == "::" => reader.inline_path(&here),
            _ => reader.at += 1,
        }
    }
    reader.named
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    named: Vec<Named>,
}

impl<'t> Reader<'t> {
    /// The token so many further on; nothing beyond the end.
    fn text(&self, ahead: usize) -> &'t str {
        self.tokens.get(self.at + ahead).map_or("", |token| token.text.as_str())
    }

    fn line(&self) -> usize {
        self.tokens[self.at.min(self.tokens.len() - 1)].line
    }

    fn use_item(&mut self, here: &[String]) {
        let before = self.at.checked_sub(1).map_or("", |at| self.tokens[at].text.as_str());
        let public = matches!(before, "pub" | ")");
        self.at += 1;
        self.tree(&[], here, public);
    }

    /// One tree of a `use`, after `prefix`.
    fn tree(&mut self, prefix: &[String], here: &[String], public: bool) {
        let mut path = prefix.to_vec();
        let line = self.line();
        loop {
            match self.text(0) {
                "::" => self.at += 1,
                "{" => {
                    self.at += 1;
                    while !matches!(self.text(0), "}" | "") {
                        self.tree(&path, here, public);
                        if self.text(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "as" => self.at += 2,
                "," | "}" | ";" | "" => break,
                segment => {
                    path.push(segment.to_owned());
                    self.at += 1;
                }
            }
        }
        self.push(&path, here, line, public);
    }

    fn inline_path(&mut self, here: &[String]) {
        let line = self.line();
        let mut path = vec![self.text(0).to_owned()];
        self.at += 1;
        while self.text(0) == "::" && self.text(1).starts_with(|c: char| c.is_alphabetic() || c == '_') {
            path.push(self.text(1).to_owned());
            self.at += 2;
        }
        self.push(&path, here, line, false);
    }

    fn push(&mut self, written: &[String], here: &[String], line: usize, public: bool) {
        if let Some(path) = from_root(written, here) {
            self.named.push(Named { path, line, public });
        }
    }
}

/// `written` in module `here`, counted from the crate's root. A path without a head of this crate belongs to the module
/// itself or to another crate; both are harmless, except in the root, where it may be a part.
fn from_root(written: &[String], here: &[String]) -> Option<Vec<String>> {
    let head = written.first()?;
    let supers = written.iter().take_while(|segment| *segment == "super").count();
    let (start, skip) = match head.as_str() {
        "crate" | "fusebox" => (0, 1),
        "self" => (here.len(), 1),
        "super" => (here.len().checked_sub(supers)?, supers),
        _ => (here.len(), 0),
    };
    let mut path = here[..start].to_vec();
    path.extend(written[skip..].iter().filter(|segment| *segment != "self").cloned());
    Some(path)
}
