//! Classifies the code at a position.

use commands::bind::Role;
use semantic::{ApiPath, LocalId, Script, annotations::NameKind};
use syntax::ExprKind;
use text::TextRange;

use crate::{
    At, Element, FieldAt, File, Project, TypeName,
    at::{element, expr_at, word},
    see,
};

impl<'a> At<'a> {
    /// Returns the class of the code at `offset`, and its range.
    pub fn find(project: &'a Project, file: usize, offset: u32) -> Option<(Self, TextRange)> {
        let it = &project.files[file];
        let script = &it.script;
        if let Some(found) = comment(it, offset) {
            return Some(found);
        }
        if see::is_at(project, file, offset) {
            return see::find(project, file, offset);
        }
        if let Some((name, range)) = TypeName::find(project, file, offset) {
            return Some((Self::Type(name), range));
        }
        if let Some((range, NameKind::Variable(Some(local)))) = script.annotations().name_at(offset) {
            return Some((Self::Local(file, local), range));
        }
        if let Some((local, range)) = declaration(script, offset) {
            return Some((Self::Local(file, local), range));
        }
        if let Some(field) = FieldAt::find(project, file, offset) {
            let range = field.field_use().range;
            let method = commands::api::member("string", field.name()).filter(|_| field.is_string_method());
            return match method {
                Some(item) => Some((Self::Api(ApiPath::Member(item.table, item.name)), range)),
                None => Some((Self::Field(field), range)),
            };
        }
        let expr = expr_at(script, offset)?;
        let range = script.tree()[expr].range;
        if let Some((call, nth)) = word(script, expr) {
            let decisive =
                matches!(call.binding.roles.get(nth), Some(Role::Command | Role::Subcommand | Role::Token(_)));
            if decisive || matches!(script.tree()[expr].kind, ExprKind::String | ExprKind::Number(_)) {
                return Some((Self::Word(call, nth), range));
            }
        }
        match &script.tree()[expr].kind {
            ExprKind::Name(_) => {
                if let Some((file, local)) = project.local(file, expr) {
                    return Some((Self::Local(file, local), range));
                }
                if let Some(element) = script.parent(expr).and_then(|parent| element(script, parent)) {
                    return Some((Self::Element(element), range));
                }
                let name = std::str::from_utf8(script.text(expr)).unwrap_or_default();
                if commands::api::global(name).is_some() {
                    return Some((Self::Api(ApiPath::Global(name)), range));
                }
                Some((Self::Global, range))
            }
            ExprKind::Field { name, .. } if name.range.start <= offset => {
                Some((Self::Api(script.api(expr)?), name.range))
            }
            ExprKind::Index { .. } => Some((Self::Element(element(script, expr)?), range)),
            ExprKind::String | ExprKind::Number(_) => {
                if let Some(parent) = script.parent(expr)
                    && let Some(element) = element(script, parent)
                {
                    return Some((Self::Element(element), script.tree()[parent].range));
                }
                Some((Self::Literal, range))
            }
            _ => None,
        }
    }
}

/// Returns the part of a comment at `offset`: an include, or a key or argument by its name.
fn comment(file: &File, offset: u32) -> Option<(At<'_>, TextRange)> {
    let script = &file.script;
    let inside = |range: TextRange| range.start <= offset && offset <= range.end;
    if let Some((nth, include)) = script.includes.iter().enumerate().find(|(_, include)| inside(include.range)) {
        return Some((At::Include(nth, include), include.range));
    }
    let header = &script.header;
    let named = header.keys.iter().map(|entry| (true, entry)).chain(header.args.iter().map(|entry| (false, entry)));
    named
        .filter(|(_, entry)| inside(entry.range))
        .map(|(is_key, entry)| (At::Element(Element { is_key, index: entry.index }), entry.range))
        .next()
}

/// The local whose declaration `offset` is on.
fn declaration(script: &Script, offset: u32) -> Option<(LocalId, TextRange)> {
    let on = |range: TextRange| !range.is_empty() && range.start <= offset && offset <= range.end;
    script.scopes.locals().find(|(_, local)| on(local.name.range)).map(|(id, local)| (id, local.name.range))
}
