//! Symbols of a file or the workspace (functions, registered functions, locals of the chunk) and call hierarchy.

use semantic::{ApiPath, Init, LocalKind};
use syntax::{ExprId, ExprKind, FunctionId, StmtKind, TableField, Tree};
use text::TextRange;

use crate::{File, Project, functions, naming::signature};

/// The kinds of symbol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SymbolKind {
    /// A function of the script's own.
    Function,
    /// A function that is declared with `:`.
    Method,
    /// A field of a table that the chunk makes.
    Field,
    /// A function that a library registers for `FCALL`.
    Registered,
    /// A local of the chunk.
    Variable,
    /// A local that never changes and is a literal.
    Constant,
    /// An element of KEYS or ARGV that the header names.
    Parameter,
}

/// A symbol with those inside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// More about it, such as its parameters.
    pub detail: String,
    /// Its kind.
    pub kind: SymbolKind,
    /// Range of the whole symbol.
    pub range: TextRange,
    /// Its name.
    pub selection: TextRange,
    /// The functions inside it.
    pub children: Vec<Symbol>,
}

/// The symbols of a file, in source order.
pub fn document(file: &File) -> Vec<Symbol> {
    if !file.is_script {
        return Vec::new();
    }
    let script = &file.script;
    let tree = script.tree();
    let mut flat: Vec<Symbol> = Vec::new();
    let named = script.header.keys.iter().map(|entry| ("KEYS", entry));
    for (table, entry) in named.chain(script.header.args.iter().map(|entry| ("ARGV", entry))) {
        flat.push(Symbol {
            name: format!("{table}[{}]", entry.index),
            detail: file.text(entry.text).into_owned(),
            kind: SymbolKind::Parameter,
            range: entry.range.cover(entry.text),
            selection: entry.range,
            children: Vec::new(),
        });
    }
    for (id, local) in script.scopes.locals() {
        let top = local.function == Tree::CHUNK && script.scopes.top_level().contains(&id);
        if !top || local.kind != LocalKind::Variable || matches!(local.init, Init::Function(_)) {
            continue;
        }
        let constant = match (local.init, local.writes.is_empty()) {
            (Init::Expr(expr), true) => matches!(tree[expr].kind, ExprKind::String | ExprKind::Number(_)),
            _ => false,
        };
        let detail = match local.init {
            Init::Expr(expr) => crate::render::shown(file, tree[expr].range),
            _ => String::new(),
        };
        flat.push(Symbol {
            name: script.name(id).to_owned(),
            detail,
            kind: if constant { SymbolKind::Constant } else { SymbolKind::Variable },
            range: local.stmt.map_or(local.name.range, |stmt| tree[stmt].range),
            selection: local.name.range,
            children: Vec::new(),
        });
        if let Init::Expr(table) = local.init {
            fields(file, table, &mut flat);
        }
    }
    assigned_fields(file, &mut flat);
    let named = functions::named(file);
    for it in &named {
        // In the outline of its table a field needs no path.
        let is_listed = |symbol: &Symbol| symbol.kind == SymbolKind::Field && symbol.selection == it.selection;
        let listed = flat.iter().position(is_listed).map(|at| flat.swap_remove(at).name);
        flat.push(Symbol {
            name: listed.unwrap_or_else(|| it.name.clone()),
            detail: signature(script, "", it.function),
            kind: if it.is_method { SymbolKind::Method } else { SymbolKind::Function },
            range: it.whole,
            selection: it.selection,
            children: Vec::new(),
        });
    }
    for registration in script.library.iter().flat_map(|library| &library.registrations) {
        if let (Some(name), Some(expr)) = (&registration.name, registration.name_expr) {
            let range = tree[registration.call].range;
            let flags: Vec<&str> = registration.flags.iter().flatten().map(|(flag, _)| flag.as_str()).collect();
            flat.push(Symbol {
                name: name.clone(),
                detail: flags.join(", "),
                kind: SymbolKind::Registered,
                range: range.cover(tree[expr].range),
                selection: tree[expr].range,
                children: Vec::new(),
            });
        }
    }
    nest(flat)
}

/// The named fields of a constructor, with those of constructors in it.
fn fields(file: &File, table: ExprId, flat: &mut Vec<Symbol>) {
    let tree = file.script.tree();
    let mut todo = vec![table];
    while let Some(table) = todo.pop() {
        let ExprKind::Table(fields) = &tree[table].kind else { continue };
        for field in fields {
            let TableField::Named { name, value } = *field else { continue };
            todo.push(value);
            flat.push(Symbol {
                name: file.text(name.range).into_owned(),
                detail: crate::render::shown(file, tree[value].range),
                kind: SymbolKind::Field,
                range: name.range.cover(tree[value].range),
                selection: name.range,
                children: Vec::new(),
            });
        }
    }
}

