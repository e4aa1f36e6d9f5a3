//! The names of types: where they are declared and used.

use std::sync::{Arc, OnceLock};

use semantic::{
    LocalId,
    annotations::{NameKind, TAGS, TypeDeclaration},
};
use text::TextRange;

use crate::{File, Location, Project, Reference, annotation::TypeNames};

/// Names that every annotation may use.
pub(crate) const BUILT_IN: [(&str, &str); 13] = [
    ("any", "Any value"),
    ("boolean", "`true` or `false`"),
    ("false", "`false`"),
    ("fun", "A function: `fun(name: type): type`"),
    ("function", "Any function"),
    ("integer", "A number without a fraction"),
    ("nil", "`nil`"),
    ("number", "A number"),
    ("string", "A string"),
    ("table", "A table: `table<key, value>`"),
    ("true", "`true`"),
    ("unknown", "A value of which nothing is known"),
    ("userdata", "A value of the server's, as `cjson.null`"),
];

impl TypeNames {
    pub(crate) fn new(project: &Project) -> Self {
        let around = project.files.iter().map(|_| OnceLock::new()).collect();
        let mut out = Self { around, ..Self::default() };
        for (file, it) in project.files.iter().enumerate() {
            let annotations = it.script.annotations();
            for (range, kind) in annotations.names() {
                if matches!(kind, NameKind::Declaration | NameKind::Type) {
                    let files = out.users.entry(range.slice(it.source()).into()).or_default();
                    if files.last() != Some(&file) {
                        files.push(file);
                    }
                }
            }
            let classes = (0..annotations.classes.len()).map(|at| TypeDeclaration { file, at, is_alias: false });
            let aliases = (0..annotations.aliases.len()).map(|at| TypeDeclaration { file, at, is_alias: true });
            for found in classes.chain(aliases) {
                let name = annotations.declared(found).slice(it.source());
                if !name.is_empty() {
                    out.by_name.entry(name.into()).or_default().push(found);
                }
            }
        }
        out
    }
}

/// The name of a type, as a file sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeName {
    pub(crate) name: String,
    pub(crate) declarations: Vec<TypeDeclaration>,
}

impl TypeName {
    /// The name of a class or an alias at a place in a comment.
    pub(crate) fn find(project: &Project, file: usize, offset: u32) -> Option<(Self, TextRange)> {
        let it = &project.files[file];
        let (range, kind) = it.script.annotations().name_at(offset)?;
        if !matches!(kind, NameKind::Declaration | NameKind::Type) {
            return None;
        }
        Some((Self::named(project, file, &it.text(range))?, range))
    }

    /// The class or the alias of a name.
    pub(crate) fn named(project: &Project, file: usize, name: &str) -> Option<Self> {
        let declarations = project.types(file, name);
        (!declarations.is_empty()).then(|| Self { name: name.to_owned(), declarations })
    }

    /// Returns the locations of its declarations.
    pub(crate) fn declarations(&self, project: &Project) -> Vec<Location> {
        self.declarations.iter().map(|&it| location(project, it)).collect()
    }

    /// All places where annotations write it, in the files that see the same declaration.
    pub(crate) fn references(&self, project: &Project) -> Vec<Reference> {
        let users = project.type_names().users.get(self.name.as_bytes());
        let mut found = Vec::new();
        for &file in users.into_iter().flatten() {
            let it = &project.files[file];
            if !project.types(file, &self.name).iter().any(|it| self.declarations.contains(it)) {
                continue;
            }
            for &(range, kind) in it.script.annotations().names() {
                if matches!(kind, NameKind::Declaration | NameKind::Type)
                    && range.slice(it.source()) == self.name.as_bytes()
                {
                    let location = Location { file, range };
                    found.push(Reference { location, is_write: kind == NameKind::Declaration });
                }
            }
        }
        found
    }

