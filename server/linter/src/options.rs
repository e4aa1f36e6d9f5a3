//! The settings of a run of the rules.

use std::collections::BTreeMap;

use commands::Target;

use crate::{Display, Level};

/// Returns the error with which a server refuses a call on any keyspace. Takes the target, the words, and the positions of
/// the keys among them.
pub type Judge = fn(Target, &[Vec<u8>], &[usize]) -> Option<String>;

/// The settings of a run of the rules.
#[derive(Clone, Debug)]
pub struct Options {
    /// The servers that the scripts are meant for; never empty.
    pub targets: Vec<Target>,
    /// True if they are to run on a cluster.
    pub cluster: bool,
    /// True if the targets were named; false if they are the default.
    pub has_target: bool,
    /// The modules that the servers have, as [`commands::module_keys`] names them.
    pub modules: Vec<String>,
    /// The engine, if any, which finds the error with which a server refuses a call.
    pub judge: Option<Judge>,
    /// Switches for the things that editors show.
    pub display: Display,
    /// Levels other than the rules' own; `None` switches a rule off.
    pub levels: BTreeMap<String, Option<Level>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            targets: vec![Target::DEFAULT],
            has_target: false,
            modules: Vec::new(),
            judge: None,
            cluster: false,
            display: Display::default(),
            levels: BTreeMap::new(),
        }
    }
}
