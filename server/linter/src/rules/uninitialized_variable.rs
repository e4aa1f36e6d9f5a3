//! Variables that never get a value.

use semantic::{Init, LocalKind};

use crate::{Context, Sink};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Reports locals that are declared without a value, never assigned, and read.
    ///
    /// ## Why it is bad
    /// They are always nil: an assignment is missing, or another variable of the same name got it.
    ///
    /// ## Example
    /// ```lua
    /// local total
    /// for _, key in ipairs(KEYS) do
    ///   local total = redis.call('INCR', key)
    /// end
    /// return total
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local total
    /// for _, key in ipairs(KEYS) do
    ///   total = redis.call('INCR', key)
    /// end
    /// return total
    /// ```
    "uninitialized-variable", Warning, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if !context.script.parse.errors.is_empty() {
        return;
    }
    for (id, local) in context.script.scopes.locals() {
        let declared_alone = local.stmt.is_some_and(|stmt| {
            matches!(&context.tree()[stmt].kind, syntax::StmtKind::Local { values, .. } if values.is_empty())
        });
        if local.kind == LocalKind::Variable
            && local.init == Init::Nothing
            && declared_alone
            && local.writes.is_empty()
            && let Some(&read) = local.reads.first()
            // An included file may assign it.
            && context.script.includes.is_empty()
            && !context.script.is_fragment()
        {
            sink.report(context.range(read), format!("`{}` never gets a value: it is always nil", context.script.name(id)))
                .related(local.name.range, "declared here");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn declared_and_read() {
        check(
            "uninitialized-variable",
            "
local a
local b
b = 1
return a, b
     --^ warning[uninitialized-variable]: `a` never gets a value: it is always nil
",
        );
    }
}
