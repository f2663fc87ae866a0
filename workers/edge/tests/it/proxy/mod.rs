//! What is passed on to Supabase, and what a client is told when that does not go well.

mod database;
mod failures;
mod headers;
mod uploads;
pub(crate) mod upstream;
mod websocket;
