//! A command's arguments in one line, as the servers' own help writes them.

use std::ops::Range;

use crate::spec::{Argument, ArgumentKind};

/// The arguments in the usual notation: `key value [NX | XX] [EX seconds | …]`.
pub fn usage(args: &[Argument]) -> String {
    spans(args).0
}

/// The arguments in the usual notation, with the place of each argument and of its parts in it, in bytes. An argument
/// that may be repeated has its first place.
pub fn spans(args: &[Argument]) -> (String, Vec<(&Argument, Range<usize>)>) {
    let mut writer = Writer { text: String::new(), spans: Vec::new() };
    writer.sequence(args);
    (writer.text, writer.spans)
}

struct Writer<'a> {
    text: String,
    spans: Vec<(&'a Argument, Range<usize>)>,
}

impl<'a> Writer<'a> {
    fn sequence(&mut self, args: &'a [Argument]) {
        for (nth, arg) in args.iter().enumerate() {
            if nth > 0 {
                self.text.push(' ');
            }
            self.argument(arg);
        }
    }

    fn argument(&mut self, arg: &'a Argument) {
        let start = self.text.len();
        if arg.optional {
            self.text.push('[');
        }
        let inner = self.text.len();
        self.once(arg);
        if arg.multiple {
            let whole = arg.multiple_token || arg.token.is_empty();
            let again = if whole { self.text[inner..].to_owned() } else { arg.name.to_owned() };
            self.text.push_str(&format!(" [{again} …]"));
        }
        if arg.optional {
            self.text.push(']');
        }
        self.spans.push((arg, start..self.text.len()));
    }

    fn once(&mut self, arg: &'a Argument) {
        self.text.push_str(arg.token);
        if !arg.token.is_empty() && arg.kind != ArgumentKind::Token {
            self.text.push(' ');
        }
        match arg.kind {
            ArgumentKind::OneOf => {
                let bare = arg.optional && arg.token.is_empty();
                self.text.push_str(if bare { "" } else { "<" });
                for (nth, choice) in arg.args.iter().enumerate() {
                    self.text.push_str(if nth > 0 { " | " } else { "" });
                    self.argument(choice);
                }
                self.text.push_str(if bare { "" } else { ">" });
            }
            ArgumentKind::Block => self.sequence(arg.args),
            ArgumentKind::Token => {}
            _ => self.text.push_str(arg.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_in_one_line() {
        let of = |name: &str| {
            let facts = crate::lookup(name.as_bytes()).and_then(|spec| spec.redis);
            facts.map(|facts| usage(facts.args)).unwrap_or_default()
        };
        assert_eq!(of("HSET"), "key field value [field value …]");
        assert_eq!(of("EXPIRE"), "key seconds [NX | XX | GT | LT]");
        assert_eq!(of("DEL"), "key [key …]");
        let facts = crate::lookup(b"EXPIRE").and_then(|spec| spec.redis);
        let (text, spans) = spans(facts.map_or(&[], |facts| facts.args));
        let of = |name: &str| spans.iter().find(|(arg, _)| arg.name == name).map(|(_, span)| &text[span.clone()]);
        assert_eq!((of("seconds"), of("xx")), (Some("seconds"), Some("XX")));
    }
}
