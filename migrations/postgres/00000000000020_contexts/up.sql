-- Where the rest of a thread is found, as the server of a status from elsewhere says; and when we last looked.

CREATE TABLE contexts (
    status_id BIGINT NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    context_uri TEXT,
    replies_uri TEXT,
    looked_at BIGINT NOT NULL DEFAULT 0
);
