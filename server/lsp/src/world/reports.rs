//! Publishes diagnostics of scripts, and of mistakes in the settings.

use std::{collections::HashMap, sync::Arc};

use ide::File;
use rayon::prelude::*;
use tower_lsp_server::ls_types::{Diagnostic, DiagnosticSeverity, Uri};

use super::World;
use crate::{event::Event, outbox::Message};
use requests::{
    run::show,
    settings_file::SettingsFile,
    snapshot::{RootSnapshot, Snapshot, key, uri_of},
};

impl World {
    /// Computes the diagnostics of changed files on other threads.
    pub(super) fn lint(&mut self, before: &Snapshot) {
        let snapshot = Arc::clone(&self.snapshot);
        let same_files =
            |(now, before): (&Arc<RootSnapshot>, &Arc<RootSnapshot>)| Arc::ptr_eq(&now.by_key, &before.by_key);
        let are_same =
            snapshot.roots.len() == before.roots.len() && snapshot.roots.iter().zip(&before.roots).all(same_files);
        if !are_same {
            self.drop_gone(&snapshot);
        }
        let mut is_news = false;
        let mut changed = Vec::new();
        for view in snapshot.views() {
            let (nth, document) = (view.nth, view.document());
            let known = are_same.then(|| &before.roots[nth].documents[view.at]);
            if known.is_some_and(|known| Arc::ptr_eq(known, &view.root.documents[view.at])) {
                continue;
            }
            let state = (document.generation, document.version, document.uri.clone());
            let last = self.published.insert(document.key.clone(), state.clone());
            let moved = last.as_ref().filter(|last| last.2 != state.2).map(|last| last.2.clone());
            if let (Some(uri), false) = (&moved, self.abilities.pulls) {
                // The client has the file by another path now.
                self.outbox.put(Message::Diagnostics { uri: uri.clone(), version: None, items: Vec::new() });
            }
            // In a file of another language the places change with the text around the script.
            let is_still =
                |last: &(u64, Option<i32>, Uri)| last.0 == state.0 && (document.host().is_none() || last.1 == state.1);
            if moved.is_none() && last.as_ref().is_some_and(is_still) {
                continue;
            }
            // Who opens or edits a file asks by himself; what else has changed it he cannot know: an include, the settings.
            is_news |= moved.is_some() || last.is_some_and(|last| last.1 == state.1);
            if !self.abilities.pulls {
                // What runs changed goes with it.
                self.touched.remove(&document.key);
                changed.push((nth, view.at));
            }
        }
        self.find_later(changed);
        if is_news && self.abilities.pulls && self.abilities.refreshes {
            self.outbox.put(Message::RefreshDiagnostics);
        }
    }

    /// Computes the findings of files, by their roots and numbers, on other threads. The scripts of a file of another language are
    /// published together, so they are told of once.
    pub(super) fn find_later(&self, files: Vec<(usize, usize)>) {
        let mut by_uri: HashMap<String, Vec<(Arc<File>, String)>> = HashMap::new();
        for (root, at) in files {
            let view = self.snapshot.view_at(root, at);
            let file = (Arc::clone(&view.root.project.files[at]), view.document().key.clone());
            by_uri.entry(key(view.uri())).or_default().push(file);
        }
        for mut files in by_uri.into_values() {
            let sender = self.sender.clone();
            rayon::spawn(move || {
                files.par_iter().for_each(|(file, _)| {
                    file.findings();
                });
                if let Some((file, key)) = files.pop() {
                    sender.send(Event::Linted { file, key }).ok();
                }
            });
        }
    }

    /// Takes the findings back of files that are there no more.
    fn drop_gone(&mut self, snapshot: &Snapshot) {
        let gone: Vec<String> = self.published.keys().filter(|key| snapshot.find(key).is_none()).cloned().collect();
        let gone: Vec<_> = gone.into_iter().filter_map(|key| self.published.remove(&key)).collect();
        for (_, _, uri) in gone {
            if !self.abilities.pulls && !self.publish_all(snapshot, &uri) {
                self.outbox.put(Message::Diagnostics { uri, version: None, items: Vec::new() });
            }
        }
    }

    /// Publishes the findings of all scripts of a file, unless some are still looked for: these come with the last. Returns false if
    /// the file has none.
    fn publish_all(&self, snapshot: &Snapshot, uri: &Uri) -> bool {
        let views = snapshot.checked(uri);
        let Some(version) = views.first().map(|view| view.document().version) else {
            return snapshot.is_half_typed(uri);
        };
        let are_found = views.iter().all(|view| view.file().has_findings());
        if are_found && !snapshot.is_half_typed(uri) {
            let items = views.into_iter().flat_map(show::all_diagnostics).collect();
            self.outbox.put(Message::Diagnostics { uri: uri.clone(), version, items });
        }
        true
    }

    /// Publishes findings, unless the file has changed meanwhile.
    pub(super) fn publish(&self, file: &Arc<File>, key: &str) {
        let Some((root, at)) = self.snapshot.find(key) else { return };
        let view = self.snapshot.view_at(root, at);
        if !Arc::ptr_eq(&view.root.project.files[at], file) {
            return;
        }
        self.publish_all(&self.snapshot, view.uri());
    }

    /// Publishes the mistakes in settings' files: by the editor's text for open files, else by the text on disk.
    pub(super) fn tell_settings(&mut self) {
        let mut files: Vec<Arc<SettingsFile>> = self.open_settings.values().map(|(_, file)| Arc::clone(file)).collect();
        for path in self.roots.iter().filter_map(|root| root.settings.file.as_ref()) {
            let real = workspace::canonical(path);
            if files.iter().any(|file| file.path == real) {
                continue;
            }
            if let Some(uri) = uri_of(path) {
                let text = std::fs::read(path).unwrap_or_default();
                files.push(Arc::new(SettingsFile::new(uri, real, &text)));
            }
        }
        let mut told: Vec<(Uri, Vec<Diagnostic>)> = Vec::new();
        for file in files {
            let items = file.problems.iter().map(|problem| Diagnostic {
                range: file.range(file.bytes(problem), self.abilities.encoding),
                severity: Some(DiagnosticSeverity::ERROR),
                source: Some("redlua".to_owned()),
                message: problem.message.clone(),
                ..Diagnostic::default()
            });
            told.push((file.uri.clone(), items.collect()));
        }
        // A file that is gone has no mistakes any more.
        for (uri, _) in &self.told_settings {
            if !told.iter().any(|(known, _)| known == uri) {
                told.push((uri.clone(), Vec::new()));
            }
        }
        for (uri, items) in &told {
            let before = self.told_settings.iter().find(|(known, _)| known == uri).map(|(_, items)| items);
            if before.map_or(!items.is_empty(), |before| before != items) {
                self.outbox.put(Message::Diagnostics { uri: uri.clone(), version: None, items: items.clone() });
            }
        }
        told.retain(|(_, items)| !items.is_empty());
        self.told_settings = told;
    }
}
