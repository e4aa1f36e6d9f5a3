//! Scripts and functions that only read and do not say so.

use commands::{Family, Flags, Version};
use rustc_hash::FxHashSet;
use semantic::Registration;
use syntax::{ExprKind, FunctionId, TableField};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, helpers::reachability};

declare_rule! {
    /// ## What it does
    /// Points out functions of a library, and scripts with a `#!lua` line, that call only commands that read and do not
    /// have the flag `no-writes`. It is silent where a function calls something that cannot be followed.
    ///
    /// ## Why it is bad
    /// The server takes a function without the flag for one that writes. It refuses it on replicas, when memory is full,
    /// and when it is called by `FCALL_RO` or `EVAL_RO`.
    ///
    /// ## Example
    /// ```lua
    /// #!lua name=profiles
    /// redis.register_function('get_profile', function(keys)
    ///   return redis.call('HGETALL', keys[1])
    /// end)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// #!lua name=profiles
    /// redis.register_function{
    ///   function_name = 'get_profile',
    ///   callback = function(keys)
    ///     return redis.call('HGETALL', keys[1])
    ///   end,
    ///   flags = {'no-writes'},
    /// }
    /// ```
    code: "missing-no-writes",
    group: Libraries,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

const HELP: &str = "then it also runs on replicas, when memory is full, and by the _RO form of the call";

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let old =
        context.targets.iter().any(|target| target.family == Family::Redis && target.version < Version::new(7, 0));
    // What an include brings is pasted in by another program, with whatever it does.
    if old || script.is_fragment() || !script.includes.is_empty() || script.environment.incomplete {
        return;
    }
    match &script.library {
        Some(library) => {
            for registration in &library.registrations {
                function(context, sink, registration);
            }
        }
        None => whole(context, sink),
    }
}

fn function(context: &Context<'_>, sink: &mut Sink<'_>, registration: &Registration) {
    let (Some(callback), Some(flags)) = (registration.callback, &registration.flags) else { return };
    let flagged = flags.iter().any(|(flag, _)| flag.eq_ignore_ascii_case(reachability::NO_WRITES));
    if flagged || !only_reads(context, &reachability::reached(context, callback)) {
        return;
    }
    let range = context.range(registration.name_expr.unwrap_or(registration.call));
    let name = match &registration.name {
        Some(name) => format!("`{name}`"),
        None => "this function".to_owned(),
    };
    let finding = sink.report(range, format!("{name} only reads: it can have the flag no-writes")).help(HELP);
    if let Some(edits) = flag_function(context, registration) {
        finding.fix("Add the flag no-writes", edits);
    }
}

fn whole(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let Some(shebang) = &script.shebang else { return };
    let flags = shebang.flags();
    if shebang.unbalanced
        || shebang.engine.text != "lua"
        || flags.iter().any(|flag| flag.text == reachability::NO_WRITES)
    {
        return;
    }
    let all: FxHashSet<FunctionId> = context.tree().functions().map(|(id, _)| id).collect();
    if !only_reads(context, &all) {
        return;
    }
    let finding = sink.report(shebang.range, "this script only reads: it can have the flag no-writes").help(HELP);
    let list = shebang.options.iter().find(|word| word.text.starts_with("flags="));
    let edit = match list {
        None => Edit::insert(shebang.engine.range.end, " flags=no-writes"),
        // A list in quotes ends before its last byte.
        Some(word) if word.text.len() as u32 != word.range.len() => return,
        Some(word) if word.text == "flags=" => Edit::insert(word.range.end, reachability::NO_WRITES),
        Some(word) => Edit::insert(word.range.end, ",no-writes"),
    };
    finding.fix("Add the flag no-writes", vec![edit]);
}

/// True if the code calls commands, all of them known to read, and nothing that cannot be followed.
fn only_reads(context: &Context<'_>, functions: &FxHashSet<FunctionId>) -> bool {
    let script = context.script;
    let mut reads = false;
    for call in script.calls.iter().filter(|call| functions.contains(&script.scopes.function_of(call.call))) {
        let Some(spec) = call.binding.spec else {
            if context.script.is_wrapper_body(call) {
                continue;
            }
            return false;
        };
        for &target in context.targets {
            let flags = spec.flags(target);
            let other = spec.counts_as_write(target) || flags.has(Flags::NOSCRIPT);
            if other || !spec.is_available(target) || !spec.subcommands.is_empty() {
                return false;
            }
            reads |= flags.has(Flags::READONLY);
        }
    }
    reads && reachability::is_closed(context, functions)
}

