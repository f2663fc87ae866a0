//! What operators rely on.

mod description;
mod logs;
mod metrics;
mod shutdown;
