-- Posts for later, the uploads that wait for them, and in which form a post was typed.

CREATE TABLE scheduled_statuses (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    scheduled_at INTEGER NOT NULL,
    draft TEXT NOT NULL,
    idempotency_key TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, idempotency_key)
) STRICT;

CREATE TABLE scheduled_media (
    media_id INTEGER NOT NULL PRIMARY KEY REFERENCES media_attachments (id) ON DELETE CASCADE,
    scheduled_id INTEGER NOT NULL REFERENCES scheduled_statuses (id) ON DELETE CASCADE,
    position INTEGER NOT NULL
) STRICT;
CREATE INDEX scheduled_media_scheduled ON scheduled_media (scheduled_id);

ALTER TABLE statuses ADD COLUMN content_type TEXT NOT NULL DEFAULT 'text/plain';
