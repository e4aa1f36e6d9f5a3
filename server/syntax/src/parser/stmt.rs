//! Statements other than blocks: assignments, calls, `return`, `break`, and code that is no statement.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{ExprId, ExprKind, StmtId, StmtKind},
};

impl Parser<'_> {
    pub(super) fn statement(&mut self, stmts: &mut Vec<StmtId>) {
        let Some(token) = self.token() else { return };
        let word = token.range;
        match token.kind {
            TokenKind::Keyword(keyword) => match keyword {
                Keyword::If => self.if_statement(stmts),
                Keyword::While => self.while_statement(stmts),
                Keyword::For => self.for_statement(stmts),
                Keyword::Repeat => self.repeat_statement(stmts),
                Keyword::Function => self.function_statement(stmts),
                Keyword::Local => self.local_statement(stmts),
                Keyword::Do => {
                    self.bump();
                    let body = if self.is("{") {
                        self.braces();
                        let body = self.brace_block(Keyword::Do, word);
                        self.while_behind_braces(stmts);
                        body
                    } else {
                        self.block_to_end(Keyword::Do, word)
                    };
                    stmts.push(self.push_stmt(StmtKind::Do(body), word.start));
                }
                Keyword::Return => {
                    self.bump();
                    self.return_values(word.start, stmts);
                }
                Keyword::Break => {
                    self.bump();
                    stmts.push(self.push_stmt(StmtKind::Break, word.start));
                    self.end_of_statement(stmts);
                }
                Keyword::Then => {
                    let is_doubled = self.previous().is_some_and(|it| it.kind == token.kind) && !self.on_new_line();
                    let error = match is_doubled {
                        true => SyntaxError::new(word, "one `then` too many").fix("Remove `then`", word, ""),
                        false => SyntaxError::new(word, "this `then` belongs to no `if`"),
                    };
                    self.report(error);
                    self.bump();
                }
                _ => self.no_statement(stmts),
            },
            TokenKind::Name => {
                if !self.foreign_statement(stmts) {
                    self.expr_statement(stmts);
                }
            }
            kind if kind.is("(") => {
                if let Some(arrow) = self.arrow_function() {
                    stmts.extend(self.values_only(vec![arrow], word.start));
                    return;
                }
                self.expr_statement(stmts);
            }
            kind if kind.is(";") => self.empty_statement(),
            _ => self.no_statement(stmts),
        }
    }

    /// `while (condition)` behind a block in braces.
    fn while_behind_braces(&mut self, stmts: &mut Vec<StmtId>) {
        if !self.on_new_line() && self.is_keyword(Keyword::While) {
            let word = self.bump();
            let cond = self.muted(Self::expr);
            stmts.extend(self.values_only(vec![cond], word.start));
        }
    }

    /// The values of a `return`, which was read.
    pub(super) fn return_values(&mut self, start: u32, stmts: &mut Vec<StmtId>) {
        let is_statement = self.kind().is_none_or(|kind| {
            super::recover::begins_statement(kind)
                || super::recover::ends_block(kind)
                || kind.is(";")
                || self.closes_outer()
        });
        // `return` before `x = 1` on the next line is a `return` without values that is not the last statement.
        let assigns = self.on_new_line() && self.begins_assignment(self.at);
        let names = self.on_new_line() && self.is_keyword(Keyword::Function) && self.is_name_ahead(1);
        let values = if is_statement || assigns || names { Vec::new() } else { self.exprs() };
        stmts.push(self.push_stmt(StmtKind::Return(values.into()), start));
        self.end_of_statement(stmts);
    }

    /// Tokens that begin no statement.
    fn no_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let here = self.here();
        if self.closing_bracket().is_some() {
            self.stray_bracket();
            return;
        }
        if self.is_pair("+", "+") {
            let range = here.cover(self.ahead(1).map_or(here, |next| next.range));
            let error = SyntaxError::new(range, "Lua has no `++`").help("write `x = x + 1`");
            self.report(error);
        } else {
            let text = self.short(here);
            let error = match self.kind() {
                Some(TokenKind::String | TokenKind::UnterminatedString) => {
                    SyntaxError::new(here, "a string alone is no statement").help("for a comment write `-- …`")
                }
                Some(TokenKind::Number | TokenKind::Keyword(Keyword::Nil | Keyword::True | Keyword::False)) => {
                    SyntaxError::new(here, format!("`{text}` alone is no statement"))
                        .help("a script answers with `return`")
                }
                Some(kind) if kind.is("{") => SyntaxError::new(here, "a table alone is no statement")
                    .help("blocks have no braces in Lua: write `do … end`"),
                _ => SyntaxError::new(here, format!("a statement cannot begin with `{text}`")),
            };
            self.report(error);
        }
        let values = match self.begins_value() {
            true => vec![self.expr()],
            false => {
                self.bump();
                Vec::new()
            }
        };
        self.junk(values, here.start, stmts);
    }

    /// An assignment or a call.
    pub(super) fn expr_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let (begin, told) = (self.at, self.errors.len());
        let first = self.suffixed();
        let start = self.range(first).start;
        if (self.is("=") && !self.is_arrow(0)) || self.is(",") {
            self.assignment(first, stmts);
            return;
        }
        if matches!(self.tree[first].kind, ExprKind::Call(_) | ExprKind::MethodCall(_)) {
            stmts.push(self.push_stmt(StmtKind::Call(first), start));
            self.end_of_statement(stmts);
            return;
        }
        if told < self.errors.len() {
            // What makes it no statement was told.
            self.junk(vec![first], start, stmts);
            return;
        }
        self.not_a_statement(first, begin, stmts);
    }

    fn assignment(&mut self, first: ExprId, stmts: &mut Vec<StmtId>) {
        let start = self.range(first).start;
        if let ExprKind::Call(call) = &self.tree[first].kind
            && self.is(",")
            && self.source.get(call.args_range.start as usize) != Some(&b'(')
        {
            let here = self.here();
            let callee = self.short(self.range(call.callee));
            let argument = self.short(call.args_range);
            let error =
                SyntaxError::new(here, format!("several arguments stand in parentheses: `{callee}({argument}, …)`"));
            self.report(error);
            self.junk(vec![first], start, stmts);
            return;
        }
        let mut targets = vec![first];
        while self.is(",") {
            let comma = self.bump();
            if !self.is_name() && !self.is("(") {
                let error = SyntaxError::new(comma, "a name is missing after `,`").offer("Remove `,`", comma, "");
                self.report(error);
                break;
            }
            targets.push(self.suffixed());
        }
        let no_target = targets.iter().copied().find(|&target| {
            matches!(self.tree[target].kind, ExprKind::Paren(_) | ExprKind::Call(_) | ExprKind::MethodCall(_))
        });
        if let Some(target) = no_target {
            let is_call = !matches!(self.tree[target].kind, ExprKind::Paren(_));
            let error = SyntaxError::new(self.range(target), "this cannot be assigned to");
            let error = match is_call {
                true => error.help("the value of a call is compared with `==`"),
                false => error.help("write the name without parentheses"),
            };
            // It is told of even if something is told of its value.
            let told = self.told_at.take();
            self.report(error);
            self.told_at = told;
        }
        if !self.take("=") {
            let gap = self.gap();
            let error = SyntaxError::new(gap, "a `=` is missing after these names");
            self.report(error);
            self.junk(targets, start, stmts);
            return;
        }
        let values = self.exprs();
        let kind = StmtKind::Assign { targets: targets.into(), values: values.into() };
        stmts.push(self.push_stmt(kind, start));
        self.end_of_statement(stmts);
    }

    /// Tokens that cannot follow a statement on its line.
    pub(super) fn end_of_statement(&mut self, stmts: &mut Vec<StmtId>) {
        if self.is("=") && self.steps_back() {
            return;
        }
        while self.closing_bracket().is_some() && !self.on_new_line() && !self.closes_outer() {
            self.stray_bracket();
        }
        let Some(kind) = self.kind() else { return };
        let here = self.here();
        let is_odd = match kind {
            TokenKind::Symbol(bytes) => !matches!(&bytes, b";\0\0" | b"(\0\0" | b")\0\0" | b"]\0\0" | b"}\0\0"),
            TokenKind::Number | TokenKind::String | TokenKind::UnterminatedString | TokenKind::Unknown => true,
            TokenKind::Keyword(keyword) => matches!(
                keyword,
                Keyword::And | Keyword::Or | Keyword::Not | Keyword::In | Keyword::Nil | Keyword::True | Keyword::False
            ),
            _ => false,
        };
        if !is_odd || self.on_new_line() {
            return;
        }
        if self.is("=") && !self.is_arrow(0) {
            let error =
                SyntaxError::new(here, "a second `=`: a comparison is written `==`").offer("Write `==`", here, "==");
            self.report(error);
            self.bump();
        } else if !self.operator_of_another_language() {
            self.something_missing("an operator, a `,` or a line break is missing");
        }
        self.junk(Vec::new(), here.start, stmts);
    }

    /// An expression where a statement belongs, from the token `begin` on.
    fn not_a_statement(&mut self, first: ExprId, begin: usize, stmts: &mut Vec<StmtId>) {
        let range = self.range(first);
        let here = self.here();
        let same_line = !self.on_new_line();
        let is_name = matches!(self.tree[first].kind, ExprKind::Name(_));
        let shown = self.short(range);
        if same_line && (self.is("==") || self.is_pair(":", "=")) {
            let sign = if self.is("==") { here } else { here.cover(self.ahead(1).map_or(here, |it| it.range)) };
            let error =
                SyntaxError::new(sign, format!("a value is assigned with `=` in Lua, not with `{}`", self.text(sign)))
                    .fix("Write `=`", sign, "=");
            self.report(error);
            self.pass(sign);
            self.assigned(first, stmts);
        } else if let Some((sign, operator)) = self.compound() {
            let text = self.text(sign);
            let error = SyntaxError::new(
                sign,
                format!(
                    "Lua has no `{text}`: write `{} = {} {operator} …`",
                    shown_target(shown, is_name),
                    shown_target(shown, is_name)
                ),
            );
            let error = match self.is_plain(first) && !self.text(range).contains('\n') {
                true => error.fix("Write the assignment out", sign, format!("= {} {operator}", self.text(range))),
                false => error,
            };
            self.report(error);
            self.pass(sign);
            self.assigned(first, stmts);
        } else if same_line && (self.is_pair("+", "+") || self.is_decrement(range.end)) {
            let sign = if self.is("+") {
                here.cover(self.ahead(1).map_or(here, |it| it.range))
            } else {
                TextRange::new(range.end, range.end + 2)
            };
            let operator = if self.is("+") { "+" } else { "-" };
            let text = self.text(sign);
            let error =
                SyntaxError::new(sign, format!("Lua has no `{text}`")).help(format!("write `x = x {operator} 1`"));
            let error = match self.is_plain(first) {
                true => error.fix("Write the assignment out", sign, format!(" = {} {operator} 1", self.text(range))),
                false => error,
            };
            self.report(error);
            if operator == "+" {
                self.pass(sign);
            }
            self.junk(vec![first], range.start, stmts);
        } else if self.is_decrement(range.end) {
            let sign = TextRange::new(range.end, range.end + 2);
            let error = SyntaxError::new(sign, "Lua has no `--`: it begins a comment").help("write `x = x - 1`");
            let error = match self.is_plain(first) {
                true => error.fix("Write the assignment out", sign, format!(" = {} - 1", self.text(range))),
                false => error,
            };
            self.report(error);
            self.junk(vec![first], range.start, stmts);
        } else if same_line && is_name && self.instead_of(first, |parser| parser.two_words(range, begin, stmts)) {
        } else if same_line && self.kind().is_some_and(continues) {
            if !self.operator_of_another_language() {
                let error = SyntaxError::new(range.cover(here), "this is a value, not a statement")
                    .help("assign it, return it, or test it with `if`");
                self.report(error);
            }
            self.junk(vec![first], range.start, stmts);
        } else {
            self.bare(range, begin, is_name);
            self.junk(vec![first], range.start, stmts);
        }
    }

    /// Runs `parse` without a name that was just read, so that what is made of the word is all that is left of it. The name is there
    /// again if that was nothing.
    fn instead_of(&mut self, name: ExprId, parse: impl FnOnce(&mut Self) -> bool) -> bool {
        let is_last = name.index() + 1 == self.tree.exprs.len();
        let taken = if is_last { self.tree.exprs.pop() } else { None };
        let found = parse(self);
        if !found {
            self.tree.exprs.extend(taken);
        }
        found
    }

    /// The values behind a sign that stands for `=`.
    fn assigned(&mut self, target: ExprId, stmts: &mut Vec<StmtId>) {
        let values = self.exprs();
        let start = self.range(target).start;
        let kind = StmtKind::Assign { targets: Box::new([target]), values: values.into() };
        stmts.push(self.push_stmt(kind, start));
        self.end_of_statement(stmts);
    }

    /// True for names with fields, which may be written twice.
    fn is_plain(&self, expr: ExprId) -> bool {
        match self.tree[expr].kind {
            ExprKind::Name(_) => true,
            ExprKind::Field { base, .. } => self.is_plain(base),
            ExprKind::Index { base, key } => {
                self.is_plain(base)
                    && (self.is_plain(key) || matches!(self.tree[key].kind, ExprKind::Number(_) | ExprKind::String))
            }
            _ => false,
        }
    }

    /// True if `--` directly follows the last token: a comment to Lua.
    fn is_decrement(&self, end: u32) -> bool {
        let rest = self.source.get(end as usize..).unwrap_or_default();
        rest.starts_with(b"--")
            && !rest.starts_with(b"--[")
            && rest.get(2).is_none_or(|byte| !byte.is_ascii_alphabetic())
    }

    /// Passes the tokens of a range.
    pub(super) fn pass(&mut self, range: TextRange) {
        while self.token().is_some_and(|token| token.range.start < range.end) {
            self.bump();
        }
    }

    /// A value alone.
    fn bare(&mut self, range: TextRange, begin: usize, is_name: bool) {
        let shown = self.short(range);
        if begin > 0 && !self.is_new_line(begin) && self.tokens[begin - 1].kind.ends_operand() {
            let before = self.short(self.tokens[begin - 1].range);
            let gap = TextRange::at(self.tokens[begin - 1].range.end);
            let opens = self.closing_bracket() == Some(b')') && !self.on_new_line() && !self.closes_outer();
            let at = std::mem::replace(&mut self.at, begin);
            if opens {
                let place = TextRange::new(gap.start, range.start);
                let error = SyntaxError::new(gap, format!("a `(` is missing between `{before}` and `{shown}`")).fix(
                    "Insert `(`",
                    place,
                    "(",
                );
                self.report(error);
                self.at = at;
                return;
            }
            let error = SyntaxError::new(
                gap,
                format!("an operator, a `,` or a line break is missing between `{before}` and `{shown}`"),
            );
            self.report(error);
            self.at = at;
            return;
        }
        let word = self.text(range);
        let error = match (is_name, super::misspelt::near_keyword(word)) {
            (true, Some(keyword)) => SyntaxError::new(
                range,
                format!("`{word}` is no word of Lua: did you mean `{keyword}`?"),
            )
            .offer(format!("Write `{keyword}`"), range, keyword),
            _ => {
                let error = SyntaxError::new(range, format!("`{shown}` alone is no statement"));
                match super::foreign::bare_word(word) {
                    Some(help) => error.help(help),
                    None => error.help("call it with `()`, assign to it with `=`, or return it"),
                }
            }
        };
        // The token behind it may have a mistake of its own.
        let at = std::mem::replace(&mut self.at, begin);
        self.report(error);
        self.at = at;
    }
}

/// An operator or literal that continues a value.
fn continues(kind: TokenKind) -> bool {
    match kind {
        TokenKind::Symbol(bytes) => !matches!(&bytes, b";\0\0" | b")\0\0" | b"]\0\0" | b"}\0\0"),
        TokenKind::Keyword(keyword) => matches!(keyword, Keyword::And | Keyword::Or | Keyword::In | Keyword::Not),
        TokenKind::Number | TokenKind::Unknown => true,
        _ => false,
    }
}

fn shown_target(shown: &str, is_name: bool) -> &str {
    if is_name { shown } else { "x" }
}
