-- Emoji of this instance, and which emoji statuses and profiles carry.

CREATE TABLE custom_emojis (
    shortcode TEXT NOT NULL PRIMARY KEY,
    file_key TEXT NOT NULL,
    category TEXT,
    visible INTEGER NOT NULL DEFAULT 1 CHECK (visible IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

ALTER TABLE statuses ADD COLUMN emojis TEXT NOT NULL DEFAULT '[]';
ALTER TABLE accounts ADD COLUMN emojis TEXT NOT NULL DEFAULT '[]';
