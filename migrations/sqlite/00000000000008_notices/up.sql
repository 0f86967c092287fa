-- Notifications that wait for a decision, whose notifications wait, and conversations.

ALTER TABLE notifications ADD COLUMN filtered INTEGER NOT NULL DEFAULT 0 CHECK (filtered IN (0, 1));

CREATE TABLE notice_policies (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    not_following TEXT NOT NULL CHECK (not_following IN ('accept', 'filter', 'drop')),
    not_followers TEXT NOT NULL CHECK (not_followers IN ('accept', 'filter', 'drop')),
    new_accounts TEXT NOT NULL CHECK (new_accounts IN ('accept', 'filter', 'drop')),
    private_mentions TEXT NOT NULL CHECK (private_mentions IN ('accept', 'filter', 'drop')),
    limited_accounts TEXT NOT NULL CHECK (limited_accounts IN ('accept', 'filter', 'drop')),
    bots TEXT NOT NULL CHECK (bots IN ('accept', 'filter', 'drop'))
) STRICT;

CREATE TABLE notice_permissions (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    from_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, from_id)
) STRICT;
CREATE INDEX notice_permissions_from ON notice_permissions (from_id);

CREATE TABLE notice_requests (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    from_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    last_status_id INTEGER REFERENCES statuses (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (account_id, from_id)
) STRICT;
CREATE INDEX notice_requests_from ON notice_requests (from_id);
CREATE INDEX notice_requests_status ON notice_requests (last_status_id);

CREATE TABLE conversations (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    thread_id INTEGER NOT NULL,
    last_status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    unread INTEGER NOT NULL DEFAULT 0 CHECK (unread IN (0, 1)),
    UNIQUE (account_id, thread_id)
) STRICT;
CREATE INDEX conversations_last ON conversations (account_id, last_status_id);
CREATE INDEX conversations_status ON conversations (last_status_id);
