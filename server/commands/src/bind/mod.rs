//! Parses one call: the role of each word, and the problems that a server would report.
//!
//! The words come from a script, so some are not known. Uncertain problems are not reported: a problem is something
//! that every value of the unknown words leads to.

mod binding;
mod expected;
mod grammar;
mod keys;
mod later;
mod problem;
mod replies;
#[cfg(test)]
mod tests;

use crate::{
    CommandSpec, Flags, Target, lookup, module_family, newer_command, subcommand, suggest, suggest_subcommand,
};
pub use binding::{Binding, Role, Word};
pub use expected::{Expected, expected};
pub use problem::{Problem, ProblemKind};

/// Reads the call `words` against the servers `targets`. With several targets a problem names those that have it.
pub fn bind(words: &[Word<'_>], targets: &[Target]) -> Binding {
    let mut binding = Binding { spec: None, roles: vec![Role::Unknown; words.len()], problems: Vec::new() };
    let Some(first) = words.first() else { return binding };
    let name = match first {
        Word::Known(name) => *name,
        Word::Number(_) => {
            binding.problem(ProblemKind::UnknownCommand { suggestion: None }, 0, Vec::new());
            return binding;
        }
        _ => return binding,
    };
    binding.roles[0] = Role::Command;
    let Some(mut spec) = lookup(name) else {
        let kind = match (module_family(name), newer_command(name)) {
            (Some(family), _) => {
                let lacking: Vec<Target> =
                    targets.iter().copied().filter(|&target| !family.is_built_in(target)).collect();
                let all = lacking.len() == targets.len();
                if all || !lacking.is_empty() {
                    let targets = if all { Vec::new() } else { lacking };
                    binding.problem(ProblemKind::ModuleCommand { family }, 0, targets);
                }
                return binding;
            }
            (None, Some(command)) => ProblemKind::NewerCommand { command },
            (None, None) => ProblemKind::UnknownCommand { suggestion: suggest(name, targets) },
        };
        binding.problem(kind, 0, Vec::new());
        return binding;
    };
    binding.spec = Some(spec);
    let mut start = 1;
    if !spec.subcommands.is_empty() && words.len() > 1 {
        let Word::Known(sub) = words[1] else { return binding };
        match subcommand(spec, sub) {
            Some(found) => {
                binding.roles[1] = Role::Subcommand;
                binding.spec = Some(found);
                spec = found;
                start = 2;
            }
            // Before 7.0 a container looked at its subcommands itself, and some containers take bare words too.
            None if spec.any_facts().is_some_and(|facts| facts.args.is_empty()) => {
                let suggestion = suggest_subcommand(spec, sub, targets);
                binding.problem(ProblemKind::UnknownSubcommand { container: spec.name, suggestion }, 1, Vec::new());
                return binding;
            }
            None => {}
        }
    }
    let have: Vec<Target> = targets.iter().copied().filter(|&target| spec.is_available(target)).collect();
    if have.len() < targets.len() {
        let lacking = if have.is_empty() {
            Vec::new()
        } else {
            targets.iter().copied().filter(|&target| !spec.is_available(target)).collect()
        };
        binding.problem(ProblemKind::Unavailable { spec }, start - 1, lacking);
    }
    if have.is_empty() {
        return binding;
    }
    let refused: Vec<Target> = have.iter().copied().filter(|&target| spec.flags(target).has(Flags::NOSCRIPT)).collect();
    if !refused.is_empty() {
        let targets = if refused.len() == targets.len() { Vec::new() } else { refused };
        binding.problem(ProblemKind::NotAllowedFromScript { option: None }, start - 1, targets);
    }
    let fits = arity(&mut binding, spec, words, &have, targets);
    keys::find(&mut binding, spec, words, &have);
    if fits {
        grammar::read(&mut binding, spec, words, start, &have);
    }
    later::find(&mut binding, spec, words, &have, targets, bind);
    binding
}

/// Checks the count of words; false when it is wrong on some server.
fn arity(
    binding: &mut Binding,
    spec: &'static CommandSpec,
    words: &[Word<'_>],
    have: &[Target],
    all: &[Target],
) -> bool {
    let known = words.iter().filter(|word| **word != Word::Many).count();
    let open = known < words.len();
    let mut few = Vec::new();
    let mut many = Vec::new();
    let (mut least, mut most) = (0, 0);
    for &target in have {
        let Some(arity) = spec.arity(target) else { continue };
        // Before 7.0 a container's HELP did not look at what followed it.
        if spec.name.ends_with(" HELP") && !target.since(7, 0) {
            continue;
        }
        let wanted = usize::from(arity.unsigned_abs());
        if known < wanted && !open {
            few.push(target);
            least = wanted;
        } else if arity > 0 && known > wanted {
            many.push(target);
            most = wanted;
        }
    }
    let exact = have.iter().any(|&target| spec.arity(target).is_some_and(|arity| arity > 0));
    let all_of = |some: Vec<Target>| if some.len() == all.len() { Vec::new() } else { some };
    // A container counts its subcommand's name as a word of the command.
    let taken = spec.name.split(' ').count();
    let fits = few.is_empty() && many.is_empty();
    if !few.is_empty() {
        let kind = ProblemKind::TooFewArguments { spec, wanted: least - taken, given: known - taken.min(known), exact };
        binding.problem(kind, words.len(), all_of(few));
    }
    if !many.is_empty() {
        let first = words.iter().enumerate().filter(|(_, word)| **word != Word::Many).nth(most).map_or(0, |(at, _)| at);
        let kind = ProblemKind::TooManyArguments { spec, wanted: most - taken, given: known - taken };
        binding.problem(kind, first, all_of(many));
    }
    fits
}
