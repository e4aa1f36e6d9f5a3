//! Vector sets (Redis 8.0): elements with a vector each, and the bottom layer of the graph that the servers search.
//!
//! Searches here are exact, and so find what the servers find as long as those look at every element. Servers put about a
//! quarter of the elements, drawn at random, in upper layers too; here all are in the bottom layer alone.

mod graph;
mod quantized;

use std::{cmp::Ordering, sync::Arc};

pub use quantized::{Arithmetic, Quantization, Vector};

use super::{Bytes, Dict};

/// Largest dimension of a vector.
pub const MAX_DIMENSION: usize = 1 << 16;
/// Links that a new element seeks by default (`M`).
pub const DEFAULT_LINKS: usize = 16;
/// Largest `M`.
pub const MAX_LINKS: usize = 4096;

/// A linear map of vectors to fewer dimensions (`REDUCE`).
#[derive(Clone, Debug)]
pub struct Projection {
    /// Dimension of what is projected.
    pub input: usize,
    /// Rows of `input` numbers, as restored; empty for the matrix that servers make, which is computed where it is needed.
    pub matrix: Arc<[f32]>,
}

impl Projection {
    /// The projection that servers make for an input dimension.
    pub fn new(input: usize) -> Self {
        Self { input, matrix: Arc::from([]) }
    }

    /// An entry of the matrix. Servers take a Hadamard matrix, so it is the same everywhere.
    pub fn at(&self, row: usize, column: usize) -> f32 {
        if let Some(entry) = self.matrix.get(row * self.input + column) {
            return *entry;
        }
        let scale = (1.0 / (self.input as f64).sqrt()) as f32;
        if (row & column).count_ones().is_multiple_of(2) { scale } else { -scale }
    }

    /// Projects a vector of the input dimension.
    pub fn apply(&self, vector: &[f32], dimension: usize) -> Vec<f32> {
        // Servers add from the first column to the last, and the sum depends on the order.
        let project = |row| {
            meter::tick(1 + self.input / 64);
            vector.iter().enumerate().fold(0.0f32, |sum, (at, value)| sum + self.at(row, at) * value)
        };
        meter::collect((0..dimension).map(project))
    }
}

/// An element of a vector set.
#[derive(Clone, Debug)]
pub struct Element {
    /// Number by which a payload of `DUMP` identifies elements; an update gives a new one.
    pub id: u64,
    /// Order of insertion; higher is newer.
    pub(crate) age: u64,
    /// Normalized vector.
    pub vector: Arc<Vector>,
    /// JSON attributes; `None` if never set or removed.
    pub attributes: Option<Bytes>,
    /// Names of the neighbors, in the order in which they were linked.
    pub links: Vec<Bytes>,
}

/// A vector set.
#[derive(Clone, Debug)]
pub struct VectorSet {
    /// Number that the server gave it (`vset-uid`).
    pub uid: u64,
    /// Arithmetic with which the server computes distances.
    pub arithmetic: Arithmetic,
    dimension: usize,
    quantization: Quantization,
    links: usize,
    projection: Option<Projection>,
    elements: Dict<Element>,
    last_id: u64,
    last_age: u64,
    /// `attributes-count`. Servers lose count of some, so it may be below zero.
    attributes: i64,
}

/// An element that a search has found, with its distance from 0 to 2.
pub type Found<'a> = (&'a Bytes, &'a Element, f32);

impl VectorSet {
    /// An empty set of vectors of a dimension, which is that behind the projection. `links` is `M`.
    pub fn new(
        uid: u64,
        dimension: usize,
        quantization: Quantization,
        links: usize,
        projection: Option<Projection>,
    ) -> Self {
        Self {
            uid,
            arithmetic: Arithmetic::Scalar,
            dimension,
            quantization,
            links,
            projection,
            elements: Dict::default(),
            last_id: 0,
            last_age: 0,
            attributes: 0,
        }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// Dimension of the vectors.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Quantization of the vectors.
    pub fn quantization(&self) -> Quantization {
        self.quantization
    }

    /// Links that a new element seeks (`M`).
    pub fn links(&self) -> usize {
        self.links
    }

    /// Projection of vectors that are added.
    pub fn projection(&self) -> Option<&Projection> {
        self.projection.as_ref()
    }

    /// Elements that have attributes, as servers count them.
    pub fn attributes(&self) -> i64 {
        self.attributes
    }

    /// Highest id that an element has had.
    pub fn last_id(&self) -> u64 {
        self.last_id
    }

    /// An element by its name.
    pub fn get(&self, name: &[u8]) -> Option<&Element> {
        self.elements.get(name)
    }

    /// An element by its place, in no particular order.
    pub fn get_index(&self, at: usize) -> Option<(&Bytes, &Element)> {
        self.elements.get_index(at)
    }

    /// All elements, in no particular order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Bytes, &Element)> {
        self.elements.iter()
    }