    /// The places to change when it gets another name.
    ///
    /// # Errors
    ///
    /// A sentence for the user if the name is not valid or belongs to another type.
    pub(crate) fn renamed(&self, project: &Project, name: &str) -> Result<Vec<Location>, String> {
        let is_first = |first: char| first.is_alphabetic() || first == '_';
        let is_inner = |it: char| it.is_alphanumeric() || matches!(it, '_' | '.' | '-');
        if !name.starts_with(is_first) || !name.chars().all(is_inner) || name.ends_with(['.', '-']) {
            return Err(format!("`{name}` is no name of a type: letters, digits, `_` and `.`"));
        }
        let is_taken = |file: usize| !project.types(file, name).is_empty();
        let found: Vec<Location> = self.references(project).into_iter().map(|it| it.location).collect();
        if name != self.name
            && (BUILT_IN.iter().any(|(known, _)| *known == name) || found.iter().any(|it| is_taken(it.file)))
        {
            return Err(format!("`{name}` is another type already"));
        }
        Ok(found)
    }
}

fn location(project: &Project, it: TypeDeclaration) -> Location {
    Location { file: it.file, range: project.files[it.file].script.annotations().declared(it) }
}

/// Explains the tag or the built-in type at a place in an annotation.
pub(crate) fn words(file: &File, offset: u32) -> Option<(String, TextRange)> {
    let (range, kind) = file.script.annotations().name_at(offset)?;
    let known: &[(&str, &str)] = match kind {
        NameKind::Tag => &TAGS,
        NameKind::Type => &BUILT_IN,
        _ => return None,
    };
    let name = file.text(range);
    let (_, words) = known.iter().find(|(known, _)| *known == name)?;
    Some(((*words).to_owned(), range))
}

/// The places where `@param` and `@cast` name a variable.
pub(crate) fn mentions(project: &Project, of: usize, id: LocalId) -> impl Iterator<Item = Location> {
    let names = project.files[of].script.annotations().names().iter();
    names
        .filter(move |(_, kind)| *kind == NameKind::Variable(Some(id)))
        .map(move |&(range, _)| Location { file: of, range })
}

impl Project {
    pub(crate) fn type_names(&self) -> &TypeNames {
        self.type_names.get_or_init(|| Arc::new(TypeNames::new(self)))
    }

    /// The declarations of a type's name as a file sees it: its own and those of the files around it, or else the only one of
    /// the workspace.
    pub(crate) fn types(&self, file: usize, name: &str) -> Vec<TypeDeclaration> {
        let names = self.type_names();
        let Some(all) = names.by_name.get(name.as_bytes()) else { return Vec::new() };
        let around = names.around[file].get_or_init(|| {
            let mut files = self.around(file);
            files.sort_unstable();
            files
        });
        let is_near = |it: &TypeDeclaration| around.binary_search(&it.file).is_ok();
        let near: Vec<TypeDeclaration> = all.iter().copied().filter(is_near).collect();
        if !near.is_empty() {
            return near;
        }
        let is_one_file = all.iter().all(|it| it.file == all[0].file);
        if is_one_file { all.clone() } else { Vec::new() }
    }

    /// The names of types that a file sees, with their declarations.
    pub(crate) fn visible_types(&self, file: usize) -> Vec<(String, TypeDeclaration)> {
        let names = self.type_names().by_name.keys();
        let names = names.filter_map(|name| std::str::from_utf8(name).ok());
        names.filter_map(|name| Some((name.to_owned(), *self.types(file, name).first()?))).collect()
    }

    /// The files that share the name of a class with a file, and may have its fields.
    pub(crate) fn sharing_types(&self, file: usize) -> Vec<usize> {
        let it = &self.files[file];
        let mut found = Vec::new();
        for (range, kind) in it.script.annotations().names() {
            if !matches!(kind, NameKind::Declaration | NameKind::Type) {
                continue;
            }
            let text = range.slice(it.source());
            let Ok(name) = std::str::from_utf8(text) else { continue };
            let declared = self.types(file, name);
            if declared.is_empty() {
                continue;
            }
            found.extend(declared.iter().map(|it| it.file));
            let users = self.type_names().users.get(text).into_iter().flatten();
            let sees_same = |&user: &usize| self.types(user, name).iter().any(|it| declared.contains(it));
            found.extend(users.copied().filter(sees_same));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
