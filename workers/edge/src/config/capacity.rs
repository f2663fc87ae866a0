//! How much the edge does at a time, and how long it waits for slow clients.

use std::time::Duration;

/// What may go on at a time: far more than honest clients need, and no more than a small machine bears.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// Open connections: `MAX_CONNECTIONS`. Each takes two file descriptors while something is passed on.
    pub connections: usize,
    /// Open connections of one address, or of one IPv6 /64: `MAX_CONNECTIONS_PER_ADDRESS`. Not for a proxy's.
    pub connections_per_address: usize,
    /// Open WebSockets: `MAX_WEBSOCKETS`.
    pub websockets: usize,
    /// Open WebSockets of one client: `MAX_WEBSOCKETS_PER_ADDRESS`.
    pub websockets_per_address: usize,
    /// Uploads of pictures, each of up to 10 MB that are in memory until it is stored.
    pub picture_uploads: usize,
    /// How long a client may take to send its headers, or leave a connection idle before its next request: longer than
    /// load balancers keep theirs, so that they never use one that is being closed.
    pub head_timeout: Duration,
    /// How long a client may keep us waiting in the middle of a body or an answer.
    pub patience: Duration,
    /// How many bytes, sent or read, make good one second of such a wait: the speed that no client may stay below.
    pub bytes_per_second: u32,
}

impl Default for Capacity {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_address: 256,
            websockets: 1024,
            websockets_per_address: 64,
            picture_uploads: 16,
            head_timeout: Duration::from_secs(75),
            patience: Duration::from_secs(60),
            bytes_per_second: 4096,
        }
    }
}
