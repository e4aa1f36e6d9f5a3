//! `VSIM`: the elements nearest to a vector.

use protocol::{Reply, number::parse_int};

use super::{
    INVALID_VECTOR, MAX_EFFORT, arguments::vector_argument, double, filter::Filter, mismatch, projection_mismatch,
};
use crate::{
    call::{Answer, Call},
    error::Error,
    value::vectors::{Element, VectorSet},
};

/// Elements that a search replies by default.
const DEFAULT_COUNT: i64 = 10;
/// Elements that a search ranks by default (`EF`).
const DEFAULT_EFFORT: i64 = 100;

struct Options {
    with_scores: bool,
    with_attributes: bool,
    /// True if all elements are compared one by one, which shows in the order of equal ones alone.
    truth: bool,
    count: i64,
    effort: i64,
    /// Largest distance over 2.
    epsilon: f64,
    filter: Option<Filter>,
}

fn options(call: &Call<'_>, from: usize) -> Result<Options, Error> {
    let mut options = Options {
        with_scores: false,
        with_attributes: false,
        truth: false,
        count: DEFAULT_COUNT,
        effort: DEFAULT_EFFORT,
        epsilon: 2.0,
        filter: None,
    };
    let positive = |at: usize| parse_int(call.word(at)).filter(|number| *number > 0);
    let mut at = from;
    while at < call.count() {
        let has_next = at + 1 < call.count();
        if call.is(at, "WITHSCORES") {
            options.with_scores = true;
        } else if call.is(at, "WITHATTRIBS") {
            options.with_attributes = true;
        } else if call.is(at, "TRUTH") {
            options.truth = true;
        } else if call.is(at, "NOTHREAD") {
        } else if call.is(at, "COUNT") && has_next {
            at += 1;
            options.count = positive(at).ok_or("ERR invalid COUNT")?;
        } else if call.is(at, "EPSILON") && has_next {
            at += 1;
            let epsilon = call.number(call.word(at)).filter(|epsilon| *epsilon > 0.0);
            options.epsilon = epsilon.ok_or("ERR invalid EPSILON")?;
        } else if call.is(at, "EF") && has_next {
            at += 1;
            // 8.2 has no limit.
            let limit = if call.redis(8, 4) { MAX_EFFORT } else { i64::MAX };
            options.effort = positive(at).filter(|effort| *effort <= limit).ok_or("ERR invalid EF")?;
        } else if call.is(at, "FILTER-EF") && has_next {
            at += 1;
            // How much of the graph is looked at; here it is all.
            positive(at).ok_or("ERR invalid FILTER-EF")?;
        } else if call.is(at, "FILTER") && has_next {
            at += 1;
            let text = call.word(at);
            let filter = Filter::compile(text)
                .map_err(|at| Error::quoting(&[b"ERR syntax error in FILTER expression near: ", &text[at..]]))?;
            options.filter = Some(filter);
        } else {
            return Err("ERR syntax error in VSIM command".into());
        }
        at += 1;
    }
    Ok(options)
}

/// VSIM key ELE element | FP32 vector | VALUES num value [value ...] [WITHSCORES] [WITHATTRIBS] [COUNT num]
/// [EPSILON max-distance] [EF search-exploration-factor] [FILTER expression] [FILTER-EF max-filtering-effort] [TRUTH] [NOTHREAD]
pub(crate) fn vsim(call: &mut Call<'_>) -> Answer {
    if call.count() < 4 {
        return Err(super::wrong_count("VSIM"));
    }
    let key = call.word(1);
    // Cheap: the parts of a set are shared.
    let Some(set) = call.read::<VectorSet>(key)?.cloned() else { return Ok(Reply::Array(Vec::new())) };
    let (numbers, end) = if call.is(2, "ELE") {
        let element = set.get(call.word(3)).ok_or("ERR element not found in set")?;
        (element.vector.to_floats(set.dimension()), 4)
    } else {
        let argument = vector_argument(call, 2, false).ok_or(INVALID_VECTOR)?;
        let given = argument.numbers.len();
        let numbers = match set.projection() {
            Some(projection) if given != set.dimension() => {
                if given != projection.input {
                    return Err(projection_mismatch(given, projection.input));
                }
                projection.apply(&argument.numbers, set.dimension())
            }
            _ => argument.numbers,
        };
        (numbers, argument.end)
    };
    if numbers.len() != set.dimension() {
        return Err(mismatch(numbers.len(), set.dimension()));
    }
    let options = options(call, end)?;
    let matches = |element: &Element| match (&options.filter, &element.attributes) {
        (None, _) => true,
        (Some(filter), Some(attributes)) => filter.matches(attributes),
        (Some(_), None) => false,
    };
    let limit = options.effort.max(options.count).min(set.len() as i64) as usize;
    let vector = set.quantize(&numbers);
    let found = if options.truth { set.scan(&vector, limit, matches) } else { set.search(&vector, limit, matches) };
    let near = |distance: f32| distance / 2.0 > options.epsilon as f32;
    let found = found.into_iter().take_while(|(_, _, distance)| !near(*distance));
    let found = found.take(usize::try_from(options.count).unwrap_or(usize::MAX));
    let parts = found.map(|(name, element, distance)| {
        let score = options.with_scores.then(|| double(call, 1.0 - f64::from(distance) / 2.0));
        let attributes = || element.attributes.as_ref().map_or(Reply::Nil, Reply::bulk);
        (Reply::bulk(name), score, options.with_attributes.then(attributes))
    });
    Ok(match (options.with_scores, options.with_attributes) {
        (false, false) => Reply::Array(meter::collect(parts.map(|(name, ..)| name))),
        (true, true) if call.resp3 => {
            let pair = |(name, score, attributes): (Reply, Option<Reply>, Option<Reply>)| {
                (name, Reply::Array(score.into_iter().chain(attributes).collect()))
            };
            Reply::map(parts.map(pair))
        }
        (true, true) => {
            Reply::array(parts.flat_map(|(name, score, attributes)| [Some(name), score, attributes]).flatten())
        }
        _ => Reply::map(parts.filter_map(|(name, score, attributes)| Some((name, score.or(attributes)?)))),
    })
}
