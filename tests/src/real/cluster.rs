//! A cluster of three masters on loopback.

use super::{Certificates, RealServer, cli, free_port, wait_for};

/// Three masters, each with a third of the slots, and replicas if asked for.
pub struct Cluster {
    /// The masters, in the order of their slots.
    pub masters: Vec<RealServer>,
    /// Replicas: that of the first master first.
    pub replicas: Vec<RealServer>,
    /// Ports with TLS, in the order of the masters; empty without TLS.
    pub tls_ports: Vec<u16>,
    /// The certificates, with TLS.
    pub certificates: Option<Certificates>,
}

/// Slots of a cluster.
const SLOTS: u32 = 16384;

impl Cluster {
    /// Starts masters with arguments, and waits until each says that the cluster is well.
    ///
    /// # Panics
    /// If it does not come to be.
    pub fn start(name: &str, args: &[&str], replicas: bool) -> Self {
        Self::start_with(name, args, replicas, None)
    }

    /// Starts masters that listen with TLS beside the plain port.
    ///
    /// # Panics
    /// If the cluster does not come to be.
    pub fn start_tls(name: &str, args: &[&str]) -> Self {
        Self::start_with(name, args, false, Some(Certificates::new()))
    }

    fn start_with(name: &str, args: &[&str], replicas: bool, certificates: Option<Certificates>) -> Self {
        let mut all = vec!["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
        all.extend(args);
        let mut cluster = Self { masters: Vec::new(), replicas: Vec::new(), tls_ports: Vec::new(), certificates };
        for _ in 0..3 {
            let mut own: Vec<String> = all.iter().map(|it| (*it).to_owned()).collect();
            if let Some(certificates) = &cluster.certificates {
                let port = free_port();
                own.extend(certificates.server_args(port));
                own.extend(["--tls-cluster".to_owned(), "yes".to_owned()]);
                cluster.tls_ports.push(port);
            }
            let own: Vec<&str> = own.iter().map(String::as_str).collect();
            cluster.masters.push(RealServer::start(name, &own));
        }
        if replicas {
            cluster.replicas = (0..3).map(|_| RealServer::start(name, &all)).collect();
        }
        cluster.join();
        cluster
    }

    /// Port by which nodes know each other.
    fn announced(&self, nth: usize) -> u16 {
        self.tls_ports.get(nth).copied().unwrap_or(self.masters[nth].port)
    }

    fn join(&self) {
        for (nth, master) in self.masters.iter().enumerate() {
            let nth = u32::try_from(nth).unwrap_or(0);
            let (from, to) = (nth * SLOTS / 3, (nth + 1) * SLOTS / 3 - 1);
            let slots: Vec<String> = (from..=to).map(|slot| slot.to_string()).collect();
            let mut words = vec!["CLUSTER", "ADDSLOTS"];
            words.extend(slots.iter().map(String::as_str));
            assert_eq!(master.cli(&words), "OK");
            assert_eq!(master.cli(&["CLUSTER", "SET-CONFIG-EPOCH", &(nth + 1).to_string()]), "OK");
        }
        let first = self.announced(0).to_string();
        let others = self.masters[1..].iter().chain(&self.replicas);
        for node in others {
            assert_eq!(node.cli(&["CLUSTER", "MEET", "127.0.0.1", &first]), "OK");
        }
        for (master, replica) in self.masters.iter().zip(&self.replicas) {
            let id = master.cli(&["CLUSTER", "MYID"]);
            wait_for("a replica", || (replica.cli(&["CLUSTER", "REPLICATE", &id]) == "OK").then_some(()));
            wait_for("its link", || {
                replica.cli(&["INFO", "replication"]).contains("master_link_status:up").then_some(())
            });
        }
        let known = format!("cluster_known_nodes:{}", 3 + self.replicas.len());
        for node in self.masters.iter().chain(&self.replicas) {
            wait_for("the cluster", || {
                let info = node.cli(&["CLUSTER", "INFO"]);
                (info.contains("cluster_state:ok") && info.contains(&known)).then_some(())
            });
        }
        // Clients ask for the replicas of slots as well.
        for node in &self.masters {
            let lines = 3 * (1 + usize::from(!self.replicas.is_empty()));
            wait_for("the slots", || {
                let nodes = node.cli(&["CLUSTER", "SLOTS"]);
                (nodes.matches("127.0.0.1").count() >= lines).then_some(())
            });
        }
    }

    /// The URL of the cluster by its first node, plain.
    pub fn url(&self) -> String {
        format!("redis-cluster://127.0.0.1:{}", self.masters[0].port)
    }

    /// Number of the master that has a key's slot at first.
    ///
    /// # Panics
    /// If no node answers.
    pub fn owner(&self, key: &str) -> usize {
        let asked = self.masters.iter().map(|node| cli(node.port, &["CLUSTER", "KEYSLOT", key]));
        let slot: u32 = asked.filter_map(|slot| slot.parse().ok()).next().expect("a slot");
        (0..3).find(|nth| slot < (nth + 1) * SLOTS / 3).unwrap_or(0) as usize
    }
}
