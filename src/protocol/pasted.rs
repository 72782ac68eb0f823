//! The address that a browser ended at, on its way to the machinery: it may hold a code, which is a secret.

use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// A pasted address. The screen hands it on and keeps nothing of it; whatever tells of it tells nothing.
#[derive(Clone)]
pub struct Pasted(SecretString);

impl Pasted {
    /// Takes what was pasted.
    pub fn new(text: String) -> Self {
        Self(text.into())
    }

    /// The text, for who looks for a code in it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pasted(..)")
    }
}

impl PartialEq for Pasted {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Pasted {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SiteName;
    use crate::protocol::{Command, OperationId};

    #[test]
    fn nothing_tells_what_was_pasted() {
        let address = Pasted::new("https://shop.example.org/?code=aPrxPLANTED".to_owned());
        let command =
            Command::Pasted { id: OperationId(2), watch: OperationId(1), site: SiteName::new("shop"), address };
        let deed = command.deed().expect("a deed");
        for told in [format!("{command:?}"), format!("{deed:?}"), format!("{:?}", deed.shell())] {
            assert!(!told.contains("PLANTED"), "{told}");
        }
    }
}
