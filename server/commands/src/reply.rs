//! The shapes of commands' replies: what a client gets in RESP2 and RESP3, and which options change it.

use std::fmt;

use crate::bind::{Binding, Role, Word};

/// One form of a command's reply.
#[derive(PartialEq, Debug)]
pub struct ReplyCase {
    /// The reply has this form where one of these is given: an option word in upper case, or the name of an argument.
    /// Empty for the form without any of the options.
    pub when: &'static [&'static str],
    /// What a client gets that speaks RESP2; scripts do unless they call `redis.setresp(3)`.
    pub resp2: Shape,
    /// What a client gets that speaks RESP3.
    pub resp3: Shape,
}

/// The shape of a reply.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Shape {
    /// The status `OK`.
    Ok,
    /// Any status.
    Status,
    /// An integer.
    Int,
    /// This integer.
    IntIs(i64),
    /// A string of bytes.
    Bulk,
    /// Nothing: the null of RESP3, a null string or null array in RESP2.
    Nil,
    /// A floating-point number (RESP3 only).
    Double,
    /// True or false (RESP3 only).
    Bool,
    /// A text with its format (RESP3 only).
    Verbatim,
    /// An array of any length.
    Array(&'static Shape),
    /// An array of these elements.
    Tuple(&'static [Shape]),
    /// An array in which keys and values take turns: what RESP2 has for a map.
    Flat(&'static [Shape; 2]),
    /// Keys with values (RESP3 only).
    Map(&'static [Shape; 2]),
    /// A set (RESP3 only).
    Set(&'static Shape),
    /// One of these.
    OneOf(&'static [Shape]),
    /// Not told.
    Any,
}

impl Shape {
    /// The alternatives, or the shape itself where there is but one.
    pub fn alternatives(&self) -> &[Self] {
        match self {
            Self::OneOf(shapes) => shapes,
            one => std::slice::from_ref(one),
        }
    }

    /// Whether the reply may be nil.
    pub fn may_be_nil(&self) -> bool {
        self.alternatives().iter().any(|shape| matches!(shape, Self::Nil | Self::Any))
    }
}

impl Shape {
    /// What a script gets of it, in words; `resp3` is after `redis.setresp(3)`.
    pub fn in_lua(&self, resp3: bool) -> String {
        let several = |shapes: &[Self]| shapes.iter().map(|shape| shape.in_lua(resp3)).collect::<Vec<_>>();
        match self {
            Self::Ok => "`{ok = 'OK'}`".to_owned(),
            Self::Status => "`{ok = …}`".to_owned(),
            Self::Int => "number".to_owned(),
            Self::IntIs(value) => format!("`{value}`"),
            Self::Bulk => "string".to_owned(),
            Self::Nil => if resp3 { "`nil`" } else { "`false`" }.to_owned(),
            Self::Double => "`{double = …}`".to_owned(),
            Self::Bool => "boolean".to_owned(),
            Self::Verbatim => "`{verbatim_string = …}`".to_owned(),
            Self::Array(element) if **element == Self::Any => "list".to_owned(),
            Self::Array(element) => format!("list of {}", grouped(element.in_lua(resp3))),
            Self::Tuple([]) => "empty list".to_owned(),
            Self::Tuple(elements) => format!("list [{}]", several(elements).join(", ")),
            Self::Flat([key, value]) => {
                format!("flat list: {}, {}, …", grouped(key.in_lua(resp3)), grouped(value.in_lua(resp3)))
            }
            Self::Map([key, value]) => {
                format!("`{{map = …}}` of {} to {}", grouped(key.in_lua(resp3)), grouped(value.in_lua(resp3)))
            }
            Self::Set(element) => format!("`{{set = …}}` with {} as its keys", grouped(element.in_lua(resp3))),
            Self::OneOf(shapes) => several(shapes).join(" or "),
            Self::Any => "anything".to_owned(),
        }
    }
}

/// In parentheses, where it has several words.
fn grouped(text: String) -> String {
    if text.contains(' ') && !text.starts_with('`') { format!("({text})") } else { text }
}

/// In words, as the hover shows it: `string or nil`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("OK"),
            Self::Status => f.write_str("status"),
            Self::Int => f.write_str("integer"),
            Self::IntIs(value) => write!(f, "{value}"),
            Self::Bulk => f.write_str("string"),
            Self::Nil => f.write_str("nil"),
            Self::Double => f.write_str("double"),
            Self::Bool => f.write_str("boolean"),
            Self::Verbatim => f.write_str("verbatim string"),
            Self::Array(element) if **element == Self::Any => f.write_str("array"),
            Self::Array(element) => write!(f, "array of ({element})"),
            Self::Tuple([]) => f.write_str("empty array"),
            Self::Tuple(elements) => {
                f.write_str("[")?;
                for (nth, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if nth > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Flat([key, value]) => write!(f, "flat array of ({key}, {value})…"),
            Self::Map([key, value]) => write!(f, "map of ({key}) to ({value})"),
            Self::Set(element) => write!(f, "set of ({element})"),
            Self::OneOf(shapes) => {
                for (nth, shape) in shapes.iter().enumerate() {
                    let last = nth + 1 == shapes.len();
                    write!(
                        f,
                        "{}{shape}",
                        if nth == 0 {
                            ""
                        } else if last {
                            " or "
                        } else {
                            ", "
                        }
                    )?;
                }
                Ok(())
            }
            Self::Any => f.write_str("anything"),
        }
    }
}

impl Binding {
    /// The forms that the reply to the call may have: one, where the words that decide are known.
    pub fn replies(&self, words: &[Word<'_>]) -> Vec<&'static ReplyCase> {
        let mut found = Vec::new();
        let Some(spec) = self.spec else { return found };
        for case in spec.replies {
            let mut possible = case.when.is_empty();
            let mut sure = possible;
            for (role, word) in self.roles.iter().zip(words) {
                match (role, word) {
                    (Role::Token(name) | Role::Value(name), _) => sure |= case.when.contains(name),
                    // Where the grammar was not followed, an option's word is still most likely the option.
                    (Role::Unknown, Word::Known(text)) => {
                        sure |= case.when.iter().any(|name| {
                            name.starts_with(|first: char| first.is_ascii_uppercase())
                                && text.eq_ignore_ascii_case(name.as_bytes())
                        });
                        possible |=
                            case.when.iter().any(|name| name.starts_with(|first: char| first.is_ascii_lowercase()));
                    }
                    (Role::Unknown, _) => possible = true,
                    _ => {}
                }
            }
            if sure || possible {
                found.push(case);
            }
            if sure {
                break;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Target, bind::bind};

    fn replies(call: &str) -> String {
        let words: Vec<Word<'_>> = call
            .split(' ')
            .map(|word| match word {
                "?" => Word::Unknown,
                "*" => Word::Many,
                word => Word::Known(word.as_bytes()),
            })
            .collect();
        let shapes: Vec<String> =
            bind(&words, &[Target::DEFAULT]).replies(&words).iter().map(|case| case.resp2.to_string()).collect();
        shapes.join(" | ")
    }

    #[test]
    fn scripts_get_other_things_than_clients() {
        let lua = |name: &str, resp3| {
            crate::lookup(name.as_bytes())
                .and_then(|spec| spec.replies.last())
                .map(|case| if resp3 { case.resp3 } else { case.resp2 }.in_lua(resp3))
        };
        assert_eq!(lua("GET", false).as_deref(), Some("string or `false`"));
        assert_eq!(lua("SET", false).as_deref(), Some("`{ok = 'OK'}`"));
        assert_eq!(lua("HGETALL", false).as_deref(), Some("flat list: string, string, …"));
        assert_eq!(lua("HGETALL", true).as_deref(), Some("`{map = …}` of string to string"));
        assert_eq!(lua("MGET", false).as_deref(), Some("list of (string or `false`)"));
    }

    #[test]
    fn options_choose_the_form() {
        for (call, shape) in [
            ("GET k", "string or nil"),
            ("SET k v", "OK"),
            ("SET k v NX", "OK or nil"),
            ("SET k v EX 10", "OK"),
            ("SET k v EX 10 get", "string or nil"),
            ("SET k v ?", "string or nil | OK or nil | OK"),
            ("SET k v EX ? ", "OK"),
            ("LPOP k", "string or nil"),
            ("LPOP k 2", "array of (string) or nil"),
            ("LPOP k *", "array of (string) or nil | string or nil"),
            ("ZRANGE k 0 -1", "array of (string)"),
            ("ZRANGE k 0 -1 WITHSCORES", "flat array of (string, string)…"),
            ("HGETALL k", "flat array of (string, string)…"),
            ("GEORADIUS k 1 1 1 m WITHDIST", "array of (array)"),
            ("SPOP k", "string or nil"),
            ("NOSUCH k", ""),
            ("CONFIG", ""),
        ] {
            assert_eq!(replies(call.trim()), shape, "{call}");
        }
    }
}
