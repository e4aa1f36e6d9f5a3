//! Renames and moves of files and folders: rewrites includes so that they lead to the same files.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use globset::Glob;
use semantic::{Include, IncludeForm, normalise};
use text::TextRange;

use crate::Settings;

/// Files and folders that get another path, by absolute paths without `.` and `..`.
#[derive(Clone, Debug, Default)]
pub struct Moves(Vec<(PathBuf, PathBuf)>);

/// A file of a project before the move.
#[derive(Clone, Copy, Debug)]
pub struct MovedFile<'a> {
    /// Its path.
    pub path: &'a Path,
    /// Its includes.
    pub includes: &'a [Include],
    /// For each include, its target files.
    pub targets: &'a [Vec<&'a Path>],
}

/// A folder in the settings to rewrite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MappingEdit {
    /// Range of the value in the text of the settings' file.
    pub range: TextRange,
    /// The new value, with its quotes.
    pub value: String,
}

/// An include to rewrite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IncludeEdit {
    /// The file by its number.
    pub file: usize,
    /// Range of the path in the text of the file.
    pub range: TextRange,
    /// The new path, in the style of the old one.
    pub path: String,
}

impl Moves {
    /// Takes pairs of an old and a new path.
    pub fn new(mut pairs: Vec<(PathBuf, PathBuf)>) -> Self {
        // The innermost counts.
        pairs.sort_by_key(|(old, _)| std::cmp::Reverse(old.components().count()));
        Self(pairs)
    }

    /// Returns the path that a file has after the move.
    pub fn after(&self, path: &Path) -> PathBuf {
        carried(path, self.0.iter().map(|(old, new)| (old, new))).unwrap_or_else(|| path.to_path_buf())
    }

    /// Returns the path of a file before the move, or none if another file that moves away had this path.
    fn before(&self, path: &Path) -> Option<PathBuf> {
        carried(path, self.0.iter().map(|(old, new)| (new, old)))
            .or_else(|| (!self.0.iter().any(|(old, _)| path.starts_with(old))).then(|| path.to_path_buf()))
    }

    /// True if a file gets this path.
    fn is_new(&self, path: &Path) -> bool {
        self.0.iter().any(|(_, new)| path.starts_with(new))
    }

    /// Returns the mappings of the settings' file that name folders which move, with the text of that file. Settings of an
    /// editor have none.
    pub fn mappings(&self, settings: &Settings, text: &str) -> Vec<MappingEdit> {
        let moved = self.moved_mappings(settings);
        let ranges = config::mapping_values(text);
        let edits = ranges.into_iter().filter_map(|(name, range)| {
            let folder = moved.iter().find(|(other, _)| *other == name).map(|(_, folder)| folder)?;
            let old = settings.config.mappings.iter().find(|(other, _)| *other == name).map(|(_, folder)| folder)?;
            // The file on the disk may have changed since it was read.
            let is_known = text.get(range.clone())?.trim_matches(['"', '\'']) == old.to_str()?;
            if folder == old || !is_known {
                return None;
            }
            let quote = if text[range.clone()].starts_with('\'') { '\'' } else { '"' };
            let range = TextRange::new(range.start as u32, range.end as u32);
            Some(MappingEdit { range, value: format!("{quote}{}{quote}", slashes(folder)?) })
        });
        edits.collect()
    }

    /// The mappings after the move, if the settings' file is rewritten.
    fn moved_mappings(&self, settings: &Settings) -> Vec<(String, PathBuf)> {
        let root = &settings.root;
        let carried = |folder: &Path| {
            let old = normalise(&root.join(folder));
            let new = relative(&self.after(root), &self.after(&old))?;
            (relative(root, &old)? != new).then_some(new)
        };
        let is_writable = |folder: &Path| folder.to_str().is_some_and(|it| !it.contains(['"', '\'', '\\', '\n']));
        let mappings = settings.config.mappings.iter();
        mappings
            .map(|(name, folder)| {
                let new = carried(folder).filter(|new| settings.file.is_some() && is_writable(new));
                (name.clone(), new.unwrap_or_else(|| folder.clone()))
            })
            .collect()
    }

