//! The commands of a script and their cost.

use commands::{CommandId, CommandSpec, bind::Role};

use super::{
    KeyFact, Reason,
    world::{Seen, World},
};

/// Growth of a command's cost with the words that it is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Words {
    /// The cost does not grow with them, or not only.
    Other,
    /// The cost grows with them, and the script fixes their number.
    Fixed,
    /// The cost grows with them, and their number is not known: `unpack(ARGV)`.
    Open,
}

/// A command that a script calls.
#[derive(Clone, PartialEq, Debug)]
pub struct CommandFact {
    /// The command.
    pub spec: &'static CommandSpec,
    /// Complexity of one call, as the servers put it; empty where they say nothing.
    pub complexity: &'static str,
    /// Growth of the cost with the words of the call.
    pub words: Words,
    /// True if it is called in a loop.
    pub looped: bool,
    /// True if nothing bounds the number of elements that it visits: all members of a collection, all keys.
    pub unbounded: bool,
    /// The calls.
    pub calls: Vec<Reason>,
}

impl CommandFact {
    /// Rank of its cost among the commands of a script.
    pub(super) fn weight(&self) -> u32 {
        let class = match self.complexity {
            _ if self.words == Words::Fixed => 0,
            _ if self.words == Words::Open => 3,
            "O(1)" | "" => 0,
            "O(log(N))" | "O(log N)" => 1,
            "O(log(N)+M)" | "O(M*log(N))" | "O(log(N)*M)" => 2,
            "O(N*M)" | "O(N*K)" | "O(N+M*log(M))" => 4,
            _ => 3,
        };
        class * 2 + u32::from(self.unbounded) + if self.looped { 6 } else { 0 }
    }
}

pub(super) fn of(world: &World<'_>) -> Vec<CommandFact> {
    let mut found: Vec<CommandFact> = Vec::new();
    for seen in &world.calls {
        let Some(spec) = seen.spec else { continue };
        let newest = world.targets.iter().rev().find_map(|target| spec.facts(target.family));
        let complexity = newest.or_else(|| spec.any_facts()).map_or("", |facts| facts.complexity);
        let (words, unbounded) = (words(world, seen, spec), is_unbounded(world, seen, spec));
        let call = world.reason(seen.part, seen.call.call, spec.name);
        let same = found.iter_mut().find(|it| {
            it.spec.id == spec.id
                && it.spec.name == spec.name
                && (it.words, it.looped, it.unbounded) == (words, seen.looped, unbounded)
        });
        match same {
            Some(fact) => fact.calls.push(call),
            None => {
                found.push(CommandFact { spec, complexity, words, looped: seen.looped, unbounded, calls: vec![call] })
            }
        }
    }
    found
}

/// `DEL` costs its words where the keys that go are known as strings: a collection costs its elements.
pub(super) fn settle_deletions(commands: &mut [CommandFact], keys: &[KeyFact]) {
    let mut deleted = keys.iter().filter(|key| key.delete).peekable();
    let are_strings = deleted.peek().is_some() && deleted.all(|key| key.types == ["string"]);
    for command in commands.iter_mut().filter(|it| it.spec.id == CommandId::Del && !are_strings) {
        command.words = Words::Other;
    }
}

/// Growth of the cost with the words of the call. The servers give some of these as O(1), meaning each.
fn words(world: &World<'_>, seen: &Seen<'_>, spec: &CommandSpec) -> Words {
    use CommandId as Id;
    let by_words = matches!(
        spec.id,
        Id::Hset
            | Id::Hmset
            | Id::Hmget
            | Id::Hdel
            | Id::Hexpire
            | Id::Hpexpire
            | Id::Mget
            | Id::Mset
            | Id::Msetnx
            | Id::Del
            | Id::Unlink
            | Id::Exists
            | Id::Touch
            | Id::Sadd
            | Id::Srem
            | Id::Smismember
            | Id::Lpush
            | Id::Lpushx
            | Id::Rpush
            | Id::Rpushx
            | Id::Pfadd
            | Id::Xack
            | Id::Xdel
    );
    let script = world.script(seen.part);
    let open = seen.call.words.last().is_some_and(|&last| script.may_be_several(last));
    match (by_words, open) {
        (false, _) => Words::Other,
        (true, false) => Words::Fixed,
        (true, true) => Words::Open,
    }
}

