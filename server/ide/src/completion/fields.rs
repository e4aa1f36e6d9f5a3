//! The fields of the value before a dot or a colon: those that its tables have, and those that its type has by itself, as of
//! status and error replies and of RESP3's tables.

use semantic::flow::{FieldType, Flow, Kinds, Type};
use syntax::{ExprKind, lexer::Token};
use text::TextRange;

use super::{Completion, CompletionKind, Completions, Docs, place::Place};
use crate::{
    annotation::Annotated,
    naming,
    path::{Path, Root, Step},
    render, visibility,
};

/// The fields of the value that a path is.
pub(super) fn members(place: &Place<'_>, path: &Path, found: &mut Vec<Completion>) {
    of_tables(place, path, false, found);
    of_type(place, path, found);
}

/// The fields in `t['…']`; the last of the tokens is the string around the cursor.
pub(super) fn in_string(place: &Place<'_>, tokens: &[Token]) -> Completions {
    let source = place.project.files[place.file].source();
    let [before @ .., bracket, string] = tokens else { return Completions::default() };
    let Some(path) = Path::before(source, before).filter(|_| bracket.kind.is("[")) else {
        return Completions::default();
    };
    let Some(range) = string_range(place, string.range) else { return Completions::default() };
    let mut found = Completions { range, items: Vec::new() };
    members(place, &path, &mut found.items);
    if let (true, Some(operand)) = (found.items.is_empty(), before.last()) {
        of_call(place, operand.range.end, &mut found.items);
    }
    found
}

/// The text of a string around the cursor, without its quotes: what follows the cursor is replaced too. None if it has no
/// quotes or goes on on the next line.
pub(super) fn string_range(place: &Place<'_>, string: TextRange) -> Option<TextRange> {
    let source = place.project.files[place.file].source();
    let quote = source.get(string.start as usize).copied();
    let mut end = place.offset;
    while end < string.end && source.get(end as usize).copied() != quote {
        end += 1;
    }
    let range = TextRange::new(string.start + 1, end);
    (matches!(quote, Some(b'\'' | b'"')) && !range.slice(source).contains(&b'\n')).then_some(range)
}

/// The functions of the value that a path is, to be called with `:`. None if it may be a string.
pub(super) fn methods(place: &Place<'_>, path: &Path) -> Option<Vec<Completion>> {
    let mut found = Vec::new();
    of_tables(place, path, true, &mut found);
    let is_table = type_of(place, path).is_some_and(|of| of.kinds.is_only(Kinds::TABLE));
    if !is_table && !found.iter().any(|it| it.kind == CompletionKind::Function) {
        return None;
    }
    found.retain(|it| it.kind == CompletionKind::Function || it.detail.is_empty());
    Some(found)
}

/// Adds the fields of the script's tables that a path may denote. Methods are shown without their first parameter.
fn of_tables(place: &Place<'_>, path: &Path, as_methods: bool, found: &mut Vec<Completion>) {
    let project = place.project;
    let Some((tables, objects)) = path.objects(project, place.file) else { return };
    let is_typed = |it: &semantic::points_to::FieldUse| {
        if it.file != place.file {
            return false;
        }
        // The field that is being typed is no field yet, nor is the word on the next line that now seems to be one.
        let source = project.files[it.file].source();
        let between = source.get(place.offset as usize..it.range.start as usize);
        it.range.start <= place.offset && place.offset <= it.range.end
            || between.is_some_and(|text| text.iter().all(u8::is_ascii_whitespace))
    };
    let mut names = tables.names_of(&objects, &is_typed);
    let own = names.len();
    // Data that is decoded here may be what the script encodes or decodes elsewhere.
    if !as_methods && !path.steps.iter().any(|step| matches!(step, Step::Field(_))) && tables.is_decoded(&objects) {
        names.extend(tables.names_of(&tables.data(), &is_typed));
    }
    for (nth, (name, id)) in names.into_iter().enumerate() {
        let name = tables.name(name);
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
        if !is_name || name.starts_with("__") || found.iter().any(|known| known.label == name) {
            continue;
        }
        let it = tables.field_use(id);
        let values = tables.field(&objects, name);
        let function = tables.functions(&values).next();
        let annotation = tables.annotation(&objects, name);
        let annotated = annotation.and_then(|found| Annotated::declared(project, found));
        let params = annotated.and_then(|of| of.signature(project)).map(|(params, _)| {
            let names = params.iter().skip(usize::from(as_methods)).map(|(name, _)| name.as_str());
            format!("({})", names.collect::<Vec<_>>().join(", "))
        });
        let is_function = function.is_some() || params.is_some();
        let detail = match function {
            Some((of, function)) => naming::params(&project.files[of].script, function, usize::from(as_methods)),
            None => params
                .or_else(|| Some(annotated?.text(project)))
                .or_else(|| render::declared_type(project, &tables, id))
                .unwrap_or_default(),
        };
        let kind = if is_function { CompletionKind::Function } else { CompletionKind::Field };
        let docs = render::documentation(project, it)
            .or_else(|| render::documentation(project, annotation?))
            .map_or(Docs::None, Docs::Text);
        let deprecated = function.is_some_and(|(of, function)| project.files[of].script.deprecated(function).is_some());
        let rank = if nth < own { 20 } else { 40 };
        found.push(Completion { rank, detail, docs, deprecated, ..Completion::new(name, kind) });
    }
}

