//! From bytes to a [`Parse`]: prepare the source, let full_moon parse it, and lower its tree.

use std::panic::{AssertUnwindSafe, catch_unwind};

use full_moon::LuaVersion;
use text::TextRange;

use crate::{
    Cache, Comment, SyntaxError, Tree, complaints::describe, incremental, lower, mend::without_beginnings, scan,
    validate,
};

/// Sources above this size are not parsed: scripts are a few kilobytes, and the parser's tree is some forty times
/// the source.
pub const MAX_SOURCE_BYTES: usize = 8 << 20;

/// Below these the parser needs no more stack than any thread has.
const SHALLOW_LEVELS: u32 = 24;
const SHORT_EXPRESSION: u32 = 200;
/// Enough for 200 levels and 5,000 operators of the parser's unoptimised frames.
const DEEP_STACK: usize = 256 << 20;

/// What is known of one source.
#[derive(Debug)]
pub struct Parse {
    /// The tree; with errors, a tree of what could be understood.
    pub tree: Tree,
    /// What Lua 5.1 refuses, in source order.
    pub errors: Vec<SyntaxError>,
    /// All comments, in source order.
    pub comments: Vec<Comment>,
    /// The first line, if it starts with `#!` on the very first byte: the line without its break.
    pub shebang: Option<TextRange>,
    /// Offset of the first byte that is no UTF-8. Redis takes any bytes; editors may not.
    pub invalid_utf8: Option<u32>,
}

/// Parses `source`, whatever it is.
pub fn parse(source: &[u8]) -> Parse {
    // By pieces even where none is known: the parser takes more than twice as long for one text of twice the length.
    parse_by(source, Some(&mut Cache::default()))
}

/// The same in one piece: what the tests compare the others with.
#[doc(hidden)]
pub fn parse_whole(source: &[u8]) -> Parse {
    parse_by(source, None)
}

/// The same, but takes over what was parsed before: `cache` is that of the last parse of the same document.
pub fn parse_with(source: &[u8], cache: &mut Cache) -> Parse {
    parse_by(source, Some(cache))
}

fn parse_by(source: &[u8], cache: Option<&mut Cache>) -> Parse {
    if source.len() > MAX_SOURCE_BYTES {
        let error = SyntaxError::new(
            TextRange::at(0),
            format!("this is larger than the {} MiB that redlua reads", MAX_SOURCE_BYTES >> 20),
        );
        return Parse {
            tree: lower::empty(),
            errors: vec![error],
            comments: Vec::new(),
            shebang: None,
            invalid_utf8: None,
        };
    }
    let mut errors = Vec::new();
    let mut code = source.to_vec();
    let shebang = prepare_start(source, &mut code, &mut errors);
    let scan = scan::scan(&code);
    errors.extend(scan.errors);
    for (range, with) in &scan.repairs {
        repair(&mut code, *range, with);
    }
    end_lines(&mut code);
    let (code, invalid_utf8) = into_utf8(code);

    let tree = if scan.too_deep {
        lower::empty()
    } else if scan.levels > SHALLOW_LEVELS || scan.operators > SHORT_EXPRESSION {
        stacker::grow(DEEP_STACK, || parse_code(&code, source, &mut errors, cache))
    } else {
        parse_code(&code, source, &mut errors, cache)
    };
    errors.sort_by_key(|error| error.range.start);
    Parse { tree, errors, comments: scan.comments, shebang, invalid_utf8 }
}

/// A byte order mark and a shebang line, which the parser does not know, are blanked out.
fn prepare_start(source: &[u8], code: &mut [u8], errors: &mut Vec<SyntaxError>) -> Option<TextRange> {
    if source.starts_with(b"\xEF\xBB\xBF") {
        let mark = TextRange::new(0, 3);
        // Clients send the file's bytes as they are, and the server's Lua reads the mark as a symbol.
        errors.push(
            SyntaxError::new(mark, "the file starts with a byte order mark, which Lua refuses")
                .help("save it as UTF-8 without BOM")
                .fix("Remove the byte order mark", mark, ""),
        );
        code[..3].fill(b' ');
    }
    if !source.starts_with(b"#!") {
        return None;
    }
    let end = memchr::memchr2(b'\n', b'\r', source).unwrap_or(source.len());
    code[..end].fill(b' ');
    Some(TextRange::new(0, end as u32))
}

fn repair(code: &mut [u8], range: TextRange, with: &[u8]) {
    let Some(place) = code.get_mut(range.to_usize()) else { return };
    for (at, byte) in place.iter_mut().enumerate() {
        *byte = match with.get(at) {
            Some(&new) => new,
            // Line breaks stay, so that lines keep their numbers.
            None if matches!(*byte, b'\n' | b'\r') => *byte,
            None => b' ',
        };
    }
}

/// To Lua a carriage return by itself ends a line, and a comment; to the parser it does not.
fn end_lines(code: &mut [u8]) {
    let alone: Vec<usize> = memchr::memchr_iter(b'\r', code).filter(|at| code.get(at + 1) != Some(&b'\n')).collect();
    alone.into_iter().for_each(|at| code[at] = b'\n');
}

/// The code as UTF-8 of the same length: each stray byte becomes a `?`. Strings keep their bytes, for their values
/// are read from the source.
fn into_utf8(code: Vec<u8>) -> (String, Option<u32>) {
    let mut code = match String::from_utf8(code) {
        Ok(code) => return (code, None),
        Err(error) => error.into_bytes(),
    };
    let mut first = None;
    let mut at = 0;
    while let Err(error) = std::str::from_utf8(&code[at..]) {
        let start = at + error.valid_up_to();
        let len = error.error_len().unwrap_or(code.len() - start);
        first.get_or_insert(start as u32);
        code[start..start + len].fill(b'?');
        at = start + len;
    }
    (String::from_utf8(code).unwrap_or_default(), first)
}

