"""Mail over SMTP: pooled connections, every wait bounded, and each failure told as what it is."""

from leadwell.outside.smtp.mailer import SmtpMailer

__all__ = ["SmtpMailer"]
