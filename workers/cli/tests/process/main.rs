//! The program as a person meets it: started, interrupted, killed, started again, refused.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod api;
mod edge;
mod lifecycle;
mod process_tree;
mod program;
mod refusals;
mod summary;
