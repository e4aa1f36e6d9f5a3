//! Globals that the server does not have.

use commands::api;
use semantic::{ApiPath, FolderLack, ProgramName, values::Piece};
use syntax::{ExprId, ExprKind};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Reports names that are neither local nor part of the sandbox. Names that includes bring are known; a file that others
    /// include is judged by what each of them gives it. A name that the program near the script puts before it is known too: where
    /// a file in another language has `local function name`, or the name in quotes beside that of the script's file. Names that
    /// several files of a folder lack and another file of it declares are told once, in the first of them.
    ///
    /// ## Why it is bad
    /// The script stops there: `Script attempted to access nonexistent global variable`.
    ///
    /// ## Example
    /// ```lua
    /// return tonumer(ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return tonumber(ARGV[1])
    /// ```
    code: "undefined-global",
    group: Names,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    scripts(context, sink);
    for global in script.scopes.globals().iter().filter(|global| global.write.is_none()) {
        let name = global.name.as_str(context.source());
        if script.environment_of(global.expr).is_some() || is_of_the_sandbox(name) {
            continue;
        }
        // An include that was not found may define anything.
        if script.environment.incomplete || is_written(context, name) {
            continue;
        }
        let range = global.name.range;
        if is_of_the_program(context, global.expr, range.start) {
            continue;
        }
        if let Some(path) = script.environment.missing.get(&range.start) {
            sink.report(range, format!("`{name}` is not defined where `{path}` includes this file"))
                .help("define it above the include directive in that script");
            continue;
        }
        if let Some(lack) = script.environment.folder_lacks.get(&range.start) {
            folder_lack(context, sink, range, lack);
            continue;
        }
        if script.environment.lacking.contains(&range.start) {
            continue;
        }
        if let Some((meant, why)) = by_use(context, global.expr, name) {
            sink.report(range, format!("`{name}` is no global of the server: did you mean `{meant}`?"))
                .help(why)
                .fix(format!("Replace by `{meant}`"), vec![Edit::replace(range, meant)]);
            continue;
        }
        if let Some(foreign) = Foreign::of(name, context.source(), range) {
            let finding = sink.report(range, format!("`{name}` is no global of the server: {}", foreign.message));
            if let Some(meant) = foreign.meant {
                finding.fix(format!("Replace by `{meant}`"), vec![Edit::replace(range, meant)]);
            }
            continue;
        }
        let local = script
            .scopes
            .locals()
            .filter(|(_, local)| local.scope.contains(range.start))
            .map(|(id, _)| script.name(id));
        let meant = api::suggest_global(name, context.targets, context.api_context(global.function))
            .or_else(|| api::closest(name, local));
        match meant {
            Some(meant) => sink
                .report(range, format!("`{name}` is no global of the server: did you mean `{meant}`?"))
                .fix(format!("Replace by `{meant}`"), vec![Edit::replace(range, meant)]),
            None => sink
                .report(range, format!("`{name}` is no global of the server"))
                .help("the script stops here: Script attempted to access nonexistent global variable"),
        };
    }
}

/// Reports the names that the files of a folder lack, for all of them.
fn folder_lack(context: &Context<'_>, sink: &mut Sink<'_>, range: TextRange, lack: &FolderLack) {
    let name = context.shown(range);
    let (files, file) = (lack.files.len(), &lack.declared_in);
    let (names, them) = match lack.names.len() {
        1 => (format!("`{name}` is no global of the server"), "it"),
        2 => (format!("`{name}` and 1 more name are no globals of the server"), "them"),
        count => (format!("`{name}` and {} more names are no globals of the server", count - 1), "them"),
    };
    let first = lack.files.first().map_or("", String::as_str);
    sink.report(range, format!("{names}: {files} files of this folder use {them}, and {file} declares {them}")).help(
        format!(
            "if a program joins them, write `join = [[\"{file}\", \"{first}\"], …]` under `[includes]` in redlua.toml"
        ),
    );
}

