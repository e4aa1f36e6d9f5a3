//! Parsing by pieces: statements of the chunk whose text was parsed before are taken over from then, so that a keystroke in
//! a long script costs the statement that it is in.
//!
//! A piece begins at a keyword that can only begin a statement, outside of all blocks and brackets; what the lexer alone
//! can tell. Pieces that parse without a complaint give the same tree as the whole would. From the first one that does not,
//! the rest is parsed as a whole, for the parser's complaints depend on what follows.

use std::{collections::HashMap, sync::Arc};

use full_moon::LuaVersion;
use text::TextRange;

use crate::{
    SyntaxError,
    complaints::describe,
    lexer::{Keyword, Lexer, TokenKind},
    lower::{self, Lowered},
    tree::{
        Block, BlockId, Expr, ExprId, ExprKind, Function, FunctionId, MethodCall, Name, NumericFor, Stmt, StmtId,
        StmtKind, TableField, Tree,
    },
};

/// The pieces of the last parse, by their text.
#[derive(Clone, Default, Debug)]
pub struct Cache {
    pieces: HashMap<Box<[u8]>, Arc<Lowered>>,
}

/// A statement no longer than any.
const STAND_IN: &str = "f()";

/// Parses `code` by pieces and adds the complaints.
pub(crate) fn parse_code(code: &str, source: &[u8], errors: &mut Vec<SyntaxError>, cache: &mut Cache) -> Tree {
    let mut tree = lower::whole(code.len() as u32);
    let mut used: HashMap<Box<[u8]>, Arc<Lowered>> = HashMap::new();
    let starts = starts(code.as_bytes());
    let mut last = 0;
    for (nth, &start) in starts.iter().enumerate() {
        let end = starts.get(nth + 1).copied().unwrap_or(code.len() as u32);
        let range = TextRange::new(start, end);
        let text = range.slice(code.as_bytes());
        let known = cache.pieces.get(text).or_else(|| used.get(text)).map(Arc::clone);
        let piece = known.or_else(|| {
            let result = full_moon::parse_fallible(&code[range.to_usize()], LuaVersion::lua51());
            let clean = result.errors().is_empty();
            clean.then(|| Arc::new(lower::lower(result.ast(), range.slice(source), 0, 0)))
        });
        let Some(piece) = piece else {
            // Blanks stand for what is behind us: so places are those of the whole, and the tokens that the parser makes
            // up, which it puts at the very start, are known for what they are. A statement stands for those behind us,
            // for the parser mends a block that has some in another way than one that has none.
            let has_some = !tree[tree.root()].stmts.is_empty();
            let mut rest = String::with_capacity(code.len());
            rest.push_str(if has_some { STAND_IN } else { "" });
            rest.extend(std::iter::repeat_n(' ', start as usize - rest.len()));
            rest.push_str(&code[start as usize..]);
            let result = full_moon::parse_fallible(&rest, LuaVersion::lua51());
            errors.extend(describe(&result, code));
            let rest = lower::lower(result.ast(), source, last, usize::from(has_some));
            append(&mut tree, &rest.tree, 0);
            break;
        };
        append(&mut tree, &piece.tree, start);
        // An empty piece has no token.
        if piece.last > 0 {
            last = start + piece.last;
        }
        // The values of literals are read from the source, which differs from the code where it is no text.
        if text == range.slice(source) {
            used.insert(text.into(), piece);
        }
    }
    cache.pieces = used;
    lower::close(&mut tree);
    tree
}

