//! The edge as its clients meet it, before a local Supabase.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod capacity;
mod guard;
mod health;
mod images;
mod images_fixture;
mod images_interrupted;
mod jwt;
mod limits;
mod operations;
mod payments;
mod proxy;
mod support;
