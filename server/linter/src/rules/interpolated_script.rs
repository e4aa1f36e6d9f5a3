//! Values that a program pastes into the text of a script.

use semantic::{Pasted, TableUse};
use syntax::ExprKind;

use crate::rule::declare_rule;
use crate::{Context, Level, Sink};

declare_rule! {
    /// ## What it does
    /// Points out values that a program pastes into the text of a script in one of its strings: by a template, a format or a
    /// concatenation. Only what comes from a parameter of the function around it is reported: a prefix, a constant or a setting
    /// makes few scripts, and code that makes code is meant.
    ///
    /// ## Why it is bad
    /// The server knows scripts by their texts: each value makes another script, which is compiled, and kept in memory: up to
    /// Redis 7.2, and in Valkey, until `SCRIPT FLUSH` or a restart; Redis 7.4 keeps the last 500. Within a Lua string, a quote in the value ends
    /// the string, and what follows runs as code. Keys that are not passed in KEYS fail on a cluster.
    ///
    /// ## Example
    /// ```python
    /// def get(r, user):
    ///     return r.eval(f"return redis.call('GET', 'user:{user}')", 0)
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// def get(r, user):
    ///     return r.eval("return redis.call('GET', KEYS[1])", 1, f"user:{user}")
    /// ```
    code: "interpolated-script",
    group: Hosts,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for pasted in context.script.pasted.iter() {
        report(context, sink, pasted);
    }
}

fn report(context: &Context<'_>, sink: &mut Sink<'_>, pasted: &Pasted) {
    let tree = context.tree();
    let is_comment = context.script.parse.comments.iter().any(|it| it.range.contains_range(pasted.range));
    let value = tree.exprs().find(|(_, expr)| expr.range == pasted.range);
    let Some((value, _)) = value.filter(|_| !is_comment) else { return };
    // A string with a hole is a concatenation.
    let mut whole = value;
    while let Some(parent) = context
        .script
        .parent(whole)
        .filter(|&it| matches!(tree[it].kind, ExprKind::Binary { .. } | ExprKind::Paren(..)))
    {
        whole = parent;
    }
    let calls = &context.script.calls;
    // The name of a command is one of few.
    let names_command =
        calls.iter().any(|call| call.words.first().is_some_and(|it| context.range(*it).contains_range(pasted.range)));
    if names_command {
        return;
    }
    let is_key = context.keys().iter().any(|used| {
        let word = calls[used.call].words.get(used.key.word);
        word.is_some_and(|it| context.range(*it).contains_range(pasted.range))
    });
    let is_in_string = whole != value;
    let shown = &pasted.expression;
    let danger = if is_in_string { ", and a quote in it ends the Lua string" } else { "" };
    let (table, what) = if is_key { ("KEYS", "key") } else { ("ARGV", "argument") };
    let uses = if is_key { &context.script.keys } else { &context.script.argv };
    let help = match next(uses) {
        Some(next) => format!("write {table}[{next}] in the script, and pass the value as {what} {next}"),
        None => format!("pass the value as an {what}, and read it from {table}").replace("an key", "a key"),
    };
    let finding = sink.report(
        pasted.range,
        format!("`{shown}` is pasted into the script: each value is another script to the server{danger}"),
    );
    let finding = finding.help(help);
    if !is_in_string {
        finding.level(Level::Hint);
    }
}

/// The index of the next element, if the script reads all by constant indices.
fn next(uses: &TableUse) -> Option<u32> {
    uses.dynamic.is_empty().then(|| uses.highest() + 1)
}
