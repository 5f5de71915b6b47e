"""The proof that a program means what it sends: the sign-in's own token, in a header."""

import hmac
from typing import Annotated

from fastapi import Depends, Header, Request

from cloud.web import deps
from cloud.web.api.problems import ProblemError
from cloud.web.deps import SignedIn, WebDep


def token(request: Request, web: WebDep, visitor: SignedIn, x_csrf_token: Annotated[str, Header()] = "") -> None:
    """As for a form, but never in the body: that belongs to what is asked."""
    deps.same_origin(request, web)
    if not hmac.compare_digest(x_csrf_token.encode(), visitor.sign_in.csrf_secret.encode()):
        raise ProblemError(403, "token-does-not-fit", "Send the token of GET /api/v1/me as X-CSRF-Token.")


Token = Depends(token)
