"""From which device a person signs in: told in words; and who never did from it is told by mail."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from butrt.base import french
from butrt.base.accounts.lockout import is_known_device, remember_device
from butrt.base.accounts.models import User
from butrt.base.addresses import address_of
from butrt.base.mails import deliver, leave

# What a browser writes of itself, the most particular first: Edge says that it is Chrome, which says Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrom", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
MOST_OF_AGENT = 400  # characters kept


def agent_of(request: HttpRequest) -> str:
    """What the browser says that it is; whoever writes a browser writes what they like."""
    return request.headers.get("User-Agent", "")[:MOST_OF_AGENT]


def device(user_agent: str) -> str:
    """ "Firefox sur Windows", "Safari sur iPhone", as far as the browser says."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "Navigateur inconnu")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return f"{browser} sur {system}" if system else browser


def meet(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """After a sign-in: know this device again; a person who never signed in from it is written to."""
    if user.email and leave() and not is_known_device(request, {"username": user.username}):
        tell_new.enqueue(user.pk, device(agent_of(request)), address_of(request), timezone.now().isoformat())
    remember_device(request, response, user)


@task
def tell_new(account: int, device: str, address: str, at: str) -> None:
    """Write to a person that a new device opened their account; a worker does, no sign-in waits for it."""
    user = User.objects.filter(pk=account, is_active=True).first()
    if user is None or not user.email:
        return
    context = {
        "user": user,
        "device": device,
        "address": address,
        "at": french.moment(at),
        "page": settings.BUTRT_PUBLIC_URL + reverse("mine:account"),
    }
    body = render_to_string("base/accounts/own/new_device.txt", context)
    deliver([(user, EmailMessage("Connexion depuis un nouvel appareil", body, to=[user.email]))])
