//! Reads what Graph says about its limits beside an answer (`x-ms-throttle-*`), see "Microsoft Graph
//! service-specific throttling limits". Present on directory requests; nothing may depend on it.

use reqwest::header::HeaderMap;

use super::ThrottleScope;

/// Share of the limit in use, sent from 0.8 upward; above 1 requests are being refused.
pub(super) fn share(headers: &HeaderMap) -> Option<f32> {
    text(headers, "x-ms-throttle-limit-percentage")?.parse().ok().filter(|share: &f32| share.is_finite())
}

/// Who shares the limit: `Tenant_Application/ReadWrite/<application>/<tenant>` and its like.
pub(super) fn scope(headers: &HeaderMap) -> Option<ThrottleScope> {
    match text(headers, "x-ms-throttle-scope")?.split('/').next()? {
        "Tenant_Application" => Some(ThrottleScope::TenantApplication),
        "Tenant" => Some(ThrottleScope::Tenant),
        "Application" => Some(ThrottleScope::Application),
        _ => None,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_share_and_scope() {
        let mut headers = HeaderMap::new();
        assert_eq!((share(&headers), scope(&headers)), (None, None));
        headers.insert("x-ms-throttle-limit-percentage", "0.93".parse().unwrap());
        headers.insert("x-ms-throttle-scope", "Tenant_Application/Write/6e7b/9f2c".parse().unwrap());
        assert_eq!((share(&headers), scope(&headers)), (Some(0.93), Some(ThrottleScope::TenantApplication)));
        headers.insert("x-ms-throttle-limit-percentage", "NaN".parse().unwrap());
        headers.insert("x-ms-throttle-scope", "Planet/Write".parse().unwrap());
        assert_eq!((share(&headers), scope(&headers)), (None, None));
    }
}