/// Where pieces begin: at 0, and at the keywords that begin statements of the chunk.
fn starts(code: &[u8]) -> Vec<u32> {
    let mut starts = vec![0];
    // Blocks and brackets that are open, and loops whose `do` is still to come.
    let (mut depth, mut brackets, mut loops) = (0_i32, 0_i32, 0_i32);
    let mut previous: Option<TokenKind> = None;
    for token in Lexer::new(code) {
        match token.kind {
            TokenKind::Comment | TokenKind::UnterminatedComment => continue,
            TokenKind::Keyword(keyword) => {
                let outside = depth == 0 && brackets == 0 && loops == 0;
                let begins = match keyword {
                    Keyword::If | Keyword::While | Keyword::For | Keyword::Repeat | Keyword::Do | Keyword::Local => {
                        true
                    }
                    // Behind an operand it is no value.
                    Keyword::Function => previous.is_some_and(TokenKind::ends_operand),
                    _ => false,
                };
                if outside && begins && token.range.start > 0 {
                    starts.push(token.range.start);
                }
                match keyword {
                    Keyword::Function | Keyword::If | Keyword::Repeat => depth += 1,
                    Keyword::While | Keyword::For => loops += 1,
                    Keyword::Do => {
                        loops = (loops - 1).max(0);
                        depth += 1;
                    }
                    Keyword::End | Keyword::Until => depth -= 1,
                    // Nothing may follow; what does is the parser's to complain of.
                    Keyword::Return | Keyword::Break if outside => return starts,
                    _ => {}
                }
            }
            kind if kind.is("(") || kind.is("[") || kind.is("{") => brackets += 1,
            kind if kind.is(")") || kind.is("]") || kind.is("}") => brackets -= 1,
            _ => {}
        }
        // From here on nothing is sure.
        if depth < 0 || brackets < 0 {
            return starts;
        }
        previous = Some(token.kind);
    }
    starts
}

/// Adds a piece's statements to the chunk, its places moved by `shift`.
fn append(tree: &mut Tree, piece: &Tree, shift: u32) {
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
    let root = tree.root();
    let mut stmts = std::mem::take(&mut tree.blocks[root.index()].stmts).into_vec();
    stmts.extend(piece[piece.root()].stmts.iter().map(|&stmt| mover.stmt_id(stmt)));
    tree.blocks[root.index()].stmts = stmts.into();
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
            ExprKind::Call(call) => ExprKind::Call(Box::new(crate::Call {
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
            StmtKind::If(it) => StmtKind::If(Box::new(crate::tree::If {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{parse_whole, parse_with};

    /// What a parse by pieces gives is what a parse of the whole gives.
    #[track_caller]
    fn same(source: &str, cache: &mut Cache) {
        let (whole, pieces) = (parse_whole(source.as_bytes()), parse_with(source.as_bytes(), cache));
        assert_eq!(format!("{:?}", pieces.tree), format!("{:?}", whole.tree), "{source}");
        assert_eq!(pieces.errors, whole.errors, "{source}");
    }

    #[test]
    fn pieces_give_the_tree_of_the_whole() {
        let mut cache = Cache::default();
        for source in [
            "",
            "local a = 1 local b = a if a then b() end while a do b() end",
            "local f = function() return 1 end function g() end x = f function h() end",
            "for i = 1, 2 do local x = {function() end} end repeat local y = 1 until y",
            "a = 1; local b = 2; do local c = 3 end\nreturn a, b",
            "-- one\nlocal a = 1 -- two\n-- three\nlocal b = 2 -- four",
            "local t = {\n  a = 1,\n  f = function() local z = 1 end,\n}\nlocal u = t.a",
        ] {
            same(source, &mut cache);
            same(&format!("local first = 1\n{source}"), &mut cache);
        }
    }

    #[test]
    fn broken_scripts_have_the_same_complaints() {
        let mut cache = Cache::default();
        for source in [
            "local a = \nlocal b = 2\nlocal c = 3",
            "local a = 1\nif a then\nlocal b = 2\nlocal c = 3",
            "local a = 1\nend\nlocal b = 2",
            "local a = 1)\nlocal b = 2",
            "return 1\nlocal a = 1",
            "local a = 'x\nlocal b = 1",
            "local a = 1 if a then else if b then end local c = 1",
            "x += 1\nlocal a = 1",
            "while true\nlocal a = 1",
            "local a = 1\nf\n(g)\nlocal b = 2",
        ] {
            same(source, &mut cache);
            same(&format!("local first = 1\n{source}"), &mut cache);
            same(&format!("{source}\nlocal last = 1"), &mut cache);
        }
    }
}
