//! How the files of a project are linked.
//!
//! Nothing is pasted: each file is analysed once, as it stands. Linking walks every script from its root file in the
//! order in which a loader would paste, and notes for each free name which local it means there. A name of a
//! fragment is defined when every script that includes the fragment defines it.

use rustc_hash::{FxHashMap, FxHashSet};
use text::TextRange;

use crate::{
    Definition, Environment, FolderLack, IncludedUse, LocalId, Outline, Script, environment::ByOffset, header,
    outline::LinkSource,
};

/// One file of a project and where its includes lead.
#[derive(Debug)]
pub struct Linked {
    /// The file's path as it is shown.
    pub path: String,
    /// The file.
    pub script: Script,
    /// For each include, the files it pastes; empty where none was found. One more than there are includes: the files that a
    /// program puts before this one.
    pub targets: Vec<Vec<usize>>,
}

/// Links the files of a project: fills the environment of each.
pub fn link(files: &mut [Linked]) {
    let view: Vec<(&str, &Script, &[Vec<usize>])> =
        files.iter().map(|file| (file.path.as_str(), &file.script, file.targets.as_slice())).collect();
    let environments = environments_of(&view);
    for (file, environment) in files.iter_mut().zip(environments) {
        file.script.environment = environment;
    }
}

/// The environments of the files of a project, by their outlines: the path of each as it is shown, its outline, and for each
/// of its includes the files it pastes.
pub fn environments(files: &[(&str, &Outline, &[Vec<usize>])]) -> Vec<Environment> {
    environments_of(files)
}

type View<'a, S> = (&'a str, &'a S, &'a [Vec<usize>]);

fn environments_of<S: LinkSource>(files: &[View<'_, S>]) -> Vec<Environment> {
    let mut all = vec![Environment::default(); files.len()];
    let mut included = vec![false; files.len()];
    for (at, &(path, _, targets)) in files.iter().enumerate() {
        all[at].unresolved = (0..targets.len()).filter(|&n| targets[n].is_empty()).collect();
        all[at].incomplete = !all[at].unresolved.is_empty();
        for &target in targets.iter().flatten() {
            included[target] = true;
            let includers = &mut all[target].includers;
            // The files come one after the other, so that a second include of the same follows the first.
            if target != at && includers.last().is_none_or(|last| last != path) {
                includers.push(path.to_owned());
            }
        }
    }
    let mut walk = Walk::new(files);
    let mut reached = vec![false; files.len()];
    // Roots first; what they do not reach sits in circles and is entered anywhere.
    let order = (0..files.len()).filter(|&at| !included[at]).chain((0..files.len()).filter(|&at| included[at]));
    for root in order.collect::<Vec<_>>() {
        if reached[root] || (files[root].2.is_empty() && !included[root]) {
            continue;
        }
        let seen = walk.from(root);
        let incomplete = seen.iter().any(|&at| all[at].incomplete);
        let (mut keys, mut argv) = (IncludedUse::default(), IncludedUse::default());
        for &at in &seen {
            all[at].incomplete |= incomplete;
            reached[at] = true;
            if at != root {
                let (path, file, _) = files[at];
                let [used_keys, used_argv] = file.tables();
                keys.add(&used_keys, path);
                argv.add(&used_argv, path);
            }
        }
        (all[root].included_keys, all[root].included_argv) = (keys, argv);
    }
    let mut found = walk.out;
    for (at, names) in found.names.into_iter().enumerate() {
        let missing = std::mem::take(&mut found.missing[at]);
        all[at].names = names
            .into_iter()
            .filter(|(offset, _)| !missing.contains(offset))
            .map(|(offset, definition)| (offset, definition_of(files, definition)))
            .collect();
        all[at].used = std::mem::take(&mut found.used[at]);
    }
    // The paths of the scripts that lack a name are only known by number until here.
    for (at, offset, root) in found.lacking {
        if root != at {
            all[at].missing.entry(offset).or_insert_with(|| files[root].0.to_owned());
        }
    }
    for (at, range, way) in found.circles {
        all[at].circles.push((range, way));
    }
    join_folders(files, &mut all);
    find_folder_lacks(files, &mut all);
    read_numbers_in_names(files, &mut all);
    all
}

/// The part of a path before its last separator.
fn folder(path: &str) -> &str {
    path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder)
}

