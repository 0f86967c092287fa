-- Where the rest of a thread is found, as the server of a status from elsewhere says; when we last looked,
-- when that look was done, and how many statuses it brought.

CREATE TABLE contexts (
    status_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    context_uri TEXT,
    replies_uri TEXT,
    looked_at INTEGER NOT NULL DEFAULT 0,
    settled_at INTEGER NOT NULL DEFAULT 0,
    found INTEGER NOT NULL DEFAULT 0
) STRICT;
