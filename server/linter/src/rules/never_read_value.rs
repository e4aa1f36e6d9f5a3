//! Variables that are assigned and never read.

use semantic::LocalKind;

use crate::rule::declare_rule;
use crate::{Context, Sink, Tag, helpers::locals};

declare_rule! {
    /// ## What it does
    /// Points out locals that are given values and that nothing ever reads.
    ///
    /// ## Why it is bad
    /// The values are computed for nothing, or a name is misspelt where they were to be read.
    ///
    /// ## Example
    /// ```lua
    /// local count = 0
    /// for _, key in ipairs(KEYS) do
    ///   count = redis.call('INCR', key)
    /// end
    /// return 1
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local count = 0
    /// for _, key in ipairs(KEYS) do
    ///   count = redis.call('INCR', key)
    /// end
    /// return count
    /// ```
    code: "never-read-value",
    group: Unused,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (id, local) in context.script.scopes.locals() {
        if local.kind == LocalKind::Variable
            && local.reads.is_empty()
            && !local.writes.is_empty()
            && locals::is_ours(context, id)
        {
            sink.report(local.name.range, format!("`{}` is assigned but never read", context.script.name(id)))
                .tag(Tag::Unused);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn assigned_only() {
        check(
            "never-read-value",
            "
local last
    --^^^^ hint[never-read-value]: `last` is assigned but never read
for _, key in ipairs(KEYS) do last = key end
",
        );
    }
}
