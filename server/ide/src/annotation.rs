//! Types that annotations write: where their names are declared and used, and the types of expressions by them.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use semantic::{
    Init, LocalId, LocalKind,
    annotations::{FieldKey, NameKind, TAGS, TypeDeclaration, TypeExpr, TypeField, TypeKind},
    points_to::{FieldUse, UseForm},
};
use syntax::{ExprId, ExprKind, FunctionId, StmtKind};
use text::TextRange;

use crate::{
    File, Location, Project,
    field::FieldAt,
    functions, hover,
    navigation::Reference,
    path::{Path, Root, Step, variable},
};

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

/// The names of types that files declare.
#[derive(Debug, Default)]
pub(crate) struct TypeNames {
    by_name: FxHashMap<Box<[u8]>, Vec<TypeDeclaration>>,
    /// For each name the files that use it in annotations.
    users: FxHashMap<Box<[u8]>, Vec<usize>>,
    /// For each file those around it, in ascending order, once somebody has asked.
    around: Vec<OnceLock<Vec<usize>>>,
}

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
    name: String,
    declarations: Vec<TypeDeclaration>,
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

    /// Where it is declared.
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
    /// In a sentence for the user: the name is none, or is that of another type.
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

    /// Describes it in Markdown: a class with its fields, an alias with its members.
    pub(crate) fn markdown(&self, project: &Project) -> Option<String> {
        let first = *self.declarations.first()?;
        let it = &project.files[first.file];
        let annotations = it.script.annotations();
        let text = |of: &TypeExpr| hover::annotation_text(&it.script, of);
        let doc = |declared: TypeDeclaration| {
            let it = &project.files[declared.file];
            let annotations = it.script.annotations();
            let range = annotations.declared(declared);
            let block = annotations.blocks().iter().find(|it| it.range.contains_range(range))?;
            crate::doc_comment::within(it, block.range)
        };
        let (head, lines) = if first.is_alias {
            let alias = &annotations.aliases[first.at];
            let members = alias.members.iter().map(|(of, words)| (text(of), it.text(*words).into_owned()));
            (format!("alias {}", self.name), members.collect::<Vec<_>>())
        } else {
            let class = &annotations.classes[first.at];
            let parents: Vec<String> = class.parents.iter().map(text).collect();
            let parents = if parents.is_empty() { String::new() } else { format!(": {}", parents.join(", ")) };
            let mut fields = Vec::new();
            for declared in self.declarations.iter().filter(|it| !it.is_alias) {
                let it = &project.files[declared.file];
                let doc = doc(*declared).unwrap_or_default();
                for (field, _) in &it.script.annotations().classes[declared.at].fields {
                    let words = match field.key {
                        FieldKey::Name(name) => doc.text_of(&it.text(name)).to_owned(),
                        FieldKey::Type(_) => String::new(),
                    };
                    fields.push((hover::annotated_field(&it.script, field), words));
                }
            }
            (format!("class {}{parents}", self.name), fields)
        };
        let mut out = format!("```lua\n{head}\n```\n");
        if let Some(doc) = doc(first).filter(|doc| !doc.words().is_empty()) {
            out.push_str(&format!("{}\n\n", doc.words()));
        }
        for (code, words) in lines {
            let words = if words.is_empty() { words } else { format!(": {words}") };
            out.push_str(&format!("- `{code}`{words}\n"));
        }
        Some(out)
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

    /// The files that share the name of a class with a file, in which its fields may stand.
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

/// A type and the file that it is written in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Annotated<'a> {
    pub file: usize,
    pub of: &'a TypeExpr,
}

/// Expressions that are followed one after the other.
const MAX_STEPS: u32 = 12;

impl<'a> Annotated<'a> {
    /// The type as it is written.
    pub(crate) fn text(self, project: &Project) -> String {
        hover::annotation_text(&project.files[self.file].script, self.of)
    }

    /// The type of a local: its own, or that of the value which it is always given.
    /// At a place in its own file casts count.
    pub(crate) fn of_local(project: &'a Project, file: usize, id: LocalId, at: Option<u32>) -> Option<Self> {
        Self::local(project, file, id, at, MAX_STEPS)
    }

