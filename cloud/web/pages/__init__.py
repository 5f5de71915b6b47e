"""The customer's pages, one file for each thing a person wants to do."""

from cloud.web.pages import agreements, days_away, home, live, orders, own_data, permissions, settings, signing, supply

ROUTERS = (
    signing.router, home.router, supply.router, orders.router, days_away.router, permissions.router,
    agreements.router, own_data.router, settings.router, live.router,
)  # fmt: skip
