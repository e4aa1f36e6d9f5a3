//! Replies that are mostly unused.

use semantic::{ApiPath, CallForm, CommandCall, Constant, Init};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, UnaryOp};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    helpers::{collection_reads, collection_reads::Whole, command_problems, command_problems::word_range, locals},
};

declare_rule! {
    /// ## What it does
    /// Points out commands that read a whole collection where the script only counts the reply, or only takes its first
    /// elements. A reply that is returned or gone through is left alone.
    ///
    /// ## Why it is bad
    /// The server copies every element into a Lua table, and throws them away. Counting is one step with `SCARD`, `HLEN`,
    /// `LLEN`, `ZCARD` and `XLEN`, and a range or `LIMIT` reads no more than is wanted.
    ///
    /// ## Example
    /// ```lua
    /// if #redis.call('SMEMBERS', KEYS[1]) >= tonumber(ARGV[1]) then
    ///   return 0
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[1]) then
    ///   return 0
    /// end
    /// ```
    code: "large-reply",
    group: Cost,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

/// The only use of a reply.
enum Use {
    /// Counts the elements: the `#…`.
    Counted(Vec<ExprId>),
    /// Takes the first values, up to this one.
    First(usize),
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let found: Vec<(&CommandCall, Option<Whole>)> = context
        .script
        .calls
        .iter()
        .map(|call| (call, collection_reads::whole(context, call)))
        .filter(|(call, whole)| whole.is_some() || is_by_score(context, call))
        .collect();
    // As RESP3 has them, sets and hashes are tables of another shape.
    if found.is_empty() || collection_reads::sets_protocol(context) {
        return;
    }
    for (call, whole) in found {
        match (used(context, call), whole) {
            (Some(Use::Counted(counts)), Some(whole)) => counted(context, sink, call, whole, &counts),
            (Some(Use::Counted(counts)), None) => {
                let range = Whole { kind: "range of the sorted set", count: "ZCOUNT", width: 1, ranged: true };
                counted(context, sink, call, range, &counts);
            }
            (Some(Use::First(most)), whole) => first(context, sink, call, whole, most),
            _ => {}
        }
    }
}

/// `ZRANGEBYSCORE` and `ZREVRANGEBYSCORE` without `LIMIT`.
fn is_by_score(context: &Context<'_>, call: &CommandCall) -> bool {
    matches!(call.name(), Some("ZRANGEBYSCORE" | "ZREVRANGEBYSCORE"))
        && call.words.len() == 4
        && !call.words.last().is_some_and(|&word| context.script.may_be_several(word))
}

fn counted(context: &Context<'_>, sink: &mut Sink<'_>, call: &CommandCall, whole: Whole, counts: &[ExprId]) {
    let name = call.name().unwrap_or_default();
    let finding = sink.report(
        word_range(context, call, 0),
        format!("{name} reads the whole {} only to count it: {} does it in one step", whole.kind, whole.count),
    );
    let pairs = whole.width > 1 && !counts.iter().all(|&count| is_compared_with_zero(context, count));
    if pairs {
        finding.help(format!("{name} answers two values an element, {} one number", whole.count));
        return;
    }
    // ZCOUNT has the lower limit first, as ZRANGEBYSCORE.
    if whole.count == "ZCOUNT" && name == "ZREVRANGEBYSCORE" {
        return;
    }
    let rename = command_problems::replace_word(context, call, 0, whole.count);
    let (Some((_, rename)), CallForm::Call, Some(&key)) = (rename, call.form, call.words.get(1)) else { return };
    let mut edits = vec![rename];
    if let Some(&last) = call.words.last().filter(|_| call.words.len() > 2 && whole.count != "ZCOUNT") {
        edits.push(Edit::delete(TextRange::new(context.range(key).end, context.range(last).end)));
    }
    for &count in counts {
        let ExprKind::Unary { operand, .. } = context.tree()[count].kind else { return };
        edits.push(Edit::delete(TextRange::new(context.range(count).start, context.range(operand).start)));
    }
    finding.fix(format!("Count with {}", whole.count), edits);
}

fn first(context: &Context<'_>, sink: &mut Sink<'_>, call: &CommandCall, whole: Option<Whole>, most: usize) {
    let name = call.name().unwrap_or_default();
    let by_score = name.ends_with("BYSCORE");
    let width = whole.map_or(1, |whole| whole.width);
    let elements = most.div_ceil(width);
    let ranged = whole.is_some_and(|whole| whole.ranged);
    if !by_score && !ranged {
        return;
    }
    let words = if elements == 1 { "the first element".to_owned() } else { format!("the first {elements} elements") };
    let finding =
        sink.report(word_range(context, call, 0), format!("{name} reads them all, but only {words} will be used"));
    let Some(&last) = call.words.get(3) else { return };
    let range = context.range(last);
    if !context.range(call.call).contains_range(range) {
        return;
    }
    let edit = if by_score {
        let end = call.words.last().map_or(range.end, |&word| context.range(word).end);
        Edit::insert(end, format!(", 'LIMIT', 0, {elements}"))
    } else {
        Edit::replace(range, (elements - 1).to_string())
    };
    finding.fix(format!("Read {words} only"), vec![edit]);
}

