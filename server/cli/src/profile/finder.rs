//! From a logged command to the script of the workspace.

use std::collections::HashMap;

use super::entry::{Entry, Word};
use crate::sent::Scripts;

/// A script that a server has run.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Which {
    /// A script of the workspace, by its number.
    Script(usize),
    /// A function by its name, with the number of its library if the workspace has that.
    Function(Option<usize>, String),
    /// Another script: its SHA1, or the beginning of its text.
    Unknown(String),
}

/// Bytes of the text of an unknown script that are shown.
const MAX_SHOWN: usize = 60;

/// Finds scripts by what a log has of them.
pub(super) struct Finder {
    by_sha: HashMap<String, usize>,
    texts: Vec<(Vec<u8>, usize)>,
    functions: HashMap<String, usize>,
}

impl Finder {
    pub(super) fn new(scripts: &Scripts) -> Self {
        let mut finder = Self { by_sha: HashMap::new(), texts: Vec::new(), functions: HashMap::new() };
        for (at, sent) in scripts.all.iter().enumerate() {
            // Names of functions are the same in any case of letters.
            let names = sent.functions().into_iter().map(|name| (name.to_ascii_lowercase(), at));
            finder.functions.extend(names);
            if sent.script.library.is_none() {
                for text in workspace::texts(&sent.flat.code) {
                    finder.by_sha.insert(script::sha1_hex(&text), at);
                    finder.texts.push((text, at));
                }
            }
        }
        finder
    }

    /// The script of a command; none if it runs none.
    pub(super) fn find(&self, entry: &Entry) -> Option<Which> {
        let [command, what, ..] = &entry.words[..] else { return None };
        let command = String::from_utf8_lossy(&command.text).to_ascii_uppercase();
        match command.as_str() {
            "EVAL" | "EVAL_RO" => Some(self.of_text(what)),
            "EVALSHA" | "EVALSHA_RO" => {
                let sha1 = String::from_utf8_lossy(&what.text).to_ascii_lowercase();
                Some(self.by_sha.get(&sha1).map_or(Which::Unknown(sha1), |at| Which::Script(*at)))
            }
            "FCALL" | "FCALL_RO" => {
                let name = String::from_utf8_lossy(&what.text).into_owned();
                Some(Which::Function(self.functions.get(&name.to_ascii_lowercase()).copied(), name))
            }
            _ => None,
        }
    }

    fn of_text(&self, word: &Word) -> Which {
        let mut fits = self.texts.iter().filter(|(text, _)| word.is(text)).map(|(_, at)| *at);
        let first = fits.next();
        // What was cut away may tell two scripts apart.
        match first.filter(|first| fits.all(|it| it == *first)) {
            Some(at) => Which::Script(at),
            None => {
                let line = word.text.split(|it| *it == b'\n').map(<[u8]>::trim_ascii).find(|it| !it.is_empty());
                let text = String::from_utf8_lossy(line.unwrap_or_default()).into_owned();
                Which::Unknown(text.chars().take(MAX_SHOWN).collect())
            }
        }
    }
}
