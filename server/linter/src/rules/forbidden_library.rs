//! Libraries and functions that other Luas have and the sandbox lacks.

use commands::{Target, api};
use semantic::ApiPath;
use syntax::{ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Level, Sink, context::on_targets, helpers::command_problems::targets_where};

declare_rule! {
    /// ## What it does
    /// Reports `io`, `os` (but `os.clock` where the server has it), `require`, `print`, `debug` and other names that programs
    /// outside of the server know, with what to use instead.
    ///
    /// ## Why it is bad
    /// The script stops there: `Script attempted to access nonexistent global variable`.
    ///
    /// ## Example
    /// ```lua
    /// local now = os.time()
    /// return now
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local now = redis.call('TIME')[1]
    /// return now
    /// ```
    code: "forbidden-library",
    group: Names,
    level: Error,
    fix: Safe,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let mut told = false;
    for global in script.scopes.globals().iter().filter(|global| global.write.is_none()) {
        let name = global.name.as_str(context.source());
        if script.environment_of(global.expr).is_some() {
            continue;
        }
        let here = context.api_context(global.function);
        let lacks = |target: Target| !api::has_global(name, target, here);
        let Some(targets) = targets_where(context, lacks) else { continue };
        let on = on_targets(&targets);
        let range = script.parent(global.expr).map_or(global.name.range, |parent| match context.tree()[parent].kind {
            ExprKind::Field { base, .. } if base == global.expr => context.range(parent),
            _ => global.name.range,
        });
        let member = script.parent(global.expr).and_then(|parent| match script.api(parent) {
            Some(ApiPath::Member(_, member)) => Some(member),
            _ => None,
        });
        if let Some(forbidden) = api::forbidden_global(name) {
            let shown = context.shown(range);
            if let Some((call, library)) = required(context, global.expr, name) {
                sink.report(range, format!("scripts have no `{shown}`{on}, and `{library}` is there without"))
                    .safe_fix(format!("Replace by `{library}`"), vec![Edit::replace(context.range(call), library)]);
                continue;
            }
            let later = api::global(name).filter(|_| member.is_some_and(|member| api::member(name, member).is_some()));
            let instead = match later.and_then(|global| global.since.began()) {
                Some(since) => format!("it came with {since}"),
                None => member
                    .and_then(|member| api::instead_of_member(name, member))
                    .unwrap_or(forbidden.instead)
                    .to_owned(),
            };
            sink.report(range, format!("scripts have no `{shown}`{on}")).help(instead);
        } else if name == "server" && !context.has_target {
            // Who writes `server` means Valkey; it is said once.
            if !std::mem::replace(&mut told, true) {
                sink.report(
                    global.name.range,
                    "`server` is Valkey's name of `redis`: scripts with it run on Valkey alone",
                )
                .level(Level::Hint)
                .help("write `target = \"valkey 9.1\"` in redlua.toml, or `redis`, which both families have");
            }
        } else if name == "server" {
            sink.report(global.name.range, format!("there is no `server`{on}: only Valkey has it"))
                .help("write `redis`, which both families have");
        } else if api::global(name).is_some() && here == api::Context::LibraryLoad {
            let what = if matches!(name, "KEYS" | "ARGV") { continue } else { name };
            sink.report(global.name.range, format!("`{what}` is not there while a library loads"))
                .help("only `redis` is: move the code into a registered function");
        }
    }
}

/// The call `require 'cjson'`, with the library, which every script has.
fn required<'a>(context: &Context<'a>, name: ExprId, text: &str) -> Option<(ExprId, String)> {
    let parent = context.script.parent(name).filter(|_| text == "require")?;
    let ExprKind::Call(call) = &context.tree()[parent].kind else { return None };
    let library = String::from_utf8(context.script.constant_string(*call.args.first()?)?).ok()?;
    (call.callee == name && api::TABLES.contains(&library.as_str()) && library != "os").then_some((parent, library))
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn by_version_and_context() {
        check(
            "forbidden-library",
            "
local now = os.time()
          --^^^^^^^ error[forbidden-library]: scripts have no `os.time`
print(now)
--<^^^^^ error[forbidden-library]: scripts have no `print`
local f = io.open('x')
        --^^^^^^^ error[forbidden-library]: scripts have no `io.open`
local inspect = require('inspect')
              --^^^^^^^ error[forbidden-library]: scripts have no `require`
return require('cjson')
     --^^^^^^^ error[forbidden-library]: scripts have no `require`, and `cjson` is there without
",
        );
        assert_eq!(fixed("forbidden-library", "local json = require 'cjson'"), "local json = cjson");
        let options = crate::Options { targets: vec![commands::Target::redis(7, 4)], ..Default::default() };
        check_with("forbidden-library", "return os.clock()\n", &options, None);
        check(
            "forbidden-library",
            "
#!lua name=lib
local t = {}
for k in pairs(t) do end
       --^^^^^ error[forbidden-library]: `pairs` is not there while a library loads
redis.register_function('f', function(keys, args) return pairs(keys) end)
",
        );
    }
}
