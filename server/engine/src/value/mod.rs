//! The values of keys, one file a data type, and the names of their encodings.

mod bytes;
mod deque;
mod dict;
pub mod geo;
mod hash;
pub mod hll;
pub mod idempotency;
mod list;
pub mod listpack;
mod set;
pub mod stream;
mod stream_id;
mod string;
pub mod vectors;
mod zset;

use std::sync::Arc;

pub use bytes::{Bytes, bytes};
pub use dict::Dict;
pub use hash::{Field, Hash};
pub use list::List;
pub use set::Set;
pub use stream::Stream;
pub use string::Text;
pub use vectors::VectorSet;
pub use zset::Zset;

use crate::config::Config;

/// The value of a key.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string, also a bitmap or a HyperLogLog.
    Text(Text),
    /// A list.
    List(List),
    /// A hash.
    Hash(Hash),
    /// A set.
    Set(Set),
    /// A sorted set, also of places.
    Zset(Zset),
    /// A stream.
    Stream(Stream),
    /// A vector set.
    VectorSet(VectorSet),
}

impl Value {
    /// The name that `TYPE` gives.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::List(_) => "list",
            Self::Hash(_) => "hash",
            Self::Set(_) => "set",
            Self::Zset(_) => "zset",
            Self::Stream(_) => "stream",
            Self::VectorSet(_) => "vectorset",
        }
    }

    /// Ends the run unless there is memory and time for a copy. Large dictionaries and lists share their parts with it.
    fn afford_copy(&self) {
        match self {
            Self::Text(text) => meter::afford(text.len()),
            Self::Stream(stream) => {
                meter::tick(stream.len());
                meter::afford(stream.len().saturating_mul(256));
            }
            Self::List(list) => meter::afford(list.len()),
            Self::Hash(hash) => meter::afford(hash.len()),
            Self::Set(set) => meter::afford(set.len()),
            Self::Zset(zset) => meter::afford(zset.len()),
            Self::VectorSet(set) => meter::afford(set.len()),
        }
    }

    /// Returns the value to be changed: a copy if it is shared, for example with the journal.
    pub(crate) fn make_mut(this: &mut Arc<Self>) -> &mut Self {
        if Arc::strong_count(this) > 1 {
            this.afford_copy();
        }
        Arc::make_mut(this)
    }

    /// True if it is empty, so that the key is deleted. A stream may be empty.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(_) | Self::Stream(_) => false,
            Self::List(list) => list.is_empty(),
            Self::Hash(hash) => hash.is_empty(),
            Self::Set(set) => set.is_empty(),
            Self::Zset(zset) => zset.is_empty(),
            Self::VectorSet(set) => set.is_empty(),
        }
    }

    /// The name that `OBJECT ENCODING` gives. The compact form was a ziplist before 7.0.
    pub fn encoding(&self, config: &Config) -> &'static str {
        let compact = if config.has_listpacks { "listpack" } else { "ziplist" };
        match self {
            Self::Text(text) => text.encoding(config.embedded),
            // Lists have a compact form only since 7.2.
            Self::List(list) if list.is_compact() && config.has_compact_lists => "listpack",
            Self::List(_) => "quicklist",
            Self::Hash(hash) if hash.is_compact() => match hash.had_expiries() {
                true if !config.has_compact_expiries => "hashtable",
                true => "listpackex",
                false => compact,
            },
            Self::Hash(_) => "hashtable",
            Self::Set(set) => set.encoding(),
            Self::Zset(zset) if zset.is_compact() => compact,
            Self::Zset(_) => "skiplist",
            Self::Stream(_) => "stream",
            // Of values of modules a server knows no more.
            Self::VectorSet(_) => "raw",
        }
    }
}

/// A data type, found in a [`Value`].
pub trait Kind: Sized {
    /// The value as this type, if it is of it.
    fn of(value: &Value) -> Option<&Self>;
    /// The value as this type, to be changed.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    /// A value of this type.
    fn wrap(self) -> Value;
}

macro_rules! kinds {
    ($($kind:ident),*) => {$(
        impl Kind for $kind {
            fn of(value: &Value) -> Option<&Self> {
                if let Value::$kind(it) = value { Some(it) } else { None }
            }

            fn of_mut(value: &mut Value) -> Option<&mut Self> {
                if let Value::$kind(it) = value { Some(it) } else { None }
            }

            fn wrap(self) -> Value {
                Value::$kind(self)
            }
        }
    )*};
}

kinds!(Text, List, Hash, Set, Zset, Stream, VectorSet);
