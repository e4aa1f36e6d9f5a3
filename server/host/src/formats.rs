//! Values of formats: the arguments that fill in the placeholders of a text.

use text::TextRange;

use crate::tokens::Tokens;

/// The arguments of a format, as places in the host file.
#[derive(Clone, Default, Debug)]
pub(crate) struct Arguments {
    /// Those without a name, in order.
    pub positional: Vec<TextRange>,
    /// Those with a name.
    pub named: Vec<(Vec<u8>, TextRange)>,
}

impl Tokens<'_> {
    /// The arguments of a format call from the one at index `skip` on; `open` is its bracket.
    pub(crate) fn format_arguments(&self, open: usize, skip: usize) -> Arguments {
        let mut found = Arguments::default();
        for (start, end) in self.arguments(open).into_iter().skip(skip) {
            self.format_argument(start, end, &mut found);
        }
        found
    }

    /// The values behind `%`: one, or those of a tuple, list or dictionary.
    pub(crate) fn percent_arguments(&self, start: usize, end: usize) -> Arguments {
        let is_list = ["(", "[", "{"].iter().any(|it| self.is(start, it)) && self.after(start) == end;
        if is_list {
            return self.format_arguments(start, 0);
        }
        Arguments { positional: vec![self.span(start, end)], named: Vec::new() }
    }

    /// Notes an argument: `value`, `name=value`, `"name": value`, `name: value`.
    fn format_argument(&self, start: usize, end: usize, found: &mut Arguments) {
        let value = start + 2;
        let is_named = value < end
            && (self.is(start + 1, "=") || self.is(start + 1, ":") && !self.is(value, ":"))
            && !self.is(value, "=");
        let name = match self.literal(start).and_then(|nth| self.lexed.literals.get(nth as usize)) {
            Some(literal) => literal.body.slice(self.source),
            None => self.text(start),
        };
        match is_named {
            true => found.named.push((name.to_vec(), self.span(value, end))),
            false => found.positional.push(self.span(start, end)),
        }
    }

    /// The place of the tokens `start..end`.
    pub(crate) fn span(&self, start: usize, end: usize) -> TextRange {
        TextRange::new(self.range(start).start, self.range(end.max(start + 1) - 1).end)
    }
}
