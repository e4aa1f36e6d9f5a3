//! Suppression comments that suppress nothing.

use host::CallComment;
use text::TextRange;

use crate::{
    Context, Edit, Sink, Tag,
    groups::Group,
    rule::{self, declare_rule},
    suppress::{self, Allow},
};

declare_rule! {
    /// ## What it does
    /// Points out comments `-- redlua: allow(…)` that name no rule, and rules in them that find nothing there.
    ///
    /// In a program such a comment suppresses findings at calls of scripts: `# redlua: allow(call-arity)`, on the line of the call or above it.
    ///
    /// A rule that is switched off, or a script that cannot be parsed or whose includes are not found, is not judged.
    ///
    /// ## Why it is bad
    /// A misspelt name suppresses nothing. A suppression that outlived what it was written for hides the next finding on
    /// its line.
    ///
    /// ## Example
    /// ```lua
    /// -- redlua: allow(unknown-comand)
    /// return redis.call('GET', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('GET', KEYS[1])
    /// ```
    code: "unused-suppression",
    group: Unused,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

/// Rules of other groups that find something at calls of programs.
const AT_CALLS: [&str; 2] = ["cross-slot", "write-in-read-only"];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let suppressions = suppress::read(context.script);
    for &comment in &suppressions.unreadable {
        let sign = if is_of_program(context, comment) { "" } else { "-- " };
        sink.report(comment, format!("this comment suppresses nothing: write `{sign}redlua: allow(rule-name)`"))
            .tag(Tag::Unused)
            .fix("Remove the comment", vec![removal(context, comment)]);
    }
    let judged = context.script.parse.errors.is_empty() && !context.script.environment.incomplete;
    for allow in &suppressions.allows {
        let unused: Vec<(usize, String)> = (0..allow.names.len())
            .filter_map(|at| Some((at, complaint(context, allow, allow.names[at].0, judged)?)))
            .collect();
        let all = unused.len() == allow.names.len();
        for (at, message) in unused {
            let (name, range) = allow.names[at];
            let finding = sink.report(if name.is_empty() { allow.comment } else { range }, message).tag(Tag::Unused);
            match rule::closest(context.rules, name) {
                Some(meant) if rule::find(context.rules, name).is_none() && !name.is_empty() => {
                    finding.fix(format!("Replace it by `{meant}`"), vec![Edit::replace(range, meant)])
                }
                _ if all => finding.fix("Remove the comment", vec![removal(context, allow.comment)]),
                _ => finding.fix(format!("Remove `{name}`"), vec![Edit::delete(with_comma(allow, at))]),
            };
        }
    }
}

/// True for a comment of a program, whose text is not the script's.
fn is_of_program(context: &Context<'_>, comment: TextRange) -> bool {
    of_program(context, comment).is_some()
}

fn of_program<'a>(context: &Context<'a>, comment: TextRange) -> Option<&'a CallComment> {
    context.script.sites.iter().flat_map(|site| &site.call.comments).find(|it| it.range == comment)
}

/// Describes the mistake of a name in a comment; none if it suppresses a finding, or if this is not known.
fn complaint(context: &Context<'_>, allow: &Allow<'_>, name: &str, judged: bool) -> Option<String> {
    if name.is_empty() {
        return Some("this comment names no rule".to_owned());
    }
    let Some(rule) = rule::find(context.rules, name) else {
        return Some(match rule::closest(context.rules, name) {
            Some(meant) => format!("there is no rule `{name}`: did you mean `{meant}`?"),
            None => format!("there is no rule `{name}`: `redlua explain` lists them"),
        });
    };
    // Its own name is what keeps this rule silent: it suppresses by being there.
    if rule.code == RULE.code || !judged || !context.is_active(rule.code) {
        return None;
    }
    if is_of_program(context, allow.comment) {
        // What is pasted into a script is found there.
        if rule.code == "interpolated-script" {
            return None;
        }
        if !AT_CALLS.contains(&rule.code) && rule.group != Group::Hosts {
            return Some(format!("`{name}` finds nothing at calls: write the comment in the script, as Lua has it"));
        }
    }
    // The options of a run may be others than those that the comment was written for: `--cluster` finds more.
    let finds = [context.cluster, true].into_iter().any(|cluster| {
        let mut found = Vec::new();
        (rule.check)(&context.with_cluster(cluster), &mut Sink::new(rule, None, &mut found));
        found.iter().any(|finding| allow.covers(finding))
    });
    (!finds).then(|| format!("`{name}` finds nothing here: this suppression is not needed"))
}

