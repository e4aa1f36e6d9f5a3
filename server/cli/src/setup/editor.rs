//! An editor that redlua can be set up in.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::plan::Plan;

/// An editor that redlua can be set up in.
pub(super) trait Editor: Sync {
    /// Name on the command line.
    fn name(&self) -> &'static str;
    /// Other names that the command line takes: those of its programs.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }
    /// Name in messages.
    fn title(&self) -> &'static str;
    /// Its programs on this machine.
    fn programs(&self) -> Vec<PathBuf>;
    /// The version of redlua in it.
    fn state(&self, request: &Request) -> Result<State>;
    /// The changes by which redlua works in it.
    fn install(&self, request: &Request) -> Result<Plan>;
    /// The changes by which it is as it was before.
    fn undo(&self, request: &Request) -> Result<Plan>;
    /// The next step of the user, to see that it works.
    fn next(&self) -> &'static str;
    /// True if it takes a `.vsix`.
    fn takes_vsix(&self) -> bool {
        false
    }
}

/// The request of the user.
pub(super) struct Request {
    /// The program that the editor shall start.
    pub(super) program: Program,
    /// True if it was named.
    pub(super) named: bool,
    /// A packed extension.
    pub(super) vsix: Option<PathBuf>,
}

/// The `redlua` that an editor shall start.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// The one on PATH.
    OnPath,
    /// The one at this path.
    At(PathBuf),
}

/// The version of redlua in an editor.
pub(super) enum State {
    Absent,
    /// This version is installed, and no change is planned.
    Current(String),
    /// This version is installed, and changes are planned.
    Behind(String),
}

impl State {
    pub(super) fn of(version: Option<String>, plan: &Plan) -> Self {
        match version {
            None => Self::Absent,
            Some(version) if plan.is_nothing() => Self::Current(version),
            Some(version) => Self::Behind(version),
        }
    }
}

/// Returns the user's home, which must be known: nothing may be put anywhere else instead.
pub(super) fn home() -> Result<PathBuf> {
    match etcetera::home_dir() {
        Ok(home) if home.is_absolute() => Ok(home),
        _ => bail!("the home folder is not known: set HOME to an absolute path"),
    }
}
