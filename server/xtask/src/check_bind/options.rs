//! Option words one by one: each that `bind` takes on a version is one that this version's server takes, and the other way round.

use std::collections::BTreeSet;

use anyhow::Result;
use commands::{
    CommandSpec, Family, Target,
    bind::bind,
    spec::{Argument, Facts},
};

use super::{
    ask::{Answer, ask, line, words},
    generate::{Dice, Made, valid},
};
use crate::resp::Client;

/// Maximum number of calls with a word that are sent to a server.
const CALLS: usize = 240;

/// Parts of errors about an option's value, by which a server shows that it has the word.
const OF_VALUES: [&str; 4] = ["hexadecimal", "invalid M", "invalid vector", "vertices"];

/// Words of a command that were tried, and those on which `bind` and the server differ.
#[derive(Default)]
pub(super) struct Compared {
    /// The words that were tried.
    pub(super) tried: usize,
    /// The words that the server has.
    pub(super) taken: usize,
    /// The differences, for a person.
    pub(super) differ: Vec<String>,
}

impl Compared {
    /// Tries each word that any version of any family has.
    pub(super) fn add(
        &mut self,
        client: &mut Client,
        sha: &str,
        spec: &'static CommandSpec,
        target: Target,
    ) -> Result<()> {
        let all: Vec<&'static Facts> =
            [Family::Redis, Family::Valkey].iter().filter_map(|&family| spec.facts(family)).collect();
        let mut tokens = BTreeSet::new();
        for facts in &all {
            add_tokens(facts.args, &mut tokens);
        }
        for token in tokens {
            self.tried += 1;
            let calls = calls_with(spec, &all, token);
            let answers = ask(client, sha, spec.group, &calls)?;
            let is_told = |call: &Vec<Made>| !bind(&words(call), &[target]).problems.is_empty();
            // A key that is missing ends some commands before they read their options.
            let accepted: Vec<_> =
                calls.iter().zip(&answers).filter(|(_, answer)| answer.accepted_last && !answer.refused()).collect();
            self.taken += usize::from(!accepted.is_empty());
            if let Some((call, _)) = accepted.first()
                && accepted.iter().all(|(call, _)| is_told(call))
            {
                self.differ.push(format!("{} {token}: the server takes it, bind never: {}", spec.name, line(call)));
            }
            let passed: Vec<_> = calls.iter().zip(&answers).filter(|(call, _)| !is_told(call)).collect();
            if let Some((call, answer)) = passed.first()
                && accepted.is_empty()
                && passed.iter().all(|(_, answer)| answer.refused() && !is_of_value(answer))
            {
                let said = answer.errors.first().map_or("", String::as_str);
                self.differ.push(format!(
                    "{} {token}: bind takes it, the server never: {}   {said}",
                    spec.name,
                    line(call)
                ));
            }
            if calls.is_empty() {
                self.differ.push(format!("{} {token}: no call has it", spec.name));
            }
        }
        Ok(())
    }

    pub(super) fn print(&self, name: &str, target: Target) {
        for text in &self.differ {
            println!("  WORD {text}");
        }
        let Self { tried, taken, differ } = self;
        println!("{name} ({target}): {tried} words, {taken} that the server takes, {} that differ", differ.len());
    }
}

fn is_of_value(answer: &Answer) -> bool {
    answer.errors.iter().any(|error| OF_VALUES.iter().any(|part| error.contains(part)))
}

fn add_tokens(args: &'static [Argument], found: &mut BTreeSet<&'static str>) {
    for arg in args {
        if !arg.token.is_empty() {
            found.insert(arg.token);
        }
        add_tokens(arg.args, found);
    }
}

/// Calls by the grammar that have a word.
fn calls_with(spec: &'static CommandSpec, all: &[&'static Facts], token: &str) -> Vec<Vec<Made>> {
    let mut dice = Dice::new(
        spec.name.bytes().chain(token.bytes()).fold(11, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into())),
    );
    let is_it = |word: &Made| matches!(word, Made::Text(text) if text.eq_ignore_ascii_case(token));
    let made = (0..6000).flat_map(|_| all.iter().map(|facts| valid(spec, facts, &mut dice)).collect::<Vec<_>>());
    made.filter(|call| call.iter().skip(1).any(is_it)).take(CALLS).collect()
}
