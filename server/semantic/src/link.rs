//! How the files of a project are linked.
//!
//! Nothing is pasted: each file is analysed once, as it stands. Linking walks every script from its root file in the
//! order in which a loader would paste, and notes for each free name which local it means there. A name of a
//! fragment is defined when every script that includes the fragment defines it.

use rustc_hash::{FxHashMap, FxHashSet};
use text::TextRange;

use crate::{Definition, IncludedUse, Init, LocalId, Script, environment::ByOffset};

/// One file of a project and where its includes lead.
#[derive(Debug)]
pub struct Linked {
    /// The file's path as it is shown.
    pub path: String,
    /// The file.
    pub script: Script,
    /// For each include, the files it pastes; empty where none was found.
    pub targets: Vec<Vec<usize>>,
}

/// Links the files of a project: fills the environment of each.
pub fn link(files: &mut [Linked]) {
    let mut included = vec![false; files.len()];
    for at in 0..files.len() {
        let includes: Vec<usize> = files[at].targets.iter().flatten().copied().collect();
        let path = files[at].path.clone();
        let unresolved: Vec<usize> =
            (0..files[at].targets.len()).filter(|&n| files[at].targets[n].is_empty()).collect();
        files[at].script.environment.incomplete = !unresolved.is_empty();
        files[at].script.environment.unresolved = unresolved;
        for target in includes {
            included[target] = true;
            let includers = &mut files[target].script.environment.includers;
            if target != at && !includers.contains(&path) {
                includers.push(path.clone());
            }
        }
    }
    let mut found = Findings { names: vec![FxHashMap::default(); files.len()], ..Findings::default() };
    found.missing = vec![FxHashMap::default(); files.len()];
    found.used = vec![FxHashSet::default(); files.len()];
    let mut reached = vec![false; files.len()];
    // Roots first; what they do not reach sits in circles and is entered anywhere.
    let order = (0..files.len()).filter(|&at| !included[at]).chain((0..files.len()).filter(|&at| included[at]));
    for root in order.collect::<Vec<_>>() {
        if reached[root] || (files[root].targets.is_empty() && !included[root]) {
            continue;
        }
        let mut walk = Walk { files, root, env: FxHashMap::default(), seen: vec![false; files.len()], out: &mut found };
        walk.visit(root, &mut Vec::new());
        let seen = walk.seen;
        let incomplete = seen.iter().enumerate().any(|(at, &seen)| seen && files[at].script.environment.incomplete);
        let (mut keys, mut argv) = (IncludedUse::default(), IncludedUse::default());
        for (at, _) in seen.iter().enumerate().filter(|&(at, &seen)| seen && at != root) {
            keys.add(&files[at].script.keys, &files[at].path);
            argv.add(&files[at].script.argv, &files[at].path);
            files[at].script.environment.incomplete |= incomplete;
            reached[at] = true;
        }
        let environment = &mut files[root].script.environment;
        environment.incomplete |= incomplete;
        (environment.included_keys, environment.included_argv) = (keys, argv);
        reached[root] = true;
    }
    let names: Vec<ByOffset<Option<Definition>>> = found
        .names
        .iter()
        .map(|names| {
            names.iter().map(|(&at, &definition)| (at, definition.map(|id| definition_of(files, id)))).collect()
        })
        .collect();
    for (at, names) in names.into_iter().enumerate() {
        let environment = &mut files[at].script.environment;
        let missing = std::mem::take(&mut found.missing[at]);
        environment.names = names
            .into_iter()
            .filter(|(offset, _)| !missing.contains_key(offset))
            .filter_map(|(offset, definition)| Some((offset, definition?)))
            .collect();
        environment.used = std::mem::take(&mut found.used[at]);
    }
    // The paths of the scripts that lack a name are only known by number until here.
    for (at, offset, root) in found.lacking {
        let path = files[root].path.clone();
        if root != at {
            files[at].script.environment.missing.entry(offset).or_insert(path);
        }
    }
    for (at, range, way) in found.circles {
        files[at].script.environment.circles.push((range, way));
    }
    join_folders(files);
}

