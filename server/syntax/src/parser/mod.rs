//! Lua 5.1's grammar: tokens to a tree, and each mistake once, in words of its own.
//!
//! A script that Lua takes is parsed once. In a broken one the parser goes on behind each mistake: it closes what was not
//! closed where a statement begins, takes the word of another language for the one that is meant, and keeps what makes no
//! statement as values without names. Where `end`s do not come out even, the script is parsed a second time by its
//! indentation, and the way with fewer mistakes is taken.

mod arrows;
mod blocks;
mod brackets;
mod conditions;
mod expr;
mod foreign;
mod functions;
mod heads;
mod lists;
mod locals;
mod loops;
mod misspelt;
mod operators;
mod recover;
mod stmt;
mod values;

use std::cell::OnceCell;

use text::TextRange;

use crate::{
    SyntaxError, SyntaxFix, Tree,
    layout::Layout,
    lexer::{Keyword, Token, TokenKind},
    tree::{Block, Call, Expr, ExprId, ExprKind, Name, Stmt, StmtId, StmtKind},
};

/// Most mistakes that are reported.
const MAX_ERRORS: usize = 1_000;

/// Parses the tokens of `source`, which the scan found nested `levels` deep and in which it found the mistakes `scanned`.
pub(crate) fn parse(
    source: &[u8],
    tokens: &[Token],
    levels: u32,
    scanned: &mut [SyntaxError],
) -> (Tree, Vec<SyntaxError>) {
    let best = parse_best(source, tokens, levels, scanned);
    for (range, fix) in best.2 {
        if let Some(error) = scanned.iter_mut().find(|error| error.range == range && error.fix.is_none()) {
            error.fix = Some(fix);
        }
    }
    (best.0, best.1)
}

type Parsed = (Tree, Vec<SyntaxError>, Vec<(TextRange, SyntaxFix)>);

fn parse_best(source: &[u8], tokens: &[Token], levels: u32, scanned: &[SyntaxError]) -> Parsed {
    let layout = OnceCell::new();
    // Between two levels an expression has at most one operator of each precedence.
    let input = Input { source, tokens, scanned, layout: &layout, max_depth: levels * 8 + 60 };
    let counted = Parser::new(input, Endings::Counted).run();
    let second = match (counted.lacking, counted.surplus) {
        (false, false) => return (counted.tree, counted.errors, counted.repairs),
        (true, _) => Endings::Lacking,
        (false, true) => Endings::Surplus,
    };
    let indented = Parser::new(input, second).run();
    let best = if indented.errors.len() <= counted.errors.len() { indented } else { counted };
    (best.tree, best.errors, best.repairs)
}

/// The source.
#[derive(Clone, Copy)]
struct Input<'a> {
    source: &'a [u8],
    tokens: &'a [Token],
    /// Mistakes that the scan found, in source order.
    scanned: &'a [SyntaxError],
    layout: &'a OnceCell<Layout>,
    /// Blocks and expressions within each other beyond which nothing is parsed. The scan refuses what Lua finds too deep;
    /// this bounds broken scripts, whose brackets the scan may count otherwise.
    max_depth: u32,
}

/// Rule by which the parser tells which block an `end` closes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Endings {
    /// The innermost, as Lua does.
    Counted,
    /// There are too few: one that is indented less than a block closes one around it.
    Lacking,
    /// There are too many: one that is indented more than the block closes nothing.
    Surplus,
}

/// A block that is open.
struct Open {
    keyword: Keyword,
    /// Indentation of the line with the word.
    indent: Option<u32>,
    /// The way it is closed.
    body: Body,
    /// Brackets that are open around it.
    brackets: usize,
}

/// A bracket that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Bracket {
    /// The bracket that closes it.
    closer: u8,
    /// True if it holds arguments.
    arguments: bool,
    /// True if an argument was found to be assigned to.
    assigned: bool,
}

/// The body behind a head.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    /// Statements up to `end`.
    Block,
    /// Statements in braces.
    Brace,
    /// Statements that are indented.
    Indented,
    /// Nothing: the statement is being typed.
    None,
}

