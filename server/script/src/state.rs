//! A key's value as it is shown before and after a run.

use engine::{
    Engine,
    keyspace::Entry,
    value::{Value, stream::Id},
};
use protocol::Reply;

use crate::{Server, State};

/// Items that are shown of one value.
const SHOWN: usize = 1000;

/// The value of a key.
pub(crate) fn of(entry: &Entry, engine: &Engine) -> State {
    let pair = |a: Reply, b: Reply| Reply::Array(vec![a, b]);
    let (len, value) = match &*entry.value {
        Value::Text(text) => (text.len(), Reply::Bulk(text.to_vec())),
        Value::List(list) => (list.len(), Reply::Array(list.iter().take(SHOWN).map(Reply::bulk).collect())),
        Value::Set(set) => (set.len(), Reply::Set(set.iter().take(SHOWN).map(Reply::bulk).collect())),
        Value::Hash(hash) => {
            let pairs = hash.iter().take(SHOWN).map(|(name, field)| (Reply::bulk(name), Reply::bulk(&field.value)));
            (hash.len(), Reply::Map(pairs.collect()))
        }
        Value::Zset(zset) => {
            let pairs = zset
                .iter()
                .take(SHOWN)
                .map(|(member, score)| pair(Reply::bulk(member), Reply::Double(engine.digits(score))));
            (zset.len(), Reply::Array(pairs.collect()))
        }
        Value::VectorSet(set) => {
            let pairs = set.newest_first().into_iter().rev().take(SHOWN).map(|(name, element)| {
                let numbers = element.vector.to_floats(set.dimension());
                let numbers = numbers.iter().map(|number| Reply::Double(engine.digits(f64::from(*number))));
                (Reply::bulk(name), Reply::Array(numbers.collect()))
            });
            (set.len(), Reply::Map(pairs.collect()))
        }
        Value::Stream(stream) => {
            let entries = stream.range(Id::MIN, Id::MAX).take(SHOWN).map(|(id, entry)| {
                let fields = entry.fields.iter().flat_map(|(name, value)| [Reply::bulk(name), Reply::bulk(value)]);
                pair(Reply::bulk(id.to_string()), Reply::Array(fields.collect()))
            });
            (stream.len(), Reply::Array(entries.collect()))
        }
    };
    State { kind: entry.value.type_name(), value, len, expires: entry.expires }
}

impl Server {
    /// The keys of each database as a client would find them now, sorted, at most `most`; and the number of further ones.
    pub fn contents(&mut self, most: usize) -> (Vec<(usize, Vec<u8>, State)>, usize) {
        self.engine.tick();
        let (mut found, mut count) = (Vec::new(), 0);
        for db in 0..self.engine.keyspace.databases() {
            self.engine.expire(db);
            let keys = self.engine.keyspace.keys(db);
            count += keys.len();
            let shown = keys.take(most - found.len()).map(|(key, entry)| (db, key.to_vec(), of(entry, &self.engine)));
            found.extend(shown);
        }
        found.sort_unstable_by(|(a, key, _), (b, other, _)| (a, key).cmp(&(b, other)));
        let more = count - found.len();
        (found, more)
    }
}
