//! The servers that scripts are written for: family and version.

use std::{fmt, str::FromStr};

/// A family of servers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Family {
    /// Redis.
    Redis,
    /// Valkey, which parted from Redis at 7.2.4.
    Valkey,
}

impl Family {
    /// The family's name as users write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Valkey => "valkey",
        }
    }

    /// The family's name in a sentence.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Redis => "Redis",
            Self::Valkey => "Valkey",
        }
    }
}

/// A version up to the minor number: patches change no command.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version {
    /// Major number.
    pub major: u8,
    /// Minor number.
    pub minor: u8,
}

impl Version {
    /// `major.minor`
    pub const fn new(major: u8, minor: u8) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A server version that a script is meant for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Target {
    /// The family.
    pub family: Family,
    /// The version.
    pub version: Version,
}

const fn target(family: Family, major: u8, minor: u8) -> Target {
    Target { family, version: Version::new(major, minor) }
}

impl Target {
    /// The versions whose commands are known, oldest first within a family.
    pub const KNOWN: &[Self] = &[
        target(Family::Redis, 6, 2),
        target(Family::Redis, 7, 0),
        target(Family::Redis, 7, 2),
        target(Family::Redis, 7, 4),
        target(Family::Redis, 8, 0),
        target(Family::Redis, 8, 2),
        target(Family::Redis, 8, 4),
        target(Family::Redis, 8, 6),
        target(Family::Valkey, 7, 2),
        target(Family::Valkey, 8, 0),
        target(Family::Valkey, 8, 1),
        target(Family::Valkey, 9, 0),
        target(Family::Valkey, 9, 1),
    ];

    /// Target of scripts that name none: the newest of both families would refuse what only one
    /// has, and most scripts run on Redis 7 and what is compatible with it.
    pub const DEFAULT: Self = target(Family::Redis, 7, 2);

    /// Redis at a version.
    pub const fn redis(major: u8, minor: u8) -> Self {
        target(Family::Redis, major, minor)
    }

    /// Valkey at a version.
    pub const fn valkey(major: u8, minor: u8) -> Self {
        target(Family::Valkey, major, minor)
    }

    /// True if `[[` inside `[[ … ]]` is text, as the security releases of October 2025 made it; Lua 5.1 refuses it. The
    /// servers that 6.2, 7.2, 7.4, Valkey 7.2 and Valkey 8.0 stand for are older.
    pub fn nests_brackets(self) -> bool {
        match self.family {
            Family::Redis => self.version == Version::new(7, 0) || self.version >= Version::new(8, 0),
            Family::Valkey => self.version >= Version::new(8, 1),
        }
    }

    /// True if the server is of `family` at `version` or later.
    pub fn is_at_least(self, family: Family, version: Version) -> bool {
        self.family == family && self.version >= version
    }

    /// True if the server has the features of a version of Redis up to 7.2: any Valkey does, which began as that version.
    pub fn since(self, major: u8, minor: u8) -> bool {
        self.family == Family::Valkey || self.version >= Version::new(major, minor)
    }

    /// True if the server is Redis from a version on.
    pub fn redis_since(self, major: u8, minor: u8) -> bool {
        self.is_at_least(Family::Redis, Version::new(major, minor))
    }

    /// True if the server is Valkey from a version on.
    pub fn valkey_since(self, major: u8, minor: u8) -> bool {
        self.is_at_least(Family::Valkey, Version::new(major, minor))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family.as_str(), self.version)
    }
}

/// A text that names no known server version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownTarget(pub String);

impl fmt::Display for UnknownTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<String> = Target::KNOWN.iter().map(|target| format!("\"{target}\"")).collect();
        write!(f, "unknown target \"{}\": the known ones are {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownTarget {}

/// A text that names no known servers, neither one nor several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownTargets(pub String);

impl fmt::Display for UnknownTargets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = UnknownTarget(self.0.clone());
        write!(f, "{one}, ranges such as \"redis 6.2..8.6\" or \"valkey 8.0..\", and \"all\"")
    }
}

impl std::error::Error for UnknownTargets {}

/// Signs that may stand between a family and its version.
const SEPARATORS: [char; 7] = [' ', '-', '_', '=', ':', 'v', '@'];

/// The family that a text before a version names.
fn family(text: &str) -> Option<Family> {
    match text.trim().to_ascii_lowercase().trim_end_matches(SEPARATORS) {
        "redis" => Some(Family::Redis),
        "valkey" | "valke" => Some(Family::Valkey),
        _ => None,
    }
}

impl FromStr for Target {
    type Err = UnknownTarget;

    /// Reads `redis 7.0`, `redis-7.0`, `Redis7`, `valkey 8`: a lone major number is its newest known minor.
    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        let unknown = || UnknownTarget(text.to_owned());
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.find(|c: char| c.is_ascii_digit()).ok_or_else(unknown)?;
        let family = family(&lower[..digits]).ok_or_else(unknown)?;
        let mut numbers = lower[digits..].trim_end_matches(".x").split('.');
        let major: u8 = numbers.next().and_then(|part| part.parse().ok()).ok_or_else(unknown)?;
        let minor: Option<u8> = match numbers.next() {
            Some(part) => Some(part.parse().map_err(|_| unknown())?),
            None => None,
        };
        Self::KNOWN
            .iter()
            .rev()
            .find(|known| {
                known.family == family
                    && known.version.major == major
                    && minor.is_none_or(|minor| known.version.minor == minor)
            })
            .copied()
            .ok_or_else(unknown)
    }
}

