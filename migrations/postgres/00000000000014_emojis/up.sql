-- Emoji of this instance, and which emoji statuses and profiles carry.

CREATE TABLE custom_emojis (
    shortcode TEXT NOT NULL PRIMARY KEY,
    file_key TEXT NOT NULL,
    category TEXT,
    visible BOOLEAN NOT NULL DEFAULT TRUE,
    created_at BIGINT NOT NULL
);

ALTER TABLE statuses ADD COLUMN emojis TEXT NOT NULL DEFAULT '[]';
ALTER TABLE accounts ADD COLUMN emojis TEXT NOT NULL DEFAULT '[]';