/// Where the numbers at the end of the names of a folder's scripts are mostly their counts of keys, they are meant so.
fn read_numbers_in_names<S: LinkSource>(files: &[View<'_, S>], all: &mut [Environment]) {
    let numbered = |path: &str| header::number_in_name(path.rsplit(['/', '\\']).next().unwrap_or(path));
    // For each folder how many scripts agree with their names, and how many do not.
    let mut folders: FxHashMap<&str, (usize, usize)> = FxHashMap::default();
    for (at, &(path, file, _)) in files.iter().enumerate() {
        let Some(number) = numbered(path) else { continue };
        let [keys, _] = file.tables();
        let included = &all[at].included_keys;
        let Some(own) = keys.highest().filter(|_| !included.dynamic) else { continue };
        let highest = included.indices.iter().map(|&(index, _)| index).fold(own, u32::max);
        let (agree, differ) = folders.entry(folder(path)).or_default();
        *(if highest == number { agree } else { differ }) += 1;
    }
    for (at, &(path, _, _)) in files.iter().enumerate() {
        let (agree, differ) = folders.get(folder(path)).copied().unwrap_or_default();
        all[at].names_tell_keys = agree >= 2 && agree > differ;
    }
}

/// Programs also join the files of a folder by themselves, as bottleneck does: then some of them only declare locals,
/// and the others use these. A name that is nowhere else is one of theirs.
fn join_folders<S: LinkSource>(files: &[View<'_, S>], all: &mut [Environment]) {
    let mut declared: FxHashMap<(&str, &[u8]), (usize, LocalId)> = FxHashMap::default();
    for (at, &(path, file, _)) in files.iter().enumerate().filter(|(_, (_, file, _))| file.is_definitions()) {
        for (_, local) in file.locals() {
            declared.entry((folder(path), file.local(local).0)).or_insert((at, local));
        }
    }
    if declared.is_empty() {
        return;
    }
    for (at, &(path, file, _)) in files.iter().enumerate() {
        for (offset, name) in file.globals() {
            let is_api = || std::str::from_utf8(name).is_ok_and(|name| commands::api::global(name).is_some());
            if let Some(&(from, local)) = declared.get(&(folder(path), name))
                && from != at
                && !all[at].names.contains_key(&offset)
                && !is_api()
            {
                let definition = definition_of(files, (from, local));
                all[from].used.insert(definition.range.start);
                all[at].missing.remove(&offset);
                all[at].names.insert(offset, definition);
            }
        }
    }
}

/// Finds the names that several files of a folder lack and that one other file of it declares.
fn find_folder_lacks<S: LinkSource>(files: &[View<'_, S>], all: &mut [Environment]) {
    type Key<'a> = (&'a str, &'a [u8]);
    let is_api = |name: &[u8]| {
        let known =
            |name: &str| commands::api::global(name).is_some() || commands::api::forbidden_global(name).is_some();
        std::str::from_utf8(name).map_or(true, known)
    };
    let mut uses: FxHashMap<Key<'_>, Vec<(usize, u32)>> = FxHashMap::default();
    for (at, &(path, file, _)) in files.iter().enumerate().filter(|(at, _)| !all[*at].incomplete) {
        for (offset, name) in file.globals() {
            let is_known = all[at].names.contains_key(&offset) || all[at].missing.contains_key(&offset);
            if !is_known && !is_api(name) {
                uses.entry((folder(path), name)).or_default().push((at, offset));
            }
        }
    }
    uses.retain(|_, uses| uses.iter().any(|(at, _)| *at != uses[0].0));
    if uses.is_empty() {
        return;
    }
    // Who declares each: a name that several declare is one of their own.
    let mut declared: FxHashMap<Key<'_>, Vec<usize>> = FxHashMap::default();
    for (at, &(path, file, _)) in files.iter().enumerate() {
        for (_, local) in file.locals() {
            let key = (folder(path), file.local(local).0);
            if uses.contains_key(&key) {
                let files = declared.entry(key).or_default();
                if files.last() != Some(&at) {
                    files.push(at);
                }
            }
        }
    }
    let mut lacks: FxHashMap<usize, Vec<Key<'_>>> = FxHashMap::default();
    for (key, files) in declared {
        if let [at] = files.as_slice()
            && uses[&key].iter().all(|(user, _)| user != at)
        {
            lacks.entry(*at).or_default().push(key);
        }
    }
    for (from, mut keys) in lacks {
        keys.sort_unstable();
        let mut places: Vec<(usize, u32)> = keys.iter().flat_map(|key| uses[key].iter().copied()).collect();
        places.sort_unstable();
        for &(at, offset) in &places {
            all[at].lacking.insert(offset);
        }
        let mut users: Vec<usize> = places.iter().map(|&(at, _)| at).collect();
        users.dedup();
        let lack = FolderLack {
            names: keys.iter().map(|(_, name)| String::from_utf8_lossy(name).into_owned()).collect(),
            declared_in: files[from].0.to_owned(),
            files: users.into_iter().map(|at| files[at].0.to_owned()).collect(),
        };
        if let Some(&(at, offset)) = places.first() {
            all[at].folder_lacks.insert(offset, lack);
        }
    }
}

fn definition_of<S: LinkSource>(files: &[View<'_, S>], (at, local): (usize, LocalId)) -> Definition {
    let (path, file, _) = files[at];
    Definition {
        api: file.api(local),
        deprecated: file.deprecated(local),
        gives_one: file.gives_one(local),
        made: file.made(local),
        path: path.to_owned(),
        range: file.local(local).1,
    }
}

#[derive(Default)]
struct Findings {
    names: Vec<ByOffset<(usize, LocalId)>>,
    missing: Vec<FxHashSet<u32>>,
    used: Vec<FxHashSet<u32>>,
    lacking: Vec<(usize, u32, usize)>,
    circles: Vec<(usize, TextRange, String)>,
}

/// The walks from the roots.
struct Walk<'a, S> {
    files: &'a [View<'a, S>],
    root: usize,
    env: FxHashMap<&'a [u8], (usize, LocalId)>,
    /// For each file, the number of the last walk that saw it.
    seen_by: Vec<usize>,
    /// The number of this walk, from 1.
    number: usize,
    /// The files that this walk saw.
    seen: Vec<usize>,
    out: Findings,
}

enum Event<'a> {
    Declare(LocalId),
    Include(usize, TextRange),
    Use(&'a [u8]),
}

impl<'a, S: LinkSource> Walk<'a, S> {
    fn new(files: &'a [View<'a, S>]) -> Self {
        let out = Findings {
            names: vec![FxHashMap::default(); files.len()],
            missing: vec![FxHashSet::default(); files.len()],
            used: vec![FxHashSet::default(); files.len()],
            ..Findings::default()
        };
        let (env, seen_by) = (FxHashMap::default(), vec![0; files.len()]);
        Self { files, root: 0, env, seen_by, number: 0, seen: Vec::new(), out }
    }

    /// Walks a script from its root. Returns the files that it is made of.
    fn from(&mut self, root: usize) -> Vec<usize> {
        self.root = root;
        self.number += 1;
        self.env.clear();
        self.visit(root, &mut Vec::new());
        std::mem::take(&mut self.seen)
    }

    fn visit(&mut self, at: usize, stack: &mut Vec<usize>) {
        let (_, file, targets) = self.files[at];
        self.seen_by[at] = self.number;
        self.seen.push(at);
        stack.push(at);
        let mut events: Vec<(u32, Event<'a>)> = Vec::new();
        let joined = file.includes().count();
        events.extend(targets.get(joined).map(|_| (0, Event::Include(joined, TextRange::at(0)))));
        events.extend(file.locals().map(|(scope, id)| (scope, Event::Declare(id))));
        events.extend(file.includes().enumerate().map(|(n, (offset, range))| (offset, Event::Include(n, range))));
        events.extend(file.globals().map(|(offset, name)| (offset, Event::Use(name))));
        events.sort_by_key(|(offset, _)| *offset);
        for (offset, event) in events {
            match event {
                Event::Declare(id) => {
                    self.env.insert(file.local(id).0, (at, id));
                }
                Event::Use(name) => self.name(at, offset, name),
                Event::Include(n, range) => {
                    for &target in targets.get(n).into_iter().flatten() {
                        if let Some(from) = stack.iter().position(|&file| file == target) {
                            let way: Vec<&str> =
                                stack[from..].iter().chain([&target]).map(|&file| self.files[file].0).collect();
                            let circle = (at, range, way.join(" → "));
                            if !self.out.circles.contains(&circle) {
                                self.out.circles.push(circle);
                            }
                        } else if self.seen_by[target] != self.number && stack.len() < 200 {
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
                if file != at {
                    let declared = self.files[file].1.local(local).1.start;
                    self.out.used[file].insert(declared);
                }
                // Different files may give the name; any of them will do to know it is defined.
                self.out.names[at].entry(offset).or_insert(definition);
            }
            None => {
                if self.out.missing[at].insert(offset) {
                    self.out.lacking.push((at, offset, self.root));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_put_before_another_give_it_their_names() {
        let mut linked: Vec<Linked> = [("one.lua", "local prefix = KEYS[1]"), ("two.lua", "return prefix .. rest")]
            .into_iter()
            .map(|(path, source)| Linked {
                path: path.to_owned(),
                script: Script::new(source.as_bytes().into(), Some(path)),
                targets: Vec::new(),
            })
            .collect();
        linked[1].targets = vec![vec![0]];
        link(&mut linked);
        let names: Vec<u32> = linked[1].script.environment.given().map(|(offset, _)| offset).collect();
        assert_eq!(names, [7]);
        assert!(linked[0].script.is_fragment());
    }

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
    fn names_that_a_folder_lacks_are_told_once() {
        let files = project(&[
            ("a/base.lua", "local prefix, key = 'p:', KEYS[1]\nredis.call('DEL', key)"),
            ("a/get.lua", "return redis.call('GET', prefix .. key)"),
            ("a/set.lua", "return redis.call('SET', prefix .. key, own)"),
            ("b/get.lua", "return redis.call('GET', prefix .. key)"),
            ("c/one.lua", "local prefix = 'p:'\nreturn prefix"),
            ("c/two.lua", "local prefix = 'q:'\nreturn prefix"),
            ("c/x.lua", "return prefix"),
            ("c/y.lua", "return prefix"),
        ]);
        let environment = |at: usize| &files[at].script.environment;
        let lack = FolderLack {
            names: vec!["key".to_owned(), "prefix".to_owned()],
            declared_in: "a/base.lua".to_owned(),
            files: vec!["a/get.lua".to_owned(), "a/set.lua".to_owned()],
        };
        assert_eq!(environment(1).folder_lacks.values().collect::<Vec<_>>(), [&lack]);
        let counts: Vec<_> =
            (0..8).map(|at| (environment(at).lacking.len(), environment(at).folder_lacks.len())).collect();
        assert_eq!(counts, [(0, 0), (2, 1), (2, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]);
    }

    #[test]
    fn a_circle_is_told_and_ends() {
        let files = project(&[("a.lua", "-- @include b.lua"), ("b.lua", "-- @include a.lua")]);
        let circles: Vec<_> = files.iter().flat_map(|file| &file.script.environment.circles).collect();
        assert_eq!(circles.len(), 1);
        assert_eq!(circles[0].1, "a.lua → b.lua → a.lua");
    }
}
