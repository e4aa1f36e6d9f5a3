//! Commands whose parsers do not follow the servers' own description.

use crate::{
    CommandSpec,
    spec::{Argument, ArgumentKind},
};

/// Commands whose servers accept more than they describe, or describe it in a way that this reading does not follow.
pub(crate) const LENIENT: &[&str] = &[
    // Operations and OVERFLOW come in any order and number.
    "BITFIELD",
    "BITFIELD_RO",
    // Words after the first are free text.
    "CLIENT KILL",
    "CLIENT LIST",
    "CONFIG SET",
    "DEBUG",
    "LOLWUT",
    "MEMORY HELP",
    "OBJECT HELP",
    "HELLO",
    "INFO",
    "MIGRATE",
    "MODULE LOADEX",
    "SHUTDOWN",
    "FAILOVER",
    // STORE and STOREDIST exclude the WITH… options in ways the grammar does not say.
    "GEORADIUS",
    "GEORADIUSBYMEMBER",
    // Its arguments are another command's.
    "COMMAND GETKEYS",
    "COMMAND GETKEYSANDFLAGS",
    "ACL SETUSER",
    "ACL DRYRUN",
];

/// Commands whose servers ignore words after the last that they know.
pub(super) const OPEN_ENDED: &[&str] = &["XPENDING"];

/// Returns the kind of an argument, corrected where the servers' description is wrong.
pub(super) fn kind(spec: Option<&CommandSpec>, arg: &Argument) -> ArgumentKind {
    let name = spec.map_or("", |spec| spec.name);
    match (name, arg.name) {
        // Read by `strtoul`, which takes more than the integers of other arguments.
        (_, "cursor") => ArgumentKind::String,
        // Said to be integers, read as floating-point numbers.
        ("ZINCRBY", "increment") | (_, "weight") => ArgumentKind::Double,
        _ => arg.kind,
    }
}

/// True if two options may be combined although the grammar offers a choice.
pub(super) fn allowed_together(spec: Option<&CommandSpec>, first: &str, second: &str) -> bool {
    let name = spec.map_or("", |spec| spec.name);
    let pair = |one: &str, other: &str| [(one, other), (other, one)].contains(&(first, second));
    match name {
        // Only NX excludes the others, and GT excludes LT.
        "EXPIRE" | "PEXPIRE" | "EXPIREAT" | "PEXPIREAT" | "HEXPIRE" | "HPEXPIRE" | "HEXPIREAT" | "HPEXPIREAT" => {
            pair("XX", "GT") || pair("XX", "LT")
        }
        // The last order is taken.
        _ => pair("ASC", "DESC"),
    }
}
