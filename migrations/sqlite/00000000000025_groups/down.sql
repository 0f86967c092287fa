DROP INDEX statuses_in_group;
DELETE FROM statuses WHERE reach = 'group';
ALTER TABLE statuses DROP COLUMN group_id;
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(
    sql,
    'CHECK (reach IN (''direct'', ''group'', ''followers'',',
    'CHECK (reach IN (''direct'', ''followers'','
) WHERE type = 'table' AND name = 'statuses';
PRAGMA writable_schema = RESET;
DROP TABLE group_guests;
DROP TABLE group_pins;
DROP TABLE group_ruled;
DROP TABLE group_invitations;
DROP TABLE group_roles;
DROP TABLE groups;
