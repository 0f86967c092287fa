-- What an activity brings, so that how its deliveries ended can be told of the object.
ALTER TABLE activities ADD COLUMN brings TEXT;
-- When an inbox took an object, or why it will not.
ALTER TABLE delivered ADD COLUMN taken_at BIGINT;
ALTER TABLE delivered ADD COLUMN refusal TEXT;