    /// All elements, the newest first.
    pub fn newest_first(&self) -> Vec<(&Bytes, &Element)> {
        let mut all: Vec<_> = self.elements.iter().collect();
        all.sort_by_key(|(_, element)| std::cmp::Reverse(element.age));
        all
    }

    /// The vector of numbers as the set keeps it.
    pub fn quantize(&self, numbers: &[f32]) -> Vector {
        Vector::new(numbers, self.quantization)
    }

    /// Adds an element or replaces its vector. Returns true if it is new. An update keeps the attributes unless it brings some,
    /// and empty ones then remove them. `effort` is the number of candidates for links.
    pub fn insert(&mut self, name: &[u8], vector: Vector, attributes: Option<&[u8]>, effort: usize) -> bool {
        let name: Bytes = name.into();
        let old = self.remove_element(&name);
        let is_new = old.is_none();
        let had = old.as_ref().is_some_and(|old| old.attributes.is_some());
        let attributes = match (old, attributes) {
            (None, attributes) => attributes.map(Bytes::from),
            (Some(old), None) => old.attributes,
            (Some(_), Some(attributes)) => Some(attributes).filter(|text| !text.is_empty()).map(Bytes::from),
        };
        self.attributes += i64::from(attributes.is_some()) - i64::from(had);
        self.last_id += 1;
        self.last_age += 1;
        let element =
            Element { id: self.last_id, age: self.last_age, vector: Arc::new(vector), attributes, links: Vec::new() };
        let candidates = self.search(&element.vector, effort, |_| true).into_iter();
        let candidates = candidates.map(|(name, _, distance)| (name.clone(), distance)).collect();
        self.elements.insert(name.clone(), element);
        self.link(&name, candidates);
        is_new
    }

    /// Sets the attributes of an element; empty ones are removed. Returns true if the element exists.
    pub fn set_attributes(&mut self, name: &[u8], attributes: &[u8]) -> bool {
        let Some(element) = self.elements.get_mut(name) else { return false };
        let had = element.attributes.is_some();
        element.attributes = Some(attributes).filter(|text| !text.is_empty()).map(Bytes::from);
        self.attributes += i64::from(element.attributes.is_some()) - i64::from(had);
        true
    }

    /// Takes an element out of the count of attributes, as `VADD … CAS` never puts it in.
    pub fn forget_attributes(&mut self) {
        self.attributes -= 1;
    }

    /// Removes an element. Returns true if it was there.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        match self.remove_element(name) {
            None => false,
            Some(element) => {
                self.attributes -= i64::from(element.attributes.is_some());
                true
            }
        }
    }

    fn remove_element(&mut self, name: &[u8]) -> Option<Element> {
        let element = self.elements.swap_remove(name)?;
        self.unlink(name, &element.links);
        Some(element)
    }

    /// Adds an element as a payload has it. Returns true if its name is new.
    pub(crate) fn restore(&mut self, name: &[u8], id: u64, vector: Vector, attributes: Option<Bytes>) -> bool {
        self.last_id = self.last_id.max(id);
        self.last_age += 1;
        self.attributes += i64::from(attributes.is_some());
        let (age, vector) = (self.last_age, Arc::new(vector));
        self.elements.insert(name.into(), Element { id, age, vector, attributes, links: Vec::new() }).is_none()
    }

    /// Sets the neighbors of an element as a payload has them.
    pub(crate) fn restore_links(&mut self, name: &[u8], links: Vec<Bytes>) {
        if let Some(element) = self.elements.get_mut(name) {
            element.links = links;
        }
    }

    /// The elements nearest to a vector of those that `matches` holds for, at most `limit`, in the order of their
    /// distances. Of equal ones the newest is first, as servers come to it last.
    pub fn search(&self, vector: &Vector, limit: usize, matches: impl Fn(&Element) -> bool) -> Vec<Found<'_>> {
        let mut found = self.distances(vector, matches);
        sort(&mut found, limit, |a, b| b.age.cmp(&a.age));
        found
    }

    /// As [`Self::search`], but of equal ones the oldest is first, as in the servers' scan of all elements (`TRUTH`).
    pub fn scan(&self, vector: &Vector, limit: usize, matches: impl Fn(&Element) -> bool) -> Vec<Found<'_>> {
        let mut found = self.distances(vector, matches);
        sort(&mut found, limit, |a, b| a.age.cmp(&b.age));
        found
    }

    fn distances<'a>(&'a self, vector: &Vector, matches: impl Fn(&Element) -> bool) -> Vec<Found<'a>> {
        let elements = self.elements.iter().filter(|(_, element)| matches(element));
        let distance = |(name, element): (_, &'a Element)| {
            meter::tick(1 + self.dimension / 64);
            (name, element, vector.distance(&element.vector, self.dimension, self.arithmetic))
        };
        meter::collect(elements.map(distance))
    }
}

