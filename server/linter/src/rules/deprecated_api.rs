//! Functions of the API that have no effect any more, or have a successor.

use commands::{Family, Version, api::Context as ApiContext};
use semantic::ApiPath;
use syntax::{ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink, Tag,
    helpers::{edits::remove, grouping},
};

declare_rule! {
    /// ## What it does
    /// Points out `redis.replicate_commands()` where the settings name targets and every one is Redis 7.0 or later,
    /// `redis.set_repl(redis.REPL_ALL)` where nothing else was ever set, and the functions that Lua 5.1 keeps for scripts of Lua 5.0: `table.getn`,
    /// `table.foreach`, `string.gfind`, `math.mod`.
    ///
    /// ## Why it is bad
    /// Since Redis 7.0 the effects of a script are replicated and never its text, so `replicate_commands` does nothing; it is
    /// deprecated, and missing in functions. `REPL_ALL` is what each script begins with. On a 6.2 target
    /// `replicate_commands` is left alone: there its effect depends on the server's configuration.
    ///
    /// ## Example
    /// ```lua
    /// redis.set_repl(redis.REPL_ALL)
    /// return redis.call('SPOP', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('SPOP', KEYS[1])
    /// ```
    code: "deprecated-api",
    group: Time,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    // Where nobody named a target the script may be for older servers too.
    let modern = context.has_target
        && context.targets.iter().all(|target| target.family == Family::Valkey || target.version >= Version::new(7, 0));
    let calls: Vec<(ExprId, &'static str)> = context
        .tree()
        .calls()
        .filter_map(|(id, _)| {
            let name = match script.called_api(id)? {
                ApiPath::Member("redis" | "server", "replicate_commands") => "replicate_commands",
                ApiPath::Member("redis" | "server", "set_repl") => "set_repl",
                ApiPath::Member("table", "getn") => "getn",
                ApiPath::Member("table", "foreach") => "foreach",
                ApiPath::Member("table", "foreachi") => "foreachi",
                ApiPath::Member("string", "gfind") => "gfind",
                ApiPath::Member("math", "mod") => "mod",
                _ => return None,
            };
            Some((id, name))
        })
        .collect();
    let all_repl_all = calls.iter().filter(|(_, name)| *name == "set_repl").all(|(id, _)| sets_repl_all(context, *id));
    let of_lua = calls.iter().filter_map(|&(id, name)| Some((old_name(name)?, id)));
    for ((message, help), uses) in grouping::grouped(of_lua) {
        let ExprKind::Call(call) = &context.tree()[uses[0]].kind else { continue };
        let message = format!("{message}{}", grouping::more(uses.len()));
        let finding = sink.report(context.range(call.callee), message).help(help).tag(Tag::Deprecated);
        let edits: Vec<Edit> = uses.iter().filter_map(|&id| length(context, id)).collect();
        if !edits.is_empty() {
            finding.fix("Replace by `#`", edits);
        }
    }
    // What another file sets cannot be seen.
    let alone = !script.is_fragment() && script.includes.is_empty();
    for &(id, name) in &calls {
        let ExprKind::Call(call) = &context.tree()[id].kind else { continue };
        let range = context.range(call.callee);
        match name {
            "replicate_commands" => {
                let in_function = context.api_context(script.scopes.function_of(id)) != ApiContext::Eval;
                if !modern || in_function {
                    continue;
                }
                let finding = sink
                    .report(range, "replicate_commands does nothing since Redis 7.0")
                    .help("the effects of scripts are always replicated, not their text")
                    .tag(Tag::Deprecated);
                if let Some(edit) = remove(context, id) {
                    finding.fix("Remove the call", vec![edit]);
                }
            }
            "set_repl" if all_repl_all && alone => {
                let finding = sink.report(range, "REPL_ALL is what every script begins with: this does nothing");
                if let Some(edit) = remove(context, id) {
                    finding.fix("Remove the call", vec![edit]);
                }
            }
            _ => {}
        }
    }
}

/// Help on functions that Lua 5.1 keeps for scripts of 5.0, with their successors.
fn old_name(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "getn" => ("table.getn is Lua 5.0's: `#` is the same", "use `#list`"),
        "foreach" => ("table.foreach is Lua 5.0's: use a loop over `pairs`", "`for key, value in pairs(map) do … end`"),
        "foreachi" => {
            ("table.foreachi is Lua 5.0's: use a loop over `ipairs`", "`for i, value in ipairs(list) do … end`")
        }
        "gfind" => ("string.gfind is Lua 5.0's name of string.gmatch", "use string.gmatch"),
        "mod" => ("math.mod is Lua 5.0's", "use math.fmod, or `%` which has the divisor's sign"),
        _ => return None,
    })
}

