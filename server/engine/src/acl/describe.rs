//! Users as `ACL LIST` and `ACL GETUSER` show them.

use commands::Target;

use super::{
    Selector, User, command_name,
    rules::{commands_of, of_category},
    user::Sanitize,
};
use crate::names::CATEGORIES;

impl User {
    /// The flags as `ACL GETUSER` lists them; before 7.0 with those of the selector.
    pub(crate) fn flags(&self, target: Target) -> Vec<&'static str> {
        let selector = &self.selectors[0];
        let old = !target.since(7, 0);
        let sanitizes = !target.valkey_since(9, 1);
        let all = [
            (if self.enabled { "on" } else { "off" }, true),
            ("allkeys", old && selector.all_keys),
            ("allchannels", old && selector.all_channels),
            ("allcommands", old && selector.all_commands),
            ("nopass", self.no_password),
            ("skip-sanitize-payload", sanitizes && self.sanitize == Sanitize::Skip),
            ("sanitize-payload", sanitizes && self.sanitize == Sanitize::Yes),
        ];
        all.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }

    /// The line of `ACL LIST`.
    pub(crate) fn line(&self, target: Target) -> Vec<u8> {
        let mut out = [b"user ", self.name.as_slice()].concat();
        let flags = self.flags(target);
        for flag in flags.iter().filter(|flag| !flag.starts_with("all")) {
            out.push(b' ');
            out.extend_from_slice(flag.as_bytes());
        }
        for hash in &self.passwords {
            out.extend_from_slice(b" #");
            out.extend_from_slice(hash.as_bytes());
        }
        for (at, selector) in self.selectors.iter().enumerate() {
            out.extend_from_slice(if at == 0 { b" " } else { b" (" });
            out.extend_from_slice(&selector.text(target));
            if at > 0 {
                out.push(b')');
            }
        }
        out
    }
}

impl Selector {
    /// All rules: keys, channels, databases, commands.
    fn text(&self, target: Target) -> Vec<u8> {
        let mut parts = vec![self.keys_text()];
        let channels = self.channels_text();
        match self.all_channels {
            true => parts.push(channels),
            false => {
                parts.push(b"resetchannels".to_vec());
                parts.push(channels);
            }
        }
        if self.databases.is_some() {
            parts.push(self.databases_text());
        }
        parts.push(self.commands_text(target));
        parts.retain(|part| !part.is_empty());
        parts.join(&b' ')
    }

    pub(crate) fn keys_text(&self) -> Vec<u8> {
        if self.all_keys {
            return b"~*".to_vec();
        }
        let one = |key: &super::selector::KeyPattern| {
            let mark: &[u8] = match (key.read, key.write) {
                (true, true) => b"~",
                (true, false) => b"%R~",
                _ => b"%W~",
            };
            [mark, &key.pattern].concat()
        };
        self.keys.iter().map(one).collect::<Vec<_>>().join(&b' ')
    }

    pub(crate) fn channels_text(&self) -> Vec<u8> {
        if self.all_channels {
            return b"&*".to_vec();
        }
        self.channels.iter().map(|channel| [b"&", channel.as_slice()].concat()).collect::<Vec<_>>().join(&b' ')
    }

    pub(crate) fn databases_text(&self) -> Vec<u8> {
        match &self.databases {
            None => b"alldbs".to_vec(),
            Some(numbers) if numbers.is_empty() => b"resetdbs".to_vec(),
            Some(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
                format!("db={}", numbers.join(",")).into_bytes()
            }
        }
    }

    /// The rules of commands: since 7.2 as they were given, before as few as make the same.
    pub(crate) fn commands_text(&self, target: Target) -> Vec<u8> {
        let base = if self.future { "+@all" } else { "-@all" };
        let rules = match target.since(7, 2) {
            true => self.rules.clone(),
            false => self.shortest(target),
        };
        let sign = |on: bool| if on { '+' } else { '-' };
        let rules = rules.iter().map(|(on, name)| format!(" {}{name}", sign(*on)));
        format!("{base}{}", rules.collect::<String>()).into_bytes()
    }

    /// Categories that fit best, one after the other, then single commands.
    fn shortest(&self, target: Target) -> Vec<(bool, String)> {
        let adds = !self.future;
        let mut made = Selector::new(false);
        // What is left to be told.
        let mut left = self.clone();
        if !adds {
            made.allow_everything();
        }
        let mut rules = Vec::new();
        let mut told: Vec<&str> = Vec::new();
        loop {
            let mut best: Option<(usize, usize, &str)> = None;
            for category in CATEGORIES.iter().filter(|category| !told.contains(category)) {
                let (mut on, mut off) = (0, 0);
                for spec in of_category(target, category) {
                    match left.allows(spec.id) {
                        true => on += 1,
                        false => off += 1,
                    }
                }
                let (same, differs) = if adds { (on, off) } else { (off, on) };
                let better = best.is_none_or(|(least, most, _)| differs < least || (differs == least && same > most));
                if same > differs && better {
                    best = Some((differs, same, category));
                }
            }
            let Some((.., category)) = best else { break };
            for spec in of_category(target, category) {
                made.set(spec, adds);
                left.set(spec, !adds);
            }
            told.push(category);
            rules.push((adds, format!("@{category}")));
        }
        for spec in commands::all().iter().filter(|spec| spec.is_available(target)) {
            let subs = if target.since(7, 0) { spec.subcommands } else { &[] };
            let subs = || subs.iter().filter(|sub| sub.is_available(target));
            if self.allows(spec.id) != made.allows(spec.id) {
                rules.push((self.allows(spec.id), command_name(spec, target)));
                made.set(spec, self.allows(spec.id));
            }
            for sub in subs().filter(|sub| self.allows(sub.id) != made.allows(sub.id)) {
                rules.push((self.allows(sub.id), command_name(sub, target)));
            }
        }
        for spec in commands_of(target) {
            for arg in self.first_args.get(&(spec.id as u16)).into_iter().flatten() {
                let name = command_name(spec, target);
                rules.push((true, format!("{name}|{}", String::from_utf8_lossy(arg))));
            }
        }
        rules
    }
}