    fn local(project: &'a Project, file: usize, id: LocalId, at: Option<u32>, steps: u32) -> Option<Self> {
        let steps = steps.checked_sub(1)?;
        let script = &project.files[file].script;
        let annotations = script.annotations();
        if let Some(of) = at.map_or_else(|| annotations.local(id), |at| annotations.local_at(id, at)) {
            return Some(Self { file, of });
        }
        match script.scopes.fixed(id) {
            Some(Init::Expr(expr)) => return Self::expr(project, file, expr, 0, steps),
            Some(Init::Nth(expr, nth)) => return Self::expr(project, file, expr, nth, steps),
            _ => {}
        }
        // A variable of a loop over a list or a table of a known type.
        let local = &script.scopes[id];
        let LocalKind::Iterated(nth) = local.kind else { return None };
        let StmtKind::GenericFor { values, .. } = &script.tree()[local.stmt?].kind else { return None };
        let ExprKind::Call(call) = &script.tree()[*values.first()?].kind else { return None };
        let iterated = Self::expr(project, file, *call.args.first()?, 0, steps)?;
        match script.api(call.callee)?.to_string().as_str() {
            "ipairs" if nth == 1 => iterated.element(project, true),
            "pairs" if nth == 1 => iterated.element(project, true).or_else(|| iterated.element(project, false)),
            _ => None,
        }
    }

    /// The type of a value of an expression.
    fn expr(project: &'a Project, file: usize, expr: ExprId, nth: u32, steps: u32) -> Option<Self> {
        let steps = steps.checked_sub(1)?;
        let script = &project.files[file].script;
        if let (Some(of), 0) = (script.annotations().expr(expr), nth) {
            return Some(Self { file, of });
        }
        match &script.tree()[expr].kind {
            ExprKind::Paren(inner) => Self::expr(project, file, *inner, 0, steps),
            ExprKind::Name(_) => {
                let (of, id) = project.local(file, expr)?;
                let at = script.tree()[expr].range.start;
                Self::local(project, of, id, (of == file).then_some(at), steps)
            }
            ExprKind::Call(_) | ExprKind::MethodCall(_) => {
                let called = functions::called(project, file, expr).into_iter();
                let result = |(of, function)| Self::result(project, of, function, nth, steps);
                called.filter_map(result).next().or_else(|| {
                    let callee = match &script.tree()[expr].kind {
                        ExprKind::Call(call) => Self::expr(project, file, call.callee, 0, steps)?,
                        ExprKind::MethodCall(call) => Self::of_field(project, file, call.name.range.start)?,
                        _ => return None,
                    };
                    callee.returned(project, nth)
                })
            }
            ExprKind::Field { name, .. } => Self::of_field(project, file, name.range.start),
            ExprKind::Index { key, .. } if script.tree()[*key].kind == ExprKind::String => {
                Self::of_field(project, file, script.tree()[*key].range.start + 1)
            }
            ExprKind::Index { base, key } => {
                let base = Self::expr(project, file, *base, 0, steps)?;
                let is_number = matches!(script.tree()[*key].kind, ExprKind::Number(_));
                base.element(project, true)
                    .filter(|_| is_number || base.element(project, false).is_none())
                    .or_else(|| base.element(project, false))
            }
            _ => None,
        }
    }

    /// The type of a result of a function: its own, or that of the value which it returns.
    fn result(project: &'a Project, file: usize, function: FunctionId, nth: u32, steps: u32) -> Option<Self> {
        let script = &project.files[file].script;
        let annotations = script.annotations();
        if annotations.is_empty() {
            return None;
        }
        if let Some(found) = annotations.function(function)
            && found.returns().next().is_some()
        {
            let (of, _) = found.returns().nth(nth as usize)?;
            let generics: Vec<&[u8]> = found.generics().map(|name| name.slice(&script.source)).collect();
            let mut is_generic = false;
            of.walk(&mut |of| {
                if let TypeKind::Name(name, _) = of.kind {
                    is_generic |= generics.contains(&name.slice(&script.source));
                }
            });
            return (of.kind != TypeKind::Missing && !is_generic).then_some(Self { file, of });
        }
        let value = script.tree().stmts().find_map(|(_, stmt)| match &stmt.kind {
            StmtKind::Return(values) => {
                let first = *values.first()?;
                (script.scopes.function_of(first) == function).then(|| values.get(nth as usize).copied())
            }
            _ => None,
        });
        Self::expr(project, file, value??, 0, steps)
    }

    /// The type of the field whose name stands at a place.
    fn of_field(project: &'a Project, file: usize, offset: u32) -> Option<Self> {
        let field = FieldAt::find(project, file, offset)?;
        let tables = &field.tables;
        Self::declared(project, tables.annotation(&tables.tables(field.id), field.name())?)
    }

