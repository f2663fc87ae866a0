//! Values in addresses.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Everything but unreserved characters encoded: the same in a path, a query and a fragment.
pub(crate) fn percent_encoded(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}
