//! Vector sets in the format of modules: numbers and texts, each with a byte before it for its type.

use std::{collections::HashMap, sync::Arc};

use super::{Reader, Writer};
use crate::value::{
    Bytes,
    vectors::{DEFAULT_LINKS, MAX_DIMENSION, MAX_LINKS, Projection, Quantization, Vector, VectorSet},
};

/// The type's name `vectorset` and the version of its layout, in the form of module types.
const MODULE: u64 = 0xBDE7_2DA2_BB1E_B400;
/// Marks.
const END: u64 = 0;
const NUMBER: u64 = 2;
const TEXT: u64 = 5;
/// Flags.
const HAS_PROJECTION: u64 = 1;
const HAS_ATTRIBUTES: u64 = 2;
/// Layout of an element, in the upper byte of its level.
const LAYOUT: u64 = 1;
/// Highest layer of an element.
const MAX_LEVEL: u64 = 16;

impl Quantization {
    fn code(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Integers => 1,
            Self::Bits => 2,
        }
    }

    fn of_code(code: u64) -> Option<Self> {
        [Self::None, Self::Integers, Self::Bits].into_iter().find(|it| it.code() == code)
    }
}

fn number(out: &mut Writer, number: u64) {
    out.len(NUMBER);
    out.len(number);
}

fn text(out: &mut Writer, text: &[u8]) {
    out.len(TEXT);
    out.string(text);
}

/// A number in the upper half, another in the lower.
fn pair(upper: u32, lower: u32) -> u64 {
    u64::from(upper) << 32 | u64::from(lower)
}

pub(super) fn write(out: &mut Writer, set: &VectorSet) {
    out.len(MODULE);
    number(out, set.dimension() as u64);
    number(out, set.len() as u64);
    number(out, set.quantization().code() | (set.links() as u64) << 8);
    let has_attributes = set.attributes() != 0;
    let has_projection = set.projection().is_some();
    number(out, u64::from(has_projection) * HAS_PROJECTION + u64::from(has_attributes) * HAS_ATTRIBUTES);
    if let Some(projection) = set.projection() {
        number(out, projection.input as u64);
        let rows = 0..set.dimension();
        let entries = rows.flat_map(|row| (0..projection.input).map(move |column| (row, column)));
        let bytes =
            entries.inspect(|_| meter::tick(1)).flat_map(|(row, column)| projection.at(row, column).to_le_bytes());
        let bytes: Vec<u8> = meter::collect(bytes);
        text(out, &bytes);
    }
    for (name, element) in set.newest_first() {
        text(out, name);
        if has_attributes {
            text(out, element.attributes.as_deref().unwrap_or_default());
        }
        text(out, &element.vector.to_bytes());
        let ids: Vec<u64> = element.links.iter().filter_map(|link| Some(set.get(link)?.id)).collect();
        let distances = element.links.iter().map(|link| set.distance_between(name, link));
        let farthest = distances.enumerate().fold(
            (0, 0.0f32),
            |far, (at, distance)| {
                if distance > far.1 { (at, distance) } else { far }
            },
        );
        // The id, the level, the count of links and the most there may be, the links, the farthest, the norm.
        number(out, 6 + ids.len() as u64);
        number(out, element.id);
        number(out, LAYOUT << 24);
        number(out, ids.len() as u64);
        number(out, ids.len().max(2 * set.links()) as u64);
        ids.iter().for_each(|id| number(out, *id));
        number(out, pair(farthest.1.to_bits(), farthest.0 as u32));
        number(out, pair(element.vector.range.to_bits(), element.vector.norm.to_bits()));
    }
    out.len(END);
}

fn read_number(reader: &mut Reader<'_>) -> Option<u64> {
    (reader.len()? == NUMBER).then(|| reader.len())?
}

fn read_text(reader: &mut Reader<'_>) -> Option<Vec<u8>> {
    (reader.len()? == TEXT).then(|| reader.string())?
}

fn read_projection(reader: &mut Reader<'_>, dimension: usize) -> Option<Projection> {
    let input =
        usize::try_from(read_number(reader)?).ok().filter(|input| (dimension..=MAX_DIMENSION).contains(input))?;
    let bytes = read_text(reader)?;
    if bytes.len() as u64 != 4 * (input as u64) * (dimension as u64) {
        return None;
    }
    let matrix: Arc<[f32]> = bytes.as_chunks().0.iter().map(|entry| f32::from_le_bytes(*entry)).collect();
    let own = Projection::new(input);
    let is_own =
        matrix.iter().enumerate().all(|(at, entry)| own.at(at / input, at % input).to_bits() == entry.to_bits());
    Some(if is_own { own } else { Projection { input, matrix } })
}

