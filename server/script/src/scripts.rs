//! The cache of scripts.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::{lua::FunctionRef, shebang::Flags};

/// A script in the cache.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) code: Vec<u8>,
    pub(crate) function: FunctionRef,
    pub(crate) flags: Flags,
    pub(crate) compatible: bool,
    /// True if it came only by `EVAL`: such scripts are removed after a while.
    pub(crate) by_eval: bool,
}

/// The cache of scripts.
#[derive(Clone, Default, Debug)]
pub(crate) struct Scripts {
    pub(crate) by_sha: FxHashMap<String, Script>,
    /// Scripts that came by `EVAL`, the most recently used last.
    pub(crate) recent: VecDeque<String>,
    /// The last script that was evaluated with its SHA, so that a loop does not hash it again.
    pub(crate) last: Option<(Vec<u8>, String)>,
}

impl Scripts {
    /// Returns the flags of a cached script, and true if it has no shebang; `sha` in any case.
    pub(crate) fn header(&self, sha: &[u8]) -> Option<(Flags, bool)> {
        let sha = std::str::from_utf8(sha).ok()?.to_ascii_lowercase();
        self.by_sha.get(&sha).map(|script| (script.flags, script.compatible))
    }
}
