-- What fits the day: feeds, bots and their webhooks, digests by mail, drafts, the first day, mentions of
-- departments.

-- Secret addresses by which one reads elsewhere what one may read here. Of the secret there is a hash.
CREATE TABLE feeds (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    secret_hash TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX feeds_of ON feeds (account_id, id);

-- Accounts that programs speak for, who answers for each, and how far it may go.
CREATE TABLE bots (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    owner_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    ceiling TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX bots_of ON bots (owner_id, account_id);

-- Secret addresses at which a program has a bot post, each with its reach and whom it names.
CREATE TABLE hooks (
    id INTEGER NOT NULL PRIMARY KEY,
    bot_id INTEGER NOT NULL REFERENCES bots (account_id) ON DELETE CASCADE,
    secret_hash TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    reach TEXT NOT NULL,
    named TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX hooks_of ON hooks (bot_id, id);

-- How often somebody wants to be told by mail what they missed; without a row, as the operator says.
CREATE TABLE digest_wishes (
    user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    period TEXT NOT NULL
) STRICT;

-- Mails of what somebody missed: one for a person and a period, whatever happens.
CREATE TABLE digests (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    period TEXT NOT NULL,
    since INTEGER NOT NULL,
    state TEXT NOT NULL,
    secret_hash TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, period)
) STRICT;
CREATE INDEX digests_by_age ON digests (created_at);

-- Who needs no guide to the first day, and since when.
CREATE TABLE first_days (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    done_at INTEGER NOT NULL
) STRICT;
INSERT INTO first_days (account_id, done_at) SELECT account_id, created_at FROM users;

-- What somebody has begun to write, and the uploads that are kept with it.
CREATE TABLE drafts (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    draft TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX drafts_of ON drafts (account_id, id);

CREATE TABLE draft_media (
    media_id INTEGER NOT NULL PRIMARY KEY REFERENCES media_attachments (id) ON DELETE CASCADE,
    draft_id INTEGER NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    position INTEGER NOT NULL
) STRICT;
CREATE INDEX draft_media_draft ON draft_media (draft_id);

-- Departments and divisions that a post names, and how many people that told.
CREATE TABLE unit_mentions (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    unit TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    people INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (status_id, unit)
) STRICT;
CREATE INDEX unit_mentions_by ON unit_mentions (account_id, created_at);
