"""Secrets kept in the database sealed: whoever reads a dump or a backup alone learns nothing.

Sealed with Fernet (AES-128 in CBC mode with HMAC-SHA256) under keys derived from the secret keys of the installation,
so there is no second secret to keep. While those rotate, what an earlier key sealed still opens.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unsealable(Exception):
    """What was sealed does not open: the installation's secret key changed, or the text was damaged."""


def seal(secret: str) -> str:
    """The secret as a text that only this installation can open."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises Unsealable."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unsealable from error


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> bytes:
    derived = HKDF(SHA256(), 32, salt=None, info=b"evaltool sealed secrets 1").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
