//! Statements that begin with words of other languages, or with misspelt ones.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{ExprKind, Name, StmtId, StmtKind},
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
    /// Parses a statement of another language whose first word starts no statement of Lua; false if there is none.
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

    /// True if Lua reads an apparent block in braces as calls with tables; these are taken then.
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

    /// Parses a name with another word after it on its line; false if the two are not recognized.
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
        if let Some(keyword) = super::misspelt::near_keyword(word) {
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

    /// Skips the line, and the braces that it opens.
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

    /// Handles a word that ends its line and is close to `meant`.
    pub(super) fn misspelt(&self, meant: &'static str) -> Option<(TextRange, &'static str)> {
        let word = self.word();
        let near = match meant {
            "then" => super::misspelt::is_near(word, meant) || word == "the",
            _ => matches!(word, "od" | "DO" | "Do"),
        };
        (self.is_name() && near && !self.on_new_line() && self.is_new_line(self.at + 1)).then(|| (self.here(), meant))
    }
}

/// Lua to write in the place of a statement that begins with a word of another language.
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

/// Advice about a word that stands alone.
pub(super) fn bare_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "pass" => "an empty block needs nothing in Lua",
        "null" | "undefined" | "None" => "the missing value is `nil` in Lua; a script answers with `return nil`",
        "fallthrough" | "fi" | "endif" | "done" => "blocks are closed with `end` in Lua",
        _ => return None,
    })
}
