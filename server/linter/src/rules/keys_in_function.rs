//! KEYS and ARGV inside a function library.

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Reports the globals KEYS and ARGV in a library; its functions get keys and arguments as parameters.
    ///
    /// ## Why it is bad
    /// The globals are not there: `Script attempted to access nonexistent global variable 'KEYS'`.
    ///
    /// ## Example
    /// ```lua
    /// #!lua name=mylib
    /// redis.register_function('get', function(keys, args) return redis.call('GET', KEYS[1]) end)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// #!lua name=mylib
    /// redis.register_function('get', function(keys, args) return redis.call('GET', keys[1]) end)
    /// ```
    code: "keys-in-function",
    group: Libraries,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let Some(library) = &script.library else { return };
    for global in script.scopes.globals().iter().filter(|global| global.write.is_none()) {
        let which = match global.name.text(context.source()) {
            b"KEYS" => 0,
            b"ARGV" => 1,
            _ => continue,
        };
        let table = global.name.as_str(context.source());
        let range = global.name.range;
        // The callback around it has the parameter.
        let mut function = global.function;
        while !library.is_callback(function) && function != script.scopes.parent(function) {
            function = script.scopes.parent(function);
        }
        let parameter = script.scopes.params(function).get(which).map(|&local| script.name(local));
        match parameter.filter(|_| library.is_callback(function)) {
            Some(name) => sink
                .report(range, format!("a library has no `{table}`: it is the parameter `{name}` here"))
                .fix(format!("Replace by `{name}`"), vec![Edit::replace(range, name)]),
            None => sink
                .report(range, format!("a library has no `{table}`: functions get keys and arguments as parameters"))
                .help("redis.register_function('name', function(keys, args) … end)"),
        };
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn parameters_instead() {
        check(
            "keys-in-function",
            "
#!lua name=lib
redis.register_function('get', function(keys, args)
  return redis.call('GET', KEYS[1], ARGV[1])
                         --^^^^ error[keys-in-function]: a library has no `KEYS`: it is the parameter `keys` here
                                  --^^^^ error[keys-in-function]: a library has no `ARGV`: it is the parameter `args` here
end)
",
        );
    }
}
