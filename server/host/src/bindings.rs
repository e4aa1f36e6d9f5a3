//! Calls that take or run scripts, as clients of each language have them: the rows of `bindings/*.toml`.

use serde::Deserialize;

/// The rows of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bindings {
    /// Calls that take a script, its SHA1 or the name of a function.
    #[serde(default)]
    pub call: Vec<Binding>,
    /// Calls that run a script object.
    #[serde(default)]
    pub run: Vec<Binding>,
    /// Chains of calls that build one.
    #[serde(default)]
    pub chain: Vec<Chain>,
    /// Beginning of a comment to the end of its line.
    #[serde(default)]
    pub comment: String,
    /// Types in which a program receives replies, if its clients agree.
    pub types: Option<Types>,
    /// Ways to load a script from a file; the first that fits the program counts.
    #[serde(default)]
    pub load: Vec<Load>,
    /// Ways to make one text of texts and values; the first that fits counts.
    #[serde(default)]
    pub interpolation: Vec<Interpolation>,
}

/// The types of replies in a language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Types {
    /// Integers.
    pub integer: String,
    /// Strings and statuses.
    pub string: String,
    /// Nil.
    pub nil: String,
    /// Lists.
    pub list: String,
}

impl Types {
    /// A reply in redis-cli's notation (`(integer) | (nil)`) in the types of the language.
    pub fn of(&self, reply: &str) -> String {
        let mut found: Vec<&str> = Vec::new();
        for part in reply.split(" | ").map(str::trim) {
            let name = match part {
                it if it.starts_with("(integer)") => &self.integer,
                it if it.starts_with("(nil)") => &self.nil,
                it if it.starts_with("(error)") => continue,
                it if it.starts_with("1)") || it.starts_with("(empty") || it.starts_with('[') => &self.list,
                _ => &self.string,
            };
            if !found.contains(&name.as_str()) {
                found.push(name);
            }
        }
        found.join(" or ")
    }
}

/// A way to make one text of texts and values.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Interpolation {
    /// Name of the language, where several share a table.
    pub language: Option<String>,
    /// True for programs that make the script by a format, false for others; none for both.
    pub format: Option<bool>,
    /// Beginning of a text.
    pub open: String,
    /// End of a text.
    pub close: String,
    /// Code before a value in a text.
    pub before: String,
    /// Code behind a value in a text.
    pub behind: String,
    /// Operator between texts and values.
    pub join: Option<String>,
    /// Placeholder of a value, where values follow the text.
    pub placeholder: Option<String>,
    /// Code behind the values.
    pub end: String,
    /// Characters that a backslash stands before in a text.
    pub escape: String,
    /// True if a quote in a value would end the text, as in Python before 3.12.
    pub bars_quotes: bool,
    /// Characters that are written twice in a text.
    pub double: String,
    /// Expression for a value alone as a text: `{}` is the value.
    pub text: Option<String>,
    /// True if clients take nothing but texts; else those do that take a list.
    pub always_text: bool,
}

/// A way in which a program loads a script from a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Name of the language, where several share a table.
    pub language: Option<String>,
    /// Modules of the program, where it matters.
    pub modules: Option<Modules>,
    /// True if the file becomes the value of a variable by a comment above it (Go).
    #[serde(default)]
    pub embeds: bool,
    /// True if the file is one of the program's resources (`src/main/resources`), not one beside it.
    #[serde(default)]
    pub resource: bool,
    /// Expression for the text: `{file}` is the file's name, `{class}` the program's name, `{name}` that of the variable.
    pub text: String,
    /// Expression for the bytes, where those are another type.
    pub bytes: Option<String>,
    /// The import that it needs.
    pub import: Option<String>,
    /// A word that a program has which has that import already.
    pub name: Option<String>,
}

/// Modules of a JavaScript program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Modules {
    /// Those of the language, which Node runs as they are.
    Own,
    /// Those of the language, which something makes CommonJS of.
    Import,
    /// CommonJS.
    Require,
}

/// A chain of calls that builds a call of a script: `B().Eval().Script(s).Numkeys(1).Key(k).Arg(a)`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chain {
    /// The call without arguments that begins it.
    pub start: String,
    /// The link that takes the script's text.
    pub script: Option<String>,
    /// The link that takes the script's SHA1.
    pub sha: Option<String>,
    /// The link that takes the name of a function.
    pub function: Option<String>,
    /// The link that takes the number of keys.
    pub count: String,
    /// The links that take keys and arguments, in this order.
    pub words: Vec<String>,
    /// True if the server refuses writes.
    #[serde(default)]
    pub read_only: bool,
}

/// A condition on the arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Number of the argument.
    pub nth: u8,
    /// Names of which one is in it.
    pub has: Vec<String>,
}

