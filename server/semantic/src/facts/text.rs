//! The facts in words: one line for a lens, a block for everything.

use std::fmt::Write as _;

use super::{
    Access, Carries, CommandFact, Facts, Judgement, KeyFact, Reason, Verdict, Words,
    servers::{Served, Servers},
};

impl Reason {
    /// "line 3", or "part.lua:3" in an included file, by its name alone.
    pub fn place(&self) -> String {
        match &self.path {
            None => format!("line {}", self.line),
            Some(path) => {
                let name = path.rsplit_once('/').map_or(path.as_str(), |(_, name)| name);
                format!("{name}:{}", self.line)
            }
        }
    }
}

impl Facts {
    /// All in one line: `read-only · 2 keys · O(log(N)) · deterministic · cluster-safe · Redis ≥ 6.2`.
    pub fn line(&self) -> String {
        let access = match self.access {
            Access::Nothing => "touches no data",
            Access::Reads => "read-only",
            Access::Writes(_) => "writes",
            Access::Unknown(_) => "may write",
        };
        let mut parts = vec![access.to_owned()];
        let open = self.keys.iter().any(|key| !key.template.is_one());
        match (self.keys.len(), open) {
            (0, _) => {}
            (many, true) => parts.push(format!("{many} or more keys")),
            (1, false) => parts.push("1 key".to_owned()),
            (many, false) => parts.push(format!("{many} keys")),
        }
        parts.extend(self.cost());
        match self.deterministic.verdict {
            Verdict::Yes | Verdict::If => parts.push("deterministic".to_owned()),
            // Since Redis 7.0 the effects of a script are replicated and never its text.
            _ if !self.sends_text => {}
            Verdict::Unknown => parts.push("perhaps deterministic".to_owned()),
            Verdict::No => parts.push("not deterministic".to_owned()),
        }
        parts.push(
            match self.cluster.verdict {
                Verdict::Yes => "cluster-safe",
                Verdict::If => "cluster-safe with hash tags",
                Verdict::Unknown => "perhaps cluster-safe",
                Verdict::No => "not cluster-safe",
            }
            .to_owned(),
        );
        parts.push(self.servers.short());
        // A lens has no room for a long one.
        if let Some(returns) = self.returns.as_ref().filter(|returns| returns.chars().count() <= 40) {
            parts.push(format!("returns {returns}"));
        }
        parts.join(" · ")
    }

    /// The highest cost among its commands; nothing when it calls none.
    pub fn cost(&self) -> Option<String> {
        if !self.unknown.is_empty() {
            return Some("cost unknown".to_owned());
        }
        let highest = self.commands.iter().rev().max_by_key(|command| command.weight())?;
        let cost = match (highest.words, highest.complexity) {
            (Words::Fixed, _) | (Words::Other, "") => "O(1)",
            (Words::Open, "O(1)" | "") => "O(N)",
            (_, complexity) => complexity,
        };
        Some(if highest.looped { format!("{cost} in a loop") } else { cost.to_owned() })
    }

    /// Everything, one fact per line, with the lines that it rests on.
    pub fn block(&self) -> String {
        let mut out = String::new();
        let mut row = |head: &str, text: &str| {
            let _ = writeln!(out, "{head:<15}{text}");
        };
        if let Some(why) = &self.incomplete {
            row("incomplete", why);
        }
        if let Some(returns) = &self.returns {
            row("returns", returns);
        }
        row("access", &access(&self.access));
        rows(&mut row, "keys", self.keys.iter().map(key));
        rows(&mut row, "commands", self.commands.iter().map(command));
        rows(&mut row, "unknown", self.unknown.iter().map(reason));
        judgement(&mut row, "deterministic", &self.deterministic);
        judgement(&mut row, "cluster", &self.cluster);
        let flags = self.flags.iter().filter(|flag| flag.present || flag.carries == Carries::Fits);
        let flags = flags.map(|flag| match (flag.present, flag.carries) {
            (true, Carries::Fits) => format!("{} (there): {}", flag.name, flag.reason),
            (true, Carries::Unfit) => format!("{} (there) is wrong: {}", flag.name, flag.reason),
            (true, Carries::Unknown) => format!("{} (there) may be wrong: {}", flag.name, flag.reason),
            (false, _) => format!("{} fits: {}", flag.name, flag.reason),
        });
        rows(&mut row, "flags", flags);
        rows(&mut row, "servers", servers(&self.servers).into_iter());
        out.truncate(out.trim_end().len());
        out
    }
}

