//! Words and operators of other languages, and words that are misspelt.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{BinaryOp, Block, BlockId, ExprId, ExprKind, Function, FunctionId, Name, StmtId, StmtKind},
};

/// Words that declare a variable elsewhere.
const DECLARE: &[&str] = &["let", "var", "const", "auto", "my", "dim", "global", "static", "final"];

/// Types that stand before a variable elsewhere.
const TYPES: &[&str] = &[
    "int", "float", "double", "string", "String", "bool", "boolean", "char", "long", "void", "number", "table", "list",
    "any",
];

/// Words that declare a function elsewhere.
const FUNCTIONS: &[&str] = &["fn", "def", "func", "fun", "proc", "sub"];

impl Parser<'_> {
    /// True at `=>`, `by` tokens ahead.
    pub(super) fn is_arrow(&self, by: usize) -> bool {
        self.is_ahead(by, "=") && self.is_ahead(by + 1, ">") && self.touches_next(self.at + by)
    }

    /// True if the `:` that is `by` tokens ahead calls a method.
    pub(super) fn is_method_call(&self, by: usize) -> bool {
        self.is_name_ahead(by + 1)
            && self.ahead(by + 2).is_some_and(|next| {
                matches!(next.kind, TokenKind::String | TokenKind::UnterminatedString)
                    || next.kind.is("(")
                    || next.kind.is("{")
            })
    }

    /// True if a `:` that calls no method is left to what is around the value.
    pub(super) fn leaves_colon(&self) -> bool {
        self.ternaries > 0
            || self.bracket().is_some_and(|bracket| bracket.closer == b']')
            || self.is_pair(":", "=")
            || (self.in_head && self.is_new_line(self.at + 1))
    }

    fn pair(&self) -> TextRange {
        let here = self.here();
        here.cover(self.ahead(1).map_or(here, |next| next.range))
    }

    fn is_question(&self) -> bool {
        self.kind() == Some(TokenKind::Unknown) && self.word() == "?"
    }

    /// What stands behind a value in other languages: `?.`, `->`.
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

    /// The right side of what is read as a comparison.
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

    /// At an operator behind a statement: reports it if Lua has none such.
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

    /// Statements that other languages have and that no Lua begins with; false if it is none.
    pub(super) fn foreign_statement(&mut self, stmts: &mut Vec<StmtId>) -> bool {
        let here = self.here();
        let opens = |parser: &Self, at: usize| parser.tokens.get(at).is_some_and(|token| token.kind.is("{"));
        match self.word() {
            word @ ("switch" | "match") if self.is_ahead(1, "(") => {
                let Some(open) = self.matching(self.at + 1).map(|close| close + 1).filter(|&at| opens(self, at)) else {
                    return false;
                };
                let case = self.tokens.get(open + 1).map(|token| self.text(token.range));
                if !matches!(case, Some("case" | "default")) {
                    return false;
                }
                if self.is_call_to_lua(stmts) {
                    return true;
                }
                let error = SyntaxError::new(here, format!("Lua has no `{word}`"))
                    .help("write `if … elseif … else … end`, or look the value up in a table of functions");
                self.report(error.hides_names());
                self.at = self.matching(open).map_or(self.tokens.len(), |close| close + 1);
                true
            }
            "try" if self.is_ahead(1, "{") => {
                let behind = self.matching(self.at + 1).and_then(|close| self.tokens.get(close + 1));
                if !behind.is_some_and(|token| matches!(self.text(token.range), "catch" | "finally" | "except")) {
                    return false;
                }
                if self.is_call_to_lua(stmts) {
                    return true;
                }
                let error = SyntaxError::new(here, "Lua has no `try`")
                    .help("an error is caught with `pcall(f, …)`, and that of a command with `redis.pcall(…)`");
                self.report(error);
                self.bump();
                loop {
                    let word = self.here();
                    if self.is("{") {
                        let body = self.brace_block(Keyword::Do, word);
                        stmts.push(self.push_stmt(StmtKind::Do(body), word.start));
                    } else if matches!(self.word(), "catch" | "finally" | "except") {
                        self.bump();
                        if self.is("(") {
                            self.at = self.matching(self.at).map_or(self.at + 1, |close| close + 1);
                        } else if self.is_name() {
                            self.bump();
                        }
                    } else {
                        return true;
                    }
                }
            }
            "unless" if self.begins_condition() => {
                let error = SyntaxError::new(here, "Lua has no `unless`: write `if not`").offer(
                    "Write `if not`",
                    here,
                    "if not",
                );
                self.report(error);
                self.if_statement(stmts);
                true
            }
            "foreach" if self.on_this_line(Keyword::In) => {
                let error = SyntaxError::new(here, "Lua has no `foreach`: write `for key, value in pairs(t) do`").fix(
                    "Write `for`",
                    here,
                    "for",
                );
                self.report(error);
                self.bump();
                self.at -= 1;
                self.told_at = Some(self.at + 1);
                self.for_statement(stmts);
                true
            }
            _ => false,
        }
    }

    /// True if Lua reads what looks like a block in braces as calls with tables, which are taken then.
    fn is_call_to_lua(&mut self, stmts: &mut Vec<StmtId>) -> bool {
        let mut calls = Vec::new();
        let is_one = self.attempts == 0
            && self.attempt(|parser| {
                parser.expr_statement(&mut calls);
                while matches!(parser.word(), "catch" | "finally" | "except") {
                    parser.expr_statement(&mut calls);
                }
            });
        if is_one {
            stmts.append(&mut calls);
        }
        is_one
    }

    /// True if a condition with its `then` follows the word that is next.
    fn begins_condition(&self) -> bool {
        self.on_this_line(Keyword::Then)
            && self.ahead(1).is_some_and(|next| match next.kind {
                TokenKind::Name | TokenKind::Number => true,
                TokenKind::Keyword(keyword) => {
                    matches!(keyword, Keyword::Not | Keyword::Nil | Keyword::True | Keyword::False)
                }
                kind if kind.is("(") => self
                    .matching(self.at + 1)
                    .and_then(|close| self.tokens.get(close + 1))
                    .is_some_and(|behind| behind.kind == TokenKind::Keyword(Keyword::Then)),
                kind => kind.is("#"),
            })
    }

    /// A name with another word behind it on its line; false if nothing is known of the two.
    pub(super) fn two_words(&mut self, range: TextRange, begin: usize, stmts: &mut Vec<StmtId>) -> bool {
        let word = self.text(range);
        let is_name = self.is_name();
        let declares = DECLARE.contains(&word.to_ascii_lowercase().as_str()) || TYPES.contains(&word);
        if is_name && FUNCTIONS.contains(&word) && (self.is_ahead(1, "(") || self.is_ahead(1, ".")) {
            let error =
                SyntaxError::new(range, format!("`{word}` is not Lua: a function is declared with `local function`"))
                    .fix("Write `local function`", range, "local function");
            self.report(error);
            self.local_function(range.start, stmts);
            return true;
        }
        if is_name && declares {
            let error = SyntaxError::new(range, format!("`{word}` is not Lua: a variable is declared with `local`"));
            let error = error.fix("Write `local`", range, "local");
            self.report(error);
            self.local_names(range, stmts);
            return true;
        }
        if let Some(keyword) = near_keyword(word) {
            let error = SyntaxError::new(range, format!("`{word}` is no word of Lua: did you mean `{keyword}`?"))
                .offer(format!("Write `{keyword}`"), range, keyword);
            let reads = match keyword {
                "local" => is_name || self.is_keyword(Keyword::Function),
                "function" => is_name,
                "if" => self.on_this_line(Keyword::Then),
                "while" | "for" => self.on_this_line(Keyword::Do),
                "return" => true,
                _ => false,
            };
            if reads {
                self.report(error);
                match keyword {
                    "local" if self.take_keyword(Keyword::Function) => self.local_function(range.start, stmts),
                    "local" => self.local_names(range, stmts),
                    "function" => self.local_function(range.start, stmts),
                    "return" => self.return_values(range.start, stmts),
                    _ => {
                        let told = self.told_at;
                        self.at = begin;
                        match keyword {
                            "if" => self.if_statement(stmts),
                            "while" => self.while_statement(stmts),
                            _ => self.for_statement(stmts),
                        }
                        let _ = told;
                    }
                }
                return true;
            }
        }
        if let Some(help) = statement_word(word) {
            let error = SyntaxError::new(range, format!("`{word}` is not Lua")).help(help);
            self.report(error.hides_names());
            self.skip_line_and_braces(range.start, stmts);
            return true;
        }
        if is_name {
            self.something_missing("an operator, a `,` or parentheses are missing");
            let name = Name { range };
            let value = self.push(ExprKind::Name(name), range);
            self.junk(vec![value], range.start, stmts);
            return true;
        }
        false
    }

    /// Passes the line, and the braces that it opens.
    fn skip_line_and_braces(&mut self, start: u32, stmts: &mut Vec<StmtId>) {
        let open = (self.at..self.tokens.len())
            .take_while(|&at| !self.is_new_line(at))
            .take(super::recover::FAR)
            .find(|&at| self.tokens[at].kind.is("{"));
        match open.and_then(|open| self.matching(open)) {
            Some(close) => self.at = close + 1,
            None => self.junk(Vec::new(), start, stmts),
        }
    }

    /// At a word that ends its line and is nearly `meant`.
    pub(super) fn misspelt(&self, meant: &'static str) -> Option<(TextRange, &'static str)> {
        let word = self.word();
        let near = match meant {
            "then" => is_near(word, meant) || word == "the",
            _ => matches!(word, "od" | "DO" | "Do"),
        };
        (self.is_name() && near && !self.on_new_line() && self.is_new_line(self.at + 1)).then(|| (self.here(), meant))
    }
}