/// Programs also join the files of a folder by themselves, as bottleneck does: then some of them only declare locals,
/// and the others use these. A name that is nowhere else is one of theirs.
fn join_folders(files: &mut [Linked]) {
    fn folder(path: &str) -> &str {
        path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder)
    }
    let mut declared: FxHashMap<(String, String), (usize, LocalId)> = FxHashMap::default();
    for (at, file) in files.iter().enumerate().filter(|(_, file)| file.script.is_definitions()) {
        for &local in file.script.scopes.top_level() {
            let name = file.script.name(local).to_owned();
            declared.entry((folder(&file.path).to_owned(), name)).or_insert((at, local));
        }
    }
    if declared.is_empty() {
        return;
    }
    let mut given: Vec<(usize, u32, (usize, LocalId))> = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let script = &file.script;
        for global in script.scopes.globals() {
            let offset = global.name.range.start;
            let name = global.name.as_str(&script.source);
            if script.environment.names.contains_key(&offset) || commands::api::global(name).is_some() {
                continue;
            }
            if let Some(&definition) = declared.get(&(folder(&file.path).to_owned(), name.to_owned()))
                && definition.0 != at
            {
                given.push((at, offset, definition));
            }
        }
    }
    for (at, offset, (from, local)) in given {
        let definition = definition_of(files, (from, local));
        let declared = definition.range.start;
        files[from].script.environment.used.insert(declared);
        let environment = &mut files[at].script.environment;
        environment.missing.remove(&offset);
        environment.names.insert(offset, definition);
    }
}

fn definition_of(files: &[Linked], (file, local): (usize, LocalId)) -> Definition {
    let script = &files[file].script;
    let api = match script.scopes.fixed(local) {
        Some(Init::Expr(expr)) => script.api(expr).map(|path| path.to_string()),
        _ => None,
    };
    Definition { api, path: files[file].path.clone(), range: script.scopes[local].name.range }
}

#[derive(Default)]
struct Findings {
    names: Vec<ByOffset<Option<(usize, LocalId)>>>,
    missing: Vec<ByOffset<()>>,
    used: Vec<FxHashSet<u32>>,
    lacking: Vec<(usize, u32, usize)>,
    circles: Vec<(usize, TextRange, String)>,
}

struct Walk<'a> {
    files: &'a [Linked],
    root: usize,
    env: FxHashMap<&'a [u8], (usize, LocalId)>,
    seen: Vec<bool>,
    out: &'a mut Findings,
}

enum Event {
    Declare(LocalId),
    Include(usize),
    Use(usize),
}

impl<'a> Walk<'a> {
    fn visit(&mut self, at: usize, stack: &mut Vec<usize>) {
        let files = self.files;
        let script = &files[at].script;
        self.seen[at] = true;
        stack.push(at);
        let scopes = &script.scopes;
        let mut events: Vec<(u32, Event)> = Vec::new();
        events.extend(scopes.top_level().iter().map(|&id| (scopes[id].scope.start, Event::Declare(id))));
        events.extend(script.includes.iter().enumerate().map(|(n, include)| (include.offset, Event::Include(n))));
        events.extend(scopes.globals().iter().enumerate().map(|(n, global)| (global.name.range.start, Event::Use(n))));
        events.sort_by_key(|(offset, _)| *offset);
        for (offset, event) in events {
            match event {
                Event::Declare(id) => {
                    self.env.insert(scopes[id].name.text(&script.source), (at, id));
                }
                Event::Use(n) => self.name(at, offset, scopes.globals()[n].name.text(&script.source)),
                Event::Include(n) => {
                    for &target in files[at].targets.get(n).into_iter().flatten() {
                        if stack.contains(&target) {
                            let from = stack.iter().position(|&file| file == target).unwrap_or(0);
                            let way: Vec<&str> =
                                stack[from..].iter().chain([&target]).map(|&file| files[file].path.as_str()).collect();
                            let circle = (at, script.includes[n].range, way.join(" → "));
                            if !self.out.circles.contains(&circle) {
                                self.out.circles.push(circle);
                            }
                        } else if !self.seen[target] && stack.len() < 200 {
                            self.visit(target, stack);
                        }
                    }
                }
            }
        }
        stack.pop();
    }

