//! Runs on a server or a cluster.

use std::time::{Duration, Instant};

use protocol::Reply;

use crate::{
    Call, Connection, Endpoint, Entry, Error, Failure, Identity, Invocation, Loaded, Outcome, Ran, Refusal, Server,
    Stop, Topology,
    explain::explain,
    node::{End, Node, Waited, Why},
    refusal::code,
    stop::Woken,
    topology::{Redirection, slot_of},
};

/// Pause before a call that was refused for the moment is made again.
const PAUSE: Duration = Duration::from_millis(100);

/// Tries between two messages on a wait.
const TRIES_A_SECOND: u32 = 10;

/// Most redirections of one run: more of them lead in a circle.
const MAX_REDIRECTIONS: usize = 16;

/// A server or a cluster with its open connections.
pub struct Session {
    server: Server,
    nodes: Vec<(Endpoint, Node)>,
    /// Slots, on a cluster.
    topology: Option<Topology>,
    /// Told of what a run waits for.
    on_wait: Option<OnWait>,
}

/// A function that is told of what a run waits for: the server loads its data, a slot moves.
type OnWait = Box<dyn FnMut(&Error) + Send>;

impl Session {
    /// Connects to a server, or to the first node of a cluster, which is asked for the slots.
    ///
    /// # Errors
    /// Failures of the connection; the server is no cluster, or the user may not ask for its slots.
    pub fn open(server: &Server) -> Result<Self, Error> {
        let mut session = Self { server: server.clone(), nodes: Vec::new(), topology: None, on_wait: None };
        let seed = server.address.endpoint.clone();
        let node = session.node(&seed)?;
        if server.address.cluster {
            if node.connection.identity().is_some_and(|identity| !identity.cluster) {
                return Err(session.refusal(Refusal::NoCluster));
            }
            session.topology = Some(topology(&mut node.connection)?);
        }
        Ok(session)
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Product and version; none if the user may ask for neither.
    pub fn identity(&self) -> Option<&Identity> {
        self.nodes.first().and_then(|(_, node)| node.connection.identity())
    }

    /// Has a function told, once a second, of what a run waits for.
    pub fn on_wait(&mut self, told: impl FnMut(&Error) + Send + 'static) {
        self.on_wait = Some(Box::new(told));
    }

    /// Tells what a run waits for.
    fn tell_wait(&mut self, refusal: Refusal, place: &Endpoint) {
        if self.on_wait.is_none() {
            return;
        }
        let refusal = match self.node(place) {
            Ok(node) => explain(refusal, &mut node.connection, &[]),
            Err(_) => refusal,
        };
        let error = self.refusal(refusal);
        if let Some(told) = &mut self.on_wait {
            told(&error);
        }
    }

    /// Slots of a cluster; none for a single server.
    pub fn topology(&self) -> Option<&Topology> {
        self.topology.as_ref()
    }

    /// The places of the server, or of each master of the cluster.
    pub fn masters(&self) -> Vec<Endpoint> {
        let masters = self.topology.as_ref().map(Topology::masters).unwrap_or_default();
        if masters.is_empty() { vec![self.server.address.endpoint.clone()] } else { masters }
    }

    /// The connection to the server or a node of the cluster, opened if it is not yet.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn connection(&mut self, place: &Endpoint) -> Result<&mut Connection, Error> {
        Ok(&mut self.node(place)?.connection)
    }

    fn refusal(&self, refusal: Refusal) -> Error {
        Error::new(&self.server.name, Failure::Refusal(refusal))
    }

    fn node(&mut self, place: &Endpoint) -> Result<&mut Node, Error> {
        self.nodes.retain(|(_, node)| !node.is_spent);
        let at = match self.nodes.iter().position(|(other, _)| other == place) {
            Some(at) => at,
            None => {
                let mut server = self.server.clone();
                server.address.endpoint = place.clone();
                let node = Node::open(&server).map_err(|error| match &error.failure {
                    _ if *place == self.server.address.endpoint => error,
                    _ => self.refusal(Refusal::NodeUnreachable(place.to_string(), error.to_string())),
                })?;
                self.nodes.push((place.clone(), node));
                self.nodes.len() - 1
            }
        };
        Ok(&mut self.nodes[at].1)
    }

