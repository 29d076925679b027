"""Reports by mail, and the jobs behind them."""

import datetime
import hashlib
import hmac
import re
import smtplib
import time
from email.message import EmailMessage


def send_report(host, to, subject, body):
    """Send an email with the daily report over SMTP with TLS."""
    message = EmailMessage()
    message["To"], message["Subject"] = to, subject
    message.set_content(body)
    with smtplib.SMTP(host, 587) as server:
        server.starttls()
        server.send_message(message)


def retry_with_backoff(call, attempts=5, base=0.1):
    """Call a function again after an exception, and wait twice as long each time."""
    for attempt in range(attempts):
        try:
            return call()
        except ConnectionError:
            if attempt == attempts - 1:
                raise
            time.sleep(base * 2**attempt)


def next_workday(day, holidays=()):
    """The first day after this one that is neither on a weekend nor a holiday."""
    day += datetime.timedelta(days=1)
    while day.weekday() >= 5 or day in holidays:
        day += datetime.timedelta(days=1)
    return day


def verify_signature(secret, body, signature):
    """Whether a webhook's HMAC signature is the one that our secret gives; in constant time."""
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)


def hash_password(password, salt):
    """Derive a password hash with scrypt, slow on purpose."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def parse_duration(text):
    """Turn a duration like 1h30m into seconds."""
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(int(n) * units[u] for n, u in re.findall(r"(\d+)([hms])", text))


def render_table(rows):
    """Lay out rows as a text table with aligned columns."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows)]
    return "\n".join("  ".join(str(c).ljust(w) for c, w in zip(row, widths)).rstrip() for row in rows)


def edit_distance(a, b):
    """Levenshtein distance between two strings, row by row."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def redact_addresses(text):
    """Replace email addresses in a log by stars, so that no personal data leaks."""
    return re.sub(r"[\w.+-]+@[\w-]+\.[\w.]+", "***", text)
