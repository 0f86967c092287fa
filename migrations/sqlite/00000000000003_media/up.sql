-- What is attached to statuses. A row without a status was uploaded and waits to be attached;
-- `loose_since` says since when.
CREATE TABLE media_attachments (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER REFERENCES statuses (id) ON DELETE SET NULL,
    position INTEGER NOT NULL,
    loose_since INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('image', 'gifv', 'video', 'audio', 'unknown')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'failed')),
    mime TEXT NOT NULL,
    file_key TEXT,
    preview_key TEXT,
    remote_url TEXT,
    size INTEGER,
    width INTEGER,
    height INTEGER,
    preview_width INTEGER,
    preview_height INTEGER,
    duration INTEGER,
    focus_x INTEGER,
    focus_y INTEGER,
    blurhash TEXT,
    description TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX media_attachments_account ON media_attachments (account_id);
CREATE INDEX media_attachments_status ON media_attachments (status_id, position);
CREATE INDEX media_attachments_loose ON media_attachments (loose_since) WHERE status_id IS NULL;

-- Files that no row needs any more, until they are removed.
CREATE TABLE media_trash (
    file_key TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;

-- Whatever takes a row away, a cascade among it, must not leave its files behind.
CREATE TRIGGER media_attachments_gone AFTER DELETE ON media_attachments
BEGIN
    INSERT OR IGNORE INTO media_trash (file_key, created_at)
        SELECT OLD.file_key, OLD.created_at WHERE OLD.file_key IS NOT NULL;
    INSERT OR IGNORE INTO media_trash (file_key, created_at)
        SELECT OLD.preview_key, OLD.created_at WHERE OLD.preview_key IS NOT NULL;
END;

-- Which media a former version had, with their descriptions: JSON.
ALTER TABLE status_edits ADD COLUMN media TEXT NOT NULL DEFAULT '[]';