/// The removal of a comment, with its line where it has one to itself.
fn removal(context: &Context<'_>, comment: TextRange) -> Edit {
    if let Some(comment) = of_program(context, comment) {
        return Edit::delete(comment.removal);
    }
    let source = context.source();
    let before = &source[..comment.start as usize];
    let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = comment.start - blanks as u32;
    let is_alone = start == 0 || source[start as usize - 1] == b'\n';
    let mut end = comment.end as usize;
    if is_alone {
        end += source[end..].iter().position(|&byte| byte == b'\n').map_or(source.len() - end, |at| at + 1);
    }
    Edit::delete(TextRange::new(start, end as u32))
}

/// A name of a list with the comma that goes with it.
fn with_comma(allow: &Allow<'_>, at: usize) -> TextRange {
    let range = allow.names[at].1;
    match (allow.names.get(at + 1), at.checked_sub(1)) {
        (Some((_, next)), _) => TextRange::new(range.start, next.start),
        (None, Some(before)) => TextRange::new(allow.names[before].1.end, range.end),
        (None, None) => range,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Options, test_support::*};

    #[test]
    fn names_that_are_no_rules() {
        check(
            "unused-suppression",
            "
-- redlua: allow(no-such-rule, unknown-comand)
               --^^^^^^^^^^^^ hint[unused-suppression]: there is no rule `no-such-rule`: `redlua explain` lists them
                             --^^^^^^^^^^^^^^ hint[unused-suppression]: there is no rule `unknown-comand`: did you mean `unknown-command`?
return redis.call('GET', KEYS[1])
",
        );
        for text in ["-- redlua: allow()", "-- redlua: allow unknown-command", "-- redlua: disable(unknown-command)"] {
            assert_eq!(
                fixed("unused-suppression", &format!("local a = 1\n  {text}\nreturn a")),
                "local a = 1\nreturn a"
            );
        }
        check("unused-suppression", "-- redlua: see the README\nreturn 1\n");
    }

    #[test]
    fn suppressions_of_nothing() {
        check(
            "unused-suppression",
            "
local a = redis.call('GTE', KEYS[1]) -- redlua: allow(unknown-command, time-call)
                                                                     --^^^^^^^^^ hint[unused-suppression]: `time-call` finds nothing here: this suppression is not needed
return a
-- redlua: allow(unknown-command)
               --^^^^^^^^^^^^^^^ hint[unused-suppression]: `unknown-command` finds nothing here: this suppression is not needed
",
        );
        assert_eq!(
            fixed(
                "unused-suppression",
                "local a = redis.call('GTE') -- redlua: allow(time-call, unknown-command)\nreturn a"
            ),
            "local a = redis.call('GTE') -- redlua: allow(unknown-command)\nreturn a"
        );
        assert_eq!(
            fixed("unused-suppression", "local a = 1 -- redlua: allow(time-call)\nreturn a"),
            "local a = 1\nreturn a"
        );
        assert_eq!(
            fixed("unused-suppression", "local a = 1\n-- redlua: allow(time-cal)\nreturn a"),
            "local a = 1\n-- redlua: allow(time-call)\nreturn a"
        );
    }

    #[test]
    fn what_cannot_be_judged_is_left() {
        // Broken scripts, and rules that are off or find something on a cluster.
        assert_eq!(
            fixed("unused-suppression", "-- redlua: allow(time-call)\nif\n"),
            "-- redlua: allow(time-call)\nif\n"
        );
        let source = "-- redlua: allow(time-call)\nreturn 1\n";
        let mut options = Options::default();
        options.levels.insert("time-call".to_owned(), None);
        check_with("unused-suppression", source, &options, None);
        check("unused-suppression", "-- redlua: allow(undeclared-key)\nreturn redis.call('GET', 'a' .. ARGV[1])\n");
        check("unused-suppression", "-- redlua: allow(unused-suppression, nothing)\nreturn 1\n");
    }
}
