//! Names of commands, categories and modules as servers write them.

use commands::{CommandSpec, Target};

/// The categories of commands in the servers' order.
pub(crate) const CATEGORIES: &[&str] = &[
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
];

/// The module that a server has a command from: Redis 8 has vector sets as a module built in.
pub(crate) fn module_of(spec: &CommandSpec) -> Option<&'static str> {
    (spec.group == "vector_set").then_some("vectorset")
}

/// The name as the servers write it: `config|get`. Commands of modules have the case of the module.
pub(crate) fn name_of(spec: &CommandSpec) -> String {
    if module_of(spec).is_some() {
        return spec.name.to_owned();
    }
    spec.name.to_ascii_lowercase().replace(' ', "|")
}

/// Returns true if the table has a command in an ACL category of the target.
pub(crate) fn has_category(spec: &CommandSpec, target: Target, category: &str) -> bool {
    spec.facts(target.family).is_some_and(|facts| facts.acl.contains(&category))
}
