//! Signs of a script in a text: words of Redis, and comments that say what follows.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, packed};

/// Texts one of which every file with a script has.
const NEEDLES: &[&str] = &[
    "redis.call",
    "redis.pcall",
    "server.call",
    "server.pcall",
    "KEYS[",
    "ARGV[",
    "register_function",
    "eval",
    "Eval",
    "EVAL",
    "NewScript",
    "NewLuaScript",
    "register_script",
    "script_load",
    "scriptLoad",
    "ScriptLoad",
    "LuaScript",
    "RedisScript",
    "Script::new",
    "from_lua",
    "from_code",
    "numberOfKeys",
    "NUMBER_OF_KEYS",
    "fcall",
    "fCall",
    "FCall",
    "FCALL",
    ".Run(ctx, ",
    ".lua",
    "redis-lua",
    "language=lua",
    "language=Lua",
    "functionLoad",
    "function_load",
    "FunctionLoad",
    "FUNCTION",
    "#!lua",
    "/* lua */",
    "ScriptCommand",
    "fcall",
    "fCall",
    "FCall",
    "Fcall",
    "FCALL",
    "defineCommand",
    "redis.error_reply",
    "redis.status_reply",
    "redis.sha1hex",
    "redis.setresp",
    "SCRIPT LOAD",
    "\"LOAD\"",
    "'LOAD'",
];

/// True if a file may have scripts: what has none of some words has none.
pub(crate) fn may_have_scripts(source: &[u8]) -> bool {
    static PACKED: OnceLock<Option<packed::Searcher>> = OnceLock::new();
    static FINDER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    // Several times as fast, where the processor has what it takes.
    if let Some(packed) = PACKED.get_or_init(|| packed::Searcher::new(NEEDLES)) {
        return packed.find(source).is_some();
    }
    let finder = FINDER.get_or_init(|| AhoCorasick::new(NEEDLES).ok());
    finder.as_ref().is_none_or(|finder| finder.is_match(source))
}

/// Number of signs of Redis in a text: calls, elements of KEYS and ARGV, functions that are registered.
pub(crate) fn signs(text: &[u8]) -> usize {
    static FINDER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    const SIGNS: &[&str] = &[
        "redis.call",
        "redis.pcall",
        "server.call",
        "server.pcall",
        "KEYS[",
        "ARGV[",
        "redis.register_function",
        "server.register_function",
        "redis.error_reply(",
        "redis.status_reply(",
        "redis.sha1hex(",
        "redis.setresp(",
    ];
    let finder = FINDER.get_or_init(|| AhoCorasick::new(SIGNS).ok());
    let Some(finder) = finder else { return 0 };
    let is_word = |at: usize| text.get(at).is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'_');
    let count = finder
        .find_iter(text)
        .filter(|found| {
            if found.start() > 0 && (is_word(found.start() - 1) || text[found.start() - 1] == b'.') {
                return false;
            }
            let rest = text[found.end()..].trim_ascii_start();
            match SIGNS[found.pattern().as_usize()] {
                "KEYS[" | "ARGV[" => {
                    rest.first().is_some_and(|it| it.is_ascii_alphanumeric() || b"#_$%{(@".contains(it))
                }
                "redis.call" | "redis.pcall" | "server.call" | "server.pcall" => {
                    let argument = rest.strip_prefix(b"(").map_or(rest, |it| it.trim_ascii_start());
                    let is_quote = |it: &u8| b"'\"[\\$%{@".contains(it);
                    argument.first().is_some_and(|it| {
                        is_quote(it) || (rest.starts_with(b"(") && (it.is_ascii_alphabetic() || *it == b'_'))
                    })
                }
                _ => true,
            }
        })
        .count();
    let is_library = text.starts_with(b"#!lua");
    count + usize::from(is_library)
}

/// True if the first line of a text is a comment that says that it is a script.
pub(crate) fn is_marked(text: &[u8]) -> bool {
    let line = text.trim_ascii_start();
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    let Some(comment) = line.strip_prefix(b"--") else { return false };
    matches!(comment.trim_ascii(), b"lua" | b"redis-lua" | b"redis lua" | b"language=lua" | b"language=redis-lua")
}

/// True for the first line of a library or a script without the rest: a piece of a text that is joined elsewhere.
pub(crate) fn is_shebang_alone(text: &[u8]) -> bool {
    text.starts_with(b"#!") && memchr::memchr(b'\n', text.trim_ascii_end()).is_none()
}

/// True if most of a text reads as code: no run of words as in prose.
pub(crate) fn reads_as_code(text: &[u8]) -> bool {
    text.split(|&it| it == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(40).any(|line| {
        let line = line.trim_ascii();
        [&b"local "[..], b"redis.", b"return", b"if ", b"for ", b"server.", b"#!lua", b"end", b"function ", b"--"]
            .iter()
            .any(|it| line.starts_with(it))
    })
}

/// True if a comment says that what follows is Lua.
pub(crate) fn is_marker(comment: &[u8]) -> bool {
    let text = comment.to_ascii_lowercase();
    let text = text.as_slice().trim_ascii();
    let text = text.strip_suffix(b"*/").unwrap_or(text).trim_ascii();
    let inner: &[u8] = {
        let start = text.iter().position(|it| !b"/*#-! \t".contains(it)).unwrap_or(text.len());
        &text[start..]
    };
    let inner = inner.trim_ascii();
    matches!(
        inner,
        b"lua"
            | b"redis-lua"
            | b"redis lua"
            | b"language=lua"
            | b"language=redis-lua"
            | b"language: lua"
            | b"@lang lua"
    ) || inner.starts_with(b"redis-lua ")
        || inner.starts_with(b"language=lua ")
        || inner.starts_with(b"language=redis-lua ")
}