/// True if `word` is a slip of the fingers away from `keyword`.
pub(super) fn is_near(word: &str, keyword: &str) -> bool {
    if word == keyword {
        return false;
    }
    if word.eq_ignore_ascii_case(keyword) {
        return true;
    }
    let swapped = word.len() == keyword.len() && {
        let mut differing = word.bytes().zip(keyword.bytes()).enumerate().filter(|(_, (a, b))| a != b);
        match (differing.next(), differing.next(), differing.next()) {
            (Some((at, (a, b))), Some((next, (c, d))), None) => next == at + 1 && a == d && b == c,
            _ => false,
        }
    };
    if swapped && keyword.len() >= 3 {
        return true;
    }
    let most = match keyword.len() {
        0..=3 => return false,
        4..=5 => 1,
        _ => 2,
    };
    distance(word.as_bytes(), keyword.as_bytes()) <= most
}

/// Letters that must be put in, taken out or changed.
fn distance(a: &[u8], b: &[u8]) -> usize {
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

/// The keyword that a word is nearly.
pub(super) fn near_keyword(word: &str) -> Option<&'static str> {
    const WORDS: &[&str] = &[
        "local", "return", "function", "while", "for", "if", "repeat", "until", "else", "elseif", "end", "break",
        "then",
    ];
    if word == "fi" {
        return Some("if");
    }
    WORDS.iter().copied().find(|keyword| is_near(word, keyword))
}