/// The fields that the chunk itself assigns, at the first such place of each.
fn assigned_fields(file: &File, flat: &mut Vec<Symbol>) {
    let tree = file.script.tree();
    let mut seen: Vec<String> = Vec::new();
    for &stmt in &tree[tree.root()].stmts {
        let StmtKind::Assign { targets, values } = &tree[stmt].kind else { continue };
        for (at, &target) in targets.iter().enumerate() {
            let ExprKind::Field { name, .. } = &tree[target].kind else { continue };
            let path = crate::render::shown(file, tree[target].range);
            if seen.contains(&path) {
                continue;
            }
            seen.push(path.clone());
            flat.push(Symbol {
                name: path,
                detail: values.get(at).map_or_else(String::new, |&value| crate::render::shown(file, tree[value].range)),
                kind: SymbolKind::Field,
                range: tree[stmt].range,
                selection: name.range,
                children: Vec::new(),
            });
            if let Some(&value) = values.get(at) {
                fields(file, value, flat);
            }
        }
    }
}

/// Nests each symbol in the function or the table that holds it.
fn nest(mut flat: Vec<Symbol>) -> Vec<Symbol> {
    fn close(open: &mut Vec<Symbol>, roots: &mut Vec<Symbol>) {
        if let Some(done) = open.pop() {
            match open.last_mut() {
                Some(parent) => parent.children.push(done),
                None => roots.push(done),
            }
        }
    }
    flat.sort_by_key(|symbol| (symbol.range.start, std::cmp::Reverse(symbol.range.end)));
    let (mut open, mut roots): (Vec<Symbol>, Vec<Symbol>) = (Vec::new(), Vec::new());
    for symbol in flat {
        while open.last().is_some_and(|parent| {
            !parent.range.contains_range(symbol.range) || parent.range == symbol.range || !may_hold(parent.kind)
        }) {
            close(&mut open, &mut roots);
        }
        open.push(symbol);
    }
    while !open.is_empty() {
        close(&mut open, &mut roots);
    }
    roots
}

const fn may_hold(kind: SymbolKind) -> bool {
    !matches!(kind, SymbolKind::Constant | SymbolKind::Parameter)
}

/// The symbols of the workspace whose names hold the letters of `query` in this order, the best first.
pub fn workspace(project: &Project, query: &str) -> Vec<(usize, Symbol)> {
    const MOST: usize = 500;
    let query: Vec<char> = query.to_lowercase().chars().collect();
    let mut found: Vec<(usize, usize, Symbol)> = Vec::new();
    for (file, it) in project.files.iter().enumerate() {
        let mut todo = document(it);
        while let Some(mut symbol) = todo.pop() {
            todo.append(&mut symbol.children);
            let wanted = matches!(symbol.kind, SymbolKind::Function | SymbolKind::Method | SymbolKind::Registered);
            if let Some(gaps) = gaps(&symbol.name, &query).filter(|_| wanted) {
                found.push((gaps, file, symbol));
            }
        }
    }
    found.sort_by(|a, b| (a.0, &a.2.name, a.1, a.2.range).cmp(&(b.0, &b.2.name, b.1, b.2.range)));
    found.truncate(MOST);
    found.into_iter().map(|(_, file, symbol)| (file, symbol)).collect()
}

/// Number of letters between those of the query, if the name has them in order.
fn gaps(name: &str, query: &[char]) -> Option<usize> {
    let mut wanted = query.iter();
    let mut next = wanted.next();
    let mut gaps = 0;
    for letter in name.chars().flat_map(char::to_lowercase) {
        match next {
            Some(&want) if want == letter => next = wanted.next(),
            Some(_) => gaps += 1,
            None => break,
        }
    }
    next.is_none().then_some(gaps)
}

/// A function in a call hierarchy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Callable {
    /// Its file.
    pub file: usize,
    /// Its name, or that of the file for the code outside of functions.
    pub name: String,
    /// Its parameters.
    pub detail: String,
    /// Range of the whole function.
    pub range: TextRange,
    /// Its name.
    pub selection: TextRange,
}

/// A call from one function to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallEdge {
    /// The other function.
    pub with: Callable,
    /// Ranges of the calls, in the caller's file.
    pub places: Vec<TextRange>,
}

/// The function at a place, by its name or by a call of it.
pub fn callable(project: &Project, file: usize, offset: u32) -> Option<Callable> {
    let (of, function) = match crate::At::find(project, file, offset)?.0 {
        crate::At::Local(of, id) => {
            let tables = project.points_to(of);
            tables.functions(tables.of_local(of, id)).next()?
        }
        crate::At::Field(field) => field.functions().first().copied()?,
        _ => return None,
    };
    callable_of(project, of, function)
}

fn callable_of(project: &Project, file: usize, function: FunctionId) -> Option<Callable> {
    let it = &project.files[file];
    let named = functions::of(it, function)?;
    Some(Callable {
        file,
        name: named.name,
        detail: signature(&it.script, "", function),
        range: it.script.tree()[function].range.cover(named.selection),
        selection: named.selection,
    })
}

