-- Agreements with partners: every text that was ever proposed, and what became of it.
CREATE TABLE agreements (
    id INTEGER NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL,
    uri TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    document TEXT NOT NULL,
    by_us INTEGER NOT NULL CHECK (by_us IN (0, 1)),
    two_sided INTEGER NOT NULL CHECK (two_sided IN (0, 1)),
    state TEXT NOT NULL,
    our_proof TEXT,
    their_proof TEXT,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX agreements_digest ON agreements (domain, digest);

-- Every change, for good: it outlives what it is about.
CREATE TABLE agreement_events (
    id INTEGER NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL,
    uri TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    what TEXT NOT NULL,
    by_us INTEGER NOT NULL CHECK (by_us IN (0, 1)),
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX agreement_events_domain ON agreement_events (domain, id);

-- What the agreement with a partner lets flow, as every decision needs it. No row: what its tier gives.
CREATE TABLE pacts (
    domain TEXT NOT NULL PRIMARY KEY,
    agreement_id INTEGER NOT NULL,
    starts_at INTEGER,
    ends_at INTEGER,
    stopped INTEGER NOT NULL CHECK (stopped IN (0, 1)),
    gives INTEGER NOT NULL,
    takes INTEGER NOT NULL,
    takes_partners INTEGER NOT NULL CHECK (takes_partners IN (0, 1)),
    takes_public INTEGER NOT NULL CHECK (takes_public IN (0, 1)),
    takes_followers INTEGER NOT NULL CHECK (takes_followers IN (0, 1)),
    takes_direct INTEGER NOT NULL CHECK (takes_direct IN (0, 1)),
    takes_boosts INTEGER NOT NULL CHECK (takes_boosts IN (0, 1)),
    follows_given TEXT NOT NULL,
    follows_taken TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
