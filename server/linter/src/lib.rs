//! The lint rules, suppression comments and fixes.
//!
//! [`lint`] runs every rule of the [registry] that the configuration leaves on. A rule is one file under `rules/`.

mod broken;
mod causes;
mod context;
mod diagnostic;
mod display;
pub mod fixes;
pub mod groups;
mod helpers;
mod library_calls;
mod off_server;
mod options;
pub mod registry;
mod rule;
mod rules;
mod suppress;
#[cfg(test)]
mod test_support;

use semantic::Script;

pub use context::{CallKey, Context, Finding, Sink};
pub use diagnostic::{Diagnostic, Edit, Fix, Level, Related, Tag};
pub use display::Display;
pub use options::{Judge, Options};
pub use registry::RULES;
pub use rule::{FixKind, Rule};

/// Runs the rules over a script whose commands are bound; the findings come in source order.
pub fn lint(script: &Script, options: &Options) -> Vec<Diagnostic> {
    let context = Context::new(script, options, RULES);
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
