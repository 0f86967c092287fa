ALTER TABLE status_edits DROP COLUMN media;
DROP TABLE media_attachments;
DROP TABLE media_trash;
