DROP TABLE conversations;
DROP TABLE notice_requests;
DROP TABLE notice_permissions;
DROP TABLE notice_policies;
ALTER TABLE notifications DROP COLUMN filtered;
