//! Fractions that the server writes with 17 digits.

use commands::{Family, Version};
use semantic::Constant;
use syntax::ExprKind;

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    context::on_targets,
    helpers::command_problems::{targets_where, word_range},
};

declare_rule! {
    /// ## What it does
    /// Points out constant fractions given to a command as Lua numbers, on servers that write all their digits.
    ///
    /// ## Why it is bad
    /// Up to Redis 7.0 a number becomes text with 17 digits: `0.1` is stored as `0.10000000000000001`. A string is sent as
    /// it is.
    ///
    /// ## Example
    /// ```lua,target-redis-7.0
    /// redis.call('SET', KEYS[1], 0.1)
    /// ```
    ///
    /// ## Use instead
    /// ```lua,target-redis-7.0
    /// redis.call('SET', KEYS[1], '0.1')
    /// ```
    code: "float-argument",
    group: Commands,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // Redis 7.2 and every Valkey write the shortest digits that read back as the same number.
    let old = |target: commands::Target| target.family == Family::Redis && target.version < Version::new(7, 2);
    let Some(targets) = targets_where(context, old) else { return };
    for call in &context.script.calls {
        for (at, &word) in call.words.iter().enumerate() {
            let Some(Constant::Number(number)) = context.script.constant(word) else { continue };
            if number.fract() == 0.0 || !number.is_finite() {
                continue;
            }
            // A fraction that 17 digits write no longer than it is, such as 0.5, is safe.
            let sent = seventeen_digits(number);
            if sent.parse::<f64>().ok() != Some(number) || sent.len() <= format!("{number}").len() {
                continue;
            }
            let range = word_range(context, call, at);
            let finding = sink
                .report(range, format!("`{number}` is sent as `{sent}`{}", on_targets(&targets)))
                .help(format!("write it as a string: '{number}'"));
            if let ExprKind::Number(_) = context.tree()[word].kind {
                finding.fix("Write it as a string", vec![Edit::replace(range, format!("'{number}'"))]);
            }
        }
    }
}

/// Formats a number like C's `%.17g`, without an exponent.
fn seventeen_digits(number: f64) -> String {
    let exponent = number.abs().log10().floor() as i32;
    let decimals = (16 - exponent).clamp(0, 60) as usize;
    let text = format!("{number:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn only_where_digits_appear() {
        let options = crate::Options { targets: vec![commands::Target::redis(7, 0)], ..Default::default() };
        check_with(
            "float-argument",
            "
redis.call('SET', KEYS[1], 0.1)
                         --^^^ hint[float-argument]: `0.1` is sent as `0.10000000000000001`
redis.call('SET', KEYS[1], 0.5)
redis.call('SET', KEYS[1], 3)
",
            &options,
            None,
        );
        check("float-argument", "redis.call('SET', KEYS[1], 0.1)");
    }
}
