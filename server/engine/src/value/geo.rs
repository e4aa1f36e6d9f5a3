//! Places as scores of sorted sets: 26 bits of latitude and as many of longitude, interleaved, so that places near to each
//! other have scores near to each other; and distances on the sphere that the servers take the Earth for.

/// Longitudes are up to this, east and west.
pub const LONGITUDE: f64 = 180.0;
/// Latitudes are up to this, north and south: where Mercator's map is square.
pub const LATITUDE: f64 = 85.051_128_78;
/// Bits a coordinate.
pub const STEPS: u32 = 26;
const RADIUS: f64 = 6_372_797.560_856;
const MERCATOR: f64 = 20_037_726.37;
const EVEN: u64 = 0x5555_5555_5555_5555;

/// A longitude and a latitude.
pub type Place = (f64, f64);

/// A part of the map: the first bits of the places in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cell {
    /// The bits.
    pub bits: u64,
    /// Number for each coordinate.
    pub steps: u32,
}

/// The limits of a part of the map.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    /// The least longitude and latitude.
    pub min: Place,
    /// The greatest longitude and latitude.
    pub max: Place,
}

/// Puts the bits of the lower half at even places.
fn spread(value: u32) -> u64 {
    let mut x = u64::from(value);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, EVEN),
    ] {
        x = (x | x << shift) & mask;
    }
    x
}

/// Takes the bits at even places.
fn gather(value: u64) -> u32 {
    let mut x = value & EVEN;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        x = (x | x >> shift) & mask;
    }
    x as u32
}

impl Cell {
    /// The cell that a place is in, on a map with these limits.
    pub fn of((longitude, latitude): Place, steps: u32, limits: Place) -> Self {
        let scale = (1u64 << steps) as f64;
        let x = (longitude + limits.0) / (2.0 * limits.0) * scale;
        let y = (latitude + limits.1) / (2.0 * limits.1) * scale;
        Self { bits: spread(y as u32) | spread(x as u32) << 1, steps }
    }

    /// The limits of the cell.
    pub fn area(self) -> Area {
        let scale = (1u64 << self.steps) as f64;
        let (x, y) = (f64::from(gather(self.bits >> 1)), f64::from(gather(self.bits)));
        let place =
            |x: f64, y: f64| (-LONGITUDE + x / scale * (2.0 * LONGITUDE), -LATITUDE + y / scale * (2.0 * LATITUDE));
        Area { min: place(x, y), max: place(x + 1.0, y + 1.0) }
    }

    /// The score at which the cell begins, and that at which it is over.
    pub fn scores(self) -> (f64, f64) {
        let shift = 2 * (STEPS - self.steps);
        ((self.bits << shift) as f64, ((self.bits + 1) << shift) as f64)
    }

    /// The cell `east` and `north` steps away; the map wraps around at its edges.
    #[must_use]
    pub fn neighbor(self, east: i8, north: i8) -> Self {
        let unused = 64 - self.steps * 2;
        let step = |own: u64, others: u64, by: i8| {
            let other = others >> unused;
            let moved = match by {
                0 => return own,
                1.. => own.wrapping_add(other + 1),
                _ => (own | other).wrapping_sub(other + 1),
            };
            moved & (!others >> unused)
        };
        let x = step(self.bits & !EVEN, EVEN, east);
        let y = step(self.bits & EVEN, !EVEN, north);
        Self { bits: x | y, steps: self.steps }
    }
}

/// The score of a place.
pub fn score(place: Place) -> u64 {
    Cell::of(place, STEPS, (LONGITUDE, LATITUDE)).bits
}

/// The place of a score: the middle of its cell.
pub fn place(score: f64) -> Place {
    // Scores need not be of places. As C does on most machines, what is below zero becomes a great number, and what is
    // too great for 64 bits zero.
    let bits = match score {
        ..0.0 => score as i64 as u64,
        18_446_744_073_709_551_616.0.. => 0,
        _ => score as u64,
    };
    let area = Cell { bits, steps: STEPS }.area();
    (
        ((area.min.0 + area.max.0) / 2.0).clamp(-LONGITUDE, LONGITUDE),
        ((area.min.1 + area.max.1) / 2.0).clamp(-LATITUDE, LATITUDE),
    )
}

