//! Opening, editing and closing of documents, and changes on disk.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use text::{Document, Encoding};
use tower_lsp_server::ls_types::{FileChangeType, MessageType, TextDocumentContentChangeEvent, Uri};

use super::{Open, World, content::Content, is_settings};
use crate::outbox::Message;
use requests::{
    convert::text_position,
    settings_file::SettingsFile,
    snapshot::{key, path_of},
};

impl World {
    pub(super) fn open(&mut self, uri: Uri, text: &str, version: i32, language: &str) {
        let path = path_of(&uri).map_or_else(|| PathBuf::from(uri.as_str()), |path| workspace::canonical(&path));
        let named = matches!(language, "redis-lua" | "redlua" | "valkey-lua");
        let document = Document::new(text, version);
        self.dirty = true;
        if path.file_name().is_some_and(|name| name == ide::settings::FILE_NAME) {
            let file = Arc::new(SettingsFile::new(uri.clone(), path, text.as_bytes()));
            self.open_settings.insert(key(&uri), (document, file));
            return;
        }
        self.touches += 1;
        let touched = self.touches;
        self.open.insert(
            key(&uri),
            Open { uri, content: Content::new(&path, language, text), path, touched, document, named },
        );
    }

    pub(super) fn change(&mut self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        if let Some((document, file)) = self.open_settings.get_mut(&key(uri)) {
            edit(document, version, &changes, self.abilities.encoding);
            *file = Arc::new(SettingsFile::new(file.uri.clone(), file.path.clone(), &document.bytes()));
            self.dirty = true;
            return;
        }
        let Some(open) = self.open.get_mut(&key(uri)) else {
            let text = format!("{} is changed but was not opened: the change is passed over", uri.as_str());
            self.outbox.put(Message::Log(MessageType::WARNING, text));
            return;
        };
        if version <= open.document.version {
            let text = format!("{}: version {version} after {}", uri.as_str(), open.document.version);
            self.outbox.put(Message::Log(MessageType::WARNING, text));
        }
        edit(&mut open.document, version, &changes, self.abilities.encoding);
        self.touches += 1;
        open.touched = self.touches;
        open.content.forget();
        self.dirty = true;
    }

    pub(super) fn close(&mut self, uri: &Uri) {
        self.dirty |= self.open_settings.remove(&key(uri)).is_some();
        let Some(open) = self.open.remove(&key(uri)) else { return };
        for root in &mut self.roots {
            if open.path.starts_with(&root.folder) {
                root.reread(&open.path);
            }
        }
        self.dirty = true;
    }

    /// Looks for changes on disk that no event reported: settings, and the files around the open documents.
    pub(super) fn catch_up(&mut self) {
        self.looked = Instant::now();
        for at in 0..self.roots.len() {
            let open = &self.open;
            if !open.values().any(|open| open.path.starts_with(&self.roots[at].folder)) {
                continue;
            }
            if self.roots[at].settings_changed() {
                self.configure_root(at);
                self.dirty = true;
            }
            let shown = |open: &Open| path_of(&open.uri).unwrap_or_else(|| open.path.clone());
            let open = self.documents().map(|open| (open.path.clone(), shown(open))).collect();
            self.dirty |= self.roots[at].catch_up(&open);
        }
    }

    /// Reads the settings of a root again, and by them its files.
    fn configure_root(&mut self, at: usize) {
        self.roots[at].configure(&self.settings);
        if self.roots[at].is_workspace {
            let root = self.roots.remove(at);
            self.load(&root);
            self.roots.insert(at, root);
        }
    }

    pub(super) fn file_event(&mut self, path: &Path, kind: FileChangeType) {
        if is_settings(path) {
            for at in 0..self.roots.len() {
                // Settings of a folder above count too.
                let folder = path.parent().unwrap_or(path);
                if self.roots[at].folder.starts_with(folder) || path.starts_with(&self.roots[at].folder) {
                    self.configure_root(at);
                }
            }
        } else {
            for root in self.roots.iter_mut().filter(|root| path.starts_with(&root.folder)) {
                if kind != FileChangeType::CHANGED {
                    root.forget_places();
                }
                root.reread(path);
            }
        }
        self.dirty = true;
    }
}

fn edit(document: &mut Document, version: i32, changes: &[TextDocumentContentChangeEvent], encoding: Encoding) {
    for change in changes {
        let range = change.range.map(|range| (text_position(range.start), text_position(range.end)));
        document.edit(range, &change.text, encoding);
    }
    document.version = version;
}
