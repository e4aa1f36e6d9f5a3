//! Error replies of servers, read by their code, and what a user should read of each.
//!
//! The code is the first word. Inside a script it is lost in four cases, and only there the text is looked at: permissions,
//! writes of read-only scripts, keys of other nodes, and Redis 6.2, which puts its own text in front of each error.

use std::{fmt, time::Duration};

use crate::Identity;

/// A line of a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Line, counted from 1: of the text that was sent, until a caller who knows the files replaces it.
    pub line: u32,
    /// Path of the file; none for the script itself.
    pub file: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}:{}", self.line),
            None => write!(f, "line {}", self.line),
        }
    }
}

/// Reason why a server refused a call, or a command of a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// NOPERM: the user may not call this command.
    NoPermission {
        /// The user.
        user: String,
        /// The command that was called.
        command: String,
    },
    /// The user may not call a command that the script calls.
    NoPermissionInScript {
        /// The user.
        user: String,
        /// The command, where the server names it (Redis 7.4, Valkey 9.1).
        command: Option<String>,
        /// The script's line.
        place: Option<Place>,
    },
    /// The user may not touch a key.
    NoPermissionForKey {
        /// The user.
        user: String,
        /// The key, where it is known.
        key: Option<String>,
        /// The script's line, where the script called the command.
        place: Option<Place>,
    },
    /// NOSCRIPT.
    NoScript,
    /// The library registers no such function.
    NoFunction(String),
    /// A library or one of its functions is there, in this library, and may not be replaced.
    LibraryExists(String),
    /// FUNCTION LOAD refused the code.
    LibraryBroken {
        /// The error without its code.
        message: String,
        /// The library's line.
        place: Option<Place>,
    },
    /// The server is older than what is asked for.
    OldServer {
        /// The server.
        identity: Identity,
        /// The feature that is asked for: `functions`.
        needs: &'static str,
        /// The version of Redis that brought it.
        since: &'static str,
    },
    /// A write of a script that runs without consent.
    WriteRefused(Option<Place>),
    /// BUSY: another script runs, with its name and its time if the server tells.
    Busy(Option<(String, Duration)>),
    /// UNKILLABLE: it has written.
    Unkillable,
    /// LOADING, with the seconds that the server expects to need.
    Loading(Option<u64>),
    /// READONLY: a replica, with the place of its master.
    ReplicaRefusesWrite(Option<String>),
    /// MASTERDOWN, with the place of the master.
    MasterDown(Option<String>),
    /// OOM, with memory that is used and that may be used, in bytes.
    OutOfMemory(Option<(u64, u64)>),
    /// MISCONF: the last snapshot failed.
    SnapshotFailed,
    /// NOREPLICAS.
    NoReplicas,
    /// The keys are in several slots; two of them, each with its number in KEYS and its slot.
    CrossSlot(Option<[(usize, String, u16); 2]>),
    /// A redirection to a node that cannot be used: its place and the reason.
    NodeUnreachable(String, String),
    /// TRYAGAIN for longer than the time of the run.
    SlotMoves(u16),
    /// CLUSTERDOWN, with the slots that no node serves.
    ClusterDown(Vec<(u16, u16)>),
    /// The script reads a key that is not in KEYS and of another node.
    UndeclaredKey(Option<Place>),
    /// The user may not ask for the slots of the cluster.
    NoClusterSlots(String),
    /// MOVED, to who came by `redis://`: the slot and the place of the node that serves it.
    IsCluster(u16, String),
    /// `redis-cluster://` to a server that is no node of a cluster.
    NoCluster,
    /// The script is larger than the server takes.
    TooLong,
    /// A run without consent on a server before 7.0, which cannot promise that nothing is written.
    NeedsConsent(Identity),
    /// The server has another version of a library, or none, and may not be written to.
    LibraryDiffers {
        /// Name of the library.
        library: String,
        /// True if the server has none of this name.
        absent: bool,
    },
    /// The server does not know a command, and not its version either.
    UnknownCommand(String),
    /// Any other error, by its code.
    Other {
        /// The command.
        command: String,
        /// The code.
        code: String,
    },
}

