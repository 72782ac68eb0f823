//! `[console]` and `[keys]`: how the screen looks and what it obeys.

/// How the console looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ConsoleConfig {
    /// Which colours.
    pub theme: ThemeWord,
    /// Whether the page's own ground is painted. Without it the contrast is the terminal's affair.
    pub canvas: bool,
    /// How wide the terminal draws characters whose width Unicode leaves open.
    pub ambiguous_width: AmbiguousWidth,
}

impl Default for ConsoleConfig {
    fn default() -> Self {
        Self { theme: ThemeWord::Auto, canvas: true, ambiguous_width: AmbiguousWidth::Narrow }
    }
}

/// `theme`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeWord {
    /// As the environment says: light where `COLORFGBG` names a light ground, else dark.
    #[default]
    Auto,
    /// Light on dark, in as many colours as the terminal has.
    Dark,
    /// Dark on light, likewise.
    Light,
    /// The terminal's own sixteen colours on its own ground.
    Terminal,
}

/// `ambiguous_width`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AmbiguousWidth {
    /// One cell, as nearly every terminal does.
    #[default]
    Narrow,
    /// Two cells, as some terminals of East Asian locales do: the signs are then taken from ASCII.
    Wide,
}

/// One line of `[keys]`: other keys for one thing that the console does. Which there are is known where they are done,
/// and checked there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeyChange {
    /// The name of the action.
    pub action: String,
    /// The keys as they are written, the one to show first; none where it is to have no key.
    pub keys: Vec<String>,
    /// Its line in the file, from 1.
    pub line: usize,
    /// Its character in the line, from 1.
    pub column: usize,
}
