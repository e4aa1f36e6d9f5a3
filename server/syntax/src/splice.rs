//! Puts one tree into another, its places and ids moved.

use text::TextRange;

use crate::tree::{
    Block, BlockId, Call, Expr, ExprId, ExprKind, Function, FunctionId, If, MethodCall, Name, NumericFor, Stmt, StmtId,
    StmtKind, TableField, Tree,
};

/// Adds the statements of a piece, its places moved by `shift`; gives them, for the block that they belong to.
pub(crate) fn splice(tree: &mut Tree, piece: &Tree, shift: u32) -> Vec<StmtId> {
    // A piece's own chunk is function 0; block 0 is a placeholder, and block 1 the chunk's.
    let mover = Mover {
        shift,
        exprs: tree.exprs.len() as u32,
        stmts: tree.stmts.len() as u32,
        blocks: (tree.blocks.len() as u32).wrapping_sub(2),
        functions: (tree.functions.len() as u32).wrapping_sub(1),
    };
    tree.exprs.extend(piece.exprs.iter().map(|expr| mover.expr(expr)));
    tree.stmts.extend(piece.stmts.iter().map(|stmt| mover.stmt(stmt)));
    tree.blocks.extend(piece.blocks.iter().skip(2).map(|block| mover.block(block)));
    tree.functions.extend(piece.functions.iter().skip(1).map(|function| mover.function(function)));
    piece[piece.root()].stmts.iter().map(|&stmt| mover.stmt_id(stmt)).collect()
}

struct Mover {
    shift: u32,
    exprs: u32,
    stmts: u32,
    blocks: u32,
    functions: u32,
}

impl Mover {
    const fn range(&self, range: TextRange) -> TextRange {
        TextRange { start: range.start + self.shift, end: range.end + self.shift }
    }

    const fn name(&self, name: Name) -> Name {
        Name { range: self.range(name.range) }
    }

    fn names(&self, names: &[Name]) -> Box<[Name]> {
        names.iter().map(|&name| self.name(name)).collect()
    }

    const fn id(&self, id: ExprId) -> ExprId {
        ExprId(id.0 + self.exprs)
    }

    fn ids(&self, ids: &[ExprId]) -> Box<[ExprId]> {
        ids.iter().map(|&id| self.id(id)).collect()
    }

    const fn stmt_id(&self, id: StmtId) -> StmtId {
        StmtId(id.0 + self.stmts)
    }

    const fn block_id(&self, id: BlockId) -> BlockId {
        BlockId(id.0.wrapping_add(self.blocks))
    }

    const fn function_id(&self, id: FunctionId) -> FunctionId {
        FunctionId(id.0.wrapping_add(self.functions))
    }

    fn expr(&self, expr: &Expr) -> Expr {
        let kind = match &expr.kind {
            ExprKind::Function(function) => ExprKind::Function(self.function_id(*function)),
            ExprKind::Name(name) => ExprKind::Name(self.name(*name)),
            ExprKind::Index { base, key } => ExprKind::Index { base: self.id(*base), key: self.id(*key) },
            ExprKind::Field { base, name } => ExprKind::Field { base: self.id(*base), name: self.name(*name) },
            ExprKind::Call(call) => ExprKind::Call(Box::new(Call {
                callee: self.id(call.callee),
                args: self.ids(&call.args),
                args_range: self.range(call.args_range),
            })),
            ExprKind::MethodCall(call) => ExprKind::MethodCall(Box::new(MethodCall {
                base: self.id(call.base),
                name: self.name(call.name),
                args: self.ids(&call.args),
                args_range: self.range(call.args_range),
            })),
            ExprKind::Binary { op, lhs, rhs, op_range } => {
                ExprKind::Binary { op: *op, lhs: self.id(*lhs), rhs: self.id(*rhs), op_range: self.range(*op_range) }
            }
            ExprKind::Unary { op, operand, op_range } => {
                ExprKind::Unary { op: *op, operand: self.id(*operand), op_range: self.range(*op_range) }
            }
            ExprKind::Table(fields) => ExprKind::Table(fields.iter().map(|&field| self.field(field)).collect()),
            ExprKind::Paren(inner) => ExprKind::Paren(self.id(*inner)),
            plain @ (ExprKind::Nil
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Vararg
            | ExprKind::Number(_)
            | ExprKind::String
            | ExprKind::Missing) => plain.clone(),
        };
        Expr { kind, range: self.range(expr.range) }
    }

    const fn field(&self, field: TableField) -> TableField {
        match field {
            TableField::Item(value) => TableField::Item(self.id(value)),
            TableField::Named { name, value } => TableField::Named { name: self.name(name), value: self.id(value) },
            TableField::Keyed { key, value } => TableField::Keyed { key: self.id(key), value: self.id(value) },
        }
    }

    fn stmt(&self, stmt: &Stmt) -> Stmt {
        let kind = match &stmt.kind {
            StmtKind::Local { names, values } => StmtKind::Local { names: self.names(names), values: self.ids(values) },
            StmtKind::Assign { targets, values } => {
                StmtKind::Assign { targets: self.ids(targets), values: self.ids(values) }
            }
            StmtKind::Call(call) => StmtKind::Call(self.id(*call)),
            StmtKind::Do(body) => StmtKind::Do(self.block_id(*body)),
            StmtKind::While { cond, body } => StmtKind::While { cond: self.id(*cond), body: self.block_id(*body) },
            StmtKind::Repeat { body, cond } => StmtKind::Repeat { body: self.block_id(*body), cond: self.id(*cond) },
            StmtKind::If(it) => StmtKind::If(Box::new(If {
                arms: it.arms.iter().map(|(cond, body)| (self.id(*cond), self.block_id(*body))).collect(),
                otherwise: it.otherwise.map(|body| self.block_id(body)),
            })),
            StmtKind::NumericFor(it) => StmtKind::NumericFor(Box::new(NumericFor {
                name: self.name(it.name),
                start: self.id(it.start),
                end: self.id(it.end),
                step: it.step.map(|step| self.id(step)),
                body: self.block_id(it.body),
            })),
            StmtKind::GenericFor { names, values, body } => {
                StmtKind::GenericFor { names: self.names(names), values: self.ids(values), body: self.block_id(*body) }
            }
            StmtKind::Function { target, function } => {
                StmtKind::Function { target: self.id(*target), function: self.function_id(*function) }
            }
            StmtKind::LocalFunction { name, function } => {
                StmtKind::LocalFunction { name: self.name(*name), function: self.function_id(*function) }
            }
            StmtKind::Return(values) => StmtKind::Return(self.ids(values)),
            StmtKind::Break => StmtKind::Break,
        };
        Stmt { kind, range: self.range(stmt.range) }
    }

    fn block(&self, block: &Block) -> Block {
        Block { stmts: block.stmts.iter().map(|&stmt| self.stmt_id(stmt)).collect(), range: self.range(block.range) }
    }

    fn function(&self, function: &Function) -> Function {
        Function {
            params: self.names(&function.params),
            vararg: function.vararg,
            method: function.method,
            body: self.block_id(function.body),
            range: self.range(function.range),
        }
    }
}
