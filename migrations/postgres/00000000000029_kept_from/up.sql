-- Which rule of this instance took a post out of the queue for a host, and when a host that has it was asked to
-- delete it, because it was made to go less far.
ALTER TABLE delivered ADD COLUMN rule TEXT;
ALTER TABLE delivered ADD COLUMN recalled_at BIGINT;

-- The hosts that something binds to a post, and to which a rule of this instance never let it go.
CREATE TABLE withheld (
    object_uri TEXT NOT NULL,
    host TEXT NOT NULL,
    rule TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (object_uri, host)
);
