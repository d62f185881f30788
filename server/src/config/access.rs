//! Team of Cloudflare Access whose people may see the owner's page.

#[derive(Clone, Debug)]
pub struct AccessTeam {
    /// `https://<team>.cloudflareaccess.com`.
    pub issuer: String,
    /// The application that assertions must name.
    pub audience: String,
    pub keys_url: String,
}

impl AccessTeam {
    /// From the variables; `keys_url` is for tests.
    pub fn new(team: Option<String>, audience: Option<String>, keys_url: Option<String>) -> Option<Self> {
        let (team, audience) = (team?, audience?);
        let host = if team.contains('.') { team } else { format!("{team}.cloudflareaccess.com") };
        let issuer = format!("https://{host}");
        let keys_url = keys_url.unwrap_or_else(|| format!("{issuer}/cdn-cgi/access/certs"));
        Some(Self { issuer, audience, keys_url })
    }
}
