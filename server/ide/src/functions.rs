//! The functions of a file that have a name: locals, fields of tables, methods.

use semantic::{Init, LocalId, Script};
use syntax::{ExprId, ExprKind, FunctionId, StmtKind, TableField};
use text::TextRange;

use crate::{File, Project, render};

/// The declaration of a function with a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct NamedFunction {
    /// The function.
    pub function: FunctionId,
    /// Its name with the tables that it is in: `M.count`, `account:deposit`.
    pub name: String,
    /// Range of the name itself, without tables.
    pub selection: TextRange,
    /// The statement or the field.
    pub whole: TextRange,
    /// The local that it is, if it is no field.
    pub local: Option<LocalId>,
    /// True if it is declared with `:`.
    pub is_method: bool,
}

/// The functions with names of a file, in the order of their names.
pub(crate) fn named(file: &File) -> Vec<NamedFunction> {
    let script = &file.script;
    let tree = script.tree();
    let mut found = Vec::new();
    for (id, local) in script.scopes.locals() {
        let Init::Function(function) = local.init else { continue };
        let whole = local.stmt.map_or(local.name.range, |stmt| tree[stmt].range).cover(tree[function].range);
        found.push(NamedFunction {
            function,
            name: script.name(id).to_owned(),
            selection: local.name.range,
            whole,
            local: Some(id),
            is_method: false,
        });
    }
    for (_, stmt) in tree.stmts() {
        let mut add = |target: ExprId, function: FunctionId| {
            let (name, selection) = match &tree[target].kind {
                ExprKind::Field { base, name } => {
                    let sign = if tree[function].method { ":" } else { "." };
                    (format!("{}{sign}{}", render::shown(file, tree[*base].range), file.text(name.range)), name.range)
                }
                ExprKind::Name(name) => (file.text(name.range).into_owned(), name.range),
                ExprKind::Index { key, .. } => (render::shown(file, tree[target].range), tree[*key].range),
                _ => return,
            };
            let is_method = tree[function].method;
            let whole = stmt.range;
            found.push(NamedFunction { function, name, selection, whole, local: None, is_method });
        };
        match &stmt.kind {
            StmtKind::Function { target, function } => add(*target, *function),
            StmtKind::Assign { targets, values } => {
                for (&target, &value) in targets.iter().zip(values.iter()) {
                    if let ExprKind::Function(function) = tree[value].kind {
                        add(target, function);
                    }
                }
            }
            _ => {}
        }
    }
    for (id, expr) in tree.exprs() {
        let ExprKind::Table(fields) = &expr.kind else { continue };
        for field in fields {
            let (selection, value) = match *field {
                TableField::Named { name, value } => (name.range, value),
                TableField::Keyed { key, value } if tree[key].kind == ExprKind::String => (tree[key].range, value),
                _ => continue,
            };
            if let ExprKind::Function(function) = tree[value].kind {
                found.push(NamedFunction {
                    function,
                    name: field_path(file, id, &file.text(selection)),
                    selection,
                    whole: selection.cover(tree[value].range),
                    local: None,
                    is_method: false,
                });
            }
        }
    }
    found.sort_by_key(|it| it.selection.start);
    found
}

/// A field of the table that a constructor makes, with the names by which the table is first known.
pub(crate) fn field_path(file: &File, constructor: ExprId, name: &str) -> String {
    let script = &file.script;
    let tree = script.tree();
    let mut path = name.to_owned();
    let mut at = constructor;
    // A constructor in a constructor is a field of that.
    while let Some(parent) = script.parent(at)
        && let ExprKind::Table(fields) = &tree[parent].kind
    {
        let Some(TableField::Named { name, .. }) = fields.iter().find(|field| field.value() == at) else {
            return path;
        };
        path = format!("{}.{path}", file.text(name.range));
        at = parent;
    }
    match holder(script, at) {
        Some(range) => format!("{}.{path}", render::shown(file, range)),
        None => path,
    }
}

/// The name or field that an expression is the first value of.
fn holder(script: &Script, expr: ExprId) -> Option<TextRange> {
    let tree = script.tree();
    match &tree[script.scopes.stmt_of(expr)].kind {
        StmtKind::Local { names, values } => {
            let at = values.iter().position(|&value| value == expr)?;
            Some(names.get(at)?.range)
        }
        StmtKind::Assign { targets, values } => {
            let at = values.iter().position(|&value| value == expr)?;
            Some(tree[*targets.get(at)?].range)
        }
        _ => None,
    }
}

/// The function of a file by the place of its name.
pub(crate) fn at(file: &File, selection: TextRange) -> Option<NamedFunction> {
    named(file).into_iter().find(|it| it.selection == selection)
}

/// A function by itself, if it has a name.
pub(crate) fn of(file: &File, function: FunctionId) -> Option<NamedFunction> {
    named(file).into_iter().find(|it| it.function == function)
}

/// The functions of the script's own that a call or a method call may call, with their files.
pub(crate) fn called(project: &Project, file: usize, call: ExprId) -> Vec<(usize, FunctionId)> {
    let script = &project.files[file].script;
    match &script.tree()[call].kind {
        ExprKind::Call(call) if script.api(call.callee).is_some_and(|path| path.is_of_server()) => Vec::new(),
        ExprKind::Call(call) => of_value(project, file, call.callee),
        ExprKind::MethodCall(call) => {
            let tables = project.points_to(file);
            let Some(id) = tables.use_at(file, call.name.range.start) else { return Vec::new() };
            tables.functions(&tables.values(id)).collect()
        }
        _ => Vec::new(),
    }
}

/// The functions of the script's own that an expression may be, with their files.
pub(crate) fn of_value(project: &Project, file: usize, expr: ExprId) -> Vec<(usize, FunctionId)> {
    // A local that always is the same function needs no analysis of tables.
    if let Some((of, id)) = project.local(file, expr)
        && let Some(Init::Function(function)) = project.files[of].script.scopes.fixed(id)
    {
        return vec![(of, function)];
    }
    let tables = project.points_to(file);
    tables.functions(tables.of_expr(file, expr)).collect()
}
