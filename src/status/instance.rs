//! Which installation speaks: whoever looks after several must see it on every screen, notice and page.

use serde::Serialize;

/// Which installation speaks. Field names of the JSON are a contract: fields may be added, these stay.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub(crate) struct Instance {
    /// The tenant, as the configuration names it; none for a simulated one.
    pub tenant: Option<String>,
    /// The cloud it lies in.
    pub cloud: String,
    /// The machine.
    pub host: String,
    /// The HR directory.
    pub source: String,
}

impl Instance {
    /// In one line.
    pub(crate) fn title(&self) -> String {
        let tenant = self.tenant.as_deref().map_or_else(|| "a simulated tenant".to_owned(), |tenant| format!("tenant {tenant}"));
        let cloud = if self.tenant.is_none() || self.cloud == "global" { String::new() } else { format!(" ({})", self.cloud) };
        format!("photosyncd on {} · {tenant}{cloud} · {}", self.host, self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_by_tenant_machine_and_directory() {
        let instance = Instance {
            tenant: Some("contoso.com".into()),
            cloud: "global".into(),
            host: "hr01".into(),
            source: "/srv/photos".into(),
        };
        assert_eq!(instance.title(), "photosyncd on hr01 · tenant contoso.com · /srv/photos");
        let other = Instance { cloud: "china".into(), ..instance.clone() };
        assert_eq!(other.title(), "photosyncd on hr01 · tenant contoso.com (china) · /srv/photos");
        let simulated = Instance { tenant: None, cloud: "emulator".into(), ..instance };
        assert_eq!(simulated.title(), "photosyncd on hr01 · a simulated tenant · /srv/photos");
    }
}
