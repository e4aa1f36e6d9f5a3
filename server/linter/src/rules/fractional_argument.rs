//! Fractions where commands take nothing but integers.

use semantic::{
    CallForm,
    flow::{Kinds, Whole},
};

use crate::rule::declare_rule;
use crate::{Context, Sink, values};

declare_rule! {
    /// ## What it does
    /// Reports quotients and other numbers with a fraction where a command takes an integer: a time to live, an offset or
    /// count, an increment.
    ///
    /// ## Why it is bad
    /// The server refuses the call for most values: `value is not an integer or out of range`. It works as long as the
    /// division happens to leave no rest.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('EXPIRE', KEYS[1], ARGV[1] / 1000)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[1] / 1000))
    /// ```
    "fractional-argument", Warning, Offered, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // What a wrapper passes on is looked at in the wrapper.
    let calls = context.script.calls.iter().filter(|call| !matches!(call.form, CallForm::Wrapper(_)));
    for call in calls {
        for (at, &word) in call.words.iter().enumerate() {
            let Some(of) = values::of(context, word).filter(|of| of.is(Kinds::NUMBER)) else { continue };
            if of.number.whole != Whole::No || of.number.constant.is_some() {
                continue;
            }
            let Some(argument) = context.script.integer_argument(call, at) else { continue };
            let name = call.name().unwrap_or("the command");
            let message = format!("{name} takes an integer for {argument}, and this number has a fraction at times");
            sink.report(context.range(word), message)
                .help("round it, with `math.floor` or `math.ceil`")
                .fix("Round it up", values::around(context, word, "math.ceil(", ")"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn quotients() {
        check(
            "fractional-argument",
            "
redis.call('EXPIRE', KEYS[1], ARGV[1] / 1000)
                            --^^^^^^^^^^^^^^ warning[fractional-argument]: EXPIRE takes an integer for seconds, and this number has a fraction at times
local ttl = tonumber(ARGV[1]) / 2
redis.call('SET', KEYS[1], '1', 'EX', ttl)
                                    --^^^ warning[fractional-argument]: SET takes an integer for seconds, and this number has a fraction at times
redis.call('ZRANGEBYSCORE', KEYS[2], 0, 9, 'LIMIT', 0, ARGV[2] * 0.5)
                                                     --^^^^^^^^^^^^^ warning[fractional-argument]: ZRANGEBYSCORE takes an integer for count, and this number has a fraction at times
redis.call('INCRBY', KEYS[3], ttl)
                            --^^^ warning[fractional-argument]: INCRBY takes an integer for increment, and this number has a fraction at times
redis.call('INCRBYFLOAT', KEYS[4], ttl)
redis.call('ZADD', KEYS[5], ttl, 'a')
redis.call('EXPIRE', KEYS[1], math.ceil(ttl))
redis.call('EXPIRE', KEYS[1], ttl - ttl % 1)
redis.call('EXPIRE', KEYS[1], 120 / 2)
redis.call('LTRIM', KEYS[6], 0, #ARGV / 2)
redis.call('EXPIRE', KEYS[1], string.format('%d', ttl))
",
        );
    }

    #[test]
    fn rounded_up() {
        assert_eq!(
            fixed("fractional-argument", "redis.call('EXPIRE', KEYS[1], ARGV[1] / 9)"),
            "redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[1] / 9))"
        );
    }
}