struct Parser<'a> {
    source: &'a [u8],
    tokens: &'a [Token],
    at: usize,
    tree: Tree,
    errors: Vec<SyntaxError>,
    scanned: &'a [SyntaxError],
    layout: &'a OnceCell<Layout>,
    max_depth: u32,
    endings: Endings,
    lacking: bool,
    surplus: bool,
    /// Blocks that are open.
    open: Vec<Open>,
    /// Brackets that are open.
    brackets: Vec<Bracket>,
    /// The token of the last reported error: other errors there follow from it.
    told_at: Option<usize>,
    /// Values that were read before their statement is complete.
    pending: Vec<StmtId>,
    /// Nothing is reported while it is above 0.
    muted: u32,
    /// Repairs of mistakes that the scan found, by their places.
    repairs: Vec<(TextRange, SyntaxFix)>,
    depth: u32,
    /// True in the condition of a block, in which `{` may be another language's.
    in_head: bool,
    /// True if the head of a function was found to have types.
    has_types: bool,
    /// Number of nested attempts.
    attempts: u32,
    /// True inside an operator `? :` that was reported.
    in_ternary: bool,
    /// Operators `? :` whose `:` is still to come.
    ternaries: u32,
    /// Closers minus openers of blocks up to each token.
    balance: OnceCell<Box<[i32]>>,
}

impl<'a> Parser<'a> {
    fn new(input: Input<'a>, endings: Endings) -> Self {
        let Input { source, tokens, scanned, layout, max_depth } = input;
        let mut tree = Tree::empty(source.len() as u32);
        tree.exprs.reserve(tokens.len() / 2 + 8);
        tree.stmts.reserve(tokens.len() / 8 + 4);
        Self {
            source,
            tokens,
            at: 0,
            tree,
            errors: Vec::new(),
            scanned,
            layout,
            max_depth,
            endings,
            lacking: false,
            surplus: false,
            open: Vec::new(),
            brackets: Vec::new(),
            told_at: None,
            pending: Vec::new(),
            muted: 0,
            repairs: Vec::new(),
            depth: 0,
            in_head: false,
            has_types: false,
            attempts: 0,
            in_ternary: false,
            ternaries: 0,
            balance: OnceCell::new(),
        }
    }

    fn run(mut self) -> Self {
        let mut stmts = Vec::new();
        self.statements(&mut stmts);
        let range = self.cover(&stmts, 0);
        self.tree.blocks[0] = Block { stmts: stmts.into(), range };
        self
    }

    // Tokens.

    fn token(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn kind(&self) -> Option<TokenKind> {
        Some(self.tokens.get(self.at)?.kind)
    }

    fn ahead(&self, by: usize) -> Option<Token> {
        self.tokens.get(self.at + by).copied()
    }

    fn previous(&self) -> Option<Token> {
        self.tokens.get(self.at.checked_sub(1)?).copied()
    }

    fn is(&self, symbol: &str) -> bool {
        self.kind().is_some_and(|kind| kind.is(symbol))
    }

    fn is_ahead(&self, by: usize, symbol: &str) -> bool {
        self.ahead(by).is_some_and(|token| token.kind.is(symbol))
    }

    fn is_name(&self) -> bool {
        self.kind() == Some(TokenKind::Name)
    }

    fn is_name_ahead(&self, by: usize) -> bool {
        self.ahead(by).is_some_and(|token| token.kind == TokenKind::Name)
    }

    fn keyword(&self) -> Option<Keyword> {
        match self.kind()? {
            TokenKind::Keyword(keyword) => Some(keyword),
            _ => None,
        }
    }

    fn is_keyword(&self, keyword: Keyword) -> bool {
        self.keyword() == Some(keyword)
    }

    /// Takes the next token and returns its range.
    fn bump(&mut self) -> TextRange {
        let range = self.here();
        self.at = (self.at + 1).min(self.tokens.len());
        range
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        if found {
            self.at += 1;
        }
        found
    }

    fn take_keyword(&mut self, keyword: Keyword) -> bool {
        let found = self.is_keyword(keyword);
        if found {
            self.at += 1;
        }
        found
    }

    /// Range of the next token; empty behind the last.
    fn here(&self) -> TextRange {
        self.token().map_or_else(|| TextRange::at(self.last()), |token| token.range)
    }

    /// End of the last token.
    fn last(&self) -> u32 {
        self.previous().map_or(0, |token| token.range.end)
    }

    /// The place behind the last token, where something is missing.
    fn gap(&self) -> TextRange {
        TextRange::at(self.last())
    }

    fn text(&self, range: TextRange) -> &'a str {
        std::str::from_utf8(range.slice(self.source)).unwrap_or("?")
    }

