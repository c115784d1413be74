//! Signing in a person by device code.

use serde::Deserialize;

use super::credential::{DeviceCode, SignedInPerson};
use super::directory::usable;
use super::token::bearer;
use super::{Client, Failure, Operation, Verb};
use crate::model::TargetKind;

/// What `/me` says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Me {
    id: String,
    user_principal_name: Option<String>,
    display_name: Option<String>,
}

impl Client {
    /// Begins the sign-in of a person; show them what it returns, then call [`Client::finish_login`].
    /// Only with a delegated credential.
    pub(crate) async fn begin_login(&self) -> Result<DeviceCode, Failure> {
        self.issuer().begin_login().await
    }

    /// Waits until the person has typed the code, asks Graph who they are, and keeps the sign-in. Ends with a failure
    /// when the code has expired, the person declined, or `me` stands for somebody else here.
    pub(crate) async fn finish_login(&self, device: &DeviceCode) -> Result<SignedInPerson, Failure> {
        let (token, refresh) = self.issuer().await_login(device).await?;
        let header = bearer(&token.access_token)?;
        let url = format!("{}/me?$select=id,userPrincipalName,displayName", self.root());
        let what = Operation { kind: TargetKind::Me, verb: Verb::Look };
        let answer = self.send_as(&header, what, |http| http.get(&url)).await?;
        let me: Me = super::directory::parse(&answer)?;
        if !super::directory::is_object_id(&me.id) {
            return Err(Failure::odd("names the person who signed in without a usable id"));
        }
        let (user_principal_name, display_name) = (usable(me.user_principal_name), usable(me.display_name));
        let person = SignedInPerson { id: me.id, user_principal_name, display_name };
        self.issuer().keep_login(refresh, &person).await?;
        Ok(person)
    }
}
