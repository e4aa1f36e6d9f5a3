//! Locals that hide others.

use semantic::{Init, LocalKind};

use crate::{Context, Sink, locals};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Points out a local with the name of another one that is in scope outside of its block.
    ///
    /// ## Why it is bad
    /// What is assigned inside stays inside: the outer variable keeps its value, which is easily taken for the new one.
    ///
    /// ## Example
    /// ```lua
    /// local id = nil
    /// if #KEYS > 0 then
    ///   local id = redis.call('GET', KEYS[1])
    /// end
    /// return id
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local id = nil
    /// if #KEYS > 0 then
    ///   id = redis.call('GET', KEYS[1])
    /// end
    /// return id
    /// ```
    "shadowed-variable", Hint, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let scopes = &context.script.scopes;
    for (id, local) in scopes.locals() {
        let Some(outer) = local.shadows else { continue };
        let name = context.script.name(id);
        // A parameter with the name of a variable outside hides it on purpose.
        let named = matches!(local.kind, LocalKind::Variable | LocalKind::Function);
        if !named || name.starts_with('_') || locals::same_block(context, id, outer) {
            continue;
        }
        // `local queue = Queue.new(queue)`: the new one is made of the other and takes its place.
        if let Init::Expr(value) | Init::Nth(value, _) = local.init
            && scopes[outer].reads.iter().any(|&read| context.range(value).contains_range(context.range(read)))
        {
            continue;
        }
        if scopes[outer].name.range.is_empty() || scopes[outer].function != local.function {
            continue;
        }
        sink.report(local.name.range, format!("this `{name}` hides another one"))
            .related(scopes[outer].name.range, "the other one");
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn inner_blocks() {
        check(
            "shadowed-variable",
            "
local a = 1
do
  local a = 2
      --^ hint[shadowed-variable]: this `a` hides another one
end
local function f(a) return a end
if f(a) then
  local a = tonumber(a)
  return a
end
return f(a)
",
        );
    }
}
