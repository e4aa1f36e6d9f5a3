//! Annotations: a class is an object that stands for all tables that annotations declare to be of it.

use text::TextRange;

use super::Generator;
use crate::{
    annotations::{FieldKey, TypeExpr, TypeField, TypeKind},
    points_to::{
        constraints::{Key, Load, Store},
        sets::{Base, DYNAMIC, FieldUse, ITEM, Input, MAX_RESULTS, Node, Object, ObjectId, Outside, UseForm},
    },
};

/// Most aliases of aliases that are followed.
const MAX_DEPTH: u32 = 8;

impl<'a> Generator<'a> {
    /// Gives the values that a file annotates the objects of their types.
    pub(super) fn annotations(&mut self, input: &Input<'a>) {
        let (file, script) = (input.file, input.script);
        let annotations = script.annotations();
        if annotations.is_empty() {
            return;
        }
        for (at, class) in annotations.classes.iter().enumerate() {
            let name = class.name.slice(&script.source);
            let Some(object) = std::str::from_utf8(name).ok().and_then(|name| self.class(file, name)) else { continue };
            for (field, _) in &annotations.classes[at].fields {
                self.typed_field(file, object, field);
            }
            for parent in &class.parents {
                let from = self.typed_node(file, parent);
                self.constraints.parents.push((object, from));
            }
            // The table below has the methods of the class.
            let below = match (class.local, class.value) {
                (Some(local), _) => self.local(file, local),
                (None, Some(value)) => self.expr(file, value),
                (None, None) => continue,
            };
            self.constraints.objects.push((below, object));
            self.constraints.parents.push((object, below));
        }
        for (local, of) in annotations.locals() {
            let node = self.local(file, local);
            self.give(file, of, node);
        }
        for cast in annotations.casts() {
            let node = self.local(file, cast.local);
            self.give(file, &cast.of, node);
        }
        for (expr, of) in annotations.exprs() {
            let node = self.expr(file, expr);
            self.give(file, of, node);
        }
        for (function, found) in annotations.functions() {
            for (nth, (of, _)) in found.returns().take(MAX_RESULTS as usize).enumerate() {
                let node = self.returned(file, function, nth as u32);
                self.give(file, of, node);
            }
            if let Some((of, ..)) = found.param(&script.source, "...") {
                let node = self.out.files[&file].varargs[function.index()];
                self.give(file, of, node);
            }
        }
    }

    fn give(&mut self, file: usize, of: &TypeExpr, node: Node) {
        for object in self.typed(file, of, MAX_DEPTH) {
            self.constraints.objects.push((node, object));
        }
    }

    /// A node that holds the objects of a type.
    fn typed_node(&mut self, file: usize, of: &TypeExpr) -> Node {
        let node = self.node();
        self.give(file, of, node);
        node
    }

    fn node_of(&mut self, object: ObjectId) -> Node {
        if let Some(&node) = self.types.nodes.get(&object) {
            return node;
        }
        let node = self.node();
        self.constraints.objects.push((node, object));
        self.types.nodes.insert(object, node);
        node
    }

    /// The object of a class, by its name in a file.
    fn class(&mut self, file: usize, name: &str) -> Option<ObjectId> {
        let found = (self.names.types)(file, name);
        let first = found.into_iter().filter(|it| !it.is_alias).min()?;
        if let Some(&object) = self.types.classes.get(&first) {
            return Some(object);
        }
        let object = self.object(Object::Outside(first.file, Outside::Annotated, None));
        self.types.classes.insert(first, object);
        Some(object)
    }

