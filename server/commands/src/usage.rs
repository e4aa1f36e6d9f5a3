//! A command's arguments in one line, as the servers' own help writes them.

use crate::spec::{Argument, ArgumentKind};

/// The arguments in the usual notation: `key value [NX | XX] [EX seconds | …]`.
pub fn usage(args: &[Argument]) -> String {
    args.iter().map(argument).collect::<Vec<_>>().join(" ")
}

fn argument(arg: &Argument) -> String {
    let inner = match arg.kind {
        ArgumentKind::OneOf => {
            let choices = arg.args.iter().map(argument).collect::<Vec<_>>().join(" | ");
            if arg.optional && arg.token.is_empty() { choices } else { format!("<{choices}>") }
        }
        ArgumentKind::Block => usage(arg.args),
        ArgumentKind::Token => String::new(),
        _ => arg.name.to_owned(),
    };
    let mut text = match (arg.token, inner.is_empty()) {
        ("", _) => inner,
        (token, true) => token.to_owned(),
        (token, false) => format!("{token} {inner}"),
    };
    if arg.multiple {
        let again = if arg.multiple_token || arg.token.is_empty() { text.clone() } else { arg.name.to_owned() };
        text = format!("{text} [{again} …]");
    }
    if arg.optional { format!("[{text}]") } else { text }
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
    }
}
