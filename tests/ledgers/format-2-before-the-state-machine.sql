BEGIN TRANSACTION;
CREATE TABLE attempts (
    attempt    INTEGER PRIMARY KEY,
    pass       INTEGER NOT NULL,
    target     TEXT NOT NULL,
    path       TEXT,
    generation INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    reason     TEXT,
    detail     TEXT,
    status     INTEGER,
    code       TEXT,
    request_id TEXT,
    bytes      INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL
) STRICT;
INSERT INTO "attempts" VALUES(1,1,'user:00000000-0000-4000-8000-000000000015','users/p015@contoso.com.jpg',1,1795840307188,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'a90cee3a-44f7-4835-a5dd-c44d35bbbd7f',2050,1);
INSERT INTO "attempts" VALUES(2,3,'user:00000000-0000-4000-8000-000000000023','users/p023@contoso.com.jpg',1,1795840307590,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'bfc70bff-9008-4c9d-9d2e-201edc2d5f19',2638,24);
INSERT INTO "attempts" VALUES(3,3,'user:00000000-0000-4000-8000-000000000022','users/p022@contoso.com.jpg',1,1795840307600,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'7e1bd006-e9ff-45fa-ae53-1f42d8458b53',2253,34);
INSERT INTO "attempts" VALUES(4,3,'team:00000000-0000-4000-8000-000000000052','teams/space.jpg',1,1795840307612,'delivered',NULL,'fewer pixels than the size set, not enlarged',204,NULL,'71899441-f3b9-4f5d-ad64-b37e7a8fd3f2',1764,45);
INSERT INTO "attempts" VALUES(5,3,'group:00000000-0000-4000-8000-000000000051','groups/sales.jpg',1,1795840307621,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'e6785555-e322-47ce-b92e-3c8cece20478',2373,53);
INSERT INTO "attempts" VALUES(6,3,'contact:00000000-0000-4000-8000-000000000000/contact-fred','contacts/p000@contoso.com/fred@example.com.jpg',1,1795840307638,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'4a1a32ff-bf37-4036-b2d0-397a358faa22',2069,38);
INSERT INTO "attempts" VALUES(7,3,'user:00000000-0000-4000-8000-000000000018','users/p018@contoso.com.jpg',1,1795840307670,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'d1cfc345-81d7-44dc-8f68-af80e563eb3b',1769,43);
INSERT INTO "attempts" VALUES(8,3,'user:00000000-0000-4000-8000-000000000020','users/p020@contoso.com.jpg',1,1795840307675,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'94871835-6fee-4cdf-874e-3a02b8abc51c',2914,62);
INSERT INTO "attempts" VALUES(9,3,'user:00000000-0000-4000-8000-000000000019','users/p019@contoso.com.jpg',1,1795840307682,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'341d85d5-bd44-4dcd-b658-18b4f38ac398',2242,60);
INSERT INTO "attempts" VALUES(10,3,'user:00000000-0000-4000-8000-000000000017','users/p017@contoso.com.jpg',1,1795840307690,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'ec4b3b94-6431-4294-96fc-3f84060132c0',2629,25);
INSERT INTO "attempts" VALUES(11,3,'user:00000000-0000-4000-8000-000000000016','users/p016@contoso.com.jpg',1,1795840307713,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'966720e1-5af9-4dc6-a110-93cb26beba94',2048,30);
INSERT INTO "attempts" VALUES(12,3,'user:00000000-0000-4000-8000-000000000012','users/p012@contoso.com.jpg',1,1795840307722,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'09869eb4-e157-4e86-8fa2-91f7097ad03d',2378,31);
INSERT INTO "attempts" VALUES(13,3,'user:00000000-0000-4000-8000-000000000011','users/p011@contoso.com.jpg',1,1795840307737,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'eb757d7b-4f49-437f-ae7b-7f41675a3826',2830,38);
INSERT INTO "attempts" VALUES(14,3,'user:00000000-0000-4000-8000-000000000010','users/p010@contoso.com.jpg',1,1795840307766,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'e0abc31d-61ad-4902-ae4d-343f71f3728d',2502,43);
INSERT INTO "attempts" VALUES(15,3,'user:00000000-0000-4000-8000-000000000008','users/p008@contoso.com.jpg',1,1795840307778,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'c2abdee6-dd19-407e-9177-03d508888fe2',1892,34);
INSERT INTO "attempts" VALUES(16,3,'user:00000000-0000-4000-8000-000000000009','users/p009@contoso.com.jpg',1,1795840307778,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'3debd2b7-25e7-44fa-85c5-73a8b718bccc',1863,47);
INSERT INTO "attempts" VALUES(17,3,'user:00000000-0000-4000-8000-000000000007','users/p007@contoso.com.jpg',1,1795840307797,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'2ff9bac6-1b7e-45a6-b936-246122b12184',1378,29);
INSERT INTO "attempts" VALUES(18,3,'user:00000000-0000-4000-8000-000000000004','users/p004@contoso.com.jpg',1,1795840307807,'waiting','transient','the connection to 127.0.0.1 broke before the answer was complete',NULL,NULL,NULL,2975,21);
INSERT INTO "attempts" VALUES(19,3,'user:00000000-0000-4000-8000-000000000000','users/p000@contoso.com.jpg',1,1795840307818,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'62e16355-a071-4b31-afff-1509a9a0be8a',1883,24);
INSERT INTO "attempts" VALUES(20,3,'user:00000000-0000-4000-8000-000000000001','users/p001@contoso.com.jpg',1,1795840307834,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'66b351af-c04d-42e1-a54b-72e2cf21e816',2728,40);
INSERT INTO "attempts" VALUES(21,3,'user:00000000-0000-4000-8000-000000000004','users/p004@contoso.com.jpg',1,1795840307941,'waiting','transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)',503,'ServiceUnavailable','c46b9b3e-becb-4f49-b2a4-5b8b310280d4',2975,22);
INSERT INTO "attempts" VALUES(22,4,'user:00000000-0000-4000-8000-000000000001',NULL,2,1795840308047,'restored',NULL,NULL,200,NULL,'0ab97226-f2ee-40d6-a2aa-4092d41c5731',1592,11);
INSERT INTO "attempts" VALUES(23,5,'user:00000000-0000-4000-8000-000000000011','users/p011@contoso.com.jpg',1,1795840308118,'drifted',NULL,'the tenant shows another photo than the one we delivered',NULL,NULL,NULL,0,0);
INSERT INTO "attempts" VALUES(24,6,'user:00000000-0000-4000-8000-000000000016','users/p016@contoso.com.jpg',2,1795840308232,'waiting','transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)',503,'ServiceUnavailable','269c4fd1-fa69-48c4-922f-b83130b49c30',2454,6);
INSERT INTO "attempts" VALUES(25,7,'user:00000000-0000-4000-8000-000000000007',NULL,3,1795840308321,'removed',NULL,NULL,204,NULL,'757864da-d49c-44ea-8010-f6d398157d60',0,8);
INSERT INTO "attempts" VALUES(26,8,'user:00000000-0000-4000-8000-000000000024','users/p024@contoso.com.jpg',1,1795840308482,'blocked','photo_unsupported','this is text, not a picture',NULL,NULL,NULL,0,0);
INSERT INTO "attempts" VALUES(27,8,'user:00000000-0000-4000-8000-000000000020','users/p020@contoso.com.jpg',2,1795840308506,'blocked','photo_too_large','Graph refuses the size of this picture (its limit is 4 MB; about 100 KB where there is no mailbox) (HTTP 413, ErrorMessageSizeExceeded)',413,'ErrorMessageSizeExceeded','4c6b8b5f-5ce9-428f-aa57-a85bf672050c',1896,21);
INSERT INTO "attempts" VALUES(28,8,'user:00000000-0000-4000-8000-000000000003','users/p003@contoso.com.jpg',1,1795840308526,'blocked','no_mailbox','the account has no mailbox (HTTP 404, ErrorNonExistentMailbox)',404,'ErrorNonExistentMailbox','25ecbff5-8533-469e-ac2e-665ce996a6f5',2510,33);
INSERT INTO "attempts" VALUES(29,8,'user:00000000-0000-4000-8000-000000000002','users/p002@contoso.com.jpg',1,1795840308526,'waiting','transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)',503,'ServiceUnavailable','14ec3bb1-33af-4ad1-a373-c7f6874c63db',2329,33);
INSERT INTO "attempts" VALUES(30,9,'user:00000000-0000-4000-8000-000000000019',NULL,2,1795840308650,'waiting','transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)',503,'ServiceUnavailable','da5f69db-22fa-49df-a7a7-a45a05e7ca1e',2636,7);
INSERT INTO "attempts" VALUES(31,10,'user:00000000-0000-4000-8000-000000000010','users/p010@contoso.com.jpg',1,1795840308758,'drifted',NULL,'the tenant shows no photo any more, and we had delivered one',NULL,NULL,NULL,0,0);
INSERT INTO "attempts" VALUES(32,10,'user:00000000-0000-4000-8000-000000000009','users/p009@contoso.com.jpg',1,1795840308760,'drifted',NULL,'the tenant shows another photo than the one we delivered',NULL,NULL,NULL,0,0);
INSERT INTO "attempts" VALUES(33,11,'user:00000000-0000-4000-8000-000000000025','users/p025@contoso.com.jpg',1,1795840309022,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'271b319a-747f-44d1-aa36-aa70e4b3935b',2301,18);
INSERT INTO "attempts" VALUES(34,11,'contact:00000000-0000-4000-8000-000000000000/contact-fred','contacts/p000@contoso.com/fred@example.com.jpg',2,1795840310016,'blocked','not_permitted','the application may not change contact photos in this mailbox, or an Exchange application access policy leaves this mailbox out (HTTP 403, ErrorAccessDenied)',403,'ErrorAccessDenied','02329669-2811-4ee4-b3d0-483b7cc7e11a',2051,10);
INSERT INTO "attempts" VALUES(35,11,'user:00000000-0000-4000-8000-000000000021','users/p021@contoso.com.jpg',1,1795840311019,'waiting','throttled','Graph asked to slow down (HTTP 429, UnknownError)',429,'UnknownError','815cc45d-7151-409b-8e93-395e3b725553',2080,11);
CREATE TABLE backups (
    backup   INTEGER PRIMARY KEY,
    target   TEXT NOT NULL,
    pass     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    file     TEXT,
    digest   BLOB CHECK (digest IS NULL OR length(digest) = 32),
    bytes    INTEGER NOT NULL,
    etag     TEXT,
    sent     INTEGER NOT NULL CHECK (sent IN (0, 1, 2)),
    doubtful INTEGER NOT NULL CHECK (doubtful IN (0, 1))
) STRICT;
INSERT INTO "backups" VALUES(1,'user:00000000-0000-4000-8000-000000000023',3,1795840307573,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(2,'user:00000000-0000-4000-8000-000000000022',3,1795840307574,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(3,'team:00000000-0000-4000-8000-000000000052',3,1795840307577,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(4,'group:00000000-0000-4000-8000-000000000051',3,1795840307577,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(5,'contact:00000000-0000-4000-8000-000000000000/contact-fred',3,1795840307610,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(6,'user:00000000-0000-4000-8000-000000000018',3,1795840307637,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(7,'user:00000000-0000-4000-8000-000000000020',3,1795840307650,'user-00000000-0000-4000-8000-000000000020-20261128T043147.650Z.jpg',X'B4B856AC784A00084D76C671684D86620FB63D281ED22B9C9091491E02D0AF13',3944,'7670a5a683b5119971841294a5291a339464be45d612a0e0e083dc6b09de86f3',2,0);
INSERT INTO "backups" VALUES(8,'user:00000000-0000-4000-8000-000000000019',3,1795840307650,'user-00000000-0000-4000-8000-000000000019-20261128T043147.650Z.jpg',X'FFC134BA6B131C9DCA94A46684DF01620E179E252BA8AA500CE9B1E06CB478C7',2636,'846333980f613b6bffc8021457063c938c56ae0cee82eb27c27cc625c2ca116a',2,0);
INSERT INTO "backups" VALUES(9,'user:00000000-0000-4000-8000-000000000017',3,1795840307669,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(10,'user:00000000-0000-4000-8000-000000000016',3,1795840307689,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(11,'user:00000000-0000-4000-8000-000000000012',3,1795840307701,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(12,'user:00000000-0000-4000-8000-000000000011',3,1795840307702,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(13,'user:00000000-0000-4000-8000-000000000010',3,1795840307722,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(14,'user:00000000-0000-4000-8000-000000000009',3,1795840307749,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(15,'user:00000000-0000-4000-8000-000000000008',3,1795840307749,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(16,'user:00000000-0000-4000-8000-000000000007',3,1795840307778,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(17,'user:00000000-0000-4000-8000-000000000004',3,1795840307797,'user-00000000-0000-4000-8000-000000000004-20261128T043147.797Z.jpg',X'3314288742A7859847966C244FE5CB674C2AA2862C6DB9C92CDF6FD8514C11B2',2535,'e3d5003ead1a936380020220637f7b8e1c2812992da64345e823b227195fb97c',1,0);
INSERT INTO "backups" VALUES(18,'user:00000000-0000-4000-8000-000000000000',3,1795840307799,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(19,'user:00000000-0000-4000-8000-000000000001',3,1795840307806,'user-00000000-0000-4000-8000-000000000001-20261128T043147.806Z.jpg',X'49552E6D6E2DFD918C2D8944377FFFEEF118C9960C368A4CD9576AB89F2B7CF5',1592,'ea21c7b3c885cf2fb547bb51016c8bbbaca21db264cc9f332769ad8dd895f0a3',2,0);
INSERT INTO "backups" VALUES(20,'user:00000000-0000-4000-8000-000000000004',3,1795840307926,'user-00000000-0000-4000-8000-000000000004-20261128T043147.926Z.jpg',X'BC3FDB1B4FB954E72ADDCC83F6F60476568DA9F1683C2DE3B39C3F9A333854FD',3932,'c42e60a236d1233446bec46b74b9fb09cd9cf166d91c501c3c6d52f3dd6b92f5',1,1);
INSERT INTO "backups" VALUES(21,'user:00000000-0000-4000-8000-000000000003',8,1795840308503,NULL,NULL,0,NULL,0,0);
INSERT INTO "backups" VALUES(22,'user:00000000-0000-4000-8000-000000000002',8,1795840308505,NULL,NULL,0,NULL,1,0);
INSERT INTO "backups" VALUES(23,'user:00000000-0000-4000-8000-000000000025',11,1795840309010,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(24,'contact:00000000-0000-4000-8000-000000000000/contact-fred',11,1795840310011,NULL,NULL,0,NULL,0,0);
INSERT INTO "backups" VALUES(25,'user:00000000-0000-4000-8000-000000000021',11,1795840311013,NULL,NULL,0,NULL,0,0);
CREATE TABLE files (
    path       TEXT PRIMARY KEY,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    inode      INTEGER NOT NULL,
    device     INTEGER NOT NULL,
    digest     BLOB CHECK (digest IS NULL OR length(digest) = 32),
    read_at    INTEGER NOT NULL,
    rule       TEXT,
    reference  TEXT,
    label      TEXT,
    target     TEXT,
    bound_at   INTEGER,
    reason     TEXT,
    detail     TEXT,
    cure       TEXT,
    held_since INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO "files" VALUES('contacts/p000@contoso.com/Friends/gina@example.com.jpg',2531,1795840308376836856,1795840308376836856,10896545,65024,X'58B0FC783DB1C905B713F97F5F5669B4ABFA60EE3DEC18DD9884697C0D10ECDE',1795840308953,NULL,NULL,NULL,NULL,NULL,'unmatched','no rule claims this file','Rename the file, add a rule under mapping.rules that claims it, or list it under source.ignore.',1795840308473);
INSERT INTO "files" VALUES('contacts/p000@contoso.com/fred@example.com.jpg',2051,1795840308848836846,1795840308848836846,10896421,65024,X'4165DD4BF2A2BB6F1ED676A3DE37D1CA51A51CBFF1F8A5F71D6780F35AAA8437',1795840308953,'contacts/{owner}/{address}.{ext}','contact:mail:fred@example.com:p000@contoso.com:','p000@contoso.com → fred@example.com','contact:00000000-0000-4000-8000-000000000000/contact-fred',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('groups/sales.jpg',2373,1795840307456836876,1795840307456836876,10896401,65024,X'06502561591318D8695CAF900CA904F7E4B95022E77D480C199FE298F3D5BF05',1795840308953,'groups/{alias}.{ext}','group:mailNickname:sales','sales','group:00000000-0000-4000-8000-000000000051',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/nobody@contoso.com.jpg',2536,1795840308368836856,1795840308368836856,10896481,65024,X'B60B5A158084111B46702462AF9E561D9BACDFC76376AACA37FD7944CAC07815',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:nobody@contoso.com','nobody@contoso.com',NULL,NULL,'target_missing','the directory knows no user userPrincipalName nobody@contoso.com','Check the spelling in the file name or table against Microsoft 365 and correct whichever is wrong; a new account is found at the next pass.',1795840308473);
INSERT INTO "files" VALUES('users/p000@contoso.com.jpg',1883,1795840307368836878,1795840307368836878,10896035,65024,X'6B4B0774BD9CD89CAF57FB52CC7AEF1F02C861040714EED153A01124C8916575',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p000@contoso.com','p000@contoso.com','user:00000000-0000-4000-8000-000000000000',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p001@contoso.com.jpg',2728,1795840307372585201,1795840307372585201,10896147,65024,X'D16D8A9E8F70171A9E186A35D47D4F21E7F4FAE716237732F068003C9BD0EFA4',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p001@contoso.com','p001@contoso.com','user:00000000-0000-4000-8000-000000000001',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p002@contoso.com.jpg',2329,1795840308352566419,1795840308352566419,10896194,65024,X'020732969A7B29B2C7C7B798740DF63CC3B14C763EB1D034AC028CA500C790AB',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p002@contoso.com','p002@contoso.com','user:00000000-0000-4000-8000-000000000002',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p003@contoso.com.jpg',2510,1795840308356836856,1795840308356836856,10896418,65024,X'A199638E82106D88EFD9D970AAB4686CB649BF216D33D913053C007FDC7BC75A',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p003@contoso.com','p003@contoso.com','user:00000000-0000-4000-8000-000000000003',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p004@contoso.com.jpg',2975,1795840307376836877,1795840307376836877,10896162,65024,X'C821C33D1174256B30D107C1C2EFEE78BDB98935091F8A6434265CEB8B1E8822',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p004@contoso.com','p004@contoso.com','user:00000000-0000-4000-8000-000000000004',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p005@contoso.com.jpg',1993,1795840308824836846,1795840308824836846,10896149,65024,X'627E42AF9AB1C43E44AE90F489CDC2981AC3F87385BEF66483725708AB3A3526',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p005@contoso.com','p005@contoso.com','user:00000000-0000-4000-8000-000000000005',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p006@contoso.com.jpg',2746,1795840308832836846,1795840308832836846,10896561,65024,X'A705B36B837F444634C6436F0FB089E5ACEEC440CBE4421117760D563C8192C6',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p006@contoso.com','p006@contoso.com','user:00000000-0000-4000-8000-000000000006',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p009@contoso.com.jpg',1863,1795840307396836877,1795840307396836877,10896210,65024,X'3D3C4A826AC2F48DB98FA57C3C06B65E0D2C49FD206F325E454AF4822F2929E8',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p009@contoso.com','p009@contoso.com','user:00000000-0000-4000-8000-000000000009',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p010@contoso.com.jpg',2502,1795840307401440753,1795840307401440753,10896226,65024,X'B684775402201C1D2A83400C6FECCB21565A709106F912CA145F4EEE8AF7C92D',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p010@contoso.com','p010@contoso.com','user:00000000-0000-4000-8000-000000000010',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p011@contoso.com.jpg',2830,1795840307404836877,1795840307404836877,10896242,65024,X'1DABB3025078EAE6E873B58F35984E430EEF78CEA490D78025BB8154FA26EFBE',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p011@contoso.com','p011@contoso.com','user:00000000-0000-4000-8000-000000000011',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p012@contoso.com.jpg',2378,1795840307416836877,1795840307416836877,10896258,65024,X'CF67CBAA69E50B6BB2DD4E578497F153537A77D5359928F304FB60AC7AE3184A',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p012@contoso.com','p012@contoso.com','user:00000000-0000-4000-8000-000000000012',1795840308997,'duplicate_files','users/p012@contoso.com.png speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',1795840308473);
INSERT INTO "files" VALUES('users/p012@contoso.com.png',2456,1795840308344836856,1795840308344836856,10896148,65024,X'296C47E5ABD3138C6BC87E9F64E034A00B699C989A9067C2C07F19E145AD6649',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p012@contoso.com','p012@contoso.com','user:00000000-0000-4000-8000-000000000012',1795840308997,'duplicate_files','users/p012@contoso.com.jpg speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',1795840308473);
INSERT INTO "files" VALUES('users/p015@contoso.com.jpg',2050,1795840307060836884,1795840307060836884,10896098,65024,X'8869DADA67F0E225615D7469BEE19406301111A0E1ABC53BB41339F30A4F4B45',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p015@contoso.com','p015@contoso.com','user:00000000-0000-4000-8000-000000000015',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p016@contoso.com.jpg',2454,1795840308148836861,1795840308148836861,10896274,65024,X'2A2B558ACE2D22FB29AF894355D940B3F6BC1ACEE4AFEC747BA191EFEDC29296',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p016@contoso.com','p016@contoso.com','user:00000000-0000-4000-8000-000000000016',1795840308997,'duplicate_files','users/p016@contoso.com.png speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',1795840308473);
INSERT INTO "files" VALUES('users/p016@contoso.com.png',1593,1795840308348836856,1795840308348836856,10896178,65024,X'B380B072E971AA9949248F942795549B147C7C1B3D3D104DABC14B033818AA75',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p016@contoso.com','p016@contoso.com','user:00000000-0000-4000-8000-000000000016',1795840308997,'duplicate_files','users/p016@contoso.com.jpg speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',1795840308473);
INSERT INTO "files" VALUES('users/p017@contoso.com.jpg',2629,1795840307428766523,1795840307428766523,10896290,65024,X'509370C80B6AF2A8646E94AA123C9017B06F78FF82B61EC11E44832097D6CB51',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p017@contoso.com','p017@contoso.com','user:00000000-0000-4000-8000-000000000017',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p018@contoso.com.jpg',1769,1795840307432836876,1795840307432836876,10896305,65024,X'1852231D65144D3C84765B9060569D7C325DBF9C7DA57DDF809D4F862AEA9AA5',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p018@contoso.com','p018@contoso.com','user:00000000-0000-4000-8000-000000000018',1795840308997,'identity_changed','user userPrincipalName p018@contoso.com was user:00000000-0000-4000-8000-000000000018 and is now user:00000000-0000-4000-8000-000000000918','If the photo belongs to the account that now has this name, run `photosyncd accept TARGET`; otherwise correct the file name.',1795840308997);
INSERT INTO "files" VALUES('users/p019@contoso.com.jpg',2242,1795840307436836876,1795840307436836876,10896321,65024,X'89056B8E9451B485A53FA4E27D775C4420E0FF2F1FDE987FE0D204E4918373EF',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p019@contoso.com','p019@contoso.com','user:00000000-0000-4000-8000-000000000019',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p020@contoso.com.jpg',1896,1795840308368836856,1795840308368836856,10896337,65024,X'F9E9482E98F0C8964FC2D3B2B72B7353ACF9E137506C8B3E95D19270F230BAB4',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p020@contoso.com','p020@contoso.com','user:00000000-0000-4000-8000-000000000020',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p021@contoso.com.jpg',2080,1795840308837167922,1795840308837167922,10896577,65024,X'9B2CAD6C7427CF75349B3FCEE9C4753BAB1F87F8C88000F2574DAA61C94706E6',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p021@contoso.com','p021@contoso.com','user:00000000-0000-4000-8000-000000000021',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p022@contoso.com.jpg',2253,1795840307444836876,1795840307444836876,10896353,65024,X'AC75239E4FF37B05E85377DB5611FB6C561932A77E7948345F7597407576F737',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p022@contoso.com','p022@contoso.com','user:00000000-0000-4000-8000-000000000022',1795840308997,'out_of_scope','the account is in a group of scope.exclude_groups','Nothing, if that is meant; otherwise change scope.include_groups or scope.exclude_groups.',1795840308997);
INSERT INTO "files" VALUES('users/p023@contoso.com.jpg',2638,1795840307452836876,1795840307452836876,10896369,65024,X'4CB3F2E902B61FAADF0D58DAA991DE36E40DE630C9FE787F7F510F563294434F',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p023@contoso.com','p023@contoso.com','user:00000000-0000-4000-8000-000000000023',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p024@contoso.com.jpg',10,1795840308376836856,1795840308376836856,10896513,65024,X'EB57AA454B867F0456564F55680A2EB5B5902841C2F86DCE2E246965768CCB75',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p024@contoso.com','p024@contoso.com','user:00000000-0000-4000-8000-000000000024',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p025@contoso.com.jpg',2301,1795840308844836846,1795840308844836846,10896593,65024,X'B4EA91F4D5B58B154ECF8F4484E4042DAB2132AE60317589AB00A8E25107E35E',1795840308953,'users/{upn}.{ext}','user:userPrincipalName:p025@contoso.com','p025@contoso.com','user:00000000-0000-4000-8000-000000000025',1795840308997,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('whatever.jpg',2480,1795840308376836856,1795840308376836856,10896497,65024,X'041DBFD5B37BFECB25CA99CE15D7B58E961626B693A88A6099A2DBDAF5DD98F9',1795840308953,NULL,NULL,NULL,NULL,NULL,'unmatched','no rule claims this file','Rename the file, add a rule under mapping.rules that claims it, or list it under source.ignore.',1795840308473);
CREATE TABLE gone (
    target TEXT PRIMARY KEY,
    label  TEXT NOT NULL,
    path   TEXT NOT NULL,
    since  INTEGER NOT NULL,
    root   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "gone" VALUES('team:00000000-0000-4000-8000-000000000052','space','teams/space.jpg',1795840308222,'device 254:0, inode 10896050, mount 2147483676, made 1795840307.052836884');
INSERT INTO "gone" VALUES('user:00000000-0000-4000-8000-000000000008','p008@contoso.com','users/p008@contoso.com.jpg',1795840308469,'device 254:0, inode 10896050, mount 2147483676, made 1795840307.052836884');
CREATE TABLE links (
    kind         TEXT PRIMARY KEY,
    link         TEXT,
    confirmed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('cloud','custom');
INSERT INTO "meta" VALUES('seen_root','device 254:0, inode 10896050, mount 2147483676, made 1795840307.052836884');
INSERT INTO "meta" VALUES('settings','fae31f3a39d8d200003cf195dd7ab8a77fa7a9125e4c40ac1fb9b43e7fda5100 guests Hold, disabled Hold');
INSERT INTO "meta" VALUES('tenant','contoso.com');
CREATE TABLE passes (
    pass       INTEGER PRIMARY KEY,
    cause      TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    summary    TEXT
) STRICT;
INSERT INTO "passes" VALUES(1,'reconcile',1795840307153,1795840307190,'{"pass":1,"scanned":1,"unmatched":0,"matched":1,"unresolved":0,"out_of_scope":0,"unchanged":0,"delivered":1,"removed":0,"waiting":0,"blocked":0,"kept":0,"drift_checked":0,"drifted":0,"requests":2,"throttled":0,"bytes_sent":2050,"elapsed_ms":36,"halted":null,"forced":[],"pending_removals":0,"due":0,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(2,'verify',1795840307277,1795840307297,'{"checked":1,"same":0,"changed":0,"gone":0,"unknown":1,"made_due":0,"stopped":null,"differing":[],"problems":[]}');
INSERT INTO "passes" VALUES(3,'reconcile',1795840307542,1795840307954,'{"pass":3,"scanned":20,"unmatched":0,"matched":20,"unresolved":0,"out_of_scope":0,"unchanged":1,"delivered":18,"removed":0,"waiting":1,"blocked":0,"kept":0,"drift_checked":0,"drifted":0,"requests":63,"throttled":0,"bytes_sent":46103,"elapsed_ms":412,"halted":null,"forced":[],"pending_removals":0,"due":0,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(4,'restore',1795840308026,1795840308054,'{"pass":4,"wanted":1,"restored":1,"not_ours":0,"without_backup":0,"waiting":0,"blocked":0,"requests":2,"elapsed_ms":28,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(5,'verify',1795840308101,1795840308120,'{"checked":1,"same":0,"changed":1,"gone":0,"unknown":0,"made_due":0,"stopped":null,"differing":[],"problems":[]}');
INSERT INTO "passes" VALUES(6,'reconcile',1795840308214,1795840308234,'{"pass":6,"scanned":18,"unmatched":0,"matched":18,"unresolved":0,"out_of_scope":0,"unchanged":14,"delivered":0,"removed":0,"waiting":2,"blocked":0,"kept":2,"drift_checked":0,"drifted":0,"requests":2,"throttled":0,"bytes_sent":2454,"elapsed_ms":20,"halted":null,"forced":[],"pending_removals":2,"due":0,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(7,'reconcile',1795840308298,1795840308326,'{"pass":7,"scanned":18,"unmatched":0,"matched":18,"unresolved":0,"out_of_scope":0,"unchanged":14,"delivered":0,"removed":1,"waiting":2,"blocked":0,"kept":2,"drift_checked":0,"drifted":0,"requests":3,"throttled":0,"bytes_sent":0,"elapsed_ms":28,"halted":null,"forced":[],"pending_removals":0,"due":0,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(8,'reconcile',1795840308446,1795840308528,'{"pass":8,"scanned":25,"unmatched":2,"matched":23,"unresolved":1,"out_of_scope":0,"unchanged":11,"delivered":0,"removed":0,"waiting":2,"blocked":6,"kept":2,"drift_checked":0,"drifted":0,"requests":8,"throttled":0,"bytes_sent":6735,"elapsed_ms":82,"halted":null,"forced":[],"pending_removals":1,"due":0,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(9,'restore',1795840308618,1795840308652,'{"pass":9,"wanted":1,"restored":0,"not_ours":0,"without_backup":0,"waiting":1,"blocked":0,"requests":2,"elapsed_ms":34,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(10,'verify',1795840308737,1795840308770,'{"checked":4,"same":2,"changed":1,"gone":1,"unknown":0,"made_due":0,"stopped":null,"differing":[],"problems":[]}');
INSERT INTO "passes" VALUES(11,'reconcile',1795840308916,1795840313918,'{"pass":11,"scanned":29,"unmatched":2,"matched":27,"unresolved":2,"out_of_scope":1,"unchanged":7,"delivered":1,"removed":0,"waiting":4,"blocked":8,"kept":2,"drift_checked":0,"drifted":0,"requests":15,"throttled":1,"bytes_sent":6432,"elapsed_ms":5001,"halted":null,"forced":[],"pending_removals":1,"due":2,"stopped":"max_duration","problems":[]}');
CREATE TABLE removals (
    at    INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT;
INSERT INTO "removals" VALUES(1795840308310,1);
ANALYZE "sqlite_master";
INSERT INTO "sqlite_stat1" VALUES('attempts','attempts_target','1 1 1');
INSERT INTO "sqlite_stat1" VALUES('meta','meta','4 1');
INSERT INTO "sqlite_stat1" VALUES('backups','backups_at','20 2');
INSERT INTO "sqlite_stat1" VALUES('backups','backups_pass','20 20');
INSERT INTO "sqlite_stat1" VALUES('backups','backups_target','20 1 1');
INSERT INTO "sqlite_stat1" VALUES('targets','targets_path','20 1');
INSERT INTO "sqlite_stat1" VALUES('targets','targets_restless','1 1');
INSERT INTO "sqlite_stat1" VALUES('targets','targets_waiting','1 1');
INSERT INTO "sqlite_stat1" VALUES('targets','targets_due','0 0 0');
INSERT INTO "sqlite_stat1" VALUES('targets','targets','20 1');
INSERT INTO "sqlite_stat1" VALUES('files','files_held','0 0');
INSERT INTO "sqlite_stat1" VALUES('files','files','20 1');
INSERT INTO "sqlite_stat1" VALUES('gone','gone','2 1');
CREATE TABLE targets (
    target            TEXT PRIMARY KEY,
    label             TEXT NOT NULL,
    path              TEXT,
    digest            BLOB CHECK (digest IS NULL OR length(digest) = 32),
    recipe            TEXT,
    generation        INTEGER NOT NULL,
    desired_at        INTEGER NOT NULL,
    delivered_digest  BLOB CHECK (delivered_digest IS NULL OR length(delivered_digest) = 32),
    delivered_recipe  TEXT,
    delivered_at      INTEGER,
    etag              TEXT,
    sent              BLOB CHECK (sent IS NULL OR length(sent) = 32),
    note              TEXT,
    state             TEXT NOT NULL CHECK (state IN ('in_step', 'due', 'waiting', 'blocked', 'released')),
    since             INTEGER NOT NULL,
    due_at            INTEGER,
    attempts          INTEGER NOT NULL DEFAULT 0,
    failing_since     INTEGER,
    reason            TEXT,
    detail            TEXT,
    cure              TEXT,
    status            INTEGER,
    code              TEXT,
    request_id        TEXT,
    kept_reason       TEXT,
    kept_digest       BLOB CHECK (kept_digest IS NULL OR length(kept_digest) = 32),
    restore_from      INTEGER,
    drift             TEXT CHECK (drift IS NULL OR drift IN ('changed', 'gone')),
    drift_since       INTEGER,
    checked_at        INTEGER
, seen_etag TEXT, unsure INTEGER NOT NULL DEFAULT 0 CHECK (unsure IN (0, 1)), unheard INTEGER NOT NULL DEFAULT 0 CHECK (unheard IN (0, 1))) STRICT, WITHOUT ROWID;
INSERT INTO "targets" VALUES('contact:00000000-0000-4000-8000-000000000000/contact-fred','p000@contoso.com → fred@example.com','contacts/p000@contoso.com/fred@example.com.jpg',X'4165DD4BF2A2BB6F1ED676A3DE37D1CA51A51CBFF1F8A5F71D6780F35AAA8437','1-648-upper-q90-3900000',2,1795840308997,X'BDC7F1A26E6584AA2D5E055B425274CFFFDD324650021D44AF1FC764AD8A20DF','1-648-upper-q90-3900000',1795840307638,'659594faeee82e1dff7da3ffdd9b1903360273a2799ee40cae4402618513530d',X'BDC7F1A26E6584AA2D5E055B425274CFFFDD324650021D44AF1FC764AD8A20DF','fewer pixels than the size set, not enlarged','blocked',1795840310016,NULL,1,1795840310016,'not_permitted','the application may not change contact photos in this mailbox, or an Exchange application access policy leaves this mailbox out (HTTP 403, ErrorAccessDenied)','In Microsoft Entra, under App registrations > API permissions, add Contacts.ReadWrite as an application permission and give admin consent; see also Get-ApplicationAccessPolicy in Exchange Online; then run `photosyncd retry`.',403,'ErrorAccessDenied','02329669-2811-4ee4-b3d0-483b7cc7e11a',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,0);
INSERT INTO "targets" VALUES('group:00000000-0000-4000-8000-000000000051','sales','groups/sales.jpg',X'06502561591318D8695CAF900CA904F7E4B95022E77D480C199FE298F3D5BF05','1-648-upper-q90-3900000',1,1795840307562,X'06502561591318D8695CAF900CA904F7E4B95022E77D480C199FE298F3D5BF05','1-648-upper-q90-3900000',1795840307621,'b8955078e2c8ea364d1c09298fa47e928718cdec5ccb0670bbd4abcd6392d7e1',X'06502561591318D8695CAF900CA904F7E4B95022E77D480C199FE298F3D5BF05','fewer pixels than the size set, not enlarged','in_step',1795840307621,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('team:00000000-0000-4000-8000-000000000052','space',NULL,NULL,NULL,3,1795840307562,X'03081993D84B78410CF322995E8B5C0181B15D7E777569F4C1C4B3446839A526','1-648-upper-q90-3900000',1795840307612,'783b517cbdee46b786ef6dc4968398922606ee8e7a4f04156493f6c881a60dfb',X'03081993D84B78410CF322995E8B5C0181B15D7E777569F4C1C4B3446839A526','fewer pixels than the size set, not enlarged','blocked',1795840308310,NULL,0,NULL,'removal_not_possible','teams/space.jpg is gone since 2026-11-28T04:31:48Z, but Microsoft Graph has no way to remove the photo of a team','Take the photo out by hand (Teams, Outlook), then run `photosyncd accept TARGET`; or put the file back.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000000','p000@contoso.com','users/p000@contoso.com.jpg',X'6B4B0774BD9CD89CAF57FB52CC7AEF1F02C861040714EED153A01124C8916575','1-648-upper-q90-3900000',1,1795840307562,X'6B4B0774BD9CD89CAF57FB52CC7AEF1F02C861040714EED153A01124C8916575','1-648-upper-q90-3900000',1795840307818,'833e85254d72ee34484c2a534bb80fe93618829d8f048dcb2b08306ef4f58873',X'6B4B0774BD9CD89CAF57FB52CC7AEF1F02C861040714EED153A01124C8916575','fewer pixels than the size set, not enlarged','in_step',1795840307818,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795840308765,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000001','p001@contoso.com','users/p001@contoso.com.jpg',X'D16D8A9E8F70171A9E186A35D47D4F21E7F4FAE716237732F068003C9BD0EFA4','1-648-upper-q90-3900000',2,1795840308029,NULL,NULL,NULL,NULL,X'D16D8A9E8F70171A9E186A35D47D4F21E7F4FAE716237732F068003C9BD0EFA4','fewer pixels than the size set, not enlarged','blocked',1795840308047,NULL,0,NULL,'restored','put back by hand; kept until the file changes','Nothing, if that is meant; `photosyncd accept TARGET` lets the photo of the file go there again, and so does a new file.',NULL,NULL,NULL,'restored',X'D16D8A9E8F70171A9E186A35D47D4F21E7F4FAE716237732F068003C9BD0EFA4',NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000002','p002@contoso.com','users/p002@contoso.com.jpg',X'020732969A7B29B2C7C7B798740DF63CC3B14C763EB1D034AC028CA500C790AB','1-648-upper-q90-3900000',1,1795840308473,NULL,NULL,NULL,NULL,NULL,NULL,'waiting',1795840308526,1795843908526,1,1795840308526,'transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)','Nothing: it is tried again by itself.',503,'ServiceUnavailable','14ec3bb1-33af-4ad1-a373-c7f6874c63db',NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,1);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000003','p003@contoso.com','users/p003@contoso.com.jpg',X'A199638E82106D88EFD9D970AAB4686CB649BF216D33D913053C007FDC7BC75A','1-648-upper-q90-3900000',1,1795840308473,NULL,NULL,NULL,NULL,NULL,NULL,'blocked',1795840308526,NULL,1,1795840308526,'no_mailbox','the account has no mailbox (HTTP 404, ErrorNonExistentMailbox)','Give the account a licence with an Exchange Online mailbox, then run `photosyncd retry TARGET`.',404,'ErrorNonExistentMailbox','25ecbff5-8533-469e-ac2e-665ce996a6f5',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000004','p004@contoso.com','users/p004@contoso.com.jpg',X'C821C33D1174256B30D107C1C2EFEE78BDB98935091F8A6434265CEB8B1E8822','1-648-upper-q90-3900000',1,1795840307562,NULL,NULL,NULL,NULL,NULL,NULL,'waiting',1795840307807,1795843907940,2,1795840307807,'transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)','Nothing: it is tried again by itself.',503,'ServiceUnavailable','c46b9b3e-becb-4f49-b2a4-5b8b310280d4',NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,1);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000005','p005@contoso.com','users/p005@contoso.com.jpg',X'627E42AF9AB1C43E44AE90F489CDC2981AC3F87385BEF66483725708AB3A3526','1-648-upper-q90-3900000',1,1795840308997,NULL,NULL,NULL,NULL,NULL,NULL,'due',1795840308997,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000006','p006@contoso.com','users/p006@contoso.com.jpg',X'A705B36B837F444634C6436F0FB089E5ACEEC440CBE4421117760D563C8192C6','1-648-upper-q90-3900000',1,1795840308997,NULL,NULL,NULL,NULL,NULL,NULL,'due',1795840308997,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000007','p007@contoso.com',NULL,NULL,NULL,3,1795840308310,NULL,NULL,NULL,NULL,NULL,NULL,'released',1795840308321,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000008','p008@contoso.com',NULL,NULL,NULL,2,1795840307562,X'AB15AB499B6912356C5F9E8BF5D47C6E5D91AE16CF06AD304C10C09B3F4E6E76','1-648-upper-q90-3900000',1795840307778,'600e8b92b2eb4d84f1940c491cc587e25c06f283e9b1d7abaac7aafb24bd3c84',X'AB15AB499B6912356C5F9E8BF5D47C6E5D91AE16CF06AD304C10C09B3F4E6E76','fewer pixels than the size set, not enlarged','released',1795840308473,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000009','p009@contoso.com','users/p009@contoso.com.jpg',X'3D3C4A826AC2F48DB98FA57C3C06B65E0D2C49FD206F325E454AF4822F2929E8','1-648-upper-q90-3900000',1,1795840307562,X'3D3C4A826AC2F48DB98FA57C3C06B65E0D2C49FD206F325E454AF4822F2929E8','1-648-upper-q90-3900000',1795840307778,'a7a7dd57a069c9388c0ba105a60cfc665685b11a6a4c4345b4d8713179bd7bc3',X'3D3C4A826AC2F48DB98FA57C3C06B65E0D2C49FD206F325E454AF4822F2929E8','fewer pixels than the size set, not enlarged','in_step',1795840307778,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'changed',1795840308760,1795840308760,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000010','p010@contoso.com','users/p010@contoso.com.jpg',X'B684775402201C1D2A83400C6FECCB21565A709106F912CA145F4EEE8AF7C92D','1-648-upper-q90-3900000',1,1795840307562,X'B684775402201C1D2A83400C6FECCB21565A709106F912CA145F4EEE8AF7C92D','1-648-upper-q90-3900000',1795840307766,'d1ac88954433030fd8ec502d8ce2e7a9613cf7e912126f3fa7702729cff19e71',X'B684775402201C1D2A83400C6FECCB21565A709106F912CA145F4EEE8AF7C92D','fewer pixels than the size set, not enlarged','in_step',1795840307766,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'gone',1795840308758,1795840308758,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000011','p011@contoso.com','users/p011@contoso.com.jpg',X'1DABB3025078EAE6E873B58F35984E430EEF78CEA490D78025BB8154FA26EFBE','1-648-upper-q90-3900000',2,1795840307562,NULL,NULL,NULL,NULL,X'1DABB3025078EAE6E873B58F35984E430EEF78CEA490D78025BB8154FA26EFBE','fewer pixels than the size set, not enlarged','blocked',1795840308118,NULL,0,NULL,'user_photo','the tenant shows another photo than the one we delivered','Nothing, if people may choose their photo; `photosyncd accept TARGET` lets the photo of the file go there again, and so does a new file.',NULL,NULL,NULL,'user_photo',X'1DABB3025078EAE6E873B58F35984E430EEF78CEA490D78025BB8154FA26EFBE',NULL,'changed',1795840308118,1795840308118,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000012','p012@contoso.com','users/p012@contoso.com.jpg',X'CF67CBAA69E50B6BB2DD4E578497F153537A77D5359928F304FB60AC7AE3184A','1-648-upper-q90-3900000',2,1795840307562,X'CF67CBAA69E50B6BB2DD4E578497F153537A77D5359928F304FB60AC7AE3184A','1-648-upper-q90-3900000',1795840307722,'202eae6faa0abe432723c1400e20d9e0e21638ba0841fdcac739d6e38ca20895',X'CF67CBAA69E50B6BB2DD4E578497F153537A77D5359928F304FB60AC7AE3184A','fewer pixels than the size set, not enlarged','blocked',1795840308473,NULL,0,NULL,'duplicate_files','users/p012@contoso.com.png speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000015','p015@contoso.com','users/p015@contoso.com.jpg',X'8869DADA67F0E225615D7469BEE19406301111A0E1ABC53BB41339F30A4F4B45','1-648-upper-q90-3900000',1,1795840307180,X'8869DADA67F0E225615D7469BEE19406301111A0E1ABC53BB41339F30A4F4B45','1-648-upper-q90-3900000',1795840307188,NULL,X'8869DADA67F0E225615D7469BEE19406301111A0E1ABC53BB41339F30A4F4B45','fewer pixels than the size set, not enlarged','in_step',1795840307188,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795840307292,'1a0d12016999e47689dae5744d2b8c1903faf7ca2886a658150083100ef2c8ee',0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000016','p016@contoso.com','users/p016@contoso.com.jpg',X'2A2B558ACE2D22FB29AF894355D940B3F6BC1ACEE4AFEC747BA191EFEDC29296','1-648-upper-q90-3900000',3,1795840308222,X'DF98DB59FE14041E826559E8A02D51F4F2D92A4EC33A5039318483AAEAE9B6DB','1-648-upper-q90-3900000',1795840307713,'0f7c5197aafa4535fe99e08cd08769b50a74e8c033807fca878c5bb306fc31ec',X'DF98DB59FE14041E826559E8A02D51F4F2D92A4EC33A5039318483AAEAE9B6DB','fewer pixels than the size set, not enlarged','blocked',1795840308473,NULL,1,1795840308232,'duplicate_files','users/p016@contoso.com.png speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000017','p017@contoso.com','users/p017@contoso.com.jpg',X'509370C80B6AF2A8646E94AA123C9017B06F78FF82B61EC11E44832097D6CB51','1-648-upper-q90-3900000',1,1795840307562,X'509370C80B6AF2A8646E94AA123C9017B06F78FF82B61EC11E44832097D6CB51','1-648-upper-q90-3900000',1795840307690,'780c6cb710cf3032985383a660de14b6f3e006233e662bbc40299df1e22c1cec',X'509370C80B6AF2A8646E94AA123C9017B06F78FF82B61EC11E44832097D6CB51','fewer pixels than the size set, not enlarged','in_step',1795840307690,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000018','p018@contoso.com','users/p018@contoso.com.jpg',X'1852231D65144D3C84765B9060569D7C325DBF9C7DA57DDF809D4F862AEA9AA5','1-648-upper-q90-3900000',2,1795840307562,X'1852231D65144D3C84765B9060569D7C325DBF9C7DA57DDF809D4F862AEA9AA5','1-648-upper-q90-3900000',1795840307670,'384ee28c1ed29088b3790964efc1f477ff0f5a6fc92ab56b444219332ced4db5',X'1852231D65144D3C84765B9060569D7C325DBF9C7DA57DDF809D4F862AEA9AA5','fewer pixels than the size set, not enlarged','blocked',1795840308997,NULL,0,NULL,'identity_changed','user userPrincipalName p018@contoso.com was user:00000000-0000-4000-8000-000000000018 and is now user:00000000-0000-4000-8000-000000000918','If the photo belongs to the account that now has this name, run `photosyncd accept TARGET`; otherwise correct the file name.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000019','p019@contoso.com','users/p019@contoso.com.jpg',X'89056B8E9451B485A53FA4E27D775C4420E0FF2F1FDE987FE0D204E4918373EF','1-648-upper-q90-3900000',2,1795840308625,X'89056B8E9451B485A53FA4E27D775C4420E0FF2F1FDE987FE0D204E4918373EF','1-648-upper-q90-3900000',1795840307682,'44b8c8a3889b1ebab1b1861d23870a88e8727cee895f3ef667274e21b1cbd79a',X'89056B8E9451B485A53FA4E27D775C4420E0FF2F1FDE987FE0D204E4918373EF','fewer pixels than the size set, not enlarged','waiting',1795840308650,1795843908650,1,1795840308650,'transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)','Nothing: it is tried again by itself.',503,'ServiceUnavailable','da5f69db-22fa-49df-a7a7-a45a05e7ca1e','restored',X'89056B8E9451B485A53FA4E27D775C4420E0FF2F1FDE987FE0D204E4918373EF',8,NULL,NULL,NULL,NULL,0,1);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000020','p020@contoso.com','users/p020@contoso.com.jpg',X'F9E9482E98F0C8964FC2D3B2B72B7353ACF9E137506C8B3E95D19270F230BAB4','1-648-upper-q90-3900000',2,1795840308473,X'0E661D730764EC912D92383B85D969448590701BB388F820E90CEDF1D3D1F83F','1-648-upper-q90-3900000',1795840307675,'cb0a92dc1310165905495a3e8dc6a8385e4adae4bd56f585f69d9b72134a72df',X'0E661D730764EC912D92383B85D969448590701BB388F820E90CEDF1D3D1F83F','fewer pixels than the size set, not enlarged','blocked',1795840308506,NULL,1,1795840308506,'photo_too_large','Graph refuses the size of this picture (its limit is 4 MB; about 100 KB where there is no mailbox) (HTTP 413, ErrorMessageSizeExceeded)','Lower photo.max_bytes or photo.quality, then run `photosyncd retry TARGET`.',413,'ErrorMessageSizeExceeded','4c6b8b5f-5ce9-428f-aa57-a85bf672050c',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000021','p021@contoso.com','users/p021@contoso.com.jpg',X'9B2CAD6C7427CF75349B3FCEE9C4753BAB1F87F8C88000F2574DAA61C94706E6','1-648-upper-q90-3900000',1,1795840308997,NULL,NULL,NULL,NULL,NULL,NULL,'waiting',1795840311019,1795843911018,0,NULL,'throttled','Graph asked to slow down (HTTP 429, UnknownError)','Nothing: it goes on by itself when the pause is over.',429,'UnknownError','815cc45d-7151-409b-8e93-395e3b725553',NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000022','p022@contoso.com','users/p022@contoso.com.jpg',X'AC75239E4FF37B05E85377DB5611FB6C561932A77E7948345F7597407576F737','1-648-upper-q90-3900000',2,1795840307562,X'AC75239E4FF37B05E85377DB5611FB6C561932A77E7948345F7597407576F737','1-648-upper-q90-3900000',1795840307600,'6f3287cd13d7e1d790ece8ec6da9b2a553d1506c07351269ff230d3b1de63a44',X'AC75239E4FF37B05E85377DB5611FB6C561932A77E7948345F7597407576F737','fewer pixels than the size set, not enlarged','blocked',1795840308997,NULL,0,NULL,'out_of_scope','the account is in a group of scope.exclude_groups','Nothing, if that is meant; otherwise change scope.include_groups or scope.exclude_groups.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000023','p023@contoso.com','users/p023@contoso.com.jpg',X'4CB3F2E902B61FAADF0D58DAA991DE36E40DE630C9FE787F7F510F563294434F','1-648-upper-q90-3900000',1,1795840307562,X'4CB3F2E902B61FAADF0D58DAA991DE36E40DE630C9FE787F7F510F563294434F','1-648-upper-q90-3900000',1795840307590,'b7890e7019b8e244e32f4d84a995c0f01ea9776cbae240855f634a7ea0150daa',X'4CB3F2E902B61FAADF0D58DAA991DE36E40DE630C9FE787F7F510F563294434F','fewer pixels than the size set, not enlarged','in_step',1795840307590,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795840308759,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000024','p024@contoso.com','users/p024@contoso.com.jpg',X'EB57AA454B867F0456564F55680A2EB5B5902841C2F86DCE2E246965768CCB75','1-648-upper-q90-3900000',1,1795840308473,NULL,NULL,NULL,NULL,NULL,NULL,'blocked',1795840308482,NULL,1,1795840308482,'photo_unsupported','this is text, not a picture','Save the picture as JPEG or PNG.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000025','p025@contoso.com','users/p025@contoso.com.jpg',X'B4EA91F4D5B58B154ECF8F4484E4042DAB2132AE60317589AB00A8E25107E35E','1-648-upper-q90-3900000',1,1795840308997,X'B4EA91F4D5B58B154ECF8F4484E4042DAB2132AE60317589AB00A8E25107E35E','1-648-upper-q90-3900000',1795840309022,'1a0d12016999e47689dae5744d2b8c1903faf7ca2886a658150083100ef2c8ee',X'B4EA91F4D5B58B154ECF8F4484E4042DAB2132AE60317589AB00A8E25107E35E','fewer pixels than the size set, not enlarged','in_step',1795840309022,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
CREATE INDEX files_held ON files (reason) WHERE reason IS NOT NULL;
CREATE INDEX targets_due ON targets (substr(target, 1, 3), desired_at) WHERE state = 'due';
CREATE INDEX targets_waiting ON targets (due_at) WHERE state = 'waiting';
CREATE INDEX targets_restless ON targets (state) WHERE state IN ('due', 'waiting', 'blocked');
CREATE INDEX targets_path ON targets (path);
CREATE INDEX backups_target ON backups (target, backup);
CREATE INDEX backups_pass ON backups (pass);
CREATE INDEX backups_at ON backups (at);
CREATE INDEX attempts_target ON attempts (target, attempt);
COMMIT;
PRAGMA application_id = 1885893497;
PRAGMA user_version = 2;
