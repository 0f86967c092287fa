ALTER TABLE notifications DROP CONSTRAINT notifications_kind_check;
DELETE FROM notifications WHERE kind NOT IN ('mention', 'status', 'reblog', 'follow', 'follow_request', 'favourite', 'update');
ALTER TABLE notifications ADD CONSTRAINT notifications_kind_check CHECK (kind IN ('mention', 'status', 'reblog', 'follow', 'follow_request', 'favourite', 'update'));
