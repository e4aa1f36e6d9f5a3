//! Form of the reply to a call, by its options.

use super::{Binding, Role, Word};
use crate::reply::ReplyCase;

impl Binding {
    /// The forms that the reply to the call may have: one, where the words that decide are known.
    pub fn replies(&self, words: &[Word<'_>]) -> Vec<&'static ReplyCase> {
        let mut found = Vec::new();
        let Some(spec) = self.spec else { return found };
        // Each subcommand has replies of its own.
        let open = matches!(words.get(1), Some(Word::Unknown | Word::Many | Word::Number(_)));
        if open && !spec.subcommands.is_empty() {
            return found;
        }
        // Options of XADD stand before the id: what comes after it cannot be one.
        let ended =
            spec.name == "XADD" && self.roles.iter().any(|role| matches!(role, Role::Token("*") | Role::Value("id")));
        // The operations of BITFIELD repeat, which the grammar is not followed through.
        let without_fail = spec.name == "BITFIELD" && !may_fail(words.get(2..).unwrap_or_default());
        // With more than key and group XPENDING lists entries.
        let lists =
            spec.name == "XPENDING" && words.len() > 3 && !words[..4].iter().any(|word| matches!(word, Word::Many));
        for case in spec.replies {
            if lists && case.when.is_empty() {
                continue;
            }
            if without_fail && case.when.contains(&"FAIL") {
                continue;
            }
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
                    (Role::Unknown, _) => possible |= !ended,
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

/// True if `OVERFLOW FAIL` may be among the operations of BITFIELD.
fn may_fail(mut operations: &[Word<'_>]) -> bool {
    while let Some((first, rest)) = operations.split_first() {
        let Word::Known(name) = first else { return true };
        let len = match name.to_ascii_uppercase().as_slice() {
            b"OVERFLOW" => match rest.first() {
                Some(Word::Known(how)) if !how.eq_ignore_ascii_case(b"FAIL") => 1,
                _ => return true,
            },
            b"GET" => 2,
            b"SET" | b"INCRBY" => 3,
            _ => return true,
        };
        if rest.iter().take(len).any(|word| matches!(word, Word::Many)) {
            return true;
        }
        operations = rest.get(len..).unwrap_or_default();
    }
    false
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
            ("XPENDING k g", "[integer, string or nil, string or nil, array of ([string, string]) or nil]"),
            ("XPENDING k g ? ? ?", "array of ([string, string, integer, integer])"),
            ("XPENDING k g IDLE 10 - + ?", "array of ([string, string, integer, integer])"),
            ("XADD k *", "string or nil | string"),
            ("XADD k MAXLEN ~ 10 * *", "string or nil | string"),
            ("XADD k 1-1 *", "string"),
            ("BITFIELD k GET u8 ?", "array of (integer)"),
            ("BITFIELD k OVERFLOW SAT INCRBY u8 ? ? GET u1 ?", "array of (integer)"),
            ("BITFIELD k OVERFLOW FAIL INCRBY u8 0 1", "array of (integer or nil)"),
            ("BITFIELD k GET u8 *", "array of (integer or nil) | array of (integer)"),
            ("NOSUCH k", ""),
            ("CONFIG", ""),
            ("COMMAND", "array of (array)"),
            ("COMMAND *", ""),
        ] {
            assert_eq!(replies(call.trim()), shape, "{call}");
        }
    }
}
