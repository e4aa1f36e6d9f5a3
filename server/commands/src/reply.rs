//! The shapes of commands' replies in RESP2 and RESP3, and the options that change them.

use std::fmt;

/// One form of a command's reply.
#[derive(PartialEq, Debug)]
pub struct ReplyCase {
    /// The reply has this form where one of these is given: an option word in upper case, or the name of an argument.
    /// Empty for the form without any of the options.
    pub when: &'static [&'static str],
    /// Reply in RESP2, which scripts get unless they call `redis.setresp(3)`.
    pub resp2: Shape,
    /// Reply in RESP3.
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
    /// An array of alternating keys and values: a map in RESP2.
    Flat(&'static [Shape; 2]),
    /// Keys with values (RESP3 only).
    Map(&'static [Shape; 2]),
    /// A set (RESP3 only).
    Set(&'static Shape),
    /// One of these.
    OneOf(&'static [Shape]),
    /// Any shape.
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

    /// True if the reply may be nil.
    pub fn may_be_nil(&self) -> bool {
        self.alternatives().iter().any(|shape| matches!(shape, Self::Nil | Self::Any))
    }
}

impl Shape {
    /// Describes the Lua value that a script gets; `resp3` is after `redis.setresp(3)`.
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

#[cfg(test)]
mod tests {
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
}
