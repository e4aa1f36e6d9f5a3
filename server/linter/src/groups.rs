//! The rules by what they are about, for lists that people read.

/// Rules about one thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// Syntax, names, includes.
    Names,
    /// Words of commands.
    Commands,
    /// KEYS, ARGV and cluster slots.
    Keys,
    /// Replies, and values that may be missing.
    Replies,
    /// Conversions of what a script returns.
    Client,
    /// Function libraries and their flags.
    Libraries,
    /// Lua types and numbers.
    Types,
    /// Values to JSON and back.
    Json,
    /// Time and size.
    Cost,
    /// Replication, random numbers and the clock.
    Time,
    /// Code that most likely does not do what was meant.
    Suspicious,
    /// Code that nothing uses.
    Unused,
    /// Scripts in strings of other languages.
    Hosts,
}

impl Group {
    /// All groups in the order of lists.
    pub const ALL: &[Self] = &[
        Self::Names,
        Self::Commands,
        Self::Keys,
        Self::Replies,
        Self::Client,
        Self::Libraries,
        Self::Types,
        Self::Json,
        Self::Cost,
        Self::Time,
        Self::Suspicious,
        Self::Unused,
        Self::Hosts,
    ];

    /// Heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Names => "Syntax, names and includes",
            Self::Commands => "Commands",
            Self::Keys => "Keys and arguments",
            Self::Replies => "Replies and missing values",
            Self::Client => "What the client gets",
            Self::Libraries => "Function libraries and flags",
            Self::Types => "Types and numbers",
            Self::Json => "JSON",
            Self::Cost => "Cost",
            Self::Time => "Replication and time",
            Self::Suspicious => "Suspicious code",
            Self::Unused => "Unused and left over",
            Self::Hosts => "Scripts in other languages",
        }
    }
}