/// The edit that replaces `table.getn(list)` by `#list`.
fn length(context: &Context<'_>, id: ExprId) -> Option<Edit> {
    let ExprKind::Call(call) = &context.tree()[id].kind else { return None };
    let [list] = *call.args else { return None };
    let is_prefix =
        matches!(context.tree()[list].kind, ExprKind::Name(_) | ExprKind::Index { .. } | ExprKind::Field { .. });
    let is_getn = context.script.called_api(id) == Some(ApiPath::Member("table", "getn"));
    let list = context.script.text_of(context.range(list));
    (is_getn && is_prefix).then(|| Edit::replace(context.range(id), format!("#{list}")))
}

/// True if a call of `set_repl` sets the default, `REPL_ALL`.
fn sets_repl_all(context: &Context<'_>, id: ExprId) -> bool {
    let ExprKind::Call(call) = &context.tree()[id].kind else { return false };
    let [mode] = *call.args else { return false };
    matches!(context.script.api(mode), Some(ApiPath::Member("redis" | "server", "REPL_ALL")))
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Options, test_support::*};

    #[test]
    fn what_does_nothing() {
        check(
            "deprecated-api",
            "
redis.replicate_commands()
redis.set_repl(redis.REPL_ALL)
--<^^^^^^^^^^^^^^ hint[deprecated-api]: REPL_ALL is what every script begins with: this does nothing
for i = 1, table.getn(KEYS) do redis.call('DEL', KEYS[i]) end
         --^^^^^^^^^^ hint[deprecated-api]: table.getn is Lua 5.0's: `#` is the same, here and once more
return table.getn(ARGV)
",
        );
        check("deprecated-api", "redis.set_repl(redis.REPL_NONE)\nredis.set_repl(redis.REPL_ALL)\n");
        let both = Options { targets: vec![Target::redis(6, 2), Target::redis(7, 2)], ..Options::default() };
        check_with("deprecated-api", "redis.replicate_commands()\n", &both, None);
        check_with(
            "deprecated-api",
            "
redis.replicate_commands()
--<^^^^^^^^^^^^^^^^^^^^^^^^ hint[deprecated-api]: replicate_commands does nothing since Redis 7.0
",
            &named(),
            None,
        );
    }

    fn named() -> Options {
        Options { targets: vec![Target::redis(7, 2)], has_target: true, ..Options::default() }
    }

    #[test]
    fn the_call_goes_with_its_line() {
        let fixed = |source| fixed_with("deprecated-api", source, &named());
        assert_eq!(fixed("  redis.replicate_commands();\nreturn 1\n"), "return 1\n");
        assert_eq!(fixed("local a = 1; redis.replicate_commands() return a\n"), "local a = 1;  return a\n");
        assert_eq!(
            fixed("if redis.replicate_commands() then return 1 end\n"),
            "if redis.replicate_commands() then return 1 end\n"
        );
        let guarded = "if redis.replicate_commands then redis.replicate_commands() end\n";
        assert_eq!(fixed(guarded), guarded);
        assert_eq!(fixed("return table.getn(KEYS)"), "return #KEYS");
    }
}
