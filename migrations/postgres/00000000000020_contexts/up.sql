-- Where the rest of a thread is found, as the server of a status from elsewhere says; when we last looked,
-- when that look was done, and how many statuses it brought.

CREATE TABLE contexts (
    status_id BIGINT NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    context_uri TEXT,
    replies_uri TEXT,
    looked_at BIGINT NOT NULL DEFAULT 0,
    settled_at BIGINT NOT NULL DEFAULT 0,
    found BIGINT NOT NULL DEFAULT 0
);
