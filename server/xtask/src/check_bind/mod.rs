//! Compares what `bind` says of made-up calls with what real servers answer to them from a script.
//!
//! A **false alarm** is a call that `bind` finds fault with and no server state refuses: there must be none. A **miss**
//! is a call that the server refuses and `bind` passes; misses are counted, because no grammar has the meaning of words.

mod ask;
pub(crate) mod generate;
mod options;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, bail};
use commands::{
    Flags, Target,
    bind::{ProblemKind, Word, bind},
};

use self::{
    ask::{Answer, ask, line, of_state, words},
    generate::{Dice, Made, mutated, valid},
};
use crate::{
    resp::{Client, Reply},
    servers::{Server, named, target_of},
};

/// Commands that are not called: they take long, reach out, or test the server itself.
const SKIPPED: &[&str] = &["MIGRATE", "PFSELFTEST", "PFDEBUG", "RESTORE-ASKING"];

/// Runs one call in a new keyspace: empty, with a key of each type, or with every word of the call a key too, of the type
/// that the command needs.
const SCRIPT: &str = r"
redis.call('flushall')
if ARGV[1] ~= 'empty' then
  redis.call('mset', 's', '10', 's2', 'abc')
  redis.call('rpush', 'l', 'a', 'b', '1') redis.call('rpush', 'l2', 'a')
  redis.call('sadd', 'set', 'a', 'b', '1') redis.call('sadd', 'set2', 'a')
  redis.call('zadd', 'z', 1, 'a', 2, 'b', 3, 'c') redis.call('zadd', 'z2', 0, 'a', 0, 'b')
  redis.call('hset', 'h', 'f', 5, 'a', 1, 'b', 2) redis.call('hset', 'h2', 'a', 'x')
  redis.call('xadd', 'st', '1-1', 'a', 1) redis.call('xadd', 'st', '2-1', 'b', 2) redis.call('xadd', 'st2', '1-1', 'a', 1)
  redis.call('xgroup', 'create', 'st', 'g', '0') redis.call('xgroup', 'create', 'st2', 'g', '0')
  redis.call('xreadgroup', 'group', 'g', 'c', 'streams', 'st', '>')
  redis.call('geoadd', 'geo', 13.3, 38.1, 'a', 15, 37, 'b')
  redis.call('pfadd', 'hll', 'a', 'b') redis.call('pfadd', 'hll2', 'c')
  redis.pcall('vadd', 'v', 'VALUES', 2, 1, 1, 'a')
end
local of_type = string.match(ARGV[1], '^full (.+)$')
local call = {}
for i = 2, #ARGV do
  local word = string.sub(ARGV[i], 2)
  if string.sub(ARGV[i], 1, 1) == 'n' then word = tonumber(word) end
  call[i - 1] = word
  if of_type and i > 2 then redis.pcall('copy', of_type, word) end
end
local reply = redis.pcall(unpack(call))
if type(reply) == 'table' and reply.err then return reply.err end
return 1
";

/// Checks the servers named, or all that are installed.
pub(crate) fn run(servers: &[&str]) -> Result<()> {
    let mut false_alarms = 0;
    for (name, path) in named(servers)? {
        false_alarms += check(name, &path)?;
    }
    if false_alarms > 0 {
        bail!("{false_alarms} false alarms");
    }
    Ok(())
}

fn check(name: &str, path: &Path) -> Result<usize> {
    let server = Server::start(path)?;
    let mut client = Client::connect(server.socket())?;
    let target = target_of(&mut client)?;
    let sha = match client.pipeline(&[vec!["SCRIPT", "LOAD", SCRIPT]])?.pop() {
        Some(Reply::Bulk(Some(sha))) => String::from_utf8(sha)?,
        other => bail!("SCRIPT LOAD: {other:?}"),
    };
    // Another seed makes up other calls.
    let seed = std::env::var("REDLUA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0_u64);
    let (mut tally, mut compared) = (Tally::default(), options::Compared::default());
    for container in commands::all() {
        for spec in std::iter::once(container).chain(container.subcommands) {
            let wholly_refused = spec.is_available(target) && spec.flags(target).has(Flags::NOSCRIPT);
            let Some(facts) = spec.facts(target.family).or_else(|| spec.any_facts()) else { continue };
            if SKIPPED.contains(&spec.name) || wholly_refused || !spec.subcommands.is_empty() {
                continue;
            }
            compared.add(&mut client, &sha, spec, target)?;
            let mut dice = Dice::new(
                spec.name.bytes().fold(seed ^ 7, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into())),
            );
            let mut calls = Vec::new();
            for _ in 0..60 {
                let base = valid(spec, facts, &mut dice);
                for _ in 0..6 {
                    let once = mutated(&base, facts, &mut dice);
                    if dice.chance(20) {
                        calls.push(mutated(&once, facts, &mut dice));
                    }
                    calls.push(once);
                }
                calls.push(base);
            }
            calls.retain(|call| !is_oddity(spec.name, call));
            let answers = ask(&mut client, &sha, spec.group, &calls)
                .with_context(|| format!("{name}: while it was asked about {}", spec.name))?;
            for (call, answer) in calls.iter().zip(&answers) {
                tally.add(spec.name, call, answer, target);
                if answer.accepted_last && !answer.refused() {
                    tally.blurred(spec.name, call, target, &mut dice);
                }
            }
        }
    }
    tally.print(name, target);
    compared.print(name, target);
    Ok(tally.false_alarms + compared.differ.len())
}

