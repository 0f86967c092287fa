DROP INDEX statuses_in_group;
DELETE FROM statuses WHERE reach = 'group';
ALTER TABLE statuses DROP COLUMN group_id;
ALTER TABLE statuses DROP CONSTRAINT statuses_reach_check;
ALTER TABLE statuses ADD CONSTRAINT statuses_reach_check
    CHECK (reach IN ('direct', 'followers', 'instance', 'company', 'partners', 'public'));
DROP TABLE group_guests;
DROP TABLE group_pins;
DROP TABLE group_ruled;
DROP TABLE group_invitations;
DROP TABLE group_roles;
DROP TABLE groups;
