//! Versions as the servers report them. The command table knows minor versions only; the patch is that of the servers that the
//! engine is held against.

use commands::{Family, Target, Version};

/// The id of a run; the same for all runs.
pub const RUN_ID: &str = "7265646c75612d656d6265646465642d656e6769";

/// The version with its patch.
pub fn text(target: Target) -> String {
    let Version { major, minor } = target.version;
    let patch = match (target.family, major, minor) {
        (Family::Redis, 6, 2) => 14,
        (Family::Redis, 7, 0) => 15,
        (Family::Redis, 7, 2) => 4,
        (Family::Redis, 7, 4) => 1,
        (Family::Redis, 8, 0) => 6,
        (Family::Redis, 8, 2) => 3,
        (Family::Redis, 8, 6) => 2,
        (Family::Valkey, 7, 2) => 5,
        (Family::Valkey, 8, 0) => 1,
        (Family::Valkey, 8, 1) => 8,
        (Family::Valkey, 9, 1) => 2,
        _ => 0,
    };
    format!("{major}.{minor}.{patch}")
}

/// The version of Redis that the server says it is; Valkey stays what it was when it parted.
pub fn redis(target: Target) -> String {
    match target.family {
        Family::Redis => text(target),
        Family::Valkey => "7.2.4".to_owned(),
    }
}
