ALTER TABLE media_attachments DROP COLUMN channels;
ALTER TABLE media_attachments DROP COLUMN sample_rate;
ALTER TABLE media_attachments DROP COLUMN bitrate;
ALTER TABLE media_attachments DROP COLUMN codec;