    fn name(&mut self, at: usize, offset: u32, name: &[u8]) {
        match self.env.get(name) {
            Some(&definition) => {
                let (file, local) = definition;
                let declared = self.files[file].script.scopes[local].name.range.start;
                if file != at {
                    self.out.used[file].insert(declared);
                }
                let same = self.out.names[at].entry(offset).or_insert(Some(definition));
                // Different files may give the name; any of them will do to know it is defined.
                let _ = same.get_or_insert(definition);
            }
            None => {
                if self.out.missing[at].insert(offset, ()).is_none() {
                    self.out.lacking.push((at, offset, self.root));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> Vec<Linked> {
        let mut linked: Vec<Linked> = files
            .iter()
            .map(|(path, source)| Linked {
                path: (*path).to_owned(),
                script: Script::new(source.as_bytes().into(), Some(path)),
                targets: Vec::new(),
            })
            .collect();
        for file in &mut linked {
            file.targets = file
                .script
                .includes
                .iter()
                .map(|include| files.iter().position(|(path, _)| *path == include.path).into_iter().collect())
                .collect();
        }
        link(&mut linked);
        linked
    }

    #[test]
    fn names_go_both_ways_through_an_include() {
        let files = project(&[
            ("root.lua", "local rcall = redis.call\n-- @include part.lua\nreturn get(KEYS[1])"),
            ("part.lua", "local function get(k) return rcall('GET', k) end"),
        ]);
        let part = &files[1].script;
        let name = part.scopes.globals().iter().find(|g| g.name.as_str(&part.source) == "rcall").map(|g| g.expr);
        assert_eq!(name.and_then(|expr| part.api(expr)).map(|api| api.to_string()), Some("redis.call".to_owned()));
        assert_eq!(part.environment.includers, ["root.lua"]);
        assert!(files[0].script.environment.names.len() == 1 && files[0].script.environment.used.len() == 1);
    }

    #[test]
    fn a_script_that_lacks_a_name_is_told() {
        let files = project(&[
            ("a.lua", "local rcall = redis.call\n-- @include part.lua"),
            ("b.lua", "-- @include part.lua\nlocal rcall = redis.call"),
            ("part.lua", "return rcall('GET', KEYS[1])"),
        ]);
        let at = b"return ".len() as u32;
        assert_eq!(files[2].script.environment.missing.get(&at).map(String::as_str), Some("b.lua"));
        assert_eq!(files[0].script.environment.included_keys.indices.len(), 1);
    }

    #[test]
    fn files_that_only_declare_are_joined_with_their_folder() {
        let files = project(&[
            ("a/refs.lua", "local call = redis.call\nlocal key = KEYS[1]"),
            ("a/get.lua", "return call('GET', key)"),
            ("b/get.lua", "return call('GET', key)"),
        ]);
        assert_eq!(files[1].script.environment.names.len(), 2);
        assert!(files[2].script.environment.names.is_empty());
        assert_eq!(files[0].script.environment.used.len(), 2);
    }

    #[test]
    fn a_circle_is_told_and_ends() {
        let files = project(&[("a.lua", "-- @include b.lua"), ("b.lua", "-- @include a.lua")]);
        let circles: Vec<_> = files.iter().flat_map(|file| &file.script.environment.circles).collect();
        assert_eq!(circles.len(), 1);
        assert_eq!(circles[0].1, "a.lua → b.lua → a.lua");
    }
}
