//! The rules by what they are about, for lists that people read.

/// Rules about one thing.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Heading.
    pub title: &'static str,
    /// Codes of its rules, sorted.
    pub rules: &'static [&'static str],
}

const fn group(title: &'static str, rules: &'static [&'static str]) -> Group {
    Group { title, rules }
}

/// Every rule in one group.
pub static GROUPS: &[Group] = &[
    group(
        "Syntax, names and includes",
        &[
            "bad-escape",
            "forbidden-library",
            "global-assignment",
            "include-not-found",
            "library-method",
            "method-without-self",
            "nested-brackets",
            "readonly-table",
            "syntax-error",
            "undefined-global",
            "uninitialized-variable",
            "unknown-member",
            "wrong-api-arity",
        ],
    ),
    group(
        "Commands",
        &[
            "blocking-command",
            "command-arity",
            "command-not-allowed",
            "command-syntax",
            "command-unavailable",
            "deprecated-command",
            "float-argument",
            "fraction-argument",
            "quoted-argument",
            "refused-call",
            "score-as-member",
            "time-unit",
            "unknown-command",
            "unknown-subcommand",
            "wrong-argument-type",
            "wrong-type-sequence",
            "zero-time-to-live",
        ],
    ),
    group(
        "Keys and arguments",
        &[
            "argument-as-key",
            "argument-out-of-range",
            "cross-slot",
            "header-mismatch",
            "key-as-value",
            "key-out-of-range",
            "undeclared-key",
            "unused-argument",
            "unused-key",
        ],
    ),
    group(
        "Replies and missing values",
        &[
            "arithmetic-on-missing",
            "boolean-comparison",
            "concat-missing",
            "field-of-flat-reply",
            "glued-time",
            "index-missing",
            "integer-as-boolean",
            "missing-as-text",
            "nil-comparison",
            "rethrown-error",
            "status-comparison",
            "table-as-boolean",
            "unchecked-pcall",
            "unpack-empty",
        ],
    ),
    group(
        "What the client gets",
        &["error-reply-code", "error-table", "return-extra-values", "return-float", "return-hole", "return-map"],
    ),
    group(
        "Function libraries and flags",
        &[
            "function-registration",
            "keys-in-function",
            "library-header",
            "load-time-call",
            "missing-no-writes",
            "write-in-read-only",
        ],
    ),
    group(
        "Types and numbers",
        &[
            "bad-argument",
            "bad-pattern",
            "compare-nan",
            "divide-by-zero",
            "impossible-operation",
            "integer-precision",
            "negated-comparison",
            "never-equal",
            "pattern-from-data",
            "pointless-argument",
            "string-number-equality",
            "string-number-order",
        ],
    ),
    group("JSON", &["cjson-empty-array", "cjson-null", "cjson-number", "json-round-trip"]),
    group(
        "Cost",
        &["call-in-loop", "full-scan", "keys-command", "large-reply", "time-call", "unbounded-loop", "unpack-limit"],
    ),
    group("Replication and time", &["deprecated-api", "nondeterministic-write", "unseeded-random"]),
    group(
        "Suspicious code",
        &[
            "almost-swapped",
            "argument-count",
            "constant-condition",
            "duplicate-key",
            "loop-from-zero",
            "mixed-table",
            "redefined-variable",
            "reversed-loop",
            "same-branches",
            "self-assignment",
            "shadowed-variable",
            "swallowed-value",
            "unbalanced-assignment",
            "unreachable-code",
        ],
    ),
    group(
        "Unused and left over",
        &[
            "debug-left-in",
            "deprecated-function",
            "empty-block",
            "never-read-value",
            "unused-function",
            "unused-parameter",
            "unused-suppression",
            "unused-variable",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|group| group.rules).copied().collect();
        grouped.sort_unstable();
        let rules: Vec<&str> = crate::RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(grouped, rules, "a new rule gets its line in groups.rs");
        assert!(GROUPS.iter().all(|group| group.rules.is_sorted()));
    }
}
