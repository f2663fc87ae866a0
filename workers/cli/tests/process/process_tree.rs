//! Processes and their descendants.

use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use tokio::process::Command;

use crate::program::TIMEOUT;

/// A line of `ps`.
struct Process {
    pid: Pid,
    parent: Pid,
    /// Ended, and only not yet collected by its parent.
    zombie: bool,
}

/// The children of a process.
pub(crate) async fn children(of: Pid) -> Vec<Pid> {
    all().await.into_iter().filter(|process| process.parent == of).map(|process| process.pid).collect()
}

/// A process, its children, theirs, and so on.
pub(crate) async fn tree(of: Pid) -> Vec<Pid> {
    let all = all().await;
    let mut tree = vec![of];
    let mut next = 0;
    while let Some(&parent) = tree.get(next) {
        tree.extend(all.iter().filter(|process| process.parent == parent).map(|process| process.pid));
        next += 1;
    }
    tree
}

/// Whether there is no such process any more.
pub(crate) fn is_gone(pid: Pid) -> bool {
    kill(pid, None) == Err(Errno::ESRCH)
}

/// Waits until none of these runs any more.
pub(crate) async fn wait_until_gone(tree: &[Pid]) {
    let gone = async {
        while all().await.iter().any(|process| tree.contains(&process.pid) && !process.zombie) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(TIMEOUT, gone).await.is_ok(), "a process of {tree:?} is left");
}

async fn all() -> Vec<Process> {
    let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid=,stat="]).output().await.expect("`ps` is installed");
    assert!(listed.status.success(), "{listed:?}");
    String::from_utf8(listed.stdout).unwrap().lines().map(Process::parse).collect()
}

impl Process {
    fn parse(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let mut pid = || Pid::from_raw(words.next().and_then(|word| word.parse().ok()).expect("a process number"));
        let (pid, parent) = (pid(), pid());
        Self { pid, parent, zombie: words.next().is_some_and(|state| state.starts_with('Z')) }
    }
}
