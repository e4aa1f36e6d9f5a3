//! Contents of an open document: a script, or a file of another language with scripts in its strings.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use host::{Language, bindings::Binding};
use semantic::Script;
use text::Document;
use tower_lsp_server::ls_types::MessageType;
use workspace::{Host, Loaded, Settings};

use crate::{
    outbox::{Message, Outbox},
    registrations::SCRIPT_LANGUAGES,
};

/// The analysis of an open document.
#[derive(Debug)]
pub(super) enum Content {
    /// A script; none after an edit.
    Script(Option<Arc<semantic::File>>),
    /// A file of another language.
    Host(Hosted),
    /// A transcript; none after an edit. It may have scripts in its commands.
    Transcript(Option<Arc<semantic::File>>, Hosted),
}

/// The scripts in the strings of an open document.
#[derive(Debug)]
pub(super) struct Hosted {
    language: Language,
    /// Its scripts.
    pub(super) scripts: Vec<Loaded>,
    /// Scripts behind a quote that is missing: as they were in the last whole text.
    pub(super) stale: Vec<Loaded>,
    /// False after an edit.
    is_current: bool,
}

impl Content {
    /// The content of a document that was opened with a language of the client's. A program of OpenResty is Lua in a `.lua` file.
    pub(super) fn new(path: &Path, id: &str, text: &str) -> Self {
        let is_ours = SCRIPT_LANGUAGES.contains(&id);
        let by_name = || Language::of_id(id).or_else(|| Language::of_path(path));
        let by_text = || Language::of_lua(text.as_bytes()).filter(|_| matches!(id, "lua" | "luau"));
        let hosted = |language| Hosted { language, scripts: Vec::new(), stale: Vec::new(), is_current: false };
        if ide::is_transcript(&path.to_string_lossy()) {
            return Self::Transcript(None, hosted(Language::TRANSCRIPT));
        }
        let language = if is_ours { by_text() } else { by_name() };
        language.map_or(Self::Script(None), |language| Self::Host(hosted(language)))
    }

    /// The document was edited, or its settings have changed.
    pub(super) fn forget(&mut self) {
        match self {
            Self::Script(file) => *file = None,
            Self::Host(hosted) => hosted.is_current = false,
            Self::Transcript(file, hosted) => (*file, hosted.is_current) = (None, false),
        }
    }

    /// Analyses the document, if that was not done since its last edit.
    pub(super) fn analyse(&mut self, document: &Document, path: &Path, settings: Option<&Settings>, outbox: &Outbox) {
        if let Self::Script(file @ None) | Self::Transcript(file @ None, _) = self {
            *file = Some(analyse(document, path, outbox));
        }
        if let Self::Host(hosted) | Self::Transcript(_, hosted) = self {
            hosted.analyse(document, path, settings, outbox);
        }
    }
}

impl Hosted {
    /// Reads the scripts, if that was not done since the last edit.
    fn analyse(&mut self, document: &Document, path: &Path, settings: Option<&Settings>, outbox: &Outbox) {
        if self.is_current {
            return;
        }
        let wanted = settings.is_none_or(|settings| settings.searches(path, self.language));
        let own = settings.map_or_else(Arc::default, |settings| settings.own_bindings(self.language));
        let read = || self.read(document, path, &own);
        let read = if wanted { catch_unwind(AssertUnwindSafe(read)) } else { Ok(Default::default()) };
        (self.scripts, self.stale) = read.unwrap_or_else(|_| {
            complain(path, outbox);
            Default::default()
        });
        self.is_current = true;
    }

    /// The scripts of the text, and those of the last whole text that a missing quote hides.
    fn read(&self, document: &Document, path: &Path, own: &Arc<[Binding]>) -> (Vec<Loaded>, Vec<Loaded>) {
        let before: Vec<Loaded> = self.scripts.iter().chain(&self.stale).cloned().collect();
        let id = |it: &Loaded| it.embedding.as_ref().map(|it| it.script().id.clone());
        let known: HashSet<String> = before.iter().filter_map(id).collect();
        let Some(host) = Host::new(path.to_path_buf(), self.language, document.bytes().into(), own) else {
            return Default::default();
        };
        let mut scripts = host.scripts_like(&before, |id| known.contains(id));
        if !host.document.is_cut {
            return (scripts, Vec::new());
        }
        // Behind the missing quote strings are code and code is strings.
        scripts.retain(|it| it.program.is_none());
        let now: HashSet<&Path> = scripts.iter().map(|it| it.path.as_path()).collect();
        let is_gone = |it: &Loaded| it.program.is_none() && !now.contains(it.path.as_path());
        let stale = before.into_iter().filter(is_gone).collect();
        (scripts, stale)
    }
}

/// Analyses a script; of one that is too large only so much that the parser says so.
fn analyse(document: &Document, path: &Path, outbox: &Outbox) -> Arc<semantic::File> {
    let name = path.file_name().and_then(|name| name.to_str());
    let mut bytes = document.bytes();
    bytes.truncate(syntax::MAX_SOURCE_BYTES + 1);
    let analysed = catch_unwind(AssertUnwindSafe(|| Script::new(bytes.into(), name).file));
    analysed.unwrap_or_else(|_| {
        // The rest of the server goes on; an empty file has nothing to say.
        complain(path, outbox);
        Script::new(Arc::from(&b""[..]), name).file
    })
}

fn complain(path: &Path, outbox: &Outbox) {
    let text = format!("redlua could not read {}: please report this file", path.display());
    outbox.put(Message::Show(MessageType::ERROR, text));
}
