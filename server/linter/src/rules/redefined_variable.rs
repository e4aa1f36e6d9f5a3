//! Locals declared twice in one block.

use semantic::LocalKind;

use crate::{Context, Sink, locals};
use crate::rule::declare_rule;

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
    "redefined-variable", Hint, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let scopes = &context.script.scopes;
    for (id, local) in scopes.locals() {
        let Some(first) = local.shadows else { continue };
        let name = context.script.name(id);
        if local.kind == LocalKind::Variable
            && scopes[first].kind == LocalKind::Variable
            && locals::same_block(context, id, first)
            && !name.starts_with('_')
        {
            sink.report(local.name.range, format!("`{name}` is declared in this block already"))
                .related(scopes[first].name.range, "first here");
        }
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
local _, b = f()
local _, c = g()
return a, b, c
",
        );
    }
}