/// True if nothing bounds the number of elements that the call visits.
fn is_unbounded(world: &World<'_>, seen: &Seen<'_>, spec: &CommandSpec) -> bool {
    use CommandId as Id;
    let is = |at: usize, text: &str| {
        let word = seen.word(at).and_then(|word| world.values.texts(seen.part, word));
        word.is_some_and(|all| all.iter().all(|it| it.eq_ignore_ascii_case(text.as_bytes())))
    };
    let has = |token: &str| seen.binding.has_token(token);
    // An option may hide among words that are not known.
    let all_known = |from: usize| {
        (from..seen.call.words.len()).all(|at| {
            matches!(seen.binding.roles.get(at), Some(Role::Token(_)))
                || seen.word(at).is_some_and(|word| world.values.texts(seen.part, word).is_some())
        })
    };
    match spec.id {
        Id::Keys | Id::Flushall | Id::Flushdb | Id::Hgetall | Id::Hkeys | Id::Hvals | Id::Smembers => true,
        Id::Sunion | Id::Sunionstore | Id::Sdiff | Id::Sdiffstore | Id::Sinter | Id::Sinterstore => true,
        Id::Zunion | Id::Zunionstore | Id::Zinter | Id::Zinterstore | Id::Zdiff | Id::Zdiffstore => true,
        Id::Sort | Id::SortRo => !has("LIMIT") && all_known(2),
        Id::Lrange => is(2, "0") && is(3, "-1"),
        Id::Zrevrange => is(2, "0") && is(3, "-1"),
        Id::Zrange => is(2, "0") && is(3, "-1") && !has("BYSCORE") && !has("BYLEX") && all_known(4),
        Id::Zrangebyscore | Id::Zrevrangebyscore | Id::Zrangebylex | Id::Zrevrangebylex => {
            !has("LIMIT") && all_known(4)
        }
        Id::Xrange | Id::Xrevrange => !has("COUNT") && all_known(4),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::test_support::*;

    fn costs(source: &str) -> Vec<String> {
        facts(source)
            .commands
            .iter()
            .map(|it| {
                let marks = [
                    (it.words == Words::Fixed, " fixed"),
                    (it.words == Words::Open, " open"),
                    (it.looped, " loop"),
                    (it.unbounded, " all"),
                ];
                let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, text)| *text).collect();
                let lines: Vec<String> = it.calls.iter().map(|call| call.line.to_string()).collect();
                format!("{} {}{marks} @{}", it.spec.name, it.complexity, lines.join(","))
            })
            .collect()
    }

    #[test]
    fn what_commands_cost() {
        assert_eq!(costs("redis.call('GET', KEYS[1])\nredis.call('GET', KEYS[2])"), ["GET O(1) @1,2"]);
        assert_eq!(costs("redis.call('HSET', KEYS[1], 'a', 1)"), ["HSET O(1) fixed @1"]);
        assert_eq!(costs("redis.call('DEL', KEYS[1])"), ["DEL O(N) @1"]);
        assert_eq!(costs("redis.call('UNLINK', KEYS[1])"), ["UNLINK O(1) fixed @1"]);
        let lock = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end";
        assert_eq!(costs(lock), ["GET O(1) @1", "DEL O(N) fixed @1"]);
        assert_eq!(
            costs("redis.call('SADD', KEYS[1], 1)\nredis.call('DEL', KEYS[1])"),
            ["SADD O(1) fixed @1", "DEL O(N) @2"]
        );
        assert_eq!(costs("redis.call('HSET', KEYS[1], unpack(ARGV))"), ["HSET O(1) open @1"]);
        assert_eq!(costs("redis.call('SMEMBERS', KEYS[1])"), ["SMEMBERS O(N) all @1"]);
        assert_eq!(costs("redis.call('LRANGE', KEYS[1], 0, -1)"), ["LRANGE O(S+N) all @1"]);
        assert_eq!(costs("redis.call('LRANGE', KEYS[1], 0, ARGV[1])"), ["LRANGE O(S+N) @1"]);
        let zset = "redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1]";
        assert_eq!(costs(&format!("{zset})")), ["ZRANGEBYSCORE O(log(N)+M) all @1"]);
        assert_eq!(costs(&format!("{zset}, 'LIMIT', 0, 10)")), ["ZRANGEBYSCORE O(log(N)+M) @1"]);
        assert_eq!(costs(&format!("{zset}, unpack(ARGV))")), ["ZRANGEBYSCORE O(log(N)+M) @1"]);
    }

    #[test]
    fn loops_also_around_functions() {
        assert_eq!(costs("for i = 1, 3 do redis.call('INCR', KEYS[1]) end"), ["INCR O(1) loop @1"]);
        assert_eq!(costs("while redis.call('LPOP', KEYS[1]) do end"), ["LPOP O(N) loop @1"]);
        assert_eq!(costs("for _, k in ipairs(redis.call('SMEMBERS', KEYS[1])) do end"), ["SMEMBERS O(N) all @1"]);
        let function = "local function f() redis.call('INCR', KEYS[1]) end\n";
        assert_eq!(costs(&format!("{function}f()")), ["INCR O(1) @1"]);
        assert_eq!(costs(&format!("{function}repeat f() until x")), ["INCR O(1) loop @1"]);
        assert_eq!(
            costs("local function f(n) redis.call('INCR', KEYS[1]) if n > 0 then f(n - 1) end end\nf(3)"),
            ["INCR O(1) loop @1"]
        );
    }
}