/// Determines the only use of a call's reply; none if it has others.
fn used(context: &Context<'_>, call: &CommandCall) -> Option<Use> {
    let script = context.script;
    if matches!(call.form, CallForm::Protected) {
        return None;
    }
    let Some(parent) = script.parent(call.call) else {
        let local = bound(context, call.call)?;
        let data = &script.scopes[local];
        if !data.writes.is_empty() || data.reads.is_empty() || !locals::is_ours(context, local) {
            return None;
        }
        return uses(context, &data.reads);
    };
    let inner = if matches!(context.tree()[parent].kind, ExprKind::Paren(_)) { parent } else { call.call };
    uses(context, &[inner])
}

/// The local that holds a call's reply.
fn bound(context: &Context<'_>, call: ExprId) -> Option<semantic::LocalId> {
    let scopes = &context.script.scopes;
    let StmtKind::Local { values, .. } = &context.tree()[scopes.stmt_of(call)].kind else { return None };
    if !values.contains(&call) {
        return None;
    }
    scopes
        .locals()
        .find(|(_, local)| matches!(local.init, Init::Expr(init) | Init::Nth(init, 0) if init == call))
        .map(|(id, _)| id)
}

fn uses(context: &Context<'_>, reads: &[ExprId]) -> Option<Use> {
    let script = context.script;
    let tree = context.tree();
    let mut counts = Vec::new();
    let mut most = 0;
    let mut exact = false;
    for &read in reads {
        let parent = script.parent(read)?;
        match &tree[parent].kind {
            ExprKind::Unary { op: UnaryOp::Len, .. } => {
                exact |= !is_compared_with_zero(context, parent);
                counts.push(parent);
            }
            ExprKind::Index { base, key } if *base == read => match script.constant(*key)? {
                Constant::Number(index) if (1.0..=8.0).contains(&index) && index.fract() == 0.0 => {
                    // An element that is assigned to is no use of the reply.
                    if let StmtKind::Assign { targets, .. } = &tree[script.scopes.stmt_of(parent)].kind
                        && targets.contains(&parent)
                    {
                        return None;
                    }
                    most = most.max(index as usize);
                }
                _ => return None,
            },
            ExprKind::Call(call) if script.api(call.callee) == Some(ApiPath::Global("next")) => exact |= most == 0,
            _ => return None,
        }
    }
    match (most, counts.len() == reads.len()) {
        (0, true) => Some(Use::Counted(counts)),
        (1.., _) if !exact => Some(Use::First(most)),
        _ => None,
    }
}

/// True if a count is only compared with 0.
fn is_compared_with_zero(context: &Context<'_>, count: ExprId) -> bool {
    let script = context.script;
    let Some(parent) = script.parent(count) else { return false };
    match &context.tree()[parent].kind {
        ExprKind::Binary { op, lhs, rhs, .. } if op.is_equality() || matches!(op, BinaryOp::Gt | BinaryOp::Lt) => {
            [lhs, rhs].into_iter().any(|&side| script.constant(side) == Some(Constant::Number(0.0)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn counted_only() {
        check(
            "large-reply",
            "
local waiting = redis.call('LRANGE', KEYS[1], 0, -1)
                         --^^^^^^^^ hint[large-reply]: LRANGE reads the whole list only to count it: LLEN does it in one step
if #waiting > 10 then return #waiting end
if #redis.call('HGETALL', KEYS[2]) / 2 > 3 then return 1 end
             --^^^^^^^^^ hint[large-reply]: HGETALL reads the whole hash only to count it: HLEN does it in one step
local members = redis.call('SMEMBERS', KEYS[3])
for i = 1, #members do redis.call('DEL', members[i]) end
return redis.call('ZRANGE', KEYS[4], 0, -1)
",
        );
        check("large-reply", "redis.setresp(3)\nreturn #redis.call('SMEMBERS', KEYS[1])\n");
    }

    #[test]
    fn the_first_only() {
        check(
            "large-reply",
            "
local due = redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])
                     --^^^^^^^^^^^^^^^ hint[large-reply]: ZRANGEBYSCORE reads them all, but only the first element will be used
if #due == 0 then return nil end
redis.call('ZREM', KEYS[1], due[1])
local old = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
                     --^^^^^^^^ hint[large-reply]: ZRANGE reads them all, but only the first element will be used
if old[2] then redis.call('ZREM', KEYS[2], old[1]) end
local few = redis.call('ZRANGEBYSCORE', KEYS[1], 0, unpack(ARGV))
if few[1] then redis.call('ZREM', KEYS[1], few[1]) end
local some = redis.call('SMEMBERS', KEYS[3])
return some[1]
",
        );
    }

    #[test]
    fn mended() {
        let fixed = |source| fixed("large-reply", source);
        assert_eq!(fixed("return #redis.call('LRANGE', KEYS[1], 0, -1)"), "return redis.call('LLEN', KEYS[1])");
        assert_eq!(
            fixed("local m = redis.call('smembers', KEYS[1])\nif #m > 1 then return #m end"),
            "local m = redis.call('scard', KEYS[1])\nif m > 1 then return m end"
        );
        assert_eq!(
            fixed("return redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])[1]"),
            "return redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1], 'LIMIT', 0, 1)[1]"
        );
        assert_eq!(
            fixed("return redis.call('LRANGE', KEYS[1], 0, -1)[2]"),
            "return redis.call('LRANGE', KEYS[1], 0, 1)[2]"
        );
        assert_eq!(
            fixed("return #redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])"),
            "return redis.call('ZCOUNT', KEYS[1], 0, ARGV[1])"
        );
        assert_eq!(fixed("return #redis.call('HGETALL', KEYS[1]) == 0"), "return redis.call('HLEN', KEYS[1]) == 0");
    }
}
