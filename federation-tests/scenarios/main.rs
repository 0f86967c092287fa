//! Scenarios: real portico processes and real foreign servers, told as sentences.
//!
//! Those marked *ignored* need something that `./test` brings: PostgreSQL, Node, Python or Chromium. It runs them
//! with `--include-ignored`; there a missing part is a failure.

mod clients;
mod command_line;
mod fedify;
mod harness;
mod inbox;
mod kill;
mod nodes;
mod pages;
mod polls;
mod reach;
mod slow_peer;
mod storage;
mod threads;
mod topology;

/// One scenario as two tests, one for each database.
macro_rules! both_databases {
    ($(fn $name:ident($kind:ident: Kind) $body:block)+) => {$(
        mod $name {
            use super::*;

            fn scenario($kind: Kind) $body

            #[test]
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
