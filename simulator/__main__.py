"""`python -m simulator run|years|demo|home|supplier|mail`: a household's year in a minute, or live at its own pace."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from simulator.scenario_loading import ScenarioError

SCENARIOS = Path(__file__).with_name("scenarios")


def main(arguments: list[str] | None = None) -> int:
    """0: all well. 1: a promise was broken, or a scene did not happen. 2: it could not begin."""
    asked = _parser().parse_args(arguments)
    work: dict[str, Callable[[argparse.Namespace], int]] = {
        "run": _run,
        "years": _years,
        "demo": _demo,
        "home": _home,
        "supplier": _supplier,
        "mail": _mail,
        "try-out-broker": _try_out_broker,
    }
    try:
        return work[asked.what](asked)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(asked: argparse.Namespace) -> int:
    from simulator import year  # noqa: PLC0415 - each needs other, slow imports

    return year.main(asked.scenario, days=asked.days, seed=asked.seed, report=asked.report)


def _years(asked: argparse.Namespace) -> int:
    from simulator import years  # noqa: PLC0415

    return years.main(asked.family or years.families(), days=asked.days, seed=asked.seed)


def _demo(asked: argparse.Namespace) -> int:
    from simulator.demo import conductor  # noqa: PLC0415
    from simulator.demo.wishes import Wishes  # noqa: PLC0415

    wishes = Wishes(
        scenario=asked.scenario, folder=asked.folder, seed=asked.seed, day_s=asked.day, seconds=asked.seconds,
        web_port=asked.port, plain=asked.plain, begins=asked.begins, try_out_broker=asked.try_out_broker,
    )  # fmt: skip
    return conductor.run(wishes)


def _home(asked: argparse.Namespace) -> int:
    from simulator.demo import living  # noqa: PLC0415

    given = living.Given(asked.folder, asked.scenario, asked.seed, asked.poll)
    invitation = (asked.url, asked.code, asked.ca_file) if asked.code else None
    return living.run(given, invitation)


def _supplier(asked: argparse.Namespace) -> int:
    from simulator import alone  # noqa: PLC0415

    return alone.supplier(asked.host, asked.port, asked.webhooks, asked.clock)


def _mail(asked: argparse.Namespace) -> int:
    from simulator import alone  # noqa: PLC0415

    return alone.mail(asked.host, asked.smtp_port, asked.port)


def _try_out_broker(asked: argparse.Namespace) -> int:
    from simulator.demo import try_out_broker  # noqa: PLC0415

    asyncio.run(try_out_broker.serve(asked.port, asked.access))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    kinds = parser.add_subparsers(dest="what", required=True)

    run = kinds.add_parser("run", help="drive the real agent and the real cloud through a household's days")
    run.add_argument("scenario", type=Path, help="a household as data, such as simulator/scenarios/one-home.toml")
    run.add_argument("--days", type=_positive, default=365)
    run.add_argument("--seed", type=int, default=7)
    run.add_argument("--report", type=Path, metavar="FILE", help="where to write the report (JSON); else the terminal")

    years = kinds.add_parser("years", help="every family's days twice: the same seed must give the same ledger")
    years.add_argument("family", type=Path, nargs="*", help="only these; else all in simulator/scenarios")
    years.add_argument("--days", type=_positive, default=365)
    years.add_argument("--seed", type=int, default=7)

    demo = kinds.add_parser("demo", help="everything live on this machine, on one fast clock")
    demo.add_argument("--scenario", type=Path, default=SCENARIOS / "demo.toml")
    demo.add_argument("--folder", type=Path, default=Path(".demo"), help="where its files go; made anew each time")
    demo.add_argument("--seed", type=int, default=7)
    demo.add_argument("--day", type=float, default=1.6, metavar="SECONDS", help="how long a day takes")
    demo.add_argument("--seconds", type=float, help="end by itself after so long, and say which scenes happened")
    demo.add_argument("--port", type=int, default=8000, help="of the page; another one if it is taken")
    demo.add_argument("--plain", action="store_true", help="lines instead of a live view")
    demo.add_argument("--begins", type=date.fromisoformat, metavar="YYYY-MM-DD", help="its first day; else today")
    demo.add_argument("--try-out-broker", action="store_true", help="the stand-in for Mosquitto, also where that is")

    _add_home(kinds)
    _add_alone(kinds)
    return parser


def _add_home(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    home = kinds.add_parser("home", help="a family at its real pace, with an agent of its own at a cloud that runs")
    home.add_argument("url", nargs="?", help="of the cloud's page; not needed once it is its agent")
    home.add_argument("code", nargs="?", help="from its page Settings, or from `python -m cloud agents claim`")
    home.add_argument("--ca-file", type=Path, help="an authority to trust, as for `python -m edge enrol`")
    home.add_argument("--scenario", type=Path, default=SCENARIOS / "demo.toml")
    home.add_argument("--folder", type=Path, default=Path(".home"), help="of its agent; who it is stays there")
    home.add_argument("--seed", type=int, default=7)
    home.add_argument("--poll", type=_positive, default=60, metavar="SECONDS", help="how often its agent looks")


def _add_alone(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """What of the demo's outside world can be started by itself."""
    supplier = kinds.add_parser("supplier", help="a supplier to order from (docs/supplier-api.md)")
    supplier.add_argument("--port", type=int, default=8090)
    supplier.add_argument("--host", default="127.0.0.1", help="where it listens; 0.0.0.0 in a container")
    supplier.add_argument("--webhooks", metavar="URL", help="where its news go")
    supplier.add_argument("--clock", type=Path, metavar="FILE", help="run on the shared clock of a demo")

    mail = kinds.add_parser("mail", help="catch mail over SMTP and show it; nothing leaves this machine")
    mail.add_argument("--smtp-port", type=int, default=8025)
    mail.add_argument("--host", default="127.0.0.1", help="where it listens; 0.0.0.0 in a container")
    mail.add_argument("--port", type=int, default=8026)

    broker = kinds.add_parser("try-out-broker", help="an MQTT 3.1.1 broker, for a try-out only")
    broker.add_argument("port", type=int)
    broker.add_argument("access", type=Path)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
