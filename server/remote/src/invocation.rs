//! A run on a server as it is asked for, and its outcome.

use std::time::Duration;

use protocol::Reply;

use crate::{
    Endpoint, Identity, Refusal,
    node::{End, Why},
};

/// Code to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// A script, sent whole.
    Script(Vec<u8>),
    /// A function of a library.
    Function {
        /// Name of the library.
        library: String,
        /// Code of the library, which the server must have or is given.
        code: Vec<u8>,
        /// Name of the function.
        name: String,
    },
}

/// A run on a server.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The code.
    pub entry: Entry,
    /// Words that the script sees as `KEYS`.
    pub keys: Vec<Vec<u8>>,
    /// Words that it sees as `ARGV`.
    pub args: Vec<Vec<u8>>,
    /// Consent to writes, of the script and of libraries. Without it the server itself refuses them, by EVAL_RO and FCALL_RO.
    pub write: bool,
    /// True if the script is proved to read only: then a server without EVAL_RO runs it too.
    pub proved_read_only: bool,
    /// Longest time of the run; then the server is asked to end it.
    pub time: Duration,
    /// True to read from replicas of a cluster.
    pub replicas: bool,
}

/// Change that a run made to the libraries of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loaded {
    /// The server has the same code already.
    Same,
    /// The library was new.
    New,
    /// A library of the name was replaced.
    Replaced,
}

/// Outcome of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// The server; none if the user may not ask.
    pub identity: Option<Identity>,
    /// Place of the server or node that ran it.
    pub node: Endpoint,
    /// Places that redirections led to, in order, and their reason: `MOVED`, `ASK`.
    pub redirections: Vec<(&'static str, Endpoint)>,
    /// Change to the library; none for scripts.
    pub loaded: Option<Loaded>,
    /// Time from sending to the reply.
    pub time: Duration,
    /// The reply or the end.
    pub result: Ran,
}

impl Outcome {
    /// The reply; none if the run was ended.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.result {
            Ran::Replied { reply, .. } => Some(reply),
            Ran::Stopped(..) => None,
        }
    }
}

/// End of a run.
#[derive(Clone, PartialEq, Debug)]
pub enum Ran {
    /// The server replied, perhaps with an error.
    Replied {
        /// The reply as the server sent it.
        reply: Reply,
        /// For an error of the server's rules, what is to be known of it.
        advice: Option<Refusal>,
    },
    /// It was ended, with what the server then did.
    Stopped(Why, End),
}