/// The meaning of a name by its use, with the reason: `X.call` is `redis.call`, and a command or an option as an argument
/// lacks its quotes.
fn by_use(context: &Context<'_>, expr: ExprId, name: &str) -> Option<(String, &'static str)> {
    let script = context.script;
    let calls = |member: &str| matches!(member, "call" | "pcall");
    let parent = script.parent(expr)?;
    match &context.tree()[parent].kind {
        ExprKind::Field { base, name: member } if *base == expr && calls(member.as_str(context.source())) => {
            Some(("redis".to_owned(), "commands are called by `redis.call`"))
        }
        ExprKind::MethodCall(call) if call.base == expr && calls(call.name.as_str(context.source())) => {
            Some(("redis".to_owned(), "commands are called by `redis.call`"))
        }
        // `rcall('GET', …)` without `local rcall = redis.call`.
        ExprKind::Call(call) if call.callee == expr && name.to_ascii_lowercase().ends_with("call") => {
            let command = script.constant_string(*call.args.first()?)?;
            let full = if name.to_ascii_lowercase().ends_with("pcall") { "redis.pcall" } else { "redis.call" };
            commands::lookup(&command).map(|_| (full.to_owned(), "commands are called by `redis.call`"))
        }
        ExprKind::Call(_) => {
            let call = script.command_call(parent)?;
            let at = call.words.iter().position(|&word| word == expr)?;
            let is_command = at == 0 && commands::lookup(name.as_bytes()).is_some();
            let is_option = at > 0
                && name.len() > 1
                && name.bytes().all(|byte| byte.is_ascii_uppercase())
                && call.binding.spec.is_some_and(|spec| spec.has_option(name));
            (is_command || is_option)
                .then(|| (format!("'{name}'"), "the words of a command are strings: without quotes this is a variable"))
        }
        _ => None,
    }
}

/// A name that other languages have.
struct Foreign {
    message: &'static str,
    /// Its counterpart in Lua.
    meant: Option<&'static str>,
}

impl Foreign {
    fn of(name: &str, source: &[u8], range: TextRange) -> Option<Self> {
        let next = source.get(range.end as usize);
        let (quoted, called) = (matches!(next, Some(b'\'' | b'"')), next == Some(&b'('));
        let (message, meant) = match name {
            "null" | "Null" | "NULL" | "None" | "undefined" => ("the missing value is `nil` in Lua", Some("nil")),
            "True" | "TRUE" => ("it is `true` in Lua", Some("true")),
            "False" | "FALSE" => ("it is `false` in Lua", Some("false")),
            "f" | "F" if quoted => ("Lua has no f-strings: join with `..`, or use `string.format`", None),
            "r" | "b" | "u" if quoted => ("strings have no prefix in Lua", None),
            "throw" | "raise" => ("an error is raised with `error(…)`", None),
            "try" | "catch" | "except" => ("an error is caught with `pcall(f, …)` in Lua", None),
            "len" | "strlen" if called => ("the length of `x` is `#x` in Lua", None),
            "str" | "String" if called => ("did you mean `tostring`?", Some("tostring")),
            "parseInt" | "parseFloat" | "Number" => ("did you mean `tonumber`?", Some("tonumber")),
            "JSON" | "json" => ("did you mean `cjson`?", Some("cjson")),
            _ => return None,
        };
        Some(Self { message, meant })
    }
}