/// Geohash of a place: eleven letters, the last of which carries no information.
pub fn name(place: Place) -> String {
    const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
    let bits = Cell::of(place, STEPS, (LONGITUDE, 90.0)).bits;
    let letters = (1..=10u32).map(|nth| char::from(LETTERS[(bits >> (52 - nth * 5) & 31) as usize]));
    letters.chain(['0']).collect()
}

fn radians(degrees: f64) -> f64 {
    degrees * (std::f64::consts::PI / 180.0)
}

fn degrees(radians: f64) -> f64 {
    radians / (std::f64::consts::PI / 180.0)
}

/// Distance between two places of the same longitude, in metres.
pub fn latitude_distance(a: f64, b: f64) -> f64 {
    RADIUS * (radians(b) - radians(a)).abs()
}

/// Distance between two places, in metres. From 7.2 on the servers use a shorter formula on a meridian.
pub fn distance(a: Place, b: Place, meridians: bool) -> f64 {
    let v = ((radians(b.0) - radians(a.0)) / 2.0).sin();
    if meridians && v == 0.0 {
        return latitude_distance(a.1, b.1);
    }
    let (from, to) = (radians(a.1), radians(b.1));
    let u = ((to - from) / 2.0).sin();
    let half = u * u + from.cos() * to.cos() * v * v;
    2.0 * RADIUS * half.sqrt().asin()
}

/// Area to search, in metres.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A circle of a radius.
    Circle(f64),
    /// A box of a width and a height.
    Box(f64, f64),
    /// A polygon of corners (Valkey 9.0).
    Polygon(Vec<Place>),
}

/// Measuring rules of a version.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Distances on a meridian are measured the short way.
    pub meridians: bool,
    /// The box around a search is narrower at its end towards the equator (7.0).
    pub bent: bool,
}

/// A search around a place.
#[derive(Clone, Debug)]
pub struct Search {
    /// Centre.
    pub center: Place,
    /// Shape to search.
    pub shape: Shape,
    /// Measuring rules of the version.
    pub rules: Rules,
}

impl Search {
    /// Sets the centre of a polygon: the middle of its corners, projected to the sphere.
    pub fn find_center(&mut self) {
        let Shape::Polygon(corners) = &self.shape else { return };
        let (mut x, mut y, mut z) = (0.0, 0.0, 0.0);
        for (longitude, latitude) in corners {
            let (longitude, latitude) = (radians(*longitude), radians(*latitude));
            x += RADIUS * latitude.cos() * longitude.cos();
            y += RADIUS * latitude.cos() * longitude.sin();
            z += RADIUS * latitude.sin();
        }
        let count = corners.len() as f64;
        let (x, y, z) = (x / count, y / count, z / count);
        self.center = (degrees(y.atan2(x)), degrees(z.atan2((x * x + y * y).sqrt())));
    }

    fn bounds(&self) -> Area {
        let (half_width, half_height) = match &self.shape {
            Shape::Circle(radius) => (*radius, *radius),
            Shape::Box(width, height) => (width / 2.0, height / 2.0),
            Shape::Polygon(corners) => {
                let mut area = Area { min: (LONGITUDE, LATITUDE), max: (-LONGITUDE, -LATITUDE) };
                for (x, y) in corners {
                    area.min = (area.min.0.min(*x), area.min.1.min(*y));
                    area.max = (area.max.0.max(*x), area.max.1.max(*y));
                }
                return area;
            }
        };
        let (x, y) = self.center;
        let dy = degrees(half_height / RADIUS);
        let widest = match (self.rules.bent, y < 0.0) {
            (false, _) => y,
            (true, true) => y - dy,
            (true, false) => y + dy,
        };
        let dx = degrees(half_width / RADIUS / radians(widest).cos());
        Area { min: (x - dx, y - dy), max: (x + dx, y + dy) }
    }

    /// Distance from the centre to the corners of the shape, in metres.
    fn reach(&self, bounds: &Area) -> f64 {
        match &self.shape {
            Shape::Circle(radius) => *radius,
            Shape::Box(width, height) => ((width / 2.0).powi(2) + (height / 2.0).powi(2)).sqrt(),
            Shape::Polygon(_) => [(bounds.min.0, bounds.max.1), bounds.max, bounds.min, (bounds.max.0, bounds.min.1)]
                .iter()
                .map(|corner| distance(self.center, *corner, self.rules.meridians))
                .fold(0.0, f64::max),
        }
    }

