//! What a start ends with, read as a person reads it.

/// The addresses, keys and sign-ins on the summary.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) edge: String,
    pub(crate) api: String,
    pub(crate) database: String,
    pub(crate) mail: String,
    pub(crate) publishable: String,
    pub(crate) secret: String,
    pub(crate) customer: SignIn,
    pub(crate) admin: SignIn,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SignIn {
    pub(crate) email: String,
    pub(crate) password: String,
}

impl Summary {
    /// What its last line holds.
    pub(crate) const LAST: &str = "cargo run -- reset";

    pub(crate) fn parse(text: &str) -> Self {
        let line = |label: &str| {
            let found = text.lines().find_map(|line| line.trim_start().strip_prefix(label));
            found.unwrap_or_else(|| panic!("the summary has no `{label}`:\n{text}")).trim().to_owned()
        };
        // The second sign-in stands under the first.
        let mut sign_ins = text.lines().skip_while(|line| !line.contains("Sign in as")).map(|line| {
            let mut words = line.split_whitespace().skip_while(|word| !word.contains('@')).map(ToOwned::to_owned);
            let (email, password) = (words.next(), words.next());
            email.zip(password).map(|(email, password)| SignIn { email, password })
        });
        let mut sign_in = || sign_ins.next().flatten().unwrap_or_else(|| panic!("a sign-in is missing:\n{text}"));
        Self {
            edge: line("Edge "),
            api: line("API "),
            database: line("Database "),
            mail: line("Mail "),
            publishable: line("Publishable key "),
            secret: line("Secret key "),
            customer: sign_in(),
            admin: sign_in(),
        }
    }
}
