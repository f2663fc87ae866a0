//! Users, administered with the project's secret key, of either kind.

use primostore_shared::AuthAdmin;
use primostore_shared::auth::{NewUser, UserChanges};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use crate::person::{PASSWORD, Person, auth_admin, new_email};
use crate::shop::both_doors;
use crate::stack::stack;

/// With the secret key, and with the legacy key of the same rights.
async fn with_both_keys() -> [AuthAdmin; 2] {
    let stack = stack().await;
    [auth_admin(stack, &stack.secret_key), auth_admin(stack, &stack.service_role_key)]
}

#[tokio::test]
async fn a_user_who_was_made_confirmed_may_sign_in() {
    let [shop, _] = both_doors().await;
    for auth in with_both_keys().await {
        let email = new_email();
        let user = NewUser {
            email: email.to_uppercase(),
            password: Some(SecretString::from(PASSWORD)),
            confirmed: true,
            ..NewUser::default()
        };
        let user = auth.create(&user).await.unwrap();
        assert!(user.email.as_deref() == Some(&email) && user.email_confirmed_at.is_some(), "{user:?}");
        assert_eq!(shop.sign_in((&email, PASSWORD)).await.user.id, user.id);
    }
}

#[tokio::test]
async fn a_user_is_found_by_the_whole_address_alone() {
    for auth in with_both_keys().await {
        let person = Person::customer().await;
        let found = auth.find(&format!(" {} ", person.email.to_uppercase())).await.unwrap();
        assert_eq!(found.map(|user| user.id), Some(person.id));
        assert_eq!(auth.find(&person.email[1..]).await.unwrap(), None);
        assert_eq!(auth.find(&new_email()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_address_is_given_once() {
    for auth in with_both_keys().await {
        let person = Person::customer().await;
        let user = NewUser { email: person.email.clone(), confirmed: true, ..NewUser::default() };
        assert!(auth.create(&user).await.unwrap_err().is_email_taken());
        assert!(auth.invite(&person.email, None, None).await.unwrap_err().is_email_taken());
    }
}

#[tokio::test]
async fn somebody_invited_is_a_user_who_has_yet_to_join() {
    for auth in with_both_keys().await {
        let data = json!({ "name": "Salma" }).as_object().cloned();
        let email = new_email();
        let invited = auth.invite(&email, data.clone(), None).await.unwrap();
        assert!(invited.invited_at.is_some() && invited.email_confirmed_at.is_none(), "{invited:?}");
        assert_eq!(invited.user_metadata.get("name"), Some(&json!("Salma")));
        assert_eq!(auth.find(&email).await.unwrap().map(|user| user.id), Some(invited.id));

        let site = "http://127.0.0.1:3000/join".parse().unwrap();
        let again = auth.invite(&email, data, Some(&site)).await.unwrap();
        assert_eq!(again.id, invited.id, "an invitation may be repeated, and may lead elsewhere");
    }
}

#[tokio::test]
async fn a_password_that_an_admin_sets_is_the_users() {
    let [shop, _] = both_doors().await;
    for auth in with_both_keys().await {
        let person = Person::customer().await;
        let password = "another horse battery staple";
        let changes = UserChanges { password: Some(SecretString::from(password)), ..UserChanges::default() };
        auth.update(person.id, &changes).await.unwrap();
        assert!(shop.auth.login_with_email(&person.email, PASSWORD).await.is_err());
        assert_eq!(shop.sign_in((&person.email, password)).await.user.id, person.id);
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone() {
    for auth in with_both_keys().await {
        let person = Person::customer().await;
        assert_eq!(auth.get(person.id).await.unwrap().email.as_deref(), Some(person.email.as_str()));
        auth.delete(person.id).await.unwrap();
        assert!(auth.get(person.id).await.unwrap_err().is_not_found());
        assert_eq!(auth.find(&person.email).await.unwrap(), None);
    }
}

#[tokio::test]
async fn nobody_administers_users_with_a_key_that_is_not_secret() {
    let stack = stack().await;
    let auth = auth_admin(stack, &stack.publishable_key);
    let error = auth.get(Uuid::new_v4()).await.unwrap_err();
    assert!(matches!(error, primostore_shared::AuthError::Refused { status: 401 | 403, .. }), "{error}");
    assert!(auth.invite(&new_email(), None, None).await.is_err());
}
