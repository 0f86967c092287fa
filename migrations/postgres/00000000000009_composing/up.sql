-- Posts for later, the uploads that wait for them, and in which form a post was typed.

CREATE TABLE scheduled_statuses (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    scheduled_at BIGINT NOT NULL,
    draft TEXT NOT NULL,
    idempotency_key TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, idempotency_key)
);

CREATE TABLE scheduled_media (
    media_id BIGINT NOT NULL PRIMARY KEY REFERENCES media_attachments (id) ON DELETE CASCADE,
    scheduled_id BIGINT NOT NULL REFERENCES scheduled_statuses (id) ON DELETE CASCADE,
    position BIGINT NOT NULL
);
CREATE INDEX scheduled_media_scheduled ON scheduled_media (scheduled_id);

ALTER TABLE statuses ADD COLUMN content_type TEXT NOT NULL DEFAULT 'text/plain';