    /// The host by which a node was reached.
    fn host_of(&self, place: &Endpoint) -> String {
        match place {
            Endpoint::Tcp(host, _) => host.clone(),
            Endpoint::Unix(_) => "127.0.0.1".to_owned(),
        }
    }

    /// Asks any node that still answers for the slots.
    fn refresh(&mut self) {
        let places: Vec<Endpoint> = self.masters();
        let replicas = self.topology.iter().flat_map(|it| &it.ranges).flat_map(|range| range.replicas.clone());
        for place in places.into_iter().chain(replicas.collect::<Vec<_>>()) {
            let Ok(node) = self.node(&place) else { continue };
            match topology(&mut node.connection) {
                Ok(new) => {
                    self.topology = Some(new);
                    return;
                }
                Err(_) => node.is_spent = true,
            }
        }
    }

    /// The node for a slot: a master, or a replica of it if wanted and there is one.
    fn place_of(&self, slot: Option<u16>, replicas: bool) -> Result<Endpoint, Error> {
        let Some(topology) = &self.topology else { return Ok(self.server.address.endpoint.clone()) };
        let range = match slot {
            Some(slot) => topology.range(slot),
            None => topology.ranges.first(),
        };
        let Some(range) = range else { return Err(self.refusal(Refusal::ClusterDown(topology.gaps()))) };
        Ok(range.replicas.first().filter(|_| replicas).unwrap_or(&range.master).clone())
    }

    /// Opens the node for a slot. A master that is gone may have a successor: nothing was sent yet, so others are asked, until a
    /// deadline.
    fn node_for(
        &mut self,
        slot: Option<u16>,
        replicas: bool,
        deadline: Instant,
        stop: &Stop,
    ) -> Result<Endpoint, Error> {
        loop {
            let place = self.place_of(slot, replicas)?;
            let error = match self.node(&place) {
                Ok(_) => return Ok(place),
                Err(error) => error,
            };
            if self.topology.is_none() {
                return Err(error);
            }
            self.refresh();
            if self.place_of(slot, replicas)? == place && !matches!(pause(deadline, stop), Pause::Over) {
                return Err(error);
            }
        }
    }

