//! Blocking commands, which do not block in scripts.

use commands::{
    CommandId, Flags,
    bind::{Problem, ProblemKind},
};

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::command_problems};

declare_rule! {
    /// ## What it does
    /// Points out commands that wait elsewhere and answer at once in a script.
    ///
    /// ## Why it is bad
    /// Nothing else runs while a script runs, so waiting would never end: `BLPOP` on an empty list gives `false` at once,
    /// whatever its timeout. Older servers refuse most of them.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('BLMPOP', 0, 1, KEYS[1], 'LEFT')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('LMPOP', 1, KEYS[1], 'LEFT')
    /// ```
    code: "blocking-command",
    group: Commands,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for call in &context.script.calls {
        let Some(spec) = call.binding.spec else { continue };
        let refused = |problem: &Problem| {
            matches!(problem.kind, ProblemKind::NotAllowedFromScript { .. }) && problem.targets.is_empty()
        };
        let waits = match spec.id {
            // They wait only with BLOCK, which older servers refuse.
            CommandId::Xread | CommandId::Xreadgroup => {
                call.binding.has_token("BLOCK") && !call.binding.problems.iter().any(refused)
            }
            CommandId::Wait | CommandId::Waitaof => !call.binding.problems.iter().any(refused),
            _ => context
                .targets
                .iter()
                .any(|&target| spec.flags(target).has(Flags::BLOCKING) && !spec.flags(target).has(Flags::NOSCRIPT)),
        };
        if waits {
            let range = command_problems::word_range(context, call, 0);
            let plain = spec.name.strip_prefix('B').filter(|name| commands::lookup(name.as_bytes()).is_some());
            let finding = sink.report(range, format!("{} does not wait in a script: it answers at once", spec.name));
            if let Some(plain) = plain {
                finding.help(format!("write {plain}, which says so"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Options, test_support::*};

    #[test]
    fn what_does_not_wait() {
        let newer = Options { targets: vec![Target::redis(8, 2)], ..Options::default() };
        check_with(
            "blocking-command",
            "
redis.call('BLPOP', KEYS[1], 5)
         --^^^^^^^ hint[blocking-command]: BLPOP does not wait in a script: it answers at once
redis.call('XREAD', 'STREAMS', KEYS[1], '0')
redis.call('XREAD', 'BLOCK', 0, 'STREAMS', KEYS[1], '0')
         --^^^^^^^ hint[blocking-command]: XREAD does not wait in a script: it answers at once
",
            &newer,
            None,
        );
        check("blocking-command", "redis.call('XREAD', 'BLOCK', 0, 'STREAMS', KEYS[1], '0')\n");
    }
}
