//! Tests that a client's reply is among those that the flow analysis predicts.

use protocol::Reply;
use semantic::flow::{self, Item};

/// True if the reply has one of the forms.
pub(super) fn fits(forms: &flow::Reply, reply: &Reply) -> bool {
    forms.0.iter().any(|form| is(form, reply))
}

fn is(form: &Item, reply: &Reply) -> bool {
    let same = |wanted: &Option<String>, text: &[u8]| {
        wanted.as_ref().is_none_or(|wanted| **wanted == *String::from_utf8_lossy(text))
    };
    match (form, reply) {
        (Item::Anything, _)
        | (Item::Nil, Reply::Nil | Reply::NilArray)
        | (Item::Double, Reply::Double(_))
        | (Item::Error(_), Reply::Error(_)) => true,
        (Item::Integer(wanted), Reply::Int(value)) => wanted.is_none_or(|wanted| wanted == *value),
        (Item::Text(wanted), Reply::Bulk(text)) => same(wanted, text),
        (Item::Status(wanted), Reply::Status(text)) => same(wanted, text),
        (Item::Bool(wanted), Reply::Bool(value)) => wanted.is_none_or(|wanted| wanted == *value),
        (Item::Empty, Reply::Array(list)) => list.is_empty(),
        (Item::Array(element), Reply::Array(list)) => list.iter().all(|reply| fits(element, reply)),
        // A nil within ends the list.
        (Item::Tuple(elements), Reply::Array(list)) => {
            list.len() <= elements.len() && elements.iter().zip(list).all(|(element, reply)| fits(element, reply))
        }
        (Item::Flat(key, value), Reply::Array(list)) => {
            list.iter().enumerate().all(|(at, reply)| fits(if at % 2 == 0 { key } else { value }, reply))
        }
        (Item::Map(key, value), Reply::Map(pairs)) => pairs.iter().all(|(k, v)| fits(key, k) && fits(value, v)),
        (Item::Set(member), Reply::Set(list)) => list.iter().all(|reply| fits(member, reply)),
        _ => false,
    }
}
