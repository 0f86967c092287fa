-- Keys that end: those of ours that were replaced stay published for a while, without their secret half; those of
-- others say themselves until when they hold.

ALTER TABLE keys ADD COLUMN expires_at BIGINT;
