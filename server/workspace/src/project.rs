//! A project: files, where their includes lead, and what linking gives to each. The checker and the language server both have
//! one; they differ in which analyses they keep.

use std::{
    collections::HashMap,
    io::Error,
    path::{Path, PathBuf},
    sync::Arc,
};

use semantic::{Callers, Environment, LinkSource, Links, Script, Site};

use crate::{Resolver, Settings, Source, sites};

/// The files of a project, linked. They are named by number.
#[derive(Debug, Default)]
pub struct Project {
    files: Vec<Source>,
    index: HashMap<PathBuf, usize>,
    /// For each file, the targets of each of its includes; with one more entry if a program puts files before it.
    targets: Vec<Vec<Vec<usize>>>,
    links: Links,
    /// For each file that has any, the names that programs around it mention.
    environments: HashMap<usize, Arc<Environment>>,
    /// The path of each file as messages call it.
    shown: Vec<String>,
    /// For each program the calls in it.
    sites: HashMap<usize, Arc<[Site]>>,
    /// For each script whose callers are all known these.
    callers: HashMap<usize, Callers>,
}

impl Project {
    /// Follows the includes of all files, reading with `read` those that are not among them, and links them. `shown` gives the
    /// path by which a file is called in messages.
    pub fn link(
        files: Vec<Source>,
        settings: &Settings,
        resolver: &mut Resolver,
        mut read: impl FnMut(&Path) -> Option<Source>,
        shown: impl Fn(&Path) -> String,
    ) -> Self {
        let index = files.iter().enumerate().map(|(at, file)| (file.path.clone(), at)).collect();
        for file in files.iter().filter(|file| file.embedding.is_some()) {
            resolver.add(file.path.clone());
        }
        let mut project = Self { files, index, ..Self::default() };
        let mut at = 0;
        while at < project.files.len() {
            let targets = project.follow(at, settings, resolver, &mut read);
            project.targets.push(targets);
            at += 1;
        }
        let sources = project.files.iter().zip(&project.targets).map(|(file, targets)| LinkSource {
            path: shown(&file.path),
            outline: Arc::clone(&file.outline),
            targets: targets.clone(),
        });
        project.links = Links::new(sources.collect());
        for at in 0..project.files.len() {
            project.ask_around(at, settings, resolver);
        }
        project.shown = project.files.iter().map(|file| shown(&file.path)).collect();
        project.sites = sites::of(&project.files, &project.shown);
        project.callers = sites::callers(&project.files, &project.sites);
        project
    }

    /// The targets of each include of a file, and the files that a program puts before it.
    fn follow(
        &mut self,
        at: usize,
        settings: &Settings,
        resolver: &mut Resolver,
        read: &mut impl FnMut(&Path) -> Option<Source>,
    ) -> Vec<Vec<usize>> {
        let (path, alias) = (self.files[at].path.clone(), self.files[at].alias.clone());
        let includes = Arc::clone(&self.files[at].includes);
        let Self { files, index, .. } = self;
        let mut number = |path: PathBuf| {
            let known = index.get(&path).copied();
            known.or_else(|| {
                files.push(Source { context: true, ..read(&path)? });
                index.insert(path, files.len() - 1);
                Some(files.len() - 1)
            })
        };
        let mut targets = Vec::with_capacity(includes.len());
        for include in includes.iter() {
            let mut paths = if path.is_absolute() { resolver.resolve(include, &path, settings) } else { Vec::new() };
            if let (true, Some(alias)) = (paths.is_empty(), &alias) {
                paths = resolver.resolve(include, alias, settings);
            }
            let mut found = Vec::with_capacity(paths.len());
            for path in paths {
                let real = resolver.canonical(&path);
                found.extend(number(real));
            }
            targets.push(found);
        }
        let joined = settings.joined_before(&path);
        if !joined.is_empty() {
            targets.push(joined.into_iter().filter_map(number).collect());
        }
        targets
    }

    /// Updates files whose text has changed. Returns their numbers and those of files whose environments have changed, in
    /// ascending order; none, with nothing changed, if an include leads elsewhere now, so that all must be linked again.
    pub fn update(
        &mut self,
        changes: Vec<(usize, Source)>,
        settings: &Settings,
        resolver: &mut Resolver,
    ) -> Option<Vec<usize>> {
        if !changes.iter().all(|(at, source)| self.files.get(*at).is_some_and(|known| known.includes_as(source))) {
            return None;
        }
        let outlines = changes.iter().map(|(at, source)| (*at, Arc::clone(&source.outline))).collect();
        let mut changed = self.links.update(outlines);
        for (at, source) in changes {
            self.files[at] = source;
            changed.push(at);
        }
        let sites = sites::of(&self.files, &self.shown);
        changed.extend(sites.iter().filter(|(at, all)| self.sites.get(at) != Some(all)).map(|(at, _)| *at));
        self.sites = sites;
        let callers = sites::callers(&self.files, &self.sites);
        changed.extend(callers.iter().filter(|&(at, it)| self.callers.get(at) != Some(it)).map(|(at, _)| *at));
        changed.extend(self.callers.keys().filter(|at| !callers.contains_key(at)));
        self.callers = callers;
        changed.sort_unstable();
        changed.dedup();
        for &at in &changed {
            self.ask_around(at, settings, resolver);
        }
        Some(changed)
    }

