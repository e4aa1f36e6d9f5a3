//! Lookup of commands by name, and suggestions for misspelt names.

use std::sync::LazyLock;

use crate::{CommandSpec, Target, Version, generated::commands::COMMANDS};

/// All commands of all servers, sorted by name.
pub fn all() -> &'static [CommandSpec] {
    COMMANDS
}

/// The command with a name, in any case of letters.
pub fn lookup(name: &[u8]) -> Option<&'static CommandSpec> {
    static PLACES: LazyLock<[u16; SLOTS]> = LazyLock::new(places);
    let mut slot = hash(name);
    loop {
        match COMMANDS.get(usize::from(PLACES[slot])) {
            None => return None,
            Some(spec) if spec.name.as_bytes().eq_ignore_ascii_case(name) => return Some(spec),
            Some(_) => slot = (slot + 1) % SLOTS,
        }
    }
}

/// Slots for four times the number of commands, so that nearly all are found at the first try.
const SLOTS: usize = 1024;

/// Hash table from names to indices in `COMMANDS`; `u16::MAX` marks an empty slot.
fn places() -> [u16; SLOTS] {
    let mut places = [u16::MAX; SLOTS];
    for (at, spec) in COMMANDS.iter().enumerate() {
        let mut slot = hash(spec.name.as_bytes());
        while places[slot] != u16::MAX {
            slot = (slot + 1) % SLOTS;
        }
        places[slot] = at as u16;
    }
    places
}

/// A hash that ignores case.
fn hash(name: &[u8]) -> usize {
    let hash = name.iter().fold(0u32, |hash, byte| (hash ^ u32::from(byte | 0x20)).wrapping_mul(0x0100_0193));
    (hash ^ hash >> 15) as usize % SLOTS
}

/// The subcommand of a container, in any case of letters.
pub fn subcommand(container: &'static CommandSpec, name: &[u8]) -> Option<&'static CommandSpec> {
    find(container.subcommands, name, container.name.len() + 1)
}

/// The command or subcommand with a whole name, `XINFO STREAM`, in any case of letters.
pub fn by_name(name: &str) -> Option<&'static CommandSpec> {
    match name.split_once(' ') {
        Some((container, sub)) => subcommand(lookup(container.as_bytes())?, sub.as_bytes()),
        None => lookup(name.as_bytes()),
    }
}

/// Finds `name` in a sorted list, not looking at the first `skip` bytes of the list's names.
fn find(list: &'static [CommandSpec], name: &[u8], skip: usize) -> Option<&'static CommandSpec> {
    let upper = |byte: &u8| byte.to_ascii_uppercase();
    list.binary_search_by(|spec| spec.name.as_bytes()[skip..].iter().copied().cmp(name.iter().map(upper)))
        .ok()
        .map(|at| &list[at])
}

/// The command that a misspelt name most likely means, among those a target has.
pub fn suggest(name: &[u8], targets: &[Target]) -> Option<&'static str> {
    closest(name, COMMANDS, 0, targets)
}

