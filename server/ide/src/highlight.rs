//! Document highlight: the uses of a name in its file, the keywords of a block.

use syntax::lexer::{Keyword, Lexer, TokenKind};
use text::TextRange;

use crate::{Project, navigation};

/// A highlighted piece of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Highlight {
    /// The highlighted range.
    pub range: TextRange,
    /// Access to a name; none for keywords.
    pub access: Option<Access>,
}

/// Kinds of access to a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// A read access.
    Read,
    /// A write access.
    Write,
}

/// Returns the pieces of text that belong to the word at a place.
pub fn highlights(project: &Project, file: usize, offset: u32) -> Vec<Highlight> {
    let it = &project.files[file];
    if !it.is_script {
        return Vec::new();
    }
    let keywords = keywords(it.source(), offset);
    if !keywords.is_empty() {
        return keywords.into_iter().map(|range| Highlight { range, access: None }).collect();
    }
    navigation::references(project, file, offset)
        .into_iter()
        .filter(|reference| reference.location.file == file)
        .map(|reference| Highlight {
            range: reference.location.range,
            access: Some(if reference.is_write { Access::Write } else { Access::Read }),
        })
        .collect()
}

/// The kinds of block that end with a keyword of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    If,
    /// `for` or `while` whose `do` is still to come.
    LoopHead,
    Loop,
    Repeat,
    Do,
    Function,
    /// The whole script: its `return`s belong together.
    Chunk,
}

struct Group {
    block: Block,
    words: Vec<TextRange>,
}

/// The keywords that belong to the one at a place: of the `if` from `if` to `end`, of a loop with its `break`s, of a function
/// with its `return`s. By the tokens alone, so that half-typed code has them too.
fn keywords(source: &[u8], offset: u32) -> Vec<TextRange> {
    let start = if source.starts_with(b"#!") { memchr::memchr(b'\n', source).unwrap_or(source.len()) } else { 0 };
    let mut open = vec![Group { block: Block::Chunk, words: Vec::new() }];
    let mut wanted: Option<TextRange> = None;
    let mut done: Vec<Vec<TextRange>> = Vec::new();
    for token in Lexer::at(source, start) {
        let TokenKind::Keyword(keyword) = token.kind else { continue };
        let range = token.range;
        if range.start <= offset && offset <= range.end {
            wanted = Some(range);
        }
        let innermost = open.len() - 1;
        let inside = |open: &[Group], blocks: &[Block]| open.iter().rposition(|group| blocks.contains(&group.block));
        match keyword {
            Keyword::If => open.push(Group { block: Block::If, words: vec![range] }),
            Keyword::For | Keyword::While => open.push(Group { block: Block::LoopHead, words: vec![range] }),
            Keyword::Repeat => open.push(Group { block: Block::Repeat, words: vec![range] }),
            Keyword::Function => open.push(Group { block: Block::Function, words: vec![range] }),
            Keyword::Do if open[innermost].block == Block::LoopHead => {
                open[innermost].block = Block::Loop;
                open[innermost].words.push(range);
            }
            Keyword::Do => open.push(Group { block: Block::Do, words: vec![range] }),
            Keyword::In if open[innermost].block == Block::LoopHead => open[innermost].words.push(range),
            Keyword::Then | Keyword::Else | Keyword::Elseif if open[innermost].block == Block::If => {
                open[innermost].words.push(range);
            }
            Keyword::Break => {
                // A function in the loop is in no loop itself.
                let at = inside(&open, &[Block::Loop, Block::Repeat, Block::Function]);
                if let Some(at) = at.filter(|&at| open[at].block != Block::Function) {
                    open[at].words.push(range);
                }
            }
            Keyword::Return => {
                let at = inside(&open, &[Block::Function, Block::Chunk]).unwrap_or(0);
                open[at].words.push(range);
            }
            Keyword::End | Keyword::Until => {
                let closes = match open[innermost].block {
                    Block::Chunk => false,
                    Block::Repeat => keyword == Keyword::Until,
                    _ => keyword == Keyword::End,
                };
                if closes && let Some(mut group) = open.pop() {
                    group.words.push(range);
                    done.push(group.words);
                }
            }
            _ => {}
        }
    }
    let Some(wanted) = wanted else { return Vec::new() };
    done.extend(open.into_iter().map(|group| group.words));
    done.into_iter().find(|words| words.contains(&wanted)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    fn marked(source: &str) -> String {
        let (project, offset) = cursor(source);
        let file = &project.files[0];
        let show = |it: Highlight| {
            let place = file.lines.line_col(file.source(), it.range.start);
            let sign = match it.access {
                Some(Access::Write) => "=",
                _ => "",
            };
            format!("{}:{}{sign}", file.text(it.range), place.line)
        };
        highlights(&project, 0, offset).into_iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn keywords_of_a_block_belong_together() {
        let source =
            "local n = KEYS[1]\nif n then\n  n = 1\nelseif not n then\n  do n = 2 end\nelse\n  n = 3\nend\nreturn n";
        assert_eq!(marked(&source.replacen("if n", "i$0f n", 1)), "if:2 then:2 elseif:4 then:4 else:6 end:8");
        assert_eq!(marked(&source.replacen("else\n", "else$0\n", 1)), "if:2 then:2 elseif:4 then:4 else:6 end:8");
        assert_eq!(marked(&source.replacen("do n", "$0do n", 1)), "do:5 end:5");
        assert_eq!(marked(&source.replacen("not", "no$0t", 1)), "");
        assert_eq!(marked(&source.replacen("return n", "return n$0", 1)), "n:1= n:2 n:3= n:4 n:5= n:7= n:9");
    }

    #[test]
    fn a_loop_has_its_breaks_and_a_function_its_returns() {
        let source = "local function f(l)\n  for i, v in ipairs(l) do\n    while true do break end\n    if v then break end\n    l = function() return 1 end\n    if i then return v end\n  end\n  repeat local x = KEYS[1] until x\n  return l\nend\nreturn f(KEYS)";
        assert_eq!(marked(&source.replacen("for i", "fo$0r i", 1)), "for:2 in:2 do:2 break:4 end:7");
        assert_eq!(marked(&source.replacen("do break", "do brea$0k", 1)), "while:3 do:3 break:3 end:3");
        assert_eq!(marked(&source.replacen("return v", "$0return v", 1)), "function:1 return:6 return:9 end:10");
        assert_eq!(marked(&source.replacen("repeat", "rep$0eat", 1)), "repeat:8 until:8");
        assert_eq!(marked(&source.replacen("return f", "retu$0rn f", 1)), "return:11");
    }
}
