//! State that the functions of a script work with while it runs.

use std::sync::{Arc, atomic::AtomicBool};

use engine::{Engine, acl::User};

use crate::{
    Observer,
    budget::Limits,
    library::Loading,
    lua::{Attachment, State, attached},
    outcome::LogLine,
    random::Random,
    shebang::Flags,
    words::Words,
};

/// A script that runs.
pub(crate) struct Context<'a> {
    pub(crate) engine: &'a mut Engine,
    pub(crate) observer: &'a mut dyn Observer,
    pub(crate) random: &'a mut Random,
    pub(crate) limits: Limits,
    /// True if the observer wants commands.
    pub(crate) observed: bool,
    /// The words of the command that is being called.
    pub(crate) words: Words,
    /// Lines written with `redis.log`.
    pub(crate) log: Vec<LogLine>,
    /// The database that the script has selected, which is not the client's.
    pub(crate) db: usize,
    /// True if the script asked for RESP3 replies.
    pub(crate) resp3: bool,
    /// True if the client speaks RESP3.
    pub(crate) client_resp3: bool,
    /// True if the script may not write.
    pub(crate) read_only: bool,
    /// Flags from the shebang or the registration.
    pub(crate) flags: Flags,
    /// User it runs under, if restricted.
    pub(crate) restricted: Option<Arc<User>>,
    /// True if it has no shebang: then each command is checked when it is called.
    pub(crate) compatible: bool,
    /// The keys that the client named, and their slot where keys matter.
    pub(crate) slot: Option<Slots>,
    /// True if it has called a command that writes.
    pub(crate) wrote: bool,
    /// Set when it writes, for others to see.
    pub(crate) written_flag: Option<Arc<AtomicBool>>,
    /// Number of commands it has called.
    pub(crate) commands: u64,
    /// Line of the script where the error that ended it was raised: 0 if unknown, `None` without an error.
    pub(crate) raised_at: Option<u32>,
    /// Lines of the script from which that line was reached by calls, innermost first.
    pub(crate) callers: Vec<u32>,
    /// Library being loaded, if any.
    pub(crate) loading: Option<Loading>,
}

/// Attaches a [`Context`] to a run.
pub(crate) enum Run {}

impl Attachment for Run {
    type Of<'a> = Context<'a>;
}

/// Returns the context of the run. The reference must not outlive the call of the function that asks for it, nor be held while
/// Lua runs.
pub(crate) fn context<'a>(state: State) -> Option<&'a mut Context<'a>> {
    attached::<Run>(state)
}

/// Options of a run.
pub(crate) struct RunOptions<'a> {
    pub(crate) keys: &'a [Vec<u8>],
    pub(crate) args: &'a [Vec<u8>],
    pub(crate) db: usize,
    pub(crate) resp3: bool,
    pub(crate) read_only: bool,
    pub(crate) flags: Flags,
    pub(crate) compatible: bool,
    /// Name in error texts: the SHA of a script, the name of a function.
    pub(crate) name: &'a str,
}

/// The keys of a run on a node of a cluster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slots {
    /// The slot of the keys that were declared, if there are any.
    pub(crate) declared: Option<u16>,
}
