//! Links between the files of a folder without includes: files that a program joins, names that several lack,
//! and whether the numbers in their names count keys.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::file::File;
use crate::{FolderLack, LocalId, header};

/// A local of a file by the file's number.
type Declared = (usize, LocalId);

/// A free name by the offset of its use, and the local that it means.
type Given = (u32, Declared);

/// The uses in one file of names that several files of the folder lack.
#[derive(Default, Debug)]
struct Lacks {
    offsets: Vec<u32>,
    /// Reports for all files, in the first of them, by the offset of the first use.
    told: Vec<(u32, FolderLack)>,
}

/// A folder's files and their names, kept so that a change of one file costs the names of that file.
#[derive(Default, Debug)]
pub(super) struct Folder {
    /// The files, in ascending order.
    pub members: BTreeSet<usize>,
    /// The files that only declare locals.
    pub definitions: BTreeSet<usize>,
    /// Names that these declare: programs also join the files of a folder by themselves, as bottleneck does, and then a name
    /// that is nowhere else is one of theirs.
    declared: FxHashMap<Box<[u8]>, Declared>,
    /// For each file, the free names that it takes from `declared`.
    joined: BTreeMap<usize, Vec<Given>>,
    /// For each name that files lack, these files.
    users: FxHashMap<Box<[u8]>, BTreeSet<usize>>,
    /// For each name that several files lack, the files that declare it.
    declarers: FxHashMap<Box<[u8]>, BTreeSet<usize>>,
    /// The names that several files lack and that one other file declares.
    lacked: BTreeSet<Box<[u8]>>,
    /// For each file, the uses of names in `lacked`, and the reports.
    lacks: BTreeMap<usize, Lacks>,
    /// The scripts that agree with the numbers in their names, and those that do not.
    votes: [BTreeSet<usize>; 2],
}

/// Additions of the folder to a file's environment.
#[derive(Debug)]
pub(super) struct Extras<'a> {
    pub joined: &'a [Given],
    /// The file's declarations that others take.
    pub used: Vec<LocalId>,
    pub lacking: &'a [u32],
    pub lacks: &'a [(u32, FolderLack)],
    pub names_tell_keys: bool,
}

impl Folder {
    /// A folder with these files.
    pub(super) fn new(members: BTreeSet<usize>, files: &[File]) -> Self {
        let mut folder = Self::default();
        folder.members = members;
        folder.definitions = folder.members.iter().copied().filter(|&at| files[at].outline.is_definitions()).collect();
        for &at in &folder.definitions {
            let outline = &files[at].outline;
            for (_, local) in outline.locals() {
                folder.declared.entry(outline.local(local).0.into()).or_insert((at, local));
            }
        }
        for at in folder.members.clone() {
            folder.join(at, files);
            for name in folder.open_names(&files[at], at).collect::<Vec<_>>() {
                if let Some(users) = folder.users.get_mut(name) {
                    users.insert(at);
                } else {
                    folder.users.insert(name.into(), BTreeSet::from([at]));
                }
            }
            folder.vote(at, files);
        }
        let shared = folder.users.iter().filter(|(_, users)| users.len() > 1);
        folder.declarers = shared.map(|(name, _)| (name.clone(), BTreeSet::new())).collect();
        if !folder.declarers.is_empty() {
            for &at in &folder.members {
                for name in declared_names(&files[at]) {
                    if let Some(files) = folder.declarers.get_mut(name) {
                        files.insert(at);
                    }
                }
            }
        }
        folder.lacked = folder.declarers.keys().filter(|name| folder.is_lacked(name)).cloned().collect();
        folder.tell_lacks(files);
        folder
    }

    /// True if a change of this file requires a new folder: the others use its declarations.
    pub(super) fn depends_on(&self, at: usize, files: &[File]) -> bool {
        self.definitions.contains(&at) || files[at].outline.is_definitions()
    }

    /// Removes the names of a file before it changes. Returns the affected names.
    pub(super) fn withdraw(&mut self, at: usize, files: &[File]) -> BTreeSet<Box<[u8]>> {
        let mut touched = BTreeSet::new();
        for name in self.open_names(&files[at], at).map(Box::<[u8]>::from).collect::<BTreeSet<_>>() {
            if let Some(users) = self.users.get_mut(&name) {
                users.remove(&at);
                if users.is_empty() {
                    self.users.remove(&name);
                }
            }
            touched.insert(name);
        }
        for name in declared_names(&files[at]) {
            if let Some(files) = self.declarers.get_mut(name) {
                files.remove(&at);
                touched.insert(name.into());
            }
        }
        self.joined.remove(&at);
        for files in &mut self.votes {
            files.remove(&at);
        }
        touched
    }

    /// Adds the names of a changed file; `touched` is the result of [`Self::withdraw`] for all files that changed.
    pub(super) fn enter(&mut self, at: usize, files: &[File], touched: &mut BTreeSet<Box<[u8]>>) {
        self.join(at, files);
        for name in self.open_names(&files[at], at).map(Box::<[u8]>::from).collect::<BTreeSet<_>>() {
            self.users.entry(name.clone()).or_default().insert(at);
            touched.insert(name);
        }
        for name in declared_names(&files[at]) {
            if let Some(files) = self.declarers.get_mut(name) {
                files.insert(at);
                touched.insert(name.into());
            }
        }
        self.vote(at, files);
    }

