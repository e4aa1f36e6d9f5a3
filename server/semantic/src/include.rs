//! Include directives: the comments with which loaders paste one script into another.

use std::path::{Component, Path, PathBuf};

use syntax::Comment;
use text::TextRange;

/// One include directive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Include {
    /// Range of the path.
    pub range: TextRange,
    /// Start of the comment: the names above it are visible in the included file.
    pub offset: u32,
    /// The path in the source, without quotes and brackets.
    pub path: String,
    /// Form of the directive.
    pub form: IncludeForm,
}

/// The forms of include directives in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IncludeForm {
    /// `--- @include "path"`, relative to the file (bull, BullMQ).
    Quoted,
    /// `-- @include path`, relative to the scripts' root.
    Bare,
    /// `-- $include(path)`, relative to the scripts' root or its folder `includes`.
    Call,
    /// `<%= include_partial "path" %>`, a tag of ERB, relative to the scripts' root.
    Template,
}

/// The directives among the comments of a file.
pub(crate) fn directives(comments: &[Comment], source: &[u8]) -> Vec<Include> {
    comments.iter().filter_map(|comment| directive(comment.range, source)).collect()
}

fn directive(comment: TextRange, source: &[u8]) -> Option<Include> {
    let text = std::str::from_utf8(comment.slice(source)).ok()?;
    let body = text.trim_start_matches('-').trim_start();
    let (form, path) = if let Some(tag) = body.strip_prefix("<%=").and_then(|body| body.strip_suffix("%>")) {
        // `include_partial 'x.lua'`, `include_lua('x.lua')`
        let word = tag.trim_start().trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let quoted = word.trim_start().trim_start_matches('(').trim_start();
        let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        (IncludeForm::Template, quoted[1..].split_once(quote)?.0)
    } else if let Some(rest) = body.strip_prefix("$include(") {
        (IncludeForm::Call, rest.split_once(')')?.0.trim_matches(['"', '\'', ' ']))
    } else {
        let rest = body.strip_prefix("@include").or_else(|| body.strip_prefix("#include"))?;
        if !rest.starts_with([' ', '\t']) {
            return None;
        }
        let rest = rest.trim();
        match rest.chars().next()? {
            quote @ ('"' | '\'') => (IncludeForm::Quoted, rest[1..].split_once(quote)?.0),
            // In prose more words follow.
            _ if rest.split_whitespace().count() == 1 => (IncludeForm::Bare, rest),
            _ => return None,
        }
    };
    if path.is_empty() {
        return None;
    }
    let at = comment.start + (path.as_ptr() as usize - text.as_ptr() as usize) as u32;
    Some(Include {
        range: TextRange::new(at, at + path.len() as u32),
        offset: comment.start,
        path: path.to_owned(),
        form,
    })
}

/// Named folders for `--- @include "<name>/x.lua"`.
pub type PathMappings = [(String, PathBuf)];

impl Include {
    /// Returns the paths that the included file may have, best first. Patterns with `*` are kept. The search upwards ends at
    /// `root`.
    pub fn candidates(&self, file: &Path, root: &Path, mappings: &PathMappings) -> Vec<PathBuf> {
        let mut written = self.path.clone();
        let last = written.rsplit('/').next().unwrap_or_default();
        if !last.contains('.') {
            written.push_str(".lua");
        }
        if let Some((name, rest)) = written.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            let rest = rest.trim_start_matches('/');
            return mappings
                .iter()
                .filter(|(mapped, _)| mapped == name)
                .map(|(_, folder)| normalise(&root.join(folder).join(rest)))
                .collect();
        }
        let written = Path::new(&written);
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut found = vec![normalise(&folder.join(written))];
        if self.form != IncludeForm::Quoted {
            let mut above = Some(folder);
            while let Some(folder) = above {
                found.push(normalise(&folder.join(written)));
                found.push(normalise(&folder.join("includes").join(written)));
                if folder == root {
                    break;
                }
                above = folder.parent();
            }
        }
        found.extend(
            mappings
                .iter()
                .filter(|(name, _)| name.is_empty())
                .map(|(_, folder)| normalise(&root.join(folder).join(written))),
        );
        found.dedup();
        // A file that includes its own name means another.
        let (own, mut found): (Vec<PathBuf>, Vec<PathBuf>) = found.into_iter().partition(|path| path == file);
        found.extend(own);
        found
    }
}

/// The path without `.` and `..`, by its text alone.
pub fn normalise(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<(String, IncludeForm)> {
        let parse = syntax::parse(source.as_bytes());
        directives(&parse.comments, source.as_bytes()).into_iter().map(|it| (it.path, it.form)).collect()
    }

    #[test]
    fn the_forms_in_use() {
        assert_eq!(
            paths(
                "--- @include \"includes/a\"\n-- @include b\n-- $include(c/d.lua)\n-- @include is a directive\n<%= include_lua('e') %>\n"
            ),
            [
                ("includes/a".to_owned(), IncludeForm::Quoted),
                ("b".to_owned(), IncludeForm::Bare),
                ("c/d.lua".to_owned(), IncludeForm::Call),
                ("e".to_owned(), IncludeForm::Template)
            ]
        );
    }

    #[test]
    fn a_file_that_includes_its_own_name_means_another() {
        let include = Include { range: TextRange::at(0), offset: 0, path: "take.lua".into(), form: IncludeForm::Call };
        let found = include.candidates(Path::new("/w/take.lua"), Path::new("/w"), &[]);
        assert_eq!(found, [PathBuf::from("/w/includes/take.lua"), PathBuf::from("/w/take.lua")]);
    }

    #[test]
    fn candidates_stay_below_the_root() {
        let include = |path: &str, form| Include { range: TextRange::at(0), offset: 0, path: path.into(), form };
        let file = Path::new("/w/lua/sub/a.lua");
        assert_eq!(
            include("../inc/x", IncludeForm::Quoted).candidates(file, Path::new("/w"), &[]),
            [PathBuf::from("/w/lua/inc/x.lua")]
        );
        let found = include("x.lua", IncludeForm::Call).candidates(file, Path::new("/w/lua"), &[]);
        assert!(found.contains(&PathBuf::from("/w/lua/includes/x.lua")));
        assert!(found.iter().all(|path| path.starts_with("/w/lua")));
        let mapped = include("<base>/x", IncludeForm::Quoted);
        let mappings = [("base".to_owned(), PathBuf::from("shared"))];
        assert_eq!(mapped.candidates(file, Path::new("/w"), &mappings), [PathBuf::from("/w/shared/x.lua")]);
    }
}
