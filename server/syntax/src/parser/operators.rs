//! Operators of other languages between and behind values.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{BinaryOp, ExprId, ExprKind},
};

impl Parser<'_> {
    /// True if the `:` that is `by` tokens ahead calls a method.
    pub(super) fn is_method_call(&self, by: usize) -> bool {
        self.is_name_ahead(by + 1)
            && self.ahead(by + 2).is_some_and(|next| {
                matches!(next.kind, TokenKind::String | TokenKind::UnterminatedString)
                    || next.kind.is("(")
                    || next.kind.is("{")
            })
    }

    /// True if the code around the value handles a `:` that calls no method.
    pub(super) fn leaves_colon(&self) -> bool {
        self.ternaries > 0
            || self.bracket().is_some_and(|bracket| bracket.closer == b']')
            || self.is_pair(":", "=")
            || (self.in_head && self.is_new_line(self.at + 1))
    }

    pub(super) fn pair(&self) -> TextRange {
        let here = self.here();
        here.cover(self.ahead(1).map_or(here, |next| next.range))
    }

    fn is_question(&self) -> bool {
        self.kind() == Some(TokenKind::Unknown) && self.word() == "?"
    }

    /// Operators behind a value in other languages: `?.`, `->`.
    pub(super) fn foreign_suffix(&mut self, base: ExprId) -> Option<ExprId> {
        let here = self.here();
        let start = self.range(base).start;
        if self.is_question()
            && self.touches_next(self.at)
            && (self.is_ahead(1, ".") || self.is_ahead(1, "[") || self.is_ahead(1, "("))
        {
            let error = SyntaxError::new(here, "Lua has no `?.`").help("write `a and a.b`");
            self.report(error);
            self.bump();
            return Some(base);
        }
        if self.is_pair("-", ">") && self.is_name_ahead(2) {
            let range = self.pair();
            let sign = if self.ahead(3).is_some_and(|next| next.kind.is("(")) { ":" } else { "." };
            let error =
                SyntaxError::new(range, "a field is read with `.` in Lua, and a method called with `:`, not with `->`")
                    .offer(format!("Write `{sign}`"), range, sign);
            self.report(error);
            self.pass(range);
            let name = self.name();
            return Some(self.push_from(ExprKind::Field { base, name }, start));
        }
        if self.kind() == Some(TokenKind::Number) && here.start == self.last() && self.word().starts_with('.') {
            let text = &self.word()[1..];
            let error = SyntaxError::new(here, format!("a field that is a number is read with `[{text}]`")).fix(
                format!("Write `[{text}]`"),
                here,
                format!("[{text}]"),
            );
            self.report(error);
            self.bump();
            let key = self.push(ExprKind::Missing, here);
            return Some(self.push_from(ExprKind::Index { base, key }, start));
        }
        None
    }

    /// An operator between values that Lua does not have, or writes otherwise.
    pub(super) fn foreign_operator(&mut self, lhs: ExprId, limit: u8) -> Option<ExprId> {
        let here = self.here();
        if self.is_question() {
            return if limit == 0 { Some(self.ternary(lhs)) } else { None };
        }
        if limit >= 3 || self.on_new_line() {
            return None;
        }
        let bracket = self.bracket();
        let is_value = self.in_head || bracket.is_some_and(|bracket| bracket.closer != b'}');
        if !is_value {
            return None;
        }
        if self.is_pair("=", "<") || self.is_arrow(0) {
            let range = self.pair();
            let meant = if self.is_arrow(0) { ">=" } else { "<=" };
            let error = SyntaxError::new(
                range,
                format!("the operator is written `{meant}` in Lua, not `{}`", self.text(range)),
            )
            .offer(format!("Write `{meant}`"), range, meant);
            self.report(error);
            self.pass(range);
            return Some(self.compared(lhs, range));
        }
        if self.is("=") {
            if bracket.is_some_and(|bracket| bracket.assigned) {
                self.told_at = Some(self.at);
            }
            if let Some(bracket) = self.brackets.last_mut() {
                bracket.assigned = true;
            }
            let error = if bracket.is_some_and(|bracket| bracket.arguments) && !self.in_head {
                SyntaxError::new(here, "an argument cannot be assigned to: a comparison is written `==`")
                    .help("Lua has no named arguments: a table holds them, as in `f({ name = 1 })`")
                    .offer("Write `==`", here, "==")
            } else {
                SyntaxError::new(here, "`=` assigns: a comparison is written `==`").fix("Write `==`", here, "==")
            };
            self.report(error);
            self.bump();
            return Some(self.compared(lhs, here));
        }
        if self.is_keyword(Keyword::In) {
            let error = SyntaxError::new(here, "Lua has no operator `in`")
                .help("whether a table has a key is `t[key] ~= nil`; whether a text has a part is `string.find(s, part, 1, true)`");
            self.report(error);
            self.bump();
            let rhs = if self.is("(") { self.muted(Self::expr) } else { self.expr() };
            return Some(self.opaque(vec![lhs, rhs]));
        }
        if !self.is_name() {
            return None;
        }
        let word = self.word();
        let meant = match word {
            "is" | "eq" => "==",
            "isnt" | "ne" => "~=",
            "lt" => "<",
            "gt" => ">",
            "mod" => "%",
            "AND" | "And" => "and",
            "OR" | "Or" => "or",
            _ => return None,
        };
        let range = match self.ahead(1) {
            Some(next) if word == "is" && next.kind == TokenKind::Keyword(Keyword::Not) => here.cover(next.range),
            _ => here,
        };
        let meant = if range == here { meant } else { "~=" };
        let error =
            SyntaxError::new(range, format!("the operator is written `{meant}` in Lua, not `{}`", self.text(range)))
                .fix(format!("Write `{meant}`"), range, meant);
        self.report(error);
        self.pass(range);
        Some(self.compared(lhs, range))
    }

    /// Parses the right side of an operator that is read as a comparison.
    fn compared(&mut self, lhs: ExprId, op_range: TextRange) -> ExprId {
        let is_equality = matches!(self.text(op_range), "=" | "is" | "eq");
        let rhs = self.expr();
        if is_equality { self.binary(BinaryOp::Eq, op_range, lhs, rhs) } else { self.opaque(vec![lhs, rhs]) }
    }

    /// `a ? b : c` and `a ?? b`, read as `a and b or c` and `a or b`.
    fn ternary(&mut self, lhs: ExprId) -> ExprId {
        let here = self.here();
        let next_is = self.ahead(1).is_some_and(|next| self.text(next.range) == "?") && self.touches_next(self.at);
        if next_is {
            let range = self.pair();
            let error = SyntaxError::new(range, "Lua has no `??`: write `or`").fix("Write `or`", range, "or");
            self.report(error);
            self.pass(range);
            let rhs = self.expr();
            return self.binary(BinaryOp::Or, range, lhs, rhs);
        }
        let error =
            SyntaxError::new(here, "Lua has no operator `? :`").help("write `condition and a or b`, or an `if`");
        let outer = std::mem::replace(&mut self.in_ternary, true);
        if !outer {
            self.report(error);
        }
        self.bump();
        self.ternaries += 1;
        let first = self.expr();
        self.ternaries -= 1;
        let chosen = self.binary(BinaryOp::And, here, lhs, first);
        let colon = self.here();
        if !self.take(":") {
            self.in_ternary = outer;
            return chosen;
        }
        let second = self.expr();
        self.in_ternary = outer;
        self.binary(BinaryOp::Or, colon, chosen, second)
    }

    /// Takes an operator between values; reports one that is written otherwise.
    pub(super) fn operator(&mut self) -> TextRange {
        if !self.touches_next(self.at) {
            return self.bump();
        }
        let range = self.pair();
        let meant = match self.text(range) {
            "===" => "==",
            "~==" => "~=",
            "<>" => "~=",
            "**" => "^",
            "++" => {
                let error =
                    SyntaxError::new(range, "Lua has no `++`").help("write `x = x + 1`; texts are joined with `..`");
                self.report(error);
                self.pass(range);
                self.told_at = Some(self.at);
                return range;
            }
            _ => return self.bump(),
        };
        let error =
            SyntaxError::new(range, format!("the operator is written `{meant}` in Lua, not `{}`", self.text(range)))
                .fix(format!("Write `{meant}`"), range, meant);
        self.report(error);
        self.pass(range);
        range
    }

    /// `+=` and its like: where it stands, and the operator in it.
    pub(super) fn compound(&self) -> Option<(TextRange, &str)> {
        let here = self.here();
        let operator = self.text(here);
        let is_one = matches!(operator, "+" | "-" | "*" | "/" | "%" | "^" | "..");
        let next = self.ahead(1).filter(|next| next.kind.is("=") && next.range.start == here.end)?;
        is_one.then(|| (here.cover(next.range), operator))
    }

    /// Reports an operator after a statement if Lua does not have it.
    pub(super) fn operator_of_another_language(&mut self) -> bool {
        let (range, message) = if self.is_arrow(0) {
            (self.pair(), "Lua has no `=>`")
        } else if self.is_pair("-", ">") {
            (self.pair(), "Lua has no `->`")
        } else if self.is_question() {
            (self.here(), "Lua has no operator `?`")
        } else {
            return false;
        };
        self.report(SyntaxError::new(range, message));
        true
    }
}
