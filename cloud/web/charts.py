"""Pictures drawn on the server, as SVG: how full, and from when to when it may run out."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from markupsafe import Markup

from cloud.views.supplies import Home, Supply

_WIDTH, _TOP, _TALL = 600.0, 14, 24
_LOW = 0.15
_DAY = timedelta(days=1)
WEEKS_ARE_MARKED_UP_TO = 60  # days; beyond, months would be too many lines


def level(fill: float | None, title: str) -> Markup:
    """An upright pack, filled as far as it is full; dashed with a question mark where nobody knows."""
    if fill is None:
        body = Markup(
            '<rect class="unknown" x="1" y="1" width="34" height="60" rx="6"/>'
            '<text class="what" x="18" y="38" text-anchor="middle">?</text>'
        )
    else:
        tall = 56 * fill
        body = Markup(
            '<rect class="pack" x="1" y="1" width="34" height="60" rx="6"/>'
            '<rect class="{}" x="3" y="{:.1f}" width="30" height="{:.1f}" rx="4"/>'
        ).format("low" if fill < _LOW else "fill", 59 - tall, tall)
    return Markup('<svg class="level" viewBox="0 0 36 62" role="img"><title>{}</title>{}</svg>').format(title, body)


def band(home: Home, supply: Supply, title: str, description: str) -> Markup:
    """From today to the horizon: the range shaded, absences hatched, deliveries as marks."""
    scale = _Scale(home.now, supply.band_days(home.now))
    hatch = f"hatch-{supply.slot.id}"
    parts = [
        Markup('<rect class="line" x="0" y="{}" width="{}" height="{}" rx="6"/>').format(_TOP, _WIDTH, _TALL),
        *_weeks(scale),
        *(_away(scale, start, end, hatch) for start, end in home.absences if end > home.now and start < scale.end),
        *_range(scale, supply),
        *_delivery(scale, home, supply),
        Markup('<rect class="today" x="0" y="{}" width="3" height="{}"/>').format(_TOP - 4, _TALL + 8),
    ]
    return Markup(
        '<svg class="band" viewBox="0 0 600 46" role="img"><title>{}</title><desc>{}</desc><defs>'
        '<pattern id="{}" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="hatch" width="3" height="8"/></pattern></defs>{}</svg>'
    ).format(title, description, hatch, Markup("").join(parts))


def key(name: str) -> Markup:
    """A small sample for the legend: `likely`, `away` or `mark`."""
    return Markup('<svg class="band" viewBox="0 0 14 12" aria-hidden="true">{}</svg>').format(_KEYS[name])


_KEYS = {
    "likely": Markup(
        '<rect class="likely" width="14" height="12" rx="2"/><rect class="middle" x="6" width="2" height="12"/>'
    ),
    "away": Markup('<path class="away" d="M0 11 L10 1 M4 12 L14 2 M0 6 L5 1"/>'),
    "mark": Markup('<path class="mark" d="M7 11 l-6 -10 h12 z"/>'),
}


@dataclass(frozen=True)
class _Scale:
    now: datetime
    n_days: int

    @property
    def end(self) -> datetime:
        return self.now + self.n_days * _DAY

    def x(self, at: datetime) -> float:
        return min(_WIDTH, max(0.0, (at - self.now) / (self.n_days * _DAY) * _WIDTH))


def _weeks(scale: _Scale) -> list[Markup]:
    step = 7 if scale.n_days <= WEEKS_ARE_MARKED_UP_TO else 28
    tick = Markup('<rect class="tick" x="{:.1f}" y="{}" width="1.5" height="{}"/>')
    return [tick.format(scale.x(scale.now + n * _DAY), _TOP, _TALL) for n in range(step, scale.n_days, step)]


def _away(scale: _Scale, start: datetime, end: datetime, hatch: str) -> Markup:
    left, right = scale.x(start), scale.x(end)
    return Markup('<rect class="away" x="{:.1f}" y="{}" width="{:.1f}" height="{}" fill="url(#{})"/>').format(
        left, _TOP, max(3.0, right - left), _TALL, hatch
    )


def _range(scale: _Scale, supply: Supply) -> list[Markup]:
    if supply.range is None:
        return []
    left = min(scale.x(supply.range.early), _WIDTH - 4)
    right = scale.x(supply.range.late or scale.end)
    drawn = [
        Markup('<rect class="likely" x="{:.1f}" y="{}" width="{:.1f}" height="{}" rx="4"/>').format(
            left, _TOP, max(4.0, right - left), _TALL
        )
    ]
    if supply.range.middle is not None:
        x = min(scale.x(supply.range.middle), _WIDTH - 4)
        drawn.append(
            Markup('<rect class="middle" x="{:.1f}" y="{}" width="4" height="{}" rx="2"/>').format(
                x, _TOP - 4, _TALL + 8
            )
        )
    return drawn


def _delivery(scale: _Scale, home: Home, supply: Supply) -> list[Markup]:
    if supply.coming is None:
        return []
    noon = datetime.combine(supply.coming.day, time(12), home.zone)
    x = min(_WIDTH - 9, max(9.0, scale.x(noon)))
    return [Markup('<path class="mark" d="M{:.1f} 13 l-8 -12 h16 z"/>').format(x)]
