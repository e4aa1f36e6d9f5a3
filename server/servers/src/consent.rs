//! What a script writes, by its facts: proofs that it does not, and the commands that a question names.

use std::collections::{BTreeSet, HashSet};

use commands::{Flags, Target};
use semantic::{
    Script,
    facts::{self, Access, Facts},
};
use syntax::{Expr, ExprId, ExprKind};

fn facts_of(code: &[u8], target: Target) -> (Script, Vec<Facts>) {
    let mut script = Script::new(code.into(), None);
    script.bind_commands(&[target]);
    let all = facts::of(&[facts::Part::new("script", &script)], &[target]);
    (script, all)
}

/// Names of the commands by which a script, or a function of a library, may write: sorted, each once. Commands that its text does
/// not show are not among them.
pub fn writes(code: &[u8], function: Option<&str>, target: Target) -> Vec<String> {
    let (_, all) = facts_of(code, target);
    let of = all.iter().filter(|facts| function.is_none() || facts.function.as_deref() == function);
    let writing = of.flat_map(|facts| &facts.commands).filter(|it| it.spec.counts_as_write(target));
    let names: BTreeSet<String> = writing.map(|it| it.spec.name.to_ascii_uppercase()).collect();
    names.into_iter().collect()
}

/// True if the facts prove that a script reads only: all that it calls is known, and nothing of it writes or is sent to replicas.
pub fn reads_only(code: &[u8], target: Target) -> bool {
    let (script, all) = facts_of(code, target);
    let proved = |facts: &Facts| {
        facts.incomplete.is_none()
            && facts.unknown.is_empty()
            && matches!(facts.access, Access::Nothing | Access::Reads)
            && facts.commands.iter().all(|it| !it.spec.may_replicate() && !it.spec.flags(target).has(Flags::WRITE))
    };
    !all.is_empty() && all.iter().all(proved) && calls_openly(&script)
}

/// Names by which a script may come by commands, or by code, that its text does not show.
const HIDING: [&str; 10] =
    ["_G", "getfenv", "setfenv", "load", "loadstring", "dofile", "loadfile", "require", "debug", "newproxy"];

/// True if a script uses `redis` only as `redis.NAME`, and `redis.call` and `redis.pcall` only to call them there and then. The facts
/// follow aliases as far as a summary needs it; a promise needs more.
fn calls_openly(script: &Script) -> bool {
    let (tree, source) = (&script.parse.tree, &script.source[..]);
    let is_redis = |id: ExprId| matches!(&tree[id].kind, ExprKind::Name(name) if name.text(source) == b"redis");
    let mut callees = HashSet::new();
    let (mut uses, mut fields) = (0, 0);
    for (_, expr) in tree.exprs() {
        match &expr.kind {
            ExprKind::Name(name) if HIDING.contains(&name.as_str(source)) => return false,
            ExprKind::Name(name) if name.text(source) == b"redis" => uses += 1,
            ExprKind::Field { base, .. } if is_redis(*base) => fields += 1,
            ExprKind::Call(call) => _ = callees.insert(call.callee),
            _ => {}
        }
    }
    let is_called = |(id, expr): (ExprId, &Expr)| match &expr.kind {
        ExprKind::Field { base, name } if is_redis(*base) && matches!(name.as_str(source), "call" | "pcall") => {
            callees.contains(&id)
        }
        _ => true,
    };
    uses == fields && tree.exprs().all(is_called)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_read_is_proved() {
        let proved = |code: &str| reads_only(code.as_bytes(), Target::redis(6, 2));
        assert!(proved("return 1"));
        assert!(proved("return redis.call('GET', KEYS[1])"));
        assert!(proved("local v = redis.call('HGETALL', KEYS[1]) return #v + redis.call('TIME')[1]"));
        for code in [
            "return redis.call('SET', KEYS[1], 1)",
            "return redis.call('PUBLISH', 'c', 1)",
            "return redis.call('PFCOUNT', KEYS[1])",
            "return redis.call(ARGV[1], KEYS[1])",
            "return loadstring(ARGV[1])()",
            "local call = redis[ARGV[1]] return call('GET', KEYS[1])",
            "local r = redis return r['ca' .. 'll']('SET', KEYS[1], 1)",
            "return coroutine.wrap(redis.call)('SET', KEYS[1], 1)",
            "return (string.gsub('DBSIZE', '.*', redis.call))",
            "for name, f in pairs(redis) do if name == 'call' then return f('SET', KEYS[1], 1) end end",
            "return _G['redis'].call('SET', KEYS[1], 1)",
            "if true then",
            "return helper()",
        ] {
            assert!(!proved(code), "{code}");
        }
    }

    #[test]
    fn commands_that_write() {
        let target = Target::redis(7, 0);
        let script = b"if redis.call('GET', KEYS[1]) then redis.call('set', KEYS[1], 1) redis.call('DEL', 'a') end redis.call('SET', 'b', 1)";
        assert_eq!(writes(script, None, target), ["DEL", "SET"]);
        let library =
            b"#!lua name=l\nredis.register_function('put', function(keys) return redis.call('SET', keys[1], 1) end)\n\
                        redis.register_function('get', function(keys) return redis.call('GET', keys[1]) end)\n";
        assert_eq!(writes(library, Some("put"), target), ["SET"]);
        assert!(writes(library, Some("get"), target).is_empty());
    }
}
