//! Examples and transcripts: reading them, running them on the embedded engine, and reporting outcomes.

mod example;
pub mod json;
pub mod report;
mod run;
mod transcript;

pub use example::{Example, examples};
pub use run::{Options, Result, Verdict, call_all, is_library, judge_reply, run, seed, words_of};
pub use transcript::{Commands, SeedError, commands_of, transcript};
