"""A mail's words without its marks, for what shows no HTML."""

import re

import apprise
from apprise.conversion import convert_between

from cloud.notifications.rendering import Mail


def of(mail: Mail) -> str:
    body = mail.html.partition("<body")[2]
    html = f"<body{body}" if body else mail.html
    text = convert_between(apprise.NotifyFormat.HTML, apprise.NotifyFormat.TEXT, html)  # type: ignore[no-untyped-call]
    return re.sub(r"\n{3,}", "\n\n", str(text)).strip()
