ALTER TABLE statuses DROP COLUMN content_type;
DROP TABLE scheduled_media;
DROP TABLE scheduled_statuses;
