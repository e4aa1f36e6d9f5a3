//! The script that is run: read, its includes pasted.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use semantic::Script;
use workspace::{Embedding, Flattened, Host, Resolver, Settings};

/// A script with its includes.
pub(crate) struct Source {
    /// The text that runs, and where its lines come from.
    pub flat: Flattened,
    here: PathBuf,
    /// For a script in a string, the file of another language.
    host: Option<Arc<Host>>,
}

impl Source {
    /// Reads a script; `-` is standard input. In a file of another language it is named as `app.py:NAME`, or by one of its `line`s,
    /// counted from 1.
    pub(crate) fn read(path: &Path, line: Option<u32>, settings: &Settings) -> Result<Self> {
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        if path.as_os_str() == "-" {
            let mut text = Vec::new();
            std::io::stdin().read_to_end(&mut text).context("standard input cannot be read")?;
            return Ok(Self::of_text(&here.join("stdin.lua"), &text, here, settings));
        }
        let place = here.join(path);
        let named = workspace::split_embedded_path(&place).filter(|_| !place.exists());
        let (file, id) = named.map_or((place, None), |(file, id)| (file, Some(id)));
        if file.is_dir() {
            bail!("{} is a folder: name one script", path.display());
        }
        let shown = file.strip_prefix(&here).unwrap_or(&file).display().to_string();
        let text = workspace::read_bounded(&file).with_context(|| format!("{shown} cannot be read"))?;
        let Some(language) = host::Language::of_file(&file, &text) else {
            if id.is_some() || line.is_some() {
                bail!("{shown} is a script, and not a file with scripts in its strings");
            }
            return Ok(Self::of_text(&file, &text, here, settings));
        };
        let Some(host) = Host::new(file, language, text.into(), &settings.own_bindings(language)) else {
            bail!("{shown} has no script in its strings");
        };
        let script = choose(&host, id.as_deref(), line, &shown)?;
        Self::of_embedding(&script, here, settings)
    }

    fn of_text(place: &Path, text: &[u8], here: PathBuf, settings: &Settings) -> Self {
        let mut read = |path: &Path| workspace::read_bounded(path).ok();
        let flat = workspace::flatten(place, text, settings, &mut Resolver::default(), &mut read);
        Self { flat, here, host: None }
    }

    /// A script in a string, with the constants of its file that it pastes in.
    ///
    /// # Errors
    /// Fails if its text is only known when the program runs.
    pub(crate) fn of_embedding(script: &Embedding, here: PathBuf, settings: &Settings) -> Result<Self> {
        let host = &script.host;
        let embedded = script.script();
        if let Some(value) = embedded.values.first() {
            let shown = host.path.strip_prefix(&here).unwrap_or(&host.path).display();
            let value = String::from_utf8_lossy(value.host.slice(&host.source)).into_owned();
            bail!("{shown}:{} cannot be run, for the program pastes a value into it: `{value}`", embedded.id);
        }
        let flat = script.flatten(settings, &mut Resolver::default());
        Ok(Self { flat, here, host: Some(Arc::clone(host)) })
    }

    /// The script in a string that a file of the text is.
    fn embedding(&self, number: usize) -> Option<Embedding> {
        self.host.as_ref()?.embedding(self.flat.files.get(number)?)
    }

    /// The text of the file of another language that a script of the text stands in; none for other files.
    pub(crate) fn host_text(&self, number: usize) -> Option<&[u8]> {
        self.embedding(number)?;
        self.host.as_ref().map(|host| &*host.source)
    }

    /// The path of a file to show.
    pub(crate) fn shown(&self, number: usize) -> String {
        let embedding = self.embedding(number);
        let path = self.flat.files.get(number).map_or(Path::new(""), PathBuf::as_path);
        let path = embedding.as_ref().map_or(path, |it| &it.host.path);
        path.strip_prefix(&self.here).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }

    /// Origin of a line of the text: the line in its file, and the file's path if it is not the script.
    pub(crate) fn place(&self, line: u32) -> (u32, Option<String>) {
        let (file, line) = self.flat.origin(line);
        let line = match self.embedding(file) {
            Some(embedding) => line.checked_sub(1).and_then(|line| embedding.line(line)).map_or(line, |it| it + 1),
            None => line,
        };
        (line, (file > 0 || self.host.is_some()).then(|| self.shown(file)))
    }

    /// True if it is a function library.
    pub(crate) fn is_library(&self) -> bool {
        self.script().library.is_some()
    }

    /// The functions that a library registers, if their names are known.
    pub(crate) fn functions(&self) -> Vec<String> {
        let script = self.script();
        let Some(library) = &script.library else { return Vec::new() };
        library.registrations.iter().filter_map(|registration| registration.name.clone()).collect()
    }

    /// True if the library registers functions, each under a name that is known.
    pub(crate) fn names_all_functions(&self) -> bool {
        let script = self.script();
        let registrations = script.library.as_ref().map_or(&[][..], |library| &library.registrations);
        !registrations.is_empty() && registrations.iter().all(|registration| registration.name.is_some())
    }

    fn script(&self) -> Script {
        let name = self.flat.files.first().and_then(|path| path.file_name()).and_then(|name| name.to_str());
        Script::new(Arc::from(self.flat.code.as_slice()), name)
    }
}

/// The script of a file that is meant: by its name, by a line, or the only one.
fn choose(host: &Arc<Host>, id: Option<&str>, line: Option<u32>, shown: &str) -> Result<Embedding> {
    let all: Vec<Embedding> = host.embeddings().collect();
    let list = || {
        let one = |it: &Embedding| format!("\n  {shown}:{} (line {})", it.script().id, host.lines_of(it.script()).0);
        all.iter().map(one).collect::<String>()
    };
    if let Some(id) = id {
        let Some(found) = host.find(id) else { bail!("{shown} has no script `{id}`; it has{}", list()) };
        return Ok(found);
    }
    if let Some(line) = line {
        let is_there = |it: &&Embedding| {
            let (first, last) = host.lines_of(it.script());
            (first..=last).contains(&line)
        };
        let Some(found) = all.iter().find(is_there) else {
            bail!("{shown} has no script on line {line}; it has{}", list())
        };
        return Ok(found.clone());
    }
    match &all[..] {
        [one] => Ok(one.clone()),
        _ => bail!("{shown} has several scripts: name one, or a line with --line{}", list()),
    }
}
