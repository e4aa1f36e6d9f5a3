//! The checks of servers: before a script runs, and before each command that it calls.

use std::sync::{Arc, atomic::Ordering};

use commands::{CommandSpec, Family, Flags as CommandFlags, Target, Version, bind, key_slot, lookup};
use engine::{Engine, resolve};
use protocol::Reply;

use crate::{
    context::{Context, RunOptions, Slots},
    shebang::Flags,
};

/// The refusal of a call while memory is full.
pub const OOM: &str = "OOM command not allowed when used memory > 'maxmemory'.";

/// Checks a run before it begins.
///
/// # Errors
/// The server's reply where it does not run the script or function.
pub(crate) fn admit_run(engine: &mut Engine, cluster: bool, run: &RunOptions<'_>) -> Result<Option<Slots>, Reply> {
    if engine.is_full() && needs_memory(run.flags, run.compatible) {
        return Err(Reply::error(OOM));
    }
    if run.read_only && !run.compatible && !run.flags.has(Flags::NO_WRITES) {
        return Err(Reply::error("ERR Can not execute a script with write flag using *_ro command."));
    }
    slots(cluster, run)
}

/// Returns true if a script or function with these flags is not run while memory is full. A script without a shebang is: its
/// first write is refused.
pub(crate) fn needs_memory(flags: Flags, compatible: bool) -> bool {
    !compatible && !flags.has(Flags::ALLOW_OOM) && !flags.has(Flags::NO_WRITES)
}

/// The slot of the declared keys, where keys matter.
fn slots(cluster: bool, run: &RunOptions<'_>) -> Result<Option<Slots>, Reply> {
    if !cluster {
        return Ok(None);
    }
    if run.flags.has(Flags::NO_CLUSTER) {
        return Err(Reply::error("ERR Can not run script on cluster, 'no-cluster' flag is set."));
    }
    let declared = run.keys.first().map(|key| key_slot(key));
    if run.keys.iter().any(|key| Some(key_slot(key)) != declared) {
        return Err(Reply::error("CROSSSLOT Keys in request don't hash to the same slot"));
    }
    Ok(Some(Slots { declared }))
}