fn rows(row: &mut impl FnMut(&str, &str), head: &str, texts: impl Iterator<Item = String>) {
    for (at, text) in texts.enumerate() {
        row(if at == 0 { head } else { "" }, &text);
    }
}

fn reason(reason: &Reason) -> String {
    format!("{} ({})", reason.text, reason.place())
}

fn list(reasons: &[Reason]) -> String {
    const MOST: usize = 4;
    let mut shown: Vec<String> = reasons.iter().take(MOST).map(reason).collect();
    if reasons.len() > MOST {
        shown.push(format!("{} more", reasons.len() - MOST));
    }
    shown.join(", ")
}

fn access(access: &Access) -> String {
    match access {
        Access::Nothing => "touches no data".to_owned(),
        Access::Reads => "read-only".to_owned(),
        Access::Writes(by) => format!("writes: {}", list(by)),
        Access::Unknown(why) => format!("unknown: {}", list(why)),
    }
}

fn key(key: &KeyFact) -> String {
    let does = [(key.read, "read"), (key.write, "write"), (key.delete, "delete")];
    let does: Vec<&str> = does.iter().filter(|(does, _)| *does).map(|(_, text)| *text).collect();
    let types = if key.types.is_empty() { String::new() } else { format!(", {}", key.types.join(" or ")) };
    format!("{}: {}{types}", key.template, does.join(", "))
}

fn command(command: &CommandFact) -> String {
    let mut text = command.spec.name.to_owned();
    if !command.complexity.is_empty() {
        let _ = write!(text, " {}", command.complexity);
    }
    match (command.words, command.complexity) {
        (Words::Fixed, "O(1)") | (Words::Other, _) => {}
        (Words::Fixed, _) => text.push_str(", N being the words of the call"),
        (Words::Open, "O(1)") => text.push_str(" for each word, of any number"),
        (Words::Open, _) => text.push_str(", N being any number of words"),
    }
    if command.unbounded {
        text.push_str(", unbounded");
    }
    if command.looped {
        text.push_str(", in a loop");
    }
    const MOST: usize = 4;
    let mut places: Vec<String> = command.calls.iter().take(MOST).map(Reason::place).collect();
    if command.calls.len() > MOST {
        places.push(format!("{} more", command.calls.len() - MOST));
    }
    format!("{text} ({})", places.join(", "))
}

fn judgement(row: &mut impl FnMut(&str, &str), head: &str, it: &Judgement) {
    let verdict = match it.verdict {
        Verdict::Yes => "yes",
        Verdict::If => "on a condition: ",
        Verdict::Unknown => "unknown: ",
        Verdict::No => "no: ",
    };
    const MOST: usize = 5;
    let mut texts = it.reasons.iter().take(MOST).map(reason);
    row(head, &format!("{verdict}{}", texts.next().unwrap_or_default()));
    texts.for_each(|text| row("", &text));
    if it.reasons.len() > MOST {
        row("", &format!("{} more", it.reasons.len() - MOST));
    }
    if let Some(note) = it.note {
        row("", note);
    }
}

impl Served {
    /// "≥ 7.0", "6.2 only", "6.2 to 7.0".
    fn range(&self) -> Option<String> {
        let oldest = self.oldest?;
        Some(match self.newest {
            None => format!("≥ {oldest}"),
            Some(newest) if newest == oldest => format!("{oldest} only"),
            Some(newest) => format!("{oldest} to {newest}"),
        })
    }

    /// True if every known version has all.
    fn is_all(&self) -> bool {
        self.newest.is_none() && self.needs.is_empty() && self.oldest.is_some()
    }
}

