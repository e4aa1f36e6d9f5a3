//! Which form the reply to a call has, by its options.

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
            ("COMMAND", "array of (array)"),
            ("COMMAND *", ""),
        ] {
            assert_eq!(replies(call.trim()), shape, "{call}");
        }
    }
}