    /// The objects of a type: of a class, and of tables that have no name.
    fn typed(&mut self, file: usize, of: &TypeExpr, depth: u32) -> Vec<ObjectId> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        match &of.kind {
            TypeKind::Name(name, arguments) => self.named_type(file, of.range, *name, arguments, depth),
            TypeKind::Union(all) => all.iter().flat_map(|it| self.typed(file, it, depth)).collect(),
            TypeKind::Optional(inner) => self.typed(file, inner, depth),
            TypeKind::Array(inner) => vec![self.items(file, of.range, &[inner], true)],
            TypeKind::Tuple(all) => vec![self.items(file, of.range, &all.iter().collect::<Vec<_>>(), true)],
            TypeKind::Table(fields) => {
                let (object, is_new) = self.unnamed(file, of.range);
                if is_new {
                    fields.iter().for_each(|field| self.typed_field(file, object, field));
                }
                vec![object]
            }
            TypeKind::Function { returns, .. } => {
                let (object, is_new) = self.unnamed(file, of.range);
                if let Some(result) = returns.first().filter(|_| is_new) {
                    let node = self.typed_node(file, result);
                    self.out.typed_results.insert(object, node);
                }
                vec![object]
            }
            TypeKind::Literal | TypeKind::Missing => Vec::new(),
        }
    }

    fn named_type(
        &mut self,
        file: usize,
        range: TextRange,
        name: TextRange,
        arguments: &[TypeExpr],
        depth: u32,
    ) -> Vec<ObjectId> {
        let Some(script) = self.files.iter().find(|it| it.file == file).map(|it| it.script) else { return Vec::new() };
        let Ok(name) = std::str::from_utf8(name.slice(&script.source)) else { return Vec::new() };
        if let ("table", [key, value]) = (name, arguments) {
            let is_number = matches!(key.name(&script.source), Some("number" | "integer"));
            return vec![self.items(file, range, &[value], is_number)];
        }
        if let Some(object) = self.class(file, name) {
            return vec![object];
        }
        let mut found = Vec::new();
        for it in (self.names.types)(file, name) {
            let Some(other) = self.files.iter().find(|input| input.file == it.file).filter(|_| it.is_alias) else {
                continue;
            };
            for (member, _) in &other.script.annotations().aliases[it.at].members {
                found.extend(self.typed(it.file, member, depth));
            }
        }
        found
    }

    /// The object of the tables whose elements are of some types.
    fn items(&mut self, file: usize, range: TextRange, all: &[&TypeExpr], is_number: bool) -> ObjectId {
        let (object, is_new) = self.unnamed(file, range);
        for of in all.iter().filter(|_| is_new) {
            let (base, from) = (self.node_of(object), self.typed_node(file, of));
            let name = if is_number { ITEM } else { DYNAMIC };
            self.constraints.stores.push(Store { base, name, from });
        }
        object
    }

    fn unnamed(&mut self, file: usize, range: TextRange) -> (ObjectId, bool) {
        if let Some(&object) = self.types.unnamed.get(&(file, range)) {
            return (object, false);
        }
        let object = self.object(Object::Outside(file, Outside::Annotated, None));
        self.types.unnamed.insert((file, range), object);
        (object, true)
    }

    /// A field of a class or of a table type.
    fn typed_field(&mut self, file: usize, object: ObjectId, field: &TypeField) {
        let Some(script) = self.files.iter().find(|it| it.file == file).map(|it| it.script) else { return };
        let (base, from) = (self.node_of(object), self.typed_node(file, &field.value));
        let name = match &field.key {
            FieldKey::Name(name) => self.out.intern(name.slice(&script.source)),
            FieldKey::Type(key) => match key.name(&script.source) {
                Some("number" | "integer") => ITEM,
                None if key.kind == TypeKind::Literal => ITEM,
                _ => DYNAMIC,
            },
        };
        self.constraints.stores.push(Store { base, name, from });
        if let FieldKey::Name(range) = field.key {
            let value = self.node();
            self.constraints.loads.push(Load { base, key: Key::Name(name), to: value });
            let (form, base) = (UseForm::Annotation, Base::Object(object));
            self.use_of(FieldUse { file, range, name, form, write: None, base, value });
        }
    }
}
