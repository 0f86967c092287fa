PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE __diesel_schema_migrations (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO __diesel_schema_migrations VALUES('00000000000001','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000002','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000003','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000004','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000005','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000006','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000007','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000008','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000009','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000010','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000011','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000012','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000013','2026-11-30 15:21:41');
INSERT INTO __diesel_schema_migrations VALUES('00000000000014','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000015','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000016','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000017','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000018','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000019','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000020','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000021','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000022','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000023','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000024','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000025','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000026','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000027','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000028','2026-11-30 15:21:42');
INSERT INTO __diesel_schema_migrations VALUES('00000000000029','2026-11-30 15:21:42');
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO meta VALUES('push_key_pair','MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPzGAMuMuKdhKATHq5v0FKvqf_J403uRq8r-4ysZ3ebOhRANCAATqc0Hx4ZuFOOEI4YjSV83SXS8A4K9k4W9DP5NS6pIPrN7_M8EiMTuzoFDP-5e-z-6UG_qq5R29H_z0l4kJkmjn');
INSERT INTO meta VALUES('push_seal','47hcaKwmxADRQncYtP8mU7-unT_X6RktiZeEGAmBn7E');
CREATE TABLE hosts (
    domain TEXT NOT NULL PRIMARY KEY CHECK (domain = lower(domain) AND domain <> ''),
    tier TEXT NOT NULL CHECK (tier IN ('company', 'partner', 'open', 'limited', 'blocked')),
    note TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
, id INTEGER NOT NULL DEFAULT 0, public_note TEXT NOT NULL DEFAULT '', reject_media INTEGER NOT NULL DEFAULT 0 CHECK (reject_media IN (0, 1)), reject_reports INTEGER NOT NULL DEFAULT 0 CHECK (reject_reports IN (0, 1)), obfuscate INTEGER NOT NULL DEFAULT 0 CHECK (obfuscate IN (0, 1))) STRICT;
INSERT INTO hosts VALUES('sister.localhost:33591','company','named in the configuration',1796052102346,1796052102346,3766594258540535808,'',0,0,0);
INSERT INTO hosts VALUES('partner.localhost:33591','partner','they build our casings',1796052105145,1796052105145,3766594264410202112,'',0,0,0);
INSERT INTO hosts VALUES('vendor.example','partner','',1796052105311,1796052105311,3766594264758280192,'',0,0,0);
INSERT INTO hosts VALUES('spam.example','blocked','spam',1796052105498,1796052105498,3766594265150447616,'',0,0,0);
CREATE TABLE host_health (
    domain TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    first_failure_at INTEGER,
    last_failure_at INTEGER,
    last_success_at INTEGER,
    held_until INTEGER,
    last_error TEXT
) STRICT;
CREATE TABLE accounts (
    id INTEGER NOT NULL PRIMARY KEY,
    username TEXT NOT NULL CHECK (username <> ''),
    domain TEXT CHECK (domain = lower(domain) AND domain <> ''),
    uri TEXT NOT NULL UNIQUE,
    url TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('Person', 'Service', 'Application', 'Group', 'Organization')),
    is_instance_actor INTEGER NOT NULL DEFAULT 0 CHECK (is_instance_actor IN (0, 1)),
    display_name TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    note_source TEXT,
    fields TEXT NOT NULL DEFAULT '[]',
    avatar_url TEXT,
    header_url TEXT,
    locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
    discoverable INTEGER CHECK (discoverable IN (0, 1)),
    indexable INTEGER NOT NULL DEFAULT 0 CHECK (indexable IN (0, 1)),
    hide_collections INTEGER NOT NULL DEFAULT 0 CHECK (hide_collections IN (0, 1)),
    inbox_url TEXT NOT NULL,
    shared_inbox_url TEXT,
    outbox_url TEXT,
    followers_url TEXT,
    following_url TEXT,
    featured_url TEXT,
    created_at INTEGER NOT NULL,
    fetched_at INTEGER,
    suspended_at INTEGER,
    last_status_at INTEGER,
    statuses_count INTEGER NOT NULL DEFAULT 0,
    followers_count INTEGER NOT NULL DEFAULT 0,
    following_count INTEGER NOT NULL DEFAULT 0
, silenced_at INTEGER, sensitized_at INTEGER, suspended_by_origin INTEGER NOT NULL DEFAULT 0 CHECK (suspended_by_origin IN (0, 1)), emojis TEXT NOT NULL DEFAULT '[]', attribution_domains TEXT NOT NULL DEFAULT '[]', also_known_as TEXT NOT NULL DEFAULT '[]', moved_to TEXT, moved_at INTEGER) STRICT;
INSERT INTO accounts VALUES(3766594258534244352,'engineering.acme.test',NULL,'http://engineering.acme.test/actor','http://engineering.acme.test/','Application',1,'','',NULL,'[]',NULL,NULL,1,0,0,1,'http://engineering.acme.test/inbox','http://engineering.acme.test/inbox','http://engineering.acme.test/actor/outbox','http://engineering.acme.test/actor/followers','http://engineering.acme.test/actor/following',NULL,1796052102343,NULL,NULL,NULL,0,0,0,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594258800582656,'alice',NULL,'http://engineering.acme.test/users/alice','http://engineering.acme.test/@alice','Person',0,'Alice','<p>Turbines since 1999</p>','Turbines since 1999','[{"name":"Room","value":"4.12"}]','http://engineering.acme.test/media/3b956d1867118313e538e94e32bfdf1e.png',NULL,0,1,0,0,'http://engineering.acme.test/users/alice/inbox','http://engineering.acme.test/inbox','http://engineering.acme.test/users/alice/outbox','http://engineering.acme.test/users/alice/followers','http://engineering.acme.test/users/alice/following','http://engineering.acme.test/users/alice/collections/featured',1796052102470,NULL,NULL,1796052109372,19,6,5,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594259432464384,'bob',NULL,'http://engineering.acme.test/users/bob','http://engineering.acme.test/@bob','Person',0,'Bob','','','[]',NULL,NULL,0,1,0,0,'http://engineering.acme.test/users/bob/inbox','http://engineering.acme.test/inbox','http://engineering.acme.test/users/bob/outbox','http://engineering.acme.test/users/bob/followers','http://engineering.acme.test/users/bob/following','http://engineering.acme.test/users/bob/collections/featured',1796052102771,NULL,NULL,1796052108762,7,1,4,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594260191248384,'carol',NULL,'http://engineering.acme.test/users/carol','http://engineering.acme.test/@carol','Person',0,'Carol','','','[]',NULL,NULL,0,1,0,0,'http://engineering.acme.test/users/carol/inbox','http://engineering.acme.test/inbox','http://engineering.acme.test/users/carol/outbox','http://engineering.acme.test/users/carol/followers','http://engineering.acme.test/users/carol/following','http://engineering.acme.test/users/carol/collections/featured',1796052103133,NULL,NULL,NULL,0,0,3,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594261344165888,'dora',NULL,'http://engineering.acme.test/users/dora','http://engineering.acme.test/@dora','Person',0,'Dora','','','[]',NULL,NULL,1,1,0,0,'http://engineering.acme.test/users/dora/inbox','http://engineering.acme.test/inbox','http://engineering.acme.test/users/dora/outbox','http://engineering.acme.test/users/dora/followers','http://engineering.acme.test/users/dora/following','http://engineering.acme.test/users/dora/collections/featured',1796052103683,NULL,NULL,NULL,0,1,0,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594261802409984,'erik',NULL,'http://engineering.acme.test/users/erik','http://engineering.acme.test/@erik','Person',0,'Erik','','','[]',NULL,NULL,0,1,0,0,'http://engineering.acme.test/users/erik/inbox','http://engineering.acme.test/inbox','http://engineering.acme.test/users/erik/outbox','http://engineering.acme.test/users/erik/followers','http://engineering.acme.test/users/erik/following','http://engineering.acme.test/users/erik/collections/featured',1796052103902,NULL,NULL,1796052108217,1,0,1,1796052108232,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594262442401792,'ticker',NULL,'http://engineering.acme.test/users/ticker','http://engineering.acme.test/@ticker','Service',0,'','<p>Says when a build fails</p>','Says when a build fails','[{"name":"Owner","value":"<span class=\"h-card\" translate=\"no\"><a href=\"http://engineering.acme.test/@alice\" class=\"u-url mention\">@<span>alice</span></a></span>"}]',NULL,NULL,0,1,0,0,'http://engineering.acme.test/users/ticker/inbox','http://engineering.acme.test/inbox','http://engineering.acme.test/users/ticker/outbox','http://engineering.acme.test/users/ticker/followers','http://engineering.acme.test/users/ticker/following','http://engineering.acme.test/users/ticker/collections/featured',1796052104207,NULL,NULL,1796052108212,1,0,0,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594266412752896,'turbines',NULL,'http://engineering.acme.test/users/turbines','http://engineering.acme.test/@turbines','Group',0,'','','','[]',NULL,NULL,0,1,0,0,'http://engineering.acme.test/users/turbines/inbox','http://engineering.acme.test/inbox','http://engineering.acme.test/users/turbines/outbox','http://engineering.acme.test/users/turbines/followers','http://engineering.acme.test/users/turbines/following','http://engineering.acme.test/users/turbines/collections/featured',1796052106100,NULL,NULL,1796052107964,1,2,0,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594267468324864,'operations',NULL,'http://engineering.acme.test/users/operations','http://engineering.acme.test/@operations','Group',0,'','','','[]',NULL,NULL,0,1,0,0,'http://engineering.acme.test/users/operations/inbox','http://engineering.acme.test/inbox','http://engineering.acme.test/users/operations/outbox','http://engineering.acme.test/users/operations/followers','http://engineering.acme.test/users/operations/following','http://engineering.acme.test/users/operations/collections/featured',1796052106603,NULL,NULL,NULL,0,1,0,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594267945771008,'casing_room',NULL,'http://engineering.acme.test/users/casing_room','http://engineering.acme.test/@casing_room','Group',0,'','','','[]',NULL,NULL,1,0,0,1,'http://engineering.acme.test/users/casing_room/inbox','http://engineering.acme.test/inbox','http://engineering.acme.test/users/casing_room/outbox','http://engineering.acme.test/users/casing_room/followers','http://engineering.acme.test/users/casing_room/following','http://engineering.acme.test/users/casing_room/collections/featured',1796052106831,NULL,NULL,NULL,0,1,0,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594268299870208,'ann','partner.localhost:33591','http://partner.localhost:33591/users/ann',NULL,'Person',0,'Ann','',NULL,'[]',NULL,NULL,0,NULL,0,0,'http://partner.localhost:33591/users/ann/inbox','http://partner.localhost:33591/inbox','http://partner.localhost:33591/users/ann/outbox','http://partner.localhost:33591/users/ann/followers','http://partner.localhost:33591/users/ann/following',NULL,1796052107000,1796052107000,NULL,1796052048000,4,1,1,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594268434087936,'ben','partner.localhost:33591','http://partner.localhost:33591/users/ben',NULL,'Person',0,'Ben','',NULL,'[]',NULL,NULL,0,NULL,0,0,'http://partner.localhost:33591/users/ben/inbox','http://partner.localhost:33591/inbox','http://partner.localhost:33591/users/ben/outbox','http://partner.localhost:33591/users/ben/followers','http://partner.localhost:33591/users/ben/following',NULL,1796052107064,1796052107064,NULL,1796052106000,2,1,1,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594268618637312,'eve','partner.localhost:33591','http://partner.localhost:33591/users/eve',NULL,'Person',0,'Eve','',NULL,'[]',NULL,NULL,0,NULL,0,0,'http://partner.localhost:33591/users/eve/inbox','http://partner.localhost:33591/inbox','http://partner.localhost:33591/users/eve/outbox','http://partner.localhost:33591/users/eve/followers','http://partner.localhost:33591/users/eve/following',NULL,1796052107152,1796052108496,NULL,NULL,0,1,0,NULL,NULL,0,'[]','[]','[]','http://partner.localhost:33591/users/dan',1796052108545);
INSERT INTO accounts VALUES(3766594268738174976,'sue','sister.localhost:33591','http://sister.localhost:33591/users/sue',NULL,'Person',0,'Sue','',NULL,'[]',NULL,NULL,0,NULL,0,0,'http://sister.localhost:33591/users/sue/inbox','http://sister.localhost:33591/inbox','http://sister.localhost:33591/users/sue/outbox','http://sister.localhost:33591/users/sue/followers','http://sister.localhost:33591/users/sue/following',NULL,1796052107209,1796052107209,NULL,NULL,0,1,1,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594268864004096,'sam','sister.localhost:33591','http://sister.localhost:33591/users/sam',NULL,'Person',0,'Sam','',NULL,'[]',NULL,NULL,0,NULL,0,0,'http://sister.localhost:33591/users/sam/inbox','http://sister.localhost:33591/inbox','http://sister.localhost:33591/users/sam/outbox','http://sister.localhost:33591/users/sam/followers','http://sister.localhost:33591/users/sam/following',NULL,1796052107269,1796052107269,NULL,NULL,0,0,0,NULL,NULL,0,'[]','[]','[]',NULL,NULL);
INSERT INTO accounts VALUES(3766594271535775744,'dan','partner.localhost:33591','http://partner.localhost:33591/users/dan',NULL,'Person',0,'Dan','',NULL,'[]',NULL,NULL,0,NULL,0,0,'http://partner.localhost:33591/users/dan/inbox','http://partner.localhost:33591/inbox','http://partner.localhost:33591/users/dan/outbox','http://partner.localhost:33591/users/dan/followers','http://partner.localhost:33591/users/dan/following','http://partner.localhost:33591/slow/featured',1796052108543,1796052108543,NULL,NULL,0,0,0,NULL,NULL,0,'[]','[]','["http://partner.localhost:33591/users/eve"]',NULL,NULL);
CREATE TABLE keys (
    uri TEXT NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    public_pem TEXT NOT NULL,
    private_pem TEXT,
    created_at INTEGER NOT NULL
, purpose TEXT NOT NULL DEFAULT 'http' CHECK (purpose IN ('http', 'proof')), expires_at INTEGER) STRICT;
INSERT INTO keys VALUES('http://engineering.acme.test/actor#main-key',3766594258534244352,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqhLMhIi1I84tzC4GMlwe\nXeRaNB6sGqtWI28D5nJiUE3Oa8+vIJAaUv2zpJx00ZxIW14P/3/KFnPSBPHCRiJ2\ndQ+kaiyG6oIpY2dKBrfD/6bXPCuqUvOSzHY8OglNrhW51yMoDif6++yObf6NDpsH\nc5R42WjOKx9pZa+y60werk4925fdELpeKZQmMOruSeQqkHyt7RCWdIISFzO8cfEk\ni7RlFsubd6FVvSX+/PozXkBzKVQzLgDuwKaHKpGNlmaSEyY6yI/LqCHYlaJK3Xm1\n94CuJ+hSmmutYDA5U1Di0BZW6xcaU35UI2h7ciIhqlY2azVlUo72ys3tvLpAyATo\nPQIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCqEsyEiLUjzi3M\nLgYyXB5d5Fo0Hqwaq1YjbwPmcmJQTc5rz68gkBpS/bOknHTRnEhbXg//f8oWc9IE\n8cJGInZ1D6RqLIbqgiljZ0oGt8P/ptc8K6pS85LMdjw6CU2uFbnXIygOJ/r77I5t\n/o0OmwdzlHjZaM4rH2llr7LrTB6uTj3bl90Qul4plCYw6u5J5CqQfK3tEJZ0ghIX\nM7xx8SSLtGUWy5t3oVW9Jf78+jNeQHMpVDMuAO7ApocqkY2WZpITJjrIj8uoIdiV\nokrdebX3gK4n6FKaa61gMDlTUOLQFlbrFxpTflQjaHtyIiGqVjZrNWVSjvbKze28\nukDIBOg9AgMBAAECggEAVG1HnKVWsqMX5guU5OwI4RhKVSRC0GxssuNZ3sy6lF3D\nko6DQ9l1T+yEgLtwXFvGKaEstOulkPbG89Bl3jYecuckedaH1SNvU1rDi0kvYZpb\nr5GHmG002w34wOC8cKZ1XmCj8j8Tn3rji6P5Nx5rmQtD4L1f11VdF28clSTw+Bqr\nu0USsbkHVPFuPr2aRxLEdQ89GJOb5oVBCNTuJfAjWYayOpMqegkG2HDqjCDOcFVQ\nycOdK6y85oA9cFlNEaNWPIJZ8JZ1Yr8d1a812leiejJspQH2LZJLo8qiRJGuRGzs\n8SrndMZZZDfb0+XbDG7qozVMGqmzpedJRgI4Ij4MawKBgQDo8I159N8XV0Wh3jmw\nlIqANmsqLT8J5omF01UGAaDSImFGIgEIcRFlt4MxSDz7ap6EZJ71oxUWLzWKZOFk\nvHlQTnpSwXDaCk8jk6hANpQsFqnitwQjTXaZFQtg4bIkO/IIhZbFKuQ2SeePnhDv\nYHy5Z6Svx/4umhTvRVyccciMwwKBgQC66QMPwpFAGAm98uwXfPpMk52M/R1voLeV\nIvN5g/a/vEgCFlxI3k0r8XpZnfjM+V3t8Qikd+gxuk6S2HMNECPD4VlEvBWtsfqg\n+7BuuR/1Q+l/BQVZsIyWcGaNtEn8oJrAqKWnSLNPrKY/HiSJ1KbZGQQjYuJ5Otqv\n1rpc63lm/wKBgQDOaetUOLM/4avohh2k5dvdRVutIi8MPOd8WQqsqeCylJiSJyu3\nKUp7UiTFFPhE6fPR6cAadwsGf4r4OfCo7YKqsQAgOR4heKUsJ3oefL7MWsDsD7Vw\n+wGvIUDV9ul+xkfxWT+DNEDKAq9ZSn5DQMMFIFyFD7mj3hHS/SnVz9YhNQKBgFoC\n5ueLErokGWTxfMMe+8cu+5uvNaLRajeXGlu1snnJqX/f1td8vvtfkkVgLzY/DP4O\nqtPRru9rwnUzacyrrh2iA4R3c5Uvdfxa2S+pVXufFe6Gs3nq7Plx7eFmJo9TpNMN\nJKF4AGppQbJ5yKzbzPIV+wkzkM9DCZfOt/cRq2hvAoGBALpUKHBezd3roL6Q+HsJ\nQArf5LG1T2o7IIXT0/l6CfwJMrdisGBbRG2Pgk8+3D/0FJjcrySJZb2N1qIRTeiX\nHhmlftfpUwR+2+B1jFMubg3OXLL4G4VfsAclTwPR83KKgrhftMCp1XfpHCenyG2u\naK+j8BglKcMCiVNl9RLD8Ae/\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052102343,'http',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/alice#main-key',3766594258800582656,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnCHkGDyo4yrMKjT4dx53\nVgzOyXmLvMA+Hl+IHXNWatPK0l9HTwxTRBIsTBv/zQ7l777yIyubHo3SqQTomOWq\nKdtiBbzy8b6cEu4aU4kfa5zsa0WfI2WJ8UVPmGv1CothyRZ2MWSqbfP1AAZHGfSV\nw3KWVNgEAAi776P6bwU4QM2SqEoKNFb84/J9E16D366+TXYQUx/z+XCOROzGGqoz\nhT7XcU4dBSCs1/8E1z/RyGS//W5biTp846nEgO3tpPMjXM++A6DqFJ0rTjCBSEzh\nxruLCNy/IIJZe3LyDXyrCUDYaee9nEcCWYAxKelVHYgHafWc11RDY8oS97T7tPW4\nJQIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCcIeQYPKjjKswq\nNPh3HndWDM7JeYu8wD4eX4gdc1Zq08rSX0dPDFNEEixMG//NDuXvvvIjK5sejdKp\nBOiY5aop22IFvPLxvpwS7hpTiR9rnOxrRZ8jZYnxRU+Ya/UKi2HJFnYxZKpt8/UA\nBkcZ9JXDcpZU2AQACLvvo/pvBThAzZKoSgo0Vvzj8n0TXoPfrr5NdhBTH/P5cI5E\n7MYaqjOFPtdxTh0FIKzX/wTXP9HIZL/9bluJOnzjqcSA7e2k8yNcz74DoOoUnStO\nMIFITOHGu4sI3L8ggll7cvINfKsJQNhp572cRwJZgDEp6VUdiAdp9ZzXVENjyhL3\ntPu09bglAgMBAAECggEAEtzmV4ZGmjFiuqutJAkOflssRXuVhg+MwbMlePdlBqGB\nVMK1lQeGbMgsSWKtmCrXXUxqqRSc2EdmnsxsxIIkuYtbb5mJGWs/pGrXS+XaYbAz\nAO/Hnulmzbsjt2S9lVFLFlYMIAILNB7/58maX/ikelk279esPgvQFs7vE+gjyHJN\nN3exxtBk1hZNYixFlzZQfb5GuWdYk0F7Pv1+BHwoL3FO/UQgK5CmStbBdt3wUoVN\nNRBmQLT18Q8e2/F5mR7sbNLnL7oeU5DaH94Lc6PrAdpVJVoMttz8/pWrOajdmGAY\nlFoYoxq3NGrtnds8KGUFzPyKf5UeT6iM/KVjGMXs+QKBgQDXU9psqVCiswle4ia/\nOJINtZjU4UecoETkFK0yd9vMhHIh3v55eZxRgYVinEYg+SLGUqyjaK7IkcjyuVVZ\nPLJ73UF1gyUyf5EaFIBxSCG+9fzR4p8XSOOsztHcxUbJ6izNTJoMuZ+rNoJWnLyR\nQ9KtYluRU/6ugOTAoEyGjSiEWQKBgQC5n6kFlJb2V1EqI8+gAScgabu8o6SPv7on\nWSIQpmXJCjVlT90/skHQLe/SuZvAM34Gfb0LiIMEsINfkkkEMYd8LEPUU8o+JM61\n2twAAZyLloLsqkWjvSYxPjNehUJcCp0gUXEgrSHSXgzxmnXPxNDaJ5mLV+RVKIMP\nCP93Z82IrQKBgCz+Kn/WCTFV87lNzAbczTfsIBkrUYlau8pkv6PyA42Ch06oh8fe\nL1mglLx8JvMw26FRGR2z/AGQ5MpDC6Bv3GOhYdIqKxWYLjui2QvSpKqAP+mjTtbQ\ntjIfrR5SYm5CbkYfoXjTOJfP9gAfFA/OejEcgkGlqWvRJvtRA2yCBltRAoGAGmZ7\n2qBUjDrE/3JScFZZo0GGgwDfQdap+jiyIJ4Z8eryxzMBq7KFq78s0dK2NTLdpLyz\na3WB9OPJ+4jJu7/znhSJnSRBqm7/u1uiWJniEvRYMKLS/sPDL9PB6JqZYo/b4yHS\nLiyRl+Lqgl5OjTtX3P8u1mOsxPPbGANWmjv4Po0CgYA7MjMFp6IBsmH7XqjrCbjZ\nCPMSUUcwZx5uNCr0wjC80RjL5ztATzttkkeGlSQ19N40B+mFTSSwJCnnznLRHYi2\nL7gqbjs6F7m3dtU4FZasbP6J8xeDV6FRDANHZncvbqYPk56Qn6TOmWT7I2qilZc1\nlWweXAcxDGmjYkf6HHr0sA==\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052102471,'http',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/bob#main-key',3766594259432464384,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA01n2lyJE70SdZ6zWY6XQ\ndO92b/J8ZS16ros3n6XqnLYAZe/BwhWOzvyk6nhJrp3B82HJa89iU9n7zQkR58nS\n3o6upKzudi5JQgXGRo1BJRSYLPpmW6Kky/MJWjHcWqbKkLbkL30ptWQtWqd/xlrG\nVzGf3flPertqrJdxa4fmG7Y2OV4T3TK0K+c2p/eu0+nEuDMhhI4PFliDq3lYOVZm\nDakRhlfN359aWOslK2AWxAoPI+y/h6LDkZ1NFLrf6re6gCGpFBp+l/NxaAIsGkw5\n2U3utDcDzoiIiIRYl9OVpj+qddN5mj9rWNKiJggkOivfwSD6D+HKhSsEcGQe89lS\nowIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDTWfaXIkTvRJ1n\nrNZjpdB073Zv8nxlLXquizefpeqctgBl78HCFY7O/KTqeEmuncHzYclrz2JT2fvN\nCRHnydLejq6krO52LklCBcZGjUElFJgs+mZboqTL8wlaMdxapsqQtuQvfSm1ZC1a\np3/GWsZXMZ/d+U96u2qsl3Frh+YbtjY5XhPdMrQr5zan967T6cS4MyGEjg8WWIOr\neVg5VmYNqRGGV83fn1pY6yUrYBbECg8j7L+HosORnU0Uut/qt7qAIakUGn6X83Fo\nAiwaTDnZTe60NwPOiIiIhFiX05WmP6p103maP2tY0qImCCQ6K9/BIPoP4cqFKwRw\nZB7z2VKjAgMBAAECggEAZN+x1ZWKIEb396UjGCFqen1WYnzySVopDUiuDjki3pPx\nYbXKnScr53fnAG/T/w8VpGOePqIXNJ08VLKJBL+rsQSZr0hIckiKN4RJC6BcoOWQ\n8hq7Iu5gSGVhp9ZXbT7hPKvGAjJzZzt+eB+s2Q+3TaOGQWw+Nn5gHisT+7Y7qipx\n0gsiABxAgcTnXAnV34+n2cAqtfDqKkkU0i79wML6QSPxOZge0D5wecg2L76D2KZI\np+926EuOI6Ib3+cXQEHnzWqF7rfs+hjIIGNy7R9iKI8Wlv5AGWO40PKn73UzCTHF\nA0s2vg9LID36kmh3ugkBXWwzIpFiZqT52qY90rx7VQKBgQDwe30EGtPsDoexVzH7\nD3l81BRVxojVPc6pbxHG5PQpZicmAAlECS2WFGkRL0onT8udtEyQpFafj41WuIdp\niIpx36lUYh8H+lWxDemlUtkHQ25SCu1ZOX9etkV9BFS6+cubi4RZQzw0CO0qfTmK\nEH2LYbKMG+n5PYFKqYZN0hKVpwKBgQDg/UM8VC3gJ+cmRaLPLWS7yQe7n1lMTLye\nYMsa+H4vo+723AvoK7TC5zKa3KXy/xwJuzb1kCdYPh3UncYR9rU5WBsqmPKfaw9R\nkXY4uJOeB3DHgE5qoyWeT40Ucp9ODWTBjYrmXlIho8z5MV2MMTZzhMR6fkL7bLOx\ns7bou0HypQKBgCubePQBmWQ4zkpOMXYBPFpyaq2TLsTcTFlVFrgmVFAdggPWBdgc\ngfOxB8xh8uRmB9o1E502765Hba3IEGYGqHQ1xpLSqCXeMyPEDhY4i7pRc/PUn22K\ni5o1GyysWGD/Yvh1uC4njwcwhzEpPAHZM6rOsH3PogHcMVHEo+IAsfYJAoGBAMud\niS7dBBOcKT5iwSB8dXDZU41Cfj9mJ0GyWb3T6+dTll2E8aWxgErvj8XFMM6EgCxy\naR+90U20Ea0tCGeTfZkjGprnhpQuANQSMArPSJE5LKDwhodNlSr71bMOtQufZXMh\nlPY9oFjfdA6F1aKdmyjanDI7eIUwcEO/YCap6dodAoGAFjEB4dsC/6CYNWwSPICy\n85ZUfrZOrb9QCAkgEHwFg1N+mlxPTiE+nl51ftp3jCfN9kHrXN6MIegw3EM5YmxY\nvlzWrRg50tC4C1aFoueKLnLFXqr8h/GMWQ7YDeIZedMYab62OhGS1FOOMprX11uI\n/YLuS5d93wzNyLY7Vz8z2wI=\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052102771,'http',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/carol#main-key',3766594260191248384,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAz/e6ok01mVbQ87lP+nN5\nC/J1wIH9unMuEEl465PpAFd5e86E+wLl2vgS4RQ7m5J7mOsi9t3FWf7yErN1q92x\nHZ029FGi2cYIr9zJ6C/ESfAOYBDg0d7aUSexzbMk1/LE8O+XwJ8DT6i4LTCv9A3q\nmPi769/QNsrZX7bfuZI4nf+WzJ3M9osRNOkrmbbHWWqQXyfIDioIGrUnY8T5odjW\nf+kaQxuUDpR+nG0gfJQLqldOXk8GJTaWP6dszrXMCg+DOXWyQPtR/J2/y4YEpvid\nVTEXDSV6gOrDNZ4aTppb8NWophKn0a+sq+AcKEhgCSTcGwiHJdFUsVuRA+DEXsLy\n+QIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDP97qiTTWZVtDz\nuU/6c3kL8nXAgf26cy4QSXjrk+kAV3l7zoT7AuXa+BLhFDubknuY6yL23cVZ/vIS\ns3Wr3bEdnTb0UaLZxgiv3MnoL8RJ8A5gEODR3tpRJ7HNsyTX8sTw75fAnwNPqLgt\nMK/0DeqY+Lvr39A2ytlftt+5kjid/5bMncz2ixE06SuZtsdZapBfJ8gOKggatSdj\nxPmh2NZ/6RpDG5QOlH6cbSB8lAuqV05eTwYlNpY/p2zOtcwKD4M5dbJA+1H8nb/L\nhgSm+J1VMRcNJXqA6sM1nhpOmlvw1aimEqfRr6yr4BwoSGAJJNwbCIcl0VSxW5ED\n4MRewvL5AgMBAAECggEALnZkfEO/LI+0lasKZwQ64DQuYhC4sNnwSeO8T/dm6DRi\n2Any9Eh4tXPUdfRI//AZTHgGAvzXjUxz5UEyUjAwlJLt9uYxObGweafcdRMM6c7n\ny0ciD0lYYaa6ZuA15Egg/0osD3UHLpodcb0tplsglUYG6AMEF+W4bFWlRKaaHxQW\nxbCtRsBigYvhb9KU09DbRHQh6QD8lSTByFV0elXvhdvBX8+pLsS4vn6cX2efUDgj\nyk86ghth5lLRhHmV+/GksBXPKMzqkEd9VYlfdZ09UPLND3/1jU+0I6wFC7z4shol\nQy8C1Ergbl47rZegcag6yZRiGJRY7+o6cFN95r9ozQKBgQDtrdd4KvOruM5MJg/S\nOF6vxi8cQ2pQYRL4DBkOpkmXWAfuaYI1iDNL6y2gQ4v3xGGS7yxo5T9XVJVQXrIL\nhRvLdrhjheVdTQHAUQAPEdz9/70zFCXcMk7SpmSXh+m60OpvPHqHDRgXcxahnC7D\nZQcZlW7f5NTAOmNTNlNtQyALjQKBgQDf/5aNPpLgadKjEPz9k2Ye7qVcal1J4MiY\nQU82AcE+0YUfE5takyCbSuA9gcm4gIw1zqj6wi1iuO5MISQy+r2929RVmsTo8j2s\nPo/SC8Li/XzFuVjFCMkjKBzl/8V3p7aJsKU8kSQgSYnW7+USMiImPOXQ5uilyXq2\nIOsQoi00HQKBgH4splElxBuqTOIB5q47vJBljkbbxwmKrw49JeQwBKsyUWuQWU5f\n0pN/8sW8dgZ/GylsjM/Wu2x5+5Yh3zTcYef+S16SCzQfmElm9rgJTJ8Ob3s5O+wM\nTOno6UfEICFLnNiWa5lcKyjvsNj0V6Lk9ALx4F09VnABzw6yrVE4rD9VAoGAA+Ea\nS2HtC0Pp6PcPWpjl6N07MemJqhDhiHmBFK9dGGhqhMpDI4NuyiG21nnb830OcJQe\nqxEX1iDbx6e/R7698H7RI5ZlmJ8xYD1JIlsfyeyX75ixJ+BqE1jLf1Q5qEPYTnQn\nuG/PD1wWrglDj1gc7UqatE57cvuVS3gwef5FCCUCgYBYH9FpAHOM+pxfm4y/tydE\np8X95MeNZ/IUnAFZ0Fcx41MIs4BlnU3gLCGV/vri9MWaI1w5s1K1qjdM9GN79tnP\nYHuwgpQIk7kca0Kg/mymEidthC3LHJmBoHIEDJIw/YPeVKc7UcjgEXlG6GRuABh0\nDoBCDVsuR+ggx79b15wJoQ==\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052103134,'http',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/dora#main-key',3766594261344165888,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmJNyvDPeH38ZtG1PfzNX\neDYcPlZLe8aPpA6zYG0jWKpSG8AqtGQ/edDnpfhCqnjYsOiUvUaFtNPjEFMhN2Uq\nUIakaSNTo38et2a9wPm+C7EMajmS9dRPQZsjAWn5UFBeO5RXjjfFnXYRSJ5aqnrz\nrFG8rtPd2xNxk6LoZ69nBDMV0TCBlQRMH1LeU4SUuW0RZg/84zKhrnjiOUJrN7zv\nrgOLSh2jq62hXke8epo3Hr8irq8f8swLJg5BP1oxLeqJMdpTE134lJ9FDgYJL3uT\nWLt9Yj4CTcColtDRL/qBS1zaDWSOET/KepNqPypJfH5yhLyYoG5oVKvq+KS89SeR\nAQIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),NULL,1796052103683,'http',1796224909871);
INSERT INTO keys VALUES('http://engineering.acme.test/users/erik#main-key',3766594261802409984,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq3O2UqpA2Xw57CimhaCA\nA9GlEIVoRdgppIPWTDR73KQ2EXNg4eIivrC9ZksynPwD/KX3gOt+03H43NQ4cG1s\nOLG2Tn6H2Ln2cIhD4m6LJrVKQK4TPQ2ynJqVbNr7jpGncEdMrG25Ct3omECICNc7\nHsYXE72LK/HV7jZ1m5L7rxZRsnUEyPqZDtqYEimxgko4wmb69fd6hSX9xe1GWzl3\nnHw6oaA3BI0Uw4Azsh2fju5zwL/dS+gU0+XGwgkp9jRkhOidZSjl7OFJdxOPvxIW\nAdzS8jJt+KzVPyaxk5QJ1vlu4MpdPStt2uifuS3i5xvPsq9+Beux8lx2BYg9VtXk\nLQIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQCrc7ZSqkDZfDns\nKKaFoIAD0aUQhWhF2Cmkg9ZMNHvcpDYRc2Dh4iK+sL1mSzKc/AP8pfeA637Tcfjc\n1DhwbWw4sbZOfofYufZwiEPibosmtUpArhM9DbKcmpVs2vuOkadwR0ysbbkK3eiY\nQIgI1zsexhcTvYsr8dXuNnWbkvuvFlGydQTI+pkO2pgSKbGCSjjCZvr193qFJf3F\n7UZbOXecfDqhoDcEjRTDgDOyHZ+O7nPAv91L6BTT5cbCCSn2NGSE6J1lKOXs4Ul3\nE4+/EhYB3NLyMm34rNU/JrGTlAnW+W7gyl09K23a6J+5LeLnG8+yr34F67HyXHYF\niD1W1eQtAgMBAAECggEACk5g2dRBJLGqe68v3114BILAJN+YFoa5bhm8soT/IxK9\n60ufucRRqVvPbsw7ZSNjC/dgCuBdFdHGj2O0ZtG1DS1lk49YlCcNkNMoHX7en3uL\nVJsCLgvaPj6ul8YMFBReV8n5am4IDwaq2iga5Ukm1SE8NuQQbxpQ7UpZxHnP5kTc\ngQ4AKRG2r8nBjOVzaJdFMfx5S/v9tnmAaepmsl60/8opEwz2S74GjUGkVHZxcmDP\nQH+qQavswdXOoJQ4iwouWZgbIzFHKl/cGHPIUKZX5PIY243OaEkZLfgut1TxJ7y7\n9cp5b6iS+kGzqKSX/WrW828PpdpP0JOAJd8VzmCnkwKBgQDTpKX+nVMDP9gT1bAr\nU+i/FkTjYAJB8RhSzu304zp/VABTBHLRcjQpE12XWru7FgJbBMIh+ZMvgDWidY+b\nHq++pb0fF4WURLFMH/zlzMJBWn5DDYDcUyQ58EOEvs8MSyTbiUa4QXLvb9ytES8l\ndkb0bm+1DO9yEoo0zFwmIiEpWwKBgQDPYq0Oe9oHGyxok3yXTSvH5SUHzDMrW0bk\neuRgIyJ1gV26odI8W/fh0yX79PK2cZAB58MytKvhR/RX///3k8qb8akOxfWQY1Yi\n8esLALpNX4gIr8lz4OUlAJ/fkMmB7+lCgGSJEIO4CVVRq9hb5pdsfEvNM7uEBCBR\nL1g8JqwXFwKBgQDRQOByjuBNvSkJ62RkYnEjxYPU/88bnaG79ial0qi6zbYIXsSb\nOvxBhIkrpaUpg8hOb7T13InfFDdzaiLTbxK6P6pufFYxU32s04+7Maj67tsZttcq\nf/W4Z0qKjBGwiPdnLCJE+UkHXaVlZDEmK/xZnntKGgEA2z3UmB2gAmyhMwKBgQCy\nZXfo1bGgG0gATZ8HqGLY+cz5ADekPEinku+Ro6eo3Tf7q+hl89cwc6phKzz+pIH0\noaHQpIqWqIcQjC9skb3gl+mNw8ySAGHAfcprFJ0uodcrYcwx2mxDgF4Gu04ccHx/\nsGLLZWFplt3F+8WKiLoJoIK0aqQL1GDYdZm5ZKr00QKBgQCclVPH9JkKHc242fHO\nWMFmyE5TXgpZp95PsMN2ULJLCiMSf0DwR9dfvOiv/FaRBIh2qqKUeotV2J04cpqJ\nfMLUTt/buafrDOUHKrxLbfMH4R3heih4qMrjNKzqkg1dfP2DXRjsYG4n3waTag2b\nGqoZdDd2QPLHxWQ/IzFOTNROOg==\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052103902,'http',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/ticker#main-key',3766594262442401792,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqdnmWJ2ySuU3yMSZYQed\nyYhWzRzS2TpKY49BCx/8+KJ8Cv6ClcevlcWG5SvSqF1uqnk2pqwjN6lvC4y5p2Oa\nMwoRGKrB93z82IjrgH0kbxV9RXucKH6JqhDUKQ9/uLvoEDREJZ73rEHDFPuHFm6i\nfk57/jFZmOnmJSBwPEFNHiR5TTL4s3GobUcy605BT+3jj2dxUGxGw0AX5CJamn0x\nZo1NHaoCoXzu8vhgnSmSZJWahVQ5T2R2RWczOtPd6EJNQeUnUsZq5zYLRL41Tghk\nQDb+NCP0TSV6eiT4dTaXgWevSSf29H/Sgaj65A6Y3oE1OocIJisDGv4rwJGsNqqX\nMQIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCp2eZYnbJK5TfI\nxJlhB53JiFbNHNLZOkpjj0ELH/z4onwK/oKVx6+VxYblK9KoXW6qeTamrCM3qW8L\njLmnY5ozChEYqsH3fPzYiOuAfSRvFX1Fe5wofomqENQpD3+4u+gQNEQlnvesQcMU\n+4cWbqJ+Tnv+MVmY6eYlIHA8QU0eJHlNMvizcahtRzLrTkFP7eOPZ3FQbEbDQBfk\nIlqafTFmjU0dqgKhfO7y+GCdKZJklZqFVDlPZHZFZzM6093oQk1B5SdSxmrnNgtE\nvjVOCGRANv40I/RNJXp6JPh1NpeBZ69JJ/b0f9KBqPrkDpjegTU6hwgmKwMa/ivA\nkaw2qpcxAgMBAAECggEAIc6lyyikRsUGC/eZwdbmwKjbAhuFGkjAar2mSCUXUJPi\n1btf2Zkz6T82QOIunWVvdA4JYzZrEhau7CEYCOnJ1PPhgEPotK6TkzP5kAsYl+Wy\nmARpCiRZmVidKgkUNnxsTeFhWQ2hpY83WbNQ6ZWe0T4k7uz6tPWFYglpXYzv4Ro1\nRtyO9SxppePfwEflAAXB91RWENXsrI0iNNDvDYwlUhIzgh/VVPQvLxRv0zw469xy\nVJ2oXy4qEhLFN2H6CwrUrJ91YEtWc1br5b44fkWwlvxuwrilXiFSH+C3byx1e4QM\nYOLwCld8nqfnTXCWV0jUVxLGGhVs04nKt34ZfPtM+QKBgQDc4cFrC9xEKvYdwDmu\ng581U7d5ewrpLGc1lcNBhvHO1Y+0cewdrYpEiJfc+B0dhiVxEH+xjnMoBEiSNhcW\nkBySSjqFRKdLsD2eUqmsXKvdksadt+NJXHajI3mZcVAAkHkap92ZjtaHYc7aXUCX\nDUIp78pHhsxo8W50A0TuJhgsNQKBgQDE2x0hLBNKVAwvlym0RTZ0HxZu1kD74tHh\n8a3itxEkhu6rfqp8Z3sRRAHsSFQsaUncF8ci6cMc7ofI2D5TXAQZMstgqMXwxze2\nQwqXFTaD0Y7/P+g8MzBXp0/r9w7lhUmaoHXEaetfPMTsRJd5IX/4re4nvt4KLGoe\n7Dyj8S0GjQKBgD3RmTaCfUU+2N7+u6YSBG8CXSlMvIMCAGjI33rpb6e5sZyI/dJY\njYgcypP3hP6MWtJIEdT5z1T1zfHN3axc7QIscDB4RHI0gypabE5nKVq8B4aAvsX7\ncOC7vv6o7gEabip9rNGbXoNJZoFK9BbSiR//kpduLKt6VrV1bMdSNhW5AoGBAJvc\nZJ7sF8Xk79UKWWG63xdnuco95yvH9adwQ93aVj9WekfcPT3MbNtJvkAHMGYNYwZY\n6TlSXkJc9bNmy0oS88fDuNUqK7as9QZg5FSk3gnWdOLSBZ0MZn0wIo5QiUHem11L\nKJM/zbUVF1F+KXQluv35MDPV4lWpvsgHAShIfv7NAoGBALkTOMrY2cwsEMFCc7kN\nmCfEKzk98q5dmRdkV73ARFuu5w+Hj0ZxYJAQUZeA9+k9H3j0h/PJ5qLVFjV5tdcz\n4Ir5fhaUq1w2bD4TbsOUUDz7imvEYzNKSdt7qfaVRbu2an9dmHZD7lthpOLnJ5ec\nWwITzrLhu30JoDk7JpFZaeux\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052104207,'http',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/turbines#main-key',3766594266412752896,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsyFS3FNgnorOlE2cdmzP\n0wxErjN1RXjlI5w3VbO1DdoKV/dmzhIEVYHgokQnXFWvheXZIqhKpW4NDsQa2YQY\nYmfQVMtU4EP409UeLc6ZcpkC6r7O/bQZbOG7AZMAbct+Xsb7rpVuASLCa54BjFAR\nccuyLJhygVmcfUPoM8VCLtwCudghYxGGbNu8TMdTQvf0VCZRLjez1qv+au6ph+YN\nlRoWIKsKeJ9UuE3N/Y/Yss4jzijphf/HnPGqJqlN53OzRG8AkxarboyQmbSKwZfa\nwTAYm8goFEBgv5dxJuCkW1c6qQrm7qSErFNWmXjTqUwHRpU4tLJKWKl79dl/PDNw\ngQIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCzIVLcU2Ceis6U\nTZx2bM/TDESuM3VFeOUjnDdVs7UN2gpX92bOEgRVgeCiRCdcVa+F5dkiqEqlbg0O\nxBrZhBhiZ9BUy1TgQ/jT1R4tzplymQLqvs79tBls4bsBkwBty35exvuulW4BIsJr\nngGMUBFxy7IsmHKBWZx9Q+gzxUIu3AK52CFjEYZs27xMx1NC9/RUJlEuN7PWq/5q\n7qmH5g2VGhYgqwp4n1S4Tc39j9iyziPOKOmF/8ec8aomqU3nc7NEbwCTFqtujJCZ\ntIrBl9rBMBibyCgUQGC/l3Em4KRbVzqpCubupISsU1aZeNOpTAdGlTi0skpYqXv1\n2X88M3CBAgMBAAECggEAII0Zbt6648yTEhmRaWbIFFC6KVLCCIQZ1ZEFcC42JER/\nVTFozeExxu0RSkNqyKlsej9EqDrfR7UaK9kAjQ7nVHiLf+EsNQ29CZeEgqv0sAG0\nqT5PxIQmC6Zwcm6JaSpNtkDgCv9uDEhJ/r7phpslNGHg6KAyTKWhXZUJvOCncHat\ngaJw80dbkOmfGiI7vUcPCQgDC3jlDKanGhEWT2MNsJs6JUhRDwzICsygEzg9bw7+\nnHE5KhhvJTkd54i3MOWUW8/Uy90IOLhEiK8jlDF4QJyK2O4qS/aFvn+UyOZHGkJU\nfm4PFJbcQ4vuvUNQfA1mbqrilgao0u2XTQG7kFi4fQKBgQD1DhaLi2ZSpXdYD8CA\n3RJEZwClKgKMrM6yXtmmHGy90zy9RMxeoqBLFwksjAG9d7vU+Vo5kNQm1Q+H4Dwe\nv2vroESaHCyFTsWcLHMnDaaDGomti9ZTSuVP3Rlf7DVaKQXR8KXXGLZuHnc6SF9b\nc5tbUPiPFba0w0568FKE5/fzJQKBgQC7IXamGBBYAoB4YqMjKytdZBPbBz7G/WrW\nM7SpIHpFl3c8dmu1j3B8UG8+Wy/t9vf7iTnaUxr5a84u1hH7p7iP3fxKCvHHNB4t\n/8trce2EbNi9sW6rSpUKk0MoNs3KazVV2iBGVzfnHVy4Q+vdt1m4nRnlyNn6jDoY\nH0iz5WH3LQKBgFWE2BtUx525/v8taBnQjKpwY8o/8enT+MJI1Z3ht5U7XawTkVrJ\nWDU8UchJB+ZuHY/CgVkrkM4IdsYNXA3C8c+l+6rogCT5i37oCDutyNlh7oAxF9ez\ngHkxiMRv82KGhHBykf2Rs0CUwzkEvrp0itgAVu3gPwWwTvgaXEHjjiU9AoGAU6le\nVluj0vUrYqcWsH54YMSBbAcNNgHOZf2v4301rS9Oi6WV+hIrBCkh0wsJnqYvsDFl\nwAovoRtljuL+HziY9xkT1jaWaa0PYRlfZKYGvpG7RPOyuroZcCTufWgjEUBlFAD1\nNP2BbL5f2bHkHbf/UN5L2cO2UKGox2gVJPiEl/ECgYANriaYhBkIOv+rSfltuU0F\nJEdLgoJ3ziUqoJvtagHWukE/faFm5DvdX/o4YD83QIoY75QVb1/LkagrlnFU2rCH\nht6kQ2k17qaoVv9Wqi+8ZJEcNQxFigqBVk8fW9GmB5VtbrtWhnZE6qvOt9ZC797f\nd4lzheb2CSq/NTm4FvCpWg==\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052106100,'http',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/operations#main-key',3766594267468324864,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlf0fHmhc+2htE6eq1l7S\ny12G+4iUcRjPs/CNM0qJ8gHcxraR4jdD61WoYYbfsBmO8C6/YuS9gb3GW+wX0LpI\nqaW232JJTv0mV+NDf+FkpuvfgiYJMPlrMjQq6JthkKMU8RHXOb/TOviC3d3aLC4b\n5D1Uw9joTDNMFR6Vn9WXDCmNifo/dTef88DwvciYpLpjncF1dhHqe7QoWKMh2Zym\nUWCrGBPipZ4eAkJ4f9SfrBjwYfASS3rqdGFi70CWCeyCG8oC2ltZ5KSwL4ktUwvj\nNSph+PLQVkOUHJVRYODBsbeqhWWqs97jG8vWBHFgtyS3deh2XTpg+gD6E++H3ekc\nKwIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCV/R8eaFz7aG0T\np6rWXtLLXYb7iJRxGM+z8I0zSonyAdzGtpHiN0PrVahhht+wGY7wLr9i5L2BvcZb\n7BfQukippbbfYklO/SZX40N/4WSm69+CJgkw+WsyNCrom2GQoxTxEdc5v9M6+ILd\n3dosLhvkPVTD2OhMM0wVHpWf1ZcMKY2J+j91N5/zwPC9yJikumOdwXV2Eep7tChY\noyHZnKZRYKsYE+Klnh4CQnh/1J+sGPBh8BJLeup0YWLvQJYJ7IIbygLaW1nkpLAv\niS1TC+M1KmH48tBWQ5QclVFg4MGxt6qFZaqz3uMby9YEcWC3JLd16HZdOmD6APoT\n74fd6RwrAgMBAAECggEAC6AAQvOUzVmVJrJWn+HelauMlD9MPg3Nv2UUFJcg5PR2\n/6HT4cQly/4qHFD/Ul9QwFXnOIuBEqa6UpKUb/WYPyncaCjuhKRDTgmLyEQYcIWU\nn7pB+R1DzTLU5o1wfOze6SZYV54CCa6MOhUBXW4/dCu6v6k2q/1H1tU1hJth5yvM\n7i6qA2vZ9M9/tzCe4Qhp665myGvetLVG7/xhBJX/xbjF1gTSqMyiLLh9wvKQVG99\nuy9c+5Q9JK3k1nw95CkMc3nSn34NyxMj03EjlOeXrBa8IL5kb4AaJnG8eIuDV1ql\n3xSLCQBfc0p4XP6tN7VBfGuFBAxZ53KDdQARW8HHoQKBgQDIQGKdblj0AUoWGnIM\nhP2UknDTB/9NNUXLTTwke+EU7jkFHqcWgdqoDvCSAnT9XNiHavcX9DuVDWLJdRHh\n0CFFNtfQrFRDElvB+hWfRbYEctUjZsS9vzKdeBAlVpo6s8hieA5qBd0gmZtouHCq\nDciYNwRWVu8VlzOLb2P5UNWm4QKBgQC/vpaKG73eSYe8fXjDuy1tSoyPcEhVOe7f\naaHBHcajN6IjrdgcxXpiTWYvzDS0oSiQJAymbhEbWOGLOHVk9B7rUqZxHKGY1+7S\nnIS25ePDgm6iaW5/jrK8TcoygI/c9BuFJiQq9KUuDRESOm/U9PwAhNGoP64Arhor\nQlEgcFeAiwKBgGcTbS9oC3Wd7EqwViBHnFeLgXO+3BUb5M8e9GQ7N8KUVNljy9H0\nCV8UQZSGmz2HOxWJY6L63mh8uWrFTe0UOuvrrO8GpWDY5E5WsiaHtYdYrIlKbt7U\nufMASB9QEpdAz1aQQaslVYtgRfSDa8q8yZJAT4U5vls4txmAvs8oYrFBAoGAdY2w\nF13oqsYjvJCkIEO6Fv4UbMAm6HFLHJdTPuU1ac1qzzr+eq0rWecf1f/49CC1kKE5\nTDPAsyZrqIHlnw33gsg6GLC39c+0sFSbHNKWL7/gehvvTa67r6x1YT7mdE0ILjpz\nBA7W0gPaynUfKM1FTkAflWntEKesjYbr29pkGv8CgYA4QN3LQYDatc2KFvQpQXVS\n0Sf81DmXcj4KaGUtp2fQCU0eWxNjm/1Hh1+cGxgGmCnNNzGFfTEpS8Bx6TRXdl0D\n8BaSjOoxnN6MpyQgZ4pV50gTpWnrlq9J533QaKMkOGFaevrtgM9LmE0YTol+xI/U\nIgSysNte45z/dA4NfnSYNg==\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052106603,'http',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/casing_room#main-key',3766594267945771008,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwERhRROMEKZbCzZbhSif\noff0dP1p6cybP6jNY6CIM00UWx1cLY50mKKcSF/DEG50ZPB2DHfnAIG3bOgEBpk7\nP1IV9RNQhw3xQq9ctuR0dJRA7cCj7o5nq77teKgdbJNnk2Ow9ss+LhbOFGf0KVlW\nqgziLra+941jnGjWZW81TEStIn7xSvES9B5rwyEdU8bEd2BMdwES0JiROEl73k3y\nqUNxU/tlQ5QgMfbKkRRhvbtEDq1m894LZeyybarhY1bAvFglXANhtkvRZ4EFhJVR\nq569dZVuihZ9SwGRefy5Xre0nE/+B4O2FfUhWYHMqGhp89PjzvfuP32AOTc/0Spt\nowIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDARGFFE4wQplsL\nNluFKJ+h9/R0/WnpzJs/qM1joIgzTRRbHVwtjnSYopxIX8MQbnRk8HYMd+cAgbds\n6AQGmTs/UhX1E1CHDfFCr1y25HR0lEDtwKPujmervu14qB1sk2eTY7D2yz4uFs4U\nZ/QpWVaqDOIutr73jWOcaNZlbzVMRK0ifvFK8RL0HmvDIR1TxsR3YEx3ARLQmJE4\nSXveTfKpQ3FT+2VDlCAx9sqRFGG9u0QOrWbz3gtl7LJtquFjVsC8WCVcA2G2S9Fn\ngQWElVGrnr11lW6KFn1LAZF5/Llet7ScT/4Hg7YV9SFZgcyoaGnz0+PO9+4/fYA5\nNz/RKm2jAgMBAAECggEASKnvOxyKnIZKtV+bUiWKwzuDY62cmDRwXixNR4BVyVGx\nxke/3SXQMhmOyBmNDso36igo7UhpgPsFWD8NunKx/hnnW4KrtgcSbdn5x9Nqod6f\n9VsPearPSozzkdyzliPVitIsAPHKM8ABrZumHvR5OPZ6ix4c6VFB2sySbq6LbaGD\nvLie6+THegg+j7VJlffbe4/+V0G58odwoMAxApVvQGEn25/q0jkEgcKdZhVvi4BF\nFWixIREDehGIo2VKOgVhkapmVQzevh9o2GjmcKMJFnjKp6UDhSUI5umxTo7n3aeq\negSzAofudb9kKpETGI/NHFP3ceF7ZX7zgsSEU7qPrQKBgQD9nVCF77iaNbGXdOF6\nxAb8NQzxMWYde3lRGfIFkKhDQe89oqC2EJu+GLw+9B1zSOOCf/CIIl0uPD83iAEK\nzs8fHCGM+694khxZGdi8dQu1SlhcDsDDbY696v/CjRIXh6EeCROQYZvu6gikiYbu\nMRe3m6pawEuAGYQ3XWDNihnHJQKBgQDCE1hleFGWuXopUpC3MbHdoQWI6WuhBtM4\nKHZREjz11pavFS8auvluDdkKtEH/lqhxiWLd3BH2GMtOiXg7D4yp9gqTUUWPzK/Z\noFHgEKTKnI0scTIZ/HKZp8hMU3XHBwZhZA6QNVMEKSZyKCAkn5rZMeoGWS3keheu\njf/JyuyLJwKBgQDiJJKWu4k6SMKQsPIWDBHGdm+R6mCJzX4B6Ua725+OSY7QwODZ\nN7oIKfpBkF9qWwYzaW3LlgjMn4AnPijfwEVEEkuAcTSoKHEKqlduxFeqUh60B5uv\nJ1Pu2Usx6aTGQnRSWfmN9tuakCkgvlkIr9HcMPwYa/tmwFn7HFKjNI+D2QKBgCuE\n+wWF/YW3AdXSVfE+i4wPV5ZkAWaSiTrGmAGF/XWDMTcBoRZ1ZwluwYTM9x/BQPR0\nwl7NwplU5gIugW99BSX3rldqmhas56H9eV6tXMayZFXa7Ek3ettJ7HhxHrAKuzuL\nnFhqHLuKHrzqkoqj361kq/3QcaISXs0duoYdov1xAoGAREfvN/H83G6K9GhQT9JR\nCB+roBMT/2XsrADPZVK4EH6dIxL3cssZZFf4RX+s00k2jOBwrY2AvXysB/keag9G\noFSCIKSRuZy+rmccaLJatsJwFUQ+BCY79emOk4oYPBLmNnr6eNna9z6v1aw4f4Jc\nMdpWa6XmI/IuGrHkTsRxOWI=\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052106831,'http',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/alice#ed25519-key',3766594258800582656,replace('-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAMsyhN18UYbluqizNb3z+fXXalk/sSl+hXAjlhi7euFg=\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIIUbY4/10h8+oKiK9xzqpvwcoS8AQn8gKdNJX8sf5Yuj\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052106952,'proof',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/dora#ed25519-key',3766594261344165888,replace('-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAHEpfYJen9JXudf/opoRrQi9toT9ceMnKVbQ5s0YwLmg=\n-----END PUBLIC KEY-----\n','\n',char(10)),NULL,1796052106968,'proof',1796224909871);
INSERT INTO keys VALUES('http://partner.localhost:33591/users/ann#main-key',3766594268299870208,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzXQbT3vvssHt6+xTJ6iT\nGepL4NG6EkTgQa40idonu+6LMTzMsoYO5KTnWfrpJYeE/IKhvnB7vhhiutido049\nFQ0WK52DGJNvY0mMYvXPHN+aLKdyf27ofxcgRva67dR09spG1fWROYZ8aFnRfJyi\nU5Bdp5OYuLbttgLGfugH7gxnFcKSNtDVHRMam/wH5+GEoX9lv4sfDQ4SSV3GM/H1\nzkh15/7aTa6wTMAEic2Ja+3WfZZuKRRhoVZAEFbMIHkLBupGExdUcuc1xTGKeL6L\nxvR1nbK/3NAPVLyl+IKzoUetzrCbklEbIudbBoEhRxm1SzhOH6PBTfxns8KJ46E8\n+QIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),NULL,1796052107000,'http',NULL);
INSERT INTO keys VALUES('http://partner.localhost:33591/users/ben#main-key',3766594268434087936,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzXQbT3vvssHt6+xTJ6iT\nGepL4NG6EkTgQa40idonu+6LMTzMsoYO5KTnWfrpJYeE/IKhvnB7vhhiutido049\nFQ0WK52DGJNvY0mMYvXPHN+aLKdyf27ofxcgRva67dR09spG1fWROYZ8aFnRfJyi\nU5Bdp5OYuLbttgLGfugH7gxnFcKSNtDVHRMam/wH5+GEoX9lv4sfDQ4SSV3GM/H1\nzkh15/7aTa6wTMAEic2Ja+3WfZZuKRRhoVZAEFbMIHkLBupGExdUcuc1xTGKeL6L\nxvR1nbK/3NAPVLyl+IKzoUetzrCbklEbIudbBoEhRxm1SzhOH6PBTfxns8KJ46E8\n+QIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),NULL,1796052107064,'http',NULL);
INSERT INTO keys VALUES('http://sister.localhost:33591/users/sue#main-key',3766594268738174976,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzXQbT3vvssHt6+xTJ6iT\nGepL4NG6EkTgQa40idonu+6LMTzMsoYO5KTnWfrpJYeE/IKhvnB7vhhiutido049\nFQ0WK52DGJNvY0mMYvXPHN+aLKdyf27ofxcgRva67dR09spG1fWROYZ8aFnRfJyi\nU5Bdp5OYuLbttgLGfugH7gxnFcKSNtDVHRMam/wH5+GEoX9lv4sfDQ4SSV3GM/H1\nzkh15/7aTa6wTMAEic2Ja+3WfZZuKRRhoVZAEFbMIHkLBupGExdUcuc1xTGKeL6L\nxvR1nbK/3NAPVLyl+IKzoUetzrCbklEbIudbBoEhRxm1SzhOH6PBTfxns8KJ46E8\n+QIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),NULL,1796052107209,'http',NULL);
INSERT INTO keys VALUES('http://sister.localhost:33591/users/sam#main-key',3766594268864004096,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzXQbT3vvssHt6+xTJ6iT\nGepL4NG6EkTgQa40idonu+6LMTzMsoYO5KTnWfrpJYeE/IKhvnB7vhhiutido049\nFQ0WK52DGJNvY0mMYvXPHN+aLKdyf27ofxcgRva67dR09spG1fWROYZ8aFnRfJyi\nU5Bdp5OYuLbttgLGfugH7gxnFcKSNtDVHRMam/wH5+GEoX9lv4sfDQ4SSV3GM/H1\nzkh15/7aTa6wTMAEic2Ja+3WfZZuKRRhoVZAEFbMIHkLBupGExdUcuc1xTGKeL6L\nxvR1nbK/3NAPVLyl+IKzoUetzrCbklEbIudbBoEhRxm1SzhOH6PBTfxns8KJ46E8\n+QIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),NULL,1796052107269,'http',NULL);
INSERT INTO keys VALUES('http://partner.localhost:33591/users/eve#main-key',3766594268618637312,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzXQbT3vvssHt6+xTJ6iT\nGepL4NG6EkTgQa40idonu+6LMTzMsoYO5KTnWfrpJYeE/IKhvnB7vhhiutido049\nFQ0WK52DGJNvY0mMYvXPHN+aLKdyf27ofxcgRva67dR09spG1fWROYZ8aFnRfJyi\nU5Bdp5OYuLbttgLGfugH7gxnFcKSNtDVHRMam/wH5+GEoX9lv4sfDQ4SSV3GM/H1\nzkh15/7aTa6wTMAEic2Ja+3WfZZuKRRhoVZAEFbMIHkLBupGExdUcuc1xTGKeL6L\nxvR1nbK/3NAPVLyl+IKzoUetzrCbklEbIudbBoEhRxm1SzhOH6PBTfxns8KJ46E8\n+QIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),NULL,1796052108496,'http',NULL);
INSERT INTO keys VALUES('http://partner.localhost:33591/users/dan#main-key',3766594271535775744,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzXQbT3vvssHt6+xTJ6iT\nGepL4NG6EkTgQa40idonu+6LMTzMsoYO5KTnWfrpJYeE/IKhvnB7vhhiutido049\nFQ0WK52DGJNvY0mMYvXPHN+aLKdyf27ofxcgRva67dR09spG1fWROYZ8aFnRfJyi\nU5Bdp5OYuLbttgLGfugH7gxnFcKSNtDVHRMam/wH5+GEoX9lv4sfDQ4SSV3GM/H1\nzkh15/7aTa6wTMAEic2Ja+3WfZZuKRRhoVZAEFbMIHkLBupGExdUcuc1xTGKeL6L\nxvR1nbK/3NAPVLyl+IKzoUetzrCbklEbIudbBoEhRxm1SzhOH6PBTfxns8KJ46E8\n+QIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),NULL,1796052108543,'http',NULL);
INSERT INTO keys VALUES('http://engineering.acme.test/users/dora#key-1796052109871',3766594261344165888,replace('-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAthPEAaiU5Lvu2NMtK9Mx\nxFmWrJCmE4hnOno+H43102jNgEOZiT2RwKWkeXPsTHvIR/PNARXlL9pfa3fWtU5d\nTECTOl4XjK7ya94v8J/8kTYmBcJbue2xinny/OKAqBPbWBTKWUXtT2daBZIPpFvM\nnXIntNXWGdzl+VUJ0twM3DjFjyHjtCBJwDXFZ2Gtp45YJnc75cK6aSS5KoHY1w9i\nT2/etaUyV5iDmONYoJYr/UHRsz6C3GlaFC8ow2A7rFzRKOhHYkO8R8km3I83kJH7\nzyZWAOGA6oQpolObMfk5jLND2SaQY2HiTJp3eMm53FW8lP+rmqWtNEkOTCuuhfoW\niQIDAQAB\n-----END PUBLIC KEY-----\n','\n',char(10)),replace('-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQC2E8QBqJTku+7Y\n0y0r0zHEWZaskKYTiGc6ej4fjfXTaM2AQ5mJPZHApaR5c+xMe8hH880BFeUv2l9r\nd9a1Tl1MQJM6XheMrvJr3i/wn/yRNiYFwlu57bGKefL84oCoE9tYFMpZRe1PZ1oF\nkg+kW8ydcie01dYZ3OX5VQnS3AzcOMWPIeO0IEnANcVnYa2njlgmdzvlwrppJLkq\ngdjXD2JPb961pTJXmIOY41igliv9QdGzPoLcaVoULyjDYDusXNEo6EdiQ7xHySbc\njzeQkfvPJlYA4YDqhCmiU5sx+TmMs0PZJpBjYeJMmnd4ybncVbyU/6uapa00SQ5M\nK66F+haJAgMBAAECggEADZ+B+VvLNCgJkWiPhylonlfTqbqy6mA41QvDbSn6fCRp\nx9CHAtk7+A2MtlehlQFn9VY8/vlL6h4tKIXRZ0RjP6rPOT1EBs8qLT71GExoIddK\n1gB6S3mI4KMKNridxrWhoj//+dj9DgVeG2+XwwTpVNhvNx0OxWWdQWAG+aNkRO/M\nKln8QyzGRx8VsYxKpweKUGGyRJpTu34XYTZAdYRM9LorIaGi1Q6tjEFFX0PQ6mHS\najLwblkievFPur+uTE8MXHDOQ1HoXcCnHfgC8toqcnkQ5OOBezEJ4RJfNbULH47+\nnF/oY60AzSRRHjYtmpB8SIgCsOAO0rcpGL80BSct+QKBgQDeAriQpssTuv3mFQhl\n0WeDrq8lADIsucur6E80KMAnYvkSC0VOD26+WZvS9lYmy0PadStzaOt0oicUj5G8\nY3AkHdmW7XjHTmkTubQinCVTxaWfYm4Ox1zhZToBEisMxvgm+ksaYLmXPQUxnKO6\ncQROxxeebwknuhwdoMki5qhkzQKBgQDR8+5lSk81qQ2KqPzw5OPocP57YXl1zzQl\nznJajuSfqCTXRiyZgq/288vwqaPOQzVKVG1LXtcaF7/XOIKPDVZp4PF371dcDLeb\njFxTewJ6AkV29EJnUe4wgSpl8EiBlAyZmfE3v5oyxtoK9+GdixucX2TKOFZKtAxs\nsYef/aXYrQKBgCsThBQtCMIvSgxWkGaRFvCp+DnJq/KZqjcUwClyrrX1sjYaEbxv\nqiEs6dspCNZGIkhE68Vc2jKrM8H9iV1wPdYEJK/wK7sgL6swIQ+GFIgIlXYzdv9P\nF2p0ZajHiarVAFkvv1rC4b/CiztxFSObwiY24xJOoQwgRExLYjtvXcURAoGAUfNi\nEX1w76QeGgqeOLVPVJKOcsB4dYi8dSlhL4HpMXyjbLgCfqUpZD6DU1wUCVXofiv4\nQVwyoAe3JR30sDvniAp6lnMA6Xg5Tuj5vMgeDlvGm4j6RnQPgjVYxFOHKbUNOgOB\nyV3rpXhC8dcR5LnAvEfsApb878nZs6+UHdoXGz0CgYBoE21E4XggjhdQ2WCi6wYq\ncof5MFeYC/Z1Q/lPol/9XoQA5kbOW5qJ6djBNGtbAgah8JAOqPGjcq9AoQARgFlP\npZTuFova+OVq5WXgS8rwm6GMIKVG0Ml5VawzNdpnrBQBD3W5AknZ6FpQ8NCY7pRI\nVnz3dIIibtDLmF+ltBZOfA==\n-----END PRIVATE KEY-----\n','\n',char(10)),1796052109871,'http',NULL);
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    password_hash TEXT,
    role TEXT NOT NULL CHECK (role IN ('member', 'moderator', 'admin')),
    disabled_at INTEGER,
    created_at INTEGER NOT NULL,
    last_sign_in_at INTEGER,
    default_reach TEXT CHECK (default_reach IN ('direct', 'followers', 'instance', 'company', 'partners', 'public')),
    default_sensitive INTEGER NOT NULL DEFAULT 0 CHECK (default_sensitive IN (0, 1)),
    default_language TEXT