/// A call that takes or runs a script. Arguments count from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Binding {
    /// The last name of the call, one of these; an empty one for a script object that is called itself.
    pub names: Vec<String>,
    /// Code before the name: `*` for something with `.`, `->`, `?.` or `::` behind it; `?` for that or nothing; `^` for the beginning
    /// of a line; else a name.
    #[serde(default = "any")]
    pub on: String,
    /// Place of the script's text.
    pub script: Option<Place>,
    /// Place of the script's SHA1.
    pub sha: Option<Place>,
    /// Place of the name of a function.
    pub function: Option<Place>,
    /// True if the arguments are the words of a command: `"EVAL"`, script, count, keys, arguments.
    #[serde(default)]
    pub command: bool,
    /// The argument that counts the keys; keys and arguments follow it, unless `words` says where they are.
    pub count: Option<u8>,
    /// The argument of the call that made the script object which counts the keys (redigo).
    pub count_in: Option<u8>,
    /// The argument that lists keys and arguments together (phpredis).
    pub words: Option<u8>,
    /// Place of the keys.
    pub keys: Option<List>,
    /// Place of the arguments.
    pub args: Option<List>,
    /// Place of the keys where no name is given.
    pub keys_at: Option<u8>,
    /// Place of the arguments where no name is given.
    pub args_at: Option<u8>,
    /// The argument that is an object with keys and arguments by their names.
    pub object: Option<u8>,
    /// The argument that is the script object.
    pub handle_at: Option<u8>,
    /// True if the call gives a script object.
    #[serde(default)]
    pub handle: bool,
    /// True if other things have the name too, so that the text must look like a script.
    #[serde(default)]
    pub weak: bool,
    /// True if the client takes the elements of a list for words of the command.
    #[serde(default)]
    pub flattens: bool,
    /// True if the server refuses writes.
    #[serde(default)]
    pub read_only: bool,
    /// The argument that names a command which the call defines (ioredis).
    pub defines: Option<u8>,
    /// The client's own way to send the SHA1, and the text only to a server that does not know that.
    pub by_sha: Option<ByHash>,
    /// Condition on an argument.
    pub when: Option<When>,
    /// True if keys and arguments may be one word in place of a list (fred).
    #[serde(default)]
    pub single: bool,
    /// True if the list of keys must be seen to be one.
    #[serde(default)]
    pub sure: bool,
    /// The argument that is an object whose properties are the script's `@names` (StackExchange.Redis).
    pub properties: Option<u8>,
}

/// A client's way to run a script by its SHA1, or by a name that it is given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ByHash {
    /// Texts of which a program that has the client has one: its package.
    pub clients: Vec<String>,
    /// Texts that such a program does not have.
    #[serde(default)]
    pub excludes: Vec<String>,
    /// The call, with the parts of the present one in braces.
    pub call: String,
    /// A statement behind the one that makes the client.
    pub definition: Option<String>,
}

/// Place of a script in a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// The argument with this number.
    Nth(u8),
    /// The first argument that has a string in it, else the last of one or two; the word is `text`.
    Text(String),
    /// The argument after one that is one of these words, in any case; a word with a space is two arguments.
    After {
        /// The words.
        after: Vec<String>,
    },
    /// The property or named argument with this name, in this or a nested object.
    Property {
        /// The name.
        property: String,
    },
}

/// Place of keys or arguments.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum List {
    /// The argument with this number, which is a list.
    Nth(u8),
    /// The named argument or property.
    Name(String),
    /// All arguments from this number on.
    Rest {
        /// The number.
        rest: u8,
    },
    /// The argument so far behind the script.
    After {
        /// The distance.
        after: u8,
    },
    /// Somewhere in the call.
    Unknown {
        /// True.
        unknown: bool,
    },
    /// All arguments from so far behind the script on.
    RestAfter {
        /// The distance.
        #[serde(rename = "rest-after")]
        rest_after: u8,
    },
}

fn any() -> String {
    "*".to_owned()
}

impl Bindings {
    /// Reads rows.
    ///
    /// # Errors
    /// The mistake in the table, with its place.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

impl Binding {
    /// The name of the row that a call in a file has; letters of a command may be in any case.
    pub(crate) fn named(&self, name: &[u8]) -> Option<&str> {
        let is_command = self.on == "^";
        let fits = |it: &&String| match is_command {
            true => name.eq_ignore_ascii_case(it.as_bytes()),
            false => name == it.as_bytes(),
        };
        self.names.iter().find(fits).map(String::as_str)
    }
}

/// The commands that take a script, for `command = true`.
pub(crate) const SCRIPT_COMMANDS: &[&str] = &["EVAL", "EVAL_RO", "SCRIPT LOAD", "FUNCTION LOAD"];

/// Gives a language its rows: `bindings!("python")`.
macro_rules! bindings {
    ($file:literal) => {
        || {
            static ROWS: std::sync::LazyLock<$crate::bindings::Bindings> = std::sync::LazyLock::new(|| {
                let text = include_str!(concat!("../../bindings/", $file, ".toml"));
                // A test reads them all.
                $crate::bindings::Bindings::read(text).unwrap_or_default()
            });
            &ROWS
        }
    };
}
pub(crate) use bindings;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tables_are_read() -> Result<(), Box<dyn std::error::Error>> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("bindings");
        let mut count = 0;
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let rows =
                Bindings::read(&std::fs::read_to_string(&path)?).map_err(|it| format!("{}: {it}", path.display()))?;
            for row in rows.call {
                let what = [row.script.is_some(), row.sha.is_some(), row.function.is_some(), row.command];
                assert_eq!(what.iter().filter(|it| **it).count(), 1, "{}: {:?}", path.display(), row.names);
            }
            count += 1;
        }
        assert!(count >= 11, "{count}");
        Ok(())
    }
}
