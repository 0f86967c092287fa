-- The codec of a sound, its bits and samples per second, and its channels, as far as they are known.
ALTER TABLE media_attachments ADD COLUMN codec TEXT;
ALTER TABLE media_attachments ADD COLUMN bitrate BIGINT;
ALTER TABLE media_attachments ADD COLUMN sample_rate BIGINT;
ALTER TABLE media_attachments ADD COLUMN channels BIGINT;
