//! One finding for one cause.

use crate::Diagnostic;

/// Rules on a value and its use: rules that name a cause come before those that name its consequences.
const ON_A_VALUE: &[&str] = &[
    "syntax-error",
    "unpack-empty",
    "field-of-flat-reply",
    "unknown-member",
    "index-missing",
    "impossible-operation",
    "status-comparison",
    "arithmetic-on-missing",
    "concat-missing",
    "bad-argument",
    "wrong-argument-type",
    "nil-comparison",
    "never-equal",
];

/// Drops findings on a value, or on a part of it, that follow from another finding at the same place and are not more severe.
pub(crate) fn drop_consequences(findings: &mut Vec<Diagnostic>) {
    let rank = |finding: &Diagnostic| ON_A_VALUE.iter().position(|code| *code == finding.code);
    let order = |finding: &Diagnostic| rank(finding).map(|rank| (finding.range.end, rank));
    let known: Vec<_> = findings.iter().filter_map(|it| Some((it.range.start, order(it)?, it.level))).collect();
    findings.retain(|finding| {
        let Some(own) = order(finding) else { return true };
        !known
            .iter()
            .any(|&(start, other, level)| start == finding.range.start && other < own && level >= finding.level)
    });
}

#[cfg(test)]
mod tests {
    use crate::{Options, lint};

    #[test]
    fn what_follows_is_not_told() {
        let source = "local fields = redis.call('HGETALL', KEYS[1])\nreturn redis.call('SET', KEYS[2], fields.id)";
        let mut script = semantic::Script::new(source.as_bytes().into(), None);
        script.bind_commands(&Options::default().targets);
        let codes: Vec<_> = lint(&script, &Options::default()).into_iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["field-of-flat-reply"]);
    }
}
