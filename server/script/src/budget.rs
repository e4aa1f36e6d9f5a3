//! Limits of a run, checked every `STEP` instructions.

use std::time::{Duration, Instant};

use crate::{Budget, Cancel};

/// Number of instructions after which the limits are checked.
pub(crate) const STEP: i32 = 1000;

/// Reason why a run was stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    Time,
    Instructions,
    Memory,
    /// The run was cancelled.
    Cancelled,
    /// A library took longer to load than the servers allow.
    Loading,
    /// `SCRIPT KILL` or `FUNCTION KILL`.
    Killed,
}

impl From<meter::Stop> for Stop {
    fn from(stop: meter::Stop) -> Self {
        match stop {
            meter::Stop::Memory => Self::Memory,
            meter::Stop::Time => Self::Time,
            meter::Stop::Cancelled => Self::Cancelled,
        }
    }
}

impl Budget {
    /// The limits of a run that started at a time.
    pub fn limits(&self, started: Instant, cancel: &Cancel) -> meter::Limits {
        meter::Limits {
            memory: (self.memory != usize::MAX).then_some(self.memory),
            deadline: started.checked_add(self.time),
            cancel: Some(cancel.clone()),
        }
    }
}

/// Budget of a run, with what it has used.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    budget: Budget,
    started: Instant,
    deadline: Option<Instant>,
    cancel: Cancel,
    /// Instructions so far.
    pub(crate) instructions: u64,
    /// The most memory that Lua held for it, in bytes.
    pub(crate) peak: usize,
    /// Reason and line of the stop, if it was stopped; from then on every instruction fails.
    pub(crate) stopped: Option<(Stop, u32)>,
    /// True if a library is being loaded.
    pub(crate) loading: bool,
    /// Error that a kill raises; `None` for a cancel.
    pub(crate) kill: Option<&'static str>,
}

impl Limits {
    pub(crate) fn new(budget: Budget, cancel: Cancel, started: Instant) -> Self {
        Self {
            budget,
            started,
            deadline: started.checked_add(budget.time),
            cancel,
            instructions: 0,
            peak: 0,
            stopped: None,
            loading: false,
            kill: None,
        }
    }

    /// Lowers the time limit to this.
    pub(crate) fn limit_time(&mut self, time: Duration) {
        let deadline = self.started.checked_add(time);
        self.deadline = match (self.deadline, deadline) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// Time since the run started.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The limits.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Counts instructions. Returns the reason if the run must stop.
    pub(crate) fn check(&mut self, instructions: i32, exhausted: bool) -> Option<Stop> {
        self.instructions += instructions.unsigned_abs() as u64;
        if let Some((stop, _)) = self.stopped {
            return Some(stop);
        }
        if self.cancel.is_cancelled() {
            Some(if self.kill.is_some() { Stop::Killed } else { Stop::Cancelled })
        } else if exhausted {
            Some(Stop::Memory)
        } else if self.instructions > self.budget.instructions {
            Some(Stop::Instructions)
        } else if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            Some(if self.loading { Stop::Loading } else { Stop::Time })
        } else {
            None
        }
    }
}