/// What to write in the place of a statement that begins with a word of another language.
fn statement_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "import" | "from" | "using" | "include" | "package" | "use" | "export" => {
            "a script is one text: what it needs stands in it, or is brought in by an include directive"
        }
        "class" | "interface" | "struct" | "enum" | "trait" | "impl" | "type" => {
            "an object is a table: `local object = { … }`"
        }
        "throw" | "raise" => "an error is raised with `error(…)`; a script answers with `return redis.error_reply(…)`",
        "try" | "catch" | "except" | "finally" => {
            "an error is caught with `pcall(f, …)`, and that of a command with `redis.pcall(…)`"
        }
        "switch" | "case" | "match" | "default" => "write `if … elseif … else … end`",
        "echo" | "puts" | "print" => "a script writes to the server's log with `redis.log(redis.LOG_NOTICE, …)`",
        "delete" | "del" => "a variable is cleared with `x = nil`, and an item is taken out with `table.remove(t, i)`",
        "async" | "await" | "yield" | "defer" | "go" => {
            "a script runs from beginning to end: nothing else runs beside it"
        }
        "public" | "private" | "protected" => "a variable is declared with `local`",
        "unless" => "write `if not … then`",
        "foreach" | "each" => "write `for key, value in pairs(t) do`",
        "elif" | "elsif" => "the keyword is `elseif`",
        "with" => "Lua has no such block: write the statements one after the other",
        _ => return None,
    })
}

/// What to do about a word that stands alone.
pub(super) fn bare_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "pass" => "an empty block needs nothing in Lua",
        "null" | "undefined" | "None" => "the missing value is `nil` in Lua; a script answers with `return nil`",
        "fallthrough" | "fi" | "endif" | "done" => "blocks are closed with `end` in Lua",
        _ => return None,
    })
}
