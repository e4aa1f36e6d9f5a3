//! full_moon's tree lowered to our own, in source order.
//!
//! full_moon invents tokens where something is missing, with positions that mean nothing. Tokens are visited in
//! source order here, so one that starts before the last seen end is an invented one and gets an empty range there.

use std::{collections::HashMap, sync::Arc};

use full_moon::{
    ast::{
        self, Ast, BinOp, Call as MoonCall, Expression, FunctionArgs, FunctionBody, Index, LastStmt, Parameter, Prefix,
        Stmt as MoonStmt, Suffix, UnOp, Var, punctuated::Punctuated, span::ContainedSpan,
    },
    node::Node,
    tokenizer::{Symbol, TokenReference, TokenType},
};
use text::TextRange;

use crate::{
    literal::number_value,
    splice::splice,
    tree::{
        BinaryOp, Block, BlockId, Call, Expr, ExprId, ExprKind, Function, FunctionId, If, MethodCall, Name, NumericFor,
        Stmt, StmtId, StmtKind, TableField, Tree, UnaryOp,
    },
};

/// The tree of an empty chunk.
pub(crate) fn empty() -> Tree {
    let block = Block { stmts: Box::default(), range: TextRange::default() };
    let chunk =
        Function { params: Box::default(), vararg: true, method: false, body: BlockId(0), range: TextRange::default() };
    Tree { exprs: Vec::new(), stmts: Vec::new(), blocks: vec![block], functions: vec![chunk] }
}

/// The tree of a chunk of `len` bytes whose statements are still to come.
pub(crate) fn whole(len: u32) -> Tree {
    let mut tree = empty();
    tree.functions[0].range = TextRange::new(0, len);
    tree.functions[0].body = BlockId(1);
    tree.blocks.push(Block { stmts: Box::default(), range: TextRange::default() });
    tree
}

/// Gives the chunk's block its statements.
pub(crate) fn close(tree: &mut Tree, stmts: Vec<StmtId>) {
    let range = match (stmts.first(), stmts.last()) {
        (Some(first), Some(last)) => tree[*first].range.cover(tree[*last].range),
        _ => TextRange::default(),
    };
    let root = tree.root();
    tree.blocks[root.index()] = Block { stmts: stmts.into(), range };
}

/// Statements that stand in for others: where they begin, and what they stand for.
pub(crate) type StandIns = HashMap<u32, Arc<Lowered>>;

/// What lowering gives.
#[derive(Debug)]
pub(crate) struct Lowered {
    /// The tree.
    pub tree: Tree,
    /// Where the last token ends.
    pub last: u32,
}

/// Lowers `ast`. `source` is the text as it was given (for the values of numbers); the token before the first of `ast`
/// ends at `last`, and its first `skipped` statements are passed over.
pub(crate) fn lower(ast: &Ast, source: &[u8], last: u32, skipped: usize, stand_ins: &StandIns) -> Lowered {
    let guess = (source.len() - last as usize) / 12 + 8;
    let len = source.len() as u32;
    let mut tree = empty();
    tree.exprs.reserve(guess);
    tree.stmts.reserve(guess / 4);
    tree.functions[0].range = TextRange::new(0, len);
    let mut lowerer = Lower { tree, source, last, len, stand_ins };
    let root = lowerer.block(ast.nodes(), skipped);
    lowerer.tree.functions[0].body = root;
    Lowered { tree: lowerer.tree, last: lowerer.last }
}

struct Lower<'a> {
    tree: Tree,
    source: &'a [u8],
    /// End of the last token seen.
    last: u32,
    len: u32,
    stand_ins: &'a StandIns,
}

/// Where a statement begins.
fn start_of(stmt: &impl Node) -> Option<usize> {
    Some(stmt.start_position()?.bytes())
}

