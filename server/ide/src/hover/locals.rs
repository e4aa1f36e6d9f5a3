//! Locals, functions, and the elements of KEYS and ARGV.

use std::fmt::Write as _;

use semantic::{Init, LocalId, Script};
use syntax::ExprKind;

use super::{items::api_item, shown, types, types::signature as typed_signature};
use crate::{Element, File, Project, annotation::Annotated, doc_comment, functions};

/// A key or an argument.
pub(super) fn element(project: &Project, file: usize, element: Element) -> String {
    let it = &project.files[file];
    let mut out = format!("```lua\n{}[{}]\n```\n", element.table(), element.index);
    if let Some(name) = element_name(it, element) {
        let _ = writeln!(out, "{name}");
    }
    let uses = if element.is_key { &it.script.keys } else { &it.script.argv };
    let count = uses.indices.iter().filter(|used| used.index == f64::from(element.index)).count();
    let kind = if element.is_key { "Key" } else { "Argument" };
    let _ = write!(
        out,
        "\n{kind} {} of the script, used {count} time{}\n",
        element.index,
        if count == 1 { "" } else { "s" }
    );
    out
}

/// Name of an element: by the header, or by the local that it is put into.
pub(crate) fn element_name(file: &File, element: Element) -> Option<String> {
    let script = &file.script;
    let (entries, uses) =
        if element.is_key { (&script.header.keys, &script.keys) } else { (&script.header.args, &script.argv) };
    let told = entries.iter().find(|entry| entry.index == element.index && !entry.text.is_empty());
    match told {
        Some(entry) => Some(file.text(entry.text).into_owned()),
        None => uses.name_in(script, element.index).map(str::to_owned),
    }
}

/// A local: what it is and where it comes from, at a use or where it is declared.
pub(super) fn local(project: &Project, of: usize, id: LocalId, at: Option<syntax::ExprId>) -> String {
    let it = &project.files[of];
    let script = &it.script;
    let local = &script.scopes[id];
    let name = script.name(id);
    let fixed = script.scopes.fixed(id);
    let from = match fixed {
        Some(Init::Expr(expr) | Init::Nth(expr, _)) => Some(expr),
        _ => None,
    };
    let found = types::of_local(it, id, at);
    let api = from.and_then(|expr| script.api(expr)).and_then(|path| api_item(path, &it.options.targets));
    let given = match fixed {
        Some(Init::Expr(call)) => types::given(project, of, call, 0),
        Some(Init::Nth(call, nth)) => types::given(project, of, call, nth),
        _ => None,
    };
    // An alias of the API is what it stands for.
    let annotated = Annotated::of_local(project, of, id, at.map(|expr| script.tree()[expr].range.start))
        .map(|found| types::in_lines(found.text(project)));
    let mut head = types::head(it, id, at, found.filter(|_| api.is_none()), annotated);
    if let Some(text) = given.filter(|_| found.is_some_and(|found| it.script.flow().describe(found).is_empty())) {
        let _ = write!(head, ": {text}");
    }
    let is_function = types::function_of(script, id).is_some();
    let is_dead = found.is_some_and(|found| found.kinds.is_empty());
    let words = found.filter(|_| !is_function && !is_dead).and_then(|found| types::words(it, found, fixed, name));
    // What nothing else tells of is told by what it is made of.
    let literal = |expr: syntax::ExprId| matches!(script.tree()[expr].kind, ExprKind::String | ExprKind::Number(_));
    if let (None, false, Some(Init::Expr(expr) | Init::Nth(expr, 0))) = (&words, is_function || is_dead, fixed)
        && !(literal(expr) && head.contains(": "))
    {
        let _ = write!(head, " = {}", shown(it, script.tree()[expr].range));
    }
    let alias = if is_function || api.is_some() { None } else { alias(project, of, id) };
    if let Some((signature, _)) = &alias {
        let _ = write!(head, "\n{signature}");
    }
    let mut out = format!("```lua\n{head}\n```\n");
    if let Some(words) = words {
        let _ = writeln!(out, "{words}");
    }
    if let Some(text) = api {
        out.push_str(&text);
    }
    if at.is_none() && !local.writes.is_empty() {
        const MOST: usize = 4;
        let mut lines: Vec<String> = local
            .writes
            .iter()
            .take(MOST)
            .map(|write| (it.lines.line(script.tree()[write.target].range.start) + 1).to_string())
            .collect();
        lines.dedup();
        if local.writes.len() > MOST {
            lines.push("…".to_owned());
        }
        let plural = if lines.len() == 1 { "" } else { "s" };
        let _ = writeln!(out, "\nAssigned again in line{plural} {}", lines.join(", "));
    }
    if let Some(text) = documentation(it, id).or_else(|| alias?.1) {
        let _ = writeln!(out, "\n{text}");
    }
    out
}

/// The function of a table or of another local that a local is always another name of: its signature and its comment.
fn alias(project: &Project, of: usize, id: LocalId) -> Option<(String, Option<String>)> {
    let script = &project.files[of].script;
    let Some(Init::Expr(expr)) = script.scopes.fixed(id) else { return None };
    if !matches!(script.tree()[expr].kind, ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. }) {
        return None;
    }
    let [(file, function)] = functions::of_value(project, of, expr)[..] else { return None };
    let other = &project.files[file];
    let named = functions::of(other, function)?;
    let signature = typed_signature(&other.script, &named.name, function);
    Some((format!("function {signature}"), doc_comment::of(other, named.whole)))
}

/// A function's name with its parameters, without the `self` of a method.
pub(crate) fn signature(script: &Script, name: &str, function: syntax::FunctionId) -> String {
    let skipped = usize::from(script.tree()[function].method);
    format!("{name}{}", params(script, function, skipped))
}

/// The parameters of a function in parentheses, without the first so many; `self` of a method is one.
pub(crate) fn params(script: &Script, function: syntax::FunctionId, skipped: usize) -> String {
    let params = script.scopes.params(function).iter().skip(skipped);
    let mut names: Vec<&str> = params.map(|&param| script.name(param)).collect();
    if script.tree()[function].vararg {
        names.push("...");
    }
    format!("({})", names.join(", "))
}

/// The comment that documents a local.
pub(crate) fn documentation(file: &File, id: LocalId) -> Option<String> {
    let stmt = file.script.scopes[id].stmt?;
    doc_comment::of(file, file.script.tree()[stmt].range)
}
