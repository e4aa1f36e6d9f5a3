//! Elements of KEYS that are no keys.

use commands::bind::Role;
use rustc_hash::FxHashSet;
use semantic::{Init, values::Piece};
use syntax::ExprId;

use crate::rule::declare_rule;
use crate::{CallKey, Context, Sink};

declare_rule! {
    /// ## What it does
    /// Points out elements of KEYS that the script uses as a field, a score or a member and never as a key.
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
    "key-as-value", Hint, None, check
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
        sink.report(context.range(used.expr), format!("KEYS[{index}] is a {role}, no key: a cluster routes the script by it"))
            .help("pass it in ARGV");
    }
}

/// Collects the elements of KEYS that a piece of a key is made of.
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
                _ => None,
            }
        })
    };
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
if KEYS[8] == '' then redis.call('HGET', KEYS[1], KEYS[8]) end
",
        );
    }
}