    /// The text of the next token.
    fn word(&self) -> &'a str {
        self.text(self.here())
    }

    /// True if the token at `at` and the next one touch.
    fn touches_next(&self, at: usize) -> bool {
        match (self.tokens.get(at), self.tokens.get(at + 1)) {
            (Some(one), Some(two)) => one.range.end == two.range.start,
            _ => false,
        }
    }

    /// True if the next two tokens are these symbols without space between them.
    fn is_pair(&self, first: &str, second: &str) -> bool {
        self.is(first) && self.is_ahead(1, second) && self.touches_next(self.at)
    }

    // Lines.

    fn layout(&self) -> &Layout {
        self.layout.get_or_init(|| Layout::new(self.source))
    }

    /// True if the next token is on another line than the last.
    fn on_new_line(&self) -> bool {
        self.is_new_line(self.at)
    }

    /// True if the token at `at` is on another line than the one before it.
    fn is_new_line(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return true };
        let last = at.checked_sub(1).map_or(0, |at| self.tokens[at].range.end);
        at == 0 || memchr::memchr2(b'\n', b'\r', TextRange::new(last, token.range.start).slice(self.source)).is_some()
    }

    /// Indentation of the line of the next token.
    fn indent(&self) -> u32 {
        self.layout().indent(self.here().start)
    }

    // Mistakes.

    /// Reports a mistake, unless it follows from the last.
    fn report(&mut self, error: SyntaxError) {
        let follows = self.told_at == Some(self.at) || self.is_swallowed() || self.is_scanned();
        self.told_at = Some(self.at);
        if self.muted == 0 && !follows && self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        }
    }

    /// True if the missing code may be in a string that was not closed.
    fn is_swallowed(&self) -> bool {
        self.previous().is_some_and(|token| token.kind == TokenKind::UnterminatedString)
    }

    /// True if the scan found a mistake between the last token and the next, or in one of them.
    fn is_scanned(&self) -> bool {
        let start = self.previous().map_or(0, |token| token.range.start);
        let end = self.here().end;
        let next = self.scanned.partition_point(|error| error.range.end < start);
        self.scanned.get(next).is_some_and(|error| error.range.start <= end)
    }

    /// Runs `parse` without reports.
    fn muted<T>(&mut self, parse: impl FnOnce(&mut Self) -> T) -> T {
        self.muted += 1;
        let found = parse(self);
        self.muted -= 1;
        found
    }

    /// Runs `parse`, and takes back all it did if it found a mistake.
    fn attempt(&mut self, parse: impl FnOnce(&mut Self)) -> bool {
        let (at, told_at, errors) = (self.at, self.told_at, self.errors.len());
        let (lacking, surplus, brackets) = (self.lacking, self.surplus, self.brackets.len());
        let lens = (self.tree.exprs.len(), self.tree.stmts.len(), self.tree.blocks.len(), self.tree.functions.len());
        self.attempts += 1;
        parse(self);
        self.attempts -= 1;
        if self.errors.len() == errors {
            return true;
        }
        (self.at, self.told_at, self.lacking, self.surplus) = (at, told_at, lacking, surplus);
        self.errors.truncate(errors);
        self.brackets.truncate(brackets);
        self.tree.exprs.truncate(lens.0);
        self.tree.stmts.truncate(lens.1);
        self.tree.blocks.truncate(lens.2);
        self.tree.functions.truncate(lens.3);
        false
    }

    /// Enters a level; false if there are too many.
    fn enter(&mut self) -> bool {
        self.depth += 1;
        if self.depth <= self.max_depth {
            return true;
        }
        let error = SyntaxError::new(self.here(), "this is nested too deep");
        self.report(error);
        self.at = self.tokens.len();
        false
    }

    // The tree.

    fn push(&mut self, kind: ExprKind, range: TextRange) -> ExprId {
        self.tree.exprs.push(Expr { kind, range });
        ExprId(self.tree.exprs.len() as u32 - 1)
    }

    fn missing(&mut self) -> ExprId {
        self.push(ExprKind::Missing, self.gap())
    }

    /// An expression that begins at `start` and ends with the last token.
    fn push_from(&mut self, kind: ExprKind, start: u32) -> ExprId {
        let range = TextRange::new(start, self.last().max(start));
        self.push(kind, range)
    }

    fn push_stmt(&mut self, kind: StmtKind, start: u32) -> StmtId {
        let range = TextRange::new(start, self.last().max(start));
        self.tree.stmts.push(Stmt { kind, range });
        StmtId(self.tree.stmts.len() as u32 - 1)
    }

    /// Joins values that something unknown to Lua separates, as arguments of an unknown function.
    fn opaque(&mut self, values: Vec<ExprId>) -> ExprId {
        let range = values.iter().map(|&value| self.range(value)).reduce(TextRange::cover).unwrap_or(self.gap());
        let callee = self.push(ExprKind::Missing, TextRange::at(range.start));
        let call = Call { callee, args: values.into(), args_range: TextRange::at(range.end) };
        self.push(ExprKind::Call(Box::new(call)), range)
    }

    /// Values that belong to no statement, kept so that their names are known.
    fn values_only(&mut self, values: Vec<ExprId>, start: u32) -> Option<StmtId> {
        if values.is_empty() {
            return None;
        }
        Some(self.push_stmt(StmtKind::Local { names: Box::default(), values: values.into() }, start))
    }

    fn range(&self, expr: ExprId) -> TextRange {
        self.tree[expr].range
    }

    fn cover(&self, stmts: &[StmtId], otherwise: u32) -> TextRange {
        match (stmts.first(), stmts.last()) {
            (Some(first), Some(last)) => self.tree[*first].range.cover(self.tree[*last].range),
            _ => TextRange::at(otherwise),
        }
    }

    fn name(&mut self) -> Name {
        Name { range: self.bump() }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    /// The parameters of the functions of a script.
    fn params(source: &str) -> String {
        let parse = parse(source.as_bytes());
        let functions = parse.tree.functions().skip(1).map(|(_, function)| {
            let names: Vec<&str> = function.params.iter().map(|name| name.as_str(source.as_bytes())).collect();
            names.join(" ")
        });
        functions.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_function_is_kept_while_its_body_is_begun() {
        for begun in [
            "k",
            "M.",
            "M.a.b",
            "M:",
            "s.x:",
            "local",
            "local x",
            "local x =",
            "local x = M.",
            "x =",
            "x",
            "return M.",
            "k.",
            "redis.call(",
            "redis.call('GET',",
            "redis.call('GET', M.)",
            "if",
            "if k",
            "if k.",
            "if k then k",
            "if M. then end",
            "if k then M. end",
            "for",
            "for i",
            "for i = 1, M. do end",
            "while k. do k end",
            "k\nlocal y = 1",
            "M.\nlocal y = 1",
            "M.f()\nk",
            "local x = { a = M. }",
            "local x = k ..",
            "x = k +",
            "return k and M.",
            "M.f(k.",
            "M.f(function(q) k end)",
            "f(function(q) q. end)",
            "k; k",
            "do k end",
            "repeat k until k",
            "else",
            "x.y =",
            "k[",
            "k[1",
            "k[1]",
        ] {
            for head in ["function M.f", "local function f"] {
                for rest in ["", "\n  local y = n", "\n  g(n)"] {
                    let source = format!(
                        "local M = {{}}\n{head}(k, n)\n  {begun}{rest}\nend\nfunction M.g(a) end\nreturn M.f(KEYS[1])"
                    );
                    let found = params(&source);
                    assert!(found.starts_with("k n") && found.ends_with(", a"), "{source}: {found}");
                }
            }
        }
    }
}
