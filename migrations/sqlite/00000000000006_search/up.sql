-- The words of statuses for full-text search: prepared by the application, only their index is kept.

CREATE VIRTUAL TABLE status_search USING fts5(words, content = '', contentless_delete = 1, tokenize = 'unicode61');
CREATE TRIGGER statuses_unsearch AFTER DELETE ON statuses BEGIN
    DELETE FROM status_search WHERE rowid = old.id;
END;

-- What was posted before is read in by the housekeeping, from this id down.
INSERT INTO meta (key, value) SELECT 'search_below', CAST(COALESCE(MAX(id), 0) + 1 AS TEXT) FROM statuses;
