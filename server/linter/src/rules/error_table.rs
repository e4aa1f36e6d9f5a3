//! Tables without a text that are raised as errors.

use commands::Target;
use semantic::{ApiPath, Constant, flow::TableType};
use syntax::{ExprId, ExprKind, TableField};

use crate::rule::declare_rule;
use crate::{Context, Level, Sink, context::on_targets};

declare_rule! {
    /// ## What it does
    /// Reports `error(table)` where the table has no field `err`: one of the script's own, a status, a list.
    ///
    /// ## Why it is bad
    /// The server looks for the text in `err`. Redis 7.0 to 7.4 and Valkey 8.0 end as a whole when they do not find it, with
    /// all their clients; newer servers answer `ERR unknown error`. An error that `pcall` catches does no harm.
    ///
    /// ## Example
    /// ```lua
    /// if not ARGV[1] then error({code = 'NOARG'}) end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if not ARGV[1] then error({err = 'NOARG an argument is wanted'}) end
    /// ```
    code: "error-table",
    group: Client,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

/// True if a server ends when a script raises such a table. Seen on the last releases of these versions but 7.4, which has
/// mended it in 7.4.5, as Valkey has in 8.0.4.
fn ends(target: Target) -> bool {
    target.since(7, 0) && !target.redis_since(8, 0) && !target.valkey_since(8, 1)
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (tree, script) = (context.tree(), context.script);
    for (id, expr) in tree.calls() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        if script.api(call.callee) != Some(ApiPath::Global("error")) {
            continue;
        }
        let Some(&table) = call.args.first().filter(|&&table| has_no_text(context, table)) else { continue };
        if is_protected(context, id) {
            continue;
        }
        let ending: Vec<Target> = context.targets.iter().copied().filter(|&target| ends(target)).collect();
        let (message, level) = match ending.len() {
            0 => ("the error has no text: the server answers `unknown error`".to_owned(), Level::Warning),
            all if all == context.targets.len() => {
                ("this error ends the server: the table has no `err`".to_owned(), Level::Error)
            }
            _ => (format!("this error ends the server{}: the table has no `err`", on_targets(&ending)), Level::Error),
        };
        sink.report(context.range(table), message)
            .level(level)
            .help("give it the text: `error({err = 'CODE what happened'})`");
    }
}

/// True if an expression surely is a table that never has `err`.
fn has_no_text(context: &Context<'_>, table: ExprId) -> bool {
    let Some(of) = context.script.flow().of(table).filter(|of| of.is(semantic::flow::Kinds::TABLE)) else {
        return false;
    };
    !of.tables.is_empty()
        && of.tables.iter().all(|it| match it {
            TableType::Status(_) | TableType::List(_) | TableType::Keys | TableType::Argv => true,
            TableType::Built(made) => is_made_here(context, table, *made),
            _ => false,
        })
}

/// True if a table is raised as the constructor `made` made it, without `err`.
fn is_made_here(context: &Context<'_>, table: ExprId, made: ExprId) -> bool {
    let (tree, script) = (context.tree(), context.script);
    let table = tree.unparen(table);
    let untouched = script.scopes.local_of(table).is_none_or(|local| script.scopes[local].reads.len() == 1);
    let ExprKind::Table(fields) = &tree[made].kind else { return false };
    let is_other = |field: &TableField| match field {
        TableField::Item(_) => true,
        TableField::Named { name, .. } => name.text(context.source()) != b"err",
        TableField::Keyed { key, .. } => {
            script.constant(*key).is_some_and(|key| key != Constant::String(b"err".into()))
        }
    };
    untouched && script.resolve(table) == made && fields.iter().all(is_other)
}

/// True if something may catch the error raised here: the code is in a function that is not only called by name, or is called
/// from such a function.
fn is_protected(context: &Context<'_>, raised: ExprId) -> bool {
    let script = context.script;
    let mut open = vec![script.scopes.function_of(raised)];
    let mut seen = Vec::new();
    while let Some(function) = open.pop() {
        if function == syntax::Tree::CHUNK || seen.contains(&function) {
            continue;
        }
        seen.push(function);
        if script.library.as_ref().is_some_and(|library| library.is_callback(function)) {
            continue;
        }
        let Some(calls) = script.calls_of(function) else { return true };
        open.extend(calls.into_iter().map(|call| script.scopes.function_of(call)));
    }
    false
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Options, test_support::*};

    #[test]
    fn servers_that_end() {
        check(
            "error-table",
            "
local function fail() return error({ok = 'x'}) end
                                 --^^^^^^^^^^ error[error-table]: this error ends the server: the table has no `err`
if not ARGV[1] then fail() end
error(redis.status_reply('no'))
    --^^^^^^^^^^^^^^^^^^^^^^^^ error[error-table]: this error ends the server: the table has no `err`
",
        );
        let newer = Options { targets: vec![Target::redis(8, 2)], ..Options::default() };
        check_with(
            "error-table",
            "
error({code = 1})
    --^^^^^^^^^^ warning[error-table]: the error has no text: the server answers `unknown error`
",
            &newer,
            None,
        );
    }

    #[test]
    fn texts_and_what_is_caught() {
        check(
            "error-table",
            "
local function fail(code) error({code = code}) end
local ok, why = pcall(fail, 'NO')
local function inner() error({code = 1}) end
local function outer() inner() end
pcall(outer)
local e = {}
e.err = 'ERR x'
if not ok then error(e) end
if why then error({err = 'NO'}) end
local t = cjson.decode(ARGV[1])
error(t)
",
        );
    }
}