, default_quotable TEXT NOT NULL DEFAULT 'public'
    CHECK (default_quotable IN ('nobody', 'followers', 'public'))) STRICT;
INSERT INTO users VALUES(3766594258800582657,3766594258800582656,'alice@acme.test','$argon2id$v=19$m=19456,t=2,p=1$23nduACWeDt1S4LSxO8eHw$f0/8/ci45GywpfmGa8nxApVYn9besROeBEzbcEkEVjM','admin',NULL,1796052102470,1796052106922,NULL,0,NULL,'public');
INSERT INTO users VALUES(3766594259432464385,3766594259432464384,'bob@acme.test','$argon2id$v=19$m=19456,t=2,p=1$VoSmoIzSoG++Yg3n0T1NBg$2inVfFIBrq481hvzqc33xQwBx5k1bhv/YH/+XEQAjsE','member',NULL,1796052102771,NULL,NULL,0,NULL,'public');
INSERT INTO users VALUES(3766594260191248385,3766594260191248384,'carol@acme.test','$argon2id$v=19$m=19456,t=2,p=1$xF7uaXzT/TzPOfhSsjq8gw$nnR78aUxWHaDrUNm8d4kWmVLsHHnZlXmyTF/2apW6u4','moderator',NULL,1796052103133,NULL,NULL,0,NULL,'public');
INSERT INTO users VALUES(3766594261344165889,3766594261344165888,'dora@acme.test','$argon2id$v=19$m=19456,t=2,p=1$vH6bwTKh1NKiGPUCe0OAug$lT63tI/wKuecJG/wxFMDoAp8M3VDuln7vgguJpDbumA','member',NULL,1796052103683,NULL,NULL,0,NULL,'public');
INSERT INTO users VALUES(3766594261802409985,3766594261802409984,'erik@acme.test','$argon2id$v=19$m=19456,t=2,p=1$E0+EPc8kjPqjgII/mT8vSQ$vHsFJ9dKYiUWr5/6F6dT6oIP2Qz+qQBlSUiODiGabTM','member',NULL,1796052103902,NULL,NULL,0,NULL,'public');
INSERT INTO users VALUES(3766594262442401793,3766594262442401792,'ticker@bots.invalid',NULL,'member',NULL,1796052104207,NULL,NULL,0,NULL,'public');
CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    csrf TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
INSERT INTO sessions VALUES('1722849c507e3535d0985f6e804dc129579ec36c850755da081c12c086032bd8',3766594258800582657,'pBlAHqQjYPrVDzXcwYuup6ZAjf8xuAnUBa1TAtFB2v8',1796052106921,1797261706921);
CREATE TABLE oauth_apps (
    id INTEGER NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    website TEXT,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO oauth_apps VALUES(3766594267991588864,'_gkdrDtJOgJIDkZi8UllLEsGU8AFxV3wH2xLwaKrPfk','4fcc6c8ce027b9e01e0d2652e637b69164e93f6743ab917f717f2a8652687be2','Tusky',NULL,'urn:ietf:wg:oauth:2.0:oob','follow push read write',1796052106853);
CREATE TABLE oauth_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    app_id INTEGER NOT NULL REFERENCES oauth_apps (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    challenge TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
INSERT INTO oauth_codes VALUES('6e9840cb75a5d496181a7ad84f30233e6054a907bd193fb3a2cbcf4e19e9dcd2',3766594267991588864,3766594258800582657,'urn:ietf:wg:oauth:2.0:oob','follow push read write',NULL,1796052106931,1796052706931,1796052106933);
CREATE TABLE oauth_tokens (
    id INTEGER NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    app_id INTEGER REFERENCES oauth_apps (id) ON DELETE CASCADE,
    user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT;
INSERT INTO oauth_tokens VALUES(3766594262687760384,'23818e9267ce0f00137ffa663b0b11cbfa58a52311547364798d4f18bc55a83d',NULL,3766594259432464385,NULL,'follow push read write',1796052104324,1796052105017,NULL);
INSERT INTO oauth_tokens VALUES(3766594262975504384,'59ba30547029dc272975e96a365e8f5e953162b5f49f15114981732eb9872652',NULL,3766594261344165889,NULL,'follow push read write',1796052104461,1796052105022,NULL);
INSERT INTO oauth_tokens VALUES(3766594263288995840,'c4cf53a9ff1f45905bf38d2468c93cabfe5b694de0fa6f0c230d9765d69d4882',NULL,3766594261802409985,NULL,'follow push read write',1796052104610,1796052105035,NULL);
INSERT INTO oauth_tokens VALUES(3766594263603937280,'387cd35ebf0eb15a43350e2d73ac578dbe7dfd3359069b950f1cc26782844d27',NULL,3766594258800582657,NULL,'admin:read admin:write follow push read write',1796052104761,1796052105040,NULL);
INSERT INTO oauth_tokens VALUES(3766594263809187840,'c828d5759c36930427106ee976ddbc22f7f909d826b6fe01aae7adc7a055d81c',NULL,3766594260191248385,NULL,'admin:read admin:write follow push read write',1796052104858,1796052105046,NULL);
INSERT INTO oauth_tokens VALUES(3766594268159361024,'69766dadc45400bb0786cc241a5ad69186db97ae74e9ec54a45e9e5582d505cf',3766594267991588864,3766594258800582657,'6e9840cb75a5d496181a7ad84f30233e6054a907bd193fb3a2cbcf4e19e9dcd2','follow push read write',1796052106933,1796052106935,NULL);
INSERT INTO oauth_tokens VALUES(3766594270810087424,'a8fe8133933a1e8e5205c74214a57844e0d4f3de4237c5095dbee602ce77c749',NULL,3766594262442401793,NULL,'read write:statuses',1796052108197,1796052108209,NULL);
CREATE TABLE statuses (
    id INTEGER NOT NULL PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    url TEXT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    local INTEGER NOT NULL CHECK (local IN (0, 1)),
    in_reply_to_id INTEGER REFERENCES statuses (id) ON DELETE SET NULL,
    in_reply_to_uri TEXT,
    in_reply_to_account_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    reblog_of INTEGER REFERENCES statuses (id) ON DELETE CASCADE,
    conversation_id INTEGER NOT NULL,
    content TEXT NOT NULL DEFAULT '',
    source TEXT,
    spoiler_text TEXT NOT NULL DEFAULT '',
    sensitive INTEGER NOT NULL DEFAULT 0 CHECK (sensitive IN (0, 1)),
    language TEXT,
    reach TEXT NOT NULL CHECK (reach IN ('direct', 'group', 'followers', 'instance', 'company', 'partners', 'public')),
    listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
    app_id INTEGER REFERENCES oauth_apps (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    pinned_at INTEGER,
    replies_count INTEGER NOT NULL DEFAULT 0,
    reblogs_count INTEGER NOT NULL DEFAULT 0,
    favourites_count INTEGER NOT NULL DEFAULT 0, content_type TEXT NOT NULL DEFAULT 'text/plain', quote_automatic TEXT NOT NULL DEFAULT 'nobody'
    CHECK (quote_automatic IN ('nobody', 'others', 'followers', 'public')), quote_manual TEXT NOT NULL DEFAULT 'nobody'
    CHECK (quote_manual IN ('nobody', 'others', 'followers', 'public')), emojis TEXT NOT NULL DEFAULT '[]', partner TEXT, partner_alone INTEGER NOT NULL DEFAULT 0 CHECK (partner_alone IN (0, 1)), addressed INTEGER NOT NULL DEFAULT 0 CHECK (addressed IN (0, 1)), circle_id INTEGER REFERENCES circles (id) ON DELETE SET NULL, group_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    CHECK (local OR reach <> 'instance' OR reblog_of IS NOT NULL)
) STRICT;
INSERT INTO statuses VALUES(3766594142471003352,'http://partner.localhost:33591/notes/first',NULL,3766594268299870208,0,NULL,NULL,NULL,NULL,3766594142471003352,'<p>From the partner</p>',NULL,'',0,NULL,'public',1,NULL,1796052047000,NULL,NULL,1,1,1,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594142471193173,'http://partner.localhost:33591/notes/poll',NULL,3766594268299870208,0,NULL,NULL,NULL,NULL,3766594142471193173,'<p>Delivery when?</p>',NULL,'',0,NULL,'public',1,NULL,1796052047000,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594144568828116,'http://partner.localhost:33591/notes/quoted',NULL,3766594268434087936,0,NULL,NULL,NULL,NULL,3766594144568828116,'<p>Quote me</p>',NULL,'',0,NULL,'public',1,NULL,1796052048000,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594144569204330,'http://partner.localhost:33591/notes/quoting',NULL,3766594268299870208,0,NULL,NULL,NULL,NULL,3766594144569204330,'<p>As Ben says</p>',NULL,'',0,NULL,'public',1,NULL,1796052048000,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594144569390591,'http://partner.localhost:33591/notes/answer',NULL,3766594268299870208,0,NULL,'http://partner.localhost:33591/slow/parent',NULL,NULL,3766594144569390591,'<p>Under something unknown</p>',NULL,'',0,NULL,'public',1,NULL,1796052048000,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594266203273391,'http://partner.localhost:33591/activities/boost-1',NULL,3766594268434087936,0,NULL,NULL,NULL,3766594269212131328,3766594266203273391,'',NULL,'',0,NULL,'public',1,NULL,1796052106000,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269126148096,'http://engineering.acme.test/users/alice/statuses/3766594269126148096','http://engineering.acme.test/@alice/3766594269126148096',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269126148096,'<p>A new blade</p>','A new blade','',1,NULL,'public',1,NULL,1796052107394,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269140828160,'http://engineering.acme.test/users/alice/statuses/3766594269140828160','http://engineering.acme.test/@alice/3766594269140828160',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269140828160,'<p>For instance <a href="http://engineering.acme.test/tags/turbines" class="mention hashtag" rel="tag">#<span>turbines</span></a></p>','For instance #turbines','',0,NULL,'instance',1,NULL,1796052107401,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269168091136,'http://engineering.acme.test/users/alice/statuses/3766594269168091136','http://engineering.acme.test/@alice/3766594269168091136',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269168091136,'<p>For company <a href="http://engineering.acme.test/tags/turbines" class="mention hashtag" rel="tag">#<span>turbines</span></a></p>','For company #turbines','',0,NULL,'company',1,NULL,1796052107414,NULL,NULL,1,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269186965504,'http://engineering.acme.test/users/alice/statuses/3766594269186965504','http://engineering.acme.test/@alice/3766594269186965504',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269186965504,'<p>For partners, corrected</p>','For partners, corrected','',0,NULL,'partners',1,NULL,1796052107423,1796052108331,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269212131328,'http://engineering.acme.test/users/alice/statuses/3766594269212131328','http://engineering.acme.test/@alice/3766594269212131328',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269212131328,'<p>For public <a href="http://engineering.acme.test/tags/turbines" class="mention hashtag" rel="tag">#<span>turbines</span></a></p>','For public #turbines','',0,NULL,'public',1,NULL,1796052107435,NULL,1796052107596,0,2,2,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269239394304,'http://engineering.acme.test/users/alice/statuses/3766594269239394304','http://engineering.acme.test/@alice/3766594269239394304',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269239394304,'<p>For one partner</p>','For one partner','',0,NULL,'partners',1,NULL,1796052107448,NULL,NULL,0,0,0,'text/plain','public','nobody','[]','partner.localhost:33591',0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269291823104,'http://engineering.acme.test/users/alice/statuses/3766594269291823104','http://engineering.acme.test/@alice/3766594269291823104',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269291823104,'<p><span class="h-card" translate="no"><a href="http://engineering.acme.test/@bob" class="u-url mention">@<span>bob</span></a></span> for you</p>','@bob for you','',0,NULL,'direct',0,NULL,1796052107473,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269325377536,'http://engineering.acme.test/users/alice/statuses/3766594269325377536','http://engineering.acme.test/@alice/3766594269325377536',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269325377536,'<p>Details</p>','Details','An accident',1,'en','company',1,NULL,1796052107489,1796052107589,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269361029120,'http://engineering.acme.test/users/alice/statuses/3766594269361029120','http://engineering.acme.test/@alice/3766594269361029120',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269361029120,'<p>Which alloy?</p>','Which alloy?','',0,NULL,'public',1,NULL,1796052107506,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269396680704,'http://engineering.acme.test/users/bob/statuses/3766594269396680704','http://engineering.acme.test/@bob/3766594269396680704',3766594259432464384,1,NULL,NULL,NULL,NULL,3766594269396680704,'<p>Read <a href="http://partner.localhost:33591/page" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">http://</span><span class="">partner.localhost:33591/page</span><span class="invisible"></span></a></p>','Read http://partner.localhost:33591/page','',0,NULL,'public',1,NULL,1796052107523,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269426040832,'http://engineering.acme.test/users/bob/statuses/3766594269426040832','http://engineering.acme.test/@bob/3766594269426040832',3766594259432464384,1,NULL,NULL,NULL,NULL,3766594269426040832,'<p>Well said</p>','Well said','',0,NULL,'company',1,NULL,1796052107537,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269472178176,'http://engineering.acme.test/users/bob/statuses/3766594269472178176','http://engineering.acme.test/@bob/3766594269472178176',3766594259432464384,1,3766594269168091136,'http://engineering.acme.test/users/alice/statuses/3766594269168091136',3766594258800582656,NULL,3766594269168091136,'<p><span class="h-card" translate="no"><a href="http://engineering.acme.test/@alice" class="u-url mention">@<span>alice</span></a></span> agreed</p>','@alice agreed','',0,NULL,'company',1,NULL,1796052107559,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269514121216,'http://engineering.acme.test/users/alice/statuses/3766594269514121216','http://engineering.acme.test/@alice/3766594269514121216',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269514121216,'<p>Thank you for the night shift</p>','Thank you for the night shift','',0,NULL,'company',1,NULL,1796052107579,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269610590208,'http://engineering.acme.test/users/alice/statuses/3766594269610590208','http://engineering.acme.test/@alice/3766594269610590208',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594269610590208,'<p>The fire doors stay shut</p>','The fire doors stay shut','',0,NULL,'instance',1,NULL,1796052107625,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594269950328832,'http://engineering.acme.test/users/bob/statuses/3766594269950328832/activity',NULL,3766594259432464384,1,NULL,NULL,NULL,3766594269212131328,3766594269950328832,'',NULL,'',0,NULL,'public',1,NULL,1796052107787,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594270178918400,'http://engineering.acme.test/users/bob/statuses/3766594270178918400','http://engineering.acme.test/@bob/3766594270178918400',3766594259432464384,1,NULL,NULL,NULL,NULL,3766594270178918400,'<p><span class="h-card" translate="no"><a href="http://engineering.acme.test/@dora" class="u-url mention">@<span>dora</span></a></span> are you there?</p>','@dora are you there?','',0,NULL,'direct',0,NULL,1796052107896,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594270250221568,'http://engineering.acme.test/users/alice/statuses/3766594270250221568','http://engineering.acme.test/@alice/3766594270250221568',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594270250221568,'<p>Only for us</p>','Only for us','',0,NULL,'direct',0,NULL,1796052107930,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,1,3766594270210375680,NULL);
INSERT INTO statuses VALUES(3766594270321524736,'http://engineering.acme.test/users/bob/statuses/3766594270321524736','http://engineering.acme.test/@bob/3766594270321524736',3766594259432464384,1,NULL,NULL,NULL,NULL,3766594270321524736,'<p>The rotor is balanced</p>','The rotor is balanced','',0,NULL,'company',1,NULL,1796052107964,NULL,NULL,0,1,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,3766594266412752896);
INSERT INTO statuses VALUES(3766594270321524738,'http://engineering.acme.test/users/turbines/statuses/3766594270321524738/activity',NULL,3766594266412752896,1,NULL,NULL,NULL,3766594270321524736,3766594270321524738,'',NULL,'',0,NULL,'company',1,NULL,1796052107964,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,3766594266412752896);
INSERT INTO statuses VALUES(3766594270388633600,'http://engineering.acme.test/users/alice/statuses/3766594270388633600','http://engineering.acme.test/@alice/3766594270388633600',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594270388633600,'<p>Written for Alice</p>','Written for Alice','',0,NULL,'company',1,NULL,1796052107996,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594270841618432,'http://engineering.acme.test/users/ticker/statuses/3766594270841618432','http://engineering.acme.test/@ticker/3766594270841618432',3766594262442401792,1,NULL,NULL,NULL,NULL,3766594270841618432,'<p>Build 7 failed</p>','Build 7 failed','',0,NULL,'instance',1,NULL,1796052108212,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594270852104192,'http://engineering.acme.test/users/erik/statuses/3766594270852104192','http://engineering.acme.test/@erik/3766594270852104192',3766594261802409984,1,NULL,NULL,NULL,NULL,3766594270852104192,'<p>NO</p>','NO','',0,NULL,'instance',1,NULL,1796052108217,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594270933893120,'http://engineering.acme.test/users/alice/statuses/3766594270933893120','http://engineering.acme.test/@alice/3766594270933893120',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594270933893120,'<p>Waits for the peers</p>','Waits for the peers','',0,NULL,'public',1,NULL,1796052108256,NULL,NULL,0,1,1,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594270948573184,'http://engineering.acme.test/users/alice/statuses/3766594270948573184','http://engineering.acme.test/@alice/3766594270948573184',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594270948573184,'<p>Waits for followers</p>','Waits for followers','',0,NULL,'followers',0,NULL,1796052108263,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594270965350400,'http://engineering.acme.test/users/alice/statuses/3766594270965350400','http://engineering.acme.test/@alice/3766594270965350400',3766594258800582656,1,3766594142471003352,'http://partner.localhost:33591/notes/first',3766594268299870208,NULL,3766594142471003352,'<p>Thank you</p>','Thank you','',0,NULL,'public',1,NULL,1796052108271,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594271009390592,'http://engineering.acme.test/users/alice/statuses/3766594271009390592/activity',NULL,3766594258800582656,1,NULL,NULL,NULL,3766594142471003352,3766594271009390592,'',NULL,'',0,NULL,'public',1,NULL,1796052108292,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594271969886208,'http://engineering.acme.test/users/alice/statuses/3766594271969886208','http://engineering.acme.test/@alice/3766594271969886208',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594271969886208,'<p>See <a href="http://partner.localhost:33591/slow/page" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">http://</span><span class="ellipsis">partner.localhost:33591/slow/p</span><span class="invisible">age</span></a></p>','See http://partner.localhost:33591/slow/page','',0,NULL,'instance',1,NULL,1796052108750,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594271995052032,'http://engineering.acme.test/users/bob/statuses/3766594271995052032/activity',NULL,3766594259432464384,1,NULL,NULL,NULL,3766594270933893120,3766594271995052032,'',NULL,'',0,NULL,'public',1,NULL,1796052108762,NULL,NULL,0,0,0,'text/plain','nobody','nobody','[]',NULL,0,0,NULL,NULL);
INSERT INTO statuses VALUES(3766594273275281408,'http://engineering.acme.test/users/alice/statuses/3766594273275281408','http://engineering.acme.test/@alice/3766594273275281408',3766594258800582656,1,NULL,NULL,NULL,NULL,3766594273275281408,'<p>Helmets in the test hall</p>','Helmets in the test hall','',0,NULL,'instance',1,NULL,1796052109372,NULL,NULL,0,0,0,'text/plain','public','nobody','[]',NULL,0,0,NULL,NULL);
CREATE TABLE status_edits (
    id INTEGER NOT NULL PRIMARY KEY,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    spoiler_text TEXT NOT NULL,
    sensitive INTEGER NOT NULL CHECK (sensitive IN (0, 1)),
    created_at INTEGER NOT NULL
, media TEXT NOT NULL DEFAULT '[]', poll_options TEXT NOT NULL DEFAULT '[]') STRICT;
INSERT INTO status_edits VALUES(3766594269535092736,3766594269325377536,'<p>Gruesome details</p>','An accident',1,1796052107489,'[]','[]');
INSERT INTO status_edits VALUES(3766594271091179520,3766594269186965504,'<p>For partners <a href="http://engineering.acme.test/tags/turbines" class="mention hashtag" rel="tag">#<span>turbines</span></a></p>','',0,1796052107423,'[]','[]');
CREATE TABLE mentions (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, silent INTEGER NOT NULL DEFAULT 0 CHECK (silent IN (0, 1)),
    PRIMARY KEY (status_id, account_id)
) STRICT;
INSERT INTO mentions VALUES(3766594269291823104,3766594259432464384,0);
INSERT INTO mentions VALUES(3766594269472178176,3766594258800582656,0);
INSERT INTO mentions VALUES(3766594269514121216,3766594259432464384,0);
INSERT INTO mentions VALUES(3766594270178918400,3766594261344165888,0);
INSERT INTO mentions VALUES(3766594270250221568,3766594259432464384,1);
INSERT INTO mentions VALUES(3766594270250221568,3766594268299870208,1);
INSERT INTO mentions VALUES(3766594144569390591,3766594258800582656,0);
CREATE TABLE tags (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> '')
, trendable INTEGER CHECK (trendable IN (0, 1))) STRICT;
INSERT INTO tags VALUES(3766594269140828161,'turbines',NULL);
CREATE TABLE status_tags (
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    PRIMARY KEY (tag_id, status_id)
) STRICT;
INSERT INTO status_tags VALUES(3766594269140828161,3766594269140828160);
INSERT INTO status_tags VALUES(3766594269140828161,3766594269168091136);
INSERT INTO status_tags VALUES(3766594269140828161,3766594269212131328);
CREATE TABLE tombstones (
    uri TEXT NOT NULL PRIMARY KEY,
    actor_uri TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO tombstones VALUES('http://engineering.acme.test/users/alice/statuses/3766594269564452864','http://engineering.acme.test/users/alice',1796052107611);
INSERT INTO tombstones VALUES('http://engineering.acme.test/users/alice/statuses/3766594269256171520','http://engineering.acme.test/users/alice',1796052108342);
INSERT INTO tombstones VALUES('http://engineering.acme.test/users/alice/statuses/3766594272032800768','http://engineering.acme.test/users/alice',1796052109091);
INSERT INTO tombstones VALUES('http://engineering.acme.test/users/alice/statuses/3766594272721174528','http://engineering.acme.test/users/alice',1796052109350);
CREATE TABLE follows (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    show_reblogs INTEGER NOT NULL DEFAULT 1 CHECK (show_reblogs IN (0, 1)),
    notify INTEGER NOT NULL DEFAULT 0 CHECK (notify IN (0, 1)),
    created_at INTEGER NOT NULL, languages TEXT,
    UNIQUE (account_id, target_id),
    CHECK (account_id <> target_id)
) STRICT;
INSERT INTO follows VALUES(3766594266412752898,3766594258800582656,3766594266412752896,'http://engineering.acme.test/users/alice#follows/3766594266412752898',1,1,0,1796052106100,NULL);
INSERT INTO follows VALUES(3766594267468324866,3766594258800582656,3766594267468324864,'http://engineering.acme.test/users/alice#follows/3766594267468324866',1,1,0,1796052106603,NULL);
INSERT INTO follows VALUES(3766594267945771010,3766594260191248384,3766594267945771008,'http://engineering.acme.test/users/carol#follows/3766594267945771010',1,1,0,1796052106831,NULL);
INSERT INTO follows VALUES(3766594268228567040,3766594259432464384,3766594258800582656,'http://engineering.acme.test/users/bob#follows/3766594268228567040',1,1,0,1796052106966,NULL);
INSERT INTO follows VALUES(3766594268241149952,3766594260191248384,3766594258800582656,'http://engineering.acme.test/users/carol#follows/3766594268241149952',1,1,0,1796052106972,NULL);
INSERT INTO follows VALUES(3766594268255830016,3766594261802409984,3766594258800582656,'http://engineering.acme.test/users/erik#follows/3766594268255830016',1,1,0,1796052106979,NULL);
INSERT INTO follows VALUES(3766594268264218624,3766594258800582656,3766594259432464384,'http://engineering.acme.test/users/alice#follows/3766594268264218624',1,1,1,1796052106983,NULL);
INSERT INTO follows VALUES(3766594268270510080,3766594260191248384,3766594261344165888,'http://engineering.acme.test/users/carol#follows/3766594268270510080',1,1,0,1796052106986,NULL);
INSERT INTO follows VALUES(3766594268276801536,3766594259432464384,3766594261344165888,'http://engineering.acme.test/users/bob#follows/3766594268276801536',0,1,0,1796052106989,NULL);
INSERT INTO follows VALUES(3766594268310355968,3766594258800582656,3766594268299870208,'http://engineering.acme.test/users/alice#follows/3766594268310355968',1,1,0,1796052107005,NULL);
INSERT INTO follows VALUES(3766594268442476544,3766594259432464384,3766594268434087936,'http://engineering.acme.test/users/bob#follows/3766594268442476544',1,1,0,1796052107068,NULL);
INSERT INTO follows VALUES(3766594268627025920,3766594259432464384,3766594268618637312,'http://engineering.acme.test/users/bob#follows/3766594268627025920',1,1,0,1796052107156,NULL);
INSERT INTO follows VALUES(3766594268748660736,3766594258800582656,3766594268738174976,'http://engineering.acme.test/users/alice#follows/3766594268748660736',1,1,0,1796052107214,NULL);
INSERT INTO follows VALUES(3766594268916432896,3766594268299870208,3766594258800582656,'http://partner.localhost:33591/activities/follow-ann',1,1,0,1796052107294,NULL);
INSERT INTO follows VALUES(3766594268960473088,3766594268434087936,3766594258800582656,'http://partner.localhost:33591/activities/follow-ben',1,1,0,1796052107315,NULL);
INSERT INTO follows VALUES(3766594269004513280,3766594268738174976,3766594258800582656,'http://sister.localhost:33591/activities/follow-sue',1,1,0,1796052107336,NULL);
INSERT INTO follows VALUES(3766594270281678848,3766594259432464384,3766594266412752896,'http://engineering.acme.test/users/bob#follows/3766594270281678848',1,1,0,1796052107945,NULL);
INSERT INTO follows VALUES(3766594271131025408,3766594259432464384,3766594268864004096,'http://engineering.acme.test/users/bob#follows/3766594271131025408',0,1,0,1796052108350,NULL);
CREATE TABLE blocks (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, target_id),
    CHECK (account_id <> target_id)
) STRICT;
INSERT INTO blocks VALUES(3766594269988077569,3766594259432464384,3766594261802409984,'http://engineering.acme.test/users/bob#blocks/3766594269988077568',1796052107805);
CREATE TABLE mutes (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hide_notifications INTEGER NOT NULL DEFAULT 1 CHECK (hide_notifications IN (0, 1)),
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, target_id),
    CHECK (account_id <> target_id)
) STRICT;
INSERT INTO mutes VALUES(3766594269998563328,3766594258800582656,3766594261802409984,1,1796138507810,1796052107810);
CREATE TABLE favourites (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    uri TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, status_id)
) STRICT;
INSERT INTO favourites VALUES(3766594269801431040,3766594268299870208,3766594269212131328,'http://partner.localhost:33591/activities/like-1',1796052107716);
INSERT INTO favourites VALUES(3766594269931454464,3766594259432464384,3766594269212131328,NULL,1796052107778);
INSERT INTO favourites VALUES(3766594269975494656,3766594258800582656,3766594142471003352,NULL,1796052107799);
INSERT INTO favourites VALUES(3766594271984566272,3766594259432464384,3766594270933893120,NULL,1796052108757);
CREATE TABLE bookmarks (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, status_id)
) STRICT;
INSERT INTO bookmarks VALUES(3766594269965008896,3766594259432464384,3766594269212131328,1796052107794);
CREATE TABLE home_timeline (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    author_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, status_id)
) STRICT;
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269126148096,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269126148096,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594269126148096,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594269126148096,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269140828160,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269140828160,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594269140828160,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594269140828160,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269168091136,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269168091136,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594269168091136,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594269168091136,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269186965504,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269186965504,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594269186965504,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594269186965504,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269212131328,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269212131328,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594269212131328,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594269212131328,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269239394304,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269239394304,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594269239394304,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594269239394304,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269291823104,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269291823104,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269325377536,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269325377536,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594269325377536,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594269325377536,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269361029120,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269361029120,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594269361029120,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594269361029120,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269396680704,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269396680704,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269426040832,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269426040832,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269472178176,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269472178176,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269514121216,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269514121216,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594269514121216,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594269514121216,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269610590208,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269610590208,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594269610590208,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594269610590208,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261344165888,3766594269610590208,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594142471003352,3766594268299870208);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594142471193173,3766594268299870208);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594266203273391,3766594268434087936);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594269950328832,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594269950328832,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594270178918400,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594270250221568,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594270250221568,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594270321524736,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594270321524736,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594266412752896,3766594270321524738,3766594266412752896);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594270388633600,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594270388633600,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594270388633600,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594270388633600,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594262442401792,3766594270841618432,3766594262442401792);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594270852104192,3766594261802409984);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594270933893120,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594270933893120,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594270933893120,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594270933893120,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594270948573184,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594270948573184,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594270948573184,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594270948573184,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594270965350400,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594271009390592,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594271009390592,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594271009390592,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594271009390592,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594144569390591,3766594268299870208);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594144569204330,3766594268299870208);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594271969886208,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594271969886208,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594271969886208,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594271969886208,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594271995052032,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594271995052032,3766594259432464384);
INSERT INTO home_timeline VALUES(3766594258800582656,3766594273275281408,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594259432464384,3766594273275281408,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594260191248384,3766594273275281408,3766594258800582656);
INSERT INTO home_timeline VALUES(3766594261802409984,3766594273275281408,3766594258800582656);
CREATE TABLE markers (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    timeline TEXT NOT NULL CHECK (timeline IN ('home', 'notifications')),
    last_read_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, timeline)
) STRICT;
INSERT INTO markers VALUES(3766594258800582656,'home','3766594269212131328',0,1796052108059);
CREATE TABLE idempotency_keys (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT;
CREATE TABLE jobs (
    id INTEGER NOT NULL PRIMARY KEY,
    queue TEXT NOT NULL,
    payload TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0 CHECK (dead IN (0, 1)),
    last_error TEXT,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO jobs VALUES(3766594269361029121,'polls','"3766594269361029120"',1796055707501,0,0,0,NULL,1796052107506);
INSERT INTO jobs VALUES(3766594269379903488,'polls','"3766594269361029120"',1796052287515,0,0,0,NULL,1796052107515);
INSERT INTO jobs VALUES(3766594269744807936,'polls','"3766594142471193173"',1796138507000,0,0,0,NULL,1796052107689);
INSERT INTO jobs VALUES(3766594270512365570,'scheduled','"3766594270512365569"',1796055708000,0,0,0,NULL,1796052108055);
INSERT INTO jobs VALUES(3766594271229591552,'errands','{"Followers":{"account":"3766594268299870208","url":"http://partner.localhost:33591/slow/sync","at":1796052108397}}',1796052108397,0,1796052199300,0,NULL,1796052108397);
INSERT INTO jobs VALUES(3766594271231688704,'push','{"notification":"3678314718000384","subscription":"3678314717699328"}',1796052108398,0,0,0,NULL,1796052108398);
INSERT INTO jobs VALUES(3766594271244271616,'parents','{"uri":"http://partner.localhost:33591/slow/parent","steps":1}',1796052108404,0,1796052169300,0,NULL,1796052108404);
INSERT INTO jobs VALUES(3766594271326060544,'quotes','{"status":"3766594144569204330","steps":0}',1796052108443,0,1796052169300,0,NULL,1796052108443);
INSERT INTO jobs VALUES(3766594271437209600,'errands','{"Rules":{"account":"3766594268618637312"}}',1796052108496,0,0,0,NULL,1796052108496);
INSERT INTO jobs VALUES(3766594271468666880,'hints','{"uri":"http://sister.localhost:33591/slow/hinted"}',1796052108511,0,1796052169300,0,NULL,1796052108511);
INSERT INTO jobs VALUES(3766594271527387136,'threads','{"thread":"3766594142471003352"}',1796052108539,0,1796052169300,0,NULL,1796052108539);
INSERT INTO jobs VALUES(3766594271535775745,'errands','{"Pins":{"account":"3766594271535775744"}}',1796052108543,0,0,0,NULL,1796052108543);
INSERT INTO jobs VALUES(3766594271535775746,'errands','{"Rules":{"account":"3766594271535775744"}}',1796052108543,0,0,0,NULL,1796052108543);
INSERT INTO jobs VALUES(3766594271539970048,'errands','{"TakeAlong":{"from":"3766594268618637312","to":"3766594271535775744","after":null}}',1796052108545,0,0,0,NULL,1796052108545);
INSERT INTO jobs VALUES(3766594271969886209,'cards','3766594271969886208',1796052108750,0,0,0,NULL,1796052108750);
INSERT INTO jobs VALUES(3766594271984566273,'push','{"notification":"3678314718735616","subscription":"3678314717699328"}',1796052108757,0,0,0,NULL,1796052108757);
INSERT INTO jobs VALUES(3766594272733757440,'media','3766594272716980224',1796052109114,0,0,0,NULL,1796052109114);
INSERT INTO jobs VALUES(3766594273275281409,'must_reads','{"after":null,"again":false,"status":"3766594273275281408"}',1796052109372,0,0,0,NULL,1796052109372);
INSERT INTO jobs VALUES(3766594273281572864,'media','3766594273262698496',1796052109375,0,0,0,NULL,1796052109375);
INSERT INTO jobs VALUES(3766594273602453504,'errands','{"Rules":{"account":"3766594259432464384"}}',1796052109528,0,0,0,NULL,1796052109528);
INSERT INTO jobs VALUES(3766594273602453505,'federate','{"event":"ProfileUpdated","account":"3766594259432464384","at":1796052109528}',1796052109528,0,0,0,NULL,1796052109528);
INSERT INTO jobs VALUES(3766594274320375808,'federate','{"event":"ProfileUpdated","account":"3766594261344165888","at":1796052109871}',1796052109871,0,0,0,NULL,1796052109871);
INSERT INTO jobs VALUES(3766594274507997187,'errands','{"Agreement":{"id":"3766594274507997184","notice":"Offer"}}',1796052109960,0,0,0,NULL,1796052109960);
CREATE TABLE inbox (
    id INTEGER NOT NULL PRIMARY KEY,
    activity_uri TEXT NOT NULL UNIQUE,
    actor_uri TEXT NOT NULL,
    host TEXT NOT NULL,
    recipient_id INTEGER,
    body TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'dead')),
    last_error TEXT
) STRICT;
INSERT INTO inbox VALUES(3766594268417310720,'http://partner.localhost:33591/activities/accept-ann','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'',1796052107056,1796052107056,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594268515876864,'http://partner.localhost:33591/activities/accept-ben','http://partner.localhost:33591/users/ben','partner.localhost:33591',NULL,'',1796052107103,1796052107103,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594268721397760,'http://partner.localhost:33591/activities/accept-eve','http://partner.localhost:33591/users/eve','partner.localhost:33591',NULL,'',1796052107201,1796052107201,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594268853518336,'http://sister.localhost:33591/activities/accept-sue','http://sister.localhost:33591/users/sue','sister.localhost:33591',NULL,'',1796052107264,1796052107264,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594268912238592,'http://partner.localhost:33591/activities/follow-ann','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'',1796052107292,1796052107292,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594268954181632,'http://partner.localhost:33591/activities/follow-ben','http://partner.localhost:33591/users/ben','partner.localhost:33591',NULL,'',1796052107312,1796052107312,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594269000318976,'http://sister.localhost:33591/activities/follow-sue','http://sister.localhost:33591/users/sue','sister.localhost:33591',NULL,'',1796052107334,1796052107334,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594269673504768,'http://partner.localhost:33591/activities/create-first','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'',1796052107655,1796052107655,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594269736419328,'http://partner.localhost:33591/activities/create-poll','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'',1796052107685,1796052107685,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594269784653824,'http://partner.localhost:33591/activities/like-1','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'',1796052107708,1796052107708,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594269824499712,'http://partner.localhost:33591/activities/boost-1','http://partner.localhost:33591/users/ben','partner.localhost:33591',NULL,'',1796052107727,1796052107727,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594271227494400,'http://partner.localhost:33591/activities/create-answer','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'',1796052108396,1796052108396,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594271317671936,'http://partner.localhost:33591/activities/create-quoting','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'',1796052108439,1796052108439,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594271422529536,'http://partner.localhost:33591/activities/move','http://partner.localhost:33591/users/eve','partner.localhost:33591',NULL,'',1796052108489,1796052108489,0,0,'done',NULL);
INSERT INTO inbox VALUES(3766594271600787456,'http://partner.localhost:33591/activities/boost-slow','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'{"@context": "https://www.w3.org/ns/activitystreams", "id": "http://partner.localhost:33591/activities/boost-slow", "type": "Announce", "actor": "http://partner.localhost:33591/users/ann", "object": "http://partner.localhost:33591/slow/boosted", "to": ["https://www.w3.org/ns/activitystreams#Public"]}',1796052108574,1796052108574,0,1796052199299,'waiting',NULL);
INSERT INTO inbox VALUES(3766594271634341888,'http://partner.localhost:33591/activities/create-queued','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'{"@context": "https://www.w3.org/ns/activitystreams", "id": "http://partner.localhost:33591/activities/create-queued", "type": "Create", "actor": "http://partner.localhost:33591/users/ann", "object": {"@context": "https://www.w3.org/ns/activitystreams", "id": "http://partner.localhost:33591/notes/queued", "type": "Note", "attributedTo": "http://partner.localhost:33591/users/ann", "content": "<p>Waited in the inbox</p>", "published": "2026-11-30T15:20:48.000Z", "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": ["http://engineering.acme.test/users/alice"], "attachment": [{"type": "Document", "mediaType": "image/png", "url": "http://partner.localhost:33591/picture.png", "name": "A casing"}], "tag": [{"type": "Mention", "href": "http://engineering.acme.test/users/alice", "name": "@alice@engineering.acme.test"}]}}',1796052108590,1796052108590,0,1796052199299,'waiting',NULL);
INSERT INTO inbox VALUES(3766594271699353600,'http://partner.localhost:33591/activities/like-2','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'{"@context": "https://www.w3.org/ns/activitystreams", "id": "http://partner.localhost:33591/activities/like-2", "type": "Like", "actor": "http://partner.localhost:33591/users/ann", "object": "http://engineering.acme.test/users/alice/statuses/3766594269126148096"}',1796052108621,1796052108621,0,1796052199299,'waiting',NULL);
INSERT INTO inbox VALUES(3766594271741296640,'http://partner.localhost:33591/activities/update-first','http://partner.localhost:33591/users/ann','partner.localhost:33591',NULL,'{"@context": "https://www.w3.org/ns/activitystreams", "id": "http://partner.localhost:33591/activities/update-first", "type": "Update", "actor": "http://partner.localhost:33591/users/ann", "object": {"@context": "https://www.w3.org/ns/activitystreams", "id": "http://partner.localhost:33591/notes/first", "type": "Note", "attributedTo": "http://partner.localhost:33591/users/ann", "content": "<p>From the partner, corrected</p>", "published": "2026-11-30T15:20:48.000Z", "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": ["http://partner.localhost:33591/users/ann/followers"], "updated": "2026-11-30T15:21:48.000Z"}}',1796052108641,1796052108641,0,1796052199299,'waiting',NULL);
INSERT INTO inbox VALUES(3766594271779045376,'http://partner.localhost:33591/activities/boost-slow-2','http://partner.localhost:33591/users/ben','partner.localhost:33591',NULL,'{"@context": "https://www.w3.org/ns/activitystreams", "id": "http://partner.localhost:33591/activities/boost-slow-2", "type": "Announce", "actor": "http://partner.localhost:33591/users/ben", "object": "http://partner.localhost:33591/slow/boosted-2", "to": ["https://www.w3.org/ns/activitystreams#Public"]}',1796052108659,1796052108659,0,1796052199299,'waiting',NULL);
INSERT INTO inbox VALUES(3766594271812599808,'http://partner.localhost:33591/activities/vote','http://partner.localhost:33591/users/ben','partner.localhost:33591',NULL,'{"@context": "https://www.w3.org/ns/activitystreams", "id": "http://partner.localhost:33591/activities/vote", "type": "Create", "actor": "http://partner.localhost:33591/users/ben", "object": {"id": "http://partner.localhost:33591/notes/vote", "type": "Note", "name": "titanium", "attributedTo": "http://partner.localhost:33591/users/ben", "inReplyTo": "http://engineering.acme.test/users/alice/statuses/3766594269361029120", "to": ["http://engineering.acme.test/users/alice"]}}',1796052108675,1796052108675,0,1796052199299,'waiting',NULL);
INSERT INTO inbox VALUES(3766594271865028608,'http://partner.localhost:33591/activities/unfollow','http://partner.localhost:33591/users/ben','partner.localhost:33591',NULL,'{"@context": "https://www.w3.org/ns/activitystreams", "id": "http://partner.localhost:33591/activities/unfollow", "type": "Undo", "actor": "http://partner.localhost:33591/users/ben", "object": {"@context": "https://www.w3.org/ns/activitystreams", "id": "http://partner.localhost:33591/activities/follow-ben", "type": "Follow", "actor": "http://partner.localhost:33591/users/ben", "object": "http://engineering.acme.test/users/alice"}}',1796052108700,1796052108700,0,1796052199299,'waiting',NULL);
INSERT INTO inbox VALUES(3766594271913263104,'http://sister.localhost:33591/activities/boost-slow-3','http://sister.localhost:33591/users/sue','sister.localhost:33591',NULL,'{"@context": "https://www.w3.org/ns/activitystreams", "id": "http://sister.localhost:33591/activities/boost-slow-3", "type": "Announce", "actor": "http://sister.localhost:33591/users/sue", "object": "http://partner.localhost:33591/slow/boosted-3", "to": ["https://www.w3.org/ns/activitystreams#Public"]}',1796052108723,1796052108723,0,1796052199299,'waiting',NULL);
INSERT INTO inbox VALUES(3766594271955206144,'http://sister.localhost:33591/activities/create-doors','http://sister.localhost:33591/users/sue','sister.localhost:33591',NULL,'{"@context": "https://www.w3.org/ns/activitystreams", "id": "http://sister.localhost:33591/activities/create-doors", "type": "Create", "actor": "http://sister.localhost:33591/users/sue", "object": {"@context": "https://www.w3.org/ns/activitystreams", "id": "http://sister.localhost:33591/notes/doors", "type": "Note", "attributedTo": "http://sister.localhost:33591/users/sue", "content": "<p>The gate is closed on Monday</p>", "published": "2026-11-30T15:20:48.000Z", "to": ["http://sister.localhost:33591/users/sue/followers"], "cc": [], "audience": "http://sister.localhost:33591/collections/company", "mustRead": true}, "to": ["http://sister.localhost:33591/users/sue/followers"], "audience": "http://sister.localhost:33591/collections/company"}',1796052108743,1796052108743,0,1796052199299,'waiting',NULL);
CREATE TABLE activities (
    id INTEGER NOT NULL PRIMARY KEY,
    uri TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL
, brings TEXT) STRICT;
INSERT INTO activities VALUES(3766594268316647424,'http://engineering.acme.test/users/alice#follows/3766594268310355968',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice#follows/3766594268310355968","object":"http://partner.localhost:33591/users/ann","to":["http://partner.localhost:33591/users/ann"],"type":"Follow"}',1796052107008,NULL);
INSERT INTO activities VALUES(3766594268446670848,'http://engineering.acme.test/users/bob#follows/3766594268442476544',3766594259432464384,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/bob","cc":[],"id":"http://engineering.acme.test/users/bob#follows/3766594268442476544","object":"http://partner.localhost:33591/users/ben","to":["http://partner.localhost:33591/users/ben"],"type":"Follow"}',1796052107070,NULL);
INSERT INTO activities VALUES(3766594268633317376,'http://engineering.acme.test/users/bob#follows/3766594268627025920',3766594259432464384,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/bob","cc":[],"id":"http://engineering.acme.test/users/bob#follows/3766594268627025920","object":"http://partner.localhost:33591/users/eve","to":["http://partner.localhost:33591/users/eve"],"type":"Follow"}',1796052107159,NULL);
INSERT INTO activities VALUES(3766594268754952192,'http://engineering.acme.test/users/alice#follows/3766594268748660736',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice#follows/3766594268748660736","object":"http://sister.localhost:33591/users/sue","to":["http://sister.localhost:33591/users/sue"],"type":"Follow"}',1796052107217,NULL);
INSERT INTO activities VALUES(3766594268922724353,'http://engineering.acme.test/users/alice#accepts/3766594268922724352',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice#accepts/3766594268922724352","object":{"actor":"http://partner.localhost:33591/users/ann","id":"http://partner.localhost:33591/activities/follow-ann","object":"http://engineering.acme.test/users/alice","type":"Follow"},"to":["http://partner.localhost:33591/users/ann"],"type":"Accept"}',1796052107297,NULL);
INSERT INTO activities VALUES(3766594268966764545,'http://engineering.acme.test/users/alice#accepts/3766594268966764544',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice#accepts/3766594268966764544","object":{"actor":"http://partner.localhost:33591/users/ben","id":"http://partner.localhost:33591/activities/follow-ben","object":"http://engineering.acme.test/users/alice","type":"Follow"},"to":["http://partner.localhost:33591/users/ben"],"type":"Accept"}',1796052107318,NULL);
INSERT INTO activities VALUES(3766594269010804737,'http://engineering.acme.test/users/alice#accepts/3766594269010804736',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice#accepts/3766594269010804736","object":{"actor":"http://sister.localhost:33591/users/sue","id":"http://sister.localhost:33591/activities/follow-sue","object":"http://engineering.acme.test/users/alice","type":"Follow"},"to":["http://sister.localhost:33591/users/sue"],"type":"Accept"}',1796052107339,NULL);
INSERT INTO activities VALUES(3766594269147119616,'http://engineering.acme.test/users/alice/statuses/3766594269126148096/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers"],"id":"http://engineering.acme.test/users/alice/statuses/3766594269126148096/activity","object":{"attachment":[{"blurhash":"LrGR-o2swxX8qkWWjtf7g0fjfQfj","height":32,"mediaType":"image/png","name":"A blade, seen from the side","type":"Document","url":"http://engineering.acme.test/media/745f420ccf47562b0edabe19368afd20.png","width":48}],"attributedTo":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers"],"content":"<p>A new blade</p>","context":"http://engineering.acme.test/users/alice/statuses/3766594269126148096/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269126148096/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269126148096","interactionPolicy":{"canQuote":{"automaticApproval":["https://www.w3.org/ns/activitystreams#Public"]}},"published":"2026-11-30T15:21:47.394Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269126148096/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269126148096/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269126148096/replies","type":"Collection"},"sensitive":true,"tag":[],"to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594269126148096"},"published":"2026-11-30T15:21:47.394Z","to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Create"}',1796052107404,'http://engineering.acme.test/users/alice/statuses/3766594269126148096');
INSERT INTO activities VALUES(3766594269184868352,'http://engineering.acme.test/users/alice/statuses/3766594269168091136/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":[],"content":"<p>For company <a href=\"http://engineering.acme.test/tags/turbines\" class=\"mention hashtag\" rel=\"tag\">#<span>turbines</span></a></p>","context":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269168091136","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/collections/company"]}},"published":"2026-11-30T15:21:47.414Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/replies","type":"Collection"},"sensitive":false,"tag":[{"href":"http://engineering.acme.test/tags/turbines","name":"#turbines","type":"Hashtag"}],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594269168091136"},"published":"2026-11-30T15:21:47.414Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Create"}',1796052107422,'http://engineering.acme.test/users/alice/statuses/3766594269168091136');
INSERT INTO activities VALUES(3766594269199548416,'http://engineering.acme.test/users/alice/statuses/3766594269186965504/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/partners","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/partners","cc":[],"content":"<p>For partners <a href=\"http://engineering.acme.test/tags/turbines\" class=\"mention hashtag\" rel=\"tag\">#<span>turbines</span></a></p>","context":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269186965504","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/collections/partners"]}},"published":"2026-11-30T15:21:47.423Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/replies","type":"Collection"},"sensitive":false,"tag":[{"href":"http://engineering.acme.test/tags/turbines","name":"#turbines","type":"Hashtag"}],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594269186965504"},"published":"2026-11-30T15:21:47.423Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Create"}',1796052107429,'http://engineering.acme.test/users/alice/statuses/3766594269186965504');
INSERT INTO activities VALUES(3766594269241491456,'http://engineering.acme.test/users/alice/statuses/3766594269212131328/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers"],"id":"http://engineering.acme.test/users/alice/statuses/3766594269212131328/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers"],"content":"<p>For public <a href=\"http://engineering.acme.test/tags/turbines\" class=\"mention hashtag\" rel=\"tag\">#<span>turbines</span></a></p>","context":"http://engineering.acme.test/users/alice/statuses/3766594269212131328/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269212131328/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269212131328","interactionPolicy":{"canQuote":{"automaticApproval":["https://www.w3.org/ns/activitystreams#Public"]}},"published":"2026-11-30T15:21:47.435Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269212131328/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269212131328/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269212131328/replies","type":"Collection"},"sensitive":false,"tag":[{"href":"http://engineering.acme.test/tags/turbines","name":"#turbines","type":"Hashtag"}],"to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594269212131328"},"published":"2026-11-30T15:21:47.435Z","to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Create"}',1796052107449,'http://engineering.acme.test/users/alice/statuses/3766594269212131328');
INSERT INTO activities VALUES(3766594269283434496,'http://engineering.acme.test/users/alice/statuses/3766594269239394304/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/partners/partner.localhost:33591","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594269239394304/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/partners/partner.localhost:33591","cc":[],"content":"<p>For one partner</p>","context":"http://engineering.acme.test/users/alice/statuses/3766594269239394304/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269239394304/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269239394304","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/collections/partners/partner.localhost:33591"]}},"published":"2026-11-30T15:21:47.448Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269239394304/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269239394304/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269239394304/replies","type":"Collection"},"sensitive":false,"tag":[],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594269239394304"},"published":"2026-11-30T15:21:47.448Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Create"}',1796052107469,'http://engineering.acme.test/users/alice/statuses/3766594269239394304');
INSERT INTO activities VALUES(3766594269312794624,'http://engineering.acme.test/users/alice/statuses/3766594269256171520/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594269256171520/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","cc":[],"content":"<p>For followers</p>","context":"http://engineering.acme.test/users/alice/statuses/3766594269256171520/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269256171520/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269256171520","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/users/alice"]}},"published":"2026-11-30T15:21:47.456Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269256171520/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269256171520/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269256171520/replies","type":"Collection"},"sensitive":false,"tag":[],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594269256171520"},"published":"2026-11-30T15:21:47.456Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Create"}',1796052107483,'http://engineering.acme.test/users/alice/statuses/3766594269256171520');
INSERT INTO activities VALUES(3766594269371514880,'http://engineering.acme.test/users/alice/statuses/3766594269325377536/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":[],"content":"<p>Gruesome details</p>","contentMap":{"en":"<p>Gruesome details</p>"},"context":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269325377536","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/collections/company"]}},"published":"2026-11-30T15:21:47.489Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/replies","type":"Collection"},"sensitive":true,"summary":"An accident","tag":[],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594269325377536"},"published":"2026-11-30T15:21:47.489Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Create"}',1796052107511,'http://engineering.acme.test/users/alice/statuses/3766594269325377536');
INSERT INTO activities VALUES(3766594269384097792,'http://engineering.acme.test/users/alice/statuses/3766594269361029120/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers"],"id":"http://engineering.acme.test/users/alice/statuses/3766594269361029120/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers"],"content":"<p>Which alloy?</p>","context":"http://engineering.acme.test/users/alice/statuses/3766594269361029120/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269361029120/context","endTime":"2026-11-30T16:21:47.501Z","id":"http://engineering.acme.test/users/alice/statuses/3766594269361029120","interactionPolicy":{"canQuote":{"automaticApproval":["https://www.w3.org/ns/activitystreams#Public"]}},"oneOf":[{"name":"nickel","replies":{"totalItems":1,"type":"Collection"},"type":"Note"},{"name":"titanium","replies":{"totalItems":0,"type":"Collection"},"type":"Note"}],"published":"2026-11-30T15:21:47.506Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269361029120/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269361029120/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269361029120/replies","type":"Collection"},"sensitive":false,"tag":[],"to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Question","url":"http://engineering.acme.test/@alice/3766594269361029120","votersCount":1},"published":"2026-11-30T15:21:47.506Z","to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Create"}',1796052107517,'http://engineering.acme.test/users/alice/statuses/3766594269361029120');
INSERT INTO activities VALUES(3766594269503635456,'http://engineering.acme.test/users/alice/statuses/3766594269168091136#annotations/1796052107567',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"},{"acceptedAnswer":{"@id":"http://schema.org/acceptedAnswer","@type":"@id"},"acknowledgeBy":{"@id":"portico:acknowledgeBy","@type":"xsd:dateTime"},"copyOf":{"@id":"portico:copyOf","@type":"@id"},"mustRead":"portico:mustRead","mustReadDepartment":"portico:mustReadDepartment","mustReadGroup":{"@id":"portico:mustReadGroup","@type":"@id"},"portico":"urn:portico:ns#","praises":{"@id":"portico:praises","@type":"@id"},"reminded":{"@id":"portico:reminded","@type":"xsd:dateTime"},"xsd":"http://www.w3.org/2001/XMLSchema#"}],"actor":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594269168091136#annotations/1796052107567","object":{"acceptedAnswer":"http://engineering.acme.test/users/bob/statuses/3766594269472178176","attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":[],"content":"<p>For company <a href=\"http://engineering.acme.test/tags/turbines\" class=\"mention hashtag\" rel=\"tag\">#<span>turbines</span></a></p>","context":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269168091136","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/collections/company"]}},"published":"2026-11-30T15:21:47.414Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269168091136/replies","type":"Collection"},"sensitive":false,"tag":[{"href":"http://engineering.acme.test/tags/turbines","name":"#turbines","type":"Hashtag"}],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594269168091136"},"published":"2026-11-30T15:21:47.567Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Update"}',1796052107574,'http://engineering.acme.test/users/alice/statuses/3766594269168091136');
INSERT INTO activities VALUES(3766594269528801280,'http://engineering.acme.test/users/alice/statuses/3766594269514121216/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"},{"acceptedAnswer":{"@id":"http://schema.org/acceptedAnswer","@type":"@id"},"acknowledgeBy":{"@id":"portico:acknowledgeBy","@type":"xsd:dateTime"},"copyOf":{"@id":"portico:copyOf","@type":"@id"},"mustRead":"portico:mustRead","mustReadDepartment":"portico:mustReadDepartment","mustReadGroup":{"@id":"portico:mustReadGroup","@type":"@id"},"portico":"urn:portico:ns#","praises":{"@id":"portico:praises","@type":"@id"},"reminded":{"@id":"portico:reminded","@type":"xsd:dateTime"},"xsd":"http://www.w3.org/2001/XMLSchema#"}],"actor":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":["http://engineering.acme.test/users/bob"],"id":"http://engineering.acme.test/users/alice/statuses/3766594269514121216/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":["http://engineering.acme.test/users/bob"],"content":"<p>Thank you for the night shift</p>","context":"http://engineering.acme.test/users/alice/statuses/3766594269514121216/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269514121216/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269514121216","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/collections/company"]}},"praises":["http://engineering.acme.test/users/bob"],"published":"2026-11-30T15:21:47.579Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269514121216/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269514121216/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269514121216/replies","type":"Collection"},"sensitive":false,"tag":[{"href":"http://engineering.acme.test/users/bob","name":"@bob@engineering.acme.test","type":"Mention"}],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594269514121216"},"published":"2026-11-30T15:21:47.579Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Create"}',1796052107586,'http://engineering.acme.test/users/alice/statuses/3766594269514121216');
INSERT INTO activities VALUES(3766594269545578496,'http://engineering.acme.test/users/alice/statuses/3766594269325377536#updates/1796052107589',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594269325377536#updates/1796052107589","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":[],"content":"<p>Details</p>","contentMap":{"en":"<p>Details</p>"},"context":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269325377536","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/collections/company"]}},"published":"2026-11-30T15:21:47.489Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269325377536/replies","type":"Collection"},"sensitive":true,"summary":"An accident","tag":[],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","updated":"2026-11-30T15:21:47.589Z","url":"http://engineering.acme.test/@alice/3766594269325377536"},"published":"2026-11-30T15:21:47.589Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Update"}',1796052107594,'http://engineering.acme.test/users/alice/statuses/3766594269325377536');
INSERT INTO activities VALUES(3766594269570744320,'http://engineering.acme.test/users/alice#pins/3766594269212131328/1796052107596',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers"],"id":"http://engineering.acme.test/users/alice#pins/3766594269212131328/1796052107596","object":"http://engineering.acme.test/users/alice/statuses/3766594269212131328","target":"http://engineering.acme.test/users/alice/collections/featured","to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Add"}',1796052107606,NULL);
INSERT INTO activities VALUES(3766594269990174720,'http://engineering.acme.test/users/alice#likes/3766594269975494656',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice#likes/3766594269975494656","object":"http://partner.localhost:33591/notes/first","to":["http://partner.localhost:33591/users/ann"],"type":"Like"}',1796052107806,NULL);
INSERT INTO activities VALUES(3766594270277484544,'http://engineering.acme.test/users/alice/statuses/3766594270250221568/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594270250221568/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","cc":[],"content":"<p>Only for us</p>","context":"http://engineering.acme.test/users/alice/statuses/3766594270250221568/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594270250221568/context","id":"http://engineering.acme.test/users/alice/statuses/3766594270250221568","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/users/alice"]}},"published":"2026-11-30T15:21:47.930Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594270250221568/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594270250221568/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594270250221568/replies","type":"Collection"},"sensitive":false,"tag":[],"to":["http://engineering.acme.test/users/bob","http://partner.localhost:33591/users/ann"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594270250221568"},"published":"2026-11-30T15:21:47.930Z","to":["http://engineering.acme.test/users/bob","http://partner.localhost:33591/users/ann"],"type":"Create"}',1796052107943,'http://engineering.acme.test/users/alice/statuses/3766594270250221568');
INSERT INTO activities VALUES(3766594270407507968,'http://engineering.acme.test/users/alice/statuses/3766594270388633600/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594270388633600/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/company","cc":[],"content":"<p>Written for Alice</p>","context":"http://engineering.acme.test/users/alice/statuses/3766594270388633600/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594270388633600/context","id":"http://engineering.acme.test/users/alice/statuses/3766594270388633600","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/collections/company"]}},"published":"2026-11-30T15:21:47.996Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594270388633600/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594270388633600/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594270388633600/replies","type":"Collection"},"sensitive":false,"tag":[],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594270388633600"},"published":"2026-11-30T15:21:47.996Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Create"}',1796052108005,'http://engineering.acme.test/users/alice/statuses/3766594270388633600');
INSERT INTO activities VALUES(3766594270944378880,'http://engineering.acme.test/users/alice/statuses/3766594270933893120/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers"],"id":"http://engineering.acme.test/users/alice/statuses/3766594270933893120/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers"],"content":"<p>Waits for the peers</p>","context":"http://engineering.acme.test/users/alice/statuses/3766594270933893120/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594270933893120/context","id":"http://engineering.acme.test/users/alice/statuses/3766594270933893120","interactionPolicy":{"canQuote":{"automaticApproval":["https://www.w3.org/ns/activitystreams#Public"]}},"published":"2026-11-30T15:21:48.256Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594270933893120/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594270933893120/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594270933893120/replies","type":"Collection"},"sensitive":false,"tag":[],"to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594270933893120"},"published":"2026-11-30T15:21:48.256Z","to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Create"}',1796052108261,'http://engineering.acme.test/users/alice/statuses/3766594270933893120');
INSERT INTO activities VALUES(3766594270971641856,'http://engineering.acme.test/users/alice/statuses/3766594270948573184/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594270948573184/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","cc":[],"content":"<p>Waits for followers</p>","context":"http://engineering.acme.test/users/alice/statuses/3766594270948573184/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594270948573184/context","id":"http://engineering.acme.test/users/alice/statuses/3766594270948573184","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/users/alice"]}},"published":"2026-11-30T15:21:48.263Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594270948573184/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594270948573184/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594270948573184/replies","type":"Collection"},"sensitive":false,"tag":[],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594270948573184"},"published":"2026-11-30T15:21:48.263Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Create"}',1796052108274,'http://engineering.acme.test/users/alice/statuses/3766594270948573184');
INSERT INTO activities VALUES(3766594271013584896,'http://engineering.acme.test/users/alice/statuses/3766594270965350400/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers","http://partner.localhost:33591/users/ann/followers"],"id":"http://engineering.acme.test/users/alice/statuses/3766594270965350400/activity","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers","http://partner.localhost:33591/users/ann/followers"],"content":"<p>Thank you</p>","id":"http://engineering.acme.test/users/alice/statuses/3766594270965350400","inReplyTo":"http://partner.localhost:33591/notes/first","interactionPolicy":{"canQuote":{"automaticApproval":["https://www.w3.org/ns/activitystreams#Public"]}},"published":"2026-11-30T15:21:48.271Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594270965350400/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594270965350400/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594270965350400/replies","type":"Collection"},"sensitive":false,"tag":[],"to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Note","url":"http://engineering.acme.test/@alice/3766594270965350400"},"published":"2026-11-30T15:21:48.271Z","to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Create"}',1796052108294,'http://engineering.acme.test/users/alice/statuses/3766594270965350400');
INSERT INTO activities VALUES(3766594271055527936,'http://engineering.acme.test/users/alice/statuses/3766594271009390592/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":["http://engineering.acme.test/users/alice/followers","http://partner.localhost:33591/users/ann"],"id":"http://engineering.acme.test/users/alice/statuses/3766594271009390592/activity","object":"http://partner.localhost:33591/notes/first","published":"2026-11-30T15:21:48.292Z","to":["https://www.w3.org/ns/activitystreams#Public"],"type":"Announce"}',1796052108314,'http://engineering.acme.test/users/alice/statuses/3766594271009390592/activity');
INSERT INTO activities VALUES(3766594271095373824,'http://engineering.acme.test/users/alice#votes/3766594142471193173/1/activity',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice#votes/3766594142471193173/1/activity","object":{"attributedTo":"http://engineering.acme.test/users/alice","id":"http://engineering.acme.test/users/alice#votes/3766594142471193173/1","inReplyTo":"http://partner.localhost:33591/notes/poll","name":"June","to":"http://partner.localhost:33591/users/ann","type":"Note"},"to":["http://partner.localhost:33591/users/ann"],"type":"Create"}',1796052108333,NULL);
INSERT INTO activities VALUES(3766594271118442496,'http://engineering.acme.test/users/alice/statuses/3766594269186965504#updates/1796052108331',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/partners","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594269186965504#updates/1796052108331","object":{"attachment":[],"attributedTo":"http://engineering.acme.test/users/alice","audience":"http://engineering.acme.test/collections/partners","cc":[],"content":"<p>For partners, corrected</p>","context":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/context","conversation":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/context","id":"http://engineering.acme.test/users/alice/statuses/3766594269186965504","interactionPolicy":{"canQuote":{"automaticApproval":["http://engineering.acme.test/collections/partners"]}},"published":"2026-11-30T15:21:47.423Z","replies":{"first":{"items":[],"next":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/replies?page=true","partOf":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/replies","type":"CollectionPage"},"id":"http://engineering.acme.test/users/alice/statuses/3766594269186965504/replies","type":"Collection"},"sensitive":false,"tag":[],"to":["http://engineering.acme.test/users/alice/followers"],"type":"Note","updated":"2026-11-30T15:21:48.331Z","url":"http://engineering.acme.test/@alice/3766594269186965504"},"published":"2026-11-30T15:21:48.331Z","to":["http://engineering.acme.test/users/alice/followers"],"type":"Update"}',1796052108344,'http://engineering.acme.test/users/alice/statuses/3766594269186965504');
INSERT INTO activities VALUES(3766594271133122560,'http://engineering.acme.test/users/alice/statuses/3766594269256171520#delete',3766594258800582656,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/alice","cc":[],"id":"http://engineering.acme.test/users/alice/statuses/3766594269256171520#delete","object":{"id":"http://engineering.acme.test/users/alice/statuses/3766594269256171520","type":"Tombstone"},"to":["http://engineering.acme.test/users/alice/followers"],"type":"Delete"}',1796052108351,NULL);
INSERT INTO activities VALUES(3766594271149899776,'http://engineering.acme.test/users/bob#follows/3766594271131025408',3766594259432464384,'{"@context":["https://www.w3.org/ns/activitystreams",{"Hashtag":"as:Hashtag","QuoteAuthorization":"https://w3id.org/fep/044f#QuoteAuthorization","QuoteRequest":"https://w3id.org/fep/044f#QuoteRequest","_misskey_quote":"https://misskey-hub.net/ns#_misskey_quote","automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},"blurhash":"toot:blurhash","canQuote":{"@id":"gts:canQuote","@type":"@id"},"conversation":"ostatus:conversation","focalPoint":{"@container":"@list","@id":"toot:focalPoint"},"gts":"https://gotosocial.org/ns#","interactingObject":{"@id":"gts:interactingObject","@type":"@id"},"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"},"ostatus":"http://ostatus.org#","quote":{"@id":"https://w3id.org/fep/044f#quote","@type":"@id"},"quoteAuthorization":{"@id":"https://w3id.org/fep/044f#quoteAuthorization","@type":"@id"},"quoteUri":"http://fedibird.com/ns#quoteUri","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount"}],"actor":"http://engineering.acme.test/users/bob","cc":[],"id":"http://engineering.acme.test/users/bob#follows/3766594271131025408","object":"http://sister.localhost:33591/users/sam","to":["http://sister.localhost:33591/users/sam"],"type":"Follow"}',1796052108359,NULL);
CREATE TABLE deliveries (
    id INTEGER NOT NULL PRIMARY KEY,
    activity_id INTEGER NOT NULL REFERENCES activities (id) ON DELETE CASCADE,
    inbox_url TEXT NOT NULL,
    host TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0 CHECK (dead IN (0, 1)),
    last_error TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (activity_id, inbox_url)
) STRICT;
INSERT INTO deliveries VALUES(3766594270944378881,3766594270944378880,'http://partner.localhost:33591/inbox','partner.localhost:33591',1796052108261,0,1796052154300,0,NULL,1796052108261);
INSERT INTO deliveries VALUES(3766594270944378882,3766594270944378880,'http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108261,0,1796052154300,0,NULL,1796052108261);
INSERT INTO deliveries VALUES(3766594270971641857,3766594270971641856,'http://partner.localhost:33591/inbox','partner.localhost:33591',1796052108274,0,1796052154300,0,NULL,1796052108274);
INSERT INTO deliveries VALUES(3766594270971641858,3766594270971641856,'http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108274,0,1796052154300,0,NULL,1796052108274);
INSERT INTO deliveries VALUES(3766594271013584897,3766594271013584896,'http://partner.localhost:33591/inbox','partner.localhost:33591',1796052108294,0,1796052154300,0,NULL,1796052108294);
INSERT INTO deliveries VALUES(3766594271013584898,3766594271013584896,'http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108294,0,1796052154300,0,NULL,1796052108294);
INSERT INTO deliveries VALUES(3766594271055527937,3766594271055527936,'http://partner.localhost:33591/inbox','partner.localhost:33591',1796052108314,0,1796052154300,0,NULL,1796052108314);
INSERT INTO deliveries VALUES(3766594271055527938,3766594271055527936,'http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108314,0,1796052154300,0,NULL,1796052108314);
INSERT INTO deliveries VALUES(3766594271095373825,3766594271095373824,'http://partner.localhost:33591/users/ann/inbox','partner.localhost:33591',1796052108333,0,1796052154300,0,NULL,1796052108333);
INSERT INTO deliveries VALUES(3766594271118442497,3766594271118442496,'http://partner.localhost:33591/inbox','partner.localhost:33591',1796052108344,0,1796052154300,0,NULL,1796052108344);
INSERT INTO deliveries VALUES(3766594271118442498,3766594271118442496,'http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108344,0,1796052154300,0,NULL,1796052108344);
INSERT INTO deliveries VALUES(3766594271133122561,3766594271133122560,'http://partner.localhost:33591/inbox','partner.localhost:33591',1796052108351,0,1796052154300,0,NULL,1796052108351);
INSERT INTO deliveries VALUES(3766594271133122562,3766594271133122560,'http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108351,0,1796052154300,0,NULL,1796052108351);
INSERT INTO deliveries VALUES(3766594271149899777,3766594271149899776,'http://sister.localhost:33591/users/sam/inbox','sister.localhost:33591',1796052108359,0,1796052154300,0,NULL,1796052108359);
CREATE TABLE delivered (
    object_uri TEXT NOT NULL,
    inbox_url TEXT NOT NULL,
    host TEXT NOT NULL,
    created_at INTEGER NOT NULL, taken_at INTEGER, refusal TEXT, rule TEXT, recalled_at INTEGER,
    PRIMARY KEY (object_uri, inbox_url)
) STRICT;
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269126148096','http://partner.localhost:33591/inbox','partner.localhost:33591',1796052107404,1796052107418,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269126148096','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052107404,1796052107418,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269168091136','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052107422,1796052107436,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269186965504','http://partner.localhost:33591/inbox','partner.localhost:33591',1796052107429,1796052107449,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269186965504','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052107429,1796052107455,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269212131328','http://partner.localhost:33591/inbox','partner.localhost:33591',1796052107449,1796052107471,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269212131328','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052107449,1796052107476,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269239394304','http://partner.localhost:33591/inbox','partner.localhost:33591',1796052107469,1796052107489,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269239394304','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052107469,1796052107506,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269256171520','http://partner.localhost:33591/inbox','partner.localhost:33591',1796052107483,1796052107511,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269256171520','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052107483,1796052107511,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269325377536','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052107511,1796052107531,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269361029120','http://partner.localhost:33591/inbox','partner.localhost:33591',1796052107517,1796052107550,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269361029120','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052107517,1796052107531,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594269514121216','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052107586,1796052107607,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594270250221568','http://partner.localhost:33591/users/ann/inbox','partner.localhost:33591',1796052107943,1796052107967,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594270388633600','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108005,1796052108012,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594270933893120','http://partner.localhost:33591/inbox','partner.localhost:33591',1796052108261,NULL,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594270933893120','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108261,NULL,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594270948573184','http://partner.localhost:33591/inbox','partner.localhost:33591',1796052108274,NULL,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594270948573184','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108274,NULL,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594270965350400','http://partner.localhost:33591/inbox','partner.localhost:33591',1796052108294,NULL,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594270965350400','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108294,NULL,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594271009390592/activity','http://partner.localhost:33591/inbox','partner.localhost:33591',1796052108314,NULL,NULL,NULL,NULL);
INSERT INTO delivered VALUES('http://engineering.acme.test/users/alice/statuses/3766594271009390592/activity','http://sister.localhost:33591/inbox','sister.localhost:33591',1796052108314,NULL,NULL,NULL,NULL);
CREATE TABLE IF NOT EXISTS "notifications" (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id < 9007199254740992),
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('mention', 'status', 'reblog', 'follow', 'follow_request', 'favourite', 'poll', 'update', 'admin.sign_up', 'admin.report', 'severed_relationships', 'moderation_warning', 'quote', 'quoted_update')),
    from_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER REFERENCES statuses (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL
, filtered INTEGER NOT NULL DEFAULT 0 CHECK (filtered IN (0, 1)), report_id INTEGER REFERENCES reports (id) ON DELETE CASCADE, warning_id INTEGER REFERENCES moderation_log (id) ON DELETE CASCADE, severance_id INTEGER REFERENCES severances (id) ON DELETE CASCADE) STRICT;
INSERT INTO notifications VALUES(3678314715067648,3766594258800582656,'follow',3766594259432464384,NULL,1796052106966,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314715079936,3766594258800582656,'follow',3766594260191248384,NULL,1796052106972,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314715094272,3766594258800582656,'follow',3766594261802409984,NULL,1796052106979,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314715102464,3766594259432464384,'follow',3766594258800582656,NULL,1796052106983,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314715114752,3766594261344165888,'follow_request',3766594259432464384,NULL,1796052106989,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314715120896,3766594261344165888,'follow',3766594260191248384,NULL,1796052106992,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314715739392,3766594258800582656,'follow',3766594268299870208,NULL,1796052107294,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314715782400,3766594258800582656,'follow',3766594268434087936,NULL,1796052107315,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314715825408,3766594258800582656,'follow',3766594268738174976,NULL,1796052107336,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716105984,3766594259432464384,'mention',3766594258800582656,3766594269291823104,1796052107473,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716208384,3766594258800582656,'status',3766594259432464384,3766594269396680704,1796052107523,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716237056,3766594258800582656,'quote',3766594259432464384,3766594269426040832,1796052107537,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716237057,3766594258800582656,'status',3766594259432464384,3766594269426040832,1796052107537,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716282112,3766594258800582656,'mention',3766594259432464384,3766594269472178176,1796052107559,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716298496,3766594259432464384,'update',3766594258800582656,3766594269168091136,1796052107567,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716323072,3766594259432464384,'mention',3766594258800582656,3766594269514121216,1796052107579,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716448000,3766594260191248384,'status',3766594258800582656,3766594269610590208,1796052107640,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716448001,3766594261344165888,'status',3766594258800582656,3766594269610590208,1796052107640,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716448002,3766594261802409984,'status',3766594258800582656,3766594269610590208,1796052107640,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716603648,3766594258800582656,'favourite',3766594268299870208,3766594269212131328,1796052107716,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716632320,3766594258800582656,'reblog',3766594268434087936,3766594269212131328,1796052107730,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716730624,3766594258800582656,'favourite',3766594259432464384,3766594269212131328,1796052107778,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716749056,3766594258800582656,'reblog',3766594259432464384,3766594269212131328,1796052107787,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314716972288,3766594261344165888,'mention',3766594259432464384,3766594270178918400,1796052107896,1,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314717111552,3766594258800582656,'status',3766594259432464384,3766594270321524736,1796052107964,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314717644032,3766594258800582656,'admin.report',3766594261344165888,NULL,1796052108224,0,3766594270866784256,NULL,NULL);
INSERT INTO notifications VALUES(3678314717644033,3766594260191248384,'admin.report',3766594261344165888,NULL,1796052108224,0,3766594270866784256,NULL,NULL);
INSERT INTO notifications VALUES(3678314717660416,3766594261802409984,'moderation_warning',3766594261802409984,NULL,1796052108232,0,NULL,3766594270883561472,NULL);
INSERT INTO notifications VALUES(3678314718000384,3766594258800582656,'mention',3766594268299870208,3766594144569390591,1796052108398,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314718735616,3766594258800582656,'favourite',3766594259432464384,3766594270933893120,1796052108757,0,NULL,NULL,NULL);
INSERT INTO notifications VALUES(3678314718745856,3766594258800582656,'reblog',3766594259432464384,3766594270933893120,1796052108762,0,NULL,NULL,NULL);
CREATE TABLE media_attachments (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER REFERENCES statuses (id) ON DELETE SET NULL,
    position INTEGER NOT NULL,
    loose_since INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('image', 'gifv', 'video', 'audio', 'unknown')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'failed')),
    mime TEXT NOT NULL,
    file_key TEXT,
    preview_key TEXT,
    remote_url TEXT,
    size INTEGER,
    width INTEGER,
    height INTEGER,
    preview_width INTEGER,
    preview_height INTEGER,
    duration INTEGER,
    focus_x INTEGER,
    focus_y INTEGER,
    blurhash TEXT,
    description TEXT,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO media_attachments VALUES(3766594269080010752,3766594258800582656,3766594269126148096,0,1796052107372,'image','ready','image/png','745f420ccf47562b0edabe19368afd20.png','a05faa38a485c1ddaf2a137bd019e932.png',NULL,317,48,32,48,32,NULL,NULL,NULL,'LrGR-o2swxX8qkWWjtf7g0fjfQfj','A blade, seen from the side',1796052107372);
INSERT INTO media_attachments VALUES(3766594270401216512,3766594258800582656,NULL,0,1796052108002,'image','ready','image/png','5771005e0ddaca15ddc7a30f9c1a3320.png','cd9c211f838de46087d7e09c097d89ba.png',NULL,317,48,32,48,32,NULL,NULL,NULL,'LrGR-o2swxX8qkWWjtf7g0fjfQfj','draft',1796052108002);
INSERT INTO media_attachments VALUES(3766594270453645312,3766594258800582656,NULL,0,1796052108027,'image','ready','image/png','79259b4cae82b9d839da39f418f18db1.png','1a9d251820887bcb0a49720ad79937e6.png',NULL,317,48,32,48,32,NULL,NULL,NULL,'LrGR-o2swxX8qkWWjtf7g0fjfQfj','later',1796052108027);
INSERT INTO media_attachments VALUES(3766594273262698496,3766594258800582656,NULL,0,1796052109366,'audio','waiting','audio/wav','a736ff7e945e0918c2065a45a205aa3c.wav',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'The hum of a rotor',1796052109366);
CREATE TABLE media_trash (
    file_key TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO media_trash VALUES('b41ebd031a3fd59d8fce4e740a7a7011.wav',1796052109106);
CREATE TABLE push_subscriptions (
    id INTEGER NOT NULL PRIMARY KEY,
    token_id INTEGER NOT NULL UNIQUE REFERENCES oauth_tokens (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL CHECK (endpoint <> ''),
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    standard INTEGER NOT NULL CHECK (standard IN (0, 1)),
    alerts TEXT NOT NULL,
    policy TEXT NOT NULL CHECK (policy IN ('all', 'followed', 'follower', 'none')),
    sealed_token TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO push_subscriptions VALUES(3678314717699328,3766594268159361024,3766594258800582656,'http://partner.localhost:33591/slow/push','BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4','BTBZMqHH6r4Tts7J_aSIgg',0,'mention favourite','all','IOOedZEN6u-CuEhxrG67BhMXWUhx2KsdhN4ZxZiHxhxNkjQBUxmFDspbWZc90eVkqG2qy_ABp-jHxiy5qy9AHFEosFNzdbg',1796052108251);
CREATE TABLE polls (
    status_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    multiple INTEGER NOT NULL DEFAULT 0 CHECK (multiple IN (0, 1)),
    hide_totals INTEGER NOT NULL DEFAULT 0 CHECK (hide_totals IN (0, 1)),
    expires_at INTEGER,
    voters_count INTEGER,
    ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)),
    telling INTEGER NOT NULL DEFAULT 0 CHECK (telling IN (0, 1))
) STRICT;
INSERT INTO polls VALUES(3766594142471193173,0,0,1796138507000,NULL,0,0);
INSERT INTO polls VALUES(3766594269361029120,0,0,1796055707501,1,0,1);
CREATE TABLE poll_options (
    status_id INTEGER NOT NULL REFERENCES polls (status_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    title TEXT NOT NULL CHECK (title <> ''),
    votes_count INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (status_id, position)
) STRICT;
INSERT INTO poll_options VALUES(3766594269361029120,0,'nickel',1);
INSERT INTO poll_options VALUES(3766594269361029120,1,'titanium',0);
INSERT INTO poll_options VALUES(3766594142471193173,0,'May',0);
INSERT INTO poll_options VALUES(3766594142471193173,1,'June',1);
CREATE TABLE poll_votes (
    status_id INTEGER NOT NULL REFERENCES polls (status_id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (status_id, account_id, position)
) STRICT;
INSERT INTO poll_votes VALUES(3766594269361029120,3766594259432464384,0);
INSERT INTO poll_votes VALUES(3766594142471193173,3766594258800582656,1);
CREATE TABLE thread_mutes (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    conversation_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
) STRICT;
INSERT INTO thread_mutes VALUES(3766594260191248384,3766594269168091136);
CREATE TABLE IF NOT EXISTS 'status_search_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO status_search_data VALUES(1,X'2478');
INSERT INTO status_search_data VALUES(10,X'00000000ff00000102062a0006100101011f00001b010101202000000102010121210000010301012222010101040101232301010105010124240000010000');
INSERT INTO status_search_data VALUES(137438953473,X'0000002503306d659a91b496d8c0aee0d40203010571756f74659a91b496d8c0aee0d40202040f');
INSERT INTO status_search_data VALUES(274877906945,X'00000080063033333539319a91b498c5e792c00002060104687474709a91b498c5e792c000020301096c6f63616c686f73749a91b498c5e792c00002050104706167659a91b498c5e792c0000208030572746e65729a91b498c5e792c000020401037365659a91b498c5e792c000020202036c6f779a91b498c5e792c000020704121116111210');
INSERT INTO status_search_data VALUES(412316860417,X'00000057053068616c6c9a91b498c5f692c00002060206656c6d6574739a91b498c5f692c00002020102696e9a91b498c5f692c00002030104746573749a91b498c5f692c0000205020268659a91b498c5f692c00002040411130f11');
INSERT INTO status_search_data VALUES(549755813889,X'00000057053068616c6c9a91b498c79aa2800002060206656c6d6574739a91b498c79aa2800002020102696e9a91b498c79aa2800002030104746573749a91b498c79aa280000205020268659a91b498c79aa2800002040411130f11');
INSERT INTO status_search_data VALUES(687194767361,X'00000057053068616c6c9a91b498c89eb0800002060206656c6d6574739a91b498c89eb0800002020102696e9a91b498c89eb0800002030104746573749a91b498c89eb080000205020268659a91b498c89eb0800002040411130f11');
INSERT INTO status_search_data VALUES(2199023255553,X'000004a7063033333539319a91b498c181d2c00002060101379a91b498c3da92c00002030101619a91b498c0c192c0000202020763636964656e749a91b498c0f0d2c0000203020567726565649a91b498c193d2c000020302046c6963659a91b498c193d2c000020283b5808000020403036c6f799a91b498c0f992c000020302016e9a91b498c0f0d2c0000202020272659a91b498c2bc92c00002030201739a91b496d8c0ba9e6a0202010862616c616e6365649a91b498c2de92c00002050202656e9a91b496d8c0ba9e6a020302046c6164659a91b498c0c192c000020402026f629a91b498c0e8d2c0000202020475696c649a91b498c3da92c00002020107636f6d70616e799a91b498c0cb92c00002030307727265637465649a91b498c0cfd2c0000204010864656c69766572799a91b496d4cca08255020203057461696c739a91b498c0f0d2c000020402046f6f72739a91b498c1b4d2c0000204030272619a91b498c2bc92c000020201066661696c65649a91b498c3da92c000020402036972659a91b498c1b4d2c000020302086f6c6c6f776572739a91b498c3f3d2c00002040301729a91b498c0c4d2c00002028d80800002028980800002028c80800002028d8080000202998080000203ea808000020482df8080000203c28080000203828480800002038780800002030203726f6d9a91b496d4cc9a9cd802020104687474709a91b498c181d2c00002030108696e7374616e63659a91b498c0c4d2c00002030201739a91b498c2de92c000020401096c6f63616c686f73749a91b498c181d2c000020501036e65779a91b498c0c192c00002030204696768749a91b498c19dd2c000020602016f9a91b498c3dcd2c000020201036f6e659a91b498c0dc92c000020303026c799a91b498c2cd92c00002020104706167659a91b498c181d2c0000207030572746e65729a91b496d4cc9a9cd8020483d89ff0c6280204cb80800002040801739a91b498c0cfd2c00002030204656572739a91b498c3f092c0000205020575626c69639a91b498c0d5d2c00002030104726561649a91b498c181d2c000020202046f746f729a91b498c2de92c00002030104736169649a91b498c188d2c0000203030279739a91b496d8c0ba9e6a02040204686966749a91b498c19dd2c0000207030275749a91b498c1b4d2c000020602086f6d657468696e679a91b496d8c0bff5ff020302037461799a91b498c1b4d2c000020501057468616e6b9a91b498c19dd2c000020285b480800002020301659a91b496d4cc9a9cd8020383d9a2f0c6280205ae808000020282d3808000020282a48080000204040272659a91b498c2bc92c00002050207757262696e65739a91b498c0c4d2c00002048d80800002049580800002040105756e6465729a91b496d8c0bff5ff020203056b6e6f776e9a91b496d8c0bff5ff02040201739a91b498c2cd92c0000204010577616974739a91b498c3f092c00002028780800002020203656c6c9a91b498c188d2c0000202020368656e9a91b496d4cca08255020303036963689a91b498c0f992c0000202020672697474656e9a91b498c2ee92c00002020103796f759a91b498c0e8d2c0000204ea808000020382bd808000020482f7808000020304120e0e141218100e0f0e150f110f1114141512110f1310154c1011150e1610110e100f11200e11121111110f110f1510192a0f2012120e1810101013');
INSERT INTO status_search_data VALUES(9007611571601408,X'08000000000000013445a188bd8940000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO status_search_data VALUES(9007749010554880,X'08000000000000013445a188e69100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE IF NOT EXISTS 'status_search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO status_search_idx VALUES(1,X'',2);
INSERT INTO status_search_idx VALUES(2,X'',2);
INSERT INTO status_search_idx VALUES(3,X'',2);
INSERT INTO status_search_idx VALUES(4,X'',2);
INSERT INTO status_search_idx VALUES(5,X'',2);
INSERT INTO status_search_idx VALUES(16,X'',2);
CREATE TABLE IF NOT EXISTS 'status_search_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);
INSERT INTO status_search_docsize VALUES(3766594142471003352,X'03',18);
INSERT INTO status_search_docsize VALUES(3766594142471193173,X'02',19);
INSERT INTO status_search_docsize VALUES(3766594144568828116,X'02',32);
INSERT INTO status_search_docsize VALUES(3766594144569204330,X'03',31);
INSERT INTO status_search_docsize VALUES(3766594144569390591,X'03',30);
INSERT INTO status_search_docsize VALUES(3766594269126148096,X'03',1);
INSERT INTO status_search_docsize VALUES(3766594269140828160,X'03',2);
INSERT INTO status_search_docsize VALUES(3766594269168091136,X'03',3);
INSERT INTO status_search_docsize VALUES(3766594269186965504,X'03',29);
INSERT INTO status_search_docsize VALUES(3766594269212131328,X'03',5);
INSERT INTO status_search_docsize VALUES(3766594269239394304,X'03',6);
INSERT INTO status_search_docsize VALUES(3766594269291823104,X'03',8);
INSERT INTO status_search_docsize VALUES(3766594269325377536,X'03',15);
INSERT INTO status_search_docsize VALUES(3766594269361029120,X'02',10);
INSERT INTO status_search_docsize VALUES(3766594269396680704,X'06',11);
INSERT INTO status_search_docsize VALUES(3766594269426040832,X'02',12);
INSERT INTO status_search_docsize VALUES(3766594269472178176,X'02',13);
INSERT INTO status_search_docsize VALUES(3766594269514121216,X'06',14);
INSERT INTO status_search_docsize VALUES(3766594269610590208,X'05',17);
INSERT INTO status_search_docsize VALUES(3766594270178918400,X'04',20);
INSERT INTO status_search_docsize VALUES(3766594270250221568,X'03',21);
INSERT INTO status_search_docsize VALUES(3766594270321524736,X'04',22);
INSERT INTO status_search_docsize VALUES(3766594270388633600,X'03',23);
INSERT INTO status_search_docsize VALUES(3766594270841618432,X'03',24);
INSERT INTO status_search_docsize VALUES(3766594270852104192,X'01',25);
INSERT INTO status_search_docsize VALUES(3766594270933893120,X'04',26);
INSERT INTO status_search_docsize VALUES(3766594270948573184,X'03',27);
INSERT INTO status_search_docsize VALUES(3766594270965350400,X'02',28);
INSERT INTO status_search_docsize VALUES(3766594271969886208,X'07',33);
INSERT INTO status_search_docsize VALUES(3766594273275281408,X'05',36);
CREATE TABLE IF NOT EXISTS 'status_search_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO status_search_config VALUES('version',4);
CREATE TABLE lists (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    title TEXT NOT NULL CHECK (title <> ''),
    replies_policy TEXT NOT NULL CHECK (replies_policy IN ('followed', 'list', 'none')),
    exclusive INTEGER NOT NULL DEFAULT 0 CHECK (exclusive IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO lists VALUES(3766594270046797824,3766594258800582656,'Shop floor','list',0,1796052107833);
CREATE TABLE list_members (
    id INTEGER NOT NULL PRIMARY KEY,
    list_id INTEGER NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    UNIQUE (list_id, account_id)
) STRICT;
INSERT INTO list_members VALUES(3766594270053089280,3766594270046797824,3766594259432464384);
INSERT INTO list_members VALUES(3766594270053089281,3766594270046797824,3766594268299870208);
CREATE TABLE filters (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    contexts TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('warn', 'hide', 'blur')),
    expires_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO filters VALUES(3766594270059380736,3766594258800582656,'Money','home','warn',NULL,1796052107839);
INSERT INTO filters VALUES(3766594270065672192,3766594258800582656,'Seen','home','hide',NULL,1796052107842);
CREATE TABLE filter_keywords (
    id INTEGER NOT NULL PRIMARY KEY,
    filter_id INTEGER NOT NULL REFERENCES filters (id) ON DELETE CASCADE,
    keyword TEXT NOT NULL CHECK (keyword <> ''),
    whole_word INTEGER NOT NULL DEFAULT 0 CHECK (whole_word IN (0, 1))
) STRICT;
INSERT INTO filter_keywords VALUES(3766594270059380737,3766594270059380736,'budget',1);
CREATE TABLE filter_statuses (
    id INTEGER NOT NULL PRIMARY KEY,
    filter_id INTEGER NOT NULL REFERENCES filters (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    UNIQUE (filter_id, status_id)
) STRICT;
INSERT INTO filter_statuses VALUES(3766594270071963648,3766594270065672192,3766594269396680704);
CREATE TABLE tag_follows (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    UNIQUE (account_id, tag_id)
) STRICT;
INSERT INTO tag_follows VALUES(3766594270090838017,3766594258800582656,3766594269140828161);
CREATE TABLE featured_tags (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    UNIQUE (account_id, tag_id)
) STRICT;
INSERT INTO featured_tags VALUES(3766594270199889921,3766594258800582656,3766594269140828161);
CREATE TABLE account_notes (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    comment TEXT NOT NULL,
    PRIMARY KEY (account_id, target_id)
) STRICT;
INSERT INTO account_notes VALUES(3766594258800582656,3766594259432464384,'knows the night shift');
CREATE TABLE endorsements (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    UNIQUE (account_id, target_id)
) STRICT;
INSERT INTO endorsements VALUES(3766594270107615232,3766594258800582656,3766594259432464384);
CREATE TABLE shunned_domains (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    domain TEXT NOT NULL CHECK (domain = lower(domain) AND domain <> ''),
    UNIQUE (account_id, domain)
) STRICT;
INSERT INTO shunned_domains VALUES(3766594270006951936,3766594259432464384,'noise.example');
CREATE TABLE dismissed_suggestions (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, target_id)
) STRICT;
CREATE TABLE notice_policies (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    not_following TEXT NOT NULL CHECK (not_following IN ('accept', 'filter', 'drop')),
    not_followers TEXT NOT NULL CHECK (not_followers IN ('accept', 'filter', 'drop')),
    new_accounts TEXT NOT NULL CHECK (new_accounts IN ('accept', 'filter', 'drop')),
    private_mentions TEXT NOT NULL CHECK (private_mentions IN ('accept', 'filter', 'drop')),
    limited_accounts TEXT NOT NULL CHECK (limited_accounts IN ('accept', 'filter', 'drop')),
    bots TEXT NOT NULL CHECK (bots IN ('accept', 'filter', 'drop'))
) STRICT;
INSERT INTO notice_policies VALUES(3766594261344165888,'filter','accept','accept','accept','accept','accept');
CREATE TABLE notice_permissions (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    from_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, from_id)
) STRICT;
CREATE TABLE notice_requests (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    from_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    last_status_id INTEGER REFERENCES statuses (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (account_id, from_id)
) STRICT;
INSERT INTO notice_requests VALUES(3766594270178918403,3766594261344165888,3766594259432464384,3766594270178918400,1796052107896,1796052107896);
CREATE TABLE conversations (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    thread_id INTEGER NOT NULL,
    last_status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    unread INTEGER NOT NULL DEFAULT 0 CHECK (unread IN (0, 1)),
    UNIQUE (account_id, thread_id)
) STRICT;
INSERT INTO conversations VALUES(3766594269291823105,3766594258800582656,3766594269291823104,3766594269291823104,0);
INSERT INTO conversations VALUES(3766594269291823106,3766594259432464384,3766594269291823104,3766594269291823104,1);
INSERT INTO conversations VALUES(3766594270178918401,3766594259432464384,3766594270178918400,3766594270178918400,0);
INSERT INTO conversations VALUES(3766594270178918402,3766594261344165888,3766594270178918400,3766594270178918400,1);
CREATE TABLE scheduled_statuses (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    scheduled_at INTEGER NOT NULL,
    draft TEXT NOT NULL,
    idempotency_key TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, idempotency_key)
) STRICT;
INSERT INTO scheduled_statuses VALUES(3766594270512365569,3766594258800582656,1796055708000,'{"text":"Good morning :rotor:","content_type":"text/plain","spoiler_text":"","sensitive":false,"language":null,"poll":null,"in_reply_to":null,"asked":{"reach":"company"},"partner":null,"circle":null,"to_addressed":false,"group":null,"media":["3766594270453645312"],"quoted":null,"quotable":null,"app":null,"must_read":null,"praise":[],"posted_by":null,"idempotency_key":null}',NULL,1796052108055);
CREATE TABLE scheduled_media (
    media_id INTEGER NOT NULL PRIMARY KEY REFERENCES media_attachments (id) ON DELETE CASCADE,
    scheduled_id INTEGER NOT NULL REFERENCES scheduled_statuses (id) ON DELETE CASCADE,
    position INTEGER NOT NULL
) STRICT;
INSERT INTO scheduled_media VALUES(3766594270453645312,3766594270512365569,0);
CREATE TABLE reports (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uri TEXT UNIQUE,
    comment TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('spam', 'legal', 'violation', 'other')),
    rule_ids TEXT NOT NULL,
    forwarded INTEGER NOT NULL CHECK (forwarded IN (0, 1)),
    assigned_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    resolved_at INTEGER,
    resolved_by INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO reports VALUES(3766594270866784256,3766594261344165888,3766594261802409984,NULL,'shouts','violation','["1"]',0,3766594260191248384,1796052108232,3766594260191248384,1796052108224,1796052108232);
CREATE TABLE report_statuses (
    report_id INTEGER NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    PRIMARY KEY (report_id, status_id)
) STRICT;
INSERT INTO report_statuses VALUES(3766594270866784256,3766594270852104192);
CREATE TABLE moderation_log (
    id INTEGER NOT NULL PRIMARY KEY,
    actor_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    target TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO moderation_log VALUES(3766594264410202113,NULL,'(command line)','tier partner',NULL,'partner.localhost:33591','they build our casings',1796052105145);
INSERT INTO moderation_log VALUES(3766594264758280193,NULL,'(command line)','tier partner',NULL,'vendor.example','',1796052105311);
INSERT INTO moderation_log VALUES(3766594264983478274,NULL,'(command line)','agreement set',NULL,'vendor.example','version 1 6c9d89d8558b7a9a3e6654fbcd2b2a92a81c84ba22d314540090df2535b52d6e',1796052105418);
INSERT INTO moderation_log VALUES(3766594265150447617,NULL,'(command line)','tier blocked',NULL,'spam.example','spam',1796052105498);
INSERT INTO moderation_log VALUES(3766594270873075712,3766594260191248384,'carol','assign report',3766594261802409984,'3766594270866784256','',1796052108227);
INSERT INTO moderation_log VALUES(3766594270883561472,3766594260191248384,'carol','silence',3766594261802409984,'erik','calm down',1796052108232);
INSERT INTO moderation_log VALUES(3766594270883561473,3766594260191248384,'carol','resolve report',3766594261802409984,'3766594270866784256','',1796052108232);
INSERT INTO moderation_log VALUES(3766594270889852929,3766594258800582656,'alice','block address',NULL,'192.0.2.0/24','no_access test',1796052108235);
INSERT INTO moderation_log VALUES(3766594270902435841,3766594258800582656,'alice','block e-mail domain',NULL,'mail.example','',1796052108241);
INSERT INTO moderation_log VALUES(3766594270917115905,3766594258800582656,'alice','block e-mail address',NULL,'d917520d51358f759271e71ad81626af345cb5da3201d52f440eabe8a771aefa','',1796052108248);
INSERT INTO moderation_log VALUES(3766594274507997186,NULL,'(command line)','agreement proposed',NULL,'prospect.localhost:33591','version 1 a0cfb46381e95f1a07222262d7faa1b505ca2dc528ee59c68a4674d4cfb71bcf',1796052109960);
CREATE TABLE email_domain_blocks (
    id INTEGER NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO email_domain_blocks VALUES(3766594270902435840,'mail.example',1796052108241);
CREATE TABLE canonical_email_blocks (
    id INTEGER NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO canonical_email_blocks VALUES(3766594270917115904,'d917520d51358f759271e71ad81626af345cb5da3201d52f440eabe8a771aefa',1796052108248);
CREATE TABLE ip_blocks (
    id INTEGER NOT NULL PRIMARY KEY,
    ip TEXT NOT NULL UNIQUE,
    severity TEXT NOT NULL CHECK (severity IN ('sign_up_requires_approval', 'sign_up_block', 'no_access')),
    comment TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
INSERT INTO ip_blocks VALUES(3766594270889852928,'192.0.2.0/24','no_access','test',1796052108235,NULL);
CREATE TABLE cards (
    id INTEGER NOT NULL PRIMARY KEY,
    url TEXT NOT NULL UNIQUE CHECK (url <> ''),
    page_url TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_url TEXT NOT NULL,
    language TEXT,
    published_at INTEGER,
    image_key TEXT,
    image_width INTEGER,
    image_height INTEGER,
    image_description TEXT NOT NULL,
    blurhash TEXT,
    fetched_at INTEGER NOT NULL
) STRICT;
INSERT INTO cards VALUES(3766594269476372480,'http://partner.localhost:33591/page','http://partner.localhost:33591/page','Hot gas path','How it ages','partner.localhost','','','en',NULL,NULL,NULL,NULL,'',NULL,1796052107561);
CREATE TABLE status_cards (
    status_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    card_id INTEGER NOT NULL REFERENCES cards (id) ON DELETE CASCADE
) STRICT;
INSERT INTO status_cards VALUES(3766594269396680704,3766594269476372480);
CREATE TABLE quotes (
    status_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    quoted_id INTEGER REFERENCES statuses (id) ON DELETE SET NULL,
    quoted_uri TEXT NOT NULL CHECK (quoted_uri <> ''),
    state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected', 'revoked', 'deleted')),
    stamp_uri TEXT,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO quotes VALUES(3766594144569204330,3766594144568828116,'http://partner.localhost:33591/notes/quoted','pending','http://partner.localhost:33591/slow/stamp',1796052108441);
INSERT INTO quotes VALUES(3766594269426040832,3766594269212131328,'http://engineering.acme.test/users/alice/statuses/3766594269212131328','accepted','http://engineering.acme.test/users/alice/quote_authorizations/3766594269426040832',1796052107537);
CREATE TABLE announcements (
    id INTEGER NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    content TEXT NOT NULL,
    starts_at INTEGER,
    ends_at INTEGER,
    all_day INTEGER NOT NULL DEFAULT 0 CHECK (all_day IN (0, 1)),
    published_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO announcements VALUES(3766594265430327296,'The canteen is closed on Friday','<p>The canteen is closed on Friday</p>',NULL,NULL,0,1796052105631,1796052105631);
CREATE TABLE announcement_reads (
    announcement_id INTEGER NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (announcement_id, account_id)
) STRICT;
INSERT INTO announcement_reads VALUES(3766594265430327296,3766594259432464384);
CREATE TABLE announcement_reactions (
    announcement_id INTEGER NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (announcement_id, account_id, name)
) STRICT;
INSERT INTO announcement_reactions VALUES(3766594265430327296,3766594259432464384,'👍',1796052107881);
CREATE TABLE custom_emojis (
    shortcode TEXT NOT NULL PRIMARY KEY,
    file_key TEXT NOT NULL,
    category TEXT,
    visible INTEGER NOT NULL DEFAULT 1 CHECK (visible IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO custom_emojis VALUES('rotor','b382855b8d4608eef2ccb027c58db808.png','Machines',1,1796052105761);
CREATE TABLE rejected_trends (
    subject TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE severances (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    cause TEXT NOT NULL CHECK (cause IN ('domain_block', 'user_domain_block', 'account_suspension')),
    target TEXT NOT NULL CHECK (target <> ''),
    followers_count INTEGER NOT NULL CHECK (followers_count >= 0),
    following_count INTEGER NOT NULL CHECK (following_count >= 0),
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE translations (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    -- Which version of the status was translated.
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (status_id, language)
) STRICT;
CREATE TABLE signature_forms (
    host TEXT NOT NULL PRIMARY KEY CHECK (host <> ''),
    newer_until INTEGER NOT NULL
) STRICT;
CREATE TABLE contexts (
    status_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    context_uri TEXT,
    replies_uri TEXT,
    looked_at INTEGER NOT NULL DEFAULT 0,
    settled_at INTEGER NOT NULL DEFAULT 0,
    found INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO contexts VALUES(3766594142471003352,NULL,'http://partner.localhost:33591/slow/replies',1796052108539,0,0);
CREATE TABLE profiles (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    attributes TEXT NOT NULL,
    narrowed TEXT NOT NULL,
    name_key TEXT NOT NULL,
    division_key TEXT NOT NULL,
    department_key TEXT NOT NULL,
    manager_uri TEXT,
    changed_at INTEGER NOT NULL
) STRICT;
INSERT INTO profiles VALUES(3766594258800582656,'{"job_title":"Chief engineer","department":"Turbines","location":"Berlin","pronouns":"she","languages":["en"],"skills":["Blades"]}','{"skills":"instance"}','alice','','turbines',NULL,1796052106960);
INSERT INTO profiles VALUES(3766594259432464384,'{"job_title":"Night shift","department":"Operations"}','{}','bob','','operations',NULL,1796052109528);
INSERT INTO profiles VALUES(3766594260191248384,'{}','{}','carol','','',NULL,1796052103134);
INSERT INTO profiles VALUES(3766594261344165888,'{}','{}','dora','','',NULL,1796052106963);
INSERT INTO profiles VALUES(3766594261802409984,'{}','{}','erik','','',NULL,1796052103902);
INSERT INTO profiles VALUES(3766594268738174976,'{}','{}','sue','','',NULL,1796052107209);
INSERT INTO profiles VALUES(3766594268864004096,'{}','{}','sam','','',NULL,1796052107269);
CREATE TABLE people_words (
    word TEXT NOT NULL,
    kind INTEGER NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (word, kind, account_id)
) STRICT, WITHOUT ROWID;
INSERT INTO people_words VALUES('<turbines',4,3766594258800582656);
INSERT INTO people_words VALUES('=blades',2,3766594258800582656);
INSERT INTO people_words VALUES('alice',0,3766594258800582656);
INSERT INTO people_words VALUES('alice',1,3766594258800582656);
INSERT INTO people_words VALUES('berlin',5,3766594258800582656);
INSERT INTO people_words VALUES('blades',2,3766594258800582656);
INSERT INTO people_words VALUES('chief',3,3766594258800582656);
INSERT INTO people_words VALUES('engineer',3,3766594258800582656);
INSERT INTO people_words VALUES('turbines',4,3766594258800582656);
INSERT INTO people_words VALUES('<operations',4,3766594259432464384);
INSERT INTO people_words VALUES('bob',0,3766594259432464384);
INSERT INTO people_words VALUES('bob',1,3766594259432464384);
INSERT INTO people_words VALUES('night',3,3766594259432464384);
INSERT INTO people_words VALUES('operations',4,3766594259432464384);
INSERT INTO people_words VALUES('shift',3,3766594259432464384);
INSERT INTO people_words VALUES('carol',0,3766594260191248384);
INSERT INTO people_words VALUES('carol',1,3766594260191248384);
INSERT INTO people_words VALUES('dora',0,3766594261344165888);
INSERT INTO people_words VALUES('dora',1,3766594261344165888);
INSERT INTO people_words VALUES('erik',0,3766594261802409984);
INSERT INTO people_words VALUES('erik',1,3766594261802409984);
INSERT INTO people_words VALUES('sue',0,3766594268738174976);
INSERT INTO people_words VALUES('sue',1,3766594268738174976);
INSERT INTO people_words VALUES('sam',0,3766594268864004096);
INSERT INTO people_words VALUES('sam',1,3766594268864004096);
CREATE TABLE word_grams (
    gram TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (gram, word)
) STRICT, WITHOUT ROWID;
INSERT INTO word_grams VALUES('^','alice');
INSERT INTO word_grams VALUES('^a','alice');
INSERT INTO word_grams VALUES('al','alice');
INSERT INTO word_grams VALUES('ce','alice');
INSERT INTO word_grams VALUES('e$','alice');
INSERT INTO word_grams VALUES('ic','alice');
INSERT INTO word_grams VALUES('li','alice');
INSERT INTO word_grams VALUES('^','berlin');
INSERT INTO word_grams VALUES('^b','berlin');
INSERT INTO word_grams VALUES('be','berlin');
INSERT INTO word_grams VALUES('er','berlin');
INSERT INTO word_grams VALUES('in','berlin');
INSERT INTO word_grams VALUES('li','berlin');
INSERT INTO word_grams VALUES('n$','berlin');
INSERT INTO word_grams VALUES('rl','berlin');
INSERT INTO word_grams VALUES('^','blades');
INSERT INTO word_grams VALUES('^b','blades');
INSERT INTO word_grams VALUES('ad','blades');
INSERT INTO word_grams VALUES('bl','blades');
INSERT INTO word_grams VALUES('de','blades');
INSERT INTO word_grams VALUES('es','blades');
INSERT INTO word_grams VALUES('la','blades');
INSERT INTO word_grams VALUES('s$','blades');
INSERT INTO word_grams VALUES('^','bob');
INSERT INTO word_grams VALUES('^b','bob');
INSERT INTO word_grams VALUES('b$','bob');
INSERT INTO word_grams VALUES('bo','bob');
INSERT INTO word_grams VALUES('ob','bob');
INSERT INTO word_grams VALUES('^','carol');
INSERT INTO word_grams VALUES('^c','carol');
INSERT INTO word_grams VALUES('ar','carol');
INSERT INTO word_grams VALUES('ca','carol');
INSERT INTO word_grams VALUES('l$','carol');
INSERT INTO word_grams VALUES('ol','carol');
INSERT INTO word_grams VALUES('ro','carol');
INSERT INTO word_grams VALUES('^','chief');
INSERT INTO word_grams VALUES('^c','chief');
INSERT INTO word_grams VALUES('ch','chief');
INSERT INTO word_grams VALUES('ef','chief');
INSERT INTO word_grams VALUES('f$','chief');
INSERT INTO word_grams VALUES('hi','chief');
INSERT INTO word_grams VALUES('ie','chief');
INSERT INTO word_grams VALUES('^','dora');
INSERT INTO word_grams VALUES('^d','dora');
INSERT INTO word_grams VALUES('a$','dora');
INSERT INTO word_grams VALUES('do','dora');
INSERT INTO word_grams VALUES('or','dora');
INSERT INTO word_grams VALUES('ra','dora');
INSERT INTO word_grams VALUES('^','engineer');
INSERT INTO word_grams VALUES('^e','engineer');
INSERT INTO word_grams VALUES('ee','engineer');
INSERT INTO word_grams VALUES('en','engineer');
INSERT INTO word_grams VALUES('er','engineer');
INSERT INTO word_grams VALUES('gi','engineer');
INSERT INTO word_grams VALUES('in','engineer');
INSERT INTO word_grams VALUES('ne','engineer');
INSERT INTO word_grams VALUES('ng','engineer');
INSERT INTO word_grams VALUES('r$','engineer');
INSERT INTO word_grams VALUES('^','erik');
INSERT INTO word_grams VALUES('^e','erik');
INSERT INTO word_grams VALUES('er','erik');
INSERT INTO word_grams VALUES('ik','erik');
INSERT INTO word_grams VALUES('k$','erik');
INSERT INTO word_grams VALUES('ri','erik');
INSERT INTO word_grams VALUES('^','night');
INSERT INTO word_grams VALUES('^n','night');
INSERT INTO word_grams VALUES('gh','night');
INSERT INTO word_grams VALUES('ht','night');
INSERT INTO word_grams VALUES('ig','night');
INSERT INTO word_grams VALUES('ni','night');
INSERT INTO word_grams VALUES('t$','night');
INSERT INTO word_grams VALUES('^','operations');
INSERT INTO word_grams VALUES('^o','operations');
INSERT INTO word_grams VALUES('at','operations');
INSERT INTO word_grams VALUES('er','operations');
INSERT INTO word_grams VALUES('io','operations');
INSERT INTO word_grams VALUES('ns','operations');
INSERT INTO word_grams VALUES('on','operations');
INSERT INTO word_grams VALUES('op','operations');
INSERT INTO word_grams VALUES('pe','operations');
INSERT INTO word_grams VALUES('ra','operations');
INSERT INTO word_grams VALUES('s$','operations');
INSERT INTO word_grams VALUES('ti','operations');
INSERT INTO word_grams VALUES('^','sam');
INSERT INTO word_grams VALUES('^s','sam');
INSERT INTO word_grams VALUES('am','sam');
INSERT INTO word_grams VALUES('m$','sam');
INSERT INTO word_grams VALUES('sa','sam');
INSERT INTO word_grams VALUES('^','shift');
INSERT INTO word_grams VALUES('^s','shift');
INSERT INTO word_grams VALUES('ft','shift');
INSERT INTO word_grams VALUES('hi','shift');
INSERT INTO word_grams VALUES('if','shift');
INSERT INTO word_grams VALUES('sh','shift');
INSERT INTO word_grams VALUES('t$','shift');
INSERT INTO word_grams VALUES('^','sue');
INSERT INTO word_grams VALUES('^s','sue');
INSERT INTO word_grams VALUES('e$','sue');
INSERT INTO word_grams VALUES('su','sue');
INSERT INTO word_grams VALUES('ue','sue');
INSERT INTO word_grams VALUES('^','turbines');
INSERT INTO word_grams VALUES('^t','turbines');
INSERT INTO word_grams VALUES('bi','turbines');
INSERT INTO word_grams VALUES('es','turbines');
INSERT INTO word_grams VALUES('in','turbines');
INSERT INTO word_grams VALUES('ne','turbines');
INSERT INTO word_grams VALUES('rb','turbines');
INSERT INTO word_grams VALUES('s$','turbines');
INSERT INTO word_grams VALUES('tu','turbines');
INSERT INTO word_grams VALUES('ur','turbines');
CREATE TABLE agreements (
    id INTEGER NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL,
    uri TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    document TEXT NOT NULL,
    by_us INTEGER NOT NULL CHECK (by_us IN (0, 1)),
    two_sided INTEGER NOT NULL CHECK (two_sided IN (0, 1)),
    state TEXT NOT NULL,
    our_proof TEXT,
    their_proof TEXT,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
INSERT INTO agreements VALUES(3766594264983478272,'vendor.example','http://engineering.acme.test/agreements/1796052105418-140d63eb',1,'6c9d89d8558b7a9a3e6654fbcd2b2a92a81c84ba22d314540090df2535b52d6e','{"id":"http://engineering.acme.test/agreements/1796052105418-140d63eb","version":1,"parties":[{"domain":"engineering.acme.test","contact":"it@acme.test","gives":{"reaches":["followers","partners","public"],"direct_messages":true,"boosts":true,"media":false,"directory":false,"attributes":["job_title","department","division","manager","location","time_zone","pronouns","languages","working_hours","contacts","skills","interests","projects","out_of_office"],"follows":"everybody"}},{"domain":"vendor.example","contact":"http://vendor.example/about","gives":{"reaches":["followers","partners","public"],"direct_messages":true,"boosts":true,"media":false,"directory":false,"attributes":["job_title","department","division","manager","location","time_zone","pronouns","languages","working_hours","contacts","skills","interests","projects","out_of_office"],"follows":"everybody"}}],"content":"only words"}',1,0,'accepted',NULL,NULL,1796052105418,1796052105418);
INSERT INTO agreements VALUES(3766594274507997184,'prospect.localhost:33591','http://engineering.acme.test/agreements/1796052109960-4388c936',1,'a0cfb46381e95f1a07222262d7faa1b505ca2dc528ee59c68a4674d4cfb71bcf','{"id":"http://engineering.acme.test/agreements/1796052109960-4388c936","version":1,"parties":[{"domain":"engineering.acme.test","contact":"alice","gives":{"reaches":["followers","partners","public"],"direct_messages":true,"boosts":false,"media":true,"directory":false,"attributes":["job_title","department","division","manager","location","time_zone","pronouns","languages","working_hours","contacts","skills","interests","projects","out_of_office"],"follows":"everybody"}},{"domain":"prospect.localhost:33591","contact":"http://prospect.localhost:33591/about","gives":{"reaches":["followers","partners","public"],"direct_messages":true,"boosts":false,"media":true,"directory":false,"attributes":["job_title","department","division","manager","location","time_zone","pronouns","languages","working_hours","contacts","skills","interests","projects","out_of_office"],"follows":"everybody"}}]}',1,1,'proposed',NULL,NULL,1796052109960,1796052109960);
CREATE TABLE agreement_events (
    id INTEGER NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL,
    uri TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    what TEXT NOT NULL,
    by_us INTEGER NOT NULL CHECK (by_us IN (0, 1)),
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO agreement_events VALUES(3766594264983478273,'vendor.example','http://engineering.acme.test/agreements/1796052105418-140d63eb',1,'6c9d89d8558b7a9a3e6654fbcd2b2a92a81c84ba22d314540090df2535b52d6e','set',1,'(command line)','',1796052105418);
INSERT INTO agreement_events VALUES(3766594274507997185,'prospect.localhost:33591','http://engineering.acme.test/agreements/1796052109960-4388c936',1,'a0cfb46381e95f1a07222262d7faa1b505ca2dc528ee59c68a4674d4cfb71bcf','proposed',1,'(command line)','',1796052109960);
CREATE TABLE pacts (
    domain TEXT NOT NULL PRIMARY KEY,
    agreement_id INTEGER NOT NULL,
    starts_at INTEGER,
    ends_at INTEGER,
    stopped INTEGER NOT NULL CHECK (stopped IN (0, 1)),
    gives INTEGER NOT NULL,
    takes INTEGER NOT NULL,
    takes_partners INTEGER NOT NULL CHECK (takes_partners IN (0, 1)),
    takes_public INTEGER NOT NULL CHECK (takes_public IN (0, 1)),
    takes_followers INTEGER NOT NULL CHECK (takes_followers IN (0, 1)),
    takes_direct INTEGER NOT NULL CHECK (takes_direct IN (0, 1)),
    takes_boosts INTEGER NOT NULL CHECK (takes_boosts IN (0, 1)),
    follows_given TEXT NOT NULL,
    follows_taken TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
INSERT INTO pacts VALUES('vendor.example',3766594264983478272,NULL,NULL,0,4194207,4194207,1,1,1,1,1,'[]','[]',1796052105418);
CREATE TABLE circles (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO circles VALUES(3766594270210375680,3766594258800582656,'Offer',1796052107911);
CREATE TABLE circle_members (
    circle_id INTEGER NOT NULL REFERENCES circles (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (circle_id, account_id)
) STRICT;
INSERT INTO circle_members VALUES(3766594270210375680,3766594259432464384,1796052107922);
INSERT INTO circle_members VALUES(3766594270210375680,3766594268299870208,1796052107922);
CREATE TABLE askable (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    askers TEXT NOT NULL CHECK (askers IN ('nobody', 'instance', 'company', 'partners'))
) STRICT;
CREATE TABLE askings (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (status_id, account_id)
) STRICT;
CREATE TABLE groups (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    join_policy TEXT NOT NULL,
    visibility TEXT NOT NULL,
    rule_attribute TEXT,
    rule_value TEXT,
    room INTEGER NOT NULL DEFAULT 0 CHECK (room IN (0, 1)),
    created_by INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL
);
INSERT INTO "groups" VALUES(3766594266412752896,'open','company',NULL,NULL,0,3766594258800582656,1796052106100);
INSERT INTO "groups" VALUES(3766594267468324864,'open','company','department','Operations',0,3766594258800582656,1796052106603);
INSERT INTO "groups" VALUES(3766594267945771008,'invite','hidden',NULL,NULL,1,3766594260191248384,1796052106831);
CREATE TABLE group_roles (
    group_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    PRIMARY KEY (group_id, account_id)
);
INSERT INTO group_roles VALUES(3766594266412752896,3766594258800582656,'owner');
INSERT INTO group_roles VALUES(3766594267468324864,3766594258800582656,'owner');
INSERT INTO group_roles VALUES(3766594267945771008,3766594260191248384,'owner');
CREATE TABLE group_invitations (
    group_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    by_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (group_id, account_id)
);
CREATE TABLE group_ruled (
    group_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, account_id)
);
CREATE TABLE group_pins (
    group_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (group_id, status_id)
);
INSERT INTO group_pins VALUES(3766594266412752896,3766594270321524736,1796052107981);
CREATE TABLE group_guests (
    group_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sponsor_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    until INTEGER NOT NULL,
    accepted_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (group_id, account_id)
);
CREATE TABLE must_reads (
    status_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    acknowledge_by INTEGER,
    department TEXT NOT NULL,
    department_key TEXT NOT NULL,
    group_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    reminded_at INTEGER,
    ended_at INTEGER
) STRICT;
INSERT INTO must_reads VALUES(3766594269610590208,1796656907000,'','',NULL,NULL,NULL);
INSERT INTO must_reads VALUES(3766594273275281408,NULL,'','',NULL,NULL,NULL);
CREATE TABLE acknowledgements (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (status_id, account_id)
) STRICT;
INSERT INTO acknowledgements VALUES(3766594269610590208,3766594259432464384,1796052107634);
CREATE TABLE delegations (
    leader_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    delegate_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    may_post INTEGER NOT NULL CHECK (may_post IN (0, 1)),
    may_answer INTEGER NOT NULL CHECK (may_answer IN (0, 1)),
    until INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (leader_id, delegate_id)
) STRICT;
INSERT INTO delegations VALUES(3766594258800582656,3766594260191248384,1,0,NULL,1796052107990);
CREATE TABLE delegated_posts (
    status_id INTEGER NOT NULL PRIMARY KEY,
    leader_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    delegate_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    is_answer INTEGER NOT NULL CHECK (is_answer IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO delegated_posts VALUES(3766594270388633600,3766594258800582656,3766594260191248384,0,1796052107996);
CREATE TABLE accepted_answers (
    question_id INTEGER NOT NULL PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    answer_uri TEXT NOT NULL CHECK (answer_uri <> '')
) STRICT;
INSERT INTO accepted_answers VALUES(3766594269168091136,'http://engineering.acme.test/users/bob/statuses/3766594269472178176');
CREATE TABLE praises (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)),
    PRIMARY KEY (status_id, account_id)
) STRICT;
INSERT INTO praises VALUES(3766594269514121216,3766594259432464384,0);
CREATE TABLE feeds (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    secret_hash TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
INSERT INTO feeds VALUES(3766594270531239936,3766594258800582656,'9ca478a39f4806eb8133eca64e073fe1de10e54957be6e0c74bcb8b32804861b','home','','Home',1796052108064,NULL);
CREATE TABLE bots (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    owner_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    ceiling TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO bots VALUES(3766594262442401792,3766594258800582656,'company',1796052104207);
CREATE TABLE hooks (
    id INTEGER NOT NULL PRIMARY KEY,
    bot_id INTEGER NOT NULL REFERENCES bots (account_id) ON DELETE CASCADE,
    secret_hash TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    reach TEXT NOT NULL,
    named TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
INSERT INTO hooks VALUES(3766594270548017152,3766594262442401792,'14c07738ecff873ef9885bca26f13a85901ecc0c6b936caca8b4165d18c0b6c9','Builds','company','',1796052108072,NULL);
CREATE TABLE digest_wishes (
    user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    period TEXT NOT NULL
) STRICT;
INSERT INTO digest_wishes VALUES(3766594258800582657,'weekly');
CREATE TABLE digests (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    period TEXT NOT NULL,
    since INTEGER NOT NULL,
    state TEXT NOT NULL,
    secret_hash TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, period)
) STRICT;
CREATE TABLE first_days (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    done_at INTEGER NOT NULL
) STRICT;
INSERT INTO first_days VALUES(3766594259432464384,1796052107868);
CREATE TABLE drafts (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    draft TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO drafts VALUES(3766594270506074112,3766594258800582656,'{"text":"Not yet finished","content_type":"text/plain","spoiler_text":"Draft","sensitive":false,"language":null,"poll":null,"in_reply_to":null,"asked":null,"partner":null,"circle":null,"to_addressed":false,"group":null,"media":["3766594270401216512"],"quoted":null,"quotable":null,"app":null,"must_read":null,"praise":[],"posted_by":null,"idempotency_key":null}',1796052108052,1796052108052);
CREATE TABLE draft_media (
    media_id INTEGER NOT NULL PRIMARY KEY REFERENCES media_attachments (id) ON DELETE CASCADE,
    draft_id INTEGER NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    position INTEGER NOT NULL
) STRICT;
INSERT INTO draft_media VALUES(3766594270401216512,3766594270506074112,0);
CREATE TABLE unit_mentions (
    status_id INTEGER NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    unit TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    people INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (status_id, unit)
) STRICT;
CREATE TABLE withheld (
    object_uri TEXT NOT NULL,
    host TEXT NOT NULL,
    rule TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (object_uri, host)
) STRICT;
INSERT INTO withheld VALUES('http://engineering.acme.test/users/alice/statuses/3766594269168091136','partner.localhost:33591','reach',1796052107422);
INSERT INTO withheld VALUES('http://engineering.acme.test/users/alice/statuses/3766594269325377536','partner.localhost:33591','reach',1796052107511);
INSERT INTO withheld VALUES('http://engineering.acme.test/users/alice/statuses/3766594269514121216','partner.localhost:33591','reach',1796052107586);
INSERT INTO withheld VALUES('http://engineering.acme.test/users/alice/statuses/3766594270388633600','partner.localhost:33591','reach',1796052108005);
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','status_search','status_search',0,'CREATE VIRTUAL TABLE status_search USING fts5(words, content = '''', contentless_delete = 1, tokenize = ''unicode61'')');
CREATE UNIQUE INDEX accounts_local_username ON accounts (lower(username)) WHERE domain IS NULL;
CREATE INDEX accounts_handle ON accounts (lower(username), domain);
CREATE INDEX accounts_domain ON accounts (domain);
CREATE INDEX accounts_url ON accounts (url);
CREATE INDEX keys_account ON keys (account_id);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX oauth_codes_expiry ON oauth_codes (expires_at);
CREATE INDEX oauth_tokens_user ON oauth_tokens (user_id);
CREATE INDEX oauth_tokens_app ON oauth_tokens (app_id);
CREATE INDEX oauth_tokens_code ON oauth_tokens (code_hash);
CREATE INDEX statuses_account ON statuses (account_id, id);
CREATE INDEX statuses_reply ON statuses (in_reply_to_id);
CREATE INDEX statuses_reply_uri ON statuses (in_reply_to_uri);
CREATE INDEX statuses_conversation ON statuses (conversation_id, id);
CREATE INDEX statuses_url ON statuses (url);
CREATE INDEX statuses_timeline ON statuses (local, id);
CREATE INDEX statuses_app ON statuses (app_id);
CREATE INDEX statuses_reply_account ON statuses (in_reply_to_account_id);
CREATE UNIQUE INDEX statuses_reblog ON statuses (reblog_of, account_id) WHERE reblog_of IS NOT NULL;
CREATE INDEX status_edits_status ON status_edits (status_id, id);
CREATE INDEX mentions_account ON mentions (account_id, status_id);
CREATE INDEX status_tags_status ON status_tags (status_id);
CREATE INDEX tombstones_age ON tombstones (created_at);
CREATE INDEX follows_target ON follows (target_id, id);
CREATE INDEX follows_account ON follows (account_id, id);
CREATE INDEX follows_uri ON follows (uri);
CREATE INDEX blocks_target ON blocks (target_id);
CREATE INDEX mutes_target ON mutes (target_id);
CREATE INDEX favourites_status ON favourites (status_id, id);
CREATE INDEX favourites_account ON favourites (account_id, id);
CREATE INDEX bookmarks_status ON bookmarks (status_id);
CREATE INDEX bookmarks_account ON bookmarks (account_id, id);
CREATE INDEX home_timeline_status ON home_timeline (status_id);
CREATE INDEX home_timeline_author ON home_timeline (account_id, author_id);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_status ON idempotency_keys (status_id);
CREATE INDEX jobs_due ON jobs (queue, dead, run_at);
CREATE INDEX inbox_waiting ON inbox (state, actor_uri, id);
CREATE INDEX inbox_due ON inbox (state, run_at, id);
CREATE INDEX inbox_age ON inbox (received_at);
CREATE INDEX inbox_claimed ON inbox (claimed_until) WHERE claimed_until > 0;
CREATE INDEX activities_account ON activities (account_id);
CREATE INDEX deliveries_due ON deliveries (dead, host, run_at);
CREATE INDEX notifications_account ON notifications (account_id, id);
CREATE INDEX notifications_from ON notifications (from_id, account_id);
CREATE INDEX notifications_status ON notifications (status_id);
CREATE INDEX media_attachments_account ON media_attachments (account_id);
CREATE INDEX media_attachments_status ON media_attachments (status_id, position);
CREATE INDEX media_attachments_loose ON media_attachments (loose_since) WHERE status_id IS NULL;
CREATE INDEX push_subscriptions_account ON push_subscriptions (account_id);
CREATE INDEX poll_votes_account ON poll_votes (account_id);
CREATE INDEX lists_account ON lists (account_id, id);
CREATE INDEX list_members_account ON list_members (account_id);
CREATE INDEX filters_account ON filters (account_id, id);
CREATE INDEX filter_keywords_filter ON filter_keywords (filter_id, id);
CREATE INDEX filter_statuses_status ON filter_statuses (status_id);
CREATE INDEX tag_follows_tag ON tag_follows (tag_id);
CREATE INDEX featured_tags_tag ON featured_tags (tag_id);
CREATE INDEX account_notes_target ON account_notes (target_id);
CREATE INDEX endorsements_target ON endorsements (target_id);
CREATE INDEX dismissed_suggestions_target ON dismissed_suggestions (target_id);
CREATE INDEX notice_permissions_from ON notice_permissions (from_id);
CREATE INDEX notice_requests_from ON notice_requests (from_id);
CREATE INDEX notice_requests_status ON notice_requests (last_status_id);
CREATE INDEX conversations_last ON conversations (account_id, last_status_id);
CREATE INDEX conversations_status ON conversations (last_status_id);
CREATE INDEX scheduled_media_scheduled ON scheduled_media (scheduled_id);
CREATE UNIQUE INDEX hosts_id ON hosts (id);
CREATE INDEX reports_account ON reports (account_id);
CREATE INDEX reports_target ON reports (target_id);
CREATE INDEX reports_assigned ON reports (assigned_id);
CREATE INDEX reports_resolver ON reports (resolved_by);
CREATE INDEX reports_created ON reports (created_at);
CREATE INDEX report_statuses_status ON report_statuses (status_id);
CREATE INDEX moderation_log_actor ON moderation_log (actor_id);
CREATE INDEX moderation_log_target ON moderation_log (target_id);
CREATE INDEX notifications_report ON notifications (report_id);
CREATE INDEX notifications_warning ON notifications (warning_id);
CREATE INDEX cards_page ON cards (page_url);
CREATE INDEX cards_fetched ON cards (fetched_at);
CREATE INDEX status_cards_card ON status_cards (card_id, status_id);
CREATE INDEX quotes_quoted ON quotes (quoted_id, status_id);
CREATE INDEX quotes_uri ON quotes (quoted_uri);
CREATE INDEX quotes_stamp ON quotes (stamp_uri);
CREATE INDEX announcement_reads_account ON announcement_reads (account_id);
CREATE INDEX announcement_reactions_account ON announcement_reactions (account_id);
CREATE INDEX severances_account ON severances (account_id, target);
CREATE INDEX notifications_severance ON notifications (severance_id);
CREATE INDEX translations_age ON translations (created_at);
CREATE INDEX profiles_by_name ON profiles (name_key, account_id);
CREATE INDEX profiles_by_unit ON profiles (division_key, department_key, name_key);
CREATE INDEX profiles_by_department ON profiles (department_key, name_key);
CREATE INDEX profiles_by_manager ON profiles (manager_uri) WHERE manager_uri IS NOT NULL;
CREATE INDEX profiles_by_change ON profiles (changed_at, account_id);
CREATE INDEX people_words_of ON people_words (account_id, word);
CREATE INDEX word_grams_of ON word_grams (word);
CREATE UNIQUE INDEX agreements_digest ON agreements (domain, digest);
CREATE INDEX agreement_events_domain ON agreement_events (domain, id);
CREATE INDEX circles_of ON circles (account_id, id);
CREATE INDEX circle_members_account ON circle_members (account_id);
CREATE INDEX statuses_circle ON statuses (circle_id) WHERE circle_id IS NOT NULL;
CREATE INDEX askings_of ON askings (account_id, created_at);
CREATE INDEX group_roles_of ON group_roles (account_id);
CREATE INDEX group_invitations_of ON group_invitations (account_id);
CREATE INDEX group_invitations_by ON group_invitations (by_id);
CREATE INDEX group_ruled_of ON group_ruled (account_id);
CREATE INDEX group_pins_of ON group_pins (status_id);
CREATE INDEX group_guests_of ON group_guests (account_id);
CREATE INDEX group_guests_by ON group_guests (sponsor_id);
CREATE INDEX statuses_in_group ON statuses (group_id, id) WHERE group_id IS NOT NULL;
CREATE INDEX must_reads_group ON must_reads (group_id);
CREATE INDEX acknowledgements_account ON acknowledgements (account_id);
CREATE INDEX delegations_delegate ON delegations (delegate_id);
CREATE INDEX delegated_posts_leader ON delegated_posts (leader_id, status_id);
CREATE INDEX delegated_posts_delegate ON delegated_posts (delegate_id);
CREATE INDEX praises_account ON praises (account_id, status_id);
CREATE INDEX feeds_of ON feeds (account_id, id);
CREATE INDEX bots_of ON bots (owner_id, account_id);
CREATE INDEX hooks_of ON hooks (bot_id, id);
CREATE INDEX digests_by_age ON digests (created_at);
CREATE INDEX drafts_of ON drafts (account_id, id);
CREATE INDEX draft_media_draft ON draft_media (draft_id);
CREATE INDEX unit_mentions_by ON unit_mentions (account_id, created_at);
CREATE TRIGGER media_attachments_gone AFTER DELETE ON media_attachments
BEGIN
    INSERT OR IGNORE INTO media_trash (file_key, created_at)
        SELECT OLD.file_key, OLD.created_at WHERE OLD.file_key IS NOT NULL;
    INSERT OR IGNORE INTO media_trash (file_key, created_at)
        SELECT OLD.preview_key, OLD.created_at WHERE OLD.preview_key IS NOT NULL;
END;
CREATE TRIGGER statuses_unsearch AFTER DELETE ON statuses BEGIN
    DELETE FROM status_search WHERE rowid = old.id;
END;
CREATE TRIGGER cards_gone AFTER DELETE ON cards
BEGIN
    INSERT OR IGNORE INTO media_trash (file_key, created_at)
        SELECT OLD.image_key, OLD.fetched_at WHERE OLD.image_key IS NOT NULL;
END;
PRAGMA writable_schema=OFF;
COMMIT;
