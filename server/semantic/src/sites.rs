//! Calls in programs that run scripts, with what they run.

use host::ScriptCall;

/// The numbers of keys and arguments that a script needs.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Needs {
    /// The highest constant index of KEYS that is read and not asked for; 0 if there is none.
    pub keys: u32,
    /// The same of ARGV, of what is read whatever the keyspace and the other arguments are.
    pub args: u32,
    /// The number of keys that the script can read; none if it reads KEYS by other than constant indices.
    pub all_keys: Option<u32>,
    /// The number of arguments that the script can read; none if it reads ARGV by other than constant indices.
    pub all_args: Option<u32>,
}

/// The calls of a script, where all that run it are known and give the same number of keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Callers {
    /// Number of calls; above zero.
    pub count: u32,
    /// Number of keys that each gives.
    pub keys: u32,
}

/// A call in a program, and what is known of the script that it runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    /// The call; its places are those of the program's file.
    pub call: ScriptCall,
    /// The script or function that it runs.
    pub target: SiteTarget,
}

/// The script or function that a call in a program runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SiteTarget {
    /// A script of the project.
    Script {
        /// Number of its file in the project.
        file: usize,
        /// The path by which messages call it.
        path: String,
        /// Keys and arguments that it needs.
        needs: Needs,
        /// A command of it that writes, for calls in which the server refuses that.
        writes: Option<&'static str>,
        /// Its `@names` that the object of the call has no property for.
        lacks: Vec<String>,
    },
    /// A function that a library of the project registers.
    Function {
        /// Number of the library's file in the project.
        file: usize,
        /// The path by which messages call it.
        path: String,
    },
    /// A function that no library of the project registers, though all their functions are known.
    NoFunction {
        /// The registered name that is most like it.
        closest: Option<String>,
    },
    /// Nothing that can be told.
    Unknown,
}