/// Sorts by distance and keeps the first `limit`.
fn sort(found: &mut Vec<Found<'_>>, limit: usize, ties: impl Fn(&Element, &Element) -> Ordering) {
    // Servers put what is no number before all.
    let key = |found: &Found<'_>| if found.2.is_nan() { f32::NEG_INFINITY } else { found.2 };
    let compare = |a: &Found<'_>, b: &Found<'_>| key(a).total_cmp(&key(b)).then_with(|| ties(a.1, b.1));
    if limit < found.len() {
        if limit > 0 {
            found.select_nth_unstable_by(limit - 1, compare);
        }
        found.truncate(limit);
    }
    found.sort_unstable_by(compare);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(quantization: Quantization, links: usize) -> VectorSet {
        VectorSet::new(0, 4, quantization, links, None)
    }

    fn numbers(n: u32) -> [f32; 4] {
        [n, n * 7 % 5, n * 3 % 11, 1].map(|number| number as f32 - 2.0)
    }

    fn fill(set: &mut VectorSet, count: u32) {
        for n in 0..count {
            let vector = set.quantize(&numbers(n));
            assert!(set.insert(format!("e{n}").as_bytes(), vector, None, 200));
        }
    }

    #[test]
    fn links_lead_to_other_elements_and_back() {
        for quantization in [Quantization::None, Quantization::Integers, Quantization::Bits] {
            let mut set = set(quantization, 4);
            fill(&mut set, 120);
            for n in (0..120).step_by(3) {
                assert!(set.remove(format!("e{n}").as_bytes()));
            }
            let vector = set.quantize(&numbers(500));
            assert!(!set.insert(b"e1", vector, None, 200));
            assert_eq!(set.len(), 80);
            for (name, element) in set.iter() {
                assert!(!element.links.is_empty() && element.links.len() <= 12, "{quantization:?}");
                for link in &element.links {
                    let back = &set.get(link).expect("an element of the set").links;
                    assert_eq!(back.iter().filter(|back| *back == name).count(), 1);
                    assert_ne!(link, name);
                }
            }
        }
    }

    #[test]
    fn small_sets_are_linked_throughout() {
        let mut set = set(Quantization::Integers, DEFAULT_LINKS);
        fill(&mut set, 17);
        assert!(set.iter().all(|(_, element)| element.links.len() == 16));
    }

    #[test]
    fn of_equal_elements_the_newest_is_found_first_and_scanned_last() {
        let mut set = set(Quantization::Integers, DEFAULT_LINKS);
        for name in ["a", "b", "c"] {
            let vector = set.quantize(&[1.0, 2.0, 3.0, 4.0]);
            set.insert(name.as_bytes(), vector, None, 200);
        }
        let query = set.quantize(&[1.0, 0.0, 0.0, 0.0]);
        let names = |found: Vec<Found<'_>>| found.iter().map(|(name, ..)| name[0]).collect::<Vec<u8>>();
        assert_eq!(names(set.search(&query, 3, |_| true)), b"cba");
        assert_eq!(names(set.scan(&query, 3, |_| true)), b"abc");
        assert_eq!(names(set.search(&query, 1, |_| true)), b"c");
        assert_eq!(names(set.search(&query, 0, |_| true)), b"");
    }

    #[test]
    fn attributes_are_counted() {
        let mut set = set(Quantization::None, DEFAULT_LINKS);
        let vector = set.quantize(&numbers(1));
        set.insert(b"a", vector.clone(), Some(b"{}"), 200);
        assert_eq!(set.attributes(), 1);
        set.insert(b"a", vector.clone(), None, 200);
        assert_eq!((set.attributes(), set.get(b"a").and_then(|it| it.attributes.as_deref())), (1, Some(&b"{}"[..])));
        set.insert(b"a", vector, Some(b""), 200);
        assert_eq!((set.attributes(), set.get(b"a").and_then(|it| it.attributes.as_deref())), (0, None));
        assert!(set.set_attributes(b"a", b"x") && !set.set_attributes(b"b", b"x"));
        assert_eq!(set.attributes(), 1);
        assert!(set.remove(b"a"));
        assert_eq!(set.attributes(), 0);
    }
}