impl Lower<'_> {
    /// The place of the next token in source order.
    fn token(&mut self, token: &TokenReference) -> TextRange {
        let start = token.token().start_position().bytes() as u32;
        let end = token.token().end_position().bytes() as u32;
        if start < self.last || end <= start || end > self.len {
            return TextRange::at(self.last);
        }
        self.last = end;
        TextRange::new(start, end)
    }

    fn name(&mut self, token: &TokenReference) -> Name {
        Name { range: self.token(token) }
    }

    fn names(&mut self, names: &Punctuated<TokenReference>) -> Box<[Name]> {
        names.iter().map(|name| self.name(name)).collect()
    }

    fn push(&mut self, kind: ExprKind, range: TextRange) -> ExprId {
        self.tree.exprs.push(Expr { kind, range });
        ExprId(self.tree.exprs.len() as u32 - 1)
    }

    fn range(&self, expr: ExprId) -> TextRange {
        self.tree[expr].range
    }

    fn missing(&mut self) -> ExprId {
        self.push(ExprKind::Missing, TextRange::at(self.last))
    }

    fn block(&mut self, block: &ast::Block, skipped: usize) -> BlockId {
        let id = BlockId(self.tree.blocks.len() as u32);
        // The chunk's block was made with the empty tree; it is replaced when the chunk is done.
        self.tree.blocks.push(Block { stmts: Box::default(), range: TextRange::at(self.last) });
        let mut stmts = Vec::new();
        let mut last = block.last_stmt_with_semicolon();
        // In a broken block the parser reads on behind the last statement, which it keeps apart.
        let start_of_last = last.and_then(|(last, _)| start_of(last));
        let is_ordered = start_of_last.is_none() || block.stmts().last().and_then(start_of) <= start_of_last;
        for (stmt, semicolon) in block.stmts_with_semicolon().skip(skipped) {
            if !is_ordered && start_of(stmt) > start_of_last {
                last.take().into_iter().for_each(|last| self.last_stmt(last, &mut stmts));
            }
            if let MoonStmt::LocalAssignment(local) = stmt
                && let Some(meant) = self.stand_in(local.local_token())
            {
                stmts.extend(meant);
                continue;
            }
            if let Some(stmt) = self.stmt(stmt) {
                stmts.push(stmt);
            }
            if let Some(semicolon) = semicolon {
                self.token(semicolon);
            }
        }
        last.into_iter().for_each(|last| self.last_stmt(last, &mut stmts));
        let range = match (stmts.first(), stmts.last()) {
            (Some(first), Some(last)) => self.tree[*first].range.cover(self.tree[*last].range),
            _ => TextRange::at(self.last),
        };
        self.tree.blocks[id.index()] = Block { stmts: stmts.into(), range };
        id
    }

    /// What the statement that begins with a token stands for.
    fn stand_in(&mut self, token: &TokenReference) -> Option<Vec<StmtId>> {
        let start = token.token().start_position().bytes() as u32;
        // Tokens that the parser made up have places that mean nothing.
        let meant = self.stand_ins.get(&start).filter(|_| start >= self.last)?;
        let stmts = splice(&mut self.tree, &meant.tree, start);
        self.last = start + meant.last;
        Some(stmts)
    }

    fn push_stmt(&mut self, kind: StmtKind, start: u32) -> StmtId {
        let range = TextRange::new(start, self.last);
        self.tree.stmts.push(Stmt { kind, range });
        StmtId(self.tree.stmts.len() as u32 - 1)
    }

    fn last_stmt(&mut self, last: &(LastStmt, Option<TokenReference>), stmts: &mut Vec<StmtId>) {
        match &last.0 {
            LastStmt::Break(token) => {
                let start = self.token(token).start;
                stmts.push(self.push_stmt(StmtKind::Break, start));
            }
            LastStmt::Return(stmt) => {
                let start = self.token(stmt.token()).start;
                let values = self.exprs(stmt.returns());
                stmts.push(self.push_stmt(StmtKind::Return(values), start));
            }
            _ => {}
        }
        if let Some(semicolon) = &last.1 {
            self.token(semicolon);
        }
    }

    fn stmt(&mut self, stmt: &MoonStmt) -> Option<StmtId> {
        Some(match stmt {
            MoonStmt::Assignment(stmt) => {
                let targets: Box<[ExprId]> = stmt.variables().iter().map(|var| self.var(var)).collect();
                let start = targets.first().map_or(self.last, |first| self.range(*first).start);
                self.token(stmt.equal_token());
                let values = self.exprs(stmt.expressions());
                self.push_stmt(StmtKind::Assign { targets, values }, start)
            }
            MoonStmt::Do(stmt) => {
                let start = self.token(stmt.do_token()).start;
                let body = self.block(stmt.block(), 0);
                self.token(stmt.end_token());
                self.push_stmt(StmtKind::Do(body), start)
            }
            MoonStmt::FunctionCall(call) => {
                let call = self.prefixed(call.prefix(), call.suffixes());
                let start = self.range(call).start;
                self.push_stmt(StmtKind::Call(call), start)
            }
            MoonStmt::FunctionDeclaration(stmt) => {
                let start = self.token(stmt.function_token()).start;
                let target = self.function_name(stmt.name());
                let method = stmt.name().method_name().is_some();
                let function = self.function(stmt.body(), start, method);
                self.push_stmt(StmtKind::Function { target, function }, start)
            }
            MoonStmt::GenericFor(stmt) => {
                let start = self.token(stmt.for_token()).start;
                let names = self.names(stmt.names());
                self.token(stmt.in_token());
                let values = self.exprs(stmt.expressions());
                self.token(stmt.do_token());
                let body = self.block(stmt.block(), 0);
                self.token(stmt.end_token());
                self.push_stmt(StmtKind::GenericFor { names, values, body }, start)
            }
            MoonStmt::If(stmt) => {
                let start = self.token(stmt.if_token()).start;
                let mut arms = vec![self.arm(stmt.condition(), stmt.then_token(), stmt.block())];
                for arm in stmt.else_if().into_iter().flatten() {
                    self.token(arm.else_if_token());
                    arms.push(self.arm(arm.condition(), arm.then_token(), arm.block()));
                }
                if let Some(token) = stmt.else_token() {
                    self.token(token);
                }
                let otherwise = stmt.else_block().map(|block| self.block(block, 0));
                self.token(stmt.end_token());
                self.push_stmt(StmtKind::If(Box::new(If { arms, otherwise })), start)
            }
            MoonStmt::LocalAssignment(stmt) => {
                let start = self.token(stmt.local_token()).start;
                let names = self.names(stmt.names());
                if let Some(token) = stmt.equal_token() {
                    self.token(token);
                }
                let values = self.exprs(stmt.expressions());
                self.push_stmt(StmtKind::Local { names, values }, start)
            }
            MoonStmt::LocalFunction(stmt) => {
                let start = self.token(stmt.local_token()).start;
                self.token(stmt.function_token());
                let name = self.name(stmt.name());
                let function = self.function(stmt.body(), start, false);
                self.push_stmt(StmtKind::LocalFunction { name, function }, start)
            }
            MoonStmt::NumericFor(stmt) => {
                let start = self.token(stmt.for_token()).start;
                let name = self.name(stmt.index_variable());
                self.token(stmt.equal_token());
                let first = self.expr(stmt.start());
                let end = self.expr(stmt.end());
                let step = stmt.step().map(|step| self.expr(step));
                self.token(stmt.do_token());
                let body = self.block(stmt.block(), 0);
                self.token(stmt.end_token());
                let stmt = NumericFor { name, start: first, end, step, body };
                self.push_stmt(StmtKind::NumericFor(Box::new(stmt)), start)
            }
            MoonStmt::Repeat(stmt) => {
                let start = self.token(stmt.repeat_token()).start;
                let body = self.block(stmt.block(), 0);
                self.token(stmt.until_token());
                let cond = self.expr(stmt.until());
                self.push_stmt(StmtKind::Repeat { body, cond }, start)
            }
            MoonStmt::While(stmt) => {
                let start = self.token(stmt.while_token()).start;
                let cond = self.expr(stmt.condition());
                self.token(stmt.do_token());
                let body = self.block(stmt.block(), 0);
                self.token(stmt.end_token());
                self.push_stmt(StmtKind::While { cond, body }, start)
            }
            _ => return None,
        })
    }

    fn arm(&mut self, condition: &Expression, then: &TokenReference, block: &ast::Block) -> (ExprId, BlockId) {
        let condition = self.expr(condition);
        self.token(then);
        (condition, self.block(block, 0))
    }

    fn function_name(&mut self, name: &ast::FunctionName) -> ExprId {
        let mut target = None;
        for part in name.names().iter().chain(name.method_name()) {
            let part = self.name(part);
            target = Some(match target {
                None => self.push(ExprKind::Name(part), part.range),
                Some(base) => {
                    let range = self.range(base).cover(part.range);
                    self.push(ExprKind::Field { base, name: part }, range)
                }
            });
        }
        target.unwrap_or_else(|| self.missing())
    }

    fn function(&mut self, body: &FunctionBody, start: u32, method: bool) -> FunctionId {
        let id = FunctionId(self.tree.functions.len() as u32);
        self.tree.functions.push(Function {
            params: Box::default(),
            vararg: false,
            method,
            body: BlockId(0),
            range: TextRange::at(start),
        });
        self.token(body.parameters_parentheses().tokens().0);
        let mut params = Vec::new();
        let mut vararg = false;
        for parameter in body.parameters() {
            match parameter {
                Parameter::Name(name) => params.push(self.name(name)),
                Parameter::Ellipsis(token) => {
                    self.token(token);
                    vararg = true;
                }
                _ => {}
            }
        }
        self.token(body.parameters_parentheses().tokens().1);
        let block = self.block(body.block(), 0);
        self.token(body.end_token());
        let range = TextRange::new(start, self.last);
        self.tree.functions[id.index()] = Function { params: params.into(), vararg, method, body: block, range };
        id
    }

    fn exprs(&mut self, exprs: &Punctuated<Expression>) -> Box<[ExprId]> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr(&mut self, expr: &Expression) -> ExprId {
        // Chains of left-associative operators lean to the left as deep as they are long: walked, not recursed.
        let mut spine = Vec::new();
        let mut leftmost = expr;
        while let Expression::BinaryOperator { lhs, binop, rhs } = leftmost {
            spine.push((binop, rhs));
            leftmost = lhs;
        }
        let mut lhs = self.operand(leftmost);
        for (binop, rhs) in spine.into_iter().rev() {
            let op_range = self.token(binop.token());
            let rhs = self.expr(rhs);
            let range = self.range(lhs).cover(self.range(rhs));
            lhs = match binary_op(binop) {
                Some(op) => self.push(ExprKind::Binary { op, lhs, rhs, op_range }, range),
                None => self.push(ExprKind::Missing, range),
            };
        }
        lhs
    }

    fn operand(&mut self, expr: &Expression) -> ExprId {
        match expr {
            Expression::Parentheses { contained, expression } => {
                let open = self.token(contained.tokens().0);
                let inner = self.expr(expression);
                self.token(contained.tokens().1);
                self.push(ExprKind::Paren(inner), TextRange::new(open.start, self.last))
            }
            Expression::UnaryOperator { unop, expression } => {
                let op_range = self.token(unop.token());
                let operand = self.expr(expression);
                let range = op_range.cover(self.range(operand));
                let op = match unop {
                    UnOp::Minus(_) => UnaryOp::Neg,
                    UnOp::Not(_) => UnaryOp::Not,
                    UnOp::Hash(_) => UnaryOp::Len,
                    _ => return self.push(ExprKind::Missing, range),
                };
                self.push(ExprKind::Unary { op, operand, op_range }, range)
            }
            Expression::Function(function) => {
                let start = self.token(function.function_token()).start;
                let function = self.function(function.body(), start, false);
                self.push(ExprKind::Function(function), TextRange::new(start, self.last))
            }
            Expression::FunctionCall(call) => self.prefixed(call.prefix(), call.suffixes()),
            Expression::TableConstructor(table) => self.table(table),
            Expression::Number(token) => {
                let range = self.token(token);
                match number_value(range.slice(self.source)) {
                    Some(value) => self.push(ExprKind::Number(value), range),
                    None => self.push(ExprKind::Missing, range),
                }
            }
            Expression::String(token) => {
                let range = self.token(token);
                self.push(ExprKind::String, range)
            }
            Expression::Symbol(token) => {
                let range = self.token(token);
                let kind = match token.token().token_type() {
                    TokenType::Symbol { symbol: Symbol::Nil } => ExprKind::Nil,
                    TokenType::Symbol { symbol: Symbol::True } => ExprKind::True,
                    TokenType::Symbol { symbol: Symbol::False } => ExprKind::False,
                    TokenType::Symbol { symbol: Symbol::Ellipsis } => ExprKind::Vararg,
                    _ => ExprKind::Missing,
                };
                self.push(kind, range)
            }
            Expression::Var(var) => self.var(var),
            _ => self.missing(),
        }
    }

    fn table(&mut self, table: &ast::TableConstructor) -> ExprId {
        let open = self.token(table.braces().tokens().0);
        let mut fields = Vec::new();
        for field in table.fields() {
            fields.push(match field {
                ast::Field::ExpressionKey { brackets, key, equal, value } => {
                    self.token(brackets.tokens().0);
                    let key = self.expr(key);
                    self.token(brackets.tokens().1);
                    self.token(equal);
                    TableField::Keyed { key, value: self.expr(value) }
                }
                ast::Field::NameKey { key, equal, value } => {
                    let name = self.name(key);
                    self.token(equal);
                    TableField::Named { name, value: self.expr(value) }
                }
                ast::Field::NoKey(value) => TableField::Item(self.expr(value)),
                _ => continue,
            });
        }
        self.token(table.braces().tokens().1);
        self.push(ExprKind::Table(fields.into()), TextRange::new(open.start, self.last))
    }

    fn var(&mut self, var: &Var) -> ExprId {
        match var {
            Var::Name(token) => {
                let name = self.name(token);
                self.push(ExprKind::Name(name), name.range)
            }
            Var::Expression(var) => self.prefixed(var.prefix(), var.suffixes()),
            _ => self.missing(),
        }
    }

    fn prefixed<'m>(&mut self, prefix: &Prefix, suffixes: impl Iterator<Item = &'m Suffix>) -> ExprId {
        let mut base = match prefix {
            Prefix::Name(token) => {
                let name = self.name(token);
                self.push(ExprKind::Name(name), name.range)
            }
            Prefix::Expression(expr) => self.expr(expr),
            _ => self.missing(),
        };
        for suffix in suffixes {
            let start = self.range(base).start;
            let kind = match suffix {
                Suffix::Index(Index::Dot { dot, name }) => {
                    self.token(dot);
                    ExprKind::Field { base, name: self.name(name) }
                }
                Suffix::Index(Index::Brackets { brackets, expression }) => {
                    self.token(brackets.tokens().0);
                    let key = self.expr(expression);
                    self.token(brackets.tokens().1);
                    ExprKind::Index { base, key }
                }
                Suffix::Call(MoonCall::AnonymousCall(args)) => {
                    let (args, args_range) = self.args(args);
                    ExprKind::Call(Box::new(Call { callee: base, args, args_range }))
                }
                Suffix::Call(MoonCall::MethodCall(call)) => {
                    self.token(call.colon_token());
                    let name = self.name(call.name());
                    let (args, args_range) = self.args(call.args());
                    ExprKind::MethodCall(Box::new(MethodCall { base, name, args, args_range }))
                }
                _ => continue,
            };
            base = self.push(kind, TextRange::new(start, self.last));
        }
        base
    }

    fn args(&mut self, args: &FunctionArgs) -> (Box<[ExprId]>, TextRange) {
        match args {
            FunctionArgs::Parentheses { parentheses, arguments } => {
                let open = self.open(parentheses);
                let args = self.exprs(arguments);
                self.token(parentheses.tokens().1);
                (args, TextRange::new(open.start, self.last))
            }
            FunctionArgs::String(token) => {
                let range = self.token(token);
                (Box::new([self.push(ExprKind::String, range)]), range)
            }
            FunctionArgs::TableConstructor(table) => {
                let table = self.table(table);
                (Box::new([table]), self.range(table))
            }
            _ => (Box::default(), TextRange::at(self.last)),
        }
    }

    fn open(&mut self, span: &ContainedSpan) -> TextRange {
        self.token(span.tokens().0)
    }
}

fn binary_op(op: &BinOp) -> Option<BinaryOp> {
    Some(match op {
        BinOp::And(_) => BinaryOp::And,
        BinOp::Caret(_) => BinaryOp::Pow,
        BinOp::GreaterThan(_) => BinaryOp::Gt,
        BinOp::GreaterThanEqual(_) => BinaryOp::Ge,
        BinOp::LessThan(_) => BinaryOp::Lt,
        BinOp::LessThanEqual(_) => BinaryOp::Le,
        BinOp::Minus(_) => BinaryOp::Sub,
        BinOp::Or(_) => BinaryOp::Or,
        BinOp::Percent(_) => BinaryOp::Mod,
        BinOp::Plus(_) => BinaryOp::Add,
        BinOp::Slash(_) => BinaryOp::Div,
        BinOp::Star(_) => BinaryOp::Mul,
        BinOp::TildeEqual(_) => BinaryOp::Ne,
        BinOp::TwoDots(_) => BinaryOp::Concat,
        BinOp::TwoEqual(_) => BinaryOp::Eq,
        _ => return None,
    })
}
