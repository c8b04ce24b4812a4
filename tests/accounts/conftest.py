"""A browser that is signed in."""

import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def signed_in():
    """A client signed in as somebody."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make
