//! A run as it is asked for: its code, input and budget.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

pub use meter::Cancel;

/// The code that is run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// A script, as for `EVAL`.
    Script(Vec<u8>),
    /// A function of a library, as for `FUNCTION LOAD` and `FCALL`.
    Function {
        /// The library's code.
        library: Vec<u8>,
        /// The function's name.
        name: Vec<u8>,
    },
}

/// A run.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The code.
    pub entry: Entry,
    /// The words that the script sees as `KEYS`.
    pub keys: Vec<Vec<u8>>,
    /// The words that it sees as `ARGV`.
    pub args: Vec<Vec<u8>>,
    /// The database that the client has selected.
    pub db: usize,
    /// True if the client speaks RESP3.
    pub resp3: bool,
    /// True to run as `EVAL_RO` and `FCALL_RO` do.
    pub read_only: bool,
    /// Budget of the run.
    pub budget: Budget,
    /// Ends the run; anyone with a copy can.
    pub cancel: Cancel,
}

impl Invocation {
    /// A run of a script with its keys and arguments, all else as by default.
    pub fn script(code: impl Into<Vec<u8>>, keys: Vec<Vec<u8>>, args: Vec<Vec<u8>>) -> Self {
        Self {
            entry: Entry::Script(code.into()),
            keys,
            args,
            db: 0,
            resp3: false,
            read_only: false,
            budget: Budget::default(),
            cancel: Cancel::default(),
        }
    }
}

/// Limits of a run. A run that exceeds them is rolled back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Wall time.
    pub time: Duration,
    /// Instructions of the Lua VM.
    pub instructions: u64,
    /// Memory that the run takes, in bytes: of the Lua VM, of keys and of replies.
    pub memory: usize,
}

impl Budget {
    /// No limit, as on a server, where another client may end a script.
    pub const UNLIMITED: Self = Self { time: Duration::MAX, instructions: u64::MAX, memory: usize::MAX };
}

impl Default for Budget {
    /// The time after which a real server calls itself busy, and as many instructions and as much memory as no script
    /// that is meant to end takes.
    fn default() -> Self {
        Self { time: Duration::from_secs(5), instructions: 2_000_000_000, memory: 256 * 1024 * 1024 }
    }
}

/// A run as seen by others, who may want to end it.
#[derive(Clone, Default, Debug)]
pub struct Running {
    /// Ends it, as `SCRIPT KILL` does.
    pub cancel: Cancel,
    /// True if it has written: then a real server would not end it.
    pub wrote: Arc<AtomicBool>,
}