/// The edits that give a registration the flag.
fn flag_function(context: &Context<'_>, registration: &Registration) -> Option<Vec<Edit>> {
    let tree = context.tree();
    let ExprKind::Call(call) = &tree[registration.call].kind else { return None };
    let source = context.source();
    match *call.args {
        [table] => {
            let ExprKind::Table(fields) = &tree[table].kind else { return None };
            let flags = fields.iter().find_map(|field| match field {
                TableField::Named { name, value } if name.text(source) == b"flags" => Some(*value),
                _ => None,
            });
            match flags {
                Some(list) => {
                    let ExprKind::Table(items) = &tree[list].kind else { return None };
                    let text = if items.is_empty() { "'no-writes'" } else { "'no-writes', " };
                    Some(vec![Edit::insert(context.range(list).start + 1, text)])
                }
                None => {
                    let last = context.range(fields.last()?.value()).end;
                    Some(vec![Edit::insert(last, ", flags = {'no-writes'}")])
                }
            }
        }
        [name, callback] => {
            let (name, callback) = (context.range(name), context.range(callback));
            let between = TextRange::new(name.end, callback.start);
            // A comment between the two would be lost.
            if between.slice(source).iter().any(|byte| !byte.is_ascii_whitespace() && *byte != b',') {
                return None;
            }
            Some(vec![
                Edit::insert(name.start, "{function_name = "),
                Edit::replace(between, ", callback = "),
                Edit::insert(callback.end, ", flags = {'no-writes'}}"),
            ])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn functions_that_only_read() {
        check(
            "missing-no-writes",
            "#!lua name=stock
local call = redis.call
local function read(...) return call(...) end
local function level(key) return tonumber(read('GET', key) or '0') end
redis.register_function('level', function(keys) return level(keys[1]) end)
                      --^^^^^^^ hint[missing-no-writes]: `level` only reads: it can have the flag no-writes
redis.register_function('take', function(keys) return level(keys[1]) - call('INCR', keys[2]) end)
redis.register_function('each', function(keys, args)
  local handlers = {get = function() return level(keys[1]) end}
  return handlers[args[1]]()
end)
redis.register_function('dynamic', function(keys, args) return redis.call(args[1], keys[1]) end)
redis.register_function{function_name = 'said', callback = function(keys) return level(keys[1]) end, flags = {'no-writes'}}
redis.register_function('count', function(keys) return redis.call('PFCOUNT', keys[1]) end)
",
        );
    }

    #[test]
    fn scripts_with_a_shebang() {
        check(
            "missing-no-writes",
            "
#!lua flags=allow-stale
--<^^^^^^^^^^^^^^^^^^^^^^^ hint[missing-no-writes]: this script only reads: it can have the flag no-writes
return redis.call('GET', KEYS[1])
",
        );
        check("missing-no-writes", "return redis.call('GET', KEYS[1])\n");
        check("missing-no-writes", "#!lua\nreturn redis.call('JSON.GET', KEYS[1])\n");
        assert_eq!(
            fixed("missing-no-writes", "#!lua\nreturn redis.call('GET', KEYS[1])\n"),
            "#!lua flags=no-writes\nreturn redis.call('GET', KEYS[1])\n"
        );
        assert_eq!(
            fixed("missing-no-writes", "#!lua flags=no-cluster\nreturn redis.call('GET', KEYS[1])\n"),
            "#!lua flags=no-cluster,no-writes\nreturn redis.call('GET', KEYS[1])\n"
        );
    }

    #[test]
    fn both_forms_of_registration() {
        let get = "function(k) return redis.call('GET', k[1]) end";
        assert_eq!(
            fixed("missing-no-writes", &format!("#!lua name=x\nredis.register_function('a', {get})\n")),
            format!(
                "#!lua name=x\nredis.register_function({{function_name = 'a', callback = {get}, flags = {{'no-writes'}}}})\n"
            )
        );
        assert_eq!(
            fixed(
                "missing-no-writes",
                &format!(
                    "#!lua name=x\nredis.register_function{{function_name='a', flags={{'allow-oom'}}, callback={get}}}\n"
                )
            ),
            format!(
                "#!lua name=x\nredis.register_function{{function_name='a', flags={{'no-writes', 'allow-oom'}}, callback={get}}}\n"
            )
        );
    }
}
