//! How many of a kind there may be at a time, in all and of one client.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::Key;

/// How long nothing more is logged after it was that somebody found no place.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Places for one kind of thing.
#[derive(Debug)]
pub(crate) struct Places {
    /// For the log.
    what: &'static str,
    in_all: usize,
    of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    by: HashMap<Key, usize>,
    /// Since it was last logged.
    refused: u64,
    told: Option<Instant>,
}

/// A place, free again once this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    key: Option<Key>,
}

impl Places {
    /// `what` is what the log calls them.
    pub(crate) fn new(what: &'static str, in_all: usize, of_one: usize) -> Arc<Self> {
        Arc::new(Self { what, in_all, of_one, taken: Mutex::default() })
    }

    /// A place for one more, if there is one. An IPv6 client is a /64. Without an address only the places in all count, as
    /// with the machine's own (127.0.0.1, ::1): there a proxy stands for everybody.
    pub(crate) fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Place> {
        let own = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        let address = address.map(|address| address.to_canonical()).filter(|address| !own.contains(address));
        let key = address.map(Key::from);
        let mut taken = self.taken();
        let of_one = key.and_then(|key| taken.by.get(&key).copied()).unwrap_or(0);
        if taken.in_all >= self.in_all || of_one >= self.of_one {
            taken.refused += 1;
            if taken.told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
                let (in_all, refused) = (taken.in_all, std::mem::take(&mut taken.refused));
                tracing::warn!(what = self.what, in_all, of_one, address = ?address, refused, "there are too many: refused");
                taken.told = Some(Instant::now());
            }
            return None;
        }
        taken.in_all += 1;
        if let Some(key) = key {
            taken.by.insert(key, of_one + 1);
        }
        Some(Place { places: Arc::clone(self), key })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.in_all -= 1;
        if let Some(key) = self.key
            && let Some(count) = taken.by.get_mut(&key)
        {
            *count -= 1;
            if *count == 0 {
                taken.by.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(places: &Arc<Places>, address: &str) -> Option<Place> {
        places.take(Some(address.parse().unwrap()))
    }

    #[test]
    fn nobody_has_more_places_than_one_client_may() {
        let places = Places::new("places", 10, 2);
        let first = take(&places, "192.0.2.1");
        let _second = take(&places, "::ffff:192.0.2.1");
        assert!(take(&places, "192.0.2.1").is_none());
        assert!(take(&places, "192.0.2.2").is_some());
        drop(first);
        assert!(take(&places, "192.0.2.1").is_some());
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let places = Places::new("places", 10, 1);
        let _first = take(&places, "2001:db8::1");
        assert!(take(&places, "2001:db8::ffff:2").is_none());
        assert!(take(&places, "2001:db8:0:1::1").is_some());
    }

    #[test]
    fn a_proxy_may_have_them_all_and_nobody_more() {
        let places = Places::new("places", 3, 1);
        let taken: Vec<_> = [None, Some("127.0.0.1"), Some("::1")]
            .map(|address| places.take(address.map(|address| address.parse().unwrap())))
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(taken.len(), 3);
        assert!(places.take(None).is_none() && take(&places, "192.0.2.1").is_none());
        drop(taken);
        assert!(places.taken().by.is_empty());
        assert!(take(&places, "192.0.2.1").is_some());
    }

    #[test]
    fn many_refusals_are_one_line_in_the_log() {
        let places = Places::new("places", 0, 1);
        for _ in 0..3 {
            assert!(take(&places, "192.0.2.1").is_none());
        }
        assert_eq!(places.taken().refused, 2, "the first was told, the others wait for the next line");
    }
}
