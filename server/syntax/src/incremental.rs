//! Parsing by pieces: statements whose text was parsed before are taken over from then, so that a keystroke in a long script
//! costs the statement that it is in.
//!
//! A piece begins at a keyword that can only begin a statement, and goes up to the next one of its block or to the block's
//! end; what the lexer alone can tell. Pieces lie within pieces, as blocks do. A long piece is parsed with short statements
//! standing in for those inside it that parse by themselves, and these are put in where the tree is lowered. What does
//! not parse is parsed the same way, so that it, too, costs no more than what is around the mistake.

use std::{collections::HashMap, sync::Arc};

use full_moon::LuaVersion;
use text::TextRange;

use crate::{
    SyntaxError,
    complaints::describe,
    lexer::{Keyword, Lexer, TokenKind},
    lower::{self, Lowered, StandIns},
    mend::without_beginnings,
    splice::splice,
    tree::Tree,
};

/// The pieces of the last parse, by their text.
#[derive(Clone, Default, Debug)]
pub struct Cache {
    pieces: HashMap<Box<[u8]>, Arc<Lowered>>,
}

/// What stands in for a statement: it begins with a keyword, as the statement does, so that what is unfinished before it
/// stays unfinished.
const STAND_IN: &[u8] = b"local f";

/// Shorter pieces are parsed as they are.
const SHORT: u32 = 600;

/// A piece with the pieces inside it.
#[derive(Default)]
struct Piece {
    range: TextRange,
    inner: Vec<Piece>,
    /// Whether the blocks that it begins end in it.
    closed: bool,
    /// True if it is what follows the last statement that may have another behind it: a `return`, or what closes nothing.
    is_tail: bool,
}

/// Parses `code` by pieces and adds the complaints.
pub(crate) fn parse_code(code: &str, source: &[u8], errors: &mut Vec<SyntaxError>, cache: &mut Cache) -> Tree {
    let mut parser = Parser { code, source, old: std::mem::take(&mut cache.pieces), new: HashMap::new() };
    let mut tree = lower::whole(code.len() as u32);
    let mut stmts = Vec::new();
    let mut last = 0;
    let pieces = pieces(code.as_bytes());
    let mut rest = &pieces[..];
    while let Some((piece, after)) = rest.split_first() {
        let Some(lowered) = parser.parse(piece) else { break };
        stmts.extend(splice(&mut tree, &lowered.tree, piece.range.start));
        // An empty piece has no token.
        if lowered.last > 0 {
            last = piece.range.start + lowered.last;
        }
        rest = after;
    }
    if let Some(broken) = rest.first() {
        let start = broken.range.start;
        // Blanks stand for what is behind us: so places are those of the whole, and the tokens that the parser makes
        // up, which it puts at the very start, are known for what they are. A statement stands for those behind us,
        // for the parser mends a block that has some in another way than one that has none.
        let mut text = code.as_bytes().to_vec();
        blank(&mut text, TextRange::new(0, start));
        let has_some = !stmts.is_empty();
        if has_some {
            text[..3].copy_from_slice(b"f()");
        }
        let mut stand_ins = StandIns::default();
        parser.stand_in(rest, 0, &mut text, &mut stand_ins);
        let text = String::from_utf8(text).unwrap_or_default();
        let result = full_moon::parse_fallible(&text, LuaVersion::lua51());
        errors.extend(describe(&result, code, &stand_ins));
        let mended = without_beginnings(&text);
        let result = mended.map_or(result, |text| full_moon::parse_fallible(&text, LuaVersion::lua51()));
        let lowered = lower::lower(result.ast(), source, last, usize::from(has_some), &stand_ins);
        stmts.extend(splice(&mut tree, &lowered.tree, 0));
    }
    cache.pieces = parser.new;
    lower::close(&mut tree, stmts);
    tree
}

struct Parser<'a> {
    code: &'a str,
    source: &'a [u8],
    /// The pieces of the last parse that are not taken over yet.
    old: HashMap<Box<[u8]>, Arc<Lowered>>,
    new: HashMap<Box<[u8]>, Arc<Lowered>>,
}