    /// Runs a script or a function.
    ///
    /// It is sent again only where the server says that it has not run: MOVED, ASK, TRYAGAIN, LOADING. When its time is over, or
    /// on a stop, the server is asked to end it.
    ///
    /// # Errors
    /// Failures of connections, and what is refused before anything is sent. A refusal by the server is an outcome.
    pub fn run(&mut self, invocation: &Invocation, stop: &Stop) -> Result<Outcome, Error> {
        let deadline = Instant::now() + invocation.time;
        let slot = match &self.topology {
            Some(_) => slot_of(&invocation.keys).map_err(|refusal| self.refusal(refusal))?,
            None => None,
        };
        let command = self.command(invocation)?;
        let loaded = self.supply_library(invocation)?;
        let words = words(command, invocation);
        let kill = kill_words(command);
        let replicas = invocation.replicas && !invocation.write;
        let mut place = self.node_for(slot, replicas, deadline, stop)?;
        let (mut asking, mut redirections, mut tries) = (false, Vec::new(), 0);
        loop {
            let node = self.node(&place)?;
            let before = ahead_of(invocation, slot.is_some(), asking, replicas);
            let begun = Instant::now();
            if stop.is_stopped() {
                let result = Ran::Stopped(Why::Interrupted, End::NotSent);
                let identity = node.connection.identity().cloned();
                return Ok(Outcome { identity, node: place, redirections, loaded, time: Duration::ZERO, result });
            }
            let waited = node.run(&before, &words, kill, deadline, stop)?;
            let time = begun.elapsed();
            let identity = node.connection.identity().cloned();
            let outcome =
                |result, redirections| Outcome { identity, node: place.clone(), redirections, loaded, time, result };
            let (reply, ahead) = match waited {
                Waited::Stopped(why, end) => return Ok(outcome(Ran::Stopped(why, end), redirections)),
                Waited::Replied(reply, ahead) => (reply, ahead),
            };
            // A script can return any error as its own, behind all its writes; this one was given to a call that reads as well.
            let is_servers = !invocation.write || ahead.contains(&reply);
            if is_servers
                && let Some(redirection) = Redirection::read(&reply, &self.host_of(&place))
                && slot == Some(redirection.slot)
                && redirections.len() < MAX_REDIRECTIONS
            {
                if !redirection.once {
                    self.refresh();
                }
                asking = redirection.once;
                redirections.push((if asking { "ASK" } else { "MOVED" }, redirection.to.clone()));
                place = redirection.to;
                continue;
            }
            let Reply::Error(text) = &reply else {
                return Ok(outcome(Ran::Replied { reply, advice: None }, redirections));
            };
            let moves = code(text) == b"TRYAGAIN" && slot.is_some() && invocation.keys.len() > 1;
            if is_servers && (moves || text.starts_with(b"LOADING ")) {
                if tries % TRIES_A_SECOND == 0 {
                    let waits_for = slot.filter(|_| moves).map_or(Refusal::Loading(None), Refusal::SlotMoves);
                    self.tell_wait(waits_for, &place);
                }
                tries += 1;
                if matches!(pause(deadline, stop), Pause::Over) {
                    continue;
                }
            }
            let call = Call { command, user: self.server.address.user.as_deref() };
            let mut advice = match (slot, moves) {
                (Some(slot), true) => Some(Refusal::SlotMoves(slot)),
                _ => Refusal::of(text, &call),
            };
            if let (Some(Refusal::NoFunction(name)), Entry::Function { name: called, .. }) =
                (&mut advice, &invocation.entry)
            {
                name.clone_from(called);
            }
            if advice.is_none()
                && self.topology.is_none()
                && let Some(moved) = Redirection::read(&reply, "")
            {
                advice = Some(Refusal::IsCluster(moved.slot, moved.to.to_string()));
            }
            // What the server adds is worth no failure of its own.
            if let (Some(refusal), Ok(node)) = (&mut advice, self.node(&place)) {
                *refusal = explain(refusal.clone(), &mut node.connection, &invocation.keys);
            }
            return Ok(outcome(Ran::Replied { reply, advice }, redirections));
        }
    }

    /// Calls a command of any kind on a single server, as [`Session::run`] runs a script: when its time is over, or on a stop, the
    /// server is asked to end it. It is sent once, and nothing is added to an error.
    ///
    /// # Errors
    /// The connection breaks.
    pub fn call(&mut self, words: &[Vec<u8>], time: Duration, stop: &Stop) -> Result<Ran, Error> {
        let place = self.server.address.endpoint.clone();
        let command = words.first().map(|word| String::from_utf8_lossy(word).to_ascii_uppercase()).unwrap_or_default();
        let node = self.node(&place)?;
        if stop.is_stopped() {
            return Ok(Ran::Stopped(Why::Interrupted, End::NotSent));
        }
        Ok(match node.run(&[], words, kill_words(&command), Instant::now() + time, stop)? {
            Waited::Replied(reply, _) => Ran::Replied { reply, advice: None },
            Waited::Stopped(why, end) => Ran::Stopped(why, end),
        })
    }

    /// The command that runs it: a reading one without consent.
    fn command(&self, invocation: &Invocation) -> Result<&'static str, Error> {
        let identity = self.identity();
        let old = identity.filter(|identity| !identity.since(7, 0));
        let refuse = |identity: &Identity, needs| {
            self.refusal(Refusal::OldServer { identity: identity.clone(), needs, since: "7.0" })
        };
        match (&invocation.entry, old, invocation.write) {
            (Entry::Function { .. }, Some(old), _) => Err(refuse(old, "functions")),
            (Entry::Function { .. }, None, true) => Ok("FCALL"),
            (Entry::Function { .. }, None, false) => Ok("FCALL_RO"),
            (Entry::Script(code), Some(old), _) if code.starts_with(b"#!") => {
                Err(refuse(old, "the line #! at the beginning of scripts"))
            }
            (Entry::Script(_), _, true) => Ok("EVAL"),
            (Entry::Script(_), None, false) => Ok("EVAL_RO"),
            (Entry::Script(_), Some(_), false) if invocation.proved_read_only => Ok("EVAL"),
            (Entry::Script(_), Some(old), false) => Err(self.refusal(Refusal::NeedsConsent(old.clone()))),
        }
    }

    /// Sees that each master has the library with the same code; loads it with consent.
    fn supply_library(&mut self, invocation: &Invocation) -> Result<Option<Loaded>, Error> {
        let Entry::Function { library, code, .. } = &invocation.entry else { return Ok(None) };
        let mut done = Loaded::Same;
        let mut missing = Vec::new();
        for place in self.masters() {
            let there = self.connection(&place)?.libraries(Some(library), true)?;
            let absent = match there.iter().find(|it| it.name == *library) {
                Some(same) if same.code == *code => continue,
                found => found.is_none(),
            };
            if !invocation.write {
                return Err(self.refusal(Refusal::LibraryDiffers { library: library.clone(), absent }));
            }
            missing.push((place, absent));
        }
        for (place, absent) in missing {
            self.connection(&place)?.load_library(code, !absent)?;
            done = if absent && done != Loaded::Replaced { Loaded::New } else { Loaded::Replaced };
        }
        Ok(Some(done))
    }
}

