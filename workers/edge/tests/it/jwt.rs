//! Which tokens are believed.

mod project;

use reqwest::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use self::project::{Project, SigningKey, claims};
use crate::guard::{address, guarded, logged, request, told};
use crate::support::{TestEdge, supabase};

async fn with_token(edge: &TestEdge, path: &str, token: &str) -> Response {
    request(edge, reqwest::Method::GET, path, &address()).await.bearer_auth(token).send().await.unwrap()
}

/// The claims of a real user of the local Supabase, with changes; null removes one.
async fn changed(changes: Value) -> Map<String, Value> {
    let supabase = supabase().await;
    let session = supabase.sign_in("jwt@example.com", "customer").await;
    let mut claims = supabase.keys().verify(&session.access_token).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
    claims
}

#[tokio::test]
async fn a_user_s_token_and_each_kind_of_key_are_believed() {
    let edge = guarded(|_| {}).await;
    let supabase = supabase().await;
    let session = supabase.sign_in("jwt@example.com", "customer").await;
    let me = with_token(&edge, "/rest/v1/user_profiles?select=id", &session.access_token).await;
    assert_eq!(me.status(), 200);
    assert_eq!(me.json::<Value>().await.unwrap(), json!([{ "id": session.user_id }]));
    let keys = supabase.keys();
    for key in [keys.publishable(), keys.secret(), keys.anon_key(), keys.service_role_key()] {
        let asked = edge.client().get(format!("{}/rest/v1/products?limit=1", edge.url())).header("apikey", key);
        assert_eq!(asked.bearer_auth(key).send().await.unwrap().status(), 200);
    }
    // A key that is not this project's is nobody's: Supabase says so.
    let asked = edge.client().get(format!("{}/rest/v1/products", edge.url())).header("apikey", "sb_secret_made_up");
    assert_eq!(asked.bearer_auth("sb_secret_made_up").send().await.unwrap().status(), 401);
    edge.stop().await;
}

#[tokio::test]
async fn a_token_for_somebody_else_or_another_time_is_refused_and_logged() {
    let edge = guarded(|_| {}).await;
    let keys = supabase().await.keys();
    let sent = |token: String| {
        let edge = &edge;
        async move { told(with_token(edge, "/rest/v1/products?limit=1", &token).await).await }
    };
    let unchanged = changed(json!({})).await;
    assert_eq!(sent(keys.sign(&unchanged).unwrap()).await.0, 200);
    for wrong in [
        json!({ "aud": "other" }),
        json!({ "aud": null }),
        json!({ "iss": "https://other.supabase.co/auth/v1" }),
        json!({ "iss": null }),
        json!({ "role": "service_role" }),
        json!({ "role": "postgres" }),
        json!({ "sub": "somebody" }),
        json!({ "exp": null }),
        json!({ "exp": 1_700_000_000 }),
        json!({ "nbf": 4_000_000_000_u64 }),
        json!({ "iat": 4_000_000_000_u64 }),
    ] {
        let token = keys.sign(&changed(wrong.clone()).await).unwrap();
        assert_eq!(sent(token).await, (401, "unauthenticated".to_owned()), "{wrong}");
    }

    let (id, from) = (Uuid::new_v4().to_string(), address());
    let expired = keys.sign(&changed(json!({ "exp": 1_700_000_000 })).await).unwrap();
    let asked = request(&edge, reqwest::Method::GET, "/rest/v1/products", &from).await;
    let answer = asked.bearer_auth(&expired).header("x-request-id", &id).send().await.unwrap();
    assert!(answer.headers()["www-authenticate"].to_str().unwrap().contains("expired"));
    let body: Value = answer.json().await.unwrap();
    assert!(body["message"].as_str().unwrap().contains("expired"), "{body}");
    let entry = logged(&id).await;
    assert_eq!((&entry["event_type"], &entry["severity"]), (&json!("invalid_token"), &json!("info")));
    assert!(!entry.to_string().contains(&expired), "tokens are never logged");
    edge.stop().await;
}

