//! Bodies of requests and answers: how large they may be, how long they may stand still, and what becomes of refused ones.

mod drain;
mod idle_timeout;
mod limit;
mod pace;
mod read;

pub(crate) use drain::drained;
pub(crate) use idle_timeout::{IdleTimeout, Stalled};
pub(crate) use limit::{Exceeded, TooLarge, announces_more_than, limited};
pub(crate) use pace::{Pace, Patience};
pub(crate) use read::{object, read};
