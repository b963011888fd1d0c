"""Where a request comes from: one answer for the lock of sign-ins, the quotas and the journal."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # a local socket, or a proxy that says nothing readable
HOME = 64  # bits of an IPv6 address that one subscriber does not choose


def address_of(request: HttpRequest) -> str:
    """The address of the client, an IPv6 one as its network of 64 bits: its owner has all of that network.

    Each proxy writes at the right of X-Forwarded-For whom it was reached by; what is further left than the
    proxies declared (BUTRT_PROXIES) was written by the client, and means nothing.
    """
    header = request.META.get("HTTP_X_FORWARDED_FOR") if settings.BUTRT_PROXIES else None
    written = [] if header is None else header.split(",")
    way = [*written, request.META.get("REMOTE_ADDR", "")]
    return _network(way[max(0, len(way) - 1 - settings.BUTRT_PROXIES)])


def _network(written: str) -> str:
    try:
        address: IPv4Address | IPv6Address = ip_address(_without_port(written.strip()))
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), HOME), strict=False).network_address)


def _without_port(written: str) -> str:
    """Some proxies add it: "192.0.2.1:51234", "[2001:db8::1]:51234"."""
    if written.startswith("["):
        return written[1:].partition("]")[0]
    return written.partition(":")[0] if written.count(":") == 1 else written
