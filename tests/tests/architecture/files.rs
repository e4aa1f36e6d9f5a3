//! The files of a crate and their imports of each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A module's path below the crate's root, which is empty.
type Module = Vec<String>;

/// A path as it is written, with the module in which it stands.
struct Written {
    module: Module,
    path: Vec<String>,
}

/// Imports and public names of a file.
#[derive(Default)]
struct File {
    /// Paths in `use` items that are not public, and in code.
    paths: Vec<Written>,
    /// Names of public `use` items, by the module in which they stand. A name leads on to where it comes from: it is an
    /// import only of who uses it.
    names: BTreeMap<Vec<String>, Vec<String>>,
    /// Single words of the code, which may be such names.
    words: BTreeSet<(Module, String)>,
    /// Modules that are written out in the file.
    inline: BTreeSet<Module>,
}

/// The files of a crate by their modules.
#[derive(Default)]
pub(crate) struct Files {
    files: BTreeMap<Module, File>,
}

impl Files {
    /// Reads the sources below a folder; modules for tests are left out.
    pub(crate) fn read(src: &Path) -> Self {
        let mut files = Self::default();
        files.read_folder(src, &Vec::new());
        files
    }

    fn read_folder(&mut self, folder: &Path, module: &Module) {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries.flatten() {
            let path = entry.path();
            let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            let below = || [module.as_slice(), &[stem.to_owned()]].concat();
            if path.is_dir() {
                self.read_folder(&path, &below());
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let module = if matches!(stem, "lib" | "main" | "mod") { module.clone() } else { below() };
                let text = fs::read_to_string(&path).unwrap_or_default();
                let tokens = text.parse::<TokenStream>();
                let tokens = tokens.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let file = self.files.entry(module.clone()).or_default();
                file.scan(&module, tokens);
            }
        }
    }

    /// The files that each file imports, with a path by which it does.
    pub(crate) fn imports(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut imports: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (module, file) in &self.files {
            let from = name(module);
            let mut add = |path: &[String], absolute: Vec<String>| {
                let to = name(&self.file_of(absolute));
                if to != from {
                    imports.entry(from.clone()).or_default().entry(to).or_insert_with(|| path.join("::"));
                }
            };
            for written in &file.paths {
                if let Some(absolute) = self.absolute(&written.module, &written.path) {
                    add(&written.path, absolute);
                }
            }
            for (module, word) in &file.words {
                let name = [module.as_slice(), std::slice::from_ref(word)].concat();
                if file.names.contains_key(&name) {
                    add(std::slice::from_ref(word), name);
                }
            }
        }
        imports
    }

    /// A path from the crate's root; nothing for one of another crate, or of what is imported by another path.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => {
                let up = 1 + rest.iter().take_while(|word| *word == "super").count();
                let base = &module[..module.len().checked_sub(up)?];
                Some([base, &path[up..]].concat())
            }
            _ => {
                let below = [module.as_slice(), path].concat();
                self.is_module(&below[..=module.len()]).then_some(below)
            }
        }
    }

    fn is_module(&self, path: &[String]) -> bool {
        self.files.contains_key(path) || self.files.values().any(|file| file.inline.contains(path))
    }

    /// The file that a path from the root leads to, through public names.
    fn file_of(&self, mut path: Vec<String>) -> Module {
        // Names that lead to each other would go on for ever.
        for _ in 0..16 {
            let longest = (1..=path.len()).rev().find(|len| self.name_at(&path[..*len]).is_some());
            let Some(len) = longest.filter(|len| !self.files.contains_key(&path[..*len])) else { break };
            let Some(target) = self.name_at(&path[..len]).filter(|target| target[..] != path[..len]) else { break };
            path = [target.as_slice(), &path[len..]].concat();
        }
        while !path.is_empty() && !self.files.contains_key(&path) {
            path.pop();
        }
        path
    }

    /// The item of a public name, as a path from the root.
    fn name_at(&self, path: &[String]) -> Option<Vec<String>> {
        let mut file = path[..path.len() - 1].to_vec();
        while !self.files.contains_key(&file) {
            file.pop()?;
        }
        let target = self.files.get(&file)?.names.get(path)?;
        self.absolute(&path[..path.len() - 1].to_vec(), target)
    }
}

fn name(module: &Module) -> String {
    if module.is_empty() { "lib".to_owned() } else { module.join("::") }
}

impl File {
    fn scan(&mut self, module: &Module, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if is_for_tests(&tokens[at..]) {
                at = end_of_item(&tokens, at + 2);
                continue;
            }
            match &tokens[at] {
                TokenTree::Ident(word) if word == "use" => {
                    let end = end_of_item(&tokens, at);
                    self.import(module, &tokens[at + 1..end], is_public(&tokens[..at]));
                    at = end;
                }
                TokenTree::Ident(word) if word == "mod" => {
                    if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                        (tokens.get(at + 1), tokens.get(at + 2))
                    {
                        let module = [module.as_slice(), &[name.to_string()]].concat();
                        self.inline.insert(module.clone());
                        self.scan(&module, body.stream());
                        at += 2;
                    }
                    at += 1;
                }
                TokenTree::Ident(_) => {
                    let path = path_at(&tokens[at..]);
                    // A field, a method, or the path of another crate.
                    let is_other = match &tokens[..at] {
                        [.., one, other] if is_punct(one, ':') && is_punct(other, ':') => true,
                        [.., last] => is_punct(last, '.'),
                        [] => false,
                    };
                    match path.as_slice() {
                        _ if is_other => {}
                        [word] => _ = self.words.insert((module.clone(), word.clone())),
                        _ => self.paths.push(Written { module: module.clone(), path: path.clone() }),
                    }
                    at += 1 + (path.len() - 1) * 3;
                }
                TokenTree::Group(group) => {
                    self.scan(module, group.stream());
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    fn import(&mut self, module: &Module, tree: &[TokenTree], public: bool) {
        for (path, name) in leaves(&[], tree) {
            if public {
                self.names.insert([module.as_slice(), &[name]].concat(), path);
            } else {
                self.paths.push(Written { module: module.clone(), path });
            }
        }
    }
}

/// The paths of a `use` tree, each with the name that it gets.
fn leaves(before: &[String], tree: &[TokenTree]) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    for branch in tree.split(|token| is_punct(token, ',')).filter(|branch| !branch.is_empty()) {
        // `::name` is another crate.
        if is_punct(&branch[0], ':') {
            continue;
        }
        let mut path = before.to_vec();
        let mut name = None;
        let mut at = 0;
        while let Some(token) = branch.get(at) {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    name = branch.get(at + 1).map(ToString::to_string);
                    break;
                }
                // `a::{self}` is `a`.
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) => {
                    found.extend(leaves(&path, &group.stream().into_iter().collect::<Vec<_>>()));
                    path.clear();
                }
                _ => {}
            }
            at += 1;
        }
        if let Some(last) = path.last() {
            found.push((path.clone(), name.unwrap_or_else(|| last.clone())));
        }
    }
    found
}