/// Returns the callers of the function whose name is at `selection`.
pub fn incoming(project: &Project, file: usize, selection: TextRange) -> Vec<CallEdge> {
    let Some(it) = project.files.get(file) else { return Vec::new() };
    let Some(named) = functions::at(it, selection) else { return Vec::new() };
    let wanted = (file, named.function);
    let mut edges: Vec<CallEdge> = Vec::new();
    for file in project.points_to(file).files() {
        let script = &project.files[file].script;
        for (id, _) in script.tree().exprs() {
            let Some((place, functions)) = callees(project, file, id) else { continue };
            if functions.contains(&wanted) {
                let with = enclosing(project, file, script.scopes.function_of(id));
                add_edge(&mut edges, with, place);
            }
        }
    }
    edges
}

/// The functions that a call may call, directly or through `pcall`, and the range of their name.
fn callees(project: &Project, file: usize, call: ExprId) -> Option<(TextRange, Vec<(usize, FunctionId)>)> {
    let script = &project.files[file].script;
    let tree = script.tree();
    let name_of = |callee: ExprId| match &tree[callee].kind {
        ExprKind::Field { name, .. } => name.range,
        _ => tree[callee].range,
    };
    Some(match &tree[call].kind {
        ExprKind::Call(it) => {
            let protected = matches!(script.api(it.callee), Some(ApiPath::Global("pcall" | "xpcall")));
            match it.args.first().filter(|_| protected) {
                Some(&callee) => (name_of(callee), functions::of_value(project, file, callee)),
                None => (name_of(it.callee), functions::called(project, file, call)),
            }
        }
        ExprKind::MethodCall(it) => (it.name.range, functions::called(project, file, call)),
        _ => return None,
    })
}

fn add_edge(edges: &mut Vec<CallEdge>, with: Callable, place: TextRange) {
    match edges.iter_mut().find(|edge| edge.with == with) {
        Some(edge) => edge.places.push(place),
        None => edges.push(CallEdge { with, places: vec![place] }),
    }
}

/// Returns the callees of the function whose name is at `selection`.
pub fn outgoing(project: &Project, file: usize, selection: TextRange) -> Vec<CallEdge> {
    let Some(it) = project.files.get(file) else { return Vec::new() };
    let Some(named) = functions::at(it, selection) else { return Vec::new() };
    let script = &it.script;
    let body = script.tree()[named.function].range;
    let mut edges: Vec<CallEdge> = Vec::new();
    for (id, _) in script.tree().exprs().filter(|(_, expr)| body.contains_range(expr.range)) {
        let Some((place, functions)) = callees(project, file, id) else { continue };
        for (of, function) in functions {
            if let Some(with) = callable_of(project, of, function) {
                add_edge(&mut edges, with, place);
            }
        }
    }
    edges
}

/// The named function around a place, or the file.
fn enclosing(project: &Project, file: usize, mut function: FunctionId) -> Callable {
    let script = &project.files[file].script;
    while function != Tree::CHUNK {
        if let Some(callable) = callable_of(project, file, function) {
            return callable;
        }
        function = script.scopes.parent(function);
    }
    let path = &project.files[file].path;
    let name = path.rsplit('/').next().unwrap_or(path).to_owned();
    let range = TextRange::new(0, script.source.len() as u32);
    Callable { file, name, detail: String::new(), range, selection: TextRange::at(0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    fn outline(symbols: &[Symbol], depth: usize) -> String {
        symbols
            .iter()
            .map(|it| {
                format!(
                    "{}{:?} {}{}\n{}",
                    "  ".repeat(depth),
                    it.kind,
                    it.name,
                    it.detail,
                    outline(&it.children, depth + 1)
                )
            })
            .collect()
    }

    #[test]
    fn a_library_with_its_functions() {
        let project = project(
            "#!lua name=lib\nlocal LIMIT = 10\nlocal function get(keys)\n  local function inner(a) return a end\n  return inner(redis.call('GET', keys[1]))\nend\nredis.register_function{function_name='get', callback=get, flags={'no-writes'}}\n",
        );
        assert_eq!(
            outline(&document(&project.files[0]), 0),
            "Constant LIMIT10\nFunction get(keys)\n  Function inner(a)\nRegistered getno-writes\n"
        );
        assert_eq!(workspace(&project, "gt").len(), 2);
        assert_eq!(workspace(&project, "xyz").len(), 0);
    }

    #[test]
    fn who_calls_whom_across_includes() {
        let (project, offset) = cursor(
            "-- @include part.lua\nlocal function outer() return he$0lp(1) end\nreturn outer() + redis.call('DBSIZE')\n--- file: part.lua\nlocal function help(n) return n end\n",
        );
        let Some(help) = callable(&project, 0, offset) else { panic!("no function") };
        assert_eq!((help.file, help.name.as_str()), (1, "help"));
        let callers = incoming(&project, help.file, help.selection);
        assert_eq!(callers.len(), 1);
        assert_eq!(callers[0].with.name, "outer");
        let called = outgoing(&project, 0, callers[0].with.selection);
        assert_eq!(called.len(), 1);
        assert_eq!(called[0].with.name, "help");
        let top = incoming(&project, 0, callers[0].with.selection);
        assert_eq!(top[0].with.name, "main.lua");
    }
}
