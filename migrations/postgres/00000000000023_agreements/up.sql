-- Agreements with partners: every text that was ever proposed, and what became of it.
CREATE TABLE agreements (
    id BIGINT NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL,
    uri TEXT NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    document TEXT NOT NULL,
    by_us BOOLEAN NOT NULL,
    two_sided BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    our_proof TEXT,
    their_proof TEXT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX agreements_digest ON agreements (domain, digest);

-- Every change, for good: it outlives what it is about.
CREATE TABLE agreement_events (
    id BIGINT NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL,
    uri TEXT NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    what TEXT NOT NULL,
    by_us BOOLEAN NOT NULL,
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX agreement_events_domain ON agreement_events (domain, id);

-- What the agreement with a partner lets flow, as every decision needs it. No row: what its tier gives.
CREATE TABLE pacts (
    domain TEXT NOT NULL PRIMARY KEY,
    agreement_id BIGINT NOT NULL,
    starts_at BIGINT,
    ends_at BIGINT,
    stopped BOOLEAN NOT NULL,
    gives BIGINT NOT NULL,
    takes BIGINT NOT NULL,
    takes_partners BOOLEAN NOT NULL,
    takes_public BOOLEAN NOT NULL,
    takes_followers BOOLEAN NOT NULL,
    takes_direct BOOLEAN NOT NULL,
    takes_boosts BOOLEAN NOT NULL,
    follows_given TEXT NOT NULL,
    follows_taken TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
