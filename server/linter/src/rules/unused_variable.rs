//! Locals that are never read.

use semantic::{Init, Local, LocalId, LocalKind};

use super::shadowed_variable;
use crate::rule::declare_rule;
use crate::{Context, Sink, Tag, helpers::locals};

declare_rule! {
    /// ## What it does
    /// Points out local variables that are never read. Names that begin with `_` say that this is meant; variables that includes
    /// share are counted where they are read.
    ///
    /// ## Why it is bad
    /// A value that nobody reads is a left-over, or a misspelt name elsewhere.
    ///
    /// ## Example
    /// ```lua
    /// local count = redis.call('INCR', KEYS[1])
    /// return 1
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local count = redis.call('INCR', KEYS[1])
    /// return count
    /// ```
    code: "unused-variable",
    group: Unused,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (id, local) in context.script.scopes.locals() {
        let variable = local.kind == LocalKind::Variable && !matches!(local.init, Init::Function(_));
        if variable && local.reads.is_empty() && local.writes.is_empty() && locals::is_ours(context, id) {
            if is_place(context, local) || is_told_as_redefined(context, id) || is_told_as_hiding(context, id) {
                continue;
            }
            let name = context.script.name(id);
            sink.report(local.name.range, format!("`{name}` is never read"))
                .help(format!("remove it, or name it `_{name}` if that is meant"))
                .tag(Tag::Unused);
        }
    }
}

/// Returns true if a variable only keeps the place before a later value of the same call that is read.
fn is_place(context: &Context<'_>, local: &Local) -> bool {
    let place = |init| match init {
        Init::Expr(call) => Some((call, 0)),
        Init::Nth(call, at) => Some((call, at)),
        _ => None,
    };
    let Some((call, at)) = place(local.init) else { return false };
    context.script.scopes.locals().any(|(_, other)| {
        other.stmt == local.stmt
            && !other.reads.is_empty()
            && place(other.init).is_some_and(|(of, later)| of == call && later > at)
    })
}

/// Returns true if another rule reports that the local hides one that is read afterwards.
fn is_told_as_hiding(context: &Context<'_>, id: LocalId) -> bool {
    context.is_active(shadowed_variable::RULE.code) && shadowed_variable::hidden(context, id).is_some()
}

/// Returns true if a second `local` of the same name in the block is what another rule reports.
fn is_told_as_redefined(context: &Context<'_>, id: LocalId) -> bool {
    context.is_active("redefined-variable")
        && context.script.scopes.locals().any(|(other, local)| {
            local.shadows == Some(id) && local.kind == LocalKind::Variable && locals::same_block(context, other, id)
        })
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn read_or_not() {
        check(
            "unused-variable",
            "
local a, b, _c = 1, 2, 3
       --^ hint[unused-variable]: `b` is never read
local from, to = string.find(ARGV[1], ':', 1, true)
local first, last = string.find(ARGV[2], ':', 1, true)
           --^^^^ hint[unused-variable]: `last` is never read
return a + to + first
",
        );
        // Another rule tells of the second one.
        check("unused-variable", "local found\nif #KEYS > 1 then local found = KEYS[1] end\nreturn found\n");
        check("unused-variable", "local target\nlocal target = KEYS[1]\nreturn target\n");
    }
}
