//! Questions that several rules ask of a script, and the fixes and words that they share.
//!
//! Helpers see a script through [`crate::Context`] and know no rule but by its code.

pub(crate) mod collection_reads;
pub(crate) mod command_problems;
pub(crate) mod edits;
pub(crate) mod fields;
pub(crate) mod flat_replies;
pub(crate) mod grouping;
pub(crate) mod header;
pub(crate) mod locals;
pub(crate) mod loops;
pub(crate) mod missing_arguments;
pub(crate) mod missing_values;
pub(crate) mod reachability;
pub(crate) mod returns;
pub(crate) mod server_tables;
pub(crate) mod sparse_arrays;
pub(crate) mod struct_formats;
pub(crate) mod unpack;
pub(crate) mod values;

#[cfg(test)]
mod tests {
    use semantic::Script;

    use crate::{Options, lint};

    fn codes(source: &str, allowed: Option<&str>) -> Vec<&'static str> {
        let mut options = Options::default();
        options.levels.extend(allowed.map(|code| (code.to_owned(), None)));
        let mut script = Script::new(source.as_bytes().into(), None);
        script.bind_commands(&options.targets);
        lint(&script, &options).iter().map(|finding| finding.code).collect()
    }

    /// Helpers ask by code whether the other rule is on.
    #[test]
    fn a_rule_yields_to_another_only_while_that_is_on() {
        let left_out = "local function bucket(time, size) return time - time % size end\nreturn bucket(ARGV[1])";
        let by_dot = "local q = {items = {}}\nfunction q:push(item) self.items[1] = item end\nq.push(KEYS[1])";
        let unnamed = "-- ARGV[1] how many\nreturn redis.call('INCRBY', KEYS[1], ARGV[2])";
        let again = "local x = redis.call('GET', KEYS[1])\nlocal x = redis.call('GET', KEYS[2])\nreturn x";
        let cases = [
            ("field-of-flat-reply", "arithmetic-on-missing", "return redis.call('HGETALL', KEYS[1]).count + 1"),
            ("method-without-self", "index-missing", by_dot),
            ("argument-count", "arithmetic-on-missing", left_out),
            ("header-mismatch", "unused-argument", unnamed),
            ("redefined-variable", "unused-variable", again),
        ];
        for (first, second, source) in cases {
            let (on, off) = (codes(source, None), codes(source, Some(first)));
            assert!(on.contains(&first) && !on.contains(&second), "{first}: {on:?}");
            assert!(!off.contains(&first) && off.contains(&second), "{first} allowed: {off:?}");
        }
    }
}
