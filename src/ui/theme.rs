//! A theme is fifteen meanings; every style on the screen derives from one of them.
//!
//! Uses the configuration's words for it. Four depths (truecolor, 256, 16, none) on dark and on light ground. Colour is always the third
//! channel: a sign and a word stand beside it, and bold, dim and reverse carry what is left without it.

#[cfg(test)]
mod contrast;

use crate::config::ConsoleConfig;
use crate::config::console::ThemeWord;
use ratatui::style::{Color, Modifier, Style};

/// What a style says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Meaning {
    /// The page.
    Canvas,
    /// Header row, dialogs.
    Raised,
    /// Selected row, active tab, input field.
    Select,
    /// Text on a fill.
    Ink,
    /// Hairlines, the empty part of a meter.
    Rule,
    /// Column heads, labels.
    Faint,
    /// Healthy rows, secondary facts.
    Muted,
    /// Facts that matter now.
    Text,
    /// Names, titles, the one figure.
    Strong,
    /// FAIL, lost, what a dialog would destroy.
    Bad,
    /// WARN, leaves first, the figure at fault.
    Warn,
    /// Keys, cursor, the selection's edge, what runs.
    Accent,
    /// Not now.
    Past,
    /// A step just verified; never in a list.
    Done,
    /// Sparklines and meters.
    Data,
}

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Depth {
    /// 24 bits.
    True,
    /// The 256 of xterm.
    Indexed,
    /// The terminal's own sixteen: fills alone, since nobody knows its palette.
    Sixteen,
    /// None: bold, dim and reverse.
    Mono,
}

/// What the page is painted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Ground {
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
}

/// What the operator wants of colour (`--color`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// As the environment says.
    #[default]
    Auto,
    /// Colour, even where `NO_COLOR` or the terminal's type says otherwise.
    Always,
    /// None.
    Never,
}

/// The styles for one terminal. Cheap to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    depth: Depth,
    ground: Ground,
    canvas: bool,
}

impl Theme {
    /// The theme of a depth on a ground.
    pub const fn new(depth: Depth, ground: Ground) -> Self {
        Self { depth, ground, canvas: true }
    }

    /// The same theme, its page on the terminal's own ground.
    #[must_use]
    pub const fn bare(self) -> Self {
        Self { canvas: false, ..self }
    }

    /// The theme for what the configuration and the environment say: `NO_COLOR`, `COLORTERM`, `TERM`, and `COLORFGBG`
    /// for the ground. `NO_COLOR` and `--color never` win over the configuration.
    pub fn detect(choice: ColorChoice, config: ConsoleConfig, env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let none = match choice {
            ColorChoice::Never => true,
            ColorChoice::Always => false,
            ColorChoice::Auto => set("NO_COLOR").is_some() || term == "dumb",
        };
        let depth = if none {
            Depth::Mono
        } else if config.theme == ThemeWord::Terminal {
            Depth::Sixteen
        } else if set("COLORTERM").is_some_and(|c| c == "truecolor" || c == "24bit") || term.ends_with("-direct") {
            Depth::True
        } else if term.contains("256") {
            Depth::Indexed
        } else {
            Depth::Sixteen
        };
        // `15;0` or `0;default;15`: the last field is the background, 7 and the bright ones are light.
        let background = set("COLORFGBG").and_then(|c| c.rsplit(';').next().and_then(|b| b.parse::<u8>().ok()));
        let ground = match (config.theme, background) {
            (ThemeWord::Light, _) | (ThemeWord::Auto, Some(7 | 9..=15)) => Ground::Light,
            _ => Ground::Dark,
        };
        Self { depth, ground, canvas: config.canvas }
    }

    /// How many colours.
    pub fn depth(self) -> Depth {
        self.depth
    }

    /// The page: its ground, and text on it.
    pub fn page(self) -> Style {
        let style = self.grounded(Meaning::Canvas);
        if self.canvas { style } else { Style { bg: None, ..style } }
    }

    /// Raised ground: the header row and dialogs.
    pub fn raised(self) -> Style {
        self.grounded(Meaning::Raised)
    }

