-- What is attached to statuses. A row without a status was uploaded and waits to be attached;
-- `loose_since` says since when.
CREATE TABLE media_attachments (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id BIGINT REFERENCES statuses (id) ON DELETE SET NULL,
    position BIGINT NOT NULL,
    loose_since BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('image', 'gifv', 'video', 'audio', 'unknown')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'failed')),
    mime TEXT NOT NULL,
    file_key TEXT,
    preview_key TEXT,
    remote_url TEXT,
    size BIGINT,
    width BIGINT,
    height BIGINT,
    preview_width BIGINT,
    preview_height BIGINT,
    duration BIGINT,
    focus_x BIGINT,
    focus_y BIGINT,
    blurhash TEXT,
    description TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX media_attachments_account ON media_attachments (account_id);
CREATE INDEX media_attachments_status ON media_attachments (status_id, position);
CREATE INDEX media_attachments_loose ON media_attachments (loose_since) WHERE status_id IS NULL;

-- Files that no row needs any more, until they are removed.
CREATE TABLE media_trash (
    file_key TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);

-- Whatever takes a row away, a cascade among it, must not leave its files behind.
CREATE FUNCTION media_attachments_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO media_trash (file_key, created_at)
        SELECT key, OLD.created_at FROM unnest(ARRAY[OLD.file_key, OLD.preview_key]) AS key WHERE key IS NOT NULL
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER media_attachments_gone AFTER DELETE ON media_attachments
    FOR EACH ROW EXECUTE FUNCTION media_attachments_gone();

-- Which media a former version had, with their descriptions: JSON.
ALTER TABLE status_edits ADD COLUMN media TEXT NOT NULL DEFAULT '[]';
