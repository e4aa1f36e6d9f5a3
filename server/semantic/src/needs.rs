//! Keys and arguments that a script cannot do without, whoever calls it.

use syntax::{BinaryOp, ExprId, ExprKind, StmtId, StmtKind, Tree, UnaryOp};

use crate::{Init, Needs, Script, TableUse};

/// Depth to which values are followed to a test of them.
const MAX_DEPTH: u32 = 4;

impl Needs {
    /// Reads a script. Functions of libraries take theirs as parameters: they need nothing here.
    pub fn of(script: &Script) -> Self {
        let whole = |uses: &TableUse| (uses.dynamic.is_empty() && uses.lengths.is_empty()).then(|| uses.highest());
        let mut needs = Self { all_keys: whole(&script.keys), all_args: whole(&script.argv), ..Self::default() };
        if !script.parse.errors.is_empty() || script.library.is_some() {
            return needs;
        }
        // Who asks for the number of elements reads no more than there are.
        if script.keys.lengths.is_empty() {
            needs.keys = highest(script, &script.keys, |_| true);
        }
        if script.argv.lengths.is_empty() {
            let end = first_exit(script);
            needs.args = highest(script, &script.argv, |expr| always_runs(script, expr, end));
        }
        needs
    }
}

/// The highest index whose uses are none of them tests, one of them as wanted.
fn highest(script: &Script, uses: &TableUse, is_wanted: impl Fn(ExprId) -> bool) -> u32 {
    let valid = |index: f64| index >= 1.0 && index.fract() == 0.0 && index < 1e6;
    let mut all: Vec<u32> =
        uses.indices.iter().map(|it| it.index).filter(|it| valid(*it)).map(|it| it as u32).collect();
    all.sort_unstable();
    all.dedup();
    let is_needed = |index: &u32| {
        let mut uses = uses.indices.iter().filter(|it| it.index == f64::from(*index)).map(|it| it.expr);
        uses.clone().any(&is_wanted) && !uses.any(|expr| is_tested(script, expr, 0))
    };
    all.into_iter().rev().find(is_needed).unwrap_or(0)
}

/// The start of the first statement that may leave the script before its end.
fn first_exit(script: &Script) -> u32 {
    let tree = script.tree();
    let is_exit = |stmt: &StmtId| {
        let is_nested = script.scopes.stmt_of_block(script.scopes.block_of(*stmt)).is_some();
        matches!(tree[*stmt].kind, StmtKind::Return(_)) && is_nested
    };
    tree.stmts().map(|(id, _)| id).filter(is_exit).map(|it| tree[it].range.start).min().unwrap_or(u32::MAX)
}

/// True if an expression is evaluated in every run: in the chunk, in no branch or loop, before the first exit.
fn always_runs(script: &Script, expr: ExprId, end: u32) -> bool {
    let (tree, scopes) = (script.tree(), &script.scopes);
    if scopes.function_of(expr) != Tree::CHUNK || tree[expr].range.start >= end {
        return false;
    }
    let mut inner = expr;
    while let Some(parent) = script.parent(inner) {
        // The right side of `and` and `or` may not be evaluated.
        if let ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, rhs, .. } = tree[parent].kind
            && rhs == inner
        {
            return false;
        }
        inner = parent;
    }
    let stmt = scopes.stmt_of(expr);
    let mut block = scopes.block_of(stmt);
    // A condition is evaluated before its branches; that of a loop or a later arm may not be.
    if let StmtKind::If(it) = &tree[stmt].kind
        && it.arms.first().is_none_or(|(condition, _)| !tree[*condition].range.contains_range(tree[expr].range))
    {
        return false;
    }
    while let Some(outer) = scopes.stmt_of_block(block) {
        if !matches!(tree[outer].kind, StmtKind::Do(_)) {
            return false;
        }
        block = scopes.block_of(outer);
    }
    true
}

