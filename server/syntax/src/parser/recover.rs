//! Clues for recovery after a mistake: lines, indentation and the tokens ahead.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{ExprId, StmtId},
};

/// Number of tokens of lookahead.
pub(super) const FAR: usize = 2_000;

/// True for a word that only a statement begins with. A name or `(` may begin one too.
pub(super) fn begins_statement(kind: TokenKind) -> bool {
    use Keyword::{Break, Do, For, If, Local, Repeat, Return, While};
    matches!(kind, TokenKind::Keyword(Break | Do | For | If | Local | Repeat | Return | While))
}

/// True for a word that ends a block or the head of one.
pub(super) fn ends_block(kind: TokenKind) -> bool {
    use Keyword::{Else, Elseif, End, Then, Until};
    matches!(kind, TokenKind::Keyword(Else | Elseif | End | Then | Until))
}

impl Parser<'_> {
    /// True if `path =` follows where a value is possible too.
    pub(super) fn begins_assignment(&self, mut at: usize) -> bool {
        let is = |at: usize, symbol: &str| self.tokens.get(at).is_some_and(|token| token.kind.is(symbol));
        let is_name = |at: usize| self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::Name);
        if !is_name(at) {
            return false;
        }
        at += 1;
        loop {
            if is(at, ".") && is_name(at + 1) {
                at += 2;
            } else if is(at, "[") {
                match self.matching(at) {
                    Some(close) => at = close + 1,
                    None => return false,
                }
            } else {
                return is(at, "=");
            }
        }
    }

    /// The token that closes the bracket at `at`.
    pub(super) fn matching(&self, at: usize) -> Option<usize> {
        let mut depth = 0_u32;
        for (nth, token) in self.tokens.iter().enumerate().skip(at).take(FAR) {
            match token.kind {
                TokenKind::Symbol([b'(' | b'[' | b'{', 0, 0]) => depth += 1,
                TokenKind::Symbol([b')' | b']' | b'}', 0, 0]) => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Some(nth);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// True if the open bracket is closed after `at` before another statement begins.
    pub(super) fn closes_ahead(&self, at: usize) -> bool {
        let (mut depth, mut blocks) = (0_u32, 0_u32);
        for token in self.tokens.iter().skip(at).take(FAR) {
            match token.kind {
                TokenKind::Symbol([b'(' | b'[' | b'{', 0, 0]) if blocks == 0 => depth += 1,
                TokenKind::Symbol([b')' | b']' | b'}', 0, 0]) if blocks == 0 => {
                    if depth == 0 {
                        return true;
                    }
                    depth -= 1;
                }
                TokenKind::Keyword(Keyword::Function) => blocks += 1,
                TokenKind::Keyword(Keyword::If | Keyword::Do | Keyword::Repeat) if blocks > 0 => blocks += 1,
                TokenKind::Keyword(Keyword::End | Keyword::Until) if blocks > 0 => blocks -= 1,
                kind if blocks == 0 && (begins_statement(kind) || ends_block(kind)) => return false,
                _ => {}
            }
        }
        false
    }

    /// True if the code after an item, without a comma, belongs to the list that was opened at `open`.
    pub(super) fn goes_on(&self, open: TextRange, is_table: bool) -> bool {
        if !self.on_new_line() {
            return true;
        }
        let deeper = self.indent() > self.layout().indent(open.start);
        if is_table {
            return deeper || self.closes_ahead(self.at);
        }
        !self.begins_assignment(self.at) && self.closes_ahead(self.at)
    }

    /// True if the body of a block follows whose head is unfinished.
    pub(super) fn has_body(&self, head: TextRange) -> bool {
        if self.token().is_none() {
            return false;
        }
        if !self.on_new_line() {
            return true;
        }
        self.indent() > self.layout().indent(head.start) || self.surplus_ahead() > self.open.len() as i32
    }

    /// The `end`s ahead without those of the blocks that begin ahead.
    pub(super) fn surplus_ahead(&self) -> i32 {
        let balance = self.balance.get_or_init(|| {
            let mut sum = 0;
            let mut loops = 0_u32;
            let mut sums = vec![0];
            for token in self.tokens {
                match token.kind {
                    TokenKind::Keyword(Keyword::Function | Keyword::If | Keyword::Repeat) => sum -= 1,
                    TokenKind::Keyword(Keyword::For | Keyword::While) => {
                        sum -= 1;
                        loops += 1;
                    }
                    TokenKind::Keyword(Keyword::Do) if loops > 0 => loops -= 1,
                    TokenKind::Keyword(Keyword::Do) => sum -= 1,
                    TokenKind::Keyword(Keyword::End | Keyword::Until) => sum += 1,
                    _ => {}
                }
                sums.push(sum);
            }
            sums.into()
        });
        balance[self.tokens.len()] - balance[self.at]
    }

    /// True if a keyword follows on this line.
    pub(super) fn on_this_line(&self, keyword: Keyword) -> bool {
        (self.at..self.tokens.len())
            .take_while(|&at| at == self.at || !self.is_new_line(at))
            .take(FAR)
            .any(|at| self.tokens[at].kind == TokenKind::Keyword(keyword))
    }

    /// Skips the rest of a line that cannot be parsed; keeps its values.
    pub(super) fn junk(&mut self, mut values: Vec<ExprId>, start: u32, stmts: &mut Vec<StmtId>) {
        self.muted(|parser| {
            while let Some(kind) = parser.kind() {
                if (parser.on_new_line() && !parser.is_rest_of_brackets(start))
                    || kind.is(";")
                    || begins_statement(kind)
                    || ends_block(kind)
                    || parser.closes_outer()
                {
                    break;
                }
                if parser.begins_value() {
                    values.push(parser.expr());
                } else {
                    parser.bump();
                }
            }
        });
        stmts.extend(self.values_only(values, start));
    }

    /// True if the next line belongs to brackets that were opened in the skipped part of the line at `start`.
    fn is_rest_of_brackets(&self, start: u32) -> bool {
        let deeper = self.indent() > self.layout().indent(start) && self.closes_ahead(self.at);
        self.bracket().is_none() && (deeper || (self.closing_bracket().is_some() && !self.closes_outer()))
    }

    /// At `=` behind `value operator name` where the name begins a line: the value is missing, and the name begins the
    /// next statement.
    pub(super) fn steps_back(&mut self) -> bool {
        let Some(name) = self.at.checked_sub(1).filter(|&at| self.tokens[at].kind == TokenKind::Name) else {
            return false;
        };
        let Some(operator) = name.checked_sub(1).filter(|_| self.is("=") && self.is_new_line(name)) else {
            return false;
        };
        let range = self.tokens[operator].range;
        let text = self.text(range);
        self.at = name;
        self.told_at = None;
        let what = if matches!(text, "." | ":") { "name" } else { "value" };
        let error = SyntaxError::new(range, format!("a {what} is missing after `{text}`"))
            .doubtful(range.cover(self.tokens[name].range));
        self.report(error);
        true
    }
}
