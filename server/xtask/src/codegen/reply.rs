//! Reads the notation of reply shapes in `words/`, and writes them as constants.
//!
//! `COUNT: array<int>; int|nil` – forms parted by `;`, each with the options (parted by `or`) that lead to it before a
//! colon, the form without them last. A shape is `ok`, `status`, `int`, an integer, `bulk`, `nil`, `double`, `bool`,
//! `verbatim`, `any`, `array`, `array<T>`, `set<T>`, `map<K,V>`, `flat<K,V>`, a tuple `[T,U]`, or several with `|`. It is
//! what RESP3 has. RESP2 has what the servers make of it, or what stands behind ` / `.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};

/// A shape, as `commands::reply::Shape` has it.
#[derive(Clone, PartialEq, Debug)]
enum Shape {
    /// A variant without parts, by its name, or a number.
    Plain(&'static str),
    Number(i64),
    Array(Box<Shape>),
    Set(Box<Shape>),
    Pair(&'static str, Box<[Shape; 2]>),
    Tuple(Vec<Shape>),
    OneOf(Vec<Shape>),
}

/// The forms of a reply, as Rust constants.
pub(super) fn cases(text: &str) -> Result<String> {
    let mut out = String::new();
    for case in text.split(';').map(str::trim) {
        let (when, shapes) = case.split_once(": ").unwrap_or(("", case));
        let when: Vec<&str> = when.split(" or ").filter(|word| !word.is_empty()).collect();
        let (resp3, resp2) = match shapes.split_once(" / ") {
            Some((resp3, resp2)) => (parse(resp3)?, parse(resp2)?),
            None => {
                let shape = parse(shapes)?;
                (shape.clone(), downgraded(shape))
            }
        };
        let comma = if out.is_empty() { "" } else { ", " };
        write!(out, "{comma}R {{ when: &{when:?}, resp2: {}, resp3: {} }}", constant(&resp2), constant(&resp3))?;
    }
    Ok(out)
}

/// Converts a shape to what a server sends to a client that speaks RESP2.
fn downgraded(shape: Shape) -> Shape {
    let each = |shapes: Vec<Shape>| shapes.into_iter().map(downgraded).collect();
    match shape {
        Shape::Plain("Double" | "Verbatim") => Shape::Plain("Bulk"),
        Shape::Plain("Bool") => Shape::OneOf(vec![Shape::Number(0), Shape::Number(1)]),
        Shape::Array(element) | Shape::Set(element) => Shape::Array(Box::new(downgraded(*element))),
        Shape::Pair(_, pair) => Shape::Pair("Flat", Box::new(pair.map(downgraded))),
        Shape::Tuple(elements) => Shape::Tuple(each(elements)),
        Shape::OneOf(shapes) => {
            let mut kept: Vec<Shape> = Vec::new();
            for shape in shapes.into_iter().map(downgraded) {
                if !kept.contains(&shape) {
                    kept.push(shape);
                }
            }
            if kept.len() == 1 { kept.remove(0) } else { Shape::OneOf(kept) }
        }
        plain => plain,
    }
}

fn constant(shape: &Shape) -> String {
    let list = |shapes: &[Shape]| shapes.iter().map(constant).collect::<Vec<_>>().join(", ");
    match shape {
        Shape::Plain(name) => format!("S::{name}"),
        Shape::Number(number) => format!("S::IntIs({number})"),
        Shape::Array(element) => format!("S::Array(&{})", constant(element)),
        Shape::Set(element) => format!("S::Set(&{})", constant(element)),
        Shape::Pair(name, pair) => format!("S::{name}(&[{}])", list(&**pair)),
        Shape::Tuple(elements) => format!("S::Tuple(&[{}])", list(elements)),
        Shape::OneOf(shapes) => format!("S::OneOf(&[{}])", list(shapes)),
    }
}

fn parse(text: &str) -> Result<Shape> {
    let mut rest = text.trim();
    let shape = alternatives(&mut rest)?;
    if !rest.is_empty() {
        bail!("cannot read {rest:?}");
    }
    Ok(shape)
}

fn alternatives(rest: &mut &str) -> Result<Shape> {
    let mut shapes = vec![one(rest)?];
    while eat(rest, "|") {
        shapes.push(one(rest)?);
    }
    Ok(if shapes.len() == 1 { shapes.remove(0) } else { Shape::OneOf(shapes) })
}

fn one(rest: &mut &str) -> Result<Shape> {
    if eat(rest, "[") {
        let mut elements = Vec::new();
        while !eat(rest, "]") {
            if !elements.is_empty() {
                expect(rest, ",")?;
            }
            elements.push(alternatives(rest)?);
        }
        return Ok(Shape::Tuple(elements));
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    *rest = after;
    if let Ok(number) = name.parse() {
        return Ok(Shape::Number(number));
    }
    Ok(match name {
        "ok" => Shape::Plain("Ok"),
        "status" => Shape::Plain("Status"),
        "int" => Shape::Plain("Int"),
        "bulk" => Shape::Plain("Bulk"),
        "nil" => Shape::Plain("Nil"),
        "double" => Shape::Plain("Double"),
        "bool" => Shape::Plain("Bool"),
        "verbatim" => Shape::Plain("Verbatim"),
        "any" => Shape::Plain("Any"),
        "array" if !rest.starts_with('<') => Shape::Array(Box::new(Shape::Plain("Any"))),
        "array" | "set" => {
            expect(rest, "<")?;
            let element = Box::new(alternatives(rest)?);
            expect(rest, ">")?;
            if name == "set" { Shape::Set(element) } else { Shape::Array(element) }
        }
        "map" | "flat" => {
            expect(rest, "<")?;
            let key = alternatives(rest)?;
            expect(rest, ",")?;
            let value = alternatives(rest)?;
            expect(rest, ">")?;
            Shape::Pair(if name == "map" { "Map" } else { "Flat" }, Box::new([key, value]))
        }
        _ => bail!("no shape: {name:?}"),
    })
}

fn eat(rest: &mut &str, sign: &str) -> bool {
    match rest.strip_prefix(sign) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

fn expect(rest: &mut &str, sign: &str) -> Result<()> {
    eat(rest, sign).then_some(()).with_context(|| format!("{sign:?} is missing before {rest:?}"))
}
