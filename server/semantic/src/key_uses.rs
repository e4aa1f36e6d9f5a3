//! Finds the uses of KEYS and ARGV, through aliases and the parameters of a library's functions.

use syntax::{ExprId, ExprKind, StmtKind, UnaryOp};

use crate::{ApiPath, Constant, IndexUse, Init, LocalKind, Script, TableUse};

impl TableUse {
    /// Finds the uses of KEYS (`which` = 0) or ARGV (`which` = 1).
    pub(crate) fn of(script: &Script, which: u32) -> Self {
        let tree = script.tree();
        let mut uses = Self::default();
        let is_table = |expr| if which == 0 { script.is_keys(expr) } else { script.is_argv(expr) };
        let wanted: &[u8] = if which == 0 { b"KEYS" } else { b"ARGV" };
        let mut todo: Vec<ExprId> = script
            .scopes
            .globals()
            .iter()
            .filter(|global| global.write.is_none() && global.name.text(&script.source) == wanted)
            .map(|global| global.expr)
            .collect();
        if script.library.is_some() {
            for (_, local) in script.scopes.locals() {
                todo.extend(local.reads.first().filter(|&&read| is_table(read)).into_iter().flat_map(|_| &local.reads));
            }
        }
        while let Some(expr) = todo.pop() {
            match script.parent(expr).map(|parent| (parent, &tree[parent].kind)) {
                Some((parent, ExprKind::Index { base, key })) if *base == expr => match script.constant(*key) {
                    Some(Constant::Number(index)) => uses.indices.push(IndexUse { index, expr: parent }),
                    _ => uses.dynamic.push(parent),
                },
                Some((parent, ExprKind::Unary { op: UnaryOp::Len, .. })) => uses.lengths.push(parent),
                Some((parent, ExprKind::Call(call)))
                    if matches!(script.api(call.callee), Some(ApiPath::Member("table", "getn"))) =>
                {
                    uses.lengths.push(parent);
                }
                Some(_) => uses.dynamic.push(expr),
                None => match alias(script, expr) {
                    Some(reads) => todo.extend(reads),
                    None => uses.dynamic.push(expr),
                },
            }
        }
        uses.indices.sort_by_key(|index| tree[index.expr].range.start);
        uses
    }

    /// The name that the script itself has for the element `index`: of the local that it is put into, also through
    /// `tonumber`.
    pub fn name_in<'a>(&self, script: &'a Script, index: u32) -> Option<&'a str> {
        self.indices.iter().filter(|used| used.index == f64::from(index)).find_map(|used| {
            let tree = script.tree();
            let mut value = used.expr;
            if let Some(parent) = script.parent(value)
                && let ExprKind::Call(call) = &tree[parent].kind
                && script.api(call.callee) == Some(ApiPath::Global("tonumber"))
            {
                value = parent;
            }
            let StmtKind::Local { names, values } = &tree[script.scopes.stmt_of(value)].kind else { return None };
            let nth = values.iter().position(|&given| given == value)?;
            names.get(nth).map(|name| name.as_str(&script.source))
        })
    }
}

impl Script {
    /// Returns true if `expr` is the table KEYS (`which` = 0) or ARGV (`which` = 1): the globals, aliases of them, and the
    /// parameters of a library's functions.
    fn is_table(&self, expr: ExprId, which: u32) -> bool {
        let expr = self.resolve(expr);
        if let Some(local) = self.scopes.local_of(expr) {
            let local_ = &self.scopes[local];
            return local_.kind == LocalKind::Parameter(which)
                && local_.writes.is_empty()
                && self.library.as_ref().is_some_and(|library| library.is_callback(local_.function));
        }
        let wanted: &[u8] = if which == 0 { b"KEYS" } else { b"ARGV" };
        self.scopes.is_global(expr) && self.text(expr) == wanted && self.environment_of(expr).is_none()
    }

    /// Returns true if `expr` is the table of keys.
    pub fn is_keys(&self, expr: ExprId) -> bool {
        self.is_table(expr, 0)
    }

    /// Returns true if `expr` is the table of arguments.
    pub fn is_argv(&self, expr: ExprId) -> bool {
        self.is_table(expr, 1)
    }
}

/// For `local KEYS = KEYS`, the reads of the new name.
fn alias(script: &Script, expr: ExprId) -> Option<Vec<ExprId>> {
    let stmt = script.scopes.stmt_of(expr);
    let StmtKind::Local { values, .. } = &script.tree()[stmt].kind else { return None };
    if !values.contains(&expr) {
        return None;
    }
    let (_, local) =
        script.scopes.locals().find(|(_, local)| local.stmt == Some(stmt) && local.init == Init::Expr(expr))?;
    local.writes.is_empty().then(|| local.reads.clone())
}
