"""Who is signed in, and the token for what changes something."""

from fastapi import APIRouter
from pydantic import BaseModel

from cloud.people import service as people
from cloud.web.deps import Customer, Reads

router = APIRouter(prefix="/me", tags=["me"])


class Me(BaseModel):
    """The person, their household, and the token to send as `X-CSRF-Token`."""

    person_id: str
    name: str
    language: str
    household_id: str
    household_name: str
    time_zone: str
    currency: str
    csrf_token: str


@router.get("", summary="Who is signed in")
def me(visitor: Customer, session: Reads) -> Me:
    household = people.household(session, visitor.household_id)
    return Me(
        person_id=visitor.person.id,
        name=visitor.person.name,
        language=visitor.person.language,
        household_id=household.id,
        household_name=household.name,
        time_zone=household.time_zone,
        currency=household.currency,
        csrf_token=visitor.sign_in.csrf_secret,
    )
