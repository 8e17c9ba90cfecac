"""Who is signed in."""

import secrets
import time

LIFETIME = 3600


class Sessions:
    def __init__(self):
        self._known = {}

    def begin(self, user):
        token = secrets.token_hex(16)
        self._known[token] = (user, time.time() + LIFETIME)
        return token

    def user_of(self, cookie):
        token = cookie.partition("session=")[2]
        user, ends = self._known.get(token, (None, 0))
        return user if ends > time.time() else None