/// The subcommand that a misspelt name most likely means, without its container's name.
pub fn suggest_subcommand(container: &'static CommandSpec, name: &[u8], targets: &[Target]) -> Option<&'static str> {
    let skip = container.name.len() + 1;
    closest(name, container.subcommands, skip, targets).map(|name| &name[skip..])
}

fn closest(name: &[u8], list: &'static [CommandSpec], skip: usize, targets: &[Target]) -> Option<&'static str> {
    let name = String::from_utf8_lossy(name).to_ascii_uppercase();
    if name.len() < 2 || name.len() > 40 {
        return None;
    }
    let limit = if name.len() <= 4 { 1 } else { 2 };
    list.iter()
        .filter(|spec| targets.is_empty() || targets.iter().any(|&target| spec.is_available(target)))
        .map(|spec| (strsim::osa_distance(&name, &spec.name[skip..]), spec))
        .filter(|(distance, _)| *distance <= limit)
        // Of equally near names the one in use more is the shorter, older one.
        .min_by_key(|(distance, spec)| {
            (
                *distance,
                spec.name[skip..].chars().next() != name.chars().next(),
                spec.any_facts().map(|facts| facts.since),
            )
        })
        .map(|(_, spec)| spec.name)
}

/// A family of module commands, known by the prefix of their names.
#[derive(PartialEq, Eq, Debug)]
pub struct ModuleFamily {
    /// The prefix with its dot.
    pub prefix: &'static str,
    /// The module, as settings name it.
    pub key: &'static str,
    /// Name of the module.
    pub name: &'static str,
    /// Servers that have it.
    pub servers: &'static str,
}

const MODULES: &[ModuleFamily] = &[
    module("JSON.", "json", "JSON", "Redis 8 and Redis Stack, Valkey with the valkey-json module"),
    module("FT.", "search", "search", "Redis 8 and Redis Stack, Valkey with the valkey-search module"),
    module("_FT.", "search", "search", "Redis 8 and Redis Stack"),
    module("BF.", "bloom", "Bloom filters", "Redis 8 and Redis Stack, Valkey with the valkey-bloom module"),
    module("CF.", "bloom", "cuckoo filters", "Redis 8 and Redis Stack"),
    module("CMS.", "bloom", "count-min sketches", "Redis 8 and Redis Stack"),
    module("TOPK.", "bloom", "top-k lists", "Redis 8 and Redis Stack"),
    module("TDIGEST.", "bloom", "t-digests", "Redis 8 and Redis Stack"),
    module("TS.", "timeseries", "time series", "Redis 8 and Redis Stack"),
    module("GRAPH.", "graph", "graphs", "FalkorDB and older Redis Stack"),
    module("TFUNCTION", "gears", "triggers and functions", "Redis Stack 7.2"),
    module("TFCALL", "gears", "triggers and functions", "Redis Stack 7.2"),
    module("RG.", "gears", "RedisGears", "servers with the RedisGears module"),
    module("AI.", "ai", "RedisAI", "servers with the RedisAI module"),
    module("CL.", "cell", "redis-cell rate limits", "servers with the redis-cell module"),
    module("EXH", "tair", "Tair hashes", "servers with the TairHash module"),
];

const fn module(prefix: &'static str, key: &'static str, name: &'static str, servers: &'static str) -> ModuleFamily {
    ModuleFamily { prefix, key, name, servers }
}

impl ModuleFamily {
    /// True if a server has the module built in: Redis has had those of Redis Stack since 8.0.
    pub fn is_built_in(&self, target: Target) -> bool {
        matches!(self.key, "json" | "search" | "bloom" | "timeseries") && target.redis_since(8, 0)
    }
}

/// The modules as settings name them.
pub fn module_keys() -> Vec<&'static str> {
    let mut keys: Vec<&'static str> = MODULES.iter().map(|family| family.key).collect();
    keys.dedup();
    keys
}

/// The module family that a command name belongs to.
pub fn module_family(name: &[u8]) -> Option<&'static ModuleFamily> {
    MODULES.iter().find(|family| {
        name.get(..family.prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(family.prefix.as_bytes()))
    })
}

/// A command that is newer than every server known here.
#[derive(PartialEq, Eq, Debug)]
pub struct NewerCommand {
    /// The name.
    pub name: &'static str,
    /// The version of Redis that it came with; none for a command that was announced but is in no release.
    pub since: Option<Version>,
}

/// Names of commands that came with Redis 8.8, as its documentation lists them: arrays, a counter with bounds, and the opposite of `XACK`.
const NEWER: &[NewerCommand] = &[
    newer("ARCOUNT"),
    newer("ARDEL"),
    newer("ARDELRANGE"),
    newer("ARGET"),
    newer("ARGETRANGE"),
    newer("ARGREP"),
    newer("ARINFO"),
    newer("ARINSERT"),
    newer("ARLASTITEMS"),
    newer("ARLEN"),
    newer("ARMGET"),
    newer("ARMSET"),
    newer("ARNEXT"),
    newer("AROP"),
    newer("ARRING"),
    newer("ARSCAN"),
    newer("ARSEEK"),
    newer("ARSET"),
    newer("INCREX"),
    newer("XNACK"),
    // In previews of 8.8, and held out of its release.
    NewerCommand { name: "GCRA", since: None },
];

const fn newer(name: &'static str) -> NewerCommand {
    NewerCommand { name, since: Some(Version::new(8, 8)) }
}

/// The command newer than every server known here that has this name.
pub fn newer_command(name: &[u8]) -> Option<&'static NewerCommand> {
    NEWER.iter().find(|command| name.eq_ignore_ascii_case(command.name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        for spec in all() {
            assert_eq!(lookup(spec.name.to_lowercase().as_bytes()).map(|found| found.name), Some(spec.name));
            for sub in spec.subcommands {
                let name = sub.name[spec.name.len() + 1..].to_lowercase();
                assert_eq!(subcommand(spec, name.as_bytes()).map(|found| found.name), Some(sub.name));
            }
        }
        assert!(lookup(b"config|get").is_none() && lookup(b" get").is_none() && lookup(b"").is_none());
    }

    #[test]
    fn what_was_meant() {
        for (typo, meant) in
            [("GTE", Some("GET")), ("hgetal", Some("HGETALL")), ("ZRNAGE", Some("ZRANGE")), ("frobnicate", None)]
        {
            assert_eq!(suggest(typo.as_bytes(), Target::KNOWN), meant, "{typo}");
        }
        // A byte that is no text must not upset the comparison.
        assert_eq!(suggest(b"\xffZREM", Target::KNOWN), Some("ZREM"));
        assert_eq!(newer_command(b"arlen").and_then(|command| command.since), Some(Version::new(8, 8)));
        // What a target has is in the table.
        assert!(NEWER.iter().all(|command| lookup(command.name.as_bytes()).is_none()));
        assert_eq!(module_family(b"json.get").map(|family| family.name), Some("JSON"));
    }
}
