//! Payment links: the shop's own payment page, which collects the money and reports it.

pub mod template;
pub mod token;

pub use template::Parameters;
pub use token::Token;
