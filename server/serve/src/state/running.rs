//! The script that runs, as seen by clients that wait for its end.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use commands::{CommandId, CommandSpec};
use parking_lot::Mutex;

use super::queue::Words;

/// A run of a script, as seen by clients that wait for its end.
#[derive(Clone, Default, Debug)]
pub(crate) struct Run {
    /// State that the script shares with us.
    pub(crate) running: script::Running,
    /// True if a function runs, and no script: `FUNCTION KILL` ends only those, `SCRIPT KILL` only the others.
    pub(crate) function: bool,
}

impl Run {
    /// Ends it.
    pub(crate) fn cancel(&self) {
        self.running.cancel.cancel();
    }

    /// True if it has written: then it cannot be killed.
    pub(crate) fn has_written(&self) -> bool {
        self.running.wrote.load(Ordering::Relaxed)
    }
}

/// The run that is under way, if there is one.
#[derive(Default, Debug)]
pub(crate) struct Busy(Mutex<Option<Running>>);

#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) client: u64,
    pub(crate) since: Instant,
    /// Time after which other clients get `BUSY`; `None` for never.
    pub(crate) patience: Option<Duration>,
    pub(crate) run: Run,
    /// Call of a function, and the number of libraries and functions; `None` for a script.
    pub(crate) stats: Option<(Words, (usize, usize))>,
}

impl Busy {
    /// Notes the begin of a run. `libraries` is the number of libraries and functions.
    pub(crate) fn begin(
        &self,
        client: u64,
        spec: &'static CommandSpec,
        words: &Words,
        libraries: (usize, usize),
        threshold: i64,
    ) -> Run {
        let function = matches!(spec.id, CommandId::Fcall | CommandId::FcallRo);
        let run = Run { function, ..Run::default() };
        // Nothing or less means that a script may take as long as it likes.
        let patience = u64::try_from(threshold).ok().filter(|millis| *millis > 0).map(Duration::from_millis);
        let stats = function.then(|| (words.clone(), libraries));
        *self.0.lock() = Some(Running { client, since: Instant::now(), patience, run: run.clone(), stats });
        run
    }

    /// Notes the end of the run.
    pub(crate) fn end(&self) {
        *self.0.lock() = None;
    }

    /// Returns the run if it has taken longer than others are to wait for it.
    pub(crate) fn overdue(&self) -> Option<Running> {
        let running = self.0.lock();
        let running = running.as_ref()?;
        running.patience.is_some_and(|patience| running.since.elapsed() >= patience).then(|| running.clone())
    }
}
