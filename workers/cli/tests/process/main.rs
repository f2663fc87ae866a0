//! The program as a person meets it: started, interrupted, killed, started again, refused.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod api;
mod edge;
mod family;
mod life;
mod program;
mod refusals;
mod screen;
