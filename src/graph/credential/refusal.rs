//! What a refused sign-in means, in words. Codes are those of "Microsoft Entra authentication and authorization
//! error codes"; whether to try again follows the OAuth error and status, codes only explain.

use serde::Deserialize;

use super::super::answer::HttpAnswer;
use super::super::classify::{header, is_html};
use super::super::cure::Cure;
use super::super::error_body::{is_code, request_id, tidy};
use super::super::retry_after::retry_after;
use super::super::{Class, Failure};
use crate::model::Timestamp;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
    error_codes: Vec<u64>,
    trace_id: Option<String>,
}

/// Classes a sign-in answer that brought no token.
pub(super) fn refusal(answer: &HttpAnswer, host: &str, now: Timestamp) -> Failure {
    let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    let number = refused.error_codes.first().copied().or_else(|| aadsts(&refused.error_description));
    let status = answer.status.as_u16();
    let explained = number.and_then(explain);
    let (class, cause, cure) = match (status, explained) {
        (_, Some((class, cause, cure))) if status != 429 => (class, cause.to_owned(), cure),
        (200..=299, _) => (
            Class::Transient,
            format!("{host} answered without a token: a captive portal or a proxy answered"),
            Cure::act("Check the network, the proxy and graph.login_url."),
        ),
        (300..=399, _) => (
            Class::SignIn,
            format!("{host} redirected the sign-in elsewhere; the credential was not sent there"),
            Cure::act("Check graph.login_url and any proxy: the sign-in service does not redirect."),
        ),
        (407 | 511, _) => (
            Class::Offline,
            "the proxy or network wants a sign-in of its own".to_owned(),
            Cure::act("Put user and password into HTTPS_PROXY, or let this machine pass without them."),
        ),
        (429, _) => (
            Class::Throttled,
            format!("{host} asked to slow down"),
            Cure::act("Nothing: when the pause is over the service resumes by itself, and a command can be run again."),
        ),
        (408 | 500..=599, _) => (Class::Transient, format!("the sign-in service at {host} failed"), Cure::Wait),
        _ if refused.error == "temporarily_unavailable" => {
            (Class::Transient, format!("the sign-in service at {host} is busy"), Cure::Wait)
        }
        _ if refused.error.is_empty() && is_html(&answer.headers, &answer.body) => (
            Class::SignIn,
            format!("{host} answered the sign-in with a web page"),
            Cure::act("Check graph.login_url, the proxy and the firewall."),
        ),
        _ => by_error(&refused.error, host),
    };
    let mut failure = Failure::local(class, cause, cure).with_status(answer.status);
    failure.code = number.map(|number| format!("AADSTS{number}")).or(is_code(&refused.error).then_some(refused.error));
    failure.message = tidy(refused.error_description.lines().next().unwrap_or_default()).into();
    failure.request_id =
        header(&answer.headers, "x-ms-request-id").or(refused.trace_id.as_deref().and_then(request_id)).map(Into::into);
    failure.retry_after = retry_after(&answer.headers, now);
    failure
}

