//! Shebang lines that the server refuses.

use commands::{Family, Target, Version, api::closest};
use semantic::Shebang;
use text::TextRange;

use crate::rule::declare_rule;
use crate::{Context, Edit, Level, Sink, context::on_targets, helpers::command_problems::targets_where};

declare_rule! {
    /// ## What it does
    /// Reports a first line `#!lua …` with a wrong engine, name, option or flag, and a function library without one.
    ///
    /// ## Why it is bad
    /// `FUNCTION LOAD` and `EVAL` refuse the script: `Missing library metadata`, `Unexpected engine in script shebang`.
    ///
    /// ## Example
    /// ```lua
    /// #!lua flags=no-write
    /// return redis.call('GET', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// #!lua flags=no-writes
    /// return redis.call('GET', KEYS[1])
    /// ```
    code: "library-header",
    group: Libraries,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

const FLAGS: [&str; 5] = ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let Some(shebang) = &script.shebang else {
        if let Some(library) = &script.library
            && let Some(first) = library.registrations.first()
            && !script.is_fragment()
        {
            let range = context.range(first.call);
            sink.report(range, "a library needs a first line `#!lua name=…`")
                .help("FUNCTION LOAD answers: Missing library metadata");
        }
        return;
    };
    let old = |target: Target| target.family == Family::Redis && target.version < Version::new(7, 0);
    if let Some(targets) = targets_where(context, old) {
        sink.report(shebang.range, format!("a first line with `#!` is a syntax error{}", on_targets(&targets)))
            .help("shebangs and functions came with Redis 7.0");
    }
    if shebang.unbalanced {
        sink.report(shebang.range, "a quote in the first line is not closed");
        return;
    }
    let refuses = |target: Target| !target.valkey_since(9, 0);
    if let Some(range) = shebang.joined
        && let Some(targets) = targets_where(context, refuses)
    {
        sink.report(range, format!("text must not follow a closing quote{}", on_targets(&targets)))
            .help("the quotes may be left out: names and flags have no blanks");
    }
    if shebang.has_zero {
        sink.report(shebang.range, "a zero byte ends the first line before its line break: the script is refused");
        return;
    }
    if !shebang.terminated {
        sink.report(shebang.range, "a script of a shebang alone is refused: code must follow on the next line");
    }
    let library = shebang.is_library() || script.library.is_some();
    let engine = &shebang.engine;
    // Of scripts only Valkey from 8.1 on takes other letters than small ones.
    let exact = |target: Target| !target.valkey_since(8, 1);
    let right = engine.text == "lua"
        || engine.text.eq_ignore_ascii_case("lua") && (library || targets_where(context, exact).is_none());
    if !right {
        let message = if engine.text.is_empty() {
            "the engine must follow `#!` at once: `#!lua`".to_owned()
        } else {
            format!("there is no engine `{}`: it is called `lua`", engine.text)
        };
        sink.report(engine.range, message);
    }
    if library { library_options(context, sink, shebang) } else { script_options(sink, shebang) }
}

fn library_options(context: &Context<'_>, sink: &mut Sink<'_>, shebang: &Shebang) {
    let mut names = 0;
    for word in &shebang.options {
        match word.text.split_once('=') {
            Some((key, name)) if key.eq_ignore_ascii_case("name") => {
                names += 1;
                if names > 1 {
                    sink.report(word.range, "the library's name is given twice");
                } else if name.is_empty() {
                    sink.report(word.range, "the name of the library is missing")
                        .help("letters, digits and `_`, as in `#!lua name=counters`");
                } else if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                    sink.report(word.range, format!("`{name}` is no name for a library"))
                        .help("names have letters, digits and underscores only");
                }
            }
            _ => {
                let finding =
                    sink.report(word.range, format!("a library's first line has no `{}`: only `name=…`", word.text));
                if word.text.starts_with("flags=") {
                    finding.help("flags belong to each function: `redis.register_function{…, flags = {…}}`");
                }
            }
        }
    }
    if names == 0 && context.script.library.is_some() {
        sink.report(shebang.range, "the library's name is missing: `#!lua name=…`");
    }
}

fn script_options(sink: &mut Sink<'_>, shebang: &Shebang) {
    for word in &shebang.options {
        if !word.text.starts_with("flags=") {
            sink.report(word.range, format!("a script's first line has no `{}`: only `flags=…`", word.text));
        }
    }
    for range in shebang.missing_flags() {
        sink.report(range, "a flag is missing beside a comma: the script is refused");
    }
    for flag in shebang.flags() {
        if FLAGS.contains(&flag.text.as_str()) {
            continue;
        }
        let message = format!("there is no flag `{}`", flag.text);
        match closest(&flag.text, FLAGS.into_iter()) {
            Some(meant) => {
                let range: TextRange = flag.range;
                sink.report(range, format!("{message}: did you mean `{meant}`?"))
                    .fix(format!("Replace by `{meant}`"), vec![Edit::replace(range, meant)]);
            }
            None if flag.text == "allow-key-locking" => {
                // Who writes it is there.
                sink.report(flag.range, format!("{message} but on Upstash"))
                    .level(Level::Hint)
                    .help("if the script is for Upstash, allow this rule in redlua.toml");
            }
            None => {
                sink.report(flag.range, message).help(format!("the flags are {}", FLAGS.join(", ")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Options, test_support::*};

    #[test]
    fn first_lines() {
        check(
            "library-header",
            "
#!lua flags=no-writes,alow-oom
                    --^^^^^^^^ error[library-header]: there is no flag `alow-oom`: did you mean `allow-oom`?
return 1
",
        );
        check(
            "library-header",
            "
#!lua name=my-lib flags=no-writes
    --^^^^^^^^^^^ error[library-header]: `my-lib` is no name for a library
                --^^^^^^^^^^^^^^^ error[library-header]: a library's first line has no `flags=no-writes`: only `name=…`
redis.register_function('f', function() end)
",
        );
        check(
            "library-header",
            "
redis.register_function('f', function() end)
--<^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[library-header]: a library needs a first line `#!lua name=…`
",
        );
        check(
            "library-header",
            "
#!lua flags=,no-writes,
          --^ error[library-header]: a flag is missing beside a comma: the script is refused
                     --^ error[library-header]: a flag is missing beside a comma: the script is refused
return 1
",
        );
        check("library-header", "#!lua flags=\nreturn 1\n");
        check(
            "library-header",
            "
#!lua name='my'lib
    --^^^^^^^^^^^^ error[library-header]: text must not follow a closing quote
redis.register_function('f', function() end)
",
        );
        let valkey = Options { targets: vec![Target::valkey(9, 1)], ..Options::default() };
        let joined = "#!lua name='my'lib\nredis.register_function('f', function() end)\n";
        check_with("library-header", joined, &valkey, None);
        check_with("library-header", "#!Lua flags=no-writes\nreturn 1\n", &valkey, None);
        check("library-header", "#!lua name=mylib\nredis.register_function('f', function() end)\n");
    }
}
