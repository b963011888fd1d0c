"""Where a request comes from, behind the proxies that are declared."""

import pytest
from django.test import RequestFactory

from butrt.base.addresses import address_of

PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "198.51.100.7", PROXY),  # nobody declared wrote it
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the left one is the client's own word
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", "198.51.100.7"),
        (1, "", "0.0.0.0"),
        (1, "n’importe quoi", "0.0.0.0"),
        (1, "198.51.100.7:51234", "198.51.100.7"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "[2001:db8:1:2:9::1]:443", "2001:db8:1:2::"),
    ],
)
def test_the_address_is_the_last_that_a_proxy_wrote(settings, proxies, forwarded, found):
    settings.BUTRT_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded or proxies else {}

    assert address_of(RequestFactory().get("/", REMOTE_ADDR=PROXY, **headers)) == found


def test_without_the_header_it_is_who_connects(settings):
    settings.BUTRT_PROXIES = 1

    assert address_of(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1")) == "192.0.2.1"
