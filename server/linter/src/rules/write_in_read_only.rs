//! Writes in scripts and functions that are declared read-only.

use commands::{Family, Flags, Target, Version};
use semantic::{CallForm, SiteTarget};

use crate::{
    Context, Sink,
    context::on_targets,
    helpers::{
        command_problems::{targets_where, word_range},
        reachability,
    },
    rule::declare_rule,
};

declare_rule! {
    /// ## What it does
    /// Reports commands that write or publish in a script with `flags=no-writes`, in a function that is registered with
    /// this flag, and in local functions that only such code calls; and calls in programs that run a script which writes with
    /// `EVAL_RO` or `EVALSHA_RO`.
    ///
    /// ## Why it is bad
    /// The server refuses the command: `Write commands are not allowed from read-only scripts`. It goes by the command, not
    /// by what the call would do: `SORT` and `BITFIELD` count as writing whatever their options, `PUBLISH` and `PFCOUNT`
    /// too, for they may send something to the replicas.
    ///
    /// ## Example
    /// ```lua
    /// #!lua flags=no-writes
    /// return redis.call('SORT', KEYS[1], 'ALPHA')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// #!lua flags=no-writes
    /// return redis.call('SORT_RO', KEYS[1], 'ALPHA')
    /// ```
    code: "write-in-read-only",
    group: Libraries,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    for site in script.sites.iter().filter(|it| it.call.is_read_only) {
        if let SiteTarget::Script { path, writes: Some(command), .. } = &site.target {
            sink.report(site.call.name, format!("{path} calls {command}, which the server refuses in a read-only run"))
                .help("the server answers: Write commands are not allowed from read-only scripts");
        }
    }
    let read_only = reachability::read_only(context);
    if read_only.is_empty() {
        return;
    }
    for call in &script.calls {
        let Some(spec) = call.binding.spec else { continue };
        if !read_only.contains(&script.scopes.function_of(call.call)) {
            continue;
        }
        let word = spec.name.split(' ').count() - 1;
        // What a wrapper writes by itself is reported inside of it.
        if let CallForm::Wrapper(function) = call.form
            && call.words.first().is_some_and(|&word| script.scopes.function_of(word) == function)
            && read_only.contains(&function)
        {
            continue;
        }
        let refused = |target: Target| {
            // Redis 6.2 knows no flags of scripts, and what no script may call is another rule's.
            (target.family == Family::Valkey || target.version >= Version::new(7, 0))
                && spec.counts_as_write(target)
                && !spec.flags(target).has(Flags::NOSCRIPT)
        };
        let Some(targets) = targets_where(context, refused) else { continue };
        let on = on_targets(&targets);
        let writes = context.targets.iter().any(|&target| spec.flags(target).has(Flags::WRITE));
        let message = if writes {
            format!("{} counts as a write command and is refused under no-writes{on}", spec.name)
        } else {
            format!("{} may send something to the replicas and is refused under no-writes{on}", spec.name)
        };
        let finding = sink.report(word_range(context, call, word), message);
        let Some(instead) = instead(spec.name) else {
            finding.help("the server answers: Write commands are not allowed from read-only scripts");
            continue;
        };
        let finding = finding.help(format!("{instead} is the same without the forms that write"));
        if let Some((title, edit)) = crate::helpers::command_problems::replace_word(context, call, word, instead) {
            finding.fix(title, vec![edit]);
        }
    }
}

/// The form of a command that never writes.
fn instead(name: &str) -> Option<&'static str> {
    Some(match name {
        "SORT" => "SORT_RO",
        "BITFIELD" => "BITFIELD_RO",
        "GEORADIUS" => "GEORADIUS_RO",
        "GEORADIUSBYMEMBER" => "GEORADIUSBYMEMBER_RO",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Options, test_support::*};

    #[test]
    fn a_script_and_all_its_functions() {
        check(
            "write-in-read-only",
            "#!lua flags=no-writes
local rcall = redis.call
local function touch(key)
  return rcall('EXPIRE', key, 60)
             --^^^^^^^^ error[write-in-read-only]: EXPIRE counts as a write command and is refused under no-writes
end
local function run(...) return redis.call(...) end
if run('GET', KEYS[1]) then touch(KEYS[1]) end
run('PFCOUNT', KEYS[2])
  --^^^^^^^^^ error[write-in-read-only]: PFCOUNT may send something to the replicas and is refused under no-writes
return run('HGETALL', KEYS[1])
",
        );
        check("write-in-read-only", "#!lua flags=allow-oom\nreturn redis.call('SET', KEYS[1], 1)\n");
        let old = Options { targets: vec![Target::redis(6, 2)], ..Options::default() };
        check_with("write-in-read-only", "#!lua flags=no-writes\nreturn redis.call('SET', KEYS[1], 1)\n", &old, None);
    }

    #[test]
    fn only_the_functions_of_a_library_that_are_flagged() {
        check(
            "write-in-read-only",
            "#!lua name=sessions
local function seen(key) redis.call('HINCRBY', key, 'seen', 1) end
                                  --^^^^^^^^^ error[write-in-read-only]: HINCRBY counts as a write command and is refused under no-writes
local function save(key, value) redis.call('SET', key, value) end
local function load_one(keys)
  seen(keys[1])
  return redis.call('HGETALL', keys[1])
end
redis.register_function{function_name = 'load_one', callback = load_one, flags = {'No-Writes'}}
redis.register_function('save', function(keys, args) save(keys[1], args[1]) end)
redis.register_function{function_name = 'peek', flags = {'no-writes'}, callback = function(keys, args)
  if args[1] then save(keys[1], args[1]) end
  return redis.call('GETDEL', keys[1])
                  --^^^^^^^^ error[write-in-read-only]: GETDEL counts as a write command and is refused under no-writes
end}
",
        );
    }

    #[test]
    fn the_reading_twin() {
        assert_eq!(
            fixed("write-in-read-only", "#!lua flags=no-writes\nreturn redis.call('georadius', 'k', 1, 1, 1, 'm')"),
            "#!lua flags=no-writes\nreturn redis.call('georadius_ro', 'k', 1, 1, 1, 'm')"
        );
    }
}
