"""The addresses of a sign-in from outside. Their names are those that allauth looks for; its other pages
(sign-up, connections, passwords) have none."""

from django.urls import path

from butrt.base.accounts.outside import cas, oidc, saml, views

urlpatterns = [
    path("de-nouveau/", views.prove_again, name="prove_again"),
    path("<slug:way>/", views.start, name="sign_in_by"),
    path("cas/retour/", cas.callback, name="cas_callback"),
    path("<slug:provider_id>/code/", oidc.callback, name="openid_connect_callback"),
    path("<slug:organization_slug>/metadonnees/", saml.metadata, name="saml_metadata"),
    path("<slug:organization_slug>/reponse/", saml.receive, name="saml_acs"),
    path("<slug:organization_slug>/reponse/suite/", saml.finish, name="saml_finish_acs"),
    path("<slug:organization_slug>/fin/", saml.logout, name="saml_sls"),
]
