//! Floor 2: a pretended Microsoft 365 tenant behind real HTTP on loopback.
//!
//! For newcomers without a tenant, for rehearsals, tests and benchmarks. Written from Microsoft's published
//! descriptions and from field reports, not from our client: this room must not know `graph`, the passes or the
//! configuration, so that a misunderstanding there can't hide here. It knows `model` and the clock.
//!
//! | part | is |
//! | --- | --- |
//! | `tenant` | what there is, in memory: objects, memberships, photos; from a seed or from references |
//! | `entra` | the sign-in host: tokens, device codes, managed identity, what is registered, what roles allow |
//! | `faults` | what goes wrong: scripted faults, weather, the quota |
//! | `graph_api` | Graph's HTTP, thin over the tenant |
//!
//! Weather ([`Weather::from_yaml`]) is shares of faults, outages and latencies over time; `src/cli/weather.yaml` is an
//! example with every key, and `photosyncd emulate --help` prints it.
//!
//! Beside them lie the server, its connections and the way of a request through them. `entra` and `faults` know neither
//! each other nor the tenant; the tenant keeps what its seed says about them.
//!
//! The server's root is both Graph's root (`/v1.0/…`) and the sign-in authority (`/{tenant}/oauth2/v2.0/token`
//! and `…/devicecode`), and an Azure machine's identity endpoint (`/metadata/identity/oauth2/token`).
//! Two pages of its own need no token: `GET /emulator/requests` (the [`RequestRecord`]s as JSON) and
//! `GET /emulator/photos` (kind, id, owner, label, bytes, blake3 of the upload, uploads, width, height per slot).
//!
//! # Seed
//!
//! [`Tenant::from_yaml`] reads this; every key is optional except the ones marked, unknown keys are refused.
//!
//! ```yaml
//! organization: Contoso
//! me: anna@contoso.com                  # whom /me means, in delegated sign-in
//! application:                          # what is registered for it; with nothing, any assertion in good form will do
//!   certificates: ["-----BEGIN CERTIFICATE-----…"]  # PEM, RSA; signature and thumbprint of assertions are checked
//!   federated:                          # tokens of other providers (their signature is not checked)
//!     - { issuer: https://k8s, subject: "system:serviceaccount:hr:photos", audience: api://AzureADTokenExchange }
//! users:
//!   - userPrincipalName: anna@contoso.com     # needed
//!     id: 6e7b768e-07e2-4810-8459-485f84f8f204  # else made from the sign-in name, always the same
//!     displayName: Anna
//!     mail: anna@contoso.com
//!     mailNickname: anna
//!     employeeId: "0042"
//!     onPremisesSamAccountName: anna
//!     accountEnabled: true
//!     userType: Member                  # Member | Guest
//!     mailbox: online                   # online | none | onPremises
//!     createdDateTime: 2024-05-01T12:00:00Z
//!     proxyAddresses: []                # and any other property that users are named by: givenName, surname, department,
//!     extensionAttribute1: A7           # otherMails, extension_0123456789abcdef0123456789abcdef_badge, …
//!     photo: 240                        # a plain grey photo of this many pixels lies there already (48 to 4096)
//! groups:
//!   - mailNickname: sales
//!     displayName: Sales                # also id, mail, createdDateTime, photo, and what groups are named by
//!     groupTypes: [Unified]             # the default; [] is a security group
//!     team: marked                      # none | marked | unmarked (a team without resourceProvisioningOptions)
//!     members: [anna@contoso.com, inner]  # users by sign-in name or id; groups by id, alias or display name
//! contacts:
//!   - owner: anna@contoso.com           # needed: a user above
//!     folder: Friends                   # made if missing, as Friends/Old is; absent: the default folder
//!     displayName: Fred
//!     emailAddresses: [fred@example.com]  # also id, photo
//! faults:
//!   - { method: PUT, path: /users/*/photo, nth: 3, times: 2, every: 1, status: 503, headers: { Retry-After: "2" },
//!       body: { error: { code: UnknownError, message: "" } }, delay_ms: 0 }
//!   - { path: /photo, reset: after, times: 1 }    # before | after
//! ```

mod connection;
mod debug_pages;
mod entra;
mod faults;
mod graph_api;
mod query;
mod reply;
mod request;
mod request_log;
mod save_photos;
mod server;
mod settings;
mod state;
mod tenant;
#[cfg(test)]
mod tests;

pub use entra::{Consent, ExpectedSecret, Federated, SignIn};
pub use faults::{Fault, Reset, RetryAfter, Throttled, Throttling, Weather, WeatherError};
pub use request_log::RequestRecord;
pub(crate) use server::StartError;
pub use server::{Running, start};
pub use settings::Settings;
pub use tenant::{DeltaExpiry, Entry, EntryKind, MissingPhoto, Photo, Quirks, TeamState, Tenant};