/// Adds the fields that the flow analysis knows, with their types.
fn of_type(place: &Place<'_>, path: &Path, found: &mut Vec<Completion>) {
    if let Some(of) = type_of(place, path) {
        add_fields(place, of, found);
    }
}

/// The fields of the value of a call that ends at a place: `ok` of a status.
pub(super) fn of_call(place: &Place<'_>, end: u32, found: &mut Vec<Completion>) {
    let script = &place.project.files[place.file].script;
    let is_meant =
        |expr: &syntax::Expr| expr.range.end == end && matches!(expr.kind, ExprKind::Call(_) | ExprKind::MethodCall(_));
    let call = script.tree().exprs().find(|(_, expr)| is_meant(expr));
    if let Some(of) = call.and_then(|(id, _)| script.flow().of(id)) {
        add_fields(place, of, found);
    }
}

fn add_fields(place: &Place<'_>, of: &Type, found: &mut Vec<Completion>) {
    let flow = place.project.files[place.file].script.flow();
    for (name, field) in flow.fields(of) {
        // The field that is being typed is no field yet.
        if matches!(field, FieldType::Of(id) if flow.get(id).kinds.is_only(Kinds::ANY_NIL)) {
            continue;
        }
        let detail = flow.describe_field(of, &name, field);
        match found.iter_mut().find(|known| known.label == name) {
            Some(known) if known.kind == CompletionKind::Field && !detail.is_empty() => known.detail = detail,
            Some(_) => {}
            None => found.push(Completion { rank: 20, detail, ..Completion::new(name, CompletionKind::Field) }),
        }
    }
}

/// The type of the value that a path denotes: its variable has the type of its last read before the place, or its declared type.
fn type_of<'a>(place: &Place<'a>, path: &Path) -> Option<&'a Type> {
    let script = &place.project.files[place.file].script;
    let Root::Name(name, _) = &path.root else { return None };
    let local = visibility::visible(place.project, place.file, name, place.offset)?;
    let read = script.scopes[local]
        .reads
        .iter()
        .copied()
        .filter(|&read| {
            let expr = &script.tree()[read];
            expr.range.end <= place.offset && matches!(expr.kind, ExprKind::Name(_))
        })
        .max_by_key(|&read| script.tree()[read].range.start);
    let flow: &Flow = script.flow();
    let mut of =
        read.and_then(|read| flow.of(read)).filter(|of| !of.tables.is_empty()).or_else(|| flow.declared(local))?;
    for step in &path.steps {
        let Step::Field(name) = step else { return None };
        of = flow.fields(of).into_iter().find_map(|(known, field)| match field {
            FieldType::Of(id) if known == *name => Some(flow.get(id)),
            _ => None,
        })?;
    }
    Some(of)
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    fn fields(source: &str) -> Vec<String> {
        let (project, offset) = cursor(source);
        let mut all: Vec<String> =
            crate::completion::completions(&project, 0, offset, crate::completion::Trigger::Invoked)
                .items
                .into_iter()
                .map(|it| format!("{}: {}", it.label, it.detail))
                .collect();
        all.sort();
        all
    }

    #[test]
    fn decoded_data_has_the_fields_of_other_data() {
        let encodes = "redis.call('SET', KEYS[1], cjson.encode({ id = 1, opts = { delay = 2 } }))\n";
        let decodes = "local other = cjson.decode(ARGV[1])\nredis.call('SET', KEYS[1], other.name)\n";
        assert_eq!(
            fields(&format!("{encodes}{decodes}local data = cjson.decode(redis.call('GET', KEYS[1]))\nreturn data.$0")),
            ["id: 1", "name: ", "opts: {delay = 2}"]
        );
        // What is known of a field of it is its own.
        assert_eq!(
            fields(&format!(
                "{encodes}local data = cjson.decode(ARGV[1])\nlocal a = data.user.name\nreturn data.user.$0"
            )),
            ["name: "]
        );
        assert_eq!(fields(&format!("{encodes}local t = {{ a = 1 }}\nreturn t.$0")), ["a: 1"]);
    }

    #[test]
    fn fields_follow_from_the_type() {
        assert_eq!(fields("local r = redis.call('SET', KEYS[1], 1)\nreturn r.$0"), ["ok: 'OK'"]);
        assert_eq!(fields("local r = redis.pcall('INCR', KEYS[1])\nif r.$0 then return 1 end"), ["err: string"]);
        assert_eq!(
            fields("redis.setresp(3)\nlocal r = redis.call('HGETALL', KEYS[1])\nlocal m = r.$0"),
            ["map: table of string to string"]
        );
        assert_eq!(
            fields("local job = {id = KEYS[1]}\njob.tries = redis.call('INCR', KEYS[1])\nreturn job.$0"),
            ["id: string or nil", "tries: number"]
        );
        assert_eq!(fields("local r = redis.call('GET', KEYS[1])\nreturn r.$0"), Vec::<String>::new());
        assert_eq!(
            fields("local r = redis.call('PING')\nlocal t = {n = 1, add = function(self, x) return x end}\nt:$0"),
            ["add: (x)"]
        );
        assert!(fields("local r = redis.call('GET', KEYS[1])\nlocal x = r:$0").iter().any(|it| it.starts_with("sub:")));
    }
}