    /// Returns the includes of a project's files that would lead elsewhere after the move, with the paths that lead to the
    /// same files. An include for which no path can be written in its form is left out. [`Moves::mappings`] belongs to it.
    pub fn edits(&self, files: &[MovedFile<'_>], settings: &Settings) -> Vec<IncludeEdit> {
        let known = files.iter().map(|file| self.after(file.path)).collect();
        let place = Place { moves: self, known, settings, mappings: self.moved_mappings(settings) };
        let mut found = Vec::new();
        for (number, file) in files.iter().enumerate() {
            let after = self.after(file.path);
            for (include, targets) in file.includes.iter().zip(file.targets) {
                let new: Vec<PathBuf> = targets.iter().map(|target| self.after(target)).collect();
                if new.is_empty() {
                    continue;
                }
                let stays = after == file.path && new.iter().eq(targets.iter());
                // A file that moves may lie before the one that was meant.
                let candidates = include.candidates(&after, &settings.root, &place.mappings);
                if stays && !candidates.iter().any(|path| self.is_new(path)) {
                    continue;
                }
                if let Some(path) = place.path(include, file.path, &after, targets, &new) {
                    found.push(IncludeEdit { file: number, range: include.range, path });
                }
            }
        }
        found
    }
}

fn carried<'a>(path: &Path, pairs: impl Iterator<Item = (&'a PathBuf, &'a PathBuf)>) -> Option<PathBuf> {
    pairs.into_iter().find_map(|(from, to)| {
        let rest = path.strip_prefix(from).ok()?;
        // Joining nothing would put a slash behind the name of a file.
        Some(if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) })
    })
}

/// The file system after the move.
struct Place<'a> {
    moves: &'a Moves,
    /// The files of the project.
    known: BTreeSet<PathBuf>,
    settings: &'a Settings,
    mappings: Vec<(String, PathBuf)>,
}

