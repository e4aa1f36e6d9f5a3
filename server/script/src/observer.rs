//! Observers of a run: traces, coverage and debuggers share the one way of running.

use protocol::Reply;

/// Notified of what a run does, as it does it.
pub trait Observer {
    /// A line of the script is about to run; only where [`Self::wants_lines`].
    fn line(&mut self, line: u32) {
        let _ = line;
    }

    /// True if [`Self::line`] is to be called: it makes runs slower.
    fn wants_lines(&self) -> bool {
        false
    }

    /// True if [`Self::command`] is to be called: finding the line takes time.
    fn wants_commands(&self) -> bool {
        true
    }

    /// A command was called at a line of the script, with its reply.
    fn command(&mut self, line: u32, words: &[Vec<u8>], reply: &Reply) {
        let _ = (line, words, reply);
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Default, Debug)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn wants_commands(&self) -> bool {
        false
    }
}
