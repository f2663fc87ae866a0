//! Kinds of values that several variables have.

use std::net::IpAddr;

use url::{Host, Url};

/// An http or https address that holds nothing but place and path.
#[must_use]
pub fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then_some(url)
}

/// Whether what is sent there stays on this machine.
#[must_use]
pub fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether only machines nearby can reach it. `0.0.0.0` is every address of the machine, also a public one.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// Whether a text is an origin as browsers write it: no slash at the end, no capitals, no default port.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    web_address(text).is_some_and(|url| url.origin().ascii_serialization() == text)
}
