//! A field of a table of the script: its assignments, its uses and its type.

use std::sync::Arc;

use semantic::{
    Script,
    annotations::NameKind,
    points_to::{FieldUse, PointsTo, Refusal, RefusalReason, UseForm, UseId},
};
use syntax::{ExprKind, FunctionId, TableField};
use text::TextRange;

use crate::{Location, Project, Reference, render};

/// A use of a field.
#[derive(Clone, Debug)]
pub struct FieldAt {
    /// Analysis of the file and of those that share locals with it.
    pub(crate) tables: Arc<PointsTo>,
    /// The use.
    pub(crate) id: UseId,
}

impl FieldAt {
    /// Finds the use of the field whose name is at an offset.
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

    /// Returns the locations at which it is assigned.
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
    /// A sentence for the user.
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
        let code = render::shown(other, refusal.range);
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
}

/// True if the name of a field of the script's own may be at an offset: a cheap test before the tables are analysed.
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

#[cfg(test)]
mod tests;
