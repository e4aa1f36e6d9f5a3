//! Locals, functions, and the elements of KEYS and ARGV.

use std::fmt::Write as _;

use semantic::{Init, LocalId};
use syntax::ExprKind;

use crate::{
    Element, Project,
    annotation::Annotated,
    doc_comment, functions,
    naming::element_name,
    render::{self, api_item, shown, typed_signature},
};

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

/// Hover of a local: its type and origin, at a use or at its declaration.
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
    let found = render::of_local(it, id, at);
    let api = from.and_then(|expr| script.api(expr)).and_then(|path| api_item(path, &it.options.targets));
    let given = match fixed {
        Some(Init::Expr(call)) => render::given(project, of, call, 0),
        Some(Init::Nth(call, nth)) => render::given(project, of, call, nth),
        _ => None,
    };
    // An alias of the API is what it stands for.
    let annotated = Annotated::of_local(project, of, id, at.map(|expr| script.tree()[expr].range.start))
        .map(|found| render::in_lines(found.text(project)));
    let mut head = render::head(it, id, at, found.filter(|_| api.is_none()), annotated);
    if let Some(text) = given.filter(|_| found.is_some_and(|found| it.script.flow().describe(found).is_empty())) {
        let _ = write!(head, ": {text}");
    }
    let is_function = render::function_of(script, id).is_some();
    let is_dead = found.is_some_and(|found| found.kinds.is_empty());
    let words = found.filter(|_| !is_function && !is_dead).and_then(|found| render::words(it, found, fixed, name));
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
    if let Some(text) = doc_comment::of_local(it, id).or_else(|| alias?.1) {
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
