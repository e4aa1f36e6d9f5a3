//! One file of a project.

use std::{
    io::Error,
    path::{Path, PathBuf},
    sync::Arc,
};

use semantic::{File, Include, Needs, Outline, Script};

use crate::{Embedding, FileStamp, Found, Host, Loaded, Settings, read, relative};

/// One file of a project: what linking needs of it, and its analysis where that is kept.
#[derive(Clone, Debug)]
pub struct Source {
    /// Absolute path of the file; a made-up path for an unsaved buffer.
    pub path: PathBuf,
    /// Another path by which it is known, where includes in it may lead from.
    pub alias: Option<PathBuf>,
    /// True if it was named, so that it is a script whatever is in it.
    pub named: bool,
    /// True if it is only read for the names it gives to others.
    pub context: bool,
    /// Stamp of the file on disk when it was read; none if it was not read from there.
    pub stamp: Option<FileStamp>,
    /// Its place in a file of another language, for a script in a string.
    pub embedding: Option<Embedding>,
    /// The program with calls of scripts that it stands for.
    pub program: Option<Arc<Host>>,
    /// Keys and arguments that its callers must give.
    pub needs: Needs,
    /// Names of the functions that it registers, as far as they are constant; none if it is no library.
    pub functions: Option<Arc<[Option<String>]>>,
    /// True if its content looks like Redis Lua.
    pub(crate) is_redis_lua: bool,
    pub(crate) outline: Arc<Outline>,
    pub(crate) includes: Arc<[Include]>,
    pub(crate) analysis: Option<Arc<File>>,
}

impl Source {
    /// A source for a file that was read. Its analysis is kept if `keeps` returns true, else made again on demand.
    pub fn new(loaded: Loaded, keeps: impl FnOnce(&Self) -> bool) -> Self {
        let Loaded { path, alias, named, context, stamp, embedding, program, file } = loaded;
        let script = Script::of(file);
        let mut source = Self {
            path,
            alias,
            named,
            context,
            stamp,
            embedding,
            program,
            needs: Needs::of(&script),
            functions: functions_of(&script),
            is_redis_lua: script.is_redis_lua(),
            outline: Arc::new(Outline::new(&script)),
            includes: script.includes.as_slice().into(),
            analysis: None,
        };
        let bytes = script.source.len();
        source.analysis = Some(script.file);
        if !(bytes == 0 || keeps(&source)) {
            source.analysis = None;
        }
        source
    }

    /// True for Redis Lua: by its name, by the settings, or by its content.
    pub fn is_script(&self, settings: &Settings) -> bool {
        let is_embedded = self.embedding.as_ref().is_some_and(|it| !it.script().is_fragment);
        self.named
            || is_embedded
            || self.is_redis_lua
            || settings.include.is_match(relative(&self.path, &settings.root))
    }

    /// True if its content looks like Redis Lua.
    pub fn is_redis_lua(&self) -> bool {
        self.is_redis_lua
    }

    /// The file on disk that it is in.
    pub fn disk_path(&self) -> &Path {
        let host = self.embedding.as_ref().map(|it| &it.host).or(self.program.as_ref());
        host.map_or(&self.path, |host| &host.path)
    }

    /// The part of it that linking needs.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// Its includes.
    pub fn includes(&self) -> &[Include] {
        &self.includes
    }

    /// Length of the text whose analysis is at hand, in bytes.
    pub fn kept_bytes(&self) -> usize {
        self.analysis.as_ref().map_or(0, |file| file.source.len())
    }

    /// The analysis, if it is kept.
    pub fn kept(&self) -> Option<&Arc<File>> {
        self.analysis.as_ref()
    }

    /// The analysis, made again if it is not kept.
    ///
    /// # Errors
    /// Fails if the file cannot be read again.
    pub fn analysis(&self) -> Result<Arc<File>, Error> {
        match &self.analysis {
            Some(file) => Ok(Arc::clone(file)),
            None if self.program.is_some() => Ok(Loaded::new(self.path.clone(), Arc::from(&b""[..])).file),
            None if let Some(embedding) = &self.embedding => {
                Ok(Loaded::new(self.path.clone(), Arc::clone(&embedding.script().text)).file)
            }
            None => {
                let found = Found { path: self.path.clone(), named: self.named };
                Ok(read(found, self.context).map_err(|(_, error)| error)?.file)
            }
        }
    }

    /// True if the includes of both lead to the same files, as long as no file comes or goes.
    pub(crate) fn includes_as(&self, other: &Self) -> bool {
        let ways = |source: &Self| source.includes.iter().map(|it| (it.path.clone(), it.form)).collect::<Vec<_>>();
        self.path == other.path && self.alias == other.alias && ways(self) == ways(other)
    }
}

/// The names of the functions that a library registers.
fn functions_of(script: &Script) -> Option<Arc<[Option<String>]>> {
    Some(script.library.as_ref()?.registrations.iter().map(|it| it.name.clone()).collect())
}
