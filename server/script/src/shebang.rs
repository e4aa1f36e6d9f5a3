//! The first line of scripts and libraries: `#!lua flags=…`, `#!lua name=…`.

use commands::Target;
use protocol::LineRules;

/// Flags that a script or a function declares.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const NO_WRITES: Self = Self(1);
    pub(crate) const ALLOW_OOM: Self = Self(2);
    pub(crate) const ALLOW_STALE: Self = Self(4);
    pub(crate) const NO_CLUSTER: Self = Self(8);
    pub(crate) const ALLOW_CROSS_SLOT: Self = Self(16);

    /// The flags by name, in the order in which servers list them.
    pub(crate) const NAMES: &[(&'static str, Self)] = &[
        ("no-writes", Self::NO_WRITES),
        ("allow-oom", Self::ALLOW_OOM),
        ("allow-stale", Self::ALLOW_STALE),
        ("no-cluster", Self::NO_CLUSTER),
        ("allow-cross-slot-keys", Self::ALLOW_CROSS_SLOT),
    ];

    pub(crate) fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    pub(crate) fn add(&mut self, flag: Self) {
        self.0 |= flag.0;
    }

    /// The flag of a name.
    pub(crate) fn named(name: &[u8], any_case: bool) -> Option<Self> {
        let same = |known: &str| match any_case {
            true => name.eq_ignore_ascii_case(known.as_bytes()),
            false => name == known.as_bytes(),
        };
        Self::NAMES.iter().find(|(known, _)| same(known)).map(|(_, flag)| *flag)
    }
}

/// A script, apart from its shebang.
#[derive(Debug)]
pub(crate) struct Script<'a> {
    /// The code after the shebang, from its line break on, so that lines keep their numbers.
    pub(crate) code: &'a [u8],
    pub(crate) flags: Flags,
    /// True if there is no shebang.
    pub(crate) compatible: bool,
}

/// Rules by which a server splits lines: shebangs, and commands that a client types inline.
pub fn line_rules(target: Target) -> LineRules {
    LineRules { joins_quotes: target.valkey_since(9, 0), skips_255: target.valkey_since(8, 1) }
}

/// Error that quotes a word of the line.
fn about(before: &str, word: &[u8], behind: &str) -> Vec<u8> {
    [before.as_bytes(), word, behind.as_bytes()].concat()
}

/// The end of the first line; a zero byte ends the text for the servers.
fn end_of_line(code: &[u8]) -> Option<usize> {
    code.iter().position(|byte| matches!(byte, b'\n' | 0)).filter(|end| code[*end] == b'\n')
}

/// Reads a script's shebang.
///
/// # Errors
/// The server's error for an invalid shebang.
pub(crate) fn script(code: &[u8], target: Target) -> Result<Script<'_>, Vec<u8>> {
    let plain = Script { code, flags: Flags::default(), compatible: true };
    // 6.2 has none: the compiler refuses the mark.
    if !code.starts_with(b"#!") || !target.since(7, 0) {
        return Ok(plain);
    }
    let modern = target.valkey_since(8, 1);
    let end = end_of_line(code).ok_or(&b"ERR Invalid script shebang"[..])?;
    let words = line_rules(target).split(&code[..end]).map_err(|_| &b"ERR Invalid engine in script shebang"[..])?;
    let Some((engine, options)) = words.split_first() else {
        return Err(b"ERR Invalid engine in script shebang".to_vec());
    };
    if !modern && engine != b"#!lua" {
        return Err(about("ERR Unexpected engine in script shebang: ", engine, ""));
    }
    let mut flags = Flags::default();
    for option in options {
        let Some(names) = option.strip_prefix(b"flags=") else {
            return Err(about("ERR Unknown lua shebang option: ", option, ""));
        };
        // A list that is empty has no flags; an empty part of a list is a flag without a name.
        for name in names.split(|byte| *byte == b',').filter(|_| !names.is_empty()) {
            match Flags::named(name, false) {
                Some(flag) => flags.add(flag),
                None => return Err(about("ERR Unexpected flag in script shebang: ", name, "")),
            }
        }
    }
    // Valkey looks for the engine last.
    if modern && !engine.eq_ignore_ascii_case(b"#!lua") {
        return Err(about("ERR Could not find scripting engine '", engine.get(2..).unwrap_or(&[]), "'"));
    }
    Ok(Script { code: &code[end..], flags, compatible: false })
}

/// A library, apart from its shebang.
#[derive(Debug)]
pub(crate) struct Library<'a> {
    pub(crate) name: Vec<u8>,
    pub(crate) code: &'a [u8],
}

/// Reads a library's shebang.
///
/// # Errors
/// The server's error for an invalid shebang.
pub(crate) fn library(code: &[u8], target: Target) -> Result<Library<'_>, Vec<u8>> {
    if !code.starts_with(b"#!") {
        return Err(b"ERR Missing library metadata".to_vec());
    }
    let end = end_of_line(code).ok_or(&b"ERR Invalid library metadata"[..])?;
    let words = line_rules(target).split(&code[..end]).map_err(|_| &b"ERR Invalid library metadata"[..])?;
    let Some((first, options)) = words.split_first() else { return Err(b"ERR Invalid library metadata".to_vec()) };
    // A blank behind the mark leaves a name without letters.
    let engine = first.get(2..).unwrap_or_default();
    let mut name: Option<Vec<u8>> = None;
    for option in options {
        let given = option.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"name="));
        if !given {
            return Err(about("ERR Invalid metadata value given: ", option, ""));
        }
        if name.is_some() {
            return Err(b"ERR Invalid metadata value, name argument was given multiple times".to_vec());
        }
        name = Some(option[5..].to_vec());
    }
    let name = name.ok_or(&b"ERR Library name was not given"[..])?;
    if !is_name(&name) {
        return Err(format!("ERR {BAD_NAME}").into_bytes());
    }
    if !engine.eq_ignore_ascii_case(b"lua") {
        return Err(about("ERR Engine '", engine, "' not found"));
    }
    Ok(Library { name, code: &code[end..] })
}

/// Error for an invalid name of a library; also of a function, except by Valkey 9.1.
pub(crate) const BAD_NAME: &str =
    "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

/// True if a library or a function can have this name.
pub(crate) fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}
