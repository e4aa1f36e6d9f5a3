//! Calls in programs that run scripts of the project: which script each runs.

use std::{
    cell::OnceCell,
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use commands::Target;
use host::{Given, LoadedConstant, Runs, ScriptCall};
use semantic::{Callers, Script, Site, SiteTarget};
use text::TextRange;

use crate::{Host, Source, embedded_path};

/// For each program of a project its calls, with what they run. `shown` has the path of each file as messages call it.
pub(crate) fn of(files: &[Source], shown: &[String]) -> HashMap<usize, Arc<[Site]>> {
    if files.iter().all(|file| file.program.is_none()) {
        return HashMap::new();
    }
    let finder = Finder::new(files, shown);
    let programs = files.iter().enumerate().filter_map(|(at, file)| Some((at, file.program.as_ref()?)));
    let sites = programs.map(|(at, host)| {
        let calls = host.document.calls.iter();
        let all = calls.map(|call| {
            let target = finder.target(host, call);
            let mut call = call.clone();
            call.tested = call.tested.filter(|_| finder.gives_plain_replies(&target));
            Site { call, target }
        });
        (at, all.collect())
    });
    sites.collect()
}

/// For each script that is only called from the file around it, and with the same number of keys each time, its callers.
pub(crate) fn callers(files: &[Source], sites: &HashMap<usize, Arc<[Site]>>) -> HashMap<usize, Callers> {
    let mut given: HashMap<usize, Option<Callers>> = HashMap::new();
    for site in sites.values().flat_map(|it| it.iter()) {
        let SiteTarget::Script { file, .. } = site.target else { continue };
        let is_known = files[file].embedding.as_ref().is_some_and(|it| it.script().has_known_callers);
        let keys = match site.call.keys.given {
            Given::Exactly(keys) if is_known => Some(keys),
            _ => None,
        };
        let known = given.entry(file).or_insert(keys.map(|keys| Callers { count: 0, keys }));
        *known = known.filter(|it| Some(it.keys) == keys).map(|it| Callers { count: it.count + 1, ..it });
    }
    given.into_iter().filter_map(|(file, callers)| Some((file, callers?))).collect()
}

struct Finder<'a> {
    files: &'a [Source],
    shown: &'a [String],
    by_path: HashMap<&'a Path, usize>,
    /// Scripts in strings by their ids, and `.lua` files by their names.
    by_name: HashMap<&'a str, Vec<usize>>,
    /// Constants of programs whose values are loaded from files, by their names: the program, and the constant.
    loaded: HashMap<&'a str, Vec<(&'a Host, &'a LoadedConstant)>>,
    functions: HashMap<&'a str, usize>,
    /// True if all functions are known, and there is one.
    knows_functions: bool,
    /// Scripts by their SHA1, found when they are first asked for.
    by_sha: OnceCell<HashMap<String, usize>>,
}

impl<'a> Finder<'a> {
    fn new(files: &'a [Source], shown: &'a [String]) -> Self {
        let mut by_path = HashMap::new();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut functions = HashMap::new();
        let mut loaded: HashMap<&str, Vec<(&Host, &LoadedConstant)>> = HashMap::new();
        let mut knows_functions =
            files.iter().filter_map(|it| it.program.as_ref()).all(|it| !it.document.loads_unknown);
        for (at, file) in files.iter().enumerate() {
            by_path.insert(file.path.as_path(), at);
            let name = match &file.embedding {
                Some(embedding) => Some(embedding.script().id.as_str()),
                None => file.path.file_name().and_then(|name| name.to_str()),
            };
            if let Some(name) = name.filter(|_| file.program.is_none()) {
                by_name.entry(name).or_default().push(at);
            }
            for (host, constant) in
                file.program.iter().flat_map(|it| it.document.loaded.iter().map(move |one| (it, one)))
            {
                loaded.entry(constant.name.as_str()).or_default().push((&**host, constant));
            }
            for name in file.functions.iter().flat_map(|it| it.iter()) {
                match name {
                    Some(name) => drop(functions.insert(name.as_str(), at)),
                    None => knows_functions = false,
                }
            }
        }
        knows_functions &= !functions.is_empty();
        Self { files, shown, by_path, by_name, loaded, functions, knows_functions, by_sha: OnceCell::new() }
    }