/// Parameters of an element besides its name, attributes and vector.
struct Parameters {
    id: u64,
    norm: f32,
    range: f32,
    /// Ids of the neighbors, by layer.
    links: Vec<Vec<u64>>,
}

fn read_parameters(reader: &mut Reader<'_>) -> Option<Parameters> {
    let count = read_number(reader)?;
    // Each takes two bytes at least, so a broken count cannot ask for much.
    let mut numbers = (0..count).map_while(|_| read_number(reader));
    let (id, level) = (numbers.next()?, numbers.next()?);
    let (layout, level) = (level >> 24 & 0xFF, level & 0xFF);
    if id == 0 || layout > LAYOUT || level > MAX_LEVEL {
        return None;
    }
    let mut links = Vec::new();
    for _ in 0..=level {
        let (count, most) = (numbers.next()?, numbers.next()?);
        if count > most || most > 4 * MAX_LINKS as u64 {
            return None;
        }
        let layer: Vec<u64> = numbers.by_ref().take(count as usize).collect();
        if layer.len() < count as usize {
            return None;
        }
        if layout > 0 {
            let farthest = numbers.next()? as u32;
            if count > 0 && u64::from(farthest) >= count {
                return None;
            }
        }
        links.push(layer);
    }
    let scales = numbers.next()?;
    numbers.by_ref().for_each(drop);
    let (range, norm) = (f32::from_bits((scales >> 32) as u32), f32::from_bits(scales as u32));
    Some(Parameters { id, norm, range, links })
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<VectorSet> {
    if reader.len()? != MODULE {
        return None;
    }
    let dimension = usize::try_from(read_number(reader)?).ok().filter(|it| (1..=MAX_DIMENSION).contains(it))?;
    let (count, layout) = (read_number(reader)?, read_number(reader)?);
    let quantization = Quantization::of_code(layout & 0xFF)?;
    let links = match (layout >> 8 & 0xFFFF) as usize {
        0 => DEFAULT_LINKS,
        links => links.min(MAX_LINKS),
    };
    let flags = read_number(reader)?;
    let projection = if flags & HAS_PROJECTION == 0 { None } else { Some(read_projection(reader, dimension)?) };
    let mut set = VectorSet::new(0, dimension, quantization, links, projection);
    let mut layers: Vec<(Bytes, Parameters)> = Vec::new();
    for _ in 0..count {
        let name: Bytes = read_text(reader)?.into();
        let attributes = if flags & HAS_ATTRIBUTES == 0 { Vec::new() } else { read_text(reader)? };
        let bytes = read_text(reader)?;
        let parameters = read_parameters(reader)?;
        let vector = Vector::from_bytes(&bytes, dimension, quantization, parameters.norm, parameters.range)?;
        let attributes = Some(attributes).filter(|text| !text.is_empty()).map(Bytes::from);
        if !set.restore(&name, parameters.id, vector, attributes) {
            return None;
        }
        layers.push((name, parameters));
    }
    if reader.len()? != END {
        return None;
    }
    restore_links(&mut set, &layers)?;
    Some(set)
}

/// Sets the links of the bottom layer. All must lead to another element and back, in each layer.
fn restore_links(set: &mut VectorSet, layers: &[(Bytes, Parameters)]) -> Option<()> {
    let by_id: HashMap<u64, usize> = layers.iter().enumerate().map(|(at, (_, element))| (element.id, at)).collect();
    if by_id.len() != layers.len() {
        return None;
    }
    for (name, element) in layers {
        for (layer, ids) in element.links.iter().enumerate() {
            let mut sorted = ids.clone();
            sorted.sort_unstable();
            sorted.dedup();
            let mutual = |id: &u64| {
                let other = &layers.get(*by_id.get(id)?)?.1;
                (*id != element.id && other.links.get(layer)?.contains(&element.id)).then_some(())
            };
            if sorted.len() != ids.len() || ids.iter().any(|id| mutual(id).is_none()) {
                return None;
            }
        }
        let mut ids = element.links.first()?.clone();
        // Servers sort them to find those that come twice.
        ids.sort_unstable();
        let links = ids.iter().filter_map(|id| Some(layers.get(*by_id.get(id)?)?.0.clone())).collect();
        set.restore_links(name, links);
    }
    Some(())
}
