"""One household through time: it uses things up, changes cartridges, takes in parcels, goes away and comes back."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from simulator import family_calendar, habits
from simulator.fridge import MilkShelf
from simulator.habits import Departure, Draw, Use
from simulator.printer import Printer
from simulator.scenario import Scenario

_UP, _ASLEEP = 7.0, 22.5  # parcels are put away between these hours
_PUT_AWAY_AFTER = timedelta(minutes=40)


@dataclass(frozen=True)
class Parcel:
    """What stands at the door. `at`: when somebody has time for it."""

    at: datetime
    product: str
    packs: int


@dataclass
class Tally:
    """What one product's year came to."""

    used_packs: float = 0.0
    days_without: set[date] = field(default_factory=set)
    stock_at_noon: list[float] = field(default_factory=list)

    def cover_days(self, days_home: int) -> float | None:
        """How long the usual stock would last. None: nothing was used."""
        if not self.stock_at_noon or self.used_packs <= 0 or days_home < 1:
            return None
        return sum(self.stock_at_noon) / len(self.stock_at_noon) / (self.used_packs / days_home)


@dataclass
class Home:
    """Stands at `now` until it is told to move on; all chance comes from the seed."""

    scenario: Scenario
    seed: int
    now: datetime = field(init=False)
    printer: Printer = field(init=False)
    milk: MilkShelf = field(init=False)
    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    days_home: int = 0
    _zone: ZoneInfo = field(init=False)
    _day: date = field(init=False)
    _uses: deque[Use] = field(init=False)
    _parcels: list[Parcel] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._zone = ZoneInfo(self.scenario.household.time_zone)
        self._day = self.scenario.start
        self.now = habits.local_moment(self._day, 0, self._zone)
        self.printer = Printer(self.scenario.printer)
        self.milk = MilkShelf.of(self.scenario.scale)
        for product in self.products:
            self.tallies[product] = Tally()
        self._begin_day()

    @property
    def products(self) -> list[str]:
        return [*(ink.product for ink in self.scenario.printer.inks), self.scenario.scale.product]

    @property
    def today(self) -> date:
        return self._day

    def is_away(self, day: date | None = None) -> bool:
        return habits.is_away(self.scenario.holidays, day or self._day)

    def advance(self, to: datetime) -> None:
        """Live until `to`; going back changes nothing."""
        while self.now < to:
            tomorrow = habits.local_moment(self._day + timedelta(days=1), 0, self._zone)
            self._live(min(to, tomorrow))
            if self.now >= tomorrow:
                self._day += timedelta(days=1)
                self._begin_day()

    def calendar(self) -> bytes:
        """The family's calendar file, as it stands today."""
        return family_calendar.written(self.scenario.holidays, self._day)

    def delivered(self, product: str, packs: int, at: datetime) -> None:
        """A parcel came. It is put away when somebody is at home and awake."""
        self._parcels.append(Parcel(self._free(max(at, self.now) + _PUT_AWAY_AFTER), product, packs))
        self._parcels.sort(key=lambda parcel: (parcel.at, parcel.product))

    def stock(self, product: str) -> float:
        """Packs in the device and beside it; what still stands at the door is not counted."""
        place = self.printer.place_of(product)
        return place.packs if place else self.milk.packs

    def _begin_day(self) -> None:
        self._uses = deque(habits.plan(self.scenario, self.seed, self._day))
        self.days_home += not self.is_away()

    def _live(self, until: datetime) -> None:
        noon = habits.local_moment(self._day, 12, self._zone)
        while (moment := self._next(until, noon)) is not None:
            self.now = moment
            if moment == noon:
                self._count_stock()
            while self._parcels and self._parcels[0].at <= moment:
                self._put_away(self._parcels.pop(0))
            while self._uses and self._uses[0].at <= moment:
                self._use(self._uses.popleft())
        self.now = until

    def _next(self, until: datetime, noon: datetime) -> datetime | None:
        """The next moment up to `until` at which something happens. None: nothing does."""
        moments = [use.at for use in list(self._uses)[:1]] + [parcel.at for parcel in self._parcels[:1]]
        if self.now < noon:
            moments.append(noon)
        due = [moment for moment in moments if moment <= until]
        return max(min(due), self.now) if due else None

    def _use(self, use: Use) -> None:
        if isinstance(use, Departure):
            self.milk.grams = min(self.milk.grams, self.milk.part.left_when_leaving_g)
            return
        if isinstance(use, Draw):
            before = self.milk.grams
            if not self.milk.take(use.grams):
                self.tallies[self.milk.part.product].days_without.add(self._day)
            self.tallies[self.milk.part.product].used_packs += (before - self.milk.grams) / self.milk.part.pack_g
            return
        missing = set(self.printer.print(use.pages))
        for place in self.printer.places:
            tally = self.tallies[place.ink.product]
            if place.ink.product in missing:
                tally.days_without.add(self._day)
            else:
                tally.used_packs += use.pages * place.ink.per_page

    def _put_away(self, parcel: Parcel) -> None:
        place = self.printer.place_of(parcel.product)
        if place is not None:
            place.spare += parcel.packs
        elif parcel.product == self.milk.part.product:
            self.milk.put(parcel.packs)

    def _count_stock(self) -> None:
        for product in self.products:
            self.tallies[product].stock_at_noon.append(self.stock(product))

    def _free(self, moment: datetime) -> datetime:
        """The first moment from then on at which somebody is at home and awake."""
        wall = moment.astimezone(self._zone)
        day, hour = wall.date(), wall.hour + wall.minute / 60
        if hour >= _ASLEEP:
            day, hour = day + timedelta(days=1), 0.0
        while self.is_away(day):
            day, hour = day + timedelta(days=1), 0.0
        if day == wall.date() and hour >= _UP:
            return moment.astimezone(UTC)
        return habits.local_moment(day, _UP, self._zone)
