//! A run on one server.

use std::{collections::HashSet, time::Duration};

use commands::{Flags, Target};
use remote::{Entry, Invocation, Outcome, Server, Session, Stop};
use semantic::{
    Script,
    facts::{self, Access},
};
use syntax::{Expr, ExprId, ExprKind};

use crate::{args::Run, notice, run::Request};

/// Time of a run on a server, if none is given.
const TIME: Duration = Duration::from_secs(30);

/// Runs a script on one server.
pub(super) fn run(server: &Server, args: &Run, request: &Request, stop: &Stop) -> Result<Outcome, remote::Error> {
    let mut session = Session::open(server)?;
    if !args.json {
        session.on_wait(|waits| notice::plain(&format!("{waits}; waiting")));
    }
    let target = session.identity().and_then(remote::Identity::target).unwrap_or(Target::DEFAULT);
    let entry = match request.entry.clone() {
        script::Entry::Script(code) => Entry::Script(code),
        script::Entry::Function { library, name } => Entry::Function {
            library: library_name(&library),
            code: library,
            name: String::from_utf8_lossy(&name).into_owned(),
        },
    };
    let proved_read_only = matches!(&entry, Entry::Script(code) if reads_only(code, target));
    let invocation = Invocation {
        entry,
        keys: request.keys.clone(),
        args: request.arguments.clone(),
        write: args.on.write,
        proved_read_only,
        time: args.time.unwrap_or(TIME),
        replicas: args.replicas,
    };
    session.run(&invocation, stop)
}

/// The name in `#!lua name=shop` at the beginning of a library.
pub(super) fn library_name(code: &[u8]) -> String {
    let line = code.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let words = protocol::split_line(line).unwrap_or_default();
    let name = words.iter().find_map(|word| word.strip_prefix(b"name=")).unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

/// True if the facts prove that a script reads only: all that it calls is known, and nothing of it writes or is sent to replicas.
fn reads_only(code: &[u8], target: Target) -> bool {
    let mut script = Script::new(code.into(), None);
    script.bind_commands(&[target]);
    let all = facts::of(&[facts::Part::new("script", &script)], &[target]);
    let proved = |facts: &facts::Facts| {
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
    fn names_of_libraries() {
        assert_eq!(library_name(b"#!lua name=shop\nreturn"), "shop");
        assert_eq!(library_name(b"#!lua engine=lua name=a\n"), "a");
        assert_eq!(library_name(b"#!lua\n"), "");
    }
}
