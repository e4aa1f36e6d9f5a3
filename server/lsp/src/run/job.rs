//! A run's inputs: a document at one moment with the files it includes, and its settings.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use commands::Target;
use ide::{File, entry::Entry};
use script::Budget;
use spec::SeedError;
use tower_lsp_server::ls_types::Uri;
use workspace::{Flattened, Resolver, Settings};

use requests::{
    run::{
        candidates::{self, Candidate},
        results::Stamp,
    },
    snapshot::{Snapshot, key_of},
};

/// Commands with their lines, counted from 1.
pub(crate) type Seed = Vec<(u32, Vec<Vec<u8>>)>;

/// A document to run, with its context.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// The document's name in snapshots.
    pub key: String,
    /// The document.
    pub uri: Uri,
    /// Name of the document in messages.
    pub name: String,
    /// Texts that are run.
    pub stamp: Stamp,
    /// The document.
    pub file: Arc<File>,
    /// The settings of its folder.
    pub settings: Arc<Settings>,
    /// All files at this moment.
    pub snapshot: Arc<Snapshot>,
    path: PathBuf,
}

impl Job {
    /// The job of a document in a snapshot.
    ///
    /// # Errors
    /// The reason why the document cannot be run.
    pub(crate) fn new(snapshot: &Arc<Snapshot>, uri: &Uri) -> Result<Self, String> {
        let views = snapshot.view(uri).map_or_else(|| snapshot.embedded(uri), |view| vec![view]);
        let view = match views[..] {
            [view] => view,
            [] => return Err(format!("{} is neither open nor a file of the workspace with a script", uri.as_str())),
            _ => {
                let names: Vec<&str> = views
                    .iter()
                    .filter_map(|it| Some(it.document().embedding.as_ref()?.script().id.as_str()))
                    .collect();
                return Err(format!(
                    "{} has several scripts: name one as {0}#NAME: {}",
                    uri.as_str(),
                    names.join(", ")
                ));
            }
        };
        if view.has_holes() {
            return Err(format!("{} cannot be run: the program pastes values into it", view.file().path));
        }
        let file = Arc::clone(&view.root.project.files[view.at]);
        if file.source().len() > syntax::MAX_SOURCE_BYTES {
            return Err(format!("{} is too large to be run", file.path));
        }
        let name =
            Path::new(&file.path).file_name().map_or_else(|| file.path.clone(), |it| it.to_string_lossy().into());
        Ok(Self {
            key: view.key().to_owned(),
            uri: view.uri().clone(),
            name,
            stamp: view.root.stamp(view.at),
            file,
            settings: Arc::clone(&view.root.settings),
            snapshot: Arc::clone(snapshot),
            path: view.document().path.clone(),
        })
    }

    /// True if it is a function library.
    pub(crate) fn is_library(&self) -> bool {
        self.file.script.library.is_some()
    }

    /// True if slots matter.
    pub(crate) fn cluster(&self) -> bool {
        self.settings.config.options.cluster
    }

    /// Returns inputs for an entry of it.
    pub(crate) fn candidates(&self, entry: &Entry) -> Vec<Candidate> {
        let examples = candidates::of_examples(self.file.source());
        candidates::candidates(&examples, entry, &self.snapshot.runs, &self.key, self.cluster())
    }

    /// The server to run as by default: the first target of the settings.
    pub(crate) fn target(&self) -> Target {
        self.settings.config.options.targets.first().copied().unwrap_or(Target::DEFAULT)
    }

    /// Limits of a run by the settings, with at most `most` of time.
    pub(crate) fn budget(&self, most: Option<Duration>) -> Budget {
        let (run, default) = (&self.settings.config.run, Budget::default());
        let time = run.time.unwrap_or(default.time);
        Budget {
            time: most.map_or(time, |most| time.min(most)),
            instructions: run.instructions.unwrap_or(default.instructions),
            memory: run.memory.unwrap_or(default.memory),
        }
    }

    /// The script with its includes pasted: from open buffers first, then from disk. It reads files.
    pub(crate) fn flatten(&self) -> Flattened {
        let mut resolver = Resolver::default();
        for path in self.snapshot.roots.iter().flat_map(|root| root.documents.iter().map(|it| &it.path)) {
            resolver.add(path.clone());
        }
        let mut read = |path: &Path| self.read(path);
        workspace::flatten(&self.path, self.file.source(), &self.settings, &mut resolver, &mut read)
    }

    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let open = self.place_of(path).map(|(root, at)| self.snapshot.view_at(root, at).file().source().to_vec());
        open.or_else(|| std::fs::read(path).ok())
    }

    fn place_of(&self, path: &Path) -> Option<(usize, usize)> {
        let known = self.snapshot.find(&key_of(path));
        known.or_else(|| self.snapshot.find(&key_of(&workspace::canonical(path))))
    }

    /// The commands that fill the keyspace. It reads files.
    ///
    /// # Errors
    /// A sentence about why the seed file cannot be used.
    pub(crate) fn seed(&self) -> Result<Seed, String> {
        let Some(path) = &self.settings.config.run.seed else { return Ok(Vec::new()) };
        let bytes = std::fs::read(self.settings.root.join(path));
        let bytes = bytes.map_err(|error| format!("the seed file {} cannot be read: {error}", path.display()))?;
        spec::commands_of(&bytes).map_err(|error| self.seed_problem(&error))
    }

    /// Describes a mistake in the seed file, in a sentence.
    pub(crate) fn seed_problem(&self, error: &SeedError) -> String {
        let path = self.settings.config.run.seed.as_deref().unwrap_or(Path::new("seed"));
        format!("the seed file {} cannot fill the keyspace: {error}", path.display())
    }

    /// Returns the file and the line, counted from 1, of a line of the pasted text.
    pub(crate) fn location(&self, flat: &Flattened, line: u32) -> (String, u32) {
        let (nth, line) = flat.origin(line);
        let path = flat.files.get(nth).map_or(self.path.as_path(), |path| path);
        match self.place_of(path) {
            Some((root, at)) => {
                let view = self.snapshot.view_at(root, at);
                (view.uri().as_str().to_owned(), view.line(line))
            }
            None if nth == 0 => (self.uri.as_str().to_owned(), line),
            None => (key_of(&workspace::canonical(path)), line),
        }
    }

    /// Origin of a line of the pasted text as users see it: the file's key in snapshots, its name, and the line of the document.
    pub(crate) fn document_line(&self, flat: &Flattened, line: u32) -> (String, String, u32) {
        let (key, shown, line) = self.origin(flat, line);
        let view = self.snapshot.find(&key).map(|(root, at)| self.snapshot.view_at(root, at));
        let line = view.map_or(line, |view| view.line(line));
        (key, shown, line)
    }

    /// Origin of a line of the pasted text: the file's key in snapshots, its name for users, and the line there.
    pub(crate) fn origin(&self, flat: &Flattened, line: u32) -> (String, String, u32) {
        let (nth, line) = flat.origin(line);
        match flat.files.get(nth).filter(|_| nth > 0) {
            None => (self.key.clone(), self.name.clone(), line),
            Some(path) => {
                let shown = match self.place_of(path) {
                    Some((root, at)) => self.snapshot.view_at(root, at).file().path.clone(),
                    None => path.display().to_string(),
                };
                (key_of(&workspace::canonical(path)), shown, line)
            }
        }
    }
}
