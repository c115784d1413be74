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
INSERT INTO "attempts" VALUES(1,1,'user:00000000-0000-4000-8000-000000000015','users/p015@contoso.com.jpg',1,1795840352178,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'ec65d2b5-83bb-45a6-9171-e71b07602f7a',2050,2);
INSERT INTO "attempts" VALUES(2,3,'contact:00000000-0000-4000-8000-000000000000/contact-fred','contacts/p000@contoso.com/fred@example.com.jpg',1,1795840352572,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'2b6c0051-4e45-4534-8267-d396cf533bb3',2069,10);
INSERT INTO "attempts" VALUES(3,3,'team:00000000-0000-4000-8000-000000000052','teams/space.jpg',1,1795840352573,'delivered',NULL,'fewer pixels than the size set, not enlarged',204,NULL,'a0ebb766-265c-491e-afe5-6cd92a9644b5',1764,11);
INSERT INTO "attempts" VALUES(4,3,'group:00000000-0000-4000-8000-000000000051','groups/sales.jpg',1,1795840352581,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'0831cc48-7b52-47f4-9d22-845e1081defb',2373,14);
INSERT INTO "attempts" VALUES(5,3,'user:00000000-0000-4000-8000-000000000023','users/p023@contoso.com.jpg',1,1795840352581,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'c43bccbd-be51-47d9-9bf5-fc2514622d64',2638,15);
INSERT INTO "attempts" VALUES(6,3,'user:00000000-0000-4000-8000-000000000022','users/p022@contoso.com.jpg',1,1795840352619,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'632db134-2219-48f3-b726-b33243d7f843',2253,28);
INSERT INTO "attempts" VALUES(7,3,'user:00000000-0000-4000-8000-000000000016','users/p016@contoso.com.jpg',1,1795840352631,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'ec4d4b43-f507-40a0-9742-8d154687a109',2048,25);
INSERT INTO "attempts" VALUES(8,3,'user:00000000-0000-4000-8000-000000000018','users/p018@contoso.com.jpg',1,1795840352631,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'7b82394a-73b8-4a79-8604-4f749c7d9437',1769,23);
INSERT INTO "attempts" VALUES(9,3,'user:00000000-0000-4000-8000-000000000020','users/p020@contoso.com.jpg',1,1795840352641,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'a3f31414-e260-49a3-bdb4-6718be529f36',2914,46);
INSERT INTO "attempts" VALUES(10,3,'user:00000000-0000-4000-8000-000000000019','users/p019@contoso.com.jpg',1,1795840352676,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'864dd8fd-d43a-4674-bd72-586a1d3b84d3',2242,33);
INSERT INTO "attempts" VALUES(11,3,'user:00000000-0000-4000-8000-000000000017','users/p017@contoso.com.jpg',1,1795840352685,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'c55e3781-d200-4106-987a-dfd1d55b1e45',2629,22);
INSERT INTO "attempts" VALUES(12,3,'user:00000000-0000-4000-8000-000000000009','users/p009@contoso.com.jpg',1,1795840352693,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'30d2fbef-dc67-456f-873c-b4bd2c19f185',1863,30);
INSERT INTO "attempts" VALUES(13,3,'user:00000000-0000-4000-8000-000000000012','users/p012@contoso.com.jpg',1,1795840352693,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'f0dcde07-e07f-44cd-ad9a-bb367962ccbe',2378,31);
INSERT INTO "attempts" VALUES(14,3,'user:00000000-0000-4000-8000-000000000010','users/p010@contoso.com.jpg',1,1795840352715,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'126d3429-278a-46ed-887a-4ec3fdf4c7ee',2502,13);
INSERT INTO "attempts" VALUES(15,3,'user:00000000-0000-4000-8000-000000000011','users/p011@contoso.com.jpg',1,1795840352726,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'ddb50514-cce3-43f7-80fe-0ee64b49aede',2830,31);
INSERT INTO "attempts" VALUES(16,3,'user:00000000-0000-4000-8000-000000000007','users/p007@contoso.com.jpg',1,1795840352726,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'cf3e024a-4380-43d1-ac7e-19404b3d4932',1378,20);
INSERT INTO "attempts" VALUES(17,3,'user:00000000-0000-4000-8000-000000000008','users/p008@contoso.com.jpg',1,1795840352731,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'24ccddbd-3417-4d9e-af91-d77320eee2dc',1892,23);
INSERT INTO "attempts" VALUES(18,3,'user:00000000-0000-4000-8000-000000000001','users/p001@contoso.com.jpg',1,1795840352763,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'9fc12a1d-1ae2-4ea2-9e53-ef2d536a2d38',2728,44);
INSERT INTO "attempts" VALUES(19,3,'user:00000000-0000-4000-8000-000000000004','users/p004@contoso.com.jpg',1,1795840352766,'waiting','transient','the connection to 127.0.0.1 broke before the answer was complete',NULL,NULL,NULL,2975,23);
INSERT INTO "attempts" VALUES(20,3,'user:00000000-0000-4000-8000-000000000000','users/p000@contoso.com.jpg',1,1795840352766,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'ba676b30-a665-4461-8734-6432c3e1c496',1883,23);
INSERT INTO "attempts" VALUES(21,3,'user:00000000-0000-4000-8000-000000000004','users/p004@contoso.com.jpg',1,1795840352877,'waiting','transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)',503,'ServiceUnavailable','c8060bf5-d9f5-471b-b19a-59160a6c000a',2975,7);
INSERT INTO "attempts" VALUES(22,4,'user:00000000-0000-4000-8000-000000000001',NULL,2,1795840353016,'restored',NULL,NULL,200,NULL,'6d56f387-843d-44a4-91fc-9025620e2f6e',1592,5);
INSERT INTO "attempts" VALUES(23,5,'user:00000000-0000-4000-8000-000000000011','users/p011@contoso.com.jpg',1,1795840353142,'drifted',NULL,'the tenant shows another photo than the one we delivered',NULL,NULL,NULL,0,0);
INSERT INTO "attempts" VALUES(24,6,'user:00000000-0000-4000-8000-000000000016','users/p016@contoso.com.jpg',2,1795840353310,'waiting','transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)',503,'ServiceUnavailable','e7401f9e-a77c-46e3-a16b-15617db07ee6',2454,8);
INSERT INTO "attempts" VALUES(25,7,'user:00000000-0000-4000-8000-000000000007',NULL,3,1795840353483,'removed',NULL,NULL,204,NULL,'7a1fee1e-fa1a-4255-9e06-6b405b1f5f6b',0,8);
INSERT INTO "attempts" VALUES(26,8,'user:00000000-0000-4000-8000-000000000024','users/p024@contoso.com.jpg',1,1795840353656,'blocked','photo_unsupported','this is text, not a picture',NULL,NULL,NULL,0,0);
INSERT INTO "attempts" VALUES(27,8,'user:00000000-0000-4000-8000-000000000020','users/p020@contoso.com.jpg',2,1795840353661,'blocked','photo_too_large','Graph refuses the size of this picture (its limit is 4 MB; about 100 KB where there is no mailbox) (HTTP 413, ErrorMessageSizeExceeded)',413,'ErrorMessageSizeExceeded','ff083865-3ab0-4a00-9c41-bd7bb5741edf',1896,4);
INSERT INTO "attempts" VALUES(28,8,'user:00000000-0000-4000-8000-000000000002','users/p002@contoso.com.jpg',1,1795840353663,'waiting','transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)',503,'ServiceUnavailable','dc584a52-20d1-4650-8a4c-e58df723ca1d',2329,4);
INSERT INTO "attempts" VALUES(29,8,'user:00000000-0000-4000-8000-000000000003','users/p003@contoso.com.jpg',1,1795840353670,'blocked','no_mailbox','the account has no mailbox (HTTP 404, ErrorNonExistentMailbox)',404,'ErrorNonExistentMailbox','9e7cfdbe-164c-4284-b540-9a97bb9a4a3a',2510,11);
INSERT INTO "attempts" VALUES(30,9,'user:00000000-0000-4000-8000-000000000019',NULL,2,1795840353777,'waiting','transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)',503,'ServiceUnavailable','c1b31d66-b23e-487f-a8d9-937995d1c3f6',2636,7);
INSERT INTO "attempts" VALUES(31,10,'user:00000000-0000-4000-8000-000000000010','users/p010@contoso.com.jpg',1,1795840353851,'drifted',NULL,'the tenant shows no photo any more, and we had delivered one',NULL,NULL,NULL,0,0);
INSERT INTO "attempts" VALUES(32,10,'user:00000000-0000-4000-8000-000000000009','users/p009@contoso.com.jpg',1,1795840353860,'drifted',NULL,'the tenant shows another photo than the one we delivered',NULL,NULL,NULL,0,0);
INSERT INTO "attempts" VALUES(33,11,'user:00000000-0000-4000-8000-000000000025','users/p025@contoso.com.jpg',1,1795840354088,'delivered',NULL,'fewer pixels than the size set, not enlarged',200,NULL,'0bc0db20-9326-449c-b17e-10b240818941',2301,7);
INSERT INTO "attempts" VALUES(34,11,'contact:00000000-0000-4000-8000-000000000000/contact-fred','contacts/p000@contoso.com/fred@example.com.jpg',2,1795840355089,'blocked','not_permitted','the application may not change contact photos in this mailbox, or an Exchange application access policy leaves this mailbox out (HTTP 403, ErrorAccessDenied)',403,'ErrorAccessDenied','a11cf859-2d11-478b-9016-7ae65bfce900',2051,6);
INSERT INTO "attempts" VALUES(35,11,'user:00000000-0000-4000-8000-000000000021','users/p021@contoso.com.jpg',1,1795840356091,'waiting','throttled','Graph asked to slow down (HTTP 429, UnknownError)',429,'UnknownError','08b1f0a9-fb89-42e3-823b-c913437f3591',2080,6);
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
INSERT INTO "backups" VALUES(1,'contact:00000000-0000-4000-8000-000000000000/contact-fred',3,1795840352565,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(2,'user:00000000-0000-4000-8000-000000000023',3,1795840352565,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(3,'team:00000000-0000-4000-8000-000000000052',3,1795840352565,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(4,'group:00000000-0000-4000-8000-000000000051',3,1795840352565,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(5,'user:00000000-0000-4000-8000-000000000022',3,1795840352605,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(6,'user:00000000-0000-4000-8000-000000000016',3,1795840352605,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(7,'user:00000000-0000-4000-8000-000000000018',3,1795840352606,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(8,'user:00000000-0000-4000-8000-000000000020',3,1795840352605,'user-00000000-0000-4000-8000-000000000020-20261128T043232.605Z.jpg',X'B4B856AC784A00084D76C671684D86620FB63D281ED22B9C9091491E02D0AF13',3944,'7670a5a683b5119971841294a5291a339464be45d612a0e0e083dc6b09de86f3',2,0);
INSERT INTO "backups" VALUES(9,'user:00000000-0000-4000-8000-000000000017',3,1795840352657,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(10,'user:00000000-0000-4000-8000-000000000019',3,1795840352655,'user-00000000-0000-4000-8000-000000000019-20261128T043232.655Z.jpg',X'FFC134BA6B131C9DCA94A46684DF01620E179E252BA8AA500CE9B1E06CB478C7',2636,'846333980f613b6bffc8021457063c938c56ae0cee82eb27c27cc625c2ca116a',2,0);
INSERT INTO "backups" VALUES(11,'user:00000000-0000-4000-8000-000000000012',3,1795840352658,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(12,'user:00000000-0000-4000-8000-000000000009',3,1795840352659,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(13,'user:00000000-0000-4000-8000-000000000011',3,1795840352702,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(14,'user:00000000-0000-4000-8000-000000000010',3,1795840352706,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(15,'user:00000000-0000-4000-8000-000000000008',3,1795840352710,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(16,'user:00000000-0000-4000-8000-000000000007',3,1795840352711,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(17,'user:00000000-0000-4000-8000-000000000001',3,1795840352732,'user-00000000-0000-4000-8000-000000000001-20261128T043232.732Z.jpg',X'49552E6D6E2DFD918C2D8944377FFFEEF118C9960C368A4CD9576AB89F2B7CF5',1592,'ea21c7b3c885cf2fb547bb51016c8bbbaca21db264cc9f332769ad8dd895f0a3',2,0);
INSERT INTO "backups" VALUES(18,'user:00000000-0000-4000-8000-000000000000',3,1795840352754,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(19,'user:00000000-0000-4000-8000-000000000004',3,1795840352753,'user-00000000-0000-4000-8000-000000000004-20261128T043232.753Z.jpg',X'3314288742A7859847966C244FE5CB674C2AA2862C6DB9C92CDF6FD8514C11B2',2535,'e3d5003ead1a936380020220637f7b8e1c2812992da64345e823b227195fb97c',1,0);
INSERT INTO "backups" VALUES(20,'user:00000000-0000-4000-8000-000000000004',3,1795840352873,'user-00000000-0000-4000-8000-000000000004-20261128T043232.873Z.jpg',X'BC3FDB1B4FB954E72ADDCC83F6F60476568DA9F1683C2DE3B39C3F9A333854FD',3932,'66f337e5d3376e74f9af23e0dd287854af600f5881d0876a5e0fe96d85386249',1,1);
INSERT INTO "backups" VALUES(21,'user:00000000-0000-4000-8000-000000000002',8,1795840353660,NULL,NULL,0,NULL,1,0);
INSERT INTO "backups" VALUES(22,'user:00000000-0000-4000-8000-000000000003',8,1795840353663,NULL,NULL,0,NULL,0,0);
INSERT INTO "backups" VALUES(23,'user:00000000-0000-4000-8000-000000000025',11,1795840354083,NULL,NULL,0,NULL,2,0);
INSERT INTO "backups" VALUES(24,'contact:00000000-0000-4000-8000-000000000000/contact-fred',11,1795840355085,NULL,NULL,0,NULL,0,0);
INSERT INTO "backups" VALUES(25,'user:00000000-0000-4000-8000-000000000021',11,1795840356086,NULL,NULL,0,NULL,0,0);
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
INSERT INTO "files" VALUES('contacts/p000@contoso.com/Friends/gina@example.com.jpg',2531,1795840353540835876,1795840353540835876,10690920,65024,X'58B0FC783DB1C905B713F97F5F5669B4ABFA60EE3DEC18DD9884697C0D10ECDE',1795840354054,NULL,NULL,NULL,NULL,NULL,'unmatched','no rule claims this file','Rename the file, add a rule under mapping.rules that claims it, or list it under source.ignore.',1795840353653);
INSERT INTO "files" VALUES('contacts/p000@contoso.com/fred@example.com.jpg',2051,1795840353928835868,1795840353928835868,10690904,65024,X'4165DD4BF2A2BB6F1ED676A3DE37D1CA51A51CBFF1F8A5F71D6780F35AAA8437',1795840354054,'contacts/{owner}/{address}.{ext}','contact:mail:fred@example.com:p000@contoso.com:','p000@contoso.com → fred@example.com','contact:00000000-0000-4000-8000-000000000000/contact-fred',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('groups/sales.jpg',2373,1795840352404835901,1795840352404835901,10690894,65024,X'06502561591318D8695CAF900CA904F7E4B95022E77D480C199FE298F3D5BF05',1795840354054,'groups/{alias}.{ext}','group:mailNickname:sales','sales','group:00000000-0000-4000-8000-000000000051',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/nobody@contoso.com.jpg',2536,1795840353528835877,1795840353528835877,10690906,65024,X'B60B5A158084111B46702462AF9E561D9BACDFC76376AACA37FD7944CAC07815',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:nobody@contoso.com','nobody@contoso.com',NULL,NULL,'target_missing','the directory knows no user userPrincipalName nobody@contoso.com','Check the spelling in the file name or table against Microsoft 365 and correct whichever is wrong; a new account is found at the next pass.',1795840353653);
INSERT INTO "files" VALUES('users/p000@contoso.com.jpg',1883,1795840352332835903,1795840352332835903,10690872,65024,X'6B4B0774BD9CD89CAF57FB52CC7AEF1F02C861040714EED153A01124C8916575',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p000@contoso.com','p000@contoso.com','user:00000000-0000-4000-8000-000000000000',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p001@contoso.com.jpg',2728,1795840352336115991,1795840352336115991,10690873,65024,X'D16D8A9E8F70171A9E186A35D47D4F21E7F4FAE716237732F068003C9BD0EFA4',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p001@contoso.com','p001@contoso.com','user:00000000-0000-4000-8000-000000000001',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p002@contoso.com.jpg',2329,1795840353520869807,1795840353520869807,10690896,65024,X'020732969A7B29B2C7C7B798740DF63CC3B14C763EB1D034AC028CA500C790AB',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p002@contoso.com','p002@contoso.com','user:00000000-0000-4000-8000-000000000002',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p003@contoso.com.jpg',2510,1795840353524835877,1795840353524835877,10690905,65024,X'A199638E82106D88EFD9D970AAB4686CB649BF216D33D913053C007FDC7BC75A',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p003@contoso.com','p003@contoso.com','user:00000000-0000-4000-8000-000000000003',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p004@contoso.com.jpg',2975,1795840352336835903,1795840352336835903,10690874,65024,X'C821C33D1174256B30D107C1C2EFEE78BDB98935091F8A6434265CEB8B1E8822',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p004@contoso.com','p004@contoso.com','user:00000000-0000-4000-8000-000000000004',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p005@contoso.com.jpg',1993,1795840353920835868,1795840353920835868,10690921,65024,X'627E42AF9AB1C43E44AE90F489CDC2981AC3F87385BEF66483725708AB3A3526',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p005@contoso.com','p005@contoso.com','user:00000000-0000-4000-8000-000000000005',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p006@contoso.com.jpg',2746,1795840353924929170,1795840353924929170,10690922,65024,X'A705B36B837F444634C6436F0FB089E5ACEEC440CBE4421117760D563C8192C6',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p006@contoso.com','p006@contoso.com','user:00000000-0000-4000-8000-000000000006',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p009@contoso.com.jpg',1863,1795840352348835902,1795840352348835902,10690877,65024,X'3D3C4A826AC2F48DB98FA57C3C06B65E0D2C49FD206F325E454AF4822F2929E8',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p009@contoso.com','p009@contoso.com','user:00000000-0000-4000-8000-000000000009',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p010@contoso.com.jpg',2502,1795840352352180742,1795840352352180742,10690878,65024,X'B684775402201C1D2A83400C6FECCB21565A709106F912CA145F4EEE8AF7C92D',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p010@contoso.com','p010@contoso.com','user:00000000-0000-4000-8000-000000000010',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p011@contoso.com.jpg',2830,1795840352364835902,1795840352364835902,10690879,65024,X'1DABB3025078EAE6E873B58F35984E430EEF78CEA490D78025BB8154FA26EFBE',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p011@contoso.com','p011@contoso.com','user:00000000-0000-4000-8000-000000000011',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p012@contoso.com.jpg',2378,1795840352372835902,1795840352372835902,10690880,65024,X'CF67CBAA69E50B6BB2DD4E578497F153537A77D5359928F304FB60AC7AE3184A',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p012@contoso.com','p012@contoso.com','user:00000000-0000-4000-8000-000000000012',1795840354055,'duplicate_files','users/p012@contoso.com.png speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',1795840353653);
INSERT INTO "files" VALUES('users/p012@contoso.com.png',2456,1795840353516081789,1795840353516081789,10690875,65024,X'296C47E5ABD3138C6BC87E9F64E034A00B699C989A9067C2C07F19E145AD6649',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p012@contoso.com','p012@contoso.com','user:00000000-0000-4000-8000-000000000012',1795840354055,'duplicate_files','users/p012@contoso.com.jpg speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',1795840353653);
INSERT INTO "files" VALUES('users/p015@contoso.com.jpg',2050,1795840352028835909,1795840352028835909,10690862,65024,X'8869DADA67F0E225615D7469BEE19406301111A0E1ABC53BB41339F30A4F4B45',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p015@contoso.com','p015@contoso.com','user:00000000-0000-4000-8000-000000000015',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p016@contoso.com.jpg',2454,1795840353164835885,1795840353164835885,10690886,65024,X'2A2B558ACE2D22FB29AF894355D940B3F6BC1ACEE4AFEC747BA191EFEDC29296',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p016@contoso.com','p016@contoso.com','user:00000000-0000-4000-8000-000000000016',1795840354055,'duplicate_files','users/p016@contoso.com.png speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',1795840353653);
INSERT INTO "files" VALUES('users/p016@contoso.com.png',1593,1795840353516835877,1795840353516835877,10690876,65024,X'B380B072E971AA9949248F942795549B147C7C1B3D3D104DABC14B033818AA75',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p016@contoso.com','p016@contoso.com','user:00000000-0000-4000-8000-000000000016',1795840354055,'duplicate_files','users/p016@contoso.com.jpg speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',1795840353653);
INSERT INTO "files" VALUES('users/p017@contoso.com.jpg',2629,1795840352380835902,1795840352380835902,10690887,65024,X'509370C80B6AF2A8646E94AA123C9017B06F78FF82B61EC11E44832097D6CB51',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p017@contoso.com','p017@contoso.com','user:00000000-0000-4000-8000-000000000017',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p018@contoso.com.jpg',1769,1795840352384931557,1795840352384931557,10690888,65024,X'1852231D65144D3C84765B9060569D7C325DBF9C7DA57DDF809D4F862AEA9AA5',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p018@contoso.com','p018@contoso.com','user:00000000-0000-4000-8000-000000000018',1795840354055,'identity_changed','user userPrincipalName p018@contoso.com was id 00000000-0000-4000-8000-000000000018 (deleted, or not readable) and is now p018@contoso.com (p018@contoso.com, created 2020-01-01, id 00000000-0000-4000-8000-000000000918)','If the photo belongs to the account that now has this name, run `photosyncd accept TARGET`; otherwise correct the file name.',1795840354065);
INSERT INTO "files" VALUES('users/p019@contoso.com.jpg',2242,1795840352388835901,1795840352388835901,10690889,65024,X'89056B8E9451B485A53FA4E27D775C4420E0FF2F1FDE987FE0D204E4918373EF',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p019@contoso.com','p019@contoso.com','user:00000000-0000-4000-8000-000000000019',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p020@contoso.com.jpg',1896,1795840353528835877,1795840353528835877,10690890,65024,X'F9E9482E98F0C8964FC2D3B2B72B7353ACF9E137506C8B3E95D19270F230BAB4',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p020@contoso.com','p020@contoso.com','user:00000000-0000-4000-8000-000000000020',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p021@contoso.com.jpg',2080,1795840353927264197,1795840353927264197,10690923,65024,X'9B2CAD6C7427CF75349B3FCEE9C4753BAB1F87F8C88000F2574DAA61C94706E6',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p021@contoso.com','p021@contoso.com','user:00000000-0000-4000-8000-000000000021',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p022@contoso.com.jpg',2253,1795840352404275737,1795840352404275737,10690891,65024,X'AC75239E4FF37B05E85377DB5611FB6C561932A77E7948345F7597407576F737',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p022@contoso.com','p022@contoso.com','user:00000000-0000-4000-8000-000000000022',1795840354055,'out_of_scope','the account is in a group of scope.exclude_groups','Nothing, if that is meant; otherwise change scope.include_groups or scope.exclude_groups.',1795840354065);
INSERT INTO "files" VALUES('users/p023@contoso.com.jpg',2638,1795840352404835901,1795840352404835901,10690892,65024,X'4CB3F2E902B61FAADF0D58DAA991DE36E40DE630C9FE787F7F510F563294434F',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p023@contoso.com','p023@contoso.com','user:00000000-0000-4000-8000-000000000023',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p024@contoso.com.jpg',10,1795840353532835877,1795840353532835877,10690918,65024,X'EB57AA454B867F0456564F55680A2EB5B5902841C2F86DCE2E246965768CCB75',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p024@contoso.com','p024@contoso.com','user:00000000-0000-4000-8000-000000000024',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('users/p025@contoso.com.jpg',2301,1795840353928835868,1795840353928835868,10690924,65024,X'B4EA91F4D5B58B154ECF8F4484E4042DAB2132AE60317589AB00A8E25107E35E',1795840354054,'users/{upn}.{ext}','user:userPrincipalName:p025@contoso.com','p025@contoso.com','user:00000000-0000-4000-8000-000000000025',1795840354055,NULL,NULL,NULL,NULL);
INSERT INTO "files" VALUES('whatever.jpg',2480,1795840353532835877,1795840353532835877,10690917,65024,X'041DBFD5B37BFECB25CA99CE15D7B58E961626B693A88A6099A2DBDAF5DD98F9',1795840354054,NULL,NULL,NULL,NULL,NULL,'unmatched','no rule claims this file','Rename the file, add a rule under mapping.rules that claims it, or list it under source.ignore.',1795840353653);
CREATE TABLE gone (
    target TEXT PRIMARY KEY,
    label  TEXT NOT NULL,
    path   TEXT NOT NULL,
    since  INTEGER NOT NULL,
    root   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "gone" VALUES('team:00000000-0000-4000-8000-000000000052','space','teams/space.jpg',1795840353297,'device 254:0, inode 10690859, mount 2147483676, made 1795840352.016835910');
INSERT INTO "gone" VALUES('user:00000000-0000-4000-8000-000000000008','p008@contoso.com','users/p008@contoso.com.jpg',1795840353652,'device 254:0, inode 10690859, mount 2147483676, made 1795840352.016835910');
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
INSERT INTO "meta" VALUES('seen_root','device 254:0, inode 10690859, mount 2147483676, made 1795840352.016835910');
INSERT INTO "meta" VALUES('seen_root_device','65024');
INSERT INTO "meta" VALUES('settings','84a39bf0c861fbe6f527310013bfb3d20e83c2f0a3347f2e3a16836ab185fb18 guests Hold, disabled Hold');
INSERT INTO "meta" VALUES('tenant','contoso.com');
CREATE TABLE passes (
    pass       INTEGER PRIMARY KEY,
    cause      TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    summary    TEXT
) STRICT;
INSERT INTO "passes" VALUES(1,'reconcile',1795840352150,1795840352180,'{"pass":1,"scanned":1,"unmatched":0,"matched":1,"unresolved":0,"out_of_scope":0,"unchanged":0,"same_picture":0,"delivered":1,"removed":0,"waiting":0,"blocked":0,"kept":0,"drift_checked":0,"drifted":0,"requests":2,"throttled":0,"bytes_sent":2050,"elapsed_ms":29,"halted":null,"also_halted":[],"forced":[],"beyond_force":false,"pending_removals":0,"due":0,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(2,'verify',1795840352266,1795840352292,'{"checked":1,"same":0,"changed":0,"gone":0,"unknown":1,"made_due":0,"stopped":null,"differing":[],"problems":[]}');
INSERT INTO "passes" VALUES(3,'reconcile',1795840352510,1795840352886,'{"pass":3,"scanned":20,"unmatched":0,"matched":20,"unresolved":0,"out_of_scope":0,"unchanged":1,"same_picture":0,"delivered":18,"removed":0,"waiting":1,"blocked":0,"kept":0,"drift_checked":0,"drifted":0,"requests":63,"throttled":0,"bytes_sent":46103,"elapsed_ms":376,"halted":null,"also_halted":[],"forced":[],"beyond_force":false,"pending_removals":0,"due":0,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(4,'restore',1795840353002,1795840353018,'{"pass":4,"wanted":1,"restored":1,"not_ours":0,"without_backup":0,"waiting":0,"blocked":0,"requests":2,"elapsed_ms":16,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(5,'verify',1795840353126,1795840353144,'{"checked":1,"same":0,"changed":1,"gone":0,"unknown":0,"made_due":0,"stopped":null,"differing":[],"problems":[]}');
INSERT INTO "passes" VALUES(6,'reconcile',1795840353242,1795840353312,'{"pass":6,"scanned":18,"unmatched":0,"matched":18,"unresolved":0,"out_of_scope":0,"unchanged":14,"same_picture":0,"delivered":0,"removed":0,"waiting":2,"blocked":0,"kept":2,"drift_checked":0,"drifted":0,"requests":3,"throttled":0,"bytes_sent":2454,"elapsed_ms":69,"halted":null,"also_halted":[],"forced":[],"beyond_force":false,"pending_removals":2,"due":0,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(7,'reconcile',1795840353434,1795840353485,'{"pass":7,"scanned":18,"unmatched":0,"matched":18,"unresolved":0,"out_of_scope":0,"unchanged":14,"same_picture":0,"delivered":0,"removed":1,"waiting":2,"blocked":0,"kept":2,"drift_checked":0,"drifted":0,"requests":3,"throttled":0,"bytes_sent":0,"elapsed_ms":50,"halted":null,"also_halted":[],"forced":[],"beyond_force":false,"pending_removals":0,"due":0,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(8,'reconcile',1795840353627,1795840353672,'{"pass":8,"scanned":25,"unmatched":2,"matched":23,"unresolved":1,"out_of_scope":0,"unchanged":11,"same_picture":0,"delivered":0,"removed":0,"waiting":2,"blocked":6,"kept":2,"drift_checked":0,"drifted":0,"requests":8,"throttled":0,"bytes_sent":6735,"elapsed_ms":44,"halted":null,"also_halted":[],"forced":[],"beyond_force":false,"pending_removals":1,"due":0,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(9,'restore',1795840353759,1795840353782,'{"pass":9,"wanted":1,"restored":0,"not_ours":0,"without_backup":0,"waiting":1,"blocked":0,"requests":2,"elapsed_ms":22,"stopped":null,"problems":[]}');
INSERT INTO "passes" VALUES(10,'verify',1795840353843,1795840353869,'{"checked":4,"same":2,"changed":1,"gone":1,"unknown":0,"made_due":0,"stopped":null,"differing":[],"problems":[]}');
INSERT INTO "passes" VALUES(11,'reconcile',1795840354007,1795840359010,'{"pass":11,"scanned":29,"unmatched":2,"matched":27,"unresolved":2,"out_of_scope":1,"unchanged":7,"same_picture":0,"delivered":1,"removed":0,"waiting":4,"blocked":8,"kept":2,"drift_checked":0,"drifted":0,"requests":17,"throttled":1,"bytes_sent":6432,"elapsed_ms":5002,"halted":null,"also_halted":[],"forced":[],"beyond_force":false,"pending_removals":1,"due":2,"stopped":"max_duration","problems":[]}');
CREATE TABLE removals (
    at    INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT;
INSERT INTO "removals" VALUES(1795840353464,1);
ANALYZE "sqlite_master";
INSERT INTO "sqlite_stat1" VALUES('attempts','attempts_target','1 1 1');
INSERT INTO "sqlite_stat1" VALUES('meta','meta','5 1');
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
INSERT INTO "targets" VALUES('contact:00000000-0000-4000-8000-000000000000/contact-fred','p000@contoso.com → fred@example.com','contacts/p000@contoso.com/fred@example.com.jpg',X'4165DD4BF2A2BB6F1ED676A3DE37D1CA51A51CBFF1F8A5F71D6780F35AAA8437','2-648-upper-q90-3900000',2,1795840354055,X'BDC7F1A26E6584AA2D5E055B425274CFFFDD324650021D44AF1FC764AD8A20DF','2-648-upper-q90-3900000',1795840352572,'b7890e7019b8e244e32f4d84a995c0f01ea9776cbae240855f634a7ea0150daa',X'BDC7F1A26E6584AA2D5E055B425274CFFFDD324650021D44AF1FC764AD8A20DF','fewer pixels than the size set, not enlarged','blocked',1795840355089,NULL,1,1795840355089,'not_permitted','the application may not change contact photos in this mailbox, or an Exchange application access policy leaves this mailbox out (HTTP 403, ErrorAccessDenied)','In Microsoft Entra, under App registrations > API permissions, add Contacts.ReadWrite as an application permission and give admin consent; see also Get-ApplicationAccessPolicy in Exchange Online; then run `photosyncd retry`.',403,'ErrorAccessDenied','a11cf859-2d11-478b-9016-7ae65bfce900',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,0);
INSERT INTO "targets" VALUES('group:00000000-0000-4000-8000-000000000051','sales','groups/sales.jpg',X'06502561591318D8695CAF900CA904F7E4B95022E77D480C199FE298F3D5BF05','2-648-upper-q90-3900000',1,1795840352547,X'06502561591318D8695CAF900CA904F7E4B95022E77D480C199FE298F3D5BF05','2-648-upper-q90-3900000',1795840352581,'b8955078e2c8ea364d1c09298fa47e928718cdec5ccb0670bbd4abcd6392d7e1',X'06502561591318D8695CAF900CA904F7E4B95022E77D480C199FE298F3D5BF05','fewer pixels than the size set, not enlarged','in_step',1795840352581,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('team:00000000-0000-4000-8000-000000000052','space',NULL,NULL,NULL,3,1795840352547,X'03081993D84B78410CF322995E8B5C0181B15D7E777569F4C1C4B3446839A526','2-648-upper-q90-3900000',1795840352573,'6f3287cd13d7e1d790ece8ec6da9b2a553d1506c07351269ff230d3b1de63a44',X'03081993D84B78410CF322995E8B5C0181B15D7E777569F4C1C4B3446839A526','fewer pixels than the size set, not enlarged','blocked',1795840353464,NULL,0,NULL,'removal_not_possible','teams/space.jpg is gone since 2026-11-28T04:32:33Z, but Microsoft Graph has no way to remove the photo of a team','Take the photo out by hand (Teams, Outlook), then run `photosyncd accept TARGET`; or put the file back.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000000','p000@contoso.com','users/p000@contoso.com.jpg',X'6B4B0774BD9CD89CAF57FB52CC7AEF1F02C861040714EED153A01124C8916575','2-648-upper-q90-3900000',1,1795840352547,X'6B4B0774BD9CD89CAF57FB52CC7AEF1F02C861040714EED153A01124C8916575','2-648-upper-q90-3900000',1795840352766,'833e85254d72ee34484c2a534bb80fe93618829d8f048dcb2b08306ef4f58873',X'6B4B0774BD9CD89CAF57FB52CC7AEF1F02C861040714EED153A01124C8916575','fewer pixels than the size set, not enlarged','in_step',1795840352766,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795840353858,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000001','p001@contoso.com','users/p001@contoso.com.jpg',X'D16D8A9E8F70171A9E186A35D47D4F21E7F4FAE716237732F068003C9BD0EFA4','2-648-upper-q90-3900000',2,1795840353005,NULL,NULL,NULL,NULL,X'D16D8A9E8F70171A9E186A35D47D4F21E7F4FAE716237732F068003C9BD0EFA4','fewer pixels than the size set, not enlarged','blocked',1795840353016,NULL,0,NULL,'restored','put back by hand; kept until the file changes','Nothing, if that is meant; `photosyncd accept TARGET` lets the photo of the file go there again, and so does a new file.',NULL,NULL,NULL,'restored',X'D16D8A9E8F70171A9E186A35D47D4F21E7F4FAE716237732F068003C9BD0EFA4',NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000002','p002@contoso.com','users/p002@contoso.com.jpg',X'020732969A7B29B2C7C7B798740DF63CC3B14C763EB1D034AC028CA500C790AB','2-648-upper-q90-3900000',1,1795840353647,NULL,NULL,NULL,NULL,NULL,NULL,'waiting',1795840353663,1795843953663,1,1795840353663,'transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)','Nothing: it is tried again by itself.',503,'ServiceUnavailable','dc584a52-20d1-4650-8a4c-e58df723ca1d',NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,1);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000003','p003@contoso.com','users/p003@contoso.com.jpg',X'A199638E82106D88EFD9D970AAB4686CB649BF216D33D913053C007FDC7BC75A','2-648-upper-q90-3900000',1,1795840353647,NULL,NULL,NULL,NULL,NULL,NULL,'blocked',1795840353670,NULL,1,1795840353670,'no_mailbox','the account has no mailbox (HTTP 404, ErrorNonExistentMailbox)','Give the account a licence with an Exchange Online mailbox, then run `photosyncd retry TARGET`.',404,'ErrorNonExistentMailbox','9e7cfdbe-164c-4284-b540-9a97bb9a4a3a',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000004','p004@contoso.com','users/p004@contoso.com.jpg',X'C821C33D1174256B30D107C1C2EFEE78BDB98935091F8A6434265CEB8B1E8822','2-648-upper-q90-3900000',1,1795840352547,NULL,NULL,NULL,NULL,NULL,NULL,'waiting',1795840352766,1795843952877,2,1795840352766,'transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)','Nothing: it is tried again by itself.',503,'ServiceUnavailable','c8060bf5-d9f5-471b-b19a-59160a6c000a',NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,1);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000005','p005@contoso.com','users/p005@contoso.com.jpg',X'627E42AF9AB1C43E44AE90F489CDC2981AC3F87385BEF66483725708AB3A3526','2-648-upper-q90-3900000',1,1795840354055,NULL,NULL,NULL,NULL,NULL,NULL,'due',1795840354055,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000006','p006@contoso.com','users/p006@contoso.com.jpg',X'A705B36B837F444634C6436F0FB089E5ACEEC440CBE4421117760D563C8192C6','2-648-upper-q90-3900000',1,1795840354055,NULL,NULL,NULL,NULL,NULL,NULL,'due',1795840354055,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000007','p007@contoso.com',NULL,NULL,NULL,3,1795840353464,NULL,NULL,NULL,NULL,NULL,NULL,'released',1795840353483,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000008','p008@contoso.com',NULL,NULL,NULL,2,1795840352547,X'AB15AB499B6912356C5F9E8BF5D47C6E5D91AE16CF06AD304C10C09B3F4E6E76','2-648-upper-q90-3900000',1795840352731,'600e8b92b2eb4d84f1940c491cc587e25c06f283e9b1d7abaac7aafb24bd3c84',X'AB15AB499B6912356C5F9E8BF5D47C6E5D91AE16CF06AD304C10C09B3F4E6E76','fewer pixels than the size set, not enlarged','released',1795840353653,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000009','p009@contoso.com','users/p009@contoso.com.jpg',X'3D3C4A826AC2F48DB98FA57C3C06B65E0D2C49FD206F325E454AF4822F2929E8','2-648-upper-q90-3900000',1,1795840352547,X'3D3C4A826AC2F48DB98FA57C3C06B65E0D2C49FD206F325E454AF4822F2929E8','2-648-upper-q90-3900000',1795840352693,'202eae6faa0abe432723c1400e20d9e0e21638ba0841fdcac739d6e38ca20895',X'3D3C4A826AC2F48DB98FA57C3C06B65E0D2C49FD206F325E454AF4822F2929E8','fewer pixels than the size set, not enlarged','in_step',1795840352693,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'changed',1795840353860,1795840353860,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000010','p010@contoso.com','users/p010@contoso.com.jpg',X'B684775402201C1D2A83400C6FECCB21565A709106F912CA145F4EEE8AF7C92D','2-648-upper-q90-3900000',1,1795840352547,X'B684775402201C1D2A83400C6FECCB21565A709106F912CA145F4EEE8AF7C92D','2-648-upper-q90-3900000',1795840352715,'a7a7dd57a069c9388c0ba105a60cfc665685b11a6a4c4345b4d8713179bd7bc3',X'B684775402201C1D2A83400C6FECCB21565A709106F912CA145F4EEE8AF7C92D','fewer pixels than the size set, not enlarged','in_step',1795840352715,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'gone',1795840353851,1795840353851,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000011','p011@contoso.com','users/p011@contoso.com.jpg',X'1DABB3025078EAE6E873B58F35984E430EEF78CEA490D78025BB8154FA26EFBE','2-648-upper-q90-3900000',2,1795840352547,NULL,NULL,NULL,NULL,X'1DABB3025078EAE6E873B58F35984E430EEF78CEA490D78025BB8154FA26EFBE','fewer pixels than the size set, not enlarged','blocked',1795840353142,NULL,0,NULL,'user_photo','the tenant shows another photo than the one we delivered','Nothing, if people may choose their photo; `photosyncd accept TARGET` lets the photo of the file go there again, and so does a new file.',NULL,NULL,NULL,'user_photo',X'1DABB3025078EAE6E873B58F35984E430EEF78CEA490D78025BB8154FA26EFBE',NULL,'changed',1795840353142,1795840353142,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000012','p012@contoso.com','users/p012@contoso.com.jpg',X'CF67CBAA69E50B6BB2DD4E578497F153537A77D5359928F304FB60AC7AE3184A','2-648-upper-q90-3900000',2,1795840352547,X'CF67CBAA69E50B6BB2DD4E578497F153537A77D5359928F304FB60AC7AE3184A','2-648-upper-q90-3900000',1795840352693,'740d761252119f86ebe14960ecef26d99ac1347ac91c1ad3692e2c3bf914f335',X'CF67CBAA69E50B6BB2DD4E578497F153537A77D5359928F304FB60AC7AE3184A','fewer pixels than the size set, not enlarged','blocked',1795840353653,NULL,0,NULL,'duplicate_files','users/p012@contoso.com.png speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000015','p015@contoso.com','users/p015@contoso.com.jpg',X'8869DADA67F0E225615D7469BEE19406301111A0E1ABC53BB41339F30A4F4B45','2-648-upper-q90-3900000',1,1795840352161,X'8869DADA67F0E225615D7469BEE19406301111A0E1ABC53BB41339F30A4F4B45','2-648-upper-q90-3900000',1795840352178,NULL,X'8869DADA67F0E225615D7469BEE19406301111A0E1ABC53BB41339F30A4F4B45','fewer pixels than the size set, not enlarged','in_step',1795840352178,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795840352290,'1a0d12016999e47689dae5744d2b8c1903faf7ca2886a658150083100ef2c8ee',0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000016','p016@contoso.com','users/p016@contoso.com.jpg',X'2A2B558ACE2D22FB29AF894355D940B3F6BC1ACEE4AFEC747BA191EFEDC29296','2-648-upper-q90-3900000',3,1795840353293,X'DF98DB59FE14041E826559E8A02D51F4F2D92A4EC33A5039318483AAEAE9B6DB','2-648-upper-q90-3900000',1795840352631,'384ee28c1ed29088b3790964efc1f477ff0f5a6fc92ab56b444219332ced4db5',X'DF98DB59FE14041E826559E8A02D51F4F2D92A4EC33A5039318483AAEAE9B6DB','fewer pixels than the size set, not enlarged','blocked',1795840353653,NULL,1,1795840353310,'duplicate_files','users/p016@contoso.com.png speaks for the same target','Keep one of the files, or set mapping.on_conflict: newest.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000017','p017@contoso.com','users/p017@contoso.com.jpg',X'509370C80B6AF2A8646E94AA123C9017B06F78FF82B61EC11E44832097D6CB51','2-648-upper-q90-3900000',1,1795840352547,X'509370C80B6AF2A8646E94AA123C9017B06F78FF82B61EC11E44832097D6CB51','2-648-upper-q90-3900000',1795840352685,'780c6cb710cf3032985383a660de14b6f3e006233e662bbc40299df1e22c1cec',X'509370C80B6AF2A8646E94AA123C9017B06F78FF82B61EC11E44832097D6CB51','fewer pixels than the size set, not enlarged','in_step',1795840352685,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000018','p018@contoso.com','users/p018@contoso.com.jpg',X'1852231D65144D3C84765B9060569D7C325DBF9C7DA57DDF809D4F862AEA9AA5','2-648-upper-q90-3900000',2,1795840352547,X'1852231D65144D3C84765B9060569D7C325DBF9C7DA57DDF809D4F862AEA9AA5','2-648-upper-q90-3900000',1795840352631,'cb0a92dc1310165905495a3e8dc6a8385e4adae4bd56f585f69d9b72134a72df',X'1852231D65144D3C84765B9060569D7C325DBF9C7DA57DDF809D4F862AEA9AA5','fewer pixels than the size set, not enlarged','blocked',1795840354065,NULL,0,NULL,'identity_changed','user userPrincipalName p018@contoso.com was id 00000000-0000-4000-8000-000000000018 (deleted, or not readable) and is now p018@contoso.com (p018@contoso.com, created 2020-01-01, id 00000000-0000-4000-8000-000000000918)','If the photo belongs to the account that now has this name, run `photosyncd accept TARGET`; otherwise correct the file name.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000019','p019@contoso.com','users/p019@contoso.com.jpg',X'89056B8E9451B485A53FA4E27D775C4420E0FF2F1FDE987FE0D204E4918373EF','2-648-upper-q90-3900000',2,1795840353766,X'89056B8E9451B485A53FA4E27D775C4420E0FF2F1FDE987FE0D204E4918373EF','2-648-upper-q90-3900000',1795840352676,'0f7c5197aafa4535fe99e08cd08769b50a74e8c033807fca878c5bb306fc31ec',X'89056B8E9451B485A53FA4E27D775C4420E0FF2F1FDE987FE0D204E4918373EF','fewer pixels than the size set, not enlarged','waiting',1795840353777,1795843953777,1,1795840353777,'transient','Graph is overloaded or under maintenance (503) (HTTP 503, ServiceUnavailable)','Nothing: it is tried again by itself.',503,'ServiceUnavailable','c1b31d66-b23e-487f-a8d9-937995d1c3f6','restored',X'89056B8E9451B485A53FA4E27D775C4420E0FF2F1FDE987FE0D204E4918373EF',10,NULL,NULL,NULL,NULL,0,1);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000020','p020@contoso.com','users/p020@contoso.com.jpg',X'F9E9482E98F0C8964FC2D3B2B72B7353ACF9E137506C8B3E95D19270F230BAB4','2-648-upper-q90-3900000',2,1795840353647,X'0E661D730764EC912D92383B85D969448590701BB388F820E90CEDF1D3D1F83F','2-648-upper-q90-3900000',1795840352641,'44b8c8a3889b1ebab1b1861d23870a88e8727cee895f3ef667274e21b1cbd79a',X'0E661D730764EC912D92383B85D969448590701BB388F820E90CEDF1D3D1F83F','fewer pixels than the size set, not enlarged','blocked',1795840353661,NULL,1,1795840353661,'photo_too_large','Graph refuses the size of this picture (its limit is 4 MB; about 100 KB where there is no mailbox) (HTTP 413, ErrorMessageSizeExceeded)','Lower photo.max_bytes or photo.quality, then run `photosyncd retry TARGET`.',413,'ErrorMessageSizeExceeded','ff083865-3ab0-4a00-9c41-bd7bb5741edf',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000021','p021@contoso.com','users/p021@contoso.com.jpg',X'9B2CAD6C7427CF75349B3FCEE9C4753BAB1F87F8C88000F2574DAA61C94706E6','2-648-upper-q90-3900000',1,1795840354055,NULL,NULL,NULL,NULL,NULL,NULL,'waiting',1795840356091,1795843956090,0,NULL,'throttled','Graph asked to slow down (HTTP 429, UnknownError)','Nothing: it goes on by itself when the pause is over.',429,'UnknownError','08b1f0a9-fb89-42e3-823b-c913437f3591',NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000022','p022@contoso.com','users/p022@contoso.com.jpg',X'AC75239E4FF37B05E85377DB5611FB6C561932A77E7948345F7597407576F737','2-648-upper-q90-3900000',2,1795840352547,X'AC75239E4FF37B05E85377DB5611FB6C561932A77E7948345F7597407576F737','2-648-upper-q90-3900000',1795840352619,'659594faeee82e1dff7da3ffdd9b1903360273a2799ee40cae4402618513530d',X'AC75239E4FF37B05E85377DB5611FB6C561932A77E7948345F7597407576F737','fewer pixels than the size set, not enlarged','blocked',1795840354065,NULL,0,NULL,'out_of_scope','the account is in a group of scope.exclude_groups','Nothing, if that is meant; otherwise change scope.include_groups or scope.exclude_groups.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000023','p023@contoso.com','users/p023@contoso.com.jpg',X'4CB3F2E902B61FAADF0D58DAA991DE36E40DE630C9FE787F7F510F563294434F','2-648-upper-q90-3900000',1,1795840352547,X'4CB3F2E902B61FAADF0D58DAA991DE36E40DE630C9FE787F7F510F563294434F','2-648-upper-q90-3900000',1795840352581,'783b517cbdee46b786ef6dc4968398922606ee8e7a4f04156493f6c881a60dfb',X'4CB3F2E902B61FAADF0D58DAA991DE36E40DE630C9FE787F7F510F563294434F','fewer pixels than the size set, not enlarged','in_step',1795840352581,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795840353861,NULL,0,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000024','p024@contoso.com','users/p024@contoso.com.jpg',X'EB57AA454B867F0456564F55680A2EB5B5902841C2F86DCE2E246965768CCB75','2-648-upper-q90-3900000',1,1795840353647,NULL,NULL,NULL,NULL,NULL,NULL,'blocked',1795840353656,NULL,1,1795840353656,'photo_unsupported','this is text, not a picture','Save the picture as JPEG or PNG.',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,0);
INSERT INTO "targets" VALUES('user:00000000-0000-4000-8000-000000000025','p025@contoso.com','users/p025@contoso.com.jpg',X'B4EA91F4D5B58B154ECF8F4484E4042DAB2132AE60317589AB00A8E25107E35E','2-648-upper-q90-3900000',1,1795840354055,X'B4EA91F4D5B58B154ECF8F4484E4042DAB2132AE60317589AB00A8E25107E35E','2-648-upper-q90-3900000',1795840354088,'1a0d12016999e47689dae5744d2b8c1903faf7ca2886a658150083100ef2c8ee',X'B4EA91F4D5B58B154ECF8F4484E4042DAB2132AE60317589AB00A8E25107E35E','fewer pixels than the size set, not enlarged','in_step',1795840354088,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0);
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