/// Other scripts as globals, `_G['f_' .. sha]`.
fn scripts(context: &Context<'_>, sink: &mut Sink<'_>) {
    let is_sha = |text: &[u8]| text.len() == 40 && text.iter().all(u8::is_ascii_hexdigit);
    if !context.script.scopes.globals().iter().any(|global| global.name.text(context.source()) == b"_G") {
        return;
    }
    let is_globals = |base: ExprId| context.script.api(base) == Some(ApiPath::Global("_G"));
    for (id, expr) in context.tree().exprs() {
        let names_script = |key: ExprId| {
            context.templates(key).iter().all(|name| match &*name.0 {
                [Piece::Text(text)] => text.strip_prefix(b"f_").is_some_and(is_sha),
                [Piece::Text(text), _] => text == b"f_",
                _ => false,
            })
        };
        let is_script = match &expr.kind {
            ExprKind::Index { base, key } if is_globals(*base) => names_script(*key),
            ExprKind::Call(call) => match (context.script.api(call.callee), &*call.args) {
                (Some(ApiPath::Global("rawget")), [base, key]) if is_globals(*base) => names_script(*key),
                _ => false,
            },
            ExprKind::Field { base, name } if is_globals(*base) => {
                name.text(context.source()).strip_prefix(b"f_").is_some_and(is_sha)
            }
            _ => continue,
        };
        if is_script {
            sink.report(context.range(id), "scripts are no globals any more: none can be called by its SHA1")
                .help("put what they share into a function library, or into one script");
        }
    }
}

/// True if any server has the name, or another rule reports it.
fn is_of_the_sandbox(name: &str) -> bool {
    api::global(name).is_some()
        || api::forbidden_global(name).is_some()
        || matches!(name, "__redis__err__handler" | "__server__err__handler")
}

/// Returns true if the program that loads the script defines the name. A name in quotes may be anything, unless it is called.
fn is_of_the_program(context: &Context<'_>, expr: ExprId, offset: u32) -> bool {
    let script = context.script;
    let is_called = || {
        let parent = script.parent(expr);
        parent.is_some_and(|call| matches!(&context.tree()[call].kind, ExprKind::Call(call) if call.callee == expr))
    };
    match script.environment.programs.get(&offset) {
        Some(ProgramName::Declared) => true,
        Some(ProgramName::Quoted) => is_called(),
        None => false,
    }
}

/// True if the script itself assigns the global: then the assignment is the error to report.
fn is_written(context: &Context<'_>, name: &str) -> bool {
    context
        .script
        .scopes
        .globals()
        .iter()
        .any(|global| global.write.is_some() && global.name.as_str(context.source()) == name)
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn names_that_are_nowhere() {
        check(
            "undefined-global",
            "
local total = tonumer(ARGV[1])
            --^^^^^^^ error[undefined-global]: `tonumer` is no global of the server: did you mean `tonumber`?
local function f(...) return #arg, arg[1] end
return totl + frobnicate(total) + f()
     --^^^^ error[undefined-global]: `totl` is no global of the server: did you mean `total`?
            --^^^^^^^^^^ error[undefined-global]: `frobnicate` is no global of the server
",
        );
        check(
            "undefined-global",
            "
local v = Valkey.pcall('INCR', KEYS[1])
        --^^^^^^ error[undefined-global]: `Valkey` is no global of the server: did you mean `redis`?
redis.call(GET, KEYS[1])
         --^^^ error[undefined-global]: `GET` is no global of the server: did you mean `'GET'`?
redis.call('SET', KEYS[1], v, EX, 10)
                            --^^ error[undefined-global]: `EX` is no global of the server: did you mean `'EX'`?
local w = rcall('GET', KEYS[1])
        --^^^^^ error[undefined-global]: `rcall` is no global of the server: did you mean `redis.call`?
local f = _G['f_' .. ARGV[1]]
        --^^^^^^^^^^^^^^^^^^^ error[undefined-global]: scripts are no globals any more: none can be called by its SHA1
return f(), _G[ARGV[2]], _G['f_' .. 'x']
",
        );
        check(
            "undefined-global",
            "
if ARGV[1] == null then return f'a' end
            --^^^^ error[undefined-global]: `null` is no global of the server: the missing value is `nil` in Lua
                             --^ error[undefined-global]: `f` is no global of the server: Lua has no f-strings: join with `..`, or use `string.format`
return json.decode(ARGV[1])
     --^^^^ error[undefined-global]: `json` is no global of the server: did you mean `cjson`?
",
        );
        check("undefined-global", "return redis.call('GET', KEYS[1]), #ARGV, _VERSION, cjson.null\n");
    }
}