/// True if the script asks whether a value is there.
fn is_tested(script: &Script, expr: ExprId, depth: u32) -> bool {
    let tree = script.tree();
    if depth > MAX_DEPTH {
        return false;
    }
    let Some(parent) = script.parent(expr) else { return is_tested_by_statement(script, expr, depth) };
    match &tree[parent].kind {
        ExprKind::Paren(_) => is_tested(script, parent, depth),
        ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, .. } => true,
        // A mode, or a flag; another value that is not there is equal to nothing.
        ExprKind::Binary { op: BinaryOp::Eq | BinaryOp::Ne, lhs, rhs, .. } => {
            let other = if *lhs == expr { *rhs } else { *lhs };
            matches!(
                tree[tree.unparen(other)].kind,
                ExprKind::String | ExprKind::Number(_) | ExprKind::Nil | ExprKind::True | ExprKind::False
            )
        }
        ExprKind::Unary { op: UnaryOp::Not, .. } => true,
        // What has no number is nil behind tonumber, and `type` tells.
        ExprKind::Call(call) if call.callee != expr => match &tree[tree.unparen(call.callee)].kind {
            ExprKind::Name(_) => match script.text(call.callee) {
                b"tonumber" | b"tostring" => is_tested(script, parent, depth + 1),
                b"type" => true,
                // A function of the script may ask.
                name => commands::api::global(std::str::from_utf8(name).unwrap_or_default()).is_none(),
            },
            _ => false,
        },
        _ => false,
    }
}

/// True for a condition, and for a local that is tested somewhere.
fn is_tested_by_statement(script: &Script, expr: ExprId, depth: u32) -> bool {
    let tree = script.tree();
    let stmt = script.scopes.stmt_of(expr);
    match &tree[stmt].kind {
        StmtKind::If(it) => it.arms.iter().any(|(condition, _)| *condition == expr),
        StmtKind::While { cond, .. } | StmtKind::Repeat { cond, .. } => *cond == expr,
        StmtKind::Local { .. } => {
            let local = script
                .scopes
                .locals()
                .find(|(_, local)| matches!(local.init, Init::Expr(it) | Init::Nth(it, 0) if it == expr));
            local.is_some_and(|(_, local)| {
                !local.writes.is_empty() || local.reads.iter().any(|&read| is_tested(script, read, depth + 1))
            })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Needed keys and arguments, and all of them.
    fn needs(source: &str) -> (u32, u32, Option<u32>, Option<u32>) {
        let needs = Needs::of(&Script::new(source.as_bytes().into(), None));
        (needs.keys, needs.args, needs.all_keys, needs.all_args)
    }

    #[test]
    fn what_is_read_is_needed() {
        assert_eq!(needs("return redis.call('SET', KEYS[1], ARGV[2])"), (1, 2, Some(1), Some(2)));
        assert_eq!(needs("return 1"), (0, 0, Some(0), Some(0)));
        assert_eq!(needs("local a = tonumber(ARGV[1]) return a + 1"), (0, 1, Some(0), Some(1)));
        assert_eq!(
            needs("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[2]) end"),
            (2, 1, Some(2), Some(1))
        );
    }

    #[test]
    fn a_value_that_is_compared_is_needed() {
        let unlock = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
        assert_eq!(needs(unlock), (1, 1, Some(1), Some(1)));
        assert_eq!(needs("if ARGV[1] == 'force' then redis.call('DEL', KEYS[1]) end"), (1, 0, Some(1), Some(1)));
    }

    #[test]
    fn what_is_asked_for_is_not() {
        assert_eq!(needs("local a = ARGV[1] or 'x' return a"), (0, 0, Some(0), Some(1)));
        assert_eq!(needs("local a = tonumber(ARGV[1]) if not a then return 1 end return a"), (0, 0, Some(0), Some(1)));
        assert_eq!(needs("if ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) end"), (1, 0, Some(1), Some(2)));
        assert_eq!(needs("if KEYS[2] then redis.call('DEL', KEYS[2]) end return KEYS[1]"), (1, 0, Some(2), Some(0)));
        assert_eq!(needs("if #ARGV > 1 then return ARGV[2] end return ARGV[1]"), (0, 0, Some(0), None));
        assert_eq!(needs("for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end return KEYS[1]"), (0, 0, None, Some(0)));
        assert_eq!(needs("if x() then return 0 end return ARGV[1]"), (0, 0, Some(0), Some(1)), "behind an exit");
        assert_eq!(needs("return check(ARGV[1])"), (0, 0, Some(0), Some(1)), "a function may ask");
        assert_eq!(needs("return unpack(KEYS)"), (0, 0, None, Some(0)));
    }
}