/// Servers in one text: `all`, a target, a range with both ends in it (`redis 6.2..8.6`, `valkey 8.0..`, `redis ..7.2`), or several
/// of these with commas between. Sorted, without doubles, never empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Targets(pub Vec<Target>);

impl FromStr for Targets {
    type Err = UnknownTargets;

    fn from_str(text: &str) -> Result<Self, UnknownTargets> {
        let mut targets = Vec::new();
        for part in text.split(',') {
            targets.extend(some(part.trim())?);
        }
        targets.sort_unstable();
        targets.dedup();
        Ok(Self(targets))
    }
}

/// The targets of one part of a list.
fn some(text: &str) -> Result<Vec<Target>, UnknownTargets> {
    if text.eq_ignore_ascii_case("all") {
        return Ok(Target::KNOWN.to_vec());
    }
    let Some((start, end)) = text.split_once("..") else {
        return text.parse().map(|target| vec![target]).map_err(|UnknownTarget(text)| UnknownTargets(text));
    };
    let unknown = || UnknownTargets(text.to_owned());
    let (start, end) = (start.trim(), end.trim());
    let digits = start.find(|c: char| c.is_ascii_digit()).unwrap_or(start.len());
    let (name, start) = start.split_at(digits);
    // The end may repeat the family: `redis 6.2..redis 8.6`.
    let end = match end.find(|c: char| c.is_ascii_digit()) {
        Some(at)
            if at > 0
                && !end[..at].trim_end_matches(SEPARATORS).eq_ignore_ascii_case(name.trim_end_matches(SEPARATORS)) =>
        {
            return Err(unknown());
        }
        Some(at) => &end[at..],
        None if end.is_empty() => end,
        None => return Err(unknown()),
    };
    let family = family(name).ok_or_else(unknown)?;
    let known = || Target::KNOWN.iter().copied().filter(|target| target.family == family);
    let fits = |target: &Target, text: &str| {
        let mut numbers = text.trim_end_matches(".x").split('.').map(str::parse::<u8>);
        let major = numbers.next() == Some(Ok(target.version.major));
        major && numbers.next().is_none_or(|minor| minor == Ok(target.version.minor))
    };
    let first = known().find(|target| start.is_empty() || fits(target, start)).ok_or_else(unknown)?;
    let last = known().rfind(|target| end.is_empty() || fits(target, end)).ok_or_else(unknown)?;
    let range: Vec<Target> = known().filter(|target| (first..=last).contains(target)).collect();
    if range.is_empty() { Err(unknown()) } else { Ok(range) }
}

/// Targets in words: those that follow each other as a range, `redis 6.2 to 7.2 and valkey 8.0`.
pub fn listed(targets: &[Target]) -> String {
    let place = |target: &Target| Target::KNOWN.iter().position(|known| known == target);
    let mut runs: Vec<Vec<Target>> = Vec::new();
    for &target in targets {
        let follows = |run: &&mut Vec<Target>| {
            let last = run.last()?;
            Some(last.family == target.family && place(last)? + 1 == place(&target)?)
        };
        match runs.last_mut().filter(|run| follows(run) == Some(true)) {
            Some(run) => run.push(target),
            None => runs.push(vec![target]),
        }
    }
    let mut words: Vec<String> = Vec::new();
    for run in runs {
        match run.as_slice() {
            [first, .., last] if run.len() > 2 => words.push(format!("{first} to {}", last.version)),
            few => words.extend(few.iter().map(Target::to_string)),
        }
    }
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_targets_are_one_text() {
        let read = |text: &str| text.parse::<Targets>().map(|targets| listed(&targets.0)).map_err(|it| it.0);
        for (text, targets) in [
            ("redis 7.0", "redis 7.0"),
            ("redis 6.2..7.2", "redis 6.2 to 7.2"),
            ("redis-6.2 .. 7", "redis 6.2 to 7.4"),
            ("Redis 6.2..redis 7.0", "redis 6.2 and redis 7.0"),
            ("redis 7.2.4..8.0.1", "redis 7.2 to 8.0"),
            ("valkey 9..", "valkey 9.0 and valkey 9.1"),
            ("redis ..7.0, valkey 8.x", "redis 6.2, redis 7.0 and valkey 8.1"),
            ("redis..", "redis 6.2 to 8.6"),
            ("ALL", "redis 6.2 to 8.6 and valkey 7.2 to 9.1"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(targets), "{text}");
        }
        for text in
            ["redis 8.6..6.2", "redis 6.0..7.0", "redis 6.2..valkey 8.0", "..", "keydb 6..", "redis 6.2..x", "", "all,"]
        {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!("all".parse::<Targets>().map(|it| it.0), Ok(Target::KNOWN.to_vec()));
    }

    #[test]
    fn targets_are_read_as_people_write_them() {
        for (text, target) in [
            ("redis 7.0", Target::redis(7, 0)),
            ("Redis-7.2.4", Target::redis(7, 2)),
            ("redis 8.x", Target::redis(8, 6)),
            ("valkey 8", Target::valkey(8, 1)),
            (" valkey9.1 ", Target::valkey(9, 1)),
        ] {
            assert_eq!(text.parse(), Ok(target), "{text}");
        }
        for text in ["redis", "redis 5.0", "keydb 6.2", "valkey 7.0", "7.0", "redis 7.y"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
        for &target in Target::KNOWN {
            assert_eq!(target.to_string().parse(), Ok(target));
        }
    }
}
