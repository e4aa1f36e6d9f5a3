//! Summaries of whole scripts, for the lens, the hover of the first line and the command that shows them.

use semantic::facts::{self, Facts, Part};

use crate::{Project, entry};

/// The facts of a file: of the script, or of each function that a library registers. A file that only gives to others has
/// none by itself.
pub fn facts(project: &Project, file: usize) -> Vec<Facts> {
    let it = &project.files[file];
    if !it.is_script || entry::entries(it).is_empty() {
        return Vec::new();
    }
    let mut order = vec![file];
    let mut at = 0;
    while at < order.len() {
        let it = &project.files[order[at]];
        // A program that joins the files of a folder by itself leaves no include, only names. Those of a piece may be
        // another script's.
        let joined = it.script.environment.given().filter(|_| !it.script.is_fragment());
        let given = joined.filter_map(|(_, definition)| project.find(&definition.path));
        for other in project.included(order[at]).iter().flatten().copied().chain(given) {
            if !order.contains(&other) {
                order.push(other);
            }
        }
        at += 1;
    }
    let parts: Vec<Part<'_>> =
        order.iter().filter_map(|&at| project.files.get(at)).map(|file| Part::new(&file.path, &file.script)).collect();
    facts::of(&parts, &it.options.targets)
}

/// The facts of a file in words; of one function if that is named.
pub fn text(project: &Project, file: usize, function: Option<&str>) -> Option<String> {
    let blocks: Vec<String> = facts(project, file)
        .iter()
        .filter(|facts| function.is_none() || facts.function.as_deref() == function)
        .map(|facts| match &facts.function {
            Some(name) => format!("{name}\n\n{}", facts.block()),
            None => facts.block(),
        })
        .collect();
    (!blocks.is_empty()).then(|| blocks.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    fn lines(source: &str) -> Vec<String> {
        facts(&project(source), 0).iter().map(Facts::line).collect()
    }

    #[test]
    fn scripts_functions_and_pieces() {
        assert_eq!(
            lines(
                "-- @include part.lua\nreturn put(KEYS[1])\n--- file: part.lua\nlocal function put(k) return redis.call('SET', k, 1) end\n"
            ),
            ["writes · 1 key · O(1) · deterministic · cluster-safe · Redis ≥ 6.2"]
        );
        let library =
            "#!lua name=l\nredis.register_function('f', function(keys) return redis.call('GET', keys[1]) end)\n";
        assert_eq!(
            lines(library),
            ["read-only · 1 key · O(1) · deterministic · cluster-safe · Redis ≥ 7.0 · returns \"…\" | (nil)"]
        );
        let found = project("-- @include part.lua\nreturn 1\n--- file: part.lua\nlocal function f() return 1 end\n");
        assert_eq!(facts(&found, 1), []);
        assert!(text(&project(library), 0, Some("f")).is_some_and(|text| text.starts_with("f\n\nreturns ")));
        assert_eq!(text(&project(library), 0, Some("g")), None);
    }
}