fn parse_code(code: &str, source: &[u8], errors: &mut Vec<SyntaxError>, cache: Option<&mut Cache>) -> Tree {
    // The parser is written not to panic; if it does on some input, the user keeps the editor and the other files.
    let parsed = catch_unwind(AssertUnwindSafe(|| match cache {
        Some(cache) => {
            let mut found = Vec::new();
            let tree = incremental::parse_code(code, source, &mut found, cache);
            (found, tree)
        }
        None => {
            let result = full_moon::parse_fallible(code, LuaVersion::lua51());
            let none = lower::StandIns::default();
            let found = describe(&result, code, &none);
            let mended = if found.is_empty() { None } else { without_beginnings(code) };
            let result = mended.map_or(result, |text| full_moon::parse_fallible(&text, LuaVersion::lua51()));
            (found, lower::lower(result.ast(), source, 0, 0, &none).tree)
        }
    }));
    let Ok((found, mut tree)) = parsed else {
        errors.push(SyntaxError::new(
            TextRange::at(0),
            "redlua could not parse this file: please report it with the file",
        ));
        return lower::empty();
    };
    errors.extend(found);
    let broken = !errors.is_empty();
    validate::validate(&mut tree, source, errors, broken);
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(source: &str) -> Vec<String> {
        parse(source.as_bytes()).errors.into_iter().map(|error| error.message).collect()
    }

    #[test]
    fn a_carriage_return_ends_a_comment() {
        let parse = parse_whole(b"-- a\rif x then");
        assert_eq!(parse.errors.len(), 1);
        let parse = parse_whole(b"local a = 1 -- a\rlocal b = 2\r\nlocal c = 3\rreturn a");
        assert_eq!((parse.errors.len(), parse.tree.stmts().len()), (0, 4));
    }

    #[test]
    fn each_mistake_is_told_once_and_in_its_own_words() {
        let cases = [
            ("return 1;;", "an empty statement is not Lua 5.1: remove this `;`"),
            ("if a != b then end", "not-equal is `~=` in Lua, not `!=`"),
            ("x += 1", "Lua has no `+=`: write `x = x + …`"),
            ("goto done", "`goto` came with Lua 5.2; the server runs Lua 5.1"),
            ("local a <const> = 1", "attributes of locals came with Lua 5.4; the server runs Lua 5.1"),
            ("for i = 1, 2 do continue end", "Lua 5.1 has no `continue`"),
            ("x = 3..2", "malformed number `3..2`"),
            ("x = 0return", "malformed number `0return`"),
            ("x = 3and", "malformed number `3and`"),
            ("f(.5x, 1)", "malformed number `.5x`"),
            ("x = {0xg}", "malformed number `0xg`"),
            ("x = 'a\\400'", "the escape `\\400` is too large: a byte is at most `\\255`"),
            ("local function f() return ... end", "`...` is used in a function that does not take it"),
            ("break", "this `break` is in no loop"),
            ("(a) = 1", "this cannot be assigned to"),
            ("x = 'a", "this string is not closed with `'` on its line"),
            ("x = [==[ ]=]", "this long string never ends"),
            ("x.end = 1", "`end` is a reserved word and cannot be a name"),
            ("local and = 1", "`and` is a reserved word and cannot be a name"),
            ("f\n(g)", "ambiguous: is this a call of the line above or a new statement"),
            ("while true do", "expected `end` to close while loop block, found the end of the script"),
            ("\u{feff}return 1", "the file starts with a byte order mark, which Lua refuses"),
        ];
        for (source, message) in cases {
            assert_eq!(messages(source), [message], "{source}");
        }
    }

    #[test]
    fn every_error_of_a_file_is_told() {
        assert_eq!(messages("if a != b then end\nx += 1\nlocal y = a // b\n").len(), 3);
    }

    #[test]
    fn what_stands_around_a_mistake_is_understood() {
        let source = "redis.call('GET',\nlocal x = KEYS[1]\nreturn x";
        let parse = parse(source.as_bytes());
        assert!(!parse.errors.is_empty());
        let has = |text: &str| parse.tree.exprs().any(|(_, e)| e.range.slice(source.as_bytes()) == text.as_bytes());
        assert!(has("'GET'") && has("KEYS[1]"));
    }

    #[test]
    fn deep_huge_and_binary_input_is_answered() {
        for source in
            ["(".repeat(10_000), "{".repeat(10_000), format!("x = {}1", "-".repeat(100_000)), "a..".repeat(50_000)]
        {
            assert!(!parse(source.as_bytes()).errors.is_empty());
        }
        let deep = format!("return {}1{}", "(".repeat(150), ")".repeat(150));
        assert!(parse(deep.as_bytes()).errors.is_empty());
        assert!(!parse(&[0, 159, 146, 150, b'\n', 1, 2, 3]).errors.is_empty());
        assert_eq!(parse(b"return '\xff'").invalid_utf8, Some(8));
        assert!(!parse(&vec![b' '; MAX_SOURCE_BYTES + 1]).errors.is_empty());
    }

    #[test]
    fn a_shebang_counts_on_the_very_first_byte_only() {
        assert_eq!(parse(b"#!lua name=x\nreturn 1").shebang, Some(TextRange::new(0, 12)));
        assert!(!parse(b"\n#!lua name=x\nreturn 1").errors.is_empty());
    }
}
