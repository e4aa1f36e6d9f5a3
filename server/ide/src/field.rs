//! A field of a table of the script's own: where it is given a value, where it is used, what it is.

use std::{fmt::Write as _, sync::Arc};

use semantic::{
    Init, Script,
    annotations::{FieldKey, NameKind},
    flow::{Kinds, Type},
    points_to::{FieldUse, PointsTo, Refusal, RefusalReason, UseForm, UseId},
};
use syntax::{ExprId, ExprKind, FunctionId, TableField};
use text::TextRange;

use crate::{Location, Project, annotation::Annotated, doc_comment, functions, hover, navigation::Reference};

/// A use of a field.
#[derive(Clone, Debug)]
pub struct FieldAt {
    /// Analysis of the file and of those that share locals with it.
    pub(crate) tables: Arc<PointsTo>,
    /// The use.
    pub(crate) id: UseId,
}

impl FieldAt {
    /// The use of a field whose name stands at a place.
    pub(crate) fn find(project: &Project, file: usize, offset: u32) -> Option<Self> {
        if !is_field_name(&project.files[file].script, offset) {
            return None;
        }
        let tables = project.points_to(file);
        let id = tables.use_at(file, offset)?;
        // There stands the name of a variable.
        let is_variable = matches!(tables.field_use(id).form, UseForm::Constant(_));
        (!is_variable).then(|| Self { tables: Arc::clone(tables), id })
    }

    pub(crate) fn field_use(&self) -> &FieldUse {
        self.tables.field_use(self.id)
    }

    pub(crate) fn name(&self) -> &str {
        self.tables.name(self.field_use().name)
    }

    /// True if it is a method of strings: nothing gives the field to a table.
    pub(crate) fn is_string_method(&self) -> bool {
        matches!(self.field_use().form, UseForm::Method(_))
            && commands::api::member("string", self.name()).is_some()
            && self.tables.declarations(self.id).is_empty()
    }

    fn location(&self, id: UseId) -> Location {
        let found = self.tables.field_use(id);
        Location { file: found.file, range: found.range }
    }

    /// Where it is given its value.
    pub(crate) fn declarations(&self) -> Vec<Location> {
        self.tables.declarations(self.id).into_iter().map(|id| self.location(id)).collect()
    }

