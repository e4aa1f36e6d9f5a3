//! The uses of KEYS and ARGV: which elements a script reads, and whether it reads others that cannot be told.

use syntax::{ExprId, ExprKind, StmtKind, UnaryOp};

use crate::{Constant, Init, Script};

/// One element with a constant index.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct IndexUse {
    /// The index as it is written; out of range for 0, negative numbers and fractions.
    pub index: f64,
    /// The expression `KEYS[index]`.
    pub expr: ExprId,
}

/// How a script uses KEYS or ARGV.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct TableUse {
    /// The elements with constant indices, in source order.
    pub indices: Vec<IndexUse>,
    /// Uses of elements that are not constant: a computed index, a loop, `unpack`, the table as a value.
    pub dynamic: Vec<ExprId>,
    /// `#KEYS`, which reads no element.
    pub lengths: Vec<ExprId>,
}

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
                    if matches!(script.api(call.callee), Some(crate::ApiPath::Member("table", "getn"))) =>
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

    /// The highest constant index; 0 if there is none.
    pub fn highest(&self) -> u32 {
        self.indices
            .iter()
            .filter(|index| index.index >= 1.0 && index.index.fract() == 0.0 && index.index < 1e9)
            .map(|index| index.index as u32)
            .max()
            .unwrap_or(0)
    }

    /// Whether the element `index` is read by a constant index.
    pub fn has(&self, index: u32) -> bool {
        self.indices.iter().any(|used| used.index == f64::from(index))
    }

    /// The name that the script itself has for the element `index`: of the local that it is put into, also through
    /// `tonumber`.
    pub fn name_in<'a>(&self, script: &'a Script, index: u32) -> Option<&'a str> {
        self.indices.iter().filter(|used| used.index == f64::from(index)).find_map(|used| {
            let tree = script.tree();
            let mut value = used.expr;
            if let Some(parent) = script.parent(value)
                && let ExprKind::Call(call) = &tree[parent].kind
                && script.api(call.callee) == Some(crate::ApiPath::Global("tonumber"))
            {
                value = parent;
            }
            let StmtKind::Local { names, values } = &tree[script.scopes.stmt_of(value)].kind else { return None };
            let nth = values.iter().position(|&given| given == value)?;
            names.get(nth).map(|name| name.as_str(&script.source))
        })
    }

    /// Whether there is no use at all.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty() && self.dynamic.is_empty() && self.lengths.is_empty()
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