    /// The cells that may have places of the shape, in the order in which the servers look through them.
    pub fn cells(&self) -> Vec<Cell> {
        let bounds = self.bounds();
        let reach = self.reach(&bounds);
        let cell = |steps| Cell::of(self.center, steps, (LONGITUDE, LATITUDE));
        let mut middle = cell(steps(reach, self.center.1));
        if middle.steps > 1 && self.sticks_out(middle, &bounds, reach) {
            middle = cell(middle.steps - 1);
        }
        let area = middle.area();
        let inside = |east: i8, north: i8| {
            middle.steps < 2
                || !((north < 0 && area.min.1 < bounds.min.1)
                    || (north > 0 && area.max.1 > bounds.max.1)
                    || (east < 0 && area.min.0 < bounds.min.0)
                    || (east > 0 && area.max.0 > bounds.max.0))
        };
        let around = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let mut cells: Vec<Cell> = Vec::new();
        for (nth, (east, north)) in around.into_iter().enumerate() {
            let next = middle.neighbor(east, north);
            // Where cells are as large as half the world a neighbour may come up twice; only one that comes right behind
            // its like is left out, and not the first.
            if inside(east, north) && !(nth > 1 && cells.len() > 1 && cells.last() == Some(&next)) {
                cells.push(next);
            }
        }
        cells
    }

    /// True if the shape goes beyond the cells around `middle`.
    fn sticks_out(&self, middle: Cell, bounds: &Area, reach: f64) -> bool {
        let [north, south, east, west] =
            [(0, 1), (0, -1), (1, 0), (-1, 0)].map(|(east, north)| middle.neighbor(east, north).area());
        if self.rules.bent {
            return north.max.1 < bounds.max.1
                || south.min.1 > bounds.min.1
                || east.max.0 < bounds.max.0
                || west.min.0 > bounds.min.0;
        }
        let (x, y) = self.center;
        [(x, north.max.1), (x, south.min.1), (east.max.0, y), (west.min.0, y)]
            .iter()
            .any(|edge| distance(self.center, *edge, self.rules.meridians) < reach)
    }

    /// Distance of a place from the centre, in metres, or `None` if it is outside the shape.
    pub fn finds(&self, place: Place) -> Option<f64> {
        let far = || distance(self.center, place, self.rules.meridians);
        match &self.shape {
            Shape::Circle(radius) => Some(far()).filter(|far| *far <= *radius),
            Shape::Box(width, height) => {
                if latitude_distance(place.1, self.center.1) > height / 2.0 {
                    return None;
                }
                let across = distance(place, (self.center.0, place.1), self.rules.meridians);
                if across > width / 2.0 { None } else { Some(far()) }
            }
            Shape::Polygon(corners) => {
                let before = corners.iter().cycle().skip(corners.len().saturating_sub(1));
                let crossed = corners.iter().zip(before).filter(|(a, b)| {
                    (a.1 > place.1) != (b.1 > place.1) && place.0 < (b.0 - a.0) * (place.1 - a.1) / (b.1 - a.1) + a.0
                });
                if crossed.count() % 2 == 1 { Some(far()) } else { None }
            }
        }
    }
}

/// Precision, in steps, at which a cell and its neighbours cover `reach` metres.
fn steps(mut reach: f64, latitude: f64) -> u32 {
    if reach == 0.0 {
        return STEPS;
    }
    let mut steps = 1i32;
    while reach < MERCATOR {
        reach *= 2.0;
        steps += 1;
    }
    steps -= 2;
    // Towards the poles cells are narrower.
    steps -= i32::from(latitude.abs() > 66.0) + i32::from(latitude.abs() > 80.0);
    steps.clamp(1, STEPS as i32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_and_names() {
        let palermo = (13.361389, 38.115556);
        assert_eq!(score(palermo), 3_479_099_956_230_698);
        let back = place(3_479_099_956_230_698.0);
        assert!((back.0 - palermo.0).abs() < 1e-5 && (back.1 - palermo.1).abs() < 1e-5);
        assert_eq!(name(back), "sqc8b49rny0");
        let far = distance(back, place(score((15.087269, 37.502669)) as f64), true);
        assert_eq!(format!("{far:.4}"), "166274.1516");
    }

    #[test]
    fn neighbours_go_round() {
        let cell = Cell { bits: 0, steps: 2 };
        assert_eq!(cell.neighbor(-1, 0), Cell { bits: 0b1010, steps: 2 });
        assert_eq!(cell.neighbor(1, 1).neighbor(-1, -1), cell);
    }
}
