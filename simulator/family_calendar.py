"""The family's calendar as an .ics file, with what the family has entered so far."""

from datetime import UTC, date, datetime, time, timedelta

from simulator.scenario import Holiday

_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Forehand//Simulator//EN", "CALSCALE:GREGORIAN")


def written(holidays: list[Holiday], today: date) -> bytes:
    """All entries known on `today`, and one that means nothing to a delivery, as calendars have them."""
    lines = [*_HEAD, *_event("dentist", "Dentist", today, today + timedelta(days=1))]
    for number, holiday in enumerate(holidays):
        if is_known(holiday, today):
            lines += _event(f"holiday-{number}", holiday.title, holiday.starts, holiday.ends + timedelta(days=1))
    return ("\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n").encode()


def is_known(holiday: Holiday, today: date) -> bool:
    """Whether the family has entered it already."""
    return holiday.starts - timedelta(days=holiday.known_days) <= today


def _event(uid: str, title: str, starts: date, until: date) -> list[str]:
    stamp = datetime.combine(starts - timedelta(days=365), time(), UTC)
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@family.example",
        f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{starts:%Y%m%d}",
        f"DTEND;VALUE=DATE:{until:%Y%m%d}",
        f"SUMMARY:{_escaped(title)}",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
