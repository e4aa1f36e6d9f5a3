//! Locals declared twice in one block.

use semantic::{Init, Local, LocalId, LocalKind};
use syntax::ExprKind;

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{grouping, locals},
};

declare_rule! {
    /// ## What it does
    /// Points out a second `local` of the same name in the same block.
    ///
    /// ## Why it is bad
    /// An assignment was meant, or another name: the first variable cannot be reached any more.
    ///
    /// ## Example
    /// ```lua
    /// local total = 1
    /// local total = total + 1
    /// return total
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local total = 1
    /// total = total + 1
    /// return total
    /// ```
    code: "redefined-variable",
    group: Suspicious,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let scopes = &context.script.scopes;
    let mut found = Vec::new();
    for (id, local) in scopes.locals() {
        let Some(first) = local.shadows else { continue };
        let name = context.script.name(id);
        if local.kind == LocalKind::Variable
            && scopes[first].kind == LocalKind::Variable
            && locals::same_block(context, id, first)
            && !name.starts_with('_')
            && !is_made_of(context, local, first)
        {
            found.push((local.stmt, (local.name.range, format!("`{name}`"), scopes[first].name.range)));
        }
    }
    for (_, again) in grouping::grouped(found) {
        let names: Vec<String> = again.iter().map(|(_, name, _)| name.clone()).collect();
        let (range, _, first) = again[0];
        sink.report(range, format!("{} declared in this block already", grouping::are(&names)))
            .related(first, "first here");
    }
}

/// Returns true if a local is what a function makes of the first one, as in `local id = tonumber(id)`.
fn is_made_of(context: &Context<'_>, local: &Local, first: LocalId) -> bool {
    let (Init::Expr(value) | Init::Nth(value, _)) = local.init else { return false };
    match &context.tree()[value].kind {
        ExprKind::Call(_) => {
            let range = context.range(value);
            context.script.scopes[first].reads.iter().any(|&read| range.contains_range(context.range(read)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn same_block_only() {
        check(
            "redefined-variable",
            "
local a = 1
local a = a + 1
    --^ hint[redefined-variable]: `a` is declared in this block already
local limit = ARGV[1]
local limit = tonumber(limit)
local limit = assert(tonumber(ARGV[2] or limit or 5), 'limit')
local x, y = 1, 2
local x, y = f()
    --^ hint[redefined-variable]: `x` and `y` are declared in this block already
local _, b = f()
local _, c = g()
return a, b, c, limit, x, y
",
        );
    }
}
