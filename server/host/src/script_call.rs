//! Calls that run scripts, as others see them.

use text::TextRange;

use crate::{
    objects::Property,
    words::{Given, Words},
};

/// A call that runs a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScriptCall {
    /// The called name in the file.
    pub name: TextRange,
    /// From the name to the end of the call.
    pub range: TextRange,
    /// The part of the call that says what is run: an argument, or the name of a script object.
    pub what: TextRange,
    /// The script or function.
    pub runs: Runs,
    /// True if commas stand between words: not in a shell.
    pub has_commas: bool,
    /// True if the server refuses writes.
    pub is_read_only: bool,
    /// True if the script is a parameter of the function around the call, whose calls are the script's then.
    pub is_passed_on: bool,
    /// True if it only is a call of a script if another file has a script with the name in [`Self::runs`].
    pub is_uncertain: bool,
    /// True if the call sends the text of the script, and stands in a loop.
    pub sends_text_in_loop: bool,
    /// True if the call names the script by its SHA1, and nothing in the file loads a script or looks out for `NOSCRIPT`.
    pub may_be_unloaded: bool,
    /// The properties of the object that gives the script's `@names` their values, if all are known.
    pub properties: Option<Vec<Property>>,
    /// A test of its reply for what no client gives.
    pub tested: Option<Tested>,
    /// Comments beside it that say something of it.
    pub comments: Vec<CallComment>,
    /// The number of keys, where the call counts them.
    pub count: Option<Count>,
    /// All words behind the count, where the call counts keys; else keys and arguments together.
    pub total: Given,
    /// The keys.
    pub keys: Words,
    /// The arguments.
    pub args: Words,
}

/// A test of a reply for a value, or a type, that no client gives for a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tested {
    /// Its place in the file.
    pub range: TextRange,
    /// The value or the type.
    pub value: String,
}

/// A comment with `redlua:` on a line of a call, or above it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallComment {
    /// Its place in the file.
    pub range: TextRange,
    /// Its text, with the signs that make it a comment.
    pub text: String,
    /// The part of the file that goes if it is removed: its line, if there is nothing else.
    pub removal: TextRange,
}

/// The script or function that a call runs, as far as its file tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Runs {
    /// A script of the file, by its id.
    Embedded(String),
    /// A file, by the path that stands in the host file.
    File {
        /// Place of the path.
        range: TextRange,
        /// The path.
        path: String,
    },
    /// A function, by its name.
    Function {
        /// Place of the name, or of the constant that has it.
        range: TextRange,
        /// Place of the string or word that is the name.
        literal: TextRange,
        /// The name.
        name: String,
    },
    /// A script, by its SHA1 in hexadecimal digits.
    Sha {
        /// Place of the digits.
        range: TextRange,
        /// The digits.
        digits: String,
    },
    /// A name that nothing in the file gives a value.
    Name {
        /// Place of the name.
        range: TextRange,
    },
    /// Nothing that can be told.
    Unknown,
}

/// The number of keys in a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Count {
    /// Its place.
    pub range: TextRange,
    /// The number, if it stands there.
    pub number: Option<i64>,
    /// True if a string stands in its place that is no number.
    pub is_text: bool,
    /// True if the place is that of the number itself, and not of a name.
    pub stands_there: bool,
}

impl Count {
    /// A number that stands nowhere.
    pub(crate) const fn of(number: i64, range: TextRange) -> Self {
        Self { range, number: Some(number), is_text: false, stands_there: false }
    }
}
