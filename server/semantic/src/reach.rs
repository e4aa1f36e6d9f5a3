//! Functions of a script that may run: the chunk and all functions it mentions, directly or not; and those that run in a loop.

use rustc_hash::{FxHashMap, FxHashSet};
use syntax::{ExprId, ExprKind, FunctionId, StmtKind, TableField};

use crate::{Files, Init, LocalId, Script, files::Place};

/// The functions of a script's files that may run, and whether in a loop.
#[derive(Debug, Default)]
pub struct Reached(FxHashMap<(usize, FunctionId), bool>);

impl Reached {
    /// True if the code of a function may run.
    pub fn runs(&self, part: usize, function: FunctionId) -> bool {
        self.0.contains_key(&(part, function))
    }

    /// True if the code of a function may run many times; none if it never runs.
    pub(crate) fn loops(&self, part: usize, function: FunctionId) -> Option<bool> {
        self.0.get(&(part, function)).copied()
    }

    /// Follows the functions `start` to all that they run.
    pub fn from(files: &Files<'_>, start: &[(usize, FunctionId)]) -> Self {
        let mut reach = Reach { files, reached: FxHashMap::default() };
        reach.follow(start);
        Self(reach.reached)
    }
}

struct Reach<'f, 'a> {
    files: &'f Files<'a>,
    reached: FxHashMap<(usize, FunctionId), bool>,
}

impl Reach<'_, '_> {
    fn follow(&mut self, start: &[(usize, FunctionId)]) {
        let bodies: Vec<Body> = self.files.parts().iter().map(|part| Body::of(part.script)).collect();
        // What a local holds is followed once, and once more for loops, however often it is mentioned.
        let mut seen = [FxHashSet::default(), FxHashSet::default()];
        let mut open: Vec<(usize, FunctionId, bool)> = start.iter().map(|&(part, it)| (part, it, false)).collect();
        while let Some((part, function, looped)) = open.pop() {
            match self.reached.get(&(part, function)) {
                Some(&before) if before || !looped => continue,
                _ => {}
            }
            self.reached.insert((part, function), looped);
            let script = self.files.script(part);
            for &expr in bodies[part].exprs.get(&function).into_iter().flatten() {
                let looped = looped || in_loop(script, expr);
                match script.tree()[expr].kind {
                    // A function with a name runs where the name is; others are taken to run where they are written.
                    ExprKind::Function(inner) if script.scopes.name_of(inner).is_none() => {
                        open.push((part, inner, looped));
                    }
                    ExprKind::Name(_) => {
                        let Some(place) = self.files.local(part, expr) else { continue };
                        // A function that calls itself is a loop.
                        let again = place.0 == part && script.scopes.name_of(function) == Some(place.1);
                        let looped = looped || again;
                        self.mention(&bodies, place, looped, &mut open, &mut seen[usize::from(looped)]);
                    }
                    _ => {}
                }
            }
            for &(stmt_expr, inner) in bodies[part].declared.get(&function).into_iter().flatten() {
                open.push((part, inner, looped || in_loop(script, stmt_expr)));
            }
        }
    }

    /// Adds functions that may run because a local is mentioned: its function, or the functions of its table.
    fn mention(
        &self,
        bodies: &[Body],
        place: Place,
        looped: bool,
        open: &mut Vec<(usize, FunctionId, bool)>,
        seen: &mut FxHashSet<Place>,
    ) {
        if !seen.insert(place) {
            return;
        }
        let (part, local) = place;
        let script = self.files.script(part);
        let data = &script.scopes[local];
        let mut values: Vec<ExprId> = Vec::new();
        for init in std::iter::once(data.init).chain(data.writes.iter().map(|write| write.value)) {
            match init {
                Init::Function(function) => open.push((part, function, looped)),
                Init::Expr(expr) => values.push(expr),
                _ => {}
            }
        }
        while let Some(value) = values.pop() {
            match &script.tree()[script.tree().unparen(value)].kind {
                ExprKind::Function(function) => open.push((part, *function, looped)),
                ExprKind::Name(_) => {
                    if let Some(other) = self.files.local(part, script.tree().unparen(value)) {
                        self.mention(bodies, other, looped, open, seen);
                    }
                }
                ExprKind::Table(fields) => values.extend(fields.iter().map(|field: &TableField| field.value())),
                _ => {}
            }
        }
        for &function in bodies[part].members.get(&local).into_iter().flatten() {
            open.push((part, function, looped));
        }
    }
}

/// Contents of each function of a file.
struct Body {
    exprs: FxHashMap<FunctionId, Vec<ExprId>>,
    /// For each function those that statements in it assign to globals and fields, with the target.
    declared: FxHashMap<FunctionId, Vec<(ExprId, FunctionId)>>,
    /// The functions that are put into fields of a local.
    members: FxHashMap<LocalId, Vec<FunctionId>>,
}

impl Body {
    fn of(script: &Script) -> Self {
        let mut body =
            Self { exprs: FxHashMap::default(), declared: FxHashMap::default(), members: FxHashMap::default() };
        for (id, expr) in script.tree().exprs() {
            if matches!(expr.kind, ExprKind::Name(_) | ExprKind::Function(_)) {
                body.exprs.entry(script.scopes.function_of(id)).or_default().push(id);
            }
        }
        for (_, stmt) in script.tree().stmts() {
            match &stmt.kind {
                StmtKind::Function { target, function } => {
                    body.declared.entry(script.scopes.function_of(*target)).or_default().push((*target, *function));
                    body.member(script, *target, *function);
                }
                StmtKind::Assign { targets, values } => {
                    for (target, value) in targets.iter().zip(values) {
                        if let ExprKind::Function(function) = script.tree()[*value].kind {
                            body.member(script, *target, function);
                        }
                    }
                }
                _ => {}
            }
        }
        body
    }

    fn member(&mut self, script: &Script, target: ExprId, function: FunctionId) {
        let mut base = target;
        while let ExprKind::Field { base: inner, .. } | ExprKind::Index { base: inner, .. } = script.tree()[base].kind {
            base = inner;
        }
        if let Some(local) = script.scopes.local_of(base) {
            self.members.entry(local).or_default().push(function);
        }
    }
}

/// True if an expression is in a loop of its function.
pub(crate) fn in_loop(script: &Script, expr: ExprId) -> bool {
    let stmt = script.scopes.stmt_of(expr);
    matches!(script.tree()[stmt].kind, StmtKind::While { .. } | StmtKind::Repeat { .. })
        || script.scopes.loop_around(script.tree(), stmt).is_some()
}
