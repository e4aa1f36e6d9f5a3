//! Methods that are called with a dot.

use syntax::{ExprId, ExprKind, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports the call with a dot of a function that was written with a colon, where the table is not its first argument.
    ///
    /// ## Why it is bad
    /// The first argument is `self` then, and the last parameter is nil.
    ///
    /// ## Example
    /// ```lua
    /// local queue = { items = {} }
    /// function queue:push(item) self.items[#self.items + 1] = item end
    /// queue.push(ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local queue = { items = {} }
    /// function queue:push(item) self.items[#self.items + 1] = item end
    /// queue:push(ARGV[1])
    /// ```
    "method-without-self", Warning, Offered, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let tree = context.tree();
    let table = |expr: ExprId| script.scopes.local_of(tree.unparen(expr));
    let mut methods = Vec::new();
    for (_, stmt) in tree.stmts() {
        if let StmtKind::Function { target, function } = &stmt.kind
            && tree[*function].method
            && let ExprKind::Field { base, name } = &tree[*target].kind
            && let Some(local) = table(*base)
            && script.scopes.params(*function).first().is_some_and(|&this| !script.scopes[this].reads.is_empty())
        {
            methods.push((local, name.text(&script.source)));
        }
    }
    if methods.is_empty() {
        return;
    }
    for (_, expr) in tree.exprs() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let ExprKind::Field { base, name } = &tree[call.callee].kind else { continue };
        let Some(local) = table(*base) else { continue };
        let gives_self = call.args.first().is_some_and(|&first| {
            table(first).is_some() || script.may_be_several(first) || matches!(tree[first].kind, ExprKind::Vararg)
        });
        if gives_self || !methods.contains(&(local, name.text(&script.source))) {
            continue;
        }
        let (base, name) = (context.shown(context.range(*base)), name.range);
        let shown = context.shown(name);
        let dot = text::TextRange::new(context.range(call.callee).start, name.start);
        let text = context.shown(dot);
        let finding = sink
            .report(context.range(call.callee), format!("`{shown}` is a method of `{base}`, and gets no `self` by a dot"));
        if let Some(at) = text.rfind('.') {
            let at = dot.start + at as u32;
            let edit = crate::Edit::replace(text::TextRange::new(at, at + 1), ":");
            finding.fix(format!("Call `{base}:{shown}`"), vec![edit]);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn a_colon_is_missing() {
        check(
            "method-without-self",
            "
local queue = { items = {} }
function queue:push(item) self.items[#self.items + 1] = item end
function queue:name() return 'queue' end
queue.push(ARGV[1])
--<^^^^^^^^^^ warning[method-without-self]: `push` is a method of `queue`, and gets no `self` by a dot
queue.push(queue, KEYS[1])
queue:push('a')
return queue.name()
",
        );
    }
}
