//! Links between the files of a project.
//!
//! Nothing is pasted: each file is analysed once, as it stands. Linking walks every script from its root file in the
//! order in which a loader would paste, and notes for each free name which local it means there. A name of a
//! fragment is defined when every script that includes the fragment defines it.
//!
//! [`Links`] keeps the walks, so that a changed file costs the walks of the scripts that it is part of, and the names that it
//! shares with its folder.

mod file;
mod folder;
#[cfg(test)]
mod tests;
mod walk;

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Definition, Environment, LocalId, Outline, Script};
use file::File;
use folder::{Extras, Folder};
use walk::Walked;

/// One file of a project and the targets of its includes.
#[derive(Debug)]
pub struct Linked {
    /// The file's path to show.
    pub path: String,
    /// The file.
    pub script: Script,
    /// For each include, the files it pastes; empty where none was found. One more than there are includes: the files that a
    /// program puts before this one.
    pub targets: Vec<Vec<usize>>,
}

/// Links the files of a project: fills the environment of each.
pub fn link(files: &mut [Linked]) {
    let sources = files.iter().map(|file| {
        let outline = Arc::new(Outline::new(&file.script));
        LinkSource { path: file.path.clone(), outline, targets: file.targets.clone() }
    });
    let links = Links::new(sources.collect());
    for (at, file) in files.iter_mut().enumerate() {
        file.script.environment = Arc::clone(links.environment(at));
    }
}

/// One file as linking needs it.
#[derive(Debug)]
pub struct LinkSource {
    /// The path by which messages call it.
    pub path: String,
    /// Its names and includes.
    pub outline: Arc<Outline>,
    /// For each include the files that it pastes, as in [`Linked::targets`].
    pub targets: Vec<Vec<usize>>,
}

/// The links between the files of a project. Files are named by number.
#[derive(Debug, Default)]
pub struct Links {
    files: Vec<File>,
    /// The walks from the roots.
    walks: FxHashMap<usize, Walked>,
    folders: FxHashMap<Box<str>, Folder>,
}

/// The environment of a file that nothing is said of.
static NOTHING: LazyLock<Arc<Environment>> = LazyLock::new(Arc::default);

impl Links {
    /// Links these files.
    pub fn new(sources: Vec<LinkSource>) -> Self {
        let mut links = Self::default();
        let file = |LinkSource { path, outline, targets }| File {
            path,
            outline,
            targets,
            includers: Vec::new(),
            roots: Vec::new(),
            own: Arc::clone(&NOTHING),
            environment: Arc::clone(&NOTHING),
        };
        links.files = sources.into_iter().map(file).collect();
        links.find_includers();
        links.walk_all();
        for at in 0..links.files.len() {
            links.files[at].own = links.merged(at);
        }
        let mut folders: FxHashMap<Box<str>, BTreeSet<usize>> = FxHashMap::default();
        for (at, file) in links.files.iter().enumerate() {
            if let Some(members) = folders.get_mut(folder_of(&file.path)) {
                members.insert(at);
            } else {
                folders.insert(folder_of(&file.path).into(), BTreeSet::from([at]));
            }
        }
        links.folders = folders.into_iter().map(|(path, members)| (path, Folder::new(members, &links.files))).collect();
        for at in 0..links.files.len() {
            links.files[at].environment = links.complete(at);
        }
        links
    }

    /// Returns the names that other files give to a file and take from it.
    pub fn environment(&self, at: usize) -> &Arc<Environment> {
        &self.files[at].environment
    }

    /// The files that include a file directly, in ascending order.
    pub fn includers(&self, at: usize) -> &[usize] {
        &self.files[at].includers
    }

    /// Frees the data of a file that is no longer needed.
    pub fn forget(&mut self, at: usize) {
        self.walks.remove(&at);
        let file = &mut self.files[at];
        file.outline = Arc::default();
        (file.own, file.environment) = (Arc::clone(&NOTHING), Arc::clone(&NOTHING));
    }

    /// Takes in new outlines of files whose includes lead where they led. Returns the files whose environments have changed, in
    /// ascending order.
    pub fn update(&mut self, changes: Vec<(usize, Arc<Outline>)>) -> Vec<usize> {
        let edited: BTreeSet<usize> = changes.iter().map(|(at, _)| *at).collect();
        // What a folder knows of a file is taken out while the file is as it was.
        let mut concerned = edited.clone();
        let before: Vec<(usize, Arc<Outline>)> = changes
            .into_iter()
            .map(|(at, outline)| (at, std::mem::replace(&mut self.files[at].outline, outline)))
            .collect();
        let roots: BTreeSet<usize> = edited.iter().flat_map(|&at| self.files[at].roots.iter().copied()).collect();
        for root in roots {
            let now = walk::walk(&self.files, root);
            if let Some(before) = self.walks.get(&root) {
                concerned.insert(root);
                let is_other = |at: &&usize| {
                    before.parts.get(at) != now.parts.get(at)
                        || now
                            .parts
                            .get(at)
                            .is_some_and(|part| part.names.iter().any(|(_, (from, _))| edited.contains(from)))
                };
                concerned.extend(now.seen.iter().filter(is_other));
            }
            self.walks.insert(root, now);
        }
        let merged: Vec<(usize, Arc<Environment>)> = concerned.iter().map(|&at| (at, self.merged(at))).collect();
        let mut folders: FxHashMap<Box<str>, Vec<usize>> = FxHashMap::default();
        for &at in &concerned {
            folders.entry(folder_of(&self.files[at].path).into()).or_default().push(at);
        }
        let mut open = Vec::with_capacity(folders.len());
        let now: Vec<(usize, Arc<Outline>)> = before
            .into_iter()
            .map(|(at, outline)| (at, std::mem::replace(&mut self.files[at].outline, outline)))
            .collect();
        for (path, members) in &folders {
            let Some(mut folder) = self.folders.remove(path) else { continue };
            let (mut touched, told_keys) = (BTreeSet::new(), folder.names_tell_keys());
            members.iter().for_each(|&at| touched.extend(folder.withdraw(at, &self.files)));
            open.push((path.clone(), folder, touched, told_keys));
        }
        for (at, outline) in now {
            self.files[at].outline = outline;
        }
        for (at, own) in merged {
            self.files[at].own = own;
        }
        for (path, mut folder, mut touched, told_keys) in open {
            let members = &folders[&path];
            let is_new = members.iter().any(|&at| folder.depends_on(at, &self.files));
            let mut others = is_new;
            if is_new {
                folder = Folder::new(std::mem::take(&mut folder.members), &self.files);
            } else {
                members.iter().for_each(|&at| folder.enter(at, &self.files, &mut touched));
                others |= folder.settle(&touched, &self.files);
            }
            if others || folder.names_tell_keys() != told_keys {
                concerned.extend(folder.members.iter().copied());
            } else {
                concerned.extend(folder.definitions.iter().copied());
            }
            self.folders.insert(path, folder);
        }
        let mut changed = Vec::new();
        for at in concerned {
            let environment = self.complete(at);
            if *environment != *self.files[at].environment {
                self.files[at].environment = environment;
                changed.push(at);
            }
        }
        changed
    }

