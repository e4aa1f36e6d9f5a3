//! Compares the literals of host files with those of tree-sitter's grammars: `cargo xtask check-literals PATHS…`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use host::{Language, Lexed};
use tree_sitter::{Node, Parser};

/// Differences that are printed of a language.
const MAX_PRINTED: usize = 60;

/// Counts of compared literals in a language.
#[derive(Default)]
struct Count {
    files: usize,
    /// Files that the grammar cannot parse, which are left out.
    unparsed: usize,
    literals: usize,
    missed: usize,
    extra: usize,
    printed: usize,
}

/// Compares all files in `paths`, and prints differences and counts by language.
pub fn run(paths: &[&str]) -> Result<()> {
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for path in paths {
        walk(Path::new(path), &mut |file| compare(file, &mut counts))?;
    }
    println!("language         files  unparsed  literals  missed  extra");
    for (name, count) in &counts {
        let Count { files, unparsed, literals, missed, extra, .. } = count;
        println!("{name:15} {files:6} {unparsed:9} {literals:9} {missed:7} {extra:6}");
    }
    Ok(())
}

fn walk(path: &Path, visit: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
    if path.is_file() {
        return visit(path);
    } else if !path.is_dir() || path.is_symlink() {
        return Ok(());
    }
    let entries = std::fs::read_dir(path).with_context(|| path.display().to_string())?;
    let mut entries = entries.map(|it| Ok(it?.path())).collect::<Result<Vec<PathBuf>>>()?;
    entries.sort();
    entries.iter().try_for_each(|it| walk(it, visit))
}

fn compare(file: &Path, counts: &mut BTreeMap<&str, Count>) -> Result<()> {
    let extension = file.extension().unwrap_or_default().to_string_lossy().into_owned();
    let lua = || Language::all().find(|it| it.name() == "Lua").filter(|_| extension == "lua");
    let source = std::fs::read(file).with_context(|| file.display().to_string())?;
    let Some(language) = lua().or_else(|| Language::of_path(file)) else { return Ok(()) };
    let Some((grammar, kinds)) = grammar(language.name(), &extension) else { return Ok(()) };
    if source.len() > 4 << 20 || std::str::from_utf8(&source).is_err() {
        return Ok(());
    }
    let mut parser = Parser::new();
    parser.set_language(&grammar)?;
    let tree = parser.parse(&source, None).context("a parser without a grammar")?;
    let name = if extension == "tsx" { "TSX" } else { language.name() };
    let count = counts.entry(name).or_default();
    if tree.root_node().has_error() {
        count.unparsed += 1;
        return Ok(());
    }
    count.files += 1;
    let mut theirs = BTreeSet::new();
    collect(tree.root_node(), kinds, &mut theirs);
    let ours = ours(language, &language.lex(&source));
    count.literals += theirs.len();
    for (what, some) in [("missed", theirs.difference(&ours)), ("extra", ours.difference(&theirs))] {
        for &(start, end) in some {
            if what == "missed" {
                count.missed += 1;
            } else {
                count.extra += 1;
            }
            count.printed += 1;
            if count.printed <= MAX_PRINTED {
                let line = source[..start].iter().filter(|it| **it == b'\n').count() + 1;
                let text = String::from_utf8_lossy(&source[start..end]);
                let text: String = text.chars().take(80).collect();
                println!("{}:{line}: {what} {text:?}", file.display());
            }
        }
    }
    Ok(())
}

/// The ranges of literals; of a shell's heredoc the tag.
fn ours(language: Language, lexed: &Lexed) -> BTreeSet<(usize, usize)> {
    let is_shell = language.name() == "shell";
    let range = |it: &host::Literal| {
        let (start, end) = (it.range.start as usize, it.range.end as usize);
        let is_heredoc = is_shell && !it.range.contains_range(it.body);
        if is_heredoc { (end, end) } else { (start, end) }
    };
    lexed.literals.iter().map(range).collect()
}

fn collect(node: Node<'_>, kinds: &[&str], found: &mut BTreeSet<(usize, usize)>) {
    if node.is_named() && kinds.contains(&node.kind()) {
        let start = match node.kind() {
            "heredoc_start" => node.end_byte(),
            // The colon is punctuation.
            "delimited_symbol" => node.start_byte() + 1,
            _ => node.start_byte(),
        };
        found.insert((start, node.end_byte()));
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        collect(child, kinds, found);
    }
}

/// The grammar of a language, and its kinds of nodes that are literals.
fn grammar(name: &str, extension: &str) -> Option<(tree_sitter::Language, &'static [&'static str])> {
    Some(match name {
        "Python" => (tree_sitter_python::LANGUAGE.into(), &["string"]),
        "JavaScript" => (tree_sitter_javascript::LANGUAGE.into(), &["string", "template_string"]),
        "TypeScript" if extension == "tsx" => {
            (tree_sitter_typescript::LANGUAGE_TSX.into(), &["string", "template_string", "template_literal_type"])
        }
        "TypeScript" => (
            tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            &["string", "template_string", "template_literal_type"],
        ),
        "Go" => (tree_sitter_go::LANGUAGE.into(), &["interpreted_string_literal", "raw_string_literal"]),
        "Java" => (tree_sitter_java::LANGUAGE.into(), &["string_literal"]),
        "Kotlin" => (tree_sitter_kotlin_ng::LANGUAGE.into(), &["string_literal", "multiline_string_literal"]),
        "PHP" => (
            tree_sitter_php::LANGUAGE_PHP.into(),
            &["string", "encapsed_string", "heredoc", "nowdoc", "shell_command_expression"],
        ),
        "Ruby" => (tree_sitter_ruby::LANGUAGE.into(), &["string", "heredoc_beginning", "subshell", "delimited_symbol"]),
        "C#" => (
            tree_sitter_c_sharp::LANGUAGE.into(),
            &["string_literal", "verbatim_string_literal", "raw_string_literal", "interpolated_string_expression"],
        ),
        "Rust" => (tree_sitter_rust::LANGUAGE.into(), &["string_literal", "raw_string_literal"]),
        "shell" => (tree_sitter_bash::LANGUAGE.into(), &["string", "raw_string", "ansi_c_string", "heredoc_start"]),
        "Lua" => (tree_sitter_lua::LANGUAGE.into(), &["string"]),
        _ => return None,
    })
}
