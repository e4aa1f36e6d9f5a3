//! Facts about a script as a whole: its writes, its keys, its commands and their cost, and the servers that can run it.
//!
//! One file per fact. Unknown facts are reported as unknown, with the reason: a computed command name, a key that comes from
//! a reply. The script is taken together with the files that it includes, for a loader pastes them into it.

mod access;
mod cluster;
mod cost;
mod determinism;
mod flags;
mod judgement;
mod keys;
mod script_facts;
mod servers;
mod text;
mod world;

use ::text::TextRange;
use commands::Target;
use syntax::Tree;

pub use access::Access;
pub use cost::{CommandFact, Words};
pub use flags::{Carries, FlagFact};
pub use judgement::{Judgement, Reason, Verdict};
pub use keys::KeyFact;
pub use script_facts::Facts;
pub use servers::{Served, Servers};

pub use crate::{
    Part,
    values::{KeySource, KeyWord, Piece, Reach, Template},
};
use crate::{Registration, Script};
use world::World;

/// The facts of a script, or of each function that a library registers. The first of `parts` is the script; the others are
/// the files that it includes, directly or not. Costs are those of the newest of `targets`.
pub fn of(parts: &[Part<'_>], targets: &[Target]) -> Vec<Facts> {
    let Some(root) = parts.first() else { return Vec::new() };
    match &root.script.library {
        None => vec![one(parts, None, targets)],
        Some(library) => library
            .registrations
            .iter()
            .filter(|registration| registration.name.is_some())
            .map(|registration| one(parts, Some(registration), targets))
            .collect(),
    }
}

fn one(parts: &[Part<'_>], registration: Option<&Registration>, targets: &[Target]) -> Facts {
    let root = parts[0].script;
    let start: Vec<(usize, syntax::FunctionId)> = match registration {
        None => (0..parts.len()).map(|part| (part, Tree::CHUNK)).collect(),
        Some(registration) => registration.callback.map(|callback| (0, callback)).into_iter().collect(),
    };
    let world = World::new(parts, &start, targets);
    let incomplete = if parts.iter().any(|part| !part.script.parse.errors.is_empty()) {
        Some("the script does not parse".to_owned())
    } else if root.environment.incomplete {
        Some("a file that it includes is not found".to_owned())
    } else if start.is_empty() {
        Some("the callback is no function of this file".to_owned())
    } else {
        None
    };
    let keys = keys::of(&world);
    let access = access::of(&world, incomplete.as_deref());
    let mut cluster = cluster::of(&world, &keys);
    let mut deterministic = determinism::of(&world);
    if let Some(text) = &incomplete {
        for judgement in [&mut cluster, &mut deterministic] {
            if judgement.verdict < Verdict::Unknown {
                judgement.verdict = Verdict::Unknown;
                judgement.reasons = vec![world.reason_at(0, 0, text.clone())];
            }
        }
    }
    let mut commands = cost::of(&world);
    cost::settle_deletions(&mut commands, &keys);
    let flags = flags::of(&world, registration, &access, &keys, &cluster);
    let range = match registration {
        None => TextRange::at(0),
        Some(registration) => root.tree()[registration.name_expr.unwrap_or(registration.call)].range,
    };
    Facts {
        function: registration.and_then(|registration| registration.name.clone()),
        range,
        incomplete,
        access,
        commands,
        unknown: world.unknown_calls(),
        deterministic,
        sends_text: targets.iter().any(|target| !target.since(7, 0)),
        cluster,
        flags,
        servers: servers::of(&world),
        returns: returns(root, registration),
        keys,
    }
}

fn returns(root: &Script, registration: Option<&Registration>) -> Option<String> {
    let function = match registration {
        Some(registration) => registration.callback?,
        None => Tree::CHUNK,
    };
    let received = root.flow().received_from(root, function)?;
    received.resp2.is_known().then(|| received.resp2.to_string())
}

#[cfg(test)]
pub(crate) mod test_support {
    use super::*;

    /// The facts of a script and the files that it includes: `--- file: name` begins another.
    pub(crate) fn facts(source: &str) -> Facts {
        all(source).remove(0)
    }

    pub(crate) fn all(source: &str) -> Vec<Facts> {
        let mut files: Vec<(String, String)> = vec![("main.lua".to_owned(), String::new())];
        for line in source.split_inclusive('\n') {
            match (line.strip_prefix("--- file: "), files.last_mut()) {
                (Some(name), _) => files.push((name.trim().to_owned(), String::new())),
                (None, Some((_, text))) => text.push_str(line),
                (None, None) => {}
            }
        }
        let mut linked: Vec<crate::Linked> = files
            .iter()
            .map(|(path, text)| crate::Linked {
                path: path.clone(),
                script: Script::new(text.as_bytes().into(), Some(path)),
                targets: Vec::new(),
            })
            .collect();
        for file in &mut linked {
            let find = |path: &str| files.iter().position(|(other, _)| other == path).into_iter().collect();
            file.targets = file.script.includes.iter().map(|include| find(&include.path)).collect();
        }
        crate::link(&mut linked);
        for file in &mut linked {
            file.script.bind_commands(&[Target::DEFAULT]);
        }
        let parts: Vec<Part<'_>> = linked.iter().map(|file| Part::new(&file.path, &file.script)).collect();
        of(&parts, &[Target::DEFAULT])
    }

    /// The texts of a judgement's reasons with the verdict before them.
    pub(crate) fn shown(judgement: &Judgement) -> String {
        let texts: Vec<String> = judgement.reasons.iter().map(|it| format!("{}@{}", it.text, it.line)).collect();
        format!("{:?} {}", judgement.verdict, texts.join("; ")).trim_end().to_owned()
    }
}