impl Place<'_> {
    fn is_file(&self, path: &Path) -> bool {
        self.known.contains(path) || self.moves.before(path).is_some_and(|before| before.is_file())
    }

    /// The files that an include of `file` with this path leads to.
    fn resolve(&self, include: &Include, written: &str, file: &Path) -> Vec<PathBuf> {
        let include = Include { path: written.to_owned(), ..include.clone() };
        for candidate in include.candidates(file, &self.settings.root, &self.mappings) {
            if !written.contains('*') {
                if self.is_file(&candidate) {
                    return vec![candidate];
                }
                continue;
            }
            let (Some(folder), Some(name)) = (candidate.parent(), candidate.file_name()) else { continue };
            let Ok(glob) = Glob::new(&name.to_string_lossy()) else { continue };
            let glob = glob.compile_matcher();
            let fits = |path: &&PathBuf| path.file_name().is_some_and(|name| glob.is_match(name));
            let below = self.known.iter().filter(|path| path.parent() == Some(folder) && *path != file);
            let found: Vec<PathBuf> = below.filter(fits).cloned().collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The path to be written in an include of the file that was at `before` and will be at `after`; none if the old one does.
    fn path(&self, include: &Include, before: &Path, after: &Path, old: &[&Path], new: &[PathBuf]) -> Option<String> {
        let leads = |written: &str| self.resolve(include, written, after) == new;
        if leads(&include.path) {
            return None;
        }
        let is_pattern = include.path.contains('*');
        let (from, to) = if is_pattern {
            // The name stays, so only files that moved together can be named.
            let name = include.path.rsplit('/').next()?;
            let folder = new[0].parent()?;
            (old[0].parent()?.join(name), folder.join(name))
        } else {
            (old[0].to_path_buf(), new[0].clone())
        };
        let style = Style::of(&include.path);
        let mut written = Vec::new();
        for (name, folder) in self.mappings.iter().filter(|(name, _)| !name.is_empty()) {
            let folder = normalise(&self.settings.root.join(folder));
            if let Ok(rest) = to.strip_prefix(&folder) {
                let is_same = include.path.starts_with(&format!("<{name}>"));
                written.push((!is_same, format!("<{name}>/{}", slashes(rest)?)));
            }
        }
        let own = self.bases(include, after, &self.mappings);
        // The folder from which the old path was written comes first.
        let nth = self
            .bases(include, before, &self.settings.config.mappings)
            .iter()
            .position(|base| normalise(&base.join(style.named(&include.path))) == from);
        for (at, base) in own.iter().enumerate() {
            // Upwards only from the file itself, or as it was written before.
            let path = slashes(&relative(base, &to)?)?;
            if at == 0 || !path.starts_with("../") || include.path.starts_with("../") {
                written.push((Some(at) != nth, path));
            }
        }
        // A stable sort: the kind that it was, then the nearest.
        written.sort_by_key(|(differs, _)| *differs);
        let styled = written.into_iter().map(|(_, path)| style.apply(&path));
        styled.filter(|path| is_writable(include.form, path)).find(|path| leads(path))
    }

    /// The folders from which an include's path may be written.
    fn bases(&self, include: &Include, file: &Path, mappings: &[(String, PathBuf)]) -> Vec<PathBuf> {
        let mark = Include { path: "x.lua".to_owned(), ..include.clone() };
        let found = mark.candidates(file, &self.settings.root, mappings);
        found.iter().filter_map(|path| path.parent().map(Path::to_path_buf)).collect()
    }
}

/// Notation of a path.
struct Style {
    /// True if it begins with `./`.
    dot: bool,
    /// True if it leaves out `.lua`.
    bare: bool,
}

impl Style {
    fn of(written: &str) -> Self {
        let name = written.rsplit('/').next().unwrap_or_default();
        Self { dot: written.starts_with("./"), bare: !name.contains('.') }
    }

    /// The path with the extension that it leaves out.
    fn named(&self, written: &str) -> String {
        if self.bare { format!("{written}.lua") } else { written.to_owned() }
    }

    fn apply(&self, path: &str) -> String {
        let stem = path.strip_suffix(".lua").filter(|stem| {
            let name = stem.rsplit('/').next().unwrap_or_default();
            // What has a dot in its name is taken to have an extension.
            self.bare && !name.contains('.')
        });
        let path = stem.unwrap_or(path);
        if self.dot && !path.starts_with(['.', '<']) { format!("./{path}") } else { path.to_owned() }
    }
}

/// True if a directive of the form can name the path.
fn is_writable(form: IncludeForm, path: &str) -> bool {
    match form {
        IncludeForm::Quoted | IncludeForm::Template => !path.contains(['"', '\'', '\n']),
        IncludeForm::Bare => !path.contains(char::is_whitespace) && !path.starts_with(['"', '\'']),
        IncludeForm::Call => !path.contains([')', '"', '\'', '\n']) && path.trim() == path,
    }
}

/// The path from a folder to a file; none if they have no common root.
fn relative(folder: &Path, file: &Path) -> Option<PathBuf> {
    let same = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    if same == 0 {
        return None;
    }
    let up = folder.components().skip(same).map(|_| Component::ParentDir);
    Some(up.chain(file.components().skip(same)).collect())
}

/// The path with slashes; none if it is no text.
fn slashes(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}

#[cfg(test)]
mod tests {
    use semantic::Script;

    use super::*;

    /// The directives after a move in a folder with these files, each by its file and its line.
    #[track_caller]
    fn moved(files: &[(&str, &str)], mappings: &[(&str, &str)], moves: &[(&str, &str)], expected: &[(&str, &str)]) {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let root = crate::canonical(folder.path());
        for (name, text) in files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(&root)).unwrap_or_else(|error| panic!("{error}"));
            std::fs::write(path, text).unwrap_or_else(|error| panic!("{error}"));
        }
        let mut settings = Settings { root: root.clone(), ..Settings::default() };
        settings.config.mappings = mappings.iter().map(|(name, at)| ((*name).to_owned(), at.into())).collect();
        if let Some((_, text)) = files.iter().find(|(name, _)| *name == "redlua.toml") {
            settings.parse(text);
            settings.file = Some(root.join("redlua.toml"));
        }
        let mut resolver = crate::Resolver::default();
        let paths: Vec<PathBuf> = files.iter().map(|(name, _)| root.join(name)).collect();
        let scripts: Vec<Script> = files.iter().map(|(_, text)| Script::new(text.as_bytes().into(), None)).collect();
        let targets: Vec<Vec<Vec<PathBuf>>> = scripts
            .iter()
            .zip(&paths)
            .map(|(script, path)| {
                script.includes.iter().map(|include| resolver.resolve(include, path, &settings)).collect()
            })
            .collect();
        let targets: Vec<Vec<Vec<&Path>>> = targets
            .iter()
            .map(|of| of.iter().map(|found| found.iter().map(PathBuf::as_path).collect()).collect())
            .collect();
        let project: Vec<MovedFile<'_>> = (0..files.len())
            .map(|at| MovedFile { path: &paths[at], includes: &scripts[at].includes, targets: &targets[at] })
            .collect();
        let moves = Moves::new(moves.iter().map(|(old, new)| (root.join(old), root.join(new))).collect());
        let config = files.iter().position(|(name, _)| *name == "redlua.toml");
        let mappings = config.map(|at| (at, moves.mappings(&settings, files[at].1)));
        let mappings = mappings.into_iter().flat_map(|(file, edits)| {
            edits.into_iter().map(move |edit| IncludeEdit { file, range: edit.range, path: edit.value })
        });
        let found: Vec<(&str, String)> = moves
            .edits(&project, &settings)
            .into_iter()
            .chain(mappings)
            .map(|edit| {
                let (name, text) = files[edit.file];
                let mut text = text.to_owned();
                text.replace_range(edit.range.to_usize(), &edit.path);
                let line = text[..edit.range.start as usize].matches('\n').count();
                (name, text.lines().nth(line).unwrap_or_default().to_owned())
            })
            .collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, line)| (*name, line.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_name_of_an_included_file() {
        moved(
            &[
                ("a.lua", "--- @include \"inc/part\"\n"),
                ("b.lua", "-- @include ./inc/part.lua\n"),
                ("sub/c.lua", "-- $include(\"inc/part.lua\")\n-- @include \"../inc/part\"\n"),
                ("other.lua", "-- @include inc/other\n"),
                ("inc/part.lua", ""),
                ("inc/other.lua", ""),
            ],
            &[],
            &[("inc/part.lua", "inc/help.lua")],
            &[
                ("a.lua", "--- @include \"inc/help\""),
                ("b.lua", "-- @include ./inc/help.lua"),
                ("sub/c.lua", "-- $include(\"inc/help.lua\")"),
                ("sub/c.lua", "-- @include \"../inc/help\""),
            ],
        );
    }

    #[test]
    fn a_name_with_a_dot_keeps_its_extension() {
        moved(
            &[("a.lua", "-- @include part\n"), ("part.lua", "")],
            &[],
            &[("part.lua", "part.v2.lua")],
            &[("a.lua", "-- @include part.v2.lua")],
        );
        moved(
            &[("a.lua", "-- @include part\n"), ("part.lua", "")],
            &[],
            &[("part.lua", "part.inc")],
            &[("a.lua", "-- @include part.inc")],
        );
    }

    #[test]
    fn an_including_file_that_moves() {
        let files = [("a.lua", "--- @include \"inc/part\"\n-- @include inc/part\n"), ("inc/part.lua", "")];
        // What is looked for in the folders above is found from there too.
        moved(&files, &[], &[("a.lua", "sub/deep/a.lua")], &[("a.lua", "--- @include \"../../inc/part\"")]);
        moved(&files, &[], &[("a.lua", "inc/a.lua")], &[("a.lua", "--- @include \"part\"")]);
    }

    #[test]
    fn a_folder_that_moves() {
        let files = [
            ("a.lua", "--- @include \"inc/part\"\n"),
            ("inc/part.lua", "--- @include \"deep/one\"\n--- @include \"../top\"\n"),
            ("inc/deep/one.lua", ""),
            ("top.lua", ""),
        ];
        moved(&files, &[], &[("inc", "shared")], &[("a.lua", "--- @include \"shared/part\"")]);
        moved(
            &files,
            &[],
            &[("inc", "lib/shared")],
            &[("a.lua", "--- @include \"lib/shared/part\""), ("inc/part.lua", "--- @include \"../../top\"")],
        );
        // Both of several.
        moved(
            &files,
            &[],
            &[("inc", "shared"), ("top.lua", "bottom.lua")],
            &[("a.lua", "--- @include \"shared/part\""), ("inc/part.lua", "--- @include \"../bottom\"")],
        );
    }

    #[test]
    fn patterns_and_mappings() {
        let files = [
            ("a.lua", "-- @include inc/*.lua\n"),
            ("b.lua", "--- @include \"<base>/one\"\n"),
            ("inc/one.lua", ""),
            ("inc/two.lua", ""),
        ];
        let mappings = [("base", "inc")];
        moved(
            &files,
            &mappings,
            &[("inc/one.lua", "inc/sub/first.lua")],
            &[("b.lua", "--- @include \"<base>/sub/first\"")],
        );
        moved(
            &files,
            &mappings,
            &[("inc", "parts")],
            &[("a.lua", "-- @include parts/*.lua"), ("b.lua", "--- @include \"parts/one\"")],
        );
        moved(&files, &mappings, &[("inc/one.lua", "one.lua")], &[("b.lua", "--- @include \"one\"")]);
    }

    #[test]
    fn the_settings_follow_a_mapped_folder() {
        let files = [
            ("a.lua", "--- @include \"<base>/one\"\n--- @include \"src/inc/two\"\n"),
            ("src/inc/one.lua", "--- @include \"two\"\n"),
            ("src/inc/two.lua", ""),
            ("redlua.toml", "[includes]\nbase = 'src/inc'\nroot = \"src\"\n"),
        ];
        let second = ("a.lua", "--- @include \"src/parts/two\"");
        moved(&files, &[], &[("src/inc", "src/parts")], &[second, ("redlua.toml", "base = 'src/parts'")]);
        moved(
            &files,
            &[],
            &[("src", "lua")],
            &[
                ("a.lua", "--- @include \"lua/inc/two\""),
                ("redlua.toml", "base = 'lua/inc'"),
                ("redlua.toml", "root = \"lua\""),
            ],
        );
        // A file that leaves the folder is named anew.
        moved(
            &files,
            &[],
            &[("src/inc/one.lua", "one.lua")],
            &[("a.lua", "--- @include \"one\""), ("src/inc/one.lua", "--- @include \"src/inc/two\"")],
        );
        // No value can be written: the includes are.
        moved(&files, &[], &[("src/inc", "it's")], &[]);
    }

    #[test]
    fn includes_folders_are_left_out_as_before() {
        moved(
            &[("lua/a.lua", "-- $include(part.lua)\n"), ("includes/part.lua", "")],
            &[],
            &[("includes/part.lua", "includes/more/part.lua")],
            &[("lua/a.lua", "-- $include(more/part.lua)")],
        );
    }

    #[test]
    fn another_file_of_the_name_is_not_taken() {
        moved(
            &[("lua/a.lua", "-- @include part\n"), ("part.lua", ""), ("lua/sub/part.lua", "")],
            &[],
            &[("lua/sub/part.lua", "lua/part.lua")],
            &[("lua/a.lua", "-- @include ../part")],
        );
        moved(
            &[("lua/a.lua", "-- @include part\n"), ("part.lua", ""), ("lua/sub/part.lua", "")],
            &[],
            &[("lua/a.lua", "lua/sub/a.lua")],
            &[("lua/a.lua", "-- @include ../../part")],
        );
    }

    #[test]
    fn what_cannot_be_written_is_left() {
        moved(&[("a.lua", "-- @include part\n"), ("part.lua", "")], &[], &[("part.lua", "my part.lua")], &[]);
        moved(
            &[("a.lua", "--- @include \"part\"\n"), ("part.lua", "")],
            &[],
            &[("part.lua", "my part.lua")],
            &[("a.lua", "--- @include \"my part\"")],
        );
    }
}
