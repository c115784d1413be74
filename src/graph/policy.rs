//! The tenant's photo policy. Follows "Manage user profile photo settings in Microsoft 365": it may reserve photos for the
//! on-premises directory, and then nobody's write to the cloud changes anything. Known to Graph's beta only.

use serde::Deserialize;

use super::{Client, Failure, Operation, Verb};
use crate::model::TargetKind;

/// Where the tenant takes photos from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum PhotoPolicy {
    /// Writes to the cloud are let through.
    Cloud,
    /// Only the on-premises directory may change photos: administrators' writes are refused, too.
    OnPremises,
    /// A word that is not documented.
    Other(String),
}

#[derive(Deserialize)]
struct PolicyDocument {
    source: Option<String>,
}

impl Client {
    /// The tenant's photo policy. Needs a permission that nothing else here needs (`PeopleSettings.Read.All`), so a 403
    /// says little.
    pub(crate) async fn photo_policy(&self) -> Result<PhotoPolicy, Failure> {
        let what = Operation { kind: TargetKind::User, verb: Verb::ReadPolicy };
        let url = format!("{}/beta/admin/people/photoUpdateSettings", self.endpoints().resource);
        let answer = self.send(what, |http| http.get(&url)).await?;
        let answer: PolicyDocument = super::directory::parse(&answer)?;
        Ok(match answer.source.as_deref() {
            // Every tenant's default is no word at all, which Graph writes as null or as an empty text (michev.info 6196).
            None | Some("" | "cloud") => PhotoPolicy::Cloud,
            Some("onPremises") => PhotoPolicy::OnPremises,
            Some(other) => PhotoPolicy::Other(other.to_owned()),
        })
    }
}