    fn find_includers(&mut self) {
        for at in 0..self.files.len() {
            let targets: BTreeSet<usize> = self.files[at].targets.iter().flatten().copied().collect();
            for target in targets.into_iter().filter(|&target| target != at) {
                self.files[target].includers.push(at);
            }
        }
    }

    /// Walks from all roots: first files that nothing includes; the files these do not reach are in circles, entered anywhere.
    fn walk_all(&mut self) {
        let is_included: FxHashSet<usize> =
            self.files.iter().flat_map(|file| file.targets.iter().flatten().copied()).collect();
        let (roots, parts): (Vec<usize>, Vec<usize>) = (0..self.files.len()).partition(|at| !is_included.contains(at));
        for root in roots.into_iter().chain(parts) {
            let file = &self.files[root];
            if !file.roots.is_empty() || (file.targets.is_empty() && !is_included.contains(&root)) {
                continue;
            }
            let walked = walk::walk(&self.files, root);
            for &at in &walked.seen {
                self.files[at].roots.push(root);
            }
            self.walks.insert(root, walked);
        }
    }

    /// Merges the results of the walks for a file.
    fn merged(&self, at: usize) -> Arc<Environment> {
        let file = &self.files[at];
        if file.targets.is_empty() && file.includers.is_empty() {
            return Arc::clone(&NOTHING);
        }
        let mut environment = Environment {
            unresolved: (0..file.targets.len()).filter(|&n| file.targets[n].is_empty()).collect(),
            includers: file.includers.iter().map(|&it| self.files[it].path.clone()).collect(),
            incomplete: file.has_unresolved(),
            ..Environment::default()
        };
        let mut missing: FxHashSet<u32> = FxHashSet::default();
        let mut names: FxHashMap<u32, (usize, LocalId)> = FxHashMap::default();
        for &root in &file.roots {
            let Some(walked) = self.walks.get(&root) else { continue };
            environment.incomplete |= walked.incomplete;
            if root == at {
                [environment.included_keys, environment.included_argv] = walked.included.clone();
            }
            let Some(part) = walked.parts.get(&at) else { continue };
            for &(offset, declared) in &part.names {
                // Different files may give the name; any of them will do to know it is defined.
                names.entry(offset).or_insert(declared);
            }
            for &offset in &part.missing {
                if missing.insert(offset) && root != at {
                    environment.missing.insert(offset, self.files[root].path.clone());
                }
            }
            environment.used.extend(&part.used);
            for circle in &part.circles {
                if !environment.circles.contains(circle) {
                    environment.circles.push(circle.clone());
                }
            }
        }
        let given = names.into_iter().filter(|(offset, _)| !missing.contains(offset));
        environment.names = given.map(|(offset, declared)| (offset, self.definition(declared))).collect();
        Arc::new(environment)
    }

    /// A file's environment: the results of the walks with the additions of its folder.
    fn complete(&self, at: usize) -> Arc<Environment> {
        let file = &self.files[at];
        let Some(folder) = self.folders.get(folder_of(&file.path)) else { return Arc::clone(&file.own) };
        let Extras { joined, used, lacking, lacks, names_tell_keys } = folder.extras(at);
        if joined.is_empty() && used.is_empty() && lacking.is_empty() && lacks.is_empty() && !names_tell_keys {
            return Arc::clone(&file.own);
        }
        let mut environment = Environment::clone(&file.own);
        for &(offset, declared) in joined {
            environment.missing.remove(&offset);
            environment.names.insert(offset, self.definition(declared));
        }
        environment.used.extend(used.into_iter().map(|local| file.outline.local(local).1.start));
        environment.lacking = lacking.iter().copied().collect();
        environment.folder_lacks = lacks.iter().cloned().collect();
        environment.names_tell_keys = names_tell_keys;
        Arc::new(environment)
    }

    fn definition(&self, (at, local): (usize, LocalId)) -> Definition {
        let File { path, outline, .. } = &self.files[at];
        outline.definition(local, path)
    }
}

/// The part of a path before its last separator.
fn folder_of(path: &str) -> &str {
    path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder)
}
