//! Expressions: operators, operands and suffixes.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError, SyntaxFix,
    lexer::{Keyword, TokenKind},
    number_value,
    tree::{BinaryOp, Call, ExprId, ExprKind, MethodCall, UnaryOp},
};

/// Binding power of `not`, `#` and `-`.
const UNARY: u8 = 8;

impl Parser<'_> {
    /// Parses an expression; if there is none, reports it and returns a missing one.
    pub(super) fn expr(&mut self) -> ExprId {
        self.subexpr(0)
    }

    /// Expressions with commas between them; at least one.
    pub(super) fn exprs(&mut self) -> Vec<ExprId> {
        let mut found = vec![self.expr()];
        while self.take(",") {
            found.push(self.expr());
        }
        found
    }

    fn subexpr(&mut self, limit: u8) -> ExprId {
        if !self.enter() {
            self.depth -= 1;
            return self.missing();
        }
        let mut lhs = match self.unary() {
            Some(op) => {
                let op_range = self.bump();
                let operand = self.subexpr(UNARY);
                let range = op_range.cover(self.range(operand));
                self.push(ExprKind::Unary { op, operand, op_range }, range)
            }
            None => self.operand(),
        };
        loop {
            if let Some(found) = self.foreign_operator(lhs, limit) {
                lhs = found;
                continue;
            }
            let Some((op, left, right)) = self.kind().and_then(binary) else { break };
            if left <= limit {
                break;
            }
            let op_range = self.operator();
            let rhs = self.subexpr(right);
            lhs = match self.text(op_range) {
                "//" | "&" | "|" | "~" | "<<" | ">>" => {
                    self.offer_function(op_range, lhs, rhs);
                    self.opaque(vec![lhs, rhs])
                }
                "<>" => self.binary(BinaryOp::Ne, op_range, lhs, rhs),
                _ => self.binary(op, op_range, lhs, rhs),
            };
        }
        self.depth -= 1;
        lhs
    }

    pub(super) fn binary(&mut self, op: BinaryOp, op_range: TextRange, lhs: ExprId, rhs: ExprId) -> ExprId {
        let range = self.range(lhs).cover(self.range(rhs));
        self.push(ExprKind::Binary { op, lhs, rhs, op_range }, range)
    }

    /// Offers a function in place of an operator of later Luas.
    fn offer_function(&mut self, op_range: TextRange, lhs: ExprId, rhs: ExprId) {
        let whole = self.range(lhs).cover(self.range(rhs));
        let (a, b) = (self.text(self.range(lhs)), self.text(self.range(rhs)));
        if a.is_empty() || b.is_empty() {
            return;
        }
        let (title, text) = match self.text(op_range) {
            "//" => ("Write `math.floor(a / b)`", format!("math.floor({a} / {b})")),
            "&" => ("Write `bit.band(a, b)`", format!("bit.band({a}, {b})")),
            "|" => ("Write `bit.bor(a, b)`", format!("bit.bor({a}, {b})")),
            "~" => ("Write `bit.bxor(a, b)`", format!("bit.bxor({a}, {b})")),
            "<<" => ("Write `bit.lshift(a, n)`", format!("bit.lshift({a}, {b})")),
            _ => ("Write `bit.rshift(a, n)`", format!("bit.rshift({a}, {b})")),
        };
        self.repairs.push((op_range, SyntaxFix { title: title.to_owned(), range: whole, text, certain: false }));
    }

    fn unary(&self) -> Option<UnaryOp> {
        match self.kind()? {
            TokenKind::Keyword(Keyword::Not) => Some(UnaryOp::Not),
            kind if kind.is("-") => Some(UnaryOp::Neg),
            kind if kind.is("#") => Some(UnaryOp::Len),
            _ => None,
        }
    }

    /// True if a value can begin with the next token.
    pub(super) fn begins_value(&self) -> bool {
        match self.kind() {
            None => false,
            Some(TokenKind::Keyword(keyword)) => {
                matches!(keyword, Keyword::Function | Keyword::Nil | Keyword::True | Keyword::False | Keyword::Not)
            }
            Some(TokenKind::Symbol(bytes)) => {
                matches!(&bytes, b"(\0\0" | b"{\0\0" | b"-\0\0" | b"#\0\0" | b"...")
            }
            Some(kind) => kind != TokenKind::Unknown,
        }
    }

    fn operand(&mut self) -> ExprId {
        let Some(token) = self.token() else { return self.missing_value() };
        let literal = match token.kind {
            TokenKind::Keyword(Keyword::Nil) => ExprKind::Nil,
            TokenKind::Keyword(Keyword::True) => ExprKind::True,
            TokenKind::Keyword(Keyword::False) => ExprKind::False,
            TokenKind::Keyword(Keyword::Function) => {
                let start = self.bump().start;
                return self.function_value(start);
            }
            TokenKind::Number => match number_value(token.range.slice(self.source)) {
                Some(value) => ExprKind::Number(value),
                None => {
                    self.malformed_number(token.range);
                    ExprKind::Missing
                }
            },
            TokenKind::String => {
                // What the scan took for a string is none if it has other quotes.
                match token.range.slice(self.source).first() {
                    Some(b'\'' | b'"' | b'[') => ExprKind::String,
                    _ => ExprKind::Missing,
                }
            }
            TokenKind::UnterminatedString => ExprKind::Missing,
            TokenKind::Name => {
                if let Some(found) = self.foreign_value() {
                    return found;
                }
                if self.begins_next_statement() {
                    return self.missing_value();
                }
                return self.suffixed();
            }
            TokenKind::Symbol(bytes) => match &bytes {
                b"..." => {
                    if self.is_name_ahead(1) && self.touches_next(self.at) && self.bracket().is_some() {
                        let error = SyntaxError::new(token.range, "Lua has no spread operator")
                            .help("the values of a table in a row are `unpack(t)`");
                        self.report(error);
                        self.bump();
                        return self.expr();
                    }
                    ExprKind::Vararg
                }
                b"{\0\0" => return self.table(),
                b"(\0\0" => {
                    if let Some(arrow) = self.arrow_function() {
                        return arrow;
                    }
                    return self.suffixed();
                }
                _ => return self.missing_value(),
            },
            _ => return self.missing_value(),
        };
        self.bump();
        self.push(literal, token.range)
    }

    /// For a name in a head or in brackets: true if it is the target of an assignment on the next line.
    fn begins_next_statement(&self) -> bool {
        let bracket = self.bracket().filter(|bracket| bracket.closer != b'}');
        if (bracket.is_none() && !self.in_head) || !self.on_new_line() || !self.begins_assignment(self.at) {
            return false;
        }
        if bracket.is_some() {
            return !self.closes_ahead(self.at);
        }
        !self.on_this_line(Keyword::Then) && !self.on_this_line(Keyword::Do)
    }

    fn malformed_number(&mut self, range: TextRange) {
        let text = self.text(range);
        let error = SyntaxError::new(range, format!("malformed number `{text}`"));
        let plain: String = text.chars().filter(|c| *c != '_').collect();
        let error = if text.contains('_') && number_value(plain.as_bytes()).is_some() {
            error.help("Lua has no `_` in numbers").fix(format!("Write `{plain}`"), range, plain)
        } else if let Some(value) = radix(text, "0b", 2).or_else(|| radix(text, "0o", 8)) {
            error.help("Lua 5.1 has decimal and hexadecimal numbers").fix(
                format!("Write `{value}`"),
                range,
                value.to_string(),
            )
        } else if let Some((left, right)) = text.split_once("..") {
            error.help(format!("between numbers `..` needs spaces: `{left} .. {right}`"))
        } else {
            error
        };
        self.report(error);
    }

    /// A name or parentheses, with fields, indices and calls.
    pub(super) fn suffixed(&mut self) -> ExprId {
        let base = if self.is("(") {
            self.parentheses()
        } else {
            let name = self.name();
            self.push(ExprKind::Name(name), name.range)
        };
        self.suffixes(base)
    }

    fn parentheses(&mut self) -> ExprId {
        let open = self.open_bracket(b')');
        let in_head = std::mem::take(&mut self.in_head);
        let mut inner = self.expr();
        if self.is(",") {
            let error = SyntaxError::new(self.here(), "parentheses hold one value")
                .help("a list of values is a table: `{ a, b }`");
            self.report(error);
            let mut values = vec![inner];
            while self.take(",") {
                values.push(self.muted(Self::expr));
            }
            inner = self.opaque(values);
        }
        self.in_head = in_head;
        self.close_bracket(open, ")");
        self.push_from(ExprKind::Paren(inner), open.start)
    }

    pub(super) fn suffixes(&mut self, mut base: ExprId) -> ExprId {
        let start = self.range(base).start;
        while let Some(token) = self.token() {
            let kind = match token.kind {
                TokenKind::String | TokenKind::UnterminatedString => {
                    let (args, args_range) = self.lone_argument();
                    ExprKind::Call(Box::new(Call { callee: base, args, args_range }))
                }
                kind if kind.is("(") => {
                    if self.on_new_line() {
                        self.ambiguous_call();
                    }
                    let (args, args_range) = self.args();
                    ExprKind::Call(Box::new(Call { callee: base, args, args_range }))
                }
                kind if kind.is("{") => {
                    if self.in_head && self.is_brace_block() {
                        break;
                    }
                    let (args, args_range) = self.lone_argument();
                    ExprKind::Call(Box::new(Call { callee: base, args, args_range }))
                }
                kind if kind.is("[") => {
                    let open = self.open_bracket(b']');
                    let in_head = std::mem::take(&mut self.in_head);
                    let key = self.index();
                    self.in_head = in_head;
                    self.close_bracket(open, "]");
                    ExprKind::Index { base, key }
                }
                kind if kind.is(".") => match self.field_name() {
                    Some(name) => ExprKind::Field { base, name },
                    None => {
                        let key = self.missing();
                        ExprKind::Index { base, key }
                    }
                },
                kind if kind.is(":") => {
                    let is_call = self.is_name_ahead(1)
                        && self.ahead(2).is_some_and(|next| {
                            matches!(next.kind, TokenKind::String | TokenKind::UnterminatedString)
                                || next.kind.is("(")
                                || next.kind.is("{")
                        });
                    if !is_call {
                        if self.leaves_colon() {
                            break;
                        }
                        base = self.half_method(base);
                        continue;
                    }
                    self.bump();
                    let name = self.name();
                    let (args, args_range) = if self.is("(") {
                        if self.on_new_line() {
                            self.ambiguous_call();
                        }
                        self.args()
                    } else {
                        self.lone_argument()
                    };
                    ExprKind::MethodCall(Box::new(MethodCall { base, name, args, args_range }))
                }
                _ => match self.foreign_suffix(base) {
                    Some(found) => {
                        base = found;
                        continue;
                    }
                    None => break,
                },
            };
            base = self.push_from(kind, start);
        }
        base
    }

    /// `f` and `(g)` on different lines: Lua 5.1 does not guess.
    fn ambiguous_call(&mut self) {
        let error = SyntaxError::new(self.here(), "ambiguous: is this a call of the line above or a new statement")
            .help("put the `(` on the line of the function, or end the line above with `;`");
        self.report(error);
    }
}

