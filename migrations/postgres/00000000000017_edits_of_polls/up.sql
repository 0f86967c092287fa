-- What a former version of a status asked: the options of its poll, a JSON array of texts.
ALTER TABLE status_edits ADD COLUMN poll_options TEXT NOT NULL DEFAULT '[]';
