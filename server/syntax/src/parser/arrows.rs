//! Arrow functions of other languages.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{Block, BlockId, ExprId, ExprKind, Function, FunctionId, Name, StmtKind},
};

impl Parser<'_> {
    /// True at `=>`, `by` tokens ahead.
    pub(super) fn is_arrow(&self, by: usize) -> bool {
        self.is_ahead(by, "=") && self.is_ahead(by + 1, ">") && self.touches_next(self.at + by)
    }

    /// `(a, b) => a + b`: reads it as a function.
    pub(super) fn arrow_function(&mut self) -> Option<ExprId> {
        let close = self.matching(self.at)?;
        let by = close + 1 - self.at;
        let is_thin = self.is_ahead(by, "-") && self.is_ahead(by + 1, ">") && self.touches_next(close + 1);
        if !self.is_arrow(by) && !is_thin {
            return None;
        }
        let params = &self.tokens[self.at..close];
        if !params[1..].iter().all(|token| token.kind == TokenKind::Name || token.kind.is(",")) {
            return None;
        }
        let names = params.iter().filter(|token| token.kind == TokenKind::Name);
        let names: Box<[Name]> = names.map(|token| Name { range: token.range }).collect();
        let start = self.here().start;
        self.at = close + 1;
        Some(self.arrow(names, start))
    }

    /// `a => a + 1`, and other values that begin with a name.
    pub(super) fn foreign_value(&mut self) -> Option<ExprId> {
        let is_param = self.is_arrow(1) && !self.in_head && self.bracket().is_none_or(|bracket| bracket.arguments);
        if !is_param {
            return None;
        }
        let name = self.name();
        Some(self.arrow(Box::new([name]), name.range.start))
    }

    /// The rest of an arrow function, at its arrow.
    fn arrow(&mut self, params: Box<[Name]>, start: u32) -> ExprId {
        let range = self.pair();
        let text = self.text(range);
        let error =
            SyntaxError::new(range, format!("a function is written `function(…) … end` in Lua, not with `{text}`"));
        self.report(error);
        self.pass(range);
        let id = FunctionId(self.tree.functions.len() as u32);
        self.tree.functions.push(Function {
            params,
            vararg: false,
            method: false,
            body: BlockId(0),
            range: TextRange::at(start),
        });
        let body = if self.is("{") {
            self.brace_block(Keyword::Function, range)
        } else {
            let block = BlockId(self.tree.blocks.len() as u32);
            self.tree.blocks.push(Block { stmts: Box::default(), range: self.gap() });
            let from = self.here().start;
            let value = self.expr();
            let stmt = self.push_stmt(StmtKind::Return(Box::new([value])), from);
            self.tree.blocks[block.index()] =
                Block { stmts: Box::new([stmt]), range: TextRange::new(from, self.last().max(from)) };
            block
        };
        let function = &mut self.tree.functions[id.index()];
        function.body = body;
        function.range = TextRange::new(start, self.tokens[self.at.max(1) - 1].range.end);
        self.push_from(ExprKind::Function(id), start)
    }
}