/// The command that ends what another runs.
fn kill_words(command: &str) -> [&'static str; 2] {
    if command.starts_with("FCALL") { ["FUNCTION", "KILL"] } else { ["SCRIPT", "KILL"] }
}

/// End of a pause.
enum Pause {
    /// It is over, and there is time for another try.
    Over,
    /// The time of the run is over, or it was stopped.
    Ended,
}

fn pause(deadline: Instant, stop: &Stop) -> Pause {
    let until = Instant::now() + PAUSE;
    if until >= deadline {
        return Pause::Ended;
    }
    match stop.wait(until, true, || None::<()>) {
        Woken::TimeOver => Pause::Over,
        _ => Pause::Ended,
    }
}

fn words(command: &str, invocation: &Invocation) -> Vec<Vec<u8>> {
    let code = match &invocation.entry {
        Entry::Script(code) => code.clone(),
        Entry::Function { name, .. } => name.clone().into_bytes(),
    };
    let count = invocation.keys.len().to_string().into_bytes();
    let head = [command.as_bytes().to_vec(), code, count];
    head.into_iter().chain(invocation.keys.iter().cloned()).chain(invocation.args.iter().cloned()).collect()
}

/// The calls to send ahead of a run. The server reads all in one piece, and refuses them for the same reasons; so before a run that may
/// write go calls that only read, whose errors tell those of the server from those that the script returns.
fn ahead_of(invocation: &Invocation, has_slot: bool, asking: bool, replicas: bool) -> Vec<Vec<Vec<u8>>> {
    let ask = || asking.then(|| vec![b"ASKING".to_vec()]);
    let mut calls = Vec::new();
    if invocation.write && has_slot {
        calls.extend(ask());
        calls.push(std::iter::once(b"EXISTS".to_vec()).chain(invocation.keys.iter().cloned()).collect());
    } else if invocation.write {
        calls.push(vec![b"PING".to_vec()]);
    }
    calls.extend(ask());
    if replicas {
        calls.push(vec![b"READONLY".to_vec()]);
    }
    calls
}

/// Asks a node for the slots, by SLOTS or, where the user may not call that, by SHARDS (7.0).
fn topology(connection: &mut Connection) -> Result<Topology, Error> {
    let (host, tls) = match &connection.server().address {
        crate::Address { endpoint: Endpoint::Tcp(host, _), tls, .. } => (host.clone(), *tls),
        _ => ("127.0.0.1".to_owned(), false),
    };
    let reply = connection.call(&["CLUSTER", "SLOTS"])?;
    let Reply::Error(text) = &reply else { return Ok(Topology::of_slots(&reply, &host)) };
    if code(text) == b"NOPERM" {
        let reply = connection.call(&["CLUSTER", "SHARDS"])?;
        if !reply.is_error() {
            return Ok(Topology::of_shards(&reply, &host, tls));
        }
        let user = connection.user().unwrap_or("default").to_owned();
        return Err(Error::new(&connection.server().name, Failure::Refusal(Refusal::NoClusterSlots(user))));
    }
    Err(connection.refused(text, "CLUSTER SLOTS"))
}
