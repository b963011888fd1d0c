"""Who reads how the site is in detail: a monitoring that brings the token, or asks from an address told."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from butrt.base.addresses import HOME, address_of


def watches(request: HttpRequest) -> bool:
    """Nobody by default: how full the disk is and which certificate ends help who would break in."""
    return _has_token(request) or _is_near(request)


def _has_token(request: HttpRequest) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    expected = settings.BUTRT_WATCH_TOKEN
    return bool(expected) and kind == "Bearer" and constant_time_compare(given.strip(), expected)


def _is_near(request: HttpRequest) -> bool:
    address = ip_address(address_of(request))
    return any(address in _network(written) for written in settings.BUTRT_WATCH_FROM)


def _network(written: str) -> IPv4Network | IPv6Network:
    """An IPv6 address is known by its network of 64 bits (`address_of`): a smaller one counts as that one."""
    network = ip_network(written, strict=False)
    if isinstance(network, IPv6Network) and network.prefixlen > HOME:
        return network.supernet(new_prefix=HOME)
    return network
