//! The functions that a script calls: named ones, and those in fields of the tables that locals hold, as `function M.key(id)`,
//! `M.key = function(id) … end` and `{ key = … }`.
//!
//! A field counts where the local is never given another value, and the field is given a function once and nothing else.

use syntax::{ExprId, ExprKind, FunctionId, StmtKind, TableField};

use crate::{Constant, Init, LocalId, LocalKind, Script, members::Members, scope::nth_value};

/// Most locals that are followed to one table.
const MAX_STEPS: u32 = 8;

impl Members {
    pub(crate) fn new(script: &Script) -> Self {
        let mut found = Self::default();
        let tree = script.tree();
        for (id, local) in script.scopes.locals() {
            if let (LocalKind::Variable, Init::Expr(value)) = (local.kind, local.init)
                && let ExprKind::Table(fields) = &tree[tree.unparen(value)].kind
            {
                for field in fields {
                    found.constructor(script, id, field);
                }
            }
        }
        for (_, stmt) in tree.stmts() {
            match &stmt.kind {
                StmtKind::Function { target, function } => found.write(script, *target, Init::Function(*function)),
                StmtKind::Assign { targets, values } => {
                    for (at, &target) in targets.iter().enumerate() {
                        found.write(script, target, nth_value(tree, values, at));
                    }
                }
                _ => {}
            }
        }
        let open = std::mem::take(&mut found.open);
        found.by_name.retain(|local, _| script.scopes.fixed(*local).is_some() && !open.contains(local));
        for (&local, fields) in &found.by_name {
            for (name, function) in fields {
                if let Some(function) = *function {
                    found.names.insert(function, (local, name.clone()));
                }
            }
        }
        found
    }

    fn constructor(&mut self, script: &Script, local: LocalId, field: &TableField) {
        match *field {
            TableField::Named { name, value } => {
                self.add(local, name.text(&script.source), function(script, Init::of(script.tree(), value)));
            }
            TableField::Keyed { key, value } => {
                if let Some(Constant::String(name)) = script.constant(key) {
                    self.add(local, &name, function(script, Init::of(script.tree(), value)));
                }
            }
            TableField::Item(_) => {}
        }
    }

