//! Errors that Lua 5.1's compiler reports though the grammar allows the code.

use text::TextRange;

use crate::{
    SyntaxError, Tree, escapes,
    tree::{BlockId, ExprKind, StmtId, StmtKind},
};

/// Adds an error for each. In a broken script (`broken`), only errors that no earlier error can have caused are reported.
pub(crate) fn validate(tree: &mut Tree, source: &[u8], errors: &mut Vec<SyntaxError>, broken: bool) {
    for (_, expr) in tree.exprs() {
        if expr.kind != ExprKind::String {
            continue;
        }
        for escape in escapes(expr.range.slice(source), expr.range.start) {
            if let Some(value) = escape.decimal.filter(|value| *value > 255) {
                errors.push(SyntaxError::new(
                    escape.range,
                    format!("the escape `\\{value}` is too large: a byte is at most `\\255`"),
                ));
            }
        }
    }
    if broken {
        return;
    }
    let mut placement = Placement { tree, errors };
    placement.block(tree.root(), false);
    for (id, function) in tree.functions() {
        if id != Tree::CHUNK {
            placement.block(function.body, false);
        }
    }
    no_vararg(tree, errors);
}

struct Placement<'a> {
    tree: &'a Tree,
    errors: &'a mut Vec<SyntaxError>,
}

impl Placement<'_> {
    /// `break` and `return` must end their block, and `break` must be in a loop.
    fn block(&mut self, block: BlockId, in_loop: bool) {
        let tree = self.tree;
        for &stmt in &tree[block].stmts {
            match &tree[stmt].kind {
                StmtKind::Break if !in_loop => {
                    self.errors.push(SyntaxError::new(tree[stmt].range, "this `break` is in no loop"));
                }
                _ => self.children(stmt, in_loop),
            }
        }
    }

    fn children(&mut self, stmt: StmtId, in_loop: bool) {
        let tree = self.tree;
        match &tree[stmt].kind {
            StmtKind::Do(body) => self.block(*body, in_loop),
            StmtKind::While { body, .. } | StmtKind::Repeat { body, .. } | StmtKind::GenericFor { body, .. } => {
                self.block(*body, true);
            }
            StmtKind::NumericFor(stmt) => self.block(stmt.body, true),
            StmtKind::If(stmt) => {
                for (_, block) in &stmt.arms {
                    self.block(*block, in_loop);
                }
                if let Some(block) = stmt.otherwise {
                    self.block(block, in_loop);
                }
            }
            _ => {}
        }
    }
}

/// `...` directly inside a function without it.
fn no_vararg(tree: &Tree, errors: &mut Vec<SyntaxError>) {
    let mut varargs: Vec<TextRange> =
        tree.exprs().filter(|(_, expr)| expr.kind == ExprKind::Vararg).map(|(_, expr)| expr.range).collect();
    varargs.sort();
    // Functions lie in the arena in the order in which they start.
    let mut functions = tree.functions().skip(1).map(|(_, function)| function).peekable();
    let mut open = Vec::new();
    for vararg in varargs {
        while let Some(function) = functions.next_if(|function| function.range.start <= vararg.start) {
            open.push(function);
        }
        open.retain(|function| function.range.contains_range(vararg));
        if open.last().is_some_and(|function| !function.vararg) {
            errors.push(
                SyntaxError::new(vararg, "`...` is used in a function that does not take it")
                    .help("add `...` to the function's parameters"),
            );
        }
    }
}