impl Parser<'_> {
    /// The tree of a piece; none if it has a mistake.
    fn parse(&mut self, piece: &Piece) -> Option<Arc<Lowered>> {
        let text = piece.range.slice(self.code.as_bytes());
        if let Some((text, known)) = self.old.remove_entry(text) {
            self.new.insert(text, Arc::clone(&known));
            return Some(known);
        }
        if let Some(known) = self.new.get(text) {
            return Some(Arc::clone(known));
        }
        if !piece.closed {
            return None;
        }
        let mut stand_ins = StandIns::default();
        let result = if piece.range.len() < SHORT || piece.inner.is_empty() {
            full_moon::parse_fallible(&self.code[piece.range.to_usize()], LuaVersion::lua51())
        } else {
            let mut text = text.to_vec();
            self.stand_in(&piece.inner, piece.range.start, &mut text, &mut stand_ins);
            full_moon::parse_fallible(&String::from_utf8(text).ok()?, LuaVersion::lua51())
        };
        if !result.errors().is_empty() {
            return None;
        }
        let source = piece.range.slice(self.source);
        let lowered = Arc::new(lower::lower(result.ast(), source, 0, 0, &stand_ins));
        // The values of literals are read from the source, which differs from the code where it is no text.
        if text == source {
            self.new.insert(text.into(), Arc::clone(&lowered));
        }
        Some(lowered)
    }

    /// Replaces in `text`, which begins at `base`, the pieces that parse by what stands in for them.
    fn stand_in(&mut self, pieces: &[Piece], base: u32, text: &mut [u8], stand_ins: &mut StandIns) {
        for piece in pieces {
            let range = TextRange::new(piece.range.start - base, piece.range.end - base);
            let long = range.len() as usize > STAND_IN.len();
            // For a last statement no other can stand: the parser would complain of what is before it.
            match if long && !piece.is_tail { self.parse(piece) } else { None } {
                Some(lowered) if lowered.last > 0 => {
                    blank(text, range);
                    text[range.start as usize..][..STAND_IN.len()].copy_from_slice(STAND_IN);
                    stand_ins.insert(range.start, lowered);
                }
                Some(_) => {}
                None => self.stand_in(&piece.inner, base, text, stand_ins),
            }
        }
    }
}

