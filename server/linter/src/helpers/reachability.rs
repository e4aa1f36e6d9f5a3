//! Functions that only read-only code calls, and the code that a function may reach.

use rustc_hash::FxHashSet;
use semantic::{ApiPath, Init};
use syntax::{ExprId, ExprKind, FunctionId, StmtKind, Tree};

use crate::Context;

/// The flag of scripts and functions that only read.
pub(crate) const NO_WRITES: &str = "no-writes";

/// The functions that run under the flag `no-writes` whenever they run.
pub(crate) fn read_only(context: &Context<'_>) -> FxHashSet<FunctionId> {
    let script = context.script;
    let functions = context.tree().functions().map(|(id, _)| id);
    let Some(library) = &script.library else {
        let flagged =
            script.shebang.as_ref().is_some_and(|line| line.flags().iter().any(|flag| flag.text == NO_WRITES));
        return if flagged { functions.collect() } else { FxHashSet::default() };
    };
    // Flags of functions are read in any case of letters, those of a shebang are not.
    let flagged = |flags: &Option<Vec<(String, ExprId)>>| {
        flags.as_ref().is_some_and(|flags| flags.iter().any(|(flag, _)| flag.eq_ignore_ascii_case(NO_WRITES)))
    };
    if !library.registrations.iter().any(|registration| flagged(&registration.flags)) {
        return FxHashSet::default();
    }
    let registered: FxHashSet<ExprId> =
        library.registrations.iter().filter_map(|registration| registration.callback_expr).collect();
    let mut found: FxHashSet<FunctionId> = functions.filter(|&id| id != Tree::CHUNK).collect();
    found.retain(|&id| {
        let mut registrations = library.registrations.iter().filter(|registration| registration.callback == Some(id));
        registrations.all(|registration| flagged(&registration.flags))
    });
    loop {
        let before = found.len();
        let kept: FxHashSet<FunctionId> = found
            .iter()
            .copied()
            .filter(|&id| match script.scopes.name_of(id) {
                Some(local) => {
                    let data = &script.scopes[local];
                    data.writes.is_empty()
                        && !data.reads.is_empty()
                        && !script.is_used_elsewhere(local)
                        && data.reads.iter().all(|&read| {
                            registered.contains(&read)
                                || (script.call_by_callee(read).is_some()
                                    && found.contains(&script.scopes.function_of(read)))
                        })
                }
                None => library.is_callback(id) || found.contains(&script.scopes.parent(id)),
            })
            .collect();
        found = kept;
        if found.len() == before {
            return found;
        }
    }
}

/// The functions whose result goes to the client: the chunk of a script, the functions of a library that nothing else calls.
pub(crate) fn answering(context: &Context<'_>) -> FxHashSet<FunctionId> {
    let script = context.script;
    let Some(library) = &script.library else { return FxHashSet::from_iter([Tree::CHUNK]) };
    library
        .registrations
        .iter()
        .filter_map(|registration| registration.callback)
        .filter(|&callback| match script.scopes.name_of(callback) {
            Some(local) => script.scopes[local].reads.iter().all(|&read| script.call_by_callee(read).is_none()),
            None => true,
        })
        .collect()
}

/// All functions that `root` may run: those that it holds or names, and so on.
pub(crate) fn reached(context: &Context<'_>, root: FunctionId) -> FxHashSet<FunctionId> {
    let script = context.script;
    let mut edges: Vec<(FunctionId, FunctionId)> = Vec::new();
    for (id, expr) in context.tree().exprs() {
        let to = match expr.kind {
            ExprKind::Function(function) => Some(function),
            ExprKind::Name(_) => match script.scopes.local_of(id).map(|local| script.scopes[local].init) {
                Some(Init::Function(function)) => Some(function),
                _ => None,
            },
            _ => None,
        };
        edges.extend(to.map(|to| (script.scopes.function_of(id), to)));
    }
    let mut found = FxHashSet::from_iter([root]);
    loop {
        let before = found.len();
        for (from, to) in &edges {
            if found.contains(from) {
                found.insert(*to);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Returns true if all that the functions call is known: their own like, harmless functions of the API, and commands.
pub(crate) fn is_closed(context: &Context<'_>, functions: &FxHashSet<FunctionId>) -> bool {
    let script = context.script;
    context.tree().exprs().filter(|(id, _)| functions.contains(&script.scopes.function_of(*id))).all(|(id, expr)| {
        match &expr.kind {
            ExprKind::Call(call) => match script.api(call.callee) {
                Some(path) => is_harmless(path),
                None => script.called_function(id).is_some_and(|function| functions.contains(&function)),
            },
            // Methods of strings; of anything else nothing is known.
            ExprKind::MethodCall(call) => matches!(
                call.name.text(context.source()),
                b"sub"
                    | b"gsub"
                    | b"find"
                    | b"match"
                    | b"gmatch"
                    | b"lower"
                    | b"upper"
                    | b"len"
                    | b"rep"
                    | b"byte"
                    | b"format"
            ),
            ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. } => !is_handed_on(context, id),
            _ => true,
        }
    })
}

/// Returns true if `redis` or `redis.call` is used as a value that may be called out of sight.
fn is_handed_on(context: &Context<'_>, expr: ExprId) -> bool {
    let script = context.script;
    let given = matches!(
        script.api(expr),
        Some(ApiPath::Global("redis" | "server") | ApiPath::Member("redis" | "server", "call" | "pcall"))
    );
    if !given {
        return false;
    }
    match script.parent(expr).map(|parent| &context.tree()[parent].kind) {
        Some(ExprKind::Field { .. } | ExprKind::Index { .. }) => false,
        Some(ExprKind::Call(call)) => {
            call.callee != expr
                && !(call.args.first() == Some(&expr) && script.api(call.callee) == Some(ApiPath::Global("pcall")))
        }
        None => !matches!(context.tree()[script.scopes.stmt_of(expr)].kind, StmtKind::Local { .. }),
        Some(_) => true,
    }
}

fn is_harmless(path: ApiPath<'_>) -> bool {
    match path {
        ApiPath::Global(name) => matches!(
            name,
            "assert"
                | "error"
                | "ipairs"
                | "next"
                | "pairs"
                | "pcall"
                | "xpcall"
                | "select"
                | "tonumber"
                | "tostring"
                | "type"
                | "unpack"
                | "rawget"
                | "rawset"
                | "rawequal"
        ),
        ApiPath::Member("redis" | "server", name) => !matches!(name, "set_repl" | "replicate_commands"),
        ApiPath::Member(table, _) => {
            matches!(table, "string" | "table" | "math" | "bit" | "cjson" | "cmsgpack" | "struct" | "os")
        }
    }
}

/// Returns true if `earlier` is evaluated whenever `later` is, and before it: its block is around `later`, in the same function.
pub(crate) fn runs_before(context: &Context<'_>, earlier: ExprId, later: ExprId) -> bool {
    let scopes = &context.script.scopes;
    if context.range(earlier).end > context.range(later).start
        || scopes.function_of(earlier) != scopes.function_of(later)
    {
        return false;
    }
    let block = scopes.block_of(scopes.stmt_of(earlier));
    let mut stmt = Some(scopes.stmt_of(later));
    while let Some(at) = stmt {
        if scopes.block_of(at) == block {
            return true;
        }
        stmt = scopes.stmt_of_block(scopes.block_of(at));
    }
    false
}
