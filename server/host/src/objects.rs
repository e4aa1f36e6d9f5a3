//! Objects with the values of a script's `@names`: `db.ScriptEvaluate(script, new { key, value = 1 })` of StackExchange.Redis.

use text::TextRange;

use crate::{call_reader::CallReader, names::Value};

/// A property of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Property {
    /// Its place in the file.
    pub range: TextRange,
    /// Its name.
    pub name: String,
}

impl CallReader<'_> {
    /// The object that an argument is, or that it is a name of.
    pub(crate) fn object(&self, arguments: &[(usize, usize)], nth: u8) -> Option<(usize, usize)> {
        let tokens = self.tokens;
        let &(start, end) = arguments.get(usize::from(nth).checked_sub(1)?)?;
        let is_object = |start: usize| tokens.is(start, "new") && tokens.is(start + 1, "{");
        if is_object(start) {
            return Some((start, end));
        }
        let Value::At(value) = self.names.follow(tokens.path(start, end)?) else { return None };
        is_object(value).then(|| (value, tokens.expression_end(value)))
    }

    /// The properties of an object: `new { key = k, value, item.Field }`; none if it is not whole.
    pub(crate) fn properties(&self, start: usize, end: usize) -> Option<Vec<Property>> {
        let tokens = self.tokens;
        let brace = start + 1;
        if tokens.after(brace) != end {
            return None;
        }
        let property = |(start, end): (usize, usize)| {
            let name = match tokens.is(start + 1, "=") && !tokens.is(start + 2, "=") {
                true => start,
                false => tokens.path(start, end)?,
            };
            let text = tokens.is_name(name).then(|| String::from_utf8_lossy(tokens.text(name)).into_owned())?;
            Some(Property { range: tokens.range(name), name: text })
        };
        tokens.arguments(brace).into_iter().map(property).collect()
    }
}
