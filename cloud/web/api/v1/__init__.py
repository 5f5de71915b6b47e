"""The first version of the REST API: everything a customer can see and do, for programs."""

from fastapi import APIRouter

from cloud.web.api.problems import Problem
from cloud.web.api.v1 import consents, decisions, enrolments, mandates, me, orders, pauses, slots

_PROBLEM = {"model": Problem, "content": {"application/problem+json": {}}}

router = APIRouter(
    prefix="/api/v1",
    responses={
        401: {**_PROBLEM, "description": "Nobody is signed in."},
        403: {**_PROBLEM, "description": "Not yours to do."},
        422: {**_PROBLEM, "description": "The request does not fit."},
    },
)
for each in (me, slots, decisions, orders, pauses, consents, mandates, enrolments):
    router.include_router(each.router)
