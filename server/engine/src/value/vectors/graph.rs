//! The links between elements, made and mended by the servers' rules for one layer. They go both ways.

use std::cmp::Ordering;

use super::{Bytes, VectorSet};

/// Rule by which a new element gets links, from the first attempt to the last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Insistence {
    /// Only to candidates that are nearer than their links so far, and that lose nothing better by it.
    Choosy,
    /// To any that can spare a link.
    Eager,
    /// To any, though that has more links than it should.
    Desperate,
}

impl VectorSet {
    /// Most links of an element.
    fn capacity(&self) -> usize {
        2 * self.links
    }

    fn links_of(&self, name: &[u8]) -> &[Bytes] {
        self.elements.get(name).map_or(&[], |element| &element.links)
    }

    pub(crate) fn distance_between(&self, a: &[u8], b: &[u8]) -> f32 {
        match (self.elements.get(a), self.elements.get(b)) {
            (Some(a), Some(b)) => a.vector.distance(&b.vector, self.dimension, self.arithmetic),
            _ => 2.0,
        }
    }

    /// Similarity of two elements from 0 to 1, of an element to a neighbor in `VLINKS`.
    pub fn similarity_between(&self, a: &[u8], b: &[u8]) -> f32 {
        (1.0 - f64::from(self.distance_between(a, b)) / 2.0) as f32
    }

    fn connect(&mut self, a: &Bytes, b: &Bytes) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(element) = self.elements.get_mut(from) {
                element.links.push(to.clone());
            }
        }
    }

    /// Links a new element to some of the candidates, the nearest being first.
    pub(super) fn link(&mut self, name: &Bytes, candidates: Vec<(Bytes, f32)>) {
        self.link_to(name, &candidates, self.links, Insistence::Choosy);
        if self.links_of(name).len() < self.links / 2 {
            self.link_to(name, &candidates, self.links, Insistence::Eager);
            if self.links_of(name).len() < self.links / 4 {
                self.link_to(name, &candidates, self.links / 4, Insistence::Desperate);
            }
        }
    }

    fn link_to(&mut self, name: &Bytes, candidates: &[(Bytes, f32)], wanted: usize, insistence: Insistence) {
        for (candidate, distance) in candidates {
            let links = self.links_of(name);
            if links.len() >= wanted.min(self.capacity()) {
                return;
            }
            let refused = match insistence {
                Insistence::Choosy => links.iter().any(|link| self.distance_between(candidate, link) < *distance),
                _ => links.contains(candidate),
            };
            if refused || candidate == name {
                continue;
            }
            if self.links_of(candidate).len() < self.capacity() {
                self.connect(name, candidate);
            } else if let Some(at) = self.replaceable(candidate, *distance, insistence) {
                self.replace(candidate, at, name);
            } else if insistence == Insistence::Desperate && self.links_of(candidate).len() < 3 * self.links {
                self.connect(name, candidate);
            }
        }
    }

    /// The place of the link that an element without room for more gives up for one of this distance.
    fn replaceable(&self, name: &[u8], distance: f32, insistence: Insistence) -> Option<usize> {
        let far = |at: &usize| self.distance_between(name, &self.links_of(name)[*at]);
        let farther = |a: &usize, b: &usize| {
            far(a).total_cmp(&far(b)).then(if a < b { Ordering::Greater } else { Ordering::Less })
        };
        let keeps = |at: &usize, least: usize| self.links_of(&self.links_of(name)[*at]).len() > least;
        let farthest = (0..self.links_of(name).len()).max_by(farther)?;
        match insistence {
            Insistence::Choosy => Some(farthest).filter(|at| distance < far(at) && keeps(at, self.links / 2)),
            Insistence::Eager => Some(farthest).filter(|at| keeps(at, self.links / 4)),
            Insistence::Desperate => {
                (0..self.links_of(name).len()).filter(|at| keeps(at, self.links / 4)).max_by(farther)
            }
        }
    }

    /// Gives an element a link to `new` for the one at a place.
    fn replace(&mut self, name: &Bytes, at: usize, new: &Bytes) {
        let Some(link) = self.elements.get_mut(name).and_then(|element| element.links.get_mut(at)) else { return };
        let old = std::mem::replace(link, new.clone());
        if let Some(element) = self.elements.get_mut(&old) {
            element.links.retain(|link| link != name);
        }
        if let Some(element) = self.elements.get_mut(new) {
            element.links.push(name.clone());
        }
    }

    /// Removes the links to an element that is gone, and links its neighbors in pairs, the nearest first, where they are not yet.
    pub(super) fn unlink(&mut self, name: &[u8], neighbors: &[Bytes]) {
        for neighbor in neighbors {
            if let Some(element) = self.elements.get_mut(neighbor) {
                element.links.retain(|link| **link != *name);
            }
        }
        let mut pairs = Vec::new();
        for (at, a) in neighbors.iter().enumerate() {
            for b in &neighbors[at + 1..] {
                if !self.links_of(a).contains(b) {
                    pairs.push((self.distance_between(a, b), a, b));
                }
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut paired: Vec<&Bytes> = Vec::new();
        for (_, a, b) in pairs {
            let has_room = [a, b].iter().all(|name| self.links_of(name).len() < self.capacity());
            if has_room && !paired.contains(&a) && !paired.contains(&b) {
                self.connect(a, b);
                paired.extend([a, b]);
            }
        }
    }
}