    /// Updates the names that several files lack. True if they have changed, or may have.
    pub(super) fn settle(&mut self, touched: &BTreeSet<Box<[u8]>>, files: &[File]) -> bool {
        let mut changed = false;
        for name in touched {
            let is_shared = self.users.get(name).is_some_and(|users| users.len() > 1);
            if is_shared && !self.declarers.contains_key(name) {
                let declares = |at: &&usize| declared_names(&files[**at]).any(|it| *it == **name);
                let declarers = self.members.iter().filter(declares).copied().collect();
                self.declarers.insert(name.clone(), declarers);
            } else if !is_shared {
                self.declarers.remove(name);
            }
            // What is lacked now is told anew: the places of its uses may be others.
            let is_lacked = self.is_lacked(name);
            changed |= self.lacked.remove(name) || is_lacked;
            if is_lacked {
                self.lacked.insert(name.clone());
            }
        }
        if changed {
            self.tell_lacks(files);
        }
        changed
    }

    /// True if the names of the folder's scripts are mostly their counts of keys.
    pub(super) fn names_tell_keys(&self) -> bool {
        let [agree, differ] = &self.votes;
        agree.len() >= 2 && agree.len() > differ.len()
    }

    /// Returns the folder's additions to a file's environment.
    pub(super) fn extras(&self, at: usize) -> Extras<'_> {
        let used = match self.definitions.contains(&at) {
            true => self
                .joined
                .values()
                .flatten()
                .filter(|(_, (from, _))| *from == at)
                .map(|(_, (_, local))| *local)
                .collect(),
            false => Vec::new(),
        };
        let lacks = self.lacks.get(&at);
        Extras {
            joined: self.joined.get(&at).map(Vec::as_slice).unwrap_or_default(),
            used,
            lacking: lacks.map(|it| it.offsets.as_slice()).unwrap_or_default(),
            lacks: lacks.map(|it| it.told.as_slice()).unwrap_or_default(),
            names_tell_keys: self.names_tell_keys(),
        }
    }

    fn join(&mut self, at: usize, files: &[File]) {
        if self.declared.is_empty() {
            return;
        }
        let file = &files[at];
        let taken = |(offset, name): (u32, &[u8])| {
            let &from = self.declared.get(name)?;
            (from.0 != at && !file.own.gives(offset)).then_some((offset, from))
        };
        let joined: Vec<_> = file.outline.unknown_names().filter_map(taken).collect();
        if !joined.is_empty() {
            self.joined.insert(at, joined);
        }
    }

    /// The free names of a file that nothing gives it.
    fn open_names<'f>(&self, file: &'f File, at: usize) -> impl Iterator<Item = &'f [u8]> + use<'f, '_> {
        self.open_uses(file, at).map(|(_, name)| name)
    }

    fn open_uses<'f>(&self, file: &'f File, at: usize) -> impl Iterator<Item = (u32, &'f [u8])> + use<'f, '_> {
        let is_forbidden = |name: &[u8]| {
            std::str::from_utf8(name).map_or(true, |name| commands::api::forbidden_global(name).is_some())
        };
        let names = file.outline.unknown_names().filter(|_| !file.own.incomplete);
        names.filter(move |&(offset, name)| {
            let is_joined = self.declared.get(name).is_some_and(|(from, _)| *from != at);
            !file.own.gives(offset) && !file.own.missing.contains_key(&offset) && !is_joined && !is_forbidden(name)
        })
    }

    fn is_lacked(&self, name: &[u8]) -> bool {
        let (Some(users), Some(declarers)) = (self.users.get(name), self.declarers.get(name)) else { return false };
        // A name that several files declare is one of their own.
        users.len() > 1 && declarers.len() == 1 && declarers.is_disjoint(users)
    }

    fn tell_lacks(&mut self, files: &[File]) {
        let mut of_file: BTreeMap<usize, Vec<&[u8]>> = BTreeMap::new();
        for name in &self.lacked {
            let declarer = self.declarers.get(name).and_then(BTreeSet::first);
            of_file.entry(declarer.copied().unwrap_or_default()).or_default().push(name);
        }
        let mut lacks: BTreeMap<usize, Lacks> = BTreeMap::new();
        for (from, names) in of_file {
            let users: BTreeSet<usize> =
                names.iter().filter_map(|name| self.users.get(*name)).flatten().copied().collect();
            let lack = FolderLack {
                names: names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect(),
                declared_in: files[from].path.clone(),
                files: users.iter().map(|&at| files[at].path.clone()).collect(),
            };
            let mut told = Some(lack);
            for at in users {
                let uses = self.open_uses(&files[at], at).filter(|(_, name)| names.contains(name));
                let mut offsets: Vec<u32> = uses.map(|(offset, _)| offset).collect();
                offsets.sort_unstable();
                let of_file = lacks.entry(at).or_default();
                of_file.told.extend(offsets.first().and_then(|&first| Some((first, told.take()?))));
                of_file.offsets.extend(offsets);
            }
        }
        self.lacks = lacks;
    }

    /// Notes whether a script's highest key is the number at the end of its name.
    fn vote(&mut self, at: usize, files: &[File]) {
        let file = &files[at];
        let name = file.path.rsplit(['/', '\\']).next().unwrap_or(&file.path);
        let Some(number) = header::number_in_name(name) else { return };
        let included = &file.own.included_keys;
        let Some(own) = file.outline.tables()[0].highest().filter(|_| !included.dynamic) else { return };
        let highest = included.indices.iter().map(|&(index, _)| index).fold(own, u32::max);
        self.votes[usize::from(highest != number)].insert(at);
    }
}

fn declared_names(file: &File) -> impl Iterator<Item = &[u8]> {
    file.outline.locals().map(|(_, local)| file.outline.local(local).0)
}
