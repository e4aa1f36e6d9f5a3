//! `[[` inside a long string or comment of `[[ … ]]`.

use commands::Target;
use syntax::ExprKind;
use text::TextRange;

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, context::on_targets, helpers::command_problems::targets_where};

declare_rule! {
    /// ## What it does
    /// Reports `[[` inside a long string `[[ … ]]` or a long comment `--[[ … ]]`, where a target's Lua refuses it.
    ///
    /// ## Why it is bad
    /// Lua 5.1 reads it as the attempt to nest long strings, which Lua 5.0 allowed: `nesting of [[...]] is deprecated`. The
    /// security releases of October 2025 take it for text; older servers do not compile the script.
    ///
    /// ## Example
    /// ```lua
    /// --[[ Takes the lock [[1] of the list ]]
    /// return redis.call('GET', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// --[=[ Takes the lock [[1] of the list ]=]
    /// return redis.call('GET', KEYS[1])
    /// ```
    code: "nested-brackets",
    group: Names,
    level: Error,
    fix: Safe,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(targets) = targets_where(context, |target: Target| !target.nests_brackets()) else { return };
    let tree = context.tree();
    let strings = tree.exprs().filter(|(_, expr)| matches!(expr.kind, ExprKind::String)).map(|(_, expr)| expr.range);
    let comments = context.script.parse.comments.iter().map(|comment| comment.range);
    for range in strings.chain(comments) {
        let text = range.slice(&context.script.source);
        let from = if text.starts_with(b"--") { 4 } else { 2 };
        if !text[from - 2..].starts_with(b"[[") {
            continue;
        }
        let Some(at) = text[from..].windows(2).position(|two| two == b"[[") else { continue };
        let place = |at: usize, len: usize| TextRange::new(range.start + at as u32, range.start + (at + len) as u32);
        let finding = sink
            .report(place(from + at, 2), format!("`[[` must not stand inside `[[ … ]]`{}", on_targets(&targets)))
            .help("begin with `[=[` and end with `]=]`: then brackets inside are text");
        // One that never ends is reported by itself.
        if text.ends_with(b"]]") && !text.windows(3).any(|three| three == b"]=]") {
            let edits = vec![Edit::replace(place(from - 2, 2), "[=["), Edit::replace(place(text.len() - 2, 2), "]=]")];
            finding.safe_fix("Use `[=[ … ]=]`", edits);
        }
    }
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Options, test_support::*};

    #[test]
    fn brackets_in_brackets() {
        check(
            "nested-brackets",
            "
--[[ docs[[1] of the list ]]
       --^^ error[nested-brackets]: `[[` must not stand inside `[[ … ]]`
local a = [[ a [[ b ]]
             --^^ error[nested-brackets]: `[[` must not stand inside `[[ … ]]`
local b = [=[ a [[ b ]=] .. [[ a [=[ b [ [ ]] .. '[[ [['
-- [[ [[
return a .. b
",
        );
        let options = |targets: &[Target]| Options { targets: targets.to_vec(), ..Options::default() };
        let all = options(&[Target::redis(7, 0), Target::redis(8, 2), Target::valkey(8, 1)]);
        check_with("nested-brackets", "return [[ [[ ]]\n", &all, None);
        check_with(
            "nested-brackets",
            "
return [[ [[ ]]
        --^^ error[nested-brackets]: `[[` must not stand inside `[[ … ]]` on redis 7.4
",
            &options(&[Target::redis(7, 4), Target::redis(8, 2)]),
            None,
        );
    }

    #[test]
    fn levels_are_the_fix() {
        assert_eq!(fixed("nested-brackets", "return [[ [[ ]] --[[ [[ ]]\n"), "return [=[ [[ ]=] --[=[ [[ ]=]\n");
        assert_eq!(fixed("nested-brackets", "return [[ [[ ]=] ]]\n"), "return [[ [[ ]=] ]]\n");
    }
}