impl Servers {
    /// `Redis ≥ 7.0`; with Valkey where that is not all of them.
    pub fn short(&self) -> String {
        if !self.broken.is_empty() {
            return "no server takes it".to_owned();
        }
        let unsure = if self.unsure.is_empty() { "" } else { ", perhaps newer" };
        match (self.redis.range(), self.valkey.range()) {
            (Some(redis), Some(_)) if self.valkey.is_all() => format!("Redis {redis}{unsure}"),
            (Some(redis), Some(valkey)) => format!("Redis {redis}, Valkey {valkey}{unsure}"),
            (Some(redis), None) => format!("Redis {redis}, not Valkey{unsure}"),
            (None, Some(valkey)) => format!("Valkey {valkey}, not Redis{unsure}"),
            (None, None) => "no server has all".to_owned(),
        }
    }
}

fn servers(servers: &Servers) -> Vec<String> {
    let mut texts = Vec::new();
    for served in [&servers.redis, &servers.valkey] {
        let family = served.family.title();
        let mut text = match served.oldest {
            None => format!("no {family}: it lacks {}", list(&served.needs)),
            Some(oldest) if served.needs.is_empty() => {
                format!("{family} from {oldest} on; older ones are not known here")
            }
            Some(oldest) => format!("{family} from {oldest} on; older ones lack {}", list(&served.needs)),
        };
        if let Some(newest) = served.newest {
            let _ = write!(text, "; up to {newest}, for newer ones lack {}", list(&served.lost));
        }
        texts.push(text);
    }
    texts.extend(servers.unsure.iter().map(|it| format!("not counted: {}", reason(it))));
    texts.extend(servers.broken.iter().map(|it| format!("no server takes: {}", reason(it))));
    texts
}

#[cfg(test)]
mod tests {
    use crate::facts::test_support::*;

    #[test]
    fn one_line_says_it() {
        let line = |source: &str| facts(source).line();
        assert_eq!(
            line("return redis.call('ZSCORE', KEYS[1], ARGV[1])"),
            "read-only · 1 key · O(1) · deterministic · cluster-safe · Redis ≥ 6.2 · returns \"…\" | (nil)"
        );
        assert_eq!(
            line("return 1"),
            "touches no data · deterministic · cluster-safe · Redis ≥ 6.2 · returns (integer) 1"
        );
        assert_eq!(
            line("for _, m in ipairs(redis.call('SMEMBERS', 'all')) do redis.call('ZADD', KEYS[1] .. m, 1, 'x') end"),
            "writes · 2 or more keys · O(log(N)) in a loop · not cluster-safe · Redis ≥ 6.2 · returns (nil)"
        );
        assert_eq!(
            line("return redis.call(ARGV[1])"),
            "may write · cost unknown · perhaps cluster-safe · Redis ≥ 6.2, perhaps newer"
        );
        assert_eq!(
            line("return redis.call('HGETDEL', KEYS[1], 'FIELDS', 1, 'a')"),
            "writes · 1 key · O(N) · deterministic · cluster-safe · Redis ≥ 8.0, Valkey ≥ 9.1 · returns array of (\"…\" | (nil))"
        );
    }

    #[test]
    fn a_block_says_all() {
        let block =
            facts("-- a lock\nlocal key = KEYS[1] .. ':lock'\nreturn redis.call('SET', key, ARGV[1], 'NX')\n").block();
        let wanted = "returns        OK | (nil)\n\
                      access         writes: SET (line 3)\n\
                      keys           KEYS[1] .. ':lock': write, string\n\
                      commands       SET O(1) (line 3)\n\
                      deterministic  yes\n\
                      cluster        on a condition: KEYS[1] must have a hash tag, for KEYS[1] .. ':lock' to be in its slot (line 3)\n\
                      servers        Redis from 6.2 on; older ones are not known here\n               \
                      Valkey from 7.2 on; older ones are not known here";
        assert_eq!(block, wanted);
    }
}
