//! Includes that lead to no file.

use semantic::{Include, IncludeForm};

use crate::{Context, Level, Sink, rule::declare_rule};

declare_rule! {
    /// ## What it does
    /// Reports include comments whose file is not there: `--- @include "path"` as an error, `-- @include path` and
    /// `-- $include(path)`, which loaders look for in folders of their own, as a warning.
    ///
    /// ## Why it is bad
    /// The loader ends with an error, or sends the script without what the file defines. Here no rule can tell what the
    /// script lacks, so that it is checked less well.
    ///
    /// ## Example
    /// ```lua,linked
    /// --- @include "no-such-file"
    /// return count(KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local function count(key) return redis.call('LLEN', key) end
    /// return count(KEYS[1])
    /// ```
    code: "include-not-found",
    group: Names,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for include in context.script.unresolved_includes() {
        sink.report(include.range, format!("the include `{}` leads to no file", include.path))
            .level(level(include))
            .help(help(include));
    }
}

fn level(include: &Include) -> Level {
    match include.form {
        IncludeForm::Quoted => Level::Error,
        // A word in prose, perhaps: nothing says that it is a file.
        IncludeForm::Bare if !include.path.contains(['/', '.']) => Level::Hint,
        IncludeForm::Bare | IncludeForm::Call | IncludeForm::Template => Level::Warning,
    }
}

fn help(include: &Include) -> String {
    if let Some((name, _)) = include.path.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        return format!("`{name} = \"folder\"` under `[includes]` in redlua.toml says where `<{name}>` is");
    }
    match include.form {
        IncludeForm::Quoted => "paths begin at the folder of this file".to_owned(),
        IncludeForm::Bare | IncludeForm::Call | IncludeForm::Template => {
            "it is looked for in the folder of this file, in those above, and in their `includes`; `root = \"folder\"` under \
             `[includes]` in redlua.toml names another"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn each_form_has_its_level() {
        check_linked(
            "include-not-found",
            "
--- @include \"no/such\"
            --^^^^^^^ error[include-not-found]: the include `no/such` leads to no file
-- @include other.lua
          --^^^^^^^^^ warning[include-not-found]: the include `other.lua` leads to no file
-- @include note
          --^^^^ hint[include-not-found]: the include `note` leads to no file
-- $include(x)
          --^ warning[include-not-found]: the include `x` leads to no file
--- @include \"<base>/x\"
            --^^^^^^^^ error[include-not-found]: the include `<base>/x` leads to no file
return 1
",
        );
        check("include-not-found", "--- @include \"x\"\nreturn 1\n");
    }
}
