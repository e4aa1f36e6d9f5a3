//! The keys and arguments of a run.

use protocol::{LineError, notation, words_of_line};
use serde_json::{Value, json};

use super::shorten::shorten;

/// Inputs of a run.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Inputs {
    /// The function of a library; none for a script.
    pub function: Option<String>,
    /// KEYS.
    pub keys: Vec<Vec<u8>>,
    /// ARGV.
    pub args: Vec<Vec<u8>>,
}

impl Inputs {
    /// The arguments of `EVAL .`: the number of keys, the keys, the arguments.
    pub fn words(&self) -> String {
        let words = self.keys.iter().chain(&self.args).map(|word| notation::quote_word(word));
        std::iter::once(self.keys.len().to_string()).chain(words).collect::<Vec<_>>().join(" ")
    }

    /// The inputs as `KEY… , ARG…`, which [`split`] reads back.
    pub fn line(&self) -> String {
        let mut words: Vec<String> = self.keys.iter().map(|word| notation::readable_word(word)).collect();
        if !self.args.is_empty() {
            words.push(",".to_owned());
            words.extend(self.args.iter().map(|word| notation::readable_word(word)));
        }
        words.join(" ")
    }

    /// The words of the examples' form, short enough for a title.
    pub fn title(&self) -> String {
        const LONGEST: usize = 60;
        shorten(&self.words(), LONGEST)
    }

    /// Arguments of a command, as the client may send them back; none if a key or an argument is not UTF-8.
    pub fn as_json(&self, uri: &str) -> Option<Value> {
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

type Words = Vec<Vec<u8>>;

/// Splits `KEY… , ARG…` into keys and arguments, at the first comma that is a word of its own, without quotes.
///
/// # Errors
/// The first word that cannot be read.
pub fn split(line: &str) -> Result<(Words, Words), LineError> {
    let (words, error) = words_of_line(line.as_bytes());
    if let Some(error) = error {
        return Err(error);
    }
    let comma = words.iter().position(|word| &line.as_bytes()[word.range.clone()] == b",");
    let (keys, args) = match comma {
        Some(at) => (&words[..at], &words[at + 1..]),
        None => (&words[..], &words[..0]),
    };
    let values = |words: &[protocol::LineWord]| words.iter().map(|word| word.value.clone()).collect();
    Ok((values(keys), values(args)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_and_written() {
        for line in ["", "k", "k \"l m\" , 1 \"\"", ", 1", "\",\" , , \",\"", "größe , \"\\xff\\n\""] {
            let Ok((keys, args)) = split(line) else { panic!("{line}") };
            let inputs = Inputs { function: None, keys, args };
            let written = if line.contains(", ,") { "\",\" , \",\" \",\"" } else { line };
            assert_eq!(inputs.line(), written);
        }
        assert_eq!(split("'a").err(), Some(LineError::OpenQuote));
        assert_eq!(split("k ,").map(|(keys, args)| (keys.len(), args.len())), Ok((1, 0)));
    }
}
