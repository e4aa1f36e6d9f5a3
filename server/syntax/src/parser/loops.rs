//! `while`, `repeat` and `for`.

use text::TextRange;

use super::{Body, Parser};
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{BlockId, ExprId, ExprKind, Name, NumericFor, StmtId, StmtKind},
};

impl Parser<'_> {
    pub(super) fn while_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let mut word = self.bump();
        word = self.doubled(word);
        let cond = self.condition();
        let body = self.head_end(word, Keyword::Do);
        stmts.append(&mut self.pending);
        if body == Body::None {
            stmts.extend(self.values_only(vec![cond], word.start));
            return;
        }
        let body = self.body_to_end(body, Keyword::While, word);
        stmts.push(self.push_stmt(StmtKind::While { cond, body }, word.start));
    }

    pub(super) fn repeat_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let word = self.bump();
        let body = if self.is("{") {
            self.braces();
            self.brace_block(Keyword::Repeat, word)
        } else {
            self.block(Keyword::Repeat, word)
        };
        let is_ours = self.endings != super::Endings::Lacking
            || !self.begins_line()
            || self.indent() >= self.layout().indent(word.start);
        let cond = if is_ours && self.take_keyword(Keyword::Until) {
            self.expr()
        } else {
            if is_ours && self.is_keyword(Keyword::End) {
                let here = self.here();
                let error = SyntaxError::new(here, "a `repeat` is closed with `until` and a condition, not with `end`")
                    .related(word, "the `repeat`");
                self.report(error);
                self.bump();
                if !self.on_new_line() && self.take_keyword(Keyword::Until) {
                    let cond = self.expr();
                    stmts.push(self.push_stmt(StmtKind::Repeat { body, cond }, word.start));
                    return;
                }
            } else {
                self.missing_end(Keyword::Repeat, word);
            }
            self.missing()
        };
        stmts.push(self.push_stmt(StmtKind::Repeat { body, cond }, word.start));
    }

    pub(super) fn for_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let word = self.bump();
        let parenthesis = self.is("(");
        if parenthesis && self.loop_of_c(word, stmts) {
            return;
        }
        if parenthesis {
            let here = self.here();
            let error = SyntaxError::new(here, "the head of a loop has no parentheses in Lua")
                .help("write `for i = 1, n do` or `for key, value in pairs(t) do`");
            self.report(error);
            self.bump();
        }
        self.loop_variable_word();
        let mut names: Vec<Name> = Vec::new();
        if self.is_name() {
            names.push(self.name());
        } else if self.keyword().is_some() && !self.on_new_line() && self.is_ahead(1, "=") {
            self.reserved(self.here());
            self.bump();
        } else {
            let error = SyntaxError::new(word, "a variable is missing after `for`")
                .help("write `for i = 1, n do` or `for key, value in pairs(t) do`");
            self.report(error.hides_names());
        }
        if self.is("=") {
            self.numeric_for(word, &names, parenthesis, stmts);
            return;
        }
        while self.take(",") {
            if self.is_name() {
                names.push(self.name());
            } else {
                let error = SyntaxError::new(
                    self.previous().map_or(word, |token| token.range),
                    "a variable is missing after `,`",
                );
                self.report(error.hides_names());
                break;
            }
        }
        let here = self.here();
        let mut values = Vec::new();
        if self.is("=") {
            let error =
                SyntaxError::new(here, "a loop over an iterator is written with `in`: `for key, value in pairs(t) do`")
                    .fix("Write `in`", here, "in");
            self.report(error);
            self.bump();
            values = self.loop_values();
        } else if self.take_keyword(Keyword::In) {
            values = self.loop_values();
        } else if self.is_name() && matches!(self.word(), "of" | "on" | "from") && !self.on_new_line() {
            let error = SyntaxError::new(here, format!("the keyword is `in` in Lua, not `{}`", self.text(here))).fix(
                "Write `in`",
                here,
                "in",
            );
            self.report(error);
            self.bump();
            values = self.loop_values();
        } else {
            let error = SyntaxError::new(self.gap(), "an `in` or a `=` is missing in the head of this `for`")
                .help("write `for i = 1, n do` or `for key, value in pairs(t) do`");
            self.report(error.hides_names());
        }
        let Some(body) = self.loop_body(word, &values, parenthesis, stmts) else { return };
        let kind = StmtKind::GenericFor { names: names.into(), values: values.into(), body };
        stmts.push(self.push_stmt(kind, word.start));
    }

    /// Takes the end of a loop's head and its body. Without a body the head's values stand as statements.
    fn loop_body(
        &mut self,
        word: TextRange,
        values: &[ExprId],
        parenthesis: bool,
        stmts: &mut Vec<StmtId>,
    ) -> Option<BlockId> {
        if parenthesis {
            self.take(")");
        }
        let body = self.head_end(word, Keyword::Do);
        stmts.append(&mut self.pending);
        if body == Body::None {
            stmts.extend(self.values_only(values.to_vec(), word.start));
            return None;
        }
        Some(self.body_to_end(body, Keyword::For, word))
    }

    fn loop_values(&mut self) -> Vec<ExprId> {
        let outer = std::mem::replace(&mut self.in_head, true);
        let found = self.exprs();
        self.in_head = outer;
        found
    }

    /// `local`, `let`, `var` or `each` before the variable of a loop.
    fn loop_variable_word(&mut self) {
        let here = self.here();
        let is_word = self.is_keyword(Keyword::Local)
            || (matches!(self.word(), "let" | "var" | "const" | "int" | "each" | "auto") && self.is_name_ahead(1));
        if is_word && !self.on_new_line() {
            let text = self.text(here);
            let range = TextRange::new(here.start, self.ahead(1).map_or(here.end, |next| next.range.start));
            let error = SyntaxError::new(here, format!("the variable of a loop is local by itself: remove `{text}`"))
                .fix(format!("Remove `{text}`"), range, "");
            self.report(error);
            self.bump();
        }
    }

    fn numeric_for(&mut self, word: TextRange, names: &[Name], parenthesis: bool, stmts: &mut Vec<StmtId>) {
        let equals = self.bump();
        let outer = std::mem::replace(&mut self.in_head, true);
        let told = self.errors.len();
        let first = self.expr();
        let is_told = told < self.errors.len();
        let mut values = vec![first];
        while self.take(",") {
            values.push(self.expr());
        }
        if values.len() == 1 {
            let here = self.here();
            let is_call = matches!(self.tree[first].kind, ExprKind::Call(_) | ExprKind::MethodCall(_));
            if self.begins_value() && !self.on_new_line() && !self.is_name() {
                if !is_told {
                    self.missing_comma();
                }
                values.push(self.muted(Self::expr));
            }
            let word_between =
                values.len() == 1 && matches!(self.word(), "to" | "upto" | "until" | "til") && !self.on_new_line();
            if word_between {
                let error = SyntaxError::new(
                    here,
                    format!("the bounds of a loop are separated by `,`, not by `{}`", self.text(here)),
                )
                .fix("Write `,`", TextRange::new(self.last(), here.end), ",");
                self.report(error);
                self.bump();
                values.push(self.expr());
            } else if is_call {
                let error = SyntaxError::new(
                    equals,
                    "a loop over an iterator is written with `in`: `for key, value in pairs(t) do`",
                )
                .fix("Write `in`", equals, "in");
                self.report(error);
            } else if !is_told && values.len() == 1 {
                let error = SyntaxError::new(self.gap(), "a loop needs a first and a last value: `for i = 1, n do`");
                self.report(error);
            }
        } else if values.len() > 3 {
            let error = SyntaxError::new(self.range(values[3]), "a loop takes a first value, a last value and a step");
            self.report(error);
        }
        self.in_head = outer;
        let Some(body) = self.loop_body(word, &values, parenthesis, stmts) else { return };
        let kind = match (names, &values[..]) {
            (&[name], &[start, end]) => {
                StmtKind::NumericFor(Box::new(NumericFor { name, start, end, step: None, body }))
            }
            (&[name], &[start, end, step]) => {
                StmtKind::NumericFor(Box::new(NumericFor { name, start, end, step: Some(step), body }))
            }
            _ => StmtKind::GenericFor { names: names.into(), values: values.into(), body },
        };
        stmts.push(self.push_stmt(kind, word.start));
    }

    /// `for (i = 0; i < n; i++)`: reports it and passes the head.
    fn loop_of_c(&mut self, word: TextRange, stmts: &mut Vec<StmtId>) -> bool {
        let Some(close) = self.matching(self.at) else { return false };
        if !self.tokens[self.at..close].iter().any(|token| token.kind.is(";")) {
            return false;
        }
        let range = self.here().cover(self.tokens[close].range);
        let error = SyntaxError::new(range, "a loop over numbers is written `for i = 1, n do` in Lua");
        self.report(error);
        // The variable is the first name that something is assigned to.
        let name =
            (self.at..close).find(|&at| self.tokens[at].kind == TokenKind::Name && self.tokens[at + 1].kind.is("="));
        let names: Box<[Name]> = name.map(|at| Name { range: self.tokens[at].range }).into_iter().collect();
        self.at = close + 1;
        let body = if self.is("{") {
            self.brace_block(Keyword::For, word)
        } else {
            if !self.take_keyword(Keyword::Do) && !self.has_body(word) {
                return true;
            }
            self.block_to_end(Keyword::For, word)
        };
        let kind = StmtKind::GenericFor { names, values: Box::default(), body };
        stmts.push(self.push_stmt(kind, word.start));
        true
    }
}