    /// The type that an annotation gives the field that it declares.
    pub(crate) fn declared(project: &'a Project, found: &FieldUse) -> Option<Self> {
        if found.form != UseForm::Annotation {
            return None;
        }
        let (of, _) = project.files[found.file].script.annotations().field(found.range.start)?;
        (of.kind != TypeKind::Missing).then_some(Self { file: found.file, of })
    }

    /// The type of what a half-typed path is.
    pub(crate) fn of_path(project: &'a Project, file: usize, path: &Path) -> Option<Self> {
        let mut base = path.clone();
        match base.steps.pop() {
            None => {
                let Root::Name(name, offset) = &path.root else { return None };
                let (of, id) = variable(project, file, name, *offset)?;
                Self::of_local(project, of, id, (of == file).then_some(*offset))
            }
            Some(Step::Field(name)) => {
                let (tables, objects) = base.objects(project, file)?;
                let found = *tables.annotation(&objects, &name)?;
                Self::declared(project, &found)
            }
            Some(Step::Call) => {
                let (tables, objects) = base.objects(project, file)?;
                let mut called = tables.functions(&objects);
                let found = called.find_map(|(of, function)| Self::result(project, of, function, 0, MAX_STEPS));
                found.or_else(|| Self::of_path(project, file, &base)?.returned(project, 0))
            }
            Some(step @ (Step::Item | Step::Element)) => {
                let base = Self::of_path(project, file, &base)?;
                base.element(project, step == Step::Item)
            }
        }
    }

    /// The type of a result of its function.
    fn returned(self, project: &'a Project, nth: u32) -> Option<Self> {
        self.expanded(project).into_iter().find_map(|it| match &it.of.kind {
            TypeKind::Function { returns, .. } => Some(Self { file: it.file, of: returns.get(nth as usize)? }),
            _ => None,
        })
    }

    /// The type of the elements of a list, or of the values of a table.
    pub(crate) fn element(self, project: &'a Project, is_number: bool) -> Option<Self> {
        let source = project.files[self.file].source();
        self.expanded(project).into_iter().find_map(|it| match &it.of.kind {
            TypeKind::Array(inner) if is_number => Some(Self { file: it.file, of: inner }),
            TypeKind::Name(_, arguments) => match &arguments[..] {
                [key, value] => {
                    let by_number = matches!(key.name(source), Some("number" | "integer"));
                    (by_number == is_number).then_some(Self { file: it.file, of: value })
                }
                _ => None,
            },
            _ => None,
        })
    }

    /// The types that it may be, with aliases replaced by their members.
    fn expanded(self, project: &'a Project) -> Vec<Self> {
        const MOST: usize = 400;
        let (mut todo, mut found, mut seen) = (vec![self], Vec::new(), Vec::new());
        while let Some(it) = todo.pop() {
            let at = |of: &'a TypeExpr| Self { file: it.file, of };
            match &it.of.kind {
                TypeKind::Union(all) => todo.extend(all.iter().rev().map(at)),
                TypeKind::Optional(inner) => todo.push(at(inner)),
                TypeKind::Name(..) => {
                    let name = it.of.name(project.files[it.file].source()).unwrap_or_default();
                    let declared = project.types(it.file, name);
                    let aliases: Vec<_> = declared.into_iter().filter(|it| it.is_alias).collect();
                    if aliases.is_empty() {
                        found.push(it);
                    }
                    for alias in aliases {
                        if seen.contains(&alias) {
                            continue;
                        }
                        seen.push(alias);
                        let members = &project.files[alias.file].script.annotations().aliases[alias.at].members;
                        todo.extend(members.iter().rev().map(|(of, _)| Self { file: alias.file, of }));
                    }
                }
                _ => found.push(it),
            }
            if found.len() > MOST {
                break;
            }
        }
        found
    }

