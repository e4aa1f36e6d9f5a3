//! Sorted sets: a dictionary of scores, and the members in order in chunks, so that a rank is found without a walk.

use protocol::number::to_usize;
use std::{cmp::Ordering, ops::Range, sync::Arc};

use super::{Bytes, Dict};
use crate::config::Config;

/// Chunks are split in two when they are longer.
const CHUNK: usize = 256;

/// A sorted set.
#[derive(Clone, Debug)]
pub struct Zset {
    scores: Dict<f64>,
    /// Shared with copies until they change.
    chunks: Vec<Arc<Vec<(f64, Bytes)>>>,
    compact: bool,
}

impl Default for Zset {
    fn default() -> Self {
        Self { scores: Dict::default(), chunks: Vec::new(), compact: true }
    }
}

fn compare(a: (f64, &[u8]), b: (f64, &[u8])) -> Ordering {
    a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal).then_with(|| a.1.cmp(b.1))
}

impl Zset {
    /// Number of members.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    pub(crate) fn is_compact(&self) -> bool {
        self.compact
    }

    /// The score of a member.
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(member).copied()
    }

    /// A member by its place in the dictionary, which has nothing to do with its rank.
    pub fn get_index(&self, at: usize) -> Option<(&Bytes, f64)> {
        self.scores.get_index(at).map(|(member, score)| (member, *score))
    }

    /// Sets a member's score. Returns true if the member is new.
    pub fn insert(&mut self, member: &[u8], score: f64, config: &Config) -> bool {
        let fits =
            self.compact && self.len() < to_usize(config.zset_entries) && member.len() <= to_usize(config.zset_value);
        let score = if score == 0.0 && fits && config.zero_has_no_sign { 0.0 } else { score };
        let (member, new) = match self.scores.get_full_mut(member) {
            Some((_, member, old)) => {
                if *old == score {
                    return false;
                }
                let (member, old) = (member.clone(), std::mem::replace(old, score));
                self.remove_from_order(old, &member);
                (member, false)
            }
            None => {
                let member: Bytes = member.into();
                self.scores.insert(member.clone(), score);
                (member, true)
            }
        };
        if self.len() > to_usize(config.zset_entries) || member.len() > to_usize(config.zset_value) {
            self.compact = false;
        }
        let at = self.chunk_of(score, &member).min(self.chunks.len().saturating_sub(1));
        match self.chunks.get_mut(at) {
            None => self.chunks.push(Arc::new(vec![(score, member)])),
            Some(chunk) => {
                let chunk = Arc::make_mut(chunk);
                let place = chunk.partition_point(|(s, m)| compare((*s, m), (score, &member)).is_lt());
                chunk.insert(place, (score, member));
                if chunk.len() > CHUNK {
                    let tail = chunk.split_off(CHUNK / 2);
                    self.chunks.insert(at + 1, Arc::new(tail));
                }
            }
        }
        new
    }

    /// The first chunk whose last member is not before the given one.
    fn chunk_of(&self, score: f64, member: &[u8]) -> usize {
        self.chunks
            .partition_point(|chunk| chunk.last().is_some_and(|(s, m)| compare((*s, m), (score, member)).is_lt()))
    }

    fn remove_from_order(&mut self, score: f64, member: &[u8]) {
        let at = self.chunk_of(score, member);
        let Some(chunk) = self.chunks.get_mut(at).map(Arc::make_mut) else { return };
        if let Ok(place) = chunk.binary_search_by(|(s, m)| compare((*s, m), (score, member))) {
            chunk.remove(place);
            if chunk.is_empty() {
                self.chunks.remove(at);
            }
        }
    }

    /// Removes a member; its score.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let score = self.scores.swap_remove(member)?;
        self.remove_from_order(score, member);
        Some(score)
    }

    /// Number of members before the first of those that `is_before` does not hold for.
    pub fn count_before(&self, is_before: impl Fn(f64, &[u8]) -> bool) -> usize {
        let at = self.chunks.partition_point(|chunk| chunk.last().is_some_and(|(s, m)| is_before(*s, m)));
        let inside = self.chunks.get(at).map_or(0, |chunk| chunk.partition_point(|(s, m)| is_before(*s, m)));
        self.chunks[..at].iter().map(|chunk| chunk.len()).sum::<usize>() + inside
    }

    /// A member's rank from the lowest score.
    pub fn rank(&self, member: &[u8]) -> Option<usize> {
        let score = self.score(member)?;
        Some(self.count_before(|s, m| compare((s, m), (score, member)).is_lt()))
    }

    /// The members of a range of ranks, in order.
    pub fn range(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = (&Bytes, f64)> {
        let mut parts = Vec::new();
        let mut start = 0;
        for chunk in &self.chunks {
            let end = start + chunk.len();
            if end > range.start && start < range.end {
                parts.push(&chunk[range.start.saturating_sub(start)..chunk.len().min(range.end - start)]);
            }
            start = end;
            if start >= range.end {
                break;
            }
        }
        parts.into_iter().flatten().map(|(score, member)| (member, *score)).inspect(|_| meter::tick(1))
    }

    /// All members in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Bytes, f64)> {
        let all = self.chunks.iter().flat_map(|chunk| chunk.iter());
        all.map(|(score, member)| (member, *score)).inspect(|_| meter::tick(1))
    }

    /// Leaves the compact form.
    pub fn make_table(&mut self) {
        self.compact = false;
    }

    /// Takes the compact form if it fits, as commands do that build a sorted set another way.
    pub fn make_compact_if_fits(&mut self, config: &Config) {
        self.compact = self.len() <= to_usize(config.zset_entries)
            && self.scores.iter().all(|(member, _)| member.len() <= to_usize(config.zset_value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn ranks_in_a_large_set() {
        let config = Config::new(commands::Target::DEFAULT);
        let mut zset = Zset::default();
        for n in 0..5000u32 {
            let n = n * 7919 % 5000;
            assert!(zset.insert(n.to_string().as_bytes(), f64::from(n / 2), &config));
        }
        let all: Vec<_> = zset.iter().map(|(member, score)| (score, member.to_vec())).collect();
        assert!(all.windows(2).all(|two| two[0] < two[1]));
        for at in [0, 1, 255, 256, 2499, 4999] {
            assert_eq!(zset.rank(&all[at].1), Some(at));
            assert_eq!(zset.range(at..at + 1).next().map(|(member, _)| member.to_vec()), Some(all[at].1.clone()));
        }
        assert_eq!(zset.range(10..4000).rev().count(), 3990);
        for n in 0..5000 {
            assert!(zset.remove(n.to_string().as_bytes()).is_some());
        }
        assert!(zset.is_empty() && zset.iter().next().is_none());
    }
}
