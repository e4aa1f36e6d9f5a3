//! Flags that the shebang of a script, or the registration of a function, could carry.

use commands::{CommandId, CommandSpec, Flags};

use super::{Access, Judgement, KeyFact, KeySource, Piece, Verdict, world::World};
use crate::Registration;

/// Fitness of a flag for a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carries {
    /// The flag is possible and useful.
    Fits,
    /// The script would fail with the flag, or the flag changes nothing.
    Unfit,
    /// Unknown.
    Unknown,
}

/// A flag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlagFact {
    /// Its name.
    pub name: &'static str,
    /// True if it is fit.
    pub carries: Carries,
    /// True if the script has it.
    pub present: bool,
    /// The reason.
    pub reason: String,
}

pub(super) fn of(
    world: &World<'_>,
    registration: Option<&Registration>,
    access: &Access,
    keys: &[KeyFact],
    cluster: &Judgement,
) -> Vec<FlagFact> {
    let given: Vec<String> = match registration {
        Some(registration) => registration.flags.iter().flatten().map(|(flag, _)| flag.to_ascii_lowercase()).collect(),
        None => world
            .script(0)
            .shebang
            .as_ref()
            .map(|shebang| shebang.flags().into_iter().map(|flag| flag.text).collect())
            .unwrap_or_default(),
    };
    let all =
        [no_writes(world, access), allow_oom(world, access), allow_stale(world), no_cluster(cluster), slots(keys)];
    ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"]
        .into_iter()
        .zip(all)
        .map(|(name, (carries, reason))| FlagFact {
            name,
            carries,
            present: given.iter().any(|flag| flag == name),
            reason,
        })
        .collect()
}

fn unknown(world: &World<'_>) -> Option<(Carries, String)> {
    let first = world.unknown_calls().into_iter().next()?;
    Some((Carries::Unknown, format!("{} on line {}", first.text, first.line)))
}

fn commands<'w>(world: &'w World<'_>) -> impl Iterator<Item = &'static CommandSpec> + 'w {
    world.calls.iter().filter_map(|seen| seen.spec)
}

fn no_writes(world: &World<'_>, access: &Access) -> (Carries, String) {
    match access {
        Access::Writes(by) => (Carries::Unfit, format!("{} writes", by[0].text)),
        Access::Unknown(why) => (Carries::Unknown, why[0].text.clone()),
        Access::Reads | Access::Nothing => match commands(world).find(|spec| spec.may_replicate()) {
            // What is replicated counts as a write there.
            Some(spec) => (Carries::Unfit, format!("{} is refused in read-only scripts", spec.name)),
            None => (Carries::Fits, "it writes nothing: replicas and EVAL_RO take it".to_owned()),
        },
    }
}

fn allow_oom(world: &World<'_>, access: &Access) -> (Carries, String) {
    if let Some(spec) = commands(world).find(|spec| world.flags(spec).has(Flags::DENYOOM)) {
        // The flag lifts the check of each command too, so the script would fill the memory further.
        return (Carries::Unfit, format!("{} takes memory", spec.name));
    }
    match access {
        Access::Unknown(why) => (Carries::Unknown, why[0].text.clone()),
        Access::Reads | Access::Nothing if no_writes(world, access).0 == Carries::Fits => {
            (Carries::Unfit, "no-writes has it in it".to_owned())
        }
        _ => unknown(world)
            .unwrap_or_else(|| (Carries::Fits, "no command of it is refused when memory is full".to_owned())),
    }
}

/// On a replica that lost its master, only commands that do not look at the data are allowed.
fn allow_stale(world: &World<'_>) -> (Carries, String) {
    use CommandId as Id;
    let is_stale = |spec: &CommandSpec| {
        matches!(
            spec.id,
            Id::Time | Id::Echo | Id::Publish | Id::Spublish | Id::Info | Id::Lastsave | Id::Select | Id::Command
        )
    };
    if let Some(spec) = commands(world).find(|spec| !is_stale(spec)) {
        return (Carries::Unfit, format!("{} is refused on a stale replica", spec.name));
    }
    unknown(world).unwrap_or_else(|| (Carries::Fits, "it needs no data that may be stale".to_owned()))
}

fn no_cluster(cluster: &Judgement) -> (Carries, String) {
    match (cluster.verdict, cluster.reasons.first()) {
        (Verdict::No, Some(first)) => (Carries::Fits, first.text.clone()),
        (Verdict::Unknown, Some(first)) => (Carries::Unknown, first.text.clone()),
        (Verdict::If, Some(first)) => (Carries::Unfit, format!("it may run on a cluster: {}", first.text)),
        _ => (Carries::Unfit, "it may run on a cluster".to_owned()),
    }
}

/// With a shebang, undeclared keys must share the slot of the declared ones unless this flag is there; the declared ones always
/// must share one.
fn slots(keys: &[KeyFact]) -> (Carries, String) {
    let undeclared = keys.iter().find(|key| !matches!(key.source, KeySource::Declared | KeySource::Built));
    match undeclared {
        Some(key) if key.template.0.iter().any(|piece| matches!(piece, Piece::Unknown(_))) => {
            (Carries::Unknown, format!("the key {} cannot be told", key.template))
        }
        Some(key) => (Carries::Fits, format!("{} may be of another slot, and must be on the same node", key.template)),
        None => (Carries::Unfit, "its keys all come from KEYS, which must be of one slot in any case".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::test_support::*;

    fn fit(source: &str) -> Vec<&'static str> {
        let flags = facts(source).flags;
        flags.iter().filter(|flag| flag.carries == Carries::Fits).map(|flag| flag.name).collect()
    }

    #[test]
    fn what_a_shebang_may_say() {
        assert_eq!(fit("return redis.call('GET', KEYS[1])"), ["no-writes"]);
        assert_eq!(fit("return 1"), ["no-writes", "allow-stale"]);
        assert_eq!(fit("redis.call('DEL', KEYS[1])"), ["allow-oom"]);
        assert_eq!(fit("redis.call('SET', KEYS[1], 1)"), Vec::<&str>::new());
        assert_eq!(fit("redis.call('PUBLISH', 'a', 'b')"), ["allow-oom", "allow-stale"]);
        assert_eq!(fit("redis.call('GET', 'a')"), ["no-writes", "no-cluster", "allow-cross-slot-keys"]);
        assert_eq!(fit("redis.call(ARGV[1])"), Vec::<&str>::new());
    }

    #[test]
    fn what_is_there() {
        let has = |source: &str| {
            let flags = all(source).remove(0).flags;
            flags.iter().filter(|flag| flag.present).map(|flag| (flag.name, flag.carries)).collect::<Vec<_>>()
        };
        assert_eq!(has("#!lua flags=no-writes\nredis.call('SET', KEYS[1], 1)"), [("no-writes", Carries::Unfit)]);
        assert_eq!(
            has(
                "#!lua name=l\nredis.register_function{function_name='f', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}"
            ),
            [("no-writes", Carries::Fits)]
        );
    }
}
