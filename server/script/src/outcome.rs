//! What a run gave and did.

use protocol::Reply;

/// Everything that a run gave.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// What the client receives, in the protocol it speaks.
    pub reply: Reply,
    /// If the script failed: why and where.
    pub failure: Option<Failure>,
    /// The commands that it called, in order.
    pub trace: Vec<Traced>,
    /// The keys that it changed, sorted; none where the run was rolled back.
    pub changes: Vec<Change>,
    /// What it wrote with `redis.log`.
    pub log: Vec<LogLine>,
    /// The messages that it published: channel and message.
    pub published: Vec<(Vec<u8>, Vec<u8>)>,
    /// What it cost.
    pub cost: Cost,
}

/// Why a script failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What the server says, or what ended the run.
    pub message: String,
    /// The line of the script, counted from 1.
    pub line: Option<u32>,
    /// Whether the run went beyond its budget or was cancelled; then nothing of what it did is kept.
    pub stopped: bool,
}

/// A command that a script called.
#[derive(Clone, PartialEq, Debug)]
pub struct Traced {
    /// The line of the script, counted from 1; 0 where it is not known.
    pub line: u32,
    /// The command with its arguments.
    pub words: Vec<Vec<u8>>,
    /// What it replied.
    pub reply: Reply,
}

/// A key that a run changed.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// The database.
    pub db: usize,
    /// The key.
    pub key: Vec<u8>,
    /// What it was; none if it was not there.
    pub before: Option<State>,
    /// What it is; none if it is gone.
    pub after: Option<State>,
}

/// A key's value.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
    /// The type, as `TYPE` tells it.
    pub kind: &'static str,
    /// The value, as the command that reads all of it replies under RESP3; of long ones the first thousand items.
    pub value: Reply,
    /// How many items it has, for a string bytes.
    pub len: usize,
    /// When the key goes, in milliseconds since 1970.
    pub expires: Option<i64>,
}

/// A line of the server's log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// `redis.LOG_DEBUG` (0) to `redis.LOG_WARNING` (3).
    pub level: u8,
    /// The text.
    pub text: Vec<u8>,
}

/// What a run cost.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Cost {
    /// Commands called.
    pub commands: u64,
    /// Instructions of the Lua VM; of coroutines to within a thousand.
    pub instructions: u64,
    /// The most memory that the Lua VM held for the run, in bytes.
    pub memory: usize,
    /// Wall time, in microseconds.
    pub micros: u64,
}
