//! A mail server for the tests, which answers as they tell it to, and remembers what it was told.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a server does after a client has said something.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// The usual.
    Usual,
    /// This, as one line.
    Say(&'static str),
    /// Nothing, and the connection stays open.
    Silence,
    /// Nothing, and the connection is closed.
    HangUp,
}

/// What it has been told, by all connections.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) connections: usize,
    pub(crate) open: usize,
    pub(crate) most_open: usize,
    pub(crate) commands: Vec<String>,
    pub(crate) mails: Vec<Vec<u8>>,
}

/// What is said of itself before any command, and of a mail after its last line.
pub(crate) const GREETING: &str = "(greeting)";
pub(crate) const END_OF_MAIL: &str = "(end of mail)";

type Script = dyn Fn(&str, &Log) -> Answer + Send + Sync;

/// A server on a port of its own. Ends with the test.
pub(crate) struct Server {
    pub(crate) port: u16,
    log: Arc<Mutex<Log>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// One that takes every mail.
    pub(crate) async fn start() -> Self {
        Self::scripted(|_, _| Answer::Usual).await
    }

    /// One that answers as the script says to what it is told.
    pub(crate) async fn scripted(script: impl Fn(&str, &Log) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Log::default()));
        let script: Arc<Script> = Arc::new(script);
        let shared = Arc::clone(&log);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&shared)));
            }
        });
        Self { port, log, task }
    }

    /// What it knows of what it was told.
    pub(crate) fn log<T>(&self, look: impl FnOnce(&Log) -> T) -> T {
        look(&self.log.lock().unwrap())
    }

    /// How often it was told something that begins so.
    pub(crate) fn heard(&self, beginning: &str) -> usize {
        self.log(|log| log.commands.iter().filter(|command| command.starts_with(beginning)).count())
    }
}

async fn serve(stream: TcpStream, script: Arc<Script>, log: Arc<Mutex<Log>>) {
    {
        let mut log = log.lock().unwrap();
        log.connections += 1;
        log.open += 1;
        log.most_open = log.most_open.max(log.open);
    }
    // The client may go at any time.
    let _ = converse(stream, &*script, &log).await;
    log.lock().unwrap().open -= 1;
}

async fn converse(stream: TcpStream, script: &Script, log: &Mutex<Log>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut command = GREETING.to_owned();
    loop {
        let answer = script(&command, &log.lock().unwrap());
        let usual = usual(&command);
        let reply = match answer {
            Answer::Usual => usual,
            Answer::Say(text) => text,
            Answer::Silence => std::future::pending().await,
            Answer::HangUp => return Ok(()),
        };
        writer.write_all(format!("{reply}\r\n").as_bytes()).await?;
        if reply.starts_with("221") || reply.starts_with("421") {
            return Ok(());
        }
        if reply.starts_with("354") {
            let mail = content(&mut reader).await?;
            log.lock().unwrap().mails.push(mail);
            command = END_OF_MAIL.to_owned();
            continue;
        }
        command.clear();
        if reader.read_line(&mut command).await? == 0 {
            return Ok(());
        }
        command = command.trim_end().to_owned();
        log.lock().unwrap().commands.push(command.clone());
    }
}

fn usual(command: &str) -> &'static str {
    match command {
        GREETING => "220 mail.test ESMTP",
        END_OF_MAIL => "250 2.0.0 queued",
        _ => match command.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-mail.test\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => "235 2.7.0 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 2.0.0 bye",
            _ => "250 2.0.0 ok",
        },
    }
}

/// A mail's lines up to the dot, without the dots that stand for dots.
async fn content(reader: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(content);
        }
        content.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
