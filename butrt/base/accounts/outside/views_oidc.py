"""What an OpenID Connect provider sends back: django-allauth reads it by our adapter (oidc.py)."""

from __future__ import annotations

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from butrt.base.accounts.outside.oidc import Adapter
from butrt.base.accounts.outside.ways import OIDC, way_or_404


@login_not_required
@never_cache
@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    way_or_404(OIDC)
    return OAuth2CallbackView.adapter_view(Adapter(request, provider_id))(request)
