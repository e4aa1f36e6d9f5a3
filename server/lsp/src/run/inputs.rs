//! The keys and arguments of a run.

use protocol::notation;
use serde_json::{Value, json};

use super::shorten::shorten;

/// The words that a run is given.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Inputs {
    /// The function of a library; none for a script.
    pub function: Option<String>,
    /// KEYS.
    pub keys: Vec<Vec<u8>>,
    /// ARGV.
    pub args: Vec<Vec<u8>>,
}

impl Inputs {
    /// As they stand behind `EVAL .`: the count of keys, the keys, the arguments.
    pub(crate) fn words(&self) -> String {
        let words = self.keys.iter().chain(&self.args).map(|word| notation::quote_word(word));
        std::iter::once(self.keys.len().to_string()).chain(words).collect::<Vec<_>>().join(" ")
    }

    /// The same, short enough for a title.
    pub(crate) fn title(&self) -> String {
        const LONGEST: usize = 60;
        shorten(&self.words(), LONGEST)
    }

    /// As the client may send them back; none for what is no text.
    pub(crate) fn as_json(&self, uri: &str) -> Option<Value> {
        let texts = |words: &[Vec<u8>]| -> Option<Vec<String>> {
            words.iter().map(|word| String::from_utf8(word.clone()).ok()).collect()
        };
        let mut value = json!({ "uri": uri, "keys": texts(&self.keys)?, "args": texts(&self.args)? });
        if let Some(function) = &self.function {
            value["function"] = json!(function);
        }
        Some(value)
    }
}