    fn target(&self, host: &Host, call: &ScriptCall) -> SiteTarget {
        let found = match &call.runs {
            Runs::Embedded(id) => self.by_path.get(embedded_path(&host.path, id).as_path()).copied(),
            Runs::File { path, .. } => self.file(&host.path, path),
            Runs::Name { range } => self.named(host, *range),
            Runs::Sha { digits, .. } => self.by_sha().get(&digits.to_ascii_lowercase()).copied(),
            Runs::Function { name, .. } => return self.function(name),
            Runs::Unknown => None,
        };
        found.map_or(SiteTarget::Unknown, |file| SiteTarget::Script {
            file,
            path: self.shown[file].clone(),
            needs: self.files[file].needs,
            writes: if call.is_read_only { self.first_write(file) } else { None },
            lacks: self.lacking(file, call),
        })
    }

    /// The `@names` of a script that the object of a call has no property for.
    fn lacking(&self, file: usize, call: &ScriptCall) -> Vec<String> {
        let (Some(properties), Some(embedding)) = (&call.properties, &self.files[file].embedding) else {
            return Vec::new();
        };
        let mut lacking = Vec::new();
        for value in &embedding.script().values {
            let text = value.host.slice(&embedding.host.source);
            let Some(name) = text.strip_prefix(b"@").and_then(|it| std::str::from_utf8(it).ok()) else { continue };
            if !properties.iter().any(|it| it.name == name) && !lacking.iter().any(|it| it == name) {
                lacking.push(name.to_owned());
            }
        }
        lacking
    }

    /// True for a script that is known and leaves the protocol of its replies alone: in RESP3 a reply may be a boolean.
    fn gives_plain_replies(&self, target: &SiteTarget) -> bool {
        let (SiteTarget::Script { file, .. } | SiteTarget::Function { file, .. }) = *target else { return false };
        let is_plain = |source: &[u8]| memchr::memmem::find(source, b"setresp").is_none();
        self.files[file].includes().is_empty() && self.files[file].analysis().is_ok_and(|it| is_plain(&it.source))
    }