fn blank(text: &mut [u8], range: TextRange) {
    for byte in &mut text[range.to_usize()] {
        if !matches!(*byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// A block while its pieces are found.
#[derive(Default)]
struct Frame {
    pieces: Vec<Piece>,
    /// Whether the last of the pieces goes on.
    open: bool,
    brackets: i32,
    /// Loops whose `do` is still to come.
    loops: i32,
    /// Whether nothing may follow: what does is the parser's to complain of.
    done: bool,
}

impl Frame {
    /// Leaves the brackets and loop heads that were begun: no statement is inside them, so the piece is broken and what
    /// follows is not part of it.
    fn give_up(&mut self) {
        if (self.brackets > 0 || self.loops > 0)
            && let Some(piece) = self.pieces.last_mut()
        {
            piece.closed = false;
            self.brackets = 0;
            self.loops = 0;
        }
    }

    fn close(&mut self, at: u32) {
        if std::mem::take(&mut self.open)
            && let Some(piece) = self.pieces.last_mut()
        {
            piece.range.end = at;
        }
    }
}

/// The pieces of the chunk.
fn pieces(code: &[u8]) -> Vec<Piece> {
    let len = code.len() as u32;
    let first = Piece { range: TextRange::new(0, len), closed: true, ..Piece::default() };
    let mut chunk = Frame { pieces: vec![first], open: true, ..Frame::default() };
    let mut frames: Vec<Frame> = Vec::new();
    let mut previous: Option<TokenKind> = None;
    for token in Lexer::new(code) {
        let at = token.range.start;
        let in_block = !frames.is_empty();
        let frame = frames.last_mut().unwrap_or(&mut chunk);
        match token.kind {
            TokenKind::Comment | TokenKind::UnterminatedComment => continue,
            TokenKind::Keyword(keyword) => {
                let begins = match keyword {
                    Keyword::If | Keyword::While | Keyword::For | Keyword::Repeat | Keyword::Local => true,
                    Keyword::Do => frame.loops == 0,
                    // Behind an operand it is no value.
                    Keyword::Function => previous.is_some_and(TokenKind::ends_operand),
                    _ => false,
                };
                if begins || matches!(keyword, Keyword::Return | Keyword::Break) {
                    frame.give_up();
                }
                let outside = frame.brackets == 0 && frame.loops == 0 && !frame.done;
                if outside && begins && at > 0 {
                    frame.close(at);
                    frame.pieces.push(Piece { range: TextRange::new(at, len), closed: true, ..Piece::default() });
                    frame.open = true;
                }
                match keyword {
                    Keyword::Function | Keyword::If | Keyword::Repeat => frames.push(Frame::default()),
                    Keyword::While | Keyword::For => frame.loops += 1,
                    Keyword::Do => {
                        frame.loops = (frame.loops - 1).max(0);
                        frames.push(Frame::default());
                    }
                    Keyword::Else | Keyword::Elseif if in_block => {
                        frame.close(at);
                        frame.done = false;
                    }
                    // They belong to nothing: from here on nothing is sure.
                    Keyword::Else | Keyword::Elseif => frame.done = true,
                    Keyword::Return | Keyword::Break if outside => {
                        frame.close(at);
                        frame.done = true;
                    }
                    Keyword::End | Keyword::Until => {
                        let Some(mut ended) = frames.pop() else {
                            // It closes nothing: from here on nothing is sure.
                            chunk.done = true;
                            previous = Some(token.kind);
                            continue;
                        };
                        ended.close(at);
                        let around = frames.last_mut().unwrap_or(&mut chunk);
                        if let (true, Some(piece)) = (around.open, around.pieces.last_mut()) {
                            piece.inner.append(&mut ended.pieces);
                        }
                    }
                    _ => {}
                }
            }
            kind if kind.is("(") || kind.is("[") || kind.is("{") => frame.brackets += 1,
            kind if kind.is(")") || kind.is("]") || kind.is("}") => frame.brackets -= 1,
            _ => {}
        }
        previous = Some(token.kind);
    }
    // Blocks that never end belong to pieces that cannot parse; what is whole in them can.
    while let Some(mut ended) = frames.pop() {
        ended.close(len);
        let around = frames.last_mut().unwrap_or(&mut chunk);
        if let (true, Some(piece)) = (around.open, around.pieces.last_mut()) {
            piece.closed = false;
            piece.inner.append(&mut ended.pieces);
        }
    }
    chunk.close(len);
    // Behind the last piece, where a `return` is, or what closes nothing.
    if let Some(end) = chunk.pieces.last().map(|piece| piece.range.end).filter(|end| *end < len) {
        chunk.pieces.push(Piece { range: TextRange::new(end, len), closed: true, is_tail: true, ..Piece::default() });
    }
    chunk.pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{parse_whole, parse_with};

    /// What a parse by pieces gives is what a parse of the whole gives.
    #[track_caller]
    fn same(source: &str, cache: &mut Cache) {
        let (whole, pieces) = (parse_whole(source.as_bytes()), parse_with(source.as_bytes(), cache));
        assert_eq!(format!("{:?}", pieces.tree), format!("{:?}", whole.tree), "{source}");
        assert_eq!(pieces.errors, whole.errors, "{source}");
    }

    #[test]
    fn pieces_give_the_tree_of_the_whole() {
        let mut cache = Cache::default();
        for source in [
            "",
            "local a = 1 local b = a if a then b() end while a do b() end",
            "local f = function() return 1 end function g() end x = f function h() end",
            "for i = 1, 2 do local x = {function() end} end repeat local y = 1 until y",
            "a = 1; local b = 2; do local c = 3 end\nreturn a, b",
            "-- one\nlocal a = 1 -- two\n-- three\nlocal b = 2 -- four",
            "local t = {\n  a = 1,\n  f = function() local z = 1 end,\n}\nlocal u = t.a",
        ] {
            same(source, &mut cache);
            same(&format!("local first = 1\n{source}"), &mut cache);
        }
    }

    #[test]
    fn pieces_within_pieces() {
        let mut cache = Cache::default();
        let body = "  local a = redis.call('GET', KEYS[1])\n  if a then\n    for i = 1, 2 do a = function() return i end end\n  else\n    do local b = a end\n  end\n".repeat(12);
        let source = format!("local function f(x)\n{body}end\nreturn f(1)\n");
        same(&source, &mut cache);
        same(&source.replacen("KEYS[1]", "KEYS[2]", 3), &mut cache);
        same(&format!("if f then\n{source}"), &mut cache);
        same(&source.replacen("for i = 1, 2 do", "for i = 1, 2", 1), &mut cache);
        // Inside a function the parser gives up more of the whole than of the pieces; the complaints are the same.
        let broken = source.replacen("local a =", "local a = =", 1);
        let (whole, pieces) = (parse_whole(broken.as_bytes()), parse_with(broken.as_bytes(), &mut cache));
        assert_eq!(pieces.errors, whole.errors);
        assert!(pieces.tree.exprs().len() >= whole.tree.exprs().len());
    }

    #[test]
    fn broken_scripts_have_the_same_complaints() {
        let mut cache = Cache::default();
        for source in [
            "local a = \nlocal b = 2\nlocal c = 3",
            "local a = 1\nif a then\nlocal b = 2\nlocal c = 3",
            "local a = 1\nend\nlocal b = 2",
            "local a = 1)\nlocal b = 2",
            "return 1\nlocal a = 1",
            "local a = 'x\nlocal b = 1",
            "local a = 1 if a then else if b then end local c = 1",
            "x += 1\nlocal a = 1",
            "while true\nlocal a = 1",
            "local t = {\nlocal a = 1\nlocal b = 2",
            "f(\nlocal a = 1\n) local b = 2",
            "local t = { a = 1,\nif a then local b = 1 end }",
            "if a then x = (1 while b do local c = 1 end end local d = 2",
            "for i = 1, (2 do local a = 1 end local b = 2",
            "while a while b do local c = 1 end local d = 2",
            "local t = { x function g() local a = 1 end local b = 2",
            "local a = 1\nf\n(g)\nlocal b = 2",
            "x = if return end\nreturn {}",
            "f(if return\nend\nreturn x",
            "t[break do end\nreturn x",
            "(return x\nif a == b then return end",
            "x = 1 break for do",
        ] {
            same(source, &mut cache);
            same(&format!("local first = 1\n{source}"), &mut cache);
            same(&format!("{source}\nlocal last = 1"), &mut cache);
        }
    }
}
