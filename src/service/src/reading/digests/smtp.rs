//! Sends mail by SMTP to the operator's mail server: with TLS (rustls), or without on the same machine.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::ports::{Mail, MailAccepted, MailError, Mailer};
use portico_config::{MailSettings, NetworkSettings};

const WRONG_ADDRESS: &str = "the address of the mail server cannot be used";

/// The timeout of each SMTP step.
const PATIENCE: Duration = Duration::from_secs(20);

const STOP: HeaderName = HeaderName::new_from_ascii_str("List-Unsubscribe");
const ONE_CLICK: HeaderName = HeaderName::new_from_ascii_str("List-Unsubscribe-Post");
const AUTOMATIC: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// A client of a mail server.
pub struct SmtpMailer {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// Creates a client from the settings, with the additional certificate authorities. Does not connect yet.
    ///
    /// # Errors
    /// An invalid server URL, sender or certificate.
    pub fn open(settings: &MailSettings, network: &NetworkSettings) -> Result<Self, String> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.url);
        // The error may contain the URL with the password.
        let mut builder = builder.map_err(|_| WRONG_ADDRESS.to_owned())?;
        if let Some(tls) = tls(&settings.url, &network.authorities)? {
            builder = builder.tls(tls);
        }
        let from =
            settings.from.parse().map_err(|_| "the sender's mail address cannot be used".to_owned())?;
        Ok(Self { server: builder.timeout(Some(PATIENCE)).build(), from })
    }

    /// Connects and signs in without sending anything.
    pub async fn probe(&self) -> Result<(), String> {
        match self.server.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("the mail server is not ready".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Returns the TLS parameters with the additional certificate authorities; `None` to use the defaults of the
/// URL.
fn tls(address: &str, authorities: &[Vec<u8>]) -> Result<Option<Tls>, String> {
    if authorities.is_empty() {
        return Ok(None);
    }
    let url = url::Url::parse(address).map_err(|_| WRONG_ADDRESS.to_owned())?;
    let how: fn(TlsParameters) -> Tls = match (url.scheme(), url.query()) {
        ("smtps", _) => Tls::Wrapper,
        ("smtp", Some("tls=required")) => Tls::Required,
        _ => return Ok(None),
    };
    let mut parameters = TlsParameters::builder(url.host_str().unwrap_or_default().to_owned());
    for authority in authorities {
        let certificate = Certificate::from_pem(authority).map_err(|error| error.to_string())?;
        parameters = parameters.add_root_certificate(certificate);
    }
    Ok(Some(how(parameters.build().map_err(|error| error.to_string())?)))
}

fn message(from: &Mailbox, mail: &Mail, now: SystemTime) -> Result<Message, String> {
    let to = mail.to.parse().map_err(|_| "the reader's mail address cannot be used".to_owned())?;
    let name = Some(mail.name.clone()).filter(|name| !name.is_empty());
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(name, to))
        .subject(&mail.subject)
        .date(now)
        .message_id(Some(mail.id.clone()))
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(|error| error.to_string())?;
    let headers = [
        (STOP, format!("<{}>", mail.stop)),
        (ONE_CLICK, "List-Unsubscribe=One-Click".to_owned()),
        (AUTOMATIC, "auto-generated".to_owned()),
    ];
    for (name, value) in headers {
        message.headers_mut().insert_raw(HeaderValue::new(name, value));
    }
    Ok(message)
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<MailAccepted, MailError> {
        let moment = u64::try_from(mail.sent_at.millis()).unwrap_or(0);
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(moment);
        let message = message(&self.from, mail, now).map_err(MailError::Refused)?;
        // Failures before the text is sent are retried; a wrong password too, since operators can fix it.
        self.probe().await.map_err(MailError::NotNow)?;
        match self.server.send(message).await {
            Ok(_) => Ok(MailAccepted),
            Err(error) if error.is_permanent() => Err(MailError::Refused(error.to_string())),
            Err(error) if error.is_transient() || error.is_client() => {
                Err(MailError::NotNow(error.to_string()))
            }
            // The connection was cut, so it is unknown whether the mail was accepted.
            Err(error) => Err(MailError::Unsure(error.to_string())),
        }
    }
}
