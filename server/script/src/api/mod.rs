//! The table `redis`, which Valkey calls `server` too.

mod acl;
mod call;
mod log;
mod register;
mod replies;
mod settings;

use commands::{
    Target,
    api::{self, Context as Life},
};
use engine::release;

pub(crate) use replies::push_text;

use crate::lua::{Function, State, function};

pub(crate) use call::SHIELDED_PCALL;

fn number_of(version: &str) -> f64 {
    version.split('.').fold(0.0, |number, part| number * 256.0 + part.parse().unwrap_or(0.0))
}

/// The functions of the table, by name.
fn functions() -> [(&'static str, Function); 13] {
    [
        ("call", function!(call::call)),
        ("pcall", function!(call::pcall)),
        ("error_reply", function!(replies::error_reply)),
        ("status_reply", function!(replies::status_reply)),
        ("sha1hex", function!(replies::sha1hex)),
        ("log", function!(log::log)),
        ("setresp", function!(settings::setresp)),
        ("set_repl", function!(settings::set_repl)),
        ("replicate_commands", function!(settings::replicate_commands)),
        ("acl_check_cmd", function!(acl::acl_check_cmd)),
        ("breakpoint", function!(settings::breakpoint)),
        ("debug", function!(settings::debug)),
        ("register_function", function!(register::register_function)),
    ]
}

/// Leaves the table on the stack, with what a server's scripts see in a part of its life.
pub(crate) fn register(state: State, target: Target, life: Life) {
    state.new_table(0, 32);
    for item in api::members("redis").filter(|item| api::has_member(item, target, life)) {
        if let Some((_, function)) = functions().into_iter().find(|(name, _)| *name == item.name) {
            state.push_function(function, 0);
        } else if !push_constant(state, item.name, target) {
            continue;
        }
        state.raw_set_str(-2, item.name);
    }
}

fn push_constant(state: State, name: &str, target: Target) -> bool {
    // Valkey says for ever which Redis it comes from.
    let redis = release::redis(target);
    let number = match name {
        "LOG_DEBUG" | "REPL_NONE" => 0.0,
        "LOG_VERBOSE" | "REPL_AOF" => 1.0,
        "LOG_NOTICE" | "REPL_SLAVE" | "REPL_REPLICA" => 2.0,
        "LOG_WARNING" | "REPL_ALL" => 3.0,
        "REDIS_VERSION_NUM" => number_of(&redis),
        "VALKEY_VERSION_NUM" => number_of(&release::text(target)),
        "REDIS_VERSION" => {
            state.push_str(&redis);
            return true;
        }
        "VALKEY_VERSION" => {
            state.push_str(&release::text(target));
            return true;
        }
        "SERVER_NAME" => {
            state.push_str("valkey");
            return true;
        }
        _ => return false,
    };
    state.push_number(number);
    true
}

#[cfg(test)]
mod tests {
    use commands::api::MEMBERS;

    use super::*;

    #[test]
    fn every_member_of_the_table_is_there() {
        for item in MEMBERS.iter().filter(|item| item.table == "redis") {
            let is_function = functions().iter().any(|(name, _)| *name == item.name);
            assert_eq!(is_function, item.args.is_some(), "{}", item.name);
        }
        assert_eq!(number_of("7.0.15"), 458_767.0);
    }
}
