//! Queues with two ends. A large one is copied cheaply: the copy shares all parts that neither of the two has changed
//! since.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use super::Bytes;

/// Items of a part at most.
const PART: usize = 512;

/// A queue.
#[derive(Clone, Default, Debug)]
pub(super) struct Deque {
    len: usize,
    /// None of them is empty.
    parts: VecDeque<Arc<VecDeque<Bytes>>>,
}

impl Deque {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Bytes> + ExactSizeIterator {
        Iter { front: self.parts.iter(), left: self.len, first: None, last: None }
    }

    /// The part that a place is in, and where in it. The walk is from the nearer end.
    fn part(&self, at: usize) -> Option<(usize, usize)> {
        meter::tick(1 + at.min(self.len.saturating_sub(at)) / PART);
        if at >= self.len {
            return None;
        }
        if at <= self.len / 2 {
            let mut rest = at;
            for (nth, part) in self.parts.iter().enumerate() {
                if rest < part.len() {
                    return Some((nth, rest));
                }
                rest -= part.len();
            }
        } else {
            let mut behind = self.len - at;
            for (nth, part) in self.parts.iter().enumerate().rev() {
                if behind <= part.len() {
                    return Some((nth, part.len() - behind));
                }
                behind -= part.len();
            }
        }
        None
    }

    pub(super) fn get(&self, at: usize) -> Option<&Bytes> {
        let (part, at) = self.part(at)?;
        self.parts.get(part)?.get(at)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Bytes> {
        let (part, at) = self.part(at)?;
        Arc::make_mut(self.parts.get_mut(part)?).get_mut(at)
    }

    pub(super) fn push_front(&mut self, item: Bytes) {
        meter::tick(1);
        self.len += 1;
        match self.parts.front_mut().filter(|part| part.len() < PART) {
            Some(part) => Arc::make_mut(part).push_front(item),
            None => self.parts.push_front(Arc::new(VecDeque::from([item]))),
        }
    }

    pub(super) fn push_back(&mut self, item: Bytes) {
        meter::tick(1);
        self.len += 1;
        match self.parts.back_mut().filter(|part| part.len() < PART) {
            Some(part) => Arc::make_mut(part).push_back(item),
            None => self.parts.push_back(Arc::new(VecDeque::from([item]))),
        }
    }

    pub(super) fn pop_front(&mut self) -> Option<Bytes> {
        self.remove(0)
    }

    pub(super) fn pop_back(&mut self) -> Option<Bytes> {
        self.remove(self.len.checked_sub(1)?)
    }

    /// Puts an item at a place, which is at most behind the last.
    pub(super) fn insert(&mut self, at: usize, item: Bytes) {
        let Some((nth, at)) = self.part(at) else { return self.push_back(item) };
        let Some(part) = self.parts.get_mut(nth).map(Arc::make_mut) else { return };
        self.len += 1;
        part.insert(at, item);
        if part.len() > PART {
            let tail = part.split_off(PART / 2);
            self.parts.insert(nth + 1, Arc::new(tail));
        }
    }

    pub(super) fn remove(&mut self, at: usize) -> Option<Bytes> {
        let (nth, at) = self.part(at)?;
        let part = Arc::make_mut(self.parts.get_mut(nth)?);
        let item = part.remove(at)?;
        self.len -= 1;
        if part.is_empty() {
            self.parts.remove(nth);
        }
        Some(item)
    }

    /// Keeps the items of a range only.
    pub(super) fn trim(&mut self, range: Range<usize>) {
        let mut start = 0;
        let kept = std::mem::take(&mut self.parts);
        self.len = 0;
        for mut part in kept {
            let end = start + part.len();
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                if to - from < part.len() {
                    let part = Arc::make_mut(&mut part);
                    part.truncate(to - start);
                    part.drain(..from - start);
                }
                self.len += part.len();
                self.parts.push_back(part);
            }
            start = end;
        }
    }
}

type Part<'a> = std::collections::vec_deque::Iter<'a, Bytes>;

/// The items in order, with how many are left.
struct Iter<'a> {
    front: std::collections::vec_deque::Iter<'a, Arc<VecDeque<Bytes>>>,
    first: Option<Part<'a>>,
    last: Option<Part<'a>>,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Bytes;

    fn next(&mut self) -> Option<&'a Bytes> {
        meter::tick(1);
        self.left = self.left.saturating_sub(1);
        loop {
            if let Some(item) = self.first.as_mut().and_then(Iterator::next) {
                return Some(item);
            }
            match self.front.next() {
                Some(part) => self.first = Some(part.iter()),
                None => return self.last.as_mut()?.next(),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }

    fn nth(&mut self, mut n: usize) -> Option<&'a Bytes> {
        // Parts that are left out as a whole are not walked through.
        let mut here = self.first.as_ref().map_or(0, ExactSizeIterator::len);
        while n >= here {
            let Some(part) = self.front.next() else { break };
            n -= here;
            self.left -= here;
            here = part.len();
            self.first = Some(part.iter());
        }
        for _ in 0..n {
            self.next()?;
        }
        self.next()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        meter::tick(1);
        self.left = self.left.saturating_sub(1);
        loop {
            if let Some(item) = self.last.as_mut().and_then(DoubleEndedIterator::next_back) {
                return Some(item);
            }
            match self.front.next_back() {
                Some(part) => self.last = Some(part.iter()),
                None => return self.first.as_mut()?.next_back(),
            }
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn does_as_the_queue_in_one_piece() {
        let (mut deque, mut plain) = (Deque::default(), VecDeque::<Bytes>::new());
        let mut seed = 88_172_645_463_325_252u64;
        let mut copies = Vec::new();
        for round in 0..40_000u64 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let item: Bytes = round.to_string().into_bytes().into();
            let at = (seed >> 8) as usize % (plain.len() + 1);
            match seed % 9 {
                0 | 1 => (deque.push_front(item.clone()), plain.push_front(item)).0,
                2 | 3 => (deque.push_back(item.clone()), plain.push_back(item)).0,
                4 | 5 => (deque.insert(at, item.clone()), plain.insert(at, item)).0,
                6 => assert_eq!(deque.pop_front(), plain.pop_front()),
                7 => assert_eq!(deque.pop_back(), plain.pop_back()),
                _ => assert_eq!(deque.remove(at), plain.remove(at)),
            }
            assert_eq!((deque.len(), deque.get(at)), (plain.len(), plain.get(at)));
            if round % 10_000 == 0 {
                copies.push((deque.clone(), plain.clone()));
            }
        }
        let (from, to) = (700, plain.len() - 900);
        deque.trim(from..to);
        plain.truncate(to);
        plain.drain(..from);
        copies.push((deque, plain));
        for (deque, plain) in copies {
            assert!(deque.iter().eq(plain.iter()) && deque.iter().rev().eq(plain.iter().rev()));
            for at in [0, 1, 511, 512, 5000, plain.len().saturating_sub(1), plain.len()] {
                assert!(deque.iter().skip(at).eq(plain.iter().skip(at)));
                assert_eq!(deque.iter().skip(at).len(), plain.len().saturating_sub(at));
            }
            let (mut items, mut others) = (deque.iter(), plain.iter());
            assert_eq!((items.next_back(), items.nth(700)), (others.next_back(), others.nth(700)));
            for _ in 0..plain.len() / 2 + 1 {
                assert_eq!((items.next(), items.next_back()), (others.next(), others.next_back()));
                assert_eq!(items.len(), others.len());
            }
        }
    }
}
