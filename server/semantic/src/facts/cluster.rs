//! Verdict on running a script on a cluster.
//!
//! A cluster finds the node of a script by its KEYS. All other keys must be in a slot of that node, so the verdict asks if
//! they must be in the slot of one of the KEYS.

use commands::CommandId;

use super::{Judgement, KeyFact, KeySource, Piece, Reason, Template, Verdict, world::World};
use crate::values::Reach;

pub(super) fn of(world: &World<'_>, keys: &[KeyFact]) -> Judgement {
    use CommandId as Id;
    let mut found: Vec<(Verdict, Reason)> = Vec::new();
    for seen in &world.calls {
        let Some(spec) = seen.spec else { continue };
        let text = match spec.id {
            // Valkey 9.0 has databases on clusters.
            Id::Select | Id::Move | Id::Swapdb => format!("{} is refused there, but by Valkey from 9.0 on", spec.name),
            Id::Keys | Id::Scan | Id::Randomkey | Id::Dbsize | Id::Flushall | Id::Flushdb => {
                format!("{} sees the keys of one node only", spec.name)
            }
            Id::Spublish => {
                let text = "SPUBLISH's channel must be of the node's slots";
                found.push((Verdict::If, world.reason(seen.part, seen.call.call, text)));
                continue;
            }
            _ => continue,
        };
        found.push((Verdict::No, world.reason(seen.part, seen.call.call, text)));
    }
    for key in keys {
        if let Some((verdict, text)) = of_key(key) {
            found.push((verdict, Reason { text, ..key.first.clone() }));
        }
    }
    if let Some(shebang) = &world.script(0).shebang
        && let Some(flag) = shebang.flags().iter().find(|flag| flag.text == "no-cluster")
    {
        found.push((Verdict::No, world.reason_at(0, flag.range.start, "its flag no-cluster refuses it")));
    }
    found.extend(world.unknown_calls().into_iter().map(|reason| (Verdict::Unknown, reason)));
    let mut judgement = Judgement::of(found);
    let mut declared: Vec<Option<u32>> = Vec::new();
    for piece in keys.iter().flat_map(|key| &key.template.0) {
        if let Piece::Key(index) = piece
            && !declared.contains(index)
        {
            declared.push(*index);
        }
    }
    if judgement.verdict < Verdict::Unknown {
        judgement.note = match declared[..] {
            [] if keys.is_empty() => Some("it touches no key, so any node will do"),
            [] | [Some(_)] => None,
            _ => Some("the caller must give keys of one slot"),
        };
    }
    judgement
}

/// Returns the verdict that a key causes, with its reason; none for a declared key.
fn of_key(key: &KeyFact) -> Option<(Verdict, String)> {
    let shown = &key.template;
    Some(match key.source {
        KeySource::Declared => return None,
        KeySource::Constant => (Verdict::No, format!("the key {shown} is written in the script")),
        KeySource::Argument => (Verdict::No, format!("the key {shown} is not declared: it comes from ARGV")),
        KeySource::Reply => (Verdict::No, format!("the key {shown} is not declared: it comes from a reply")),
        KeySource::Unknown => (Verdict::Unknown, format!("the key {shown} cannot be told")),
        KeySource::Built => return of_built(&key.template),
    })
}

fn of_built(template: &Template) -> Option<(Verdict, String)> {
    let (key, reach) = template.reach()?;
    Some(match reach {
        Reach::Tagged => (Verdict::If, format!("{key} must have no braces, for {template} to be in its slot")),
        Reach::Never => (Verdict::No, format!("the key {template} has a hash tag of its own, not that of {key}")),
        Reach::IfTagged => (Verdict::If, format!("{key} must have a hash tag, for {template} to be in its slot")),
        Reach::IfFirst => (
            Verdict::If,
            format!("{key} must have a hash tag, and nothing before it in {template}, for that to be in its slot"),
        ),
    })
}

#[cfg(test)]
mod tests {
    use crate::facts::test_support::*;

    fn told(source: &str) -> String {
        let judgement = facts(source).cluster;
        format!("{} ({})", shown(&judgement), judgement.note.unwrap_or("-"))
    }

    #[test]
    fn which_keys_are_in_reach() {
        assert_eq!(told("return redis.call('GET', KEYS[1])"), "Yes (-)");
        assert_eq!(told("return 1"), "Yes (it touches no key, so any node will do)");
        assert_eq!(told("redis.call('RENAME', KEYS[1], KEYS[2])"), "Yes (the caller must give keys of one slot)");
        assert_eq!(told("redis.call('GET', 'a')"), "No the key 'a' is written in the script@1 (-)");
        assert_eq!(told("redis.call('GET', ARGV[1])"), "No the key ARGV[1] is not declared: it comes from ARGV@1 (-)");
        assert_eq!(told("redis.call('GET', KEYS[1]:rep(2))"), "Unknown the key ⟨KEYS[1]:rep(2)⟩ cannot be told@1 (-)");
        assert_eq!(
            told("redis.call('GET', KEYS[1] .. ':x')"),
            "If KEYS[1] must have a hash tag, for KEYS[1] .. ':x' to be in its slot@1 (-)"
        );
        assert_eq!(
            told("redis.call('GET', '{' .. KEYS[1] .. '}:x')"),
            "If KEYS[1] must have no braces, for '{' .. KEYS[1] .. '}:x' to be in its slot@1 (-)"
        );
        assert_eq!(
            told("redis.call('GET', '{a}' .. KEYS[1])"),
            "No the key '{a}' .. KEYS[1] has a hash tag of its own, not that of KEYS[1]@1 (-)"
        );
    }

    #[test]
    fn commands_of_one_node() {
        assert_eq!(told("redis.call('SELECT', 1)"), "No SELECT is refused there, but by Valkey from 9.0 on@1 (-)");
        assert_eq!(told("redis.call('KEYS', 'a*')"), "No KEYS sees the keys of one node only@1 (-)");
        assert_eq!(told("#!lua flags=no-cluster\nreturn 1"), "No its flag no-cluster refuses it@1 (-)");
    }
}
