//! The first line of scripts and libraries: `#!lua flags=…`, `#!lua name=…`.

use commands::{Family, Target, Version};
use protocol::split_line;

/// What a script or a function says of itself.
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
    /// What is left; the line break of the shebang's line is, so that lines keep their numbers.
    pub(crate) code: &'a [u8],
    pub(crate) flags: Flags,
    /// Whether there is no shebang.
    pub(crate) compatible: bool,
}

/// Reads a script's shebang.
///
/// # Errors
/// What the server says of one that it does not take.
pub(crate) fn script(code: &[u8], target: Target) -> Result<Script<'_>, String> {
    let plain = Script { code, flags: Flags::default(), compatible: true };
    // 6.2 has none: the compiler refuses the mark.
    if !code.starts_with(b"#!") || target < Target::redis(7, 0) {
        return Ok(plain);
    }
    let modern = target.is_at_least(Family::Valkey, Version::new(8, 1));
    let end = code.iter().position(|byte| *byte == b'\n').ok_or("ERR Invalid script shebang")?;
    let words = split_line(&code[..end]).map_err(|_| "ERR Invalid engine in script shebang")?;
    let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
    let Some((engine, options)) = words.split_first() else {
        return Err("ERR Invalid engine in script shebang".to_owned());
    };
    if modern {
        if !engine.eq_ignore_ascii_case(b"#!lua") {
            return Err(format!("ERR Could not find scripting engine '{}'", text(engine.get(2..).unwrap_or(&[]))));
        }
    } else if engine != b"#!lua" {
        return Err(format!("ERR Unexpected engine in script shebang: {}", text(engine)));
    }
    let mut flags = Flags::default();
    for option in options {
        let Some(names) = option.strip_prefix(b"flags=") else {
            return Err(format!("ERR Unknown lua shebang option: {}", text(option)));
        };
        for name in names.split(|byte| *byte == b',').filter(|name| !name.is_empty()) {
            match Flags::named(name, false) {
                Some(flag) => flags.add(flag),
                None => return Err(format!("ERR Unexpected flag in script shebang: {}", text(name))),
            }
        }
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
/// What the server says of one that it does not take.
pub(crate) fn library(code: &[u8]) -> Result<Library<'_>, String> {
    if !code.starts_with(b"#!") {
        return Err("ERR Missing library metadata".to_owned());
    }
    let end = code.iter().position(|byte| *byte == b'\n').ok_or("ERR Invalid library metadata")?;
    let words = split_line(&code[..end]).map_err(|_| "ERR Invalid library metadata")?;
    let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
    let Some((first, options)) = words.split_first() else { return Err("ERR Invalid library metadata".to_owned()) };
    // A blank behind the mark leaves a name without letters.
    let engine = first.get(2..).unwrap_or_default();
    let mut name: Option<Vec<u8>> = None;
    for option in options {
        let given = option.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"name="));
        if !given {
            return Err(format!("ERR Invalid metadata value given: {}", text(option)));
        }
        if name.is_some() {
            return Err("ERR Invalid metadata value, name argument was given multiple times".to_owned());
        }
        name = Some(option[5..].to_vec());
    }
    let name = name.ok_or("ERR Library name was not given")?;
    if !is_name(&name) {
        return Err(format!("ERR {BAD_NAME}"));
    }
    if !engine.eq_ignore_ascii_case(b"lua") {
        return Err(format!("ERR Engine '{}' not found", text(engine)));
    }
    Ok(Library { name, code: &code[end..] })
}

/// What is said of a name that is none; of functions' names too, but by Valkey 9.1.
pub(crate) const BAD_NAME: &str =
    "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

/// Whether a library or a function can have this name.
pub(crate) fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}
