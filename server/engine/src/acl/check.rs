//! Checks of a user's permission for a call.

use commands::{CommandId, CommandSpec, Target};
use protocol::number::parse_int;

use super::{Selector, User, permitted};
use crate::{
    getkeys::{self, Key},
    key_access,
};

/// Action that a user may not take.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Denial {
    /// Call the command.
    Command,
    /// Access the key that is the word at this place.
    Key(usize),
    /// Access the database that the word at this place names, 0 being that of the client (Valkey 9.1).
    Database(usize),
    /// Access the channel that is the word at this place.
    Channel(usize),
}

/// A call whose keys and channels are found once for all selectors.
struct Asked<'a> {
    target: Target,
    spec: &'static CommandSpec,
    words: &'a [Vec<u8>],
    db: usize,
    keys: Option<Vec<Key>>,
}

impl User {
    /// Checks that the user may make a call in a database. One selector that allows it is enough.
    ///
    /// # Errors
    /// The [`Denial`] of the selector that comes furthest in the checks.
    pub fn permit(
        &self,
        target: Target,
        spec: &'static CommandSpec,
        words: &[Vec<u8>],
        db: usize,
    ) -> Result<(), Denial> {
        if self.is_unrestricted() || is_open_to_all(target, spec.id) {
            return Ok(());
        }
        let mut asked = Asked { target, spec, words, db, keys: None };
        let mut worst = Denial::Command;
        for selector in &self.selectors {
            match asked.by(selector) {
                Ok(()) => return Ok(()),
                Err(denial) => worst = worst.max(denial),
            }
        }
        Err(worst)
    }
}

/// Commands that need no permission: one could not become another user without them.
fn is_open_to_all(target: Target, id: CommandId) -> bool {
    match id {
        CommandId::Auth | CommandId::Hello | CommandId::Quit => true,
        CommandId::Reset => target.since(7, 0),
        _ => false,
    }
}

/// Channels of a call: their places, and true if they are patterns.
fn channels(spec: &CommandSpec, count: usize) -> (std::ops::Range<usize>, bool) {
    match spec.id {
        CommandId::Publish | CommandId::Spublish => (1..count.min(2), false),
        CommandId::Subscribe | CommandId::Ssubscribe => (1..count, false),
        CommandId::Psubscribe => (1..count, true),
        _ => (0..0, false),
    }
}

impl Asked<'_> {
    fn by(&mut self, selector: &Selector) -> Result<(), Denial> {
        if !self.allows_command(selector) {
            return Err(Denial::Command);
        }
        if !selector.all_keys {
            self.check_keys(selector)?;
        }
        if let Some(databases) = &selector.databases
            && let Some((at, _)) = self.databases().iter().find(|(_, db)| !db.is_some_and(|db| databases.contains(&db)))
        {
            return Err(Denial::Database(*at));
        }
        let (places, pattern) = channels(self.spec, self.words.len());
        match places.into_iter().find(|at| !selector.allows_channel(&self.words[*at], pattern)) {
            Some(at) => Err(Denial::Channel(at)),
            None => Ok(()),
        }
    }

    fn allows_command(&self, selector: &Selector) -> bool {
        let spec = permitted(self.target, self.spec);
        if selector.allows(spec.id) {
            return true;
        }
        let first = self.words.get(1);
        let args = selector.first_args.get(&(spec.id as u16)).into_iter().flatten();
        first.is_some_and(|first| args.into_iter().any(|arg| arg.eq_ignore_ascii_case(first)))
    }

    fn check_keys(&mut self, selector: &Selector) -> Result<(), Denial> {
        let (target, words) = (self.target, self.words);
        // Words that do not fit the command are its own affair.
        let keys = self.keys.get_or_insert_with(|| getkeys::of_words(target, words).unwrap_or_default());
        for key in keys {
            let (read, write) = match key.access {
                // Before 7.0 keys were not told apart by what is done to them.
                _ if !target.since(7, 0) => (true, true),
                None => (false, false),
                Some(access) => {
                    let effects = key_access::effects(key.spec.id, key.nth, access);
                    (effects.contains(&"access"), effects.iter().any(|effect| *effect != "access"))
                }
            };
            if !words.get(key.at).is_some_and(|name| selector.allows_key(name, read, write)) {
                return Err(Denial::Key(key.at));
            }
        }
        Ok(())
    }

    /// The databases that a call accesses with the places of the words that name them; nothing for all databases.
    fn databases(&self) -> Vec<(usize, Option<i64>)> {
        let own = (0, Some(self.db as i64));
        // What is no number is the command's own affair.
        let number = |at: usize| self.words.get(at).and_then(|word| parse_int(word)).map_or(own, |db| (at, Some(db)));
        match self.spec.id {
            CommandId::Select => vec![number(1)],
            CommandId::Swapdb => vec![number(1), number(2)],
            CommandId::Move => vec![own, number(2)],
            CommandId::Copy => {
                let at = self.words.iter().skip(3).position(|word| word.eq_ignore_ascii_case(b"DB"));
                let to = at.map_or(own, |at| number(at + 4));
                vec![own, to]
            }
            CommandId::Flushall => vec![(0, None)],
            _ if self.touches_keyspace() => vec![own],
            _ => Vec::new(),
        }
    }

    fn touches_keyspace(&self) -> bool {
        let facts = self.spec.facts(self.target.family);
        matches!(
            self.spec.id,
            CommandId::Flushdb | CommandId::Dbsize | CommandId::Keys | CommandId::Scan | CommandId::Randomkey
        ) || facts.is_some_and(|facts| facts.keys.iter().any(|key| !key.not_key))
    }
}
