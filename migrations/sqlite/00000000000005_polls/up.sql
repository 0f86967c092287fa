-- Polls with their options and votes, and the threads that people do not want to hear of.

CREATE TABLE polls (
    status_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    multiple INTEGER NOT NULL DEFAULT 0 CHECK (multiple IN (0, 1)),
    hide_totals INTEGER NOT NULL DEFAULT 0 CHECK (hide_totals IN (0, 1)),
    expires_at INTEGER,
    voters_count INTEGER,
    ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)),
    telling INTEGER NOT NULL DEFAULT 0 CHECK (telling IN (0, 1))
) STRICT;

CREATE TABLE poll_options (
    status_id INTEGER NOT NULL REFERENCES polls (status_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    title TEXT NOT NULL CHECK (title <> ''),
    votes_count INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (status_id, position)
) STRICT;

CREATE TABLE poll_votes (
    status_id INTEGER NOT NULL REFERENCES polls (status_id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (status_id, account_id, position)
) STRICT;
CREATE INDEX poll_votes_account ON poll_votes (account_id);

CREATE TABLE thread_mutes (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    conversation_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
) STRICT;
