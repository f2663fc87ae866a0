//! Signing in and out, with `supabase-auth`.

use supabase_auth::error::Error;
use supabase_auth::models::LogoutScope;

use crate::person::{PASSWORD, Person};
use crate::shop::{answer, both_doors, text};

#[tokio::test]
async fn a_customer_signs_in_and_the_shop_knows_them() {
    for shop in both_doors().await {
        let customer = Person::customer().await;
        let session = shop.sign_in(customer.credentials()).await;
        assert_eq!(session.user.id, customer.id);
        let me = answer(shop.rest.rpc("me", "{}").auth(&session.access_token)).await.unwrap();
        assert_eq!((text(&me, "email"), text(&me, "role")), (customer.email.as_str(), "customer"));
    }
}

#[tokio::test]
async fn a_wrong_password_opens_nothing() {
    for shop in both_doors().await {
        let customer = Person::customer().await;
        let refused = shop.auth.login_with_email(&customer.email, &format!("{PASSWORD}?")).await;
        let Err(Error::AuthError { status, message }) = refused else { panic!("{refused:?}") };
        assert_eq!((status.as_u16(), message.as_str()), (400, "Invalid login credentials"));
    }
}

#[tokio::test]
async fn a_refreshed_session_goes_on() {
    for shop in both_doors().await {
        let customer = Person::customer().await;
        let first = shop.sign_in(customer.credentials()).await;
        let second = shop.auth.refresh_session(&first.refresh_token).await.unwrap();
        assert_ne!(second.refresh_token, first.refresh_token);
        let me = answer(shop.rest.rpc("me", "{}").auth(&second.access_token)).await.unwrap();
        assert_eq!(text(&me, "email"), customer.email);
    }
}

#[tokio::test]
async fn after_signing_out_a_session_cannot_be_refreshed() {
    for shop in both_doors().await {
        let customer = Person::customer().await;
        let session = shop.sign_in(customer.credentials()).await;
        // The crate sends the scope where Auth doesn't look: whatever it says, all of the user's sessions end.
        shop.auth.logout(Some(LogoutScope::Global), &session.access_token).await.unwrap();
        let refused = shop.auth.refresh_session(&session.refresh_token).await;
        assert!(matches!(&refused, Err(Error::AuthError { status, .. }) if status.as_u16() == 400), "{refused:?}");
    }
}

#[tokio::test]
async fn a_token_that_nobody_issued_is_refused() {
    for shop in both_doors().await {
        let (status, _) = answer(shop.rest.rpc("me", "{}").auth("not.a.token")).await.unwrap_err();
        assert_eq!(status, 401);
    }
}
