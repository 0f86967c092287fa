//! Pure decisions: who may see, receive and do what. No I/O, no clock, no database: facts in, answer out.

mod refusal;

pub use refusal::Refusal;
