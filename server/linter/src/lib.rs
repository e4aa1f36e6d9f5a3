//! The lint rules, suppression comments and fixes.
//!
//! [`lint`] runs every rule of the [registry] that the configuration leaves on. A rule is one file under `rules/`.

mod broken;
mod causes;
pub mod config;
mod context;
mod diagnostic;
mod display;
pub mod fixes;
pub mod groups;
mod helpers;
mod library_calls;
mod off_server;
pub mod registry;
mod rule;
mod rules;
pub mod run_config;
pub mod settings;
mod suppress;
#[cfg(test)]
mod test_support;

use std::collections::BTreeMap;

use commands::Target;
use semantic::Script;

pub use context::{CallKey, Context, Finding, Sink};
pub use diagnostic::{Diagnostic, Edit, Fix, Level, Related, Tag};
pub use display::Display;
pub use registry::RULES;
pub use rule::{FixKind, Rule};

/// Tells the error with which a server refuses a call whatever its keyspace holds: by the target, the words, and the places of
/// the keys among them.
pub type Judge = fn(Target, &[Vec<u8>], &[usize]) -> Option<String>;

/// The settings of a run of the rules.
#[derive(Clone, Debug)]
pub struct Options {
    /// The servers that the scripts are meant for; never empty.
    pub targets: Vec<Target>,
    /// True if they are to run on a cluster.
    pub cluster: bool,
    /// True if the targets were named, and are not those that stand in where nobody named any.
    pub has_target: bool,
    /// The modules that the servers have, as [`commands::module_keys`] names them.
    pub modules: Vec<String>,
    /// The engine, where there is one, that tells with what error a server refuses a call: the words and the places of the keys
    /// among them.
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

/// Runs the rules over a script whose commands are bound; the findings come in source order.
pub fn lint(script: &Script, options: &Options) -> Vec<Diagnostic> {
    let context = Context::new(script, options);
    let mut findings = Vec::new();
    for rule in RULES {
        let level = match options.levels.get(rule.code) {
            Some(None) => continue,
            Some(&level) => level,
            None => None,
        };
        (rule.check)(&context, &mut Sink::new(rule, level, &mut findings));
    }
    broken::drop_consequences(script, &mut findings);
    off_server::drop_findings(&context, &mut findings);
    causes::drop_consequences(&mut findings);
    suppress::apply(&suppress::read(script), &mut findings);
    findings.sort_by_key(|finding| (finding.range.start, finding.range.end, finding.code));
    findings
}
