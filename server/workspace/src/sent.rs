//! Scripts as programs and loaders send them to a server: with their includes, one by one.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use commands::Target;
use rayon::prelude::*;
use semantic::Script;

use crate::{Embedding, Flattened, Found, Loaded, Resolver, Settings, canonical, flatten, read_bounded, read_scripts};

/// A script as a server gets it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Path of its file, or the path of its own of a script in a string (`app.py:NAME`).
    pub path: PathBuf,
    /// True if it was named, and not found in a folder.
    pub named: bool,
    /// Its place, for a script in a string.
    pub embedding: Option<Embedding>,
    /// Its text, with where its lines come from.
    pub flat: Flattened,
    /// The analysis of that text, with its calls as the newest server takes them.
    pub script: Arc<Script>,
}

impl Sent {
    /// The name of a function library; none for a script.
    pub fn library(&self) -> Option<&str> {
        self.script.library.as_ref()?;
        self.script.shebang.as_ref()?.option("name")
    }

    /// The names under which a library registers functions, as far as they are constant.
    pub fn functions(&self) -> Vec<&str> {
        let registrations = self.script.library.iter().flat_map(|it| &it.registrations);
        registrations.filter_map(|it| it.name.as_deref()).collect()
    }

    /// The file and the line there, counted from 1, of a line of the text. In a script in a string both are those of its program.
    pub fn origin(&self, line: u32) -> (&Path, u32) {
        let (nth, line) = self.flat.origin(line);
        let file = self.flat.files.get(nth).map_or(self.path.as_path(), PathBuf::as_path);
        let Some(embedding) = &self.embedding else { return (file, line) };
        let inner = embedding.host.embedding(file).and_then(|it| it.line(line.checked_sub(1)?));
        (&embedding.host.path, inner.map_or(line, |line| line + 1))
    }
}

/// The scripts of files as they are sent, in the order of the files, and why others could not be read. Left out are plain Lua, files that
/// another one includes, and scripts into which a program pastes values, unless a file is named. Reads files on all cores.
pub fn sent(files: &[Found], settings: &Settings) -> (Vec<Sent>, Vec<(PathBuf, std::io::Error)>) {
    let read = |resolver: &mut Resolver, file: &Found| -> Result<Vec<Sent>, (PathBuf, std::io::Error)> {
        let scripts = read_scripts(file.clone(), settings)?;
        let scripts = scripts.into_iter().filter(|it| it.program.is_none());
        Ok(scripts.filter_map(|it| one(it, file.named, settings, resolver)).collect())
    };
    let results: Vec<_> = files.par_iter().map_init(Resolver::default, read).collect();
    let (mut all, mut failed) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(scripts) => all.extend(scripts),
            Err(error) => failed.push(error),
        }
    }
    let included: HashSet<PathBuf> =
        all.iter().flat_map(|it| it.flat.files.iter().skip(1)).map(|it| canonical(it)).collect();
    all.retain(|it| it.named && it.embedding.is_none() || !included.contains(&canonical(&it.path)));
    (all, failed)
}

fn one(loaded: Loaded, named: bool, settings: &Settings, resolver: &mut Resolver) -> Option<Sent> {
    let Loaded { path, file, embedding, .. } = loaded;
    let flat = match &embedding {
        Some(it) if !it.script().values.is_empty() || it.script().is_fragment => return None,
        Some(it) => it.flatten(settings, resolver),
        None => flatten(&path, &file.source, settings, resolver, &mut |path| read_bounded(path).ok()),
    };
    let name = path.file_name().and_then(|it| it.to_str());
    let mut script = Script::new(Arc::from(flat.code.as_slice()), name);
    script.bind_commands(&[Target::DEFAULT]);
    (named || embedding.is_some() || script.is_redis_lua()).then(|| Sent {
        path,
        named,
        embedding,
        flat,
        script: Arc::new(script),
    })
}