    fn write(&mut self, script: &Script, target: ExprId, value: Init) {
        let tree = script.tree();
        match tree[target].kind {
            ExprKind::Field { base, name } => {
                if let Some(local) = script.scopes.local_of(tree.unparen(base)) {
                    self.add(local, name.text(&script.source), function(script, value));
                }
            }
            ExprKind::Index { base, key } => {
                let Some(local) = script.scopes.local_of(tree.unparen(base)) else { return };
                match script.constant(key) {
                    Some(Constant::String(name)) => self.add(local, &name, function(script, value)),
                    Some(_) => {}
                    None => self.open.push(local),
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, local: LocalId, name: &[u8], function: Option<FunctionId>) {
        let fields = self.by_name.entry(local).or_default();
        let known = fields.contains_key(name);
        fields.insert(name.into(), function.filter(|_| !known));
    }
}

/// The function that a value is.
fn function(script: &Script, value: Init) -> Option<FunctionId> {
    match value {
        Init::Function(function) => Some(function),
        // A field of a table would ask for what is being gathered.
        Init::Expr(expr) => script.local_function(script.resolve(expr)),
        _ => None,
    }
}

impl Script {
    /// The calls of a function with a name, or `None` when it is also used as a value, exported or reassigned. Functions in fields of
    /// a table are named too, where the table is used for nothing but its fields; their calls may be method calls.
    pub fn calls_of(&self, function: FunctionId) -> Option<Vec<ExprId>> {
        let (local, field) = self.named_by(function)?;
        let data = &self.scopes[local];
        if !data.writes.is_empty() || self.is_used_elsewhere(local) {
            return None;
        }
        let mut calls = Vec::with_capacity(data.reads.len());
        for &read in &data.reads {
            calls.extend(self.call_of_use(read, field).ok()?);
        }
        Some(calls)
    }

    /// The local that a function is, or the local and the name of the field that it is in.
    pub(crate) fn named_by(&self, function: FunctionId) -> Option<(LocalId, Option<&[u8]>)> {
        match self.scopes.name_of(function) {
            Some(local) => Some((local, None)),
            None => self.field_of(function).map(|(local, name)| (local, Some(name))),
        }
    }

    /// The call that the use of a function's local is, if it is one; `Err` where something else may become of the function.
    pub(crate) fn call_of_use(&self, read: ExprId, field: Option<&[u8]>) -> Result<Option<ExprId>, Unseen> {
        match field {
            None => self.call_by_callee(read).map(Some).ok_or(Unseen),
            Some(name) => self.member_call(read, name),
        }
    }

    /// The function of the script that a call or method call calls.
    pub fn called_function(&self, call: ExprId) -> Option<FunctionId> {
        match &self.tree()[call].kind {
            ExprKind::Call(call) => self.named_function(call.callee),
            ExprKind::MethodCall(call) => self.member_of(call.base, call.name.text(&self.source)),
            _ => None,
        }
    }

    /// The function of the script that an expression always is.
    pub(crate) fn named_function(&self, expr: ExprId) -> Option<FunctionId> {
        let resolved = self.resolve(expr);
        match self.tree()[resolved].kind {
            ExprKind::Field { base, name } => self.member_of(base, name.text(&self.source)),
            ExprKind::Index { base, key } => match self.constant(key)? {
                Constant::String(name) => self.member_of(base, &name),
                _ => None,
            },
            _ => self.local_function(resolved),
        }
    }

    /// The function that an expression is, or the local that it names.
    pub(crate) fn local_function(&self, expr: ExprId) -> Option<FunctionId> {
        match self.tree()[expr].kind {
            ExprKind::Function(function) => Some(function),
            _ => match self.scopes.fixed(self.scopes.local_of(expr)?)? {
                Init::Function(function) => Some(function),
                _ => None,
            },
        }
    }

    fn members(&self) -> &Members {
        self.members.get_or_init(|| Members::new(self))
    }

    /// The function that a field of a local's table always is.
    pub(crate) fn member(&self, local: LocalId, name: &[u8]) -> Option<FunctionId> {
        *self.members().by_name.get(&local)?.get(name)?
    }

    /// The functions in fields of a local's table, by their names.
    pub(crate) fn members_of(&self, local: LocalId) -> impl Iterator<Item = (&[u8], FunctionId)> {
        let fields = self.members().by_name.get(&local).into_iter().flatten();
        fields.filter_map(|(name, function)| Some((&**name, (*function)?)))
    }

    /// The function that a field or method is, by the expression that it is taken from.
    pub(crate) fn member_of(&self, base: ExprId, name: &[u8]) -> Option<FunctionId> {
        self.member(self.table_local(base)?, name)
    }

    /// The local that holds the table that an expression is, through other locals that hold it.
    fn table_local(&self, table: ExprId) -> Option<LocalId> {
        let mut local = self.scopes.local_of(self.tree().unparen(table))?;
        for _ in 0..MAX_STEPS {
            let Some(Init::Expr(value)) = self.scopes.fixed(local) else { break };
            let Some(earlier) = self.scopes.local_of(self.tree().unparen(value)) else { break };
            local = earlier;
        }
        Some(local)
    }

    /// The local and the name of the field that a function is in.
    pub(crate) fn field_of(&self, function: FunctionId) -> Option<(LocalId, &[u8])> {
        self.members().names.get(&function).map(|(local, name)| (*local, &**name))
    }

    /// Returns the call of the field `name` of the table that an expression reads, if it is a call of that field; `Err` if
    /// the further use of the table is unknown.
    pub(crate) fn member_call(&self, read: ExprId, name: &[u8]) -> Result<Option<ExprId>, Unseen> {
        let tree = self.tree();
        let parent = self.parent(read).ok_or(Unseen)?;
        let is_name = match &tree[parent].kind {
            ExprKind::Paren(_) => return self.member_call(parent, name),
            ExprKind::MethodCall(call) if call.base == read => {
                return Ok((call.name.text(&self.source) == name).then_some(parent));
            }
            ExprKind::Field { base, name: it } if *base == read => it.text(&self.source) == name,
            ExprKind::Index { base, key } if *base == read => match self.constant(*key).ok_or(Unseen)? {
                Constant::String(it) => *it == *name,
                _ => false,
            },
            _ => return Err(Unseen),
        };
        if !is_name || self.is_target(parent) {
            return Ok(None);
        }
        self.call_by_callee(parent).map(Some).ok_or(Unseen)
    }

    /// True if a statement gives an expression its value.
    pub fn is_target(&self, expr: ExprId) -> bool {
        match &self.tree()[self.scopes.stmt_of(expr)].kind {
            StmtKind::Assign { targets, .. } => targets.contains(&expr),
            StmtKind::Function { target, .. } => *target == expr,
            _ => false,
        }
    }
}

/// A use of a table that may do anything with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unseen;

#[cfg(test)]
mod tests {
    use super::*;

    /// The parameters of the function that the last call calls.
    fn called(source: &str) -> Option<usize> {
        let script = Script::new(source.as_bytes().into(), None);
        let calls = script.tree().exprs().filter(|(id, _)| script.tree().is_multi(*id));
        let (last, _) = calls.max_by_key(|(_, expr)| expr.range.end)?;
        Some(script.tree()[script.called_function(last)?].params.len())
    }

    #[test]
    fn functions_in_fields_are_called() {
        for source in [
            "local M = {} function M.f(a, b) end return M.f(1)",
            "local M = {} M.f = function(a, b) end return M.f(1)",
            "local M = { f = function(a, b) end } return M['f'](1)",
            "local M = { ['f'] = function(a, b) end } local f = M.f return f(1)",
            "local function f(a, b) end local M = { f = f } return M.f(1)",
            "local M = {} function M:f(a, b) end return M:f(1)",
            "local M = {} function M.f(a, b) end local N = { g = M.g, h = M.f } N.k = M.k return M.f(1)",
        ] {
            assert_eq!(called(source), Some(2), "{source}");
        }
        for source in [
            "local M = {} function M.f(a) end M.f = other return M.f(1)",
            "local M = {} function M.f(a) end M[KEYS[1]] = other return M.f(1)",
            "local M = {} function M.f(a) end M = {} return M.f(1)",
            "local M = { f = function() end } M.f = nil return M.f(1)",
            "local M = {} if x then function M.f(a) end else function M.f(a, b) end end return M.f(1)",
            "local M = {} return M.f(1)",
        ] {
            assert_eq!(called(source), None, "{source}");
        }
    }
}
