-- The words of statuses for full-text search: prepared by the application, only their index is kept.

CREATE TABLE status_search (
    status_id BIGINT NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL
);
CREATE INDEX status_search_words ON status_search USING gin (words);

-- What was posted before is read in by the housekeeping, from this id down.
INSERT INTO meta (key, value) SELECT 'search_below', CAST(COALESCE(MAX(id), 0) + 1 AS TEXT) FROM statuses;
