//! What arrives is what was meant, in every language.

use mail_parser::{MessageParser, MimeHeaders as _};
use primostore_shared::Language;
use primostore_shared::mail::Mail;

use crate::server::Server;
use crate::{mail, mailer, patient};

#[tokio::test]
async fn an_arabic_mail_arrives_as_it_was_written() {
    let server = Server::start().await;
    let text = "مرحبا سلمى،\n\n.طلبك PS-260131-0004217 مؤكد\n";
    let html = "<html lang=\"ar\" dir=\"rtl\"><body><p>مرحبا سلمى، طلبك مؤكد</p></body></html>\n";
    let sent = Mail {
        to_name: Some("سلمى الإدريسي".to_owned()),
        subject: "تم تأكيد طلبك لدى Boutique Zellige رقم PS-260131-0004217، شكرا جزيلا لك على ثقتك بنا".to_owned(),
        text: text.to_owned(),
        html: html.to_owned(),
        language: Language::Arabic,
        ..mail()
    };
    mailer(&server, patient()).send(&sent).await.unwrap();

    let bytes = server.log(|log| log.mails[0].clone());
    assert!(bytes.is_ascii(), "servers that know only ASCII pass it on, too");
    assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 1000), "RFC 5322, section 2.1.1");
    let arrived = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(arrived.subject(), Some(sent.subject.as_str()));
    let receiver = arrived.to().unwrap().first().unwrap();
    assert_eq!((receiver.name(), receiver.address()), (sent.to_name.as_deref(), Some("salma@example.com")));
    assert_eq!(arrived.body_text(0).unwrap().replace("\r\n", "\n"), text);
    assert_eq!(arrived.body_html(0).unwrap().replace("\r\n", "\n"), html);
    assert_eq!(arrived.message_id(), Some("order-1@shop.example"));
    assert_eq!(arrived.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert_eq!(arrived.header_raw("Content-Language").map(str::trim), Some("ar"));
    assert_eq!(arrived.content_type().and_then(|kind| kind.subtype()), Some("alternative"));
}

#[tokio::test]
async fn the_envelope_names_sender_and_receiver() {
    let server = Server::start().await;
    mailer(&server, patient()).send(&mail()).await.unwrap();
    assert_eq!(server.heard("MAIL FROM:<shop@shop.example>"), 1);
    assert_eq!(server.heard("RCPT TO:<salma@example.com>"), 1);
}

#[tokio::test]
async fn lines_that_are_a_dot_do_not_end_the_mail() {
    let server = Server::start().await;
    let sent = Mail { text: "one\n.\n..\ntwo\n".to_owned(), ..mail() };
    mailer(&server, patient()).send(&sent).await.unwrap();
    let bytes = server.log(|log| log.mails[0].clone());
    let arrived = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(arrived.body_text(0).unwrap().replace("\r\n", "\n"), sent.text);
}
