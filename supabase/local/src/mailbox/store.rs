//! The mails: files of a folder, newest first.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use mail_parser::{Address, MessageParser};

/// The folder.
pub(super) struct Store {
    folder: PathBuf,
}

/// A mail, read.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) id: String,
    pub(super) message_id: String,
    pub(super) from: Vec<Person>,
    pub(super) to: Vec<Person>,
    pub(super) subject: String,
    pub(super) date: DateTime<Utc>,
    pub(super) text: String,
    pub(super) html: String,
    pub(super) raw: Vec<u8>,
}

/// A name, which may be empty, and an address.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) address: String,
}

impl Store {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// All mails, newest first. A file that is no mail, or goes away meanwhile, isn't one of them.
    pub(super) async fn all(&self) -> std::io::Result<Vec<Mail>> {
        let mut mails = Vec::new();
        for id in self.ids().await? {
            mails.extend(self.get(&id).await?);
        }
        Ok(mails)
    }

    /// A mail, if there is one with this id; `latest` is the newest.
    pub(super) async fn get(&self, id: &str) -> std::io::Result<Option<Mail>> {
        let id = if id == "latest" {
            match self.ids().await?.into_iter().next() {
                Some(newest) => newest,
                None => return Ok(None),
            }
        } else {
            id.to_owned()
        };
        if !is_id(&id) {
            return Ok(None);
        }
        match tokio::fs::read(self.path(&id)).await {
            Ok(raw) => Ok(read(id, raw)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes a mail; one that isn't there is gone already.
    pub(super) async fn delete(&self, id: &str) -> std::io::Result<()> {
        if !is_id(id) {
            return Ok(());
        }
        match tokio::fs::remove_file(self.path(id)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The ids of all mails, newest first: files begin with their date.
    pub(super) async fn ids(&self) -> std::io::Result<Vec<String>> {
        let mut ids = Vec::new();
        let mut entries = match tokio::fs::read_dir(&self.folder).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ids),
            Err(error) => return Err(error),
        };
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".eml"));
            ids.extend(id.filter(|id| is_id(id)).map(str::to_owned));
        }
        ids.sort_unstable_by(|one, other| other.cmp(one));
        Ok(ids)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.eml"))
    }
}

/// Whether a text can be the name of a mail's file, and of nothing else.
fn is_id(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@.+-_".contains(&byte))
}

fn read(id: String, raw: Vec<u8>) -> Option<Mail> {
    let message = MessageParser::default().parse(&raw)?;
    let date = message.date().and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0));
    let part = |text: Option<std::borrow::Cow<'_, str>>| text.map(|text| text.into_owned()).unwrap_or_default();
    Some(Mail {
        message_id: message.message_id().unwrap_or_default().to_owned(),
        from: people(message.from()),
        to: people(message.to()),
        subject: message.subject().unwrap_or_default().to_owned(),
        date: date.unwrap_or_default(),
        text: part(message.body_text(0)),
        html: part(message.body_html(0)),
        id,
        raw,
    })
}

fn people(addresses: Option<&Address<'_>>) -> Vec<Person> {
    addresses
        .into_iter()
        .flat_map(Address::iter)
        .map(|one| Person {
            name: one.name().unwrap_or_default().to_owned(),
            address: one.address().unwrap_or_default().to_owned(),
        })
        .collect()
}

impl Mail {
    /// The addresses that the text names, in order and once each.
    pub(super) fn links(&self) -> Vec<&str> {
        let mut links = Vec::new();
        for word in self.text.split_whitespace() {
            let link = word.trim_matches(['<', '>', '(', ')', ',', '"']);
            if (link.starts_with("http://") || link.starts_with("https://")) && !links.contains(&link) {
                links.push(link);
            }
        }
        links
    }

    /// The first words of the text.
    pub(super) fn snippet(&self) -> String {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        words.join(" ").chars().take(200).collect()
    }
}