/// Calls that a server takes by accident, and that are not worth the silence of `bind`: Valkey 9 looks for the word
/// FIELDS of HGETEX and HSETEX from the key on, so a key of that name is taken for it.
fn is_oddity(name: &str, call: &[Made]) -> bool {
    let is_fields = |word: &Made| matches!(word, Made::Text(text) if text.eq_ignore_ascii_case("FIELDS"));
    matches!(name, "HGETEX" | "HSETEX") && call.get(1).is_some_and(is_fields)
}

#[derive(Default)]
struct Tally {
    calls: usize,
    accepted: usize,
    refused: usize,
    agreed: usize,
    open: usize,
    false_alarms: usize,
    wrong: BTreeMap<(&'static str, String), (usize, String)>,
    missed: BTreeMap<(&'static str, String), (usize, String)>,
}

impl Tally {
    fn add(&mut self, name: &'static str, call: &[Made], answer: &Answer, target: Target) {
        let problems = bind(&words(call), &[target]).problems;
        self.calls += 1;
        self.accepted += usize::from(answer.accepted);
        self.refused += usize::from(answer.refused());
        match (problems.first(), answer.refused()) {
            (Some(_), true) => self.agreed += 1,
            // No state let the call come to its words: a key or a group is missing, the server is no cluster.
            (Some(_), false) if !answer.accepted_last => self.open += 1,
            (Some(problem), false) => self.alarm(name, kind(&problem.kind), || {
                format!("{}   word {}, server: {:?}", line(call), problem.word, answer.errors)
            }),
            (None, true) => {
                let error = answer.errors.iter().find(|error| !of_state(error)).cloned().unwrap_or_default();
                let entry = self.missed.entry((name, error)).or_insert_with(|| (0, line(call)));
                entry.0 += 1;
            }
            (None, false) => {}
        }
    }

    /// Hides words of a call that the server takes: `bind` must stay silent, for they may be what they were.
    fn blurred(&mut self, name: &'static str, call: &[Made], target: Target, dice: &mut Dice) {
        for _ in 0..3 {
            let mut words = words(call);
            for word in words.iter_mut().skip(1) {
                if dice.chance(30) {
                    *word = Word::Unknown;
                }
            }
            if dice.chance(50) {
                let from = 1 + dice.below(words.len());
                let to = from + dice.below(words.len() + 1 - from.min(words.len()));
                words.splice(from.min(words.len())..to.min(words.len()), [Word::Many]);
            }
            if let Some(problem) = bind(&words, &[target]).problems.first() {
                let shown: Vec<String> = words
                    .iter()
                    .map(|word| match word {
                        Word::Known(text) => String::from_utf8_lossy(text).into_owned(),
                        Word::Number(number) => format!("{{{number}}}"),
                        Word::Unknown => "<?>".to_owned(),
                        Word::Many => "<*>".to_owned(),
                    })
                    .collect();
                self.alarm(name, kind(&problem.kind), || format!("{} of {}", shown.join(" "), line(call)));
            }
        }
    }

    fn alarm(&mut self, name: &'static str, kind: String, text: impl FnOnce() -> String) {
        self.false_alarms += 1;
        let entry = self.wrong.entry((name, kind)).or_insert_with(|| (0, text()));
        entry.0 += 1;
    }

    fn print(&self, name: &str, target: Target) {
        for ((command, kind), (count, example)) in &self.wrong {
            println!("  FALSE {command} {kind} ×{count}: {example}");
        }
        if std::env::var_os("REDLUA_SHOW_MISSES").is_some() {
            for ((command, error), (count, example)) in &self.missed {
                println!("  missed {command} ×{count}: {example}   {error}");
            }
        }
        println!(
            "{name} ({target}): {} calls, {} accepted, {} refused, of these {} told ({:.1} %), {} open, {} false alarms",
            self.calls,
            self.accepted,
            self.refused,
            self.agreed,
            100.0 * self.agreed as f64 / self.refused.max(1) as f64,
            self.open,
            self.false_alarms,
        );
    }
}

fn kind(kind: &ProblemKind) -> String {
    let text = format!("{kind:?}");
    text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}
