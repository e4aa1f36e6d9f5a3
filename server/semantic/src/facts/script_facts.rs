//! The facts of one script or function.

use text::TextRange;

use super::{Access, CommandFact, FlagFact, Judgement, KeyFact, Reason, Servers};

/// The facts of a script, or of a function of a library.
#[derive(Clone, PartialEq, Debug)]
pub struct Facts {
    /// The function's name; none for a script.
    pub function: Option<String>,
    /// The place at which they are shown: the file's beginning, or the name that is registered.
    pub range: TextRange,
    /// The reason why little is known: the script does not parse, a file is missing.
    pub incomplete: Option<String>,
    /// Its reads and writes of the keyspace.
    pub access: Access,
    /// The keys that it touches, in the order of the script.
    pub keys: Vec<KeyFact>,
    /// The commands that it calls, in the order of the script.
    pub commands: Vec<CommandFact>,
    /// The calls whose command is not known.
    pub unknown: Vec<Reason>,
    /// Verdict on whether the same data and arguments always give the same replies and writes.
    pub deterministic: Judgement,
    /// True if a target may send the text of scripts to its replicas, as Redis before 7.0: only there determinism matters.
    pub sends_text: bool,
    /// Verdict on whether it may run on a cluster.
    pub cluster: Judgement,
    /// The flags of its shebang or registration.
    pub flags: Vec<FlagFact>,
    /// The servers that have all it needs.
    pub servers: Servers,
    /// The reply that a RESP2 client receives, in redis-cli's notation: `(integer) | (nil)`; none if unknown.
    pub returns: Option<String>,
}
