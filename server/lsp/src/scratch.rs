//! Read-only files that the client opens where it has no view of its own, below the user's cache.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tower_lsp_server::ls_types::MessageType;

use crate::outbox::Message;
use requests::{client::ClientAbilities, snapshot::uri_of};

/// Age at which files of earlier times are removed.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Writes a text and opens it in the client, or shows its path. `what` names it in messages.
pub(crate) fn shown(client: ClientAbilities, folder: &str, name: &str, text: &[u8], what: &str) -> Message {
    match write(&cache().join(folder), name, text) {
        Ok(path) => match uri_of(&path).filter(|_| client.shows_documents) {
            Some(uri) => Message::Open(uri, None),
            None => Message::Show(MessageType::INFO, format!("{what} is in {}", path.display())),
        },
        Err(error) => Message::Show(MessageType::ERROR, format!("{what} cannot be shown: {error}")),
    }
}

/// Writes a text to a read-only file.
///
/// # Errors
/// Fails if the file cannot be written.
fn write(folder: &Path, name: &str, text: &[u8]) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    forget(folder);
    let path = folder.join(name);
    if std::fs::read(&path).is_ok_and(|known| known == text) {
        return Ok(path);
    }
    // One that differs is of another version or broken off, and read-only.
    std::fs::remove_file(&path).ok();
    std::fs::write(&path, text)?;
    let mut permissions = std::fs::metadata(&path)?.permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions)?;
    Ok(path)
}

/// Removes the files of earlier times.
fn forget(folder: &Path) {
    let old = |path: &Path| {
        let changed = std::fs::metadata(path).and_then(|data| data.modified()).ok();
        changed.and_then(|at| SystemTime::now().duration_since(at).ok()).is_some_and(|age| age > KEPT)
    };
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_ours = |path: &Path| path.extension().is_some_and(|it| it == "lua" || it == "md");
    for path in files.filter(|path| is_ours(path) && old(path)) {
        std::fs::remove_file(path).ok();
    }
}

/// Our folder below the user's cache.
fn cache() -> PathBuf {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = of("XDG_CACHE_HOME").or_else(|| of("LOCALAPPDATA")).or_else(|| Some(of("HOME")?.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("redlua")
}
