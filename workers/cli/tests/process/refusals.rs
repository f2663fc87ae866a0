//! What stands in the way of a command is told in one sentence, with what to do.

use std::net::{Ipv4Addr, TcpListener};

use crate::program::{Workspace, finish};

#[track_caller]
fn assert_tells(sentence: &str, parts: &[&str]) {
    for part in parts {
        assert!(sentence.contains(part), "`{part}` isn't in: {sentence}");
    }
}

#[tokio::test]
async fn a_taken_api_port_is_named_with_the_way_to_choose_another() {
    let workspace = Workspace::new();
    let _other = TcpListener::bind((Ipv4Addr::LOCALHOST, workspace.api_port)).unwrap();
    let sentence = finish(workspace.dev()).await.refusal();
    assert_tells(&sentence, &[&workspace.api_port.to_string(), "taken", "--api-port"]);
}

#[tokio::test]
async fn a_taken_database_port_is_named_with_the_way_to_choose_another() {
    let workspace = Workspace::new();
    let _other = TcpListener::bind((Ipv4Addr::LOCALHOST, workspace.db_port)).unwrap();
    let sentence = finish(workspace.dev()).await.refusal();
    assert_tells(&sentence, &[&workspace.db_port.to_string(), "taken", "--db-port"]);
}

#[tokio::test]
async fn a_taken_edge_port_is_named_with_the_way_to_choose_another() {
    let workspace = Workspace::new();
    let _other = TcpListener::bind((Ipv4Addr::LOCALHOST, workspace.edge_port)).unwrap();
    let sentence = finish(workspace.dev()).await.refusal();
    assert_tells(&sentence, &[&workspace.edge_port.to_string(), "taken", "--edge-port"]);
}

#[tokio::test]
async fn a_taken_mail_port_is_named_with_the_way_to_choose_another() {
    let workspace = Workspace::new();
    let _other = TcpListener::bind((Ipv4Addr::LOCALHOST, workspace.mail_port)).unwrap();
    let sentence = finish(workspace.dev()).await.refusal();
    assert_tells(&sentence, &[&workspace.mail_port.to_string(), "taken", "--mail-port"]);
}

#[tokio::test]
async fn a_wrong_setting_of_the_project_is_named_with_its_line() {
    let workspace = Workspace::new();
    std::fs::create_dir_all(workspace.dir().join("supabase/migrations")).unwrap();
    std::fs::write(workspace.dir().join("supabase/config.toml"), "[auth]\njwt_expiry = \"soon\"\n").unwrap();
    let sentence = finish(workspace.dev()).await.refusal();
    assert_tells(&sentence, &["supabase/config.toml", "line 2", "jwt_expiry", "whole number"]);
}

#[tokio::test]
async fn an_edge_without_its_settings_names_them_all_at_once_and_tells_no_secret() {
    let workspace = Workspace::new();
    let mut edge = workspace.command(&["edge"]);
    edge.env("SUPABASE_URL", "no address").env("UPSTREAM_TIMEOUT_SECONDS", "soon").env("LOG_FORMAT", "json");
    edge.env("STRIPE_SECRET_KEY", "sk_test_never_to_be_told");
    let ended = finish(edge).await;
    assert_eq!(ended.status.code(), Some(1), "{ended:#?}");
    assert_tells(&ended.stderr, &["SUPABASE_URL", "SUPABASE_SECRET_KEY", "UPSTREAM_TIMEOUT_SECONDS"]);
    assert!(!ended.stderr.contains("sk_test_never_to_be_told"), "{ended:#?}");
}

#[tokio::test]
async fn a_folder_without_postgresql_is_named_with_the_variable_that_chose_it() {
    let workspace = Workspace::new();
    let empty = workspace.dir().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let mut dev = workspace.dev();
    dev.env("PRIMOSTORE_PG_BIN", &empty);
    let sentence = finish(dev).await.refusal();
    assert_tells(&sentence, &["PRIMOSTORE_PG_BIN", &empty.display().to_string(), "/usr/lib/postgresql/15/bin"]);
}

#[tokio::test]
async fn a_cluster_without_its_version_is_broken_and_can_be_reset() {
    let workspace = Workspace::new();
    for version in [None, Some("no number")] {
        std::fs::create_dir_all(workspace.cluster()).unwrap();
        if let Some(text) = version {
            std::fs::write(workspace.cluster().join("PG_VERSION"), text).unwrap();
        }
        let sentence = finish(workspace.dev()).await.refusal();
        assert_tells(&sentence, &["broken", &workspace.cluster().display().to_string(), "primostore reset"]);
        workspace.run(&["reset"]).await.printed();
        assert!(!workspace.cluster().exists());
    }
}

#[tokio::test]
async fn a_bad_value_in_env_is_named_with_what_is_allowed() {
    let workspace = Workspace::new();
    for (line, parts) in [
        ("PRIMOSTORE_API_PORT=http", ["PRIMOSTORE_API_PORT", "1 to 65535", "`http`"]),
        ("PRIMOSTORE_EDGE_PORT=0", ["PRIMOSTORE_EDGE_PORT", "1 to 65535", "`0`"]),
        ("PRIMOSTORE_DB_PORT=65536", ["PRIMOSTORE_DB_PORT", "1 to 65535", "`65536`"]),
        ("SITE_URL=shop.example", ["SITE_URL", "https://", "`shop.example`"]),
        ("SMTP_HOST=mail.example", ["SMTP_SENDER", "SMTP_HOST", "must be set"]),
        ("SITE URL http://shop.example", [".env", "NAME=value", "`SITE URL http://shop.example`"]),
    ] {
        std::fs::write(workspace.dir().join(".env"), format!("# The shop\n{line}\n")).unwrap();
        let sentence = finish(workspace.command(&["dev"])).await.refusal();
        assert_tells(&sentence, &parts);
    }
}

#[tokio::test]
async fn the_environment_wins_over_env() {
    let workspace = Workspace::new();
    std::fs::write(workspace.dir().join(".env"), "SITE_URL=http://shop.example\n").unwrap();
    let mut status = workspace.command(&["status"]);
    status.env("SITE_URL", "not an address");
    assert_tells(&finish(status).await.refusal(), &["SITE_URL", "`not an address`"]);
}

#[tokio::test]
async fn what_needs_a_running_shop_says_how_to_start_one() {
    let workspace = Workspace::new();
    for arguments in [&["status"][..], &["status", "-o", "env"], &["stop"], &["seed"], &["admin", "a@shop.example"]] {
        let sentence = workspace.run(arguments).await.refusal();
        assert_tells(&sentence, &["isn't running", &workspace.state().display().to_string(), "cargo run"]);
    }
    assert!(!workspace.state().exists(), "looking makes nothing");
}
