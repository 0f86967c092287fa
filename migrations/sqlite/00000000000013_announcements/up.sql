-- What the operators tell everybody, who has read it, and what people think of it.

CREATE TABLE announcements (
    id INTEGER NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    content TEXT NOT NULL,
    starts_at INTEGER,
    ends_at INTEGER,
    all_day INTEGER NOT NULL DEFAULT 0 CHECK (all_day IN (0, 1)),
    published_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE announcement_reads (
    announcement_id INTEGER NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (announcement_id, account_id)
) STRICT;
CREATE INDEX announcement_reads_account ON announcement_reads (account_id);

CREATE TABLE announcement_reactions (
    announcement_id INTEGER NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (announcement_id, account_id, name)
) STRICT;
CREATE INDEX announcement_reactions_account ON announcement_reactions (account_id);