/// Finds the command of a call and checks if it may run.
///
/// # Errors
/// The text of the error; one that begins with `-` has a code of its own.
pub(crate) fn admit(context: &mut Context<'_>, words: &[Vec<u8>]) -> Result<&'static CommandSpec, String> {
    let found = find(context, words);
    let spec = found.as_ref().ok().copied();
    let admitted = found.and_then(|spec| check(context, spec, words).map(|()| spec));
    if let Err(text) = &admitted {
        // 6.2 counts what the command itself would refuse.
        let own = text.strip_prefix('-').filter(|_| spec.is_none());
        if context.engine.target.since(7, 0) {
            let text = text.strip_prefix('-').map_or_else(|| format!("ERR {text}"), str::to_owned);
            context.engine.stats.refuse_in_script(spec, text.as_bytes());
        } else if let Some(text) = own {
            context.engine.stats.refuse_in_script(None, text.as_bytes());
        }
    }
    admitted
}

fn check(context: &mut Context<'_>, spec: &'static CommandSpec, words: &[Vec<u8>]) -> Result<(), String> {
    let target = context.engine.target;
    if !resolve::fits(target, spec, words.len()) {
        // Vector sets left it to their module until Redis 8.4 to count words.
        if spec.group == "vector_set" && !target.redis_since(8, 4) {
            return Err(format!("-{}", String::from_utf8_lossy(&engine::Error::wrong_count(spec).0)));
        }
        return Err(match (target.family, target.since(7, 0)) {
            (Family::Valkey, _) => "Wrong number of args calling command from script",
            (_, true) => "Wrong number of args calling Redis command from script",
            (_, false) => "Wrong number of args calling Redis command From Lua script",
        }
        .to_owned());
    }
    let flags = spec.flags(target);
    if flags.has(CommandFlags::NOSCRIPT) && !context.engine.scripts_may_all {
        return Err(match (target.valkey_since(9, 0), target.since(7, 0)) {
            (true, _) => "This Valkey command is not allowed from script",
            (_, true) => "This Redis command is not allowed from script",
            (_, false) => "This Redis command is not allowed from scripts",
        }
        .to_owned());
    }
    acl(context, spec, words)?;
    let writes = flags.has(CommandFlags::WRITE);
    if context.read_only && (writes || spec.may_replicate()) {
        return Err("Write commands are not allowed from read-only scripts.".to_owned());
    }
    memory(context, flags)?;
    if let Some(slots) = context.slot {
        cluster(context, spec, words, slots.declared)?;
    }
    if writes && !context.wrote {
        context.wrote = true;
        if let Some(flag) = &context.written_flag {
            flag.store(true, Ordering::Relaxed);
        }
    }
    Ok(())
}

fn find(context: &Context<'_>, words: &[Vec<u8>]) -> Result<&'static CommandSpec, String> {
    let target = context.engine.target;
    resolve::command(target, words).map_err(|error| {
        let text = String::from_utf8_lossy(&error.0).into_owned();
        let modern = target.valkey_since(9, 1);
        if modern && text.starts_with("ERR unknown subcommand") {
            return text.strip_prefix("ERR ").unwrap_or(&text).to_owned();
        }
        // Before 7.0 a subcommand was the command's own affair.
        if !target.since(7, 0)
            && let Some(spec) = words.first().and_then(|name| lookup(name)).filter(|spec| spec.is_available(target))
        {
            let refused = spec
                .subcommands
                .iter()
                .any(|sub| sub.flags(target).has(CommandFlags::NOSCRIPT) && !sub.name.ends_with(" HELP"));
            return if refused {
                "This Redis command is not allowed from scripts".to_owned()
            } else {
                format!("-{text}")
            };
        }
        match (target.family, target.since(7, 0)) {
            (Family::Valkey, _) => "Unknown command called from script",
            (_, true) => "Unknown Redis command called from script",
            (_, false) => "Unknown Redis command called from Lua script",
        }
        .to_owned()
    })
}

/// A script may do what its client's user may.
fn acl(context: &mut Context<'_>, spec: &'static CommandSpec, words: &[Vec<u8>]) -> Result<(), String> {
    let Some(user) = context.restricted.as_ref() else { return Ok(()) };
    let user = Arc::clone(user);
    let engine = &mut *context.engine;
    let Err(denial) = user.permit(engine.target, spec, words, context.db) else { return Ok(()) };
    let line = engine.caller.line.clone();
    engine.note_refusal(denial.entry(engine.target, &user, spec, words, engine::acl::Context::Script, line));
    Err(denial.text_in_script(engine.target, &user, spec))
}

/// Full memory refuses the first write; a script that has written may go on.
fn memory(context: &Context<'_>, flags: CommandFlags) -> Result<(), String> {
    let refused = context.engine.is_full()
        && flags.has(CommandFlags::DENYOOM)
        && !context.wrote
        && !context.flags.has(Flags::ALLOW_OOM);
    if refused { Err(format!("-{}", OOM)) } else { Ok(()) }
}

fn cluster(
    context: &mut Context<'_>,
    spec: &CommandSpec,
    words: &[Vec<u8>],
    declared: Option<u16>,
) -> Result<(), String> {
    let target = context.engine.target;
    let known: Vec<_> = words.iter().map(|word| bind::Word::Known(word)).collect();
    let slots: Vec<u16> =
        bind::bind(&known, &[target]).keys().filter_map(|(at, _)| words.get(at)).map(|key| key_slot(key)).collect();
    let Some(first) = slots.first() else { return Ok(()) };
    if slots.iter().any(|slot| slot != first) {
        return Err(match since_cluster_texts(target) {
            true => format!(
                "Command '{}' in script attempted to access keys that don't hash to the same slot",
                spec.name.to_ascii_lowercase()
            ),
            false => non_local(target).to_owned(),
        });
    }
    // What is not declared may be on another node, where this one does not look.
    if declared != Some(*first) {
        let crossing = !context.compatible && declared.is_some() && !context.flags.has(Flags::ALLOW_CROSS_SLOT);
        return Err(if crossing {
            "Script attempted to access keys that do not hash to the same slot".to_owned()
        } else {
            non_local(target).to_owned()
        });
    }
    Ok(())
}

fn since_cluster_texts(target: Target) -> bool {
    match target.family {
        Family::Redis => target.version >= Version::new(7, 4),
        Family::Valkey => target.version >= Version::new(8, 0),
    }
}

fn non_local(target: Target) -> &'static str {
    if target.valkey_since(9, 1) {
        "Attempted to access a non local key in a cluster node"
    } else if target.since(7, 0) {
        "Script attempted to access a non local key in a cluster node"
    } else {
        "Lua script attempted to access a non local key in a cluster node"
    }
}
