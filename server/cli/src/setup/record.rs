//! The files that are ours in an editor's folders, and the record of them.
//!
//! Undo must tell what we wrote from what the user made of it, even if another version wrote it. So a record beside our files
//! lists them, their content, and the folders that are new. It is written before the files: if setup is interrupted, the
//! next one knows the intent.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

use super::plan::{Plan, Step, read, shown};

/// Name of the record, in a folder that is ours alone.
pub(super) const NAME: &str = "redlua-setup.json";

/// Files that are to be below a folder.
pub(crate) struct Files {
    /// The folder that paths are relative to.
    pub(crate) root: PathBuf,
    /// The folder that is ours alone, relative to the root.
    pub(crate) own: &'static str,
    /// Paths with `/`, and the content of the files.
    pub(crate) wanted: BTreeMap<String, Vec<u8>>,
    /// Files that the editor may regenerate by itself: ours whatever their content.
    pub(crate) generated: &'static [&'static str],
}

/// Record of an installation.
#[derive(Serialize, Deserialize, Default, Clone, Debug)]
pub(crate) struct Record {
    /// The version of redlua that did it.
    pub(crate) version: String,
    /// Paths below the root, and hashes of the content written.
    pub(crate) files: BTreeMap<String, Hashes>,
    /// Folders that were made for it.
    folders: BTreeSet<PathBuf>,
    /// The marked block in a file of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) block: Option<Block>,
}

/// Record of a block in a user's file.
#[derive(Serialize, Deserialize, Default, Clone, Debug)]
pub(crate) struct Block {
    /// Hashes of the text between the marks.
    pub(crate) hashes: Hashes,
    /// The file was not there before.
    pub(crate) created: bool,
    /// Its last line had no end before.
    pub(crate) unended: bool,
    /// Lists of the user's, by a name, that have ours at their ends.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) lists: BTreeSet<String>,
}

/// The last thing that was written to a place, and before it a few earlier ones: an update that was interrupted may have
/// left any of them.
#[derive(Serialize, Deserialize, Default, Clone, Debug)]
#[serde(transparent)]
pub(crate) struct Hashes(Vec<String>);

impl Hashes {
    const KEPT: usize = 4;

    /// Adds the hash of the new content to the old ones.
    pub(crate) fn new(bytes: &[u8], old: Option<&Self>) -> Self {
        let new = hash(bytes);
        let old = old.map_or(&[][..], |old| &old.0);
        if old.first() == Some(&new) {
            return Self(old.to_vec());
        }
        let older = old.iter().filter(|it| **it != new).cloned();
        Self(std::iter::once(new.clone()).chain(older).take(Self::KEPT).collect())
    }

    /// True if this was written.
    pub(crate) fn has(&self, bytes: &[u8]) -> bool {
        self.0.contains(&hash(bytes))
    }
}

