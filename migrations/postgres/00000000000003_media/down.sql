ALTER TABLE status_edits DROP COLUMN media;
DROP TABLE media_attachments;
DROP FUNCTION media_attachments_gone();
DROP TABLE media_trash;
