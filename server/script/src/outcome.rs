//! Results and effects of a run.

use protocol::Reply;

/// Results and effects of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Reply to the client, in the protocol it speaks.
    pub reply: Reply,
    /// The failure, if the script failed.
    pub failure: Option<Failure>,
    /// The commands that it called, in order.
    pub trace: Vec<Traced>,
    /// The keys that it changed, sorted; empty if the run was rolled back.
    pub changes: Vec<Change>,
    /// Lines written with `redis.log`.
    pub log: Vec<LogLine>,
    /// The messages that it published: channel and message.
    pub published: Vec<(Vec<u8>, Vec<u8>)>,
    /// Cost of the run.
    pub cost: Cost,
}

/// Failure of a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Error of the server, or the reason why the run was stopped.
    pub message: String,
    /// The line of the script, counted from 1.
    pub line: Option<u32>,
    /// The lines that this one was reached from by calls, the innermost first.
    pub callers: Vec<u32>,
    /// True if the run went beyond its budget or was cancelled; then nothing of what it did is kept.
    pub stopped: bool,
}

impl Failure {
    /// The message without what servers put around it: the name and the line of the chunk, the SHA1 of the script.
    pub fn reason(&self) -> &str {
        let text = self.message.as_str();
        // Since 7.0 it stands behind the text, before that in front of it.
        let text = match text.rfind(" script: ") {
            // Valkey 9.1 leaves the name out.
            Some(at) if text[at..].contains(", on @") || text[at..].starts_with(" script: on @") => &text[..at],
            _ => text,
        };
        let text = match text.split_once("(call to ") {
            Some((_, rest)) => rest.split_once("): ").map_or(text, |(_, rest)| rest),
            None => text,
        };
        let own = text.strip_prefix("ERR ").unwrap_or(text);
        let bare = without_place(without_place(own));
        if bare.len() < own.len() { bare } else { text }
    }
}

/// A message without `user_script:2: ` at its beginning.
fn without_place(text: &str) -> &str {
    let rest = text.strip_prefix('@').unwrap_or(text);
    let rest = rest.strip_prefix("user_script:").or_else(|| rest.strip_prefix("user_function:"));
    let after = rest.map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    after.and_then(|rest| rest.strip_prefix(": ")).unwrap_or(text)
}

/// A command that a script called.
#[derive(Clone, PartialEq, Debug)]
pub struct Traced {
    /// The line of the script, counted from 1; 0 if unknown.
    pub line: u32,
    /// The command with its arguments.
    pub words: Vec<Vec<u8>>,
    /// Reply of the command.
    pub reply: Reply,
}

/// A key that a run changed.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// The database.
    pub db: usize,
    /// The key.
    pub key: Vec<u8>,
    /// Value before the run; `None` if there was no such key.
    pub before: Option<State>,
    /// Value after the run; `None` if the key is gone.
    pub after: Option<State>,
}

/// A key's value.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
    /// The type, as in the reply of `TYPE`.
    pub kind: &'static str,
    /// The value, as the command that reads all of it replies under RESP3; of long ones the first thousand items.
    pub value: Reply,
    /// Number of items; of a string, its bytes.
    pub len: usize,
    /// Expiry, in milliseconds since 1970.
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

/// Cost of a run.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_without_what_servers_add() {
        let reason = |message: &str| {
            let message = message.to_owned();
            Failure { message, line: None, callers: Vec::new(), stopped: false }.reason().to_owned()
        };
        let index = "attempt to index field 'f' (a nil value)";
        assert_eq!(reason(&format!("ERR user_script:2: {index} script: 67de29be, on @user_script:2.")), index);
        assert_eq!(reason(&format!("ERR user_script:2: {index} script: on @user_script:2.")), index);
        let old = format!("ERR Error running script (call to f_67de29be): @user_script:2: user_script:2: {index}");
        assert_eq!(reason(&old), index);
        assert_eq!(reason(&format!("ERR user_function:12: {index} script: take, on @user_function:12.")), index);
        let kept = "WRONGTYPE Operation against a key holding the wrong kind of value";
        assert_eq!(reason(&format!("{kept} script: 67de29be, on @user_script:1.")), kept);
        assert_eq!(reason("ERR unknown command"), "ERR unknown command");
    }
}
