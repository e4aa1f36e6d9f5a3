//! Blocks: their statements, and the `end` that belongs to each.

use text::TextRange;

use super::{Body, Endings, Open, Parser};
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{Block, BlockId, StmtId},
};

/// Words that end a block in other languages, or that are typed for `end`.
const ENDS: &[&str] =
    &["edn", "ned", "endd", "eend", "END", "End", "endif", "endfor", "endwhile", "endfunction", "fi", "done"];

impl Parser<'_> {
    /// The statements of a block up to what closes it.
    pub(super) fn statements(&mut self, stmts: &mut Vec<StmtId>) {
        // A `return` or `break` behind which nothing may follow.
        let mut last: Option<TextRange> = None;
        while let Some(token) = self.token() {
            if let TokenKind::Keyword(keyword @ (Keyword::End | Keyword::Else | Keyword::Elseif | Keyword::Until)) =
                token.kind
            {
                if self.closes(keyword) {
                    break;
                }
                self.stray_closer(keyword, stmts);
                continue;
            }
            if self.closes_outer()
                || (self.is("}") && !self.open.is_empty() && self.layout().begins_line(token.range.start))
                || self.ends_by_indent()
                || (!self.open.is_empty() && self.is_misspelt_end())
                || (self.open.iter().any(|open| open.keyword == Keyword::If)
                    && (self.is_elseif() || self.is_misspelt_else()))
            {
                break;
            }
            if let Some(statement) = last.take() {
                self.not_last(token.range, statement);
            }
            let (before, told) = (self.at, self.errors.len());
            let is_last = matches!(token.kind, TokenKind::Keyword(Keyword::Return | Keyword::Break));
            self.statement(stmts);
            if is_last && told == self.errors.len() {
                last = Some(TextRange::new(token.range.start, self.last()));
            }
            if self.at == before {
                self.bump();
            }
            self.semicolons();
        }
    }

    /// One `;` may follow a statement.
    fn semicolons(&mut self) {
        self.take(";");
        while self.is(";") {
            self.empty_statement();
        }
    }

    pub(super) fn empty_statement(&mut self) {
        let here = self.here();
        let error =
            SyntaxError::new(here, "an empty statement is not Lua 5.1: remove this `;`").fix("Remove `;`", here, "");
        self.report(error);
        self.bump();
    }

    /// Reports a `return` or `break` with a statement behind it.
    fn not_last(&mut self, next: TextRange, statement: TextRange) {
        let whole = self.text(statement);
        let text = if whole.starts_with("return") { "return" } else { "break" };
        let word = TextRange::new(statement.start, statement.start + text.len() as u32);
        let error = SyntaxError::new(word, format!("`{text}` must be the last statement of its block"))
            .help(format!("to leave here and keep the code below, write `do {text} end`"))
            .related(next, "this comes behind it")
            .offer(
                if whole == text { format!("Write `do {text} end`") } else { format!("Write `do {text} … end`") },
                statement,
                format!("do {whole} end"),
            );
        self.report(error);
    }

    /// True if a keyword closes the innermost block, or one around it.
    fn closes(&self, keyword: Keyword) -> bool {
        match keyword {
            Keyword::End => self.open.last().is_some_and(|open| {
                let is_deeper = open.indent.is_some_and(|indent| self.indent() > indent) && self.begins_line();
                self.endings != Endings::Surplus || !is_deeper
            }),
            Keyword::Until => self.open.iter().any(|open| open.keyword == Keyword::Repeat),
            _ => self.open.iter().any(|open| open.keyword == Keyword::If),
        }
    }

    pub(super) fn begins_line(&self) -> bool {
        self.token().is_some_and(|token| self.layout().begins_line(token.range.start))
    }

    /// True if the next token, by its indentation, is outside the innermost block.
    fn ends_by_indent(&self) -> bool {
        self.open.last().is_some_and(|open| {
            (open.body == Body::Indented || (self.endings == Endings::Lacking && open.body == Body::Block))
                && open.indent.is_some_and(|indent| self.begins_line() && self.indent() <= indent)
        })
    }

    fn stray_closer(&mut self, keyword: Keyword, stmts: &mut Vec<StmtId>) {
        let here = self.here();
        let text = self.text(here);
        let message = match keyword {
            Keyword::End => {
                self.surplus = true;
                format!("this `{text}` closes nothing")
            }
            Keyword::Until => format!("this `{text}` belongs to no `repeat`"),
            _ => format!("this `{text}` belongs to no `if`"),
        };
        let error = SyntaxError::new(here, message);
        let error = match keyword {
            Keyword::End => error.offer("Remove `end`", here, ""),
            _ => error,
        };
        self.report(error);
        self.bump();
        if matches!(keyword, Keyword::Until | Keyword::Elseif) {
            self.junk(Vec::new(), here.end, stmts);
            self.take_keyword(Keyword::Then);
        }
    }

    /// True if a word is meant for `end`: it is alone on a line of a block.
    fn is_misspelt_end(&self) -> bool {
        self.is_name() && ENDS.contains(&self.word()) && self.is_alone()
    }

    /// True if a word is meant for `else`.
    pub(super) fn is_misspelt_else(&self) -> bool {
        self.is_name() && super::misspelt::is_near(self.word(), "else") && self.is_alone()
    }

    /// True at a name alone on its line that begins no statement.
    fn is_alone(&self) -> bool {
        self.begins_line()
            && self.ahead(1).is_none_or(|next| match next.kind {
                TokenKind::Keyword(_) | TokenKind::Name => self.is_new_line(self.at + 1),
                kind => kind.is(")") || kind.is("}") || kind.is(";"),
            })
    }

    /// A block whose head was read; `word` opened it.
    pub(super) fn block(&mut self, keyword: Keyword, word: TextRange) -> BlockId {
        self.block_of(keyword, word, Body::Block)
    }

    /// The block and its `end`.
    pub(super) fn block_to_end(&mut self, keyword: Keyword, word: TextRange) -> BlockId {
        let block = self.block(keyword, word);
        self.end(keyword, word);
        block
    }

    pub(super) fn block_of(&mut self, keyword: Keyword, word: TextRange, body: Body) -> BlockId {
        let id = BlockId(self.tree.blocks.len() as u32);
        let start = self.last();
        self.tree.blocks.push(Block { stmts: Box::default(), range: TextRange::at(start) });
        let indent =
            (self.endings != Endings::Counted || body == Body::Indented).then(|| self.layout().indent(word.start));
        self.open.push(Open { keyword, indent, body, brackets: self.brackets.len() });
        let in_head = std::mem::take(&mut self.in_head);
        let ternaries = std::mem::take(&mut self.ternaries);
        let mut stmts = Vec::new();
        if self.enter() {
            self.statements(&mut stmts);
        }
        self.depth -= 1;
        self.in_head = in_head;
        self.ternaries = ternaries;
        self.open.pop();
        let range = self.cover(&stmts, start);
        self.tree.blocks[id.index()] = Block { stmts: stmts.into(), range };
        id
    }

    /// Parses a block in braces, already reported at the start of its statement.
    pub(super) fn brace_block(&mut self, keyword: Keyword, word: TextRange) -> BlockId {
        let open = self.bump();
        let block = self.block_of(keyword, word, Body::Brace);
        if !self.take("}") && !self.take_keyword(Keyword::End) {
            let error = SyntaxError::new(open, "this `{` is never closed: blocks have no braces in Lua");
            self.report(error);
        }
        block
    }

    /// The `end` of the block that `word` opened.
    pub(super) fn end(&mut self, keyword: Keyword, word: TextRange) {
        let is_ours = self.endings != Endings::Lacking
            || !self.begins_line()
            || self.indent() >= self.layout().indent(word.start);
        if is_ours && self.take_keyword(Keyword::End) {
            return;
        }
        if self.is_misspelt_end() {
            let here = self.here();
            let error =
                SyntaxError::new(here, format!("blocks are closed with `end` in Lua, not with `{}`", self.text(here)))
                    .fix("Write `end`", here, "end");
            self.report(error);
            self.bump();
            return;
        }
        if self.is("}") && self.begins_line() && !self.closes_outer() {
            let here = self.here();
            let error = SyntaxError::new(here, "blocks are closed with `end` in Lua, not with `}`").fix(
                "Write `end`",
                here,
                "end",
            );
            self.report(error);
            self.bump();
            return;
        }
        self.missing_end(keyword, word);
    }

    /// Reports a block that is not closed.
    pub(super) fn missing_end(&mut self, keyword: Keyword, word: TextRange) {
        self.lacking = true;
        if self.token().is_none() && self.told_on_last_line() {
            return;
        }
        let closer = if keyword == Keyword::Repeat { "until" } else { "end" };
        let there = match self.token() {
            None => "the script ends here".to_owned(),
            Some(_) => format!("the `{closer}` belongs before this"),
        };
        let error =
            SyntaxError::new(word, format!("this `{}` has no `{closer}`", self.text(word))).related(self.here(), there);
        // On a line of its own, as far in as the block's beginning.
        let indent: String = self.layout().white(self.source, word.start);
        let text = if closer == "end" { format!("\n{indent}end") } else { String::new() };
        let error = match text.is_empty() {
            false => error.offer("Insert `end`", self.gap(), text),
            true => error,
        };
        let error = match self.token() {
            // Where the script breaks off somebody is typing.
            None => error.doubtful(self.gap()),
            Some(_) => error,
        };
        self.report(error);
    }

    /// At the end of the script: true if an error was reported on its last line, which breaks off there.
    fn told_on_last_line(&self) -> bool {
        self.errors.last().is_some_and(|error| {
            let between = TextRange::new(error.range.start.min(self.last()), self.last());
            memchr::memchr2(b'\n', b'\r', between.slice(self.source)).is_none()
        })
    }
}
