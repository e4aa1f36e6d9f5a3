//! Reads the registrations of a function library.

use syntax::{ExprId, ExprKind, FunctionId, TableField, Tree};

use crate::{ApiPath, Library, Registration, Script};

/// The calls of `redis.register_function` in a file.
fn registering_calls(script: &Script) -> impl Iterator<Item = ExprId> + '_ {
    script.tree().exprs().filter_map(|(id, expr)| {
        let ExprKind::Call(call) = &expr.kind else { return None };
        let callee = &script.tree()[script.tree().unparen(call.callee)].kind;
        let may_be = match callee {
            ExprKind::Field { name, .. } => name.text(&script.source) == b"register_function",
            ExprKind::Name(_) => script.scopes.local_of(call.callee).is_some(),
            _ => false,
        };
        let is =
            may_be && matches!(script.api(call.callee), Some(ApiPath::Member("redis" | "server", "register_function")));
        is.then_some(id)
    })
}

/// Returns true if a file registers functions, shebang or not.
pub(crate) fn registers(script: &Script) -> bool {
    memchr::memmem::find(&script.source, b"register_function").is_some() && registering_calls(script).next().is_some()
}

/// Reads the registrations of a library, and the functions that run while it loads.
pub(crate) fn read(script: &Script) -> Library {
    let mut library = Library::default();
    for call in registering_calls(script) {
        let registration = registration(script, call);
        library.callbacks.extend(registration.callback);
        library.registrations.push(registration);
    }
    library.at_load.insert(Tree::CHUNK);
    let calls: Vec<(FunctionId, FunctionId)> = script
        .tree()
        .exprs()
        .filter(|(_, expr)| matches!(expr.kind, ExprKind::Call(_)))
        .filter_map(|(id, _)| Some((script.scopes.function_of(id), script.called_function(id)?)))
        .collect();
    loop {
        let before = library.at_load.len();
        for (from, to) in &calls {
            if library.at_load.contains(from) {
                library.at_load.insert(*to);
            }
        }
        if library.at_load.len() == before {
            return library;
        }
    }
}

fn registration(script: &Script, id: ExprId) -> Registration {
    let tree = script.tree();
    let mut found =
        Registration { call: id, name: None, name_expr: None, callback_expr: None, callback: None, flags: None };
    let ExprKind::Call(call) = &tree[id].kind else { return found };
    if let [single] = *call.args {
        if let ExprKind::Table(fields) = &tree[script.resolve(single)].kind {
            found.flags = Some(Vec::new());
            for field in fields {
                let TableField::Named { name, value } = field else { continue };
                match name.text(&script.source) {
                    b"function_name" => found.name_expr = Some(*value),
                    b"callback" => found.callback_expr = Some(*value),
                    b"flags" => found.flags = flags(script, *value),
                    _ => {}
                }
            }
        }
    } else {
        found.name_expr = call.args.first().copied();
        found.callback_expr = call.args.get(1).copied();
        found.flags = Some(Vec::new());
    }
    found.name = found
        .name_expr
        .and_then(|expr| script.constant(expr))
        .and_then(|name| Some(String::from_utf8_lossy(&name.as_bytes()?).into_owned()));
    found.callback = found.callback_expr.and_then(|expr| script.named_function(expr));
    found
}

fn flags(script: &Script, expr: ExprId) -> Option<Vec<(String, ExprId)>> {
    let ExprKind::Table(fields) = &script.tree()[script.resolve(expr)].kind else { return None };
    fields
        .iter()
        .map(|field| {
            let TableField::Item(value) = field else { return None };
            let flag = script.constant_string(*value)?;
            Some((String::from_utf8_lossy(&flag).into_owned(), *value))
        })
        .collect()
}
