//! Faults of the tenant: sign-in, permissions, policy, scope.

use super::*;

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "a wrong secret",
        plant: |world| {
            let sign_in = SignIn { secret: ExpectedSecret::Exactly("other".into()), ..granting(&ENOUGH).sign_in };
            again(world, Settings { sign_in, ..Settings::default() });
        },
        check: "sign_in",
        verdict: "fault",
        words: &["AADSTS7000215", "secret"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "a secret that has ended",
        plant: |world| {
            let sign_in = SignIn { secret: ExpectedSecret::Expired("geheim~1234".into()), ..granting(&ENOUGH).sign_in };
            again(world, Settings { sign_in, ..Settings::default() });
        },
        check: "sign_in",
        verdict: "fault",
        words: &["AADSTS7000222", "new"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "an application that the tenant does not know",
        plant: |world| {
            let sign_in = SignIn { client_id: Some("another".into()), ..granting(&ENOUGH).sign_in };
            again(world, Settings { sign_in, ..Settings::default() });
        },
        check: "sign_in",
        verdict: "fault",
        words: &["AADSTS700016", "client_id"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "nobody at the other end",
        plant: |world| world.graph("http://127.0.0.1:9", "http://127.0.0.1:9", "credential: { client_secret: { file: secret } }"),
        check: "sign_in",
        verdict: "fault",
        words: &["127.0.0.1"],
        exit: 3,
        cure: secret,
    },
    Row {
        name: "a wrong clock",
        plant: |world| {
            let clock = Clock::from_source(Shifted(Clock::system(), 600_000));
            world.replug_at(clock, CONTOSO, granting(&ENOUGH));
            secret(world);
        },
        check: "clock",
        verdict: "warning",
        words: &["behind the sign-in service's", "timedatectl"],
        exit: 0,
        cure: well,
    },
    Row {
        name: "a certificate that ends soon",
        plant: |world| certificate(world, &ending(12)),
        check: "credential_end",
        verdict: "warning",
        words: &["ends in 1", "Certificates & secrets"],
        exit: 0,
        cure: |world| certificate(world, &ending(300)),
    },
    Row {
        name: "a certificate that has ended",
        plant: |world| certificate(world, &ending(-3)),
        check: "credential_end",
        verdict: "fault",
        words: &["the certificate ended on", "new certificate"],
        exit: 5,
        cure: |world| certificate(world, &ending(300)),
    },
    Row {
        name: "no permission to change user and group photos",
        plant: |world| without(world, "ProfilePhoto.ReadWrite.All"),
        check: "permissions",
        verdict: "fault",
        words: &["for user photos the token lacks ProfilePhoto.ReadWrite.All", "admin consent"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "no permission to find users",
        plant: |world| without(world, "User.Read.All"),
        check: "permissions",
        verdict: "fault",
        words: &["User.Read.All (to find users)"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "no permission to find groups",
        plant: |world| without(world, "GroupMember.Read.All"),
        check: "permissions",
        verdict: "fault",
        words: &["GroupMember.Read.All (to find groups)"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "no permission to change team photos",
        plant: |world| without(world, "TeamSettings.ReadWrite.All"),
        check: "permissions",
        verdict: "fault",
        words: &["for team photos the token lacks TeamSettings.ReadWrite.All"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "no permission for contacts",
        plant: |world| without(world, "Contacts.ReadWrite"),
        check: "permissions",
        verdict: "fault",
        words: &["for contact photos the token lacks Contacts.ReadWrite"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "permissions that nobody needs",
        plant: |world| {
            let roles: Vec<&str> = ENOUGH.into_iter().chain(["Mail.ReadWrite", "Directory.ReadWrite.All"]).collect();
            again(world, granting(&roles));
        },
        check: "excess_permissions",
        verdict: "warning",
        words: &["Directory.ReadWrite.All, which nothing here needs", "Mail.ReadWrite", "Remove it"],
        exit: 0,
        cure: well,
    },
    Row {
        name: "photos come from the on-premises directory",
        plant: |world| {
            let quirks = Quirks { on_premises_photos: true, ..Quirks::default() };
            again(world, Settings { quirks, ..granting(&ENOUGH) });
        },
        check: "photo_policy",
        verdict: "fault",
        words: &["onPremises", "photoUpdateSettings", "24 hours"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "users can't be read, whatever the token says",
        plant: |world| world.emulator().add_fault(Fault::status("GET", "/v1.0/users", 503)),
        check: "read",
        verdict: "fault",
        words: &["no user could be looked up"],
        exit: 3,
        cure: |world| world.emulator().clear_faults(),
    },
    Row {
        name: "a tenant that knows none of the files",
        plant: |world| {
            world.replug("users: [{ userPrincipalName: x@contoso.com }]", granting(&ENOUGH));
            secret(world);
        },
        check: "read",
        verdict: "warning",
        words: &["the tenant knows none", "anna@contoso.com", "mapping.rules"],
        exit: 0,
        cure: well,
    },
    Row {
        name: "a group of the scope that is not there",
        plant: |world| world.set("scope", "{ include_groups: [nobodies] }"),
        check: "scope",
        verdict: "fault",
        words: &["scope.include_groups[0]", "does not know", "object id"],
        exit: 78,
        cure: |world| world.set("scope", "{ include_groups: [] }"),
    },
];