    /// The fields of its tables, with those of parent classes, each with its description.
    pub(crate) fn fields(self, project: &'a Project) -> Vec<(String, Self, String)> {
        const MOST: usize = 1_000;
        let mut found: Vec<(String, Self, String)> = Vec::new();
        let (mut todo, mut seen) = (self.expanded(project), Vec::new());
        while let Some(it) = todo.pop() {
            let file = &project.files[it.file];
            let mut add = |of: usize, field: &'a TypeField, text: TextRange| {
                let file = &project.files[of];
                let FieldKey::Name(name) = field.key else { return };
                let name = file.text(name).into_owned();
                if !found.iter().any(|(known, ..)| *known == name) {
                    found.push((name, Self { file: of, of: &field.value }, file.text(text).into_owned()));
                }
            };
            match &it.of.kind {
                TypeKind::Table(fields) => fields.iter().for_each(|field| add(it.file, field, TextRange::at(0))),
                TypeKind::Name(..) => {
                    for class in project.types(it.file, it.of.name(file.source()).unwrap_or_default()) {
                        if class.is_alias || seen.contains(&class) {
                            continue;
                        }
                        seen.push(class);
                        let declared = &project.files[class.file].script.annotations().classes[class.at];
                        declared.fields.iter().for_each(|(field, text)| add(class.file, field, *text));
                        let parents = declared.parents.iter().map(|of| Self { file: class.file, of });
                        todo.extend(parents.flat_map(|parent| parent.expanded(project)));
                    }
                }
                _ => {}
            }
            if found.len() > MOST {
                break;
            }
        }
        found
    }

    /// The parameters of its function, as they are written, and its results.
    pub(crate) fn signature(self, project: &Project) -> Option<(Vec<(String, String)>, String)> {
        let script = &project.files[self.file].script;
        let text = |of: &TypeExpr| hover::annotation_text(script, of);
        self.expanded(project).iter().find_map(|it| match &it.of.kind {
            TypeKind::Function { params, returns } if it.file == self.file => {
                let params = params.iter().map(|param| {
                    let of = param.value.as_ref().map(text).unwrap_or_default();
                    (script.text_of(param.name).into_owned(), of)
                });
                Some((params.collect(), returns.iter().map(text).collect::<Vec<_>>().join(", ")))
            }
            _ => None,
        })
    }

    /// The fields of tables that hold the values of its enumerations, as code: `Level.low`.
    pub(crate) fn enumerated(self, project: &'a Project) -> Vec<String> {
        let file = &project.files[self.file];
        let mut found = Vec::new();
        let mut add = |of: &TypeExpr| {
            let Some(name) = of.name(file.source()) else { return };
            for alias in project.types(self.file, name).into_iter().filter(|it| it.is_alias) {
                let it = &project.files[alias.file];
                let fields = &it.script.annotations().aliases[alias.at].values;
                found.extend(fields.iter().map(|&(table, field)| format!("{}.{}", it.text(table), it.text(field))));
            }
        };
        self.of.walk(&mut add);
        found
    }

    /// The texts of the strings that it may be, each with its description.
    pub(crate) fn strings(self, project: &'a Project) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for it in self.expanded(project) {
            let file = &project.files[it.file];
            let text = it.of.range.slice(file.source());
            let is_string = it.of.kind == TypeKind::Literal && matches!(text, [b'\'' | b'"', .., b'\'' | b'"']);
            if is_string && text.len() > 1 {
                let words = file.script.annotations().member_text(it.of);
                let value = String::from_utf8_lossy(&syntax::string_value(text)).into_owned();
                found.push((value, words.map(|words| file.text(words).into_owned()).unwrap_or_default()));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use crate::{Location, Project, hover, navigation, test_support::*};

    fn shown(project: &Project, locations: Vec<Location>) -> Vec<String> {
        let mut found: Vec<String> = locations
            .into_iter()
            .map(|it| {
                let file = &project.files[it.file];
                format!("{}:{} {}", file.path, file.lines.line(it.range.start) + 1, file.text(it.range))
            })
            .collect();
        found.sort();
        found
    }

    fn defined(source: &str) -> Vec<String> {
        let (project, offset) = cursor(source);
        shown(&project, navigation::definition(&project, 0, offset).map(|it| it.targets).unwrap_or_default())
    }

    fn used(source: &str) -> Vec<String> {
        let (project, offset) = cursor(source);
        shown(&project, navigation::references(&project, 0, offset).into_iter().map(|it| it.location).collect())
    }

    fn renamed(source: &str, name: &str) -> Result<Vec<String>, String> {
        let (project, offset) = cursor(source);
        navigation::rename(&project, 0, offset, name).map(|found| shown(&project, found))
    }

    fn told(source: &str) -> String {
        let (project, offset) = cursor(source);
        let markdown = hover::hover(&project, 0, offset).map(|hover| hover.markdown).unwrap_or_default();
        markdown.lines().filter(|line| !line.starts_with("```") && !line.is_empty()).collect::<Vec<_>>().join("\n")
    }

    const JOB: &str = "---@class Job a job\n---@field id string the id\n---@field opts Opts\n\n";

    #[test]
    fn names_of_types_lead_to_their_declarations() {
        let source = "-- @include part.lua\n---@type Jo$0b[]\nlocal jobs = cjson.decode(ARGV[1])\n---@param job Job\nlocal function f(job) return get(job) end\n--- file: part.lua\n---@class Job\n---@field id string\n\n---@param job Job?\nlocal function get(job) return redis.call('GET', job.id) end";
        let all = ["main.lua:2 Job", "main.lua:4 Job", "part.lua:1 Job", "part.lua:4 Job"];
        assert_eq!(defined(source), ["part.lua:1 Job"]);
        assert_eq!(used(source), all);
        assert_eq!(renamed(source, "Task").as_deref(), Ok(&all.map(str::to_owned)[..]));
        for name in ["string", "1x", "a b", ""] {
            assert!(renamed(source, name).is_err(), "{name}");
        }
        assert!(renamed("---@class A\n---@class B$0\n\n---@type A\nlocal x = KEYS[1]", "A").is_err());
        assert!(defined("---@type st$0ring\nlocal x = KEYS[1]").is_empty());
    }

    #[test]
    fn parameters_are_one_with_their_tags() {
        let source =
            "---@param jo$0b table\n---@param n number\nlocal function f(job, n) return redis.call('GET', job.id) end";
        let all = ["main.lua:1 job", "main.lua:3 job", "main.lua:3 job"];
        assert_eq!(defined(source), ["main.lua:3 job"]);
        assert_eq!(used(source), all);
        assert_eq!(renamed(source, "task").as_deref(), Ok(&all.map(str::to_owned)[..]));
        assert_eq!(
            renamed("---@param job table\nlocal function f(jo$0b) return redis.call('GET', job.id) end", "task")
                .map(|it| it.len()),
            Ok(3)
        );
        assert!(renamed(source, "n").is_err());
        let (project, offset) =
            cursor("---@param job table\nlocal function f(jo$0b) return redis.call('GET', job.id) end");
        assert_eq!(navigation::linked_editing(&project, 0, offset).map(|it| it.len()), Some(3));
    }

    #[test]
    fn fields_lead_to_their_tags() {
        let code = "---@type Job\nlocal job = cjson.decode(ARGV[1])\nreturn job.id";
        assert_eq!(defined(&format!("{JOB}{code}$0")), ["main.lua:2 id"]);
        assert_eq!(
            used(&format!("{}{code}", JOB.replace("id string", "i$0d string"))),
            ["main.lua:2 id", "main.lua:7 id"]
        );
        // The name is one in data.
        assert!(renamed(&format!("{JOB}{code}$0"), "key").is_err());
        let own = "---@type Job\nlocal job = { id = KEYS[1] }\nreturn redis.call('GET', job.id$0)";
        assert_eq!(renamed(&format!("{JOB}{own}"), "key").map(|it| it.len()), Ok(3));
    }

    #[test]
    fn types_are_told_where_the_flow_knows_none() {
        let code = "---@type Job\nlocal job = cjson.decode(ARGV[1])\n";
        assert_eq!(told(&format!("{JOB}{code}return jo$0b")), "local job: Job\ndecoded JSON");
        assert_eq!(told(&format!("{JOB}{code}return job.i$0d")), "(field) job.id: string\nthe id");
        assert_eq!(told(&format!("{JOB}{code}local o$0 = job.opts return o")), "local o: Opts\ndecoded JSON");
        assert_eq!(
            told(&format!("{JOB}---@type Jo$0b\nlocal job = KEYS[1]")),
            "class Job\na job\n- `id: string`: the id\n- `opts: Opts`"
        );
        assert_eq!(
            told("---@alias State\n---| 'a' # one\n---| 'b'\n\n---@type St$0ate\nlocal s = KEYS[1]"),
            "alias State\n- `'a'`: one\n- `'b'`"
        );
        assert_eq!(
            told(
                "---@param jobs Job[]\nlocal function f(jobs)\n  for _, job in ipairs(jobs) do redis.call('GET', jo$0b) end\nend"
            ),
            "(loop variable) job: Job"
        );
        assert_eq!(
            told("---@return Job\nlocal function get() return other() end\nlocal jo$0b = get()\nreturn job, KEYS[1]"),
            "local job: Job = get()"
        );
        assert_eq!(
            told("---@par$0am a string\nlocal function f(a) return KEYS[a] end"),
            "A parameter of the function below: name, type, description"
        );
        assert_eq!(told("---@param a str$0ing\nlocal function f(a) return KEYS[a] end"), "A string");
        assert_eq!(
            told(
                "---@type { first: string, second: table<string, integer>, third: { a: string, b: string }?, x: any }[]\nlocal t$0 = cjson.decode(ARGV[1])"
            ),
            "local t: {\n  first: string,\n  second: table<string, integer>,\n  third: { a: string, b: string }?,\n  x: any\n}[]\ndecoded JSON"
        );
        assert_eq!(
            told("---@type table<string, integer>\nlocal t$0 = {}\nreturn t[KEYS[1]]"),
            "local t: table<string, integer> = {}"
        );
        assert_eq!(
            told(
                "---@generic T\n---@param list T[]\n---@return T\nlocal function first(list) return list[1] end\nlocal n$0 = first(cjson.decode(ARGV[1]))"
            ),
            "local n\ndecoded JSON"
        );
        assert_eq!(
            told(
                "local function get()\n  ---@type string[]\n  local r = cjson.decode(ARGV[1])\n  return r\nend\nlocal x$0 = get()"
            ),
            "local x: string[]\ndecoded JSON"
        );
        assert_eq!(
            told("---@type { next: fun(): Job }\nlocal q = cjson.decode(ARGV[1])\nlocal n$0 = q.next()"),
            "local n: Job = q.next()"
        );
        // What the flow knows stands.
        assert_eq!(
            told("---@type string\nlocal n$0 = redis.call('INCR', KEYS[1])\nreturn n"),
            "local n: number\nreply of `INCR`, line 2"
        );
    }

    #[test]
    fn casts_are_told_where_the_flow_knows_nothing() {
        let code = "local job = cjson.decode(ARGV[1])\nlocal n = redis.call('INCR', KEYS[1])\n---@cast job Job\n---@cast n string\n";
        assert_eq!(told(&format!("{JOB}{code}return jo$0b")), "local job: Job\ndecoded JSON");
        assert_eq!(told(&format!("{JOB}{code}return job.i$0d")), "(field) job.id: string\nthe id");
        assert_eq!(told(&format!("{JOB}{code}return n$0")), "local n: number\nreply of `INCR`, line 6");
        assert_eq!(defined(&format!("{JOB}{code}return job.i$0d")), ["main.lua:2 id"]);
        let renamed = renamed(&format!("{JOB}{code}return jo$0b"), "task").map(|it| it.len());
        assert_eq!(renamed, Ok(3));
    }

    #[test]
    fn other_tags_neither_break_nor_crowd_the_hover() {
        let tags = "---@async\n---@nodiscard\n---@generic T: table, U\n---@vararg string\n---@diagnostic disable: undefined-global\n---@private\n---@version 5.1\n---@operator add(A): A\n---@language redis\n---@field a.b string\n---@unknown\n";
        let source = format!(
            "{tags}---@param t T the table\n---@return U\nlocal function ge$0t(t, ...) return redis.call(t) end"
        );
        let text = told(&source);
        assert!(text.contains("- `t: T`: the table"), "{text}");
        for word in ["async", "nodiscard", "diagnostic", "operator", "language", "a.b", "unknown"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }

    #[test]
    fn members_are_listed_with_their_parameter() {
        let source = "---@param mode\n---| 'fast' # at once\n---| 'slow'\n---@param n integer\nlocal function ru$0n(mode, n) return redis.call(mode) end";
        let text = told(source);
        assert!(text.contains("- `mode`\n  - `'fast'`: at once\n  - `'slow'`\n- `n: integer`"), "{text}");
        assert!(text.contains("mode: 'fast' | 'slow'"), "{text}");
    }

    #[test]
    fn classes_of_unrelated_files_are_apart() {
        let source = "---@class Job\n---@field id$0 string\n\n---@type Job\nlocal job = cjson.decode(ARGV[1])\nreturn job.id\n--- file: other.lua\n---@class Job\n---@field id number\n\n---@type Job\nlocal job = cjson.decode(ARGV[1])\nreturn job.id";
        assert_eq!(used(source), ["main.lua:2 id", "main.lua:6 id"]);
        // A file of types alone serves all.
        let types = "---@type Job\nlocal job = cjson.decode(ARGV[1])\nreturn job.id$0\n--- file: types.lua\n---@meta\n---@class Job\n---@field id number\n";
        assert_eq!(defined(types), ["types.lua:3 id"]);
    }
}
