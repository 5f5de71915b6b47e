"""APScheduler only ticks: what is due stands in rows, who works stands in a lease."""

from apscheduler.schedulers.background import BackgroundScheduler

from cloud.jobs.runner import Jobs

DEFAULTS = {
    "misfire_grace_time": None,  # the library's default of one second silently drops late jobs
    "coalesce": True,
    "max_instances": 1,
}


def start(jobs: Jobs, every_s: float) -> BackgroundScheduler:
    """A running scheduler; the caller shuts it down."""
    scheduler = BackgroundScheduler(job_defaults=DEFAULTS, timezone="UTC")
    scheduler.add_job(lambda: jobs.tick(jobs.clock.now()), "interval", seconds=every_s)
    scheduler.start()
    return scheduler
