//! Tests that a value belongs to a type.

use semantic::flow::{Flow, Kinds, List, Number, Site, TableType, Type, TypeId, Types, Whole};

use super::value::Value;

/// The reason why the value does not belong to the type.
pub(super) fn belongs(flow: &Flow, of: &Type, value: &Value) -> Result<(), String> {
    if of.kinds.has(Kinds::UNKNOWN) {
        return Ok(());
    }
    match value {
        Value::Nil => kind(of, Kinds::ANY_NIL, "nil"),
        Value::Bool(true) => kind(of, Kinds::TRUE, "true"),
        Value::Bool(false) => kind(of, Kinds::FALSE, "false"),
        Value::Number(value) => kind(of, Kinds::NUMBER, "a number").and_then(|()| number(of.number, *value)),
        Value::Text(text) => {
            kind(of, Kinds::STRING, "a string")?;
            if let Some(wanted) = &of.text.constant
                && **wanted != **text
            {
                return Err("another text".to_owned());
            }
            match of.text.number {
                Some(known) => {
                    let text = String::from_utf8_lossy(text);
                    let value: f64 = text.trim().parse().map_err(|_| format!("{text} is no number"))?;
                    number(known, value)
                }
                None => Ok(()),
            }
        }
        Value::Other => kind(of, Kinds::FUNCTION | Kinds::OTHER, "a function or userdata"),
        Value::Deep => kind(of, Kinds::TABLE, "a table"),
        Value::Table(_) => {
            kind(of, Kinds::TABLE, "a table")?;
            if of.nonempty && value.pairs().is_empty() {
                return Err("the table is empty".to_owned());
            }
            let reasons: Vec<String> = of.tables.iter().filter_map(|one| table(flow, one, value).err()).collect();
            if reasons.len() < of.tables.len() { Ok(()) } else { Err(reasons.join(", and ")) }
        }
    }
}

fn kind(of: &Type, kinds: Kinds, what: &str) -> Result<(), String> {
    if of.kinds.has(kinds) { Ok(()) } else { Err(format!("{what} is not foreseen")) }
}

fn number(known: Number, value: f64) -> Result<(), String> {
    if known.constant.is_some_and(|known| known.0 != value && !(known.0.is_nan() && value.is_nan())) {
        return Err(format!("{value} is another number"));
    }
    if known.whole == Whole::Yes && value.is_finite() && value.fract() != 0.0 {
        return Err(format!("{value} is no integer"));
    }
    if value.abs() < known.size.0 {
        return Err(format!("{value} is smaller"));
    }
    Ok(())
}

fn each<'a>(flow: &Flow, id: TypeId, mut values: impl Iterator<Item = &'a Value>) -> Result<(), String> {
    values.try_for_each(|value| belongs(flow, flow.get(id), value))
}

fn table(flow: &Flow, of: &TableType, value: &Value) -> Result<(), String> {
    let only = |name: &str| match value.field(name) {
        Some(inner) if value.pairs().len() == 1 => Ok(inner),
        _ => Err(format!("no table with {name} alone")),
    };
    match of {
        TableType::Status(told) => match (only("ok")?, told) {
            (Value::Text(text), Some(told)) if **text != *told.as_bytes() => Err("another status".to_owned()),
            (Value::Text(_), _) => Ok(()),
            _ => Err("the status is no text".to_owned()),
        },
        TableType::Error => value.field("err").map(|_| ()).ok_or_else(|| "no error".to_owned()),
        TableType::Double => match only("double")? {
            Value::Number(_) => Ok(()),
            _ => Err("the double is no number".to_owned()),
        },
        TableType::Map([key, inner]) => {
            let pairs = only("map")?.pairs();
            each(flow, *key, pairs.iter().map(|(key, _)| key))?;
            each(flow, *inner, pairs.iter().map(|(_, value)| value))
        }
        TableType::Set(member) => each(flow, *member, only("set")?.pairs().iter().map(|(key, _)| key)),
        TableType::List(list) => self::list(flow, list, value),
        TableType::Extended | TableType::Unknown | TableType::Decoded => Ok(()),
        TableType::Keys | TableType::Argv => each(flow, Types::ANY, value.pairs().iter().map(|(_, value)| value)),
        TableType::Entries([key, inner]) => {
            each(flow, *key, value.pairs().iter().map(|(key, _)| key))?;
            each(flow, *inner, value.pairs().iter().map(|(_, value)| value))
        }
        TableType::Built(expr) | TableType::Altered(expr) => match flow.site(*expr) {
            Some(site) if !site.escaped => built(flow, site, value),
            _ => Ok(()),
        },
    }
}

fn built(flow: &Flow, site: &Site, value: &Value) -> Result<(), String> {
    for (key, element) in value.pairs() {
        let mut may_be = vec![site.other];
        match key {
            Value::Text(name) => may_be.extend(site.fields.get(name)),
            Value::Number(_) => {
                may_be = vec![site.element];
                may_be.extend(site.rest);
                may_be.extend(&site.items);
            }
            _ => {}
        }
        if !may_be.iter().any(|&id| belongs(flow, flow.get(id), element).is_ok()) {
            return Err(format!("what the table has at {key:?} is not foreseen"));
        }
    }
    Ok(())
}

fn list(flow: &Flow, of: &List, value: &Value) -> Result<(), String> {
    // What RESP3 has as null is a hole.
    let mut elements: Vec<(usize, &Value)> = Vec::new();
    for (key, element) in value.pairs() {
        match key {
            Value::Number(at) if *at >= 1.0 => elements.push((*at as usize, element)),
            other => return Err(format!("a list with {other:?}")),
        }
    }
    elements.sort_by_key(|(at, _)| *at);
    let holes = [of.element].iter().any(|&id| id == Types::ANY || flow.get(id).kinds.has(Kinds::ANY_NIL));
    if let Some(length) = of.length
        && elements.len() != length as usize
        && !holes
    {
        return Err(format!("{} elements in the place of {length}", elements.len()));
    }
    for (at, element) in elements {
        belongs(flow, flow.get(of.element), element)?;
        if let Some(items) = &of.items {
            let item = items.get(at - 1).ok_or("more elements than foreseen")?;
            belongs(flow, flow.get(*item), element)?;
        }
        if let Some(pairs) = of.pairs {
            belongs(flow, flow.get(pairs[(at - 1) % 2]), element)?;
        }
    }
    Ok(())
}
