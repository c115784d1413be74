//! Reads what Graph says about its limits beside an answer (`x-ms-throttle-*`), see "Microsoft Graph
//! service-specific throttling limits". Present on directory requests; nothing may depend on it.

use reqwest::header::HeaderMap;

use super::{ThrottleHint, ThrottleScope};

/// The hint, if any of its headers is there.
pub(super) fn hint(headers: &HeaderMap) -> Option<ThrottleHint> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let hint = ThrottleHint {
        percentage: text("x-ms-throttle-limit-percentage")
            .and_then(|text| text.parse().ok())
            .filter(|share: &f32| share.is_finite()),
        scope: text("x-ms-throttle-scope").and_then(scope),
        information: text("x-ms-throttle-information").map(|text| text.chars().take(100).collect()),
        resource_units: text("x-ms-resource-unit").and_then(|text| text.parse().ok()),
    };
    (hint != ThrottleHint::default()).then_some(hint)
}

/// `Tenant_Application/ReadWrite/<application>/<tenant>` and its like.
fn scope(text: &str) -> Option<ThrottleScope> {
    match text.split('/').next()? {
        "Tenant_Application" => Some(ThrottleScope::TenantApplication),
        "Tenant" => Some(ThrottleScope::Tenant),
        "Application" => Some(ThrottleScope::Application),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_a_hint() {
        let mut headers = HeaderMap::new();
        assert_eq!(hint(&headers), None);
        for (name, value) in [
            ("x-ms-throttle-limit-percentage", "0.93"),
            ("x-ms-throttle-scope", "Tenant_Application/Write/6e7b/9f2c"),
            ("x-ms-throttle-information", "WriteLimitExceeded"),
            ("x-ms-resource-unit", "2"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let found = hint(&headers).unwrap();
        assert_eq!(found.percentage, Some(0.93));
        assert_eq!(found.scope, Some(ThrottleScope::TenantApplication));
        assert_eq!(found.information.as_deref(), Some("WriteLimitExceeded"));
        assert_eq!(found.resource_units, Some(2));
        headers.insert("x-ms-throttle-limit-percentage", "NaN".parse().unwrap());
        assert_eq!(hint(&headers).unwrap().percentage, None);
    }
}
