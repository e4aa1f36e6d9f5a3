//! Runs on real servers: connections, failures, clusters. `tests/setup/servers.sh` installs the servers.

mod cluster;
mod compare;
mod connect;
mod differential;
mod docs;
mod failures;
mod run;
mod workspace;