    /// Looks for the free names of a script in the programs around it. What includes lead to is unknown for an unsaved buffer,
    /// which has no folder.
    fn ask_around(&mut self, at: usize, settings: &Settings, resolver: &mut Resolver) {
        self.environments.remove(&at);
        let file = &self.files[at];
        let linked = self.links.environment(at);
        if !file.path.is_absolute() {
            if !linked.unresolved.is_empty() {
                let mut environment = Environment::clone(linked);
                environment.unresolved.clear();
                self.environments.insert(at, Arc::new(environment));
            }
            return;
        }
        if !self.may_be_script(at, settings) || !file.outline.reads_unknown_names() {
            return;
        }
        let mut asked = Arc::clone(linked);
        resolver.ask_programs(&mut asked, file.outline.unknown_names(), &file.path, settings);
        if !asked.programs.is_empty() {
            self.environments.insert(at, asked);
        }
    }

    /// Count of the files; they are named by number.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True if the project has no files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// A file.
    pub fn file(&self, at: usize) -> &Source {
        &self.files[at]
    }

    /// All files, in the order of their numbers.
    pub fn files(&self) -> &[Source] {
        &self.files
    }

    /// For each include of a file, its target files.
    pub fn targets(&self, at: usize) -> &[Vec<usize>] {
        &self.targets[at]
    }

    /// The files that include a file directly.
    pub fn includers(&self, at: usize) -> &[usize] {
        self.links.includers(at)
    }

    /// The number of the file at a path.
    pub fn find(&self, path: &Path) -> Option<usize> {
        self.index.get(path).copied()
    }

    /// True if other files use its names.
    pub fn is_used(&self, at: usize) -> bool {
        self.links.environment(at).is_used()
    }

    /// The links of a file with others: names taken and given, and the use of KEYS and ARGV by its includes.
    pub fn environment(&self, at: usize) -> &Arc<Environment> {
        self.environments.get(&at).unwrap_or_else(|| self.links.environment(at))
    }

    /// True if a file may be a script or a piece of one; of others only their names count.
    pub fn may_be_script(&self, at: usize, settings: &Settings) -> bool {
        self.is_script(at, settings) || self.links.environment(at).given().next().is_some()
    }

    /// True for Redis Lua: what reads as such, what the settings or its name make a script, and whatever a script includes.
    pub fn is_script(&self, at: usize, settings: &Settings) -> bool {
        !self.links.environment(at).includers.is_empty() || self.files[at].is_script(settings)
    }

    /// A file with what others give to it.
    ///
    /// # Errors
    /// Fails if its analysis is not kept and the file cannot be read again.
    pub fn script(&self, at: usize) -> Result<Script, Error> {
        let mut script = Script::of(self.files[at].analysis()?);
        script.environment = Arc::clone(self.environment(at));
        if let Some(embedding) = &self.files[at].embedding {
            script.pasted = embedding.pasted();
        }
        if let Some(sites) = self.sites.get(&at) {
            script.sites = Arc::clone(sites);
        }
        script.callers = self.callers(at);
        Ok(script)
    }

    /// The calls of scripts in a program; empty for other files.
    pub fn sites(&self, at: usize) -> &[Site] {
        self.sites.get(&at).map_or(&[], |sites| sites)
    }

    /// The calls of a script, if all that run it are known and agree.
    pub fn callers(&self, at: usize) -> Option<Callers> {
        self.callers.get(&at).copied()
    }

    /// Keeps the analysis of a file whose analysis was not kept. Returns the file if it is kept only now.
    pub fn keep(&mut self, at: usize) -> Option<&Source> {
        if self.files[at].analysis.is_some() {
            return None;
        }
        let analysis = self.files[at].analysis().ok()?;
        self.files[at].analysis = Some(analysis);
        Some(&self.files[at])
    }

    /// Frees the analysis and the outline of files that are done.
    pub fn forget(&mut self, files: std::ops::Range<usize>) {
        for at in files {
            self.files[at].analysis = None;
            self.files[at].outline = Arc::default();
            self.environments.remove(&at);
            self.links.forget(at);
        }
    }
}
