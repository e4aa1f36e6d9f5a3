//! Determinism: the same data and arguments always give the same replies and writes.
//!
//! The order of `pairs` is not among the reasons: Redis' Lua hashes its strings without a seed, so it is the same at every run.

use commands::{CommandId, Flags};
use syntax::ExprKind;

use super::{
    Judgement, Piece, Reason, Verdict,
    world::{Seen, World},
};
use crate::ApiPath;

pub(super) fn of(world: &World<'_>) -> Judgement {
    let mut found: Vec<(Verdict, Reason)> = Vec::new();
    for seen in &world.calls {
        if let Some((verdict, text)) = of_call(world, seen) {
            found.push((verdict, world.reason(seen.part, seen.call.call, text)));
        }
    }
    random(world, &mut found);
    found.extend(world.unknown_calls().into_iter().map(|reason| (Verdict::Unknown, reason)));
    Judgement::of(found)
}

fn of_call(world: &World<'_>, seen: &Seen<'_>) -> Option<(Verdict, String)> {
    use CommandId as Id;
    let spec = seen.spec?;
    let flags = world.flags(spec);
    let name = spec.name;
    let why = match spec.id {
        Id::Time | Id::Lastsave => format!("{name} reads the clock"),
        Id::Ttl | Id::Pttl | Id::Httl | Id::Hpttl => format!("{name} depends on the clock"),
        // The flag is there for ids that the server makes of the time.
        Id::Xadd => {
            let id =
                seen.binding.roles.iter().position(|role| {
                    matches!(role, commands::bind::Role::Value("id") | commands::bind::Role::Token("*"))
                });
            let id = id.and_then(|at| seen.word(at));
            match id.map(|id| world.values.texts(seen.part, id)) {
                Some(Some(ids)) if ids.iter().all(|id| !id.contains(&b'*')) => return None,
                Some(Some(_)) => "XADD makes an id of the time".to_owned(),
                _ if seen.binding.has_token("*") => "XADD makes an id of the time".to_owned(),
                _ => return Some((Verdict::Unknown, "XADD's id is not known".to_owned())),
            }
        }
        Id::Xtrim | Id::Xack => return None,
        Id::Spop | Id::Srandmember | Id::Hrandfield | Id::Zrandmember | Id::Randomkey => {
            format!("{name} picks at random")
        }
        _ if flags.has(Flags::RANDOM_ORDER) || matches!(spec.id, Id::Hgetall) => {
            format!("{name} replies in no fixed order")
        }
        _ if flags.has(Flags::RANDOM) => format!("{name}'s reply differs from run to run"),
        _ => return None,
    };
    Some((Verdict::No, why))
}

/// `math.random`: since 7.0 the servers do not seed it for each script, and all scripts draw from one sequence.
fn random(world: &World<'_>, found: &mut Vec<(Verdict, Reason)>) {
    let (mut drawn, mut seeds) = (Vec::new(), Vec::new());
    for (part, it) in world.parts().iter().enumerate() {
        for (id, expr) in it.script.tree().exprs() {
            let ExprKind::Call(call) = &expr.kind else { continue };
            match it.script.api(call.callee) {
                Some(ApiPath::Member("math", name @ ("random" | "randomseed"))) if world.values.is_run(part, id) => {
                    match name {
                        "random" => drawn.push((part, id)),
                        _ => seeds.push((part, call.args.first().copied())),
                    }
                }
                Some(ApiPath::Member("os", "clock")) if world.values.is_run(part, id) => {
                    found.push((Verdict::No, world.reason(part, id, "os.clock reads the clock")));
                }
                _ => {}
            }
        }
    }
    let Some(&(part, first)) = drawn.first() else { return };
    let own_seeds = world.targets.iter().all(|target| !target.since(7, 0));
    let fixed = |(part, seed): &(usize, Option<syntax::ExprId>)| {
        seed.is_some_and(|seed| {
            world.values.templates(*part, seed).iter().all(|template| template.0.iter().all(is_given))
        })
    };
    if seeds.is_empty() && !own_seeds {
        let text = "math.random without a seed goes on where the script before left it";
        found.push((Verdict::No, world.reason(part, first, text)));
    } else if !seeds.iter().all(fixed) {
        let text = "math.random is seeded with what cannot be told to be the same";
        found.push((Verdict::Unknown, world.reason(part, first, text)));
    }
}

/// True if a piece is the same whenever keys, arguments and data are.
fn is_given(piece: &Piece) -> bool {
    match piece {
        Piece::Text(_) | Piece::Key(_) | Piece::Argument(_) => true,
        Piece::Within(inner, _) => is_given(inner),
        // What makes a reply differ is told of its command.
        Piece::Reply(name) => name.is_some(),
        Piece::Parameter(_) | Piece::Unknown(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::test_support::*;

    fn told(source: &str) -> String {
        shown(&facts(source).deterministic)
    }

    #[test]
    fn what_differs_from_run_to_run() {
        assert_eq!(told("return redis.call('GET', KEYS[1])"), "Yes");
        assert_eq!(told("local t = {} for k in pairs(t) do redis.call('GET', k) end"), "Yes");
        assert_eq!(told("return redis.call('TIME')"), "No TIME reads the clock@1");
        assert_eq!(told("redis.call('SPOP', KEYS[1])"), "No SPOP picks at random@1");
        assert_eq!(told("redis.call('SMEMBERS', KEYS[1])"), "No SMEMBERS replies in no fixed order@1");
        assert_eq!(told("redis.call('PTTL', KEYS[1])"), "No PTTL depends on the clock@1");
        assert_eq!(told("redis.call('XADD', KEYS[1], '*', 'a', 1)"), "No XADD makes an id of the time@1");
        assert_eq!(told("redis.call('XADD', KEYS[1], '1-1', 'a', 1)"), "Yes");
        assert_eq!(told("redis.call('XADD', KEYS[1], ARGV[1], 'a', 1)"), "Unknown XADD's id is not known@1");
        assert_eq!(told("redis.call(ARGV[1])"), "Unknown the command's name is computed@1");
    }

    #[test]
    fn random_numbers() {
        let draw = "return math.random(10)";
        let unseeded = "No math.random without a seed goes on where the script before left it@1";
        assert_eq!(told(draw), unseeded);
        assert_eq!(told(&format!("math.randomseed(42) {draw}")), "Yes");
        assert_eq!(told(&format!("math.randomseed(tonumber(ARGV[1])) {draw}")), "Yes");
        assert_eq!(told(&format!("math.randomseed(redis.call('TIME')[1]) {draw}")), "No TIME reads the clock@1");
        assert_eq!(
            told(&format!("math.randomseed(KEYS[1]:len()) {draw}")),
            "Unknown math.random is seeded with what cannot be told to be the same@1"
        );
    }
}
