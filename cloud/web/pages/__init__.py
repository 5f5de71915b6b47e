"""The customer's pages, one file for each thing a person wants to do."""

from cloud.web.pages import (
    agree,
    agreements,
    answer,
    boxes,
    circle,
    contacts,
    days_away,
    home,
    live,
    orders,
    own_data,
    permissions,
    safety,
    settings,
    signing,
    supply,
)

ROUTERS = (
    answer.router, agree.router, signing.router, home.router, supply.router, orders.router, days_away.router,
    permissions.router, agreements.router, own_data.router, settings.router, boxes.router, safety.router,
    contacts.router, circle.router, live.router,
)  # fmt: skip