#[tokio::test]
async fn a_token_without_the_project_s_key_is_told_to_bring_it() {
    let (edge, session) = (guarded(|_| {}).await, supabase().await.sign_in("keyless@example.com", "admin").await);
    for path in ["/rest/v1/products?limit=1", "/health/detailed"] {
        let sent = async |key: Option<&str>| {
            let asked = edge.client().get(format!("{}{path}", edge.url())).bearer_auth(&session.access_token);
            let asked = match key {
                Some(key) => asked.header("apikey", key),
                None => asked,
            };
            asked.send().await.unwrap()
        };
        let refused = sent(None).await;
        assert_eq!(refused.status(), 401, "{path}");
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body["code"], "unauthenticated", "{path}");
        assert!(body["hint"].as_str().unwrap().contains("apikey"), "{path}: {body}");
        assert_eq!(sent(Some(supabase().await.publishable_key())).await.status(), 200, "{path}");
    }
    edge.stop().await;
}

#[tokio::test]
async fn tokens_are_auth_s_own_business_on_its_paths() {
    let edge = guarded(|_| {}).await;
    let answer = with_token(&edge, "/auth/v1/user", "no.jwt.atall").await;
    let body: Value = answer.json().await.unwrap();
    assert_ne!(body["code"], "unauthenticated", "{body}");
    for path in ["/rest/v1/products", "/storage/v1/bucket", "/functions/v1/nothing", "/realtime/v1/websocket"] {
        let refused = with_token(&edge, path, "no.jwt.atall").await;
        assert_eq!(told(refused).await, (401, "unauthenticated".to_owned()), "{path}");
    }
    edge.stop().await;
}

#[tokio::test]
async fn hs256_is_believed_only_where_it_is_configured() {
    let keys = supabase().await.keys();
    let token = keys.sign_hs256(&changed(json!({})).await).unwrap();
    let with = guarded(|_| {}).await;
    assert_eq!(with_token(&with, "/rest/v1/products?limit=1", &token).await.status(), 200);
    with.stop().await;
    let without = guarded(|config| config.jwt_secret = None).await;
    let refused = with_token(&without, "/rest/v1/products?limit=1", &token).await;
    assert_eq!(told(refused).await, (401, "unauthenticated".to_owned()));
    without.stop().await;
}

#[tokio::test]
async fn a_public_key_is_no_secret_and_an_unsigned_token_no_token() {
    let project = Project::start().await;
    let key = SigningKey::new("one");
    project.publish(&[&key]);
    for legacy in [None, Some("a secret that the attacker does not know".into())] {
        let edge = project.edge(|config| config.jwt_secret = legacy).await;
        let claims = claims(&project, json!({}));
        assert_eq!(project.status(&edge, &key.sign(&claims)).await, 200);
        for forged in key.forgeries(&claims) {
            assert_eq!(project.status(&edge, &forged).await, 401, "{forged}");
        }
        edge.stop().await;
    }
}

#[tokio::test]
async fn a_rotated_key_works_at_once_and_made_up_ones_do_not_flood_the_project() {
    let project = Project::start().await;
    let (old, new, made_up) = (SigningKey::new("old"), SigningKey::new("new"), SigningKey::new("made up"));
    project.publish(&[&old]);
    let edge = project.edge(|_| {}).await;
    let claims = claims(&project, json!({}));
    for _ in 0..5 {
        assert_eq!(project.status(&edge, &old.sign(&claims)).await, 200);
    }
    assert_eq!(project.fetches(), 1);
    project.publish(&[&old, &new]);
    assert_eq!(project.status(&edge, &new.sign(&claims)).await, 200);
    assert_eq!(project.status(&edge, &old.sign(&claims)).await, 200);
    assert_eq!(project.fetches(), 2);
    for _ in 0..20 {
        assert_eq!(project.status(&edge, &made_up.sign(&claims)).await, 401);
    }
    assert!(project.fetches() <= 4, "{}", project.fetches());
    // The right name does not make the wrong key right.
    assert_eq!(project.status(&edge, &SigningKey::new("old").sign(&claims)).await, 401);
    edge.stop().await;
}

#[tokio::test]
async fn without_the_signing_keys_nobody_is_called_a_forger() {
    let project = Project::start().await;
    let key = SigningKey::new("one");
    project.publish(&[&key]);
    project.fail(true);
    let edge = project.edge(|_| {}).await;
    let token = key.sign(&claims(&project, json!({})));
    assert_eq!(project.status(&edge, &token).await, 503);
    project.fail(false);
    crate::support::eventually("the keys", async || (project.status(&edge, &token).await == 200).then_some(())).await;
    // Known keys are good for a while.
    project.fail(true);
    assert_eq!(project.status(&edge, &token).await, 200);
    assert_eq!(project.status(&edge, &SigningKey::new("other").sign(&claims(&project, json!({})))).await, 503);
    edge.stop().await;
}
