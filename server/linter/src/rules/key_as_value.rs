//! Elements of KEYS that are no keys.

use commands::bind::Role;
use rustc_hash::FxHashSet;
use semantic::{ApiPath, Init, values::Piece};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{CallKey, Context, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Points out elements of KEYS that the script uses as a field, a score, a member or a number and never as a key.
    ///
    /// ## Why it is bad
    /// The server takes each element of KEYS for a key: a cluster refuses a call whose keys are in several slots
    /// (`CROSSSLOT`), and access lists are checked against them.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('HGET', KEYS[1], KEYS[2])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('HGET', KEYS[1], ARGV[1])
    /// ```
    code: "key-as-value",
    group: Keys,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    if !script.keys.dynamic.is_empty() || script.is_fragment() || script.environment.incomplete {
        return;
    }
    let mut keys = FxHashSet::default();
    for CallKey { key, .. } in context.keys() {
        for piece in key.templates.iter().flat_map(|template| &template.0) {
            collect(piece, &mut keys);
        }
    }
    let mut told = FxHashSet::default();
    for used in &script.keys.indices {
        let index = used.index as u32;
        if keys.contains(&index) || told.contains(&index) {
            continue;
        }
        let mut uses = script.keys.indices.iter().filter(|other| other.index == used.index);
        let Some(roles) = uses.try_fold(Vec::new(), |mut all, used| {
            all.extend(roles(context, used.expr)?);
            Some(all)
        }) else {
            continue;
        };
        let Some(&role) = roles.first() else { continue };
        told.insert(index);
        let shown = context.shown(context.range(used.expr));
        sink.report(
            context.range(used.expr),
            format!("{shown} is a {role}, no key: a cluster routes the script by it"),
        )
        .help("pass it in ARGV");
    }
}

/// Arguments that are numbers, and no name of anything.
const NUMBERS: &[&str] = &[
    "count",
    "decrement",
    "increment",
    "index",
    "limit",
    "max",
    "milliseconds",
    "min",
    "offset",
    "seconds",
    "start",
    "stop",
    "timestamp",
    "unix-time-milliseconds",
    "unix-time-seconds",
];

/// Returns true if a value is taken for a number: by `tonumber`, or in arithmetic.
fn is_number(context: &Context<'_>, place: ExprId) -> bool {
    let (_, Some(user)) = values::user(context, place) else { return false };
    match &context.tree()[user].kind {
        ExprKind::Call(call) => context.script.api(call.callee) == Some(ApiPath::Global("tonumber")),
        ExprKind::Binary { op, .. } => {
            matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod)
        }
        _ => false,
    }
}

/// Collects the elements of KEYS in a piece of a key.
fn collect(piece: &Piece, into: &mut FxHashSet<u32>) {
    match piece {
        Piece::Key(Some(index)) => {
            into.insert(*index);
        }
        Piece::Within(inner, _) => collect(inner, into),
        _ => {}
    }
}

/// The arguments that an element is in calls; none if it is anything else too.
fn roles(context: &Context<'_>, expr: ExprId) -> Option<Vec<&'static str>> {
    let script = context.script;
    let kept = script.scopes.locals().find(|(_, local)| local.init == Init::Expr(expr)).map(|(id, _)| id);
    let places: Vec<ExprId> = match kept {
        Some(local) if script.scopes[local].writes.is_empty() => script.scopes[local].reads.clone(),
        Some(_) => return None,
        None => vec![expr],
    };
    let role = |place: ExprId| {
        script.calls.iter().find_map(|call| {
            let at = call.words.iter().position(|&word| word == place)?;
            match call.binding.roles.get(at) {
                Some(Role::Value(role @ ("field" | "score" | "member"))) => Some(*role),
                Some(Role::Value(role)) if NUMBERS.contains(role) => Some("number"),
                _ => None,
            }
        })
    };
    let role = |place: ExprId| role(place).or_else(|| is_number(context, place).then_some("number"));
    places.into_iter().map(role).collect()
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn fields_scores_and_members() {
        check(
            "key-as-value",
            "
local field, other = KEYS[2], KEYS[4]
                   --^^^^^^^ hint[key-as-value]: KEYS[2] is a field, no key: a cluster routes the script by it
redis.call('HSET', KEYS[1], field, ARGV[1])
redis.call('ZADD', KEYS[3], KEYS[5], ARGV[1])
                          --^^^^^^^ hint[key-as-value]: KEYS[5] is a score, no key: a cluster routes the script by it
redis.call('SADD', KEYS[1], other)
redis.call('DEL', other)
redis.call('SADD', KEYS[1], KEYS[6])
redis.call('DEL', KEYS[6] .. ':x')
redis.call('LPUSH', KEYS[1], KEYS[7])
redis.call('EXPIRE', KEYS[1], KEYS[9])
                            --^^^^^^^ hint[key-as-value]: KEYS[9] is a number, no key: a cluster routes the script by it
local limit = tonumber(KEYS[10])
                     --^^^^^^^^ hint[key-as-value]: KEYS[10] is a number, no key: a cluster routes the script by it
if KEYS[8] == '' then redis.call('HGET', KEYS[1], KEYS[8]) end
",
        );
    }
}
