//! Runs on real servers: connections, failures, clusters. `tests/setup/servers.sh` installs the servers.

mod cluster;
mod connect;
mod docs;
mod run;
