//! The list of all rules.

use crate::{Rule, groups::Group, rule, rules};

/// Every rule, sorted by code.
pub static RULES: &[&Rule] = rules::ALL;

/// Returns the rule with a code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    rule::find(RULES, code)
}

/// Returns the code that a misspelt one most likely means.
pub fn suggest(code: &str) -> Option<&'static str> {
    rule::closest(RULES, code)
}

/// The rules of a group, in the order of their codes.
pub fn of_group(group: Group) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().copied().filter(move |rule| rule.group == group)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use semantic::Script;

    use super::*;
    use crate::{Diagnostic, FixKind, Options, lint};

    #[test]
    fn folder_and_registry_and_codes_agree() -> std::io::Result<()> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
        let mut files = BTreeSet::new();
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().trim_end_matches(".rs").replace('_', "-");
            files.insert(name);
        }
        files.remove("mod");
        let codes: BTreeSet<String> = RULES.iter().map(|rule| rule.code.to_owned()).collect();
        assert_eq!(files, codes);
        assert!(RULES.is_sorted_by_key(|rule| rule.code), "the registry is sorted by code");
        Ok(())
    }

    #[test]
    fn lists_have_each_rule_once() {
        let mut listed: Vec<&str> =
            Group::ALL.iter().flat_map(|&group| of_group(group)).map(|rule| rule.code).collect();
        listed.sort_unstable();
        assert!(RULES.iter().map(|rule| rule.code).eq(listed));
    }

    /// The Lua blocks under a heading of the docs, with what follows `lua` on their first line.
    fn blocks(docs: &str, heading: &str) -> Vec<(String, String)> {
        let Some(section) = docs.split(heading).nth(1) else { return Vec::new() };
        let section = section.split("\n ## ").next().unwrap_or(section);
        section
            .split("```lua")
            .skip(1)
            .map(|block| {
                let (info, rest) = block.split_once('\n').unwrap_or((block, ""));
                let code = rest.split("```").next().unwrap_or_default();
                let code: Vec<&str> = code.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
                (info.trim_start_matches(',').trim().to_owned(), code.join("\n").trim_end().to_owned() + "\n")
            })
            .collect()
    }

    fn findings(code: &str, info: &str, source: &str) -> Vec<Diagnostic> {
        let judge = Some(engine::judge::refusal as crate::Judge);
        let mut options = Options { cluster: info.contains("cluster"), judge, ..Options::default() };
        if let Some(target) = info.split("target-").nth(1).and_then(|target| target.replace('-', " ").parse().ok()) {
            options.targets = vec![target];
        }
        let mut script = match info.contains("linked") {
            true => crate::test_support::linked_alone(source.as_bytes()),
            false => Script::new(source.as_bytes().into(), None),
        };
        script.bind_commands(&options.targets);
        lint(&script, &options).into_iter().filter(|finding| finding.code == code).collect()
    }

    #[test]
    fn the_examples_of_the_docs_hold() {
        let mut wrong = Vec::new();
        for rule in RULES {
            for heading in ["## What it does", "## Why it is bad", "## Example", "## Use instead"] {
                if !rule.docs.contains(heading) {
                    wrong.push(format!("{}: no section {heading}", rule.code));
                }
            }
            let bad = blocks(rule.docs, "## Example");
            let good = blocks(rule.docs, "## Use instead");
            // Those about other languages are tried where these are read.
            if (bad.is_empty() || good.is_empty()) && rule.group != Group::Hosts {
                wrong.push(format!("{}: an example is missing", rule.code));
            }
            for (info, source) in bad {
                if findings(rule.code, &info, &source).is_empty() {
                    wrong.push(format!("{}: finds nothing in its example:\n{source}", rule.code));
                }
            }
            for (info, source) in good {
                if !findings(rule.code, &info, &source).is_empty() {
                    wrong.push(format!("{}: finds something in what to use instead:\n{source}", rule.code));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn since_is_a_release_up_to_this_one() {
        let version = |text: &str| match text.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>() {
            Ok(parts) if parts.len() == 3 => Some(parts),
            _ => None,
        };
        let current = version(env!("CARGO_PKG_VERSION"));
        for rule in RULES {
            let since = version(rule.since);
            assert!(since.is_some() && since <= current, "{}: {}", rule.code, rule.since);
        }
    }

    #[test]
    fn rules_offer_the_fixes_that_they_say() {
        // Their fixes are for other cases than the plainest one.
        let elsewhere = [
            "bad-argument",
            "function-registration",
            "wrong-argument-type",
            "cjson-empty-array",
            "forbidden-library",
            "json-round-trip",
        ];
        let mut wrong = Vec::new();
        for rule in RULES {
            let examples = blocks(rule.docs, "## Example");
            let found: Vec<_> = examples.iter().flat_map(|(info, source)| findings(rule.code, info, source)).collect();
            let fixes: Vec<bool> = found.iter().filter_map(|it| it.fix.as_ref()).map(|fix| fix.safe).collect();
            let holds = match rule.fix {
                // Tried where programs are read.
                _ if rule.group == Group::Hosts => true,
                _ if elsewhere.contains(&rule.code) => fixes.is_empty() && rule.fix != FixKind::None,
                FixKind::None => fixes.is_empty(),
                FixKind::Offered => !fixes.is_empty() && !fixes.contains(&true),
                FixKind::Safe => fixes.contains(&true),
            };
            if !holds {
                wrong.push(format!("{}: {:?}, and its examples have {fixes:?}", rule.code, rule.fix));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