/// The value of a number of another language.
fn radix(text: &str, prefix: &str, radix: u32) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    u64::from_str_radix(&lower.strip_prefix(prefix)?.replace('_', ""), radix).ok()
}

/// The operator of a token, and its binding powers on the left and right.
fn binary(kind: TokenKind) -> Option<(BinaryOp, u8, u8)> {
    Some(match kind {
        TokenKind::Keyword(Keyword::Or) => (BinaryOp::Or, 1, 1),
        TokenKind::Keyword(Keyword::And) => (BinaryOp::And, 2, 2),
        TokenKind::Symbol(bytes) => match &bytes {
            b"<\0\0" => (BinaryOp::Lt, 3, 3),
            b">\0\0" => (BinaryOp::Gt, 3, 3),
            b"<=\0" => (BinaryOp::Le, 3, 3),
            b">=\0" => (BinaryOp::Ge, 3, 3),
            b"~=\0" => (BinaryOp::Ne, 3, 3),
            b"==\0" => (BinaryOp::Eq, 3, 3),
            b"..\0" => (BinaryOp::Concat, 5, 4),
            b"+\0\0" => (BinaryOp::Add, 6, 6),
            b"-\0\0" => (BinaryOp::Sub, 6, 6),
            b"*\0\0" => (BinaryOp::Mul, 7, 7),
            b"/\0\0" => (BinaryOp::Div, 7, 7),
            b"%\0\0" => (BinaryOp::Mod, 7, 7),
            b"^\0\0" => (BinaryOp::Pow, 10, 9),
            _ => return None,
        },
        _ => return None,
    })
}