fn aadsts(description: &str) -> Option<u64> {
    let (_, rest) = description.split_once("AADSTS")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn by_error(error: &str, host: &str) -> (Class, String, Cure) {
    let (cause, cure) = match error {
        "invalid_client" => (
            "the sign-in service does not accept the credential",
            "Check graph.client_id and graph.credential: a wrong or expired secret, or a certificate that is not registered.",
        ),
        "unauthorized_client" => {
            ("the application is unknown in this tenant, or may not sign in this way", "Check graph.tenant and graph.client_id.")
        }
        "invalid_grant" => ("the sign-in is no longer valid", "Run `photosyncd login` again, or renew the federated token."),
        "invalid_scope" | "invalid_resource" => (
            "the sign-in service does not know this Graph",
            "Check that graph.cloud (or graph.graph_url) belongs to the tenant's cloud.",
        ),
        "invalid_request" => ("the sign-in service does not understand the request", "Check graph.tenant and graph.client_id."),
        _ => {
            return (
                Class::SignIn,
                format!("{host} refused the sign-in"),
                Cure::act("Check graph.cloud, graph.tenant, graph.client_id and graph.credential."),
            );
        }
    };
    (Class::SignIn, cause.to_owned(), Cure::act(cure))
}

/// Codes worth explaining.
const fn explain(code: u64) -> Option<(Class, &'static str, Cure)> {
    let (cause, cure) = match code {
        90055 => {
            return Some((
                Class::Throttled,
                "the tenant signs in too often and is throttled",
                Cure::act("Nothing: after a pause the service resumes by itself, and a command can be run again."),
            ));
        }
        90006 | 90012 | 90024 | 90033 | 90090 => {
            return Some((Class::Transient, "the sign-in service has a passing fault", Cure::Wait));
        }
        50196 => {
            return Some((
                Class::Throttled,
                "the sign-in service saw the same request too often in a short time and refuses it for now",
                Cure::WaitThenAct("Check that no second copy of photosyncd restarts again and again."),
            ));
        }
        7_000_215 => (
            "the client secret is wrong",
            "Paste the secret's value, not its id, from App registrations > Certificates & secrets into the credential.",
        ),
        7_000_222 => (
            "the client secret has expired",
            "Make a new secret under App registrations > Certificates & secrets, or better use a certificate.",
        ),
        700_016 => (
            "the application is not known in this tenant",
            "Check graph.client_id and graph.tenant: one of them is wrong, or the application was never consented to here.",
        ),
        7_000_112 => (
            "the application is disabled",
            "Enable it in Microsoft Entra under Enterprise applications > Properties > Enabled for users to sign in.",
        ),
        7_000_218 => {
            ("no secret or assertion arrived", "Check that graph.credential names a secret or certificate that is not empty.")
        }
        90002 => {
            ("the tenant does not exist", "Check graph.tenant: a tenant id or one of its domains, in the cloud of graph.cloud.")
        }
        50012 | 700_027 => (
            "the certificate is not registered with the application, or does not match its key",
            "Upload this certificate under App registrations > Certificates & secrets, and check that key and certificate belong together.",
        ),
        50013 | 500_133 | 700_024 => (
            "the signed assertion is not valid now",
            "Check this machine's clock (timedatectl); a federated token may also have expired.",
        ),
        700_021 => {
            ("the assertion names another application", "Check graph.client_id; a certificate proves one application only.")
        }
        700_023 => {
            ("the assertion is made for another tenant or sign-in host", "Check graph.tenant, graph.cloud and graph.login_url.")
        }
        70021 | 700_211 | 700_212 | 700_213 => (
            "no federated credential of the application matches the token",
            "Compare issuer, subject and audience under App registrations > Certificates & secrets > Federated credentials.",
        ),
        500_011 | 50001 => (
            "this tenant does not know this Graph",
            "Check graph.cloud: the Graph root belongs to another cloud than the tenant.",
        ),
        70011 | 28002 => ("the scope is not valid", "Check graph.graph_url: the scope is made of it, as ROOT/.default."),
        90038 | 900_382 | 900_432 => (
            "the tenant belongs to another national cloud",
            "Set graph.cloud to the tenant's cloud: global, usgov, usgov-dod or china.",
        ),
        530_032 | 53003 | 530_003 => (
            "a security or Conditional Access policy blocks this sign-in",
            "Let a security administrator look at the sign-in log of the application and exclude it or this machine's address.",
        ),
        90094 | 65001 => {
            ("an administrator has not consented yet", "Give admin consent under App registrations > API permissions.")
        }
        _ => return account_or_setup(code),
    };
    Some((Class::SignIn, cause, Cure::act(cure)))
}

/// The same for codes about the account that signs in, and about how tenant and application are set up.
const fn account_or_setup(code: u64) -> Option<(Class, &'static str, Cure)> {
    let (cause, cure) = match code {
        530_035 => (
            "the tenant's security defaults block this sign-in",
            "Let a security administrator look at the sign-in log of the application; with security defaults on, sign in as an \
             application (graph.credential: certificate), not as a person.",
        ),
        7_000_229 => (
            "the application has no service principal in this tenant",
            "Let an administrator of this tenant consent to the application (App registrations > API permissions > Grant admin \
             consent), which adds it under Enterprise applications.",
        ),
        50105 => (
            "nobody has assigned the signed-in account to the application",
            "Assign it in Microsoft Entra under Enterprise applications > Users and groups, or turn off that an assignment is required.",
        ),
        50034 => {
            ("the sign-in service does not know this account in the tenant", "Check graph.tenant, and the name that was typed.")
        }
        50053 => (
            "the account is locked, or the sign-in came from an address with a bad name",
            "Wait some minutes, then sign in again; an administrator can unlock the account.",
        ),
        50057 => {
            ("the account that signed in is disabled", "Enable the account in Microsoft Entra, or sign in with another one.")
        }
        50055 | 50126 | 50056 => ("the account's password is wrong or has expired", "Sign in again with `photosyncd login`."),
        50076 | 50079 | 50072 | 50074 | 50158 => (
            "the sign-in needs a second factor",
            "Run `photosyncd login` again and complete the second factor; a service is better signed in by certificate.",
        ),
        50173 | 70008 | 700_082 | 700_084 | 50078 | 50089 => {
            ("the kept sign-in is no longer valid: it expired or was revoked", "Run `photosyncd login` again.")
        }
        50020 => (
            "the account belongs to another tenant",
            "Sign in with an account of this tenant, or invite that account as a guest.",
        ),
        500_014 | 500_021 => (
            "Graph, or this tenant, is closed to the application by a setting of the tenant",
            "Let an administrator look at the sign-in log of the application and at tenant restrictions of the network.",
        ),
        700_003 | 530_001 | 530_002 | 53000 | 53001 | 53002 | 53004 | 53011 => (
            "a Conditional Access policy wants a device or a step that this sign-in can't offer",
            "Let a Conditional Access administrator exclude the application or this machine's address.",
        ),
        900_023 | 900_021 => {
            ("graph.tenant is neither a tenant id nor a domain name", "Write the tenant's id or one of its domains.")
        }
        50059 | 900_144 => ("the request names no tenant or lacks a parameter", "Check graph.tenant and graph.client_id."),
        650_052 | 650_056 | 650_057 => (
            "the application's permissions are not set up for this Graph",
            "Add the permissions under App registrations > API permissions, then give admin consent.",
        ),
        70001 => ("the application is not known in this tenant", "Check graph.client_id and graph.tenant."),
        70002 | 7_000_216 => ("the credential is not accepted", "Check graph.client_id and graph.credential."),
        7_000_114 | 700_025 => (
            "the application is registered for another way of signing in",
            "Check graph.client_id, and under App registrations > Authentication what the application may use.",
        ),
        _ => return None,
    };
    Some((Class::SignIn, cause, Cure::act(cure)))
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;

    use super::*;

    fn refused(status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let answer = HttpAnswer { status: StatusCode::from_u16(status).unwrap(), headers: map, body: body.as_bytes().to_vec() };
        refusal(&answer, "login.example", Timestamp::default())
    }

    fn entra(code: u64, error: &str) -> String {
        format!(
            r#"{{"error":"{error}","error_description":"AADSTS{code}: Something about 'app' and anna@contoso.com.\r\nTrace ID: x","error_codes":[{code}],"trace_id":"t-1","correlation_id":"c","timestamp":"now"}}"#
        )
    }

    #[test]
    fn each_code_has_its_words() {
        for (code, error, class, cause) in [
            (7_000_215, "invalid_client", Class::SignIn, "secret is wrong"),
            (7_000_222, "invalid_client", Class::SignIn, "expired"),
            (700_016, "unauthorized_client", Class::SignIn, "not known in this tenant"),
            (7_000_112, "unauthorized_client", Class::SignIn, "disabled"),
            (7_000_218, "invalid_client", Class::SignIn, "no secret"),
            (90002, "invalid_request", Class::SignIn, "tenant does not exist"),
            (50012, "invalid_client", Class::SignIn, "certificate"),
            (500_133, "invalid_grant", Class::SignIn, "not valid now"),
            (500_011, "invalid_resource", Class::SignIn, "does not know this Graph"),
            (70011, "invalid_scope", Class::SignIn, "scope"),
            (90038, "invalid_request", Class::SignIn, "another national cloud"),
            (530_032, "interaction_required", Class::SignIn, "policy"),
            (90094, "invalid_grant", Class::SignIn, "consented"),
            (90055, "temporarily_unavailable", Class::Throttled, "throttled"),
            (90033, "temporarily_unavailable", Class::Transient, "passing"),
            (530_035, "access_denied", Class::SignIn, "security defaults"),
            (7_000_229, "unauthorized_client", Class::SignIn, "service principal"),
            (50196, "invalid_grant", Class::Throttled, "too often"),
            (50034, "invalid_grant", Class::SignIn, "does not know this account"),
            (50053, "invalid_grant", Class::SignIn, "locked"),
            (50057, "invalid_grant", Class::SignIn, "disabled"),
            (50076, "interaction_required", Class::SignIn, "second factor"),
            (50079, "interaction_required", Class::SignIn, "second factor"),
            (50105, "invalid_grant", Class::SignIn, "assigned"),
            (53003, "interaction_required", Class::SignIn, "Conditional Access"),
            (65001, "invalid_grant", Class::SignIn, "consented"),
            (700_024, "invalid_client", Class::SignIn, "not valid now"),
            (700_027, "invalid_client", Class::SignIn, "certificate"),
            (700_082, "invalid_grant", Class::SignIn, "no longer valid"),
            (900_023, "invalid_request", Class::SignIn, "graph.tenant"),
            (1_234_567, "invalid_client", Class::SignIn, "does not accept the credential"),
            (1_234_567, "temporarily_unavailable", Class::Transient, "busy"),
        ] {
            let failure = refused(400, &[], &entra(code, error));
            assert_eq!((failure.class, failure.code.as_deref()), (class, Some(format!("AADSTS{code}").as_str())));
            assert!(failure.cause.contains(cause), "{code}: {}", failure.cause);
            assert!(
                !failure.cure.to_string().is_empty() && !failure.message.contains("anna") && !failure.message.contains("Trace")
            );
            assert_eq!(failure.request_id.as_deref(), Some("t-1"));
        }
    }

    #[test]
    fn answers_without_a_code_are_classed_by_status() {
        for (status, headers, body, class) in [
            (200, vec![("content-type", "text/html")], "<html>", Class::Transient),
            (200, vec![], "{}", Class::Transient),
            (302, vec![("location", "https://evil.example/")], "", Class::SignIn),
            (400, vec![], "", Class::SignIn),
            (401, vec![], r#"{"error":"invalid_client"}"#, Class::SignIn),
            (404, vec![("content-type", "text/html")], "<html>", Class::SignIn),
            (407, vec![], "", Class::Offline),
            (429, vec![("retry-after", "7")], "", Class::Throttled),
            (500, vec![], "oops", Class::Transient),
            (503, vec![("retry-after", "7")], "", Class::Transient),
        ] {
            let failure = refused(status, &headers, body);
            assert_eq!(failure.class, class, "{status}");
            assert_eq!(failure.retry_after.is_some(), headers.iter().any(|(name, _)| *name == "retry-after"));
        }
        assert_eq!(
            refused(400, &[], r#"{"error":"x","error_description":"AADSTS90002: gone"}"#).code.as_deref(),
            Some("AADSTS90002")
        );
    }
}