/// The hash that records have: to see a change, not to withstand malice.
fn hash(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Files {
    fn record_path(&self) -> PathBuf {
        self.root.join(self.own).join(NAME)
    }

    /// Loads the record of an earlier installation, if there is one.
    pub(crate) fn load(&self) -> Result<Option<Record>> {
        let path = self.record_path();
        let Some(bytes) = read(&path)? else { return Ok(None) };
        let mut record: Record = serde_json::from_slice(&bytes).with_context(|| {
            format!("{} says what setup put in and cannot be read: remove it and try again", shown(&path))
        })?;
        // Nothing beside the root is ever touched, whatever the record says.
        record.files.retain(|path, _| Path::new(path).components().all(|it| matches!(it, Component::Normal(_))));
        record.folders.retain(|folder| folder.starts_with(&self.root) || self.root.starts_with(folder));
        Ok(Some(record))
    }

    /// Plans an installation that consists of files only.
    pub(crate) fn install(&self, plan: &mut Plan) -> Result<()> {
        let old = self.load()?;
        let record = self.put(plan, old.as_ref())?;
        self.save(plan, record)
    }

    /// Plans that they go away.
    pub(crate) fn undo(&self, plan: &mut Plan) -> Result<()> {
        self.take_out(plan, self.load()?.as_ref())
    }

    /// The version that put them in, if they were.
    pub(crate) fn version(&self) -> Result<Option<String>> {
        Ok(self.load()?.map(|record| record.version))
    }

    fn is_ours(&self, path: &str, bytes: &[u8], old: Option<&Record>) -> bool {
        self.wanted.get(path).is_some_and(|wanted| wanted == bytes)
            || self.generated.contains(&path)
            || old.and_then(|old| old.files.get(path)).is_some_and(|it| it.has(bytes))
    }

    /// Plans that the files are there, and that those of another version are not.
    pub(crate) fn put(&self, plan: &mut Plan, old: Option<&Record>) -> Result<Record> {
        let mut new = Record { version: env!("CARGO_PKG_VERSION").to_owned(), ..Record::default() };
        // While something of another version is there, its record must be too: so that goes first.
        if let Some(old) = old {
            for name in old.files.keys().filter(|name| !self.wanted.contains_key(*name)) {
                self.remove(plan, name, Some(old))?;
            }
            // The deepest first.
            for folder in old.folders.iter().rev() {
                let needed = self.wanted.keys().any(|name| self.root.join(name).starts_with(folder))
                    || self.record_path().starts_with(folder);
                if needed {
                    new.folders.insert(folder.clone());
                } else if folder.is_dir() {
                    plan.steps.push(Step::RemoveFolder { path: folder.clone() });
                }
            }
        }
        for (name, wanted) in &self.wanted {
            let path = self.root.join(name);
            let before = read(&path)?;
            match &before {
                // Without a record we cannot know: what has our names is ours, but its changes are shown.
                Some(bytes) if old.is_some() && !self.is_ours(name, bytes, old) => {
                    plan.notices
                        .push(format!("{} was changed and stays as it is: remove it to get ours", shown(&path)));
                    if let Some(hashes) = old.and_then(|old| old.files.get(name)) {
                        new.files.insert(name.clone(), hashes.clone());
                    }
                    continue;
                }
                Some(_) => {}
                None => new.folders.extend(missing_folders(&path)),
            }
            new.files.insert(name.clone(), Hashes::new(wanted, old.and_then(|old| old.files.get(name))));
            let users = old.is_none() && !self.generated.contains(&name.as_str());
            plan.steps.push(Step::Write { path, users: users && before.is_some(), before, after: wanted.clone() });
        }
        Ok(new)
    }

    /// Plans the record itself, before all that is written.
    pub(crate) fn save(&self, plan: &mut Plan, mut record: Record) -> Result<()> {
        let path = self.record_path();
        record.folders.extend(missing_folders(&path));
        let mut text = serde_json::to_string_pretty(&record)?;
        text.push('\n');
        let first = plan.steps.iter().position(|step| matches!(step, Step::Write { .. })).unwrap_or(plan.steps.len());
        plan.steps.insert(first, Step::write(path, text.into_bytes())?);
        Ok(())
    }

    fn remove(&self, plan: &mut Plan, name: &str, old: Option<&Record>) -> Result<()> {
        let path = self.root.join(name);
        match read(&path)? {
            None => {}
            Some(bytes) if old.is_none() || self.is_ours(name, &bytes, old) => plan.steps.push(Step::Remove { path }),
            Some(_) => plan.notices.push(format!("{} was changed since and stays", shown(&path))),
        }
        Ok(())
    }

    /// Plans to remove what was installed.
    pub(crate) fn take_out(&self, plan: &mut Plan, old: Option<&Record>) -> Result<()> {
        let names: BTreeSet<&String> = match old {
            Some(old) => old.files.keys().collect(),
            None => self.wanted.keys().collect(),
        };
        let mut folders = old.map(|old| old.folders.clone()).unwrap_or_default();
        for name in names {
            self.remove(plan, name, old)?;
            if old.is_none() {
                folders.extend(
                    self.root
                        .join(name)
                        .ancestors()
                        .skip(1)
                        .filter(|it| *it != self.root && it.starts_with(&self.root))
                        .map(Path::to_path_buf),
                );
                folders.insert(self.root.join(self.own));
            }
        }
        for name in self.generated.iter().map(|name| self.root.join(name)).filter(|path| path.is_file()) {
            if !plan.steps.iter().any(|step| matches!(step, Step::Remove { path } if *path == name)) {
                plan.steps.push(Step::Remove { path: name });
            }
        }
        if self.record_path().exists() {
            plan.steps.push(Step::Remove { path: self.record_path() });
        }
        let going: BTreeSet<PathBuf> = plan
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Remove { path } => Some(path.clone()),
                _ => None,
            })
            .collect();
        self.tell_of_strangers(plan, &going);
        // The deepest first.
        let mut folders: Vec<PathBuf> = folders.into_iter().filter(|folder| folder.is_dir()).collect();
        folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
        plan.steps.extend(folders.into_iter().map(|path| Step::RemoveFolder { path }));
        Ok(())
    }

    /// Files in our folder that we did not put there.
    fn tell_of_strangers(&self, plan: &mut Plan, going: &BTreeSet<PathBuf>) {
        let mut folders = vec![self.root.join(self.own)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if !going.contains(&path) && !plan.notices.iter().any(|it| it.starts_with(&shown(&path))) {
                    plan.notices.push(format!("{} is not from setup and stays", shown(&path)));
                }
            }
        }
    }
}

/// The folders above a file that are not there yet.
fn missing_folders(path: &Path) -> impl Iterator<Item = PathBuf> {
    path.ancestors().skip(1).take_while(|folder| !folder.exists()).map(Path::to_path_buf)
}