    /// All uses that may mean it.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let all = self.tables.references(self.id).into_iter();
        all.map(|id| Reference { location: self.location(id), is_write: self.tables.field_use(id).write.is_some() })
            .collect()
    }

    /// The functions that it may be.
    pub(crate) fn functions(&self) -> Vec<(usize, FunctionId)> {
        self.tables.functions(&self.tables.values(self.id)).collect()
    }

    /// The places to change when it is renamed.
    ///
    /// # Errors
    ///
    /// In a sentence for the user.
    pub(crate) fn renamed(&self, project: &Project, name: Option<&str>) -> Result<Vec<Location>, String> {
        let found = self.tables.renamed(self.id).map_err(|refusal| self.refused(project, refusal))?;
        if let Some(name) = name.filter(|name| *name != self.name())
            && self.tables.is_taken(self.id, name)
        {
            return Err(format!("the table has a field `{name}` already"));
        }
        let found: Vec<Location> = found.into_iter().map(|id| self.location(id)).collect();
        // What does not parse may use the field too.
        let broken = |location: &&Location| !project.files[location.file].script.parse.errors.is_empty();
        if let Some(location) = found.iter().find(broken) {
            return Err(format!("{} does not parse: there may be more uses", project.files[location.file].path));
        }
        Ok(found)
    }

    fn refused(&self, project: &Project, refusal: Refusal) -> String {
        let name = self.name();
        let other = &project.files[refusal.file];
        let line = other.lines.line(refusal.range.start) + 1;
        let place = match refusal.file == self.field_use().file {
            true => format!("line {line}"),
            false => format!("{}:{line}", other.path),
        };
        let code = hover::shown(other, refusal.range);
        match refusal.reason {
            RefusalReason::Dynamic => format!("`{name}` may be used by a computed name: `{code}`, {place}"),
            RefusalReason::Iterated => format!("the names of the table's fields are read: `{code}`, {place}"),
            RefusalReason::Encoded => format!("`{name}` becomes a name in encoded data: `{code}`, {place}"),
            RefusalReason::Decoded => format!("`{name}` is a name in decoded data"),
            RefusalReason::Reply => format!("`{name}` is a name in a reply of the server's"),
            RefusalReason::Server => format!("the server reads this table: `{code}`, {place}"),
            RefusalReason::Passed => format!("the table goes where its uses cannot be followed: `{code}`, {place}"),
            RefusalReason::Returned => format!("the script returns the table: `{code}`, {place}"),
            RefusalReason::Unknown => format!("nothing shows which table has this field `{name}`"),
            RefusalReason::Metamethod => format!("`{name}` is a name that Lua itself reads"),
            RefusalReason::Metatable => format!("`{code}` of a metatable, {place}, takes part in what tables do"),
            RefusalReason::Variable => format!("`{name}` is written in a variable too: `{code}`, {place}"),
            RefusalReason::GaveUp => "the files are too large to find all uses".to_owned(),
        }
    }

    /// The code and the comment that declare it, and what it is: of a function its signature.
    pub(crate) fn markdown(&self, project: &Project) -> Option<String> {
        let declared = self.tables.declarations(self.id);
        let doc = declared.iter().find_map(|&id| documentation(project, self.tables.field_use(id)));
        let functions = self.functions();
        let found = self.field_use();
        let file = &project.files[found.file];
        let mut doc = doc;
        let mut out = match functions.first() {
            Some(&(of, function)) => {
                let other = &project.files[of];
                let named = functions::of(other, function);
                let name = named.as_ref().filter(|it| it.local.is_none()).map(|it| it.name.clone());
                let name = name.unwrap_or_else(|| self.path(project));
                doc = doc.or_else(|| doc_comment::of(other, named?.whole));
                format!("```lua\nfunction {}\n```\n", hover::typed_signature(&other.script, &name, function))
            }
            None => match self.expr().and_then(|expr| self.known_type(file, expr)) {
                Some(text) => text,
                None => {
                    let of_value = declared_type(project, &self.tables, self.id);
                    if of_value.is_none() && declared.is_empty() {
                        return None;
                    }
                    let text = of_value.map(|text| format!(": {}", hover::in_lines(text))).unwrap_or_default();
                    format!("```lua\n(field) {}{text}\n```\n", self.path(project))
                }
            },
        };
        if functions.len() > 1 {
            let _ = writeln!(out, "\nOne of {} functions", functions.len());
        }
        if let Some(doc) = doc {
            let _ = writeln!(out, "\n{doc}");
        }
        Some(out)
    }

    /// The type that the flow of values knows of a use; none where it knows less than an annotation tells.
    fn known_type(&self, file: &crate::File, expr: ExprId) -> Option<String> {
        let flow = file.script.flow();
        let known = flow.of(expr).map(|of| flow.describe(of)).unwrap_or_default();
        let is_annotated = self.tables.annotation(&self.tables.tables(self.id), self.name()).is_some();
        (!is_annotated || !hover::is_vague(&known)).then(|| hover::field_type(file, expr))?
    }

    /// The expression that reads it, where one does.
    fn expr(&self) -> Option<ExprId> {
        match self.field_use().form {
            UseForm::Field(expr) | UseForm::Literal(expr) => Some(expr).filter(|_| self.field_use().write.is_none()),
            _ => None,
        }
    }

    /// The field as it is written, with its table.
    fn path(&self, project: &Project) -> String {
        let found = self.field_use();
        let file = &project.files[found.file];
        let tree = file.script.tree();
        match found.form {
            UseForm::Field(expr) | UseForm::Literal(expr) | UseForm::Constant(expr) | UseForm::Function(expr, _) => {
                hover::shown(file, tree[expr].range)
            }
            UseForm::Method(call) => match &tree[call].kind {
                ExprKind::MethodCall(it) => format!("{}:{}", hover::shown(file, tree[it.base].range), self.name()),
                _ => self.name().to_owned(),
            },
            UseForm::Constructor(expr) => functions::field_path(file, expr, self.name()),
            UseForm::Annotation => {
                let classes = &file.script.annotations().classes;
                let is_in = |class: &&semantic::annotations::Class| {
                    class.fields.iter().any(|(field, _)| field.key == FieldKey::Name(found.range))
                };
                match classes.iter().find(is_in) {
                    Some(class) => format!("{}.{}", file.text(class.name), self.name()),
                    None => self.name().to_owned(),
                }
            }
        }
    }
}

