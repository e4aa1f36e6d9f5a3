//! Keyspace notifications: the classes of events, the setting that chooses among them, and the messages.

use std::fmt;

/// A message that a command published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    /// The channel.
    pub channel: Vec<u8>,
    /// Payload.
    pub message: Vec<u8>,
    /// True if published by `SPUBLISH`.
    pub sharded: bool,
}

/// Class of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// Commands on keys of any type.
    Generic,
    /// Strings.
    String,
    /// Lists.
    List,
    /// Sets.
    Set,
    /// Hashes.
    Hash,
    /// Sorted sets.
    Zset,
    /// Keys that have expired.
    Expired,
    /// Keys evicted at `maxmemory`.
    Evicted,
    /// Streams.
    Stream,
    /// Keys of modules.
    Module,
    /// New keys (7.0).
    New,
    /// Overwritten keys (Redis 8.2).
    Overwritten,
    /// Keys overwritten with a value of another type (Redis 8.2).
    TypeChanged,
    /// Reads of a key that does not exist.
    Missed,
}

/// The classes in the order in which the servers print them, with their letters.
const LETTERS: &[(char, Class)] = &[
    ('g', Class::Generic),
    ('$', Class::String),
    ('l', Class::List),
    ('s', Class::Set),
    ('h', Class::Hash),
    ('z', Class::Zset),
    ('x', Class::Expired),
    ('e', Class::Evicted),
    ('t', Class::Stream),
    ('d', Class::Module),
    ('n', Class::New),
    ('o', Class::Overwritten),
    ('c', Class::TypeChanged),
    ('m', Class::Missed),
];

impl Class {
    const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// True if `A` stands for the class, too.
    fn is_in_all(self) -> bool {
        !matches!(self, Self::New | Self::Overwritten | Self::TypeChanged | Self::Missed)
    }
}

/// The value of `notify-keyspace-events`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Classes {
    classes: u32,
    keyspace: bool,
    keyevent: bool,
}

impl Classes {
    /// Parses letters of classes, `K`, `E` and `A`. `has` is true for the classes that the version has.
    pub(crate) fn parse(text: &str, has: impl Fn(Class) -> bool) -> Option<Self> {
        let mut all = Self::default();
        for letter in text.chars() {
            match letter {
                'K' => all.keyspace = true,
                'E' => all.keyevent = true,
                'A' => all.classes |= Self::all(),
                _ => {
                    let (_, class) = LETTERS.iter().find(|(known, class)| *known == letter && has(*class))?;
                    all.classes |= class.bit();
                }
            }
        }
        Some(all)
    }

    fn all() -> u32 {
        LETTERS.iter().filter(|(_, class)| class.is_in_all()).fold(0, |bits, (_, class)| bits | class.bit())
    }

    fn has(self, class: Class) -> bool {
        (self.keyspace || self.keyevent) && self.classes & class.bit() != 0
    }

    /// Appends the messages of an event of a key if its class is enabled: first to the channel of the key, then to that of
    /// the event.
    pub(crate) fn publish(self, out: &mut Vec<Published>, class: Class, event: &str, db: usize, key: &[u8]) {
        if !self.has(class) {
            return;
        }
        if self.keyspace {
            let channel = [format!("__keyspace@{db}__:").as_bytes(), key].concat();
            out.push(Published { channel, message: event.into(), sharded: false });
        }
        if self.keyevent {
            let channel = format!("__keyevent@{db}__:{event}").into_bytes();
            out.push(Published { channel, message: key.to_vec(), sharded: false });
        }
    }
}

impl fmt::Display for Classes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.classes & Self::all() == Self::all();
        if all {
            f.write_str("A")?;
        }
        // Beside `A` the servers print neither `n` nor `o` nor `c`, though they remember them.
        let shown = LETTERS.iter().filter(|(letter, class)| self.classes & class.bit() != 0 && !all && *letter != 'm');
        for (letter, _) in shown {
            write!(f, "{letter}")?;
        }
        for (set, letter) in
            [(self.keyspace, 'K'), (self.keyevent, 'E'), (self.classes & Class::Missed.bit() != 0, 'm')]
        {
            if set {
                write!(f, "{letter}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_printed_as_the_servers_print_them() {
        // Seen on Redis 8.2, which has all classes.
        for (given, printed) in [
            ("gnocmKE", "gnocKEm"),
            ("ocKEA", "AKE"),
            ("nmEKdtezxhsl$", "$lshzxetdnKEm"),
            ("mnA", "Am"),
            ("g$lshzxetd", "A"),
            ("", ""),
        ] {
            assert_eq!(Classes::parse(given, |_| true).map(|it| it.to_string()).as_deref(), Some(printed), "{given}");
        }
        assert_eq!(Classes::parse("gn", |class| class != Class::New), None);
        assert_eq!(Classes::parse("q", |_| true), None);
    }
}