/// The call whose reply is read.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Name of the command.
    pub command: &'a str,
    /// User of the connection; none for the default user.
    pub user: Option<&'a str>,
}

/// Code of an error: its first word, behind what Redis 6.2 puts in front of errors of scripts.
pub fn code(text: &[u8]) -> &[u8] {
    let text = without_wrapper(text);
    text.split(|byte| *byte == b' ').next().unwrap_or_default()
}

/// Redis 6.2 wraps errors of commands: `ERR Error running script (call to f_SHA): @user_script:1: @user_script: 1: -CODE text`.
fn without_wrapper(text: &[u8]) -> &[u8] {
    if !text.starts_with(b"ERR Error running script (call to ") {
        return text;
    }
    let mark = text.windows(3).rposition(|three| three == b": -");
    mark.map_or(text, |at| &text[at + 3..])
}

/// Line of the script in an error: behind `on @user_script:` since 7.0, before the text on 6.2. None where another chunk failed.
pub fn line(text: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(text);
    let behind = text.rfind(" script: ").and_then(|at| text[at..].find("on @user_").map(|on| at + on + 4));
    // Errors of the compiler, and those of 6.2, name the chunk in the text itself.
    let begin = match behind {
        Some(at) => at,
        None => ["user_script:", "user_function:"].iter().filter_map(|mark| text.find(mark)).min()?,
    };
    let digits = text[begin..].split_once(':')?.1.trim_start();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

/// True if a script was running: an error that a server raises before it begins has neither line nor chunk.
pub fn is_in_script(text: &[u8]) -> bool {
    let has = |mark: &[u8]| text.windows(mark.len()).any(|part| part == mark);
    has(b" script: ") || text.starts_with(b"ERR Error running script (call to ")
}

impl Refusal {
    /// Reads an error reply; none for what no rule of the server's but the script itself makes an error.
    pub fn of(text: &[u8], call: &Call<'_>) -> Option<Self> {
        let user = || call.user.unwrap_or("default").to_owned();
        let place = || line(text).map(|line| Place { line, file: None });
        let inner = without_wrapper(text);
        let has = |mark: &str| inner.windows(mark.len()).any(|part| part == mark.as_bytes());
        let in_script = is_in_script(text);
        Some(match code(text) {
            b"NOPERM" if has("key") && !has("command") => {
                Self::NoPermissionForKey { user: user(), key: None, place: place() }
            }
            b"NOPERM" if in_script => Self::NoPermissionInScript { user: user(), command: None, place: place() },
            b"NOPERM" => Self::NoPermission { user: user(), command: call.command.to_owned() },
            b"NOSCRIPT" => Self::NoScript,
            b"BUSY" => Self::Busy(None),
            b"UNKILLABLE" => Self::Unkillable,
            b"LOADING" => Self::Loading(None),
            b"READONLY" => Self::ReplicaRefusesWrite(None),
            b"MASTERDOWN" => Self::MasterDown(None),
            b"OOM" => Self::OutOfMemory(None),
            b"MISCONF" => Self::SnapshotFailed,
            b"NOREPLICAS" => Self::NoReplicas,
            b"CROSSSLOT" => Self::CrossSlot(None),
            b"CLUSTERDOWN" => Self::ClusterDown(Vec::new()),
            b"ERR" if has("The user executing the script can't") || has("ACL failure in script") => match has(" key") {
                true => Self::NoPermissionForKey { user: user(), key: None, place: place() },
                false => Self::NoPermissionInScript { user: user(), command: quoted(inner), place: place() },
            },
            // It has no code; the name is that of the call.
            b"ERR" if call.command.starts_with("FCALL") && text == b"ERR Function not found" => {
                Self::NoFunction(String::new())
            }
            // Its text goes on with the words of the call, the script among them.
            b"ERR" if !in_script && text.starts_with(b"ERR unknown command") => {
                Self::UnknownCommand(call.command.to_owned())
            }
            b"ERR" if text.starts_with(b"ERR Protocol error: invalid bulk length") => Self::TooLong,
            b"ERR" if has("not allowed from read-only scripts") || has("using *_ro command") => {
                Self::WriteRefused(place())
            }
            b"ERR" if in_script && has("ttempted to access a non local key in a cluster node") => {
                Self::UndeclaredKey(place())
            }
            _ => return None,
        })
    }

    /// Line of the script, to be replaced by that of a file.
    pub fn place_mut(&mut self) -> Option<&mut Place> {
        match self {
            Self::NoPermissionInScript { place, .. }
            | Self::NoPermissionForKey { place, .. }
            | Self::LibraryBroken { place, .. }
            | Self::WriteRefused(place)
            | Self::UndeclaredKey(place) => place.as_mut(),
            _ => None,
        }
    }
}

/// The command in quotes in `User U has no permissions to run the 'set' command`.
fn quoted(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let (_, rest) = text.split_once("run the '")?;
    Some(rest.split_once('\'')?.0.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let call = Call { command: "EVAL", user: Some("bob") };
        let Some(refusal) = Refusal::of(text.as_bytes(), &call) else { return "-".to_owned() };
        struct Shown(Refusal);
        impl fmt::Display for Shown {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write("S", f)
            }
        }
        Shown(refusal).to_string()
    }

    #[test]
    fn codes_inside_and_outside_of_scripts() {
        let wrapped =
            "ERR Error running script (call to f_36c5): @user_script:2: @user_script: 2: -OOM command not allowed when";
        assert_eq!(code(wrapped.as_bytes()), b"OOM");
        assert!(told(wrapped).starts_with("S is full"));
        assert_eq!(code(b"READONLY You can't write"), b"READONLY");
        let own = "ERR Error running script (call to f_36c5): @user_script:2: user_script:2: own";
        assert_eq!((code(own.as_bytes()), told(own).as_str()), (&b"ERR"[..], "-"));
    }

    #[test]
    fn lines() {
        let line = |text: &str| line(text.as_bytes());
        assert_eq!(line("ERR x script: 1e01, on @user_script:3."), Some(3));
        assert_eq!(line("ERR x script: on @user_script:12."), Some(12));
        assert_eq!(line("ERR user_function:9: x script: take, on @user_function:9."), Some(9));
        assert_eq!(line("ERR Error running script (call to f_1): @user_script:4: @user_script: 4: -X y"), Some(4));
        assert_eq!(line("ERR Error compiling script (new function): user_script:1: '=' expected"), Some(1));
        assert_eq!(line("ERR x script: 1e01, on return redis.call(\"SET\",KEYS[1]):1."), None);
        assert_eq!(line("WRONGTYPE Operation"), None);
    }

    #[test]
    fn permissions_by_all_their_texts() {
        for (text, wanted) in [
            ("NOPERM this user has no permissions to run the 'eval' command", "user bob may not call EVAL on S"),
            ("NOPERM User bob has no permissions to run the 'eval' command", "user bob may not call EVAL on S"),
            (
                "NOPERM this user has no permissions to access one of the keys used as arguments",
                "touch one of the keys on S",
            ),
            ("NOPERM No permissions to access a key", "touch one of the keys on S"),
            (
                "ERR The user executing the script can't run this command or subcommand script: 1e01, on @user_script:1.",
                "may not call the command that the script calls (line 1)",
            ),
            (
                "ERR Error running script (call to f_1e01): @user_script:2: @user_script: 2: The user executing the script can't run \
                 this command or subcommand",
                "may not call the command that the script calls (line 2)",
            ),
            (
                "ERR ACL failure in script: User bob has no permissions to run the 'set' command script: 1e01, on @user_script:2.",
                "may not call SET (line 2)",
            ),
            (
                "ERR ACL failure in script: No permissions to access a key script: on @user_script:1.",
                "touch one of the keys (line 1)",
            ),
        ] {
            assert!(told(text).contains(wanted), "{text}\n{}", told(text));
        }
    }

    #[test]
    fn errors_of_the_script_itself_are_no_refusals() {
        for text in
            ["ERR user_script:1: own script: 1e01, on @user_script:1.", "WRONGTYPE Operation against", "MY own", ""]
        {
            assert_eq!(told(text), "-");
        }
    }
}