/// True if the name of a field of the script's own may stand at a place: a cheap test before the tables are analysed.
fn is_field_name(script: &Script, offset: u32) -> bool {
    if let Some((_, NameKind::Field)) = script.annotations().name_at(offset) {
        return true;
    }
    let tree = script.tree();
    let on = |range: TextRange| range.start <= offset && offset <= range.end;
    tree.exprs().filter(|(_, expr)| on(expr.range)).any(|(id, expr)| match &expr.kind {
        ExprKind::Field { name, .. } => on(name.range) && !script.api(id).is_some_and(|path| path.is_of_server()),
        ExprKind::MethodCall(call) => on(call.name.range),
        ExprKind::Index { key, .. } => on(tree[*key].range),
        ExprKind::Table(fields) => fields.iter().any(|field| match field {
            TableField::Named { name, .. } => on(name.range),
            TableField::Keyed { key, .. } => on(tree[*key].range),
            TableField::Item(_) => false,
        }),
        _ => false,
    })
}

/// The comment of a use that gives a field its value.
pub(crate) fn documentation(project: &Project, found: &FieldUse) -> Option<String> {
    let file = &project.files[found.file];
    let tree = file.script.tree();
    let whole: TextRange = match found.form {
        UseForm::Constructor(_) => {
            let value = match found.write? {
                Init::Expr(expr) => tree[expr].range,
                Init::Function(function) => tree[function].range,
                _ => found.range,
            };
            found.range.cover(value)
        }
        UseForm::Field(expr) | UseForm::Literal(expr) | UseForm::Constant(expr) | UseForm::Function(expr, _) => {
            tree[file.script.scopes.stmt_of(expr)].range
        }
        UseForm::Method(_) => return None,
        UseForm::Annotation => {
            let blocks = file.script.annotations().blocks();
            let block = blocks.iter().find(|block| block.range.contains_range(found.range))?;
            let doc = doc_comment::within(file, block.range)?;
            let text = doc.text_of(&file.text(found.range)).to_owned();
            return (!text.is_empty()).then_some(text);
        }
    };
    doc_comment::of(file, whole)
}

/// The type of all values that a field is given, as the files know them; none where nothing is known of one.
pub(crate) fn declared_type(project: &Project, tables: &PointsTo, id: UseId) -> Option<String> {
    let annotated = || {
        let uses = tables.references(id);
        uses.iter().find_map(|&id| Some(Annotated::declared(project, tables.field_use(id))?.text(project)))
    };
    annotated().or_else(|| written_type(project, tables, id))
}

/// The type of all values that the files give a field.
fn written_type(project: &Project, tables: &PointsTo, id: UseId) -> Option<String> {
    let mut writes = tables.references(id);
    writes.retain(|&id| tables.field_use(id).write.is_some());
    let mut kinds: Option<Kinds> = None;
    let mut text = String::new();
    for &id in &writes {
        let found = tables.field_use(id);
        let flow = project.files[found.file].script.flow();
        let of = match found.write? {
            Init::Expr(expr) | Init::Nth(expr, 0) => flow.of(expr)?.clone(),
            Init::Function(_) => Type::of(Kinds::FUNCTION),
            Init::Nothing => Type::of(Kinds::NIL),
            _ => return None,
        };
        kinds = Some(kinds.map_or(of.kinds, |kinds| kinds | of.kinds));
        text = flow.describe(&of);
    }
    // Of several values only the kinds are told.
    if let (Some(kinds), false) = (kinds, writes.len() == 1) {
        let found = tables.field_use(*writes.first()?);
        text = project.files[found.file].script.flow().describe(&Type::of(kinds));
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
