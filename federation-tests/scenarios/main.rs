//! End-to-end scenarios with real portico processes and real third-party servers.
//!
//! Those marked *ignored* need PostgreSQL, Node, Python or Chromium. `./test` provides them and runs these
//! scenarios with `--include-ignored`; a missing program is then a failure.

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

/// Defines a scenario as two tests, one per database. Attributes apply to the test with SQLite; the test with
/// PostgreSQL is always ignored.
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
