//! The fields that a value has by its type: of status and error replies, of RESP3's tables, of tables that the script makes.

use semantic::flow::{FieldType, Kinds, Type};
use syntax::ExprKind;

use super::{Completion, CompletionKind, Place};
use crate::call_site;

/// The fields of the value behind a dot; those that are listed already are left out.
pub(super) fn of_type(place: &Place<'_>, base: &str, found: &mut Vec<Completion>) {
    let script = &place.project.files[place.file].script;
    let flow = script.flow();
    let Some(of) = value(place, base) else { return };
    let mut add = |name: String, detail: String| match found.iter_mut().find(|known| known.label == name) {
        Some(known) => known.detail = detail,
        None => found.push(Completion { rank: 20, detail, ..Completion::new(name, CompletionKind::Field) }),
    };
    for (name, field) in flow.fields(of) {
        // The field that is being typed is no field yet.
        if !matches!(field, FieldType::Of(id) if flow.get(id).kinds.is_only(Kinds::ANY_NIL)) {
            let detail = flow.describe_field(of, &name, field);
            add(name, detail);
        }
    }
}

/// Whether what is before the colon can be nothing but a table.
pub(super) fn is_table(place: &Place<'_>, base: &str) -> bool {
    value(place, base).is_some_and(|of| of.kinds.is_only(Kinds::TABLE))
}

/// What the name before the dot is: at the nearest place where it was read, or where it is declared.
fn value<'a>(place: &Place<'a>, base: &str) -> Option<&'a Type> {
    let script = &place.project.files[place.file].script;
    let local = call_site::visible(place.project, place.file, base, place.offset)?;
    let read = script.scopes[local]
        .reads
        .iter()
        .copied()
        .filter(|&read| {
            let expr = &script.tree()[read];
            expr.range.end <= place.offset && matches!(expr.kind, ExprKind::Name(_))
        })
        .max_by_key(|&read| script.tree()[read].range.start);
    let flow = script.flow();
    read.and_then(|read| flow.of(read)).filter(|of| !of.tables.is_empty()).or_else(|| flow.declared(local))
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    fn fields(source: &str) -> Vec<String> {
        let (project, offset) = cursor(source);
        let mut all: Vec<String> = crate::completion::completions(&project, 0, offset)
            .items
            .into_iter()
            .map(|it| format!("{}: {}", it.label, it.detail))
            .collect();
        all.sort();
        all
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
            ["add: function"]
        );
        assert!(fields("local r = redis.call('GET', KEYS[1])\nlocal x = r:$0").iter().any(|it| it.starts_with("sub:")));
    }
}
