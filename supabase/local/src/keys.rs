//! The project's API keys and JWT signing keys.
