//! Reads and writes of a script.

use commands::{CommandId, Flags};

use super::{Reason, world::World};

/// Access of a script to data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Access {
    /// The script calls no command that touches data.
    Nothing,
    /// The script only reads.
    Reads,
    /// The script may write, by these commands.
    Writes(Vec<Reason>),
    /// Unknown, for these reasons.
    Unknown(Vec<Reason>),
}

pub(super) fn of(world: &World<'_>, incomplete: Option<&str>) -> Access {
    let mut writes: Vec<Reason> = Vec::new();
    let mut reads = false;
    for seen in &world.calls {
        let Some(spec) = seen.spec else { continue };
        if world.flags(spec).has(Flags::WRITE) {
            if !writes.iter().any(|it| it.text == spec.name) {
                writes.push(world.reason(seen.part, seen.call.call, spec.name));
            }
        } else {
            reads |= !spec.any_facts().is_none_or(|facts| facts.keys.is_empty())
                || matches!(spec.id, CommandId::Keys | CommandId::Scan | CommandId::Randomkey | CommandId::Dbsize);
        }
    }
    if !writes.is_empty() {
        return Access::Writes(writes);
    }
    let mut unknown = world.unknown_calls();
    if let Some(text) = incomplete {
        unknown.push(world.reason_at(0, 0, text));
    }
    match (unknown.is_empty(), reads) {
        (false, _) => Access::Unknown(unknown),
        (true, true) => Access::Reads,
        (true, false) => Access::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::test_support::*;

    fn writes(source: &str) -> Vec<String> {
        match facts(source).access {
            Access::Writes(by) => by.into_iter().map(|it| format!("{}@{}", it.text, it.line)).collect(),
            other => vec![format!("{other:?}").chars().take_while(char::is_ascii_alphabetic).collect()],
        }
    }

    #[test]
    fn what_writes() {
        assert_eq!(writes("return redis.call('GET', KEYS[1])"), ["Reads"]);
        assert_eq!(writes("return redis.call('TIME')"), ["Nothing"]);
        assert_eq!(writes("return 1"), ["Nothing"]);
        assert_eq!(writes("redis.call('GET', KEYS[1])\nredis.call('SET', KEYS[1], 1)"), ["SET@2"]);
        assert_eq!(writes("return redis.call(ARGV[1], KEYS[1])"), ["Unknown"]);
        assert_eq!(writes("if true then"), ["Unknown"]);
        assert_eq!(writes("return helper(KEYS[1])"), ["Unknown"]);
        assert_eq!(writes("local api = {call = redis.call} api.call('SET', KEYS[1], 1)"), ["Unknown"]);
        assert_eq!(writes("local call call = redis.call call('SET', KEYS[1], 1)"), ["Unknown"]);
        assert_eq!(writes("local r = redis local call = r.call pcall(call, 'SET', KEYS[1], 1)"), ["SET@1"]);
        assert_eq!(writes("return loadstring(ARGV[1])()"), ["Unknown"]);
        assert_eq!(
            writes("local cmd = ARGV[1] == 'l' and 'LPUSH' or 'RPUSH'\nredis.call(cmd, KEYS[1], 1)"),
            ["LPUSH@2", "RPUSH@2"]
        );
    }

    #[test]
    fn a_function_that_is_not_called_does_nothing() {
        let source = "local function set(k) redis.call('SET', k, 1) end\nreturn redis.call('GET', KEYS[1])";
        assert_eq!(writes(source), ["Reads"]);
        assert_eq!(writes(&format!("local set = 1\n{}", source.replace("return ", "set(KEYS[1]) return "))), ["SET@2"]);
    }

    #[test]
    fn each_function_of_a_library_by_itself() {
        let source = "#!lua name=shop\n\
            local function set(k) redis.call('SET', k, 1) end\n\
            local M = {}\nfunction M.del(k) redis.call('DEL', k) end\n\
            redis.register_function('a', function(keys) return redis.call('GET', keys[1]) end)\n\
            redis.register_function('b', function(keys) return set(keys[1]) end)\n\
            redis.register_function('c', function(keys) return M.del(keys[1]) end)\n";
        let told: Vec<(Option<String>, bool)> =
            all(source).into_iter().map(|it| (it.function, matches!(it.access, Access::Writes(_)))).collect();
        let wanted = [("a", false), ("b", true), ("c", true)];
        assert_eq!(told, wanted.map(|(name, writes)| (Some(name.to_owned()), writes)));
    }

    #[test]
    fn included_files_count() {
        let source = "local rcall = redis.call\n-- @include part.lua\nreturn put(KEYS[1])\n\
            --- file: part.lua\nlocal function put(k) return rcall('SET', k, 1) end\n";
        assert_eq!(writes(source), ["SET@1"]);
        assert_eq!(writes(&source.replace("put(KEYS[1])", "1")), ["Nothing"]);
    }
}
