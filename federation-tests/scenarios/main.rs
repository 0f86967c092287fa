//! Scenarios: real portico processes and real foreign servers, told as sentences.
//!
//! Those marked *ignored* need something that `./test` brings: PostgreSQL, Node, Python or Chromium. It runs them
//! with `--include-ignored`; there a missing part is a failure.

mod agreements;
mod clients;
mod command_line;
mod company;
mod faults;
mod fedify;
mod groups;
mod harness;
mod inbox;
mod kill;
mod leaving;
mod nodes;
mod pages;
mod pair;
mod pasture;
mod polls;
mod reach;
mod slow_peer;
mod storage;
mod threads;
mod topology;

/// One scenario as two tests, one for each database. An attribute is for the one with SQLite: the other needs
/// something anyway.
macro_rules! both_databases {
    ($($(#[$attribute:meta])* fn $name:ident($kind:ident: Kind) $body:block)+) => {$(
        mod $name {
            use super::*;

            fn scenario($kind: Kind) $body

            #[test]
            $(#[$attribute])*
            fn sqlite() {
                scenario(Kind::Sqlite);
            }

            #[test]
            #[ignore = "needs PORTICO_TEST_POSTGRES"]
            fn postgres() {
                scenario(Kind::Postgres);
            }
        }
    )+};
}
use both_databases;
