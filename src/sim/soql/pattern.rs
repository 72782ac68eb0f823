//! What stands between quotes: escapes, and the wildcards of `LIKE`.
//! Pure text; knows nothing of queries.

/// One character of a quoted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This character.
    Plain(char),
    /// `%`: for `LIKE` any characters, also none.
    Many,
    /// `_`: for `LIKE` any one character.
    One,
}

/// Reads a text as it is written between the quotes. An unknown escape comes back as what stands after the backslash.
pub(super) fn pieces(written: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '%' => Piece::Many,
            '_' => Piece::One,
            '\\' => Piece::Plain(escaped(&mut chars)?),
            plain => Piece::Plain(plain),
        });
    }
    Ok(pieces)
}

fn escaped(chars: &mut std::str::Chars<'_>) -> Result<char, String> {
    Ok(match chars.next() {
        Some('n' | 'N') => '\n',
        Some('r' | 'R') => '\r',
        Some('t' | 'T') => '\t',
        Some('b' | 'B') => '\u{8}',
        Some('f' | 'F') => '\u{c}',
        Some(same @ ('"' | '\'' | '\\' | '%' | '_')) => same,
        Some(u @ ('u' | 'U')) => {
            let digits: String = chars.take(4).collect();
            return u32::from_str_radix(&digits, 16)
                .ok()
                .filter(|_| digits.len() == 4)
                .and_then(char::from_u32)
                .ok_or_else(|| format!("{u}{digits}"));
        }
        other => return Err(other.map(String::from).unwrap_or_default()),
    })
}

/// The text itself, in which the wildcards are ordinary characters.
pub(super) fn text(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Plain(c) => *c,
            Piece::Many => '%',
            Piece::One => '_',
        })
        .collect()
}

/// A pattern without regard to case.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Vec<Piece>);

impl Pattern {
    pub(super) fn new(pieces: &[Piece]) -> Self {
        let mut folded = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Plain(c) => folded.extend(c.to_lowercase().map(Piece::Plain)),
                wild => folded.push(*wild),
            }
        }
        Self(folded)
    }

    /// Whether all of `text` fits. Goes back to the last `%` alone, so the time is at most the product of the lengths.
    pub(super) fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        let (mut at, mut piece) = (0, 0);
        let mut last_many: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.0.get(piece) {
                Some(Piece::Many) => {
                    last_many = Some((piece, at));
                    piece += 1;
                }
                Some(Piece::One) => {
                    at += 1;
                    piece += 1;
                }
                Some(Piece::Plain(c)) if *c == text[at] => {
                    at += 1;
                    piece += 1;
                }
                _ => match &mut last_many {
                    Some((many, taken_to)) => {
                        *taken_to += 1;
                        at = *taken_to;
                        piece = *many + 1;
                    }
                    None => return false,
                },
            }
        }
        self.0[piece..].iter().all(|rest| *rest == Piece::Many)
    }
}
