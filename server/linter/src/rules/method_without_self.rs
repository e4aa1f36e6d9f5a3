//! Methods that are called with a dot.

use syntax::ExprKind;
use text::TextRange;

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, helpers::missing_arguments};

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
    code: "method-without-self",
    group: Names,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (call, _) in missing_arguments::by_dot(context) {
        let ExprKind::Call(call) = &tree[call].kind else { continue };
        let ExprKind::Field { base, name } = &tree[call.callee].kind else { continue };
        let (base, name) = (context.shown(context.range(*base)), name.range);
        let shown = context.shown(name);
        let dot = TextRange::new(context.range(call.callee).start, name.start);
        let finding = sink.report(
            context.range(call.callee),
            format!("`{shown}` is a method of `{base}`, and gets no `self` by a dot"),
        );
        if let Some(at) = context.shown(dot).rfind('.') {
            let at = dot.start + at as u32;
            finding.fix(format!("Call `{base}:{shown}`"), vec![Edit::replace(TextRange::new(at, at + 1), ":")]);
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
queue.push({ items = {} }, KEYS[1])
queue.push({ id = KEYS[1] })
--<^^^^^^^^^^ warning[method-without-self]: `push` is a method of `queue`, and gets no `self` by a dot
queue.push(KEYS[1], KEYS[2])
--<^^^^^^^^^^ warning[method-without-self]: `push` is a method of `queue`, and gets no `self` by a dot
queue:push('a')
return queue.name()
",
        );
    }
}
