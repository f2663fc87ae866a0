//! Whether clients come from a gateway's address, so that nobody knows who is who.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::routes::Service;

/// What operators are told. Clients whose address is a gateway's are not limited by it, nor blocked.
pub(crate) const WARNING: &str = "clients come from a private address, which is a gateway's: they can't be told apart, so \
    limits by address and blocks don't hold; let the proxy tell their address and name its header in CLIENT_IP_HEADER";

/// Whether such a request came. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gateway(Arc<AtomicBool>);

impl Gateway {
    /// Notes a request from a gateway, and warns of the first. Load balancers look at the health themselves.
    pub(super) fn notice(&self, service: Service) {
        if service != Service::Health && !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!("{WARNING}");
        }
    }

    /// Whether one was noticed.
    pub(crate) fn was_noticed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
