//! Local functions that are never called.

use semantic::Init;

use crate::rule::declare_rule;
use crate::{Context, Sink, Tag, helpers::locals};

declare_rule! {
    /// ## What it does
    /// Points out local functions that are never used, or only by themselves.
    ///
    /// ## Why it is bad
    /// It is dead weight in every EVAL, or a call has another name.
    ///
    /// ## Example
    /// ```lua
    /// local function double(n)
    ///   return n * 2
    /// end
    /// return 1
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local function double(n)
    ///   return n * 2
    /// end
    /// return double(4)
    /// ```
    code: "unused-function",
    group: Unused,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let scopes = &context.script.scopes;
    for (id, local) in scopes.locals() {
        let Init::Function(function) = local.init else { continue };
        let range = context.tree()[function].range;
        let outside = local.reads.iter().any(|&read| !range.contains_range(context.range(read)));
        if !outside && local.writes.is_empty() && locals::is_ours(context, id) {
            sink.report(local.name.range, format!("the function `{}` is never used", context.script.name(id)))
                .tag(Tag::Unused);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn called_by_itself_only() {
        check(
            "unused-function",
            "
local function f(n) return n and f(n - 1) end
             --^ hint[unused-function]: the function `f` is never used
local g = function() end
return g()
",
        );
    }
}