    /// The ground of the selected row and the active tab.
    pub fn select(self) -> Style {
        match self.depth {
            Depth::True | Depth::Indexed => self.grounded(Meaning::Select),
            Depth::Sixteen | Depth::Mono => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// The ground of an input field.
    pub fn field(self) -> Style {
        match self.depth {
            Depth::True | Depth::Indexed => self.grounded(Meaning::Select),
            Depth::Sixteen | Depth::Mono => Style::new().add_modifier(Modifier::UNDERLINED),
        }
    }

    /// The edge of the selected row: beside a reversed row it is not reversed itself, or it would be cut in half.
    pub fn edge(self) -> Style {
        self.text(Meaning::Accent).add_modifier(Modifier::BOLD).remove_modifier(Modifier::REVERSED)
    }

    /// Text of a meaning, on the page or on raised ground.
    pub fn text(self, meaning: Meaning) -> Style {
        match self.depth {
            Depth::True | Depth::Indexed => self.color(meaning).map_or_else(Style::new, |c| Style::new().fg(c)),
            Depth::Sixteen | Depth::Mono => match meaning {
                Meaning::Rule | Meaning::Faint => Style::new().add_modifier(Modifier::DIM),
                Meaning::Strong | Meaning::Bad | Meaning::Warn | Meaning::Accent | Meaning::Past | Meaning::Done => {
                    Style::new().add_modifier(Modifier::BOLD)
                }
                _ => Style::new(),
            },
        }
    }

    /// Text of a meaning on the selected row: each grey moves up one step, so that it can be read there too.
    pub fn lit(self, meaning: Meaning) -> Style {
        self.text(match meaning {
            Meaning::Rule => Meaning::Muted,
            Meaning::Faint | Meaning::Muted | Meaning::Data => Meaning::Text,
            Meaning::Text => Meaning::Strong,
            other => other,
        })
        // Strong text is bold only by its own right there: the step up is one of lightness.
        .remove_modifier(match meaning {
            Meaning::Text => Modifier::BOLD,
            _ => Modifier::empty(),
        })
    }

    /// Ink on a fill of a meaning: badges. On a reversed row a reversed badge turns back, so that it stays visible.
    pub fn fill(self, meaning: Meaning, on_selected: bool) -> Style {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        match self.depth {
            Depth::True | Depth::Indexed => {
                let mut style = bold;
                style.fg = self.color(Meaning::Ink);
                style.bg = self.color(meaning);
                style
            }
            Depth::Sixteen => match meaning {
                Meaning::Bad => bold.fg(Color::Indexed(15)).bg(Color::Indexed(1)).remove_modifier(Modifier::REVERSED),
                Meaning::Warn => bold.fg(Color::Indexed(0)).bg(Color::Indexed(3)).remove_modifier(Modifier::REVERSED),
                Meaning::Past => bold.fg(Color::Indexed(15)).bg(Color::Indexed(5)).remove_modifier(Modifier::REVERSED),
                _ => reverse(bold, on_selected),
            },
            Depth::Mono => reverse(bold, on_selected),
        }
    }

    /// Black on white, whatever the theme: what a camera has to read. Nothing without colour.
    pub fn code(self) -> Style {
        let (black, white) = match self.depth {
            Depth::True => (Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255)),
            // Not 16: that is what strong words of the light theme are drawn in.
            Depth::Indexed => (Color::Indexed(232), Color::Indexed(231)),
            Depth::Sixteen => (Color::Indexed(0), Color::Indexed(15)),
            Depth::Mono => return Style::new(),
        };
        Style::new().fg(black).bg(white)
    }

    fn grounded(self, ground: Meaning) -> Style {
        match self.depth {
            Depth::True | Depth::Indexed => {
                let mut style = Style::new();
                style.fg = self.color(Meaning::Text);
                style.bg = self.color(ground);
                style
            }
            Depth::Sixteen | Depth::Mono => Style::new(),
        }
    }

    fn color(self, meaning: Meaning) -> Option<Color> {
        let (dark, dark256, light, light256) = palette(meaning);
        match (self.depth, self.ground) {
            (Depth::True, Ground::Dark) => Some(Color::from_u32(dark)),
            (Depth::True, Ground::Light) => Some(Color::from_u32(light)),
            (Depth::Indexed, Ground::Dark) => Some(Color::Indexed(dark256)),
            (Depth::Indexed, Ground::Light) => Some(Color::Indexed(light256)),
            (Depth::Sixteen | Depth::Mono, _) => None,
        }
    }
}

fn reverse(style: Style, on_selected: bool) -> Style {
    if on_selected { style.remove_modifier(Modifier::REVERSED) } else { style.add_modifier(Modifier::REVERSED) }
}

/// Dark, dark of 256, light, light of 256. Chosen so that text keeps a WCAG contrast of 4.5 and lines one of 3 on every
/// ground they stand on.
const fn palette(meaning: Meaning) -> (u32, u8, u32, u8) {
    match meaning {
        Meaning::Canvas => (0x12_161c, 233, 0xfb_faf6, 231),
        Meaning::Raised => (0x1b_2129, 234, 0xf0_eee7, 255),
        Meaning::Select => (0x27_313f, 236, 0xdb_e5f1, 195),
        Meaning::Ink => (0x12_161c, 233, 0xff_fdf8, 231),
        Meaning::Rule => (0x68_7488, 242, 0x7b_828e, 244),
        Meaning::Faint => (0x8e_99ab, 246, 0x5c_6470, 241),
        Meaning::Muted => (0xa5_afbf, 249, 0x4d_5562, 239),
        Meaning::Text => (0xd5_dae2, 253, 0x26_2a31, 235),
        Meaning::Strong => (0xf6_f8fb, 231, 0x08_090c, 16),
        Meaning::Bad => (0xff_7256, 209, 0xb8_290c, 124),
        Meaning::Warn => (0xef_b341, 215, 0x85_5000, 94),
        Meaning::Accent => (0x74_b9f5, 111, 0x0a_5aa8, 25),
        Meaning::Past => (0xc6_a5fb, 183, 0x6a_3ab2, 55),
        Meaning::Done => (0x79_cfa5, 115, 0x0c_6643, 23),
        Meaning::Data => (0x8b_9ab0, 103, 0x58_6a82, 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(choice: ColorChoice, pairs: &[(&str, &str)]) -> Theme {
        told(choice, ConsoleConfig::default(), pairs)
    }

    fn told(choice: ColorChoice, config: ConsoleConfig, pairs: &[(&str, &str)]) -> Theme {
        Theme::detect(choice, config, |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_environment_decides_the_depth() {
        for (pairs, depth) in [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], Depth::True),
            (&[("TERM", "xterm-256color")], Depth::Indexed),
            (&[("TERM", "xterm")], Depth::Sixteen),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::Mono),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], Depth::Mono),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Indexed),
            (&[], Depth::Sixteen),
        ] {
            assert_eq!(detect(ColorChoice::Auto, pairs).depth, depth, "{pairs:?}");
        }
        assert_eq!(detect(ColorChoice::Never, &[("COLORTERM", "truecolor")]).depth, Depth::Mono);
        assert_eq!(detect(ColorChoice::Always, &[("NO_COLOR", "1"), ("TERM", "xterm-256color")]).depth, Depth::Indexed);
    }

    #[test]
    fn the_ground_is_light_only_where_the_terminal_says_so() {
        for (value, ground) in [
            ("0;15", Ground::Light),
            ("0;default;7", Ground::Light),
            ("15;0", Ground::Dark),
            ("7;8", Ground::Dark),
            ("nonsense", Ground::Dark),
            ("", Ground::Dark),
        ] {
            assert_eq!(detect(ColorChoice::Auto, &[("COLORFGBG", value)]).ground, ground, "{value}");
        }
    }

    #[test]
    fn the_configuration_decides_before_the_environment_and_after_no_color() {
        let rich = &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("COLORFGBG", "0;15")][..];
        let config = |theme| ConsoleConfig { theme, ..ConsoleConfig::default() };
        let found = |theme| told(ColorChoice::Auto, config(theme), rich);
        assert_eq!(found(ThemeWord::Dark), Theme::new(Depth::True, Ground::Dark));
        assert_eq!(found(ThemeWord::Light), Theme::new(Depth::True, Ground::Light));
        assert_eq!(found(ThemeWord::Auto).ground, Ground::Light);
        assert_eq!(found(ThemeWord::Terminal).depth, Depth::Sixteen);
        assert_eq!(told(ColorChoice::Never, config(ThemeWord::Light), rich).depth, Depth::Mono);
        let bare = told(ColorChoice::Auto, ConsoleConfig { canvas: false, ..ConsoleConfig::default() }, rich);
        assert_eq!((bare.page().bg, bare.raised().bg.is_some()), (None, true));
    }

    #[test]
    fn without_colour_no_style_names_one() {
        use strum::IntoEnumIterator;
        let theme = Theme::new(Depth::Mono, Ground::Dark);
        for meaning in Meaning::iter() {
            for style in [theme.text(meaning), theme.lit(meaning), theme.fill(meaning, false), theme.select()] {
                assert_eq!((style.fg, style.bg), (None, None), "{meaning:?}");
            }
        }
    }
}