/// The words of a path that begins here.
fn path_at(tokens: &[TokenTree]) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = tokens;
    while let [TokenTree::Ident(word), after @ ..] = rest {
        path.push(word.to_string());
        match after {
            [one, other, next @ ..] if is_punct(one, ':') && is_punct(other, ':') => rest = next,
            _ => break,
        }
    }
    path
}

fn is_punct(token: &TokenTree, what: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == what)
}

/// Returns true if an item for tests begins here.
fn is_for_tests(tokens: &[TokenTree]) -> bool {
    match tokens {
        [hash, TokenTree::Group(group), ..] if is_punct(hash, '#') => {
            matches!(group.stream().to_string().replace(' ', "").as_str(), "cfg(test)" | "test")
        }
        _ => false,
    }
}

/// Index behind the item that begins at an index.
fn end_of_item(tokens: &[TokenTree], from: usize) -> usize {
    let is_end = |token: &TokenTree| {
        let is_use = matches!(&tokens[from], TokenTree::Ident(word) if word == "use");
        is_punct(token, ';')
            || !is_use && matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    };
    tokens[from..].iter().position(is_end).map_or(tokens.len(), |end| from + end + 1)
}

/// Returns true if `pub` or `pub(…)` comes last.
fn is_public(before: &[TokenTree]) -> bool {
    let is_pub = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Ident(word)) if word == "pub");
    match before.last() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            is_pub(before.get(before.len().wrapping_sub(2)))
        }
        last => is_pub(last),
    }
}

/// Circles of a graph: for each the nodes that all reach each other, in their order.
pub(crate) fn circles(graph: &BTreeMap<String, BTreeMap<String, String>>) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = graph.keys().map(|node| (node, reached(graph, node))).collect();
    let mut found: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for (node, to) in reached.iter().filter(|(node, to)| to.contains(*node)) {
        let back = |other: &&&String| reached.get(*other).is_some_and(|to| to.contains(node));
        found.insert(to.iter().filter(back).map(|other| (*other).clone()).collect());
    }
    found.into_iter().collect()
}

fn reached<'a>(graph: &'a BTreeMap<String, BTreeMap<String, String>>, from: &'a String) -> BTreeSet<&'a String> {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(node) = next.pop() {
        next.extend(graph.get(node).into_iter().flat_map(BTreeMap::keys).filter(|to| seen.insert(*to)));
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(sources: &[(&str, &str)]) -> Files {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        for (path, text) in sources {
            let path = folder.path().join(path);
            let parent = path.parent().unwrap_or(folder.path());
            fs::create_dir_all(parent).and_then(|()| fs::write(&path, text)).unwrap_or_else(|error| panic!("{error}"));
        }
        Files::read(folder.path())
    }

    fn arrows(sources: &[(&str, &str)]) -> Vec<String> {
        let imports = files(sources).imports();
        imports.iter().flat_map(|(from, to)| to.keys().map(move |to| format!("{from} → {to}"))).collect()
    }

    #[test]
    fn paths_of_all_kinds_are_imports() {
        let found = arrows(&[
            ("lib.rs", "mod a; mod b; mod c; pub use b::Shown;"),
            ("a.rs", "use crate::b::{self, inner::Deep}; fn f() { super::c::g(); } // crate::d"),
            ("b/mod.rs", "mod inner; pub(crate) use inner::Deep; pub struct Shown; fn h(deep: &Deep) {}"),
            ("b/inner.rs", "use super::super::Shown; const TEXT: &str = \"crate::c::x\";"),
            (
                "c.rs",
                "use std::fmt; macro_rules! m { () => { $crate::a::f() } } #[cfg(test)] mod tests { use crate::b; }",
            ),
        ]);
        // A public name leads to where it comes from, and is an import where it is used.
        assert_eq!(found, ["a → b", "a → b::inner", "a → c", "b → b::inner", "b::inner → b", "c → a"]);
    }

    #[test]
    fn circles_are_what_reaches_itself() {
        let graph = files(&[
            ("lib.rs", "mod a; mod b; mod c; mod d; mod e;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use crate::c::C;"),
            ("c.rs", "use crate::{a::A, d::D};"),
            ("d.rs", "use crate::e::E;"),
            ("e.rs", "use crate::d::D;"),
        ])
        .imports();
        let found: Vec<Vec<String>> = circles(&graph).into_iter().map(|circle| circle.into_iter().collect()).collect();
        assert_eq!(found, [vec!["a", "b", "c"], vec!["d", "e"]]);
    }
}