    /// The first command of a script that a server refuses in a read-only run.
    fn first_write(&self, file: usize) -> Option<&'static str> {
        let mut script = Script::of(self.files[file].analysis().ok()?);
        script.bind_commands(&[Target::DEFAULT]);
        script
            .calls
            .iter()
            .filter_map(|call| call.binding.spec)
            .find(|it| it.counts_as_write(Target::DEFAULT))
            .map(|it| it.name)
    }

    fn function(&self, name: &str) -> SiteTarget {
        match self.functions.get(name) {
            Some(&file) => SiteTarget::Function { file, path: self.shown[file].clone() },
            None if self.knows_functions => {
                let closest = commands::api::closest(name, self.functions.keys().copied());
                SiteTarget::NoFunction { closest: closest.map(str::to_owned) }
            }
            None => SiteTarget::Unknown,
        }
    }

    /// The file that a path in a program means: beside the program, else the only one whose path ends so.
    fn file(&self, host: &Path, path: &str) -> Option<usize> {
        let relative = Path::new(path.trim_start_matches("file://").trim_start_matches("classpath:"));
        // `__dirname + "/take.lua"`, `getResource("/take.lua")`.
        let relative = relative.strip_prefix("/").unwrap_or(relative);
        let beside = host.parent().map(|folder| semantic::normalise(&folder.join(relative)));
        if let Some(&at) = beside.as_deref().and_then(|it| self.by_path.get(it)) {
            return Some(at);
        }
        let name = relative.file_name()?.to_str()?;
        let all = self.by_name.get(name)?;
        let tail: PathBuf = relative.components().filter(|it| matches!(it, std::path::Component::Normal(_))).collect();
        let fits: Vec<usize> = all.iter().copied().filter(|&at| self.files[at].path.ends_with(&tail)).collect();
        match (&fits[..], &all[..]) {
            ([only], _) | ([], [only]) => Some(*only),
            _ => None,
        }
    }

    /// The script with a name in a file that a program imports, or that is in its package.
    fn named(&self, host: &Host, range: TextRange) -> Option<usize> {
        let name = std::str::from_utf8(range.slice(&host.source)).ok()?.trim_start_matches('$');
        let embedded = self.by_name.get(name).into_iter().flatten().copied().filter(|&at| {
            let embedding = self.files[at].embedding.as_ref();
            embedding.is_some_and(|it| is_visible(host, range, &it.host, it.script().name))
        });
        let loaded = self.loaded.get(name).into_iter().flatten();
        let loaded = loaded.filter(|(other, constant)| is_visible(host, range, other, Some(constant.range)));
        let files = loaded.filter_map(|(other, constant)| self.file(&other.path, &constant.path));
        let mut near: Vec<usize> = embedded.chain(files).collect();
        near.dedup();
        if let [only] = near[..] { Some(only) } else { None }
    }

    fn by_sha(&self) -> &HashMap<String, usize> {
        self.by_sha.get_or_init(|| {
            let scripts =
                self.files.iter().enumerate().filter(|(_, file)| file.is_redis_lua() || file.embedding.is_some());
            let digits = |file: &Source| {
                let source = file.analysis().ok()?;
                Some(sha1_of(&source.source))
            };
            scripts.filter_map(|(at, file)| Some((digits(file)?, at))).collect()
        })
    }
}

/// True if a constant of another file, whose name stands at `declared`, can be meant by a name at a place of a program.
fn is_visible(host: &Host, range: TextRange, other: &Host, declared: Option<TextRange>) -> bool {
    let language = host.document.language;
    if other.path == host.path || other.document.language != language {
        return false;
    }
    let stem = other.path.file_stem().and_then(|it| it.to_str()).unwrap_or_default();
    let folder = other.path.parent().and_then(|it| it.file_name()?.to_str()).unwrap_or_default();
    let before = &host.source[..range.start as usize];
    match language.name() {
        // What a function declares is its own.
        "Go" if other.path.parent() == host.path.parent() => {
            let behind = |it: TextRange| other.source[it.end as usize..].trim_ascii_start();
            declared.is_some_and(|it| !behind(it).starts_with(b":="))
        }
        // A package is imported by the name of its folder.
        "Go" => before.ends_with(format!("{folder}.").as_bytes()),
        // Constants of another class have that before them.
        "Java" | "Kotlin" | "C#" => before.ends_with(format!("{stem}.").as_bytes()),
        _ => {
            let module = if matches!(stem, "__init__" | "index" | "mod") { folder } else { stem };
            imports(&host.source, module)
        }
    }
}

/// The SHA1 of a script in hexadecimal digits, as the server names it.
fn sha1_of(source: &[u8]) -> String {
    use sha1::{Digest, Sha1};
    Sha1::digest(source).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// True if a line of a program that imports something names a module.
fn imports(source: &[u8], module: &str) -> bool {
    if module.is_empty() {
        return false;
    }
    let has = |line: &[u8], text: &str| memchr::memmem::find(line, text.as_bytes()).is_some();
    let is_import =
        |line: &[u8]| ["import", "require", "from ", "use ", "using", "include", "\""].iter().any(|it| has(line, it));
    source.split(|&it| it == b'\n').filter(|line| is_import(line)).any(|line| {
        memchr::memmem::find_iter(line, module.as_bytes()).any(|at| {
            let is_part = |it: Option<&u8>| it.is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'_');
            !is_part(at.checked_sub(1).and_then(|it| line.get(it))) && !is_part(line.get(at + module.len()))
        })
    })
}
